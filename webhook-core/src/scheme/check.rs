//! The engine, second half: everything that waits for the body.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use serde::de::IgnoredAny;
use smallvec::SmallVec;

use crate::crypto::{Candidates, Hashing, Running};
use crate::message::Ident;
use crate::message::{MatchedKey, Proof};
use crate::outcome::{Answer, Rejection, RejectionKind};
use crate::outcome::{malformed, missing};
use crate::request::RequestHead;
use crate::request::{Field, field_in_body, is_form};
use crate::scheme::account::{AccountKey, SchemeVerifier};
use crate::scheme::ahead::Ahead;
use crate::scheme::entries::{Entries, NO_TIME_ENTRY};
use crate::scheme::model::Source;
use crate::scheme::part::Part;
use crate::scheme::timestamp::TimeSource;
use crate::time::UnixTime;
use crate::verify::Verdict;

/// The check of one body by a [`Scheme`](crate::scheme::Scheme).
///
/// A body that comes whole is judged when it ends, and nothing of a hash outlives that. Only one in pieces needs a place
/// for what is running meanwhile.
///
/// It is small, because it is moved more often than looked at: what few requests need stands elsewhere.
pub(crate) struct SchemeCheck {
    pub(crate) account: SchemeVerifier,
    pub(crate) now: UnixTime,
    pub(crate) sent_at: Option<UnixTime>,
    pub(crate) candidates: Candidates,
    /// Whether the signature stands in the body, if anywhere.
    pub(crate) awaits_signature: bool,
    /// One bit for each of the scheme's handshakes that this head may belong to.
    pub(crate) may_follow: u8,
    /// The first part of the content that is not in `before`.
    pub(crate) next_part: usize,
    /// What is signed before the body.
    pub(crate) before: Ahead,
    pub(crate) ident: Ident,
    pub(crate) beside: Option<Box<Beside>>,
}

/// What few requests need.
#[derive(Default)]
pub(crate) struct Beside {
    /// Where in `before` the secret of the key stands that is tried.
    secret_at: Option<usize>,
    /// The id of the key that the sender names.
    key_id: Option<Arc<str>>,
    /// Parts of the head that are signed after something of the body.
    late: Vec<(usize, Vec<u8>)>,
    /// Of the body, as far as it was fed.
    digest: Option<Hashing>,
    /// One computation for each key that is valid now, once a piece of the body was fed.
    running: Option<SmallVec<[(usize, Running); 1]>>,
}

impl Beside {
    pub(crate) fn of_key(id: Arc<str>) -> Self {
        Self {
            key_id: Some(id),
            ..Self::default()
        }
    }
}

impl SchemeCheck {
    /// The id of the key that the sender names.
    pub(crate) fn key_id(&self) -> Option<&str> {
        self.beside.as_ref()?.key_id.as_deref()
    }

    fn secret_at(&self) -> Option<usize> {
        self.beside.as_ref()?.secret_at
    }

    fn late(&self) -> &[(usize, Vec<u8>)] {
        let beside = self.beside.as_ref();
        beside.map_or(&[], |beside| beside.late.as_slice())
    }

    /// Keeps what the head has of the signed content, then names of the event that stand in the head.
    pub(crate) fn read_head(
        &mut self,
        head: &RequestHead<'_>,
        time: Option<&[u8]>,
    ) -> Result<(), Rejection> {
        let account = &*self.account.0;
        let mut waits = false;
        let mut id = None;
        for (index, part) in account.scheme.content.iter().enumerate() {
            match account.part_in_head(index, *part, head, time)? {
                Some(bytes) if waits => {
                    let beside = self.beside.get_or_insert_default();
                    beside.late.push((index, bytes.into_owned()));
                }
                Some(bytes) => {
                    if matches!(part, Part::Secret) {
                        let beside = self.beside.get_or_insert_default();
                        beside.secret_at = Some(self.before.len());
                    }
                    let start = self.before.len();
                    self.before.push(&bytes);
                    if account.facts.id_part == Some(index) {
                        id = Some(start..self.before.len());
                    }
                    self.next_part = index + 1;
                }
                None => waits = true,
            }
        }
        self.ident = match account.facts.names_are_in_head {
            true => {
                let id = id.and_then(|id| self.before.get(id));
                let id = id.and_then(|id| std::str::from_utf8(id).ok());
                account.ident.read_head(&account.described, head, id)?
            }
            false => account.ident.clone(),
        };
        Ok(())
    }

