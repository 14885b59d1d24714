//! References to other objects.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use crate::Text;

/// A reference to another object: its id alone, or the object in full where it was expanded.
///
/// Only the id is kept. To read an expanded object, give [`Event::decode`](super::super::Event::decode) a type
/// of your own.
///
/// ```
/// use webhook_core::RawJson;
/// use webhook_core::provider::stripe::Expandable;
///
/// for json in [r#""cus_1""#, r#"{"id": "cus_1", "object": "customer"}"#] {
///     assert_eq!(RawJson::new(json)?.decode::<Expandable>()?.id(), "cus_1");
/// }
/// # Ok::<(), webhook_core::DecodeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Expandable {
    id: Text,
}

impl Expandable {
    /// The id of the object.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl<'de> Deserialize<'de> for Expandable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IdVisitor)
    }
}

struct IdVisitor;

#[derive(serde::Deserialize)]
struct Expanded {
    id: Text,
}

impl<'de> Visitor<'de> for IdVisitor {
    type Value = Expandable;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id or an object with an id")
    }

    fn visit_str<E: Error>(self, id: &str) -> Result<Expandable, E> {
        Ok(Expandable { id: Text::from(id) })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Expandable, A::Error> {
        let Expanded { id } = Expanded::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Expandable { id })
    }
}

#[cfg(test)]
mod tests {
    use crate::RawJson;

    use super::*;

    #[test]
    fn refuses_what_has_no_id() {
        for json in ["7", "[]", "{}", r#"{"id":7}"#] {
            let json = RawJson::new(json).unwrap();
            assert!(json.decode::<Expandable>().is_err(), "{json:?}");
        }
    }
}
