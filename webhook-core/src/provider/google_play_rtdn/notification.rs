//! What a notification claims. Nothing in it is signed.

use base64ct::{Base64, Encoding};
use bytes::Bytes;

use crate::json;
use crate::json::places;
use crate::message::Message;
use crate::payment::PaymentStatus::{
    Canceled, Other, Paid, PartiallyRefunded, Refunded, SubscriptionActive, SubscriptionCanceled,
    SubscriptionPastDue, SubscriptionPaused,
};
use crate::payment::read::require;
use crate::payment::{Meaning, PaymentUpdate, Places, Rule, Unit};
use crate::{Coverage, DecodeError, Proof, TimeUnit};

/// That the sender is Google, and what the body calls itself.
pub(super) fn proof(body: &Bytes) -> Proof {
    let mut proof = Proof::dangerously_assert(Coverage::SenderOnly);
    let places = ["/message/messageId", "/subscription", "/message/data"];
    let [id, subscription, data] = json::values(body, places);
    if let Some(id) = id {
        // Not the whole body: a repeat may count its attempts.
        let [subscription, data] = [subscription, data].map(Option::unwrap_or_default);
        let parts = [&id, &subscription, &data].map(|text| text.as_bytes().as_ref());
        proof = proof.identity(&parts).unverified_id(id.to_string());
    }
    if let Ok(Some(notice)) = Notice::read(body) {
        proof = proof.unverified_kind(notice.kind);
    }
    proof
}

pub(super) fn payments(message: &Message) -> Result<Vec<PaymentUpdate>, DecodeError> {
    require(message.body(), ["/message/messageId"])?;
    let claimed = PaymentUpdate::claimed(message);
    let Some(notice) = Notice::read(message.body())? else {
        return Ok(vec![claimed]);
    };
    let claimed = MEANING.update(&notice.kind, &notice.data, claimed)?;
    Ok(vec![claimed])
}

/// What Google's kinds mean for a payment. None of it is signed.
pub const MEANING: Meaning = Meaning::new(
    SUBSCRIPTION,
    &[
        Rule::new(&["oneTimeProductNotification.1"], Paid).places(&PRODUCT),
        Rule::new(&["oneTimeProductNotification.2"], Canceled).places(&PRODUCT),
        Rule::new(&["oneTimeProductNotification.*"], Other).places(&PRODUCT),
        Rule::by(
            &["voidedPurchaseNotification"],
            "/voidedPurchaseNotification/refundType",
            &[("1", Refunded), ("2", PartiallyRefunded)],
        )
        .places(&VOIDED),
        Rule::new(&["voidedPurchaseNotification"], Other).places(&VOIDED),
        Rule::new(
            &[
                "subscriptionNotification.1",
                "subscriptionNotification.2",
                "subscriptionNotification.4",
                "subscriptionNotification.7",
            ],
            SubscriptionActive,
        ),
        Rule::new(
            &["subscriptionNotification.5", "subscriptionNotification.6"],
            SubscriptionPastDue,
        ),
        Rule::new(&["subscriptionNotification.10"], SubscriptionPaused),
        Rule::new(
            &[
                "subscriptionNotification.3",
                "subscriptionNotification.12",
                "subscriptionNotification.13",
            ],
            SubscriptionCanceled,
        ),
        Rule::new(&["subscriptionNotification.20"], Canceled),
        Rule::new(&["subscriptionNotification.*"], Other),
        Rule::new(&["testNotification"], Other).places(&TEST),
    ],
);

const TEST: Places = Places::new(Unit::Major).time(TimeUnit::Milliseconds, &["/eventTimeMillis"]);

const SUBSCRIPTION: Places = TEST.transaction(&["/subscriptionNotification/purchaseToken"]);
const PRODUCT: Places = TEST.transaction(&["/oneTimeProductNotification/purchaseToken"]);
const VOIDED: Places = TEST.transaction(&[
    "/voidedPurchaseNotification/orderId",
    "/voidedPurchaseNotification/purchaseToken",
]);

/// What a notification calls itself, and the document in it.
struct Notice {
    kind: String,
    data: Bytes,
}

impl Notice {
    /// Reads the document in `message.data`. Of the things that it can be about, Google names exactly one.
    fn read(body: &Bytes) -> Result<Option<Self>, DecodeError> {
        const DATA: &str = "message.data";
        let [data] = places(body, ["/message/data"])?;
        let data = data.get()?.map(Base64::decode_vec).transpose();
        let data = data.map_err(|_| DecodeError::new(DATA, "not base64"))?;
        let Some(data) = data else { return Ok(None) };
        let data = Bytes::from(data);
        let [subscription, product, refund, order, token, test] = places(
            &data,
            [
                "/subscriptionNotification/notificationType",
                "/oneTimeProductNotification/notificationType",
                "/voidedPurchaseNotification/refundType",
                "/voidedPurchaseNotification/orderId",
                "/voidedPurchaseNotification/purchaseToken",
                "/testNotification/version",
            ],
        )
        .map_err(|error| error.inside(DATA))?;
        let voided = order.is_there() || token.is_there();
        if voided {
            refund.get()?;
        }
        let numbered = |name, number: Option<&str>| number.map(|number| format!("{name}.{number}"));
        let named = |name: &str, is_there: bool| is_there.then(|| name.to_owned());
        let candidates = [
            numbered("subscriptionNotification", subscription.get()?),
            numbered("oneTimeProductNotification", product.get()?),
            named("voidedPurchaseNotification", voided),
            named("testNotification", test.is_there()),
        ];
        let mut candidates = candidates.into_iter().flatten();
        match (candidates.next(), candidates.next()) {
            (None, _) => Ok(None),
            (Some(kind), None) => Ok(Some(Self { kind, data })),
            (Some(_), Some(_)) => Err(DecodeError::new(DATA, "about more than one thing")),
        }
    }
}
