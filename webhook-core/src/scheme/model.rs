//! The description of a signing rule.

use crate::crypto::Algorithm;
use crate::crypto::Encoding;
use crate::crypto::KeyFormat;
use crate::delivery::{Provider, ReadPayments};
use crate::mailing;
use crate::message::Coverage;
use crate::message::Described;
use crate::message::Identity;
use crate::message::Whose;
use crate::outcome::RejectionKind;
use crate::payment::Meaning;
use crate::request::Field;
use crate::scheme::handshake::{Condition, Handshake};
use crate::scheme::part::Part;
use crate::scheme::setup::Setup;
use crate::scheme::timestamp::{TimeSource, Timestamp};

/// How one kind of sender signs. See the [module](crate::scheme) for an example.
///
/// Every part has the commonest value as its default: hex signature, text key, no time, the body alone is
/// signed, `POST` only, no id, no kind, no handshake.
#[derive(Clone, Copy, Debug)]
pub struct Scheme {
    pub(crate) sender: Provider,
    pub(crate) algorithm: Algorithm,
    pub(crate) key: KeyFormat,
    pub(crate) key_id: &'static [Field],
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
    pub(crate) setup: Option<Setup>,
    pub(crate) body_limit: Option<usize>,
}

impl Scheme {
    /// A scheme of this name, in lower case, that signs the body in a header `signature`.
    #[must_use]
    pub const fn new(name: &'static str, algorithm: Algorithm) -> Self {
        Self {
            sender: Provider::new(name),
            algorithm,
            key: KeyFormat::text(),
            key_id: &[],
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
            setup: None,
            body_limit: None,
        }
    }

    /// How the configured secret becomes the key.
    #[must_use]
    pub const fn key(self, key: KeyFormat) -> Self {
        Self { key, ..self }
    }

    /// Where the sender names the key that it has signed with: the first of these that is present. That key alone is tried; an id
    /// that no key has for a name is an untrusted key. At most four, all in the head.
    ///
    /// ```
    /// use webhook_core::Key;
    /// use webhook_core::scheme::{Algorithm, Field, Scheme};
    ///
    /// const ACME: Scheme =
    ///     Scheme::new("acme", Algorithm::HmacSha256).key_id(&[Field::Header("acme-key-id")]);
    /// let verifier = ACME.verifier(Key::new("the secret of key 7")?.named("7"))?;
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    #[must_use]
    pub const fn key_id(self, key_id: &'static [Field]) -> Self {
        Self { key_id, ..self }
    }

