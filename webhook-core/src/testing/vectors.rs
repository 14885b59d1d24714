//! Runs vector files: recorded and invented requests with the verdict that each must get.
//!
//! The format is described in `tests/vectors/README.md` of this crate. It says nothing about Rust, so that
//! other libraries can be run on the same files.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64ct::{Base64, Encoding};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::account::{Secret, Settings};
use crate::delivery::Delivery;
use crate::endpoint::Endpoint;
use crate::endpoint::resolver::Resolve;
use crate::json::Text;
use crate::message::Unverified;
use crate::outcome::{Answer, ConfigError, Rejection};
use crate::outcome::{Reply, SetupSecret};
use crate::payment::{PaymentUpdate, PaymentUpdates};
use crate::provider;
use crate::testing::receive::poll_once;
use crate::testing::{SignedRequest, receive, receive_in_pieces};
use crate::time::UnixTime;

/// One file: the cases of one provider.
#[derive(Clone, Debug, Deserialize)]
pub struct VectorFile {
    /// The provider's name, as [`provider::by_name`] takes it.
    pub provider: String,
    /// The cases.
    pub cases: Vec<Case>,
}

/// One request and the verdict that it must get.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Case {
    /// Unique within the file.
    pub name: String,
    /// What was sent.
    pub request: Request,
    /// What the receiver is configured with.
    pub config: Value,
    /// The receiver's clock, in seconds since 1970.
    #[serde(default)]
    pub now: Option<i64>,
    /// The verdict.
    pub expect: Expect,
    /// Outcomes that are as good.
    #[serde(default)]
    pub also: Option<Vec<String>>,
    /// What an accepted request means for payments: one entry for each update.
    #[serde(default)]
    pub want: Option<Vec<Want>>,
}

/// What an update of a payment must say. What it does not say is `null` or left out.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Want {
    /// The word of [`PaymentStatus::as_str`](crate::payment::PaymentStatus::as_str). Tests are told in the words of real events.
    pub status: String,
    /// The amount, such as `12.50 EUR`, or the word of [`MoneyError::as_str`](crate::payment::MoneyError::as_str).
    #[serde(default)]
    pub amount: Option<String>,
    /// What the amount counts: `step` or `total`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<String>,
    /// The sum so far, where it stands beside the amount of a step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<String>,
    /// The merchant's own reference.
    #[serde(default)]
    pub reference: Option<String>,
    /// The provider's id of the payment.
    #[serde(default)]
    pub transaction_id: Option<String>,
    /// The provider's id of the step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step_id: Option<String>,
    /// Another kind that tells of the same money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub twin: Option<String>,
    /// Where amount and payment's id should have stood and did not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// Whose account it is.
    #[serde(default)]
    pub account: Option<String>,
    /// `live`, `test` or `unknown`.
    pub mode: String,
    /// What the request claims beyond its signature, if it claims more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed: Option<Box<Want>>,
}

impl Want {
    fn of(update: &PaymentUpdate) -> Self {
        let text = |text: &Option<Text>| text.as_deref().map(str::to_owned);
        let claimed = update.unverified.as_deref().map(Unverified::unverified);
        Self {
            status: update.status.as_str().to_owned(),
            amount: match update.amount {
                Ok(amount) => amount.map(|amount| amount.to_string()),
                Err(error) => Some(error.as_str().to_owned()),
            },
            counts: match update.amount {
                Ok(Some(amount)) => Some(amount.as_str().to_owned()),
                _ => None,
            },
            total: update.total.map(|total| total.to_string()),
            reference: text(&update.reference),
            transaction_id: text(&update.transaction_id),
            step_id: text(&update.step_id),
            twin: update.twin.map(str::to_owned),
            missing: update.missing.iter().map(ToString::to_string).collect(),
            account: text(&update.account),
            mode: update.mode.as_str().to_owned(),
            claimed: claimed.map(|claimed| Box::new(Self::of(claimed))),
        }
    }

