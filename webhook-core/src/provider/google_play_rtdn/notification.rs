//! What a notification claims. Nothing in it is signed.

use base64ct::{Base64, Encoding};
use bytes::Bytes;

use crate::json;
use crate::payment::read::{Place, places};
use crate::payment::{PaymentStatus, PaymentUpdate, read};
use crate::{Coverage, DecodeError, Delivery, Proof, TimeUnit};

/// That the sender is Google, and what the body calls itself.
pub(super) fn proof(body: &Bytes) -> Proof {
    let mut proof = Proof::dangerously_assert(Coverage::SenderOnly);
    let places = ["/message/messageId", "/subscription", "/message/data"];
    let [id, subscription, data] = json::values(body, places);
    if let Some(id) = id {
        // Not the whole body: a repeat may count its attempts.
        let [subscription, data] = [subscription, data].map(Option::unwrap_or_default);
        let parts = [&id, &subscription, &data].map(|text| text.as_bytes().as_ref());
        proof = proof.identity(&parts).unsigned_id(id.to_string());
    }
    if let Ok(Some(notice)) = Notice::read(body) {
        proof = proof.unsigned_kind(notice.kind());
    }
    proof
}

pub(super) fn payments(delivery: &Delivery) -> Result<Vec<PaymentUpdate>, DecodeError> {
    read::require(delivery.body(), ["/message/messageId"])?;
    let claimed = PaymentUpdate::claimed(delivery);
    let Some(notice) = Notice::read(delivery.body())? else {
        return Ok(vec![claimed]);
    };
    Ok(vec![PaymentUpdate {
        status: notice.status(),
        time: read::time(TimeUnit::Milliseconds, &notice.time)?,
        transaction_id: notice.id.text()?,
        ..claimed
    }])
}

/// What a notification is about.
struct Notice {
    about: About,
    /// `notificationType` or, of a voided purchase, `refundType`.
    number: Option<String>,
    id: Place,
    time: Place,
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
    fn read(body: &Bytes) -> Result<Option<Self>, DecodeError> {
        const DATA: &str = "message.data";
        let [data] = places(body, ["/message/data"])?;
        let data = data.get()?.map(Base64::decode_vec).transpose();
        let data = data.map_err(|_| DecodeError::new(DATA, "not base64"))?;
        let Some(data) = data else { return Ok(None) };
        let data = Bytes::from(data);
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
        ] = places(
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
        )
        .map_err(|error| error.inside(DATA))?;
        let number = |number: &Place| number.get().map(|number| number.map(str::to_owned));
        let is_voided = order.is_there() || voided_token.is_there();
        let candidates = [
            number(&subscription)?.map(|it| (About::Subscription, Some(it), subscription_token)),
            number(&product)?.map(|it| (About::OneTimeProduct, Some(it), product_token)),
            match is_voided {
                true => Some((
                    About::VoidedPurchase,
                    number(&refund)?,
                    order.or(voided_token),
                )),
                false => None,
            },
            test.is_there()
                .then(|| (About::Test, None, Place::nothing())),
        ];
        let mut candidates = candidates.into_iter().flatten();
        match (candidates.next(), candidates.next()) {
            (None, _) => Ok(None),
            (Some((about, number, id)), None) => Ok(Some(Self {
                about,
                number,
                id,
                time,
            })),
            (Some(_), Some(_)) => Err(DecodeError::new(DATA, "about more than one thing")),
        }
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
