//! Tells events apart, by the rule of a scheme or by what a verifier's own code has said.

use std::sync::Arc;

use bytes::Bytes;
use bytestring::ByteString;

use crate::json::{Look, Looked, Written};
use crate::message::identity::Described;
use crate::message::identity::{FirstOf, Rule};
use crate::outcome::Rejection;
use crate::request::RequestHead;
use crate::request::{Field, field_in_body, field_in_head, is_form, text_in_form};
use crate::time::UnixTime;

/// What tells one event from every other.
#[derive(Debug)]
pub(crate) struct Told {
    /// Which rule held: part of the key, so that no id is taken for a body.
    pub(crate) by: &'static str,
    /// In a fixed order; one that is absent is none.
    pub(crate) parts: Vec<Option<Bytes>>,
    /// Whether the signature covers all of them.
    pub(crate) is_signed: bool,
    /// For people who look into the store.
    pub(crate) label: Option<Bytes>,
}

impl Told {
    pub(crate) fn new(by: &'static str, is_signed: bool) -> Self {
        Self {
            by,
            parts: Vec::new(),
            is_signed,
            label: None,
        }
    }
}

/// A delivery as far as it matters here.
pub(crate) struct Received<'a> {
    pub(crate) looked: &'a Looked,
    pub(crate) sent_at: Option<UnixTime>,
    pub(crate) received_at: UnixTime,
    /// Whether what is not signed must not count.
    pub(crate) signed_only: bool,
}

impl Received<'_> {
    pub(crate) fn body(&self) -> &Bytes {
        self.looked.body()
    }

    /// What tells it from others where nothing of it does. It is no part of what was sent, so a replay is another event.
    pub(crate) fn moment(&self) -> Told {
        let time = self.received_at.as_millis().to_be_bytes();
        let mut told = Told::new("arrival", false);
        told.parts.push(Some(self.body().clone()));
        told.parts.push(Some(Bytes::copy_from_slice(&time)));
        told
    }

    pub(crate) fn time(&self) -> Option<Bytes> {
        let time = self.sent_at?.as_millis().to_be_bytes();
        Some(Bytes::copy_from_slice(&time))
    }
}

/// The rule of a scheme, made ready once for each account.
#[derive(Debug)]
pub(crate) struct Plan {
    /// These suffice together, if the first is there.
    fields: Vec<List>,
    fields_are_signed: bool,
    /// The places of the body that are signed, where the body is not.
    signed: Vec<FirstOf>,
    signs_body: bool,
    /// Whether the head holds something signed that tells events apart.
    pub(crate) keeps_head: bool,
    time: Time,
    beside: Vec<List>,
    kind: Vec<Field>,
    once: &'static [&'static str],
    /// Whether the id and the kind that every delivery has are all that it takes from the head.
    by_names: bool,
    /// All places of the body that are looked for in one pass.
    pub(crate) looks: Vec<Look>,
}

/// Fields of which the first that is there counts.
#[derive(Debug)]
struct List {
    of: Of,
    fields: Vec<Field>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    Id,
    Kind,
    Rule,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Time {
    Counts,
    /// Counts where nothing stands beside.
    CountsAlone,
    Ignored,
    /// That of the arrival counts, and nothing else does.
    OfArrival,
}

impl Plan {
    pub(crate) fn new(described: &Described) -> Self {
        let lists = |lists: &[FirstOf]| {
            let list = |fields: &FirstOf| List {
                of: Of::Rule,
                fields: fields.to_vec(),
            };
            lists.iter().map(list).collect()
        };
        let part = |of: Of, fields: &[Field], is_signed: bool| List {
            of,
            fields: fields
                .iter()
                .copied()
                .filter(|field| described.signs(*field) == is_signed)
                .collect(),
        };
        let signed_id = part(Of::Id, described.id, true);
        let kind = part(Of::Kind, described.kind, true);
        let signed_kind = kind.fields.clone();
        let (fields, time) = match described.identity.rule {
            Rule::Id if signed_id.fields.is_empty() => (Vec::new(), Time::CountsAlone),
            Rule::Id => (vec![signed_id, kind], Time::CountsAlone),
            Rule::Fields(fields) => (lists(fields), Time::Counts),
            Rule::Content => (Vec::new(), Time::Counts),
            Rule::Body => (Vec::new(), Time::Ignored),
            Rule::Nothing => (Vec::new(), Time::OfArrival),
        };
        let mut beside: Vec<List> = lists(described.identity.beside);
        let is_by_id = matches!(described.identity.rule, Rule::Id);
        if is_by_id {
            let unsigned = [
                part(Of::Id, described.id, false),
                part(Of::Kind, described.kind, false),
            ];
            beside.extend(unsigned.into_iter().filter(|list| !list.fields.is_empty()));
        }
        let in_head = |fields: &[Field]| fields.iter().filter(|field| field.is_in_head()).count();
        let parts = described.parts.iter().copied();
        let (of_head, signed): (Vec<FirstOf>, Vec<FirstOf>) =
            parts.partition(|fields| fields.iter().all(|field| field.is_in_head()));
        let mut suffice = fields.iter().flat_map(|list| &list.fields);
        let mut plan = Self {
            fields_are_signed: suffice.all(|field| described.signs(*field)),
            signs_body: described.signs(Field::Json("")),
            keeps_head: of_head.iter().any(|fields| *fields != described.id),
            by_names: is_by_id && in_head(described.id) < 2 && in_head(described.kind) < 2,
            fields,
            signed,
            time,
            beside,
            kind: signed_kind,
            once: described.identity.once,
            looks: Vec::new(),
        };
        let own = plan.own_looks();
        plan.looks_too(own.into_iter());
        plan
    }

