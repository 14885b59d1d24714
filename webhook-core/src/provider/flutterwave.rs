//! Flutterwave: payments in Africa. Two schemes, by the version of the API; choose the one that the account uses.
//!
//! | | v4 | v3 |
//! |---|---|---|
//! | signature | `flutterwave-signature`: base64 HMAC-SHA256 of the body | **none**: `verif-hash` shows the secret hash |
//! | key | the text of the secret hash | the same |
//! | time window | none | none |
//! | event id | `webhook_id` in the body, signed | none |
//! | kind | `type` in the body, signed | `event` in the body, not signed |
//!
//! Settings: `mode` is `v4` or `v3` and must be set: v3 is much weaker and never a default.
//!
//! # What to know
//!
//! - v3 signs nothing. Whoever learns the secret hash, from a log or a proxy, can send anything. Read the transaction
//!   from Flutterwave's API before you hand something out.
//! - v4's encoding is known from several users of it that agree; Flutterwave's own page could not be read.
//! - v4's `timestamp` is signed, in milliseconds; Flutterwave names no age at which to refuse it.
//!
//! Checked against vectors that we computed: Flutterwave's libraries verify nothing. Documentation: ["Webhooks"](https://developer.flutterwave.com/docs/webhooks).
//!
//! # Payments
//!
//! In v3 everything is a claim: the update is [`Unconfirmed`](crate::payment::PaymentStatus::Unconfirmed), and what
//! follows stands in its [`unverified`](crate::payment::PaymentUpdate::unverified).
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `charge.completed` | `data.status` is `successful` or `succeeded` | `Paid` | `data.amount` |
//! | `charge.completed` | `data.status` is `failed` | `Failed` | `data.amount` |
//! | `charge.completed` | `data.status` is `pending` | `Pending` | `data.amount` |
//! | `charge.failed` |  | `Failed` | `data.amount` |
//! | `virtual_account.funded` |  | `Paid` | `data.amount`, a step |
//! | `refund.completed` |  | `Refund` | `data.amount`, a step of id `data.id` |
//! | `refund.failed` |  | `RefundFailed` | `data.amount`, a step of id `data.id` |
//! | `chargeback.updated` | `data.status` is `won` | `DisputeWon` | `data.amount` of id `data.id` |
//! | `chargeback.updated` | `data.status` is `lost` or `accepted` | `DisputeLost` | `data.amount` of id `data.id` |
//! | `chargeback.created`, `chargeback.updated` |  | `Disputed` | `data.amount` of id `data.id` |
//! | `transfer.completed` | `data.status` is `SUCCESSFUL` or `successful` or `succeeded` | `Payout` | `data.amount` |
//! | `transfer.completed` | `data.status` is `FAILED` or `failed` | `PayoutFailed` | `data.amount` |
//! | `transfer.failed` |  | `PayoutFailed` | `data.amount` |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | `virtual_account.funded` | `data.currency`, major units | `data.tx_ref`, else `data.reference` |  | `data.created_at`, else `data.created_datetime`, by RFC 3339 |
//! | `refund.completed`, `refund.failed`, `chargeback.updated`, `chargeback.created` | `data.currency`, major units | `data.tx_ref`, else `data.reference` | `data.charge_id` | `data.created_at`, else `data.created_datetime`, by RFC 3339 |
//! | all others | `data.currency`, major units | `data.tx_ref`, else `data.reference` | `data.id` | `data.created_at`, else `data.created_datetime`, by RFC 3339 |
//!
//! - A charge that is paid is `successful` in v3 and `succeeded` in v4. Where the table names two places, the first is
//!   that of v3.
//! - A refund and a chargeback name themselves in `data.id`, the step, and the charge in `data.charge_id`, if they do.
//!   Whether a refund was all is not said. v3 has no such kinds.
//! - A chargeback with a status that is not known is still `Disputed`.
//! - `virtual_account.funded` is money on a virtual account; `charge.completed` may tell of it too. Which payment it is
//!   is not said.
//! - A transfer goes out. v3 tells a failed one as `transfer.completed` with `FAILED`.
//! - The kinds of v4 and their fields are known from a transcription, which also calls amounts minor units; here they are
//!   major ones, as in v3.
//!
//! Dedupe tells events apart by: v4: `webhook_id`, kind, else body; v3: body, kind. A repeat is handled again if it is
//! not recognised: rendered anew.

