//! Paystack: payments in Africa.
//!
//! | | |
//! |---|---|
//! | signature | `x-paystack-signature`: hex HMAC-SHA512 of the body |
//! | key | the text of the API's **secret key**, `sk_live_…` or `sk_test_…` |
//! | time window | none: Paystack signs no time |
//! | event id | none |
//! | kind | `event` in the body, signed |
//!
//! # What to know
//!
//! - There is no event id: remember what was done by the kind and `data.id`, or `data.reference`.
//! - The key is the one that calls the API. Test and live events are signed with different keys and may come to one
//!   address: configure both only where test events do no harm; `data.domain` tells them apart.
//! - Paystack's own samples write the JSON anew before they compare; what is signed is the body as it was sent.
//! - The rule is from Paystack's documentation as its users apply it.
//!
//! Checked against vectors that we computed; no library of Paystack verifies. Documentation: ["Webhooks"](https://paystack.com/docs/payments/webhooks/).
//!
//! # Payments
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `charge.success` |  | `Paid` | `data.amount` |
//! | `refund.pending`, `refund.processing` |  | `RefundPending` | `data.amount`, a step of id `data.refund_reference` |
//! | `refund.processed` |  | `Refund` | `data.amount`, a step of id `data.refund_reference` |
//! | `refund.failed` |  | `RefundFailed` | `data.amount`, a step of id `data.refund_reference` |
//! | `charge.dispute.create`, `charge.dispute.remind` |  | `Disputed` | `data.refund_amount` of id `data.id` |
//! | `charge.dispute.resolve` | `data.resolution` is `declined` | `DisputeWon` | `data.refund_amount` of id `data.id` |
//! | `charge.dispute.resolve` | `data.resolution` is `merchant-accepted` or `auto-accepted` | `DisputeLost` | `data.refund_amount` of id `data.id` |
//! | `charge.dispute.resolve` |  | `DisputeClosed` | `data.refund_amount` of id `data.id` |
//! | `subscription.create` |  | `SubscriptionActive` |  |
//! | `subscription.not_renew` |  | `SubscriptionEnding` |  |
//! | `subscription.disable` |  | `SubscriptionCanceled` |  |
//! | `invoice.create` |  | `Pending` | `data.amount`, a step of id `data.invoice_code` |
//! | `invoice.update` | `data.status` is `success` | `SubscriptionActive`, as `charge.success` | `data.amount`, a step of id `data.invoice_code` |
//! | `invoice.payment_failed` |  | `SubscriptionPastDue` | `data.amount`, a step of id `data.invoice_code` |
//! | `paymentrequest.pending` |  | `Pending` | `data.amount` |
//! | `paymentrequest.success` |  | `Paid`, as `charge.success` | `data.amount` |
//! | `transfer.success` |  | `Payout` | `data.amount` |
//! | `transfer.failed`, `transfer.reversed` |  | `PayoutFailed` | `data.amount` |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | `refund.pending`, `refund.processing`, `refund.processed`, `refund.failed` | `data.currency`, hundredths | `data.transaction_reference` |  |  |
//! | `charge.dispute.create`, `charge.dispute.remind`, `charge.dispute.resolve` | `data.currency`, hundredths | `data.transaction.reference` | `data.transaction.id` |  |
//! | `subscription.create`, `subscription.not_renew`, `subscription.disable` |  |  | `data.subscription_code` |  |
//! | `invoice.create`, `invoice.update`, `invoice.payment_failed` | `data.currency`, else `data.transaction.currency`, hundredths | `data.transaction.reference` | `data.subscription.subscription_code` | `data.paid_at`, by RFC 3339 |
//! | `paymentrequest.pending`, `paymentrequest.success` | `data.currency`, hundredths |  | `data.request_code` | `data.paid_at`, by RFC 3339 |
//! | `transfer.success`, `transfer.failed`, `transfer.reversed` | `data.currency`, hundredths | `data.reference` | `data.transfer_code` | `data.paid_at`, by RFC 3339 |
//! | all others | `data.currency`, hundredths | `data.reference` | `data.id` | `data.paid_at`, by RFC 3339 |
//!
//! - Paystack counts in a "subunit" and does not clearly say what that is for currencies without one: the amount is an error for
//!   `XOF` and `RWF`.
//! - A refund is a step, and does not say whether it was all. It names the payment by its reference only, never by the id
//!   that `charge.success` has.
//! - `charge.dispute.resolve` without a resolution that is known is `DisputeClosed`.
//! - A payment of a subscription comes as `charge.success` and as `invoice.update` with the status `success`; one of a
//!   payment request as `charge.success` and `paymentrequest.success`.
//! - `invoice.create` comes days before the charge. An invoice that failed may tell no currency: then the amount is an error.
//! - `subscription.not_renew` runs until the end of its period.
//! - A transfer is money that goes out.
//!
//! Dedupe tells events apart by: body. A repeat is handled again if it is not recognised: rendered anew.

