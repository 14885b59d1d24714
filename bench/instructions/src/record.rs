//! What the repository has recorded, and how far the counts of now are from it.

use std::fmt;
use std::process::Command;
use std::str::FromStr;

use crate::cases::CASES;
use crate::{Fallible, count};

/// How much more is too much, in percent.
const TOO_MUCH: u64 = 5;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) compiler: String,
    pub(crate) processor: String,
    rows: Vec<Row>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    name: String,
    count: u64,
    /// Over the bare HMAC, where it is compared with one.
    over: Option<u64>,
}

const INTRODUCTION: &str = "\
# Instructions that one operation takes, as valgrind counts them, and how many of them are over the bare HMAC that it needs.
# Written by `scripts/instructions --record`; compared by `scripts/instructions`, which `scripts/test` runs.
";

impl Record {
    pub(crate) fn of_now() -> Fallible<Self> {
        let rustc = Command::new("rustc").arg("--version").output()?;
        let counts = count::all()?;
        let count_of = |name: &str| {
            let at = CASES.iter().position(|case| case.name == name)?;
            counts.get(at).copied()
        };
        let rows = CASES.iter().zip(&counts).map(|(case, &count)| Row {
            name: case.name.to_owned(),
            count,
            over: case
                .over
                .and_then(count_of)
                .map(|other| count.saturating_sub(other)),
        });
        Ok(Self {
            compiler: String::from_utf8(rustc.stdout)?.trim().to_owned(),
            processor: count::processor_of_valgrind()?,
            rows: rows.collect(),
        })
    }

    /// Prints both, and returns what is wrong.
    pub(crate) fn print_beside(&self, recorded: &Self) -> Vec<String> {
        println!(
            "{:24} {:>10} {:>10} {:>8} {:>10} {:>8}",
            "", "recorded", "now", "", "over HMAC", ""
        );
        for row in &self.rows {
            let before = recorded.find(&row.name);
            let number = |number: Option<u64>| number.map_or(String::new(), |it| it.to_string());
            let percent = |now: Option<u64>, before: Option<u64>| match (now, before) {
                (Some(now), Some(before)) if before > 0 => {
                    format!("{:+.1} %", (now as f64 / before as f64 - 1.0) * 100.0)
                }
                _ => String::new(),
            };
            println!(
                "{:24} {:>10} {:>10} {:>8} {:>10} {:>8}",
                row.name,
                number(before.map(|it| it.count)),
                row.count,
                percent(Some(row.count), before.map(|it| it.count)),
                number(row.over),
                percent(row.over, before.and_then(|it| it.over)),
            );
        }
        self.faults(recorded)
    }

    fn find(&self, name: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.name == name)
    }

    fn faults(&self, recorded: &Self) -> Vec<String> {
        let is_too_much = |now: u64, before: u64| now * 100 > before * (100 + TOO_MUCH);
        let fault = |row: &Row| {
            let Some(before) = recorded.find(&row.name) else {
                return Some(format!("{} is not recorded", row.name));
            };
            let Row { name, count, .. } = row;
            if is_too_much(*count, before.count) {
                return Some(format!(
                    "{name} takes {count} instructions, more than {TOO_MUCH} % over the recorded {}",
                    before.count
                ));
            }
            match (row.over, before.over) {
                (Some(now), Some(before)) if is_too_much(now, before) => Some(format!(
                    "{name} takes {now} instructions over the bare HMAC, more than {TOO_MUCH} % over the recorded {before}"
                )),
                (Some(_), None) | (None, Some(_)) => {
                    Some(format!("{name} is recorded beside another operation"))
                }
                _ => None,
            }
        };
        let gone = |row: &&Row| self.find(&row.name).is_none();
        let gone = recorded.rows.iter().filter(gone);
        let gone =
            gone.map(|row| format!("{} is recorded, and there is no such operation", row.name));
        self.rows.iter().filter_map(fault).chain(gone).collect()
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(INTRODUCTION)?;
        writeln!(f, "compiler: {}", self.compiler)?;
        writeln!(f, "processor, as valgrind shows it: {}", self.processor)?;
        for Row { name, count, over } in &self.rows {
            match over {
                Some(over) => writeln!(f, "{name:24} {count:>10} {over:>10}")?,
                None => writeln!(f, "{name:24} {count:>10}")?,
            }
        }
        Ok(())
    }
}

impl FromStr for Record {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut record = Self {
            compiler: String::new(),
            processor: String::new(),
            rows: Vec::new(),
        };
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let number = |text: &str| text.parse().map_err(|_| format!("not a count: {line}"));
            if let Some((name, value)) = line.split_once(": ") {
                match name {
                    "compiler" => record.compiler = value.to_owned(),
                    _ => record.processor = value.to_owned(),
                }
                continue;
            }
            let (name, count, over) = match line.split_whitespace().collect::<Vec<_>>()[..] {
                [name, count] => (name, count, None),
                [name, count, over] => (name, count, Some(number(over)?)),
                _ => return Err(format!("not a row: {line}")),
            };
            record.rows.push(Row {
                name: name.to_owned(),
                count: number(count)?,
                over,
            });
        }
        Ok(record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(rows: &[(&str, u64, Option<u64>)]) -> Record {
        let row = |&(name, count, over): &(&str, u64, Option<u64>)| Row {
            name: name.to_owned(),
            count,
            over,
        };
        Record {
            compiler: "rustc 1.0.0".to_owned(),
            processor: "x86_64, AVX2, no SHA".to_owned(),
            rows: rows.iter().map(row).collect(),
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let record = record(&[("a", 1, None), ("b", 2_000_000, Some(7))]);
        assert_eq!(record.to_string().parse(), Ok(record));
    }

    #[test]
    fn more_than_5_percent_more_is_a_fault_in_all_and_over_the_hmac() {
        let recorded = record(&[("a", 1000, Some(100)), ("b", 1000, None)]);
        for (now, faults) in [
            (&[("a", 1000, Some(100)), ("b", 1000, None)][..], 0),
            (&[("a", 1050, Some(105)), ("b", 1050, None)], 0),
            (&[("a", 500, Some(1)), ("b", 1, None)], 0),
            (&[("a", 1051, Some(100)), ("b", 1000, None)], 1),
            (&[("a", 1006, Some(106)), ("b", 1000, None)], 1),
            (&[("a", 1051, Some(151)), ("b", 1051, None)], 2),
            (&[("a", 1000, None), ("b", 1000, None)], 1),
            (&[("b", 1000, None)], 1),
            (
                &[("a", 1000, Some(100)), ("b", 1000, None), ("c", 1, None)],
                1,
            ),
        ] {
            assert_eq!(record(now).faults(&recorded).len(), faults, "{now:?}");
        }
    }
}