    /// Takes the next piece of the body. A body that comes whole needs not be fed.
    pub(crate) fn update(&mut self, piece: &[u8]) {
        let account = &*self.account.0;
        let is_next = account.scheme.content.get(self.next_part) == Some(&Part::Body);
        if !is_next && account.facts.digest.is_none() {
            return;
        }
        let beside = self.beside.get_or_insert_default();
        if let Some(hash) = account.facts.digest {
            let digest = beside.digest.get_or_insert_with(|| hash.start());
            digest.update(piece);
        }
        if !is_next {
            return;
        }
        let secret_at = beside.secret_at;
        let start = |(index, key): (usize, &AccountKey)| {
            let mut running = key.prepared.start();
            for piece in before(&self.before, secret_at, key) {
                running.update(piece);
            }
            (index, running)
        };
        let keys = account.valid_keys(self.now, beside.key_id.as_deref());
        let running = &mut beside.running;
        for (_, running) in running.get_or_insert_with(|| keys.map(start).collect()) {
            running.update(piece);
        }
    }

    /// The verdict.
    pub(crate) fn finalize(&mut self, body: &Bytes) -> Result<Verdict, Answer> {
        let mut time = None;
        if self.awaits_signature {
            time = self.read_signature(body)?.map(Cow::Owned);
        }
        let time_is_a_part = self.account.0.facts.time_is_a_part;
        let in_body = match self.account.0.scheme.timestamp.source {
            TimeSource::FirstOf(fields) if self.sent_at.is_none() => Some(fields),
            _ => None,
        };
        // One that is no part of its own is read once the body that holds it is genuine.
        if let Some(fields) = in_body.filter(|_| time_is_a_part) {
            time = Some(time_in_body(fields, body)?);
        }
        let matched = self.matching(body, time.as_deref())?;
        let account = &*self.account.0;
        let Some(index) = matched.filter(|_| !account.is_decoy) else {
            let reason = "no key matches any signature";
            return Err(Rejection::new(RejectionKind::BadSignature, reason).into());
        };
        if let Some(fields) = in_body.filter(|_| !time_is_a_part) {
            time = Some(time_in_body(fields, body)?);
        }
        if let Some(time) = time {
            self.sent_at = Some(account.judge_signed_time(time.as_bytes(), self.now)?);
        }
        let key = account.keys.get(index);
        account.require_of_body(body)?;
        account.require_text(body)?;
        if self.may_follow != 0 {
            for (place, handshake) in account.scheme.handshakes.iter().enumerate() {
                if self.may_follow & (1 << place) == 0 {
                    continue;
                }
                let signed_by = key.map(|key| &key.prepared);
                if let Some(reply) = handshake.answer_signed(body, signed_by)? {
                    return Err(reply.into());
                }
            }
        }
        let name = key.and_then(|key| key.key.name.clone());
        let mut ident = std::mem::take(&mut self.ident);
        let late = self.late().iter().map(|(_, bytes)| bytes.as_slice());
        ident.keep_signed_head(std::iter::once(&*self.before).chain(late));
        Ok(Verdict::Authentic(Proof {
            key: Some(MatchedKey::new(index, name)),
            sent_at: self.sent_at,
            ident,
            ..Proof::dangerously_assert(account.described.coverage)
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

    /// The first key that made one of the candidates. Tries all of them all the same.
    fn matching(&mut self, body: &Bytes, time: Option<&str>) -> Result<Option<usize>, Rejection> {
        let content = self.account.0.scheme.content;
        let beside = self.beside.as_deref_mut();
        let fed = beside.filter(|beside| beside.running.is_some() || beside.digest.is_some());
        // What most senders sign ends with the body, and most bodies come whole.
        if let (None, Some([Part::Body])) = (&fed, content.get(self.next_part..)) {
            return Ok(self.first_that_made(&[body]));
        }
        let (running, digest) =
            fed.map_or((None, None), |fed| (fed.running.take(), fed.digest.take()));
        let digest = digest.map(Hashing::finish);
        let rest = self.rest(body, time, running.is_some(), digest)?;
        let rest: SmallVec<[&[u8]; 2]> = rest.iter().map(|piece| &**piece).collect();
        Ok(match running {
            None => self.first_that_made(&rest),
            Some(running) => running
                .into_iter()
                .map(|(index, mut running)| {
                    rest.iter().for_each(|piece| running.update(piece));
                    (index, running.matches(&self.candidates))
                })
                .fold(None, first_hit),
        })
    }

    /// The same, where all that is signed after `before` is there.
    fn first_that_made<'a>(&'a self, rest: &'a [&'a [u8]]) -> Option<usize> {
        // Most have no more: two pieces are quicker gone through than a chain of lists.
        if let (None, [rest]) = (self.secret_at(), rest) {
            return self.first_key(|_| [&*self.before, *rest]);
        }
        self.first_key(|key| {
            let before = before(&self.before, self.secret_at(), key);
            let before = before.into_iter().filter(|piece| !piece.is_empty());
            before.chain(rest.iter().copied())
        })
    }

    /// The first key that made one of the candidates of these pieces.
    fn first_key<'a, P: IntoIterator<Item = &'a [u8]>>(
        &'a self,
        pieces: impl Fn(&'a AccountKey) -> P,
    ) -> Option<usize> {
        let keys = self.account.0.valid_keys(self.now, self.key_id());
        keys.map(|(index, key)| (index, key.prepared.matches(pieces(key), &self.candidates)))
            .fold(None, first_hit)
    }

    /// What is signed after `before` and was not fed.
    fn rest<'a>(
        &'a self,
        body: &'a Bytes,
        time: Option<&'a str>,
        is_body_fed: bool,
        digest: Option<Vec<u8>>,
    ) -> Result<SmallVec<[Cow<'a, [u8]>; 2]>, Rejection> {
        let content = self.account.0.scheme.content.iter().enumerate();
        content
            .skip(self.next_part + usize::from(is_body_fed))
            .map(|(index, part)| match (self.kept(index), part, time) {
                (Some(kept), ..) => Ok(Cow::Borrowed(kept)),
                (None, Part::Body, _) => Ok(Cow::Borrowed(&**body)),
                (None, Part::BodyDigest(hash, encoding), _) => {
                    // A body that came whole was not fed.
                    let whole = || Cow::Owned(hash.of(body));
                    let digest = digest.as_deref().map_or_else(whole, Cow::Borrowed);
                    Ok(Cow::Owned(encoding.encode(&digest).into_bytes()))
                }
                (None, Part::Timestamp, Some(time)) => Ok(Cow::Borrowed(time.as_bytes())),
                (None, Part::FirstOf(fields), _) => {
                    let value = signed_in_body(fields, body)?;
                    self.account.0.require_apart(index, &value)?;
                    Ok(value)
                }
                _ => Ok(Cow::Borrowed(&[][..])),
            })
            .collect()
    }

    fn kept(&self, index: usize) -> Option<&[u8]> {
        let mut late = self.late().iter();
        let kept = late.find(|(kept, _)| *kept == index);
        kept.map(|(_, bytes)| bytes.as_slice())
    }
}

impl fmt::Debug for SchemeCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SchemeCheck")
            .field("scheme", &self.account.0.scheme.name())
            .finish_non_exhaustive()
    }
}

