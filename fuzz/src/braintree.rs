//! Braintree: XML in base64 in a form, and challenges in a query.

use std::collections::HashSet;
use std::sync::LazyLock;

use base64ct::{Base64, Encoding};
use form_urlencoded::Serializer;
use webhook_core::provider::braintree::{Braintree, Notification, Signer};
use webhook_core::testing::{FixedClock, Sign};
use webhook_core::{Answer, Endpoint};

use crate::Fared;
use crate::input::{Input, Output};
use crate::mutate::edited;
use crate::reads::as_everything;
use crate::receive::in_pieces;
use crate::vectors;
use webhook_testkit::{NOW, Request};

/// The accounts of the vectors have one pair of keys.
const PUBLIC: &str = "ocnjo7zvqt4bkmgo";
const PRIVATE: &str = "306bc95dfdf73fb12ca33bc01d18e4fe";

static ENDPOINT: LazyLock<Endpoint> = LazyLock::new(|| {
    Endpoint::new(Braintree::new(PUBLIC, PRIVATE).unwrap()).clock(FixedClock::at(NOW))
});

static SIGNER: LazyLock<Signer> = LazyLock::new(|| Signer::new(PUBLIC, PRIVATE).unwrap());

/// A form of a vector: the value of `bt_signature`, and of `bt_payload`.
static FORMS: LazyLock<Vec<[String; 2]>> = LazyLock::new(|| {
    let forms = vectors::of("braintree").filter_map(|vector| {
        let field = |name: &str| {
            let mut fields = form_urlencoded::parse(&vector.request.body);
            fields
                .find(|(own, _)| own == name)
                .map(|(_, value)| value.into_owned())
        };
        Some([field("bt_signature")?, field("bt_payload")?])
    });
    forms.collect()
});

static PAYLOADS: LazyLock<HashSet<&str>> =
    LazyLock::new(|| FORMS.iter().map(|[_, payload]| payload.as_str()).collect());

static DOCUMENTS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let decoded = FORMS.iter().filter_map(|[_, payload]| {
        let digits: String = payload.split_ascii_whitespace().collect();
        Base64::decode_vec(&digits).ok()
    });
    decoded.collect()
});

/// What kind of request, then what it consists of, then the cuts.
pub fn run(data: &[u8]) -> Fared {
    let mut input = Input::new(data);
    match input.byte() % 5 {
        0 => signed(input.piece(), &mut input),
        1 => {
            let document = input.choice(&DOCUMENTS);
            signed(&edited(document, input.piece()), &mut input)
        }
        2 => forged(&mut input),
        3 => {
            let body = input.piece().to_vec();
            sent(&mut input, "POST", "/".to_owned(), body)
        }
        _ => challenged(&mut input),
    }
}

/// Genuine, whatever it holds: read, or refused for what it is.
fn signed(xml: &[u8], input: &mut Input<'_>) -> Fared {
    let request = Request::from(SIGNER.sign(xml, NOW).unwrap());
    match in_pieces(&ENDPOINT, &request, input) {
        Ok(delivery) => {
            as_everything(&delivery);
            if let Ok(event) = delivery.decode::<Notification>() {
                assert_eq!(event.xml().as_bytes(), xml);
                // The verification has read them without the tree of the event.
                assert_eq!(delivery.kind(), Some(event.kind.as_str()));
                assert_eq!(delivery.sent_at(), Some(event.timestamp));
            }
            Fared::Accepted
        }
        Err(Answer::Reply(_)) => panic!("a delivery is answered as if it were a challenge"),
        Err(rejection) => {
            assert_ne!(rejection.code(), "bad_signature");
            Fared::Refused
        }
    }
}

/// A form that nobody has signed, unless it is one of the vectors'.
fn forged(input: &mut Input<'_>) -> Fared {
    let [signature, payload] = [0, 1].map(|at| match input.byte() % 3 {
        0 => input.choice(&FORMS)[at].clone(),
        1 => input.text(),
        _ => {
            let known = &input.choice(&FORMS)[at];
            String::from_utf8_lossy(&edited(known.as_bytes(), input.piece())).into_owned()
        }
    });
    let form = Serializer::new(String::new())
        .append_pair("bt_signature", &signature)
        .append_pair("bt_payload", &payload)
        .finish();
    let fared = sent(input, "POST", "/".to_owned(), form.into_bytes());
    // Braintree signs the line feed at the end or leaves it out.
    let known = |payload: &str| {
        PAYLOADS
            .iter()
            .any(|known| known.trim_end() == payload.trim_end())
    };
    assert!(
        fared == Fared::Refused || known(&payload),
        "nobody signed this payload"
    );
    fared
}

/// A challenge is answered only if it is one; no delivery comes of it.
fn challenged(input: &mut Input<'_>) -> Fared {
    let challenge = input.text();
    let query = Serializer::new(String::new())
        .append_pair("bt_challenge", &challenge)
        .finish();
    let request = request("GET", format!("/hooks?{query}"), Vec::new());
    match in_pieces(&ENDPOINT, &request, input) {
        Ok(_) => panic!("a challenge became a delivery"),
        Err(Answer::Reply(_)) => {
            let digits = challenge.bytes().all(|byte| byte.is_ascii_hexdigit());
            assert!(
                digits && (20..=32).contains(&challenge.len()),
                "signed {challenge:?}"
            );
        }
        Err(_) => {}
    }
    Fared::Refused
}

fn sent(input: &mut Input<'_>, method: &str, target: String, body: Vec<u8>) -> Fared {
    match in_pieces(&ENDPOINT, &request(method, target, body), input) {
        Ok(delivery) => {
            as_everything(&delivery);
            Fared::Accepted
        }
        Err(_) => Fared::Refused,
    }
}

fn request(method: &str, target: String, body: Vec<u8>) -> Request {
    Request {
        method: method.to_owned(),
        target,
        headers: Vec::new(),
        body: body.into(),
    }
}

/// The documents, the forms and the challenges of the vectors.
pub fn seeds() -> Vec<Vec<u8>> {
    let start = |what| Output::default().byte(what);
    let documents = DOCUMENTS
        .iter()
        .map(|xml| start(0).piece(xml).rest(b"\x01\x09\x00"));
    let forms = FORMS.iter().map(|form| {
        let output = form.iter().fold(start(2), |output, value| {
            output.byte(1).piece(value.as_bytes())
        });
        output.rest(b"")
    });
    let bodies = vectors::of("braintree").map(|vector| {
        let output = start(3).piece(&vector.request.body);
        output.rest(b"\x01\x20\x00")
    });
    let challenges = vectors::of("braintree").filter_map(|vector| {
        let (_, challenge) = vector.request.target.split_once("bt_challenge=")?;
        Some(start(4).piece(challenge.as_bytes()).rest(b""))
    });
    let all = documents.chain(forms).chain(bodies).chain(challenges);
    all.collect()
}
