//! Whether Adyen has signed every item of a notification.

use std::sync::Arc;

use bytes::Bytes;

use super::item::{Document, Item, NAME};
use super::payment;
use crate::crypto::{Algorithm, Encoding, Given, KeyFormat, PreparedKey};
use crate::message::Mode;
use crate::outcome::malformed;
use crate::verify::{Keys, buffered, require_post};
use crate::{
    Answer, BodyCheck, ConfigError, Coverage, IntoKeyring, MatchedKey, Proof, Rejection, Reply,
    RequestHead, Settings, UnixTime, Verdict, Verifier,
};

pub(super) const SENDER: crate::Provider =
    ADYEN.meaning(&payment::MEANING).payments(payment::payments);

const SENDER_AUTOMATIC: crate::Provider = ADYEN
    .meaning(&payment::MEANING_AUTOMATIC)
    .payments(payment::payments_captured);

// It says so of webhooks of any type: <https://docs.adyen.com/japan-sellers-screening/webhooks>
const ADYEN: crate::Provider = crate::Provider::new(NAME).waits_secs(10);

/// More items than any batch holds, and few enough to check.
const MAX_ITEMS: usize = 100;

/// Verifies what Adyen sends to one standard webhook.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::provider::adyen::Adyen;
///
/// let new = "C6D346FF7F045C45DD825CE920096CD93C963AFB9B17B367CBB78B794A2D68C8";
/// let old = "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056";
/// let endpoint = Endpoint::new(Adyen::new([new, old])?);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Adyen {
    keys: Arc<Keys<PreparedKey>>,
    sender: crate::Provider,
}

impl Adyen {
    /// Accepts what any of these HMAC keys, written in hex, has signed.
    ///
    /// # Errors
    /// If there is no key, or one is not hexadecimal.
    pub fn new(keys: impl IntoKeyring) -> Result<Self, ConfigError> {
        let keys = Keys::new(&["AQE"], keys, |secret| {
            PreparedKey::new(Algorithm::HmacSha256, KeyFormat::hex().bytes(32), secret)
        })?;
        Ok(Self {
            keys: Arc::new(keys),
            sender: SENDER,
        })
    }

    /// The account captures by itself, as Adyen's accounts do unless told otherwise: an `AUTHORISATION` is then
    /// [`Paid`](crate::payment::PaymentStatus::Paid), for no `CAPTURE` follows. No event says so itself.
    ///
    /// In a configuration file it is `captures = "automatic"`.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::adyen::Adyen;
    ///
    /// let key = "C6D346FF7F045C45DD825CE920096CD93C963AFB9B17B367CBB78B794A2D68C8";
    /// let endpoint = Endpoint::new(Adyen::new(key)?.captures_automatically());
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    #[must_use]
    pub fn captures_automatically(self) -> Self {
        Self {
            sender: SENDER_AUTOMATIC,
            ..self
        }
    }

    pub(super) fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        let adyen = Self::new(settings.keys("secrets")?);
        let adyen = adyen.map_err(|error| error.of_setting("secrets"))?;
        match settings.text("captures")? {
            None | Some("manual") => Ok(adyen),
            Some("automatic") => Ok(adyen.captures_automatically()),
            Some(_) => Err(ConfigError::new(
                "`captures` is neither `automatic` nor `manual`",
            )),
        }
    }
}

impl Verifier for Adyen {
    fn provider(&self) -> crate::Provider {
        self.sender
    }

    fn key_prints(&self) -> Vec<crate::KeyPrint> {
        self.keys.prints(&[NAME])
    }

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<BodyCheck, Answer> {
        require_post(head)?;
        let keys = Arc::clone(&self.keys);
        Ok(buffered(move |body| judge(&keys, now, body)))
    }
}

fn judge(keys: &Keys<PreparedKey>, now: UnixTime, body: &Bytes) -> Result<Verdict, Answer> {
    let mut mended = Vec::new();
    let document = Document::read(body, &mut mended)
        .map_err(|_| malformed("the body is not an Adyen notification"))?;
    if document.items.len() > MAX_ITEMS {
        return Err(malformed("the batch holds too many items").into());
    }
    let mut first = None;
    let mut signed = Vec::with_capacity(document.items.len());
    for item in document.items() {
        let (key, content) = verify(keys, now, item)?;
        first.get_or_insert((key, item));
        if signed.contains(&content) {
            return Err(malformed("an item is in the batch twice").into());
        }
        signed.push(content);
    }
    let signed: Vec<&[u8]> = signed.iter().map(String::as_bytes).collect();
    let (key, item) = first.ok_or(malformed("the batch is empty"))?;
    let accounts: Vec<&str> = document.items().filter_map(Item::account).collect();
    let proof = Proof::dangerously_assert(Coverage::Fields)
        .key(key)
        .identity(&signed)
        .owner(&accounts, Mode::Unknown)
        .id(item.id())
        .kind(&*item.event_code)
        .acknowledgement(Reply::text("[accepted]"));
    Ok(Verdict::Authentic(proof))
}

