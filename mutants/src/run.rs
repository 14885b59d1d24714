//! Applies one mutant after another, in a copy of the tree, and asks the tests.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::build::Build;
use crate::mutant::{Mutant, Place};
use crate::program::{self, Ending};
use crate::settings::{Settings, Tests};

/// What became of a mutant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A test of this step has failed.
    Caught(String),
    /// This step did not end in time, which counts as noticed.
    TimedOut(String),
    /// The compiler refuses it.
    NotBuilt,
    /// No test has noticed.
    Missed,
}

impl Outcome {
    /// For the lists.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Caught(_) => "caught",
            Self::TimedOut(_) => "timeout",
            Self::NotBuilt => "not built",
            Self::Missed => "missed",
        }
    }
}

/// The copy, and what was built of it.
pub struct Runner<'s> {
    settings: &'s Settings,
    /// The copy of the tree.
    tree: PathBuf,
    build: PathBuf,
    /// The programs of the tree without a mutant.
    programs: HashMap<(String, String), PathBuf>,
    /// How long each step takes without a mutant.
    lengths: HashMap<(String, String), Duration>,
    since_reset: usize,
}

type Result<T> = std::result::Result<T, String>;

impl<'s> Runner<'s> {
    /// Copies the tree at `root` to a folder of its own below `scratch`.
    ///
    /// # Errors
    /// If git does not list it, or it cannot be copied.
    pub fn new(settings: &'s Settings, root: &Path, scratch: &Path) -> Result<Self> {
        let tree = scratch.join("tree");
        copy_tree(root, &tree)?;
        Ok(Self {
            settings,
            tree,
            build: scratch.join("build"),
            programs: HashMap::new(),
            lengths: HashMap::new(),
            since_reset: 0,
        })
    }

    /// What becomes of this mutant.
    ///
    /// # Errors
    /// If the tests do not hold without it, or something else is in the way.
    pub fn outcome(&mut self, mutant: &Mutant, tests: &Tests) -> Result<Outcome> {
        for step in &tests.steps {
            self.measure(tests, step)?;
        }
        if let Some(server) = &tests.server {
            if self.since_reset == 0 {
                self.reset(server)?;
            }
            self.since_reset = (self.since_reset + 1) % tests.reset_after;
        }
        match &mutant.place {
            Place::Program { old, new } => self.in_program(tests, old, new),
            Place::Source(_) => {
                let path = self.tree.join(&mutant.file);
                let source = fs::read_to_string(&path).map_err(text)?;
                let changed = mutant
                    .applied(&source)
                    .ok_or("its place is not in the file")?;
                fs::write(&path, changed).map_err(text)?;
                let outcome = self.in_source(tests);
                fs::write(&path, source).map_err(text)?;
                outcome
            }
        }
    }

    fn in_program(&mut self, tests: &Tests, old: &str, new: &str) -> Result<Outcome> {
        let mut places = 0;
        for step in &tests.steps {
            let (target, filter) = parted(step);
            let program = self.program(tests, target)?;
            let copy = self.build.with_file_name(format!("{target}-changed"));
            let here = program::copy_with(&program, &copy, old, new).map_err(text)?;
            places += here;
            if here == 0 {
                continue;
            }
            match self.run(&copy, filter, tests, step)? {
                Ending::Passed => {}
                Ending::Failed => return Ok(Outcome::Caught(step.clone())),
                Ending::TimedOut => return Ok(Outcome::TimedOut(step.clone())),
            }
        }
        match places {
            0 => Err("no program has this text".to_owned()),
            _ => Ok(Outcome::Missed),
        }
    }

    fn in_source(&self, tests: &Tests) -> Result<Outcome> {
        for step in &tests.steps {
            let (target, filter) = parted(step);
            let Some(program) = self.built(&tests.package, target)? else {
                return Ok(Outcome::NotBuilt);
            };
            match self.run(&program, filter, tests, step)? {
                Ending::Passed => {}
                Ending::Failed => return Ok(Outcome::Caught(step.clone())),
                Ending::TimedOut => return Ok(Outcome::TimedOut(step.clone())),
            }
        }
        Ok(Outcome::Missed)
    }

