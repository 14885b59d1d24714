//! Polar: orders and subscriptions of digital products.
//!
//! | | |
//! |---|---|
//! | signature | `webhook-signature`, as [Standard Webhooks](super::standard_webhooks) have it: entries `v1,` and base64 HMAC-SHA256 of `webhook-id`, `.`, `webhook-timestamp`, `.`, body |
//! | key | the text of the **whole** secret; also what the secret decodes to, if it is base64, with or without `whsec_` |
//! | time window | 300 seconds both ways |
//! | event id | `webhook-id`, signed. Retries carry the same one |
//! | kind | `type` in the body, signed |
//!
//! # What to know
//!
//! - Standard Webhooks decode the secret. Polar's server encodes its text first, so that the text is the key. Polar's
//!   library tries both, and so does this.
//! - Ten failed deliveries in a row disable the endpoint.
//!
//! Checked against Polar's library `@polar-sh/sdk` 1.0.1 and the code of the sender, `server/polar/webhook/tasks.py` at
//! commit c6c3645. Documentation:
//! ["Webhooks: Handle & monitor deliveries"](https://polar.sh/docs/integrate/webhooks/delivery).
//!
//! # Payments
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `order.created` | `data.status` is `paid` | `Paid`, as `order.paid` | `data.due_amount`, else `data.total_amount` |
//! | `order.created` |  | `Pending` | `data.due_amount`, else `data.total_amount` |
//! | `order.paid` |  | `Paid` | `data.due_amount`, else `data.total_amount` |
//! | `order.updated` | `data.status` is `void` | `Canceled` | `data.due_amount`, else `data.total_amount` |
//! | `order.refunded` | `data.status` is `refunded` | `Refunded` | `data.refunded_amount + data.refunded_tax_amount` |
//! | `order.refunded` | `data.status` is `partially_refunded` | `PartiallyRefunded` | `data.refunded_amount + data.refunded_tax_amount` |
//! | `order.refunded` |  | `Refund` | `data.refunded_amount + data.refunded_tax_amount` |
//! | `refund.created`, `refund.updated` | `data.status` is `succeeded` | `Refund`, as `order.refunded` | `data.amount + data.tax_amount`, a step of id `data.id` |
//! | `refund.created`, `refund.updated` | `data.status` is `pending` | `RefundPending` | `data.amount + data.tax_amount`, a step of id `data.id` |
//! | `refund.created`, `refund.updated` | `data.status` is `failed` or `canceled` | `RefundFailed` | `data.amount + data.tax_amount`, a step of id `data.id` |
//! | `subscription.revoked` |  | `SubscriptionCanceled` |  |
//! | `subscription.*` | `data.cancel_at_period_end` is `true` and `data.status` is `active` or `trialing` | `SubscriptionEnding` |  |
//! | `subscription.*` | `data.pause_at_period_end` is `true` and `data.status` is `active` or `trialing` | `SubscriptionEnding` |  |
//! | `subscription.*` | `data.status` is `active` or `trialing` | `SubscriptionActive` |  |
//! | `subscription.*` | `data.status` is `incomplete` | `Pending` |  |
//! | `subscription.*` | `data.status` is `past_due` or `unpaid` | `SubscriptionPastDue` |  |
//! | `subscription.*` | `data.status` is `paused` | `SubscriptionPaused` |  |
//! | `subscription.*` | `data.status` is `canceled` or `incomplete_expired` | `SubscriptionCanceled` |  |
//! | `checkout.created` |  | `Pending` | `data.total_amount` |
//! | `checkout.updated` | `data.status` is `open` or `confirmed` | `Pending` | `data.total_amount` |
//! | `checkout.updated` | `data.status` is `failed` | `Failed` | `data.total_amount` |
//! | `checkout.updated` | `data.status` is `expired` | `Expired`, as `checkout.expired` | `data.total_amount` |
//! | `checkout.expired` |  | `Expired` | `data.total_amount` |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | `refund.created`, `refund.updated` | `data.currency`, minor units | `data.customer.external_id` | `data.order_id` | `timestamp`, by RFC 3339 |
//! | all others | `data.currency`, minor units | `data.customer.external_id` | `data.id` | `timestamp`, by RFC 3339 |
//!
//! - The amount of an order is what was to be paid: `due_amount` leaves out what a balance of the customer pays.
//! - `order.refunded` tells the sum of all that went back so far. `refund.created` and `refund.updated` tell one refund, and
//!   `refund.updated` comes again when something else of it changes: count each step id once, or take the totals. Both are with
//!   the tax.
//! - A subscription that is set to end, or to rest, at the end of its period is `SubscriptionEnding` until then, in
//!   `subscription.canceled` too. `subscription.revoked` is the end.
//! - A subscription has no amount; each of its payments is an order.
//! - The reference is your own id of the customer, which a refund and a checkout do not have there; what else you gave to Polar
//!   is in `data.metadata`. No event says whether it is a test.
//!
//! Dedupe tells events apart by: `webhook-id`, kind.

