//! Results on disk: whole files or none, and nothing of anybody's is overwritten.

use std::fs;
use std::io::Write;
use std::path::Path;

use failsim::report::{RunFacts, hash};
use serde_json::Value;

use super::Failure;

fn taken(path: &Path) -> Failure {
    Failure::World(format!(
        "{} is there already with other content; move it away or choose another folder with --out",
        path.display()
    ))
}

/// Sees before anything is run whether its results could be written: an hour later is too late.
///
/// # Errors
///
/// Fails where no folder can be made or written to, and on the results of another run.
pub(crate) fn probe(folder: &Path, facts: &RunFacts) -> Result<(), Failure> {
    // The nearest folder that is there already.
    let is_there = |path: &&Path| path.as_os_str().is_empty() || path.exists();
    let there = folder.ancestors().find(is_there).unwrap_or(folder);
    let there = if there.as_os_str().is_empty() {
        Path::new(".")
    } else {
        there
    };
    tempfile::tempfile_in(there).map_err(|error| {
        Failure::World(format!("cannot write to {}: {error}", folder.display()))
    })?;
    let path = folder.join("run.json");
    let Ok(text) = fs::read_to_string(&path) else {
        return Ok(());
    };
    let there: Value = serde_json::from_str(&text).unwrap_or_default();
    let is_same = there["version"] == facts.version
        && there["seed"] == facts.seed
        && there["scenario"]["sha256"] == hash(&facts.resolved_scenario)
        && facts
            .options
            .iter()
            .all(|(name, value)| there["options"][name] == value.as_str());
    if is_same { Ok(()) } else { Err(taken(&path)) }
}

/// Writes files into a folder, which is made if it is not there.
///
/// A file that is there already with the same bytes is left alone. With other bytes it is an error,
/// found before anything is written.
pub(crate) fn write(folder: &Path, files: &[(String, Vec<u8>)]) -> Result<(), Failure> {
    let refuse = |path: &Path, error: std::io::Error| {
        Failure::World(format!("cannot write {}: {error}", path.display()))
    };
    let mut missing = Vec::new();
    for (name, bytes) in files {
        let path = folder.join(name);
        match fs::read(&path) {
            Ok(there) if there == *bytes => {}
            Ok(_) => {
                return Err(taken(&path));
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                missing.push((path, bytes))
            }
            Err(error) => return Err(refuse(&path, error)),
        }
    }
    for (path, bytes) in missing {
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(|error| refuse(parent, error))?;
        // A file appears under its name only when it is complete.
        let mut file =
            tempfile::NamedTempFile::new_in(parent).map_err(|error| refuse(&path, error))?;
        file.write_all(bytes)
            .and_then(|()| file.as_file().sync_all())
            .map_err(|error| refuse(&path, error))?;
        make_readable(&file);
        file.persist_noclobber(&path)
            .map_err(|error| refuse(&path, error.error))?;
    }
    Ok(())
}

/// Temporary files are private; results are as readable as any other file.
fn make_readable(file: &tempfile::NamedTempFile) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Without this permission the file is only less convenient, so a refusal does not matter.
        let _ = file
            .as_file()
            .set_permissions(fs::Permissions::from_mode(0o644));
    }
    #[cfg(not(unix))]
    let _ = file;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_never_overwritten() {
        let folder = tempfile::tempdir().expect("a folder");
        let files = vec![
            ("a.csv".to_owned(), b"1\n".to_vec()),
            ("plots/b.svg".to_owned(), b"2".to_vec()),
        ];
        write(folder.path(), &files).expect("a new folder takes files");
        write(folder.path(), &files).expect("the same bytes are no conflict");
        let other = vec![
            ("new.csv".to_owned(), b"3".to_vec()),
            ("a.csv".to_owned(), b"4\n".to_vec()),
        ];
        assert!(write(folder.path(), &other).is_err());
        assert_eq!(
            fs::read(folder.path().join("a.csv")).expect("it is still there"),
            b"1\n"
        );
        assert!(
            !folder.path().join("new.csv").exists(),
            "a conflict is found before anything is written"
        );
    }
}
