//! Rapyd: payments, refunds, payouts, wallets.
//!
//! | | |
//! |---|---|
//! | signature | `Signature`: base64 of the hex digits of HMAC-SHA256 of URL, `Salt`, `Timestamp`, access key, secret key and body, nothing between them |
//! | key | the text of the secret key. Settings `access_key` and `public_url` beside it |
//! | time window | 300 seconds both ways; the number is ours |
//! | event id | `id` in the body, signed |
//! | kind | `type` in the body, signed, such as `PAYMENT_COMPLETED` |
//!
//! # What to know
//!
//! - It is **doubtful what is written in base64**: Rapyd's page can be read as the digest itself, and Rapyd's sample for Postman writes its
//!   hexadecimal digits, as does other code that is in use with Rapyd. The digits it is here, in lower case; nothing else is tried.
//! - The URL is the one that the Client Portal has, to the last character: the setting `public_url`. It is never taken from what arrives,
//!   which a proxy may have changed.
//! - The body counts as it came; Rapyd's examples write it anew, which fits only while both write alike.
//! - Access key and secret key of the sandbox differ from those of production.
//!
//! Checked against vectors that we computed, by Rapyd's documentation and two third parties; no library of Rapyd verifies:
//! ["Webhook Authentication"](https://docs.rapyd.net/en/webhook-authentication.html).
//!
//! # Payments
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `PAYMENT_SUCCEEDED` | `data.status` is `ACT` and `data.next_action` is `pending_capture` and `data.fixed_side` is `buy` or `sell` | `Authorized` |  |
//! | `PAYMENT_SUCCEEDED` | `data.status` is `ACT` and `data.next_action` is `pending_capture` | `Authorized` | `data.original_amount` |
//! | `PAYMENT_SUCCEEDED` | `data.status` is `ACT` and `data.fixed_side` is `buy` or `sell` | `Pending` |  |
//! | `PAYMENT_SUCCEEDED` | `data.status` is `ACT` | `Pending` | `data.original_amount` |
//! | `PAYMENT_COMPLETED` | `data.fixed_side` is `buy` or `sell` | `Paid` |  |
//! | `PAYMENT_COMPLETED` |  | `Paid` | `data.amount` |
//! | `PAYMENT_FAILED` | `data.fixed_side` is `buy` or `sell` | `Failed` |  |
//! | `PAYMENT_FAILED` |  | `Failed` | `data.original_amount` |
//! | `PAYMENT_CANCELED` | `data.fixed_side` is `buy` or `sell` | `Canceled` |  |
//! | `PAYMENT_CANCELED` |  | `Canceled` | `data.original_amount` |
//! | `PAYMENT_EXPIRED` | `data.fixed_side` is `buy` or `sell` | `Expired` |  |
//! | `PAYMENT_EXPIRED` |  | `Expired` | `data.original_amount` |
//! | `REFUND_COMPLETED` |  | `Refund` | `data.amount`, a step of id `data.id` |
//! | `PAYMENT_REFUND_FAILED`, `PAYMENT_REFUND_REJECTED` |  | `RefundFailed` | `data.amount`, a step of id `data.id` |
//! | `PAYMENT_DISPUTE_CREATED` |  | `Disputed` | `data.amount` of id `data.token` |
//! | `PAYMENT_DISPUTE_UPDATED` | `data.status` is `ACT` or `RVW` | `Disputed` | `data.amount` of id `data.token` |
//! | `PAYMENT_DISPUTE_UPDATED` | `data.status` is `WIN` | `DisputeWon` | `data.amount` of id `data.token` |
//! | `PAYMENT_DISPUTE_UPDATED` | `data.status` is `LOS` | `DisputeLost` | `data.amount` of id `data.token` |
//! | `PAYOUT_CREATED`, `PAYOUT_COMPLETED` |  | `Payout` | `data.amount` |
//! | `PAYOUT_FAILED`, `PAYOUT_CANCELED`, `PAYOUT_EXPIRED` |  | `PayoutFailed` | `data.amount` |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | `REFUND_COMPLETED`, `PAYMENT_REFUND_FAILED`, `PAYMENT_REFUND_REJECTED` | `data.currency`, major units |  | `data.payment` | `created_at`, in seconds |
//! | `PAYMENT_DISPUTE_CREATED`, `PAYMENT_DISPUTE_UPDATED` | `data.currency`, major units |  | `data.original_transaction_id` | `created_at`, in seconds |
//! | `PAYOUT_CREATED`, `PAYOUT_COMPLETED`, `PAYOUT_FAILED`, `PAYOUT_CANCELED`, `PAYOUT_EXPIRED` | `data.payout_currency`, major units | `data.merchant_reference_id` | `data.id` | `created_at`, in seconds |
//! | all others | `data.currency_code`, major units | `data.merchant_reference_id` | `data.id` | `created_at`, in seconds |
//!
//! - Amounts are decimal numbers in units of the currency.
//! - `PAYMENT_SUCCEEDED` says that a payment was made known to Rapyd, not that money came: cash and transfers have it too. It also comes with
//!   an amount of zero, when a card is kept for a customer. Money has come with `PAYMENT_COMPLETED`.
//! - `amount` is what was received; what was asked for is `original_amount`. A capture may be of less.
//! - Where a payment converts currencies (`fixed_side` is `buy` or `sell`), Rapyd's pages do not say clearly which currency its amounts are in:
//!   the update has none.
//! - A refund is a step, and does not say whether it was all. It names the payment by Rapyd's id, and its reference is its own.
//! - The amount of a dispute is what Rapyd has deducted.
//! - `PAYMENT_CAPTURED` is followed by `PAYMENT_COMPLETED`, and is `Other`; so is `PAYMENT_REVERSED`, since Rapyd's page does not say whether money
//!   had come before.
//! - Disputes of cards that Rapyd has issued, wallets and points of sale are `Other`.
//!
//! Dedupe tells events apart by: `id`, kind; without an id the body and the signed time.

