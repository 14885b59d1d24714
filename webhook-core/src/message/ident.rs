//! How a delivery is named: its id and its kind, wherever the sender puts them, and what tells it from others.

use std::sync::Arc;

use bytes::Bytes;
use bytestring::ByteString;

use crate::json::{Look, Looked};
use crate::message::apart::{InHead, Plan, Received, Told};
use crate::message::coverage::Coverage;
use crate::message::identity::Described;
use crate::message::whose::{Mode, Whose};
use crate::outcome::DecodeError;
use crate::outcome::Rejection;
use crate::request::RequestHead;
use crate::request::{Field, field_in_head, text_in_form};

/// Where id and kind stand; what of it was in the head has been read already. Most requests of an account have the same one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ident(Option<Arc<Places>>);

/// Of a delivery of which nothing is said.
static UNSAID: Places = Places {
    id: Name::Absent,
    kind: Name::Absent,
    apart: Apart::Named,
    owner: Ownership::Unsaid,
};

#[derive(Clone, Debug, Default)]
struct Places {
    id: Name,
    kind: Name,
    apart: Apart,
    owner: Ownership,
}

/// How it is known whose event it is.
#[derive(Clone, Debug, Default)]
enum Ownership {
    #[default]
    Unsaid,
    /// By places of the body, and whether all of them are signed.
    Places { whose: &'static Whose, signed: bool },
    /// A verifier's own code has read it from what is signed.
    Read(Arc<Owner>),
}

/// Whose event it is, read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Owner {
    /// More than one only where a delivery holds several events.
    pub(crate) accounts: Vec<ByteString>,
    pub(crate) mode: Mode,
    /// Why the mode is unknown, if it is there and cannot be read.
    pub(crate) fault: Option<DecodeError>,
    pub(crate) signed: bool,
}

/// What tells the event from every other.
#[derive(Clone, Debug, Default)]
enum Apart {
    /// Its id if that is signed, else all that is signed.
    #[default]
    Named,
    /// Nothing: each delivery is an event of its own.
    Nothing,
    /// What a verifier's own code has named; of what is signed, none: the body.
    Parts {
        signed: Option<Arc<[u8]>>,
        beside: Option<Arc<[u8]>>,
    },
    /// The rule of a scheme, with what of it stands in the head.
    Plan {
        plan: Arc<Plan>,
        in_head: Option<Arc<[InHead]>>,
        signed_head: Option<Bytes>,
    },
}

