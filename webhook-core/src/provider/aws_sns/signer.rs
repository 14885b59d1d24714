//! Signs as SNS does.

use base64ct::{Base64, Encoding};
use bytes::Bytes;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Map, Value, json};

use super::event::{Document, NAME, kind};
use crate::account::Settings;
use crate::message::Coverage;
use crate::published::InMemory;
use crate::testing::{Bodies, Code, Place, Sample, SampleKeys, Sign, SignedRequest, reads};
use crate::time::TimeUnit;
use crate::{ConfigError, UnixTime};

/// A key for tests: everybody can sign with it.
const KEY: &[u8] = include_bytes!("../../testing/keys/aws-sns.pk8");

/// The certificate of [`Signer`], in PEM. For tests: everybody can sign with its key.
pub const TEST_CERTIFICATE_PEM: &str = include_str!("../../testing/keys/aws-sns.pem");

/// The URL under which [`Signer`] names [`TEST_CERTIFICATE_PEM`].
pub const TEST_CERTIFICATE_URL: &str =
    "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-test.pem";

/// Signs messages of a topic as SNS does, with a key for tests.
///
/// A body that is a JSON object with a `Type` is completed and signed; any other is published as the `Message` of a notification.
///
/// ```
/// use webhook_core::provider::aws_sns::{AwsSns, Event, Signer};
/// use webhook_core::testing::{FixedClock, Sign, receive};
/// use webhook_core::{Endpoint, UnixTime};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let now = UnixTime::from_secs(1_785_920_400);
/// let topic = "arn:aws:sns:us-east-1:123456789012:orders";
/// let signer = Signer::new(topic);
/// let endpoint = Endpoint::new(AwsSns::new([topic], signer.certificates())?).clock(FixedClock::at(now));
///
/// let delivery = receive(&endpoint, signer.sign(b"order 7 is paid", now)?).await?;
/// let event: Event = delivery.decode()?;
/// assert_eq!(event.message, "order 7 is paid");
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Signer {
    topic_arn: String,
}

impl Signer {
    /// A signer for this topic.
    #[must_use]
    pub fn new(topic_arn: impl Into<String>) -> Self {
        Self {
            topic_arn: topic_arn.into(),
        }
    }

    /// Its certificate under its URL, as a source for [`AwsSns::new`](super::AwsSns::new).
    #[must_use]
    pub fn certificates(&self) -> InMemory {
        InMemory::new([(TEST_CERTIFICATE_URL, TEST_CERTIFICATE_PEM)])
    }

    /// The message that a body stands for, with all that SNS adds.
    fn message(&self, body: &[u8], now: UnixTime) -> Map<String, Value> {
        let mut message = match serde_json::from_slice(body) {
            Ok(Value::Object(members)) if members.contains_key("Type") => members,
            _ => {
                let text = String::from_utf8_lossy(body).into_owned();
                Map::from_iter([
                    ("Type".to_owned(), kind::NOTIFICATION.into()),
                    ("Message".to_owned(), text.into()),
                ])
            }
        };
        for (name, value) in [
            (
                "MessageId",
                "165545c9-2a5c-472c-8df2-7ff2be2b3b1b".to_owned(),
            ),
            ("TopicArn", self.topic_arn.clone()),
            ("Timestamp", TimeUnit::Rfc3339.write(now)),
            ("SignatureVersion", "2".to_owned()),
            ("SigningCertURL", TEST_CERTIFICATE_URL.to_owned()),
        ] {
            message.entry(name).or_insert_with(|| value.into());
        }
        message
    }
}

impl Sign for Signer {
    /// # Errors
    /// If a member of the message is none that can be signed.
    fn sign(&self, body: &[u8], now: UnixTime) -> Result<SignedRequest, ConfigError> {
        const UNSIGNABLE: ConfigError =
            ConfigError::fixed("a member of the message cannot be signed");
        let mut message = self.message(body, now);
        let json = Value::Object(message.clone()).to_string();
        let document = Document::read(&Bytes::from(json)).map_err(|_| UNSIGNABLE)?;
        let text = document.signed_text().map_err(|_| UNSIGNABLE)?;
        message.insert("Signature".to_owned(), sign(text.as_bytes())?.into());
        let request = SignedRequest::json(Value::Object(message).to_string());
        Ok(request.with_header("content-type", "text/plain; charset=UTF-8"))
    }
}

fn sign(text: &[u8]) -> Result<String, ConfigError> {
    const FAILED: ConfigError = ConfigError::fixed("the key for tests cannot sign");
    let key = RsaKeyPair::from_pkcs8(KEY).map_err(|_| FAILED)?;
    let mut signature = vec![0; key.public().modulus_len()];
    let random = SystemRandom::new();
    key.sign(&RSA_PKCS1_SHA256, &random, text, &mut signature)
        .map_err(|_| FAILED)?;
    Ok(Base64::encode_string(&signature))
}

pub(super) fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    let topics = settings.texts("topic_arns")?.unwrap_or_default();
    let topic = topics.first().copied();
    let topic = topic.ok_or(ConfigError::fixed("`topic_arns` is missing"))?;
    Ok(Box::new(Signer::new(topic)))
}

pub(super) fn samples(_: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    let topics = ["orders", "parcels"].map(|it| format!("arn:aws:sns:us-east-1:123456789012:{it}"));
    let [topic, _] = &topics;
    let body = json!({"Type": kind::NOTIFICATION, "MessageId": Sample::ID_IN_BODY, "Message": Sample::CARD});
    let signer = Signer::new(topic);
    let settings = topics.each_ref().map(|topic| {
        json!({"topic_arns": [topic], "certs": {TEST_CERTIFICATE_URL: TEST_CERTIFICATE_PEM}})
    });
    let place = Place::Body(r#""Signature":""#);
    Ok(vec![Sample {
        refusal: "wrong_audience",
        // Without its own, those of SNS are fetched.
        keys: &[],
        needed: &["topic_arns"],
        bodies: Bodies::Own(body.to_string().into()),
        coverage: Coverage::Fields,
        code: Code::Base64,
        reads: reads::exactly,
        ..Sample::new(NAME, signer, settings, place)
    }])
}
