//! The description of a signing rule.

use crate::payment::Meaning;
use crate::rejection::{ConfigError, RejectionKind};
use crate::scheme::account::SchemeVerifier;
use crate::scheme::field::Field;
use crate::scheme::handshake::{Condition, Handshake};
use crate::scheme::identity::Identity;
use crate::scheme::timestamp::{TimeSource, Timestamp};
use crate::scheme::whose::Whose;
use crate::secret::IntoKeyring;
use crate::sender::{Provider, ReadPayments};
use crate::settings::Settings;
use crate::verifier::Coverage;

/// How one kind of sender signs. See the [module](crate::scheme) for an example.
///
/// Every part has the commonest value as its default: hex signature, text key, no time, the body alone is
/// signed, `POST` only, no id, no kind, no handshake.
#[derive(Clone, Copy, Debug)]
pub struct Scheme {
    pub(crate) sender: Provider,
    pub(crate) primitive: Primitive,
    pub(crate) key: KeyFormat,
    pub(crate) signature: Signature,
    pub(crate) timestamp: Timestamp,
    pub(crate) content: &'static [Part],
    pub(crate) methods: &'static [&'static str],
    pub(crate) required: &'static [Condition],
    pub(crate) id: &'static [Field],
    pub(crate) kind: &'static [Field],
    pub(crate) identity: Identity,
    pub(crate) whose: Option<&'static Whose>,
    pub(crate) handshakes: &'static [Handshake],
    pub(crate) body_limit: Option<usize>,
}

impl Scheme {
    /// A scheme of this name, in lower case, that signs the body in a header `signature`.
    #[must_use]
    pub const fn new(name: &'static str, primitive: Primitive) -> Self {
        Self {
            sender: Provider::new(name),
            primitive,
            key: KeyFormat::text(),
            signature: Signature::header("signature"),
            timestamp: Timestamp::none(),
            content: &[Part::Body],
            methods: &["POST"],
            required: &[],
            id: &[],
            kind: &[],
            identity: Identity::id(),
            whose: None,
            handshakes: &[],
            body_limit: None,
        }
    }

    /// How the configured secret becomes the key.
    #[must_use]
    pub const fn key(self, key: KeyFormat) -> Self {
        Self { key, ..self }
    }

    /// Where the signature stands and how it is written.
    #[must_use]
    pub const fn signature(self, signature: Signature) -> Self {
        Self { signature, ..self }
    }

    /// Where the time stands, how it is written, and how old it may be.
    #[must_use]
    pub const fn timestamp(self, timestamp: Timestamp) -> Self {
        Self { timestamp, ..self }
    }

    /// What is signed: the parts, joined with nothing between them. There must be one way only to cut it into them again:
    /// see [`check`](Self::check).
    #[must_use]
    pub const fn content(self, content: &'static [Part]) -> Self {
        Self { content, ..self }
    }

