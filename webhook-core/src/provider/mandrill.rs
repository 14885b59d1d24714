//! Mandrill, or Mailchimp Transactional: what became of e-mails, and e-mails that come in.
//!
//! | | |
//! |---|---|
//! | signature | `X-Mandrill-Signature`: base64 HMAC-SHA1 of the webhook's URL and each field of the form by name: the name and the value, with nothing between them |
//! | key | the text of the webhook's key |
//! | time window | none: Mandrill signs no time |
//! | event id | `_id` of the first event, signed: that of the e-mail, which several events have in common |
//! | kind | `event` of the first event, signed |
//! | set-up | `HEAD`, unsigned: answered with 200 |
//!
//! # What to know
//!
//! - The URL is signed exactly as it was entered, with its query and its password. Configure that text.
//! - The form has one field, `mandrill_events`: a JSON list of events. **Nothing stands between fields**, so the other fields are not covered;
//!   one request with more than one field is refused if `mandrill_events` stands a second time in what is signed, since it could be cut in
//!   another way.
//! - While a webhook is created, Mandrill sends an empty list, signed with `test-webhook`. Everybody knows that key: configured, it vouches for
//!   an empty list and for nothing else. That Mandrill does so is general knowledge.
//! - Webhooks of Mailchimp's audiences are **not signed**, and are refused here.
//! - Without `public_url` the request itself must say its whole URL, which it does in vector files and hardly ever on a server.
//!
//! # Messages
//!
//! Each event of the list is an update of its own.
//!
//! The kind is `event`, else `type`.
//!
//! | kind | where | status |
//! |---|---|---|
//! | `send` |  | `Sent` |
//! | `delivered` |  | `Delivered` |
//! | `deferral` |  | `Deferred` |
//! | `hard_bounce` |  | `Bounced(Hard)` |
//! | `soft_bounce` |  | `Bounced(Soft)` |
//! | `reject` |  | `Dropped(Unknown)` |
//! | `spam` |  | `Complained` |
//! | `unsub` |  | `Unsubscribed` |
//! | `open` |  | `Opened` |
//! | `click` |  | `Clicked` |
//! | `inbound` |  | `Inbound` |
//! | all others | | `Other` |
//!
//! | field | `hard_bounce`, `soft_bounce` | `click` | `inbound` | all others |
//! |---|---|---|---|---|
//! | channel | always `Email` | always `Email` | always `Email` | always `Email` |
//! | to | `msg.email` | `msg.email` | `msg.email` | `msg.email` |
//! | from | `msg.sender` | `msg.sender` | `msg.from_email` | `msg.sender` |
//! | message id | `_id`, else `msg._id` | `_id`, else `msg._id` |  | `_id`, else `msg._id` |
//! | reason | `msg.diag` |  |  |  |
//! | code | `msg.bounce_description` |  |  |  |
//! | URL |  | `url` |  |  |
//! | time | `ts`, in seconds | `ts`, in seconds | `ts`, in seconds | `ts`, in seconds |
//!
//! - Whatever stands beside `mandrill_events`, its value is signed whole: no other list of events can be cut out of it. So what is read
//!   from it is plain, though the coverage of the delivery is [`Coverage::Fields`].
//! - `_id` is the e-mail's. Events have no id: remember each by `message_id`, kind and time.
//! - `reject` does not tell why, as far as it is documented.
//! - Changes of the allowlist and the denylist, `whitelist` and `blacklist` in `type`, are `Other`.
//! - What each kind means is from Mailchimp's
//!   ["Webhooks"](https://mailchimp.com/developer/transactional/docs/webhooks/).
//!
//! Checked against the community library `django-anymail` 15.2; no library of Mailchimp verifies. Documentation:
//! ["Track and Respond to Email Activity with Webhooks"](https://mailchimp.com/developer/transactional/guides/track-respond-activity-webhooks/).
//!
//! Dedupe tells events apart by: URL and signed fields. A repeat is handled again if it is not recognised: in another batch.

