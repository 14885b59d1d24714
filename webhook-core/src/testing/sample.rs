//! What the tests that hold for every sender need to know of one.

use std::fmt::{self, Debug};
use std::sync::Arc;

use base64ct::{Base64, Encoding as _};
use serde_json::{Value, json};

use crate::account::Keyring;
use crate::crypto::Encoding;
use crate::message::Coverage;
use crate::outcome::ConfigError;
use crate::request::Field;
use crate::scheme::{KEYS_BY_ID, Scheme};
#[cfg(feature = "asymmetric")]
use crate::testing::key_pairs::KeyPairs;
use crate::testing::sample_keys::SampleKeys;
use crate::testing::{Sign, Signer, reads};
use crate::verify::Verifier;

/// One way in which a provider signs, with the settings of an account and of a stranger's, and with what its receiver must hold
/// to. Tests run over [`provider::samples`](crate::provider::samples): what holds for every sender is tested for every sender.
///
/// Most of it follows from the scheme of a provider; its file says what is different.
#[derive(Clone)]
#[non_exhaustive]
pub struct Sample {
    /// The provider, and its mode where it has several.
    pub name: &'static str,
    /// The name of the provider.
    pub provider: &'static str,
    /// Signs as the sender does.
    pub signer: Arc<dyn Sign>,
    /// How the signer shows itself.
    pub shown: String,
    /// What the receiver is configured with.
    pub settings: Value,
    /// What another account's receiver is configured with.
    pub stranger: Value,
    /// What that receiver says.
    pub refusal: &'static str,
    /// The methods that it delivers by, the one that its signer uses first.
    pub methods: &'static [&'static str],
    /// The settings that hold its keys.
    pub keys: &'static [&'static str],
    /// More settings without which nothing can be verified.
    pub needed: &'static [&'static str],
    /// What must never be shown.
    pub secrets: Vec<String>,
    /// How a receiver is made of a keyring, where any keyring will do.
    pub keyed: Option<Keyed>,
    /// The scheme, where one describes all of it.
    pub scheme: Option<ByScheme>,
    /// What it can send.
    pub bodies: Bodies,
    /// What its signature vouches for.
    pub coverage: Coverage,
    /// Where the signature stands.
    pub place: Place,
    /// How the code in the signature is written.
    pub code: Code,
    /// What stands before the code in the signature; empty where the code is its end.
    pub mark: &'static str,
    /// What of the signature is compared.
    pub reads: Reads,
    /// Headers whose every byte counts.
    pub signed: Vec<&'static str>,
    /// Headers that are read without being signed.
    pub unsigned: Vec<&'static str>,
    /// What becomes of a request with a second, different line of the signature's header.
    pub second_line: &'static str,
    /// How many seconds a request is accepted after it was signed, and before.
    pub window: Option<[i64; 2]>,
    /// The id of what it sends.
    pub id: Option<&'static str>,
    /// Codes of our own faults that a stranger can bring about, such as a key that cannot be had.
    pub our_faults: &'static [&'static str],
}

/// A scheme with the keys of a sample.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ByScheme {
    /// The scheme.
    pub scheme: Scheme,
    /// What the sender signs with.
    pub secret: &'static str,
    /// What the receiver is configured with.
    pub key: &'static str,
    /// What another account's receiver is configured with.
    pub other_key: &'static str,
    /// The header of the signature.
    pub header: &'static str,
    /// Whether the scheme leaves the name of that header to the receiver.
    pub header_is_configured: bool,
}

/// What a sender can send.
#[derive(Clone, Debug)]
pub enum Bodies {
    /// Any bytes.
    Any,
    /// Only what has its form, such as this.
    Own(Vec<u8>),
}