    /// The methods that deliveries come by.
    #[must_use]
    pub const fn methods(self, methods: &'static [&'static str]) -> Self {
        Self { methods, ..self }
    }

    /// What must hold of a delivery; a missing field is a missing signature, a different one malformed. What stands in the
    /// body is looked at behind the signature.
    #[must_use]
    pub const fn require(self, required: &'static [Condition]) -> Self {
        Self { required, ..self }
    }

    /// Where the event's id stands: the first of these that is present. At most four.
    #[must_use]
    pub const fn id(self, id: &'static [Field]) -> Self {
        Self { id, ..self }
    }

    /// Where the event's kind stands: the first of these that is present. At most four.
    #[must_use]
    pub const fn kind(self, kind: &'static [Field]) -> Self {
        Self { kind, ..self }
    }

    /// What tells one event from every other. [`Identity::id`] if not said otherwise.
    #[must_use]
    pub const fn identity(self, identity: Identity) -> Self {
        Self { identity, ..self }
    }

    /// Where the body says whose account it is, and whether it is a test.
    #[must_use]
    pub const fn whose(self, whose: &'static Whose) -> Self {
        Self {
            whose: Some(whose),
            ..self
        }
    }

    /// The set-up requests to answer.
    #[must_use]
    pub const fn handshakes(self, handshakes: &'static [Handshake]) -> Self {
        Self { handshakes, ..self }
    }

    /// How long the sender's bodies may be, in bytes, if it sends longer ones than an
    /// [`Endpoint`](crate::Endpoint) takes by default. The endpoint's own limit replaces it.
    #[must_use]
    pub const fn body_limit(self, bytes: usize) -> Self {
        Self {
            body_limit: Some(bytes),
            ..self
        }
    }

    /// Whether the sender signs a time.
    pub(crate) const fn signs_time(&self) -> bool {
        !matches!(self.timestamp.source, TimeSource::None)
    }

    /// The same for a sender of another name that signs in the same way. What its kinds mean, and what its events can be read as,
    /// stays.
    ///
    /// ```
    /// use webhook_core::provider::standard_webhooks;
    /// use webhook_core::scheme::Scheme;
    ///
    /// const ACME: Scheme = standard_webhooks::SCHEME.named("acme");
    /// assert_eq!(ACME.name(), "acme");
    /// ```
    #[must_use]
    pub const fn named(self, name: &'static str) -> Self {
        Self {
            sender: self.sender.named(name),
            ..self
        }
    }

    /// What the sender's kinds mean for a payment, so that its deliveries can be read as
    /// [`PaymentUpdates`](crate::payment::PaymentUpdates).
    ///
    /// ```
    /// use webhook_core::payment::PaymentStatus::Paid;
    /// use webhook_core::payment::{Meaning, Places, Rule, Unit};
    /// use webhook_core::scheme::{Field, Primitive, Scheme};
    ///
    /// const MEANING: Meaning = Meaning::new(
    ///     Places::new(Unit::Minor).amount(&["/amount"]).currency(&["/currency"]),
    ///     &[Rule::new(&["order.paid"], Paid)],
    /// );
    /// const ACME: Scheme = Scheme::new("acme", Primitive::HmacSha256)
    ///     .kind(&[Field::Json("/type")])
    ///     .meaning(&MEANING);
    /// ```
    #[must_use]
    pub const fn meaning(self, meaning: &'static Meaning) -> Self {
        Self {
            sender: self.sender.meaning(meaning),
            ..self
        }
    }

    /// The sender's payments are read by code.
    pub(crate) const fn payments(self, read: ReadPayments) -> Self {
        Self {
            sender: self.sender.payments(read),
            ..self
        }
    }

    /// The sender's deliveries can be read as the typed events of its module.
    pub(crate) const fn with_events(self) -> Self {
        Self {
            sender: self.sender.with_events(),
            ..self
        }
    }

    /// Who sends.
    #[must_use]
    pub const fn provider(&self) -> Provider {
        self.sender
    }

    /// The name of the sender's kind.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.sender.name()
    }

    /// A verifier that accepts what any of these keys has signed.
    ///
    /// # Errors
    /// If there is no key, one cannot be read as the scheme's [`KeyFormat`] says, or the scheme breaks a rule of
    /// [`check`](Self::check).
    pub fn verifier(self, keys: impl IntoKeyring) -> Result<SchemeVerifier, ConfigError> {
        SchemeVerifier::new(self, keys.into_keyring()?)
    }

    /// A verifier with the [`Settings`] of a configuration file.
    ///
    /// # Errors
    /// If a setting is missing or wrong; the error names it.
    pub fn configured(self, settings: &Settings) -> Result<SchemeVerifier, ConfigError> {
        SchemeVerifier::configured(self, settings)
    }

    pub(crate) fn coverage(&self) -> Coverage {
        if self.primitive == Primitive::Token {
            Coverage::SenderOnly
        } else if self.content.iter().any(|part| matches!(part, Part::Body)) {
            Coverage::Body
        } else {
            Coverage::Fields
        }
    }

    /// Whether the signature covers this field.
    pub(crate) fn signs(&self, field: Field) -> bool {
        match self.coverage() {
            Coverage::SenderOnly => false,
            Coverage::Body if matches!(field, Field::Json(_) | Field::Form(_)) => true,
            _ => self
                .content
                .iter()
                .any(|part| matches!(part, Part::FirstOf(fields) if fields.contains(&field))),
        }
    }
}

/// The cryptographic operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Primitive {
    /// HMAC with SHA-1: still sound as a MAC, used by older senders.
    HmacSha1,
    /// HMAC with SHA-256.
    HmacSha256,
    /// HMAC with SHA-384.
    HmacSha384,
    /// HMAC with SHA-512.
    HmacSha512,
    /// No signature: the sender shows the secret itself. The body is not authenticated.
    Token,
    /// Ed25519; the key is the sender's public key of 32 bytes.
    #[cfg(feature = "asymmetric")]
    Ed25519,
    /// ECDSA on P-256 with SHA-256, signature in DER; the key is a DER `SubjectPublicKeyInfo`.
    #[cfg(feature = "asymmetric")]
    EcdsaP256,
}

/// How the configured secret becomes the key, and by what another thing of the same sender is told from it.
#[derive(Clone, Copy, Debug)]
pub struct KeyFormat {
    pub(crate) encoding: Encoding,
    pub(crate) prefixes: [&'static str; 2],
    pub(crate) list: bool,
    pub(crate) begins: &'static str,
    pub(crate) never: &'static [&'static str],
    pub(crate) bytes: Option<usize>,
}

impl KeyFormat {
    /// The bytes of the text, whatever it looks like.
    #[must_use]
    pub const fn text() -> Self {
        Self::new(Encoding::Text)
    }

    /// Base64, with or without padding. The last digit may carry bits that are left over.
    #[must_use]
    pub const fn base64() -> Self {
        Self::new(Encoding::Base64)
    }

