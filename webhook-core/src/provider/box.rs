//! Box: files and folders, and what happens to them.
//!
//! | | |
//! |---|---|
//! | signature | `Box-Signature-Primary` and `Box-Signature-Secondary`: base64 HMAC-SHA256 of the body and `Box-Delivery-Timestamp`, each with a key of its own |
//! | key | the text of the primary and of the secondary key. Settings `primary` and `secondary`, of which one suffices |
//! | time window | 600 seconds both ways; Box's library accepts no time in the future |
//! | event id | `Box-Delivery-Id`, **not signed** |
//! | kind | `trigger` in the body, signed |
//!
//! # What to know
//!
//! - A key is compared with the header of its own name alone. One that matches is enough, so that each key can be replaced while the
//!   other one stands.
//! - `Box-Signature-Version` must be `1` and `Box-Signature-Algorithm` must be `HmacSHA256`. Neither is signed.
//! - A repeat has another `Box-Delivery-Id`. The `id` in the body stays, and tells events apart.
//! - Where the body as it came does not fit, Box's library also tries it with backslashes doubled and all but ASCII escaped. That is **not
//!   done** here: two bodies that mean different things would have one signature.
//!
//! Checked against Box's library `boxsdk` 10.18.0 (Python). Documentation:
//! ["V2 Webhooks"](https://developer.box.com/guides/webhooks/v2/).
//!
//! Dedupe tells events apart by: `id` in the body; without it the body and the id of the delivery, which is not
//! signed.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
#[cfg(feature = "testing")]
use serde_json::json;

#[cfg(feature = "testing")]
use crate::Secret;
use crate::crypto::{Encoding, KeyFormat, PreparedKey};
use crate::json::values;
use crate::outcome::{malformed, missing};
use crate::provider::about::{About, Group, Setting};
use crate::provider::registry::{Registered, testing};
#[cfg(feature = "testing")]
use crate::testing::{Code, Place, Sample, SampleKeys, Sign, SignedRequest, reads};
use crate::verify::{Keys, NO_MATCH, buffered, hmac_sha256, require_post};
use crate::{
    Answer, BodyCheck, ConfigError, Coverage, IntoKeyring, MatchedKey, Proof, Rejection,
    RequestHead, Settings, TimeUnit, Tolerance, UnixTime, Verdict, Verifier,
};

pub(crate) const PROVIDER: Registered = Registered::custom(SENDER, &ABOUT, |settings| {
    Ok(Arc::new(BoxApp::from_settings(settings)?))
})
.tested(testing!(signer, samples));

const ABOUT: About = About::new(Group::Business, "https://developer.box.com/guides/webhooks/v2/")
    .setup(&[
        "In the developer console, open the application and Webhooks, Manage signature keys, and generate both keys.",
        "Copy them. They become `primary` and `secondary`.",
        "Create a V2 webhook with the URL of your endpoint and its triggers.",
    ])
    .settings(&[
        Setting::optional("primary", "the primary signature key; needed without `secondary`"),
        Setting::optional("secondary", "the secondary signature key"),
        Setting::optional("tolerance_seconds", "how old a signed time may be; 600 if absent"),
        Setting::optional(
            "future_tolerance_seconds",
            "how far ahead it may be; the same if absent",
        ),
    ])
    .headers(&HEADERS)
    .signed("HMAC-SHA256 in base64 of: the body, the time")
    .tolerance_secs(600);

const SENDER: crate::Provider = crate::Provider::new(NAME);

const NAME: &str = "box";
/// Of the primary key and of the secondary one.
const HEADERS: [&str; 2] = ["box-signature-primary", "box-signature-secondary"];
const TIME: &str = "box-delivery-timestamp";
const ID: &str = "box-delivery-id";
/// What these headers must say.
const CONSTANTS: [(&str, &str); 2] = [
    ("box-signature-version", "1"),
    ("box-signature-algorithm", "HmacSHA256"),
];

/// Verifies what Box sends to one application.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::provider::r#box::BoxApp;
///
/// let app = BoxApp::new("p4bWn4rQaPDAjyvJyVfuBMIQ0EPY65Jf")?.secondary("EW6tYZWlVIzwfdvW8G4HG0zZf6ZWP91e")?;
/// let endpoint = Endpoint::new(app);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct BoxApp {
    keys: Arc<[Option<Keys<PreparedKey>>; 2]>,
    tolerance: Tolerance,
}

