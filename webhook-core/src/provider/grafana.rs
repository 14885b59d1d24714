//! Grafana Alerting: notifications of alerts, by the webhook contact point.
//!
//! | | mode `body` | mode `timestamp` |
//! |---|---|---|
//! | signature | `X-Grafana-Alerting-Signature`: hex HMAC-SHA256 of the body | the same of the time, `:`, body |
//! | key | the text of the contact point's HMAC secret | the same |
//! | time window | none: no time is signed | 300 seconds both ways; the number is ours |
//! | event id | none | none |
//! | kind | `status` in the body, signed: `firing` or `resolved` | the same |
//!
//! # What to know
//!
//! - Grafana signs a time only if the contact point names a header for it. That header has no usual name: the setting `timestamp_header`
//!   names it here, and `mode` is `timestamp`. **Without it, whoever has seen one request can send it again.**
//! - The header of the signature may have another name too: the setting `auth_header`.
//! - A contact point without an HMAC secret signs nothing, and is refused here.
//! - An alert that goes on firing is notified again and again, and the bodies may be the same. In mode `body` nothing
//!   tells such a reminder from a repeat: each request is handled, also with a store. In mode `timestamp` a repeat is told by its time.
//! - The contact point may deliver by `PUT`.
//! - Grafana joins time and body with a colon.
//!
//! Checked against vectors that we computed, by Grafana's documentation:
//! ["Configure webhook notifications"](https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/).
//!
//! Dedupe tells events apart by: `timestamp`: body and the signed time; `body`: nothing. A repeat is handled again if it is not recognised:
//! signed anew; `body`: always.

use std::sync::Arc;
use std::time::Duration;

use crate::crypto::{Encoding, KeyFormat, PreparedKey};
use crate::json::values;
use crate::outcome::{RejectionKind, malformed, missing};
use crate::provider::about::{About, Group, Setting};
use crate::provider::registry::{Registered, testing};
#[cfg(feature = "testing")]
use crate::testing::sample::secrets;
#[cfg(feature = "testing")]
use crate::testing::{Place, Sample, SampleKeys, Sign, SignedRequest};
use crate::time::TimeUnit;
use crate::verify::{Candidate, Keys, hmac_sha256, streaming};
use crate::{
    Answer, BodyCheck, ConfigError, Coverage, IntoKeyring, MatchedKey, Proof, Rejection,
    RequestHead, Settings, Tolerance, UnixTime, Verdict, Verifier,
};

const NAME: &str = "grafana";
const SENDER: crate::Provider = crate::Provider::new(NAME);

pub(crate) const PROVIDER: Registered = Registered::custom(SENDER, &ABOUT, |settings| {
    Ok(Arc::new(Grafana::from_settings(settings)?))
})
.tested(testing!(signer, samples));

const ABOUT: About = About::new(Group::Developer, "https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/",
)
.setup(&[
    "Under Alerting, add a contact point with the integration Webhook and the URL of your endpoint.",
    "Under HMAC Signature, enter a long random secret: it becomes `secrets`.",
    "Name a timestamp header there, such as `X-Grafana-Alerting-Timestamp`: it becomes `timestamp_header`, and `mode` is `timestamp`.",
])
.settings(&[
    Setting::required(
        "secrets",
        "the contact point's HMAC secret: one or a list, any of which may match",
    ),
    Setting::optional("mode", "`timestamp` where a time is signed too; `body` if absent"),
    Setting::optional(
        "timestamp_header",
        "the header with the time, for `timestamp`: needed then",
    ),
    Setting::optional(
        "auth_header",
        "the signature's header; `x-grafana-alerting-signature` if absent",
    ),
    Setting::optional(
        "tolerance_seconds",
        "how old a signed time may be, for `timestamp`; 300 if absent",
    ),
    Setting::optional(
        "future_tolerance_seconds",
        "how far ahead it may be; the same if absent",
    ),
])
.headers(&[SIGNATURE_HEADER])
.signed("HMAC-SHA256 in hex of: the body; `timestamp`: of the time, `:`, the body")
.tolerance_secs(300);

/// Where the signature stands, unless another header is configured.
pub const SIGNATURE_HEADER: &str = "x-grafana-alerting-signature";

/// Verifies what Grafana sends for one contact point.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::provider::grafana::Grafana;
///
/// let grafana = Grafana::new("GsT1PaGE5mJ0iqhn4bXYwmnP")?.timestamp_header("x-grafana-alerting-timestamp")?;
/// let endpoint = Endpoint::new(grafana);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Grafana {
    keys: Keys<PreparedKey>,
    signature: String,
    timestamp: Option<String>,
    tolerance: Tolerance,
}