use crate::crypto::{Algorithm, Encoding, KeyFormat};
use crate::payment::PaymentStatus::{
    DisputeLost, DisputeWon, Disputed, Failed, Paid, Payout, PayoutFailed, Pending, Refund,
    RefundFailed,
};
use crate::payment::{Meaning, Places, Rule, Unit};
use crate::provider::about::{About, Group, Setting};
use crate::provider::macros::verifies_by_inner;
use crate::provider::registry::{Registered, testing};
use crate::request::Field;
use crate::scheme::{Scheme, SchemeVerifier, Signature};
#[cfg(feature = "testing")]
use crate::testing::{Sample, SampleKeys};
use crate::{ConfigError, IntoKeyring, TimeUnit};

pub(crate) const PROVIDER: Registered = Registered::scheme(SCHEME.provider(), &ABOUT, |settings| {
    match settings.required("mode")? {
        "v4" => Ok(SCHEME),
        "v3" => Ok(SCHEME_V3),
        _ => Err(ConfigError::new("`mode` is neither `v4` nor `v3`")),
    }
})
.tested(testing!(samples));

const ABOUT: About = About::new(
    Group::Payments,
    "https://developer.flutterwave.com/docs/webhooks",
)
.setup(&[
    "In the Dashboard, open Settings, Webhooks, and enter the URL of your endpoint.",
    "Enter a long random secret hash there: it becomes `secrets`.",
    "Set `mode` to the version of the API that the account uses, `v4` or `v3`.",
])
.settings(&[
    Setting::required(
        "secrets",
        "the secret hash that you entered in the Dashboard: one or a list, any of which \
             may match",
    ),
    Setting::required(
        "mode",
        "`v4` or `v3`: the version of the API; `v3` signs nothing",
    ),
])
.headers(&["flutterwave-signature", "verif-hash"])
.signed(
    "v4: HMAC-SHA256 in base64 of: the body; v3: nothing, the sender shows the secret \
         itself",
)
.acknowledgement("200");

/// v4: base64 HMAC-SHA256 of the body.
pub const SCHEME: Scheme = Scheme::new("flutterwave", Algorithm::HmacSha256)
    .key(KeyFormat::text().reject_prefixes(&["FLWSECK", "FLWPUBK"]))
    .signature(Signature::header("flutterwave-signature").encoding(Encoding::Base64))
    .id(&[Field::Json("/webhook_id")])
    .kind(&[Field::Json("/type")])
    .meaning(&MEANING);

/// v3: the secret hash in a header.
pub const SCHEME_V3: Scheme = Scheme::new("flutterwave", Algorithm::Token)
    .key(KeyFormat::text().reject_prefixes(&["FLWSECK", "FLWPUBK"]))
    .signature(Signature::header("verif-hash").encoding(Encoding::Text))
    .kind(&[Field::Json("/event")])
    .meaning(&MEANING);

/// Verifies what Flutterwave sends to one account.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::provider::flutterwave::Flutterwave;
///
/// let endpoint = Endpoint::new(Flutterwave::v4(["new secret hash", "old secret hash"])?);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Flutterwave(SchemeVerifier);

impl Flutterwave {
    /// For an account with API v4: accepts what any of these secret hashes has signed.
    ///
    /// # Errors
    /// If there is no secret hash, or one is empty.
    pub fn v4(secrets: impl IntoKeyring) -> Result<Self, ConfigError> {
        SCHEME.verifier(secrets).map(Self)
    }

    /// For an account with API v3: accepts requests that show any of these secret hashes.
    ///
    /// # Errors
    /// If there is no secret hash, or one is empty.
    ///
    /// # Security
    /// Nothing of the request is signed.
    pub fn v3(secrets: impl IntoKeyring) -> Result<Self, ConfigError> {
        SCHEME_V3.verifier(secrets).map(Self)
    }
}

verifies_by_inner!(Flutterwave);

