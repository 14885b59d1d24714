//! Shopify: what happens in a shop.
//!
//! | | webhooks | Shopify Events |
//! |---|---|---|
//! | signature | `X-Shopify-Hmac-Sha256` | `Shopify-Hmac-Sha256` |
//! | | base64 HMAC-SHA256 of the body | the same |
//! | key | the text of the app's client secret | the same |
//! | time window | none: Shopify signs no time | the same |
//! | event id | `X-Shopify-Webhook-Id`, **not signed** | `Shopify-Webhook-Id`, **not signed** |
//! | kind | `X-Shopify-Topic`, **not signed** | `Shopify-Topic`, **not signed** |
//!
//! # What to know
//!
//! - Only the body is signed. Whoever replays a request can give it another id, another topic and **another shop**:
//!   take the shop from an address of its own or from what the body names, not from a header.
//! - After the client secret was changed, deliveries may be signed with the old one for up to an hour: configure both.
//! - A notification made by hand in the shop's admin, and its "send test", is signed with another secret than the app's.
//! - Two subscriptions to one event send it twice, with different ids.
//! - Only one of the two families of headers is looked at: [`Shopify::new`] and [`Shopify::events`].
//!   Settings: `"mode": "events"` for the second.
//!
//! Checked against Shopify's library `@shopify/shopify-api` 13.1.0 and 15.0.0. Documentation:
//! ["HTTPS webhook delivery"](https://shopify.dev/docs/apps/build/webhooks/subscribe/https). Shopify Events are a developer preview and may change.
//!
//! # Payments
//!
//! The topic is not signed, so the status is never taken from it. An order and a refund say what they are in
//! `admin_graphql_api_id`, which is in the signed body: they are read as `orders/…` and `refunds/create`, whatever the
//! topic is. Whatever needs the topic to be understood is `Unconfirmed`, with what it claims in
//! [`PaymentUpdate::unsigned`](crate::payment::PaymentUpdate::unsigned): a dispute, and an order or a refund without
//! `admin_graphql_api_id`, as a subscription with chosen fields may send it.
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `orders/*` | `cancelled_at` is there and `financial_status` is `pending` or `authorized` | `Canceled` | `total_price` |
//! | `orders/*` | `financial_status` is `pending` or `partially_paid` | `Pending` | `total_price` |
//! | `orders/*` | `financial_status` is `authorized` | `Authorized` | `total_price` |
//! | `orders/*` | `financial_status` is `paid` | `Paid` | `total_price` |
//! | `orders/*` | `financial_status` is `voided` | `Canceled` | `total_price` |
//! | `orders/*` | `financial_status` is `expired` | `Expired` | `total_price` |
//! | `orders/*` | `financial_status` is `refunded` | `Refunded` |  |
//! | `orders/*` | `financial_status` is `partially_refunded` | `PartiallyRefunded` |  |
//! | `refunds/create` |  | `PartiallyRefunded` |  |
//! | `disputes/create`, `disputes/update` | `status` is `needs_response` or `under_review` | `Disputed` | `amount` |
//! | `disputes/create`, `disputes/update` | `status` is `won` | `DisputeWon` | `amount` |
//! | `disputes/create`, `disputes/update` | `status` is `lost` or `accepted` | `DisputeLost` | `amount` |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | `refunds/create` |  |  | `order_id` | `created_at`, by RFC 3339 |
//! | `disputes/create`, `disputes/update` | `currency`, major units |  | `order_id` | `initiated_at`, by RFC 3339 |
//! | all others | `currency`, major units | `name` | `id` | `updated_at`, by RFC 3339 |
//!
//! - The amount of a refund is the sum of its `transactions`, that of an order that was refunded the sum of all its
//!   `refunds`. Only transactions with `kind` `refund` and `status` `success` are summed up, and only if all are in one
//!   currency. A refund without such a transaction is `Other`.
//! - A refund does not say whether that was all.
//! - `orders/updated` tells the **sum** of all refunds, `refunds/create` each one: take the one or the other.
//! - An order of an earlier moment can be sent again by whoever has seen it: `time` says which of two is newer.
//! - Shopify Events are `Other`.
//!
//! Dedupe tells events apart by: body, unsigned event id (else webhook id), topic and shop.

