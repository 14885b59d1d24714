//! The table: what is sent, and what must become of it.

use webhook_core::payment::PaymentUpdate;
use webhook_core::testing::SignedRequest;
use webhook_core::{Clock, ConfigError, SystemClock};

use crate::senders::{self, Sender};
use crate::server::PREFIX;

/// Braintree asks this when the address is entered, and wants its public key and an HMAC of the question.
const CHALLENGE: &str = "/braintree/?bt_challenge=838a05afe5f1febefc15";
const CHALLENGE_ANSWER: &str = "ocnjo7zvqt4bkmgo|f689d58e52bae64a6221498c899ebba586b664bc";

pub(crate) fn all() -> Result<Vec<Case>, ConfigError> {
    let mut cases = Vec::new();
    let spellings = [("", "/"), ("/", "")];
    for (sender, (one, other)) in senders::all()?.iter().zip(spellings.into_iter().cycle()) {
        cases.push(Case {
            what: "genuine",
            request: signed(sender, one)?,
            wanted: Outcome {
                updates: vec![sender.told.clone()],
                ..answered(200, sender.acknowledgement)
            },
        });
        cases.push(Case {
            what: "forged",
            request: forged(sender, signed(sender, other)?),
            wanted: answered(401, "bad_signature"),
        });
    }
    cases.push(Case {
        what: "unknown variant",
        request: SignedRequest {
            target: format!("{PREFIX}/klarna"),
            ..signed(&senders::stripe()?, "")?
        },
        wanted: answered(404, "unknown_endpoint"),
    });
    cases.push(Case {
        what: "handshake",
        request: SignedRequest {
            method: "GET".to_owned(),
            target: format!("{PREFIX}{CHALLENGE}"),
            headers: Vec::new(),
            body: Default::default(),
        },
        wanted: answered(200, CHALLENGE_ANSWER),
    });
    Ok(cases)
}

/// Something to send, and what must become of it.
pub(crate) struct Case {
    pub(crate) what: &'static str,
    pub(crate) request: SignedRequest,
    pub(crate) wanted: Outcome,
}

/// What became of a request.
#[derive(PartialEq)]
pub(crate) struct Outcome {
    pub(crate) status: u16,
    /// The body of the answer, or the code of the refusal.
    pub(crate) answer: String,
    pub(crate) updates: Vec<Told>,
}

/// What an update tells: variant, status, reference, amount, transaction id.
#[derive(Clone, PartialEq)]
pub(crate) struct Told(pub(crate) [String; 5]);

impl Told {
    pub(crate) fn of(update: &PaymentUpdate) -> Self {
        fn text(part: Option<impl ToString>) -> String {
            part.map_or_else(|| "-".to_owned(), |part| part.to_string())
        }
        Self([
            text(update.variant.as_ref()),
            update.status.to_string(),
            text(update.reference.as_ref()),
            text(update.amount.ok().flatten()),
            text(update.transaction_id.as_ref()),
        ])
    }
}

pub(crate) fn told(parts: [&str; 5]) -> Told {
    Told(parts.map(str::to_owned))
}

fn answered(status: u16, answer: &str) -> Outcome {
    Outcome {
        status,
        answer: answer.to_owned(),
        updates: Vec::new(),
    }
}

fn signed(sender: &Sender, slash: &str) -> Result<SignedRequest, ConfigError> {
    let request = sender
        .signer
        .sign(sender.body.as_bytes(), SystemClock.now())?;
    let target = format!("{PREFIX}/{}{slash}", sender.variant);
    Ok(SignedRequest { target, ..request })
}

fn forged(sender: &Sender, request: SignedRequest) -> SignedRequest {
    let (from, to) = sender.forgery;
    let body = String::from_utf8_lossy(&request.body).replace(from, to);
    request.with_body(body)
}