fn first_hit(found: Option<usize>, (index, hit): (usize, bool)) -> Option<usize> {
    found.or(hit.then_some(index))
}

/// What is signed before the body, with the secret of this key at its place.
fn before<'a>(before: &'a [u8], secret_at: Option<usize>, key: &'a AccountKey) -> [&'a [u8]; 3] {
    match secret_at.and_then(|at| before.split_at_checked(at)) {
        Some((ahead, behind)) => [ahead, key.key.secret.expose().as_bytes(), behind],
        None => [before, b"", b""],
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

fn time_in_body<'a>(fields: &[Field], body: &'a Bytes) -> Result<Cow<'a, str>, Rejection> {
    first_in_body(fields, body)?.ok_or(malformed("the body has no time"))
}

fn signed_in_body<'a>(fields: &[Field], body: &'a Bytes) -> Result<Cow<'a, [u8]>, Rejection> {
    let text =
        first_in_body(fields, body)?.ok_or(missing("a signed field is absent from the body"))?;
    Ok(match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::Algorithm;
    use crate::crypto::counting;
    use crate::scheme::model::{Scheme, Signature};

    /// GitHub, "Validating webhook deliveries".
    const SECRET: &str = "It's a Secret to Everybody";
    /// The same of `Hello, Wo-rld!`.
    const DASHED: &str = "8dc4e8abbf17062e300b983f11c4dc3881557af6f39b37ec8f8f416d33d3bcfe";
    const CODE: &str = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    #[test]
    fn every_key_is_compared_with_every_signature_whichever_fit() {
        let scheme = Scheme::new("acme", Algorithm::HmacSha256)
            .signature(Signature::header("signature").separator(b','));
        // One place more than there are: none is right.
        for (right_key, right_code, is_in_pieces) in cases() {
            let key = |at| {
                if at == right_key {
                    SECRET
                } else {
                    "another secret"
                }
            };
            let code = |at| if at == right_code { CODE } else { "00" };
            let verifier = scheme.verifier([0, 1, 2].map(key)).unwrap();
            let headers = vec![("signature", [0, 1].map(code).join(","))];
            let head = RequestHead::new("POST", "/", &headers);
            let Ok(mut check) =
                verifier.judge_head(&head, UnixTime::from_secs(0), None, |check| check)
            else {
                panic!("no check");
            };
            let body = Bytes::from_static(b"Hello, World!");
            if is_in_pieces {
                check.update(&body[..5]);
                check.update(&body[5..]);
            }
            let (verdict, compared) = counting(|| check.finalize(&body));
            let fits = right_key < 3 && right_code < 2;
            assert_eq!(
                (verdict.is_ok(), compared),
                (fits, 6),
                "{right_key} {right_code} {is_in_pieces}"
            );
        }
    }

    #[test]
    fn what_the_head_says_can_be_signed_behind_the_body() {
        const ID: &[Field] = &[Field::Header("x-id")];
        const URL: &[Field] = &[Field::Header("x-absent"), Field::Header("x-url")];
        let scheme = Scheme::new("acme", Algorithm::HmacSha256)
            .signature(Signature::header("signature"))
            .signed_content(&[
                Part::Body,
                Part::Literal(", "),
                Part::FirstOf(ID),
                Part::Literal("-"),
                Part::FirstOf(URL),
            ]);
        let verifier = scheme.verifier(SECRET).unwrap();
        for (id, url, fits) in [
            ("Wor", "ld!", false),
            ("World!", "", false),
            ("Wo", "rld!", true),
        ] {
            for pieces in [&["Hello"][..], &["Hel", "lo"]] {
                let headers = vec![("signature", DASHED), ("x-id", id), ("x-url", url)];
                let head = RequestHead::new("POST", "/", &headers);
                let Ok(mut check) =
                    verifier.judge_head(&head, UnixTime::from_secs(0), None, |check| check)
                else {
                    assert!(!fits, "{id} {url}");
                    continue;
                };
                for piece in pieces.iter().filter(|_| pieces.len() > 1) {
                    check.update(piece.as_bytes());
                }
                let verdict = check.finalize(&Bytes::from_static(b"Hello"));
                assert_eq!(verdict.is_ok(), fits, "{id} {url} {pieces:?}");
            }
        }
    }

    fn cases() -> impl Iterator<Item = (usize, usize, bool)> {
        let places = (0..=3).flat_map(|key| (0..=2).map(move |code| (key, code)));
        places.flat_map(|(key, code)| [false, true].map(|is_in_pieces| (key, code, is_in_pieces)))
    }
}