mod payment;

use std::fmt;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::crypto::{Algorithm, Encoding, KeyFormat};
use crate::delivery::require_events_of;
use crate::json::decode;
use crate::message::{Identity, Whose};
use crate::provider::about::{About, Setting};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::{Registered, testing};
use crate::request::Field;
use crate::scheme::{Scheme, Signature};
#[cfg(feature = "testing")]
use crate::testing::{Sample, SampleKeys};
use crate::{
    ConfigError, DecodeError, Delivery, EventKind, FromDelivery, IntoKeyring, RawJson, Text,
    Unverified,
};

pub use payment::MEANING;

pub(crate) const PROVIDER: Registered = Registered::scheme(SCHEME.provider(), &ABOUT, |settings| {
    match settings.text("mode")? {
        None | Some("webhooks") => Ok(SCHEME),
        Some("events") => Ok(EVENTS_SCHEME),
        Some(_) => Err(ConfigError::new(
            "`mode` is neither `webhooks` nor `events`",
        )),
    }
})
.tested(testing!(samples));

const ABOUT: About = About::new("https://shopify.dev/docs/apps/build/webhooks/subscribe/https")
    .setup(&[
        "Subscribe to topics with the URL in the app's configuration file, or by the API.",
        "In the app's settings, copy the client secret. It becomes `secrets`.",
        "For Shopify Events, set `mode` to `events`.",
    ])
    .settings(&[Setting::optional(
        "mode",
        "`webhooks`, the default, or `events` for Shopify Events",
    )]);

/// Base64 HMAC-SHA256 of the body.
pub const SCHEME: Scheme = Scheme::new("shopify", Algorithm::HmacSha256)
    .key(
        KeyFormat::text()
            .reject_prefixes(&["shpat_", "shpca_", "shppa_", "shpua_", "shptka_", "atkn_"]),
    )
    .signature(Signature::header("x-shopify-hmac-sha256").encoding(Encoding::Base64))
    // An order of 500 lines, each with its taxes and discounts. A body that is refused eight times ends the subscription.
    .body_limit(4 * 1024 * 1024)
    .id(&[Field::Header("x-shopify-webhook-id")])
    .kind(&[Field::Header("x-shopify-topic")])
    .identity(Identity::body().beside(&[
        &[
            Field::Header("x-shopify-event-id"),
            Field::Header("x-shopify-webhook-id"),
        ],
        &[Field::Header("x-shopify-topic")],
        &[Field::Header("x-shopify-shop-domain")],
    ]))
    .whose(&WHOSE)
    .with_events()
    .meaning(&MEANING)
    .payments(payment::updates);

/// The same under the header names of Shopify Events.
pub const EVENTS_SCHEME: Scheme = SCHEME
    .signature(Signature::header("shopify-hmac-sha256").encoding(Encoding::Base64))
    .id(&[Field::Header("shopify-webhook-id")])
    .kind(&[Field::Header("shopify-topic")])
    .identity(Identity::body().beside(&[
        &[
            Field::Header("shopify-event-id"),
            Field::Header("shopify-webhook-id"),
        ],
        &[Field::Header("shopify-topic")],
        &[Field::Header("shopify-shop-domain")],
    ]))
    .whose(&WHOSE);

/// The header with the domain of the shop is not signed. Of an order the page of its status is, with the number of the shop.
const WHOSE: Whose = Whose::new()
    .account(&[Field::Json("/order_status_url")])
    .read(shop_of)
    .live(Field::Json("/test"), &["false"])
    .test(Field::Json("/test"), &["true"]);

/// The number of the shop in `https://shop.example/690933842/orders/…`.
fn shop_of(url: &str) -> Option<&str> {
    let number = url.strip_prefix("https://")?.split('/').nth(1)?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some(number)
}

