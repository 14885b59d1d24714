//! Says yes or no to what Braintree sends.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use sha1::{Digest, Sha1};
use zeroize::Zeroizing;

use super::envelope::Envelope;
use super::event::{FIELDS, NAME, SIGNATURE, decode, payload};
use super::payment::{MEANING, updates};
use crate::crypto::{KeyFormat, Tag};
use crate::message::{MatchedKey, Mode};
use crate::outcome::{malformed, missing};
use crate::verify::{Form, NO_MATCH, buffered, decode_hex, require_post};
use crate::{
    Answer, BodyCheck, ConfigError, Coverage, Proof, Rejection, Reply, RequestHead, Secret,
    Settings, TimeUnit, Tolerance, UnixTime, Verdict, Verifier,
};

pub(super) const SENDER: crate::Provider = crate::Provider::new(NAME)
    .with_events()
    .meaning(&MEANING)
    .payments(updates);

/// Verifies what Braintree sends to one merchant.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::provider::braintree::Braintree;
///
/// let braintree = Braintree::new("ocnjo7zvqt4bkmgo", "306bc95dfdf73fb12ca33bc01d18e4fe")?
///     .and("yz0cdypxkkezi6ks", "f6d767fc0c24394e29279e1ad6950247")?; // while the keys are replaced
/// let endpoint = Endpoint::new(braintree);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct Braintree(Arc<Accounts>);

#[derive(Clone)]
struct Accounts {
    /// Answers handshakes.
    first: Account,
    more: Vec<Account>,
    tolerance: Option<Tolerance>,
}

#[derive(Clone, Debug)]
pub(super) struct Account {
    public_key: String,
    mac: Hmac<Sha1>,
    print: crate::KeyPrint,
}

impl Braintree {
    /// Accepts what is signed with this pair of keys, and answers handshakes with it.
    ///
    /// # Errors
    /// If a key is empty, or the public key cannot be one: it holds `|`, `&` or white space.
    pub fn new(
        public_key: impl Into<String>,
        private_key: impl Into<String>,
    ) -> Result<Self, ConfigError> {
        Ok(Self(Arc::new(Accounts {
            first: Account::new(public_key.into(), private_key)?,
            more: Vec::new(),
            tolerance: None,
        })))
    }

    /// Accepts what is signed with another pair of keys too.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn and(
        mut self,
        public_key: impl Into<String>,
        private_key: impl Into<String>,
    ) -> Result<Self, ConfigError> {
        let account = Account::new(public_key.into(), private_key)?;
        Arc::make_mut(&mut self.0).more.push(account);
        Ok(self)
    }

    /// Refuses events whose `timestamp` is outside of this window. Braintree has no such rule; whether a retry carries
    /// the time of the event or its own is not documented.
    #[must_use]
    pub fn tolerance(mut self, tolerance: Tolerance) -> Self {
        Arc::make_mut(&mut self.0).tolerance = Some(tolerance);
        self
    }

    /// `public_key` and `private_key`: two texts, or two lists of the same length.
    pub(super) fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        let keys = |name: &str| {
            let keys = settings.texts(name)?;
            keys.ok_or_else(|| ConfigError::new(format!("`{name}` is missing")))
        };
        let (public, private) = (keys("public_key")?, keys("private_key")?);
        if public.len() != private.len() {
            let reason = "`public_key` and `private_key` must list the same number of keys";
            return Err(ConfigError::new(reason));
        }
        for key in &private {
            Secret::new(*key).map_err(|error| error.of_setting("private_key"))?;
        }
        let mut pairs = public.into_iter().zip(private);
        let (first_public, first_private) = pairs.next().unwrap_or_default();
        let first = Self::new(first_public, first_private);
        let all = pairs.fold(first, |all, (public, private)| all?.and(public, private));
        let all = all.map_err(|error| error.of_setting("public_key"))?;
        Ok(match settings.tolerance()? {
            Some(tolerance) => all.tolerance(tolerance),
            None => all,
        })
    }
}

impl Verifier for Braintree {
    fn provider(&self) -> crate::Provider {
        SENDER
    }

    fn key_prints(&self) -> Vec<crate::KeyPrint> {
        let accounts = std::iter::once(&self.0.first).chain(&self.0.more);
        accounts.map(|account| account.print).collect()
    }

