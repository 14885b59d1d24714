//! Lists the mutants of data, or applies each and asks whether a test notices.
//!
//! ```text
//! webhook-mutants [--list] [--shard K/N] [--file PART] [--kind KIND] [--every N] [--of LIST] [--together | --apart]
//! ```
//!
//! To be run at the root of the workspace, by `scripts/with-servers`. What no test has noticed is in `missed.txt` of the folder
//! `mutants` in cargo's target folder, and what became of every mutant in `outcomes.txt`, by shards. `--of` asks again about what
//! such a list has; where the code has moved since, about all of that name in the file. `known.toml` says what makes no
//! difference.
//!
//! `--together` changes the files of many senders at once, in rounds, and asks about no mutant of which the `outcomes.txt` of its
//! folder, `together`, tells already: so it can be stopped and started again. Delete that folder's list to begin anew. `--apart` are all
//! that it leaves out.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use webhook_mutants::again;
use webhook_mutants::files;
use webhook_mutants::mutant::{Kind, Mutant};
use webhook_mutants::run::{Outcome, Runner};
use webhook_mutants::settings::{Known, Settings};
use webhook_mutants::together::{Round, Rounds};

const USAGE: &str = "webhook-mutants [--list] [--shard K/N] [--file PART] [--kind KIND] [--every N] [--of LIST] [--together | --apart]";

/// What is asked for.
struct Options {
    is_list: bool,
    shard: (usize, usize),
    file: String,
    kind: Option<Kind>,
    every: usize,
    of: Option<String>,
    is_together: bool,
    is_apart: bool,
}

fn main() -> ExitCode {
    let outcome = options().and_then(|options| work(&options));
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("webhook-mutants: {error}");
            ExitCode::from(2)
        }
    }
}

fn options() -> Result<Options, String> {
    let mut options = Options {
        is_list: false,
        shard: (0, 1),
        file: String::new(),
        kind: None,
        every: 1,
        of: None,
        is_together: false,
        is_apart: false,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || {
            arguments
                .next()
                .ok_or_else(|| format!("{argument} needs a value: {USAGE}"))
        };
        match argument.as_str() {
            "--list" => options.is_list = true,
            "--together" => options.is_together = true,
            "--apart" => options.is_apart = true,
            "--file" => options.file = value()?,
            "--kind" => options.kind = Some(kind(&value()?)?),
            "--of" => options.of = Some(value()?),
            "--every" => options.every = value()?.parse().map_err(|_| "--every wants a number")?,
            "--shard" => {
                options.shard = shard(&value()?).ok_or("--shard wants K/N, such as 0/4")?
            }
            _ => return Err(format!("`{argument}` is not known: {USAGE}")),
        }
    }
    Ok(options)
}

fn kind(name: &str) -> Result<Kind, String> {
    let kind = Kind::ALL.iter().find(|kind| kind.name() == name).copied();
    let names = || {
        Kind::ALL
            .iter()
            .map(|kind| kind.name())
            .collect::<Vec<_>>()
            .join(", ")
    };
    kind.ok_or_else(|| format!("--kind is one of {}", names()))
}

fn shard(text: &str) -> Option<(usize, usize)> {
    let (one, all) = text.split_once('/')?;
    let (one, all) = (one.parse().ok()?, all.parse().ok()?);
    (one < all).then_some((one, all))
}