use std::sync::Arc;

use bytes::Bytes;
use http::StatusCode;
use serde::de::IgnoredAny;

#[cfg(feature = "testing")]
use crate::Secret;
use crate::crypto::{Algorithm, Encoding, KeyFormat, PreparedKey};
use crate::json::values;
use crate::mailing::MessageStatus::{
    Bounced, Clicked, Complained, Deferred, Delivered, Dropped, Inbound, Opened, Sent, Unsubscribed,
};
use crate::mailing::{Bounce, Channel, DropReason, Meaning, Places, Rule};
use crate::outcome::{Reply, malformed};
use crate::provider::about::{About, Group, Setting};
use crate::provider::registry::{Registered, testing};
#[cfg(feature = "testing")]
use crate::testing::sample::secrets;
#[cfg(feature = "testing")]
use crate::testing::{Bodies, Code, Place, Sample, SampleKeys, Sign, SignedRequest, reads};
#[cfg(feature = "testing")]
use crate::verify::target;
use crate::verify::{Form, Keys, SignedUrl, SortedForm, buffered, require_post, signature_header};
use crate::{
    Answer, BodyCheck, ConfigError, Coverage, IntoKeyring, Proof, Rejection, RejectionKind,
    RequestHead, Settings, TimeUnit, UnixTime, Verdict, Verifier,
};

pub(crate) const PROVIDER: Registered = Registered::custom(SENDER, &ABOUT, |settings| {
    Ok(Arc::new(Mandrill::from_settings(settings)?))
})
.tested(testing!(signer, samples));

const ABOUT: About = About::new(Group::Messages, "https://mailchimp.com/developer/transactional/guides/track-respond-activity-webhooks/",
)
.setup(&[
    "Start the endpoint: Mandrill asks the URL by `HEAD` when the webhook is created.",
    "In Mailchimp Transactional, open Webhooks and add one with the URL and its events. Write exactly that URL into `public_url`.",
    "Copy the webhook's key. It becomes `secrets`.",
])
.settings(&[
    Setting::required(
        "secrets",
        "the webhook's key: one or a list, any of which may match",
    ),
    Setting::optional(
        "public_url",
        "the URL of the webhook as it was entered; needed where a request does not say its whole URL",
    ),
])
.headers(&[HEADER])
.signed("HMAC-SHA1 in base64 of: the URL that the sender was given, the fields of the form by name")
.handshakes(&["HEAD, unsigned: answered with status 200"])
.acknowledgement("200");

const SENDER: crate::Provider = crate::Provider::new(NAME).mailing(&MAILING);

const NAME: &str = "mandrill";
const HEADER: &str = "x-mandrill-signature";
const EVENTS: &str = "mandrill_events";

/// What signs while a webhook is created. It is no secret.
const TEST_KEY: &str = "test-webhook";

/// What Mandrill's kinds mean for a message.
pub const MAILING: Meaning = Meaning::new(
    EMAIL,
    &[
        Rule::new(&["send"], Sent),
        Rule::new(&["delivered"], Delivered),
        Rule::new(&["deferral"], Deferred),
        Rule::new(&["hard_bounce"], Bounced(Bounce::Hard)).places(&BOUNCE),
        Rule::new(&["soft_bounce"], Bounced(Bounce::Soft)).places(&BOUNCE),
        Rule::new(&["reject"], Dropped(DropReason::Unknown)),
        Rule::new(&["spam"], Complained),
        Rule::new(&["unsub"], Unsubscribed),
        Rule::new(&["open"], Opened),
        Rule::new(&["click"], Clicked).places(&CLICK),
        Rule::new(&["inbound"], Inbound).places(&RECEIVED),
    ],
)
.of_a_signed_field("/mandrill_events")
.each_of_a_list(&[], &["/event", "/type"]);

const _: () = assert!(MAILING.check().is_ok());

const EMAIL: Places = Places::NONE
    .channel(Channel::Email)
    .to(&["/msg/email"])
    .from(&["/msg/sender"])
    .message_id(&["/_id", "/msg/_id"])
    .time(TimeUnit::Seconds, &["/ts"]);

