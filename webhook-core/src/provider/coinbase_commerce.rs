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
//! - `charge:delayed` was paid after it had expired, and is to be settled by hand; `charge:resolved` is one that the
//!   merchant has accepted by hand. Neither has an amount: another sum than the price was paid.
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
    use crate::payment::PaymentUpdate;
    use crate::testing::support::{line, update};
    use crate::{DecodeError, UnixTime};

    fn event(kind: &str, amount: &str, currency: &str) -> Result<PaymentUpdate, DecodeError> {
        let body = format!(
            r#"{{"attempt_number":1,"id":"3","scheduled_for":"2026-08-05T09:00:01Z","event":{{
                "id":"2aee9dd1","type":"{kind}","api_version":"2018-03-22","created_at":"2026-08-05T09:00:00Z",
                "data":{{"id":"2aee9dd1-67b8","code":"XA6G6ZFR","metadata":{{"order_id":4711,"source":"woocommerce"}},
                    "pricing":{{"local":{{"amount":"{amount}","currency":"{currency}"}},
                        "settlement":{{"amount":"1","currency":"USDC"}}}},
                    "timeline":[{{"time":"2026-08-05T08:59:00Z","status":"NEW"}}]}}}}}}"#
        );
        update(SCHEME, &body)
    }

    #[test]
    fn charges_are_read_by_kind() {
        for (kind, want) in [
            ("charge:created", "pending | 1.00 USD | 4711 | XA6G6ZFR"),
            ("charge:pending", "pending | 1.00 USD | 4711 | XA6G6ZFR"),
            ("charge:confirmed", "paid | 1.00 USD | 4711 | XA6G6ZFR"),
            ("charge:failed", "failed | 1.00 USD | 4711 | XA6G6ZFR"),
            ("charge:delayed", "pending | - | 4711 | XA6G6ZFR"),
            ("charge:resolved", "paid | - | 4711 | XA6G6ZFR"),
            ("invoice:created", "other | - | - | -"),
        ] {
            assert_eq!(line(&event(kind, "1.00", "USD").unwrap()), want, "{kind}");
        }
    }

    #[test]
    fn prices_are_exact_in_every_currency() {
        for (amount, currency, want) in [
            ("1000", "JPY", "1000 JPY"),
            ("1.234", "KWD", "1.234 KWD"),
            ("90071992547409.93", "USD", "90071992547409.93 USD"),
            ("1", "USDC", "unknown_currency"),
            ("1.005", "USD", "too_many_digits"),
            ("0.00003552", "BTC", "unknown_currency"),
        ] {
            let update = event("charge:confirmed", amount, currency).unwrap();
            let line = line(&update);
            assert!(line.starts_with(&format!("paid | {want} | ")), "{line}");
        }
    }

    #[test]
    fn the_time_is_that_of_the_event() {
        let update = event("charge:confirmed", "1.00", "USD").unwrap();
        assert_eq!(update.time, Some(UnixTime::from_secs(1_785_920_400)));
        assert_eq!(update.event_id.as_deref(), Some("2aee9dd1"));
    }
}
