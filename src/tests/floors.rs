//! The floors of the house: a module uses lower floors only.

use std::fs;
use std::path::{Path, PathBuf};

const FLOORS: [(&str, u32); 12] = [
    ("base", 0),
    ("math", 1),
    ("stats", 2),
    ("model", 3),
    ("behaviour", 4),
    ("scenario", 4),
    ("engine", 5),
    ("exact", 5),
    ("trials", 6),
    ("rare", 7),
    ("study", 8),
    ("report", 9),
];

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn floor(name: &str) -> Option<u32> {
    FLOORS
        .iter()
        .find(|(floor, _)| *floor == name)
        .map(|(_, number)| *number)
}

/// Every `crate::floor` in a file, wherever it stands. Tests at the end of a file may look up.
fn used_floors(text: &str) -> Vec<String> {
    let text = text.split("#[cfg(test)]").next().unwrap();
    text.split("crate::")
        .skip(1)
        .filter_map(|rest| {
            rest.split(|c: char| !c.is_alphanumeric() && c != '_')
                .next()
        })
        .map(str::to_owned)
        .collect()
}

#[test]
fn a_module_uses_lower_floors_only() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut seen = 0;
    for (name, number) in FLOORS {
        let folder = source.join(name);
        if !folder.is_dir() {
            continue;
        }
        let mut files = Vec::new();
        rust_files(&folder, &mut files);
        for file in files.iter().filter(|file| !file.ends_with("tests.rs")) {
            for used in used_floors(&fs::read_to_string(file).unwrap()) {
                if let Some(other) = floor(&used) {
                    assert!(
                        other < number || used == name,
                        "{}: floor {number} ({name}) uses floor {other} ({used})",
                        file.display()
                    );
                    seen += 1;
                }
            }
        }
    }
    assert!(
        seen > 100,
        "the test reads the files: it saw only {seen} uses"
    );
}

#[test]
fn the_library_neither_prints_nor_reads_clocks_nor_opens_files() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for (name, _) in FLOORS {
        let folder = source.join(name);
        if !folder.is_dir() {
            continue;
        }
        let mut files = Vec::new();
        rust_files(&folder, &mut files);
        for file in files.iter().filter(|file| !file.ends_with("tests.rs")) {
            let text = fs::read_to_string(file).unwrap();
            let text = text.split("#[cfg(test)]").next().unwrap();
            for word in [
                "println!",
                "eprintln!",
                "print!(",
                "dbg!",
                "std::time",
                "SystemTime",
                "std::fs",
                "File::",
            ] {
                assert!(!text.contains(word), "{} uses {word}", file.display());
            }
        }
    }
}
