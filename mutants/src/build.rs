//! Builds the test programs of a package in a copy of the tree.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

/// What cargo has said of a build.
pub struct Build {
    /// Whether all of it was built.
    pub is_whole: bool,
    /// Its messages in JSON.
    pub messages: Vec<Value>,
}

impl Build {
    /// The programs of these test targets, `lib` or the name of an integration test, of the tree, into a folder.
    ///
    /// # Errors
    /// If cargo does not run.
    pub fn of<'t>(
        package: &str,
        targets: impl IntoIterator<Item = &'t str>,
        tree: &Path,
        into: &Path,
    ) -> io::Result<Self> {
        let mut command = Command::new("cargo");
        // What the tests lean on is built to run fast: see `profile.mutants`.
        command.args(["test", "--no-run", "--all-features", "--profile=mutants"]);
        command.args(["--message-format=json", "--package", package]);
        for target in targets {
            match target {
                "lib" => command.arg("--lib"),
                _ => command.args(["--test", target]),
            };
        }
        let output = command
            .current_dir(tree)
            .env("CARGO_TARGET_DIR", into)
            // The same crate again and again, a little changed.
            .env("CARGO_INCREMENTAL", "1")
            .stderr(Stdio::null())
            .output()?;
        let messages = String::from_utf8_lossy(&output.stdout);
        let messages = messages.lines();
        Ok(Self {
            is_whole: output.status.success(),
            messages: messages
                .filter_map(|line| serde_json::from_str(line).ok())
                .collect(),
        })
    }
}