    fn replay_window(&self) -> Option<std::time::Duration> {
        self.0.tolerance.map(crate::Tolerance::window)
    }

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<BodyCheck, Answer> {
        if head.method() == "GET" {
            if let Some(challenge) = head.query_param("bt_challenge")? {
                return Err(self.0.first.answer(&challenge)?.into());
            }
        }
        require_post(head)?;
        let accounts = Arc::clone(&self.0);
        Ok(buffered(move |body| accounts.judge(body, now)))
    }
}

impl fmt::Debug for Braintree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Braintree")
            .field("accounts", &(1 + self.0.more.len()))
            .field("tolerance", &self.0.tolerance)
            .finish_non_exhaustive()
    }
}

impl Accounts {
    fn judge(&self, body: &Bytes, now: UnixTime) -> Result<Verdict, Answer> {
        let form = Form::read(body, &FIELDS)?;
        let signature = form.bytes(SIGNATURE);
        if signature.is_empty() {
            return Err(missing("the form has no bt_signature").into());
        }
        let payload = payload(&form)?;
        let key = self.matching(signature, payload)?;
        let xml = decode(payload)?;
        let event = Envelope::parse(&xml)?;
        if !event.is_notification() {
            return Err(malformed("the XML is not a notification").into());
        }
        let sent_at = event.timestamp();
        self.require_fresh(sent_at, now)?;

        let mut proof = Proof::dangerously_assert(Coverage::Fields)
            .key(key)
            .identity(&[xml.as_bytes()]);
        if let Some(kind) = event.kind() {
            proof = proof.kind(kind);
        }
        if let Some(time) = sent_at {
            proof = proof.sent_at(time);
        }
        proof = proof.owner(event.merchant().as_slice(), Mode::Unknown);
        Ok(Verdict::Authentic(proof))
    }

    /// Tries every account that has a pair in the signature.
    fn matching(&self, signature: &[u8], payload: &[u8]) -> Result<MatchedKey, Rejection> {
        let mut tried = false;
        let mut found = None;
        let accounts = std::iter::once(&self.first).chain(&self.more);
        for (index, account) in accounts.enumerate() {
            if let Some(given) = account.own_signature(signature) {
                tried = true;
                let hit = account.has_signed(payload, &decode_lower_hex(given));
                found = found.or(hit.then_some(index));
            }
        }
        match found {
            Some(index) => Ok(MatchedKey::new(index, None)),
            None if tried => Err(NO_MATCH),
            None => Err(missing("no signature of a public key that is configured")),
        }
    }

    fn require_fresh(&self, sent_at: Option<UnixTime>, now: UnixTime) -> Result<(), Rejection> {
        let Some(tolerance) = self.tolerance else {
            return Ok(());
        };
        let time = sent_at.ok_or_else(|| malformed("the event has no timestamp"))?;
        tolerance.require(time, now, TimeUnit::Rfc3339)
    }
}

impl Account {
    pub(super) fn new(
        public_key: String,
        private_key: impl Into<String>,
    ) -> Result<Self, ConfigError> {
        let is_key = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'|' | b'&');
        if public_key.is_empty() || !public_key.bytes().all(is_key) {
            return Err(ConfigError::new("the public key cannot be one"));
        }
        let private_key = Secret::new(private_key)?;
        KeyFormat::text()
            .reject_prefixes(&["access_token$"])
            .require(&private_key)?;
        let digest: Zeroizing<[u8; 20]> =
            Zeroizing::new(Sha1::digest(private_key.expose().as_bytes()).into());
        let mac = Hmac::new_from_slice(&*digest)
            .map_err(|_| ConfigError::fixed("an HMAC takes keys of any length"))?;
        let print = crate::KeyPrint::of(&[NAME, &public_key, private_key.expose()]);
        Ok(Self {
            public_key,
            mac,
            print,
        })
    }

    fn answer(&self, challenge: &str) -> Result<Reply, Rejection> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if !(20..=32).contains(&challenge.len()) || !challenge.bytes().all(is_digit) {
            return Err(malformed("bt_challenge is not 20 to 32 hexadecimal digits"));
        }
        Ok(Reply::text(self.sign(challenge)))
    }

    /// The pair of public key and code.
    pub(super) fn sign(&self, text: &str) -> String {
        #[cfg(feature = "testing")]
        crate::testing::count_mac();
        let code = Tag::of(self.mac.clone().chain_update(text)).to_hex();
        format!("{}|{code}", self.public_key)
    }

    /// What stands behind this public key in `public|hex&public|hex`; the first, if it is there twice.
    fn own_signature<'a>(&self, signature: &'a [u8]) -> Option<&'a [u8]> {
        let mut pairs = signature.split(|byte| *byte == b'&');
        pairs.find_map(|pair| {
            let rest = pair.strip_prefix(self.public_key.as_bytes())?;
            rest.strip_prefix(b"|")
        })
    }

    /// Form handling may have stripped the line feed at the end.
    fn has_signed(&self, payload: &[u8], given: &[u8]) -> bool {
        let mac = self.mac.clone().chain_update(payload);
        let with_line_feed = mac.clone().chain_update(b"\n");
        let as_it_is = Tag::of(mac) == *given;
        let with_line_feed = Tag::of(with_line_feed) == *given;
        as_it_is | with_line_feed
    }
}

