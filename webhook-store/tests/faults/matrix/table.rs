//! What is written down of a run: all of it in `recorded.md`, and what users must know in the README.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use super::engine::{Fault, Row};
use super::{Cell, FAULTS, Seen};

const HOW: &str = "run UPDATE_DOCUMENTS=1 scripts/with-servers cargo test -p webhook-store --all-features --test faults matrix";

/// As the README calls them, in its order.
const STORES: [&str; 5] = [
    "PostgresStore",
    "MysqlStore",
    "SqliteStore",
    "RedisStore",
    "MemoryStore",
];

/// Of a store.
fn words(fault: Fault) -> &'static str {
    match fault {
        Fault::Paused => "does not answer; a file that another process writes to",
        Fault::Late => "answers late, within the store timeout",
        Fault::TooLate => "answers later than that",
        Fault::Hole => "is behind a network that loses everything",
        Fault::Restarted => "is killed and started again",
        Fault::Emptied => "is killed and comes back empty",
        Fault::PoolUsedUp => "has no free connection in its pool",
        Fault::NoConnections => "takes no more connections",
        Fault::ReadOnly => "may only be read",
        Fault::Full => "has a full disk or memory",
        Fault::Ahead => "has its clock set an hour ahead",
        Fault::Back => "has its clock set an hour back",
    }
}

/// That both documents say what was seen; they are written, if that is asked for.
pub(super) fn require(cells: &[Cell]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = folder.join("README.md");
    let text = fs::read_to_string(&readme).unwrap();
    compare(&readme, &with_table(&text, &short(cells)));
    compare(
        &folder.join("tests/faults/matrix/recorded.md"),
        &long(cells),
    );
}

fn compare(path: &Path, wanted: &str) {
    let written = fs::read_to_string(path).unwrap_or_default();
    if written == wanted {
        return;
    }
    assert!(
        std::env::var_os("UPDATE_DOCUMENTS").is_some(),
        "{} says something else than what was seen: {HOW}\n{}",
        path.display(),
        differences(&written, wanted),
    );
    fs::write(path, wanted).unwrap();
}

fn differences(written: &str, wanted: &str) -> String {
    let seen = wanted.lines().filter(|line| !written.contains(line));
    seen.fold(String::new(), |text, line| text + line + "\n")
}

const HEAD: &str = "| while the store …";

/// The text with this table in the place of the one that is there.
fn with_table(text: &str, table: &str) -> String {
    let (before, rest) = text.split_once(HEAD).unwrap();
    let (_, after) = rest.split_once("\n\n").unwrap();
    format!("{before}{table}\n{after}")
}

fn short(cells: &[Cell]) -> String {
    let mut table = HEAD.to_owned();
    for store in STORES {
        let _ = write!(table, " | `{store}`");
    }
    table += " |\n|---|---|---|---|---|---|\n";
    for (fault, _) in FAULTS {
        let _ = write!(table, "| {}", words(fault));
        for store in STORES {
            let cell = cells
                .iter()
                .find(|cell| (cell.engine, cell.fault) == (store, fault));
            let _ = write!(table, " | {}", cell.map_or("–".to_owned(), in_short));
        }
        table += " |\n";
    }
    table
}

fn in_short(cell: &Cell) -> String {
    let answer = cell.new.answers.concat();
    let mut text = match answer.split_once(' ') {
        Some((status, _)) => status.to_owned(),
        None => "works".to_owned(),
    };
    if cell.done.effects > 1 {
        text += ", then **what was done is done again**";
    }
    if cell.under_way.effects > 1 {
        text += ", **what is under way is done twice**";
    }
    text
}

fn long(cells: &[Cell]) -> String {
    let mut text = format!(
        "# What was seen\n\n\
        Made by a test: {HOW}.\n\n\
        Of each event: what its sender was answered while the fault held, what the store knew when it was over, what the sender\n\
        was answered then, and how often the handler has come to its end; of those that are booked, how often the effect is in\n\
        the database. Of those under way, the first answer is that to a repeat, the second its own. What the disk of a database\n\
        takes when it is full, of events that it knows, is a matter of what room there is in their pages.\n\n\
        What answers late is a line to the server on which each answer takes 700 ms. The clock of a server is set by a library that\n\
        is loaded before others. That of SQLite is the machine's: there, what it remembers is changed as if the clock had been.\n\n\
        | the store | of | a new event | one that was done | one under way | one that is booked |\n\
        |---|---|---|---|---|---|\n"
    );
    for (fault, _) in FAULTS {
        for cell in cells.iter().filter(|cell| cell.fault == fault) {
            let booked = cell.booked.as_ref().map_or("–".to_owned(), in_full);
            let _ = writeln!(
                text,
                "| {} | `{}` | {} | {} | {} | {booked} |",
                words(fault),
                cell.engine,
                in_full(&cell.new),
                in_full(&cell.done),
                in_full(&cell.under_way),
            );
        }
    }
    text
}

fn in_full(seen: &Seen) -> String {
    let row = match seen.row {
        Some(Row::None) => " → free",
        Some(Row::Claimed) => " → claimed",
        Some(Row::Done) => " → done",
        None => "",
    };
    format!(
        "{}{row} → {} → {}",
        seen.answers.join(", "),
        seen.again,
        seen.effects
    )
}
