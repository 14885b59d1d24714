//! The table: what is sent, and the verdict that it must get. A case more is a line or two in [`all`].

use webhook_core::testing::SignedRequest;
use webhook_core::{Clock, ConfigError, SystemClock, UnixTime};

use crate::senders::{self, BRAINTREE, Reads, SLACK, STRIPE, Sender};
use crate::server::BODY_LIMIT;

const CHALLENGE: &str = r#"{"type":"url_verification","challenge":"3eZbrw1aBm2rZgRNFdxV"}"#;

/// What Braintree asks when an address is entered, and its public key with an HMAC of that.
const BT_CHALLENGE: &str = "?bt_challenge=838a05afe5f1febefc15";
const BT_ANSWER: &str = "ocnjo7zvqt4bkmgo|f689d58e52bae64a6221498c899ebba586b664bc";

const TEN_MINUTES: i64 = 600;

#[rustfmt::skip]
pub(crate) fn all() -> Vec<Case> {
    let mut cases = Vec::new();
    for sender in senders::EVENTS {
        cases.extend([
            Case::new(sender, "genuine").wants(handled(sender, "new")),
            Case::new(sender, "signed with the old key").secret(sender.old_secret).wants(handled(sender, "old")),
            Case::new(sender, "signed by somebody else").secret("whsec_d2hvIGtub3dzIHdob3NlIGtleSB0aGlzIG9uZSBpcz8=").wants(refused(401, "bad_signature")),
            Case::new(sender, "one byte of the body changed").change(tamper).wants(refused(401, "bad_signature")),
            Case::new(sender, "without a signature").change(strip).wants(refused(400, "missing_signature")),
        ]);
    }
    for sender in [STRIPE, SLACK, senders::STANDARD_WEBHOOKS] {
        cases.extend([
            Case::new(sender, "signed ten minutes ago").age(TEN_MINUTES).wants(refused(401, "stale")),
            Case::new(sender, "signed ten minutes ahead").age(-TEN_MINUTES).wants(refused(401, "future")),
        ]);
    }
    cases.extend([
        Case::new(SLACK, "handshake").body(CHALLENGE).wants(answered("3eZbrw1aBm2rZgRNFdxV")),
        Case::new(SLACK, "handshake, not signed").body(CHALLENGE).change(strip).wants(refused(400, "missing_signature")),
        Case::new(STRIPE, "two signatures that differ").change(sign_twice).wants(refused(400, "malformed")),
        Case::new(STRIPE, "by GET").change(by_get).wants(refused(405, "method_not_allowed")),
        Case::new(STRIPE, "in chunks").transfer(Transfer::Chunked).wants(handled(STRIPE, "new")),
        Case::new(STRIPE, "too large, says its length").transfer(Transfer::Announced(BODY_LIMIT + 1)).wants(refused(413, "body_too_large")),
        Case::new(STRIPE, "too large, in chunks").change(enlarge).transfer(Transfer::Endless).wants(refused(413, "body_too_large")),
        Case::new(STRIPE, "a body that never ends").transfer(Transfer::Endless).wants(refused(408, "body_timeout")),
    ]);
    for sender in senders::PAYMENTS {
        cases.extend([
            Case::new(sender, "genuine"),
            Case::new(sender, "one byte of the signed part changed").change(forge).wants(refused(401, "bad_signature")),
            Case::new(sender, "without a signature").change(strip).wants(refused(400, "missing_signature")),
        ]);
    }
    cases.push(Case::new(BRAINTREE, "handshake").change(challenge).wants(answered(BT_ANSWER)));
    cases
}

/// Something to send, and what must become of it.
pub(crate) struct Case {
    pub(crate) sender: Sender,
    pub(crate) what: &'static str,
    pub(crate) transfer: Transfer,
    pub(crate) wanted: Outcome,
    body: &'static str,
    secret: &'static str,
    age: i64,
    change: fn(SignedRequest) -> SignedRequest,
}

/// How the body is sent.
#[derive(Clone, Copy)]
pub(crate) enum Transfer {
    /// With its length.
    Whole,
    /// In chunks, to the end.
    Chunked,
    /// In chunks, and the end never comes.
    Endless,
    /// This length is announced, and no byte of the body ever comes.
    Announced(usize),
}