use crate::TimeUnit;
use crate::crypto::{Algorithm, Encoding};
use crate::payment::PaymentStatus::{
    Authorized, Canceled, DisputeLost, DisputeWon, Disputed, Expired, Failed, Paid, Payout,
    PayoutFailed, Pending, Refund, RefundFailed,
};
use crate::payment::{Meaning, Places, Rule, Unit, When};
use crate::provider::about::{About, Group, Setting};
use crate::provider::macros::verifies_by_inner;
use crate::provider::registry::{Registered, testing};
use crate::request::Field;
use crate::scheme::{Condition, Part, Scheme, SchemeVerifier, Signature, Timestamp};
#[cfg(feature = "testing")]
use crate::testing::{Sample, SampleKeys};
use crate::{ConfigError, IntoKeyring, Tolerance};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME)).tested(testing!(samples));

const ABOUT: About = About::new(Group::Payments, "https://docs.rapyd.net/en/webhook-authentication.html")
    .setup(&[
        "In the Client Portal, open Developers, and copy access key and secret key. They become `access_key` and `secrets`.",
        "Under Webhooks, enter the URL of your endpoint. It becomes `public_url`, exactly as it stands there.",
    ])
    .settings(&[Setting::required(
        ACCESS_KEY,
        "the access key of the organisation, which Rapyd signs with each request",
    )]);

/// Base64 of the hex digits of HMAC-SHA256 of URL, salt, time, both keys and body.
pub const SCHEME: Scheme = Scheme::new("rapyd", Algorithm::HmacSha256)
    .signature(Signature::header("signature").encoding(Encoding::HexInBase64))
    .timestamp(Timestamp::header("timestamp").tolerance(300))
    .require(&[Condition::Present(SALT)])
    .signed_content(&[
        Part::PublicUrl,
        Part::FirstOf(&[SALT]),
        Part::Timestamp,
        Part::Setting(ACCESS_KEY),
        Part::Secret,
        Part::Body,
    ])
    .id(&[Field::Json("/id")])
    .kind(&[Field::Json("/type")])
    .meaning(&MEANING);

const SALT: Field = Field::Header("salt");
const ACCESS_KEY: &str = "access_key";

const _: () = assert!(SCHEME.check().is_ok());

/// Verifies what Rapyd sends to one organisation. The key is its secret key.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::provider::rapyd::Rapyd;
///
/// let rapyd = Rapyd::new("rsk_c7b6cc7e9cf30d38", "rak_b2cfdff577b4", "https://shop.example/webhooks/rapyd")?;
/// let endpoint = Endpoint::new(rapyd);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Rapyd(SchemeVerifier);

impl Rapyd {
    /// Accepts what any of these secret keys has signed with this access key for `public_url`: the URL exactly as the Client Portal
    /// has it.
    ///
    /// # Errors
    /// If there is no key, one is empty, or the URL does not begin with `https://` or `http://`.
    pub fn new(
        secret_keys: impl IntoKeyring,
        access_key: impl Into<String>,
        public_url: impl Into<String>,
    ) -> Result<Self, ConfigError> {
        let scheme = SCHEME.verifier(secret_keys)?.public_url(public_url)?;
        scheme.setting(ACCESS_KEY, access_key).map(Self)
    }

    /// Another tolerance than 300 seconds.
    #[must_use]
    pub fn tolerance(self, tolerance: Tolerance) -> Self {
        Self(self.0.judging_time(tolerance))
    }
}

