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
use crate::scheme::verifier::{Account, SchemeVerifier};
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
        let account = self.account.clone();
        let mut waits = false;
        for (index, part) in account.0.scheme.content.iter().enumerate() {
            match account.0.part_in_head(*part, head, time)? {
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
    pub(crate) fn finish(mut self, body: &Bytes) -> Result<Verdict, Rejection> {
        let account = self.account.clone();
        let account = &*account.0;
        let mut time = None;
        if account.signature_is_in_body() {
            self.read_signature(account, body)?;
        }
        if account.time_is_in_body() {
            time = Some(time_in_body(account, body)?);
        }
        self.feed_rest(account, body, time.as_deref())?;
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
            ident: self.ident,
            acknowledgement: None,
        }))
    }

    fn read_signature(&mut self, account: &Account, body: &Bytes) -> Result<(), Rejection> {
        let Source::FirstOf(fields) = account.scheme.signature.source else {
            return Ok(());
        };
        if let Some(value) = first_in_body(fields, body)? {
            let mut entries = Entries::default();
            entries.read(&account.scheme, value.as_bytes())?;
            entries.require_candidate(&account.scheme)?;
            self.candidates = entries.candidates;
        }
        if self.candidates.len() > 0 {
            Ok(())
        } else if is_form(body) || serde_json::from_slice::<IgnoredAny>(body).is_ok() {
            Err(missing("the body has no signature"))
        } else {
            Err(malformed(
                "the body that should hold the signature is neither JSON nor a form",
            ))
        }
    }

    fn feed_rest(
        &mut self,
        account: &Account,
        body: &Bytes,
        time: Option<&str>,
    ) -> Result<(), Rejection> {
        let streamed = self.streams();
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
pub(crate) struct Macs {
    first: Option<(usize, Running)>,
    more: Vec<(usize, Running)>,
}

impl Macs {
    pub(crate) fn start(account: &Account, now: UnixTime) -> Result<Self, Rejection> {
        let is_valid = |range: &std::ops::Range<UnixTime>| range.contains(&now);
        let mut valid = account
            .keys
            .iter()
            .enumerate()
            .filter(|(_, key)| key.key.valid.as_ref().is_none_or(is_valid))
            .map(|(index, key)| (index, key.prepared.start()));
        let macs = Self {
            first: valid.next(),
            more: valid.collect(),
        };
        if macs.first.is_none() && !account.is_decoy {
            return Err(Rejection::new(
                RejectionKind::KeysUnavailable,
                "no key is valid at this time",
            ));
        }
        Ok(macs)
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        for (_, running) in self.first.iter_mut().chain(&mut self.more) {
            running.update(bytes);
        }
    }

    /// The first key that made one of the candidates. Tries all of them all the same.
    fn matching(&mut self, candidates: &Candidates) -> Option<usize> {
        let first = self.first.take();
        let all = first.into_iter().chain(self.more.drain(..));
        all.fold(None, |found, (index, running)| {
            let hit = running.matches(candidates);
            found.or(hit.then_some(index))
        })
    }
}
