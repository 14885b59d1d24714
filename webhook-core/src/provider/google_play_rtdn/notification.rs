//! What a notification claims. Nothing in it is signed.

use base64ct::{Base64, Encoding};
use bytes::Bytes;
use bytestring::ByteString;

use crate::payment::{PaymentStatus, PaymentUpdate, read};
use crate::{Coverage, DecodeError, Delivery, Proof, TimeUnit};

/// That the sender is Google, and what the body calls itself.
pub(super) fn proof(body: &Bytes) -> Proof {
    let mut proof = Proof::dangerously_assert(Coverage::SenderOnly);
    let [id] = read::values(body, ["/message/messageId"]);
    if let Some(id) = id {
        proof = proof.unsigned_id(id.to_string());
    }
    if let Some(notice) = Notice::read(body) {
        proof = proof.unsigned_kind(notice.kind());
    }
    proof
}

pub(super) fn payments(delivery: &Delivery) -> Result<Vec<PaymentUpdate>, DecodeError> {
    let claimed = PaymentUpdate::claimed(delivery);
    let Some(notice) = Notice::read(delivery.body()) else {
        return Ok(vec![claimed]);
    };
    Ok(vec![PaymentUpdate {
        status: notice.status(),
        time: read::time(TimeUnit::Milliseconds, notice.time.as_deref()),
        transaction_id: read::text(notice.id),
        ..claimed
    }])
}

/// What a notification is about.
struct Notice {
    about: About,
    /// `notificationType` or, of a voided purchase, `refundType`.
    number: Option<ByteString>,
    id: Option<ByteString>,
    time: Option<ByteString>,
}

#[derive(Clone, Copy)]
enum About {
    Subscription,
    OneTimeProduct,
    VoidedPurchase,
    Test,
}

impl Notice {
    /// Reads the document in `message.data`. Of the things that it can be about, Google names exactly one.
    fn read(body: &Bytes) -> Option<Self> {
        let [data] = read::values(body, ["/message/data"]);
        let data = Bytes::from(Base64::decode_vec(&data?).ok()?);
        let [
            time,
            subscription,
            subscription_token,
            product,
            product_token,
            refund,
            order,
            voided_token,
            test,
        ] = read::values(
            &data,
            [
                "/eventTimeMillis",
                "/subscriptionNotification/notificationType",
                "/subscriptionNotification/purchaseToken",
                "/oneTimeProductNotification/notificationType",
                "/oneTimeProductNotification/purchaseToken",
                "/voidedPurchaseNotification/refundType",
                "/voidedPurchaseNotification/orderId",
                "/voidedPurchaseNotification/purchaseToken",
                "/testNotification/version",
            ],
        );
        let is_voided = order.is_some() || voided_token.is_some();
        let candidates = [
            subscription.map(|it| (About::Subscription, Some(it), subscription_token)),
            product.map(|it| (About::OneTimeProduct, Some(it), product_token)),
            is_voided.then(|| (About::VoidedPurchase, refund, order.or(voided_token))),
            test.map(|_| (About::Test, None, None)),
        ];
        let mut candidates = candidates.into_iter().flatten();
        let (about, number, id) = candidates.next()?;
        candidates.next().is_none().then_some(Self {
            about,
            number,
            id,
            time,
        })
    }

    fn kind(&self) -> String {
        let number = self.number.as_deref().unwrap_or_default();
        match self.about {
            About::Subscription => format!("subscriptionNotification.{number}"),
            About::OneTimeProduct => format!("oneTimeProductNotification.{number}"),
            About::VoidedPurchase => "voidedPurchaseNotification".to_owned(),
            About::Test => "testNotification".to_owned(),
        }
    }

    fn status(&self) -> PaymentStatus {
        use PaymentStatus::{
            Canceled, Other, Paid, PartiallyRefunded, Refunded, SubscriptionActive,
            SubscriptionCanceled, SubscriptionPastDue, SubscriptionPaused,
        };

        match (self.about, self.number.as_deref().unwrap_or_default()) {
            (About::OneTimeProduct, "1") => Paid,
            (About::OneTimeProduct, "2") | (About::Subscription, "20") => Canceled,
            (About::VoidedPurchase, "1") => Refunded,
            (About::VoidedPurchase, "2") => PartiallyRefunded,
            (About::Subscription, "1" | "2" | "4" | "7") => SubscriptionActive,
            (About::Subscription, "5" | "6") => SubscriptionPastDue,
            (About::Subscription, "10") => SubscriptionPaused,
            (About::Subscription, "3" | "12" | "13") => SubscriptionCanceled,
            _ => Other,
        }
    }
}
