//! Verification by asking PayPal.

use std::fmt;
use std::sync::Arc;

use base64ct::{Base64, Encoding as _};
use bytes::Bytes;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::account::{HOSTS, NAME, SENDER, TOLERANCE, valid_id};
use super::ask::Ask;
use super::bound::{Bound, Signed};
use super::certified::{WHOSE, judged_time, names};
use super::tokens::{NO_ANSWER, Tokens};
use super::transmission::{ALGORITHM, Transmission};
use crate::outcome::malformed;
use crate::verify::{AtOnce, NO_MATCH, buffered};
use crate::{
    Answer, BodyCheck, ConfigError, Coverage, Proof, ProofFuture, Rejection, RejectionKind,
    RequestHead, Secret, Tolerance, UnixTime, Verdict, Verifier,
};

const LIVE: &str = "https://api-m.paypal.com";
const SANDBOX: &str = "https://api-m.sandbox.paypal.com";

/// Asks PayPal about every delivery, at `/v1/notifications/verify-webhook-signature`, instead of verifying it here.
///
/// Slower than [`PayPal`](super::PayPal): every request waits for one to PayPal, and when PayPal does not answer with a
/// clear yes or no, it is refused with 503 and PayPal tries again. It needs a client id and secret, and no certificate.
///
/// Requests with another host than PayPal's in their certificate's URL are refused without asking, and no more than 64 are
/// asked about at once. Put a limit on the rate of requests in front of it all the same. Events of the simulator cannot be
/// verified this way.
///
/// What PayPal has said yes to counts as signed: [`Coverage::Body`]. PayPal does not say whether it compares more than the
/// checksum, so a transmission is bound to the first body that it came with here too.
///
/// The token for PayPal's interface is got when it is needed and used until it expires.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::provider::paypal::{Ask, PayPalPostback};
///
/// /// `client` is `HttpsFetcher::new()?` with feature `fetch`, or your own.
/// fn sandbox(client: impl Ask + 'static) -> Result<Endpoint, webhook_core::ConfigError> {
///     let paypal = PayPalPostback::new("652OVHJHFFBP48WEX", "client id", "client secret", client)?;
///     Ok(Endpoint::new(paypal.sandbox()))
/// }
/// ```
#[derive(Clone)]
pub struct PayPalPostback {
    webhook_id: Arc<str>,
    base_url: Arc<str>,
    hosts: Arc<[String]>,
    ask: Arc<dyn Ask>,
    tokens: Arc<Tokens>,
    running: AtOnce,
    tolerance: Tolerance,
    bound: Arc<Bound>,
}

impl PayPalPostback {
    /// Accepts what PayPal says it has sent to the webhook of this id. `client_id` and `client_secret` are those of the
    /// application that the webhook belongs to, in PayPal's live environment.
    ///
    /// # Errors
    /// If the webhook's id is not one, or client id or secret are empty.
    pub fn new(
        webhook_id: impl Into<String>,
        client_id: impl AsRef<str>,
        client_secret: impl Into<String>,
        ask: impl Ask + 'static,
    ) -> Result<Self, ConfigError> {
        let client_secret = Secret::new(client_secret)?;
        Ok(Self {
            webhook_id: valid_id(webhook_id.into())?.into(),
            base_url: LIVE.into(),
            hosts: HOSTS.map(str::to_owned).into(),
            ask: Arc::new(ask),
            tokens: Arc::new(Tokens::new(client_id.as_ref(), &client_secret)?),
            running: AtOnce::default(),
            tolerance: TOLERANCE,
            bound: Arc::new(Bound::new()),
        })
    }

    /// Asks PayPal's sandbox.
    #[must_use]
    pub fn sandbox(self) -> Self {
        Self {
            base_url: SANDBOX.into(),
            ..self
        }
    }

    /// Asks at another address, such as that of a proxy.
    ///
    /// # Errors
    /// If it does not begin with `https://`.
    pub fn base_url(self, url: impl AsRef<str>) -> Result<Self, ConfigError> {
        let url = url.as_ref();
        if !url.starts_with("https://") {
            return Err(ConfigError::new(
                "PayPal's address does not begin with https://",
            ));
        }
        Ok(Self {
            base_url: url.trim_end_matches('/').into(),
            ..self
        })
    }

