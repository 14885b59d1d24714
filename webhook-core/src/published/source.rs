//! Where published keys come from.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use serde_json::Value;

use crate::account::KeyPrint;
use crate::outcome::ConfigError;

/// Where certificates, and sets of keys without ids, come from: documents by their URL. A certificate is PEM.
///
/// Called only for URLs that the sender's rules allow, once for all requests that wait for the same one, and
/// not again as long as the document is valid.
pub trait CertificateSource: Send + Sync + fmt::Debug {
    /// Begins to get the document at this URL. Must follow no redirect and bound size and time.
    fn certificate(&self, url: &str) -> FetchFuture;

    /// What two accounts share if they ask for the same documents: see [`Verifier::key_prints`](crate::Verifier::key_prints).
    /// None if it is not known.
    fn prints(&self) -> Vec<KeyPrint> {
        Vec::new()
    }
}

/// Where public keys come from: a document for each key id, in the form that the provider's documentation names.
///
/// Called once for all requests that wait for the same key, and not again as long as the key is fresh.
pub trait KeySource: Send + Sync + fmt::Debug {
    /// Begins to get the key with this id. The id comes from the request: unknown ones must answer
    /// [`Unavailable::Unknown`].
    fn key(&self, id: &str) -> FetchFuture;

    /// What two accounts share if they ask for the same keys: see [`Verifier::key_prints`](crate::Verifier::key_prints).
    /// None if it is not known.
    fn prints(&self) -> Vec<KeyPrint> {
        Vec::new()
    }
}

/// A document that is there already or being fetched.
pub struct FetchFuture(Pin<Box<dyn Future<Output = Result<Bytes, Unavailable>> + Send>>);

impl FetchFuture {
    /// Fetches by this.
    #[must_use]
    pub fn new(
        fetching: impl Future<Output = Result<Bytes, Unavailable>> + Send + 'static,
    ) -> Self {
        Self(Box::pin(fetching))
    }

    /// Had without waiting.
    #[must_use]
    pub fn ready(found: Result<Bytes, Unavailable>) -> Self {
        Self::new(std::future::ready(found))
    }
}

impl Future for FetchFuture {
    type Output = Result<Bytes, Unavailable>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(cx)
    }
}

impl fmt::Debug for FetchFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FetchFuture")
    }
}

/// Why a document could not be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unavailable {
    /// The source knows for sure that there is none: the request is refused.
    Unknown,
    /// It could not be had just now: the sender is asked to try again.
    Failed,
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "there is no such key",
            Self::Failed => "the key could not be had",
        })
    }
}

impl Error for Unavailable {}

/// Documents that are known beforehand, by URL or key id. What is not among them is unknown.
///
/// ```
/// use webhook_core::published::InMemory;
///
/// let certificates = InMemory::new([(
///     "https://api.paypal.com/v1/notifications/certs/CERT-1",
///     "-----BEGIN CERTIFICATE-----\n…",
/// )]);
/// ```
#[derive(Clone, Default)]
pub struct InMemory(BTreeMap<String, Bytes>);

impl InMemory {
    /// Keeps these documents.
    pub fn new<N: Into<String>, D: Into<Bytes>>(
        documents: impl IntoIterator<Item = (N, D)>,
    ) -> Self {
        let documents = documents.into_iter();
        Self(
            documents
                .map(|(name, doc)| (name.into(), doc.into()))
                .collect(),
        )
    }

    /// What stands as `keys` in a JSON Web Key Set (RFC 7517, section 5), by the ids. A key without one cannot be asked for.
    pub(crate) fn of_set(keys: Option<&Value>) -> Result<Self, ConfigError> {
        const NOT_A_SET: ConfigError = ConfigError::fixed("a set of keys is no object with `keys`");
        let keys = keys.and_then(Value::as_array).ok_or(NOT_A_SET)?;
        let named = |key: &Value| Some((key.get("kid")?.as_str()?.to_owned(), key.to_string()));
        let keys: Vec<_> = keys.iter().filter_map(named).collect();
        match keys.is_empty() {
            true => Err(ConfigError::fixed(
                "a set of keys holds no key with a `kid`",
            )),
            false => Ok(Self::new(keys)),
        }
    }

    fn all_prints(&self) -> Vec<KeyPrint> {
        let print = |(id, document): (&String, &Bytes)| {
            KeyPrint::of(&["published key", id, &String::from_utf8_lossy(document)])
        };
        self.0.iter().map(print).collect()
    }

    fn get(&self, name: &str) -> FetchFuture {
        FetchFuture::ready(self.0.get(name).cloned().ok_or(Unavailable::Unknown))
    }
}

impl CertificateSource for InMemory {
    fn certificate(&self, url: &str) -> FetchFuture {
        self.get(url)
    }

    fn prints(&self) -> Vec<KeyPrint> {
        self.all_prints()
    }
}

impl KeySource for InMemory {
    fn key(&self, id: &str) -> FetchFuture {
        self.get(id)
    }

    fn prints(&self) -> Vec<KeyPrint> {
        self.all_prints()
    }
}

impl fmt::Debug for InMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InMemory({} documents)", self.0.len())
    }
}