verifies_by_inner!(Rapyd);

/// What Rapyd's kinds mean for a payment.
pub const MEANING: Meaning = Meaning::new(
    ASKED,
    &[
        Rule::new(&["PAYMENT_SUCCEEDED"], Authorized)
            .when(&[ACTIVE, AWAITS_CAPTURE, CONVERTS])
            .amount(&[]),
        Rule::new(&["PAYMENT_SUCCEEDED"], Authorized).when(&[ACTIVE, AWAITS_CAPTURE]),
        Rule::new(&["PAYMENT_SUCCEEDED"], Pending)
            .when(&[ACTIVE, CONVERTS])
            .amount(&[]),
        Rule::new(&["PAYMENT_SUCCEEDED"], Pending).when(&[ACTIVE]),
        Rule::new(&["PAYMENT_COMPLETED"], Paid)
            .when(&[CONVERTS])
            .amount(&[]),
        Rule::new(&["PAYMENT_COMPLETED"], Paid).amount(&["/data/amount"]),
        Rule::new(&["PAYMENT_FAILED"], Failed)
            .when(&[CONVERTS])
            .amount(&[]),
        Rule::new(&["PAYMENT_FAILED"], Failed),
        Rule::new(&["PAYMENT_CANCELED"], Canceled)
            .when(&[CONVERTS])
            .amount(&[]),
        Rule::new(&["PAYMENT_CANCELED"], Canceled),
        Rule::new(&["PAYMENT_EXPIRED"], Expired)
            .when(&[CONVERTS])
            .amount(&[]),
        Rule::new(&["PAYMENT_EXPIRED"], Expired),
        Rule::new(&["REFUND_COMPLETED"], Refund).places(&REFUNDED),
        Rule::new(
            &["PAYMENT_REFUND_FAILED", "PAYMENT_REFUND_REJECTED"],
            RefundFailed,
        )
        .places(&REFUNDED),
        Rule::new(&["PAYMENT_DISPUTE_CREATED"], Disputed).places(&DISPUTE),
        Rule::by(
            &["PAYMENT_DISPUTE_UPDATED"],
            STATUS,
            &[
                ("ACT", Disputed),
                ("RVW", Disputed),
                ("WIN", DisputeWon),
                ("LOS", DisputeLost),
            ],
        )
        .places(&DISPUTE),
        Rule::new(&["PAYOUT_CREATED", "PAYOUT_COMPLETED"], Payout).places(&PAID_OUT),
        Rule::new(
            &["PAYOUT_FAILED", "PAYOUT_CANCELED", "PAYOUT_EXPIRED"],
            PayoutFailed,
        )
        .places(&PAID_OUT),
    ],
);

const STATUS: &str = "/data/status";
const ACTIVE: When = When::Is(STATUS, &["ACT"]);
const AWAITS_CAPTURE: When = When::Is("/data/next_action", &["pending_capture"]);
const CONVERTS: When = When::Is("/data/fixed_side", &["buy", "sell"]);

const EVENT: Places = Places::new(Unit::Major).time(TimeUnit::Seconds, &["/created_at"]);

/// What was asked for, before money has come.
const ASKED: Places = EVENT
    .amount(&["/data/original_amount"])
    .currency(&["/data/currency_code"])
    .reference(&["/data/merchant_reference_id"])
    .transaction(&["/data/id"]);

const REFUNDED: Places = EVENT
    .step_amount(&["/data/amount"])
    .step_id(&["/data/id"])
    .currency(&["/data/currency"])
    .transaction(&["/data/payment"]);

const DISPUTE: Places = EVENT
    .amount(&["/data/amount"])
    .step_id(&["/data/token"])
    .currency(&["/data/currency"])
    .transaction(&["/data/original_transaction_id"]);

const PAID_OUT: Places = EVENT
    .amount(&["/data/amount"])
    .currency(&["/data/payout_currency"])
    .reference(&["/data/merchant_reference_id"])
    .transaction(&["/data/id"]);

#[cfg(feature = "testing")]
fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    const KEY: &str = "rak_b2cfdff577b479310c8d";
    let signer = crate::testing::Signer::new(SCHEME, keys.text[0])?.setting(ACCESS_KEY, KEY);
    let sample = Sample::of_scheme(SCHEME, keys)?.signed_by(signer.public_url(Sample::URL));
    let sample = sample.set("public_url", Sample::URL).set(ACCESS_KEY, KEY);
    Ok(vec![Sample {
        needed: &["public_url", ACCESS_KEY],
        scheme: None,
        ..sample.made_by(|keys| Rapyd::new(keys, KEY, Sample::URL))
    }])
}
