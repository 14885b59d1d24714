//! What a provider's file says for people: the sender's document, the settings, and how to set it up.

use serde::Serialize;

use crate::endpoint::DEFAULT_BODY_LIMIT;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Algorithm, Handshake, Part, Scheme};

/// What a provider's file says for people. What its scheme says already is not repeated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct About {
    document: &'static str,
    setup: &'static [&'static str],
    settings: &'static [Setting],
    headers: &'static [&'static str],
    signed: &'static str,
    handshakes: &'static [&'static str],
    acknowledgement: &'static str,
    tolerance_secs: Option<u32>,
    body_limit: Option<usize>,
}

/// A setting of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Setting {
    /// Its name in [`Settings`].
    pub name: &'static str,
    /// What it holds, and where the sender shows it.
    pub holds: &'static str,
    /// Whether nothing can be verified without it.
    pub is_required: bool,
}

impl Setting {
    /// A setting without which nothing can be verified.
    pub(crate) const fn required(name: &'static str, holds: &'static str) -> Self {
        Self {
            name,
            holds,
            is_required: true,
        }
    }

    /// A setting that has a default.
    pub(crate) const fn optional(name: &'static str, holds: &'static str) -> Self {
        Self {
            name,
            holds,
            is_required: false,
        }
    }
}

impl About {
    /// The sender's own document about its signatures.
    pub(crate) const fn new(document: &'static str) -> Self {
        Self {
            document,
            setup: &[],
            settings: &[],
            headers: &[],
            signed: "",
            handshakes: &[],
            acknowledgement: "any 2xx",
            tolerance_secs: None,
            body_limit: None,
        }
    }

    /// What to do at the sender's, step by step.
    pub(crate) const fn setup(self, setup: &'static [&'static str]) -> Self {
        Self { setup, ..self }
    }

    /// Its settings, where no scheme says them; beside those of a scheme otherwise.
    pub(crate) const fn settings(self, settings: &'static [Setting]) -> Self {
        Self { settings, ..self }
    }

    /// The headers that are read, where no scheme says them.
    pub(crate) const fn headers(self, headers: &'static [&'static str]) -> Self {
        Self { headers, ..self }
    }

    /// What is signed and how, where no scheme says it.
    pub(crate) const fn signed(self, signed: &'static str) -> Self {
        Self { signed, ..self }
    }

    /// The set-up requests that are answered, where no scheme says them.
    pub(crate) const fn handshakes(self, handshakes: &'static [&'static str]) -> Self {
        Self { handshakes, ..self }
    }

    /// What the sender takes for a success, where that is more than any 2xx.
    pub(crate) const fn acknowledgement(self, acknowledgement: &'static str) -> Self {
        Self {
            acknowledgement,
            ..self
        }
    }

    /// How old a signed time may be, where no scheme says it.
    pub(crate) const fn tolerance_secs(self, secs: u32) -> Self {
        Self {
            tolerance_secs: Some(secs),
            ..self
        }
    }

    /// How long its bodies may be, where no scheme says it and it is not the default.
    pub(crate) const fn body_limit(self, bytes: usize) -> Self {
        Self {
            body_limit: Some(bytes),
            ..self
        }
    }
}

/// A provider in words and numbers: for a tool's help, a page of settings, or a set-up that checks itself.
/// [`describe`](crate::provider::describe) makes one.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Description {
    /// Its name, such as `stripe`.
    pub name: &'static str,
    /// The sender's own document about its signatures.
    pub document: &'static str,
    /// What to do at the sender's, step by step.
    pub setup: Vec<&'static str>,
    /// The settings of an account.
    pub settings: Vec<Setting>,
    /// The headers that are read, in lower case, the signature's first.
    pub headers: Vec<&'static str>,
    /// What is signed, and how.
    pub signed: String,
    /// How many seconds old a signed time may be. `None` where the sender signs no time, or any is accepted.
    pub tolerance_secs: Option<u32>,
    /// The set-up requests that the library answers by itself.
    pub handshakes: Vec<String>,
    /// What the sender takes for a success.
    pub acknowledgement: &'static str,
    /// How many bytes a body may have if nothing else is configured.
    pub body_limit: usize,
    /// The kinds that mean something for a payment, where rules say it: exact names, and beginnings that end with `*`.
    pub kinds: Vec<&'static str>,
}

