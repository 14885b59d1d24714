//! Adyen for platforms: balance platform, banking, management and recurring webhooks. For payments see
//! [`adyen`].
//!
//! | | |
//! |---|---|
//! | signature | `HmacSignature`: base64 HMAC-SHA256 of the body |
//! | key | the bytes of the webhook's HMAC key, which Adyen shows in hex |
//! | time window | none: Adyen signs a time in the body and says nothing about its age |
//! | event id | none |
//! | kind | `type` in the body, signed |
//!
//! # What to know
//!
//! - There is no event id that all kinds have: `data.id`, `type` and `timestamp` together come near to one.
//! - The name of the header is known from several users of it, not from Adyen's libraries.
//! - `Protocol: HmacSHA256` comes along and is not looked at: there is only this one.
//!
//! Checked against Adyen's library `Adyen` 16.0.0 (Python). Documentation:
//! ["Verify HMAC signatures"](https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures).
//!
//! # Payments
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `balancePlatform.transfer.*` | `data.category` is `platformPayment` and `data.categoryData.platformPaymentType` is `AcquiringFees` or `AdyenCommission` or `AdyenFees` or `AdyenMarkup` or `Commission` or `DCCMarkup` or `DCCPlatformCommission` or `Interchange` or `PaymentFee` or `SchemeFee` or `TopUp` or `VAT` | `Other` |  |
//! | `balancePlatform.transfer.*` | `data.category` is `platformPayment` and `data.type` is `payment` and `data.status` is `received` or `pending` | `Pending` | `data.amount.value`, a step of id `data.id` |
//! | `balancePlatform.transfer.*` | `data.category` is `platformPayment` and `data.type` is `payment` and `data.status` is `authorised` | `Authorized` | `data.amount.value`, a step of id `data.id` |
//! | `balancePlatform.transfer.*` | `data.category` is `platformPayment` and `data.type` is `payment` and `data.status` is `refused` or `error` or `cancelled` or `expired` | `Failed` | `data.amount.value`, a step of id `data.id` |
//! | `balancePlatform.transfer.*` | `data.category` is `platformPayment` and `data.status` is `captured` | `Paid` | `data.amount.value`, a step of id `data.id` |
//! | `balancePlatform.transfer.*` | `data.category` is `platformPayment` and `data.status` is `refunded` | `Refund` | `data.amount.value`, a step of id `data.id` |
//! | `balancePlatform.transfer.*` | `data.category` is `platformPayment` and `data.status` is `refundReversed` | `RefundFailed` | `data.amount.value`, a step of id `data.id` |
//! | `balancePlatform.transfer.*` | `data.category` is `platformPayment` and `data.status` is `chargeback` or `dispute` or `disputeNeedsReview` | `Disputed` | `data.amount.value`, a step of id `data.id` |
//! | `balancePlatform.transfer.*` | `data.category` is `platformPayment` and `data.status` is `chargebackReversed` | `DisputeWon` | `data.amount.value`, a step of id `data.id` |
//! | `balancePlatform.transfer.*` | `data.category` is `platformPayment` and `data.status` is `secondChargeback` | `DisputeLost` | `data.amount.value`, a step of id `data.id` |
//! | `balancePlatform.transfer.*` | `data.category` is `platformPayment` | `Other` |  |
//! | `balancePlatform.transfer.*` | `data.direction` is `incoming` and `data.category` is `internal` or `issuedCard` or `topUp` | `Other` |  |
//! | `balancePlatform.transfer.*` | `data.direction` is `incoming` and `data.status` is `received` or `pending` or `authorised` | `Pending` | `data.amount.value`, a step of id `data.id` |
//! | `balancePlatform.transfer.*` | `data.direction` is `incoming` and `data.status` is `booked` or `credited` | `Paid` | `data.amount.value`, a step of id `data.id` |
//! | `balancePlatform.transfer.*` | `data.direction` is `incoming` and `data.status` is `refused` or `rejected` or `failed` or `error` or `cancelled` or `expired` | `Failed` | `data.amount.value`, a step of id `data.id` |
//! | `balancePlatform.transfer.*` | `data.direction` is `outgoing` and `data.status` is `pendingApproval` or `approvalPending` or `pendingExecution` or `received` or `pending` or `authorised` or `booked` | `Payout` | `data.amount.value`, a step of id `data.id` |
//! | `balancePlatform.transfer.*` | `data.direction` is `outgoing` and `data.status` is `refused` or `rejected` or `failed` or `error` or `cancelled` or `expired` or `returned` or `reversed` | `PayoutFailed` | `data.amount.value`, a step of id `data.id` |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | `balancePlatform.transfer.*` | `data.amount.currency`, minor units (`CLP` has 2 digits, `CVE` has 0 digits, `IDR` has 0 digits, `ISK` has 2 digits) | `data.categoryData.paymentMerchantReference` | `data.categoryData.pspPaymentReference` | `timestamp`, by RFC 3339 |
//! | all others | `data.amount.currency`, minor units (`CLP` has 2 digits, `CVE` has 0 digits, `IDR` has 0 digits, `ISK` has 2 digits) | `data.reference` | `data.id` | `timestamp`, by RFC 3339 |
//!
//! - A transfer is money that is moved between the platform's accounts and the world. What comes in is `Paid`, which need not
//!   be from a customer; what goes out is `Payout`. The first row that holds counts; in the second table, the first row is
//!   about the splits of a payment (`platformPayment`).
//! - **A payment comes as one transfer for each account that it is split to.** Each is a step: its id is the transfer's, its
//!   transaction id that of the payment, the same for all. Splits that are fees, commissions or taxes are `Other`, so the steps
//!   come to less than the payer paid. The standard webhooks ([`adyen`]) tell of the payment whole, under the same id: count
//!   there or here.
//! - A refund is not told before it is done, and never whether it was the rest.
//! - A transfer between two accounts of the platform is told by the side that it leaves, as `Payout`.
//! - One transfer is told several times, once for each of its statuses: a step id counts once.
//!
//! Dedupe tells events apart by: body. A repeat is handled again if it is not recognised: rendered anew.