use std::sync::Arc;

use base64ct::{Base64, Base64Unpadded, Encoding as _};
use zeroize::Zeroizing;

use super::standard_webhooks;
use crate::account::SHORTEST;
use crate::crypto::{KeyFormat, require_no_header};
use crate::message::Whose;
use crate::payment::PaymentStatus::{
    Canceled, Expired, Failed, Paid, PartiallyRefunded, Pending, Refund, RefundFailed,
    RefundPending, Refunded, SubscriptionActive, SubscriptionCanceled, SubscriptionEnding,
    SubscriptionPastDue, SubscriptionPaused,
};
use crate::payment::{Meaning, PaymentStatus, Places, Rule, Unit, When};
use crate::provider::about::{About, Group, Setting};
use crate::provider::registry::{Registered, testing};
use crate::request::Field;
use crate::scheme::{Scheme, SchemeVerifier};
#[cfg(feature = "testing")]
use crate::testing::{Sample, SampleKeys, Sign, Signer};
use crate::time::TimeUnit;
use crate::verify::map_proof;
use crate::{
    Answer, BodyCheck, ConfigError, IntoKeyring, Key, MatchedKey, RequestHead, Secret, Settings,
    Tolerance, UnixTime, Verifier,
};

pub(crate) const PROVIDER: Registered = Registered::custom(SCHEME.provider(), &ABOUT, |settings| {
    Ok(Arc::new(Polar::from_settings(settings)?))
})
.tested(testing!(signer, samples));

const ABOUT: About = About::new(Group::Payments, "https://polar.sh/docs/integrate/webhooks/delivery")
    .setup(&[
        "In the organisation's settings, open Webhooks and add an endpoint with the URL, the format Raw and its events.",
        "Set a secret or have one made, and copy the whole of it. It becomes `secrets`.",
    ])
    .settings(&[
        Setting::required(
            "secrets",
            "the endpoint's secret, whole, as it is shown in the organisation's settings: one or a list, any of which may match",
        ),
        Setting::optional("tolerance_seconds", "how old a signed time may be; 300 if absent"),
        Setting::optional(
            "future_tolerance_seconds",
            "how far ahead it may be; the same if absent",
        ),
    ])
    .headers(&["webhook-signature", "webhook-timestamp", "webhook-id"])
    .signed("HMAC-SHA256 in base64 of: the id, `.`, the time, `.`, the body")
    .tolerance_secs(300);

/// What Polar signs: Standard Webhooks with the text of the secret as the key.
pub const SCHEME: Scheme = standard_webhooks::SCHEME
    .named("polar")
    // <https://polar.sh/docs/integrate/webhooks/delivery>
    .waits_secs(10)
    .key(KeyFormat::text().reject_prefixes(NEVER))
    .whose(&WHOSE)
    .meaning(&MEANING);

/// What begins so is a token of Polar's interface.
const NEVER: &[&str] = &[
    "polar_oat_",
    "polar_pat_",
    "polar_at_",
    "polar_rt_",
    "polar_ci_",
    "polar_cs_",
];

const WHOSE: Whose = Whose::new().account(&[
    Field::Json("/data/organization_id"),
    Field::Json("/data/customer/organization_id"),
]);

/// The prefix that Standard Webhooks put before a secret.
const PREFIX: &str = "whsec_";

/// Verifies what Polar sends to one endpoint.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::provider::polar::Polar;
///
/// let endpoint = Endpoint::new(Polar::new(["polar_whs_new", "polar_whs_old"])?);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Polar {
    /// Has up to two keys for each that is configured.
    scheme: SchemeVerifier,
    /// For each of them, the place of the one that it was made of.
    places: Arc<[usize]>,
}

