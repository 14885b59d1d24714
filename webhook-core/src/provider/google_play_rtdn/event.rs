//! What a notification claims. Nothing in it is signed.

use base64ct::{Base64, Encoding};
use bytes::Bytes;

use crate::json::places;
use crate::provider::google_pubsub;
use crate::{DecodeError, Proof};

pub(super) const NAME: &str = "google-play-rtdn";

/// That the sender is Google, and what the body calls itself.
pub(super) fn proof(body: &Bytes) -> Proof {
    let proof = google_pubsub::proof(body);
    match Notice::read(body) {
        Ok(Some(notice)) => proof.unverified_kind(notice.kind),
        _ => proof,
    }
}

/// What a notification calls itself, and the document in it.
pub(super) struct Notice {
    pub(super) kind: String,
    pub(super) data: Bytes,
}

impl Notice {
    /// Reads the document in `message.data`. Of the things that it can be about, Google names exactly one.
    pub(super) fn read(body: &Bytes) -> Result<Option<Self>, DecodeError> {
        const DATA: &str = "message.data";
        let [data] = places(body, ["/message/data"])?;
        let data = data.get()?.map(Base64::decode_vec).transpose();
        let data = data.map_err(|_| DecodeError::new(DATA, "not base64"))?;
        let Some(data) = data else { return Ok(None) };
        let data = Bytes::from(data);
        let [subscription, product, refund, order, token, review, test] = places(
            &data,
            [
                "/subscriptionNotification/notificationType",
                "/oneTimeProductNotification/notificationType",
                "/voidedPurchaseNotification/refundType",
                "/voidedPurchaseNotification/orderId",
                "/voidedPurchaseNotification/purchaseToken",
                "/pendingRefundReviewNotification/orderId",
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
            named("pendingRefundReviewNotification", review.is_there()),
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
