//! Scenario files from disk, and their problems on the screen.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use failsim::scenario::{
    self, FileText, Files, Grid, Override, Problems, Scenario, Severity, Source, Syntax,
};

use super::Failure;
use super::args::{Args, ScenarioArgs};

/// The files of this computer, relative to the file that names them.
pub(crate) struct Disk;

impl Files for Disk {
    fn read(&self, path: &str, from: &str) -> Result<FileText, String> {
        let path = Path::new(from).parent().unwrap_or(Path::new("")).join(path);
        let text = fs::read_to_string(&path).map_err(|error| error.to_string())?;
        Ok(FileText {
            name: path.display().to_string(),
            text,
        })
    }
}

/// Prints a message about what went wrong to standard error.
pub(crate) fn complain(message: &str) {
    let style = anstyle::AnsiColor::Red.on_default().bold();
    anstream::eprintln!("{style}error{style:#}: {message}");
}

/// Prints problems to standard error.
pub(crate) fn show(problems: &Problems) {
    // The colours are dropped again where standard error is no terminal.
    anstream::eprintln!("{}", problems.render(true));
}

/// Reads the text of a scenario file; `-` is standard input.
pub(crate) fn source(file: &PathBuf) -> Result<Source, Failure> {
    let name = file.display().to_string();
    let text = if name == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        fs::read_to_string(file)
    };
    let text = text.map_err(|error| Failure::World(format!("cannot read {name}: {error}")))?;
    let is_json = file
        .extension()
        .is_some_and(|extension| extension == "json")
        || (name == "-" && text.trim_start().starts_with('{'));
    let name = if name == "-" {
        "standard input".to_owned()
    } else {
        name
    };
    Ok(Source {
        name,
        text,
        syntax: if is_json { Syntax::Json } else { Syntax::Toml },
    })
}

/// Reads the changes of a command line.
pub(crate) fn changes(texts: &[String]) -> Result<Vec<Override>, Failure> {
    let mut changes = Vec::new();
    let mut mistaken = false;
    for text in texts {
        match Override::parse(text) {
            Ok(change) => changes.push(change),
            Err(error) => {
                complain(&format!("--set {text}: {error}. {}", error.help()));
                mistaken = true;
            }
        }
    }
    if mistaken {
        Err(Failure::Mistake)
    } else {
        Ok(changes)
    }
}

/// Loads a scenario and shows what is odd about it.
pub(crate) fn scenario(args: &Args, of: &ScenarioArgs) -> Result<Scenario, Failure> {
    let source = source(&of.file)?;
    let changes = changes(&of.changes)?;
    let scenario = scenario::load(&source, &changes, &Disk).map_err(refuse)?;
    warn(args, &scenario.warnings);
    Ok(scenario)
}

/// Loads several scenarios with the same changes, and shows what is odd about each. What is wrong with all
/// of them is told at once.
pub(crate) fn scenarios(
    args: &Args,
    files: &[PathBuf],
    changes: &[String],
) -> Result<Vec<Scenario>, Failure> {
    let loaded: Vec<Result<Scenario, Failure>> = files
        .iter()
        .map(|file| {
            scenario(
                args,
                &ScenarioArgs {
                    file: file.clone(),
                    changes: changes.to_vec(),
                },
            )
        })
        .collect();
    loaded.into_iter().collect()
}

/// Loads a scenario at all points of a grid and shows what is odd about it.
pub(crate) fn grid(args: &Args, of: &ScenarioArgs, variations: &[String]) -> Result<Grid, Failure> {
    let source = source(&of.file)?;
    let changes = changes(&of.changes)?;
    let grid = scenario::grid(&source, &changes, variations, &Disk).map_err(refuse)?;
    warn(args, &grid.warnings);
    Ok(grid)
}

fn refuse(problems: Problems) -> Failure {
    show(&problems);
    Failure::Mistake
}

fn warn(args: &Args, warnings: &Problems) {
    let warnings = warnings.at_least(Severity::Warning);
    if !args.quiet && !warnings.is_empty() {
        show(&warnings);
    }
}