/// What Flutterwave's kinds mean for a payment, in both versions.
pub const MEANING: Meaning = Meaning::new(
    CHARGE,
    &[
        Rule::by(
            &["charge.completed"],
            "/data/status",
            &[
                // As v3 and as v4 writes it.
                ("successful", Paid),
                ("succeeded", Paid),
                ("failed", Failed),
                ("pending", Pending),
            ],
        ),
        Rule::new(&["charge.failed"], Failed),
        Rule::new(&["virtual_account.funded"], Paid).places(&FUNDED),
        Rule::new(&["refund.completed"], Refund).places(&REFUND),
        Rule::new(&["refund.failed"], RefundFailed).places(&REFUND),
        Rule::by(
            &["chargeback.updated"],
            "/data/status",
            &[
                ("won", DisputeWon),
                ("lost", DisputeLost),
                ("accepted", DisputeLost),
            ],
        )
        .places(&CHARGEBACK),
        Rule::new(&["chargeback.created", "chargeback.updated"], Disputed).places(&CHARGEBACK),
        Rule::by(
            &["transfer.completed"],
            "/data/status",
            &[
                ("SUCCESSFUL", Payout),
                ("successful", Payout),
                ("succeeded", Payout),
                // v3 has no other kind for them.
                ("FAILED", PayoutFailed),
                ("failed", PayoutFailed),
            ],
        ),
        Rule::new(&["transfer.failed"], PayoutFailed),
    ],
);

/// Where there are two places, the first is that of v3.
const CHARGE: Places = Places::new(Unit::Major)
    .amount(&["/data/amount"])
    .currency(&["/data/currency"])
    .reference(&["/data/tx_ref", "/data/reference"])
    .transaction(&["/data/id"])
    .time(
        TimeUnit::Rfc3339,
        &["/data/created_at", "/data/created_datetime"],
    );

/// `data.id` is that of the account, not of the money.
const FUNDED: Places = CHARGE.step_amount(&["/data/amount"]).transaction(&[]);

const REFUND: Places = CHARGE
    .step_amount(&["/data/amount"])
    .step_id(&["/data/id"])
    .transaction(&["/data/charge_id"]);

const CHARGEBACK: Places = CHARGE
    .step_id(&["/data/id"])
    .transaction(&["/data/charge_id"]);

#[cfg(feature = "testing")]
fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    let v4 = Sample::of_scheme(SCHEME, keys)?.made_by(Flutterwave::v4);
    let v3 = Sample::of_scheme(SCHEME_V3, keys)?.made_by(Flutterwave::v3);
    Ok(vec![
        v4.named("flutterwave v4").set("mode", "v4"),
        v3.named("flutterwave v3").set("mode", "v3"),
    ])
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{Signer, support};
    use crate::{Coverage, Settings, provider};

    #[test]
    fn a_charge_of_v4_is_signed_and_one_of_v3_is_a_claim() {
        for (mode, scheme, body) in [
            (
                "v4",
                SCHEME,
                r#"{"webhook_id":"wbk_1","type":"charge.completed","data":{"status":"succeeded","created_datetime":"2026-08-05T09:00:00.000Z"}}"#,
            ),
            (
                "v3",
                SCHEME_V3,
                r#"{"event":"charge.completed","data":{"status":"successful","created_at":"2026-08-05T09:00:00.000Z"}}"#,
            ),
        ] {
            let signer = Signer::new(scheme, "hash for tests").unwrap();
            let settings = json!({"secrets": "hash for tests", "mode": mode});
            let update = support::only(&support::signed("flutterwave", settings, &signer, body));
            let update = update.unwrap();
            let is_signed = mode == "v4";
            assert_eq!(update.coverage == Coverage::Body, is_signed);
            assert_eq!(update.event_id.as_deref() == Some("wbk_1"), is_signed);
            let claimed = update.dangerously_trust_unverified();
            assert_eq!(claimed.time, Some(support::NOW));
        }
    }

    #[test]
    fn the_mode_has_no_default() {
        for settings in [
            json!({"secrets": "hash for tests"}),
            json!({"secrets": "hash for tests", "mode": "v5"}),
        ] {
            let settings = Settings::new(settings).unwrap();
            let error = provider::by_name("flutterwave", &settings).unwrap_err();
            assert!(error.to_string().contains("mode"));
        }
        assert!(Flutterwave::v4("").is_err() && Flutterwave::v3("").is_err());
    }
}
