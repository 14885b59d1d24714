//! Says yes or no to what Mercado Pago sends.

use std::borrow::Cow;

use bytes::Bytes;
use bytestring::ByteString;

use super::payment::{MEANING, updates};
use super::signed::{Signature, Signed};
use crate::crypto::{Algorithm, Encoding, Given, KeyFormat, PreparedKey};
use crate::json::select;
use crate::verify::{Keys, buffered, require_post};
use crate::{
    Answer, BodyCheck, ConfigError, Coverage, IntoKeyring, MatchedKey, Proof, Rejection,
    RequestHead, Settings, Text, Tolerance, UnixTime, Verdict, Verifier,
};

pub(super) const NAME: &str = "mercado-pago";

pub(super) const SENDER: crate::Provider = crate::Provider::new(NAME)
    // <https://www.mercadopago.com.br/developers/en/docs/your-integrations/notifications/webhooks>
    .waits_secs(22)
    .meaning(&MEANING)
    .payments(updates);

/// Verifies what Mercado Pago sends to one webhook.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::provider::mercado_pago::MercadoPago;
///
/// let endpoint = Endpoint::new(MercadoPago::new(["new secret", "old secret"])?);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
///
/// # Security
/// The signature does not cover the body.
#[derive(Clone, Debug)]
pub struct MercadoPago {
    keys: Keys<PreparedKey>,
    tolerance: Option<Tolerance>,
}

impl MercadoPago {
    /// Accepts what any of these secrets has signed.
    ///
    /// # Errors
    /// If there is no secret, or one is empty.
    pub fn new(secrets: impl IntoKeyring) -> Result<Self, ConfigError> {
        let keys = Keys::new(&["APP_USR-", "TEST-"], secrets, |secret| {
            PreparedKey::new(Algorithm::HmacSha256, KeyFormat::text(), secret)
        })?;
        Ok(Self {
            keys,
            tolerance: None,
        })
    }

    /// Refuses requests whose signed time lies further away. Without this, any time is accepted.
    #[must_use]
    pub fn tolerance(self, tolerance: Tolerance) -> Self {
        Self {
            tolerance: Some(tolerance),
            ..self
        }
    }

    pub(super) fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        let account = Self::new(settings.keys("secrets")?);
        let account = account.map_err(|error| error.of_setting("secrets"))?;
        Ok(match settings.tolerance()? {
            Some(tolerance) => account.tolerance(tolerance),
            None => account,
        })
    }

    fn judge(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<Proof, Rejection> {
        let signature = Signature::read(head.header_str("x-signature")?.unwrap_or_default())?;
        let signed = Signed::read(head)?;
        let key = self.matching(now, &signature, &signed)?;
        let sent_at = self.judge_time(&signature, now)?;
        let proof = Proof::dangerously_assert(Coverage::Fields)
            .key(key)
            .sent_at(sent_at)
            .identity(&[signed.identity(signature.ts).as_bytes()]);
        Ok(match signed.data_id {
            Some(id) => proof.subject(id),
            None => proof,
        })
    }

    fn matching(
        &self,
        now: UnixTime,
        signature: &Signature<'_>,
        signed: &Signed<'_>,
    ) -> Result<MatchedKey, Rejection> {
        let codes = [Given::decode(
            Algorithm::HmacSha256,
            Encoding::Hex,
            signature.code.as_bytes(),
        )];
        let as_received = signed.manifest(signature.ts, str::to_owned);
        let lower_case = signed.manifest(signature.ts, str::to_lowercase);
        let found = self.keys.signing(now, &codes, as_received.as_bytes());
        if as_received == lower_case {
            return found;
        }
        let second = self.keys.signing(now, &codes, lower_case.as_bytes());
        found.or(second)
    }

    fn judge_time(&self, signature: &Signature<'_>, now: UnixTime) -> Result<UnixTime, Rejection> {
        if let Some(tolerance) = self.tolerance {
            tolerance.require(signature.time, now, signature.unit)?;
        }
        Ok(signature.time)
    }
}

impl Verifier for MercadoPago {
    fn provider(&self) -> crate::Provider {
        SENDER
    }

    fn key_prints(&self) -> Vec<crate::KeyPrint> {
        self.keys.prints(&[NAME])
    }

    fn replay_window(&self) -> Option<std::time::Duration> {
        self.tolerance.map(crate::Tolerance::window)
    }

    /// All that is signed stands in the head, so the head alone decides.
    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<BodyCheck, Answer> {
        require_post(head)?;
        let proof = self.judge(head, now)?;
        let request_id = head.header_str("x-request-id")?.map(str::to_owned);
        let topic = head.query_param("type")?.map(Cow::into_owned);
        Ok(buffered(move |body| {
            let proof = named(proof, body, request_id, topic);
            Ok(Verdict::Authentic(proof))
        }))
    }
}

