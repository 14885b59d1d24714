//! Whose event it is: the account, whether it is a test, and in which version of the sender's API it is written.

use std::fmt;

use bytes::Bytes;
use bytestring::ByteString;

use crate::json::{Look, Looked};
use crate::outcome::DecodeError;
use crate::request::{Field, field_in_body, text_in_form};

/// Whether money moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mode {
    /// The sender says that it is real.
    Live,
    /// The sender says that it is a test: no money moves.
    Test,
    /// The sender does not say, at least not where it signs. Often only the key tells.
    #[default]
    Unknown,
}

impl Mode {
    /// A stable word for logs and databases.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Test => "test",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Where a sender's body says whose account an event belongs to, whether it is a test, and in which version of its API it is written.
///
/// ```
/// use webhook_core::scheme::{Field, Algorithm, Scheme, Whose};
///
/// const WHOSE: Whose = Whose::new()
///     .account(&[Field::Json("/merchant_id")])
///     .live(Field::Json("/livemode"), &["true"])
///     .test(Field::Json("/livemode"), &["false"]);
/// const ACME: Scheme = Scheme::new("acme", Algorithm::HmacSha256).whose(&WHOSE);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Whose {
    account: &'static [Field],
    api_version: &'static [Field],
    live: Option<(Field, &'static [&'static str])>,
    test: Option<(Field, &'static [&'static str])>,
    by_host: bool,
    read: Option<fn(&str) -> Option<&str>>,
}

impl Whose {
    /// The body says nothing of it.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            account: &[],
            api_version: &[],
            live: None,
            test: None,
            by_host: false,
            read: None,
        }
    }

    /// Where the account stands: the first of these that is there.
    #[must_use]
    pub const fn account(self, fields: &'static [Field]) -> Self {
        Self {
            account: fields,
            ..self
        }
    }

    /// Where the version of the API stands: the first of these that is there.
    #[must_use]
    pub const fn api_version(self, fields: &'static [Field]) -> Self {
        Self {
            api_version: fields,
            ..self
        }
    }

    /// The account is a part of the text that stands there: this finds it.
    #[must_use]
    pub const fn read(self, read: fn(&str) -> Option<&str>) -> Self {
        Self {
            read: Some(read),
            ..self
        }
    }

    /// It is live if this place says one of these.
    #[must_use]
    pub const fn live(self, at: Field, values: &'static [&'static str]) -> Self {
        Self {
            live: Some((at, values)),
            ..self
        }
    }

    /// It is a test if this place says one of these.
    #[must_use]
    pub const fn test(self, at: Field, values: &'static [&'static str]) -> Self {
        Self {
            test: Some((at, values)),
            ..self
        }
    }

    /// The place holds a URL, of which the host is one of the values or below it: for senders whose tests have a host of their own.
    #[must_use]
    pub const fn by_host(self) -> Self {
        Self {
            by_host: true,
            ..self
        }
    }

    /// Every place that is read.
    pub(crate) fn fields(&self) -> impl Iterator<Item = Field> {
        let modes = self.live.iter().chain(&self.test).map(|(field, _)| *field);
        let texts = self.account.iter().chain(self.api_version);
        texts.copied().chain(modes)
    }

    /// The places of the body that are looked at.
    pub(crate) fn looks(&self) -> impl Iterator<Item = Look> {
        self.fields().filter_map(Field::pointer).map(Look::Value)
    }

    pub(crate) const fn account_fields(&self) -> &'static [Field] {
        self.account
    }

    pub(crate) const fn live_field(&self) -> Option<Field> {
        match self.live {
            Some((field, _)) => Some(field),
            None => None,
        }
    }

    pub(crate) const fn test_field(&self) -> Option<Field> {
        match self.test {
            Some((field, _)) => Some(field),
            None => None,
        }
    }

    /// Whether accounts can be told at all.
    pub(crate) const fn has_account(&self) -> bool {
        !self.account.is_empty()
    }

    /// Whether versions can be told at all.
    pub(crate) const fn has_api_version(&self) -> bool {
        !self.api_version.is_empty()
    }

    pub(crate) fn look(&self, body: &Bytes) -> Looked {
        Looked::at(body, &self.looks().collect::<Vec<_>>())
    }

    pub(crate) fn api_version_in(&self, looked: &Looked) -> Option<ByteString> {
        first_text(looked, self.api_version)
    }

    pub(crate) fn account_in(&self, looked: &Looked) -> Option<ByteString> {
        let text = first_text(looked, self.account)?;
        match self.read {
            Some(read) => read(&text).map(ByteString::from),
            None => Some(text),
        }
    }

    /// What the body says of the mode. A test must not pass for real because its mode is written in another way: what is there and
    /// cannot be read is an error.
    pub(crate) fn mode_in(&self, looked: &Looked) -> Result<Mode, DecodeError> {
        let says = |place: Option<(Field, &[&str])>| {
            let Some((field, values)) = place else {
                return Ok(false);
            };
            let Some(text) = unambiguous(looked, field)? else {
                return Ok(false);
            };
            let is = |value: &&str| match self.by_host {
                true => is_below(host(&text), value),
                false => *text == **value,
            };
            Ok(values.iter().any(is))
        };
        Ok(if says(self.test)? {
            Mode::Test
        } else if says(self.live)? {
            Mode::Live
        } else {
            Mode::Unknown
        })
    }
}

