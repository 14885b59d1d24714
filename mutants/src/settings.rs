//! What is changed, which tests notice, and what is known: `tests.toml` and `known.toml`.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::mutant::Mutant;

/// `tests.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Files without mutants, by what their paths begin with.
    pub skip: Vec<String>,
    /// How a server becomes as it was at its start.
    pub reset: BTreeMap<String, String>,
    /// Which tests notice.
    pub tests: Vec<Tests>,
    /// Which files are changed many at once.
    pub together: Together,
}

/// Files of many senders, whose tests name the sender of whom they do not hold.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Together {
    /// The folder with a file or a folder for each.
    pub of: String,
    /// The package that is tested.
    pub package: String,
    /// What in that folder is of no sender.
    pub alone: Vec<String>,
    /// When a program is given up.
    pub longest_secs: u64,
    /// How many changes of one sender one build has at most, if they are in rules of other kinds each.
    pub of_one: usize,
    /// The steps that everything is asked by.
    pub first: Vec<String>,
    /// Those that are asked about what is left.
    pub then: Vec<String>,
}

impl Together {
    /// The module of the sender that this file is of.
    #[must_use]
    pub fn sender<'f>(&self, file: &'f str) -> Option<&'f str> {
        let rest = file.strip_prefix(self.of.as_str())?;
        let name = rest.split(['/', '.']).next()?;
        (!self.alone.iter().any(|alone| alone == rest)).then_some(name)
    }
}

/// The tests for some files.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tests {
    /// What the paths of the files begin with.
    pub of: String,
    /// The package that is tested.
    pub package: String,
    /// What is run, one after another: `lib` or a test program, and a word that the names of the tests have.
    pub steps: Vec<String>,
    /// The server that is reset.
    pub server: Option<String>,
    /// After how many mutants.
    #[serde(default = "one")]
    pub reset_after: usize,
}

const fn one() -> usize {
    1
}

/// `known.toml`: what makes no difference.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// Each with its reason.
    #[serde(default)]
    pub known: Vec<Entry>,
}

/// Mutants that make no difference.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// What the path of the file begins with.
    pub file: String,
    /// What the mutant's words have in them.
    pub text: String,
    /// Its line, where the same words are said of others.
    pub line: Option<usize>,
    /// Why no test can notice it.
    pub reason: String,
}

impl Settings {
    /// Reads them.
    ///
    /// # Errors
    /// If the file is not there or not as it should be.
    pub fn read(path: &Path) -> Result<Self, String> {
        read(path)
    }

    /// The tests for this file, if it is changed.
    #[must_use]
    pub fn tests(&self, file: &str) -> Option<&Tests> {
        if self.skip.iter().any(|start| file.starts_with(start)) {
            return None;
        }
        self.tests.iter().find(|tests| file.starts_with(&tests.of))
    }
}

impl Known {
    /// Reads them.
    ///
    /// # Errors
    /// If the file is not there or not as it should be.
    pub fn read(path: &Path) -> Result<Self, String> {
        read(path)
    }

    /// Why this mutant makes no difference, if that is known.
    #[must_use]
    pub fn reason(&self, mutant: &Mutant) -> Option<&str> {
        let entry = self.known.iter().find(|entry| entry.is_of(mutant));
        entry.map(|entry| entry.reason.as_str())
    }

    /// Entries that are of none of these: what they name has changed.
    pub fn of_none<'k>(&'k self, mutants: &'k [Mutant]) -> impl Iterator<Item = &'k Entry> {
        let of_none = move |entry: &&Entry| !mutants.iter().any(|mutant| entry.is_of(mutant));
        self.known.iter().filter(of_none)
    }
}

impl Entry {
    fn is_of(&self, mutant: &Mutant) -> bool {
        let is_there = self.line.is_none_or(|line| line == mutant.line);
        is_there && mutant.file.starts_with(&self.file) && mutant.what.contains(&self.text)
    }
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, String> {
    let text =
        std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}
