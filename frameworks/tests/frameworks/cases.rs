//! The requests that every framework gets, and what must become of each.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use hyper::Response;
use webhook_core::provider::{github, stripe};
use webhook_core::testing::{Sign, SignedRequest, Signer};
use webhook_core::{Clock, Delivery, Endpoint, SystemClock, Unverified};
use webhook_frameworks::{Secrets, Shop};

use crate::client::Framing;

/// No body may be longer.
pub(crate) const LIMIT: usize = 2_000;

const STRIPE: &str = "whsec_for_tests_only";
const GITHUB: &str = "github_for_tests_only";

/// Those of Braintree's own tests, so that the answer to a challenge is known.
const BRAINTREE: (&str, &str) = ("ocnjo7zvqt4bkmgo", "306bc95dfdf73fb12ca33bc01d18e4fe");

/// One request, and what must become of it.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) request: SignedRequest,
    pub(crate) framing: Framing,
    pub(crate) want: Want,
}

pub(crate) enum Want {
    /// The handler sees this event with the same body, and its success is the answer.
    Handled(Seen),
    /// The answer says that it was handled before.
    Duplicate,
    /// The library's own answer, with this status and code.
    Refused(u16, &'static str),
    /// The library's reply to a handshake.
    Reply(&'static str),
}

/// What a handler is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) provider: &'static str,
    pub(crate) kind: String,
    pub(crate) body: Bytes,
}

/// What all handlers of one server were told.
#[derive(Clone, Default)]
pub(crate) struct Journal(Arc<Mutex<Vec<Seen>>>);

impl Journal {
    /// A shop that writes here.
    pub(crate) fn shop(&self) -> Shop {
        let journal = self.clone();
        Shop::new(move |delivery| journal.0.lock().unwrap().push(seen(delivery)))
    }