    fn lists(&self) -> impl Iterator<Item = &List> {
        self.fields.iter().chain(&self.beside)
    }

    /// The places of the body that this rule is read from.
    fn own_looks(&self) -> Vec<Look> {
        let lists = self.lists().flat_map(|list| &list.fields);
        let kind = self.kind.iter().filter(|_| !self.once.is_empty());
        let values = lists.chain(kind).filter_map(|field| field.pointer());
        let signed = self.signed.iter().copied().flatten();
        let signed = signed.filter(|_| !self.signs_body);
        let names = signed.filter_map(|field| field.pointer());
        values
            .map(Look::Value)
            .chain(names.map(Look::Name))
            .collect()
    }

    /// Looks for these in the same pass.
    pub(crate) fn looks_too(&mut self, others: impl Iterator<Item = Look>) {
        for look in others {
            if !self.looks.contains(&look) {
                self.looks.push(look);
            }
        }
    }

    /// Whether a place of the head may be needed that neither id nor kind is read from.
    pub(crate) fn reads_head(&self) -> bool {
        let mut fields = self.lists().flat_map(|list| &list.fields);
        !self.by_names && fields.any(|field| field.is_in_head())
    }

    /// The values of the places that stand in the head, in the order of the lists.
    pub(crate) fn read_head(&self, head: &RequestHead<'_>) -> Result<Arc<[InHead]>, Rejection> {
        let in_head = |list: &List| {
            for field in list.fields.iter().filter(|field| field.is_in_head()) {
                if let Some(text) = field_in_head(head, *field)?.filter(|text| !text.is_empty()) {
                    return Ok(Some((*field, ByteString::from(text.into_owned()))));
                }
            }
            Ok(None)
        };
        self.lists().map(in_head).collect()
    }

    /// The same where they are the id and the kind that stood in the head.
    pub(crate) fn in_names(
        &self,
        id: Option<&ByteString>,
        kind: Option<&ByteString>,
    ) -> Arc<[InHead]> {
        let in_head = |list: &List| {
            let field = list.fields.iter().find(|field| field.is_in_head())?;
            let text = match list.of {
                Of::Id => id,
                Of::Kind => kind,
                Of::Rule => None,
            };
            Some((*field, text?.clone()))
        };
        self.lists().map(in_head).collect()
    }

    /// What tells this delivery from others. `signed_head` is what the head has of the signed content.
    pub(crate) fn tell(
        &self,
        received: &Received<'_>,
        in_head: &[InHead],
        signed_head: Option<&Bytes>,
    ) -> Told {
        if self.time == Time::OfArrival {
            return received.moment();
        }
        if self.fields_are_signed || !received.signed_only || !self.signs_anything() {
            if let Some(told) = self.by_fields(received, in_head) {
                return told;
            }
        }
        self.by_content(received, in_head, signed_head)
    }

    fn signs_anything(&self) -> bool {
        self.signs_body || !self.signed.is_empty() || self.keeps_head
    }

