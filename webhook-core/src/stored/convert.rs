//! From a delivery to what is written, and back.

use std::borrow::Cow;

use base64ct::{Base64, Encoding as _};
use bytes::Bytes;

use crate::request::KeptHead;
use crate::stored::stored::StoredDelivery;
use crate::stored::wire::{Header, Wire};
use crate::time::UnixTime;

/// What is written today.
const VERSION: u32 = 1;

type Text<'w> = Option<Cow<'w, str>>;

/// The bytes as a text, or in base64 if they are none.
fn written(bytes: &Bytes) -> (Text<'_>, Text<'_>) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (Some(text.into()), None),
        Err(_) => (None, Some(Base64::encode_string(bytes).into())),
    }
}

fn read(name: &str, text: Text<'_>, base64: Text<'_>) -> Result<Bytes, String> {
    match (text, base64) {
        (Some(text), None) => Ok(text.into_owned().into()),
        (None, Some(base64)) => match Base64::decode_vec(&base64) {
            Ok(bytes) => Ok(bytes.into()),
            Err(_) => Err(format!("`{name}_base64` is not base64")),
        },
        _ => Err(format!("there must be one of `{name}` and `{name}_base64`")),
    }
}

fn there<T>(name: &str, value: Option<T>) -> Result<T, String> {
    value.ok_or_else(|| format!("`{name}` is missing"))
}

fn borrowed(text: &Option<Box<str>>) -> Text<'_> {
    text.as_deref().map(Cow::from)
}

fn owned(text: Text<'_>) -> Option<Box<str>> {
    text.map(Box::from)
}

impl<'w> From<&'w StoredDelivery> for Wire<'w> {
    fn from(stored: &'w StoredDelivery) -> Self {
        let (body, body_base64) = written(&stored.body);
        let headers = stored.head.headers.iter().map(|(name, value)| {
            let (value, value_base64) = written(value);
            Header {
                name: (&**name).into(),
                value,
                value_base64,
            }
        });
        Self {
            v: VERSION,
            provider: Some((&*stored.provider).into()),
            endpoint: borrowed(&stored.endpoint),
            variant: borrowed(&stored.variant),
            account: borrowed(&stored.account),
            method: Some((&*stored.head.method).into()),
            target: Some((&*stored.head.target).into()),
            headers: headers.collect(),
            body,
            body_base64,
            received_at: Some(stored.received_at.as_millis()),
            id: borrowed(&stored.id),
            id_signed: stored.id_signed,
            kind: borrowed(&stored.kind),
            kind_signed: stored.kind_signed,
            coverage: Some((&*stored.coverage).into()),
            key: borrowed(&stored.key),
            dedupe_key: Some((&*stored.dedupe_key).into()),
            sent_at: stored.sent_at.map(|time| time.as_millis()),
            seal: borrowed(&stored.seal),
            digest: Some((&*stored.digest).into()),
        }
    }
}

impl TryFrom<Wire<'_>> for StoredDelivery {
    type Error = String;

    fn try_from(wire: Wire<'_>) -> Result<Self, String> {
        if wire.v != VERSION {
            return Err(format!(
                "the stored delivery has version {} of the format, and this program reads up to {VERSION}: update it",
                wire.v
            ));
        }
        let headers = wire.headers.into_iter().map(|header| {
            let value = read("value", header.value, header.value_base64)?;
            Ok((header.name.into(), value))
        });
        Ok(Self {
            provider: there("provider", owned(wire.provider))?,
            endpoint: owned(wire.endpoint),
            variant: owned(wire.variant),
            account: owned(wire.account),
            head: KeptHead {
                method: there("method", owned(wire.method))?,
                target: there("target", owned(wire.target))?,
                headers: headers.collect::<Result<_, String>>()?,
            },
            body: read("body", wire.body, wire.body_base64)?,
            received_at: UnixTime::from_millis(there("received_at", wire.received_at)?),
            id: owned(wire.id),
            id_signed: wire.id_signed,
            kind: owned(wire.kind),
            kind_signed: wire.kind_signed,
            coverage: there("coverage", owned(wire.coverage))?,
            key: owned(wire.key),
            dedupe_key: there("dedupe_key", owned(wire.dedupe_key))?,
            sent_at: wire.sent_at.map(UnixTime::from_millis),
            seal: owned(wire.seal),
            digest: there("digest", owned(wire.digest))?,
        })
    }
}
