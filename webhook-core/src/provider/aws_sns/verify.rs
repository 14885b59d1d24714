//! Says yes or no to what SNS sends.

use std::ops::RangeInclusive;
use std::sync::Arc;

use bytes::Bytes;
use http::StatusCode;

use super::address;
use super::event::{Document, Event, NAME, kind};
use crate::crypto::Encoding;
use crate::crypto::certificate::{self, Certificate, RsaKey};
use crate::mailing;
use crate::outcome::{malformed, missing};
use crate::published::{Cache, CertificateSource, Entry, InMemory};
use crate::time::TimeUnit;
use crate::verify::{NO_MATCH, buffered, require_post};
use crate::{
    Answer, BodyCheck, ConfigError, Coverage, KeyPrint, Proof, ProofFuture, Rejection,
    RejectionKind, Reply, RequestHead, Settings, Tolerance, UnixTime, Verdict, Verifier,
};

pub(super) const SENDER: crate::Provider = crate::Provider::new(NAME)
    .with_events()
    .mailing(&mailing::SES);

/// Verifies what SNS sends for your topics, with certificates from SNS.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::published::InMemory;
/// use webhook_core::provider::aws_sns::AwsSns;
///
/// // Or `HttpsFetcher::new()?`, with feature `fetch`.
/// let certificates = InMemory::new([(
///     "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-781a8390.pem",
///     "-----BEGIN CERTIFICATE-----\n…",
/// )]);
/// let sns = AwsSns::new(["arn:aws:sns:us-east-1:123456789012:orders"], certificates)?;
/// let endpoint = Endpoint::new(sns);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
///
/// A certificate is kept until it expires, and only if it has been accepted. All requests that wait for the same one
/// wait for one fetch. If it cannot be had, they are answered with 503, so that SNS tries again.
#[derive(Clone, Debug)]
pub struct AwsSns {
    account: Arc<Account>,
    source: Arc<dyn CertificateSource>,
    certificates: Arc<Cache<Arc<Certified>>>,
}

/// What is accepted.
#[derive(Clone, Debug)]
struct Account {
    topic_arns: Vec<String>,
    needs_version_2: bool,
    delivers_confirmations: bool,
    tolerance: Option<Tolerance>,
}

impl AwsSns {
    /// Accepts messages of these topics, each by its ARN. `source` gets the certificates of SNS.
    ///
    /// # Errors
    /// If there is no topic, or one is no ARN of a topic.
    pub fn new<T: Into<String>>(
        topic_arns: impl IntoIterator<Item = T>,
        source: impl CertificateSource + 'static,
    ) -> Result<Self, ConfigError> {
        let topic_arns: Vec<String> = topic_arns.into_iter().map(Into::into).collect();
        if topic_arns.is_empty() {
            return Err(ConfigError::new(
                "no topic: give the ARN of each topic that may send here",
            ));
        }
        if !topic_arns.iter().all(|arn| is_topic(arn)) {
            return Err(ConfigError::new(
                "this is no ARN of a topic, such as `arn:aws:sns:us-east-1:123456789012:orders`",
            ));
        }
        Ok(Self {
            account: Arc::new(Account {
                topic_arns,
                needs_version_2: false,
                delivers_confirmations: false,
                tolerance: None,
            }),
            source: Arc::new(source),
            certificates: Arc::new(Cache::new()),
        })
    }

    /// Refuses messages that are signed with SHA-1. Set `SignatureVersion` of the topic to `2` before.
    #[must_use]
    pub fn require_signature_version_2(self) -> Self {
        self.with(|account| account.needs_version_2 = true)
    }

    /// Hands `SubscriptionConfirmation` to the handler, which confirms it or does not: see
    /// [`Confirmation`](super::Confirmation). Without this it is answered with 200, and nobody is told.
    #[must_use]
    pub fn deliver_confirmations(self) -> Self {
        self.with(|account| account.delivers_confirmations = true)
    }

    /// Refuses messages whose signed time is older than this. Without it any time is accepted: SNS repeats a message with the time at
    /// which it was published.
    #[must_use]
    pub fn tolerance(self, tolerance: Tolerance) -> Self {
        self.with(|account| account.tolerance = Some(tolerance))
    }

