//! How a delivery is named: its id and its kind, wherever the sender puts them.

use std::sync::Arc;

use bytes::Bytes;
use bytestring::ByteString;

use crate::event::DecodeError;
use crate::head::RequestHead;
use crate::json;
use crate::rejection::Rejection;
use crate::scheme::field::{field_in_body, field_in_head};
use crate::scheme::model::{Field, Scheme};

/// Where id and kind stand; what of it was in the head has been read already.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ident {
    id: Name,
    kind: Name,
    identity: Identity,
}

/// What tells one event from every other, where its id alone does not.
#[derive(Clone, Debug, Default)]
enum Identity {
    #[default]
    Id,
    Read(Arc<[u8]>),
    Body,
    InBody(&'static [Field]),
}

/// Id and kind, read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Named {
    pub(crate) id: Option<ByteString>,
    pub(crate) id_signed: bool,
    pub(crate) kind: Option<ByteString>,
    pub(crate) kind_signed: bool,
    /// Why one of them may be there and was not read.
    pub(crate) fault: Option<DecodeError>,
}

#[derive(Clone, Debug, Default)]
enum Name {
    #[default]
    Absent,
    Read {
        text: ByteString,
        signed: bool,
    },
    InBody {
        fields: &'static [Field],
        signed: bool,
    },
}

impl Ident {
    /// Reads what stands in the head, and remembers where to look in the body.
    pub(crate) fn begin(scheme: &Scheme, head: &RequestHead<'_>) -> Result<Self, Rejection> {
        let begin = |fields| match Name::in_head(scheme, fields, head)? {
            Some(name) => Ok(name),
            None => Ok(Name::in_body(scheme, fields)),
        };
        Ok(Self {
            id: begin(scheme.id)?,
            kind: begin(scheme.kind)?,
            identity: Identity::of(scheme),
        })
    }

    /// Where to look in the body, if there is nothing to look for in the head.
    pub(crate) fn in_body(scheme: &Scheme) -> Option<Self> {
        let mut fields = scheme.id.iter().chain(scheme.kind);
        (!fields.any(|field| field.is_in_head())).then(|| Self {
            id: Name::in_body(scheme, scheme.id),
            kind: Name::in_body(scheme, scheme.kind),
            identity: Identity::of(scheme),
        })
    }

    pub(crate) fn set_id(&mut self, text: ByteString, signed: bool) {
        self.id = Name::Read { text, signed };
    }

    pub(crate) fn set_kind(&mut self, text: ByteString, signed: bool) {
        self.kind = Name::Read { text, signed };
    }

    pub(crate) fn set_identity(&mut self, parts: &[&[u8]]) {
        self.identity = match parts {
            [] => Identity::Body,
            parts => Identity::Read(join(parts.iter().map(|part| Some(*part)))),
        };
    }

    /// The id, if it stood in the head, and whether it is signed.
    pub(crate) fn id_in_head(&self) -> Option<(ByteString, bool)> {
        match &self.id {
            Name::Read { text, signed } => Some((text.clone(), *signed)),
            Name::Absent | Name::InBody { .. } => None,
        }
    }

    /// What tells the event from others, where that is not its id alone.
    pub(crate) fn identity(&self, body: &Bytes) -> Option<Arc<[u8]>> {
        let fields = match &self.identity {
            Identity::Id => return None,
            Identity::Read(identity) => return Some(Arc::clone(identity)),
            Identity::Body => return Some(Arc::from(&**body)),
            Identity::InBody(fields) => fields,
        };
        let pointers = std::array::from_fn(|at| match fields.get(at) {
            Some(Field::Json(pointer)) => Some(*pointer),
            _ => None,
        });
        let found: [Option<ByteString>; 4] = json::select(body, pointers);
        // An account alone is no event.
        let is_there = matches!(found.first(), Some(Some(first)) if !first.is_empty());
        let parts = found.iter().map(|part| part.as_deref().map(str::as_bytes));
        is_there.then(|| join(parts))
    }

    /// Reads what stands in the body, in one pass.
    pub(crate) fn read(&self, body: &Bytes) -> Named {
        let [id_0, id_1, id_2, id_3] = self.id.pointers();
        let [kind_0, kind_1, kind_2, kind_3] = self.kind.pointers();
        let pointers = [id_0, id_1, id_2, id_3, kind_0, kind_1, kind_2, kind_3];
        let (found, fault) = if pointers.iter().any(Option::is_some) {
            json::names(body, pointers)
        } else {
            Default::default()
        };
        let [id_0, id_1, id_2, id_3, kind_0, kind_1, kind_2, kind_3] = found;
        let (id, id_signed) = self.id.resolve(body, [id_0, id_1, id_2, id_3]);
        let (kind, kind_signed) = self.kind.resolve(body, [kind_0, kind_1, kind_2, kind_3]);
        Named {
            id_signed: id.is_some() && id_signed,
            id,
            kind_signed: kind.is_some() && kind_signed,
            kind,
            fault,
        }
    }
}

