//! Wise: transfers and balances. Feature `asymmetric`.
//!
//! | | |
//! |---|---|
//! | signature | `X-Signature-SHA256`: base64 RSA signature (PKCS#1 v1.5, SHA-256) of the body |
//! | key | Wise's public key, a PEM document; live and sandbox have different ones |
//! | time window | none: `sent_at` in the body is signed, and Wise names no age at which to refuse it |
//! | event id | `X-Delivery-Id`, **not signed** |
//! | kind | `event_type` in the body, signed |
//!
//! Settings: `public_key_pem`, one PEM document or a list; any key in them may match.
//!
//! # What to know
//!
//! - Wise publishes both keys in its documentation, "Webhooks". Configure the one of your environment only: whoever
//!   has an account in the sandbox can make Wise sign events there.
//! - `X-Delivery-Id` names an attempt to deliver, by Wise's documentation; whether a retry carries the same one is not
//!   certain, and whoever replays a request can change it.
//! - Events arrive out of order; `data.occurred_at` says which came first.
//! - A test event, with `X-Test-Notification: true`, comes when a subscription is made. It is signed as all are.
//! - The older `X-Signature`, with SHA-1, is not looked at.
//!
//! Checked by hand, after Wise's `digital-signatures-examples`: Wise has no library that verifies. Documentation:
//! ["Event handling"](https://docs.wise.com/guides/developer/webhooks/event-handling).
//!
//! # Payments
//!
//! A transfer is your own payment to somebody; `balances#credit` says that money came in.
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `transfers#state-change` | `data.current_state` is `incoming_payment_waiting` or `incoming_payment_initiated` or `processing` or `funds_converted` | `Pending` |  |
//! | `transfers#state-change` | `data.current_state` is `outgoing_payment_sent` | `Paid` |  |
//! | `transfers#state-change` | `data.current_state` is `bounced_back` | `Failed` |  |
//! | `transfers#state-change` | `data.current_state` is `cancelled` | `Canceled` |  |
//! | `transfers#state-change` | `data.current_state` is `funds_refunded` | `Refunded` |  |
//! | `transfers#state-change` | `data.current_state` is `charged_back` | `DisputeLost` |  |
//! | `transfers#payout-failure` |  | `Failed` |  |
//! | `transfers#refund` |  | `Refunded` |  |
//! | `balances#credit` |  | `Paid` | `data.amount` |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | `balances#credit` | `data.currency`, major units |  |  | `data.occurred_at`, by RFC 3339 |
//! | all others |  |  | `data.transfer_id`, else `data.resource.id` | `data.occurred_at`, by RFC 3339 |
//!
//! Dedupe tells events apart by: `subscription_id`, kind, `data`. A repeat is handled again if it is not recognised:
//! rendered anew.

mod key;
#[cfg(feature = "testing")]
mod signer;

use std::sync::Arc;

use base64ct::{Base64, Encoding};
use bytes::Bytes;

use crate::json::select;
use crate::message::Message;
use crate::message::Whose;
use crate::outcome::DecodeError;
use crate::outcome::{malformed, missing};
use crate::payment::PaymentStatus::{Canceled, DisputeLost, Failed, Paid, Pending, Refunded};
use crate::payment::read::require;
use crate::payment::{Meaning, PaymentUpdate, Places, Rule, Unit};
use crate::provider::about::{About, Setting};
use crate::provider::registry::{Registered, testing};
use crate::request::Field;
use crate::verify::{NO_MATCH, buffered, require_post};
use crate::{
    Answer, BodyCheck, ConfigError, Coverage, KeyPrint, MatchedKey, Proof, Rejection, RequestHead,
    TimeUnit, UnixTime, Verdict, Verifier,
};

use key::RsaKey;
#[cfg(feature = "testing")]
pub use signer::Signer;

pub(crate) const PROVIDER: Registered = Registered::custom(SENDER, &ABOUT, |settings| {
    let documents = settings.texts("public_key_pem")?;
    let documents = documents.ok_or(ConfigError::fixed("`public_key_pem` is missing"))?;
    let account = Wise::new(&documents.join("\n"));
    Ok(Arc::new(
        account.map_err(|error| error.of_setting("public_key_pem"))?,
    ))
})
.tested(testing!(signer::signer, signer::samples));

const ABOUT: About = About::new("https://docs.wise.com/guides/developer/webhooks/event-handling")
    .setup(&[
        "In the settings, open Developer tools, Webhooks and add the URL, or subscribe by the API.",
        "Copy Wise's public key of the same environment, sandbox or production, from its documentation. It becomes `public_key_pem`.",
    ])
    .settings(&[
        Setting::required(
            "public_key_pem",
            "Wise's public key, a PEM document as its documentation shows it: one or a list",
        ),
    ])
    .headers(&["x-signature-sha256", "x-delivery-id"])
    .signed("RSA-SHA256 (PKCS#1 v1.5) in base64 of: the body");

const SENDER: crate::Provider = crate::Provider::new(NAME)
    .meaning(&MEANING)
    .payments(updates);

const NAME: &str = "wise";
const HEADER: &str = "x-signature-sha256";

