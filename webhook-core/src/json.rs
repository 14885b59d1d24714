//! Picks a few values out of a JSON document without building it.

use std::fmt;

use bytes::Bytes;
use bytestring::ByteString;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The texts at `pointers` (RFC 6901, without escapes), in that order; integers as their digits.
///
/// A place that is absent, null, of another type or *written twice* is `None`, and so is everything in a
/// document that is not JSON: where readers could disagree about a value, there is none.
pub(crate) fn select<const N: usize>(
    body: &Bytes,
    pointers: [Option<&'static str>; N],
) -> [Option<ByteString>; N] {
    let mut found = [const { Found::Nothing }; N];
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let walk = Walk {
        body,
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

enum Found {
    Nothing,
    Once(ByteString),
    Twice,
}

/// One value of the document, and for each pointer what of it leads on from here (`""`: this value).
struct Walk<'w, const N: usize> {
    body: &'w Bytes,
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

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
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

    fn visit_bool<E: Error>(mut self, _: bool) -> Result<(), E> {
        self.keep_nothing();
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