/// Where a signature stands.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    /// In this header.
    Header(&'static str),
    /// In this parameter of the query.
    Query(&'static str),
    /// In the body, behind this text.
    Body(&'static str),
}

/// How the code in a signature is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Hexadecimal digits.
    Hex,
    /// Base64.
    Base64,
    /// Base64 for URLs, without padding.
    Base64Url,
    /// Base64 of hexadecimal digits in lower case.
    HexInBase64,
    /// Three parts in base64 for URLs.
    Token,
    /// As it stands.
    Text,
}

/// What a constructor of a provider makes.
pub type Made = Result<Arc<dyn Verifier>, ConfigError>;

/// What of a signature is compared.
pub type Reads = fn(&[u8]) -> Vec<u8>;

/// How a receiver is made of keys.
#[derive(Clone)]
#[non_exhaustive]
pub struct Keyed {
    /// The constructor.
    pub make: Arc<dyn Fn(Keyring) -> Made + Send + Sync>,
    /// The account's own key.
    pub own: String,
    /// A stranger's key.
    pub other: String,
    /// More keys of strangers.
    pub another: fn(u8) -> String,
}

impl Sample {
    /// The URL that senders were given, for schemes that sign it.
    pub const URL: &'static str = "https://shop.example/webhooks?from=sender";

    /// The id that signers put into a header, for senders that have it there.
    pub const ID: &'static str = "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W";

    /// The id of the key, for senders that name it.
    pub(crate) const KEY_ID: &'static str = "test";

    /// The id that [`BODY`](Self::BODY) has wherever a sender has it.
    pub const ID_IN_BODY: &'static str = "evt_1";

    /// Stands in every body where a card's number could: nothing may show it.
    pub const CARD: &'static str = "canary-card-4242";

    /// What a sender sends that signs any bytes. It has an id and a kind at the places of them all.
    pub const BODY: &'static [u8] = br#"{"id":"evt_1","event_id":"evt_1","eventId":"evt_1","notificationId":"evt_1","deliveryId":"evt_1","webhook_id":"evt_1","meta":{"webhook_id":"evt_1"},"event":{"id":"evt_1","type":"order.paid"},"type":"order.paid","created_at":"2026-08-05T09:00:00.000Z","note":"Gr\u00f6\u00dfe \"M\"","card":"canary-card-4242"}"#;

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
            methods: &["POST"],
            keys: &["secrets"],
            needed: &[],
            secrets: Vec::new(),
            keyed: None,
            scheme: None,
            bodies: Bodies::Any,
            coverage: Coverage::Body,
            place,
            code: Code::Hex,
            mark: "",
            reads: reads::hex_at_end,
            signed: Vec::new(),
            unsigned: Vec::new(),
            second_line: "malformed",
            window: None,
            id: Some(Self::ID_IN_BODY),
            our_faults: &[],
        }
    }

    /// All that a scheme says, with shared secrets of its form.
    pub(crate) fn of_scheme(scheme: Scheme, keys: &SampleKeys) -> Result<Self, ConfigError> {
        let (pair, another): (_, fn(u8) -> String) = match scheme.key.encoding {
            Encoding::Text => (keys.text, base64_key),
            Encoding::Hex => (keys.hex, |number| const_hex::encode([number + 1; 32])),
            _ if scheme.key.prefixes[0].is_empty() => (keys.base64, bare_key),
            _ => (keys.whsec, base64_key),
        };
        let header = scheme.signature.header_at().unwrap_or("signature");
        let sample = Self::of_pair(scheme, header, pair[0], pair, another)?;
        Ok(match scheme.signature.parameter_at() {
            // What is said of the scheme alone is said of its header.
            Some(name) => Self {
                place: Place::Query(name),
                scheme: None,
                ..sample
            },
            None => sample,
        })
    }

    /// The same where the signature stands in this header, which the scheme does not name as a whole.
    pub(crate) fn of_scheme_in(
        scheme: Scheme,
        header: &'static str,
        keys: &SampleKeys,
    ) -> Result<Self, ConfigError> {
        Self::of_pair(scheme, header, keys.text[0], keys.text, base64_key)
    }

    /// The same where the receiver configures the name of the header.
    pub(crate) fn of_scheme_at(
        scheme: Scheme,
        header: &'static str,
        keys: &SampleKeys,
    ) -> Result<Self, ConfigError> {
        let mut sample = Self::of_scheme_in(scheme, header, keys)?;
        if let Some(by) = &mut sample.scheme {
            by.header_is_configured = true;
        }
        Ok(sample)
    }

    /// The same where the sender signs with a private key.
    #[cfg(feature = "asymmetric")]
    pub(crate) fn of_asymmetric(scheme: Scheme) -> Result<Self, ConfigError> {
        let KeyPairs {
            private,
            public,
            another,
        } = KeyPairs::of(scheme);
        let header = scheme.signature.header_at().unwrap_or("signature");
        let sample = Self::of_pair(scheme, header, private, public, another)?;
        let [settings, stranger] = public.map(|key| json!({"public_keys": [key]}));
        Ok(Self {
            settings,
            stranger,
            keys: &["public_keys"],
            ..sample
        })
    }

    fn of_pair(
        scheme: Scheme,
        header: &'static str,
        secret: &'static str,
        [key, other_key]: [&'static str; 2],
        another: fn(u8) -> String,
    ) -> Result<Self, ConfigError> {
        let described = scheme.described();
        let signer = signer_of(scheme, secret, header)?;
        let settings = [key, other_key].map(|key| json!({"secrets": [key]}));
        let is_token = scheme.coverage() == Coverage::SenderOnly;
        let in_head = |field: &Field| match field {
            Field::Header(name) => Some(*name),
            _ => None,
        };
        let signed = described
            .parts
            .iter()
            .filter_map(|fields| in_head(fields.first()?));
        let named = [scheme.id, scheme.kind];
        let unsigned = named.iter().filter_map(|fields| in_head(fields.first()?));
        let signs = |name: &str| signed.clone().any(|signed| signed == name);
        let (code, reads): (_, Reads) = match scheme.signature.encoding {
            _ if is_token => (Code::Text, reads::exactly),
            Encoding::Base64 => (Code::Base64, reads::exactly),
            Encoding::Base64Url => (Code::Base64Url, reads::exactly),
            Encoding::HexInBase64 => (Code::HexInBase64, reads::exactly),
            Encoding::Hex | Encoding::Text => (Code::Hex, reads::hex_at_end),
        };
        let tolerance = scheme.timestamp.tolerance;
        Ok(Self {
            secrets: vec![secret.to_owned()],
            bodies: match scheme.timestamp.is_in_body() || !scheme.takes_any_body() {
                true => Bodies::Own(Self::BODY.to_vec()),
                false => Bodies::Any,
            },
            keyed: Some(Keyed {
                make: Arc::new(move |keys| completed(scheme, keys, header)),
                own: key.to_owned(),
                other: other_key.to_owned(),
                another,
            }),
            methods: scheme.methods,
            coverage: scheme.coverage(),
            code,
            reads,
            unsigned: unsigned.filter(|name| !signs(name)).collect(),
            signed: signed
                .clone()
                .chain(scheme.timestamp.header_at())
                .chain(scheme.key_id.first().and_then(in_head))
                .collect(),
            window: tolerance.map(|tolerance| tolerance.as_secs().map(i64::from)),
            id: id_of(scheme),
            scheme: Some(ByScheme {
                scheme,
                secret,
                key,
                other_key,
                header,
                header_is_configured: false,
            }),
            ..Self::new(scheme.name(), signer, settings, Place::Header(header))
        })
    }

    /// The same where the sender names its key, which is in a table of them.
    pub(crate) fn of_scheme_by_id(scheme: Scheme, keys: &SampleKeys) -> Result<Self, ConfigError> {
        let sample = Self::of_scheme(scheme, keys)?;
        let [settings, stranger] = [&sample.settings, &sample.stranger]
            .map(|settings| json!({KEYS_BY_ID: {Self::KEY_ID: settings.pointer("/secrets/0")}}));
        Ok(Self {
            settings,
            stranger,
            keys: &[KEYS_BY_ID],
            keyed: None,
            scheme: None,
            ..sample
        })
    }

    /// The same under the name of its mode.
    pub(crate) fn named(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    /// The same with another signer.
    pub(crate) fn signed_by<S: Sign + Debug + 'static>(self, signer: S) -> Self {
        Self {
            shown: format!("{signer:?}\n{signer:#?}"),
            signer: Arc::new(signer),
            ..self
        }
    }

    /// With one setting more.
    pub(crate) fn set(mut self, name: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        for settings in [&mut self.settings, &mut self.stranger] {
            if let Some(settings) = settings.as_object_mut() {
                settings.insert(name.to_owned(), value.clone());
            }
        }
        self
    }

    /// With a constructor of its own for its keys.
    pub(crate) fn made_by<V: Verifier + 'static>(
        self,
        make: fn(Keyring) -> Result<V, ConfigError>,
    ) -> Self {
        let keyed = self.keyed.map(|keyed| Keyed {
            make: Arc::new(move |keys| make(keys).map(|verifier| Arc::new(verifier) as _)),
            ..keyed
        });
        Self { keyed, ..self }
    }

    /// The same with keys of 32 bytes in hex.
    pub(crate) fn keyed_in_hex<V: Verifier + 'static>(
        self,
        pair: [&str; 2],
        make: fn(Keyring) -> Result<V, ConfigError>,
    ) -> Self {
        let mut sample = self.keyed(pair, make);
        if let Some(keyed) = &mut sample.keyed {
            keyed.another = |number| const_hex::encode([number + 1; 32]);
        }
        sample
    }

    /// With texts as keys, and a constructor for them.
    pub(crate) fn keyed<V: Verifier + 'static>(
        self,
        [own, other]: [&str; 2],
        make: fn(Keyring) -> Result<V, ConfigError>,
    ) -> Self {
        let keyed = Keyed {
            make: Arc::new(move |keys| make(keys).map(|verifier| Arc::new(verifier) as _)),
            own: own.to_owned(),
            other: other.to_owned(),
            another: |number| format!("stranger {number}"),
        };
        Self {
            keyed: Some(keyed),
            secrets: vec![own.to_owned()],
            ..self
        }
    }
}

