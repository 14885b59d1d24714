//! CloudEvents over HTTP, whose senders are verified by something else.

use bytes::Bytes;
use percent_encoding::percent_decode_str;

use crate::account::KeyPrint;
use crate::delivery::Provider;
use crate::json;
use crate::message::Proof;
use crate::outcome::{Answer, ConfigError, Rejection, RejectionKind, Reply, malformed};
use crate::request::RequestHead;
use crate::time::UnixTime;
use crate::verify::map_proof::try_map_proof;
use crate::verify::shown::{Proven, Shown};
use crate::verify::verifier::{BodyCheck, ShowsSecret, Verifier};

/// Reads the attributes of a CloudEvent from what another verifier has let through. CloudEvents signs nothing itself: what vouches for an
/// event is the signature that this is put over.
///
/// ```
/// use webhook_core::provider::standard_webhooks::StandardWebhooks;
/// use webhook_core::{CloudEvents, Endpoint};
///
/// let signed = StandardWebhooks::new("whsec_KN0FLdZPuWtBPI2//6XrPWUtcltbfyG1ALcQzZDe7dY=")?;
/// let events = CloudEvents::over(signed).allow_origin("events.example")?;
/// let endpoint = Endpoint::new(events);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
///
/// | mode | where `id`, `source` and `type` stand | signed |
/// |---|---|---|
/// | structured | members of the body | as the body is |
/// | binary | the headers `ce-id`, `ce-source` and `ce-type` | no: [`Delivery::unverified_id`](crate::Delivery::unverified_id) and [`unverified_kind`](crate::Delivery::unverified_kind) |
/// | batched | – | refused as malformed: let the sender send each event alone |
///
/// `type` is the kind, and `id` the id. What tells an event from every other is `source` and `id` together. Where they are not signed, it is
/// the body with them beside it; but an id that the signature covers elsewhere, such as `webhook-id`, is kept, and tells the event alone.
///
/// # Security
/// - No header says which mode it is, since none is signed: a body with all attributes in it is a structured event. So nobody can make a
///   captured one into another event by adding headers.
/// - In binary mode whoever replays a request can change its attributes: its id too, unless the signature covers another one.
///
/// # The set-up request
/// A sender that keeps to the specification asks by `OPTIONS` whether it may send. Origins that are [allowed](Self::allow_origin) are told
/// so; others are refused. A permission is never given through `WebHook-Request-Callback`, which would call an address that a stranger
/// names.
#[derive(Clone, Debug)]
pub struct CloudEvents<V> {
    inner: V,
    origins: Vec<Box<str>>,
    rate: Option<u32>,
}

impl<V: Verifier> CloudEvents<V> {
    /// Reads what this verifier lets through.
    #[must_use]
    pub const fn over(verifier: V) -> Self {
        Self {
            inner: verifier,
            origins: Vec::new(),
            rate: None,
        }
    }

    /// Lets a sender of this origin set itself up: a host name such as `events.example`, as `WebHook-Request-Origin` has it. May be
    /// called again.
    ///
    /// # Errors
    /// If it is empty, or has something in it that no header can have, or `*`: that would allow every sender.
    pub fn allow_origin(mut self, origin: impl Into<String>) -> Result<Self, ConfigError> {
        let origin = origin.into();
        let is_visible = origin.bytes().all(|byte| byte.is_ascii_graphic());
        if origin.is_empty() || !is_visible || origin == "*" {
            return Err(ConfigError::fixed(
                "an allowed origin is a host name, such as `events.example`",
            ));
        }
        self.origins.push(origin.into());
        Ok(self)
    }

    /// How many requests a minute an allowed sender may make. Any number if not said otherwise.
    #[must_use]
    pub fn rate(self, per_minute: u32) -> Self {
        Self {
            rate: Some(per_minute),
            ..self
        }
    }

    /// The answer to the question of a sender whether it may send.
    fn permission(&self, head: &RequestHead<'_>) -> Result<Option<Reply>, Rejection> {
        if head.method() != "OPTIONS" {
            return Ok(None);
        }
        let Some(asked) = head.header_str(ORIGIN)? else {
            return Ok(None);
        };
        let allowed = self
            .origins
            .iter()
            .find(|own| own.eq_ignore_ascii_case(asked));
        let Some(origin) = allowed else {
            return Err(REFUSED.of_header(ORIGIN));
        };
        let rate = self.rate.map_or("*".to_owned(), |rate| rate.to_string());
        Ok(Some(Reply::permission(vec![
            ("allow", "POST".to_owned()),
            ("webhook-allowed-origin", origin.to_string()),
            ("webhook-allowed-rate", rate),
        ])))
    }

    fn begin_with(
        &self,
        head: &RequestHead<'_>,
        begin: impl FnOnce() -> Result<BodyCheck, Answer>,
    ) -> Result<BodyCheck, Answer> {
        let content_type = head.header_str("content-type")?.unwrap_or_default();
        let is = |wanted| media_type(content_type).eq_ignore_ascii_case(wanted);
        if is(BATCH) {
            return Err(BATCHED.of_header("content-type").into());
        }
        let wants_structured = is(STRUCTURED);
        let check = begin()?;
        let in_head = Attributes::in_head(head)?;
        Ok(try_map_proof(
            check,
            move |proof, body| match Attributes::in_body(body) {
                Some(attributes) => Ok(attributes.structured(proof)),
                None if wants_structured => Err(NOT_STRUCTURED.into()),
                None => Ok(in_head?.binary(proof, body)),
            },
        ))
    }
}

