//! Runs every target for so many seconds without a fuzzer, and says how many inputs that were.
//!
//!     cargo run --example on-stable -- SECONDS [TARGET …]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use webhook_fuzz::mutate::Random;
use webhook_fuzz::{Fared, TARGETS, Target};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(Ok(seconds)) = arguments.next().map(|text| text.parse()) else {
        eprintln!("usage: on-stable SECONDS [TARGET …]");
        return ExitCode::FAILURE;
    };
    let wanted: Vec<String> = arguments.collect();
    let is_known = |name: &&String| TARGETS.iter().any(|target| target.name == name.as_str());
    if let Some(unknown) = wanted.iter().find(|name| !is_known(name)) {
        eprintln!("there is no target {unknown}");
        return ExitCode::FAILURE;
    }
    let is_wanted =
        |target: &&Target| wanted.is_empty() || wanted.iter().any(|name| name == target.name);
    let seed = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(1, |age| age.as_nanos() as u64);
    for target in TARGETS.iter().filter(is_wanted) {
        if let Err(input) = run(target, Duration::from_secs(seconds), Random::new(seed)) {
            keep(target, &input);
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// The input that broke the target, if one does.
fn run(target: &Target, time: Duration, mut random: Random) -> Result<(), Vec<u8>> {
    let seeds = (target.seeds)();
    let mut known = seeds.clone().into_iter();
    let (mut runs, mut accepted) = (0_u64, 0_u64);
    let start = Instant::now();
    // All seeds, however long that takes; the clock is not asked for each.
    while known.len() > 0 || runs % 64 != 0 || start.elapsed() < time {
        let input = known.next().unwrap_or_else(|| random.input(&seeds));
        match catch_unwind(AssertUnwindSafe(|| (target.run)(&input))) {
            Ok(fared) => accepted += u64::from(fared == Fared::Accepted),
            Err(_) => return Err(input),
        }
        runs += 1;
    }
    println!(
        "{:<16} {runs:>9} executions, {accepted} accepted",
        target.name
    );
    Ok(())
}

/// Where cargo-fuzz puts them too.
fn keep(target: &Target, input: &[u8]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("artifacts")
        .join(target.name);
    let file = folder.join("on-stable");
    let kept = std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&file, input));
    match kept {
        Ok(()) => eprintln!("{}: broken by the input in {}", target.name, file.display()),
        Err(error) => eprintln!("{}: broken, and its input is lost: {error}", target.name),
    }
}
