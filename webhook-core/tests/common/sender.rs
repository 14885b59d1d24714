//! One sender with what its receivers are configured with: what the tests need to know that hold for everybody.

use std::fmt::Debug;
use std::ops::Range;
use std::sync::Arc;

use serde_json::{Value, json};
use webhook_core::resolver::Resolve;
use webhook_core::testing::{FixedClock, Sign};
use webhook_core::{
    ConfigError, Coverage, DEFAULT_BODY_LIMIT, Endpoint, IntoKeyring, Keyring, Settings, UnixTime,
    Verifier, provider,
};

use super::reads;
use super::{BODY, ID_IN_BODY, NOW, Request};

/// One way in which a provider signs, with the settings of its account and of a stranger's.
///
/// [`Sender::new`] has what holds for most; a row says what is different.
#[derive(Clone)]
pub(crate) struct Sender {
    pub(crate) name: &'static str,
    pub(crate) provider: &'static str,
    pub(crate) signer: Arc<dyn Sign>,
    /// How the signer shows itself.
    pub(crate) shown: String,
    pub(crate) settings: Value,
    /// What another account's receiver is configured with.
    pub(crate) stranger: Value,
    /// What that receiver says.
    pub(crate) refusal: &'static str,
    /// The settings that hold its keys.
    pub(crate) keys: &'static [&'static str],
    /// More settings without which nothing can be verified.
    pub(crate) needed: &'static [&'static str],
    /// What must never be shown.
    pub(crate) secrets: Vec<String>,
    /// How a receiver is made of a keyring, where any keyring will do.
    pub(crate) keyed: Option<Keyed>,
    pub(crate) bodies: Bodies,
    pub(crate) coverage: Coverage,
    pub(crate) place: Place,
    pub(crate) code: Code,
    /// What stands before the code in the signature; empty where the code is its end.
    pub(crate) mark: &'static str,
    /// What of the signature is compared.
    pub(crate) reads: fn(&[u8]) -> Vec<u8>,
    /// Headers whose every byte counts.
    pub(crate) signed: &'static [&'static str],
    /// Headers that are read without being signed.
    pub(crate) unsigned: &'static [&'static str],
    /// What becomes of a request with a second, different line of the signature's header.
    pub(crate) second_line: &'static str,
    /// How many seconds a request is accepted after it was signed, and before.
    pub(crate) window: Option<[i64; 2]>,
    /// The id of what [`Sender::genuine`] sends.
    pub(crate) id: Option<&'static str>,
    /// Codes of our own faults that a stranger can bring about, such as a key that cannot be had.
    pub(crate) our_faults: &'static [&'static str],
}

/// What a sender can send.
#[derive(Clone)]
pub(crate) enum Bodies {
    /// Any bytes.
    Any,
    /// Only what has its form, such as this.
    Own(Vec<u8>),
}

/// Where the signature stands.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    Header(&'static str),
    /// In the body, behind this text.
    Body(&'static str),
}

/// How the code in the signature is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    Hex,
    Base64,
    /// Three parts in base64 for URLs.
    Token,
    /// As it stands.
    Text,
}

impl Code {
    fn has(self, byte: u8) -> bool {
        match self {
            Self::Hex => byte.is_ascii_hexdigit(),
            Self::Base64 => byte.is_ascii_alphanumeric() || b"+/=".contains(&byte),
            Self::Token => byte.is_ascii_alphanumeric() || b"-_.".contains(&byte),
            Self::Text => true,
        }
    }
}

/// What a constructor of a provider makes.
pub(crate) type Made = Result<Arc<dyn Verifier>, ConfigError>;

/// How a receiver is made of keys.
#[derive(Clone)]
pub(crate) struct Keyed {
    pub(crate) make: fn(Keyring) -> Made,
    pub(crate) own: String,
    pub(crate) other: String,
    /// More keys of strangers.
    pub(crate) another: fn(u8) -> String,
}

/// What a constructor of a provider has made, as a verifier of any.
pub(crate) fn made<V: Verifier + 'static>(verifier: Result<V, ConfigError>) -> Made {
    verifier.map(|verifier| Arc::new(verifier) as Arc<dyn Verifier>)
}

