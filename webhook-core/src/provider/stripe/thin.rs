//! Thin events of API v2.

use std::fmt;

use serde::Deserialize;

use super::event::{THIN_OBJECT, required, stripe_body};
use crate::json::{Document, Raw, Slice, decode, document};
use crate::{DecodeError, Delivery, EventKind, FromDelivery, RawJson, Text, TimeUnit, UnixTime};

/// A thin event: what happened, and to which object. The object itself is fetched from Stripe's API.
///
/// ```
/// use webhook_core::provider::stripe::ThinEvent;
///
/// fn to_fetch(event: &ThinEvent) -> Option<&str> {
///     event.related_object.as_ref()?.url.as_deref()
/// }
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct ThinEvent {
    /// The id, `evt_…`. Retries carry the same.
    pub id: Text,
    /// What happened, such as `v1.billing.meter.error_report_triggered`.
    pub kind: EventKind,
    /// When it happened.
    pub created: Option<UnixTime>,
    /// Whether real money is meant. `false` also if the event does not say: only a clear `true` is live.
    pub livemode: bool,
    /// The object that it happened to, if there is one.
    pub related_object: Option<RelatedObject>,
    /// The account that it happened in, where it is not your own.
    pub context: Option<Text>,
    /// What caused it.
    pub reason: Option<RawJson>,
    /// What the event itself says, for the few kinds that carry something.
    pub data: Option<RawJson>,
}

/// The object that a thin event is about.
///
/// ```
/// use webhook_core::provider::stripe::ThinEvent;
///
/// fn meter(event: &ThinEvent) -> Option<&str> {
///     let object = event.related_object.as_ref()?;
///     (object.kind.as_deref() == Some("billing.meter")).then_some(object.id.as_str())
/// }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RelatedObject {
    /// The id.
    pub id: Text,
    /// The type, such as `billing.meter`.
    pub kind: Option<Text>,
    /// Where the API has it: a path such as `/v1/billing/meters/mtr_1`.
    pub url: Option<Text>,
}

impl ThinEvent {
    pub(super) fn read(body: &Document) -> Result<Self, DecodeError> {
        let envelope: Envelope<'_> = body.envelope()?;
        let text = |slice: Option<Slice<'_>>| slice.map(|slice| slice.into_text(body));
        let json = |raw: Option<Raw<'_>>| raw.map(|raw| body.json(raw));
        if text(envelope.object).is_none_or(|object| object != THIN_OBJECT) {
            let problem = "not a thin event: read it as `stripe::Event`";
            return Err(DecodeError::new("object", problem));
        }
        Ok(Self {
            id: required("id", text(envelope.id))?,
            kind: required("type", text(envelope.kind))?.into(),
            created: envelope.created.map(created).transpose()?,
            livemode: envelope.livemode.unwrap_or_default(),
            related_object: envelope.related_object.map(|object| RelatedObject {
                id: object.id.into_text(body),
                kind: text(object.kind),
                url: text(object.url),
            }),
            context: text(envelope.context),
            reason: json(envelope.reason),
            data: json(envelope.data),
        })
    }
}

impl FromDelivery for ThinEvent {
    fn from_delivery(delivery: &Delivery) -> Result<Self, DecodeError> {
        document(stripe_body(delivery)?, Self::read)
    }
}

impl fmt::Debug for ThinEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThinEvent")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("created", &self.created)
            .field("livemode", &self.livemode)
            .finish_non_exhaustive()
    }
}

fn created(json: Raw<'_>) -> Result<UnixTime, DecodeError> {
    let text: Option<String> = decode(json.get().as_bytes()).ok();
    text.and_then(|text| TimeUnit::Rfc3339.parse(text.as_bytes()))
        .ok_or_else(|| DecodeError::new("created", "not a time as in RFC 3339"))
}

/// The body as it stands; `created` is kept raw because snapshot events write it in another way.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    id: Option<Slice<'a>>,
    #[serde(borrow)]
    object: Option<Slice<'a>>,
    #[serde(borrow, rename = "type")]
    kind: Option<Slice<'a>>,
    #[serde(borrow)]
    created: Option<Raw<'a>>,
    livemode: Option<bool>,
    #[serde(borrow)]
    related_object: Option<Related<'a>>,
    #[serde(borrow)]
    context: Option<Slice<'a>>,
    #[serde(borrow)]
    reason: Option<Raw<'a>>,
    #[serde(borrow)]
    data: Option<Raw<'a>>,
}

#[derive(Deserialize)]
struct Related<'a> {
    #[serde(borrow)]
    id: Slice<'a>,
    #[serde(borrow, rename = "type")]
    kind: Option<Slice<'a>>,
    #[serde(borrow)]
    url: Option<Slice<'a>>,
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn read(json: &str) -> Result<ThinEvent, DecodeError> {
        ThinEvent::read(&Document::new(&Bytes::copy_from_slice(json.as_bytes())))
    }

    #[test]
    fn an_id_and_a_type_are_enough() {
        let event = read(r#"{"id":"evt_1","object":"v2.core.event","type":"v2.new"}"#).unwrap();
        assert_eq!(event.kind, "v2.new");
        assert!(!event.livemode);
    }

    #[test]
    fn debug_says_which_event_it_is_and_not_what_is_in_it() {
        let json =
            r#"{"id":"evt_1","object":"v2.core.event","type":"v2.new","data":{"a":"canary"}}"#;
        let shown = format!("{:?}", read(json).unwrap());
        assert!(
            shown.contains("ThinEvent {") && shown.contains("v2.new"),
            "{shown}"
        );
        assert!(!shown.contains("canary"), "{shown}");
    }

    #[test]
    fn names_what_is_missing_or_wrong() {
        for (fields, path) in [
            (r#""object":"event""#, "object"),
            (r#""type":"a""#, "object"),
            (r#""object":"v2.core.event","type":"a""#, "id"),
            (r#""object":"v2.core.event","id":"evt_1""#, "type"),
            (r#""object":"v2.core.event","id":7"#, "id"),
            (
                r#""object":"v2.core.event","id":"evt_1","type":"a","created":1785920400"#,
                "created",
            ),
            (
                r#""object":"v2.core.event","data":{},"related_object":{"id":7}"#,
                "related_object.id",
            ),
        ] {
            let json = format!("{{{fields}}}");
            assert_eq!(read(&json).unwrap_err().path(), path, "{json}");
        }
    }
}
