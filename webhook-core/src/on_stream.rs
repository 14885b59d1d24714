//! For verifiers by hand whose header alone says what is signed: MACs that run while the body arrives.

use std::fmt;

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::head::RequestHead;
use crate::on_body::NO_MATCH;
use crate::rejection::{ConfigError, Rejection, RejectionKind};
use crate::scheme::{Encoding, malformed, missing, same_bytes};
use crate::time::{TimeUnit, Tolerance, UnixTime, Window};
use crate::verifier::{Begin, Check, MatchedKey, Verdict};

/// One signature of a request and the MAC that it must be, as far as it has run.
pub(crate) struct Candidate {
    pub(crate) key: MatchedKey,
    pub(crate) mac: Hmac<Sha256>,
    /// What the sender wrote, decoded; empty if it could not be.
    pub(crate) given: Vec<u8>,
}

impl Candidate {
    /// Whether the signature is right.
    pub(crate) fn matches(self) -> bool {
        same_bytes(&self.mac.finalize().into_bytes(), &self.given)
    }
}

/// Feeds the body to every candidate and asks `judge` about the first that is right.
pub(crate) fn on_stream<F>(candidates: Vec<Candidate>, judge: F) -> Begin
where
    F: FnOnce(MatchedKey, &Bytes) -> Result<Verdict, Rejection> + Send + 'static,
{
    Begin::Check(Box::new(OnStream { candidates, judge }))
}

struct OnStream<F> {
    candidates: Vec<Candidate>,
    judge: F,
}

impl<F> Check for OnStream<F>
where
    F: FnOnce(MatchedKey, &Bytes) -> Result<Verdict, Rejection> + Send,
{
    fn update(&mut self, chunk: &[u8]) {
        for candidate in &mut self.candidates {
            candidate.mac.update(chunk);
        }
    }

    fn finish(self: Box<Self>, body: &Bytes) -> Result<Verdict, Rejection> {
        let mut found = None;
        for candidate in self.candidates {
            let key = candidate.key.clone();
            let hit = candidate.matches();
            found = found.or(hit.then_some(key));
        }
        (self.judge)(found.ok_or(NO_MATCH)?, body)
    }
}

impl<F> fmt::Debug for OnStream<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnStream")
    }
}

/// Refuses every method but the one that deliveries come by.
pub(crate) fn require_post(head: &RequestHead<'_>) -> Result<(), Rejection> {
    match head.method() {
        "POST" => Ok(()),
        _ => Err(Rejection::new(
            RejectionKind::MethodNotAllowed,
            "deliveries do not come by this method",
        )),
    }
}

/// The value of the header with the signature; a blank one counts as absent.
pub(crate) fn signature_header<'a>(
    head: &RequestHead<'a>,
    name: &str,
) -> Result<&'a [u8], Rejection> {
    let value = head.header(name)?.map(<[u8]>::trim_ascii);
    let value = value.filter(|value| !value.is_empty());
    value.ok_or(missing("the request has no signature"))
}

/// A MAC that has seen nothing yet.
pub(crate) fn hmac_sha256(key: &[u8]) -> Result<Hmac<Sha256>, ConfigError> {
    Hmac::new_from_slice(key).map_err(|_| ConfigError::fixed("an HMAC takes keys of any length"))
}

/// The bytes that a text stands for; none if it is not in the encoding, so that it never matches.
pub(crate) fn decoded(encoding: Encoding, text: &[u8]) -> Vec<u8> {
    match encoding {
        // The decoder also takes a leading `0x` or `0X`.
        Encoding::Hex if text.iter().all(u8::is_ascii_hexdigit) => {
            const_hex::decode(text).unwrap_or_default()
        }
        Encoding::Hex => Vec::new(),
        Encoding::Base64 => {
            use base64ct::{Base64, Encoding as _};
            let text = std::str::from_utf8(text).unwrap_or_default();
            Base64::decode_vec(text).unwrap_or_default()
        }
        Encoding::Text => text.to_vec(),
    }
}

/// Refuses a signed time outside the window.
pub(crate) fn require_inside(
    tolerance: Tolerance,
    time: UnixTime,
    now: UnixTime,
    unit: TimeUnit,
) -> Result<(), Rejection> {
    match tolerance.judge(time, now, unit) {
        Window::Inside => Ok(()),
        Window::Stale => Err(Rejection::new(
            RejectionKind::Stale,
            "the signed time is older than the tolerance",
        )),
        Window::Future => Err(Rejection::new(
            RejectionKind::Future,
            "the signed time lies further ahead than the tolerance",
        )),
    }
}

/// The values of these names in a list such as `t=1,v1=ab`. Entries are split at their first `=`, and spaces around
/// name and value do not count. Other names are passed over; one name with two values is refused.
pub(crate) fn pairs<'a, const N: usize>(
    list: &'a [u8],
    at: u8,
    names: [&str; N],
) -> Result<[Option<&'a [u8]>; N], Rejection> {
    let mut values: [Option<&[u8]>; N] = [None; N];
    for entry in list.split(|byte| *byte == at) {
        let Some(equals) = entry.iter().position(|byte| *byte == b'=') else {
            continue;
        };
        let (name, value) = entry.split_at(equals);
        let name = name.trim_ascii();
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        for (known, found) in names.iter().zip(&mut values) {
            if name == known.as_bytes() {
                if found.is_some_and(|before| before != value) {
                    return Err(malformed("the signature header holds one name twice"));
                }
                *found = Some(value);
            }
        }
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_split_at_the_first_equals_sign() {
        let [t, sig, none] = pairs(b" t = 1 ;x;sig=a==;t=1", b';', ["t", "sig", "none"]).unwrap();
        assert_eq!(t, Some(&b"1"[..]));
        assert_eq!(sig, Some(&b"a=="[..]));
        assert_eq!(none, None);
    }

    #[test]
    fn one_name_with_two_values_is_refused() {
        assert!(pairs(b"t=1,t=2", b',', ["t"]).is_err());
    }

    #[test]
    fn what_is_not_in_the_encoding_is_nothing() {
        for text in ["0xab", "0Xab", "abc", "a b ", "+f", "aéa", "\u{660}1"] {
            assert_eq!(decoded(Encoding::Hex, text.as_bytes()), b"", "{text}");
        }
        for text in ["YQ", "YQ===", "Y-==", "YR==", "YQ==\n", "=YQ="] {
            assert_eq!(decoded(Encoding::Base64, text.as_bytes()), b"", "{text}");
        }
        assert_eq!(decoded(Encoding::Hex, b"aB"), [0xab]);
        assert_eq!(decoded(Encoding::Base64, b"YQ=="), b"a");
        assert_eq!(decoded(Encoding::Hex, b"\xff\xff"), b"");
    }
}
