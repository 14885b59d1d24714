//! A quick reader of JSON, for documents of which little is kept. It [steps over](super::skip) the rest; numbers, and texts with escapes,
//! are read by serde_json.
//!
//! It never accepts what serde_json refuses. It may refuse what serde_json accepts, and says nothing of why: whoever asks it, asks
//! serde_json then. `fuzz/src/json.rs` and the tests below hold it to that.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::skip;

/// A document as this type, if the quick reader can.
pub(super) fn read<'de, T: Deserialize<'de>>(document: &'de [u8]) -> Option<T> {
    read_text(std::str::from_utf8(document).ok()?)
}

/// The same where it is known to be UTF-8.
pub(super) fn read_text<'de, T: Deserialize<'de>>(document: &'de str) -> Option<T> {
    read_with(document, PhantomData)
}

/// The same with what is made of it.
pub(super) fn read_with<'de, S: DeserializeSeed<'de>>(
    document: &'de str,
    seed: S,
) -> Option<S::Value> {
    let mut reader = Reader {
        text: document,
        at: 0,
        depth: 0,
    };
    let value = seed.deserialize(&mut reader).ok()?;
    let end = skip::space(document.as_bytes(), reader.at);
    (end == document.len()).then_some(value)
}

/// A value as it is written, read by this reader and by serde_json alike.
#[derive(Clone, Copy)]
pub(crate) struct Raw<'a>(&'a str);

impl<'a> Raw<'a> {
    pub(crate) const fn get(self) -> &'a str {
        self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Raw<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RawVisitor;

        impl<'de> Visitor<'de> for RawVisitor {
            type Value = Raw<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Raw<'de>, E> {
                Ok(Raw(text))
            }

            fn visit_newtype_struct<D: Deserializer<'de>>(
                self,
                deserializer: D,
            ) -> Result<Raw<'de>, D::Error> {
                <&RawValue>::deserialize(deserializer).map(|raw| Raw(raw.get()))
            }
        }

        deserializer.deserialize_newtype_struct(RAW, RawVisitor)
    }
}

/// By this name the reader knows [`Raw`].
const RAW: &str = "webhook_core::json::Raw";

/// What is kept may be so deep, with one call of a function for each level. serde_json goes down 127 levels.
const DEEPEST_KEPT: usize = 32;

struct Reader<'de> {
    text: &'de str,
    at: usize,
    depth: usize,
}

/// Not for this reader. Why is not said.
#[derive(Debug)]
struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused")
    }
}

impl std::error::Error for Refused {}

impl de::Error for Refused {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

impl<'de> Reader<'de> {
    /// The next character that is no space. It is not taken.
    fn next(&mut self) -> Result<u8, Refused> {
        let text = self.text.as_bytes();
        self.at = skip::space(text, self.at);
        text.get(self.at).copied().ok_or(Refused)
    }

    fn take(&mut self, wanted: u8) -> Result<(), Refused> {
        if self.next()? != wanted {
            return Err(Refused);
        }
        self.at += 1;
        Ok(())
    }

    fn take_word(&mut self, word: &str) -> Result<(), Refused> {
        self.at = skip::word(self.text.as_bytes(), self.at, word).ok_or(Refused)?;
        Ok(())
    }

    /// Steps over a value, and returns it as it is written.
    fn skip(&mut self) -> Result<&'de str, Refused> {
        self.next()?;
        let end = skip::value(self.text.as_bytes(), self.at).ok_or(Refused)?;
        let written = self.text.get(self.at..end).ok_or(Refused)?;
        self.at = end;
        Ok(written)
    }

    /// What is inside of an object or an array, by this function, which takes its members.
    fn inside<T>(
        &mut self,
        read: impl FnOnce(Inside<'_, 'de>) -> Result<T, Refused>,
    ) -> Result<T, Refused> {
        let end = skip::closing(self.next()?);
        if self.depth == DEEPEST_KEPT {
            return Err(Refused);
        }
        self.at += 1;
        self.depth += 1;
        let value = read(Inside {
            reader: self,
            end,
            is_first: true,
        })?;
        self.depth -= 1;
        self.take(end)?;
        Ok(value)
    }

