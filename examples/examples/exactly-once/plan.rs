//! The payments, and what goes wrong with each.

use std::panic::resume_unwind;
use std::process;
use std::time::{Duration, SystemTime};

use tokio::time::sleep;

use crate::Failure;

/// How long a claim holds unless it is renewed. Far below the default, so that the demonstration is quick.
pub(crate) const LEASE: Duration = Duration::from_millis(1500);
/// How long the store may take for an answer.
pub(crate) const DEADLINE: Duration = Duration::from_millis(500);

/// When the bookings are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    WhileTheSenderWaits,
    /// The sender is answered first.
    Inbox,
}

/// A payment that the sender tells of.
#[derive(Clone, Debug)]
pub(crate) struct Payment {
    pub(crate) event: String,
    /// In cents.
    pub(crate) amount: i64,
    pub(crate) trouble: Trouble,
}

/// Two of each trouble: the first delivery of the one goes to axum, of the other to actix-web.
pub(crate) fn payments() -> Vec<Payment> {
    // Another run on the same store has other events.
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let micros = since.map_or(0, |since| since.as_micros());
    let run = format!("{micros:x}{:x}", process::id());
    let troubles = Trouble::ALL.into_iter().flat_map(|trouble| [trouble; 2]);
    let payment = |(trouble, number): (Trouble, i64)| Payment {
        event: format!("evt_{run}_{number}"),
        amount: 1000 + number,
        trouble,
    };
    troubles.zip(1..).map(payment).collect()
}

/// What goes wrong while an event is delivered for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    Nothing,
    SentAtOnce,
    Forged,
    Fails,
    CrashesUnbooked,
    CrashesBooked,
    Slow,
}

impl Trouble {
    pub(crate) const ALL: [Self; 7] = [
        Self::Nothing,
        Self::SentAtOnce,
        Self::Forged,
        Self::Fails,
        Self::CrashesUnbooked,
        Self::CrashesBooked,
        Self::Slow,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::SentAtOnce => "eight deliveries at once",
            Self::Forged => "forged before and after",
            Self::Fails => "the handler answers 500",
            Self::CrashesUnbooked => "a crash before the commit",
            Self::CrashesBooked => "a crash after the booking",
            Self::Slow => "slower than its lease",
        }
    }

    /// The trouble that the order's number stands for.
    pub(crate) fn of_order(order: &str) -> Self {
        let mut known = Self::ALL.into_iter();
        let found = known.find(|trouble| trouble.name() == order);
        found.unwrap_or(Self::Nothing)
    }

    /// How many deliveries of the same event are made at the same time.
    pub(crate) const fn deliveries(self) -> usize {
        match self {
            Self::SentAtOnce => 8,
            Self::Slow => 3,
            _ => 1,
        }
    }

    /// When the handler begins this attempt.
    pub(crate) async fn at_the_start(self, attempt: u32) -> Result<(), Failure> {
        match self {
            Self::Fails if attempt == 1 => Err("no".into()),
            // The lease is renewed meanwhile, or somebody else would begin. An inbox drops it, and begins again.
            Self::Slow if attempt == 1 => {
                sleep(LEASE * 5 / 2).await;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// When all is written and nothing is committed.
    pub(crate) fn before_the_commit(self, attempt: u32) {
        if self == Self::CrashesUnbooked && attempt == 1 {
            crash();
        }
    }

    /// When it is booked and nobody has been told.
    pub(crate) fn after_the_commit(self, attempt: u32) {
        if self == Self::CrashesBooked && attempt == 1 {
            crash();
        }
    }
}

/// A panic, without a word on the screen.
fn crash() {
    resume_unwind(Box::new("crash"))
}