impl BoxApp {
    /// Accepts what this primary key has signed.
    ///
    /// # Errors
    /// If there is no key, or it is empty.
    pub fn new(primary: impl IntoKeyring) -> Result<Self, ConfigError> {
        Ok(Self::of([Some(prepared(primary)?), None]))
    }

    /// Accepts what this secondary key has signed too.
    ///
    /// # Errors
    /// If there is no key, or it is empty.
    pub fn secondary(self, secondary: impl IntoKeyring) -> Result<Self, ConfigError> {
        let [primary, _] = &*self.keys;
        let keys = [primary.clone(), Some(prepared(secondary)?)];
        Ok(Self {
            keys: Arc::new(keys),
            ..self
        })
    }

    /// Another tolerance than 600 seconds.
    #[must_use]
    pub fn tolerance(self, tolerance: Tolerance) -> Self {
        Self { tolerance, ..self }
    }

    fn of(keys: [Option<Keys<PreparedKey>>; 2]) -> Self {
        Self {
            keys: Arc::new(keys),
            tolerance: Tolerance::secs(600),
        }
    }

    fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        let key = |name| match settings.has(name) {
            true => {
                let keys = prepared(settings.keys(name)?);
                keys.map(Some).map_err(|error| error.of_setting(name))
            }
            false => Ok(None),
        };
        let keys = [key("primary")?, key("secondary")?];
        if keys.iter().all(Option::is_none) {
            return Err(ConfigError::fixed("`primary` or `secondary` is missing"));
        }
        let verifier = Self::of(keys);
        Ok(match settings.tolerance()? {
            Some(tolerance) => verifier.tolerance(tolerance),
            None => verifier,
        })
    }
}

fn prepared(keys: impl IntoKeyring) -> Result<Keys<PreparedKey>, ConfigError> {
    Keys::new(&[], keys, |key| hmac_sha256(KeyFormat::text(), key))
}

impl Verifier for BoxApp {
    fn provider(&self) -> crate::Provider {
        SENDER
    }

    fn key_prints(&self) -> Vec<crate::KeyPrint> {
        let keys = self.keys.iter().zip(HEADERS);
        let prints = keys.filter_map(|(keys, header)| Some(keys.as_ref()?.prints(&[NAME, header])));
        prints.flatten().collect()
    }

    fn replay_window(&self) -> Option<Duration> {
        Some(self.tolerance.window())
    }

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<BodyCheck, Answer> {
        require_post(head)?;
        let codes = self.codes(head)?;
        for (name, constant) in CONSTANTS {
            if required(head, name)? != constant {
                return Err(malformed("the header is not what Box writes")
                    .of_header(name)
                    .into());
            }
        }
        let text = required(head, TIME)?.to_owned();
        let time = TimeUnit::Rfc3339.parse(text.as_bytes());
        let time = time.ok_or(malformed("the time is not RFC 3339").of_header(TIME))?;
        self.tolerance.require(time, now, TimeUnit::Rfc3339)?;
        let id = head.header_str(ID)?.filter(|id| !id.is_empty());
        let id = id.map(str::to_owned);
        let keys = Arc::clone(&self.keys);
        Ok(buffered(move |body| {
            let key = matching(&keys, &codes, &[body, text.as_bytes()].concat(), now)?;
            Ok(Verdict::Authentic(proof(key, body, id).sent_at(time)))
        }))
    }
}

impl BoxApp {
    /// What stands in the headers of the configured keys.
    fn codes(&self, head: &RequestHead<'_>) -> Result<[Option<Vec<u8>>; 2], Rejection> {
        let mut codes = [None, None];
        for ((keys, name), code) in self.keys.iter().zip(HEADERS).zip(&mut codes) {
            let value = head.header(name)?.map(<[u8]>::trim_ascii);
            let value = value.filter(|value| !value.is_empty() && keys.is_some());
            *code = value.map(|value| Encoding::Base64.decode(value));
        }
        match codes {
            [None, None] => {
                let [primary, _] = HEADERS;
                Err(missing("the request has no signature by a configured key").of_header(primary))
            }
            codes => Ok(codes),
        }
    }
}

fn required<'a>(head: &RequestHead<'a>, name: &'static str) -> Result<&'a str, Rejection> {
    let value = head.header_str(name)?.filter(|value| !value.is_empty());
    value.ok_or(missing("a header that Box always writes is absent").of_header(name))
}

