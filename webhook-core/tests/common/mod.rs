//! Every provider's senders and receivers, for the tests that hold for all of them.
#![allow(
    dead_code,
    reason = "each test binary that includes this uses another part of it"
)]

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use serde_json::{Value, json};
use webhook_core::provider::{
    self, github, shopify, slack, square, standard_webhooks, stripe, svix,
};
use webhook_core::resolver::Resolve;
use webhook_core::scheme::{Scheme, SchemeVerifier};
use webhook_core::testing::{FixedClock, Sign, SignedRequest, Signer};
use webhook_core::{
    Delivery, Endpoint, IntoKeyring, Opened, Outcome, Rejection, RequestHead, Settings, UnixTime,
    Verifier,
};

/// The moment at which everything is signed and received, if nothing else is said.
pub(crate) const NOW: UnixTime = UnixTime::from_secs(1_785_920_400);

/// The URL that senders were given, for schemes that sign it.
pub(crate) const URL: &str = "https://shop.example/webhooks?from=sender";

/// The id that signers put into a header, for schemes that have it there.
pub(crate) const ID: &str = "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W";

/// One way in which a provider signs, with the keys of its account and of a stranger's.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) name: &'static str,
    pub(crate) provider: &'static str,
    pub(crate) scheme: Scheme,
    /// What the sender signs with.
    pub(crate) secret: &'static str,
    /// What the receiver is configured with.
    pub(crate) key: &'static str,
    /// What another account's receiver is configured with.
    pub(crate) other_key: &'static str,
    pub(crate) signature: &'static str,
    /// Headers whose every byte is signed.
    pub(crate) signed: &'static [&'static str],
    /// Headers that are read without being signed.
    pub(crate) unsigned: &'static [&'static str],
}

/// The accounts of all providers.
pub(crate) fn accounts() -> Vec<Account> {
    provider::names().flat_map(accounts_of).collect()
}

/// The accounts of one provider.
pub(crate) fn accounts_of(provider: &'static str) -> Vec<Account> {
    let account = |scheme: Scheme, [secret, other_key]: [&'static str; 2], signature| Account {
        name: provider,
        provider,
        scheme,
        secret,
        key: secret,
        other_key,
        signature,
        signed: &[],
        unsigned: &[],
    };
    match provider {
        "github" => vec![Account {
            unsigned: &["x-github-delivery", "x-github-event"],
            ..account(github::SCHEME, TEXTS, "x-hub-signature-256")
        }],
        "shopify" => vec![
            Account {
                unsigned: &["x-shopify-webhook-id", "x-shopify-topic"],
                ..account(shopify::SCHEME, TEXTS, "x-shopify-hmac-sha256")
            },
            Account {
                name: "shopify events",
                unsigned: &["shopify-webhook-id", "shopify-topic"],
                ..account(shopify::EVENTS_SCHEME, TEXTS, "shopify-hmac-sha256")
            },
        ],
        "slack" => vec![Account {
            signed: &["x-slack-request-timestamp"],
            ..account(slack::SCHEME, TEXTS, "x-slack-signature")
        }],
        "square" => vec![account(
            square::SCHEME,
            TEXTS,
            "x-square-hmacsha256-signature",
        )],
        "standard-webhooks" => vec![
            Account {
                signed: &["webhook-id", "webhook-timestamp"],
                ..account(standard_webhooks::SCHEME, WHSEC, "webhook-signature")
            },
            Account {
                name: "standard-webhooks v1a",
                secret: SEED,
                signed: &["webhook-id", "webhook-timestamp"],
                ..account(
                    standard_webhooks::ASYMMETRIC_SCHEME,
                    WHPK,
                    "webhook-signature",
                )
            },
        ],
        "stripe" => vec![account(stripe::SCHEME, TEXTS, "stripe-signature")],
        "svix" => vec![Account {
            signed: &["svix-id", "svix-timestamp"],
            ..account(svix::SCHEME, WHSEC, "svix-signature")
        }],
        _ => panic!("tests/common/mod.rs does not know how `{provider}` signs"),
    }
}

const TEXTS: [&str; 2] = [
    "whsec_4f1c2a9b7d3e8f60a5b4c3d2e1f09182",
    "whsec_00112233445566778899aabbccddeeff",
];
const WHSEC: [&str; 2] = [
    "whsec_KN0FLdZPuWtBPI2//6XrPWUtcltbfyG1ALcQzZDe7dY=",
    "whsec_GRFfoNpVdmKu3xOrmzb7nQz+RAlRu/kPThXFoPy7AWM=",
];

/// The first two key pairs of RFC 8032, 7.1.
const WHPK: [&str; 2] = [
    "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
    "whpk_PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=",
];
const SEED: &str = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";

impl Account {
    /// Whether the receiver's key is a public one.
    pub(crate) fn is_asymmetric(&self) -> bool {
        self.key != self.secret
    }