scheme_provider! {
    /// Verifies what Shopify sends to one app.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::shopify::Shopify;
    ///
    /// let endpoint = Endpoint::new(Shopify::new(["new client secret", "old client secret"])?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Shopify, SCHEME
}

impl Shopify {
    /// The same for Shopify Events, whose headers begin with `shopify-`.
    ///
    /// # Errors
    /// If there is no key, or one is empty.
    pub fn events(keys: impl IntoKeyring) -> Result<Self, ConfigError> {
        EVENTS_SCHEME.verifier(keys).map(Self)
    }
}

/// Names of topics, for `match event.topic.unverified().as_str()`. Shopify has many more; all of them arrive.
pub mod topic {
    /// A shop has removed the app.
    pub const APP_UNINSTALLED: &str = "app/uninstalled";
    /// A customer asks which data is kept about them. Every public app must answer.
    pub const CUSTOMERS_DATA_REQUEST: &str = "customers/data_request";
    /// A customer's data must be erased. Every public app must do it.
    pub const CUSTOMERS_REDACT: &str = "customers/redact";
    /// An order was cancelled.
    pub const ORDERS_CANCELLED: &str = "orders/cancelled";
    /// An order was made.
    pub const ORDERS_CREATE: &str = "orders/create";
    /// An order was fulfilled.
    pub const ORDERS_FULFILLED: &str = "orders/fulfilled";
    /// An order was paid.
    pub const ORDERS_PAID: &str = "orders/paid";
    /// An order was changed.
    pub const ORDERS_UPDATED: &str = "orders/updated";
    /// A product was made.
    pub const PRODUCTS_CREATE: &str = "products/create";
    /// A product was removed.
    pub const PRODUCTS_DELETE: &str = "products/delete";
    /// A product was changed.
    pub const PRODUCTS_UPDATE: &str = "products/update";
    /// Money was given back.
    pub const REFUNDS_CREATE: &str = "refunds/create";
    /// A shop's data must be erased, 48 hours after it removed the app. Every public app must do it.
    pub const SHOP_REDACT: &str = "shop/redact";
}

/// An event: its topic, its id and its payload.
///
/// ```
/// use webhook_core::DecodeError;
/// use webhook_core::provider::shopify::{Event, topic};
///
/// #[derive(serde::Deserialize)]
/// struct Order { id: u64, total_price: String }
///
/// fn handle(event: Event) -> Result<(), DecodeError> {
///     if event.topic.unverified() == topic::ORDERS_PAID {
///         let order: Order = event.decode()?;
///         println!("order {} over {} is paid", order.id, order.total_price);
///     }
///     Ok(())
/// }
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Event {
    /// What happened, from a header: not signed.
    pub topic: Unverified<EventKind>,
    /// The id of the delivery, from a header: not signed.
    pub webhook_id: Option<Unverified<Text>>,
    /// The payload.
    pub payload: RawJson,
}

impl Event {
    /// Reads the payload as your type.
    ///
    /// # Errors
    /// If it is of another shape; the error names the place.
    pub fn decode<'a, T: Deserialize<'a>>(&'a self) -> Result<T, DecodeError> {
        self.payload.decode()
    }
}

impl FromDelivery for Event {
    fn from_delivery(delivery: &Delivery) -> Result<Self, DecodeError> {
        require_events_of(SCHEME.name(), delivery)?;
        let topic = delivery
            .message()
            .unverified_kind_text()
            .ok_or_else(|| DecodeError::new("topic", "the header is missing"))?;
        let payload: &RawValue = decode(delivery.body())?;
        Ok(Self {
            topic: topic.map(EventKind::from),
            webhook_id: delivery.message().unverified_id_text(),
            payload: RawJson::share(delivery.body(), payload),
        })
    }
}

impl fmt::Debug for Event {
    /// Says which event it is, not what is in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("topic", &self.topic)
            .field("webhook_id", &self.webhook_id)
            .field("payload", &self.payload)
            .finish()
    }
}

