//! Changes a JSON text at one place. What is not changed keeps its bytes: the order of members, the spelling of numbers, the spaces.

use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

/// The text of the value at this JSON pointer, if there is one. Of members with one name, the last one counts.
///
/// # Errors
/// If the text is not JSON, or the pointer not a pointer.
pub fn get<'a>(text: &'a str, pointer: &str) -> Result<Option<&'a str>, String> {
    let mut value = whole(text)?;
    for step in steps(pointer)? {
        match children(value)?.find(&step) {
            Some(child) => value = child.value,
            None => return Ok(None),
        }
    }
    Ok(Some(value))
}

/// The text with `value`, which is JSON, at this pointer. Makes the objects on the way that are missing or `null`; the number of elements
/// of a list, or `-`, adds one to it.
///
/// # Errors
/// If the text is not JSON, the pointer not a pointer, or something that is no object and no list stands on the way.
pub fn set(text: &str, pointer: &str, value: &str) -> Result<String, String> {
    let value = whole(value).map_err(|_| format!("{value:?} is not JSON"))?;
    let mut at = whole(text)?;
    let steps = steps(pointer)?;
    let mut rest = steps.as_slice();
    while let [step, after @ ..] = rest {
        let all = children(at)?;
        if let Some(child) = all.find(step) {
            (at, rest) = (child.value, after);
            continue;
        }
        let new = nested(after, value);
        return match &all {
            Children::Other if at == "null" => Ok(replaced(text, at, &nested(rest, value))),
            Children::Other => Err(format!(
                "{pointer}: there is something on the way that is neither an object nor a list"
            )),
            Children::Object(members) => {
                let name = Value::from(step.as_str());
                Ok(added(text, at, members, &format!("{name}:{new}")))
            }
            Children::List(elements) if step == "-" || *step == elements.len().to_string() => {
                Ok(added(text, at, elements, &new))
            }
            Children::List(elements) => Err(format!(
                "{pointer}: the list has {} elements: {step:?} is none of them, and not the next",
                elements.len()
            )),
        };
    }
    Ok(replaced(text, at, value))
}

/// The text without the value at this pointer, and whether it was there.
///
/// # Errors
/// If the text is not JSON, or the pointer not a pointer to something in it.
pub fn remove(text: &str, pointer: &str) -> Result<(String, bool), String> {
    let Some((parent, last)) = pointer.rsplit_once('/') else {
        return Err(format!("{pointer:?}: {POINTER}"));
    };
    let Some(parent) = get(text, parent)? else {
        return Ok((text.to_owned(), false));
    };
    let all = children(parent)?;
    let (Children::Object(list) | Children::List(list)) = &all else {
        return Ok((text.to_owned(), false));
    };
    let Some(index) = all.index(&unescaped(last)) else {
        return Ok((text.to_owned(), false));
    };
    let end_of = |at: usize| list.get(at).map(|child| span(text, child.value).end);
    let start_of = |at: usize| list.get(at).map(|child| span(text, child.start()).start);
    // With the comma before it; the first one with the comma after it.
    let cut = match index.checked_sub(1) {
        Some(before) => end_of(before).zip(end_of(index)),
        None => start_of(0).zip(start_of(1).or_else(|| end_of(0))),
    };
    let (start, end) = cut.unwrap_or_default();
    Ok((spliced(text, start..end, ""), true))
}

const POINTER: &str = "a JSON pointer looks like /data/object/id";

/// A member of an object or an element of a list: parts of the whole text.
struct Child<'a> {
    name: Option<(&'a str, String)>,
    value: &'a str,
}

impl<'a> Child<'a> {
    /// The text with which it starts.
    fn start(&self) -> &'a str {
        self.name.as_ref().map_or(self.value, |(raw, _)| raw)
    }
}

enum Children<'a> {
    Object(Vec<Child<'a>>),
    List(Vec<Child<'a>>),
    Other,
}

impl<'a> Children<'a> {
    fn index(&self, step: &str) -> Option<usize> {
        match self {
            Self::Object(members) => {
                let named =
                    |child: &Child<'_>| child.name.as_ref().is_some_and(|(_, name)| name == step);
                members.iter().rposition(named)
            }
            Self::List(elements) => {
                let index: usize = step.parse().ok()?;
                (index < elements.len() && index.to_string() == step).then_some(index)
            }
            Self::Other => None,
        }
    }

    fn find(&self, step: &str) -> Option<&Child<'a>> {
        let index = self.index(step)?;
        match self {
            Self::Object(list) | Self::List(list) => list.get(index),
            Self::Other => None,
        }
    }
}

