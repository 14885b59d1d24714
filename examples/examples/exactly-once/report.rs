//! Prints what happened, and says what is wrong.

use std::collections::HashMap;
use std::fmt;

use crate::ledger::Line;
use crate::plan::{Mode, Payment, Trouble};
use crate::sender::{Answer, Answers};

pub(crate) struct Report {
    pub(crate) store: &'static str,
    pub(crate) mode: Mode,
    pub(crate) payments: Vec<Payment>,
    /// In the order of the payments.
    pub(crate) answers: Vec<Answers>,
    /// How often the handler was called, by event.
    pub(crate) attempts: HashMap<String, u32>,
    pub(crate) lines: Vec<Line>,
    /// How many bookings came a second time, and were not made.
    pub(crate) repeats: usize,
}

impl Report {
    /// One sentence for each thing that must not be.
    pub(crate) fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (payment, answers) in self.rows() {
            let event = &payment.event;
            match self.booked(event).as_slice() {
                [amount] if *amount == payment.amount => {}
                booked => faults.push(format!("{event} is booked as {booked:?}")),
            }
            if answers.genuine.last() != Some(&Answer::Duplicate) {
                faults.push(format!("{event} is not known as done in the end"));
            }
            if answers
                .forged
                .iter()
                .any(|answer| *answer != Answer::Refused(401))
            {
                faults.push(format!("a forgery of {event} is not refused"));
            }
        }
        if self.sum_booked() != self.sum_paid() {
            faults.push("the ledger does not add up".to_owned());
        }
        if self.repeats > self.planned(Trouble::CrashesBooked) {
            faults.push("a booking was repeated without a crash".to_owned());
        }
        faults
    }

    /// How many payments have this trouble.
    pub(crate) fn planned(&self, trouble: Trouble) -> usize {
        let payments = self.payments.iter();
        payments
            .filter(|payment| payment.trouble == trouble)
            .count()
    }

    fn rows(&self) -> impl Iterator<Item = (&Payment, &Answers)> {
        self.payments.iter().zip(&self.answers)
    }

    /// The amounts that stand in the ledger for an event.
    fn booked(&self, event: &str) -> Vec<i64> {
        let lines = self.lines.iter().filter(|line| line.event == event);
        lines.map(|line| line.amount).collect()
    }

    fn attempts(&self, event: &str) -> u32 {
        self.attempts.get(event).copied().unwrap_or_default()
    }

    fn sum_booked(&self) -> i64 {
        self.lines.iter().map(|line| line.amount).sum()
    }

    fn sum_paid(&self) -> i64 {
        self.payments.iter().map(|payment| payment.amount).sum()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inbox = match self.mode {
            Mode::WhileTheSenderWaits => "",
            Mode::Inbox => ", with an inbox and two workers",
        };
        writeln!(
            f,
            "axum and actix-web on one store: {}{inbox}\n",
            self.store
        )?;
        f.write_str(&line(HEADINGS))?;
        for (number, (payment, answers)) in self.rows().enumerate() {
            let all = || answers.genuine.iter().chain(&answers.forged);
            let count = |wanted| all().filter(|answer| **answer == wanted).count();
            let [done, duplicate, in_progress, failed, broken_off, unsigned] = [
                Answer::Done,
                Answer::Duplicate,
                Answer::InProgress,
                Answer::Refused(500),
                Answer::BrokenOff,
                Answer::Refused(401),
            ]
            .map(|answer| count(answer).to_string());
            let booked = self.booked(&payment.event).into_iter().map(euro);
            let booked: Vec<_> = booked.collect();
            f.write_str(&line([
                if number % 2 == 0 { "axum" } else { "actix-web" },
                payment.trouble.name(),
                &all().count().to_string(),
                &done,
                &duplicate,
                &in_progress,
                &failed,
                &broken_off,
                &unsigned,
                &self.attempts(&payment.event).to_string(),
                &booked.join(" + "),
            ]))?;
        }
        let (events, lines) = (self.payments.len(), self.lines.len());
        let (paid, booked) = (euro(self.sum_paid()), euro(self.sum_booked()));
        writeln!(
            f,
            "\n{events} events paid {paid} EUR; {lines} bookings make {booked} EUR."
        )?;
        if self.repeats > 0 {
            let repeats = self.repeats;
            writeln!(
                f,
                "{repeats} bookings came again after a crash, and the ledger knew the event: it is not in the store's database."
            )?;
        }
        match self.faults().as_slice() {
            [] => write!(f, "It adds up: each event is booked once."),
            faults => write!(f, "WRONG: {}.", faults.join("; ")),
        }
    }
}

const HEADINGS: [&str; 11] = [
    "first to",
    "what goes wrong",
    "sent",
    "200",
    "200 duplicate",
    "503 in progress",
    "500",
    "broken off",
    "401",
    "attempts",
    "booked",
];

fn line(cells: [&str; 11]) -> String {
    let [first, trouble, numbers @ .., booked] = cells;
    let mut line = format!("{first:<9}  {trouble:<25}");
    let widths = HEADINGS.into_iter().skip(2).map(str::len);
    for (number, width) in numbers.into_iter().zip(widths) {
        line.push_str(&format!("  {number:>width$}"));
    }
    line.push_str(&format!("  {booked:>6}\n"));
    line
}

fn euro(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}