    /// Whether an update says this. What an amount counts, and what belongs to a step, is compared only where it is said.
    fn fits(&self, got: Self) -> bool {
        let claimed = match (&self.claimed, got.claimed) {
            (None, None) => true,
            (Some(own), Some(got)) => own.fits(*got),
            _ => return false,
        };
        let got = Self {
            counts: got.counts.filter(|_| self.counts.is_some()),
            total: got.total.filter(|_| self.total.is_some()),
            step_id: got.step_id.filter(|_| self.step_id.is_some()),
            twin: got.twin.filter(|_| self.twin.is_some()),
            missing: self.missing.clone(),
            claimed: self.claimed.clone(),
            ..got
        };
        claimed && *self == got
    }

    /// What a delivery means for payments; nothing where it cannot be read.
    ///
    /// ```
    /// use webhook_core::Delivery;
    /// use webhook_core::testing::vectors::Want;
    ///
    /// fn show(delivery: &Delivery) {
    ///     println!("{:?}", Want::all_of(delivery));
    /// }
    /// ```
    #[must_use]
    pub fn all_of(delivery: &Delivery) -> Option<Vec<Self>> {
        let updates: PaymentUpdates = delivery.decode().ok()?;
        Some(updates.iter().map(Self::of).collect())
    }
}

/// A request as it was sent.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Request {
    /// The method.
    pub method: String,
    /// The URL as the client wrote it.
    pub url: String,
    /// Names and values in arrival order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body_base64: String,
}

/// The verdict that a request must get.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Expect {
    /// `ok`, `handshake`, or the code of a rejection.
    pub outcome: String,
    /// The event's id, of an accepted one.
    #[serde(default)]
    pub id: Option<String>,
    /// The event's kind, of an accepted one.
    #[serde(default)]
    pub kind: Option<String>,
    /// What of the body the signature vouches for: the word of [`Coverage::as_str`](crate::Coverage::as_str).
    #[serde(default)]
    pub coverage: Option<String>,
    /// Whether the id is signed.
    #[serde(default)]
    pub id_signed: Option<bool>,
    /// Whether the kind is signed.
    #[serde(default)]
    pub kind_signed: Option<bool>,
    /// The answer to a handshake, or the acknowledgement of a delivery.
    #[serde(default)]
    pub reply: Option<ExpectedReply>,
    /// The secret that a set-up request hands over.
    #[serde(default)]
    pub setup_secret: Option<String>,
}

/// An answer that must be given.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct ExpectedReply {
    /// The status.
    pub status: u16,
    /// Headers that must be there.
    #[serde(default)]
    pub headers: std::collections::BTreeMap<String, String>,
    /// The body; JSON is compared as JSON.
    #[serde(default)]
    pub body_base64: String,
}

/// A case that got another verdict.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The case.
    pub case: String,
    /// What came out.
    pub got: String,
    /// What should have.
    pub wanted: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: got {}, wanted {}", self.case, self.got, self.wanted)
    }
}

impl VectorFile {
    /// Reads a file's text.
    ///
    /// # Errors
    /// If it is not in the format.
    pub fn parse(json: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(json)
    }

    /// Runs every case against the built-in provider of the file's name, each with its body in one piece and
    /// in many. Returns those that differ.
    #[must_use]
    pub fn run(&self) -> Vec<Difference> {
        self.run_with(|settings| provider::by_name(&self.provider, settings))
    }