    /// Another window for the signed time than four days back and five minutes ahead. What is outside is not asked about.
    /// As with [`PayPal::tolerance`](super::PayPal::tolerance), less than three days back loses events.
    #[must_use]
    pub fn tolerance(self, tolerance: Tolerance) -> Self {
        Self { tolerance, ..self }
    }

    /// What PayPal says about this question.
    async fn verdict(&self, question: String, now: UnixTime) -> Result<(), Rejection> {
        let _one_of_those_running = self.running.enter().ok_or(TOO_MANY)?;
        let (generation, token) = self.tokens.get(&self.ask, &self.base_url, now).await?;
        let url = format!(
            "{}/v1/notifications/verify-webhook-signature",
            self.base_url
        );
        let headers = [
            ("authorization", token.as_str()),
            ("content-type", "application/json"),
        ];
        let answer = self.ask.post(&url, &headers, question.into());
        let (status, answer) = answer.await.map_err(|_| NO_ANSWER)?;
        if status == StatusCode::UNAUTHORIZED {
            self.tokens.forget(generation);
        }
        if status != StatusCode::OK {
            return Err(NO_ANSWER);
        }
        let answer: Verified = serde_json::from_slice(&answer).map_err(|_| NO_ANSWER)?;
        match answer.verification_status.as_str() {
            "SUCCESS" => Ok(()),
            "FAILURE" => Err(NO_MATCH),
            _ => Err(NO_ANSWER),
        }
    }
}

const TOO_MANY: Rejection = Rejection::new(
    RejectionKind::KeysUnavailable,
    "too many requests are being asked about",
);

impl Verifier for PayPalPostback {
    fn provider(&self) -> crate::Provider {
        SENDER
    }

    fn key_prints(&self) -> Vec<crate::KeyPrint> {
        vec![crate::KeyPrint::of(&[NAME, &self.webhook_id])]
    }

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<BodyCheck, Answer> {
        let transmission = Transmission::read(head, &self.hosts)?;
        Base64::decode_vec(transmission.signature).map_err(|_| NO_MATCH)?;
        let question = serde_json::to_string(&Question {
            auth_algo: ALGORITHM,
            cert_url: transmission.certificate_url,
            transmission_id: transmission.id,
            transmission_sig: transmission.signature,
            transmission_time: transmission.time,
            webhook_id: &self.webhook_id,
        });
        let question = question.map_err(|_| malformed("the headers cannot be handed on"))?;
        let sent_at = judged_time(transmission.time, self.tolerance, now)?;
        let (id, time) = (transmission.id.to_owned(), transmission.time.to_owned());
        let this = self.clone();
        Ok(buffered(move |body| {
            let question = with_event(question, body)?;
            let proof = proof(body)?.sent_at(sent_at);
            let body = body.clone();
            Ok(Verdict::Pending(ProofFuture::new(async move {
                this.verdict(question, now).await?;
                let signed = Signed {
                    webhook_id: &this.webhook_id,
                    id: &id,
                    time: (&time, sent_at),
                };
                let Self {
                    bound, tolerance, ..
                } = &this;
                bound.require_same(&signed, &body, now, *tolerance)?;
                Ok::<Proof, Rejection>(proof)
            })))
        }))
    }
}

/// What PayPal has said yes to: this body, with the names in it.
fn proof(body: &Bytes) -> Result<Proof, Rejection> {
    let [id, kind] = names(body)?;
    let proof = Proof::dangerously_assert(Coverage::Body).whose(&WHOSE);
    let proof = match id {
        Some(id) => proof.id(id),
        None => proof,
    };
    Ok(match kind {
        Some(kind) => proof.kind(kind),
        None => proof,
    })
}

impl fmt::Debug for PayPalPostback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PayPalPostback")
            .field("webhook_id", &self.webhook_id)
            .field("base_url", &self.base_url)
            .field("ask", &self.ask)
            .finish_non_exhaustive()
    }
}

