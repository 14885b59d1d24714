//! The engine, first half: everything that the head decides.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use smallvec::SmallVec;

use crate::account::KeyPrint;
use crate::message::Ident;
use crate::outcome::{Answer, Rejection, RejectionKind};
use crate::outcome::{malformed, missing};
use crate::request::RequestHead;
use crate::request::{Field, field_in_body, field_in_head, path_of};
use crate::scheme::account::{Account, AccountKey, SchemeVerifier};
use crate::scheme::ahead::Ahead;
use crate::scheme::check::{Beside, SchemeCheck};
use crate::scheme::entries::{Entries, NO_TIME_ENTRY};
use crate::scheme::handshake::Condition;
use crate::scheme::model::Scheme;
use crate::scheme::model::Source;
use crate::scheme::part::Part;
use crate::scheme::timestamp::TimeSource;
use crate::time::{TimeUnit, Tolerance, UnixTime};

impl SchemeVerifier {
    pub(crate) fn scheme(&self) -> &Scheme {
        &self.0.scheme
    }

    /// What it has in common with other accounts that accept the same requests.
    pub(crate) fn prints(&self) -> Vec<KeyPrint> {
        let Account {
            scheme,
            public_url,
            header_name,
            ..
        } = &*self.0;
        let more = [public_url, header_name].map(|text| text.as_deref().unwrap_or_default());
        let [url, header] = more;
        let settings = self.0.settings.iter().map(|(_, text)| text.as_str());
        let settings: Vec<&str> = settings.collect();
        let print = |key: &AccountKey| {
            let id = key.key.name.as_deref().filter(|_| scheme.names_key());
            let mut fits = vec![scheme.name(), key.key.secret.expose(), url, header];
            fits.extend(id.into_iter().chain(settings.iter().copied()));
            fits.extend(self.0.parameter());
            KeyPrint::of(&fits)
        };
        match self.0.is_decoy {
            true => Vec::new(),
            false => self.0.keys.iter().map(print).collect(),
        }
    }

    /// How long one request is accepted.
    pub(crate) fn window(&self) -> Option<Duration> {
        self.0.tolerance.map(Tolerance::window)
    }

    /// Judges what can be judged before the body. The check is wrapped here, as it is large and would be moved again.
    ///
    /// In the head of a stored delivery the word does not stand any more: that of the key with this index was `shown`.
    pub(crate) fn judge_head<T>(
        &self,
        head: &RequestHead<'_>,
        now: UnixTime,
        shown: Option<usize>,
        wrap: impl FnOnce(SchemeCheck) -> T,
    ) -> Result<T, Answer> {
        let account = &*self.0;
        let shown = shown.and_then(|index| account.keys.get(index));
        let scheme = &account.scheme;
        let head = &head.asked_for(&account.header_names);
        for handshake in scheme.handshakes {
            let token = account.handshake_token.as_ref();
            let mut keys = account.valid_keys(now, None);
            let key = keys.next().filter(|_| !account.is_decoy);
            let key = key.map(|(_, key)| &key.prepared);
            if let Some(reply) = handshake.answer_unsigned(head, token, key)? {
                return Err(reply.into());
            }
        }
        if !scheme.methods.contains(&head.method()) {
            let reason = "method not allowed: this sender delivers by another one";
            return Err(Rejection::new(RejectionKind::MethodNotAllowed, reason).into());
        }
        let values = account.signatures_in_head(head)?;
        let mut entries = Entries::default();
        for value in &values {
            entries.read(scheme, value)?;
        }
        if let Some(word) = shown.and_then(|key| key.prepared.code_of([])) {
            entries.add(&word);
        }
        let awaits_signature = !entries.is_present() && account.signature_may_be_in_body();
        if !awaits_signature {
            entries.require_candidate(scheme)?;
        }
        account.require(head)?;
        let key_id = account.key_named(head, &entries)?;
        let time = account.time_in_head(head, &entries, awaits_signature)?;
        let sent_at = match &time {
            Some(text) => Some(account.judge_time(text, now)?),
            None => None,
        };
        let mut check = SchemeCheck {
            account: self.clone(),
            now,
            sent_at,
            candidates: entries.candidates,
            awaits_signature,
            may_follow: 0,
            next_part: 0,
            before: Ahead::new(),
            beside: key_id.map(|key_id| Box::new(Beside::of_key(key_id))),
            ident: Ident::default(),
        };
        for (place, handshake) in scheme.handshakes.iter().enumerate() {
            check.may_follow |= u8::from(handshake.may_follow(head)?) << place;
        }
        account.require_valid_key(now, check.key_id())?;
        check.read_head(head, time.as_deref())?;
        Ok(wrap(check))
    }
}