/// Verifies what Wise sends to one subscription.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::provider::wise::Wise;
///
/// # const PUBLIC_KEY: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/testing/keys/wise/public-key.pem"));
/// let endpoint = Endpoint::new(Wise::new(PUBLIC_KEY)?); // the text of a PEM file
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Wise(Arc<[RsaKey]>);

impl Wise {
    /// Accepts what is signed with any of the public keys in these PEM documents, one after the other.
    ///
    /// # Errors
    /// If there is none, more than 8, or one is no RSA key of 2048 to 8192 bits in a `PUBLIC KEY` document.
    pub fn new(public_keys: &str) -> Result<Self, ConfigError> {
        key::read(public_keys).map(|keys| Self(keys.into()))
    }

    fn matching(&self, body: &[u8], signature: &[u8]) -> Result<MatchedKey, Rejection> {
        let index = self.0.iter().position(|key| key.verifies(body, signature));
        index
            .map(|index| MatchedKey::new(index, None))
            .ok_or(NO_MATCH)
    }
}

impl Verifier for Wise {
    fn provider(&self) -> crate::Provider {
        SENDER
    }

    fn key_prints(&self) -> Vec<KeyPrint> {
        self.0.iter().map(RsaKey::print).collect()
    }

    fn begin(&self, head: &RequestHead<'_>, _: UnixTime) -> Result<BodyCheck, Answer> {
        require_post(head)?;
        let signature = head.header_str(HEADER)?.unwrap_or_default().trim();
        if signature.is_empty() {
            return Err(missing("the request has no signature").into());
        }
        let signature =
            Base64::decode_vec(signature).map_err(|_| malformed("the signature is not base64"))?;
        let delivery_id = head
            .header_str("x-delivery-id")?
            .unwrap_or_default()
            .to_owned();
        let account = self.clone();
        Ok(buffered(move |body| {
            let key = account.matching(body, &signature)?;
            Ok(Verdict::Authentic(proof(key, delivery_id, body)))
        }))
    }
}

fn proof(key: MatchedKey, delivery_id: String, body: &Bytes) -> Proof {
    let mut proof = Proof::dangerously_assert(Coverage::Body)
        .whose(&WHOSE)
        .key(key);
    if !delivery_id.is_empty() {
        proof = proof.unverified_id(delivery_id);
    }
    let [kind] = select(body, [Some("/event_type")]);
    // By itself: what is wrong with it must not hide the kind.
    let [subscription] = select(body, [Some("/subscription_id")]);
    // Without `sent_at`, which is of the attempt, as the delivery id is.
    let data = crate::json::member(body, "/data").ok().flatten();
    proof = match (&kind, &subscription, &data) {
        (Some(kind), Some(subscription), Some(data)) => {
            proof.identity(&[subscription.as_bytes(), kind.as_bytes(), data])
        }
        _ => proof.identity(&[]),
    };
    match kind.filter(|kind| !kind.is_empty()) {
        Some(kind) => proof.kind(&*kind),
        None => proof,
    }
}

fn updates(message: &Message) -> Result<Vec<PaymentUpdate>, DecodeError> {
    require(message.body(), ["/event_type"])?;
    Ok(vec![MEANING.read(message)?])
}

/// What Wise's kinds mean for a payment.
pub const MEANING: Meaning = Meaning::new(
    TRANSFER,
    &[
        Rule::by(
            &["transfers#state-change"],
            "/data/current_state",
            &[
                ("incoming_payment_waiting", Pending),
                ("incoming_payment_initiated", Pending),
                ("processing", Pending),
                ("funds_converted", Pending),
                ("outgoing_payment_sent", Paid),
                ("bounced_back", Failed),
                ("cancelled", Canceled),
                ("funds_refunded", Refunded),
                ("charged_back", DisputeLost),
            ],
        ),
        Rule::new(&["transfers#payout-failure"], Failed),
        Rule::new(&["transfers#refund"], Refunded),
        Rule::new(&["balances#credit"], Paid).places(&CREDIT),
    ],
);

const TRANSFER: Places = Places::NONE
    .transaction(&["/data/transfer_id", "/data/resource/id"])
    .time(TimeUnit::Rfc3339, &["/data/occurred_at"]);

const CREDIT: Places = Places::new(Unit::Major)
    .amount(&["/data/amount"])
    .currency(&["/data/currency"])
    .time(TimeUnit::Rfc3339, &["/data/occurred_at"]);