/// What PayPal is asked, but for the event.
#[derive(Serialize)]
struct Question<'a> {
    auth_algo: &'a str,
    cert_url: &'a str,
    transmission_id: &'a str,
    transmission_sig: &'a str,
    transmission_time: &'a str,
    webhook_id: &'a str,
}

/// Puts the event into the question as it was sent: read and written again, its numbers and escapes would not be the same
/// bytes. That it is one whole JSON object keeps it from being more than a value there.
fn with_event(mut question: String, body: &Bytes) -> Result<String, Rejection> {
    const FAULT: Rejection = malformed("the body is not a JSON object");
    let text = std::str::from_utf8(body).map_err(|_| FAULT)?;
    let event: &RawValue = serde_json::from_str(text).map_err(|_| FAULT)?;
    if !event.get().starts_with('{') || question.pop() != Some('}') {
        return Err(FAULT);
    }
    question.push_str(",\"webhook_event\":");
    question.push_str(text);
    question.push('}');
    Ok(question)
}

#[derive(Deserialize)]
struct Verified {
    verification_status: String,
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use std::collections::VecDeque;
    use std::sync::Mutex;
    use std::task::Poll;

    use futures_util::future::{join_all, poll_fn};

    use super::*;
    use crate::payment::PaymentStatus;
    use crate::provider::paypal::{Answer, Signer, TEST_WEBHOOK_ID};
    use crate::published::Unavailable;
    use crate::testing::support::only;
    use crate::testing::{Sign, SignedRequest, receive};
    use crate::{Delivery, Endpoint};

    const NOW: UnixTime = UnixTime::from_secs(1_785_920_400);
    const BODY: &[u8] =
        b" {\"id\":\"WH-1\", \"event_type\":\"A\",\"n\":1.50,\"u\":\"\\u00e9\xc3\xa9\"}\n";
    const TOKEN: &str = r#"{"access_token":"the-token","token_type":"Bearer","expires_in":3600}"#;
    const SUCCESS: &str = r#"{"verification_status":"SUCCESS"}"#;

