//! Where a value stands in a request, and how it is read there.

use std::borrow::Cow;

use bytes::Bytes;
use bytestring::ByteString;

use crate::json;
use crate::outcome::Rejection;
use crate::request::head::{RequestHead, form_field};

/// Where a value stands in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Field {
    /// A header; the name in lower case.
    Header(&'static str),
    /// A parameter of the query, decoded.
    Query(&'static str),
    /// A text or an integer in a JSON body, by JSON pointer.
    Json(&'static str),
    /// A field of an urlencoded body, decoded.
    Form(&'static str),
}

impl Field {
    /// Such as "the header `webhook-id`".
    pub(crate) fn in_words(self) -> String {
        match self {
            Self::Header(name) => format!("the header `{name}`"),
            Self::Query(name) => format!("the parameter `{name}` of the query"),
            Self::Json(pointer) => format!("`{pointer}` of the body"),
            Self::Form(name) => format!("the field `{name}` of the form"),
        }
    }

    /// Where it stands in a JSON body, if it does.
    pub(crate) const fn pointer(self) -> Option<&'static str> {
        match self {
            Self::Json(pointer) => Some(pointer),
            Self::Header(_) | Self::Query(_) | Self::Form(_) => None,
        }
    }

    pub(crate) const fn is_in_head(self) -> bool {
        matches!(self, Self::Header(_) | Self::Query(_))
    }
}

/// A value of the head; `None` for a place in the body.
pub(crate) fn field_in_head<'a>(
    head: &RequestHead<'a>,
    field: Field,
) -> Result<Option<Cow<'a, str>>, Rejection> {
    match field {
        Field::Header(name) => Ok(head.header_str(name)?.map(Cow::Borrowed)),
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

/// A field of a form, if it can be read; nothing for a place elsewhere.
pub(crate) fn text_in_form(body: &Bytes, field: Field) -> Option<ByteString> {
    let Field::Form(_) = field else {
        return None;
    };
    let text = field_in_body(body, field).ok().flatten()?;
    Some(ByteString::from(text.into_owned()))
}

/// Whether a body can be a form. A JSON body that happens to hold `&id=…` in one of its texts must not
/// be read as one: that text may come from a stranger.
pub(crate) fn is_form(body: &[u8]) -> bool {
    let first = json::without_mark(body)
        .iter()
        .find(|byte| !byte.is_ascii_whitespace());
    !matches!(first, Some(b'{' | b'[' | b'"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id_in(body: &'static str) -> Option<String> {
        let body = Bytes::from(body);
        let found = field_in_body(&body, Field::Form("id"));
        found.unwrap().map(Cow::into_owned)
    }

    #[test]
    fn a_form_is_read_where_the_body_can_be_one() {
        assert_eq!(id_in("a=1&id=7").as_deref(), Some("7"));
        assert_eq!(id_in("a={&id=7").as_deref(), Some("7"));
        assert_eq!(id_in("a=1"), None);
    }

    #[test]
    fn a_text_inside_of_json_is_no_form() {
        for body in [
            r#"{"note":"x&id=7&y"}"#,
            r#"["x&id=7&y"]"#,
            r#""x&id=7&y""#,
            " \r\n\t{\"note\":\"x&id=7&y\"}",
        ] {
            assert_eq!(id_in(body), None, "{body}");
        }
    }

    #[test]
    fn what_stands_in_the_head_is_not_looked_for_in_the_body() {
        let body = Bytes::from_static(b"id=7");
        for field in [Field::Header("id"), Field::Query("id"), Field::Json("/id")] {
            assert_eq!(field_in_body(&body, field), Ok(None));
        }
    }
}
