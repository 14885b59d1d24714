//! The operations that are counted: one row each.

use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use sha1::Sha1;
use sha2::Sha256;
use webhook_core::dedupe::{Claim, ClaimState, DedupeKey, DedupeStore, Nonce};
use webhook_core::provider::adyen::{self, Adyen};
use webhook_core::provider::braintree::{self, Braintree};
use webhook_core::provider::slack::{self, Slack};
use webhook_core::provider::standard_webhooks::{self, StandardWebhooks};
use webhook_core::provider::stripe::{self, Stripe};
use webhook_core::testing::{Sign, SignedRequest, Signer};
use webhook_core::{Answer, Delivery, Endpoint, RequestHead, UnixTime};
use webhook_store::MemoryStore;

use crate::Fallible;

/// What runs this seldom and this often differs in the operation alone: tables have grown by then, and caches are filled. So often that
/// what is random in a hash table does not show.
pub(crate) const TIMES: [usize; 2] = [200, 1_200];

const SECRET: &str = "whsec_KN0FLdZPuWtBPI2//6XrPWUtcltbfyG1ALcQzZDe7dY=";
const STRANGER: &str = "whsec_GRFfoNpVdmKu3xOrmzb7nQz+RAlRu/kPThXFoPy7AWM=";
const ADYEN_KEY: &str = "C6D346FF7F045C45DD825CE920096CD93C963AFB9B17B367CBB78B794A2D68C8";

/// One operation.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// The operation that it cannot do without: a row as well.
    pub(crate) over: Option<&'static str>,
    /// Makes all ready for it.
    make: fn() -> Fallible<Run>,
}

type Run = Box<dyn FnMut()>;

impl Case {
    const fn new(name: &'static str, make: fn() -> Fallible<Run>) -> Self {
        Self {
            name,
            over: None,
            make,
        }
    }

    const fn over(self, other: &'static str) -> Self {
        Self {
            over: Some(other),
            ..self
        }
    }

    /// So many times.
    pub(crate) fn run(&self, times: usize) -> Fallible<()> {
        let mut run = (self.make)()?;
        (0..times).for_each(|_| run());
        Ok(())
    }
}

pub(crate) fn find(name: &str) -> Fallible<&'static Case> {
    let names = || {
        CASES
            .iter()
            .map(|case| case.name)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let mut same = CASES.iter().filter(|case| case.name == name);
    same.next()
        .ok_or_else(|| format!("no operation `{name}`; there are {}", names()).into())
}

/// What is signed beside the body fits into the same blocks of the hash, so that each row has as many as the one that it is over.
pub(crate) static CASES: [Case; 17] = [
    Case::new("hmac-256", || Ok(bare_hmac(256))),
    Case::new("hmac-4096", || Ok(bare_hmac(4096))),
    Case::new("stripe-verify-256", || verify(&STRIPE, 256)).over("hmac-256"),
    Case::new("stripe-verify-4096", || verify(&STRIPE, 4096)).over("hmac-4096"),
    Case::new("stripe-frame-256", || in_a_frame(&STRIPE, 256)).over("hmac-256"),
    Case::new("standard-verify-256", || verify(&STANDARD, 256)).over("hmac-256"),
    Case::new("standard-verify-4096", || verify(&STANDARD, 4096)).over("hmac-4096"),
    Case::new("stripe-event-4096", stripe_event).over("hmac-4096"),
    Case::new("stripe-key-4096", stripe_key).over("hmac-4096"),
    Case::new("stripe-refused-4096", stripe_refused).over("hmac-4096"),
    Case::new("slack-verify-4096", || verify(&SLACK, 4096)).over("hmac-4096"),
    Case::new("braintree-hmac-4096", braintree_hmac),
    Case::new("braintree-verify-4096", || verify(&BRAINTREE, 4096)).over("braintree-hmac-4096"),
    Case::new("braintree-elements-4096", || {
        verify(&BRAINTREE_ELEMENTS, 4096)
    })
    .over("braintree-hmac-4096"),
    Case::new("adyen-hmac-4096", || Ok(hmac_sha256(ADYEN_SIGNED.into()))),
    Case::new("adyen-verify-4096", || verify(&ADYEN, 4096)).over("adyen-hmac-4096"),
    Case::new("memory-claim-complete", claim_and_complete),
];