impl Default for Whose {
    fn default() -> Self {
        Self::new()
    }
}

/// The host of a URL by HTTPS.
fn host(url: &str) -> &str {
    let rest = url.strip_prefix("https://").unwrap_or_default();
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

fn is_below(host: &str, domain: &str) -> bool {
    let rest = host.strip_suffix(domain);
    rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn unambiguous(looked: &Looked, field: Field) -> Result<Option<ByteString>, DecodeError> {
    match field {
        Field::Json(pointer) => {
            let place = looked.place(pointer)?;
            Ok(place.get()?.map(ByteString::from))
        }
        _ => match field_in_body(looked.body(), field) {
            Ok(text) => Ok(text.map(|text| ByteString::from(text.into_owned()))),
            Err(_) => Err(DecodeError::new(".", "a field of the form is there twice")),
        },
    }
}

fn first_text(looked: &Looked, fields: &[Field]) -> Option<ByteString> {
    let mut texts = fields.iter().map(|field| text_at(looked, *field));
    texts.find_map(|text| text.filter(|text| !text.is_empty()))
}

fn text_at(looked: &Looked, field: Field) -> Option<ByteString> {
    match field {
        Field::Json(pointer) => looked.value(pointer),
        _ => text_in_form(looked.body(), field),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOSE: Whose = Whose::new()
        .account(&[Field::Json("/account"), Field::Json("/context")])
        .live(Field::Json("/live"), &["true", "yes"])
        .test(Field::Json("/live"), &["false"]);

    #[test]
    fn the_account_is_the_first_that_is_there() {
        for (body, account) in [
            (r#"{"account":"a","context":"c"}"#, Some("a")),
            (r#"{"account":"","context":"c"}"#, Some("c")),
            (r#"{"account":null,"context":7}"#, Some("7")),
            (r#"{"account":"a","account":"b"}"#, None),
            ("{}", None),
            ("", None),
        ] {
            let found = WHOSE.account_in(&WHOSE.look(&Bytes::from(body)));
            assert_eq!(found.as_deref(), account, "{body}");
        }
    }

    #[test]
    fn the_mode_is_known_only_where_it_is_said() {
        for (body, mode) in [
            (r#"{"live":true}"#, Mode::Live),
            (r#"{"live":"yes"}"#, Mode::Live),
            (r#"{"live":false}"#, Mode::Test),
            (r#"{"live":"maybe"}"#, Mode::Unknown),
            (r#"{"live":null}"#, Mode::Unknown),
            (r#"{"live":false,"live":false}"#, Mode::Test),
            ("{}", Mode::Unknown),
        ] {
            assert_eq!(
                WHOSE.mode_in(&WHOSE.look(&Bytes::from(body))),
                Ok(mode),
                "{body}"
            );
        }
        for body in [
            r#"{"live":false,"live":true}"#,
            r#"{"live":{"x":1}}"#,
            r#"{"live":[false]}"#,
            r#"{"live":false"#,
        ] {
            assert!(
                WHOSE.mode_in(&WHOSE.look(&Bytes::from(body))).is_err(),
                "{body}"
            );
        }
        let by_host = Whose::new()
            .live(Field::Json("/url"), &["api.example.com"])
            .test(Field::Json("/url"), &["sandbox.example.com"])
            .by_host();
        for (url, mode) in [
            ("https://api.example.com/1", Mode::Live),
            ("https://sandbox.example.com/1", Mode::Test),
            ("https://sandbox.example.com", Mode::Test),
            ("https://mine.sandbox.example.com/1", Mode::Test),
            ("https://evilapi.example.com/1", Mode::Unknown),
            ("https://evil.example/api.example.com/", Mode::Unknown),
            ("http://api.example.com/1", Mode::Unknown),
            ("https://api.example.com.evil.example/1", Mode::Unknown),
        ] {
            let body = by_host.look(&format!(r#"{{"url":"{url}"}}"#).into());
            assert_eq!(by_host.mode_in(&body), Ok(mode), "{url}");
        }
    }
}