use crate::TimeUnit;
use crate::crypto::{Algorithm, Encoding, KeyFormat};
use crate::message::Whose;
use crate::payment::PaymentStatus::{
    Authorized, DisputeLost, DisputeWon, Disputed, Failed, Other, Paid, Payout, PayoutFailed,
    Pending, Refund, RefundFailed,
};
use crate::payment::{Meaning, Places, Rule, Unit, When};
use crate::provider::about::{About, Group};
use crate::provider::adyen;
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Scheme, Signature};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(
    Group::Payments,
    "https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures",
)
.setup(&[
    "In the Customer Area or the Balance Platform Customer Area, open Developers, \
     Webhooks, and add the webhook with the URL of your endpoint.",
    "Under Security, generate an HMAC key and copy it: it becomes `secrets`.",
]);

/// Base64 HMAC-SHA256 of the body; the key is hex.
pub const SCHEME: Scheme = Scheme::new("adyen-platform", Algorithm::HmacSha256)
    // Of webhooks of any type: <https://docs.adyen.com/japan-sellers-screening/webhooks>
    .waits_secs(10)
    .key(KeyFormat::hex().reject_prefixes(&["AQE"]).bytes(32))
    .signature(Signature::header("hmacsignature").encoding(Encoding::Base64))
    .kind(&[Field::Json("/type")])
    .whose(&WHOSE)
    .meaning(&MEANING);

const WHOSE: Whose = Whose::new()
    .account(&[Field::Json("/data/balancePlatform")])
    .live(Field::Json("/environment"), &["live"])
    .test(Field::Json("/environment"), &["test"]);

scheme_provider! {
    /// Verifies what Adyen sends to one webhook of a platform.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::adyen_platform::AdyenPlatform;
    ///
    /// let key = "C6D346FF7F045C45DD825CE920096CD93C963AFB9B17B367CBB78B794A2D68C8";
    /// let endpoint = Endpoint::new(AdyenPlatform::new(key)?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    AdyenPlatform, SCHEME
}