#[cfg(feature = "testing")]
fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    let events = Sample::of_scheme(EVENTS_SCHEME, keys)?.made_by(Shopify::events);
    Ok(vec![
        Sample::of_scheme(SCHEME, keys)?.made_by(Shopify::new),
        events.named("shopify events").set("mode", "events"),
    ])
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::provider;
    use crate::testing::Signer;
    use crate::testing::support;
    use crate::{Settings, Verifier};

    fn event(topic: &str, body: &str) -> Result<Event, DecodeError> {
        let signer = Signer::new(SCHEME, "a secret for tests").unwrap();
        let signer = signer.id("b54557e4").kind(topic);
        let secrets = json!({"secrets": "a secret for tests"});
        Event::from_delivery(&support::signed("shopify", secrets, &signer, body))
    }

    #[test]
    fn reads_topic_id_and_payload() {
        let event = event(topic::ORDERS_PAID, r#"{"id":9,"total_price":"10.00"}"#).unwrap();
        assert_eq!(*event.topic.unverified(), topic::ORDERS_PAID);
        assert_eq!(
            event.webhook_id.unwrap().into_unverified().as_str(),
            "b54557e4"
        );
        assert_eq!(event.payload.get(), r#"{"id":9,"total_price":"10.00"}"#);
    }

    #[test]
    fn reads_shopify_events_alike() {
        let signer = Signer::new(EVENTS_SCHEME, "a secret for tests").unwrap();
        let settings = json!({"secrets": "a secret for tests", "mode": "events"});
        let signer = signer.id("1").kind("product");
        let delivery = support::signed("shopify", settings, &signer, "{}");
        let event = Event::from_delivery(&delivery).unwrap();
        assert_eq!(*event.topic.unverified(), "product");
        assert_eq!(event.webhook_id.unwrap().into_unverified(), "1");
    }

    #[test]
    fn every_accepted_vector_is_an_event() {
        for (case, delivery) in support::vectors("shopify") {
            let event = Event::from_delivery(&delivery).unwrap();
            let topic = event.topic.unverified();
            assert_eq!(
                Some(topic.as_str()),
                delivery.message().any_kind(),
                "{case}"
            );
            assert_eq!(delivery.kind(), None, "{case}");
        }
    }

    #[test]
    fn a_topic_from_the_future_is_an_event() {
        let event = event("moons/landed", "{}").unwrap();
        assert_eq!(*event.topic.unverified(), "moons/landed");
    }

    #[test]
    fn a_body_that_is_no_json_is_no_event() {
        for body in ["", "{", "id=1", r#"{"a":1}{}"#] {
            assert_eq!(event("orders/paid", body).unwrap_err().path(), ".");
        }
    }

    #[test]
    fn a_payload_of_another_type_is_told_with_its_place() {
        #[derive(Debug, Deserialize)]
        struct Order {
            #[expect(dead_code, reason = "only its type matters")]
            id: u64,
        }
        let event = event("orders/paid", r#"{"id":"9"}"#).unwrap();
        assert_eq!(event.decode::<Order>().unwrap_err().path(), "id");
    }

    #[test]
    fn the_delivery_of_another_provider_is_no_event() {
        let (_, delivery) = support::vectors("github").remove(0);
        assert_eq!(Event::from_delivery(&delivery).unwrap_err().path(), ".");
    }

    #[test]
    fn debug_does_not_show_the_payload() {
        let shown = format!("{:?}", event("orders/paid", r#"{"n":"canary"}"#).unwrap());
        assert!(shown.contains("orders/paid") && !shown.contains("canary"));
    }

    #[test]
    fn an_unknown_mode_is_refused() {
        let settings =
            |mode| Settings::new(json!({"secrets": "a secret for tests", "mode": mode})).unwrap();
        let error = provider::by_name("shopify", &settings("event")).unwrap_err();
        assert!(error.to_string().contains("mode"));
        assert!(provider::by_name("shopify", &settings("webhooks")).is_ok());
        assert_eq!(
            Shopify::events("a secret for tests")
                .unwrap()
                .provider()
                .name(),
            "shopify"
        );
    }
}
