//! Picks a few values out of a JSON document without building it.

use std::fmt;
use std::marker::PhantomData;

use bytes::Bytes;
use bytestring::ByteString;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// The texts at `pointers` (RFC 6901, without escapes), in that order; integers as their digits.
///
/// A place that is absent, null, of another type or *written twice* is `None`, and so is everything in a
/// document that is not JSON: where readers could disagree about a value, there is none.
pub(crate) fn select<const N: usize>(
    body: &Bytes,
    pointers: [Option<&'static str>; N],
) -> [Option<ByteString>; N] {
    walk(body, pointers, false)
}

/// The same with numbers as they are written, decimals too, and `true` and `false` by name. For amounts of money, which
/// must never pass through a float.
pub(crate) fn values<const N: usize>(
    body: &Bytes,
    pointers: [&'static str; N],
) -> [Option<ByteString>; N] {
    walk(body, pointers.map(Some), true)
}

fn walk<const N: usize>(
    body: &Bytes,
    pointers: [Option<&'static str>; N],
    exact: bool,
) -> [Option<ByteString>; N] {
    let mut found = [const { Found::Nothing }; N];
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let walk = Walk {
        body,
        exact,
        rest: pointers.map(|pointer| pointer.map(|p| p.strip_prefix('/').unwrap_or(p))),
        found: &mut found,
    };
    let read = walk.deserialize(&mut deserializer);
    if read.and_then(|()| deserializer.end()).is_err() {
        return [const { None }; N];
    }
    found.map(|found| match found {
        Found::Once(text) => Some(text),
        Found::Nothing | Found::Twice => None,
    })
}

/// The elements of the array at a pointer, each a document that shares the memory of the body. Empty where there is
/// none, or where it is written twice.
pub(crate) fn elements(body: &Bytes, pointer: &'static str) -> Vec<Bytes> {
    let list = member(body, pointer);
    let list = list
        .as_deref()
        .and_then(|list| serde_json::from_slice::<Vec<&RawValue>>(list).ok());
    let list = list.unwrap_or_default();
    list.into_iter()
        .map(|element| body.slice_ref(element.get().as_bytes()))
        .collect()
}

/// The value at a pointer as it is written, whatever its type; `None` where it is absent or written twice.
pub(crate) fn member(body: &Bytes, pointer: &str) -> Option<Bytes> {
    let mut found = body.clone();
    for step in pointer.split('/').skip(1) {
        let members: Members<'_> = serde_json::from_slice(&found).ok()?;
        let mut same = members.0.iter().filter(|(name, _)| name == step);
        let (_, value) = same.next()?;
        if same.next().is_some() {
            return None;
        }
        found = body.slice_ref(value.get().as_bytes());
    }
    Some(found)
}

/// The members of an object in their order, doubles too.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List<'a>(PhantomData<&'a ()>);

        impl<'de: 'a, 'a> Visitor<'de> for List<'a> {
            type Value = Members<'a>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(List(PhantomData))
    }
}

enum Found {
    Nothing,
    Once(ByteString),
    Twice,
}

/// One value of the document, and for each pointer what of it leads on from here (`""`: this value).
struct Walk<'w, const N: usize> {
    body: &'w Bytes,
    /// Whether numbers and truth values count as texts.
    exact: bool,
    rest: [Option<&'static str>; N],
    found: &'w mut [Found; N],
}

impl<const N: usize> Walk<'_, N> {
    /// The pointers that lead into the member `name`, each shortened by that step.
    fn step(&self, name: &str) -> Option<[Option<&'static str>; N]> {
        let next = self.rest.map(|rest| match rest?.split_once('/') {
            Some((step, rest)) => (step == name).then_some(rest),
            None => (rest? == name && !rest?.is_empty()).then_some(""),
        });
        next.iter().any(Option::is_some).then_some(next)
    }

    fn keep(&mut self, text: impl FnOnce() -> Option<ByteString>) {
        if !self.rest.contains(&Some("")) {
            return;
        }
        let text = text();
        for (rest, found) in self.rest.iter().zip(self.found.iter_mut()) {
            if *rest == Some("") {
                *found = match (&found, &text) {
                    (Found::Nothing, Some(text)) => Found::Once(text.clone()),
                    _ => Found::Twice,
                };
            }
        }
    }

    /// A value of a type that is no name: still a second writing of the place.
    fn keep_nothing(&mut self) {
        self.keep(|| None);
    }
}