    fn run(&self, program: &Path, filter: &str, tests: &Tests, step: &str) -> Result<Ending> {
        const LEAST: Duration = Duration::from_secs(8);
        let length = self.lengths.get(&(tests.package.clone(), step.to_owned()));
        let longest = length.map_or(LEAST, |length| LEAST + *length * 2);
        program::run(program, filter, &self.tree.join(&tests.package), longest).map_err(text)
    }

    /// How long a step takes when nothing is changed. It must pass then.
    fn measure(&mut self, tests: &Tests, step: &str) -> Result<()> {
        let name = (tests.package.clone(), step.to_owned());
        if self.lengths.contains_key(&name) {
            return Ok(());
        }
        let (target, filter) = parted(step);
        let program = self.program(tests, target)?;
        let begun = Instant::now();
        let folder = self.tree.join(&tests.package);
        let ending = program::run(&program, filter, &folder, Duration::from_secs(600));
        match ending.map_err(text)? {
            Ending::Passed => {}
            _ => {
                return Err(format!(
                    "`{step}` of {} does not hold without a mutant",
                    tests.package
                ));
            }
        }
        eprintln!(
            "{} {step}: {:.1} s",
            tests.package,
            begun.elapsed().as_secs_f32()
        );
        self.lengths.insert(name, begun.elapsed());
        Ok(())
    }

    fn program(&mut self, tests: &Tests, target: &str) -> Result<PathBuf> {
        let name = (tests.package.clone(), target.to_owned());
        if let Some(program) = self.programs.get(&name) {
            return Ok(program.clone());
        }
        let built = self.built(&tests.package, target)?;
        let built = built
            .ok_or_else(|| format!("{} {target} does not build without a mutant", tests.package))?;
        // What is built of a mutant later stands in the same place.
        let kept = self
            .build
            .with_file_name(format!("{}-{target}", tests.package));
        fs::copy(&built, &kept).map_err(text)?;
        self.programs.insert(name, kept.clone());
        Ok(kept)
    }

    /// The program of this test target, or `None` if it does not build.
    fn built(&self, package: &str, target: &str) -> Result<Option<PathBuf>> {
        let build = Build::of(package, [target], &self.tree, &self.build).map_err(text)?;
        if !build.is_whole {
            return Ok(None);
        }
        let mut programs = build.messages.iter().filter_map(|message| {
            let program = message.get("executable")?.as_str();
            program.map(PathBuf::from)
        });
        programs
            .next_back()
            .map(Some)
            .ok_or_else(|| format!("{package} has no tests `{target}`"))
    }

    fn reset(&self, server: &str) -> Result<()> {
        let command = self.settings.reset.get(server);
        let command =
            command.ok_or_else(|| format!("tests.toml does not say how `{server}` is reset"))?;
        let status = Command::new("sh")
            .args(["-euc", command])
            .stdout(Stdio::null())
            .status();
        match status.map_err(text)?.success() {
            true => Ok(()),
            false => Err(format!(
                "`{server}` cannot be reset: run this by scripts/with-servers"
            )),
        }
    }
}

/// A step: its program, and the word that the names of its tests have.
pub(crate) fn parted(step: &str) -> (&str, &str) {
    step.split_once(' ').unwrap_or((step, ""))
}

/// What git knows, and what it would take, as it is now.
pub(crate) fn copy_tree(root: &Path, tree: &Path) -> Result<()> {
    let listed = Command::new("git")
        .args([
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "-z",
        ])
        .current_dir(root)
        .output()
        .map_err(text)?;
    let listed = String::from_utf8(listed.stdout).map_err(text)?;
    for file in listed.split('\0').filter(|file| !file.is_empty()) {
        let (from, to) = (root.join(file), tree.join(file));
        // A file that was deleted is listed too.
        let Ok(new) = fs::read(&from) else { continue };
        // One that is the same keeps its time, so that it is not built again.
        if fs::read(&to).is_ok_and(|old| old == new) {
            continue;
        }
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder).map_err(text)?;
        }
        fs::write(&to, new).map_err(text)?;
    }
    Ok(())
}

pub(crate) fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