impl Grafana {
    /// Accepts what any of these keys has signed, without a time.
    ///
    /// # Errors
    /// If there is no key, or one is empty.
    pub fn new(keys: impl IntoKeyring) -> Result<Self, ConfigError> {
        Ok(Self {
            keys: Keys::new(&[], keys, |secret| hmac_sha256(KeyFormat::text(), secret))?,
            signature: SIGNATURE_HEADER.to_owned(),
            timestamp: None,
            tolerance: Tolerance::secs(300),
        })
    }

    /// With a time, in this header.
    ///
    /// # Errors
    /// If it is not a header name.
    pub fn timestamp_header(self, name: &str) -> Result<Self, ConfigError> {
        let timestamp = Some(header_name(name)?);
        Ok(Self { timestamp, ..self })
    }

    /// Looks for the signature in another header.
    ///
    /// # Errors
    /// If it is not a header name.
    pub fn signature_header(self, name: &str) -> Result<Self, ConfigError> {
        let signature = header_name(name)?;
        Ok(Self { signature, ..self })
    }

    /// Another tolerance than the 300 seconds both ways.
    ///
    /// # Errors
    /// If no time is signed: name its [header](Self::timestamp_header) first.
    pub fn tolerance(self, tolerance: Tolerance) -> Result<Self, ConfigError> {
        match self.timestamp {
            Some(_) => Ok(Self { tolerance, ..self }),
            None => Err(ConfigError::fixed(
                "a tolerance has no effect where no time is signed: name the header of the time first",
            )),
        }
    }

    fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        let mut grafana =
            Self::new(settings.keys("secrets")?).map_err(|error| error.of_setting("secrets"))?;
        if let Some(name) = settings.text("auth_header")? {
            grafana = grafana
                .signature_header(name)
                .map_err(|error| error.of_setting("auth_header"))?;
        }
        match settings.text("mode")? {
            None | Some("body") => return Ok(grafana),
            Some("timestamp") => {}
            Some(_) => {
                return Err(ConfigError::new("`mode` is neither `body` nor `timestamp`"));
            }
        }
        let grafana = grafana
            .timestamp_header(settings.required("timestamp_header")?)
            .map_err(|error| error.of_setting("timestamp_header"))?;
        match settings.tolerance()? {
            Some(tolerance) => grafana.tolerance(tolerance),
            None => Ok(grafana),
        }
    }

    /// What is signed before the body, and the time in it.
    fn time<'a>(
        &self,
        head: &RequestHead<'a>,
        now: UnixTime,
    ) -> Result<Option<(&'a [u8], UnixTime)>, Rejection> {
        const UNIT: TimeUnit = TimeUnit::Seconds;
        let Some(name) = &self.timestamp else {
            return Ok(None);
        };
        let text = value(head, name)?.ok_or(missing("the request has no time"))?;
        let time = UNIT.parse(text);
        let time = time.ok_or(malformed("the time is not a number of seconds"))?;
        self.tolerance.require(time, now, UNIT)?;
        Ok(Some((text, time)))
    }
}

fn header_name(name: &str) -> Result<String, ConfigError> {
    let name = http::HeaderName::from_bytes(name.as_bytes());
    let name = name.map_err(|_| ConfigError::new("this cannot be the name of a header"))?;
    Ok(name.as_str().to_owned())
}

/// What a header says; a blank one counts as absent.
fn value<'a>(head: &RequestHead<'a>, name: &str) -> Result<Option<&'a [u8]>, Rejection> {
    let value = head.header(name)?.map(<[u8]>::trim_ascii);
    Ok(value.filter(|value| !value.is_empty()))
}

impl Verifier for Grafana {
    fn provider(&self) -> crate::Provider {
        SENDER
    }

    fn key_prints(&self) -> Vec<crate::KeyPrint> {
        let timestamp = self.timestamp.as_deref().unwrap_or_default();
        self.keys.prints(&[NAME, &self.signature, timestamp])
    }

    fn replay_window(&self) -> Option<Duration> {
        self.timestamp.is_some().then(|| self.tolerance.window())
    }

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<BodyCheck, Answer> {
        if !METHODS.contains(&head.method()) {
            let reason = "method not allowed: Grafana delivers by POST or PUT";
            return Err(Rejection::new(RejectionKind::MethodNotAllowed, reason).into());
        }
        let given = value(head, &self.signature)?;
        let given = given.ok_or(missing("the request has no signature"))?;
        let time = self.time(head, now)?;
        let candidate = |(key, prepared): (MatchedKey, &PreparedKey)| {
            let mut candidate = Candidate::new(key, prepared, Encoding::Hex, given);
            if let Some((text, _)) = time {
                candidate.update(text);
                candidate.update(b":");
            }
            candidate
        };
        let candidates = self.keys.valid(now)?.map(candidate).collect();
        let sent_at = time.map(|(_, time)| time);
        Ok(streaming(candidates, move |key, body| {
            let mut proof = Proof::dangerously_assert(Coverage::Body).key(key);
            proof = match sent_at {
                Some(time) => proof.sent_at(time),
                None => proof.without_identity(),
            };
            let [status] = values(body, ["/status"]);
            if let Some(status) = status {
                proof = proof.kind(&*status);
            }
            Ok(Verdict::Authentic(proof))
        }))
    }
}

