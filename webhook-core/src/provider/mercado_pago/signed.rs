//! The signature of a request, and what of the request is signed.

use std::borrow::Cow;

use crate::outcome::{Rejection, malformed, missing};
use crate::request::RequestHead;
use crate::time::{TimeUnit, UnixTime};

/// The value of `x-signature`.
pub(super) struct Signature<'a> {
    pub(super) ts: &'a str,
    pub(super) time: UnixTime,
    pub(super) unit: TimeUnit,
    pub(super) code: &'a str,
}

impl<'a> Signature<'a> {
    pub(super) fn read(value: &'a str) -> Result<Self, Rejection> {
        if value.trim().is_empty() {
            return Err(missing("the request has no signature"));
        }
        let (mut ts, mut code) = (None, None);
        for (name, value) in value.split(',').filter_map(|entry| entry.split_once('=')) {
            let place = match name.trim().to_ascii_lowercase().as_str() {
                "ts" => &mut ts,
                "v1" => &mut code,
                _ => continue,
            };
            if place.replace(value.trim()).is_some() {
                return Err(malformed("the signature holds an entry twice"));
            }
        }
        let code = code.ok_or(missing("no signature of an accepted version"))?;
        let ts = ts.ok_or(malformed("the signature has no time"))?;
        let unit = match ts.len() {
            12.. => TimeUnit::Milliseconds,
            _ => TimeUnit::Seconds,
        };
        let time = unit.parse(ts.as_bytes()).ok_or(malformed(
            "`ts` is not a whole number of seconds or milliseconds",
        ))?;
        Ok(Self {
            ts,
            time,
            unit,
            code,
        })
    }
}

/// What is signed beside the time.
pub(super) struct Signed<'a> {
    pub(super) data_id: Option<Cow<'a, str>>,
    pub(super) request_id: Option<&'a str>,
}

impl<'a> Signed<'a> {
    pub(super) fn read(head: &RequestHead<'a>) -> Result<Self, Rejection> {
        let data_id = head.query_param("data.id")?;
        let request_id = head.header_str("x-request-id")?;
        let signed = Self {
            data_id: data_id.filter(|id| !id.trim().is_empty()),
            request_id: request_id.filter(|id| !id.trim().is_empty()),
        };
        let mut values = signed
            .data_id
            .as_deref()
            .into_iter()
            .chain(signed.request_id);
        if values.any(|value| value.contains(';')) {
            return Err(malformed("a signed value holds a semicolon"));
        }
        Ok(signed)
    }

    pub(super) fn manifest(&self, ts: &str, spelled: impl Fn(&str) -> String) -> String {
        let id = self.data_id.as_deref();
        let id = id.map(|id| format!("id:{};", spelled(id)));
        let request_id = self.request_id.map(|id| format!("request-id:{id};"));
        let (id, request_id) = (id.unwrap_or_default(), request_id.unwrap_or_default());
        format!("{id}{request_id}ts:{ts};")
    }

    /// What tells the event from others. A replay can spell the id in another case, and nothing else differently.
    pub(super) fn identity(&self, ts: &str) -> String {
        self.manifest(ts, str::to_lowercase)
    }
}