/// The library that Braintree offers compares texts in lower case.
fn decode_lower_hex(text: &[u8]) -> Vec<u8> {
    match text.iter().any(u8::is_ascii_uppercase) {
        true => Vec::new(),
        false => decode_hex(text),
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use base64ct::{Base64, Encoding};
    use serde_json::{Value, json};

    use super::super::signer::Signer;
    use super::*;
    use crate::Endpoint;
    use crate::RejectionKind;
    use crate::delivery::Delivery;
    use crate::testing::support::{NOW, refused, signed};
    use crate::testing::{FixedClock, Sign, SignedRequest, receive};

    const EVENT: &str = "<notification><timestamp type=\"datetime\">2026-08-05T09:00:00Z</timestamp>\
        <kind>check</kind><subject><check type=\"boolean\">true</check></subject></notification>";

    fn settings() -> Value {
        json!({"public_key": "public", "private_key": "a private key"})
    }

    fn signer() -> Signer {
        Signer::new("public", "a private key").unwrap()
    }

    fn outcome(braintree: &Braintree, request: SignedRequest) -> Result<Delivery, Answer> {
        let endpoint = Endpoint::new(braintree.clone()).clock(FixedClock::at(NOW));
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.unwrap().block_on(receive(&endpoint, request))
    }

    /// A form with this payload and the signature of another.
    fn form(signature_of: &str, payload: &str) -> SignedRequest {
        let account = Account::new("public".to_owned(), "a private key").unwrap();
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair(SIGNATURE, &account.sign(signature_of))
            .append_pair("bt_payload", payload)
            .finish();
        SignedRequest::form(form)
    }

    fn kind(request: SignedRequest) -> Option<RejectionKind> {
        let braintree = Braintree::new("public", "a private key").unwrap();
        let outcome = outcome(&braintree, request);
        outcome
            .err()
            .map(|rejection| rejection.into_rejection().unwrap().kind())
    }

    #[test]
    fn a_line_feed_may_be_missing_at_the_end_and_nothing_else() {
        let payload = Base64::encode_string(EVENT.as_bytes());
        let wrapped = format!("{}\n{}", &payload[..60], &payload[60..]);
        for (signed, sent, want) in [
            (payload.clone(), payload.clone(), None),
            (format!("{payload}\n"), format!("{payload}\n"), None),
            (format!("{payload}\n"), payload.clone(), None),
            (
                payload.clone(),
                format!("{payload}\n"),
                Some(RejectionKind::BadSignature),
            ),
            (
                format!("{payload}\n\n"),
                payload.clone(),
                Some(RejectionKind::BadSignature),
            ),
            (
                format!("\n{payload}"),
                payload.clone(),
                Some(RejectionKind::BadSignature),
            ),
            (
                wrapped.clone(),
                payload.clone(),
                Some(RejectionKind::BadSignature),
            ),
            (wrapped.clone(), wrapped, None),
        ] {
            assert_eq!(kind(form(&signed, &sent)), want);
        }
    }

    #[test]
    fn authentic_payloads_that_are_no_events_are_malformed() {
        let base64 = |xml: &[u8]| Base64::encode_string(xml);
        let bomb = "<!DOCTYPE a [<!ENTITY x \"lol\"><!ENTITY y \"&x;&x;&x;\">]><notification>&y;</notification>";
        let deep = "<notification>".repeat(30_000);
        for payload in [
            String::new(),
            "\n\n".to_owned(),
            "=".to_owned(),
            "abc".to_owned(),
            "abcd====".to_owned(),
            "YQ==YQ==".to_owned(),
            "YR==".to_owned(),
            base64(b"\xff\xfe<notification/>"),
            base64(b"<event/>"),
            base64(b"{}"),
            base64(&EVENT.as_bytes()[..100]),
            base64(EVENT.repeat(2).as_bytes()),
            base64(bomb.as_bytes()),
            base64(deep.as_bytes()),
        ] {
            let got = kind(form(&payload, &payload));
            assert_eq!(got, Some(RejectionKind::Malformed), "{payload:.40}");
        }
    }

    #[test]
    fn hostile_forms_are_refused() {
        let genuine = signer().sign(EVENT.as_bytes(), NOW).unwrap();
        let genuine = String::from_utf8(genuine.body.to_vec()).unwrap();
        let (signature, payload) = genuine.split_once('&').unwrap();
        let many = "x%7C00%26".repeat(100_000);
        for (body, want) in [
            (genuine.clone(), None),
            (format!("{payload}&{signature}"), None),
            (format!("{genuine}&other=1&other=2"), None),
            (genuine.replace("=public", &format!("={many}public")), None),
            (payload.to_owned(), Some(RejectionKind::MissingSignature)),
            (
                format!("bt_signature=&{payload}"),
                Some(RejectionKind::MissingSignature),
            ),
            (
                format!("bt_signature=public&{payload}"),
                Some(RejectionKind::MissingSignature),
            ),
            (
                format!("bt_signature=PUBLIC%7C00&{payload}"),
                Some(RejectionKind::MissingSignature),
            ),
            (
                format!("bt_signature=public%7C&{payload}"),
                Some(RejectionKind::BadSignature),
            ),
            (
                format!("bt_signature=public%7C%FF&{payload}"),
                Some(RejectionKind::BadSignature),
            ),
            (signature.to_owned(), Some(RejectionKind::Malformed)),
            (
                format!("{genuine}&{payload}"),
                Some(RejectionKind::Malformed),
            ),
            (
                format!("{genuine}&{signature}"),
                Some(RejectionKind::Malformed),
            ),
            (
                format!("{genuine}&bt%5Fpayload"),
                Some(RejectionKind::Malformed),
            ),
            (format!("{genuine}+"), Some(RejectionKind::Malformed)),
            (format!("{genuine}%00"), Some(RejectionKind::Malformed)),
            (format!("{genuine}A"), Some(RejectionKind::BadSignature)),
        ] {
            assert_eq!(kind(SignedRequest::form(body.clone())), want, "{body:.80}");
        }
    }

    #[test]
    fn the_first_pair_of_a_public_key_counts() {
        let genuine = signer().sign(EVENT.as_bytes(), NOW).unwrap();
        let genuine = String::from_utf8(genuine.body.to_vec()).unwrap();
        let wrong = "0".repeat(40);
        let before = genuine.replace("=public", &format!("=public%7C{wrong}%26public"));
        let behind = genuine.replace("&bt_payload", &format!("%26public%7C{wrong}&bt_payload"));
        let before = kind(SignedRequest::form(before));
        assert_eq!(before, Some(RejectionKind::BadSignature));
        assert_eq!(kind(SignedRequest::form(behind)), None);
    }

    #[test]
    fn any_of_several_accounts_may_have_signed() {
        let settings = json!({"public_key": ["new", "public"], "private_key": ["a secret for tests", "a private key"]});
        let delivery = signed(NAME, settings.clone(), &signer(), EVENT);
        assert_eq!(delivery.key().unwrap().index(), 1);
        let swapped = Signer::new("new", "a private key").unwrap();
        let request = swapped.sign(EVENT.as_bytes(), NOW).unwrap();
        let rejection = refused(NAME, settings, request);
        assert_eq!(rejection.kind(), RejectionKind::BadSignature);
    }

    fn challenge(target: &str) -> SignedRequest {
        SignedRequest {
            method: "GET".to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            body: Bytes::new(),
        }
    }

    #[test]
    fn the_first_account_answers_challenges() {
        let braintree = Braintree::new("public", "a private key").unwrap();
        let braintree = braintree.and("other", "a secret for tests").unwrap();
        let request = challenge("/hooks?bt_challenge=20f9f8ed05f77439fe955c977e4c8a53");
        let Err(Answer::Reply(reply)) = outcome(&braintree, request) else {
            panic!("not answered");
        };
        assert_eq!(reply.status(), 200);
        assert!(reply.body().starts_with(b"public|"));
        assert_eq!(reply.body().len(), "public|".len() + 40);
    }

    #[test]
    fn only_challenges_are_answered() {
        let hex = "0123456789abcdef";
        for (target, want) in [
            (format!("/?bt_challenge={hex}abc"), RejectionKind::Malformed),
            (
                format!("/?bt_challenge={hex}{hex}0"),
                RejectionKind::Malformed,
            ),
            (
                format!("/?bt_challenge={hex}ABCDEF"),
                RejectionKind::Malformed,
            ),
            (
                format!("/?bt_challenge={hex}abcd%0A"),
                RejectionKind::Malformed,
            ),
            (
                format!("/?bt_challenge={hex}%20abc"),
                RejectionKind::Malformed,
            ),
            (
                format!("/?bt_challenge={hex}abcd&bt_challenge={hex}abce"),
                RejectionKind::Malformed,
            ),
            ("/?bt_challenge=".to_owned(), RejectionKind::Malformed),
            ("/?other=1".to_owned(), RejectionKind::MethodNotAllowed),
            ("/".to_owned(), RejectionKind::MethodNotAllowed),
        ] {
            assert_eq!(kind(challenge(&target)), Some(want), "{target}");
        }
    }

    #[test]
    fn the_answer_to_a_challenge_is_no_signature_of_an_event() {
        for digits in [
            "00000000000000000000",
            "ffffffffffffffffffff",
            "d0a1d0a1d0a1d0a1d0a1d0a1",
            "3c6e6f74696669636174696f6e2f3e00",
        ] {
            let got = kind(form(digits, digits));
            assert_eq!(got, Some(RejectionKind::Malformed), "{digits}");
        }
    }

    #[test]
    fn a_window_is_kept_if_there_is_one() {
        for (tolerance, sent, want) in [
            (None, "1999-01-01T00:00:00Z", None),
            (Some(300), "2026-08-05T09:00:00Z", None),
            (Some(300), "2026-08-05T08:55:00Z", None),
            (
                Some(300),
                "2026-08-05T08:54:59Z",
                Some(RejectionKind::Stale),
            ),
            (
                Some(300),
                "2026-08-05T09:05:01Z",
                Some(RejectionKind::Future),
            ),
            (Some(300), "yesterday", Some(RejectionKind::Malformed)),
            (None, "yesterday", None),
        ] {
            let settings = json!({"public_key": "public", "private_key": "a private key",
                "tolerance_seconds": tolerance});
            let braintree = Braintree::from_settings(&Settings::new(settings).unwrap()).unwrap();
            let event = EVENT.replace("2026-08-05T09:00:00Z", sent);
            let request = signer().sign(event.as_bytes(), NOW).unwrap();
            let got = outcome(&braintree, request).err();
            assert_eq!(
                got.map(|rejection| rejection.into_rejection().unwrap().kind()),
                want,
                "{sent}"
            );
        }
    }

    #[test]
    fn the_coverage_is_the_one_field_that_is_signed() {
        let delivery = signed(NAME, settings(), &signer(), EVENT);
        assert_eq!(delivery.coverage(), Coverage::Fields);
        assert!(delivery.kind().is_some() && delivery.id().is_none());
    }

    #[test]
    fn an_account_needs_a_pair_of_keys() {
        for (public, private) in [
            ("", "a private key"),
            ("public", ""),
            ("pub|lic", "a private key"),
            ("pub&lic", "a private key"),
            ("public ", "a private key"),
        ] {
            assert!(Braintree::new(public, private).is_err(), "{public:?}");
        }
        for (settings, name) in [
            (json!({"private_key": "a private key"}), "public_key"),
            (json!({"public_key": "public"}), "private_key"),
            (
                json!({"public_key": ["a", "b"], "private_key": "a private key"}),
                "number",
            ),
            (json!({"public_key": [], "private_key": []}), "public_key"),
        ] {
            let settings = Settings::new(settings).unwrap();
            let error = Braintree::from_settings(&settings).unwrap_err().to_string();
            assert!(
                error.contains(name) && !error.contains("private\""),
                "{error}"
            );
        }
    }

    #[test]
    fn debug_shows_no_key() {
        let braintree = Braintree::new("public", "canary for tests").unwrap();
        let shown = format!("{braintree:?} {:?}", signer());
        assert!(!shown.contains("canary for tests"), "{shown}");
        let two = braintree.and("new", "canary for tests").unwrap();
        let shown = format!("{two:?}");
        assert!(shown.contains("accounts: 2"), "{shown}");
    }
}
