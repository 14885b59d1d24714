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
//! | `charge:failed` |  | `Failed` | `event.data.pricing.local.amount` |
//! | `charge:delayed` |  | `Pending` |  |
//! | `charge:resolved` |  | `Paid` |  |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | all | `event.data.pricing.local.currency`, major units | `event.data.metadata.order_id` | `event.data.code` | `event.created_at`, by RFC 3339 |
//!
//! - `charge:pending` was seen on the blockchain and is not final.
//! - `charge:failed` was not paid in time, or not enough was paid.
//! - `charge:delayed` was paid after it had expired, and the merchant must decide about it; `charge:resolved` is one that the
//!   merchant has accepted. Neither has an amount: another sum than the price was paid.
//! - The amount is the **price**, an error if its currency is none of ISO 4217.
//! - Coinbase's own plugin for shops sets `metadata.order_id`.
//!
//! Dedupe tells events apart by: `event.id`, kind.

use crate::TimeUnit;
use crate::crypto::Algorithm;
use crate::payment::PaymentStatus::{Failed, Paid, Pending};
use crate::payment::{Meaning, Places, Rule, Unit};
use crate::provider::about::About;
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Scheme, Signature};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About =
    About::new("https://docs.cdp.coinbase.com/commerce/api-arcitecture/webhooks-security")
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
    .meaning(&MEANING);

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

/// What the kinds of Coinbase Commerce mean for a payment.
pub const MEANING: Meaning = Meaning::new(
    CHARGE,
    &[
        Rule::new(&["charge:created", "charge:pending"], Pending),
        Rule::new(&["charge:confirmed"], Paid),
        Rule::new(&["charge:failed"], Failed),
        // Another sum than the price was paid.
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