    /// Hexadecimal digits.
    #[must_use]
    pub const fn hex() -> Self {
        Self::new(Encoding::Hex)
    }

    const fn new(encoding: Encoding) -> Self {
        Self {
            encoding,
            prefixes: ["", ""],
            list: false,
            begins: "",
            never: &[],
            bytes: None,
        }
    }

    /// Takes this prefix off before decoding, if it is there. Twice for one behind the other; no more than that.
    #[must_use]
    pub const fn strip(self, prefix: &'static str) -> Self {
        let [first, _] = self.prefixes;
        let prefixes = match first.is_empty() {
            true => [prefix, ""],
            false => [first, prefix],
        };
        Self { prefixes, ..self }
    }

    /// One text may be several secrets with `|` between them, as some senders show them while one is replaced.
    #[must_use]
    pub const fn list(self) -> Self {
        Self { list: true, ..self }
    }

    /// Refuses secrets that do not begin so. For senders all of whose secrets do.
    #[must_use]
    pub const fn begins(self, begins: &'static str) -> Self {
        Self { begins, ..self }
    }

    /// Refuses secrets that begin so, because they are another thing of the same sender, such as an API key.
    #[must_use]
    pub const fn never(self, never: &'static [&'static str]) -> Self {
        Self { never, ..self }
    }

    /// Refuses keys that do not have this many bytes once they are decoded. For senders all of whose keys do.
    #[must_use]
    pub const fn bytes(self, bytes: usize) -> Self {
        Self {
            bytes: Some(bytes),
            ..self
        }
    }
}

/// How bytes are written as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Encoding {
    /// Two hexadecimal digits a byte, in either case.
    Hex,
    /// Standard alphabet with padding, nothing after it.
    Base64,
    /// As it stands.
    Text,
}

/// One part of the signed content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// A fixed text.
    Literal(&'static str),
    /// The body as it arrived.
    Body,
    /// The time as the sender wrote it. Where no literal stands between digits and what could lend it more, only ten of
    /// seconds or thirteen of milliseconds are accepted.
    Timestamp,
    /// The method.
    Method,
    /// The whole URL as the sender was told it. Taken from configuration: proxies change what arrives.
    PublicUrl,
    /// The first of these fields that is present; all absent is a missing signature. A value that holds the literal which
    /// ends it is malformed.
    FirstOf(&'static [Field]),
}

/// Where the signature stands and how it is written.
#[derive(Clone, Copy, Debug)]
pub struct Signature {
    pub(crate) source: Source,
    pub(crate) split: Option<u8>,
    pub(crate) prefix: &'static str,
    pub(crate) encoding: Encoding,
    pub(crate) other_version: RejectionKind,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Source {
    Header(&'static str),
    FirstOf(&'static [Field]),
    Numbered(&'static str),
    Configured,
}

impl Signature {
    /// The header that it stands in, where the scheme knows it.
    pub(crate) const fn header_at(&self) -> Option<&'static str> {
        match self.source {
            Source::Header(name) => Some(name),
            Source::FirstOf([Field::Header(name), ..]) => Some(name),
            Source::FirstOf(_) | Source::Numbered(_) | Source::Configured => None,
        }
    }

    /// In this header; the name in lower case.
    #[must_use]
    pub const fn header(name: &'static str) -> Self {
        Self::new(Source::Header(name))
    }

    /// In the first of these fields that is present.
    #[must_use]
    pub const fn first_of(fields: &'static [Field]) -> Self {
        Self::new(Source::FirstOf(fields))
    }

    /// In the headers `{stem}1`, `{stem}2`, … up to the first gap, 100 at the most. Any of them may match.
    #[must_use]
    pub const fn numbered(stem: &'static str) -> Self {
        Self::new(Source::Numbered(stem))
    }

    /// In a header whose name is configured with [`SchemeVerifier::header_name`].
    #[must_use]
    pub const fn configured_header() -> Self {
        Self::new(Source::Configured)
    }

    const fn new(source: Source) -> Self {
        Self {
            source,
            split: None,
            prefix: "",
            encoding: Encoding::Hex,
            other_version: RejectionKind::Malformed,
        }
    }

    /// The value is a list of entries with this character between them; spaces around an entry do not count.
    #[must_use]
    pub const fn split(self, at: u8) -> Self {
        Self {
            split: Some(at),
            ..self
        }
    }

    /// An entry that begins so is a signature; others are not looked at.
    #[must_use]
    pub const fn prefix(self, prefix: &'static str) -> Self {
        Self { prefix, ..self }
    }

    /// How the signature's bytes are written. Hexadecimal if not said otherwise.
    #[must_use]
    pub const fn encoding(self, encoding: Encoding) -> Self {
        Self { encoding, ..self }
    }

    /// Counts a value without any entry of this version as a missing signature, not as a malformed one.
    #[must_use]
    pub const fn other_versions_are_missing(self) -> Self {
        Self {
            other_version: RejectionKind::MissingSignature,
            ..self
        }
    }
}