    /// A value that serde_json reads: a number, or a text with escapes.
    fn by_serde_json<V: Visitor<'de>>(written: &'de str, visitor: V) -> Result<V::Value, Refused> {
        let mut deserializer = serde_json::Deserializer::from_str(written);
        deserializer.deserialize_any(visitor).map_err(|_| Refused)
    }
}

/// Reads what begins with one of these as whatever it is, and nothing else: as serde_json, which was asked for a type, does.
macro_rules! only {
    ($($method:ident($($argument:ident: $type:ty),*) $first:pat,)*) => {$(
        fn $method<V: Visitor<'de>>(self, $($argument: $type,)* visitor: V) -> Result<V::Value, Refused> {
            match self.next()? {
                $first => self.deserialize_any(visitor),
                _ => Err(Refused),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = Refused;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        match self.next()? {
            b'{' => self.inside(|members| visitor.visit_map(members)),
            b'[' => self.inside(|elements| visitor.visit_seq(elements)),
            b'"' => {
                let (end, is_plain) = skip::quoted(self.text.as_bytes(), self.at).ok_or(Refused)?;
                let written = self.text.get(self.at..end).ok_or(Refused)?;
                self.at = end;
                match written.get(1..written.len() - 1) {
                    Some(text) if is_plain => visitor.visit_borrowed_str(text),
                    _ => Reader::by_serde_json(written, visitor),
                }
            }
            b't' => self
                .take_word("true")
                .and_then(|()| visitor.visit_bool(true)),
            b'f' => self
                .take_word("false")
                .and_then(|()| visitor.visit_bool(false)),
            b'n' => self.take_word("null").and_then(|()| visitor.visit_unit()),
            _ => Reader::by_serde_json(self.skip()?, visitor),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.skip()?;
        visitor.visit_unit()
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        match self.next()? {
            b'n' => self.take_word("null").and_then(|()| visitor.visit_none()),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        match name {
            RAW => visitor.visit_borrowed_str(self.skip()?),
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Refused> {
        Err(Refused)
    }

    only! {
        deserialize_bool() b't' | b'f',
        deserialize_i8() b'-' | b'0'..=b'9',
        deserialize_i16() b'-' | b'0'..=b'9',
        deserialize_i32() b'-' | b'0'..=b'9',
        deserialize_i64() b'-' | b'0'..=b'9',
        deserialize_u8() b'-' | b'0'..=b'9',
        deserialize_u16() b'-' | b'0'..=b'9',
        deserialize_u32() b'-' | b'0'..=b'9',
        deserialize_u64() b'-' | b'0'..=b'9',
        deserialize_f32() b'-' | b'0'..=b'9',
        deserialize_f64() b'-' | b'0'..=b'9',
        deserialize_char() b'"',
        deserialize_str() b'"',
        deserialize_string() b'"',
        deserialize_identifier() b'"',
        deserialize_unit() b'n',
        deserialize_unit_struct(_name: &'static str) b'n',
        deserialize_seq() b'[',
        deserialize_tuple(_len: usize) b'[',
        deserialize_tuple_struct(_name: &'static str, _len: usize) b'[',
        deserialize_map() b'{',
        deserialize_struct(_name: &'static str, _fields: &'static [&'static str]) b'{' | b'[',
    }

    // Nothing of ours is read as bytes.
    fn deserialize_bytes<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Refused> {
        Err(Refused)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Refused> {
        Err(Refused)
    }
}

/// The members of an object, or the elements of an array.
struct Inside<'r, 'de> {
    reader: &'r mut Reader<'de>,
    end: u8,
    is_first: bool,
}

impl Inside<'_, '_> {
    /// Whether there is another one. The comma before it is taken.
    fn has_next(&mut self) -> Result<bool, Refused> {
        let next = self.reader.next()?;
        if next == self.end {
            return Ok(false);
        }
        if !std::mem::replace(&mut self.is_first, false) {
            self.reader.take(b',')?;
        }
        Ok(true)
    }
}

impl<'de> MapAccess<'de> for Inside<'_, 'de> {
    type Error = Refused;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Refused> {
        if !self.has_next()? {
            return Ok(None);
        }
        match self.reader.next()? {
            b'"' => seed.deserialize(&mut *self.reader).map(Some),
            _ => Err(Refused),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Refused> {
        self.reader.take(b':')?;
        seed.deserialize(&mut *self.reader)
    }
}

impl<'de> SeqAccess<'de> for Inside<'_, 'de> {
    type Error = Refused;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Refused> {
        match self.has_next()? {
            true => seed.deserialize(&mut *self.reader).map(Some),
            false => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    /// As this type by both. The quick reader may refuse, and then it has none.
    fn both<'a, T: Deserialize<'a>>(document: &'a [u8]) -> (Option<T>, Option<T>) {
        (read(document), serde_json::from_slice(document).ok())
    }

    #[test]
    fn values_are_those_of_serde_json() {
        for document in [
            "null",
            "true",
            "false",
            "0",
            "-0",
            "1",
            "-1",
            "1.5",
            "1e3",
            "1E-3",
            "1.0e+10",
            "18446744073709551616",
            "\"\"",
            "\"a\"",
            r#""\u0041\n\"\\""#,
            r#""\"\\\/\b\f\n\r\t""#,
            " \n\t\r\n  [ \r\n\t1\t\t ,\r\r2\n\n] ",
            "\"\u{e9}\u{1f600}\"",
            "[]",
            " [ ] ",
            "{}",
            "{ }",
            "[1,2]",
            "[[],[[]]]",
            r#"{"a":1,"b":[{"c":null}],"a":2}"#,
            "{\"a\" : {\"b\"\n:\t[ true , false ]\r}}",
            r#"{"\u0061":1}"#,
            r#"["0123456789012345678901234567890","01234567"]"#,
        ] {
            let (quick, slow) = both::<Value>(document.as_bytes());
            assert!(slow.is_some(), "{document}");
            assert_eq!(quick, slow, "{document}");
            let (quick, slow) = both::<Vec<Raw<'_>>>(document.as_bytes());
            let written = |list: Option<Vec<Raw<'_>>>| {
                list.map(|list| {
                    list.iter()
                        .map(|raw| raw.get().to_owned())
                        .collect::<Vec<_>>()
                })
            };
            assert_eq!(written(quick), written(slow), "{document}");
            assert!(
                read::<de::IgnoredAny>(document.as_bytes()).is_some(),
                "{document}"
            );
        }
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for document in [
            "",
            " ",
            "nul",
            "nulll",
            "truee",
            "tru",
            "-",
            "01",
            "-01",
            "1.",
            ".1",
            "1e",
            "1e+",
            "+1",
            "0x1",
            "1_",
            "NaN",
            "\"",
            "\"\\",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\\u12g4\"",
            "\"\n\"",
            "\"1234567\u{1}\"",
            "\"\u{0}\"",
            "[",
            "]",
            "[1",
            "[1,",
            "[1,]",
            "[,1]",
            "[1 2]",
            "{",
            "}",
            "{\"a\"",
            "{\"a\":",
            "{\"a\":1",
            "{\"a\":1,",
            "{\"a\":1,}",
            "{,}",
            "{a:1}",
            "{1:1}",
            "{\"a\" 1}",
            "{\"a\":1 \"b\":2}",
            "[}",
            "{]",
            "[1}",
            "{\"a\":1]",
            "[{]}",
            "1 1",
            "[] []",
            "{}{}",
            "'a'",
            "\u{feff}1",
            "[1]\u{0}",
            "\u{a0}1",
        ] {
            assert!(
                serde_json::from_str::<Value>(document).is_err(),
                "{document:?}"
            );
            assert!(read::<Value>(document.as_bytes()).is_none(), "{document:?}");
            assert!(
                read::<de::IgnoredAny>(document.as_bytes()).is_none(),
                "{document:?}"
            );
            assert!(
                read::<Raw<'_>>(document.as_bytes()).is_none(),
                "{document:?}"
            );
            let inside = format!("[[{document}]]");
            if serde_json::from_str::<Value>(&inside).is_err() {
                assert!(
                    read::<Vec<Raw<'_>>>(inside.as_bytes()).is_none(),
                    "{inside:?}"
                );
            }
        }
        assert!(read::<de::IgnoredAny>(b"\"\xff\"").is_none());
    }

    #[test]
    fn a_type_that_was_asked_for_is_the_only_one_that_is_read() {
        // A visitor of `Value` takes everything.
        fn of(read: impl Fn(&mut Reader<'static>) -> bool, text: &'static str) -> bool {
            read(&mut Reader {
                text,
                at: 0,
                depth: 0,
            })
        }
        const EXAMPLES: [&str; 7] = ["null", "true", "1", "-1", "\"a\"", "[]", "{}"];
        type Asked = (
            &'static str,
            fn(&mut Reader<'static>) -> bool,
            &'static [&'static str],
        );
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = ();
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }
            fn visit_unit<E>(self) -> Result<(), E> {
                Ok(())
            }
            fn visit_bool<E>(self, _: bool) -> Result<(), E> {
                Ok(())
            }
            fn visit_i64<E>(self, _: i64) -> Result<(), E> {
                Ok(())
            }
            fn visit_u64<E>(self, _: u64) -> Result<(), E> {
                Ok(())
            }
            fn visit_str<E>(self, _: &str) -> Result<(), E> {
                Ok(())
            }
            fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<(), A::Error> {
                Ok(())
            }
            fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<(), A::Error> {
                Ok(())
            }
        }
        let asked: [Asked; 8] = [
            ("bool", |r| r.deserialize_bool(Any).is_ok(), &["true"]),
            ("number", |r| r.deserialize_u64(Any).is_ok(), &["1", "-1"]),
            ("text", |r| r.deserialize_str(Any).is_ok(), &["\"a\""]),
            ("unit", |r| r.deserialize_unit(Any).is_ok(), &["null"]),
            ("list", |r| r.deserialize_seq(Any).is_ok(), &["[]"]),
            ("map", |r| r.deserialize_map(Any).is_ok(), &["{}"]),
            (
                "struct",
                |r| r.deserialize_struct("", &[], Any).is_ok(),
                &["[]", "{}"],
            ),
            ("any", |r| r.deserialize_any(Any).is_ok(), &EXAMPLES),
        ];
        for (name, read, wanted) in asked {
            for text in EXAMPLES {
                assert_eq!(of(read, text), wanted.contains(&text), "{name} {text}");
            }
        }
    }

    #[test]
    fn what_is_too_deep_is_left_to_serde_json() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(read::<de::IgnoredAny>(nested(100).as_bytes()).is_some());
        assert!(read::<de::IgnoredAny>(nested(1000).as_bytes()).is_none());
        assert!(read::<Value>(nested(32).as_bytes()).is_some());
        assert!(read::<Value>(nested(33).as_bytes()).is_none());
    }

    /// Documents, and what stands in the place of one of their characters, or beside it.
    const WHOLE: &str =
        r#"{"a":[1,-2.5e+3,true,null,"01234567\u00e9\n"],"b":{"é":{},"c":[[]]}, "d" : 0 }"#;

    proptest! {
        #[test]
        fn nothing_is_accepted_that_serde_json_refuses(
            edits in prop::collection::vec((0..WHOLE.len(), 0..3_u8, "[\\[\\]{}:,\"\\\\ truefalsn0-9.+\\-\\x00\\x1f]"), 0..4),
        ) {
            prop_assert!(read::<Value>(WHOLE.as_bytes()).is_some());
            let mut bytes = WHOLE.as_bytes().to_vec();
            for (at, how, with) in edits {
                let at = at.min(bytes.len() - 1);
                let with = with.into_bytes();
                match how {
                    0 => drop(bytes.splice(at..=at, with)),
                    1 => drop(bytes.splice(at..at, with)),
                    _ => drop(bytes.remove(at)),
                }
            }
            let (quick, slow) = both::<Value>(&bytes);
            prop_assert!(quick.is_none() || quick == slow);
            let (quick, slow) = both::<de::IgnoredAny>(&bytes);
            prop_assert!(quick.is_none() || slow.is_some());
            let (quick, slow) = both::<Raw<'_>>(&bytes);
            prop_assert!(quick.is_none() || quick.map(Raw::get) == slow.map(Raw::get));
        }
    }
}