    /// All headers that the scheme reads.
    pub(crate) fn headers(&self) -> impl Iterator<Item = &'static str> {
        let more = self.signed.iter().chain(self.unsigned).copied();
        std::iter::once(self.signature).chain(more)
    }

    /// What the sender would send.
    pub(crate) fn sign(&self, body: &[u8]) -> Request {
        self.sign_at(body, NOW)
    }

    /// What the sender would send at this moment.
    pub(crate) fn sign_at(&self, body: &[u8], now: UnixTime) -> Request {
        self.signer().sign(body, now).unwrap().into()
    }

    pub(crate) fn signer(&self) -> Signer {
        let signer = Signer::new(self.scheme, self.secret).unwrap();
        signer.id(ID).kind("order.paid").public_url(URL)
    }

    /// A receiver that knows the sender's key.
    pub(crate) fn endpoint(&self) -> Endpoint {
        self.endpoint_with(json!([self.key]))
    }

    /// The same with another account's key.
    pub(crate) fn stranger(&self) -> Endpoint {
        self.endpoint_with(json!([self.other_key]))
    }

    fn endpoint_with(&self, keys: Value) -> Endpoint {
        let verifier = provider::by_name(self.provider, &self.settings(keys)).unwrap();
        received_by(verifier)
    }

    /// The account as a configuration file would have it.
    pub(crate) fn settings(&self, keys: Value) -> Settings {
        let mut settings = serde_json::Map::new();
        settings.insert("public_url".to_owned(), URL.into());
        let name = if self.is_asymmetric() {
            "public_keys"
        } else {
            "secrets"
        };
        settings.insert(name.to_owned(), keys);
        if self.name == "shopify events" {
            settings.insert("mode".to_owned(), "events".into());
        }
        Settings::new(settings.into()).unwrap()
    }

    /// A receiver with these keys.
    pub(crate) fn verifier(&self, keys: impl IntoKeyring) -> SchemeVerifier {
        let verifier = self.scheme.verifier(keys).unwrap();
        verifier.public_url(URL).unwrap()
    }
}

/// An endpoint whose clock stands still.
pub(crate) fn received_by(verifier: impl Resolve + 'static) -> Endpoint {
    Endpoint::new(verifier).clock(FixedClock::at(NOW))
}

/// A request whose headers may hold any bytes.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Bytes,
}

impl From<SignedRequest> for Request {
    fn from(signed: SignedRequest) -> Self {
        let bytes = |(name, value): (String, String)| (name, value.into_bytes());
        Self {
            method: signed.method,
            target: signed.target,
            headers: signed.headers.into_iter().map(bytes).collect(),
            body: signed.body,
        }
    }
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> &[u8] {
        let mut lines = self.headers.iter().filter(|(own, _)| own == name);
        let (_, value) = lines.next().unwrap_or_else(|| panic!("no header {name}"));
        value
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        std::str::from_utf8(self.header(name)).unwrap()
    }

    /// Another value of a header that is there.
    #[must_use]
    pub(crate) fn with(self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.without(name).and(name, value)
    }

    /// One line more.
    #[must_use]
    pub(crate) fn and(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    #[must_use]
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(own, _)| own != name);
        self
    }

    #[must_use]
    pub(crate) fn with_body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }
}

/// Sends a request to an endpoint, its body in one piece.
pub(crate) fn receive(endpoint: &Endpoint, request: &Request) -> Result<Delivery, Rejection> {
    receive_in(endpoint, request, vec![request.body.clone()])
}

/// Sends a request to an endpoint, its body in these pieces.
pub(crate) fn receive_in(
    endpoint: &Endpoint,
    request: &Request,
    pieces: Vec<Bytes>,
) -> Result<Delivery, Rejection> {
    match outcome_in(endpoint, request, pieces)? {
        Outcome::Delivery(delivery) => Ok(delivery),
        Outcome::Reply(_) => panic!("answered by the library"),
    }
}

/// The same where a handshake may come out.
pub(crate) fn outcome_in(
    endpoint: &Endpoint,
    request: &Request,
    pieces: Vec<Bytes>,
) -> Result<Outcome, Rejection> {
    let head = RequestHead::new(&request.method, &request.target, &request.headers);
    match at_once(endpoint.open(&head))? {
        Opened::Reply(reply) => Ok(Outcome::Reply(reply)),
        Opened::Intake(mut intake) => {
            for piece in pieces {
                intake.push(piece)?;
            }
            at_once(intake.finish())
        }
    }
}

/// The code of the refusal, or `ok`.
pub(crate) fn code(verdict: &Result<Delivery, Rejection>) -> &'static str {
    verdict.as_ref().map_or_else(Rejection::code, |_| "ok")
}

/// None of the built-in verifiers waits for anything.
fn at_once<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the verifier waits for something"),
    }
}
