//! Where in a body the document stands that rules read.

use bytes::Bytes;
use serde::Serializer as _;

use crate::json::{dotted, places};
use crate::outcome::DecodeError;
use crate::request::is_form;

/// Where in a body the document stands that rules read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Document {
    /// The body is JSON.
    Body,
    /// The body is a form, and each field a member.
    Form,
    /// A field of the form is JSON, and signed.
    SignedField(&'static str),
    /// The body is JSON, and a text in it is JSON again, and signed.
    SignedText(&'static str),
}

impl Document {
    /// The document; nothing where the body is no form and should be one.
    pub(crate) fn of(self, body: &Bytes) -> Result<Option<Bytes>, DecodeError> {
        match self {
            Self::Body => Ok(Some(body.clone())),
            Self::Form | Self::SignedField(_) if body.is_empty() => {
                let problem = "the body is empty: let the sender use `POST`";
                Err(DecodeError::new(".", problem))
            }
            Self::Form => Ok(is_form(body).then(|| members(body))),
            Self::SignedField(at) => text(&members(body), at).map(Some),
            Self::SignedText(at) => text(body, at).map(Some),
        }
    }

    /// The place of what is signed though the rest of the body may not be.
    pub(crate) const fn signed_place(self) -> Option<&'static str> {
        match self {
            Self::Body | Self::Form => None,
            Self::SignedField(at) | Self::SignedText(at) => Some(at),
        }
    }
}

/// The text at a place as a document.
fn text(json: &Bytes, at: &'static str) -> Result<Bytes, DecodeError> {
    let [text] = places(json, [at])?;
    let text = text.text()?;
    let text = text.ok_or_else(|| DecodeError::new(dotted(at), "missing"))?;
    Ok(Bytes::copy_from_slice(text.as_bytes()))
}

/// A form as an object. A field that is written twice is a member that is.
fn members(form: &[u8]) -> Bytes {
    let mut json = Vec::with_capacity(form.len());
    let object = serde_json::Serializer::new(&mut json).collect_map(form_urlencoded::parse(form));
    // Texts are always written.
    debug_assert!(object.is_ok());
    json.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELD: Document = Document::SignedField("/events");

    fn read(document: Document, body: &'static str) -> Result<Option<String>, String> {
        let found = document.of(&Bytes::from_static(body.as_bytes()));
        let found = found.map_err(|error| error.path().to_owned())?;
        Ok(found.map(|json| String::from_utf8(json.to_vec()).unwrap()))
    }

    #[test]
    fn a_form_is_an_object() {
        for (form, json) in [
            (
                "To=%2B1&Body=a+%22b%22%0A&Empty=",
                r#"{"To":"+1","Body":"a \"b\"\n","Empty":""}"#,
            ),
            ("a=1&a=2", r#"{"a":"1","a":"2"}"#),
            ("a=%E9", "{\"a\":\"\u{fffd}\"}"),
            ("a", r#"{"a":""}"#),
        ] {
            assert_eq!(read(Document::Form, form), Ok(Some(json.into())), "{form}");
        }
        assert_eq!(read(Document::Form, "{}"), Ok(None));
        assert_eq!(read(Document::Form, ""), Err(".".into()));
    }

    #[test]
    fn a_field_of_a_form_is_a_document() {
        let json = || Ok(Some(r#"[{"a":"b c"}]"#.into()));
        let form = "x=1&events=%5B%7B%22a%22%3A%22b+c%22%7D%5D";
        assert_eq!(read(FIELD, form), json());
        for form in ["x=1", "events=", "events=%5B%5D&events=1"] {
            assert_eq!(read(FIELD, form), Err("events".into()), "{form}");
        }
        assert_eq!(read(FIELD, ""), Err(".".into()));
    }

    #[test]
    fn a_text_is_a_document() {
        const TEXT: Document = Document::SignedText("/Message");
        let json = || Ok(Some(r#"{"a":"b"}"#.into()));
        let body = r#"{"Type":"x","Message":"{\"a\":\"b\"}"}"#;
        assert_eq!(read(TEXT, body), json());
        for body in [
            "{}",
            r#"{"Message":""}"#,
            r#"{"Message":null}"#,
            r#"{"Message":{}}"#,
            r#"{"Message":"a","Message":"b"}"#,
        ] {
            assert_eq!(read(TEXT, body), Err("Message".into()), "{body}");
        }
        assert_eq!(read(TEXT, ""), Err(".".into()));
    }

    #[test]
    fn what_is_json_is_as_it_is() {
        assert_eq!(read(Document::Body, "{}"), Ok(Some("{}".into())));
    }
}