/// Whether every mutant was noticed.
fn work(options: &Options) -> Result<bool, String> {
    let root = Path::new(".");
    let settings = Settings::read(&root.join("mutants/tests.toml"))?;
    let known = Known::read(&root.join("mutants/known.toml"))?;
    let all = files::mutants(root, &settings)?;
    let changed: Vec<_> = known
        .of_none(&all)
        .map(|entry| format!("{}: {}", entry.file, entry.text))
        .collect();
    if !changed.is_empty() {
        return Err(format!(
            "known.toml names what is no mutant any more:\n{}",
            changed.join("\n")
        ));
    }
    let of = options.of.as_ref().map(fs::read_to_string).transpose();
    let of = of.map_err(|error| format!("--of: {error}"))?;
    let mine = match &of {
        Some(list) => again::named(list, &all),
        None => all.iter().collect(),
    };
    let mine = mine
        .into_iter()
        .filter(|mutant| mutant.file.contains(&options.file))
        .filter(|mutant| !options.is_apart || settings.together.sender(&mutant.file).is_none())
        .filter(|mutant| options.kind.is_none_or(|kind| kind == mutant.kind))
        .step_by(options.every.max(1))
        .skip(options.shard.0)
        .step_by(options.shard.1);
    if options.is_list {
        let mine: Vec<_> = mine.collect();
        for mutant in &mine {
            let reason = known.reason(mutant);
            println!(
                "{mutant}{}",
                reason
                    .map(|reason| format!("  [known: {reason}]"))
                    .unwrap_or_default()
            );
        }
        eprintln!("{} mutants: {}", mine.len(), by_kind(&mine));
        return Ok(true);
    }
    let mine = mine.filter(|mutant| known.reason(mutant).is_none());
    match options.is_together {
        true => ask_together(mine.collect(), root, &settings),
        false => ask(mine, root, &settings, options.shard),
    }
}

fn by_kind(mutants: &[&Mutant]) -> String {
    let mut kinds: BTreeMap<Kind, usize> = BTreeMap::new();
    for mutant in mutants {
        *kinds.entry(mutant.kind).or_default() += 1;
    }
    let kinds = kinds
        .iter()
        .map(|(kind, count)| format!("{} {count}", kind.name()));
    kinds.collect::<Vec<_>>().join(", ")
}