/// What became of a request.
#[derive(Debug, PartialEq)]
pub(crate) struct Outcome {
    /// What the handler noted: one line for each call.
    pub(crate) calls: Vec<String>,
    pub(crate) status: u16,
    /// What the handler or the library answered, or the code of the refusal.
    pub(crate) why: String,
}

impl Case {
    pub(crate) fn new(sender: Sender, what: &'static str) -> Self {
        Self {
            sender,
            what,
            transfer: Transfer::Whole,
            wanted: handled(sender, "new"),
            body: sender.body,
            secret: sender.new_secret,
            age: 0,
            change: |request| request,
        }
    }

    fn wants(self, wanted: Outcome) -> Self {
        Self { wanted, ..self }
    }

    fn body(self, body: &'static str) -> Self {
        Self { body, ..self }
    }

    fn secret(self, secret: &'static str) -> Self {
        Self { secret, ..self }
    }

    fn age(self, age: i64) -> Self {
        Self { age, ..self }
    }

    fn transfer(self, transfer: Transfer) -> Self {
        Self { transfer, ..self }
    }

    /// What happens to the request after it was signed.
    fn change(self, change: fn(SignedRequest) -> SignedRequest) -> Self {
        Self { change, ..self }
    }

    pub(crate) fn request(&self) -> Result<SignedRequest, ConfigError> {
        let at = UnixTime::from_secs(SystemClock.now().as_secs() - self.age);
        let mut request = (self.sender.signer)(self.secret)?.sign(self.body.as_bytes(), at)?;
        request.target = self.sender.path();
        Ok((self.change)(request))
    }
}

fn handled(sender: Sender, key: &str) -> Outcome {
    let (call, answer) = match sender.reads {
        Reads::Kind(kind) => (format!("{key} key"), kind),
        Reads::Payment {
            noted,
            acknowledgement,
        } => (noted.to_owned(), acknowledgement),
    };
    Outcome {
        calls: vec![call],
        ..answered(answer)
    }
}

fn answered(why: &str) -> Outcome {
    refused(200, why)
}

fn refused(status: u16, why: &str) -> Outcome {
    Outcome {
        calls: Vec::new(),
        status,
        why: why.to_owned(),
    }
}

fn tamper(request: SignedRequest) -> SignedRequest {
    let mut body = request.body.to_vec();
    if let Some(byte) = body.iter_mut().rev().nth(2) {
        *byte ^= 1;
    }
    request.with_body(body)
}

/// Changes a byte of what is signed: in the amount, or in Braintree's form, whose base64 begins with that of `<no`.
fn forge(request: SignedRequest) -> SignedRequest {
    let request = replace(request, r#""value":"10.99""#, r#""value":"90.99""#);
    let request = replace(request, r#""value":1099"#, r#""value":9099"#);
    replace(request, "bt_payload=PG5v", "bt_payload=PG5w")
}

fn replace(request: SignedRequest, from: &str, to: &str) -> SignedRequest {
    let body = String::from_utf8_lossy(&request.body).replace(from, to);
    request.with_body(body)
}

/// Most have the signature in a header; Braintree has it in the form, Adyen in the event.
fn strip(mut request: SignedRequest) -> SignedRequest {
    request.headers.retain(|(name, _)| !is_signature(name));
    let request = replace(request, "bt_signature=", "bt_other=");
    replace(request, "hmacSignature", "other")
}

fn challenge(request: SignedRequest) -> SignedRequest {
    let target = request.target.clone() + BT_CHALLENGE;
    let request = by_get(request).with_body("");
    SignedRequest { target, ..request }
}

fn sign_twice(mut request: SignedRequest) -> SignedRequest {
    let signature = request.headers.iter().find(|(name, _)| is_signature(name));
    let second = signature.map(|(name, value)| (name.clone(), format!("{value},v1=00")));
    request.headers.extend(second);
    request
}

fn by_get(request: SignedRequest) -> SignedRequest {
    SignedRequest {
        method: "GET".to_owned(),
        ..request
    }
}

fn enlarge(request: SignedRequest) -> SignedRequest {
    request.with_body(vec![b' '; BODY_LIMIT + 1])
}

fn is_signature(header: &str) -> bool {
    ["signature", "hmac", "-sig"]
        .iter()
        .any(|word| header.contains(word))
}
