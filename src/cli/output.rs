//! Results on disk: whole files or none, and nothing of anybody's is overwritten.

use std::fs;
use std::io::Write;
use std::path::Path;

use super::Failure;

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
                return Err(Failure::World(format!(
                    "{} is there already with other content; move it away or choose another folder with --out",
                    path.display()
                )));
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