    /// Runs every case against your own verifier or resolver, made of the settings of the case.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use webhook_core::scheme::{Algorithm, Scheme, Signature};
    /// use webhook_core::testing::vectors::VectorFile;
    ///
    /// const ACME: Scheme = Scheme::new("acme", Algorithm::HmacSha256)
    ///     .signature(Signature::header("acme-signature"));
    ///
    /// let file = VectorFile::parse(br#"{"provider": "acme", "cases": []}"#)?;
    /// let differences = file.run_with(|settings| Ok(Arc::new(ACME.configured(settings)?)));
    /// assert!(differences.is_empty());
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn run_with(
        &self,
        make: impl Fn(&Settings) -> Result<Arc<dyn Resolve>, ConfigError>,
    ) -> Vec<Difference> {
        let differs = |case: &Case| case.run(&make).err();
        self.cases.iter().filter_map(differs).collect()
    }
}

impl Case {
    fn run(
        &self,
        make: &impl Fn(&Settings) -> Result<Arc<dyn Resolve>, ConfigError>,
    ) -> Result<(), Difference> {
        // Whole, in one frame, and in many.
        for chunk in [None, Some(usize::MAX), Some(7), Some(1)] {
            let settings = Settings::new(self.config.clone());
            let got = match settings.and_then(|settings| make(&settings)) {
                Ok(verifier) => self.verdict(verifier, chunk),
                Err(error) => Got::Broken(error.to_string()),
            };
            self.compare(&got)?;
        }
        Ok(())
    }

    fn verdict(&self, verifier: Arc<dyn Resolve>, chunk: Option<usize>) -> Got {
        let body = match Base64::decode_vec(&self.request.body_base64) {
            Ok(body) => Bytes::from(body),
            Err(_) => return Got::Broken("the body of the case is not base64".to_owned()),
        };
        let now = UnixTime::from_secs(self.now.unwrap_or_default());
        let handed = Arc::new(Mutex::new(Vec::new()));
        let taken = Arc::clone(&handed);
        let take = move |secret: &SetupSecret| lock(&taken).push(secret.secret().clone());
        let endpoint = Endpoint::new(verifier).test_account().clock(move || now);
        let endpoint = endpoint.on_setup_secret(take);
        let request = SignedRequest {
            method: self.request.method.clone(),
            target: self.request.url.clone(),
            headers: self.request.headers.clone(),
            body,
        };
        let outcome = match chunk {
            Some(most) => poll_once(receive_in_pieces(&endpoint, request, most)),
            None => poll_once(receive(&endpoint, request)),
        };
        let Some(outcome) = outcome else {
            return Got::Broken("the verifier waits for something".to_owned());
        };
        let handed = std::mem::take(&mut *lock(&handed));
        match outcome {
            Err(Answer::Reply(reply)) => Got::Reply(reply, handed),
            _ if !handed.is_empty() => Got::Broken("takes a secret beside its verdict".to_owned()),
            Ok(delivery) => Got::Delivery(Box::new(delivery)),
            Err(answer) => Got::Refused(answer),
        }
    }

    fn compare(&self, got: &Got) -> Result<(), Difference> {
        let outcome = got.outcome();
        let matches = outcome == self.expect.outcome && self.same_details(got);
        let also = self.also.iter().flatten().any(|also| also == outcome);
        if matches || also {
            return Ok(());
        }
        Err(Difference {
            case: self.name.clone(),
            got: got.to_string(),
            wanted: match &self.want {
                Some(want) => format!("{}, payments {want:?}", self.expect),
                None => self.expect.to_string(),
            },
        })
    }

    fn same_details(&self, got: &Got) -> bool {
        match got {
            Got::Delivery(delivery) => {
                let expect = &self.expect;
                let is = |wanted: Option<bool>, is: bool| wanted.is_none_or(|wanted| wanted == is);
                let coverage = delivery.coverage().as_str();
                delivery.message().any_id() == expect.id.as_deref()
                    && delivery.message().any_kind() == expect.kind.as_deref()
                    && expect.coverage.as_deref().is_none_or(|own| own == coverage)
                    && is(expect.id_signed, delivery.id().is_some())
                    && is(expect.kind_signed, delivery.kind().is_some())
                    && self.means(delivery)
                    && match (&self.expect.reply, delivery.acknowledgement()) {
                        (None, _) => true,
                        (Some(wanted), Some(reply)) => wanted.matches(reply),
                        (Some(wanted), None) => wanted.is_empty_success(),
                    }
            }
            Got::Reply(reply, handed) => {
                let wanted = self.expect.setup_secret.as_deref();
                handed.iter().map(Secret::expose).eq(wanted)
                    && self
                        .expect
                        .reply
                        .as_ref()
                        .is_none_or(|wanted| wanted.matches(reply))
            }
            Got::Refused(_) | Got::Broken(_) => true,
        }
    }
}

