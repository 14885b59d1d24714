//! Runs vector files: requests with the verdict that each must get. Prints every case that gets another one, and at the
//! end `N passed, M failed`; fails if one did.
//!
//! ```sh
//! cargo run --example check-vectors -- webhook-core/tests/vectors/*.json
//! ```
//!
//! The format is described in `webhook-core/tests/vectors/README.md`.

use std::process::ExitCode;
use std::{env, fs};

use webhook_core::provider;
use webhook_core::testing::vectors::VectorFile;

fn main() -> ExitCode {
    let paths: Vec<String> = env::args().skip(1).collect();
    if paths.is_empty() {
        eprintln!("usage: check-vectors FILE...");
        return ExitCode::from(2);
    }
    let mut total = Count::default();
    for path in &paths {
        let count = check(path);
        total.passed += count.passed;
        total.failed += count.failed;
    }
    println!("{} passed, {} failed", total.passed, total.failed);
    ExitCode::from(u8::from(total.failed > 0))
}

#[derive(Default)]
struct Count {
    passed: usize,
    failed: usize,
}

impl Count {
    fn failed(failed: usize) -> Self {
        Self { passed: 0, failed }
    }
}

fn check(path: &str) -> Count {
    let file = match read(path) {
        Ok(file) => file,
        Err(why) => {
            println!("{path}: {why}");
            return Count::failed(1);
        }
    };
    let provider = &file.provider;
    if !provider::names().any(|name| name == provider) {
        let cases = file.cases.len().max(1);
        println!("{path}: there is no provider `{provider}`, {cases} failed");
        return Count::failed(cases);
    }
    let differences = file.run();
    for difference in &differences {
        println!("{provider}/{difference}");
    }
    Count {
        passed: file.cases.len() - differences.len(),
        failed: differences.len(),
    }
}

fn read(path: &str) -> Result<VectorFile, String> {
    let json = fs::read(path).map_err(|error| error.to_string())?;
    VectorFile::parse(&json).map_err(|error| error.to_string())
}
