//! Authorize.Net: card payments and recurring billing.
//!
//! | | |
//! |---|---|
//! | signature | `X-ANET-Signature: sha512=` and hex HMAC-SHA512 of the body, in upper case |
//! | key | the **text** of the Signature Key: 128 hex digits, not decoded |
//! | time window | none: Authorize.Net signs no time |
//! | event id | `notificationId` in the body, signed |
//! | kind | `eventType` in the body, signed |
//!
//! # What to know
//!
//! - That the key is used as a text is known from third-party code alone, which agrees. For `transHashSHA2` in the
//!   answers of the payment API the same key is decoded from hex; mixing the two up is the usual mistake.
//! - Authorize.Net tries about ten times over some days; a webhook that keeps failing is turned off there.
//!
//! Checked against third-party code: `stymiee/authnetjson` for PHP and the crate `authorizenet` 0.2.0. Authorize.Net
//! has no library that verifies. Documentation: "Webhooks" in its API reference.
//!
//! # Payments
//!
//! `net.authorize.` is left out of the kinds.
//!
//! | kind | status |
//! |---|---|
//! | `payment.authorization.created` | `Authorized` |
//! | `payment.authcapture.created`, `payment.capture.created`, `payment.priorAuthCapture.created` | `Paid` |
//! | these four with `payload.responseCode` 2 or 3 | `Failed`: declined, or an error |
//! | these four with `payload.responseCode` 4, `payment.fraud.held` | `Pending`: held for review |
//! | `payment.fraud.approved` | `Authorized`: the event does not say whether the money is taken as well |
//! | `payment.fraud.declined` | `Failed` |
//! | `payment.void.created` | `Canceled` |
//! | `payment.refund.created` | `PartiallyRefunded`: the event does not say whether that was all |
//! | `customer.subscription.created` | `SubscriptionActive` |
//! | `customer.subscription.failed`, `customer.subscription.suspended` | `SubscriptionPastDue` |
//! | `customer.subscription.cancelled`, `customer.subscription.terminated`, `customer.subscription.expired` | `SubscriptionCanceled` |
//! | anything else, and a response code that is none of 1 to 4 | `Other` |
//!
//! | field | where |
//! |---|---|
//! | amount | **none**: `payload.authAmount` has no currency |
//! | reference | `payload.invoiceNumber`, else `payload.merchantReferenceId`; often neither is sent |
//! | transaction id | `payload.id`: of a refund its own id, of a subscription the subscription's |
//! | time | `eventDate` |
//!
//! Amount and currency, and the payment that a refund belongs to, come from `getTransactionDetails` of the API.
//!
//! Dedupe tells events apart by: `notificationId`, kind.

use crate::payment::read::{first, places, time};
use crate::payment::{PaymentStatus, PaymentUpdate};
use crate::provider_type::scheme_provider;
use crate::registry::Registered;
use crate::scheme::{Field, Primitive, Scheme, Signature};
use crate::{DecodeError, Delivery, TimeUnit};

pub(crate) const PROVIDER: Registered = Registered::scheme(SCHEME.provider(), |_| Ok(SCHEME));

/// Hex HMAC-SHA512 of the body, after `sha512=`.
pub const SCHEME: Scheme = Scheme::new("authorize-net", Primitive::HmacSha512)
    .signature(Signature::header("x-anet-signature").prefix("sha512="))
    .id(&[Field::Json("/notificationId")])
    .kind(&[Field::Json("/eventType")])
    .payments(updates);

scheme_provider! {
    /// Verifies what Authorize.Net sends to one merchant. The key is the account's Signature Key.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::authorize_net::AuthorizeNet;
    ///
    /// let endpoint = Endpoint::new(AuthorizeNet::new(["NEW0A1B2C3", "OLD0A1B2C3"])?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    AuthorizeNet, SCHEME
}

fn updates(delivery: &Delivery) -> Result<Vec<PaymentUpdate>, DecodeError> {
    let other = PaymentUpdate::other(delivery);
    let [date, id, code, invoice, merchant_reference] = places(
        delivery.body(),
        [
            "/eventDate",
            "/payload/id",
            "/payload/responseCode",
            "/payload/invoiceNumber",
            "/payload/merchantReferenceId",
        ],
    )?;
    let status = status(delivery.kind().unwrap_or_default(), code.get()?);
    if status == PaymentStatus::Other {
        return Ok(vec![other]);
    }
    Ok(vec![PaymentUpdate {
        status,
        reference: first([invoice, merchant_reference])?,
        transaction_id: id.text()?,
        time: time(TimeUnit::Rfc3339, &date)?,
        ..other
    }])
}