/// The first key that made the code in its header, by its place. Tries both all the same.
fn matching(
    keys: &[Option<Keys<PreparedKey>>; 2],
    codes: &[Option<Vec<u8>>; 2],
    text: &[u8],
    now: UnixTime,
) -> Result<MatchedKey, Rejection> {
    let mut found = Err(NO_MATCH);
    for (index, (keys, code)) in keys.iter().zip(codes).enumerate() {
        if let (Some(keys), Some(code)) = (keys, code) {
            let hit = keys.matching(now, &[code], |key| key.tag_of(text));
            let hit = hit.map(|key| MatchedKey::new(index, key.name().map(Arc::from)));
            found = found.or(hit);
        }
    }
    found
}

fn proof(key: MatchedKey, body: &Bytes, delivery: Option<String>) -> Proof {
    let [event, kind] = values(body, ["/id", "/trigger"]);
    let mut proof = Proof::dangerously_assert(Coverage::Body).key(key);
    if let Some(kind) = kind {
        proof = proof.kind(&*kind);
    }
    if let Some(event) = event {
        proof = proof.identity(&[event.as_bytes()]);
    }
    match delivery {
        Some(delivery) => proof.unverified_id(delivery),
        None => proof,
    }
}

/// Signs bodies as Box does, with the primary key.
///
/// ```
/// use webhook_core::UnixTime;
/// use webhook_core::provider::r#box::Signer;
/// use webhook_core::testing::Sign;
///
/// let signer = Signer::new("p4bWn4rQaPDAjyvJyVfuBMIQ0EPY65Jf")?;
/// let request = signer.sign(b"{}", UnixTime::from_secs(1_785_920_400))?;
/// assert_eq!(request.header("box-delivery-timestamp"), Some("2026-08-05T09:00:00Z"));
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[cfg(feature = "testing")]
#[derive(Clone, Debug)]
pub struct Signer {
    key: Secret,
    place: usize,
}

#[cfg(feature = "testing")]
impl Signer {
    /// A signer with this primary key.
    ///
    /// # Errors
    /// If it is empty.
    pub fn new(primary: impl Into<String>) -> Result<Self, ConfigError> {
        Ok(Self {
            key: Secret::dangerously_short(primary)?,
            place: 0,
        })
    }

    /// The key is the secondary one.
    #[must_use]
    pub fn secondary(self) -> Self {
        Self { place: 1, ..self }
    }
}

#[cfg(feature = "testing")]
impl Sign for Signer {
    fn sign(&self, body: &[u8], now: UnixTime) -> Result<SignedRequest, ConfigError> {
        let time = now.to_string();
        let key = hmac_sha256(KeyFormat::text(), &self.key)?;
        let code = key.tag_of(&[body, time.as_bytes()].concat()).to_base64();
        let header = HEADERS.get(self.place).copied().unwrap_or_default();
        let mut request = SignedRequest::json(body.to_vec()).with_header(header, code);
        for (name, constant) in CONSTANTS {
            request = request.with_header(name, constant);
        }
        Ok(request.with_header(TIME, time).with_header(ID, Sample::ID))
    }
}

#[cfg(feature = "testing")]
fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    Ok(match settings.has("primary") {
        true => Box::new(Signer::new(settings.first_key("primary")?)?),
        false => Box::new(Signer::new(settings.first_key("secondary")?)?.secondary()),
    })
}

#[cfg(feature = "testing")]
fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    let [key, _] = keys.text;
    let [primary, secondary] = HEADERS;
    let of = |signer, setting: &'static str, header| {
        let settings = keys.text.map(|key| json!({setting: key}));
        Sample {
            secrets: vec![key.to_owned()],
            code: Code::Base64,
            reads: reads::exactly,
            signed: vec![TIME],
            unsigned: vec![ID],
            window: Some([600, 600]),
            id: Some(Sample::ID),
            ..Sample::new(NAME, signer, settings, Place::Header(header))
        }
    };
    Ok(vec![
        Sample {
            keys: &["primary"],
            ..of(Signer::new(key)?, "primary", primary)
        },
        Sample {
            name: "box secondary",
            keys: &["secondary"],
            ..of(Signer::new(key)?.secondary(), "secondary", secondary)
        },
    ])
}