    /// Gets these certificates now, by their URLs, as of this time: at start, so that the first request finds them, and
    /// requests with addresses that somebody made up cannot keep it waiting.
    ///
    /// # Errors
    /// If one cannot be had, or is not accepted. Those before it are kept.
    pub async fn prefetch(
        &self,
        urls: impl IntoIterator<Item = impl AsRef<str>>,
        now: UnixTime,
    ) -> Result<(), Rejection> {
        for url in urls {
            let url = url.as_ref();
            if !address::is_certificate(url) {
                return Err(FOREIGN);
            }
            let fetch = || self.source.certificate(url);
            let accept = move |pem: Bytes| Certified::accept(&pem, now);
            let getting = self.certificates.prefetch(url, now, fetch, accept);
            getting.await.map(drop)?;
        }
        Ok(())
    }

    pub(super) fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        let topics = settings.texts("topic_arns")?;
        let topics = topics.ok_or(ConfigError::fixed("`topic_arns` is missing"))?;
        let sns = match settings.text_table("certs")? {
            Some(certificates) => {
                let owned = |(url, pem): (&str, &str)| (url.to_owned(), pem.to_owned());
                let certificates = InMemory::new(certificates.into_iter().map(owned));
                Self::new(topics, certificates)
            }
            None => fetching(topics),
        };
        let sns = sns.map_err(|error| error.of_setting("topic_arns"))?;
        let sns = match settings.text("signature_version")? {
            None => sns,
            Some("2") => sns.require_signature_version_2(),
            Some(_) => {
                return Err(ConfigError::fixed(
                    "`signature_version` is not `2`: leave it out to accept 1 too",
                ));
            }
        };
        let sns = match settings.text("confirmations")? {
            None | Some("answered") => sns,
            Some("delivered") => sns.deliver_confirmations(),
            Some(_) => {
                return Err(ConfigError::fixed(
                    "`confirmations` is neither `answered` nor `delivered`",
                ));
            }
        };
        Ok(match settings.tolerance()? {
            Some(tolerance) => sns.tolerance(tolerance),
            None => sns,
        })
    }

    fn with(mut self, change: impl FnOnce(&mut Account)) -> Self {
        change(Arc::make_mut(&mut self.account));
        self
    }

    fn judge(&self, body: &Bytes, now: UnixTime) -> Result<Verdict, Answer> {
        let message = SignedMessage::read(body)?;
        self.account.require(&message)?;
        if !address::is_certificate(&message.certificate_url) {
            return Err(FOREIGN.into());
        }
        let account = Arc::clone(&self.account);
        let url = &message.certificate_url;
        if let Some(certified) = self.certificates.get(url, now) {
            let proof = account.conclude(&certified, message, now)?;
            return Ok(Verdict::Authentic(proof));
        }
        let fetch = || self.source.certificate(url);
        let accept = move |pem: Bytes| Certified::accept(&pem, now);
        let getting = self.certificates.get_or_fetch(url, now, fetch, accept);
        Ok(Verdict::Pending(ProofFuture::answering(async move {
            let certified = getting.await?;
            account.conclude(&certified, message, now)
        })))
    }
}

/// `arn:PARTITION:sns:REGION:ACCOUNT:NAME`.
fn is_topic(arn: &str) -> bool {
    let parts: Vec<&str> = arn.split(':').collect();
    let has_form = matches!(parts[..], ["arn", _, "sns", _, _, _]);
    has_form
        && parts.iter().all(|part| !part.is_empty())
        && arn.bytes().all(|it| it.is_ascii_graphic())
}

impl Verifier for AwsSns {
    fn provider(&self) -> crate::Provider {
        SENDER
    }

    /// Two accounts with one topic accept the same messages.
    fn key_prints(&self) -> Vec<KeyPrint> {
        let topics = self.account.topic_arns.iter();
        topics.map(|arn| KeyPrint::of(&[NAME, arn])).collect()
    }

    fn replay_window(&self) -> Option<std::time::Duration> {
        self.account.tolerance.map(Tolerance::window)
    }

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<BodyCheck, Answer> {
        require_post(head)?;
        if head.header("x-amz-sns-rawdelivery")? == Some(b"true") {
            return Err(missing(
                "raw message delivery is not signed: turn it off for this subscription",
            )
            .of_header("x-amz-sns-rawdelivery")
            .into());
        }
        let sns = self.clone();
        Ok(buffered(move |body| sns.judge(body, now)))
    }
}

/// A message before it is proven.
struct SignedMessage {
    event: Event,
    text: String,
    hash: Hash,
    signature: Vec<u8>,
    certificate_url: String,
}

/// What a version of the signature signs with.
#[derive(PartialEq, Eq)]
enum Hash {
    Sha1,
    Sha256,
}