const BOUNCE: Places = EMAIL
    .reason(&["/msg/diag"])
    .code(&["/msg/bounce_description"]);

const CLICK: Places = EMAIL.url(&["/url"]);

const RECEIVED: Places = Places::NONE
    .channel(Channel::Email)
    .to(&["/msg/email"])
    .from(&["/msg/from_email"])
    .time(TimeUnit::Seconds, &["/ts"]);

/// Verifies what Mandrill sends to one webhook.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::provider::mandrill::Mandrill;
///
/// let mandrill = Mandrill::new("GZeTIYGaQonK7i8BfHXGqe", "https://shop.example/webhooks/mandrill")?;
/// let endpoint = Endpoint::new(mandrill);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Mandrill {
    account: Arc<Account>,
    url: SignedUrl,
}

#[derive(Debug)]
struct Account {
    keys: Keys<PreparedKey>,
    /// The places of the keys that everybody knows.
    known: Vec<usize>,
}

impl Mandrill {
    /// Accepts what any of these keys has signed for `public_url`: the URL of the webhook exactly as it was entered.
    ///
    /// # Errors
    /// If there is no key, one is empty, or the URL does not begin with `https://` or `http://`.
    pub fn new(keys: impl IntoKeyring, public_url: impl Into<String>) -> Result<Self, ConfigError> {
        Self::of(keys, SignedUrl::new(public_url)?)
    }

    fn of(keys: impl IntoKeyring, url: SignedUrl) -> Result<Self, ConfigError> {
        let keys = Keys::new(&[], keys, |key| {
            PreparedKey::new(Algorithm::HmacSha1, KeyFormat::text(), key)
        })?;
        let words = keys.words().into_iter().enumerate();
        let known = words.filter(|(_, key)| key.secret.expose() == TEST_KEY);
        let known = known.map(|(index, _)| index).collect();
        Ok(Self {
            account: Arc::new(Account { keys, known }),
            url,
        })
    }

    fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        let made = Self::of(settings.keys("secrets")?, SignedUrl::configured(settings)?);
        made.map_err(|error| error.of_setting("secrets"))
    }
}

impl Verifier for Mandrill {
    fn provider(&self) -> crate::Provider {
        SENDER
    }

    fn key_prints(&self) -> Vec<crate::KeyPrint> {
        self.account.keys.prints(&[NAME, self.url.print()])
    }

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<BodyCheck, Answer> {
        if head.method() == "HEAD" {
            return Err(Reply::empty(StatusCode::OK).into());
        }
        require_post(head)?;
        let code = Encoding::Base64.decode(signature_header(head, HEADER)?);
        let url = self.url.given(head)?.to_owned();
        let account = Arc::clone(&self.account);
        Ok(buffered(move |form| {
            judge(&account, &code, &url, form, now)
        }))
    }
}

fn judge(
    account: &Account,
    code: &[u8],
    url: &str,
    form: &Bytes,
    now: UnixTime,
) -> Result<Verdict, Answer> {
    let fields = SortedForm::read(form)?;
    let mut text = url.as_bytes().to_vec();
    fields.write(&mut text);
    let key = account
        .keys
        .matching(now, &[code], |key| key.tag_of(&text))?;
    let signed = text.get(url.len()..).unwrap_or_default();
    if fields.len() > 1 && times(EVENTS, signed) > 1 {
        return Err(malformed("the form could be cut into other fields").into());
    }
    let form = Form::read(form, &[EVENTS])?;
    let events = form.get(EVENTS);
    let events = events.ok_or(malformed("the form has no mandrill_events"))?;
    let list: Result<Vec<IgnoredAny>, _> = serde_json::from_slice(events);
    let list = list.map_err(|_| malformed("mandrill_events is no JSON list"))?;
    if !list.is_empty() && account.known.contains(&key.index()) {
        let reason = "signed with `test-webhook`, which vouches for no event";
        return Err(Rejection::new(RejectionKind::BadSignature, reason).into());
    }
    let [id, kind] = values(&Bytes::copy_from_slice(events), ["/0/_id", "/0/event"]);
    let mut proof = Proof::dangerously_assert(Coverage::Fields)
        .key(key)
        // Of all events in the list, and as they were signed: no two ways to cut them are two.
        .identity(&[&text]);
    if let Some(id) = id {
        proof = proof.id(&*id);
    }
    if let Some(kind) = kind {
        proof = proof.kind(&*kind);
    }
    Ok(Verdict::Authentic(proof))
}

