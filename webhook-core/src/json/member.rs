//! Parts of a document as they are written.

use std::fmt;
use std::marker::PhantomData;

use bytes::Bytes;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use super::document::{Document, document};
use super::found::dotted;
use super::mend::without_mark;
use crate::json::decode::{decode, decode_envelope};
use crate::json::reader::Raw;
use crate::outcome::DecodeError;

/// The elements of the array at a pointer, each a document that shares the memory of the body. None where nothing stands.
///
/// # Errors
/// If the document is not JSON, something else than an array stands there, or it is written twice.
pub(crate) fn elements(body: &Bytes, pointer: &'static str) -> Result<Vec<Bytes>, DecodeError> {
    let Some(list) = member(body, pointer)?.filter(|list| &**list != b"null") else {
        return Ok(Vec::new());
    };
    let elements: Vec<Raw<'_>> =
        decode_envelope(&list).map_err(|_| DecodeError::new(dotted(pointer), "not an array"))?;
    let elements = elements.into_iter();
    Ok(elements
        .map(|element| body.slice_ref(element.get().as_bytes()))
        .collect())
}

/// The value at a pointer as it is written, whatever its type; `None` where nothing stands.
///
/// # Errors
/// If the document is not JSON, or the place is written twice.
pub(crate) fn member(body: &Bytes, pointer: &str) -> Result<Option<Bytes>, DecodeError> {
    let mut found = body.slice_ref(without_mark(body));
    for step in pointer.split('/').skip(1) {
        if !found.trim_ascii_start().starts_with(b"{") {
            decode::<IgnoredAny>(&found)?;
            return Ok(None);
        }
        let place = document(&found, |found| range(found, step))?;
        let Some((start, len)) = place else {
            return Ok(None);
        };
        // The bytes as they were sent, though they may be those of a cut text.
        found = found.slice(start..start + len);
    }
    Ok(Some(found))
}

/// Where in an object the value of a member stands, and how long it is.
fn range(object: &Document, name: &str) -> Result<Option<(usize, usize)>, DecodeError> {
    let members: Members<'_> = object.envelope()?;
    let mut same = members.0.iter().filter(|(own, _)| own == name);
    let Some((_, value)) = same.next() else {
        return Ok(None);
    };
    if same.next().is_some() {
        return Err(DecodeError::new(name, "written twice"));
    }
    let start = value.get().as_ptr() as usize - object.as_ptr() as usize;
    Ok(Some((start, value.get().len())))
}
/// The members of an object in their order, doubles too.
struct Members<'a>(Vec<(String, Raw<'a>)>);

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_documents() {
        let body = Bytes::from_static(
            br#"{"a":{"list":[ {"x":1} ,2],"n":null},"b":1,"c":[],"c":[],"d":[1],"d":[2]}"#,
        );
        let found = elements(&body, "/a/list").unwrap();
        assert_eq!(found, [&b"{\"x\":1}"[..], b"2"]);
        for pointer in ["/a/n", "/x", "/a/x", "/b/x"] {
            assert_eq!(
                elements(&body, pointer).unwrap(),
                Vec::<Bytes>::new(),
                "{pointer}"
            );
        }
        for pointer in ["/a", "/b", "/c", "/d"] {
            let error = elements(&body, pointer).unwrap_err();
            assert_eq!(error.path(), pointer.trim_start_matches('/'));
        }
    }

    #[test]
    fn a_member_is_as_it_was_sent() {
        let body = Bytes::from("\u{feff}{\"\\ud83d\":1, \"a\": {\"b\" : \"\\ud83d\" } }");
        assert_eq!(
            member(&body, "/a").unwrap().unwrap(),
            r#"{"b" : "\ud83d" }"#
        );
        assert_eq!(member(&body, "/a/b").unwrap().unwrap(), r#""\ud83d""#);
        assert_eq!(member(&body, "").unwrap().unwrap(), body[3..]);
        for json in ["", "{", "{\"a\":1}\0", "[", "nul"] {
            assert!(member(&Bytes::from(json), "/a/b").is_err(), "{json:?}");
        }
    }
}