/// Names the event by what the unsigned body says, if it is a whole notification, and by the head if not.
fn named(proof: Proof, body: &Bytes, request_id: Option<String>, topic: Option<String>) -> Proof {
    let [id, created, action, kind] = select(
        body,
        [
            Some("/id"),
            Some("/date_created"),
            Some("/action"),
            Some("/type"),
        ],
    );
    let text = |text: Option<ByteString>| text.filter(|text| !text.is_empty()).map(Text::from);
    let request_id = request_id.filter(|id| !id.trim().is_empty());
    let proof = match &request_id {
        Some(_) => proof,
        // Two changes of one payment in one second differ in this alone.
        None => proof.identity_beside(&[id.as_deref().map(str::as_bytes)]),
    };
    let proof = match (text(id), text(created), request_id) {
        (Some(id), Some(_), _) => proof.unverified_id(id.as_str()),
        // It is signed. That it is the id of the event, a body says that is not.
        (_, _, Some(id)) => proof.unverified_id(id),
        _ => proof,
    };
    let kind = text(action).or(text(kind));
    let kind = kind.or(topic.filter(|topic| !topic.is_empty()).map(Text::from));
    match kind {
        Some(kind) => proof.unverified_kind(kind.as_str()),
        None => proof,
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::RejectionKind;
    use crate::Unverified;
    use crate::dedupe::DedupeKey;
    use crate::delivery::Delivery;
    use crate::provider::mercado_pago::Signer;
    use crate::testing::support;
    use crate::testing::support::only;
    use crate::testing::{Sign, SignedRequest};

    const BODY: &str = r#"{"id":7,"action":"payment.updated","type":"payment","date_created":"2026-08-05T09:00:00Z","data":{"id":"71"}}"#;

    fn settings() -> Value {
        json!({"secrets": ["the new secret", "the old secret"]})
    }

    fn signer() -> Signer {
        Signer::new("the old secret")
            .unwrap()
            .data_id("71")
            .request_id("req-1")
    }

    fn request() -> SignedRequest {
        signer().sign(BODY.as_bytes(), support::NOW).unwrap()
    }

    fn refused(request: SignedRequest) -> RejectionKind {
        support::refused("mercado-pago", settings(), request).kind()
    }

    fn accepted(request: SignedRequest) -> Delivery {
        support::accepted("mercado-pago", settings(), request)
    }

    fn to(target: &str) -> SignedRequest {
        SignedRequest {
            target: target.to_owned(),
            ..request()
        }
    }

    #[test]
    fn the_id_and_the_request_are_signed() {
        assert_eq!(accepted(request()).key().map(MatchedKey::index), Some(1));
        for forged in [
            to("/?data.id=72&type=payment"),
            to("/?type=payment"),
            request().with_header("x-request-id", "req-2"),
            request().without_header("x-request-id"),
        ] {
            assert_eq!(refused(forged), RejectionKind::BadSignature);
        }
    }

    #[test]
    fn events_are_told_apart_by_what_is_signed_of_them() {
        let at = support::NOW;
        let key = |signer: Signer, at| {
            let request = signer.sign(BODY.as_bytes(), at).unwrap();
            DedupeKey::of(&accepted(request))
        };
        let named = |id: &str, request: &str| signer().data_id(id).request_id(request);
        let own = key(named("abc", "req-1"), at);
        assert_eq!(key(named("ABC", "req-1"), at), own);
        assert_ne!(key(named("abc", "req-1"), at.plus_secs(1)), own);
        assert_ne!(key(named("abd", "req-1"), at), own);
        assert_ne!(key(named("abc", "req-2"), at), own);
        // Without the id of a request, the time and the unsigned id of the body tell a change of a payment from the next.
        let unnamed = || Signer::new("the old secret").unwrap().data_id("abc");
        let own = key(unnamed(), at);
        assert_eq!(key(unnamed(), at), own);
        assert_ne!(key(unnamed(), at.plus_secs(1)), own);
    }

    #[test]
    fn a_semicolon_cannot_move_a_value_into_the_next() {
        let moved = to("/?data.id=71%3Brequest-id:req-1").without_header("x-request-id");
        assert_eq!(refused(moved), RejectionKind::Malformed);
        let moved = request().with_header("x-request-id", "req-1;ts:1");
        assert_eq!(refused(moved), RejectionKind::Malformed);
    }

    #[test]
    fn two_different_ids_in_the_query_are_malformed() {
        assert_eq!(
            refused(to("/?data.id=71&data.id=72")),
            RejectionKind::Malformed
        );
    }

    #[test]
    fn an_id_with_letters_may_be_signed_in_lower_case() {
        let upper = signer().data_id("ORD1").sign(b"{}", support::NOW).unwrap();
        assert!(upper.target.contains("ORD1"));
        assert_eq!(accepted(upper).message().subject(), Some("ORD1"));
    }

    #[test]
    fn the_header_is_read_strictly() {
        let right = request().header("x-signature").unwrap().to_owned();
        let (ts, v1) = right.split_once(',').unwrap();
        for (value, kind) in [
            (String::new(), RejectionKind::MissingSignature),
            (" ".to_owned(), RejectionKind::MissingSignature),
            (ts.to_owned(), RejectionKind::MissingSignature),
            (format!("{ts},v0=00"), RejectionKind::MissingSignature),
            (v1.to_owned(), RejectionKind::Malformed),
            (format!("{right},{ts}"), RejectionKind::Malformed),
            (format!("{right},V1=00"), RejectionKind::Malformed),
            (format!("ts=0{v1}"), RejectionKind::MissingSignature),
            (format!("ts=01785920400,{v1}"), RejectionKind::Malformed),
            (format!("ts=+1785920400,{v1}"), RejectionKind::Malformed),
            (format!("ts=1e9,{v1}"), RejectionKind::Malformed),
            (format!("ts=,{v1}"), RejectionKind::Malformed),
            (
                format!("ts=99999999999999999999,{v1}"),
                RejectionKind::Malformed,
            ),
            (format!("ts=1785920401,{v1}"), RejectionKind::BadSignature),
            (format!("{ts},v1="), RejectionKind::BadSignature),
            (
                format!("{ts},v1=0x{}", "0".repeat(62)),
                RejectionKind::BadSignature,
            ),
        ] {
            let request = request().with_header("x-signature", value.clone());
            assert_eq!(refused(request), kind, "{value}");
        }
    }

    #[test]
    fn entries_may_stand_in_any_order_among_others() {
        let right = request().header("x-signature").unwrap().to_owned();
        let (ts, v1) = right.split_once(',').unwrap();
        let value = format!("x, {v1} ,v2=1, {}", ts.to_uppercase());
        accepted(request().with_header("x-signature", value));
    }

    #[test]
    fn a_window_takes_12_digits_for_milliseconds() {
        let verifier = |ts: i64| {
            let account = MercadoPago::new("the old secret")
                .unwrap()
                .tolerance(Tolerance::secs(300));
            let signature = format!("ts={ts},v1=00");
            let signature = Signature::read(&signature).unwrap();
            account
                .judge_time(&signature, support::NOW)
                .map_err(|fault| fault.kind())
        };
        let now = support::NOW;
        for secs in [now.as_secs() - 300, now.as_secs(), now.as_secs() + 300] {
            let time = UnixTime::from_secs(secs);
            assert_eq!(verifier(secs), Ok(time));
            assert_eq!(verifier(secs * 1000), Ok(time));
        }
        for (secs, kind) in [
            (now.as_secs() - 301, RejectionKind::Stale),
            (now.as_secs() + 301, RejectionKind::Future),
        ] {
            assert_eq!(verifier(secs), Err(kind));
            assert_eq!(verifier(secs * 1000), Err(kind));
        }
    }

    #[test]
    fn a_forged_signature_says_nothing_about_the_time() {
        let request = request().with_header("x-signature", format!("ts=1,v1={}", "0".repeat(64)));
        let settings = json!({"secrets": "the old secret", "tolerance_seconds": 300});
        let refused = support::refused("mercado-pago", settings, request);
        assert_eq!(refused.kind(), RejectionKind::BadSignature);
    }

    #[test]
    fn what_is_not_signed_does_not_make_another_event() {
        let key = |request| DedupeKey::of(&accepted(request));
        let whole = key(request());
        for body in [
            "",
            "{",
            r#"{"id":8,"date_created":"2026-08-05T09:00:00Z","type":"payment"}"#,
        ] {
            assert_eq!(key(request().with_body(body)), whole, "{body}");
        }
    }

    #[test]
    fn no_id_is_signed_as_the_body_decides_which_one_it_is() {
        let whole = accepted(request());
        assert_eq!(whole.unverified_id(), Some(Unverified::new("7")));
        assert_eq!(whole.id(), None);
        for body in [
            "",
            "{",
            r#"{"id":7}"#,
            r#"{"id":7,"id":8,"date_created":"x"}"#,
            "\u{0}",
        ] {
            let other = accepted(request().with_body(body));
            assert_eq!(
                other.unverified_id(),
                Some(Unverified::new("req-1")),
                "{body}"
            );
            assert_eq!(other.id(), None, "{body}");
            assert_eq!(other.unverified_kind(), Some(Unverified::new("payment")));
            assert_eq!(other.kind(), None);
        }
    }

    #[test]
    fn kind_and_time_of_an_update_are_only_claimed() {
        let delivery = accepted(request());
        assert_eq!(delivery.coverage(), Coverage::Fields);
        let update = only(&delivery).unwrap();
        assert!(update.kind.is_none() && update.event_id.is_none() && update.time.is_none());
        let claimed = update.dangerously_trust_unverified();
        assert_eq!(claimed.time, Some(support::NOW));
    }
}