impl<'de> Deserialize<'de> for Children<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Containers)
    }
}

struct Containers;

impl<'de> Visitor<'de> for Containers {
    type Value = Children<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or a list")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((name, value)) = map.next_entry::<&RawValue, &RawValue>()? {
            let read = serde_json::from_str(name.get());
            let read = read.map_err(serde::de::Error::custom)?;
            members.push(Child {
                name: Some((name.get(), read)),
                value: value.get(),
            });
        }
        Ok(Children::Object(members))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(value) = seq.next_element::<&RawValue>()? {
            elements.push(Child {
                name: None,
                value: value.get(),
            });
        }
        Ok(Children::List(elements))
    }
}

/// The one value of a text, without the spaces around it.
fn whole(text: &str) -> Result<&str, String> {
    let raw: Result<&RawValue, _> = serde_json::from_str(text);
    raw.map(RawValue::get).map_err(not_json)
}

fn children(value: &str) -> Result<Children<'_>, String> {
    match value.starts_with(['{', '[']) {
        true => serde_json::from_str(value).map_err(not_json),
        false => Ok(Children::Other),
    }
}

fn not_json(error: serde_json::Error) -> String {
    // Without what it says of the text: that may be a secret.
    format!(
        "the body is not JSON (line {}, column {})",
        error.line(),
        error.column()
    )
}

fn steps(pointer: &str) -> Result<Vec<String>, String> {
    if !pointer.is_empty() && !pointer.starts_with('/') {
        return Err(format!("{pointer:?}: {POINTER}"));
    }
    Ok(pointer.split('/').skip(1).map(unescaped).collect())
}

