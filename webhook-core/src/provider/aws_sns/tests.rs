use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{AwsSns, Event, Signer, TEST_CERTIFICATE_PEM, TEST_CERTIFICATE_URL, kind};
use crate::published::{CertificateSource, FetchFuture, InMemory, Unavailable};
use crate::testing::support::{self, NOW, judge};
use crate::testing::{Sign, SignedRequest, receive};
use crate::{Delivery, Endpoint, RejectionKind, Tolerance};

const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:orders";

fn sns() -> AwsSns {
    AwsSns::new([TOPIC], Signer::new(TOPIC).certificates()).unwrap()
}

fn endpoint(sns: AwsSns) -> Endpoint {
    Endpoint::new(sns).clock(|| NOW)
}

fn signed(message: &Value) -> SignedRequest {
    let signer = Signer::new(TOPIC);
    signer.sign(message.to_string().as_bytes(), NOW).unwrap()
}

fn notification() -> SignedRequest {
    signed(&json!({"Type": kind::NOTIFICATION, "MessageId": "1", "Subject": "s", "Message": "m"}))
}

fn confirmation(url: &str) -> Value {
    json!({"Type": kind::SUBSCRIPTION_CONFIRMATION, "Message": "m", "Token": "t", "SubscribeURL": url})
}

fn body_of(request: &SignedRequest) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}

fn with_body(request: SignedRequest, body: &Value) -> SignedRequest {
    request.with_body(body.to_string())
}

fn refused(sns: AwsSns, request: SignedRequest) -> Option<RejectionKind> {
    judge(&endpoint(sns), request).err()
}

fn delivered(request: SignedRequest) -> Delivery {
    judge(&endpoint(sns().deliver_confirmations()), request).unwrap()
}

/// Counts what it is asked for.
#[derive(Clone, Debug)]
struct Counting {
    documents: InMemory,
    asked: Arc<AtomicUsize>,
}