use crate::TimeUnit;
use crate::crypto::{Algorithm, KeyFormat};
use crate::message::Whose;
use crate::payment::PaymentStatus::{
    DisputeClosed, DisputeLost, DisputeWon, Disputed, Paid, Payout, PayoutFailed, Pending, Refund,
    RefundFailed, RefundPending, SubscriptionActive, SubscriptionCanceled, SubscriptionEnding,
    SubscriptionPastDue,
};
use crate::payment::{Meaning, Places, Rule, Unit};
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Scheme, Signature};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(Group::Payments, "https://paystack.com/docs/payments/webhooks/")
    .setup(&[
        "In the dashboard, open Settings, API Keys & Webhooks and enter the webhook URL, for live and test mode each.",
        "Copy the secret key of the same mode from that page. It becomes `secrets`.",
    ])
    .acknowledgement("200");

/// Hex HMAC-SHA512 of the body.
pub const SCHEME: Scheme = Scheme::new("paystack", Algorithm::HmacSha512)
    .key(KeyFormat::text().reject_prefixes(&["pk_live_", "pk_test_"]))
    .signature(Signature::header("x-paystack-signature"))
    .kind(&[Field::Json("/event")])
    .whose(&WHOSE)
    .meaning(&MEANING);

const WHOSE: Whose = Whose::new()
    .account(&[Field::Json("/data/integration")])
    .live(Field::Json("/data/domain"), &["live"])
    .test(Field::Json("/data/domain"), &["test"]);

scheme_provider! {
    /// Verifies what Paystack sends to one account. The key is the API's secret key.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::paystack::Paystack;
    ///
    /// let endpoint = Endpoint::new(Paystack::new("sk_live_4f1c")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Paystack, SCHEME
}

/// What Paystack's kinds mean for a payment.
pub const MEANING: Meaning = Meaning::new(
    CHARGE,
    &[
        Rule::new(&["charge.success"], Paid),
        Rule::new(&["refund.pending", "refund.processing"], RefundPending).places(&REFUND),
        Rule::new(&["refund.processed"], Refund).places(&REFUND),
        Rule::new(&["refund.failed"], RefundFailed).places(&REFUND),
        Rule::new(
            &["charge.dispute.create", "charge.dispute.remind"],
            Disputed,
        )
        .places(&DISPUTE),
        Rule::by(
            &["charge.dispute.resolve"],
            "/data/resolution",
            &[
                ("declined", DisputeWon),
                ("merchant-accepted", DisputeLost),
                ("auto-accepted", DisputeLost),
            ],
        )
        .places(&DISPUTE),
        Rule::new(&["charge.dispute.resolve"], DisputeClosed).places(&DISPUTE),
        Rule::new(&["subscription.create"], SubscriptionActive).places(&SUBSCRIPTION),
        Rule::new(&["subscription.not_renew"], SubscriptionEnding).places(&SUBSCRIPTION),
        Rule::new(&["subscription.disable"], SubscriptionCanceled).places(&SUBSCRIPTION),
        Rule::new(&["invoice.create"], Pending).places(&INVOICE),
        Rule::by(
            &["invoice.update"],
            "/data/status",
            &[("success", SubscriptionActive)],
        )
        .places(&INVOICE)
        .twin("charge.success"),
        Rule::new(&["invoice.payment_failed"], SubscriptionPastDue).places(&INVOICE),
        Rule::new(&["paymentrequest.pending"], Pending).places(&REQUEST),
        Rule::new(&["paymentrequest.success"], Paid)
            .places(&REQUEST)
            .twin("charge.success"),
        Rule::new(&["transfer.success"], Payout).transaction(TRANSFER),
        Rule::new(&["transfer.failed", "transfer.reversed"], PayoutFailed).transaction(TRANSFER),
    ],
);

const CHARGE: Places = Places::new(Unit::Hundredths)
    .amount(&["/data/amount"])
    .currency(&["/data/currency"])
    .reference(&["/data/reference"])
    .transaction(&["/data/id"])
    .time(TimeUnit::Rfc3339, &["/data/paid_at"]);

/// It names the payment by its reference only.
const REFUND: Places = Places::new(Unit::Hundredths)
    .step_amount(&["/data/amount"])
    .step_id(&["/data/refund_reference"])
    .currency(&["/data/currency"])
    .reference(&["/data/transaction_reference"]);

const DISPUTE: Places = Places::new(Unit::Hundredths)
    .amount(&["/data/refund_amount"])
    .step_id(&["/data/id"])
    .currency(&["/data/currency"])
    .reference(&["/data/transaction/reference"])
    .transaction(&["/data/transaction/id"]);

const SUBSCRIPTION: Places =
    Places::new(Unit::Hundredths).transaction(&["/data/subscription_code"]);

const INVOICE: Places = Places::new(Unit::Hundredths)
    .step_amount(&["/data/amount"])
    .step_id(&["/data/invoice_code"])
    .currency(&["/data/currency", "/data/transaction/currency"])
    .reference(&["/data/transaction/reference"])
    .transaction(&["/data/subscription/subscription_code"])
    .time(TimeUnit::Rfc3339, &["/data/paid_at"]);

const REQUEST: Places = CHARGE.reference(&[]).transaction(&["/data/request_code"]);

const TRANSFER: &[&str] = &["/data/transfer_code"];

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;
    use crate::testing::support;

    #[test]
    fn the_time_of_a_charge_is_when_it_was_paid() {
        let body = r#"{"event":"charge.success","data":{"paid_at":"2026-08-05T09:00:00.000Z"}}"#;
        let update = support::update(SCHEME, body).unwrap();
        assert_eq!(update.time, Some(support::NOW));
    }
}