    type Given = Result<(u16, &'static str), Unavailable>;

    /// Grants tokens and answers questions, neither at once, and remembers both.
    #[derive(Clone, Debug)]
    struct PayPal {
        grant: Given,
        /// Said once each, the last one for good.
        answers: Arc<Mutex<VecDeque<Given>>>,
        asked: Arc<Mutex<Vec<Asked>>>,
    }

    #[derive(Clone, Debug)]
    struct Asked {
        url: String,
        headers: Vec<(String, String)>,
        body: Bytes,
    }

    impl PayPal {
        fn saying(answers: impl IntoIterator<Item = Given>) -> Self {
            Self {
                grant: Ok((200, TOKEN)),
                answers: Arc::new(Mutex::new(answers.into_iter().collect())),
                asked: Arc::default(),
            }
        }

        fn asked(&self, path: &str) -> Vec<Asked> {
            let asked = self.asked.lock().unwrap();
            asked
                .iter()
                .filter(|one| one.url.ends_with(path))
                .cloned()
                .collect()
        }

        fn tokens(&self) -> usize {
            self.asked("/v1/oauth2/token").len()
        }

        fn questions(&self) -> Vec<Asked> {
            self.asked("/v1/notifications/verify-webhook-signature")
        }
    }

    impl Ask for PayPal {
        fn post(&self, url: &str, headers: &[(&str, &str)], body: Bytes) -> Answer {
            let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
            self.asked.lock().unwrap().push(Asked {
                url: url.to_owned(),
                headers: headers.iter().map(owned).collect(),
                body,
            });
            let mut answers = self.answers.lock().unwrap();
            let given = match url.ends_with("/token") {
                true => self.grant,
                false if answers.len() > 1 => answers.pop_front().unwrap(),
                false => *answers.front().unwrap(),
            };
            let mut waited = false;
            Answer::new(poll_fn(move |cx| {
                if !std::mem::replace(&mut waited, true) {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                let answer = |(status, body): (u16, &'static str)| {
                    (StatusCode::from_u16(status).unwrap(), Bytes::from(body))
                };
                Poll::Ready(given.map(answer))
            }))
        }
    }

    fn postback(paypal: &PayPal) -> PayPalPostback {
        PayPalPostback::new(
            TEST_WEBHOOK_ID,
            "client",
            "s3cret for tests",
            paypal.clone(),
        )
        .unwrap()
    }

    fn endpoint(paypal: &PayPal) -> Endpoint {
        Endpoint::new(postback(paypal)).clock(|| NOW)
    }

    fn signed(body: &[u8]) -> SignedRequest {
        Signer::new().unwrap().sign(body, NOW).unwrap()
    }

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.unwrap().block_on(future)
    }

    fn deliver(endpoint: &Endpoint, request: SignedRequest) -> Result<Delivery, RejectionKind> {
        let received = block_on(receive(endpoint, request));
        received.map_err(|answer| answer.into_rejection().unwrap().kind())
    }

    #[test]
    fn what_paypal_confirms_is_delivered() {
        let paypal = PayPal::saying([Ok((200, SUCCESS))]);
        let delivery = deliver(&endpoint(&paypal), signed(BODY)).unwrap();
        assert_eq!(delivery.provider(), "paypal");
        assert_eq!((delivery.id(), delivery.kind()), (Some("WH-1"), Some("A")));
        assert_eq!(delivery.coverage(), Coverage::Body);
        assert_eq!(delivery.unverified_id(), None);
        assert_eq!(delivery.sent_at(), Some(NOW));
        assert_eq!(delivery.body(), BODY);
    }

    #[test]
    fn the_address_of_an_event_says_whether_it_is_a_test() {
        for (host, mode) in [
            ("api.paypal.com", "live"),
            ("api-m.paypal.com", "live"),
            ("api.sandbox.paypal.com", "test"),
            ("api-m.sandbox.paypal.com", "test"),
            ("api.paypal.com.shop.example", "unknown"),
        ] {
            let body = format!(
                r#"{{"id":"WH-1","event_type":"A","resource_version":"2.0","links":[{{"href":"https://{host}/v1/WH-1"}}]}}"#
            );
            let paypal = PayPal::saying([Ok((200, SUCCESS))]);
            let delivery = deliver(&endpoint(&paypal), signed(body.as_bytes())).unwrap();
            assert_eq!(delivery.mode().as_str(), mode, "{host}");
            assert_eq!(delivery.api_version().as_deref(), Some("2.0"));
        }
    }

    #[test]
    fn what_paypal_has_said_yes_to_is_confirmed_and_bound_to_its_transmission() {
        let paid: &[u8] = br#"{"id":"WH-1","event_type":"PAYMENT.CAPTURE.COMPLETED","resource":{"amount":{"value":"1.00","currency_code":"USD"}}}"#;
        let paypal = PayPal::saying([Ok((200, SUCCESS))]);
        let endpoint = endpoint(&paypal);
        let update = only(&deliver(&endpoint, signed(paid)).unwrap()).unwrap();
        assert_eq!(update.status, PaymentStatus::Paid);
        assert_eq!(update.amount.unwrap().unwrap().to_string(), "1.00 USD");
        let second = signed(paid).with_body(BODY);
        let refused = deliver(&endpoint, second).unwrap_err();
        assert_eq!(refused, RejectionKind::SignatureReused);
        assert!(deliver(&endpoint, signed(paid)).is_ok());
    }

    #[test]
    fn what_paypal_has_said_no_to_is_bound_to_nothing() {
        const FAILURE: &str = r#"{"verification_status":"FAILURE"}"#;
        let paypal = PayPal::saying([Ok((200, FAILURE)), Ok((200, SUCCESS))]);
        let endpoint = endpoint(&paypal);
        let forged = signed(BODY).with_body("{}");
        let refused = deliver(&endpoint, forged).unwrap_err();
        assert_eq!(refused, RejectionKind::BadSignature);
        assert!(deliver(&endpoint, signed(BODY)).is_ok());
    }

    #[test]
    fn what_is_stale_is_not_asked_about() {
        const FOUR_DAYS: i64 = 4 * 24 * 60 * 60;
        let paypal = PayPal::saying([Ok((200, SUCCESS))]);
        let at = |seconds: i64, own: PayPalPostback| {
            Endpoint::new(own).clock(move || NOW.plus_secs(seconds))
        };
        let deliver_at = |seconds| deliver(&at(seconds, postback(&paypal)), signed(BODY));
        assert!(deliver_at(FOUR_DAYS).is_ok());
        let asked = paypal.questions().len();
        assert_eq!(deliver_at(FOUR_DAYS + 1).unwrap_err(), RejectionKind::Stale);
        let strict = postback(&paypal).tolerance(Tolerance::secs(60));
        let refused = deliver(&at(61, strict), signed(BODY)).unwrap_err();
        assert_eq!(refused, RejectionKind::Stale);
        assert_eq!(paypal.questions().len(), asked);
    }

    #[test]
    fn the_event_is_handed_on_byte_for_byte() {
        let paypal = PayPal::saying([Ok((200, SUCCESS))]);
        let request = signed(BODY);
        let signature = request
            .header("paypal-transmission-sig")
            .unwrap()
            .to_owned();
        deliver(&endpoint(&paypal), request).unwrap();
        let [question] = paypal.questions().try_into().unwrap();
        let at = question
            .body
            .windows(BODY.len())
            .position(|part| part == BODY);
        assert!(at.is_some());
        let read: serde_json::Value = serde_json::from_slice(&question.body).unwrap();
        assert_eq!(read["webhook_event"]["id"], "WH-1");
        assert_eq!(read["webhook_id"], TEST_WEBHOOK_ID);
        assert_eq!(read["transmission_sig"], signature);
        assert_eq!(read["transmission_time"], NOW.to_string());
        assert_eq!(read["auth_algo"], "SHA256withRSA");
        assert_eq!(read.as_object().unwrap().len(), 7);
    }

    #[test]
    fn asks_with_a_token_that_it_gets_with_the_secret() {
        let paypal = PayPal::saying([Ok((200, SUCCESS))]);
        deliver(&endpoint(&paypal), signed(BODY)).unwrap();
        let asked = paypal.asked.lock().unwrap();
        let authorization = |at: usize| asked[at].headers[0].1.as_str();
        assert_eq!(asked[0].url, "https://api-m.paypal.com/v1/oauth2/token");
        assert_eq!(asked[0].body, "grant_type=client_credentials");
        assert_eq!(authorization(0), "Basic Y2xpZW50OnMzY3JldCBmb3IgdGVzdHM=");
        assert_eq!(authorization(1), "Bearer the-token");
    }

    #[test]
    fn the_sandbox_and_other_addresses_are_asked_there() {
        for (change, url) in [
            (
                PayPalPostback::sandbox as fn(_) -> _,
                "https://api-m.sandbox.paypal.com/v1/",
            ),
            (
                |own: PayPalPostback| own.base_url("https://proxy.example/").unwrap(),
                "https://proxy.example/v1/",
            ),
        ] {
            let paypal = PayPal::saying([Ok((200, SUCCESS))]);
            let endpoint = Endpoint::new(change(postback(&paypal))).clock(|| NOW);
            deliver(&endpoint, signed(BODY)).unwrap();
            assert!(
                paypal
                    .asked("")
                    .iter()
                    .all(|asked| asked.url.starts_with(url))
            );
        }
        let paypal = PayPal::saying([]);
        assert!(postback(&paypal).base_url("http://proxy.example").is_err());
    }

    #[test]
    fn only_a_clear_answer_counts() {
        use RejectionKind::{BadSignature, KeysUnavailable};
        for (answer, kind) in [
            (
                Ok((200, r#"{"verification_status":"FAILURE"}"#)),
                BadSignature,
            ),
            (
                Ok((200, r#"{"verification_status":"success"}"#)),
                KeysUnavailable,
            ),
            (
                Ok((
                    200,
                    r#"{"verification_status":"SUCCESS","verification_status":"FAILURE"}"#,
                )),
                KeysUnavailable,
            ),
            (
                Ok((200, r#"{"verification_status":true}"#)),
                KeysUnavailable,
            ),
            (Ok((200, "{}")), KeysUnavailable),
            (Ok((200, "<html>SUCCESS</html>")), KeysUnavailable),
            (Ok((200, "")), KeysUnavailable),
            (Ok((201, SUCCESS)), KeysUnavailable),
            (Ok((302, SUCCESS)), KeysUnavailable),
            (Ok((400, SUCCESS)), KeysUnavailable),
            (Ok((401, SUCCESS)), KeysUnavailable),
            (Ok((500, SUCCESS)), KeysUnavailable),
            (Err(Unavailable::Failed), KeysUnavailable),
            (Err(Unavailable::Unknown), KeysUnavailable),
        ] {
            let paypal = PayPal::saying([answer]);
            let refused = deliver(&endpoint(&paypal), signed(BODY)).unwrap_err();
            assert_eq!(refused, kind, "{answer:?}");
        }
    }

    #[test]
    fn without_a_token_nothing_is_asked() {
        for grant in [
            Ok((401, r#"{"error":"invalid_client"}"#)),
            Ok((200, "{}")),
            Ok((200, "<html>")),
            Ok((200, r#"{"access_token":"t","expires_in":"soon"}"#)),
            Err(Unavailable::Failed),
            Err(Unavailable::Unknown),
        ] {
            let paypal = PayPal {
                grant,
                ..PayPal::saying([Ok((200, SUCCESS))])
            };
            assert!(deliver(&endpoint(&paypal), signed(BODY)).is_err());
            assert!(paypal.questions().is_empty(), "{grant:?}");
        }
    }

    #[test]
    fn a_token_is_got_once_and_used_until_shortly_before_its_end() {
        let paypal = PayPal::saying([Ok((200, SUCCESS))]);
        let now = Arc::new(Mutex::new(NOW));
        let clock = Arc::clone(&now);
        let endpoint = Endpoint::new(postback(&paypal)).clock(move || *clock.lock().unwrap());
        let requests = (0..20).map(|_| receive(&endpoint, signed(BODY)));
        assert!(block_on(join_all(requests)).iter().all(Result::is_ok));
        assert_eq!((paypal.tokens(), paypal.questions().len()), (1, 20));
        for (after, tokens) in [(3539, 1), (3540, 2), (3541, 2)] {
            *now.lock().unwrap() = NOW.plus_secs(after);
            deliver(&endpoint, signed(BODY)).unwrap();
            assert_eq!(paypal.tokens(), tokens, "{after}");
        }
    }

    #[test]
    fn a_token_that_is_refused_is_replaced() {
        let paypal = PayPal::saying([Ok((401, "{}")), Ok((200, SUCCESS))]);
        let endpoint = endpoint(&paypal);
        let refused = deliver(&endpoint, signed(BODY)).unwrap_err();
        assert_eq!(refused, RejectionKind::KeysUnavailable);
        for _ in 0..2 {
            deliver(&endpoint, signed(BODY)).unwrap();
            assert_eq!(paypal.tokens(), 2);
        }
    }

    #[test]
    fn what_is_no_json_object_is_not_handed_on() {
        let paypal = PayPal::saying([Ok((200, SUCCESS))]);
        let endpoint = endpoint(&paypal);
        for body in [
            &b""[..],
            b"  ",
            b"null",
            b"[]",
            b"\"text\"",
            b"{} {}",
            b"{},\"webhook_id\":\"another\"",
            b"{}}",
            b"{",
            b"{\"a\":1,}",
            b"{\"a\":\"\xff\"}",
            b"\xef\xbb\xbf{}",
        ] {
            let refused = deliver(&endpoint, signed(body)).unwrap_err();
            assert_eq!(refused, RejectionKind::Malformed, "{body:?}");
        }
        assert!(paypal.asked("").is_empty());
    }

    #[test]
    fn a_deep_body_is_no_danger() {
        let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
        let paypal = PayPal::saying([Ok((200, SUCCESS))]);
        let endpoint = endpoint(&paypal);
        assert!(deliver(&endpoint, signed(deep.as_bytes())).is_ok());
    }

    #[test]
    fn what_the_head_decides_is_decided_without_asking() {
        let paypal = PayPal::saying([Ok((200, SUCCESS))]);
        let endpoint = endpoint(&paypal);
        for (name, value, kind) in [
            (
                "paypal-cert-url",
                "https://evil.example/v1/notifications/certs/C",
                RejectionKind::UntrustedKey,
            ),
            ("paypal-auth-algo", "SHA1withRSA", RejectionKind::Malformed),
            (
                "paypal-transmission-sig",
                "not base64",
                RejectionKind::BadSignature,
            ),
            (
                "paypal-transmission-id",
                "",
                RejectionKind::MissingSignature,
            ),
        ] {
            let mut request = signed(BODY);
            let header = request.headers.iter_mut().find(|(own, _)| own == name);
            header.unwrap().1 = value.to_owned();
            assert_eq!(deliver(&endpoint, request).unwrap_err(), kind, "{name}");
        }
        assert!(paypal.asked("").is_empty());
    }

    #[test]
    fn a_header_cannot_leave_its_place_in_the_question() {
        let paypal = PayPal::saying([Ok((200, SUCCESS))]);
        let mut request = signed(BODY);
        let id = request
            .headers
            .iter_mut()
            .find(|(own, _)| own == "paypal-transmission-id");
        id.unwrap().1 = r#"x","webhook_id":"another"#.to_owned();
        deliver(&endpoint(&paypal), request).unwrap();
        let [question] = paypal.questions().try_into().unwrap();
        let read: serde_json::Value = serde_json::from_slice(&question.body).unwrap();
        assert_eq!(read["webhook_id"], TEST_WEBHOOK_ID);
    }

    #[test]
    fn no_more_than_64_are_asked_about_at_once() {
        let paypal = PayPal::saying([Ok((200, SUCCESS))]);
        let endpoint = endpoint(&paypal);
        let requests = (0..100).map(|_| receive(&endpoint, signed(BODY)));
        let outcomes = block_on(join_all(requests));
        let refused = outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
        let codes: Vec<_> = refused.map(crate::Answer::code).collect();
        assert_eq!(codes, ["keys_unavailable"; 36]);
        assert_eq!(paypal.questions().len(), 64);
        assert!(deliver(&endpoint, signed(BODY)).is_ok());
    }

    #[test]
    fn one_that_gives_up_leaves_its_place_to_another() {
        let paypal = PayPal::saying([Ok((200, SUCCESS))]);
        let endpoint = endpoint(&paypal);
        for _ in 0..100 {
            let mut asking = Box::pin(receive(&endpoint, signed(BODY)));
            let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
            assert!(asking.as_mut().poll(&mut cx).is_pending());
        }
        assert!(deliver(&endpoint, signed(BODY)).is_ok());
    }

    #[test]
    fn a_set_up_that_cannot_work_is_refused() {
        for (webhook, client, secret) in [
            ("", "client", "a secret for tests"),
            ("WEBHOOK_ID", "client", "a secret for tests"),
            (TEST_WEBHOOK_ID, "", "a secret for tests"),
            (TEST_WEBHOOK_ID, "a:b", "a secret for tests"),
            (TEST_WEBHOOK_ID, "a b", "a secret for tests"),
            (TEST_WEBHOOK_ID, "client", ""),
        ] {
            let made = PayPalPostback::new(webhook, client, secret, PayPal::saying([]));
            assert!(made.is_err(), "{webhook} {client} {secret}");
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let shown = format!("{:?}", postback(&PayPal::saying([])));
        assert!(shown.starts_with("PayPalPostback {"), "{shown}");
        assert!(
            !shown.contains("s3cret") && !shown.contains("Y2xp"),
            "{shown}"
        );
    }
}