impl<'de, const N: usize> DeserializeSeed<'de> for Walk<'_, N> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(mut self, deserializer: D) -> Result<(), D::Error> {
        if !self.exact || !self.rest.contains(&Some("")) {
            return deserializer.deserialize_any(self);
        }
        // As written: a number that has become a float is not the same number.
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        if raw.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
            let body = self.body;
            self.keep(|| ByteString::try_from(body.slice_ref(raw.as_bytes())).ok());
            return Ok(());
        }
        let mut inner = serde_json::Deserializer::from_str(raw);
        inner.deserialize_any(self).map_err(D::Error::custom)
    }
}

impl<'de, const N: usize> Visitor<'de> for Walk<'_, N> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_borrowed_str<E: Error>(mut self, text: &'de str) -> Result<(), E> {
        let body = self.body;
        self.keep(|| ByteString::try_from(body.slice_ref(text.as_bytes())).ok());
        Ok(())
    }

    fn visit_str<E: Error>(mut self, text: &str) -> Result<(), E> {
        self.keep(|| Some(ByteString::from(text)));
        Ok(())
    }

    fn visit_u64<E: Error>(mut self, number: u64) -> Result<(), E> {
        self.keep(|| Some(ByteString::from(number.to_string())));
        Ok(())
    }

    fn visit_i64<E: Error>(mut self, number: i64) -> Result<(), E> {
        self.keep(|| Some(ByteString::from(number.to_string())));
        Ok(())
    }

    fn visit_f64<E: Error>(mut self, _: f64) -> Result<(), E> {
        self.keep_nothing();
        Ok(())
    }

    fn visit_bool<E: Error>(mut self, value: bool) -> Result<(), E> {
        let exact = self.exact;
        self.keep(|| exact.then(|| ByteString::from_static(if value { "true" } else { "false" })));
        Ok(())
    }

    fn visit_unit<E: Error>(mut self) -> Result<(), E> {
        self.keep_nothing();
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        self.keep_nothing();
        while let Some(rest) = map.next_key_seed(Step(&self))? {
            match rest {
                Some(rest) => map.next_value_seed(Walk {
                    body: self.body,
                    exact: self.exact,
                    rest,
                    found: self.found,
                })?,
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        self.keep_nothing();
        let steps = self.rest.iter().flatten();
        let indexes = steps.filter_map(|rest| rest.split('/').next()?.parse::<usize>().ok());
        if let Some(last) = indexes.max() {
            for index in 0..=last {
                let walk = Walk {
                    body: self.body,
                    exact: self.exact,
                    rest: self.step(&index.to_string()).unwrap_or([None; N]),
                    found: self.found,
                };
                if seq.next_element_seed(walk)?.is_none() {
                    return Ok(());
                }
            }
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
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
    fn a_place_written_twice_holds_nothing() {
        for json in [
            r#"{"id":"a","id":"b"}"#,
            r#"{"id":"a","id":"a"}"#,
            r#"{"id":"a","\u0069d":"b"}"#,
            r#"{"id":"a","id":null}"#,
            r#"{"id":null,"id":"a"}"#,
            r#"{"id":{},"id":"a"}"#,
        ] {
            assert_eq!(one(json, "/id"), None, "{json}");
        }
        assert_eq!(one(r#"{"a":{"id":"x"},"a":{"id":"y"}}"#, "/a/id"), None);
    }

    #[test]
    fn what_is_not_json_holds_nothing() {
        for json in [
            "",
            "{",
            r#"{"id":"x""#,
            r#"{"id":"x"} {}"#,
            r#"{"id":"x",}"#,
            "\u{feff}{}",
        ] {
            assert_eq!(one(json, "/id"), None, "{json:?}");
        }
        let invalid = Bytes::from_static(b"{\"id\":\"\xff\"}");
        assert_eq!(select(&invalid, [Some("/id")]), [None]);
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
    fn elements_are_documents() {
        let body = Bytes::from_static(br#"{"a":{"list":[ {"x":1} ,2]},"b":1,"c":[],"c":[]}"#);
        let found = elements(&body, "/a/list");
        assert_eq!(found, [&b"{\"x\":1}"[..], b"2"]);
        for pointer in ["/b", "/c", "/d", "/a"] {
            assert!(elements(&body, pointer).is_empty(), "{pointer}");
        }
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
