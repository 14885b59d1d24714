//! BTCPay Server: invoices that are paid in Bitcoin, by anybody who runs a server of their own.
//!
//! | | |
//! |---|---|
//! | signature | `BTCPay-Sig: sha256=` and hex HMAC-SHA256 of the body |
//! | key | the text of the webhook's secret |
//! | time window | none: BTCPay signs no time apart from the body's `timestamp` |
//! | event id | `originalDeliveryId`, else `deliveryId` in the body, signed. A redelivery has a new `deliveryId` and keeps the original one |
//! | kind | `type` in the body, signed |
//!
//! # What to know
//!
//! - A webhook without a secret is signed with an empty key, which anybody can do: configure one.
//! - Any 4xx ends the redelivery for good, other failures are tried again after 10 seconds, 1 minute and six times 10
//!   minutes. So a wrong secret here loses events.
//!
//! Checked against the code of the sender, `WebhookSender.cs` of BTCPay Server at commit 03345c2, and the vendor's PHP
//! client. Documentation: ["Greenfield API: Webhooks"](https://docs.btcpayserver.org/API/Greenfield/v1/#tag/Webhooks).
//!
//! # Payments
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `InvoiceCreated`, `InvoiceReceivedPayment`, `InvoicePaymentSettled`, `InvoiceProcessing`, `InvoicePaidAfterExpiration` |  | `Pending` |  |
//! | `InvoiceSettled` |  | `Paid` |  |
//! | `InvoiceExpired` |  | `Expired` |  |
//! | `InvoiceExpiredPaidPartial` |  | `Expired`, as `InvoiceExpired` |  |
//! | `InvoiceInvalid` |  | `Failed` |  |
//! | `InvoiceRefund` |  | `RefundPending` | of id `pullPaymentId` |
//! | `PaymentRequestCompleted` |  | `Paid`, as `InvoiceSettled` |  |
//! | `PaymentRequestStatusChanged` | `status` is `Expired` | `Expired` |  |
//! | `PayoutUpdated` | `payoutState` is `Cancelled` | `PayoutFailed` |  |
//! | `PayoutCreated`, `PayoutApproved`, `PayoutUpdated` |  | `Payout` |  |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | `PaymentRequestCompleted`, `PaymentRequestStatusChanged` |  | `metadata.orderId` | `paymentRequestId` | `timestamp`, in seconds |
//! | `PayoutUpdated`, `PayoutCreated`, `PayoutApproved` |  | `metadata.orderId` | `payoutId` | `timestamp`, in seconds |
//! | all others |  | `metadata.orderId` | `invoiceId` | `timestamp`, in seconds |
//!
//! - There is no amount: no event tells that of its invoice.
//! - `InvoiceSettled` can be set by hand (`manuallyMarked`), and more than the price can have come (`overPaid`).
//! - An expired invoice can have got a part: `partiallyPaid` of `InvoiceExpired` says so, and
//!   `InvoiceExpiredPaidPartial`, which comes beside it. The money is the merchant's to give back.
//! - `InvoicePaidAfterExpiration` has the whole sum, too late: `Pending` until the merchant decides.
//! - `InvoiceRefund` offers a refund, the step. Whether the payer takes it comes as events of payouts with the same
//!   `pullPaymentId`, and these are `Payout`.
//! - `PaymentRequestCompleted` comes beside `InvoiceSettled` of its invoice.
//!
//! Dedupe tells events apart by: `originalDeliveryId`, else `deliveryId`; `webhookId`. A repeat is handled again if it
//! is not recognised: from servers without an original id.

use crate::crypto::Algorithm;
use crate::message::{Identity, Whose};
use crate::payment::PaymentStatus::{
    Expired, Failed, Paid, Payout, PayoutFailed, Pending, RefundPending,
};
use crate::payment::{Meaning, Places, Rule, Unit, When};
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Scheme, Signature};
use crate::time::TimeUnit;

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(
    Group::Payments,
    "https://docs.btcpayserver.org/API/Greenfield/v1/#tag/Webhooks",
)
.setup(&[
    "In the store, open Settings, Webhooks, and create a webhook with the URL of your \
         endpoint.",
    "Copy its secret: it becomes `secrets`. Without a secret the signature proves nothing.",
    "Choose the events, and keep automatic redelivery on.",
]);