    /// Whether the sender names its key.
    pub(crate) const fn names_key(&self) -> bool {
        !self.key_id.is_empty() || self.signature.credentials.is_some()
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
    pub const fn signed_content(self, content: &'static [Part]) -> Self {
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

    /// The set-up request that hands over the secret, for [`set_up`](Self::set_up).
    #[must_use]
    pub const fn setup(self, setup: Setup) -> Self {
        Self {
            setup: Some(setup),
            ..self
        }
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

    /// How many seconds the sender waits for an answer, where its document says so. [`accept`](crate::accept) answers before.
    ///
    /// ```
    /// use webhook_core::scheme::{Algorithm, Scheme};
    ///
    /// const ACME: Scheme = Scheme::new("acme", Algorithm::HmacSha256).waits_secs(5);
    /// assert_eq!(ACME.provider().patience().map(|time| time.as_secs()), Some(5));
    /// ```
    #[must_use]
    pub const fn waits_secs(self, secs: u32) -> Self {
        Self {
            sender: self.sender.waits_secs(secs),
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
    /// use webhook_core::scheme::{Field, Algorithm, Scheme};
    ///
    /// const MEANING: Meaning = Meaning::new(
    ///     Places::new(Unit::Minor).amount(&["/amount"]).currency(&["/currency"]),
    ///     &[Rule::new(&["order.paid"], Paid)],
    /// );
    /// const ACME: Scheme = Scheme::new("acme", Algorithm::HmacSha256)
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

    /// What the sender's kinds mean for a message, so that its deliveries can be read as
    /// [`MessageUpdates`](crate::mailing::MessageUpdates).
    ///
    /// ```
    /// use webhook_core::mailing::MessageStatus::Delivered;
    /// use webhook_core::mailing::{Meaning, Places, Rule};
    /// use webhook_core::scheme::{Algorithm, Field, Scheme};
    ///
    /// const MAILING: Meaning = Meaning::new(
    ///     Places::NONE.to(&["/recipient"]),
    ///     &[Rule::new(&["mail.delivered"], Delivered)],
    /// );
    /// const ACME: Scheme = Scheme::new("acme", Algorithm::HmacSha256)
    ///     .kind(&[Field::Json("/type")])
    ///     .mailing(&MAILING);
    /// ```
    #[must_use]
    pub const fn mailing(self, mailing: &'static mailing::Meaning) -> Self {
        Self {
            sender: self.sender.mailing(mailing),
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

    /// The same for a sender whose bodies are none of the typed events that the scheme came with.
    pub(crate) const fn without_events(self) -> Self {
        Self {
            sender: self.sender.without_events(),
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

    pub(crate) fn coverage(&self) -> Coverage {
        if self.algorithm == Algorithm::Token {
            Coverage::SenderOnly
        } else if self.content.iter().any(|part| part.is_of_body()) {
            match self.algorithm.is_plain_hash() {
                true => Coverage::BodyHash,
                false => Coverage::Body,
            }
        } else {
            Coverage::Fields
        }
    }

    /// What it says of names and of what is signed.
    pub(crate) fn described(&self) -> Described {
        let part = |part: &Part| match part {
            Part::FirstOf(fields) => Some(*fields),
            _ => None,
        };
        Described {
            id: self.id,
            kind: self.kind,
            identity: self.identity,
            whose: self.whose,
            coverage: self.coverage(),
            parts: self.content.iter().filter_map(part).collect(),
        }
    }
}

/// Where the signature stands and how it is written.
#[derive(Clone, Copy, Debug)]
pub struct Signature {
    pub(crate) source: Source,
    pub(crate) split: Option<u8>,
    pub(crate) credentials: Option<&'static str>,
    pub(crate) prefix: &'static str,
    pub(crate) other_prefix: Option<&'static str>,
    pub(crate) encoding: Encoding,
    pub(crate) other_version: RejectionKind,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Source {
    Header(&'static str),
    FirstOf(&'static [Field]),
    Numbered(&'static str),
    Configured,
    /// Of the query; with the name that counts where none is configured.
    Parameter(&'static str),
}

impl Signature {
    /// The header that it stands in, where the scheme knows it.
    pub(crate) const fn header_at(&self) -> Option<&'static str> {
        match self.source {
            Source::Header(name) => Some(name),
            Source::FirstOf([Field::Header(name), ..]) => Some(name),
            Source::FirstOf(_)
            | Source::Numbered(_)
            | Source::Configured
            | Source::Parameter(_) => None,
        }
    }

    /// The parameter of the query that it stands in, if no other is configured.
    pub(crate) const fn parameter_at(&self) -> Option<&'static str> {
        match self.source {
            Source::Parameter(name) => Some(name),
            Source::FirstOf([Field::Query(name), ..]) => Some(name),
            _ => None,
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

    /// In a header whose name is configured with [`SchemeVerifier::header_name`](crate::scheme::SchemeVerifier::header_name).
    #[must_use]
    pub const fn configured_header() -> Self {
        Self::new(Source::Configured)
    }

    /// In this parameter of the query, or in the one that is configured with
    /// [`SchemeVerifier::parameter_name`](crate::scheme::SchemeVerifier::parameter_name): for senders that show a secret in the URL
    /// that they were given.
    ///
    /// ```
    /// use webhook_core::scheme::{Algorithm, Encoding, Scheme, Signature};
    ///
    /// const ACME: Scheme = Scheme::new("acme", Algorithm::Token)
    ///     .signature(Signature::configured_parameter("token").encoding(Encoding::Text));
    /// let verifier = ACME.verifier("a long random word")?.parameter_name("key")?;
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    #[must_use]
    pub const fn configured_parameter(name: &'static str) -> Self {
        Self::new(Source::Parameter(name))
    }

    const fn new(source: Source) -> Self {
        Self {
            source,
            split: None,
            credentials: None,
            prefix: "",
            other_prefix: None,
            encoding: Encoding::Hex,
            other_version: RejectionKind::Malformed,
        }
    }

    /// The value is a list of entries with this character between them; spaces around an entry do not count.
    #[must_use]
    pub const fn separator(self, at: u8) -> Self {
        Self {
            split: Some(at),
            ..self
        }
    }

    /// The value is this word in any case, a space, the id of the key, `:` and the signature, as in `Authorization`.
    ///
    /// ```
    /// use webhook_core::scheme::{Algorithm, Scheme, Signature};
    ///
    /// const ACME: Scheme = Scheme::new("acme", Algorithm::HmacSha256)
    ///     .signature(Signature::header("authorization").credentials("Acme"));
    /// assert!(ACME.check().is_ok());
    /// ```
    #[must_use]
    pub const fn credentials(self, word: &'static str) -> Self {
        Self {
            credentials: Some(word),
            ..self
        }
    }

    /// An entry that begins so is a signature; others are not looked at.
    #[must_use]
    pub const fn prefix(self, prefix: &'static str) -> Self {
        Self { prefix, ..self }
    }

    /// An entry that begins so is a signature too, by the same algorithm: for senders that mark which of two secrets they have
    /// signed with while one is replaced.
    ///
    /// ```
    /// use webhook_core::scheme::{Algorithm, Scheme, Signature};
    ///
    /// const SIGNATURE: Signature = Signature::header("acme-signature")
    ///     .separator(b',')
    ///     .prefix("new=")
    ///     .or_prefix("old=");
    /// const ACME: Scheme = Scheme::new("acme", Algorithm::HmacSha256).signature(SIGNATURE);
    /// assert!(ACME.check().is_ok());
    /// ```
    #[must_use]
    pub const fn or_prefix(self, prefix: &'static str) -> Self {
        Self {
            other_prefix: Some(prefix),
            ..self
        }
    }

    /// How the signature's bytes are written. Hexadecimal if not said otherwise.
    #[must_use]
    pub const fn encoding(self, encoding: Encoding) -> Self {
        Self { encoding, ..self }
    }

    /// Counts a value without any entry of this version as a missing signature, not as a malformed one.
    #[must_use]
    pub const fn ignore_other_versions(self) -> Self {
        Self {
            other_version: RejectionKind::MissingSignature,
            ..self
        }
    }
}
