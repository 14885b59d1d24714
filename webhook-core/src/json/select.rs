//! A few values of a document, in one pass.

use std::fmt;

use bytes::Bytes;
use bytestring::ByteString;
use memchr::memchr;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::document::{Document, document};
use super::found::Found;
use super::mend::without_mark;
use super::place::Place;
use crate::json::decode::problem;
use crate::json::reader::{self, Raw};
use crate::outcome::DecodeError;

/// How a place is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// A text, or an integer as its digits.
    Name(&'static str),
    /// The same, and numbers as they are written, decimals too, and `true` and `false` by name.
    Value(&'static str),
}

impl Look {
    pub(super) const fn pointer(self) -> &'static str {
        match self {
            Self::Name(pointer) | Self::Value(pointer) => pointer,
        }
    }
}

/// The texts at `pointers` (RFC 6901, without escapes), in that order; integers as their digits.
///
/// A place that is absent, null, of another type or *written twice* is `None`, and so is everything in a document that is
/// not JSON: where readers could disagree about a value, there is none. For what is compared with a signature; what decides
/// about money is read by [`places`].
pub(crate) fn select<const N: usize>(
    body: &Bytes,
    pointers: [Option<&'static str>; N],
) -> [Option<ByteString>; N] {
    match walk(body, pointers.map(|pointer| pointer.map(Look::Name))) {
        Ok(found) => found.map(Found::once),
        Err(_) => [const { None }; N],
    }
}

/// The same with numbers as they are written, decimals too, and `true` and `false` by name.
pub(crate) fn values<const N: usize>(
    body: &Bytes,
    pointers: [&'static str; N],
) -> [Option<ByteString>; N] {
    match walk(body, pointers.map(|pointer| Some(Look::Value(pointer)))) {
        Ok(found) => found.map(Found::once),
        Err(_) => [const { None }; N],
    }
}

/// What stands at `pointers`: texts, numbers as they are written, `true` and `false` by name. For money: a number never
/// passes through a float, and what cannot be read is not the same as what is not there.
///
/// # Errors
/// If the document is not JSON.
pub(crate) fn places<const N: usize>(
    body: &Bytes,
    pointers: [&'static str; N],
) -> Result<[Place; N], DecodeError> {
    let mut pointers_of = pointers.into_iter();
    let found = walk(body, pointers.map(|pointer| Some(Look::Value(pointer))))?;
    Ok(found.map(|found| Place {
        pointer: pointers_of.next().unwrap_or_default(),
        found,
    }))
}

/// The same for pointers of which it is not known how many they are.
///
/// # Errors
/// If the document is not JSON.
pub(crate) fn places_of(
    body: &Bytes,
    pointers: &[&'static str],
) -> Result<Vec<Place>, DecodeError> {
    let looks: Vec<Look> = pointers.iter().copied().map(Look::Value).collect();
    let both = pointers.iter().zip(found_at(body, &looks)?);
    Ok(both
        .map(|(pointer, found)| Place { pointer, found })
        .collect())
}

/// What is found at places of which it is not known how many they are. Read in one pass as long as they are no more than any sender needs.
pub(super) fn found_at(body: &Bytes, looks: &[Look]) -> Result<Vec<Found>, DecodeError> {
    /// As many as most senders need for what tells events apart: fewer are quicker.
    const FEW: usize = 8;
    const MANY: usize = 20;
    let mut found = Vec::with_capacity(looks.len());
    let mut rest = looks;
    loop {
        let (now, later) = rest.split_at(rest.len().min(MANY));
        if now.len() <= FEW {
            found.extend(walk::<FEW>(body, first(now))?.into_iter().take(now.len()));
        } else {
            found.extend(walk::<MANY>(body, first(now))?.into_iter().take(now.len()));
        }
        if later.is_empty() {
            return Ok(found);
        }
        rest = later;
    }
}

fn first<const N: usize>(looks: &[Look]) -> [Option<Look>; N] {
    std::array::from_fn(|at| looks.get(at).copied())
}

pub(super) fn walk<const N: usize>(
    body: &Bytes,
    looks: [Option<Look>; N],
) -> Result<[Found; N], DecodeError> {
    let read = |document: &Document| {
        pass(document, looks).map_err(|error| problem(".".to_owned(), &error))
    };
    document(body, read)
}

fn pass<const N: usize>(
    document: &Document,
    looks: [Option<Look>; N],
) -> Result<[Found; N], serde_json::Error> {
    let mut found = [const { Found::Nothing }; N];
    let walk = Walk::of(document, &looks, &mut found);
    let text = document.without_mark();
    if text
        .and_then(|text| reader::read_with(text, walk))
        .is_some()
    {
        return Ok(found);
    }
    // Once more from the beginning, by the reader that says what is wrong.
    let mut found = [const { Found::Nothing }; N];
    let mut deserializer = serde_json::Deserializer::from_slice(without_mark(document));
    Walk::of(document, &looks, &mut found).deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(found)
}

/// One value of the document, and for each place what of its pointer leads on from here (`""`: this value).
struct Walk<'w, const N: usize> {
    document: &'w Document,
    looks: &'w [Option<Look>; N],
    rest: [Option<&'static str>; N],
    found: &'w mut [Found; N],
}

impl<'w, const N: usize> Walk<'w, N> {
    /// The whole document.
    fn of(document: &'w Document, looks: &'w [Option<Look>; N], found: &'w mut [Found; N]) -> Self {
        let rest = |look: Option<Look>| {
            let pointer = look?.pointer();
            Some(pointer.strip_prefix('/').unwrap_or(pointer))
        };
        Self {
            document,
            looks,
            rest: looks.map(rest),
            found,
        }
    }

    /// The pointers that lead into the member `name`, each shortened by that step.
    fn step(&self, name: &str) -> Option<[Option<&'static str>; N]> {
        let next = self.rest.map(|rest| after(rest?, name));
        next.iter().any(Option::is_some).then_some(next)
    }

    /// Whether a pointer leads no further.
    fn ends_here(&self) -> bool {
        self.rest.contains(&Some(""))
    }

    /// What stands here, for every pointer that leads no further.
    fn keep(&mut self, what: impl Fn(Look) -> Found) {
        let both = self.looks.iter().zip(&self.rest).zip(self.found.iter_mut());
        for ((look, rest), found) in both {
            if let (Some(look), Some("")) = (look, rest) {
                *found = found.and(what(*look));
            }
        }
    }

    /// The same for what nothing can stand in: where a pointer leads on, an object should have been.
    fn keep_scalar(&mut self, what: impl Fn(Look) -> Found) {
        self.keep(what);
        self.keep_lost(|_| true);
    }

    fn keep_lost(&mut self, is_lost: impl Fn(&str) -> bool) {
        for (rest, found) in self.rest.iter().zip(self.found.iter_mut()) {
            if rest.is_some_and(|rest| !rest.is_empty() && is_lost(rest)) {
                *found = found.and(Found::NoText);
            }
        }
    }

    /// An object on the way is written twice: which of the two is meant is anybody's guess.
    fn keep_twice(&mut self, rest: &[Option<&'static str>; N]) {
        for (rest, found) in rest.iter().zip(self.found.iter_mut()) {
            if rest.is_some_and(|rest| !rest.is_empty()) {
                *found = Found::Twice;
            }
        }
    }

    fn keep_text(&mut self, text: &str) {
        let text = self.share(text);
        self.keep_scalar(|_| text.clone());
    }

    fn keep_number(&mut self, written: &str) {
        let number = self.share(written);
        self.keep_scalar(|look| match look {
            Look::Name(_) if !is_integer(written) => Found::NoText,
            Look::Name(_) | Look::Value(_) => number.clone(),
        });
    }

    fn share(&self, text: &str) -> Found {
        // There is always one, as it is a part of the document.
        self.document.slice(text).map_or(Found::NoText, Found::Once)
    }
}

/// What of a pointer leads on from the member `name`, if it leads into it.
fn after(rest: &'static str, name: &str) -> Option<&'static str> {
    // A name with a `/` in it is one step, and no pointer has such a step.
    let on = rest.strip_prefix(name).filter(|_| !name.contains('/'))?;
    match on.strip_prefix('/') {
        Some(on) => Some(on),
        None => (on.is_empty() && !rest.is_empty()).then_some(on),
    }
}

/// What a text says that is written without escapes.
fn without_escapes(written: &str) -> Option<&str> {
    let text = written.strip_prefix('"')?.strip_suffix('"')?;
    memchr(b'\\', text.as_bytes()).is_none().then_some(text)
}

/// Whether no reader takes the number for a fraction, or rounds it.
fn is_integer(written: &str) -> bool {
    let is_signed = || written != "-0" && written.parse::<i64>().is_ok();
    written.parse::<u64>().is_ok() || is_signed()
}

impl<'de, const N: usize> DeserializeSeed<'de> for Walk<'_, N> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(mut self, deserializer: D) -> Result<(), D::Error> {
        if !self.ends_here() {
            return deserializer.deserialize_any(self);
        }
        // As written: a number that has become a float is not the same number.
        let raw = Raw::deserialize(deserializer)?.get();
        if raw.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
            self.keep_number(raw);
        } else if let Some(text) = without_escapes(raw) {
            self.keep_text(text);
        } else {
            let mut inner = serde_json::Deserializer::from_str(raw);
            inner.deserialize_any(self).map_err(D::Error::custom)?;
        }
        Ok(())
    }
}

impl<'de, const N: usize> Visitor<'de> for Walk<'_, N> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_borrowed_str<E: Error>(mut self, text: &'de str) -> Result<(), E> {
        self.keep_text(text);
        Ok(())
    }

    fn visit_str<E: Error>(mut self, text: &str) -> Result<(), E> {
        let text = Found::Once(ByteString::from(text));
        self.keep_scalar(|_| text.clone());
        Ok(())
    }

    // Numbers that a pointer leads to are kept as they are written.

    fn visit_u64<E: Error>(mut self, _: u64) -> Result<(), E> {
        self.keep_lost(|_| true);
        Ok(())
    }

    fn visit_i64<E: Error>(mut self, _: i64) -> Result<(), E> {
        self.keep_lost(|_| true);
        Ok(())
    }

    fn visit_f64<E: Error>(mut self, _: f64) -> Result<(), E> {
        self.keep_lost(|_| true);
        Ok(())
    }

    fn visit_bool<E: Error>(mut self, value: bool) -> Result<(), E> {
        let name = || ByteString::from_static(if value { "true" } else { "false" });
        self.keep_scalar(|look| match look {
            Look::Name(_) => Found::NoText,
            Look::Value(_) => Found::Once(name()),
        });
        Ok(())
    }

    fn visit_unit<E: Error>(mut self) -> Result<(), E> {
        self.keep(|_| Found::Null);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        self.keep(|_| Found::NoText);
        let mut before = [false; N];
        while let Some(rest) = map.next_key_seed(Step(&self))? {
            let Some(rest) = rest else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let again = std::array::from_fn(|at| match (before.get_mut(at), rest.get(at)) {
                (Some(before), Some(rest)) => rest.filter(|_| std::mem::replace(before, true)),
                _ => None,
            });
            self.keep_twice(&again);
            map.next_value_seed(Walk {
                document: self.document,
                looks: self.looks,
                rest,
                found: self.found,
            })?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        self.keep(|_| Found::NoText);
        let indexes = self.rest.iter().flatten().filter_map(|rest| index(rest));
        let wanted = indexes.max().map_or(0, |last| last.saturating_add(1));
        let mut len = 0;
        let is_more = loop {
            if len == wanted {
                break true;
            }
            let element = match self.step(&len.to_string()) {
                Some(rest) => seq.next_element_seed(Walk {
                    document: self.document,
                    looks: self.looks,
                    rest,
                    found: self.found,
                })?,
                None => seq.next_element::<IgnoredAny>()?.map(drop),
            };
            if element.is_none() {
                break false;
            }
            len += 1;
        };
        while is_more && seq.next_element::<IgnoredAny>()?.is_some() {
            len += 1;
        }
        // Where members have no order, PHP writes an empty list for none of them.
        if len > 0 {
            self.keep_lost(|rest| index(rest).is_none());
        }
        Ok(())
    }
}

/// The index that a pointer begins with.
fn index(rest: &str) -> Option<usize> {
    rest.split('/').next()?.parse().ok()
}

/// Reads a member's name, unescaped, without keeping it.
struct Step<'s, 'w, const N: usize>(&'s Walk<'w, N>);

impl<'de, const N: usize> DeserializeSeed<'de> for Step<'_, '_, N> {
    type Value = Option<[Option<&'static str>; N]>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<const N: usize> Visitor<'_> for Step<'_, '_, N> {
    type Value = Option<[Option<&'static str>; N]>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member's name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.step(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Looked;

    fn names<const N: usize>(
        body: &Bytes,
        pointers: [Option<&'static str>; N],
    ) -> ([Option<ByteString>; N], Option<DecodeError>) {
        Looked::at(body, &[]).names(pointers)
    }

    fn one(json: &'static str, pointer: &'static str) -> Option<String> {
        let [found] = select(&Bytes::from_static(json.as_bytes()), [Some(pointer)]);
        found.map(|text| text.to_string())
    }

    #[test]
    fn finds_texts_and_integers() {
        for (json, pointer, want) in [
            (r#"{"id":"evt_1","n":{"id":"x"}}"#, "/id", Some("evt_1")),
            (r#"{"a":{"b":{"c":"x"}}}"#, "/a/b/c", Some("x")),
            (r#"[{"id":"x"},{"id":"y"}]"#, "/0/id", Some("x")),
            (r#"[{"id":"x"},{"id":"y"}]"#, "/1/id", Some("y")),
            (r#"{"type":1}"#, "/type", Some("1")),
            (r#"{"type":-1}"#, "/type", Some("-1")),
            (r#"{"id":"a\u0062c"}"#, "/id", Some("abc")),
            (r#"{"\u0069d":"x"}"#, "/id", Some("x")),
            (r#"{"id":""}"#, "/id", Some("")),
            (r#"{"id":null}"#, "/id", None),
            (r#"{"id":1.0}"#, "/id", None),
            (r#"{"id":true}"#, "/id", None),
            (r#"{"id":{"id":"x"}}"#, "/id", None),
            (r#"{"a":"x"}"#, "/a/b", None),
            (r#"{"ab":"x"}"#, "/a", None),
            (r#""x""#, "/id", None),
            ("null", "/id", None),
        ] {
            assert_eq!(one(json, pointer).as_deref(), want, "{json} {pointer}");
        }
    }

    #[test]
    fn a_place_with_two_values_holds_nothing() {
        for json in [
            r#"{"id":"a","id":"b"}"#,
            r#"{"id":"a","\u0069d":"b"}"#,
            r#"{"id":"a","id":null}"#,
            r#"{"id":null,"id":"a"}"#,
            r#"{"id":{},"id":"a"}"#,
            r#"{"id":"a","id":"a","id":"b"}"#,
            r#"{"id":"a","id":{},"id":"a"}"#,
        ] {
            assert_eq!(one(json, "/id"), None, "{json}");
        }
        for json in [
            r#"{"a":{"id":"x"},"a":{"id":"y"}}"#,
            r#"{"a":{"id":"x"},"a":{}}"#,
            r#"{"a":{},"a":{"id":"x"}}"#,
            r#"{"a":{"id":"x"},"a":{"id":"x"}}"#,
            r#"{"a":{"id":"x"},"a":null}"#,
        ] {
            assert_eq!(one(json, "/a/id"), None, "{json}");
        }
    }

    #[test]
    fn one_value_written_twice_is_a_value_and_no_signed_one() {
        for json in [
            r#"{"id":"a","id":"a"}"#,
            r#"{"id":"a","\u0069d":"\u0061"}"#,
            r#"{"id":"a","id":"a","id":"a"}"#,
        ] {
            let body = Bytes::from_static(json.as_bytes());
            assert_eq!(one(json, "/id"), None, "{json}");
            assert_eq!(values(&body, ["/id"]), [None], "{json}");
            let ([id], fault) = names(&body, [Some("/id")]);
            assert_eq!((id.as_deref(), fault), (Some("a"), None), "{json}");
            let [place] = places(&body, ["/id"]).unwrap();
            assert_eq!(place.get(), Ok(Some("a")), "{json}");
        }
    }

    #[test]
    fn what_is_not_json_holds_nothing_and_is_an_error() {
        for json in [
            &b""[..],
            b"{",
            br#"{"id":"x""#,
            br#"{"id":"x"} {}"#,
            br#"{"id":"x",}"#,
            b"{\"id\":\"x\"}\0",
            b"\0{\"id\":\"x\"}",
            b"{\"id\":\"x\"}\xef\xbb\xbf",
            b"\xef\xbb\xbf\xef\xbb\xbf{\"id\":\"x\"}",
            b"\xef\xbb{\"id\":\"x\"}",
            b"\xff\xfe{\0}\0",
            b"{\"id\":\"\xff\"}",
            br#"{"id":"\ud83"}"#,
            br#"{"id":"\u"}"#,
            br#"{"id":"\"#,
        ] {
            let body = Bytes::copy_from_slice(json);
            let shown = json.escape_ascii();
            let (found, fault) = names(&body, [Some("/id")]);
            assert_eq!((found, fault.is_some()), ([None], true), "{shown}");
            assert!(places(&body, ["/id"]).is_err(), "{shown}");
        }
    }

    #[test]
    fn what_is_there_and_no_name_has_a_fault() {
        let fault = |json: &'static str| {
            let body = Bytes::from_static(json.as_bytes());
            let (_, fault) = names(&body, [None, Some("/a/id"), Some("/kind")]);
            fault.map(|fault| fault.to_string())
        };
        for json in [
            "{}",
            "[]",
            "null",
            r#"{"a":{"id":"x"},"kind":1}"#,
            r#"{"kind":null}"#,
            r#"{"a":[]}"#,
            r#"{"a":null}"#,
        ] {
            assert_eq!(fault(json), None, "{json}");
        }
        for json in [
            r#"{"a":{"id":"x","id":"y"}}"#,
            r#"{"a":{"id":{}}}"#,
            r#"{"a":{"id":1.5}}"#,
            r#"{"a":"x"}"#,
            r#"{"a":7}"#,
            r#"{"a":false}"#,
            r#"{"a":[{"id":"x"}]}"#,
        ] {
            assert!(fault(json).unwrap().contains("`a.id`"), "{json}");
        }
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        assert_eq!(one("\u{feff}{\"id\":\"x\"}", "/id").as_deref(), Some("x"));
    }

    #[test]
    fn a_text_that_was_cut_is_read_with_a_mark_in_its_place() {
        for (json, want) in [
            (r#"{"id":"caf\ud83d"}"#, "caf\u{fffd}"),
            (r#"{"id":"\uDE00 caf"}"#, "\u{fffd} caf"),
            (
                r#"{"id":"\ud83d\ud83d\ude00\\ud83d"}"#,
                "\u{fffd}\u{1f600}\\ud83d",
            ),
            (r#"{"id":"\ud83d\u0041"}"#, "\u{fffd}A"),
            (r#"{"id":"\ud83d\n"}"#, "\u{fffd}\n"),
            (r#"{"id":"\ud83d\ude00"}"#, "\u{1f600}"),
            (r#"{"x\ud83d":{"id":1},"id":"x"}"#, "x"),
        ] {
            assert_eq!(one(json, "/id").as_deref(), Some(want), "{json}");
            let body = Bytes::from_static(json.as_bytes());
            let [place] = places(&body, ["/id"]).unwrap();
            assert_eq!(place.get(), Ok(Some(want)), "{json}");
        }
        assert_eq!(
            one(r#"{"a\ud83d":{"id":1}}"#, "/a\u{fffd}/id").as_deref(),
            Some("1")
        );
    }

    #[test]
    fn depth_is_no_danger() {
        let deep = format!(
            r#"{{"a":{}{},"id":"x"}}"#,
            "[".repeat(100_000),
            "]".repeat(100_000)
        );
        let [id] = select(&Bytes::from(deep), [Some("/id")]);
        assert_eq!(id.as_deref(), Some("x"));
    }

    #[test]
    fn texts_share_the_memory_of_the_body() {
        let body = Bytes::from_static(br#"{"id":"evt_1"}"#);
        let [id] = select(&body, [Some("/id")]);
        assert_eq!(id.unwrap().as_bytes().as_ptr(), body[7..].as_ptr());
    }

    #[test]
    fn values_are_texts_as_they_are_written() {
        let body = Bytes::from_static(
            br#"{"a":2.00,"b":-1,"c":true,"d":"x","e":null,"f":{"g":1e3},"h":[1.50],"i":1.0,"i":1.0}"#,
        );
        let pointers = ["/a", "/b", "/c", "/d", "/e", "/f/g", "/h/0", "/f", "/i"];
        let found = values(&body, pointers).map(|text| text.map(|text| text.to_string()));
        let want = [
            Some("2.00"),
            Some("-1"),
            Some("true"),
            Some("x"),
            None,
            Some("1e3"),
            Some("1.50"),
            None,
            None,
        ];
        assert_eq!(found.each_ref().map(Option::as_deref), want);
    }

    #[test]
    fn several_places_are_found_in_one_pass() {
        let body = Bytes::from_static(br#"{"event":{"type":"message"},"event_id":"Ev1"}"#);
        let found = select(
            &body,
            [Some("/event_id"), None, Some("/event/type"), Some("/type")],
        );
        let found = found.map(|text| text.map(|t| t.to_string()));
        assert_eq!(
            found,
            [Some("Ev1".into()), None, Some("message".into()), None]
        );
    }
}
