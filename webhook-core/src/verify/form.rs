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
        let ends = memchr::memchr_iter(b'&', form).chain([form.len()]);
        let mut start = 0;
        for end in ends {
            let pair = form.get(start..end).unwrap_or_default();
            start = end + 1;
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

/// All fields of a form as some senders sign them: by name in the order of their bytes, each name followed by its value.
pub(crate) struct SortedForm<'a>(Vec<[&'a [u8]; 2]>);

impl<'a> SortedForm<'a> {
    /// More than any sender of forms has fields, and few enough to be sorted before anything is proven.
    const MOST: usize = 500;

    /// Sorts the fields; those of one name by their values. A field that is written twice with one value counts once.
    pub(crate) fn read(form: &'a [u8]) -> Result<Self, Rejection> {
        let mut fields = Vec::new();
        let pairs = form.split(|byte| *byte == b'&');
        for pair in pairs.filter(|pair| !pair.is_empty()) {
            if fields.len() == Self::MOST {
                return Err(malformed("the form has more than 500 fields"));
            }
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            fields.push([halves.next(), halves.next()].map(Option::unwrap_or_default));
        }
        fields.sort_by(|one, other| decoded(one).cmp(decoded(other)));
        fields.dedup_by(|one, other| decoded(one).eq(decoded(other)));
        Ok(Self(fields))
    }

    /// How many fields there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Writes names and values behind a text, with nothing between them.
    pub(crate) fn write(&self, text: &mut Vec<u8>) {
        for part in self.0.iter().flatten() {
            text.extend(Decoded(part));
        }
    }
}

/// Name and value, so that they compare one after the other.
fn decoded<'a>(field: &[&'a [u8]; 2]) -> impl Iterator<Item = Option<u8>> + use<'a> {
    let [name, value] = *field;
    let ended = |part| Decoded(part).map(Some).chain([None]);
    ended(name).chain(ended(value))
}

/// The bytes of a decoded text, one at a time: nothing is kept of what is not proven.
struct Decoded<'a>(&'a [u8]);

impl Iterator for Decoded<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let (first, behind) = self.0.split_first()?;
        self.0 = behind;
        Some(match (first, behind) {
            (b'+', _) => b' ',
            (b'%', [high, low, behind @ ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => {
                    self.0 = behind;
                    high << 4 | low
                }
                _ => b'%',
            },
            (other, _) => *other,
        })
    }
}

/// As the URL standard decodes: `+` is a space, and a `%` without two digits behind it stands for itself.
pub(crate) fn decode(text: &[u8]) -> Cow<'_, [u8]> {
    let next = |text: &[u8]| memchr::memchr2(b'+', b'%', text);
    let Some(first) = next(text) else {
        return Cow::Borrowed(text);
    };
    let mut decoded = Vec::with_capacity(text.len());
    let (mut plain, mut rest) = text.split_at(first);
    // Between escapes stands most of a long value.
    while !rest.is_empty() {
        decoded.extend_from_slice(plain);
        let mut escaped = Decoded(rest);
        decoded.extend(escaped.next());
        let Decoded(behind) = escaped;
        (plain, rest) = behind.split_at(next(behind).unwrap_or(behind.len()));
    }
    decoded.extend_from_slice(plain);
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

    fn sorted(form: &str) -> String {
        let mut text = Vec::new();
        SortedForm::read(form.as_bytes()).unwrap().write(&mut text);
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn sorted_fields_are_in_the_order_of_their_decoded_bytes() {
        for (form, want) in [
            ("b=2&a=1", "a1b2"),
            ("a=1&A=2&_=3", "A2_3a1"),
            ("ab=1&a=2", "a2ab1"),
            ("%62=2&a=x+y%26", "ax y&b2"),
            ("a=2&a=1&a=2", "a1a2"),
            ("a=&b", "ab"),
            ("&&a=1&", "a1"),
            ("", ""),
        ] {
            assert_eq!(sorted(form), want, "{form}");
        }
    }

    #[test]
    fn a_form_with_too_many_fields_is_refused() {
        let of = |fields| "a=1&".repeat(fields);
        assert!(SortedForm::read(of(500).as_bytes()).is_ok());
        assert!(SortedForm::read(of(501).as_bytes()).is_err());
    }

    #[test]
    fn a_value_that_is_not_utf_8_is_no_text() {
        let form = Form::read(b"a=%E9", &["a"]).unwrap();
        assert_eq!(form.text("a"), "");
    }
}