/// The parts, each with its length, so that nothing can move from one to the next.
fn join<'a>(parts: impl Iterator<Item = Option<&'a [u8]>>) -> Arc<[u8]> {
    let mut joined = Vec::new();
    for part in parts {
        // No part is as long as this, so an absent one is not an empty one.
        let len = part.map_or(u64::MAX, |part| part.len() as u64);
        joined.extend_from_slice(&len.to_be_bytes());
        joined.extend_from_slice(part.unwrap_or_default());
    }
    joined.into()
}

impl Identity {
    fn of(scheme: &Scheme) -> Self {
        let fields = scheme.identity;
        if !fields.is_empty() && fields.iter().all(|field| scheme.signs(*field)) {
            Self::InBody(fields)
        } else {
            Self::Id
        }
    }
}

impl Name {
    fn in_head(
        scheme: &Scheme,
        fields: &[Field],
        head: &RequestHead<'_>,
    ) -> Result<Option<Self>, Rejection> {
        for field in fields.iter().filter(|field| field.is_in_head()) {
            if let Some(text) = field_in_head(head, *field)?.filter(|text| !text.is_empty()) {
                return Ok(Some(Self::Read {
                    text: ByteString::from(text.into_owned()),
                    signed: scheme.signs(*field),
                }));
            }
        }
        Ok(None)
    }

    fn in_body(scheme: &Scheme, fields: &'static [Field]) -> Self {
        let mut in_body = fields.iter().filter(|field| !field.is_in_head());
        let signed = in_body.all(|field| scheme.signs(*field));
        Self::InBody { fields, signed }
    }

    fn pointers(&self) -> [Option<&'static str>; 4] {
        let Self::InBody { fields, .. } = self else {
            return [None; 4];
        };
        std::array::from_fn(|at| match fields.get(at) {
            Some(Field::Json(pointer)) => Some(*pointer),
            _ => None,
        })
    }

    fn resolve(&self, body: &Bytes, found: [Option<ByteString>; 4]) -> (Option<ByteString>, bool) {
        match self {
            Self::Absent => (None, false),
            Self::Read { text, signed } => (Some(text.clone()), *signed),
            Self::InBody { fields, signed } => {
                let mut texts = fields.iter().zip(found).map(|(field, json)| match field {
                    Field::Form(_) => field_in_body(body, *field)
                        .ok()
                        .flatten()
                        .map(|text| ByteString::from(text.into_owned())),
                    _ => json,
                });
                let text = texts.find_map(|text| text.filter(|text| !text.is_empty()));
                (text, *signed)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scheme::model::{Part, Primitive};

    const WHOLE: Scheme = Scheme::new("acme", Primitive::HmacSha256)
        .id(&[Field::Json("/id")])
        .identity(&[Field::Json("/id"), Field::Json("/account")]);

    fn identity(scheme: &Scheme, body: &'static str) -> Option<Arc<[u8]>> {
        Ident::in_body(scheme).unwrap().identity(&Bytes::from(body))
    }

    #[test]
    fn events_of_one_id_are_told_apart_by_what_else_is_their_identity() {
        let bodies = [
            r#"{"id":"1","account":"a"}"#,
            r#"{"id":"1","account":"b"}"#,
            r#"{"id":"1a","account":""}"#,
            r#"{"id":"1a"}"#,
            r#"{"id":"1"}"#,
        ];
        for (at, body) in bodies.iter().enumerate() {
            let own = identity(&WHOLE, body);
            assert!(own.is_some(), "{body}");
            assert_eq!(identity(&WHOLE, body), own);
            for other in &bodies[at + 1..] {
                assert_ne!(identity(&WHOLE, other), own, "{body} {other}");
            }
        }
        let reordered = identity(&WHOLE, r#"{"account":"a","type":"x","id":"1"}"#);
        assert_eq!(reordered, identity(&WHOLE, bodies[0]));
    }

    #[test]
    fn without_its_first_part_it_is_none() {
        for body in [r#"{"account":"a"}"#, r#"{"id":"","account":"a"}"#, "{}", ""] {
            assert_eq!(identity(&WHOLE, body), None, "{body}");
        }
    }

    #[test]
    fn what_is_not_signed_is_no_identity() {
        let body = r#"{"id":"1","account":"a"}"#;
        for content in [
            &[Part::Timestamp][..],
            &[Part::FirstOf(&[Field::Json("/id")])],
        ] {
            assert_eq!(identity(&WHOLE.content(content), body), None);
        }
        assert_eq!(identity(&WHOLE.identity(&[]), body), None);
    }

    #[test]
    fn a_shared_token_signs_neither_id_nor_identity() {
        let token = Scheme::new("acme", Primitive::Token)
            .id(&[Field::Json("/id")])
            .identity(&[Field::Json("/id")]);
        let body = r#"{"id":"1"}"#;
        assert_eq!(identity(&token, body), None);
        let named = token.content(&[Part::FirstOf(&[Field::Json("/id")])]);
        for (scheme, signed) in [(token, false), (named, false), (WHOLE, true)] {
            let ident = Ident::in_body(&scheme).unwrap();
            let named = ident.read(&Bytes::from(body));
            assert_eq!((named.id.as_deref(), named.id_signed), (Some("1"), signed));
        }
    }
}