/// How often a word stands in a text.
fn times(word: &str, text: &[u8]) -> usize {
    let places = text.windows(word.len());
    places.filter(|place| *place == word.as_bytes()).count()
}

/// Signs forms as Mandrill does.
///
/// ```
/// use webhook_core::UnixTime;
/// use webhook_core::provider::mandrill::Signer;
/// use webhook_core::testing::Sign;
///
/// let signer = Signer::new("GZeTIYGaQonK7i8BfHXGqe", "https://shop.example/webhooks/mandrill")?;
/// let request = signer.sign(b"mandrill_events=%5B%5D", UnixTime::from_secs(0))?;
/// assert!(request.header("x-mandrill-signature").is_some());
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[cfg(feature = "testing")]
#[derive(Clone, Debug)]
pub struct Signer {
    key: Secret,
    public_url: String,
}

#[cfg(feature = "testing")]
impl Signer {
    /// A signer with this key.
    ///
    /// # Errors
    /// If it is empty.
    pub fn new(key: impl Into<String>, public_url: impl Into<String>) -> Result<Self, ConfigError> {
        Ok(Self {
            key: Secret::dangerously_short(key)?,
            public_url: public_url.into(),
        })
    }
}

#[cfg(feature = "testing")]
impl Sign for Signer {
    /// `body` is the form.
    fn sign(&self, body: &[u8], _: UnixTime) -> Result<SignedRequest, ConfigError> {
        let fault = |_| ConfigError::fixed("the form has too many fields");
        let mut text = self.public_url.as_bytes().to_vec();
        SortedForm::read(body).map_err(fault)?.write(&mut text);
        let key = PreparedKey::new(Algorithm::HmacSha1, KeyFormat::text(), &self.key)?;
        let mut request = SignedRequest::form(body.to_vec());
        target(&self.public_url).clone_into(&mut request.target);
        Ok(request.with_header(HEADER, key.tag_of(&text).to_base64()))
    }
}

#[cfg(feature = "testing")]
fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    let url = settings.required("public_url")?;
    Ok(Box::new(Signer::new(settings.first_key("secrets")?, url)?))
}

#[cfg(feature = "testing")]
fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    const MESSAGE: &str = "eaa53ebc64f3e0ddb5b9acc575fbf5ab";
    let events = format!(
        "mandrill_events=[{{\"event\":\"send\",\"_id\":\"{MESSAGE}\",\"note\":\"{}\"}}]",
        Sample::CARD
    );
    let [key, _] = keys.text;
    let signer = Signer::new(key, Sample::URL)?;
    let sample = Sample::new(NAME, signer, secrets(keys.text), Place::Header(HEADER));
    let sample = Sample {
        bodies: Bodies::Own(events.into()),
        coverage: Coverage::Fields,
        code: Code::Base64,
        reads: reads::exactly,
        id: Some(MESSAGE),
        ..sample.keyed(keys.text, |keys| Mandrill::new(keys, Sample::URL))
    };
    Ok(vec![sample.set("public_url", Sample::URL)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_counted_wherever_it_stands() {
        assert_eq!(times("ab", b"abcabab"), 3);
        assert_eq!(times("ab", b"a"), 0);
    }

    #[test]
    fn a_public_url_must_be_whole() {
        assert!(Mandrill::new("GZeTIYGaQonK7i8BfHXGqe", "shop.example/in").is_err());
    }
}