fn status(kind: &str, code: Option<&str>) -> PaymentStatus {
    let reviewed = |approved| match code {
        Some("1") => approved,
        Some("2" | "3") => PaymentStatus::Failed,
        Some("4") => PaymentStatus::Pending,
        _ => PaymentStatus::Other,
    };
    match kind.strip_prefix("net.authorize.").unwrap_or_default() {
        "payment.authorization.created" => reviewed(PaymentStatus::Authorized),
        "payment.authcapture.created"
        | "payment.capture.created"
        | "payment.priorAuthCapture.created" => reviewed(PaymentStatus::Paid),
        "payment.fraud.held" => PaymentStatus::Pending,
        "payment.fraud.approved" => PaymentStatus::Authorized,
        "payment.fraud.declined" => PaymentStatus::Failed,
        "payment.void.created" => PaymentStatus::Canceled,
        "payment.refund.created" => PaymentStatus::PartiallyRefunded,
        "customer.subscription.created" => PaymentStatus::SubscriptionActive,
        "customer.subscription.failed" | "customer.subscription.suspended" => {
            PaymentStatus::SubscriptionPastDue
        }
        "customer.subscription.cancelled"
        | "customer.subscription.terminated"
        | "customer.subscription.expired" => PaymentStatus::SubscriptionCanceled,
        _ => PaymentStatus::Other,
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;
    use crate::UnixTime;
    use crate::test_support::{line, update};

    fn event(kind: &str, payload: &str) -> PaymentUpdate {
        let body = format!(
            r#"{{"notificationId":"d0e8e7fe-c3e7-4add-a480-27bc5ce28a18","eventType":"net.authorize.{kind}",
                "eventDate":"2026-08-05T09:00:00.1234567Z","webhookId":"63d6fea2","payload":{payload}}}"#
        );
        update(SCHEME, &body).unwrap()
    }

    #[test]
    fn payments_are_read_by_kind_and_response_code() {
        let payload = |code: u8| {
            format!(
                r#"{{"responseCode":{code},"authCode":"LZ6I19","authAmount":45.00,"invoiceNumber":"INV-7",
                    "merchantReferenceId":"19102146534003137356","entityName":"transaction","id":"60020981676"}}"#
            )
        };
        for (kind, code, status) in [
            ("payment.authcapture.created", 1, "paid"),
            ("payment.authcapture.created", 2, "failed"),
            ("payment.authcapture.created", 3, "failed"),
            ("payment.authcapture.created", 4, "pending"),
            ("payment.capture.created", 1, "paid"),
            ("payment.priorAuthCapture.created", 1, "paid"),
            ("payment.authorization.created", 1, "authorized"),
            ("payment.authorization.created", 4, "pending"),
            ("payment.fraud.held", 4, "pending"),
            ("payment.fraud.approved", 1, "authorized"),
            ("payment.fraud.declined", 2, "failed"),
            ("payment.void.created", 1, "canceled"),
            ("payment.refund.created", 1, "partially_refunded"),
        ] {
            let want = format!("{status} | - | INV-7 | 60020981676");
            assert_eq!(line(&event(kind, &payload(code))), want, "{kind} {code}");
        }
    }

    #[test]
    fn subscriptions_are_read_by_kind() {
        for (kind, status) in [
            ("created", "subscription_active"),
            ("failed", "subscription_past_due"),
            ("suspended", "subscription_past_due"),
            ("cancelled", "subscription_canceled"),
            ("terminated", "subscription_canceled"),
            ("expired", "subscription_canceled"),
        ] {
            let kind = format!("customer.subscription.{kind}");
            let payload = r#"{"entityName":"subscription","id":"4178","amount":9.99}"#;
            let want = format!("{status} | - | - | 4178");
            assert_eq!(line(&event(&kind, payload)), want);
        }
    }

    #[test]
    fn what_does_not_say_that_it_was_approved_is_not_paid() {
        for payload in ["{}", "null", r#"{"responseCode":1.0}"#] {
            let update = event("payment.authcapture.created", payload);
            assert_eq!(update.status, PaymentStatus::Other, "{payload}");
        }
        assert_eq!(event("customer.created", "{}").status, PaymentStatus::Other);
    }

    #[test]
    fn the_merchants_reference_stands_in_for_an_invoice_number() {
        let payload = r#"{"responseCode":1,"merchantReferenceId":"ref-1","id":"6"}"#;
        let update = event("payment.authcapture.created", payload);
        assert_eq!(line(&update), "paid | - | ref-1 | 6");
        assert_eq!(update.time, Some(UnixTime::from_millis(1_785_920_400_123)));
    }
}