    fn by_fields(&self, received: &Received<'_>, in_head: &[InHead]) -> Option<Told> {
        let first = self.fields.first()?;
        let found_in_head = |at: usize| in_head.get(at).and_then(Option::as_ref);
        let first = first_of(&first.fields, found_in_head(0), received.looked);
        let Written::Is(first) = first else {
            return None;
        };
        if first.is_empty() || &*first == b"null" {
            return None;
        }
        let mut told = Told::new("fields", self.fields_are_signed);
        told.label = Some(first.clone());
        told.parts.push(Some(first));
        for (at, list) in self.fields.iter().enumerate().skip(1) {
            told.parts.push(
                match first_of(&list.fields, found_in_head(at), received.looked) {
                    Written::Is(value) => Some(value),
                    Written::Absent => None,
                    Written::Ambiguous => return None,
                },
            );
        }
        Some(told)
    }

    fn by_content(
        &self,
        received: &Received<'_>,
        in_head: &[InHead],
        signed_head: Option<&Bytes>,
    ) -> Told {
        let (body, looked) = (received.body(), received.looked);
        let mut told = Told::new("content", true);
        told.parts.push(signed_head.cloned());
        if self.signs_body {
            told.parts.push(Some(body.clone()));
        } else {
            let values = self.signed.iter().map(|fields| {
                let mut values = fields.iter().filter_map(|field| text(looked, *field));
                let value = values.find(|value| !value.is_empty());
                value.map(ByteString::into_bytes)
            });
            told.parts.extend(values);
        }
        let beside: Vec<Option<Bytes>> = (self.fields.len()..)
            .zip(&self.beside)
            .map(|(at, list)| {
                let in_head = in_head.get(at).and_then(Option::as_ref);
                match first_of(&list.fields, in_head, looked) {
                    Written::Is(value) if !value.is_empty() => Some(value),
                    _ => None,
                }
            })
            .collect();
        let counts_beside = !received.signed_only || !self.signs_anything();
        // A kind alone tells no two events of one body apart.
        let has_id = self.beside.first().is_some_and(|list| list.of == Of::Id);
        let is_beside = counts_beside && has_id && beside.first().is_some_and(Option::is_some);
        let counts_time = match self.time {
            Time::Counts => !self.happens_once(looked),
            Time::CountsAlone => !is_beside && !self.happens_once(looked),
            Time::Ignored | Time::OfArrival => false,
        };
        told.parts.push(received.time().filter(|_| counts_time));
        if counts_beside {
            told.is_signed = self.signs_body && beside.iter().all(Option::is_none);
            told.label = beside.first().cloned().flatten();
            told.parts.extend(beside);
            if !self.signs_body {
                told.parts.push(Some(body.clone()));
            }
        }
        told
    }

    fn happens_once(&self, looked: &Looked) -> bool {
        if self.once.is_empty() {
            return false;
        }
        match first_of(&self.kind, None, looked) {
            Written::Is(kind) => self.once.iter().any(|once| once.as_bytes() == &*kind),
            Written::Absent | Written::Ambiguous => false,
        }
    }
}

/// Where in the head a value was found, and the value.
pub(crate) type InHead = Option<(Field, ByteString)>;

/// The value of the first of the fields that is there.
fn first_of(fields: &[Field], in_head: Option<&(Field, ByteString)>, looked: &Looked) -> Written {
    let body = looked.body();
    for field in fields {
        let written = match field {
            // A form has no such place, whatever its fields are called.
            Field::Json(_) if is_form(body) => Written::Absent,
            Field::Json(pointer) => looked.written(pointer),
            Field::Form(_) => match field_in_body(body, *field) {
                Ok(Some(text)) => Written::Is(Bytes::from(text.into_owned())),
                Ok(None) => Written::Absent,
                Err(_) => Written::Ambiguous,
            },
            Field::Header(_) | Field::Query(_) => match in_head {
                Some((found, text)) if found == field => Written::Is(text.as_bytes().clone()),
                _ => Written::Absent,
            },
        };
        if !matches!(written, Written::Absent) {
            return written;
        }
    }
    Written::Absent
}

/// The text or the integer in a field of the body, if it can be read.
fn text(looked: &Looked, field: Field) -> Option<ByteString> {
    match field {
        Field::Json(pointer) => looked.text(pointer),
        _ => text_in_form(looked.body(), field),
    }
}
