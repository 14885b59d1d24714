//! The books: one row for each payment, whichever provider tells of it, in whatever order, and however often.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;

use serde::Deserialize;
use serde_json::Value;
use webhook_core::payment::{Money, MoneyError, PaymentState, PaymentStatus, PaymentUpdate};
use webhook_core::testing::SignedRequest;
use webhook_core::{Clock, ConfigError, SystemClock};

use crate::senders;
use crate::server::PREFIX;

/// Deliveries of five providers, and what the books say at the end.
#[derive(Deserialize)]
pub(crate) struct Story {
    deliveries: Vec<Delivery>,
    books: Vec<Row>,
}

/// What one provider sends.
#[derive(Deserialize)]
struct Delivery {
    /// What it is about, for readers.
    #[expect(dead_code, reason = "for readers")]
    what: String,
    variant: String,
    /// Providers send again what they think was not received.
    #[serde(default = "once")]
    times: usize,
    body: Value,
}

/// Variant, transaction id, status, captured, refunded, disputed.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Row([String; 6]);

const fn once() -> usize {
    1
}

impl Story {
    pub(crate) fn read() -> Result<Self, serde_json::Error> {
        serde_json::from_str(include_str!("bodies/books.json"))
    }

    /// The signed requests, in the order in which they are sent.
    pub(crate) fn requests(&self) -> Result<Vec<SignedRequest>, ConfigError> {
        let mut requests = Vec::new();
        for delivery in &self.deliveries {
            let body = match &delivery.body {
                Value::String(text) => text.clone(),
                json => json.to_string(),
            };
            let signer = senders::signer(&delivery.variant)?;
            let request = SignedRequest {
                target: format!("{PREFIX}/{}", delivery.variant),
                ..signer.sign(body.as_bytes(), SystemClock.now())?
            };
            requests.extend(vec![request; delivery.times]);
        }
        Ok(requests)
    }

    /// What the books must say, in the order of [`Ledger::rows`].
    pub(crate) fn books(mut self) -> Vec<Row> {
        self.books.sort();
        self.books
    }
}

/// The rows. A real one is a table, and a state is a column of it.
#[derive(Default)]
pub(crate) struct Ledger(BTreeMap<(String, String), PaymentState>);

impl Ledger {
    /// Books what an update says.
    pub(crate) fn book(&mut self, update: PaymentUpdate) {
        let update = match update.status {
            PaymentStatus::Unconfirmed => ask(update),
            _ => update,
        };
        let Some(payment) = update.transaction_id.as_deref() else {
            return;
        };
        let variant = update.variant.as_deref().unwrap_or_default();
        let row = self.0.entry((variant.to_owned(), payment.to_owned()));
        let state = row.or_default();
        *state = std::mem::take(state).apply(&update);
    }

    /// A row for each payment that money was told of.
    pub(crate) fn rows(&self) -> Result<Vec<Row>, MoneyError> {
        let told = self
            .0
            .iter()
            .filter(|(_, state)| **state != PaymentState::default());
        let row = |((variant, payment), state): (&(String, String), &PaymentState)| {
            Ok(Row([
                variant.clone(),
                payment.clone(),
                state.status().to_string(),
                shown(state.captured()?),
                shown(state.refunded()?),
                shown(state.disputed()?),
            ]))
        };
        told.map(row).collect()
    }
}

/// PayPal's certificate vouches for a checksum of the body, so its update has to be confirmed. A real shop reads the payment from
/// PayPal's API; here PayPal would answer what it has sent.
fn ask(update: PaymentUpdate) -> PaymentUpdate {
    update.dangerously_trust_unverified()
}

fn shown(sum: Option<Money>) -> String {
    sum.map_or_else(|| "-".to_owned(), |sum| sum.to_string())
}

/// The books after a story, beside what they must say.
pub(crate) struct Books {
    pub(crate) server: &'static str,
    pub(crate) got: Vec<Row>,
    pub(crate) wanted: Vec<Row>,
}

impl Books {
    pub(crate) fn close(server: &'static str, ledger: &Ledger) -> Result<Self, Box<dyn Error>> {
        Ok(Self {
            server,
            got: ledger.rows()?,
            wanted: Story::read()?.books(),
        })
    }

    /// Whether they add up.
    pub(crate) fn are_right(&self) -> bool {
        self.got == self.wanted
    }
}

impl fmt::Display for Books {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "the books behind {}", self.server)?;
        for Row([variant, payment, status, captured, refunded, disputed]) in &self.got {
            writeln!(
                f,
                "  {variant:<9} {payment:<6} {status:<12} captured {captured}, refunded {refunded}, disputed {disputed}"
            )?;
        }
        match self.are_right() {
            true => writeln!(f, "{} payments: the books add up.", self.got.len()),
            false => writeln!(f, "WRONG, should be:\n{:#?}", self.wanted),
        }
    }
}