/// Id and kind, read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Named {
    pub(crate) id: Option<ByteString>,
    pub(crate) id_signed: bool,
    pub(crate) kind: Option<ByteString>,
    pub(crate) kind_signed: bool,
    /// Why one of them may be there and was not read.
    pub(crate) fault: Option<Box<DecodeError>>,
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
    /// What holds for every request of an account.
    pub(crate) fn of(described: &Described) -> Self {
        let id = Name::in_body(described, described.id);
        let kind = Name::in_body(described, described.kind);
        let mut plan = Plan::new(described);
        let names = id.pointers().into_iter().chain(kind.pointers()).flatten();
        plan.looks_too(names.map(Look::Name));
        plan.looks_too(described.whose.iter().flat_map(|whose| whose.looks()));
        Self(Some(Arc::new(Places {
            id,
            kind,
            apart: Apart::Plan {
                plan: Arc::new(plan),
                in_head: None,
                signed_head: None,
            },
            owner: match described.whose {
                Some(whose) => Ownership::Places {
                    whose,
                    signed: whose.fields().all(|field| described.signs(field)),
                },
                None => Ownership::Unsaid,
            },
        })))
    }

    fn places(&self) -> &Places {
        self.0.as_deref().unwrap_or(&UNSAID)
    }

    /// Those of this request alone.
    fn own(&mut self) -> &mut Places {
        Arc::make_mut(self.0.get_or_insert_default())
    }

    /// Whether there is something to look for in the head.
    pub(crate) fn reads_head(&self, described: &Described) -> bool {
        let mut fields = described.id.iter().chain(described.kind);
        fields.any(|field| field.is_in_head())
            || matches!(&self.places().apart, Apart::Plan { plan, .. } if plan.reads_head())
    }

    /// The same with what stands in the head of a request. `id` is its id, if that was read already.
    pub(crate) fn read_head(
        &self,
        described: &Described,
        head: &RequestHead<'_>,
        id: Option<&str>,
    ) -> Result<Self, Rejection> {
        let places = self.places();
        let known = id.zip(described.id.first());
        let id = match known {
            Some((text, field)) => Some(Name::Read {
                text: ByteString::from(text),
                signed: described.signs(*field),
            }),
            None => Name::in_head(described, described.id, head)?,
        };
        let kind = Name::in_head(described, described.kind, head)?;
        let mut apart = places.apart.clone();
        if let Apart::Plan { plan, in_head, .. } = &mut apart {
            if plan.reads_head() {
                *in_head = Some(plan.read_head(head)?);
            }
        }
        Ok(Self(Some(Arc::new(Places {
            id: id.unwrap_or_else(|| places.id.clone()),
            kind: kind.unwrap_or_else(|| places.kind.clone()),
            apart,
            owner: places.owner.clone(),
        }))))
    }

    /// Keeps what the head has of the signed content, if it tells events apart.
    pub(crate) fn keep_signed_head<'a>(&mut self, pieces: impl Iterator<Item = &'a [u8]>) {
        let keeps_head =
            matches!(&self.places().apart, Apart::Plan { plan, .. } if plan.keeps_head);
        if !keeps_head {
            return;
        }
        if let Apart::Plan { signed_head, .. } = &mut self.own().apart {
            *signed_head = Some(Bytes::from(join(pieces.map(Some)).to_vec()));
        }
    }

    pub(crate) fn set_id(&mut self, text: ByteString, signed: bool) {
        self.own().id = Name::Read { text, signed };
    }

    pub(crate) fn set_kind(&mut self, text: ByteString, signed: bool) {
        self.own().kind = Name::Read { text, signed };
    }

    pub(crate) fn set_identity(&mut self, parts: &[&[u8]]) {
        let signed = (!parts.is_empty()).then(|| join(parts.iter().map(|part| Some(*part))));
        let places = self.own();
        let beside = match &mut places.apart {
            Apart::Parts { beside, .. } => beside.take(),
            Apart::Named | Apart::Nothing | Apart::Plan { .. } => None,
        };
        places.apart = Apart::Parts { signed, beside };
    }

    pub(crate) fn set_nothing(&mut self) {
        self.own().apart = Apart::Nothing;
    }

    pub(crate) fn set_beside(&mut self, parts: &[Option<&[u8]>]) {
        let beside = Some(join(parts.iter().copied()));
        let places = self.own();
        let signed = match &mut places.apart {
            Apart::Parts { signed, .. } => signed.take(),
            Apart::Named | Apart::Nothing | Apart::Plan { .. } => None,
        };
        places.apart = Apart::Parts { signed, beside };
    }

    /// The id, if it stood in the head, and whether it is signed.
    pub(crate) fn id_in_head(&self) -> Option<(ByteString, bool)> {
        match &self.places().id {
            Name::Read { text, signed } => Some((text.clone(), *signed)),
            Name::Absent | Name::InBody { .. } => None,
        }
    }

    pub(crate) fn set_whose(&mut self, whose: &'static Whose, signed: bool) {
        self.own().owner = Ownership::Places { whose, signed };
    }

    pub(crate) fn set_owner(&mut self, accounts: Vec<ByteString>, mode: Mode) {
        self.own().owner = Ownership::Read(Arc::new(Owner {
            accounts,
            mode,
            fault: None,
            signed: true,
        }));
    }

    /// Whether the sender names accounts where it signs.
    pub(crate) fn signs_accounts(&self) -> bool {
        match &self.places().owner {
            Ownership::Unsaid => false,
            Ownership::Places { whose, signed } => *signed && whose.has_account(),
            Ownership::Read(_) => true,
        }
    }

    /// Whether the sender says the version of its API where it signs.
    pub(crate) fn signs_api_version(&self) -> bool {
        matches!(&self.places().owner, Ownership::Places { whose, signed: true } if whose.has_api_version())
    }

    /// In which version of the sender's API the body is written, if that is signed.
    pub(crate) fn api_version(&self, looked: &Looked) -> Option<ByteString> {
        match &self.places().owner {
            Ownership::Places {
                whose,
                signed: true,
            } => whose.api_version_in(looked),
            Ownership::Places { .. } | Ownership::Unsaid | Ownership::Read(_) => None,
        }
    }

    /// The accounts of the sender that the event is of, and whether that is signed.
    pub(crate) fn accounts(&self, looked: &Looked) -> (Vec<ByteString>, bool) {
        match &self.places().owner {
            Ownership::Unsaid => (Vec::new(), false),
            Ownership::Places { whose, signed } => {
                (whose.account_in(looked).into_iter().collect(), *signed)
            }
            Ownership::Read(owner) => (owner.accounts.clone(), owner.signed),
        }
    }

    /// Whose event it is, as far as the body says.
    pub(crate) fn owner(&self, looked: &Looked) -> Owner {
        match &self.places().owner {
            Ownership::Unsaid => Owner::default(),
            Ownership::Places { whose, .. } => {
                let (accounts, signed) = self.accounts(looked);
                let (mode, fault) = match whose.mode_in(looked) {
                    Ok(mode) => (mode, None),
                    Err(fault) => (Mode::Unknown, Some(fault)),
                };
                Owner {
                    accounts,
                    mode,
                    fault,
                    signed,
                }
            }
            Ownership::Read(owner) => Owner::clone(owner),
        }
    }

    /// What tells the event from others.
    pub(crate) fn tell(&self, coverage: Coverage, named: &Named, received: &Received<'_>) -> Told {
        if coverage == Coverage::SenderOnly && received.signed_only {
            // Nothing is signed, so there is nothing to choose from.
            let received = Received {
                signed_only: false,
                ..*received
            };
            return self.tell(coverage, named, &received);
        }
        let places = self.places();
        let told = match &places.apart {
            Apart::Plan {
                plan,
                in_head,
                signed_head,
            } => {
                let in_head = match in_head {
                    Some(in_head) => Arc::clone(in_head),
                    None => plan.in_names(places.id.in_head_text(), places.kind.in_head_text()),
                };
                plan.tell(received, &in_head, signed_head.as_ref())
            }
            Apart::Parts { signed, beside } => {
                let mut told = Told::new("parts", true);
                told.label = named.id.as_ref().map(|id| id.as_bytes().clone());
                told.parts.push(Some(match signed {
                    Some(signed) => Bytes::copy_from_slice(signed),
                    None => received.body().clone(),
                }));
                if let Some(beside) = beside.as_ref().filter(|_| !received.signed_only) {
                    told.is_signed = false;
                    told.parts.push(Some(Bytes::copy_from_slice(beside)));
                }
                told
            }
            Apart::Named => named.tell(coverage, received),
            Apart::Nothing => received.moment(),
        };
        Told {
            is_signed: told.is_signed && coverage != Coverage::SenderOnly,
            ..told
        }
    }

    /// Looks into the body, in one pass.
    pub(crate) fn look(&self, body: &Bytes) -> Looked {
        match &self.places().apart {
            Apart::Plan { plan, .. } => Looked::at(body, &plan.looks),
            // Nobody has said before what will be looked for.
            Apart::Named | Apart::Nothing | Apart::Parts { .. } => Looked::at(body, &[]),
        }
    }

    /// Reads id and kind.
    pub(crate) fn read(&self, looked: &Looked) -> Named {
        let Places { id, kind, .. } = self.places();
        let [id_0, id_1, id_2, id_3] = id.pointers();
        let [kind_0, kind_1, kind_2, kind_3] = kind.pointers();
        let pointers = [id_0, id_1, id_2, id_3, kind_0, kind_1, kind_2, kind_3];
        let (found, fault) = if pointers.iter().any(Option::is_some) {
            looked.names(pointers)
        } else {
            Default::default()
        };
        let [id_0, id_1, id_2, id_3, kind_0, kind_1, kind_2, kind_3] = found;
        let body = looked.body();
        let (id, id_signed) = id.resolve(body, [id_0, id_1, id_2, id_3]);
        let (kind, kind_signed) = kind.resolve(body, [kind_0, kind_1, kind_2, kind_3]);
        Named {
            id_signed: id.is_some() && id_signed,
            id,
            kind_signed: kind.is_some() && kind_signed,
            kind,
            fault: fault.map(Box::new),
        }
    }
}

