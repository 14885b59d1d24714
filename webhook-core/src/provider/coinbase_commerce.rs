//! Coinbase Commerce: payments in cryptocurrency.
//!
//! | | |
//! |---|---|
//! | signature | `X-CC-Webhook-Signature`: hex HMAC-SHA256 of the body |
//! | key | the text of the account's webhook shared secret |
//! | time window | none: Coinbase Commerce signs no time |
//! | event id | `event.id` in the body, signed; the outer `id` is that of the delivery |
//! | kind | `event.type` in the body, signed |
//!
//! # What to know
//!
//! - Coinbase Commerce is being closed in favour of Coinbase Business, which signs otherwise. This is for endpoints
//!   that still receive it.
//! - The retired merchant API of 2015, whose callbacks had no signature, is another thing.
//! - Failed deliveries are said to be repeated for up to three days; not verified here.
//!
//! Checked against Coinbase's libraries `coinbase-commerce` 1.0.1 (Python) and `coinbase-commerce-node` 1.0.4.
//! Documentation: ["Webhooks security"](https://docs.cdp.coinbase.com/commerce/api-arcitecture/webhooks-security).
//!
//! # Payments
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `charge:created`, `charge:pending` |  | `Pending` | `event.data.pricing.local.amount` |
//! | `charge:confirmed` |  | `Paid` | `event.data.pricing.local.amount` |
//! | `charge:failed` | `event.data.payments.0` is there | `Failed` | `event.data.pricing.local.amount` |
//! | `charge:failed` |  | `Expired` | `event.data.pricing.local.amount` |
//! | `charge:delayed` |  | `Pending` |  |
//! | `charge:resolved` |  | `Paid` |  |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | all | `event.data.pricing.local.currency`, major units | `event.data.metadata.order_id` | `event.data.code` | `event.created_at`, by RFC 3339 |
//!
//! - `charge:pending` was seen on the blockchain and is not final.
//! - `charge:failed` was not paid in time: it is `Expired` where nothing was paid, and `Failed` where too little was, which
//!   the merchant has.
//! - `charge:delayed` was paid after it had expired, and the merchant must decide about it; `charge:resolved` is one that the
//!   merchant has accepted. Their amount is the sum of `payments` with the status `CONFIRMED`, at `value.local`.
//! - The amount of all others is the **price**; what was paid can be more. It is an error if the currency is none of
//!   ISO 4217.
//! - There are no refunds: Coinbase Commerce does not tell them.
//! - Coinbase's own plugin for shops sets `metadata.order_id`.
//!
//! Dedupe tells events apart by: `event.id`, kind.

use bytes::Bytes;

use crate::crypto::Algorithm;
use crate::json::elements;
use crate::message::Message;
use crate::payment::PaymentStatus::{Expired, Failed, Paid, Pending};
use crate::payment::read::{Read, major, places, sum};
use crate::payment::{Amount, Meaning, PaymentUpdate, Places, Rule, Unit, When};
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Scheme, Signature};
use crate::{DecodeError, TimeUnit};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(
    Group::Payments,
    "https://docs.cdp.coinbase.com/commerce/api-arcitecture/webhooks-security",
)
.setup(&[
    "In Settings, Notifications, add the URL of your endpoint with its events.",
    "Show the shared secret there and copy it: it becomes `secrets`.",
])
.acknowledgement("200");

/// Hex HMAC-SHA256 of the body.
pub const SCHEME: Scheme = Scheme::new("coinbase-commerce", Algorithm::HmacSha256)
    .signature(Signature::header("x-cc-webhook-signature"))
    .id(&[Field::Json("/event/id")])
    .kind(&[Field::Json("/event/type")])
    .meaning(&MEANING)
    .payments(updates);

scheme_provider! {
    /// Verifies what Coinbase Commerce sends to one account.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::coinbase_commerce::CoinbaseCommerce;
    ///
    /// let endpoint = Endpoint::new(CoinbaseCommerce::new("shared secret")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    CoinbaseCommerce, SCHEME
}

/// As the rules say; of charges that another sum than the price was paid for, the sum of the payments.
fn updates(message: &Message) -> Result<Vec<PaymentUpdate>, DecodeError> {
    let update = MEANING.read(message)?;
    let kind = update.kind.as_deref().unwrap_or_default();
    if !BY_HAND.contains(&kind) {
        return Ok(vec![update]);
    }
    let amount = confirmed(message.body())?.map(|sum| sum.map(Amount::Total));
    Ok(vec![PaymentUpdate { amount, ..update }])
}

/// The sum of the confirmed payments, in the currency of the price.
fn confirmed(body: &Bytes) -> Result<Read, DecodeError> {
    let mut parts = Vec::new();
    for payment in elements(body, "/event/data/payments")? {
        let [status, amount, currency] = places(
            &payment,
            ["/status", "/value/local/amount", "/value/local/currency"],
        )?;
        if status.str()? == "CONFIRMED" {
            parts.push(major(&amount, &currency));
        }
    }
    Ok(sum(parts))
}

/// The merchant decides about these.
const BY_HAND: [&str; 2] = ["charge:delayed", "charge:resolved"];

/// What the kinds of Coinbase Commerce mean for a payment.
pub const MEANING: Meaning = Meaning::new(
    CHARGE,
    &[
        Rule::new(&["charge:created", "charge:pending"], Pending),
        Rule::new(&["charge:confirmed"], Paid),
        Rule::new(&["charge:failed"], Failed).when(&[When::Present("/event/data/payments/0")]),
        Rule::new(&["charge:failed"], Expired),
        // Another sum than the price was paid: that of its payments, which code adds.
        Rule::new(&["charge:delayed"], Pending).amount(&[]),
        Rule::new(&["charge:resolved"], Paid).amount(&[]),
    ],
);

const CHARGE: Places = Places::new(Unit::Major)
    .amount(&["/event/data/pricing/local/amount"])
    .currency(&["/event/data/pricing/local/currency"])
    .reference(&["/event/data/metadata/order_id"])
    .reference_may_be_structured()
    .transaction(&["/event/data/code"])
    .time(TimeUnit::Rfc3339, &["/event/created_at"]);

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;
    use crate::UnixTime;
    use crate::testing::support::update;

    #[test]
    fn the_time_is_that_of_the_event() {
        let body = r#"{"id":"3","event":{"id":"2aee9dd1","type":"charge:confirmed","created_at":"2026-08-05T09:00:00Z","data":{}}}"#;
        let update = update(SCHEME, body).unwrap();
        assert_eq!(update.time, Some(UnixTime::from_secs(1_785_920_400)));
        assert_eq!(update.event_id.as_deref(), Some("2aee9dd1"));
    }
}
