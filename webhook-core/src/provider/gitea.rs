//! Gitea and Forgejo: repositories and organisations.
//!
//! | | |
//! |---|---|
//! | signature | `X-Gitea-Signature`: hex HMAC-SHA256 of the payload |
//! | key | the text of the webhook's secret |
//! | time window | none: Gitea signs no time |
//! | event id | `X-Gitea-Delivery`, **not signed** |
//! | kind | `X-Gitea-Event`, such as `push`, **not signed** |
//!
//! # What to know
//!
//! - The payload is the JSON: the body of a `POST` with `application/json`; the field `payload`, decoded, of one with
//!   `application/x-www-form-urlencoded`; the parameter `payload`, decoded, of a `GET`. In a form GitHub signs the body instead, and Gitea
//!   does not.
//! - What is delivered is the payload, whichever way it came: [`Delivery::body`](crate::Delivery::body) is JSON. What else stands in a form
//!   or a query is not signed, and is left out.
//! - Whoever replays a request can give it another id and another kind. Where that would hurt, look at the payload.
//! - Without a secret the header is there and empty: that is refused here.
//! - The headers of GitHub and Gogs that come along, and `X-Forgejo-Signature`, are not looked at.
//!
//! Checked against vectors that we computed, by the source of both projects. Documentation:
//! ["Webhooks"](https://docs.gitea.com/features/webhooks).
//!
//! Dedupe tells events apart by: payload, unsigned `X-Gitea-Delivery` and kind. A repeat is handled again if it is not recognised: under
//! another `X-Gitea-Delivery`.

use std::sync::Arc;

use bytes::Bytes;

#[cfg(feature = "testing")]
use crate::Settings;
use crate::crypto::{Algorithm, Encoding, Given, KeyFormat, PreparedKey};
use crate::outcome::{RejectionKind, malformed};
use crate::provider::about::{About, Group, Setting};
use crate::provider::registry::{Registered, testing};
use crate::request::{Field, is_form};
use crate::scheme::{Scheme, Signature};
#[cfg(feature = "testing")]
use crate::testing::sample::secrets;
#[cfg(feature = "testing")]
use crate::testing::{Place, Sample, SampleKeys, Sign, Signer};
use crate::verify::{Form, Keys, buffered, hmac_sha256, signature_header};
use crate::{
    Answer, BodyCheck, ConfigError, Coverage, IntoKeyring, Proof, Rejection, RequestHead, UnixTime,
    Verdict, Verifier,
};

pub(crate) const PROVIDER: Registered = Registered::custom(JSON.provider(), &ABOUT, |settings| {
    let gitea = Gitea::new(settings.keys("secrets")?);
    Ok(Arc::new(
        gitea.map_err(|error| error.of_setting("secrets"))?,
    ))
})
.tested(testing!(signer, samples));

const ABOUT: About = About::new(Group::Developer, "https://docs.gitea.com/features/webhooks")
    .setup(&[
        "In the settings of the repository or the organisation, open Webhooks and add one of the type Gitea or Forgejo, with the URL of your endpoint.",
        "Enter a long random secret there: it becomes `secrets`.",
        "Choose the events. \"Test Delivery\" sends one.",
    ])
    .settings(&[Setting::required(
        "secrets",
        "the secret of the webhook: one or a list, any of which may match",
    )])
    .headers(&[HEADER, ID, KIND])
    .signed("HMAC-SHA256 in hex of: the payload, which is the body, or the field `payload` of a form or of the query");

const HEADER: &str = "x-gitea-signature";
const ID: &str = "x-gitea-delivery";
const KIND: &str = "x-gitea-event";

/// What it sends by `POST` as JSON.
const JSON: Scheme = Scheme::new("gitea", Algorithm::HmacSha256)
    .signature(Signature::header(HEADER))
    .id(&[Field::Header(ID)])
    .kind(&[Field::Header(KIND)]);

/// Verifies what Gitea or Forgejo sends to one webhook.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::provider::gitea::Gitea;
///
/// let endpoint = Endpoint::new(Gitea::new(["new secret", "old secret"])?);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Gitea(Arc<Keys<PreparedKey>>);