/// Applies them. What has become of each is written at once.
fn ask<'m>(
    mutants: impl Iterator<Item = &'m Mutant>,
    root: &Path,
    settings: &Settings,
    (one, all): (usize, usize),
) -> Result<bool, String> {
    let scratch = scratch(root)?.join(format!("{one}-of-{all}"));
    fs::create_dir_all(&scratch).map_err(|error| error.to_string())?;
    let mut runner = Runner::new(settings, root, &scratch)?;
    let file = |name| File::create(scratch.join(name)).map_err(|error| error.to_string());
    let (mut outcomes, mut missed) = (file("outcomes.txt")?, file("missed.txt")?);
    let mut counts: BTreeMap<(Kind, &'static str), usize> = BTreeMap::new();
    for mutant in mutants {
        let tests = settings.tests(&mutant.file).ok_or("no tests are known")?;
        let outcome = runner
            .outcome(mutant, tests)
            .map_err(|error| format!("{mutant}: {error}"))?;
        let by = match &outcome {
            Outcome::Caught(step) | Outcome::TimedOut(step) => format!(" by {step}"),
            Outcome::NotBuilt | Outcome::Missed => String::new(),
        };
        let line = format!("{}{by}: {mutant}", outcome.name());
        println!("{line}");
        writeln!(outcomes, "{line}").map_err(|error| error.to_string())?;
        if outcome == Outcome::Missed {
            writeln!(missed, "{mutant}").map_err(|error| error.to_string())?;
        }
        *counts.entry((mutant.kind, outcome.name())).or_default() += 1;
    }
    for ((kind, outcome), count) in &counts {
        println!("{:8} {outcome:10} {count}", kind.name());
    }
    Ok(!counts.keys().any(|(_, outcome)| *outcome == "missed"))
}

/// Applies many at once. What is left at the end of the rounds is in `left.txt`, to be asked about alone: `--of` takes that list.
fn ask_together(mutants: Vec<&Mutant>, root: &Path, settings: &Settings) -> Result<bool, String> {
    let together = &settings.together;
    let scratch = scratch(root)?.join("together");
    fs::create_dir_all(&scratch).map_err(|error| error.to_string())?;
    let list = scratch.join("outcomes.txt");
    let before = fs::read_to_string(&list).unwrap_or_default();
    let asked: HashMap<&str, &str> = before
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(outcome, mutant)| (mutant, outcome))
        .collect();
    let (mut fresh, mut missed) = (Vec::new(), Vec::new());
    for mutant in mutants {
        match asked.get(mutant.to_string().as_str()) {
            _ if together.sender(&mutant.file).is_none() => {}
            None => fresh.push(mutant),
            Some(&AGAIN) => missed.push(mutant),
            Some(_) => {}
        }
    }
    // So that a run that is stopped has seen a part of everything.
    fresh.sort_by_key(|mutant| hash(mutant));
    let mut outcomes = OpenOptions::new();
    let mut outcomes = outcomes
        .append(true)
        .create(true)
        .open(&list)
        .map_err(|error| error.to_string())?;
    let rounds = Rounds::new(together, root, &scratch)?;
    rounds.hold(&together.first)?;
    let all: Vec<String> = together
        .first
        .iter()
        .chain(&together.then)
        .cloned()
        .collect();
    let (mut left, mut is_held) = (Vec::new(), false);
    // Those that are left are asked about before there are too many of one sender.
    const MANY: usize = 24;
    for round in 0.. {
        let is_again = fresh.is_empty() || missed.len() >= MANY;
        let (from, steps, of_one) = match is_again {
            true => (&mut missed, &all, 1),
            false => (&mut fresh, &together.first, together.of_one),
        };
        if is_again && !is_held {
            rounds.hold(&together.then)?;
            is_held = true;
        }
        let mut places = rounds.choose(from, round % 2 == 0, of_one);
        places.sort_unstable();
        let places = places.into_iter().rev();
        let chosen: Vec<&Mutant> = places.map(|place| from.remove(place)).collect();
        if chosen.is_empty() {
            if fresh.is_empty() {
                break;
            }
            continue;
        }
        let Round {
            outcomes: found,
            strangers,
        } = rounds.outcomes(&chosen, steps)?;
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for (mutant, outcome) in chosen.iter().zip(found) {
            let Some(outcome) = outcome else {
                fresh.push(*mutant);
                continue;
            };
            *counts.entry(outcome.name()).or_default() += 1;
            let line = match &outcome {
                Outcome::Missed if !is_again => {
                    missed.push(*mutant);
                    format!("{AGAIN}: {mutant}")
                }
                Outcome::Missed => {
                    left.push(*mutant);
                    format!("missed: {mutant}")
                }
                Outcome::Caught(step) | Outcome::TimedOut(step) => {
                    format!("{} by {step}: {mutant}", outcome.name())
                }
                Outcome::NotBuilt => format!("{}: {mutant}", outcome.name()),
            };
            writeln!(outcomes, "{line}").map_err(|error| error.to_string())?;
        }
        println!(
            "round {round}, {} at once: {counts:?}; {} to come",
            chosen.len(),
            fresh.len()
        );
        if !strangers.is_empty() {
            println!("named, and not changed: {strangers:?}");
        }
    }
    let lines: String = left.iter().map(|mutant| format!("{mutant}\n")).collect();
    fs::write(scratch.join("left.txt"), lines).map_err(|error| error.to_string())?;
    Ok(left.is_empty())
}

/// In `outcomes.txt`, of what the first steps do not notice.
const AGAIN: &str = "to be asked again";

/// The same in every run.
fn hash(mutant: &Mutant) -> u64 {
    let name = mutant.to_string();
    let start = 0xcbf2_9ce4_8422_2325;
    name.bytes().fold(start, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Where the copies and what is built of them are: in cargo's target folder.
fn scratch(root: &Path) -> Result<PathBuf, String> {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let target = std::path::absolute(target).map_err(|error| error.to_string())?;
    Ok(target.join("mutants"))
}