/// Hex HMAC-SHA256 of the body, after `sha256=`.
pub const SCHEME: Scheme = Scheme::new("btcpay", Algorithm::HmacSha256)
    .signature(Signature::header("btcpay-sig").prefix("sha256="))
    .id(&[
        Field::Json("/originalDeliveryId"),
        Field::Json("/orignalDeliveryId"),
        Field::Json("/deliveryId"),
    ])
    .kind(&[Field::Json("/type")])
    .identity(Identity::fields(&[
        &[
            Field::Json("/originalDeliveryId"),
            // As old servers write it.
            Field::Json("/orignalDeliveryId"),
            Field::Json("/deliveryId"),
        ],
        &[Field::Json("/webhookId")],
    ]))
    .whose(&WHOSE)
    .meaning(&MEANING);

const WHOSE: Whose = Whose::new().account(&[Field::Json("/storeId")]);

scheme_provider! {
    /// Verifies what a BTCPay Server sends to one webhook.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::btcpay::BtcPay;
    ///
    /// let endpoint = Endpoint::new(BtcPay::new(["new secret", "old secret"])?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    BtcPay, SCHEME
}

/// What BTCPay's kinds mean for a payment.
pub const MEANING: Meaning = Meaning::new(
    INVOICE,
    &[
        Rule::new(
            &[
                "InvoiceCreated",
                "InvoiceReceivedPayment",
                "InvoicePaymentSettled",
                "InvoiceProcessing",
                "InvoicePaidAfterExpiration",
            ],
            Pending,
        ),
        Rule::new(&["InvoiceSettled"], Paid),
        Rule::new(&["InvoiceExpired"], Expired),
        Rule::new(&["InvoiceExpiredPaidPartial"], Expired).twin("InvoiceExpired"),
        Rule::new(&["InvoiceInvalid"], Failed),
        Rule::new(&["InvoiceRefund"], RefundPending).step_id(&["/pullPaymentId"]),
        Rule::new(&["PaymentRequestCompleted"], Paid)
            .transaction(REQUEST)
            .twin("InvoiceSettled"),
        Rule::by(
            &["PaymentRequestStatusChanged"],
            "/status",
            &[("Expired", Expired)],
        )
        .transaction(REQUEST),
        Rule::new(&["PayoutUpdated"], PayoutFailed)
            .when(&[When::Is("/payoutState", &["Cancelled"])])
            .transaction(PAYOUT),
        Rule::new(
            &["PayoutCreated", "PayoutApproved", "PayoutUpdated"],
            Payout,
        )
        .transaction(PAYOUT),
    ],
);

const REQUEST: &[&str] = &["/paymentRequestId"];
const PAYOUT: &[&str] = &["/payoutId"];

const INVOICE: Places = Places::new(Unit::Major)
    .reference(&["/metadata/orderId"])
    .reference_may_be_structured()
    .transaction(&["/invoiceId"])
    .time(TimeUnit::Seconds, &["/timestamp"]);

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;
    use crate::UnixTime;
    use crate::testing::support::update;

    #[test]
    fn a_redelivery_has_the_id_of_the_first_delivery() {
        for (first, id) in [(r#""D1""#, "D1"), ("null", "D2")] {
            let body = format!(
                r#"{{"deliveryId":"D2","originalDeliveryId":{first},"type":"InvoiceSettled","timestamp":1785920400}}"#
            );
            let update = update(SCHEME, &body).unwrap();
            assert_eq!(update.event_id.as_deref(), Some(id));
            assert_eq!(update.time, Some(UnixTime::from_secs(1_785_920_400)));
        }
    }
}
