//! Standard Webhooks 1.0.0: the common format of many senders, OpenAI, Supabase and incident.io among them.
//!
//! | | `v1` | `v1a` |
//! |---|---|---|
//! | signature | `webhook-signature`: entries `v1,` and base64, a space between them | the same with `v1a,` |
//! | signed | `webhook-id`, `.`, `webhook-timestamp`, `.`, body | the same |
//! | algorithm | HMAC-SHA256 | Ed25519 (feature `asymmetric`) |
//! | key | `whsec_` and base64; what is decoded is the key | `whpk_` and base64 of the public key |
//! | time window | 300 seconds both ways | the same |
//! | event id | `webhook-id`, signed | the same |
//! | kind | `type` in the body, signed; recommended to senders, not required | the same |
//!
//! # What to know
//!
//! - Entries of another version are not looked at: a `v1` entry is never checked against a public key, nor a `v1a`
//!   entry against a shared secret.
//! - A key is accepted without its prefix, as the reference libraries do. Some senders mean the *text* of their
//!   secret as the key: base64-encode it before you configure it. Stripe's `whsec_` is such a text and another scheme.
//! - A time is digits only. Some libraries read `1785920400abc` as a number and accept it; this one does not.
//! - An id with a dot is refused, as the specification forbids it: the dot ends it in what is signed.
//! - Bodies need not be JSON: take [`Delivery`] where [`Event`] does not fit.
//!
//! `v1` is checked against the reference libraries `standardwebhooks` 1.1.0 (Python) and 1.1.1 (JavaScript); `v1a` is
//! by the specification only, because no reference library has it; the specification gives no time window, the
//! libraries do. Documentation:
//! [`spec/standard-webhooks.md`](https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
//!
//! Dedupe tells events apart by: `webhook-id`, kind.

use serde::Deserialize;

use crate::crypto::{Algorithm, Encoding, KeyFormat};
use crate::delivery::require_events_of;
use crate::json::{Document, Raw, Slice, decode, document};
#[cfg(feature = "testing")]
use crate::outcome::ConfigError;
use crate::provider::about::{About, Group, Setting};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::{Registered, testing};
use crate::request::Field;
use crate::scheme::{Part, Scheme, Signature, Timestamp};
#[cfg(feature = "testing")]
use crate::testing::{Sample, SampleKeys};
use crate::{DecodeError, Delivery, EventKind, FromDelivery, RawJson, Text};

pub(crate) const PROVIDER: Registered = Registered::scheme(SCHEME.provider(), &ABOUT, |settings| {
    if !settings.has("public_keys") {
        return Ok(SCHEME);
    }
    #[cfg(feature = "asymmetric")]
    return Ok(ASYMMETRIC_SCHEME);
    #[cfg(not(feature = "asymmetric"))]
    Err(crate::ConfigError::new(
        "`public_keys` need the feature `asymmetric`",
    ))
})
.tested(testing!(samples));

const ABOUT: About = About::new(Group::Standards, "https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md",
)
.setup(&[
    "Add the URL where the sender manages its webhooks, and choose the events.",
    "Copy the signing secret, `whsec_…`. It becomes `secrets`.",
    "If the sender signs with a key pair, copy its public key, `whpk_…`. It becomes `public_keys`, without `secrets`.",
])
.settings(&[
    Setting::optional(
        "public_keys",
        "the sender's public keys, instead of `secrets`: one or a list; needs the feature `asymmetric`",
    ),
]);

/// Version `v1`: base64 HMAC-SHA256 of id, time and body.
pub const SCHEME: Scheme = Scheme::new("standard-webhooks", Algorithm::HmacSha256)
    .key(
        KeyFormat::base64()
            .list()
            .strip_prefix("v1,")
            .strip_prefix("whsec_")
            .reject_prefixes(&["whpk_", "whsk_", "v1a,", "sk_", "testsk_"]),
    )
    .signature(
        Signature::header("webhook-signature")
            .separator(b' ')
            .prefix("v1,")
            .encoding(Encoding::Base64)
            .ignore_other_versions(),
    )
    .timestamp(Timestamp::header("webhook-timestamp").tolerance(300))
    .signed_content(&[
        Part::FirstOf(&[Field::Header("webhook-id")]),
        Part::Literal("."),
        Part::Timestamp,
        Part::Literal("."),
        Part::Body,
    ])
    .id(&[Field::Header("webhook-id")])
    .kind(&[Field::Json("/type")])
    .with_events();

