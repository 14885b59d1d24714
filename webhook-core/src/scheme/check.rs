//! The engine, second half: everything that waits for the body.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use serde::de::IgnoredAny;

use crate::head::RequestHead;
use crate::rejection::{Rejection, RejectionKind};
use crate::scheme::entries::{Entries, malformed, missing};
use crate::scheme::field::{field_in_body, is_form};
use crate::scheme::ident::Ident;
use crate::scheme::key::{Candidates, Running};
use crate::scheme::model::{Field, Part, Source, TimeSource};
use crate::scheme::verifier::{Account, NO_TIME_ENTRY, SchemeVerifier};
use crate::time::UnixTime;
use crate::verifier::{MatchedKey, Proof, Verdict};

/// The running check of one body by a [`Scheme`](crate::scheme::Scheme).
pub struct SchemeCheck {
    pub(crate) account: SchemeVerifier,
    pub(crate) now: UnixTime,
    pub(crate) sent_at: Option<UnixTime>,
    pub(crate) macs: Macs,
    pub(crate) candidates: Candidates,
    /// The first part of the content that has not been fed.
    pub(crate) next_part: usize,
    /// Parts of the head that are signed after something of the body.
    pub(crate) late: Vec<(usize, Vec<u8>)>,
    pub(crate) may_be_handshake: bool,
    pub(crate) ident: Ident,
}

impl SchemeCheck {
    /// Feeds what stands before the body, and keeps what stands behind it.
    pub(crate) fn feed_head(
        &mut self,
        head: &RequestHead<'_>,
        time: Option<&[u8]>,
    ) -> Result<(), Rejection> {
        let account = &*self.account.0;
        let mut waits = false;
        for (index, part) in account.scheme.content.iter().enumerate() {
            match account.part_in_head(*part, head, time)? {
                Some(bytes) if waits => self.late.push((index, bytes.into_owned())),
                Some(bytes) => {
                    self.macs.update(&bytes);
                    self.next_part = index + 1;
                }
                None => waits = true,
            }
        }
        Ok(())
    }

    /// Takes the next bytes of the body.
    pub(crate) fn update(&mut self, chunk: &[u8]) {
        if self.streams() {
            self.macs.update(chunk);
        }
    }

    fn streams(&self) -> bool {
        self.account.0.scheme.content.get(self.next_part) == Some(&Part::Body)
    }

    /// The verdict.
    pub(crate) fn finish(&mut self, body: &Bytes) -> Result<Verdict, Rejection> {
        let mut time = None;
        if self.account.0.signature_is_in_body() {
            time = self.read_signature(body)?.map(Cow::Owned);
        }
        if self.account.0.time_is_in_body() {
            time = Some(time_in_body(&self.account.0, body)?);
        }
        self.feed_rest(body, time.as_deref())?;
        let account = &*self.account.0;
        let matched = self.macs.matching(&self.candidates);
        let Some(index) = matched.filter(|_| !account.is_decoy) else {
            return Err(Rejection::new(
                RejectionKind::BadSignature,
                "no key matches any signature",
            ));
        };
        if let Some(time) = time {
            self.sent_at = Some(account.judge_time(time.as_bytes(), self.now)?);
        }
        let key = account.keys.get(index);
        if self.may_be_handshake {
            for handshake in account.scheme.handshakes {
                let signed_by = key.map(|key| &key.prepared);
                if let Some(reply) = handshake.answer_signed(body, signed_by)? {
                    return Ok(Verdict::Reply(reply));
                }
            }
        }
        let name = key.and_then(|key| key.key.name.clone());
        Ok(Verdict::Authentic(Proof {
            coverage: account.scheme.coverage(),
            key: Some(MatchedKey::new(index, name)),
            sent_at: self.sent_at,
            ident: std::mem::take(&mut self.ident),
            acknowledgement: None,
            subject: None,
        }))
    }

    /// Reads a signature that stands in the body, and the time that may stand in its value.
    fn read_signature(&mut self, body: &Bytes) -> Result<Option<String>, Rejection> {
        let account = &*self.account.0;
        let Source::FirstOf(fields) = account.scheme.signature.source else {
            return Ok(None);
        };
        let mut time = None;
        if let Some(value) = first_in_body(fields, body)? {
            let mut entries = Entries::default();
            entries.read(&account.scheme, value.as_bytes())?;
            entries.require_candidate(&account.scheme)?;
            if account.time_is_in_entry() {
                let entry = entries.time.ok_or(NO_TIME_ENTRY)?;
                time = Some(String::from_utf8_lossy(entry).into_owned());
            }
            self.candidates = entries.candidates;
        }
        if self.candidates.len() > 0 {
            Ok(time)
        } else if is_form(body) || serde_json::from_slice::<IgnoredAny>(body).is_ok() {
            Err(missing("the body has no signature"))
        } else {
            Err(malformed(
                "the body that should hold the signature is neither JSON nor a form",
            ))
        }
    }

