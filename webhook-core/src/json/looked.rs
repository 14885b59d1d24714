//! Places of a document that are found in one pass, for those who ask for them one after another.

use bytes::Bytes;
use bytestring::ByteString;
use memchr::memmem;

use super::found::Found;
use super::member::member;
use super::place::Place;
use super::select::{Look, found_at, walk};
use crate::outcome::DecodeError;

/// A document, and what was found at the places that were told before. Another place is looked for when it is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Looked {
    body: Bytes,
    found: Vec<(Look, Found)>,
}

/// What stands at a place, of whatever type.
pub(crate) enum Written {
    Is(Bytes),
    Absent,
    /// Written twice, so that readers could disagree, or the document is not JSON.
    Ambiguous,
}

impl Looked {
    pub(crate) fn at(body: &Bytes, looks: &[Look]) -> Self {
        // If one of them cannot be read, as where it is not UTF-8, each is looked for when it is asked for.
        let found = match looks {
            [] => Vec::new(),
            _ => found_at(body, looks).unwrap_or_default(),
        };
        Self {
            body: body.clone(),
            found: looks.iter().copied().zip(found).collect(),
        }
    }

    pub(crate) const fn body(&self) -> &Bytes {
        &self.body
    }

    fn known(&self, look: Look) -> Option<&Found> {
        let mut same = self.found.iter().filter(|(known, _)| *known == look);
        same.next().map(|(_, found)| found)
    }

    fn found(&self, look: Look) -> Result<Found, DecodeError> {
        match self.known(look) {
            Some(found) => Ok(found.clone()),
            None => walk(&self.body, [Some(look)]).map(|[found]| found),
        }
    }

    /// The text or the integer at a pointer, unless it is written twice.
    pub(crate) fn text(&self, pointer: &'static str) -> Option<ByteString> {
        self.found(Look::Name(pointer)).ok()?.once()
    }

    /// The same, with numbers as they are written, and `true` and `false` by name.
    pub(crate) fn value(&self, pointer: &'static str) -> Option<ByteString> {
        self.found(Look::Value(pointer)).ok()?.once()
    }

    /// The same, with why it cannot be read.
    ///
    /// # Errors
    /// If the document is not JSON.
    pub(crate) fn place(&self, pointer: &'static str) -> Result<Place, DecodeError> {
        let found = self.found(Look::Value(pointer))?;
        Ok(Place { pointer, found })
    }