impl Sender {
    /// A sender that writes a code of any body into a header, in hexadecimal digits, and its id into the body.
    pub(crate) fn new<S: Sign + Debug + 'static>(
        provider: &'static str,
        signer: S,
        [settings, stranger]: [Value; 2],
        place: Place,
    ) -> Self {
        Self {
            name: provider,
            provider,
            shown: format!("{signer:?}\n{signer:#?}"),
            signer: Arc::new(signer),
            settings,
            stranger,
            refusal: "bad_signature",
            keys: &["secrets"],
            needed: &[],
            secrets: Vec::new(),
            keyed: None,
            bodies: Bodies::Any,
            coverage: Coverage::Body,
            place,
            code: Code::Hex,
            mark: "",
            reads: reads::hex_at_end,
            signed: &[],
            unsigned: &[],
            second_line: "malformed",
            window: None,
            id: Some(ID_IN_BODY),
            our_faults: &[],
        }
    }

    /// Whether every byte of the body counts.
    pub(crate) fn signs_the_body(&self) -> bool {
        matches!(self.coverage, Coverage::Body | Coverage::BodyChecksum)
    }

    /// Whether it signs whatever bytes it is given.
    pub(crate) fn sends_anything(&self) -> bool {
        matches!(self.bodies, Bodies::Any)
    }

    /// These bytes, if it can send them, else what it can.
    pub(crate) fn body<'a>(&'a self, wish: &'a [u8]) -> &'a [u8] {
        match &self.bodies {
            Bodies::Any => wish,
            Bodies::Own(body) => body,
        }
    }

    /// What it would send.
    pub(crate) fn genuine(&self) -> Request {
        self.sign(BODY)
    }

    /// What it would send with this body.
    pub(crate) fn sign(&self, body: &[u8]) -> Request {
        self.sign_at(body, NOW)
    }

    /// The same at this moment.
    pub(crate) fn sign_at(&self, body: &[u8], now: UnixTime) -> Request {
        self.signer.sign(self.body(body), now).unwrap().into()
    }

    /// A receiver that knows the sender's key.
    pub(crate) fn endpoint(&self) -> Endpoint {
        self.endpoint_of(&self.settings)
    }

    /// The same with another account's key.
    pub(crate) fn stranger(&self) -> Endpoint {
        self.endpoint_of(&self.stranger)
    }

    fn endpoint_of(&self, settings: &Value) -> Endpoint {
        received_by(
            self.made_of(settings)
                .unwrap_or_else(|error| panic!("{}: {error}", self.name)),
        )
    }

    /// What its provider makes of these settings.
    pub(crate) fn made_of(&self, settings: &Value) -> Result<Arc<dyn Resolve>, ConfigError> {
        provider::by_name(self.provider, &Settings::new(settings.clone()).unwrap())
    }

    /// The settings with another value.
    pub(crate) fn settings_with(&self, name: &str, value: Value) -> Value {
        let mut settings = self.settings.clone();
        settings[name] = value;
        settings
    }

    /// The header of the signature, if it stands in one.
    pub(crate) fn header(&self) -> Option<&'static str> {
        match self.place {
            Place::Header(name) => Some(name),
            Place::Body(_) => None,
        }
    }

    /// All headers that the receiver reads.
    pub(crate) fn headers(&self) -> impl Iterator<Item = &'static str> {
        let more = self.signed.iter().chain(self.unsigned).copied();
        self.header().into_iter().chain(more)
    }

    /// The signature as it is written, with all that stands around its code in a header.
    pub(crate) fn signature<'a>(&self, request: &'a Request) -> &'a [u8] {
        match self.place {
            Place::Header(name) => request.header(name),
            Place::Body(mark) => &request.body[self.run_behind(mark, &request.body)],
        }
    }

    /// The same request with another signature.
    pub(crate) fn with_signature(
        &self,
        request: &Request,
        signature: impl Into<Vec<u8>>,
    ) -> Request {
        let signature = signature.into();
        match self.place {
            Place::Header(name) => request.clone().with(name, signature),
            Place::Body(mark) => {
                let run = self.run_behind(mark, &request.body);
                let (before, behind) = (&request.body[..run.start], &request.body[run.end..]);
                let body = [before, &signature, behind].concat();
                request.clone().with_body(body)
            }
        }
    }

    /// What stands before the code in the signature, the code, and what stands behind it.
    pub(crate) fn parts<'a>(&self, signature: &'a str) -> [&'a str; 3] {
        let run = match (self.mark, self.code) {
            ("", Code::Text) => 0..signature.len(),
            ("", Code::Base64) => {
                // The mark before it may be a `=` too, which belongs to a code only at its end.
                let digits = signature.trim_end_matches('=');
                let is_digit = |letter: char| {
                    letter != '=' && letter.is_ascii() && self.code.has(letter as u8)
                };
                digits.trim_end_matches(is_digit).len()..signature.len()
            }
            ("", code) => {
                let has = |letter: char| letter.is_ascii() && code.has(letter as u8);
                signature.trim_end_matches(has).len()..signature.len()
            }
            (mark, _) => self.run_behind(mark, signature.as_bytes()),
        };
        let Range { start, end } = run;
        [
            &signature[..start],
            &signature[start..end],
            &signature[end..],
        ]
    }

    fn run_behind(&self, mark: &str, text: &[u8]) -> Range<usize> {
        let places = text.windows(mark.len());
        let at = places.into_iter().position(|here| here == mark.as_bytes());
        let start = at.unwrap_or_else(|| panic!("{}: there is no {mark}", self.name)) + mark.len();
        let run = text[start..]
            .iter()
            .take_while(|byte| self.code.has(**byte));
        start..start + run.count()
    }

    /// A receiver with these keys, where a keyring is all that it takes.
    pub(crate) fn with_keys(&self, keys: impl IntoKeyring) -> Endpoint {
        let keyed = self.keyed.as_ref().unwrap();
        received_by((keyed.make)(keys.into_keyring().unwrap()).unwrap())
    }
}

/// Settings with one secret or another.
pub(crate) fn secrets([own, other]: [&str; 2]) -> [Value; 2] {
    [own, other].map(|secret| json!({"secrets": [secret]}))
}

/// An endpoint whose clock stands still.
pub(crate) fn received_by(verifier: impl Resolve + 'static) -> Endpoint {
    let endpoint = Endpoint::new(verifier).clock(FixedClock::at(NOW));
    // Some senders may send more by default.
    endpoint.body_limit(DEFAULT_BODY_LIMIT)
}
