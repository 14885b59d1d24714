//! From a delivery to what is written, and back.

use base64ct::{Base64, Encoding as _};
use bytes::Bytes;

use crate::request::KeptHead;
use crate::stored::stored::StoredDelivery;
use crate::stored::wire::{Header, Wire};
use crate::time::UnixTime;

/// What is written today.
const VERSION: u32 = 1;

/// The bytes as a text, or in base64 if they are none.
fn written(bytes: &Bytes) -> (Option<String>, Option<String>) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (Some(text.to_owned()), None),
        Err(_) => (None, Some(Base64::encode_string(bytes))),
    }
}

fn read(name: &str, text: Option<String>, base64: Option<String>) -> Result<Bytes, String> {
    match (text, base64) {
        (Some(text), None) => Ok(text.into()),
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

impl From<StoredDelivery> for Wire {
    fn from(stored: StoredDelivery) -> Self {
        let (body, body_base64) = written(&stored.body);
        let headers = stored.head.headers.into_iter().map(|(name, value)| {
            let (value, value_base64) = written(&value);
            Header {
                name,
                value,
                value_base64,
            }
        });
        Self {
            v: VERSION,
            provider: Some(stored.provider),
            endpoint: stored.endpoint,
            variant: stored.variant,
            account: stored.account,
            method: Some(stored.head.method),
            target: Some(stored.head.target),
            headers: headers.collect(),
            body,
            body_base64,
            received_at: Some(stored.received_at.as_millis()),
            id: stored.id,
            id_signed: stored.id_signed,
            kind: stored.kind,
            kind_signed: stored.kind_signed,
            coverage: Some(stored.coverage),
            key: stored.key,
            dedupe_key: Some(stored.dedupe_key),
            sent_at: stored.sent_at.map(|time| time.as_millis()),
            seal: stored.seal,
            digest: Some(stored.digest),
        }
    }
}

impl TryFrom<Wire> for StoredDelivery {
    type Error = String;

    fn try_from(wire: Wire) -> Result<Self, String> {
        if wire.v != VERSION {
            return Err(format!(
                "the stored delivery has version {} of the format, and this program reads up to {VERSION}: update it",
                wire.v
            ));
        }
        let headers = wire.headers.into_iter().map(|header| {
            let value = read("value", header.value, header.value_base64)?;
            Ok((header.name, value))
        });
        Ok(Self {
            provider: there("provider", wire.provider)?,
            endpoint: wire.endpoint,
            variant: wire.variant,
            account: wire.account,
            head: KeptHead {
                method: there("method", wire.method)?,
                target: there("target", wire.target)?,
                headers: headers.collect::<Result<_, String>>()?,
            },
            body: read("body", wire.body, wire.body_base64)?,
            received_at: UnixTime::from_millis(there("received_at", wire.received_at)?),
            id: wire.id,
            id_signed: wire.id_signed,
            kind: wire.kind,
            kind_signed: wire.kind_signed,
            coverage: there("coverage", wire.coverage)?,
            key: wire.key,
            dedupe_key: there("dedupe_key", wire.dedupe_key)?,
            sent_at: wire.sent_at.map(UnixTime::from_millis),
            seal: wire.seal,
            digest: there("digest", wire.digest)?,
        })
    }
}