    /// Texts and integers, also those that are written twice with one value, and why one of them may be there and was not read.
    pub(crate) fn names<const N: usize>(
        &self,
        pointers: [Option<&'static str>; N],
    ) -> ([Option<ByteString>; N], Option<DecodeError>) {
        let known = pointers.map(|pointer| self.known(Look::Name(pointer?)));
        let is_known =
            |(pointer, found): (&Option<_>, &Option<_>)| pointer.is_none() || found.is_some();
        let found = if pointers.iter().zip(&known).all(is_known) {
            known.map(|found| found.cloned().unwrap_or(Found::Nothing))
        } else {
            match walk(&self.body, pointers.map(|pointer| pointer.map(Look::Name))) {
                Ok(found) => found,
                Err(error) => return ([const { None }; N], Some(error)),
            }
        };
        let both = pointers.iter().zip(&found);
        let mut faults = both.filter_map(|(pointer, found)| found.fault((*pointer)?));
        let fault = faults.next();
        (found.map(Found::value), fault)
    }

    /// What stands at a pointer as it is written, objects and arrays too.
    pub(crate) fn written(&self, pointer: &'static str) -> Written {
        let name = pointer.rsplit('/').next().unwrap_or_default();
        match self.found(Look::Value(pointer)) {
            Ok(Found::Once(value)) => return Written::Is(value.into_bytes()),
            Ok(Found::Nothing) => return Written::Absent,
            // What is not JSON has no such place if it does not even have the name.
            Err(_) if memmem::find(&self.body, name.as_bytes()).is_none() => {
                return Written::Absent;
            }
            Ok(Found::Null | Found::Again(_) | Found::Twice | Found::NoText) | Err(_) => {}
        }
        // Seldom.
        match member(&self.body, pointer) {
            Ok(Some(value)) if &*value == b"null" => Written::Absent,
            Ok(Some(value)) => Written::Is(value),
            Ok(None) => Written::Absent,
            Err(_) => Written::Ambiguous,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const POINTERS: [&str; 9] = [
        "", "/a", "/b", "/a/a", "/a/b", "/a/b/a", "/a/0", "/a/1/b", "/0",
    ];

    /// Documents with few names, so that many are written twice, and with what readers disagree about.
    fn documents() -> impl Strategy<Value = Vec<u8>> {
        let scalars = [
            "null",
            "true",
            "1",
            "-0",
            "1.0",
            "1e2",
            "18446744073709551615",
            "18446744073709551616",
            "\"x\"",
            "\"1\"",
            "\"\"",
            "\"true\"",
            "\"\\u0078\"",
            "\"\\ud83d\"",
            "-9223372036854775808",
            "-9223372036854775809",
        ];
        let names = ["a", "b", "0", "1", "", "a/b", "\\u0061", "a\\ud83d"];
        let value = prop::sample::select(scalars.to_vec()).prop_map(str::to_owned);
        let value = value.prop_recursive(4, 24, 5, move |inner| {
            let name = prop::sample::select(names.to_vec());
            let members = prop::collection::vec((name, inner.clone()), 0..5);
            let elements = prop::collection::vec(inner, 0..4);
            prop_oneof![
                3 => members.prop_map(|members| {
                    let members = members.iter().map(|(name, value)| format!("\"{name}\": {value}"));
                    format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
                }),
                1 => elements.prop_map(|elements| format!("[{}]", elements.join(","))),
            ]
        });
        let place = || prop::option::weighted(0.1, any::<prop::sample::Index>());
        (value, place(), place()).prop_map(|(text, end, broken)| {
            let mut document = text.into_bytes();
            if let Some(end) = end {
                document.truncate(end.index(document.len()));
            }
            // No UTF-8, often inside of a text.
            if let Some(at) = broken.filter(|_| !document.is_empty()) {
                let at = at.index(document.len());
                document[at] = 0xff;
            }
            document
        })
    }

    fn answers(looked: &Looked) -> Vec<String> {
        let alone = POINTERS.iter().map(|pointer| {
            let place = looked
                .place(pointer)
                .map(|place| format!("{:?}", place.get()));
            let written = match looked.written(pointer) {
                Written::Is(value) => format!("{value:?}"),
                Written::Absent => "absent".to_owned(),
                Written::Ambiguous => "ambiguous".to_owned(),
            };
            let (text, value) = (looked.text(pointer), looked.value(pointer));
            format!("{pointer}: {text:?} {value:?} {place:?} {written}")
        });
        let names = format!("{:?}", looked.names(POINTERS.map(Some)));
        alone.chain([names]).collect()
    }

    proptest! {
        #[test]
        fn what_is_found_in_one_pass_is_what_is_found_alone(document in documents()) {
            let body = Bytes::from(document);
            let names = POINTERS.iter().copied().map(Look::Name);
            let looks: Vec<_> = names.chain(POINTERS.iter().copied().map(Look::Value)).collect();
            let alone = answers(&Looked::at(&body, &[]));
            // A few, many, and more than one pass takes.
            for looks in [&looks[3..7], &looks, &looks.repeat(2)] {
                prop_assert_eq!(&answers(&Looked::at(&body, looks)), &alone);
            }
        }
    }

    #[test]
    fn what_is_found_shares_the_memory_of_the_body() {
        let body = Bytes::from_static(br#"{"id":"evt_1","n":12}"#);
        let looked = Looked::at(&body, &[Look::Name("/id"), Look::Value("/n")]);
        assert_eq!(looked.text("/id").unwrap().as_ptr(), body[7..].as_ptr());
        assert_eq!(looked.value("/n").unwrap().as_ptr(), body[18..].as_ptr());
    }
}