fn unescaped(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

/// A value inside of objects with these names.
fn nested(names: &[String], value: &str) -> String {
    names.iter().rev().fold(value.to_owned(), |inner, name| {
        format!("{{{}:{inner}}}", Value::from(name.as_str()))
    })
}

fn replaced(text: &str, old: &str, new: &str) -> String {
    spliced(text, span(text, old), new)
}

/// The text with one child more, behind the last one.
fn added(text: &str, parent: &str, children: &[Child<'_>], new: &str) -> String {
    match children.last() {
        Some(last) => {
            let end = span(text, last.value).end;
            spliced(text, end..end, &format!(",{new}"))
        }
        None => {
            let inside = span(text, parent).start + 1;
            spliced(text, inside..inside, new)
        }
    }
}

/// Where `part`, which was cut out of `text`, stands in it.
fn span(text: &str, part: &str) -> Range<usize> {
    let start = (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    start..start + part.len()
}

fn spliced(text: &str, range: Range<usize>, new: &str) -> String {
    let before = text.get(..range.start).unwrap_or_default();
    let after = text.get(range.end..).unwrap_or_default();
    [before, new, after].concat()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TEXT: &str = r#" { "b" : 1.50 , "a/b": [1, {"x":null}] ,"b":2e3, "e": {} }
"#;

    #[test]
    fn a_value_is_replaced_in_its_place() {
        for (pointer, value, expected) in [
            ("/b", "7", TEXT.replace("2e3", "7")),
            ("/a~1b/0", "\"x\"", TEXT.replace("[1,", "[\"x\",")),
            ("/a~1b/1/x", "[ ]", TEXT.replace("null", "[ ]")),
            ("/a~1b/1/x/y", "1", TEXT.replace("null", r#"{"y":1}"#)),
            ("/a~1b/-", "3", TEXT.replace("}]", "},3]")),
            ("/a~1b/2", "3", TEXT.replace("}]", "},3]")),
            ("/e/n\"/m", "3", TEXT.replace("{}", r#"{"n\"":{"m":3}}"#)),
            ("/z", "3", TEXT.replace("{} }", r#"{},"z":3 }"#)),
            ("", "3", " 3\n".to_owned()),
        ] {
            assert_eq!(
                set(TEXT, pointer, value).as_ref(),
                Ok(&expected),
                "{pointer}"
            );
        }
    }

    #[test]
    fn a_value_is_removed_with_one_comma() {
        for (pointer, expected) in [
            ("/b", TEXT.replace(r#" ,"b":2e3"#, "").replace("] ,", "],")),
            ("/a~1b/0", TEXT.replace("1, ", "")),
            ("/a~1b/1", TEXT.replace(r#", {"x":null}"#, "")),
            ("/a~1b/1/x", TEXT.replace(r#""x":null"#, "")),
            ("/e", TEXT.replace(r#", "e": {}"#, "")),
        ] {
            let (text, was_there) = remove(TEXT, pointer).unwrap();
            let same = |text: &str| text.replace(char::is_whitespace, "");
            assert!(was_there, "{pointer}");
            assert_eq!(same(&text), same(&expected), "{pointer}");
            serde_json::from_str::<Value>(&text).unwrap();
        }
        assert_eq!(remove(TEXT, "/none/x"), Ok((TEXT.to_owned(), false)));
    }

    #[test]
    fn what_cannot_be_done_is_said() {
        for (text, pointer, why) in [
            (TEXT, "b", "/data/object/id"),
            (TEXT, "/b/c", "on the way"),
            (TEXT, "/a~1b/7", "2 elements"),
            (TEXT, "/a~1b/00", "2 elements"),
            ("{", "/b", "not JSON"),
            ("{} {}", "/b", "not JSON"),
            ("a=b", "/b", "not JSON"),
            ("", "/b", "not JSON"),
        ] {
            let error = set(text, pointer, "1").unwrap_err();
            assert!(error.contains(why), "{error}");
        }
        assert!(set("{}", "/a", "{").unwrap_err().contains("not JSON"));
    }

    #[test]
    fn deep_text_is_no_danger() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert!(get(&deep, "/0/0/0").is_ok());
        assert!(set(&deep, "/0/0/0", "1").is_ok());
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".{0,6}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map(".{0,4}", inner, 0..5)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    /// The pointers to everything in a value.
    fn pointers(value: &Value, at: &str, all: &mut Vec<String>) {
        all.push(at.to_owned());
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    let name = name.replace('~', "~0").replace('/', "~1");
                    pointers(value, &format!("{at}/{name}"), all);
                }
            }
            Value::Array(elements) => {
                for (index, value) in elements.iter().enumerate() {
                    pointers(value, &format!("{at}/{index}"), all);
                }
            }
            _ => {}
        }
    }

    proptest! {
        #[test]
        fn what_is_not_edited_keeps_its_bytes(value in json(), pick: prop::sample::Index, is_pretty: bool) {
            let text = match is_pretty {
                true => serde_json::to_string_pretty(&value).unwrap(),
                false => value.to_string(),
            };
            let mut all = Vec::new();
            pointers(&value, "", &mut all);
            let pointer = &all[pick.index(all.len())];
            let old = get(&text, pointer).unwrap().unwrap();
            let range = span(&text, old);
            let edited = set(&text, pointer, "\"new\"").unwrap();
            prop_assert!(edited.starts_with(text.get(..range.start).unwrap()));
            prop_assert!(edited.ends_with(text.get(range.end..).unwrap()));
            prop_assert_eq!(edited.len(), text.len() - old.len() + 5);
            let mut expected = value.clone();
            *expected.pointer_mut(pointer).unwrap() = "new".into();
            prop_assert_eq!(serde_json::from_str::<Value>(&edited).unwrap(), expected);
            if !pointer.is_empty() {
                let (without, was_there) = remove(&text, pointer).unwrap();
                prop_assert!(was_there);
                let read = serde_json::from_str::<Value>(&without).unwrap();
                prop_assert!(without.len() < text.len());
                prop_assert_ne!(read, value);
            }
        }

        #[test]
        fn no_text_and_no_pointer_is_a_danger(text in ".{0,40}", pointer in "[/~a0-]{0,6}") {
            drop(get(&text, &pointer));
            drop(set(&text, &pointer, "1"));
            drop(remove(&text, &pointer));
        }
    }
}