impl Polar {
    /// Accepts what any of these keys has signed.
    ///
    /// # Errors
    /// If there is no key, or one is empty.
    pub fn new(keys: impl IntoKeyring) -> Result<Self, ConfigError> {
        let mut both = Vec::new();
        let mut places = Vec::new();
        for (place, key) in keys.into_keyring()?.into_keys().into_iter().enumerate() {
            require_no_header(&key.secret)?;
            SCHEME.key.require(&key.secret)?;
            let text = Base64::encode_string(key.secret.expose().as_bytes());
            both.push(Key {
                secret: key.secret.part(text)?,
                name: key.name.clone(),
                valid: key.valid.clone(),
            });
            places.push(place);
            if is_base64(&key.secret) {
                both.push(key);
                places.push(place);
            }
        }
        let scheme = SCHEME.key(KeyFormat::base64().strip_prefix(PREFIX));
        Ok(Self {
            scheme: scheme.verifier(both)?,
            places: places.into(),
        })
    }

    fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        let polar = Self::new(settings.keys("secrets")?);
        let polar = polar.map_err(|error| error.of_setting("secrets"))?;
        Ok(match settings.tolerance()? {
            Some(tolerance) => polar.tolerance(tolerance),
            None => polar,
        })
    }

    /// Another tolerance than the 300 seconds both ways.
    #[must_use]
    pub fn tolerance(self, tolerance: Tolerance) -> Self {
        Self {
            scheme: self.scheme.judging_time(tolerance),
            ..self
        }
    }
}

/// Whether the secret stands for bytes, and for as many as make a key.
fn is_base64(secret: &Secret) -> bool {
    let text = secret.expose();
    let text = text.strip_prefix(PREFIX).unwrap_or(text);
    let bytes = Base64::decode_vec(text).or_else(|_| Base64Unpadded::decode_vec(text));
    bytes.is_ok_and(|bytes| Zeroizing::new(bytes).len() >= SHORTEST)
}

impl Verifier for Polar {
    fn provider(&self) -> crate::Provider {
        SCHEME.provider()
    }

    fn key_prints(&self) -> Vec<crate::KeyPrint> {
        let mut prints: Vec<crate::KeyPrint> = Vec::new();
        for (place, print) in self.places.iter().zip(self.scheme.key_prints()) {
            if *place == prints.len() {
                prints.push(print);
            }
        }
        prints
    }

    fn replay_window(&self) -> Option<std::time::Duration> {
        self.scheme.replay_window()
    }

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<BodyCheck, Answer> {
        let places = Arc::clone(&self.places);
        let begin = self.scheme.begin(head, now)?;
        Ok(map_proof(begin, move |proof, _| {
            let matched = proof.key.as_ref();
            let name = matched.and_then(MatchedKey::name).map(Arc::from);
            let place = matched.and_then(|key| places.get(key.index()));
            match place {
                Some(place) => proof.key(MatchedKey::new(*place, name)),
                None => proof,
            }
        }))
    }
}

/// What Polar's kinds mean for a payment.
pub const MEANING: Meaning = Meaning::new(
    ORDER,
    &[
        Rule::new(&["order.created"], Paid)
            .when(&[When::Is(STATUS, &["paid"])])
            .twin("order.paid"),
        Rule::new(&["order.created"], Pending),
        Rule::new(&["order.paid"], Paid),
        Rule::new(&["order.updated"], Canceled).when(&[When::Is(STATUS, &["void"])]),
        Rule::by(
            &["order.refunded"],
            STATUS,
            &[
                ("refunded", Refunded),
                ("partially_refunded", PartiallyRefunded),
            ],
        )
        .amount(BACK),
        Rule::new(&["order.refunded"], Refund).amount(BACK),
        Rule::new(REFUNDS, Refund)
            .when(&[When::Is(STATUS, &["succeeded"])])
            .places(&REFUND)
            .twin("order.refunded"),
        Rule::by(
            REFUNDS,
            STATUS,
            &[
                ("pending", RefundPending),
                ("failed", RefundFailed),
                ("canceled", RefundFailed),
            ],
        )
        .places(&REFUND),
        Rule::new(&["subscription.revoked"], SubscriptionCanceled).amount(&[]),
        Rule::by(SUBSCRIPTIONS, STATUS, ENDING)
            .when(&[When::Is("/data/cancel_at_period_end", &["true"])])
            .amount(&[]),
        Rule::by(SUBSCRIPTIONS, STATUS, ENDING)
            .when(&[When::Is("/data/pause_at_period_end", &["true"])])
            .amount(&[]),
        Rule::by(
            SUBSCRIPTIONS,
            STATUS,
            &[
                ("active", SubscriptionActive),
                ("trialing", SubscriptionActive),
                ("incomplete", Pending),
                ("past_due", SubscriptionPastDue),
                ("unpaid", SubscriptionPastDue),
                ("paused", SubscriptionPaused),
                ("canceled", SubscriptionCanceled),
                ("incomplete_expired", SubscriptionCanceled),
            ],
        )
        .amount(&[]),
        Rule::new(&["checkout.created"], Pending).amount(TOTAL),
        Rule::by(
            &["checkout.updated"],
            STATUS,
            &[
                ("open", Pending),
                ("confirmed", Pending),
                ("failed", Failed),
            ],
        )
        .amount(TOTAL),
        Rule::new(&["checkout.updated"], Expired)
            .when(&[When::Is(STATUS, &["expired"])])
            .amount(TOTAL)
            .twin("checkout.expired"),
        Rule::new(&["checkout.expired"], Expired).amount(TOTAL),
    ],
);