impl Account {
    fn signature_may_be_in_body(&self) -> bool {
        matches!(self.scheme.signature.source, Source::FirstOf([.., last]) if !last.is_in_head())
    }

    pub(crate) fn time_is_in_entry(&self) -> bool {
        matches!(
            self.scheme.timestamp.source,
            TimeSource::Entry(_) | TimeSource::FirstEntry
        )
    }

    /// The keys that are valid at this time, with their places: all, or those of this id.
    pub(crate) fn valid_keys<'a>(
        &'a self,
        now: UnixTime,
        id: Option<&'a str>,
    ) -> impl Iterator<Item = (usize, &'a AccountKey)> {
        let keys = self.keys.iter().enumerate();
        keys.filter(move |(_, key)| {
            let is_named = id.is_none() || key.key.name.as_deref() == id;
            is_named && key.key.is_valid(now)
        })
    }

    /// The id of the key that the sender says it has signed with, if it says one.
    fn key_named(
        &self,
        head: &RequestHead<'_>,
        entries: &Entries<'_>,
    ) -> Result<Option<Arc<str>>, Rejection> {
        let id = match (self.scheme.key_id, entries.key_id) {
            ([], None) => return Ok(None),
            ([], Some(id)) => Some(Cow::Borrowed(id)),
            (fields, _) => first_in_head(head, fields)?,
        };
        let Some(id) = id else {
            const ABSENT: &str = "the request does not say which key has signed it";
            return Err(match self.scheme.key_id {
                [field, ..] => missing_at(*field, ABSENT),
                [] => missing(ABSENT),
            });
        };
        let names = self.keys.iter().filter_map(|key| key.key.name.as_ref());
        let named = names.into_iter().find(|name| name.as_bytes() == &*id);
        match named {
            Some(name) => Ok(Some(Arc::clone(name))),
            None => Err(Rejection::new(
                RejectionKind::UntrustedKey,
                "no key has this id: add the key of the sender with its id as its name",
            )),
        }
    }

    fn require_valid_key(&self, now: UnixTime, id: Option<&str>) -> Result<(), Rejection> {
        if self.valid_keys(now, id).next().is_none() && !self.is_decoy {
            return Err(Rejection::new(
                RejectionKind::KeysUnavailable,
                "no key is valid at this time",
            ));
        }
        Ok(())
    }

    /// The parameter of the query that holds the signature, where its name is left to the receiver.
    pub(crate) fn parameter(&self) -> Option<&str> {
        match self.scheme.signature.source {
            Source::Parameter(name) => Some(self.parameter_name.as_deref().unwrap_or(name)),
            _ => None,
        }
    }

    /// The values that may hold a signature, as far as they stand in the head.
    pub(crate) fn signatures_in_head<'a>(
        &self,
        head: &RequestHead<'a>,
    ) -> Result<SmallVec<[Cow<'a, [u8]>; 1]>, Rejection> {
        let header = |name: &str| Ok(head.header(name)?.map(Cow::Borrowed));
        let found = match self.scheme.signature.source {
            Source::Header(name) => header(name)?,
            Source::FirstOf(fields) => first_in_head(head, fields)?,
            Source::Configured => header(self.header_name.as_deref().ok_or(UNSET_HEADER)?)?,
            Source::Parameter(_) => {
                let value = head.query_param(self.parameter().unwrap_or_default())?;
                value.map(bytes_of)
            }
            Source::Numbered(stem) => {
                let mut values = SmallVec::new();
                for number in 1..=self.scheme.algorithm.max_candidates() {
                    match head.header(&format!("{stem}{number}"))? {
                        Some(value) => values.push(Cow::Borrowed(value)),
                        None => break,
                    }
                }
                return Ok(values);
            }
        };
        let mut values = SmallVec::new();
        if let Some(value) = found {
            values.push(value);
        }
        Ok(values)
    }

    /// What the scheme demands of the head.
    fn require(&self, head: &RequestHead<'_>) -> Result<(), Rejection> {
        self.require_of(true, |field| field_in_head(head, field))
    }

    /// What the scheme demands of the body.
    pub(crate) fn require_of_body(&self, body: &Bytes) -> Result<(), Rejection> {
        self.require_of(false, |field| field_in_body(body, field))
    }

    fn require_of<'a>(
        &self,
        is_in_head: bool,
        read: impl Fn(Field) -> Result<Option<Cow<'a, str>>, Rejection>,
    ) -> Result<(), Rejection> {
        let required = self.scheme.required.iter();
        for condition in required.filter(|c| c.field().is_in_head() == is_in_head) {
            let value = read(condition.field())?;
            if !condition.holds(value.as_deref()) {
                return Err(match condition {
                    Condition::Equals(..) if value.is_some() => {
                        malformed("a required header or field has another value than the sender's")
                    }
                    _ => missing_at(condition.field(), "a required header or field is missing"),
                });
            }
        }
        Ok(())
    }

    /// The time as it is written, if it stands in the head.
    pub(crate) fn time_in_head<'a>(
        &self,
        head: &RequestHead<'a>,
        entries: &Entries<'a>,
        awaits_signature: bool,
    ) -> Result<Option<Cow<'a, [u8]>>, Rejection> {
        const ABSENT: Rejection = missing("the request has no time");
        match self.scheme.timestamp.source {
            TimeSource::None => Ok(None),
            TimeSource::Entry(_) | TimeSource::FirstEntry if awaits_signature => Ok(None),
            TimeSource::Entry(_) | TimeSource::FirstEntry => match entries.time {
                Some(time) => Ok(Some(Cow::Borrowed(time))),
                None => Err(NO_TIME_ENTRY),
            },
            TimeSource::Header(name) => match head.header(name)? {
                Some(time) => Ok(Some(Cow::Borrowed(time))),
                None => Err(ABSENT.of_header(name)),
            },
            TimeSource::FirstOf(fields) => match first_in_head(head, fields)? {
                // An empty time is no time, but not an absent one either.
                None if has_header(head, fields)? => Err(not_a_time(self.scheme.timestamp.unit)),
                None if fields.iter().all(|field| field.is_in_head()) => Err(ABSENT),
                found => Ok(found),
            },
        }
    }

    /// Reads a time and refuses it outside the window.
    pub(crate) fn judge_time(&self, text: &[u8], now: UnixTime) -> Result<UnixTime, Rejection> {
        self.layout.require_time(text)?;
        self.time_in_window(text, now)
    }

    /// The same of a time whose signature is right: one that took a digit from its neighbour is an authentic time of another
    /// year first.
    pub(crate) fn judge_signed_time(
        &self,
        text: &[u8],
        now: UnixTime,
    ) -> Result<UnixTime, Rejection> {
        let time = self.time_in_window(text, now)?;
        self.layout.require_time(text)?;
        Ok(time)
    }

    fn time_in_window(&self, text: &[u8], now: UnixTime) -> Result<UnixTime, Rejection> {
        let unit = self.scheme.timestamp.unit;
        let time = unit.parse(text).ok_or(not_a_time(unit))?;
        if let Some(tolerance) = self.tolerance {
            tolerance.require(time, now, unit)?;
        }
        Ok(time)
    }

    /// The bytes of a part that needs nothing but the head; `None` for one that needs the body.
    #[inline]
    pub(crate) fn part_in_head<'a>(
        &'a self,
        index: usize,
        part: Part,
        head: &RequestHead<'a>,
        time: Option<&'a [u8]>,
    ) -> Result<Option<Cow<'a, [u8]>>, Rejection> {
        Ok(match part {
            Part::Literal(text) => Some(Cow::Borrowed(text.as_bytes())),
            Part::Timestamp => time.map(Cow::Borrowed),
            Part::Method => Some(Cow::Borrowed(head.method().as_bytes())),
            Part::PublicUrl => {
                let url = self.public_url.as_deref().ok_or(UNSET_URL)?;
                Some(Cow::Borrowed(url.as_bytes()))
            }
            Part::Path => {
                let url = self.public_url.as_deref().filter(|url| !url.is_empty());
                let path = url.map_or(head.path(), path_of).as_bytes();
                self.require_apart(index, path)?;
                Some(Cow::Borrowed(path))
            }
            Part::Setting(name) => {
                let mut settings = self.settings.iter();
                match settings.find(|(own, _)| *own == name) {
                    Some((_, text)) => Some(Cow::Borrowed(text.as_bytes())),
                    None if self.is_decoy => Some(Cow::Borrowed(b"")),
                    None => return Err(UNSET_SETTING),
                }
            }
            // That of each key is put there when it is tried.
            Part::Secret => Some(Cow::Borrowed(b"")),
            Part::FirstOf(fields) => match text_in_head(head, fields)? {
                Some(value) => {
                    self.require_apart(index, &value)?;
                    Some(value)
                }
                None if fields.iter().all(|field| field.is_in_head()) => {
                    const ABSENT: &str = "a signed header or parameter is absent";
                    return Err(match fields {
                        [field, ..] => missing_at(*field, ABSENT),
                        [] => missing(ABSENT),
                    });
                }
                None => None,
            },
            Part::Body | Part::BodyDigest(..) => None,
        })
    }

    /// Refuses a field whose end could be elsewhere.
    pub(crate) fn require_apart(&self, index: usize, value: &[u8]) -> Result<(), Rejection> {
        let content = self.scheme.content;
        self.layout.require_field(content, index, value)
    }
}