/// A sender, and how a receiver of it is set up.
struct Sender {
    endpoint: fn() -> Fallible<Endpoint>,
    signer: fn() -> Fallible<Box<dyn Sign>>,
    /// What it sends, of about this many bytes.
    body: fn(usize) -> Vec<u8>,
}

const STRIPE: Sender = Sender {
    endpoint: || Ok(Endpoint::new(Stripe::new(SECRET)?)),
    signer: || Ok(Box::new(Signer::new(stripe::SCHEME, SECRET)?)),
    body: event,
};

const STANDARD: Sender = Sender {
    endpoint: || Ok(Endpoint::new(StandardWebhooks::new(SECRET)?)),
    signer: || Ok(Box::new(Signer::new(standard_webhooks::SCHEME, SECRET)?)),
    body: event,
};

const SLACK: Sender = Sender {
    endpoint: || Ok(Endpoint::new(Slack::new(SECRET)?)),
    signer: || Ok(Box::new(Signer::new(slack::SCHEME, SECRET)?)),
    body: event,
};

/// HMAC-SHA1 over base64 in a form, then the XML in it is read.
const BRAINTREE: Sender = Sender {
    endpoint: || Ok(Endpoint::new(Braintree::new("public", SECRET)?)),
    signer: || Ok(Box::new(braintree::Signer::new("public", SECRET)?)),
    body: |size| {
        let text = "x".repeat(size.saturating_sub(79));
        let subject = format!("<subject><text>{text}</text></subject>");
        format!("<notification><kind>check</kind>{subject}</notification>").into_bytes()
    },
};

/// The same with as many elements as fit, each on a line of its own and as deep as in a transaction: most events look like this.
const BRAINTREE_ELEMENTS: Sender = Sender {
    body: elements,
    ..BRAINTREE
};

fn elements(size: usize) -> Vec<u8> {
    const START: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<notification>
  <timestamp type="datetime">2026-08-05T09:00:00Z</timestamp>
  <kind>transaction_settled</kind>
  <subject>
    <transaction>
      <order-id>"#;
    const MEMBERS: [&str; 6] = [
        "\n      <id>dHJhbnNhY3Rpb25</id>",
        "\n      <processor-response-text>Approved</processor-response-text>",
        "\n      <created-at type=\"datetime\">2026-08-05T08:59:58Z</created-at>",
        "\n      <refunded-transaction-id nil=\"true\"/>",
        "\n      <currency-iso-code>EUR</currency-iso-code>",
        "\n      <billing>\n        <country-code-alpha2>DE</country-code-alpha2>\n      </billing>",
    ];
    const END: &str = "\n    </transaction>\n  </subject>\n</notification>\n";
    let mut members = String::new();
    let room = size.saturating_sub(START.len() + "</order-id>".len() + END.len());
    for member in MEMBERS.iter().cycle() {
        if members.len() + member.len() > room {
            break;
        }
        members += member;
    }
    let order = "x".repeat(room.saturating_sub(members.len()));
    format!("{START}{order}</order-id>{members}{END}").into_bytes()
}

