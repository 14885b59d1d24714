//! Reads a value at the place that a [`Field`] names.

use std::borrow::Cow;

use bytes::Bytes;

use crate::head::{RequestHead, form_field};
use crate::json;
use crate::rejection::Rejection;
use crate::scheme::model::Field;

/// A value of the head; `None` for a place in the body.
pub(crate) fn field_in_head<'a>(
    head: &RequestHead<'a>,
    field: Field,
) -> Result<Option<Cow<'a, str>>, Rejection> {
    match field {
        Field::Header(name) => Ok(head.text(name)?.map(Cow::Borrowed)),
        Field::Query(name) => head.query_param(name),
        Field::Json(_) | Field::Form(_) => Ok(None),
    }
}

/// A value of the body; `None` for a place in the head.
pub(crate) fn field_in_body(body: &Bytes, field: Field) -> Result<Option<Cow<'_, str>>, Rejection> {
    match field {
        Field::Json(pointer) => {
            let [found] = json::select(body, [Some(pointer)]);
            Ok(found.map(|text| Cow::Owned(text.into())))
        }
        Field::Form(name) if is_form(body) => form_field(body, name),
        Field::Form(_) | Field::Header(_) | Field::Query(_) => Ok(None),
    }
}

/// Whether a body can be a form. A JSON body that happens to hold `&id=…` in one of its texts must not
/// be read as one: that text may come from a stranger.
pub(crate) fn is_form(body: &[u8]) -> bool {
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    !matches!(first, Some(b'{' | b'[' | b'"'))
}