impl Counting {
    fn new(url: &str, pem: impl Into<Bytes>) -> Self {
        Self {
            documents: InMemory::new([(url, pem)]),
            asked: Arc::default(),
        }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

impl CertificateSource for Counting {
    fn certificate(&self, url: &str) -> FetchFuture {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let document = self.documents.certificate(url);
        FetchFuture::new(async {
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            document.await
        })
    }
}

#[test]
fn a_part_of_the_message_cannot_become_another_member() {
    // Whoever may publish writes this message, and SNS signs it.
    let text = "pay 1\nMessageId\nforged\nSubject\nchosen";
    let request = signed(&json!({"Type": kind::NOTIFICATION, "MessageId": "1", "Message": text}));
    assert_eq!(refused(sns(), request.clone()), None);
    let mut body = body_of(&request);
    body["Message"] = "pay 1".into();
    body["MessageId"] = "forged".into();
    body["Subject"] = "chosen\nMessageId\n1".into();
    let forged = with_body(request, &body);
    assert_eq!(refused(sns(), forged), Some(RejectionKind::Malformed));
}

#[test]
fn what_is_not_signed_is_not_in_the_event() {
    let request = notification();
    let mut body = body_of(&request);
    body["SubscribeURL"] = TEST_CERTIFICATE_URL.into();
    body["Token"] = "forged".into();
    let event: Event = delivered(with_body(request, &body)).decode().unwrap();
    assert_eq!(event.subject.as_deref(), Some("s"));
    assert!(event.confirmation.is_none());

    let request = signed(&confirmation(
        "https://sns.us-east-1.amazonaws.com/?Action=x",
    ));
    let mut body = body_of(&request);
    body["Subject"] = "forged".into();
    let event: Event = delivered(with_body(request, &body)).decode().unwrap();
    assert_eq!(event.subject, None);
}

#[test]
fn a_member_that_is_written_twice_is_refused() {
    let request = notification();
    let body = String::from_utf8(request.body.to_vec()).unwrap();
    for again in ["Message", "Subject", "Type", "SigningCertURL", "Signature"] {
        let body = body.replacen('{', &format!(r#"{{"{again}":"other","#), 1);
        let verdict = refused(sns(), request.clone().with_body(body));
        assert_eq!(verdict, Some(RejectionKind::Malformed), "{again}");
    }
}

#[test]
fn a_subscription_is_confirmed_by_the_handler_at_sns_alone() {
    for (url, is_there) in [
        (
            "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription",
            true,
        ),
        (
            "https://sns.us-east-1.amazonaws.com.evil.example/?Action=x",
            false,
        ),
        ("http://169.254.169.254/latest", false),
    ] {
        let delivery = delivered(signed(&confirmation(url)));
        assert_eq!(delivery.kind(), Some(kind::SUBSCRIPTION_CONFIRMATION));
        let event: Event = delivery.decode().unwrap();
        let confirmation = event.confirmation.unwrap();
        assert_eq!(confirmation.url(), is_there.then_some(url));
        assert_eq!(confirmation.token, "t");
        assert_eq!(format!("{confirmation:?}"), "Confirmation");
    }
}

#[test]
fn without_a_handler_for_it_a_confirmation_is_answered_and_not_delivered() {
    let request = signed(&confirmation("https://sns.us-east-1.amazonaws.com/"));
    let answer = support::run(receive(&endpoint(sns()), request.clone())).unwrap_err();
    assert_eq!(
        (answer.code(), answer.status().as_u16()),
        ("handshake", 200)
    );
    let mut body = body_of(&request);
    body["Token"] = "another".into();
    let forged = with_body(request, &body);
    assert_eq!(refused(sns(), forged), Some(RejectionKind::BadSignature));
}

#[test]
fn nothing_is_got_for_what_is_refused_in_any_case() {
    let source = Counting::new(TEST_CERTIFICATE_URL, TEST_CERTIFICATE_PEM);
    let endpoint = endpoint(AwsSns::new([TOPIC], source.clone()).unwrap());
    let good = notification();
    for (name, value, kind) in [
        (
            "TopicArn",
            json!("arn:aws:sns:us-east-1:9:Evil"),
            RejectionKind::WrongAudience,
        ),
        (
            "SigningCertURL",
            json!("https://evil.example/x.pem"),
            RejectionKind::UntrustedKey,
        ),
        (
            "SigningCertURL",
            Value::Null,
            RejectionKind::MissingSignature,
        ),
        ("SignatureVersion", json!("3"), RejectionKind::Malformed),
        ("Type", json!("Other"), RejectionKind::Malformed),
        ("Message", Value::Null, RejectionKind::Malformed),
        ("Timestamp", json!("yesterday"), RejectionKind::Malformed),
    ] {
        let mut body = body_of(&good);
        body[name] = value;
        let verdict = judge(&endpoint, with_body(good.clone(), &body)).err();
        assert_eq!(verdict, Some(kind), "{name}");
    }
    let raw = good.clone().with_header("x-amz-sns-rawdelivery", "true");
    assert_eq!(
        judge(&endpoint, raw).err(),
        Some(RejectionKind::MissingSignature)
    );
    assert_eq!(source.asked(), 0);
    assert!(judge(&endpoint, good).is_ok());
    assert_eq!(source.asked(), 1);
}

#[test]
fn requests_at_once_ask_once_and_a_certificate_is_kept() {
    let source = Counting::new(TEST_CERTIFICATE_URL, TEST_CERTIFICATE_PEM);
    let endpoint = endpoint(AwsSns::new([TOPIC], source.clone()).unwrap());
    let requests = (0..50).map(|_| receive(&endpoint, notification()));
    let outcomes = support::run(join_all(requests));
    assert!(outcomes.iter().all(Result::is_ok));
    let later = endpoint.clone().clock(|| NOW.plus_secs(86_400));
    assert!(judge(&later, notification()).is_ok());
    assert_eq!(source.asked(), 1);
}

#[test]
fn what_is_prefetched_is_judged_as_what_a_request_names() {
    let source = Counting::new(TEST_CERTIFICATE_URL, TEST_CERTIFICATE_PEM);
    let sns = AwsSns::new([TOPIC], source.clone()).unwrap();
    let foreign = support::run(sns.prefetch(["https://evil.example/x.pem"], NOW));
    assert_eq!(foreign.unwrap_err().kind(), RejectionKind::UntrustedKey);
    assert_eq!(source.asked(), 0);
    support::run(sns.prefetch([TEST_CERTIFICATE_URL], NOW)).unwrap();
    assert_eq!(refused(sns, notification()), None);
    assert_eq!(source.asked(), 1);
}

#[test]
fn a_document_is_one_certificate_that_is_valid() {
    let twice = TEST_CERTIFICATE_PEM.repeat(2);
    for pem in ["", "<html>", &twice] {
        let certificates = InMemory::new([(TEST_CERTIFICATE_URL, pem.to_owned())]);
        let sns = AwsSns::new([TOPIC], certificates).unwrap();
        let verdict = refused(sns, notification());
        assert_eq!(verdict, Some(RejectionKind::UntrustedKey), "{pem}");
    }
    // From 2020 to 2120.
    for (year, verdict) in [(2019, Some(RejectionKind::UntrustedKey)), (2119, None)] {
        let now = crate::UnixTime::from_secs((year - 1970) * 31_556_952);
        let endpoint = Endpoint::new(sns()).clock(move || now);
        assert_eq!(judge(&endpoint, notification()).err(), verdict, "{year}");
    }
    let endpoint = endpoint(sns());
    assert!(judge(&endpoint, notification()).is_ok());
    let before = endpoint.clock(|| crate::UnixTime::from_secs(0));
    let verdict = judge(&before, notification()).err();
    assert_eq!(verdict, Some(RejectionKind::UntrustedKey));
}

#[test]
fn a_certificate_that_cannot_be_had_is_our_fault_and_asked_for_again() {
    #[derive(Debug)]
    struct Broken;
    impl CertificateSource for Broken {
        fn certificate(&self, _: &str) -> FetchFuture {
            FetchFuture::ready(Err(Unavailable::Failed))
        }
    }
    let sns = AwsSns::new([TOPIC], Broken).unwrap();
    let verdict = refused(sns, notification());
    assert_eq!(verdict, Some(RejectionKind::KeysUnavailable));
    let unknown = AwsSns::new([TOPIC], InMemory::default()).unwrap();
    let verdict = refused(unknown, notification());
    assert_eq!(verdict, Some(RejectionKind::UntrustedKey));
}

#[test]
fn a_tolerance_is_for_the_signed_time() {
    for (age, verdict) in [
        (3600, None),
        (3601, Some(RejectionKind::Stale)),
        (-60, None),
        (-61, Some(RejectionKind::Future)),
    ] {
        let sns = sns().tolerance(Tolerance::secs(3600).future(60));
        let endpoint = Endpoint::new(sns).clock(move || NOW.plus_secs(age));
        assert_eq!(judge(&endpoint, notification()).err(), verdict, "{age}");
    }
}

#[test]
fn version_1_is_refused_where_2_is_required() {
    let body = json!({"Type": kind::NOTIFICATION, "Message": "m", "SignatureVersion": "1"});
    let sns = sns().require_signature_version_2();
    assert_eq!(
        refused(sns.clone(), signed(&body)),
        Some(RejectionKind::Malformed)
    );
    assert_eq!(refused(sns, notification()), None);
}

#[test]
fn a_topic_is_an_arn() {
    let new = |topics: &[&str]| AwsSns::new(topics.iter().copied(), InMemory::default());
    for topics in [
        &[][..],
        &[""],
        &["orders"],
        &["arn:aws:sns:us-east-1:123456789012"],
        &["arn:aws:sns:us-east-1:123456789012:orders:7"],
        &["arn:aws:sqs:us-east-1:123456789012:orders"],
        &["arn:aws:sns:us-east-1:123456789012:"],
        &["arn:aws:sns:us-east-1:123456789012:orders "],
        &[TOPIC, "orders"],
    ] {
        assert!(new(topics).is_err(), "{topics:?}");
    }
    assert!(new(&[TOPIC, "arn:aws-cn:sns:cn-north-1:1:a.fifo"]).is_ok());
}