impl Case {
    /// Whether a delivery means for payments what the case says.
    fn means(&self, delivery: &Delivery) -> bool {
        let Some(wanted) = &self.want else {
            return true;
        };
        let got = Want::all_of(delivery).unwrap_or_default();
        wanted.len() == got.len() && wanted.iter().zip(got).all(|(wanted, got)| wanted.fits(got))
    }
}

impl ExpectedReply {
    fn matches(&self, reply: &Reply) -> bool {
        let has = |(name, value): (&String, &String)| {
            let wanted = (name.to_ascii_lowercase(), value.as_str());
            reply
                .headers()
                .any(|(name, value)| (name, value) == (wanted.0.as_str(), wanted.1))
        };
        let Ok(body) = Base64::decode_vec(&self.body_base64) else {
            return false;
        };
        let json = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).ok();
        let same_body = match json(&body) {
            Some(wanted) => json(reply.body()) == Some(wanted),
            None => *reply.body() == body,
        };
        reply.status().as_u16() == self.status && self.headers.iter().all(has) && same_body
    }

    fn is_empty_success(&self) -> bool {
        (200..300).contains(&self.status) && self.body_base64.is_empty()
    }
}

fn lock(handed: &Mutex<Vec<Secret>>) -> MutexGuard<'_, Vec<Secret>> {
    handed.lock().unwrap_or_else(PoisonError::into_inner)
}

enum Got {
    Delivery(Box<Delivery>),
    /// With what was handed over.
    Reply(Reply, Vec<Secret>),
    /// A rejection.
    Refused(Answer),
    Broken(String),
}

impl Got {
    fn outcome(&self) -> &str {
        match self {
            Self::Delivery(_) => "ok",
            Self::Reply(..) => "handshake",
            Self::Refused(answer) => answer.rejection().map_or("not run", Rejection::code),
            Self::Broken(_) => "not run",
        }
    }
}

impl fmt::Display for Got {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Delivery(delivery) => {
                let (id, kind) = (delivery.message().any_id(), delivery.message().any_kind());
                let signed = (delivery.id().is_some(), delivery.kind().is_some());
                let coverage = delivery.coverage().as_str();
                write!(
                    f,
                    "ok, id {id:?}, kind {kind:?}, coverage {coverage}, signed {signed:?}"
                )?;
                write!(f, ", payments {:?}", Want::all_of(delivery))
            }
            Self::Reply(reply, handed) => {
                let (body, handed) = (reply.body(), handed.len());
                write!(
                    f,
                    "handshake, {reply:?}, body {body:?}, {handed} secrets handed over"
                )
            }
            Self::Refused(answer) => write!(f, "{answer}"),
            Self::Broken(why) => write!(f, "not run: {why}"),
        }
    }
}

impl fmt::Display for Expect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.outcome)?;
        if self.outcome == "ok" {
            write!(
                f,
                ", id {:?}, kind {:?}, coverage {:?}, signed {:?}",
                self.id.as_deref(),
                self.kind.as_deref(),
                self.coverage.as_deref(),
                (self.id_signed, self.kind_signed)
            )?;
        }
        if self.setup_secret.is_some() {
            f.write_str(", a secret handed over")?;
        }
        match &self.reply {
            Some(reply) => write!(f, ", {reply:?}"),
            None => Ok(()),
        }
    }
}
