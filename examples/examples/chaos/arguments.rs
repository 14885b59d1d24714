//! What the program is told to do.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use crate::Fallible;

const USAGE: &str = "usage: chaos sqlite|postgres|mysql|redis MINUTES [--seed NUMBER] [--break no-dedupe|done-first|no-fence]
       chaos sqlite|postgres|mysql MINUTES --inbox [--seed NUMBER] [--break done-apart|answer-first|no-order]";

pub(crate) enum Arguments {
    Run(Run),
    /// What the program starts itself with.
    Serve(Serve),
}

pub(crate) struct Run {
    pub(crate) engine: Engine,
    pub(crate) time: Duration,
    pub(crate) seed: u64,
    pub(crate) sabotage: Sabotage,
    /// Deliveries are stored first, and worked on by others.
    pub(crate) inbox: bool,
}

#[derive(Clone)]
pub(crate) struct Serve {
    pub(crate) role: Role,
    pub(crate) engine: Engine,
    /// Of the store; for SQLite, its file.
    pub(crate) url: String,
    pub(crate) sabotage: Sabotage,
    pub(crate) seed: u64,
}

/// What a process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Receives and works, with a dedupe store.
    Server,
    /// Receives into an inbox.
    Receiver,
    /// Works on what is in the inbox.
    Worker,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
    Mysql,
    Redis,
}

/// What is broken on purpose, to see that the checker finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sabotage {
    Nothing,
    NoDedupe,
    DoneFirst,
    NoFence,
    DoneApart,
    AnswerFirst,
    NoOrder,
}

impl Arguments {
    pub(crate) fn read(arguments: impl Iterator<Item = String>) -> Fallible<Self> {
        let words: Vec<String> = arguments.collect();
        match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            [role, engine, url, sabotage, seed] if named(&ROLES, role).is_ok() => {
                Ok(Self::Serve(Serve {
                    role: named(&ROLES, role)?,
                    engine: engine.parse()?,
                    url: url.to_owned(),
                    sabotage: sabotage.parse()?,
                    seed: seed.parse()?,
                }))
            }
            [engine, minutes, ref options @ ..] => {
                Run::read(engine, minutes, options).map(Self::Run)
            }
            _ => Err(USAGE.into()),
        }
    }
}

impl Run {
    fn read(engine: &str, minutes: &str, mut options: &[&str]) -> Fallible<Self> {
        let minutes: f64 = minutes.parse().map_err(|_| USAGE)?;
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
        let mut run = Self {
            engine: engine.parse()?,
            time: Duration::try_from_secs_f64(minutes * 60.0)?,
            seed: u64::from(since.subsec_nanos()),
            sabotage: Sabotage::Nothing,
            inbox: false,
        };
        loop {
            options = match options {
                [] if run.is_possible() => return Ok(run),
                ["--inbox", rest @ ..] => {
                    run.inbox = true;
                    rest
                }
                ["--seed", seed, rest @ ..] => {
                    run.seed = seed.parse()?;
                    rest
                }
                ["--break", how, rest @ ..] => {
                    run.sabotage = how.parse()?;
                    rest
                }
                _ => return Err(USAGE.into()),
            }
        }
    }
}

impl Run {
    /// Redis has no inbox, and each mode is broken in its own ways.
    fn is_possible(&self) -> bool {
        let is_of_inbox = match self.sabotage {
            Sabotage::Nothing => self.inbox,
            Sabotage::DoneApart | Sabotage::AnswerFirst | Sabotage::NoOrder => true,
            Sabotage::NoDedupe | Sabotage::DoneFirst | Sabotage::NoFence => false,
        };
        let has_inbox = self.engine != Engine::Redis;
        is_of_inbox == self.inbox && (has_inbox || !self.inbox)
    }
}

impl Serve {
    /// The words that [`Arguments::read`] understands.
    pub(crate) fn words(&self) -> [String; 5] {
        [
            name_of(&ROLES, self.role).to_owned(),
            self.engine.to_string(),
            self.url.clone(),
            self.sabotage.to_string(),
            self.seed.to_string(),
        ]
    }
}

const ROLES: [(&str, Role); 3] = [
    ("serve", Role::Server),
    ("receive", Role::Receiver),
    ("work", Role::Worker),
];

const ENGINES: [(&str, Engine); 4] = [
    ("sqlite", Engine::Sqlite),
    ("postgres", Engine::Postgres),
    ("mysql", Engine::Mysql),
    ("redis", Engine::Redis),
];

const SABOTAGES: [(&str, Sabotage); 7] = [
    ("nothing", Sabotage::Nothing),
    ("no-dedupe", Sabotage::NoDedupe),
    ("done-first", Sabotage::DoneFirst),
    ("no-fence", Sabotage::NoFence),
    ("done-apart", Sabotage::DoneApart),
    ("answer-first", Sabotage::AnswerFirst),
    ("no-order", Sabotage::NoOrder),
];

impl FromStr for Engine {
    type Err = &'static str;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        named(&ENGINES, name)
    }
}

impl FromStr for Sabotage {
    type Err = &'static str;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        named(&SABOTAGES, name)
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(name_of(&ENGINES, *self))
    }
}

impl fmt::Display for Sabotage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(name_of(&SABOTAGES, *self))
    }
}

fn named<T: Copy>(names: &[(&str, T)], name: &str) -> Result<T, &'static str> {
    let mut same = names.iter().filter(|(own, _)| *own == name);
    same.next().map(|(_, value)| *value).ok_or(USAGE)
}

fn name_of<T: Copy + PartialEq>(names: &[(&'static str, T)], value: T) -> &'static str {
    let mut same = names.iter().filter(|(_, own)| *own == value);
    same.next().map_or("", |(name, _)| name)
}