impl fmt::Debug for Sample {
    /// Its name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sample").field(&self.name).finish()
    }
}

impl fmt::Debug for Keyed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyed")
    }
}

/// Settings with one secret or another.
pub(crate) fn secrets(keys: [&str; 2]) -> [Value; 2] {
    keys.map(|secret| json!({"secrets": [secret]}))
}

fn base64_key(number: u8) -> String {
    format!("whsec_{}", Base64::encode_string(&[number + 1; 32]))
}

fn bare_key(number: u8) -> String {
    Base64::encode_string(&[number + 1; 32])
}

fn signer_of(scheme: Scheme, secret: &str, header: &str) -> Result<Signer, ConfigError> {
    let signer = Signer::new(scheme, secret)?;
    let signer = signer
        .id(Sample::ID)
        .kind("order.paid")
        .public_url(Sample::URL);
    Ok(signer.header_name(header))
}

/// A verifier with all settings that the scheme has a use for.
fn completed(scheme: Scheme, keys: Keyring, header: &str) -> Made {
    let verifier = scheme.verifier(keys)?;
    // Each is refused where the scheme has no use for it.
    let verifier = verifier.clone().public_url(Sample::URL).unwrap_or(verifier);
    let verifier = verifier.clone().header_name(header).unwrap_or(verifier);
    Ok(Arc::new(verifier))
}

/// The id that a scheme finds in what its sample sends.
fn id_of(scheme: Scheme) -> Option<&'static str> {
    let body: Value = serde_json::from_slice(Sample::BODY).ok()?;
    let id = |field: &Field| match field {
        Field::Header(_) => Some(Sample::ID),
        Field::Json(pointer) => body.pointer(pointer).map(|_| Sample::ID_IN_BODY),
        Field::Query(_) | Field::Form(_) => None,
    };
    scheme.id.iter().find_map(id)
}