/// HMAC-SHA256 over eight fields of a document that has to be read first.
const ADYEN: Sender = Sender {
    endpoint: || Ok(Endpoint::new(Adyen::new(ADYEN_KEY)?)),
    signer: || Ok(Box::new(adyen::Signer::new(ADYEN_KEY)?)),
    body: |size| {
        let reason = "x".repeat(size.saturating_sub(300));
        let amount = r#""amount":{"currency":"EUR","value":1250}"#;
        let names = r#""merchantAccountCode":"Shop","merchantReference":"order-7","pspReference":"7914073381342284""#;
        let item = format!(
            r#"{{{amount},"eventCode":"CAPTURE",{names},"success":"true","reason":"{reason}"}}"#
        );
        let items = format!(r#"[{{"NotificationRequestItem":{item}}}]"#);
        format!(r#"{{"live":"false","notificationItems":{items}}}"#).into_bytes()
    },
};

/// A Stripe event of exactly this size, printed with indentation as Stripe does.
fn event(size: usize) -> Vec<u8> {
    const START: &str = r#"{
  "id": "evt_1PqR5sT2uVwXyZ",
  "object": "event",
  "type": "invoice.paid",
  "created": 1785920400,
  "livemode": true,
  "data": {
    "object": {
      "lines": ["#;
    const LINE: &str = "
        { \"id\": \"il_1PqR5sT2uVwXyZ\", \"amount\": 1999, \"currency\": \"eur\", \"quantity\": 1 },";
    const END: &str = "\"\n      ]\n    }\n  }\n}\n";
    let mut text = START.to_owned();
    while text.len() + LINE.len() + 1 + END.len() <= size {
        text += LINE;
    }
    text += "\"";
    text += &"x".repeat(size.saturating_sub(text.len() + END.len()));
    text += END;
    text.into_bytes()
}

/// HMAC-SHA256 of the body, with the key made ready before.
fn bare_hmac(size: usize) -> Run {
    hmac_sha256(event(size))
}

fn hmac_sha256(signed: Vec<u8>) -> Run {
    hmac(Hmac::<Sha256>::new(&[7; 64].into()), signed)
}

fn hmac(key: impl Mac + Clone + 'static, signed: Vec<u8>) -> Run {
    Box::new(move || {
        let mut mac = black_box(&key).clone();
        mac.update(black_box(&signed));
        black_box(mac.finalize());
    })
}

/// What Adyen signs of the body below.
const ADYEN_SIGNED: &str = "7914073381342284::Shop:order-7:1250:EUR:CAPTURE:true";

/// HMAC-SHA1 of what Braintree signs: base64 in lines.
fn braintree_hmac() -> Fallible<Run> {
    let signed = (BRAINTREE.signer)()?.sign(&(BRAINTREE.body)(4096), now())?;
    let mut fields = form_urlencoded::parse(&signed.body);
    let payload = fields.find(|(name, _)| name == "bt_payload");
    let (_, payload) = payload.ok_or("the form has no payload")?;
    Ok(hmac(
        Hmac::<Sha1>::new(&[7; 64].into()),
        payload.into_owned().into_bytes(),
    ))
}

/// A request that is accepted.
fn verify(sender: &Sender, size: usize) -> Fallible<Run> {
    let receiver = genuine(sender, size)?;
    receiver.verify().map_err(refused)?;
    Ok(Box::new(move || drop(black_box(receiver.verify()))))
}

/// The same whose body comes in a frame.
fn in_a_frame(sender: &Sender, size: usize) -> Fallible<Run> {
    let receiver = genuine(sender, size)?;
    receiver.verify_frame().map_err(refused)?;
    Ok(Box::new(move || drop(black_box(receiver.verify_frame()))))
}

fn genuine(sender: &Sender, size: usize) -> Fallible<Receiver> {
    let signer = (sender.signer)()?;
    let body = (sender.body)(size);
    Receiver::new((sender.endpoint)()?, signer.sign(&body, now())?)
}

fn stripe_event() -> Fallible<Run> {
    let signed = Signer::new(stripe::SCHEME, SECRET)?.sign(&event(4096), now())?;
    let receiver = Receiver::new((STRIPE.endpoint)()?, signed)?;
    let read = move || -> Fallible<stripe::Event> {
        let delivery = receiver.verify().map_err(refused)?;
        Ok(delivery.decode::<stripe::Event>()?)
    };
    read()?;
    Ok(Box::new(move || drop(black_box(read()))))
}

/// What a store remembers it by.
fn stripe_key() -> Fallible<Run> {
    let receiver = genuine(&STRIPE, 4096)?;
    let key = move || receiver.verify().map(|delivery| DedupeKey::of(&delivery));
    key().map_err(refused)?;
    Ok(Box::new(move || drop(black_box(key()))))
}

fn stripe_refused() -> Fallible<Run> {
    let signed = Signer::new(stripe::SCHEME, STRANGER)?.sign(&event(4096), now())?;
    let receiver = Receiver::new((STRIPE.endpoint)()?, signed)?;
    if receiver.verify().is_ok() {
        return Err("a stranger's signature is accepted".into());
    }
    Ok(Box::new(move || drop(black_box(receiver.verify()))))
}

/// Each event is new. They are made before, and there is room for all of them, so that no table grows meanwhile.
fn claim_and_complete() -> Fallible<Run> {
    const OTHERS: usize = 4_000;
    let [_, own] = TIMES;
    const HOUR: Duration = Duration::from_secs(3600);
    let store = MemoryStore::default();
    let turn = move |key: &DedupeKey| {
        let Claim::New(token) = at_once(store.claim(key, Nonce::random(), HOUR))? else {
            return Err("not a new event".into());
        };
        match at_once(store.complete(&token, HOUR))? {
            ClaimState::Held => Fallible::Ok(()),
            other => Err(format!("the claim is not held: {other:?}").into()),
        }
    };
    let key = |number: usize| DedupeKey::of_event("shop", number.to_string());
    for number in 0..OTHERS {
        turn(&key(number))?;
    }
    let own: Vec<DedupeKey> = (OTHERS..).map(key).take(own).collect();
    let mut own = own.into_iter();
    Ok(Box::new(move || {
        let key = own.next();
        let done = key.map(|key| turn(black_box(&key)));
        assert!(
            done.is_some_and(|done| done.is_ok()),
            "an event for each time"
        );
    }))
}

/// An endpoint and a request for it, as a web framework hands it over.
struct Receiver {
    endpoint: Endpoint,
    headers: HeaderMap,
    body: Bytes,
}

impl Receiver {
    fn new(endpoint: Endpoint, signed: SignedRequest) -> Fallible<Self> {
        let request = signed.into_http::<Bytes>()?;
        let body = request.body().clone();
        let mut headers = request.headers().clone();
        for (name, value) in [
            ("host", "shop.example"),
            ("user-agent", "Sender/1.0 (+https://sender.example/docs)"),
            ("accept", "*/*; q=0.5, application/xml"),
            ("cache-control", "no-cache"),
            ("content-type", "application/json; charset=utf-8"),
        ] {
            headers.insert(name, value.parse()?);
        }
        headers.insert("content-length", body.len().into());
        Ok(Self {
            endpoint,
            headers,
            body,
        })
    }

    fn verify(&self) -> Result<Delivery, Answer> {
        let head = RequestHead::new("POST", "/webhooks", black_box(&self.headers));
        at_once(self.endpoint.verify(&head, black_box(&self.body).clone()))
    }

    /// The same as an adapter does it, whose body may come in frames.
    fn verify_frame(&self) -> Result<Delivery, Answer> {
        let head = RequestHead::new("POST", "/webhooks", black_box(&self.headers));
        let mut verification = at_once(self.endpoint.begin(&head))?;
        verification.update(black_box(&self.body).clone())?;
        at_once(verification.finalize())
    }
}

fn refused(answer: Answer) -> String {
    format!("a genuine request is refused: {answer:?}")
}

fn at_once<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("has nothing to wait for"),
    }
}

/// The clock of the endpoint is the real one, as its cost counts.
fn now() -> UnixTime {
    UnixTime::from(SystemTime::now())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_runs_and_is_over_one_that_there_is() {
        for case in &CASES {
            case.run(3).unwrap();
            if let Some(other) = case.over {
                assert!(find(other).unwrap().over.is_none(), "{}", case.name);
            }
        }
    }

    #[test]
    fn a_body_has_the_size_that_its_row_names() {
        for size in [256, 4096] {
            assert_eq!(event(size).len(), size);
        }
        for sender in [BRAINTREE, BRAINTREE_ELEMENTS] {
            assert_eq!((sender.body)(4096).len(), 4096);
        }
    }
}
