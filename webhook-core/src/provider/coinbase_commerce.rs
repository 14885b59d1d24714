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
//! Documentation: "Webhook security".
//!
//! # Payments
//!
//! | kind | status |
//! |---|---|
//! | `charge:created` | `Pending` |
//! | `charge:pending` | `Pending`: seen on the blockchain, not final |
//! | `charge:confirmed` | `Paid` |
//! | `charge:failed` | `Failed`: not paid in time, or not enough |
//! | `charge:delayed` | `Pending`: paid after it had expired, and to be settled by hand |
//! | `charge:resolved` | `Paid`: the merchant has accepted it by hand |
//! | anything else | `Other` |
//!
//! | field | where |
//! |---|---|
//! | amount | the **price** in `event.data.pricing.local`, an error if its currency is none of ISO 4217; none for `charge:delayed` and `charge:resolved`, where another sum was paid |
//! | reference | `event.data.metadata.order_id`, as Coinbase's own plugin for shops sets it |
//! | transaction id | `event.data.code` |
//! | time | `event.created_at` |
//!
//! Dedupe tells events apart by: `event.id`, kind.

use crate::payment::read::{major, places, time};
use crate::payment::{PaymentStatus, PaymentUpdate};
use crate::provider_type::scheme_provider;
use crate::registry::Registered;
use crate::scheme::{Field, Primitive, Scheme, Signature};
use crate::{DecodeError, Delivery, TimeUnit};

pub(crate) const PROVIDER: Registered = Registered::scheme(SCHEME.provider(), |_| Ok(SCHEME));

/// Hex HMAC-SHA256 of the body.
pub const SCHEME: Scheme = Scheme::new("coinbase-commerce", Primitive::HmacSha256)
    .signature(Signature::header("x-cc-webhook-signature"))
    .id(&[Field::Json("/event/id")])
    .kind(&[Field::Json("/event/type")])
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

fn updates(delivery: &Delivery) -> Result<Vec<PaymentUpdate>, DecodeError> {
    let other = PaymentUpdate::other(delivery);
    let (status, is_price_paid) = match delivery.kind().unwrap_or_default() {
        "charge:created" | "charge:pending" => (PaymentStatus::Pending, true),
        "charge:confirmed" => (PaymentStatus::Paid, true),
        "charge:failed" => (PaymentStatus::Failed, true),
        "charge:delayed" => (PaymentStatus::Pending, false),
        "charge:resolved" => (PaymentStatus::Paid, false),
        _ => return Ok(vec![other]),
    };
    let [amount, currency, order, code, created] = places(
        delivery.body(),
        [
            "/event/data/pricing/local/amount",
            "/event/data/pricing/local/currency",
            "/event/data/metadata/order_id",
            "/event/data/code",
            "/event/created_at",
        ],
    )?;
    Ok(vec![PaymentUpdate {
        status,
        amount: match is_price_paid {
            true => major(&amount, &currency),
            false => Ok(None),
        },
        reference: order.unless_structured().text()?,
        transaction_id: code.text()?,
        time: time(TimeUnit::Rfc3339, &created)?,
        ..other
    }])
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;
    use crate::UnixTime;
    use crate::test_support::{line, update};

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
