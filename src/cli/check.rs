//! `failsim check`: what is wrong with scenario files, and what is odd.

use failsim::scenario::{self, Problems, Severity};

use super::args::{Args, CheckArgs, CheckFormat};
use super::{End, Failure, load, print};

pub(crate) fn check(args: &Args, command: &CheckArgs) -> Result<End, Failure> {
    let changes = load::changes(&command.changes)?;
    let mut fails = false;
    // Programs read one document, however many files there are.
    let mut all = Problems::default();
    for file in &command.files {
        let source = load::source(file)?;
        let (problems, resolved) = match scenario::load(&source, &changes, &load::Disk) {
            Err(problems) => (problems, None),
            Ok(scenario) => (scenario.warnings, Some(scenario.resolved)),
        };
        fails |= problems.has_errors()
            || (command.deny_warnings && problems.count(Severity::Warning) > 0);
        if let (true, Some(resolved)) = (command.resolved, resolved) {
            print(&format!("{resolved:#}\n"))?;
            continue;
        }
        if matches!(command.format, CheckFormat::Text) {
            tell(args, &source.name, &problems)?;
        }
        all.extend(problems);
    }
    match command.format {
        CheckFormat::Text => {}
        // What is resolved has been printed instead.
        _ if command.resolved && !all.has_errors() => {}
        CheckFormat::Json => print(&format!("{:#}\n", all.to_json())).map(|_| ())?,
        CheckFormat::Sarif => print(&format!("{:#}\n", all.to_sarif())).map(|_| ())?,
        CheckFormat::Github => print(&all.to_github()).map(|_| ())?,
    }
    if fails {
        Err(Failure::Mistake)
    } else {
        Ok(End::Done)
    }
}

fn tell(args: &Args, name: &str, problems: &Problems) -> Result<(), Failure> {
    if !problems.is_empty() && (!args.quiet || problems.has_errors()) {
        print(&format!("{}\n", problems.render(true)))?;
    }
    let verdict = if problems.has_errors() {
        format!("{name}: {} errors", problems.count(Severity::Error))
    } else {
        match problems.count(Severity::Warning) {
            0 => format!("{name}: fine"),
            warnings => format!("{name}: can be run; {warnings} warnings"),
        }
    };
    print(&format!(
        "{}\n",
        verdict
            .replace(" 1 errors", " 1 error")
            .replace(" 1 warnings", " 1 warning")
    ))
    .map(|_| ())
}