const METHODS: &[&str] = &["POST", "PUT"];

/// Signs bodies as Grafana does.
///
/// ```
/// use webhook_core::UnixTime;
/// use webhook_core::provider::grafana::{SIGNATURE_HEADER, Signer};
/// use webhook_core::testing::Sign;
///
/// let signer = Signer::new("a secret for tests")?.timestamp_header("x-time");
/// let request = signer.sign(br#"{"status":"firing"}"#, UnixTime::from_secs(0))?;
/// assert!(request.header(SIGNATURE_HEADER).is_some() && request.header("x-time").is_some());
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[cfg(feature = "testing")]
#[derive(Clone)]
pub struct Signer {
    key: PreparedKey,
    signature: String,
    timestamp: Option<String>,
}

#[cfg(feature = "testing")]
impl Signer {
    /// A signer with this secret, without a time.
    ///
    /// # Errors
    /// If the secret is empty.
    pub fn new(secret: impl Into<String>) -> Result<Self, ConfigError> {
        let secret = crate::Secret::dangerously_short(secret)?;
        Ok(Self {
            key: hmac_sha256(KeyFormat::text(), &secret)?,
            signature: SIGNATURE_HEADER.to_owned(),
            timestamp: None,
        })
    }

    /// With a time, in this header.
    #[must_use]
    pub fn timestamp_header(self, name: impl Into<String>) -> Self {
        let timestamp = Some(name.into());
        Self { timestamp, ..self }
    }

    /// The header for the signature.
    #[must_use]
    pub fn signature_header(self, name: impl Into<String>) -> Self {
        let signature = name.into();
        Self { signature, ..self }
    }
}

#[cfg(feature = "testing")]
impl std::fmt::Debug for Signer {
    /// Without the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer")
            .field("signature", &self.signature)
            .field("timestamp", &self.timestamp)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "testing")]
impl Sign for Signer {
    fn sign(&self, body: &[u8], now: UnixTime) -> Result<SignedRequest, ConfigError> {
        let time = TimeUnit::Seconds.write(now);
        let request = SignedRequest::json(body.to_vec());
        Ok(match &self.timestamp {
            Some(name) => {
                let content = [time.as_bytes(), b":", body].concat();
                let code = self.key.tag_of(&content).to_hex();
                request
                    .with_header(name, time)
                    .with_header(&self.signature, code)
            }
            None => request.with_header(&self.signature, self.key.tag_of(body).to_hex()),
        })
    }
}

#[cfg(feature = "testing")]
fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    let mut signer = Signer::new(settings.first_key("secrets")?)?;
    if let Some(name) = settings.text("auth_header")? {
        signer = signer.signature_header(name);
    }
    if settings.text("mode")? == Some("timestamp") {
        signer = signer.timestamp_header(settings.required("timestamp_header")?);
    }
    Ok(Box::new(signer))
}

#[cfg(feature = "testing")]
fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    const TIME: &str = "x-grafana-alerting-timestamp";
    let [key, _] = keys.text;
    let sample = |signer| {
        let place = Place::Header(SIGNATURE_HEADER);
        Sample {
            methods: METHODS,
            id: None,
            ..Sample::new(NAME, signer, secrets(keys.text), place)
        }
    };
    let body = sample(Signer::new(key)?);
    let timed = sample(Signer::new(key)?.timestamp_header(TIME));
    let timed = timed.set("mode", "timestamp").set("timestamp_header", TIME);
    Ok(vec![
        body.keyed(keys.text, Grafana::new).named("grafana body"),
        Sample {
            signed: vec![TIME],
            needed: &["timestamp_header"],
            window: Some([300, 300]),
            ..timed
                .keyed(keys.text, |keys| Grafana::new(keys)?.timestamp_header(TIME))
                .named("grafana timestamp")
        },
    ])
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::provider;

    #[test]
    fn a_time_needs_its_header_and_a_tolerance_a_time() {
        for settings in [
            json!({"secrets": "a key for tests", "mode": "timestamp"}),
            json!({"secrets": "a key for tests", "mode": "dot"}),
            json!({"secrets": "a key for tests", "timestamp_header": "x-time"}),
            json!({"secrets": "a key for tests", "tolerance_seconds": 60}),
            json!({"secrets": "a key for tests", "mode": "timestamp", "timestamp_header": "not a name"}),
        ] {
            let settings = Settings::new(settings).unwrap();
            assert!(provider::by_name(NAME, &settings).is_err());
        }
        let grafana = Grafana::new("a key for tests").unwrap();
        assert!(grafana.tolerance(Tolerance::secs(60)).is_err());
    }
}