    fn feed_rest(&mut self, body: &Bytes, time: Option<&str>) -> Result<(), Rejection> {
        let streamed = self.streams();
        let account = &*self.account.0;
        let rest = account
            .scheme
            .content
            .iter()
            .enumerate()
            .skip(self.next_part);
        for (index, part) in rest {
            match part {
                Part::Body if streamed && index == self.next_part => {}
                Part::Body => self.macs.update(body),
                Part::Timestamp if time.is_some() => {
                    self.macs.update(time.unwrap_or_default().as_bytes());
                }
                Part::FirstOf(fields) if fields.iter().any(|field| !field.is_in_head()) => {
                    let value =
                        first_in_body(fields, body)?.ok_or(missing("a signed field is absent"))?;
                    self.macs.update(value.as_bytes());
                }
                _ => {
                    let kept = self.late.iter().find(|(kept, _)| *kept == index);
                    self.macs.update(kept.map_or(&[], |(_, bytes)| bytes));
                }
            }
        }
        Ok(())
    }
}

impl fmt::Debug for SchemeCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SchemeCheck")
            .field("scheme", &self.account.0.scheme.name)
            .finish_non_exhaustive()
    }
}

fn first_in_body<'a>(fields: &[Field], body: &'a Bytes) -> Result<Option<Cow<'a, str>>, Rejection> {
    for field in fields {
        let text = field_in_body(body, *field)?.filter(|text| !text.is_empty());
        if text.is_some() {
            return Ok(text);
        }
    }
    Ok(None)
}

fn time_in_body<'a>(account: &Account, body: &'a Bytes) -> Result<Cow<'a, str>, Rejection> {
    let TimeSource::FirstOf(fields) = account.scheme.timestamp.source else {
        return Err(malformed("the time does not stand in the body"));
    };
    first_in_body(fields, body)?.ok_or(malformed("the body has no time"))
}

/// One running computation for each key that is valid now. One key needs no allocation.
#[derive(Default)]
pub(crate) struct Macs {
    first: Option<(usize, Running)>,
    more: Vec<(usize, Running)>,
}

impl Macs {
    /// Starts them where they stay: what is running is several hundred bytes long.
    pub(crate) fn start(&mut self, account: &Account, now: UnixTime) -> Result<(), Rejection> {
        for (index, key) in account.keys.iter().enumerate() {
            let valid = key.key.valid.as_ref();
            if !valid.is_none_or(|range| range.contains(&now)) {
                continue;
            }
            if self.first.is_none() {
                self.first = Some((index, key.prepared.start()));
            } else {
                self.more.push((index, key.prepared.start()));
            }
        }
        if self.first.is_none() && !account.is_decoy {
            return Err(Rejection::new(
                RejectionKind::KeysUnavailable,
                "no key is valid at this time",
            ));
        }
        Ok(())
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        for (_, running) in self.first.iter_mut().chain(&mut self.more) {
            running.update(bytes);
        }
    }

    /// The first key that made one of the candidates. Tries all of them all the same.
    fn matching(&self, candidates: &Candidates) -> Option<usize> {
        let mut found = None;
        for (index, running) in self.first.iter().chain(&self.more) {
            let hit = running.matches(candidates);
            found = found.or(hit.then_some(*index));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Begin;
    use crate::scheme::{Primitive, Scheme, Signature, counting};
    use crate::verifier::Verifier;

    /// GitHub, "Validating webhook deliveries".
    const SECRET: &str = "It's a Secret to Everybody";
    const CODE: &str = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    #[test]
    fn every_key_is_compared_with_every_signature_whichever_fit() {
        let scheme = Scheme::new("acme", Primitive::HmacSha256)
            .signature(Signature::header("signature").split(b','));
        // One place more than there are: none is right.
        for (right_key, right_code) in (0..=3).flat_map(|key| (0..=2).map(move |code| (key, code)))
        {
            let key = |at| if at == right_key { SECRET } else { "another" };
            let code = |at| if at == right_code { CODE } else { "00" };
            let verifier = scheme.verifier([0, 1, 2].map(key)).unwrap();
            let headers = vec![("signature", [0, 1].map(code).join(","))];
            let head = RequestHead::new("POST", "/", &headers);
            let Ok(Begin::Scheme(mut check)) = verifier.begin(&head, UnixTime::from_secs(0)) else {
                panic!("no check");
            };
            let body = Bytes::from_static(b"Hello, World!");
            check.update(&body);
            let (verdict, compared) = counting(|| check.finish(&body));
            let fits = right_key < 3 && right_code < 2;
            assert_eq!(
                (verdict.is_ok(), compared),
                (fits, 6),
                "{right_key} {right_code}"
            );
        }
    }
}