/// Which key has signed the item, and what of it.
fn verify(
    keys: &Keys<PreparedKey>,
    now: UnixTime,
    item: &Item<'_>,
) -> Result<(MatchedKey, String), Rejection> {
    let signature = item.signature()?;
    let code = Given::decode(
        Algorithm::HmacSha256,
        Encoding::Base64,
        signature.as_bytes(),
    );
    let content = item.content()?;
    let key = keys.signing(now, &[code], content.as_bytes())?;
    Ok((key, content))
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::{Value, json};

    use super::super::signer::Signer;
    use super::*;
    use crate::RejectionKind;
    use crate::dedupe::DedupeKey;
    use crate::testing::{Sign, SignedRequest, support};

    const KEY: &str = "C6D346FF7F045C45DD825CE920096CD93C963AFB9B17B367CBB78B794A2D68C8";

    fn item(reference: &str) -> Value {
        json!({"NotificationRequestItem": {
            "additionalData": {}, "amount": {"currency": "EUR", "value": 1250}, "eventCode": "AUTHORISATION",
            "merchantAccountCode": "Shop", "merchantReference": reference, "pspReference": "PSP1", "success": "true",
        }})
    }

    fn signed(items: &[Value]) -> SignedRequest {
        let body = json!({"live": "false", "notificationItems": items}).to_string();
        let signer = Signer::new(KEY).unwrap();
        signer.sign(body.as_bytes(), support::NOW).unwrap()
    }

    fn refused(request: SignedRequest) -> RejectionKind {
        support::refused("adyen", json!({"secrets": KEY}), request).kind()
    }

    fn replaced(request: &SignedRequest, from: &str, to: &str) -> SignedRequest {
        let body = String::from_utf8(request.body.to_vec()).unwrap();
        assert!(body.contains(from), "{from}");
        request.clone().with_body(body.replacen(from, to, 1))
    }

    #[test]
    fn one_bad_item_anywhere_refuses_the_batch() {
        let request = signed(&[item("a"), item("b"), item("c")]);
        for reference in ["a", "b", "c"] {
            let forged = replaced(&request, &format!(r#""{reference}""#), r#""z""#);
            assert_eq!(refused(forged), RejectionKind::BadSignature, "{reference}");
        }
    }

    #[test]
    fn a_batch_holds_a_hundred_items_and_no_more() {
        let items: Vec<Value> = (0..102).map(|at| item(&at.to_string())).collect();
        let accept =
            |count| support::accepted("adyen", json!({"secrets": KEY}), signed(&items[..count]));
        assert_eq!(accept(100).body().len(), signed(&items[..100]).body.len());
        for count in [101, 102] {
            assert_eq!(refused(signed(&items[..count])), RejectionKind::Malformed);
        }
    }

    #[test]
    fn every_signed_field_is_covered() {
        let request = signed(&[item("a")]);
        for (from, to) in [
            (r#""PSP1""#, r#""PSP2""#),
            (r#""Shop""#, r#""Shop2""#),
            (r#""a""#, r#""b""#),
            ("1250", "1251"),
            (r#""EUR""#, r#""USD""#),
            (r#""AUTHORISATION""#, r#""CAPTURE""#),
            (r#""true""#, r#""false""#),
            (r#""pspR"#, r#""originalReference":"x","pspR"#),
        ] {
            let forged = replaced(&request, from, to);
            assert_eq!(refused(forged), RejectionKind::BadSignature, "{to}");
        }
    }

    #[test]
    fn a_colon_cannot_move_from_one_field_into_the_next() {
        let request = signed(&[item("a")]);
        let moved = replaced(&request, r#""PSP1""#, r#""PSP1:""#);
        let moved = replaced(&moved, r#""pspR"#, r#""originalReference":null,"pspR"#);
        assert_eq!(refused(moved), RejectionKind::Malformed);
    }

    #[test]
    fn a_doubled_member_is_malformed() {
        let request = signed(&[item("a")]);
        for (from, to) in [
            (r#""success":"#, r#""success":"false","success":"#),
            (r#""success":"#, r#""\u0073uccess":"false","success":"#),
            (r#""value":"#, r#""value":1,"value":"#),
            (
                r#""hmacSignature":"#,
                r#""hmacSignature":"x","hmacSignature":"#,
            ),
            (
                r#""notificationItems":"#,
                r#""notificationItems":[],"notificationItems":"#,
            ),
            (
                r#"{"NotificationRequestItem":"#,
                r#"{"NotificationRequestItem":{},"NotificationRequestItem":"#,
            ),
        ] {
            let doubled = replaced(&request, from, to);
            assert_eq!(refused(doubled), RejectionKind::Malformed, "{to}");
        }
    }

    #[test]
    fn what_is_no_notification_is_malformed() {
        let deep = "[".repeat(100_000);
        for body in [
            "",
            "null",
            "[]",
            "{}",
            r#"{"notificationItems":null}"#,
            r#"{"notificationItems":[]}"#,
            r#"{"notificationItems":[null]}"#,
            r#"{"notificationItems":[{"NotificationRequestItem":{}}]}"#,
            r#"{"notificationItems":[{"NotificationRequestItem":{"pspReference":"","eventCode":"X","additionalData":{"hmacSignature":"x"}}}]}"#,
            "pspReference=1&eventCode=AUTHORISATION",
            &deep,
        ] {
            let request = signed(&[item("a")]).with_body(body.to_owned());
            assert_eq!(refused(request), RejectionKind::Malformed, "{body:.60}");
        }
        let not_utf8 = signed(&[item("a")]).with_body(&b"{\"notificationItems\":[\"\xff\"]}"[..]);
        assert_eq!(refused(not_utf8), RejectionKind::Malformed);
    }

    #[test]
    fn an_amount_that_is_no_whole_number_is_malformed() {
        let request = signed(&[item("a")]);
        for value in [
            "1250.0",
            "1.25e3",
            "-0",
            "\"1250\"",
            "9223372036854775808",
            "true",
        ] {
            let other = replaced(&request, "1250", value);
            assert_eq!(refused(other), RejectionKind::Malformed, "{value}");
        }
    }

    #[test]
    fn an_item_without_a_signature_is_missing_one() {
        for empty in [
            json!({}),
            json!({"hmacSignature": ""}),
            json!({"hmacSignature": null}),
            Value::Null,
        ] {
            let mut unsigned = item("a");
            unsigned["NotificationRequestItem"]["additionalData"] = empty;
            let body = json!({"notificationItems": [unsigned]}).to_string();
            let request = signed(&[item("a")]).with_body(body);
            assert_eq!(refused(request), RejectionKind::MissingSignature);
        }
    }

    #[test]
    fn more_than_100_items_are_malformed() {
        let request = signed(&vec![item("a"); 101]);
        assert_eq!(refused(request), RejectionKind::Malformed);
    }

    #[test]
    fn any_key_may_have_signed_any_item() {
        let old = "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056";
        let by = |key: &str, reference| -> Value {
            let body = json!({"notificationItems": [item(reference)]}).to_string();
            let request = Signer::new(key)
                .unwrap()
                .sign(body.as_bytes(), support::NOW);
            let mut document: Value = serde_json::from_slice(&request.unwrap().body).unwrap();
            document["notificationItems"][0].take()
        };
        let both = json!({"notificationItems": [by(old, "a"), by(KEY, "b")]});
        let request = signed(&[]).with_body(both.to_string());
        let delivery = support::accepted("adyen", json!({"secrets": [KEY, old]}), request);
        assert_eq!(delivery.key().map(MatchedKey::index), Some(1));
    }

    #[test]
    fn a_batch_is_told_from_others_by_all_of_its_items() {
        let item = |reference: &str| {
            let mut item = item("a");
            item["NotificationRequestItem"]["pspReference"] = json!(reference);
            item
        };
        let key = |items: &[Value]| {
            let accepted = support::accepted("adyen", json!({"secrets": KEY}), signed(items));
            DedupeKey::of(&accepted)
        };
        let both = key(&[item("PSP1"), item("PSP2")]);
        assert_eq!(both, key(&[item("PSP1"), item("PSP2")]));
        for other in [
            &[item("PSP1")][..],
            &[item("PSP2")],
            &[item("PSP1"), item("PSP3")],
            &[item("PSP2"), item("PSP1")],
        ] {
            assert_ne!(key(other), both, "{other:?}");
        }
        let mut later = item("PSP1");
        later["NotificationRequestItem"]["eventDate"] = json!("2026-08-05T09:00:00Z");
        assert_eq!(key(&[later]), key(&[item("PSP1")]), "not signed");
    }

    #[test]
    fn success_may_be_a_truth_value() {
        let mut item = item("a");
        item["NotificationRequestItem"]["success"] = json!(true);
        let delivery = support::accepted("adyen", json!({"secrets": KEY}), signed(&[item]));
        assert_eq!(delivery.id(), Some("PSP1:AUTHORISATION:true"));
    }

    #[test]
    fn the_acknowledgement_is_a_plain_text() {
        let delivery = support::accepted("adyen", json!({"secrets": KEY}), signed(&[item("a")]));
        let reply = delivery.acknowledgement().unwrap();
        assert_eq!(reply.body(), "[accepted]");
        assert!(
            reply
                .headers()
                .any(|it| it == ("content-type", "text/plain"))
        );
        assert_eq!(delivery.coverage(), Coverage::Fields);
    }

    #[test]
    fn other_methods_are_refused() {
        let mut request = signed(&[item("a")]);
        request.method = "GET".to_owned();
        assert_eq!(refused(request), RejectionKind::MethodNotAllowed);
    }

    #[test]
    fn a_key_that_is_not_hex_is_refused() {
        for key in ["", "not hex", "abc"] {
            assert!(Adyen::new(key).is_err(), "{key}");
        }
    }
}
