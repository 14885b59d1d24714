//! What these crates and others spend on the same requests.
//!
//! ```text
//! cargo run --release --manifest-path bench/compare/Cargo.toml --features async-stripe
//! ```
//!
//! Without the feature it builds some minutes sooner, and leaves async-stripe-webhook out.
//!
//! Times are ratios of interleaved batches. Those of short calls stay true on a machine that is busy with something
//! else; a call that is longer than a slice of the scheduler, as those of 1 MiB are, needs a quiet one, and so do the servers.

mod server;
mod turns;

use std::env;
use std::process::{Command, Stdio};

use compare::{Contender, SIZES, contenders};
use turns::{Median, medians};

fn main() {
    print_calls();
    server::print();
}

fn print_calls() {
    let allocations = allocations();
    let [first, others @ ..] = SIZES.map(|size| {
        let contenders = contenders(size);
        let medians = medians(&contenders);
        (contenders, medians)
    });
    println!("\nTime as a ratio to a bare keyed HMAC-SHA256 of the body / allocations per call\n");
    println!("| signed as | library | call | 256 B | 4 KiB | 64 KiB | 1 MiB |");
    println!("|---|---|---|---:|---:|---:|---:|");
    let (contenders, medians) = first;
    for (at, contender) in contenders.iter().enumerate() {
        let all = [&medians]
            .into_iter()
            .chain(others.iter().map(|(_, medians)| medians));
        let cells: Vec<_> = all
            .zip(&allocations)
            .map(|(medians, allocations)| cell(at, &medians[at], allocations[at]))
            .collect();
        println!(
            "| {} | {} | {} | {} |",
            contender.sender,
            library(contender),
            contender.step,
            cells.join(" | ")
        );
    }
    if cfg!(not(feature = "async-stripe")) {
        println!(
            "\nNot built, and so not measured: async-stripe-webhook (`--features async-stripe`)."
        );
    }
}

/// The yardstick is told as a time.
fn cell(at: usize, median: &Median, allocations: u64) -> String {
    if at == 0 {
        format!("{} / {allocations}", time_text(median.nanos))
    } else {
        format!("{:.2} / {allocations}", median.ratio)
    }
}

fn time_text(nanos: f64) -> String {
    if nanos < 1000.0 {
        format!("{nanos:.0} ns")
    } else {
        format!("{:.1} µs", nanos / 1000.0)
    }
}

/// The name, with the version that `Cargo.lock` says.
fn library(contender: &Contender) -> String {
    let name = contender.library;
    let entry = format!("name = \"{name}\"\nversion = \"");
    let rest = include_str!("../Cargo.lock").split_once(&entry);
    match rest.and_then(|(_, rest)| rest.split_once('"')) {
        Some((version, _)) => format!("{name} {version}"),
        None => name.to_owned(),
    }
}

/// For each size, one number for each contender.
fn allocations() -> Vec<Vec<u64>> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()));
    cargo.args(["run", "--quiet", "--release", "--bin", "allocations"]);
    cargo.args([
        "--manifest-path",
        concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
    ]);
    if cfg!(feature = "async-stripe") {
        cargo.args(["--features", "async-stripe"]);
    }
    let output = cargo.stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "{}", output.status);
    let lines = String::from_utf8(output.stdout).unwrap();
    let counts = |line: &str| {
        line.split(' ')
            .map(|count| count.parse().unwrap())
            .collect()
    };
    lines.lines().map(counts).collect()
}