impl Description {
    pub(crate) fn of(row: &Registered) -> Self {
        let about = row.about;
        let scheme = row.default_scheme();
        let scheme = scheme.as_ref();
        let mut settings = scheme.map_or_else(Vec::new, settings_of);
        settings.extend(about.settings);
        let tolerance = scheme.and_then(|scheme| scheme.timestamp.tolerance);
        let body_limit = scheme.and_then(|scheme| scheme.body_limit);
        let handshakes = scheme.map_or(&[][..], |scheme| scheme.handshakes);
        let handshakes = handshakes.iter().map(Handshake::in_words);
        let own = about.handshakes.iter().map(|text| text.to_string());
        Self {
            name: row.provider.name(),
            document: about.document,
            setup: about.setup.to_vec(),
            settings,
            headers: match scheme {
                Some(scheme) if about.headers.is_empty() => headers_of(scheme),
                _ => about.headers.to_vec(),
            },
            signed: match scheme {
                Some(scheme) if about.signed.is_empty() => signed_of(scheme),
                _ => about.signed.to_owned(),
            },
            tolerance_secs: tolerance
                .map(|tolerance| {
                    let [past, _] = tolerance.as_secs();
                    past
                })
                .or(about.tolerance_secs),
            handshakes: handshakes.chain(own).collect(),
            acknowledgement: about.acknowledgement,
            body_limit: body_limit
                .or(about.body_limit)
                .unwrap_or(DEFAULT_BODY_LIMIT),
            kinds: row
                .provider
                .rules()
                .map_or_else(Vec::new, |rules| rules.all_kinds()),
        }
    }
}

/// What a scheme is configured with.
fn settings_of(scheme: &Scheme) -> Vec<Setting> {
    let keys = match scheme.algorithm.is_asymmetric() {
        true => Setting::required("public_keys", "the sender's public keys: one or a list"),
        false => Setting::required(
            "secrets",
            "the signing secret of the webhook: one or a list, any of which may match",
        ),
    };
    let mut settings = vec![keys];
    if scheme.content.contains(&Part::PublicUrl) {
        settings.push(Setting::required(
            "public_url",
            "the URL that the sender was given",
        ));
    }
    if scheme.signs_time() {
        settings.push(Setting::optional(
            "tolerance_seconds",
            "how old a signed time may be",
        ));
        settings.push(Setting::optional(
            "future_tolerance_seconds",
            "how far ahead it may be; the same if absent",
        ));
    }
    if scheme.handshakes.iter().any(Handshake::expects_something) {
        settings.push(Setting::optional(
            "verify_token",
            "what a handshake must show",
        ));
    }
    settings
}

fn headers_of(scheme: &Scheme) -> Vec<&'static str> {
    let described = scheme.described();
    let lists = described.parts.iter().chain([&scheme.id, &scheme.kind]);
    let fields = lists.flat_map(|fields| fields.iter());
    let named = fields.filter_map(|field| match field {
        Field::Header(name) => Some(*name),
        _ => None,
    });
    let mut headers: Vec<&'static str> = Vec::new();
    let first = scheme
        .signature
        .header_at()
        .into_iter()
        .chain(scheme.timestamp.header_at());
    for name in first.chain(named) {
        if !headers.contains(&name) {
            headers.push(name);
        }
    }
    headers
}

/// Such as "HMAC-SHA256 in hex of: the time, `.`, the body".
fn signed_of(scheme: &Scheme) -> String {
    if scheme.algorithm == Algorithm::Token {
        return "nothing: the sender shows the secret itself".to_owned();
    }
    let parts = scheme.content.iter().map(|part| match part {
        Part::Literal(text) => format!("`{text}`"),
        Part::Body => "the body".to_owned(),
        Part::Timestamp => "the time".to_owned(),
        Part::Method => "the method".to_owned(),
        Part::PublicUrl => "the URL that the sender was given".to_owned(),
        Part::FirstOf([field, ..]) => field.in_words(),
        Part::FirstOf([]) => String::new(),
    });
    let parts: Vec<String> = parts.collect();
    let (algorithm, encoding) = (
        scheme.algorithm.as_str(),
        scheme.signature.encoding.as_str(),
    );
    format!("{algorithm} in {encoding} of: {}", parts.join(", "))
}