/// Version `v1a`: Ed25519 over the same.
#[cfg(feature = "asymmetric")]
pub const ASYMMETRIC_SCHEME: Scheme = Scheme {
    algorithm: Algorithm::Ed25519,
    ..SCHEME
}
.key(
    KeyFormat::base64()
        .list()
        .strip_prefix("v1a,")
        .strip_prefix("whpk_")
        .reject_prefixes(&["whsec_", "whsk_", "v1,"]),
)
.signature(
    Signature::header("webhook-signature")
        .separator(b' ')
        .prefix("v1a,")
        .encoding(Encoding::Base64),
);

scheme_provider! {
    /// Verifies what one sender of Standard Webhooks signs.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::standard_webhooks::StandardWebhooks;
    ///
    /// let keys = ["whsec_KN0FLdZPuWtBPI2//6XrPWUtcltbfyG1ALcQzZDe7dY="];
    /// let endpoint = Endpoint::new(StandardWebhooks::new(keys)?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    StandardWebhooks, SCHEME, timed
}

#[cfg(feature = "asymmetric")]
impl StandardWebhooks {
    /// Accepts what was signed with the private half of any of these public keys, and nothing else.
    ///
    /// ```
    /// use webhook_core::provider::standard_webhooks::StandardWebhooks;
    ///
    /// let keys = ["whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="];
    /// let verifier = StandardWebhooks::with_public_keys(keys)?;
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// If there is no key, or one is not a public key of this sender.
    pub fn with_public_keys(keys: impl crate::IntoKeyring) -> Result<Self, crate::ConfigError> {
        ASYMMETRIC_SCHEME.verifier(keys).map(Self)
    }
}

/// An event: its signed id, and what the specification recommends to senders.
///
/// ```
/// use webhook_core::DecodeError;
/// use webhook_core::provider::standard_webhooks::Event;
///
/// #[derive(serde::Deserialize)]
/// struct Order { number: u64 }
///
/// fn handle(event: Event) -> Result<(), DecodeError> {
///     if event.kind.as_deref() == Some("order.paid") {
///         let order: Order = event.decode()?;
///         println!("{}: order {} is paid", event.id, order.number);
///     }
///     Ok(())
/// }
/// ```
///
/// For senders with another envelope there is [`JsonEvent`](crate::JsonEvent).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Event {
    /// The event's id, from a signed header. Retries carry the same one.
    pub id: Text,
    /// What happened: the body's `type`.
    pub kind: Option<EventKind>,
    /// When it happened, as the sender writes it. Not the time of the signature, which [`Delivery::sent_at`] tells.
    pub timestamp: Option<Text>,
    /// What it happened to.
    pub data: Option<RawJson>,
}

impl Event {
    /// Reads `data` as your type.
    ///
    /// # Errors
    /// If it is absent or of another shape; the error names the place.
    pub fn decode<'a, T: Deserialize<'a>>(&'a self) -> Result<T, DecodeError> {
        let data = self.data.as_ref();
        let data = data.ok_or_else(|| DecodeError::new("data", "missing"))?;
        data.decode().map_err(|error| error.inside("data"))
    }
}

impl FromDelivery for Event {
    fn from_delivery(delivery: &Delivery) -> Result<Self, DecodeError> {
        require_events_of(SCHEME.name(), delivery)?;
        let id = delivery
            .message()
            .id_text()
            .ok_or_else(|| DecodeError::new("webhook-id", "the header is missing"))?;
        document(delivery.body(), |body| {
            let fields: Fields<'_> = body.envelope()?;
            let timestamp = fields.timestamp.map(|written| time_text(body, written));
            Ok(Self {
                id: id.clone(),
                kind: fields.kind.map(|kind| kind.into_text(body).into()),
                timestamp: timestamp.transpose()?,
                data: fields.data.map(|data| body.json(data)),
            })
        })
    }
}

#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Slice<'a>>,
    #[serde(borrow)]
    timestamp: Option<Raw<'a>>,
    #[serde(borrow)]
    data: Option<Raw<'a>>,
}

/// The specification wants RFC 3339 in a text; Clerk writes a number of milliseconds.
fn time_text(body: &Document, written: Raw<'_>) -> Result<Text, DecodeError> {
    let json = written.get().as_bytes();
    if let Ok(text) = decode::<Slice<'_>>(json) {
        return Ok(text.into_text(body));
    }
    match decode::<serde_json::Number>(json) {
        Ok(_) => Ok(Text::from(written.get())),
        Err(error) => Err(error.inside("timestamp")),
    }
}