const REFUNDS: &[&str] = &["refund.created", "refund.updated"];
const SUBSCRIPTIONS: &[&str] = &["subscription.*"];
const STATUS: &str = "/data/status";
const ENDING: &[(&str, PaymentStatus)] = &[
    ("active", SubscriptionEnding),
    ("trialing", SubscriptionEnding),
];
const TOTAL: &[&str] = &["/data/total_amount"];
const BACK: &[&str] = &["/data/refunded_amount + /data/refunded_tax_amount"];

/// What a balance of the customer pays is not due.
const ORDER: Places = Places::new(Unit::Minor)
    .amount(&["/data/due_amount", "/data/total_amount"])
    .currency(&["/data/currency"])
    .reference(&["/data/customer/external_id"])
    .transaction(&["/data/id"])
    .time(TimeUnit::Rfc3339, &["/timestamp"]);

const REFUND: Places = ORDER
    .step_amount(&["/data/amount + /data/tax_amount"])
    .step_id(&["/data/id"])
    .transaction(&["/data/order_id"]);

#[cfg(feature = "testing")]
fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    Ok(Box::new(Signer::configured(SCHEME, settings)?))
}

#[cfg(feature = "testing")]
fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    Ok(vec![Sample::of_scheme(SCHEME, keys)?.made_by(Polar::new)])
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;
    use crate::delivery::Delivery;
    use crate::testing::support;
    use crate::testing::support::NOW;
    use crate::testing::{FixedClock, receive};
    use crate::{Endpoint, Keyring};

    const TEXT: &str = "polar_whs_DcOrPgmt6mPnhajL25oxFK9dc3pmYP9doJDMJT6RZA2";
    const BASE64: &str = "whsec_KN0FLdZPuWtBPI2//6XrPWUtcltbfyG1ALcQzZDe7dY=";

    fn received(polar: Polar, signer: &impl Sign) -> Result<Delivery, Answer> {
        let request = signer.sign(b"{}", NOW).unwrap();
        let endpoint = Endpoint::new(polar).clock(FixedClock::at(NOW));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(receive(&endpoint, request))
    }

    #[test]
    fn the_key_that_matched_is_the_one_that_was_configured() {
        let ring = || {
            Keyring::new(Key::new(BASE64).unwrap().named("new"))
                .and(Key::new(TEXT).unwrap().named("old"))
        };
        let decoded = standard_webhooks::SCHEME;
        for (scheme, secret, index, name) in [
            (SCHEME, BASE64, 0, "new"),
            (decoded, BASE64, 0, "new"),
            (SCHEME, TEXT, 1, "old"),
        ] {
            let signer = Signer::new(scheme, secret).unwrap();
            let delivery = received(Polar::new(ring()).unwrap(), &signer).unwrap();
            assert_eq!(delivery.key().unwrap().index(), index);
            assert_eq!(delivery.key().unwrap().name(), Some(name));
        }
    }

    #[test]
    fn another_text_is_refused() {
        let signer = Signer::new(SCHEME, "polar_whs_another").unwrap();
        let rejection = received(Polar::new(TEXT).unwrap(), &signer).unwrap_err();
        assert_eq!(rejection.code(), "bad_signature");
    }

    #[test]
    fn the_time_of_an_update_is_that_of_the_event() {
        let body = r#"{"type":"order.paid","timestamp":"2026-08-05T09:00:00Z","data":{}}"#;
        assert_eq!(support::update(SCHEME, body).unwrap().time, Some(NOW));
    }
}