    /// What was written since the last time.
    pub(crate) fn take(&self) -> Vec<Seen> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

fn seen(delivery: &Delivery) -> Seen {
    let unsigned = delivery.unverified_kind().map(Unverified::into_unverified);
    Seen {
        provider: delivery.provider(),
        kind: delivery.kind().or(unsigned).unwrap().to_owned(),
        body: delivery.body().clone(),
    }
}

pub(crate) fn endpoint() -> Endpoint {
    let secrets = Secrets {
        stripe: STRIPE.to_owned(),
        github: GITHUB.to_owned(),
        braintree_public_key: BRAINTREE.0.to_owned(),
        braintree_private_key: BRAINTREE.1.to_owned(),
    };
    webhook_frameworks::endpoint(&secrets)
        .unwrap()
        .body_limit(LIMIT)
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = vec![
        case(
            "of Stripe",
            of_stripe(STRIPE, "evt_1"),
            handled_invoice("evt_1"),
        ),
        case(
            "of Stripe, again",
            of_stripe(STRIPE, "evt_1"),
            Want::Duplicate,
        ),
        Case {
            framing: Framing::Pieces(7),
            ..case(
                "of Stripe, in pieces",
                of_stripe(STRIPE, "evt_2"),
                handled_invoice("evt_2"),
            )
        },
        case(
            "signed by a stranger",
            of_stripe("whsec_of_a_stranger", "evt_3"),
            Want::Refused(401, "bad_signature"),
        ),
        case(
            "altered",
            of_stripe(STRIPE, "evt_4").with_body(invoice("evt_5")),
            Want::Refused(401, "bad_signature"),
        ),
        case(
            "unsigned",
            of_stripe(STRIPE, "evt_6").without_header("stripe-signature"),
            Want::Refused(400, "missing_signature"),
        ),
        case(
            "too long, with its length",
            of_stripe(STRIPE, "evt_7").with_body(vec![b' '; LIMIT + 1]),
            Want::Refused(413, "body_too_large"),
        ),
        Case {
            framing: Framing::Pieces(500),
            ..case(
                "too long, in pieces",
                of_stripe(STRIPE, "evt_8").with_body(vec![b' '; LIMIT + 1]),
                Want::Refused(413, "body_too_large"),
            )
        },
        case(
            "a challenge of Braintree",
            get("/webhooks/braintree?bt_challenge=838a05afe5f1febefc15"),
            Want::Reply("ocnjo7zvqt4bkmgo|f689d58e52bae64a6221498c899ebba586b664bc"),
        ),
        case(
            "a GET without a challenge",
            get("/webhooks/stripe"),
            Want::Refused(405, "method_not_allowed"),
        ),
        case(
            "of a sender that nobody has",
            get("/webhooks/acme"),
            Want::Refused(404, "unknown_endpoint"),
        ),
    ];
    cases.extend(BODIES.iter().map(|(name, body)| {
        let seen = Seen {
            provider: "github",
            kind: "push".to_owned(),
            body: Bytes::from_static(body),
        };
        case(name, of_github(body), Want::Handled(seen))
    }));
    cases
}

fn case(name: &'static str, request: SignedRequest, want: Want) -> Case {
    Case {
        name,
        request,
        framing: Framing::Whole,
        want,
    }
}

/// Bodies that somebody on the way could be tempted to improve.
pub(crate) const BODIES: [(&str, &[u8]); 6] = [
    ("of GitHub", br#"{"ref":"refs/heads/main"}"#),
    (
        "with characters of two, three and four bytes",
        "{\"ref\":\"é 日本 🎉\"}".as_bytes(),
    ),
    (
        "with CRLF and white space",
        b"\r\n{ \"ref\" :\r\n\t\"main\"\r\n}\r\n",
    ),
    (
        "with half of an emoji, escaped",
        br#"{"ref":"\ud83c\u0000"}"#,
    ),
    ("with a byte order mark", b"\xef\xbb\xbf{\"ref\":\"main\"}"),
    (
        "with bytes that are not UTF-8",
        b"{\"ref\":\"\xff\xfe\x80\"}",
    ),
];

fn invoice(id: &str) -> String {
    format!(r#"{{"id":"{id}","object":"event","type":"invoice.paid"}}"#)
}

fn handled_invoice(id: &str) -> Want {
    Want::Handled(Seen {
        provider: "stripe",
        kind: "invoice.paid".to_owned(),
        body: invoice(id).into(),
    })
}

fn of_stripe(secret: &str, id: &str) -> SignedRequest {
    let signer = Signer::new(stripe::SCHEME, secret).unwrap();
    let signer = signer
        .target("/webhooks/stripe")
        .header("content-type", "application/json");
    signer
        .sign(invoice(id).as_bytes(), SystemClock.now())
        .unwrap()
}

fn of_github(body: &[u8]) -> SignedRequest {
    let signer = Signer::new(github::SCHEME, GITHUB).unwrap().kind("push");
    let signer = signer
        .target("/webhooks/github")
        .header("content-type", "application/json");
    signer.sign(body, SystemClock.now()).unwrap()
}

fn get(target: &str) -> SignedRequest {
    SignedRequest {
        method: "GET".to_owned(),
        target: target.to_owned(),
        headers: Vec::new(),
        body: Bytes::new(),
    }
}

impl Want {
    /// Fails unless this is the answer, and the handler was told what it must be told.
    pub(crate) fn check(self, who: &str, answer: &Response<Bytes>, seen: &[Seen]) {
        let status = answer.status().as_u16();
        let header = |name| {
            answer
                .headers()
                .get(name)
                .map(|value| value.to_str().unwrap())
        };
        let types = answer.headers().get_all("content-type").iter().count();
        let body = std::str::from_utf8(answer.body()).unwrap();
        match self {
            Self::Handled(event) => {
                assert_eq!((status, header("webhook-duplicate")), (200, None), "{who}");
                assert_eq!(seen, [event], "{who}");
            }
            Self::Duplicate => {
                let duplicate = (200, Some("true"));
                assert_eq!((status, header("webhook-duplicate")), duplicate, "{who}");
                assert_eq!(seen, [], "{who}");
            }
            Self::Refused(wanted, code) => {
                assert_eq!(status, wanted, "{who}: {body}");
                let problem = (Some("application/problem+json"), 1);
                assert_eq!((header("content-type"), types), problem, "{who}");
                assert!(
                    body.contains(&format!(r#""code":"{code}""#)),
                    "{who}: {body}"
                );
                assert_eq!(seen, [], "{who}");
            }
            Self::Reply(text) => {
                assert_eq!((status, body), (200, text), "{who}");
                assert_eq!(seen, [], "{who}");
            }
        }
    }
}