/// The first of these fields that is there and not empty; its text must be visible ASCII in a header.
fn text_in_head<'a>(
    head: &RequestHead<'a>,
    fields: &[Field],
) -> Result<Option<Cow<'a, [u8]>>, Rejection> {
    for field in fields {
        let text = match field {
            Field::Header(name) => head.header_visible(name)?.map(Cow::Borrowed),
            field => field_in_head(head, *field)?.map(bytes_of),
        };
        if text.as_ref().is_some_and(|text| !text.is_empty()) {
            return Ok(text);
        }
    }
    Ok(None)
}

fn bytes_of(text: Cow<'_, str>) -> Cow<'_, [u8]> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}

/// The same with whatever bytes a header holds, for what has a grammar of its own.
fn first_in_head<'a>(
    head: &RequestHead<'a>,
    fields: &[Field],
) -> Result<Option<Cow<'a, [u8]>>, Rejection> {
    for field in fields {
        let found = match field {
            Field::Header(name) => head.header(name)?.map(Cow::Borrowed),
            field => text_in_head(head, std::slice::from_ref(field))?,
        };
        if found
            .as_ref()
            .is_some_and(|value| !value.trim_ascii().is_empty())
        {
            return Ok(found);
        }
    }
    Ok(None)
}

/// Whether one of these is a header that is there, with whatever value.
fn has_header(head: &RequestHead<'_>, fields: &[Field]) -> Result<bool, Rejection> {
    for field in fields {
        if let Field::Header(name) = field {
            if head.header(name)?.is_some() {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// A field is absent; its header is named where it stands in one.
fn missing_at(field: Field, reason: &'static str) -> Rejection {
    match field {
        Field::Header(name) => missing(reason).of_header(name),
        Field::Query(_) | Field::Json(_) | Field::Form(_) => missing(reason),
    }
}

/// By how the sender writes its times.
const fn not_a_time(unit: TimeUnit) -> Rejection {
    malformed(match unit {
        TimeUnit::Seconds => "the timestamp is not a number of seconds since 1970",
        TimeUnit::Milliseconds => "the timestamp is not a number of milliseconds since 1970",
        TimeUnit::Rfc3339 | TimeUnit::Rfc3339WithoutColon => {
            "the timestamp is not in the form of RFC 3339"
        }
    })
}

const UNSET_URL: Rejection = Rejection::new(
    RejectionKind::Misconfigured,
    "the sender signs its URL: call `SchemeVerifier::public_url`, or set `public_url`",
);

const UNSET_SETTING: Rejection = Rejection::new(
    RejectionKind::Misconfigured,
    "the sender signs a setting that is not there: call `SchemeVerifier::setting`, or set it by its name",
);

const UNSET_HEADER: Rejection = Rejection::new(
    RejectionKind::Misconfigured,
    "no signature header is configured: call `SchemeVerifier::header_name`, or set `auth_header`",
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::Algorithm;
    use crate::scheme::model::Scheme;

    #[test]
    fn a_decoy_works_as_hard_as_an_account() {
        for algorithm in [Algorithm::HmacSha1, Algorithm::HmacSha512, Algorithm::Token] {
            let decoy = SchemeVerifier::decoy(Scheme::new("acme", algorithm)).unwrap();
            assert_eq!(decoy.0.keys.len(), 2, "{algorithm:?}");
        }
        #[cfg(feature = "asymmetric")]
        {
            for algorithm in [Algorithm::Ed25519, Algorithm::EcdsaP256] {
                let decoy = SchemeVerifier::decoy(Scheme::new("acme", algorithm)).unwrap();
                assert_eq!(decoy.0.keys.len(), 2, "{algorithm:?}");
            }
        }
    }

    #[test]
    fn what_the_scheme_demands_of_the_head_must_be_there() {
        const DEMANDS: &[Condition] = &[
            Condition::Equals(Field::Header("x-method"), "hmac"),
            Condition::Present(Field::Header("x-topic")),
        ];
        let scheme = Scheme::new("acme", Algorithm::HmacSha256)
            .signature(crate::scheme::Signature::header("signature"))
            .require(DEMANDS);
        let verifier = scheme.verifier("a secret for tests").unwrap();
        for (headers, code) in [
            (&[("x-method", "hmac"), ("x-topic", "a")][..], None),
            (&[("x-method", "rsa"), ("x-topic", "a")], Some("malformed")),
            (&[("x-method", "hmac")], Some("missing_signature")),
            (
                &[("x-method", "hmac"), ("x-topic", "")],
                Some("missing_signature"),
            ),
            (&[("x-topic", "a")], Some("missing_signature")),
        ] {
            let mut headers = headers.to_vec();
            headers.push(("signature", "00"));
            let head = RequestHead::new("POST", "/", &headers);
            let begun = verifier.judge_head(&head, UnixTime::from_secs(0), None, |check| check);
            assert_eq!(
                begun.err().map(|answer| answer.rejection().unwrap().code()),
                code,
                "{headers:?}"
            );
        }
    }

    #[test]
    fn what_the_decoys_key_has_signed_is_refused_too() {
        let scheme = Scheme::new("acme", Algorithm::Token);
        let scheme = scheme.signature(crate::scheme::Signature::header("token"));
        let decoy = SchemeVerifier::decoy(scheme).unwrap();
        let headers = vec![("token", decoy.0.keys[0].key.secret.expose().to_owned())];
        let head = RequestHead::new("POST", "/", &headers);
        let mut check = decoy
            .judge_head(&head, UnixTime::from_secs(0), None, |check| check)
            .unwrap();
        let answer = check.finalize(&bytes::Bytes::new()).unwrap_err();
        let rejection = answer.rejection().unwrap();
        assert_eq!(rejection.kind(), RejectionKind::BadSignature);
    }
}