/// What the kinds of Adyen for platforms mean for a payment.
pub const MEANING: Meaning = Meaning::new(
    TRANSFER,
    &[
        Rule::new(KINDS, Other)
            .when(&[IS_SPLIT, When::Is(PART, NO_SALE)])
            .places(&Places::NONE),
        Rule::by(
            KINDS,
            STATUS,
            &[
                ("received", Pending),
                ("pending", Pending),
                ("authorised", Authorized),
                ("refused", Failed),
                ("error", Failed),
                ("cancelled", Failed),
                ("expired", Failed),
            ],
        )
        .when(&[IS_SPLIT, When::Is("/data/type", &["payment"])])
        .places(&SPLIT),
        Rule::by(
            KINDS,
            STATUS,
            &[
                ("captured", Paid),
                ("refunded", Refund),
                ("refundReversed", RefundFailed),
                ("chargeback", Disputed),
                ("dispute", Disputed),
                ("disputeNeedsReview", Disputed),
                ("chargebackReversed", DisputeWon),
                ("secondChargeback", DisputeLost),
            ],
        )
        .when(&[IS_SPLIT])
        .places(&SPLIT),
        Rule::new(KINDS, Other)
            .when(&[IS_SPLIT])
            .places(&Places::NONE),
        // The other side of a transfer tells of it, or the money is the user's own.
        Rule::new(KINDS, Other)
            .when(&[
                COMES_IN,
                When::Is(CATEGORY, &["internal", "issuedCard", "topUp"]),
            ])
            .places(&Places::NONE),
        Rule::by(
            KINDS,
            STATUS,
            &[
                ("received", Pending),
                ("pending", Pending),
                ("authorised", Pending),
                ("booked", Paid),
                ("credited", Paid),
                ("refused", Failed),
                ("rejected", Failed),
                ("failed", Failed),
                ("error", Failed),
                ("cancelled", Failed),
                ("expired", Failed),
            ],
        )
        .when(&[COMES_IN]),
        Rule::by(
            KINDS,
            STATUS,
            &[
                ("pendingApproval", Payout),
                ("approvalPending", Payout),
                ("pendingExecution", Payout),
                ("received", Payout),
                ("pending", Payout),
                ("authorised", Payout),
                ("booked", Payout),
                ("refused", PayoutFailed),
                ("rejected", PayoutFailed),
                ("failed", PayoutFailed),
                ("error", PayoutFailed),
                ("cancelled", PayoutFailed),
                ("expired", PayoutFailed),
                ("returned", PayoutFailed),
                ("reversed", PayoutFailed),
            ],
        )
        .when(&[When::Is(DIRECTION, &["outgoing"])]),
    ],
);

/// `created` and `updated`.
const KINDS: &[&str] = &["balancePlatform.transfer.*"];
const STATUS: &str = "/data/status";
const CATEGORY: &str = "/data/category";
const DIRECTION: &str = "/data/direction";
const PART: &str = "/data/categoryData/platformPaymentType";

/// One of the transfers into which a payment is split.
const IS_SPLIT: When = When::Is(CATEGORY, &["platformPayment"]);
const COMES_IN: When = When::Is(DIRECTION, &["incoming"]);

/// The parts of a payment that are fees, commissions and taxes; and what a user pays into an own account.
const NO_SALE: &[&str] = &[
    "AcquiringFees",
    "AdyenCommission",
    "AdyenFees",
    "AdyenMarkup",
    "Commission",
    "DCCMarkup",
    "DCCPlatformCommission",
    "Interchange",
    "PaymentFee",
    "SchemeFee",
    "TopUp",
    "VAT",
];

const TRANSFER: Places = Places::new(Unit::MinorExcept(adyen::MINOR_UNITS))
    .step_amount(&["/data/amount/value"])
    .step_id(&["/data/id"])
    .currency(&["/data/amount/currency"])
    .reference(&["/data/reference"])
    .transaction(&["/data/id"])
    .time(TimeUnit::Rfc3339, &["/timestamp"]);

const SPLIT: Places = TRANSFER
    .reference(&["/data/categoryData/paymentMerchantReference"])
    .transaction(&["/data/categoryData/pspPaymentReference"]);

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{Signer, support};

    #[test]
    fn the_time_is_that_of_the_event() {
        let key = "C6D346FF7F045C45DD825CE920096CD93C963AFB9B17B367CBB78B794A2D68C8";
        let body = r#"{"type":"balancePlatform.transfer.updated","timestamp":"2026-08-05T09:00:00Z","data":{"direction":"incoming","status":"booked"}}"#;
        let signer = Signer::new(SCHEME, key).unwrap();
        let delivery = support::signed("adyen-platform", json!({"secrets": key}), &signer, body);
        let update = support::only(&delivery).unwrap();
        assert_eq!(update.time, Some(support::NOW));
    }
}