impl SignedMessage {
    fn read(body: &Bytes) -> Result<Self, Rejection> {
        let document = Document::read(body)?;
        let (Some(signature), Some(version), Some(certificate_url)) = (
            &document.signature,
            &document.signature_version,
            &document.certificate_url,
        ) else {
            return Err(missing(
                "the body has no signature: if raw message delivery is on, turn it off",
            ));
        };
        let hash = match version.as_str() {
            "1" => Hash::Sha1,
            "2" => Hash::Sha256,
            _ => return Err(malformed("SignatureVersion is neither 1 nor 2")),
        };
        Ok(Self {
            hash,
            signature: Encoding::Base64.decode(signature.as_bytes()),
            certificate_url: certificate_url.clone(),
            text: document.signed_text()?,
            event: document.event()?,
        })
    }
}

impl Account {
    /// Judged first, so that nothing is got for a stranger's topic. Anybody can have SNS sign a message of a topic of their own.
    fn require(&self, message: &SignedMessage) -> Result<(), Rejection> {
        let topic = &message.event.topic_arn;
        if !self.topic_arns.iter().any(|own| topic == own.as_str()) {
            return Err(Rejection::new(
                RejectionKind::WrongAudience,
                "the message is that of another topic",
            ));
        }
        if self.needs_version_2 && message.hash != Hash::Sha256 {
            return Err(malformed(
                "SignatureVersion is not 2: set it in the attributes of the topic",
            ));
        }
        Ok(())
    }

    /// What is proven by this certificate.
    fn conclude(
        &self,
        certified: &Certified,
        message: SignedMessage,
        now: UnixTime,
    ) -> Result<Proof, Answer> {
        certified.require(&message, now)?;
        let event = message.event;
        if let Some(tolerance) = self.tolerance {
            tolerance.require(event.timestamp, now, TimeUnit::Rfc3339)?;
        }
        if event.kind == kind::SUBSCRIPTION_CONFIRMATION && !self.delivers_confirmations {
            return Err(Answer::Reply(Reply::empty(StatusCode::OK)));
        }
        Ok(Proof::dangerously_assert(Coverage::Fields)
            .sent_at(event.timestamp)
            .id(event.message_id.as_str())
            .kind(event.kind.as_str()))
    }
}

/// The key of a certificate that was accepted.
#[derive(Debug)]
struct Certified {
    key: RsaKey,
    valid: RangeInclusive<UnixTime>,
}

impl Certified {
    /// Accepts a document that stood behind a URL of SNS. What vouches for it is the address: SNS does not publish the certificates
    /// between this one and a root.
    fn accept(pem: &[u8], now: UnixTime) -> Result<Entry<Arc<Self>>, Rejection> {
        const TWO: Rejection = untrusted("the document at SigningCertURL is not one certificate");
        let certificates = certificate::from_pem(pem)?;
        let [certificate] = certificates.as_slice() else {
            return Err(TWO);
        };
        let certificate = Certificate::parse(certificate)?;
        let valid = certificate.valid();
        if !valid.contains(&now) {
            return Err(NOT_VALID);
        }
        let fresh_until = UnixTime::from_millis(valid.end().as_millis().saturating_add(1));
        let key = certificate.rsa_key()?;
        Ok(Entry {
            value: Arc::new(Self { key, valid }),
            fresh_until,
        })
    }

    fn require(&self, message: &SignedMessage, now: UnixTime) -> Result<(), Rejection> {
        // Kept since a request of another time, and clocks are set back too.
        if !self.valid.contains(&now) {
            return Err(NOT_VALID);
        }
        let (text, signature) = (message.text.as_bytes(), &message.signature);
        let holds = match message.hash {
            Hash::Sha1 => self.key.verify_sha1(text, signature),
            Hash::Sha256 => self.key.verify(text, signature),
        };
        holds.then_some(()).ok_or(NO_MATCH)
    }
}

const NOT_VALID: Rejection = untrusted("the certificate is not valid at this time");

const FOREIGN: Rejection = untrusted("SigningCertURL is not an address of SNS");

const fn untrusted(reason: &'static str) -> Rejection {
    Rejection::new(RejectionKind::UntrustedKey, reason)
}

#[cfg(feature = "fetch")]
fn fetching(topics: Vec<&str>) -> Result<AwsSns, ConfigError> {
    AwsSns::new(topics, crate::published::HttpsFetcher::new()?)
}

#[cfg(not(feature = "fetch"))]
fn fetching(_: Vec<&str>) -> Result<AwsSns, ConfigError> {
    Err(ConfigError::new(
        "`certs` is missing; without it certificates are fetched, which needs the feature `fetch`",
    ))
}