impl Gitea {
    /// Accepts what any of these keys has signed.
    ///
    /// # Errors
    /// If there is no key, or one is empty.
    pub fn new(keys: impl IntoKeyring) -> Result<Self, ConfigError> {
        let keys = Keys::new(&[], keys, |secret| hmac_sha256(KeyFormat::text(), secret))?;
        Ok(Self(Arc::new(keys)))
    }
}

impl Verifier for Gitea {
    fn provider(&self) -> crate::Provider {
        JSON.provider()
    }

    fn key_prints(&self) -> Vec<crate::KeyPrint> {
        self.0.prints(&[JSON.name()])
    }

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<BodyCheck, Answer> {
        let in_query = match head.method() {
            "POST" => None,
            "GET" => Some(head.query_param("payload")?),
            _ => {
                let reason = "method not allowed: Gitea delivers by POST or GET";
                return Err(Rejection::new(RejectionKind::MethodNotAllowed, reason).into());
            }
        };
        let given = signature_header(head, HEADER)?;
        let given = Given::decode(Algorithm::HmacSha256, Encoding::Hex, given);
        let in_query = match in_query {
            Some(None) => return Err(malformed("the query has no `payload`").into()),
            Some(Some(payload)) => Some(Bytes::from(payload.into_owned())),
            None => None,
        };
        let says_form = is_form_type(head.header("content-type")?);
        let [id, kind] = [head.header_str(ID)?, head.header_str(KIND)?];
        let [id, kind] = [id, kind].map(|text| text.filter(|text| !text.is_empty()));
        let [id, kind] = [id, kind].map(|text| text.map(str::to_owned));
        let keys = Arc::clone(&self.0);
        Ok(buffered(move |body| {
            let payload = match in_query {
                // A stored delivery has the payload as its body.
                Some(payload) if body.is_empty() || *body == payload => payload,
                Some(_) => return Err(malformed("a GET has no body beside its `payload`").into()),
                None if says_form => in_form(body)?,
                None => body.clone(),
            };
            let key = keys.signing(now, &[given], &payload)?;
            let beside = [&id, &kind].map(|text| text.as_ref().map(|text| text.as_bytes()));
            let mut proof = Proof::dangerously_assert(Coverage::Body)
                .key(key)
                .identity(&[&payload])
                .identity_beside(&beside)
                .body(payload);
            if let Some(id) = id {
                proof = proof.unverified_id(id);
            }
            if let Some(kind) = kind {
                proof = proof.unverified_kind(kind);
            }
            Ok(Verdict::Authentic(proof))
        }))
    }
}

fn is_form_type(value: Option<&[u8]>) -> bool {
    let value = value.unwrap_or_default();
    let essence = value.split(|byte| *byte == b';').next().unwrap_or_default();
    essence
        .trim_ascii()
        .eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
}

/// The payload in a form. A stored delivery has it as its body: then it is itself what is signed.
fn in_form(body: &Bytes) -> Result<Bytes, Rejection> {
    if !is_form(body) {
        return Ok(body.clone());
    }
    let form = Form::read(body, &["payload"])?;
    let payload = form.get("payload");
    let payload = payload.ok_or(malformed("the form has no field `payload`"))?;
    Ok(Bytes::copy_from_slice(payload))
}

#[cfg(feature = "testing")]
fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    Ok(Box::new(Signer::configured(JSON, settings)?))
}

#[cfg(feature = "testing")]
fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    let [key, _] = keys.text;
    let signer = Signer::new(JSON, key)?.id(Sample::ID).kind("push");
    let sample = Sample::new(
        JSON.name(),
        signer,
        secrets(keys.text),
        Place::Header(HEADER),
    );
    Ok(vec![Sample {
        methods: &["POST", "GET"],
        unsigned: vec![ID, KIND],
        id: Some(Sample::ID),
        ..sample.keyed(keys.text, Gitea::new)
    }])
}
