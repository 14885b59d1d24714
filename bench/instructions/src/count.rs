//! Counts what a process of its own takes, by valgrind.

use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::Fallible;
use crate::cases::{CASES, Case, TIMES};

/// How many instructions each operation takes, in the order of the cases. On as many processors as there are.
pub(crate) fn all() -> Fallible<Vec<u64>> {
    let next = AtomicUsize::new(0);
    let counts: Mutex<Vec<Option<Fallible<u64>>>> =
        Mutex::new(CASES.iter().map(|_| None).collect());
    let work = || {
        while let Some((at, case)) = take(&next) {
            let count = one(case);
            if let Ok(mut counts) = counts.lock() {
                counts[at] = Some(count);
            }
        }
    };
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(work);
        }
    });
    let counts = counts.into_inner().map_err(|_| "a count has failed")?;
    let counts = counts.into_iter();
    counts
        .map(|count| count.unwrap_or_else(|| Err("an operation was not counted".into())))
        .collect()
}

fn take(next: &AtomicUsize) -> Option<(usize, &'static Case)> {
    let at = next.fetch_add(1, Ordering::Relaxed);
    CASES.get(at).map(|case| (at, case))
}

fn one(case: &Case) -> Fallible<u64> {
    let [seldom, often] = TIMES;
    let more = of_process(case, often)?.saturating_sub(of_process(case, seldom)?);
    Ok(more / (often - seldom) as u64)
}

fn of_process(case: &Case, times: usize) -> Fallible<u64> {
    let said = valgrind(
        &["--tool=callgrind", "--callgrind-out-file=/dev/null"],
        &["run", case.name, &times.to_string()],
    )?;
    let collected = said.lines().find_map(|line| line.split_once("Collected :"));
    let (_, count) = collected.ok_or_else(|| format!("valgrind tells no count: {said}"))?;
    Ok(count.trim().parse()?)
}

/// Writes a profile of this operation to a file, for `callgrind_annotate`.
pub(crate) fn profile(case: &Case, file: &str) -> Fallible<()> {
    let out = format!("--callgrind-out-file={file}");
    let [_, often] = TIMES;
    valgrind(
        &["--tool=callgrind", &out],
        &["run", case.name, &often.to_string()],
    )?;
    println!(
        "{often} times {}, with what the process does once: {file}",
        case.name
    );
    Ok(())
}

/// What valgrind shows of the processor.
pub(crate) fn processor_of_valgrind() -> Fallible<String> {
    let output = Command::new("valgrind")
        .args(["--tool=none", "--quiet"])
        .arg(std::env::current_exe()?)
        .arg("processor")
        .output()?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// What of a processor changes the counts.
pub(crate) fn processor() -> String {
    let has = |yes: bool, name: &str| format!("{}{name}", if yes { "" } else { "no " });
    #[cfg(target_arch = "x86_64")]
    let features = [
        has(std::arch::is_x86_feature_detected!("avx2"), "AVX2"),
        has(std::arch::is_x86_feature_detected!("sha"), "SHA"),
    ];
    #[cfg(not(target_arch = "x86_64"))]
    let features = [has(false, "AVX2"), has(false, "SHA")];
    format!("{}, {}", std::env::consts::ARCH, features.join(", "))
}

/// What valgrind says of a run of this program.
fn valgrind(options: &[&str], arguments: &[&str]) -> Fallible<String> {
    let output = Command::new("valgrind")
        .args(options)
        .arg(std::env::current_exe()?)
        .args(arguments)
        .stdin(Stdio::null())
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    match output.status.success() {
        true => Ok(said),
        false => Err(format!("{} under valgrind: {said}", arguments.join(" ")).into()),
    }
}
