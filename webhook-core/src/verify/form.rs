//! The fields of an urlencoded form, byte for byte: some senders hash values that are not UTF-8.

use std::borrow::Cow;

use crate::outcome::Rejection;
use crate::outcome::malformed;

/// The fields of a form that a scheme knows.
pub(crate) struct Form<'a>(Vec<(&'static str, Cow<'a, [u8]>)>);

impl<'a> Form<'a> {
    /// Decodes the fields of these names, in one pass. A field that is written twice is refused, even with one value:
    /// senders write each once.
    pub(crate) fn read(form: &'a [u8], names: &[&'static str]) -> Result<Self, Rejection> {
        let mut fields: Vec<(&'static str, Cow<'a, [u8]>)> = Vec::new();
        for pair in form.split(|byte| *byte == b'&') {
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let name = decode(halves.next().unwrap_or_default());
            let Some(name) = names.iter().find(|known| known.as_bytes() == &*name) else {
                continue;
            };
            if fields.iter().any(|(before, _)| before == name) {
                return Err(malformed("a field of the form is written twice"));
            }
            fields.push((name, decode(halves.next().unwrap_or_default())));
        }
        Ok(Self(fields))
    }

    /// The value of a field, if it is there.
    pub(crate) fn get(&self, name: &str) -> Option<&[u8]> {
        let mut fields = self.0.iter();
        let (_, value) = fields.find(|(own, _)| *own == name)?;
        Some(value)
    }

    /// The value of a field; empty if it is not there.
    pub(crate) fn bytes(&self, name: &str) -> &[u8] {
        self.get(name).unwrap_or_default()
    }

    /// The value of a field as a text; empty if it is not there or not UTF-8.
    pub(crate) fn text(&self, name: &str) -> &str {
        std::str::from_utf8(self.bytes(name)).unwrap_or_default()
    }
}

/// As the URL standard decodes: `+` is a space, and a `%` without two digits behind it stands for itself.
fn decode(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.iter().any(|byte| matches!(byte, b'+' | b'%')) {
        return Cow::Borrowed(text);
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        decoded.push(match (first, behind) {
            (b'+', _) => b' ',
            (b'%', [high, low, behind @ ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => {
                    rest = behind;
                    high << 4 | low
                }
                _ => b'%',
            },
            (other, _) => *other,
        });
    }
    Cow::Owned(decoded)
}

fn digit(byte: u8) -> Option<u8> {
    let digit = char::from(byte).to_digit(16)?;
    u8::try_from(digit).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RejectionKind;

    #[test]
    fn decodes_values_and_names() {
        for (form, want) in [
            (&b"a=1"[..], &b"1"[..]),
            (b"a=x+y%20z", b"x y z"),
            (b"a=%2B%26%3d", b"+&="),
            (b"a=%E9", b"\xe9"),
            (b"a=\xe9", b"\xe9"),
            (b"a=b=c", b"b=c"),
            (b"x&%61=1&y=2", b"1"),
            (b"a=%", b"%"),
            (b"a=%4", b"%4"),
            (b"a=%zz%+1", b"%zz% 1"),
            (b"a=%+f", b"% f"),
            (b"a", b""),
            (b"a=", b""),
        ] {
            let read = Form::read(form, &["a"]).unwrap();
            assert_eq!(read.get("a"), Some(want), "{}", form.escape_ascii());
        }
    }

    #[test]
    fn what_is_absent_is_empty() {
        let form = Form::read(b"aa=1&A=2&=3", &["a"]).unwrap();
        assert_eq!(form.get("a"), None);
        assert_eq!(form.bytes("a"), b"");
        assert_eq!(form.text("a"), "");
    }

    #[test]
    fn a_known_field_that_is_written_twice_is_refused() {
        for form in ["a=1&a=2", "a=1&a=1", "a=1&%61=1", "a&a"] {
            let refused = Form::read(form.as_bytes(), &["a"]).err().unwrap();
            assert_eq!(refused.kind(), RejectionKind::Malformed, "{form}");
        }
        assert!(Form::read(b"b=1&b=2", &["a"]).is_ok());
    }

    #[test]
    fn a_value_that_is_not_utf_8_is_no_text() {
        let form = Form::read(b"a=%E9", &["a"]).unwrap();
        assert_eq!(form.text("a"), "");
    }
}