const WHOSE: Whose = Whose::new().account(&[Field::Json("/data/resource/profile_id")]);

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::RejectionKind;
    use crate::payment::PaymentStatus::Other;
    use crate::testing::support;
    use crate::testing::support::only;
    use crate::testing::{Sign, SignedRequest};

    const PRIVATE_KEY: &str = include_str!("../../testing/keys/wise/private-key.pem");
    const PUBLIC_KEY: &str = include_str!("../../testing/keys/wise/public-key.pem");

    fn settings() -> Value {
        json!({"public_key_pem": PUBLIC_KEY})
    }

    fn signer() -> Signer {
        Signer::new(PRIVATE_KEY).unwrap()
    }

    fn request() -> SignedRequest {
        signer().sign(b"{}", support::NOW).unwrap()
    }

    fn refused(request: SignedRequest) -> RejectionKind {
        support::refused("wise", settings(), request).kind()
    }

    fn update(kind: &str, data: &Value) -> PaymentUpdate {
        let body = json!({"event_type": kind, "schema_version": "2.0.0", "data": data}).to_string();
        let delivery = support::signed("wise", settings(), &signer(), body);
        only(&delivery).unwrap()
    }

    #[test]
    fn any_key_may_match() {
        let (_, other) = support::vectors("wise").remove(0);
        assert_eq!(other.key().map(MatchedKey::index), Some(0));
        let twice = json!({"public_key_pem": [PUBLIC_KEY, PUBLIC_KEY]});
        let delivery = support::accepted("wise", twice, request());
        assert_eq!(delivery.key().map(MatchedKey::index), Some(0));
        assert_eq!(delivery.coverage(), Coverage::Body);
    }

    #[test]
    fn every_other_signature_is_refused() {
        let right = request().header(HEADER).unwrap().to_owned();
        let bytes = Base64::decode_vec(&right).unwrap();
        let mut flipped = bytes.clone();
        flipped[100] ^= 1;
        let mut longer = bytes.clone();
        longer.push(0);
        for signature in [flipped, longer, bytes[1..].to_vec(), vec![0; 256], vec![1]] {
            let request = request().with_header(HEADER, Base64::encode_string(&signature));
            assert_eq!(refused(request), RejectionKind::BadSignature);
        }
        assert_eq!(
            refused(request().with_body("{} ")),
            RejectionKind::BadSignature
        );
    }

    #[test]
    fn what_is_not_base64_is_malformed_and_nothing_is_missing() {
        let right = request().header(HEADER).unwrap().to_owned();
        for (value, kind) in [
            (String::new(), RejectionKind::MissingSignature),
            ("  ".to_owned(), RejectionKind::MissingSignature),
            (format!("{right}="), RejectionKind::Malformed),
            (right.replace('=', ""), RejectionKind::Malformed),
            (format!("{right},{right}"), RejectionKind::Malformed),
        ] {
            let request = request().with_header(HEADER, value);
            assert_eq!(refused(request), kind);
        }
    }

    #[test]
    fn an_old_signature_does_not_stand_in() {
        let right = request().header(HEADER).unwrap().to_owned();
        let old = request()
            .without_header(HEADER)
            .with_header("x-signature", right);
        assert_eq!(refused(old), RejectionKind::MissingSignature);
    }

    #[test]
    fn the_id_is_not_signed_and_the_kind_is() {
        let (_, delivery) = support::vectors("wise").remove(0);
        assert!(delivery.unverified_id().is_some() && delivery.id().is_none());
        assert!(delivery.kind().is_some());
        let update = only(&delivery).unwrap();
        assert_eq!(update.status, Pending);
        assert_eq!(update.event_id, None);
        assert_eq!(update.transaction_id.as_deref(), Some("43478425"));
    }

    #[test]
    fn states_of_a_transfer_become_statuses() {
        for (state, status) in [
            ("incoming_payment_waiting", Pending),
            ("processing", Pending),
            ("funds_converted", Pending),
            ("outgoing_payment_sent", Paid),
            ("bounced_back", Failed),
            ("cancelled", Canceled),
            ("funds_refunded", Refunded),
            ("charged_back", DisputeLost),
            ("unknown", Other),
        ] {
            let data = json!({
                "resource": {"id": 111, "type": "transfer"}, "current_state": state,
                "occurred_at": "2026-08-05T09:00:00.000Z",
            });
            let update = update("transfers#state-change", &data);
            assert_eq!(update.status, status, "{state}");
            let expected = (status != Other).then_some(support::NOW);
            assert_eq!(update.time, expected, "{state}");
        }
    }

    #[test]
    fn a_failed_payout_names_its_transfer() {
        let update = update(
            "transfers#payout-failure",
            &json!({"transfer_id": 111, "profile_id": 222}),
        );
        assert_eq!(update.status, Failed);
        assert_eq!(update.transaction_id.as_deref(), Some("111"));
    }

    #[test]
    fn money_that_came_in_has_an_amount() {
        for (amount, currency, shown) in [
            ("70.5", "GBP", "70.50 GBP"),
            ("7000", "JPY", "7000 JPY"),
            ("1.234", "BHD", "1.234 BHD"),
        ] {
            let data = format!(
                r#"{{"resource":{{"id":2,"type":"balance-account"}},"amount":{amount},"currency":"{currency}"}}"#
            );
            let update = update("balances#credit", &serde_json::from_str(&data).unwrap());
            assert_eq!(update.status, Paid);
            assert_eq!(update.amount.unwrap().unwrap().to_string(), shown);
            assert_eq!(update.transaction_id, None);
        }
    }

    #[test]
    fn other_kinds_are_no_payments() {
        let update = update("balances#update", &json!({"amount": 1, "currency": "GBP"}));
        assert_eq!(update.status, Other);
        assert_eq!(update.amount, Ok(None));
    }
}
