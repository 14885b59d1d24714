//! Prints the table and counts what is wrong.

use std::net::SocketAddr;

use crate::cases::{Case, Outcome};

type Row = (Case, Outcome);

/// How many requests had another outcome than they must have.
pub(crate) fn wrong(rows: &[Row]) -> usize {
    rows.iter()
        .filter(|(case, got)| *got != case.wanted)
        .count()
}

pub(crate) fn summary(rows: &[Row], address: SocketAddr) -> String {
    let sent = rows.len();
    match wrong(rows) {
        0 => format!("{sent} requests to {address}: every verdict is right."),
        wrong => format!("{sent} requests to {address}: {wrong} with a WRONG verdict."),
    }
}

/// A line for each request, and a second one for what is wrong.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut table = line(["sender", "what was sent", "verdict", "status", "why"]);
    table.push_str(&line([
        "------",
        "-------------",
        "-------",
        "------",
        "---",
    ]));
    for (case, got) in rows {
        table.push_str(&outcome_line(case.sender.name, case.what, got));
        if *got != case.wanted {
            table.push_str(&outcome_line("", "  WRONG: should be", &case.wanted));
        }
    }
    table
}

fn outcome_line(sender: &str, what: &str, outcome: &Outcome) -> String {
    let status = outcome.status.to_string();
    line([sender, what, &verdict(outcome), &status, &outcome.why])
}

fn verdict(outcome: &Outcome) -> String {
    match outcome.calls.as_slice() {
        [] if outcome.status == 200 => "answered for the handler".to_owned(),
        [] => "refused".to_owned(),
        calls => format!("handler called, {}", calls.join(" + ")),
    }
}

fn line([sender, what, verdict, status, why]: [&str; 5]) -> String {
    let line = format!("{sender:<18} {what:<36} {verdict:<30} {status:<7} {why}");
    format!("{}\n", line.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::senders::STRIPE;

    fn row(change: fn(&mut Outcome)) -> Row {
        let case = Case::new(STRIPE, "genuine");
        let mut got = Outcome {
            calls: vec!["new key".to_owned()],
            status: 200,
            why: "invoice.paid".to_owned(),
        };
        change(&mut got);
        (case, got)
    }

    #[test]
    fn a_right_row_is_one_line() {
        let rows = [row(|_| {})];
        assert_eq!(wrong(&rows), 0);
        assert_eq!(table(&rows).lines().count(), 3);
    }

    #[test]
    fn whatever_differs_makes_a_row_wrong() {
        let changes: [fn(&mut Outcome); 5] = [
            |got| got.calls = vec![],
            |got| got.calls = vec!["old key".to_owned()],
            |got| got.calls.push("new key".to_owned()),
            |got| got.status = 204,
            |got| got.why = "invoice.voided".to_owned(),
        ];
        for change in changes {
            let rows = [row(|_| {}), row(change)];
            assert_eq!(wrong(&rows), 1, "{}", table(&rows));
            assert!(table(&rows).contains("WRONG"));
        }
    }
}
