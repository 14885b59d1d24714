//! Instructions: how many one operation takes, as valgrind counts them, beside what the repository has recorded.
//!
//! ```text
//! scripts/instructions                              # fails where an operation takes 5 % more than is recorded
//! scripts/instructions --record                     # records what it takes now
//! scripts/instructions --profile stripe-verify-256  # tells which function takes how many
//! ```
//!
//! An instruction is counted the same on a machine that is busy and one that is not, so that a small step up is seen, where a time
//! would hide it. Each operation runs often and more often in a process of its own; the difference, divided, is what one takes, and what a
//! process does once is in neither.
//!
//! valgrind shows programs a processor without SHA instructions. So SHA-256 is the portable one here, many times as many instructions as
//! on a real processor, but the same on each. Hence the last column: what an operation takes over the bare HMAC of the same body is what
//! this library adds, and it may not grow by 5 % either. The rest that depends on the processor is whether it has AVX2, which libraries
//! look for when they search and copy; where that is not as it was when the counts were recorded, they are not compared.

mod cases;
mod count;
mod record;

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use crate::record::Record;

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

const USAGE: &str = "usage: instructions check FILE|record FILE|profile OPERATION FILE|processor|run OPERATION TIMES";

fn main() -> Fallible<ExitCode> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["check", file] => check(Path::new(file)),
        ["record", file] => {
            let record = Record::of_now()?;
            std::fs::write(file, record.to_string())?;
            print!("{record}");
            Ok(ExitCode::SUCCESS)
        }
        ["profile", name, file] => {
            count::profile(cases::find(name)?, file)?;
            Ok(ExitCode::SUCCESS)
        }
        // What valgrind runs.
        ["processor"] => {
            println!("{}", count::processor());
            Ok(ExitCode::SUCCESS)
        }
        ["run", name, times] => {
            cases::find(name)?.run(times.parse()?)?;
            Ok(ExitCode::SUCCESS)
        }
        _ => Err(USAGE.into()),
    }
}

fn check(file: &Path) -> Fallible<ExitCode> {
    let recorded: Record = std::fs::read_to_string(file)?.parse()?;
    let processor = count::processor_of_valgrind()?;
    if recorded.processor != processor {
        println!(
            "skipped: the counts were recorded on a processor with {}, and this one has {processor}",
            recorded.processor
        );
        return Ok(ExitCode::SUCCESS);
    }
    let now = Record::of_now()?;
    let faults = now.print_beside(&recorded);
    if faults.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    println!("\n{}", faults.join("\n"));
    if now.compiler != recorded.compiler {
        println!(
            "they were recorded with {}, and this is {}: if nothing else has changed, record them again",
            recorded.compiler, now.compiler
        );
    }
    println!("if it must be so: scripts/instructions --record");
    Ok(ExitCode::FAILURE)
}
