//! The files that are changed.

use std::fs;
use std::path::{Path, PathBuf};

use crate::mutant::Mutant;
use crate::settings::Settings;
use crate::source;

/// Every mutant of every file that has tests, in the order of the paths.
///
/// # Errors
/// If a file cannot be read or is not Rust.
pub fn mutants(root: &Path, settings: &Settings) -> Result<Vec<Mutant>, String> {
    let mut files = Vec::new();
    for tests in &settings.tests {
        find(&root.join(&tests.package).join("src"), &mut files)?;
    }
    files.sort();
    files.dedup();
    let mut mutants = Vec::new();
    for path in files {
        let name = path
            .strip_prefix(root)
            .unwrap_or(&path)
            .to_string_lossy()
            .into_owned();
        if settings.tests(&name).is_none() {
            continue;
        }
        let source = fs::read_to_string(&path).map_err(|error| format!("{name}: {error}"))?;
        let found = source::mutants(&name, &source, path.parent().unwrap_or(root));
        mutants.extend(found.map_err(|error| format!("{name}: {error}"))?);
    }
    Ok(mutants)
}

fn find(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            find(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::settings::Known;

    #[test]
    fn what_is_known_is_a_mutant_that_there_is_and_has_a_reason() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let settings = Settings::read(&folder.join("tests.toml")).unwrap();
        let known = Known::read(&folder.join("known.toml")).unwrap();
        let all = mutants(&folder.join(".."), &settings).unwrap();
        let of_none: Vec<_> = known.of_none(&all).collect();
        assert!(of_none.is_empty(), "{of_none:#?}");
        assert!(known.known.iter().all(|entry| !entry.reason.is_empty()));
    }

    #[test]
    fn the_tests_of_a_server_say_how_it_is_reset() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let settings = Settings::read(&folder.join("tests.toml")).unwrap();
        let mut servers = settings
            .tests
            .iter()
            .filter_map(|tests| tests.server.as_ref());
        assert!(servers.all(|server| settings.reset.contains_key(server)));
    }
}