#[cfg(feature = "testing")]
fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    Ok(vec![
        Sample::of_scheme(SCHEME, keys)?.made_by(StandardWebhooks::new),
        #[cfg(feature = "asymmetric")]
        Sample::of_asymmetric(ASYMMETRIC_SCHEME)?
            .named("standard-webhooks v1a")
            .made_by(StandardWebhooks::with_public_keys),
    ])
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{Signer, support};

    const SECRET: &str = "whsec_KN0FLdZPuWtBPI2//6XrPWUtcltbfyG1ALcQzZDe7dY=";

    fn event(body: &str) -> Result<Event, DecodeError> {
        let signer = Signer::new(SCHEME, SECRET).unwrap().id("msg_1");
        let settings = json!({"secrets": SECRET});
        let delivery = support::signed("standard-webhooks", settings, &signer, body);
        Event::from_delivery(&delivery)
    }

    #[test]
    fn reads_the_recommended_envelope() {
        let event = event(
            r#"{"type":"order.paid","timestamp":"2026-08-05T09:00:00Z","data":{"number":7}}"#,
        );
        let event = event.unwrap();
        assert_eq!(event.id, "msg_1");
        assert_eq!(event.kind.as_deref(), Some("order.paid"));
        assert_eq!(event.timestamp.as_deref(), Some("2026-08-05T09:00:00Z"));
        assert_eq!(event.data.unwrap().get(), r#"{"number":7}"#);
    }

    #[test]
    fn the_data_decodes_as_a_type_of_the_user() {
        let number = |body: &str| event(body).unwrap().decode::<Vec<u8>>();
        assert_eq!(number(r#"{"data":[7]}"#), Ok(vec![7]));
        assert_eq!(number(r#"{"data":["7"]}"#).unwrap_err().path(), "data[0]");
        assert_eq!(number("{}").unwrap_err().path(), "data");
    }

    #[test]
    fn a_timestamp_may_be_a_number() {
        let event = event(r#"{"timestamp":1654012591835}"#).unwrap();
        assert_eq!(event.timestamp.as_deref(), Some("1654012591835"));
    }

    #[test]
    fn every_accepted_vector_of_json_is_an_event() {
        for provider in ["standard-webhooks", "svix"] {
            for (case, delivery) in support::vectors(provider) {
                if case == "ok_body_not_utf8" {
                    assert!(Event::from_delivery(&delivery).is_err());
                    continue;
                }
                let event = Event::from_delivery(&delivery).unwrap();
                assert_eq!(Some(event.id.as_str()), delivery.id(), "{case}");
                assert_eq!(event.kind.as_deref(), delivery.kind(), "{case}");
                assert!(event.data.is_some(), "{case}");
            }
        }
    }

    #[test]
    fn a_kind_from_the_future_and_no_kind_at_all_are_events() {
        let kind = |body| event(body).unwrap().kind;
        assert_eq!(
            kind(r#"{"type":"moon.landed","new":1}"#).as_deref(),
            Some("moon.landed")
        );
        assert_eq!(kind("{}"), None);
        assert_eq!(kind(r#"{"type":null,"timestamp":null,"data":null}"#), None);
    }

    #[test]
    fn names_the_place_of_another_type() {
        for (body, path) in [
            (r#"{"type":1}"#, "type"),
            (r#"{"timestamp":{}}"#, "timestamp"),
            (r#"{"timestamp":true}"#, "timestamp"),
            ("text", "."),
            ("", "."),
        ] {
            assert_eq!(event(body).unwrap_err().path(), path, "{body}");
        }
    }

    #[test]
    fn the_delivery_of_another_provider_is_no_event() {
        let (_, delivery) = support::vectors("github").remove(0);
        assert_eq!(Event::from_delivery(&delivery).unwrap_err().path(), ".");
    }

    #[test]
    fn debug_does_not_show_the_data() {
        let shown = format!("{:?}", event(r#"{"type":"t","data":"canary"}"#).unwrap());
        assert!(shown.contains("msg_1") && !shown.contains("canary"));
    }

    #[test]
    #[cfg(feature = "asymmetric")]
    fn a_key_of_the_other_version_is_refused() {
        let public = "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
        let private = "whsk_nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";
        assert!(StandardWebhooks::with_public_keys([public]).is_ok());
        for wrong in [SECRET, private, "whpk_a2V5"] {
            assert!(StandardWebhooks::with_public_keys(wrong).is_err());
        }
        assert!(StandardWebhooks::new([SECRET]).is_ok());
        for wrong in [public, private] {
            assert!(StandardWebhooks::new(wrong).is_err());
        }
    }
}
