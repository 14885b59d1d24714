//! One sender with what its receivers are configured with: what the tests need to know that hold for everybody.

use std::ops::{Deref, DerefMut, Range};
use std::sync::Arc;

use serde_json::Value;
use webhook_core::resolver::Resolve;
use webhook_core::testing::{Bodies, Code, FixedClock, Place, Sample};
use webhook_core::{
    ConfigError, Coverage, DEFAULT_BODY_LIMIT, Endpoint, IntoKeyring, Settings, UnixTime, provider,
};

use super::{BODY, NOW, Request};

/// One way in which a provider signs, with the settings of its account and of a stranger's.
#[derive(Clone)]
pub struct Sender(pub Sample);

impl Deref for Sender {
    type Target = Sample;

    fn deref(&self) -> &Sample {
        &self.0
    }
}

impl DerefMut for Sender {
    fn deref_mut(&mut self) -> &mut Sample {
        &mut self.0
    }
}

/// Whether a byte can be part of a code.
fn has(code: Code, byte: u8) -> bool {
    match code {
        Code::Hex => byte.is_ascii_hexdigit(),
        Code::Base64 | Code::HexInBase64 => byte.is_ascii_alphanumeric() || b"+/=".contains(&byte),
        Code::Base64Url => byte.is_ascii_alphanumeric() || b"-_".contains(&byte),
        Code::Token => byte.is_ascii_alphanumeric() || b"-_.".contains(&byte),
        // In a body it is a text of JSON.
        Code::Text => byte != b'"',
    }
}

/// A byte as it stands in a query.
fn encoded(byte: &u8) -> String {
    match byte.is_ascii_alphanumeric() {
        true => char::from(*byte).to_string(),
        false => format!("%{byte:02X}"),
    }
}

/// Where the value of a parameter of the query stands, as it is written.
fn value_of(name: &str, target: &str) -> Range<usize> {
    let begins = [format!("?{name}="), format!("&{name}=")];
    let found = begins
        .iter()
        .find_map(|begin| Some(target.find(begin)? + begin.len()));
    let start = found.unwrap_or_else(|| panic!("{target}: there is no {name}"));
    let end = target[start..]
        .find('&')
        .map_or(target.len(), |at| start + at);
    start..end
}

impl Sender {
    /// Whether every byte of the body counts.
    pub fn signs_the_body(&self) -> bool {
        matches!(
            self.coverage,
            Coverage::Body | Coverage::BodyChecksum | Coverage::BodyHash
        )
    }

    /// Whether it signs whatever bytes it is given.
    pub fn sends_anything(&self) -> bool {
        matches!(self.bodies, Bodies::Any)
    }

    /// These bytes, if it can send them, else what it can.
    pub fn body<'a>(&'a self, wish: &'a [u8]) -> &'a [u8] {
        match &self.bodies {
            Bodies::Any => wish,
            Bodies::Own(body) => body,
        }
    }

    /// What it would send.
    pub fn genuine(&self) -> Request {
        self.sign(BODY)
    }

    /// What it would send with this body.
    pub fn sign(&self, body: &[u8]) -> Request {
        self.sign_at(body, NOW)
    }

    /// The same at this moment.
    pub fn sign_at(&self, body: &[u8], now: UnixTime) -> Request {
        self.signer.sign(self.body(body), now).unwrap().into()
    }

    /// A receiver that knows the sender's key.
    pub fn endpoint(&self) -> Endpoint {
        self.endpoint_of(&self.settings)
    }

    /// The same with another account's key.
    pub fn stranger(&self) -> Endpoint {
        self.endpoint_of(&self.stranger)
    }

    fn endpoint_of(&self, settings: &Value) -> Endpoint {
        received_by(
            self.made_of(settings)
                .unwrap_or_else(|error| panic!("{}: {error}", self.name)),
        )
    }

    /// What its provider makes of these settings.
    pub fn made_of(&self, settings: &Value) -> Result<Arc<dyn Resolve>, ConfigError> {
        provider::by_name(self.provider, &Settings::new(settings.clone()).unwrap())
    }

    /// The settings with another value.
    pub fn settings_with(&self, name: &str, value: Value) -> Value {
        let mut settings = self.settings.clone();
        settings[name] = value;
        settings
    }

    /// The header of the signature, if it stands in one.
    pub fn header(&self) -> Option<&'static str> {
        match self.place {
            Place::Header(name) => Some(name),
            Place::Query(_) | Place::Body(_) => None,
        }
    }

    /// All headers that the receiver reads.
    pub fn headers(&self) -> impl Iterator<Item = &'static str> {
        let more = self.signed.iter().chain(&self.unsigned).copied();
        self.header().into_iter().chain(more)
    }

    /// The signature as it is written, with all that stands around its code in a header.
    pub fn signature<'a>(&self, request: &'a Request) -> &'a [u8] {
        match self.place {
            Place::Header(name) => request.header(name),
            Place::Query(name) => &request.target.as_bytes()[value_of(name, &request.target)],
            Place::Body(mark) => &request.body[self.run_behind(mark, &request.body)],
        }
    }

    /// The same request with another signature.
    pub fn with_signature(&self, request: &Request, signature: impl Into<Vec<u8>>) -> Request {
        let signature = signature.into();
        match self.place {
            Place::Header(name) => request.clone().with(name, signature),
            Place::Query(name) => {
                let mut request = request.clone();
                let value: String = signature.iter().map(encoded).collect();
                let at = value_of(name, &request.target);
                request.target.replace_range(at, &value);
                request
            }
            Place::Body(mark) => {
                let run = self.run_behind(mark, &request.body);
                let (before, behind) = (&request.body[..run.start], &request.body[run.end..]);
                let body = [before, &signature, behind].concat();
                request.clone().with_body(body)
            }
        }
    }

    /// What stands before the code in the signature, the code, and what stands behind it.
    pub fn parts<'a>(&self, signature: &'a str) -> [&'a str; 3] {
        let run = match (self.mark, self.code) {
            ("", Code::Text) => 0..signature.len(),
            ("", Code::Base64 | Code::HexInBase64) => {
                // The mark before it may be a `=` too, which belongs to a code only at its end.
                let digits = signature.trim_end_matches('=');
                let is_digit = |letter: char| {
                    letter != '=' && letter.is_ascii() && has(self.code, letter as u8)
                };
                digits.trim_end_matches(is_digit).len()..signature.len()
            }
            ("", code) => {
                let has = |letter: char| letter.is_ascii() && has(code, letter as u8);
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
            .take_while(|byte| has(self.code, **byte));
        start..start + run.count()
    }

    /// A receiver with these keys, where a keyring is all that it takes.
    pub fn with_keys(&self, keys: impl IntoKeyring) -> Endpoint {
        let keyed = self.keyed.as_ref().unwrap();
        received_by((keyed.make)(keys.into_keyring().unwrap()).unwrap())
    }
}

/// An endpoint whose clock stands still.
pub fn received_by(verifier: impl Resolve + 'static) -> Endpoint {
    let endpoint = Endpoint::new(verifier).clock(FixedClock::at(NOW));
    // Some senders may send more by default.
    endpoint.body_limit(DEFAULT_BODY_LIMIT)
}