const ORIGIN: &str = "webhook-request-origin";
const STRUCTURED: &str = "application/cloudevents+json";
const BATCH: &str = "application/cloudevents-batch+json";

const REFUSED: Rejection = Rejection::new(
    RejectionKind::HandshakeRefused,
    "this origin may not send: add it with `CloudEvents::allow_origin` if it is yours",
);

const BATCHED: Rejection =
    malformed("a batch of CloudEvents is not read: let the sender send each event alone");

const NOT_STRUCTURED: Rejection = malformed(
    "the body is no CloudEvent: `specversion` 1.0, `id`, `source` and `type` are needed, each once",
);

/// What stands before the parameters.
fn media_type(content_type: &str) -> &str {
    content_type.split(';').next().unwrap_or_default().trim()
}

/// What every CloudEvent has.
struct Attributes {
    id: String,
    source: String,
    kind: String,
}

impl Attributes {
    /// Those in the headers of binary mode.
    fn in_head(head: &RequestHead<'_>) -> Result<Result<Self, Rejection>, Rejection> {
        let mut texts = [const { String::new() }; 4];
        for (text, name) in texts.iter_mut().zip(HEADERS) {
            let value = head.header_str(name)?.unwrap_or_default();
            // The protocol binding writes what is not printable ASCII so.
            match percent_decode_str(value).decode_utf8() {
                Ok(value) if !value.is_empty() => *text = value.into_owned(),
                Ok(_) => return Ok(Err(NO_ATTRIBUTE.of_header(name))),
                Err(_) => return Ok(Err(malformed("an attribute is no text").of_header(name))),
            }
        }
        let [version, id, source, kind] = texts;
        Ok(match is_version(&version) {
            true => Ok(Self { id, source, kind }),
            false => Err(OTHER_VERSION.of_header("ce-specversion")),
        })
    }

    /// Those in the body of structured mode.
    fn in_body(body: &Bytes) -> Option<Self> {
        if !body.trim_ascii_start().starts_with(b"{") {
            return None;
        }
        let [version, id, source, kind] =
            json::values(body, ["/specversion", "/id", "/source", "/type"]);
        let text = |text: Option<bytestring::ByteString>| {
            text.filter(|text| !text.is_empty())
                .map(|text| text.to_string())
        };
        is_version(&version?).then_some(())?;
        Some(Self {
            id: text(id)?,
            source: text(source)?,
            kind: text(kind)?,
        })
    }

    /// The proof of what vouches for the body: they are signed if that is.
    fn structured(self, proof: Proof) -> Proof {
        if !proof.coverage.is_whole_body() {
            return self.beside(proof);
        }
        let parts = [self.source.as_bytes(), self.id.as_bytes()];
        proof.identity(&parts).id(self.id).kind(self.kind)
    }

    /// The proof of what vouches for no header. What it has signed already stays: nobody must be able to put something else in its place.
    fn binary(self, proof: Proof, body: &Bytes) -> Proof {
        let signed = proof.signed_names(body);
        match signed {
            (false, false) => self.beside(proof),
            (false, true) => {
                let Self { id, source, .. } = self;
                let beside = [Some(source.as_bytes()), Some(id.as_bytes())];
                proof.identity_beside(&beside).unverified_id(&id)
            }
            (true, false) => proof.unverified_kind(self.kind),
            (true, true) => proof,
        }
    }

    fn beside(self, proof: Proof) -> Proof {
        let beside = [Some(self.source.as_bytes()), Some(self.id.as_bytes())];
        let proof = proof.identity_beside(&beside);
        proof.unverified_id(self.id).unverified_kind(self.kind)
    }
}

const HEADERS: [&str; 4] = ["ce-specversion", "ce-id", "ce-source", "ce-type"];

const NO_ATTRIBUTE: Rejection = malformed(
    "the request is no CloudEvent: neither the body nor the headers `ce-…` have all of specversion, id, source and type",
);

const OTHER_VERSION: Rejection = malformed("the CloudEvent is of another version than 1.0");

/// Later ones of the same major version have the same attributes.
fn is_version(text: &str) -> bool {
    text.starts_with("1.")
}

impl<V: Verifier> Verifier for CloudEvents<V> {
    fn provider(&self) -> Provider {
        self.inner.provider()
    }

    fn key_prints(&self) -> Vec<KeyPrint> {
        self.inner.key_prints()
    }

    fn replay_window(&self) -> Option<std::time::Duration> {
        self.inner.replay_window()
    }

    fn body_limit(&self) -> Option<usize> {
        self.inner.body_limit()
    }

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<BodyCheck, Answer> {
        if let Some(permission) = self.permission(head)? {
            return Err(permission.into());
        }
        self.begin_with(head, || self.inner.begin(head, now))
    }

    fn shows_secret(&self) -> Option<&dyn ShowsSecret> {
        self.inner.shows_secret().is_some().then_some(self as _)
    }
}

impl<V: Verifier> ShowsSecret for CloudEvents<V> {
    fn shown(&self) -> Shown {
        let shows = self.inner.shows_secret();
        shows.map_or_else(Shown::token, ShowsSecret::shown)
    }

    fn begin_again(
        &self,
        head: &RequestHead<'_>,
        now: UnixTime,
        proven: Proven,
    ) -> Result<BodyCheck, Answer> {
        self.begin_with(head, || match self.inner.shows_secret() {
            Some(shows) => shows.begin_again(head, now, proven),
            None => self.inner.begin(head, now),
        })
    }
}