impl Named {
    /// The id with the kind, if both are signed; else everything that is, and what is not beside it.
    fn tell(&self, coverage: Coverage, received: &Received<'_>) -> Told {
        let bytes = |text: &Option<ByteString>| text.as_ref().map(|text| text.as_bytes().clone());
        let signed_kind = bytes(&self.kind).filter(|_| self.kind_signed);
        if self.id_signed {
            let mut told = Told::new("fields", true);
            told.label = bytes(&self.id);
            told.parts = vec![bytes(&self.id), signed_kind];
            return told;
        }
        let signs_body = coverage.is_whole_body() || coverage == Coverage::BodyChecksum;
        let mut told = Told::new("content", signs_body);
        told.label = bytes(&self.id);
        told.parts.push(Some(received.body().clone()));
        let unverified_id = bytes(&self.id).filter(|_| !received.signed_only);
        if unverified_id.is_none() {
            told.parts.push(received.time());
        } else {
            told.is_signed = false;
            told.parts.extend([unverified_id, bytes(&self.kind)]);
        }
        told
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

impl Name {
    fn in_head(
        described: &Described,
        fields: &[Field],
        head: &RequestHead<'_>,
    ) -> Result<Option<Self>, Rejection> {
        for field in fields.iter().filter(|field| field.is_in_head()) {
            if let Some(text) = field_in_head(head, *field)?.filter(|text| !text.is_empty()) {
                return Ok(Some(Self::Read {
                    text: ByteString::from(text.into_owned()),
                    signed: described.signs(*field),
                }));
            }
        }
        Ok(None)
    }

    fn in_body(described: &Described, fields: &'static [Field]) -> Self {
        let mut in_body = fields.iter().filter(|field| !field.is_in_head());
        let signed = in_body.all(|field| described.signs(*field));
        Self::InBody { fields, signed }
    }

    /// The text, if it stood in the head.
    fn in_head_text(&self) -> Option<&ByteString> {
        match self {
            Self::Read { text, .. } => Some(text),
            Self::Absent | Self::InBody { .. } => None,
        }
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
                    Field::Form(_) => text_in_form(body, *field),
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
    use crate::crypto::Algorithm;
    use crate::message::identity::Identity;
    use crate::scheme::Part;
    use crate::scheme::Scheme;
    use crate::time::UnixTime;

    const ID: Field = Field::Json("/id");
    const WHOLE: Scheme = Scheme::new("acme", Algorithm::HmacSha256)
        .id(&[ID])
        .identity(Identity::fields(&[
            &[ID],
            &[Field::Json("/account")],
            &[Field::Json("/live"), Field::Json("/test")],
            &[Field::Json("/amount")],
        ]));

    type Header = (&'static str, &'static str);

    /// What tells a delivery from others, and whether all of it is signed.
    fn told(
        scheme: &Scheme,
        headers: &[Header],
        body: &'static str,
        time: i64,
        signed_only: bool,
    ) -> (String, bool) {
        let headers = headers.to_vec();
        let head = RequestHead::new("POST", "/", &headers);
        let body = Bytes::from(body);
        let mut ident = Ident::of(&scheme.described())
            .read_head(&scheme.described(), &head, None)
            .unwrap();
        let looked = ident.look(&body);
        let received = Received {
            looked: &looked,
            sent_at: Some(UnixTime::from_secs(time)),
            received_at: UnixTime::from_secs(time + 1),
            signed_only,
        };
        let signed: Vec<&[u8]> = headers.iter().map(|(_, value)| value.as_bytes()).collect();
        ident.keep_signed_head(signed.into_iter());
        let told = ident.tell(scheme.coverage(), &ident.read(&looked), &received);
        (format!("{} {:?}", told.by, told.parts), told.is_signed)
    }

    fn by_body(scheme: &Scheme, body: &'static str) -> (String, bool) {
        told(scheme, &[], body, 0, false)
    }

    #[test]
    fn events_of_one_id_are_told_apart_by_what_else_is_their_identity() {
        let bodies = [
            r#"{"id":"1","account":"a"}"#,
            r#"{"id":"1","account":"b"}"#,
            r#"{"id":"1","account":{"id":"a"}}"#,
            r#"{"id":"1","account":{"id":"b"}}"#,
            r#"{"id":"1","account":["a"]}"#,
            r#"{"id":"1","\u0061ccount":["b"]}"#,
            r#"{"id":"1","account":"a","live":true}"#,
            r#"{"id":"1","account":"a","live":false}"#,
            r#"{"id":"1","account":"a","test":"x"}"#,
            r#"{"id":"1","account":"a","amount":1.5}"#,
            r#"{"id":"1","account":"a","amount":1.25}"#,
            r#"{"id":"1","account":"a","amount":1e2}"#,
            r#"{"id":"1a","account":""}"#,
            r#"{"id":"1a"}"#,
            r#"{"id":"1"}"#,
            r#"{"id":1.5}"#,
            r#"{"id":true}"#,
        ];
        for (at, body) in bodies.iter().enumerate() {
            let own = by_body(&WHOLE, body);
            assert!(own.0.starts_with("fields") && own.1, "{body}");
            for other in &bodies[at + 1..] {
                assert_ne!(by_body(&WHOLE, other), own, "{body} {other}");
            }
        }
        let reordered = by_body(&WHOLE, r#"{"account":"a","type":"x","id":"1"}"#);
        assert_eq!(reordered, by_body(&WHOLE, bodies[0]));
        let null = by_body(&WHOLE, r#"{"account":null,"id":"1","live":null}"#);
        assert_eq!(null, by_body(&WHOLE, bodies[14]));
    }

    #[test]
    fn without_its_first_part_or_with_a_doubtful_one_all_that_is_signed_counts() {
        for body in [
            r#"{"account":"a"}"#,
            r#"{"id":"","account":"a"}"#,
            r#"{"id":null,"account":"a"}"#,
            r#"{"id":"1","id":"1"}"#,
            r#"{"id":"1","account":"a","account":"a"}"#,
            "{}",
            "",
            "not JSON",
        ] {
            let own = by_body(&WHOLE, body);
            assert!(own.0.starts_with("content") && own.1, "{body}");
            assert_ne!(told(&WHOLE, &[], body, 1, false), own, "{body}: the time");
        }
    }

    #[test]
    fn the_id_and_the_kind_count_as_far_as_they_are_signed() {
        let named = Scheme::new("acme", Algorithm::HmacSha256)
            .id(&[Field::Header("id"), ID])
            .kind(&[Field::Json("/type")]);
        let body = r#"{"id":"1","type":"a"}"#;
        let own = told(&named, &[], body, 0, false);
        assert!(own.0.starts_with("fields") && own.1);
        // A header that nobody signs makes it no other event, nor does another time.
        assert_eq!(told(&named, &[("id", "7")], body, 1, false), own);
        assert_ne!(by_body(&named, r#"{"id":"1","type":"b"}"#), own);
        assert_ne!(by_body(&named, r#"{"id":"1"}"#), own);
    }

    #[test]
    fn an_unsigned_id_counts_beside_all_that_is_signed() {
        let named = Scheme::new("acme", Algorithm::HmacSha256)
            .id(&[Field::Header("id")])
            .kind(&[Field::Header("kind")]);
        let tell = |headers: &[Header], body, time, only| told(&named, headers, body, time, only);
        let own = tell(&[("id", "1"), ("kind", "a")], "{}", 0, false);
        assert!(!own.1, "not all of it is signed");
        assert_eq!(tell(&[("id", "1"), ("kind", "a")], "{}", 9, false), own);
        for (headers, body) in [
            (&[("id", "2"), ("kind", "a")][..], "{}"),
            (&[("id", "1"), ("kind", "b")], "{}"),
            (&[("id", "1")], "{}"),
            (&[("id", "1"), ("kind", "a")], "{ }"),
        ] {
            assert_ne!(tell(headers, body, 0, false), own, "{headers:?}");
        }
        // Without an id, the time tells two events of one body apart.
        assert_ne!(tell(&[], "{}", 0, false), tell(&[], "{}", 1, false));
        // A kind without an id does not make the time superfluous.
        let kind = &[("kind", "a")];
        assert_ne!(tell(kind, "{}", 0, false), tell(kind, "{}", 1, false));
        let unnamed = named.id(&[]);
        let tell_unnamed = |time| told(&unnamed, kind, "{}", time, false);
        assert_ne!(tell_unnamed(0), tell_unnamed(1));
        // Where only what is signed counts, none of the headers does.
        let strict = tell(&[("id", "1"), ("kind", "a")], "{}", 0, true);
        assert!(strict.1);
        assert_eq!(tell(&[("id", "2")], "{}", 0, true), strict);
        assert_ne!(tell(&[("id", "1"), ("kind", "a")], "{ }", 0, true), strict);
    }

    #[test]
    fn a_rule_may_name_unsigned_places_and_do_without_the_time() {
        let named = WHOLE.identity(Identity::body().beside(&[
            &[Field::Header("event"), Field::Header("delivery")],
            &[Field::Header("topic")],
        ]));
        let tell = |headers: &[Header], time| told(&named, headers, "{}", time, false).0;
        let own = tell(&[("event", "1"), ("delivery", "7"), ("topic", "a")], 0);
        let again = tell(&[("event", "1"), ("delivery", "8"), ("topic", "a")], 9);
        assert_eq!(again, own);
        for other in [
            &[("event", "2"), ("delivery", "7"), ("topic", "a")][..],
            &[("event", "1"), ("delivery", "7"), ("topic", "b")],
            &[("delivery", "7"), ("topic", "a")],
            &[("topic", "1")],
            &[],
        ] {
            assert_ne!(tell(other, 0), own, "{other:?}");
        }
    }

    #[test]
    fn the_time_does_not_count_for_kinds_that_come_once() {
        let named = WHOLE
            .kind(&[Field::Json("/type")])
            .identity(Identity::content().once(&["done"]));
        for (body, counts) in [
            (r#"{"type":"done"}"#, false),
            (r#"{"type":"failed"}"#, true),
        ] {
            let [now, later] = [0, 1].map(|time| told(&named, &[], body, time, false));
            assert_eq!(now != later, counts, "{body}");
        }
    }

    #[test]
    fn what_is_signed_of_the_head_counts() {
        const NONCE: &[Part] = &[Part::FirstOf(&[Field::Header("nonce")]), Part::Body];
        let named = Scheme::new("acme", Algorithm::HmacSha256).signed_content(NONCE);
        let [one, two] = ["1", "2"].map(|nonce| told(&named, &[("nonce", nonce)], "{}", 0, true));
        assert!(one.1 && two.1);
        assert_ne!(one, two);
    }

    #[test]
    fn where_fields_are_signed_the_rest_of_the_body_counts_beside_them() {
        const FIELDS: &[Part] = &[Part::FirstOf(&[Field::Json("/order")])];
        let named = Scheme::new("acme", Algorithm::HmacSha256).signed_content(FIELDS);
        let [paid, refunded] = [
            r#"{"order":"1","s":"paid"}"#,
            r#"{"order":"1","s":"refund"}"#,
        ];
        let tell = |body, only| told(&named, &[], body, 0, only);
        assert_ne!(tell(paid, false), tell(refunded, false));
        assert!(!tell(paid, false).1);
        assert_eq!(tell(paid, true), tell(refunded, true));
        assert!(tell(paid, true).1);
        assert_ne!(tell(paid, true), tell(r#"{"order":"2"}"#, true));
        // An id that is signed suffices.
        let named = named.id(&[Field::Json("/order")]);
        assert_eq!(by_body(&named, paid), by_body(&named, refunded));
    }

    #[test]
    fn a_shared_token_signs_nothing_and_still_tells_events_apart() {
        let token = Scheme::new("acme", Algorithm::Token).id(&[ID]);
        let tell = |scheme: &Scheme, body, only| told(scheme, &[], body, 0, only);
        let bodies = [r#"{"id":"1"}"#, r#"{"id":"2"}"#, r#"{"id":"1","a":2}"#];
        for (scheme, distinct) in [(token, 3), (token.identity(Identity::fields(&[&[ID]])), 2)] {
            for only in [false, true] {
                let keys = bodies.map(|body| tell(&scheme, body, only));
                assert!(keys.iter().all(|(_, is_signed)| !is_signed));
                let apart: std::collections::HashSet<_> = keys.into_iter().collect();
                assert_eq!(apart.len(), distinct, "{only}");
            }
        }
    }

    #[test]
    fn an_id_is_told_as_signed_only_if_it_is() {
        let token = Scheme::new("acme", Algorithm::Token).id(&[ID]);
        let named = token.signed_content(&[Part::FirstOf(&[ID])]);
        for (scheme, signed) in [(token, false), (named, false), (WHOLE, true)] {
            let ident = Ident::of(&scheme.described());
            let named = ident.read(&ident.look(&Bytes::from(r#"{"id":"1"}"#)));
            assert_eq!((named.id.as_deref(), named.id_signed), (Some("1"), signed));
        }
    }
}
