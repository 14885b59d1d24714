//! Keys of a JSON Web Key Set.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::cache::{Cache, Entry};
use super::fetch::{HttpsFetcher, https};
use super::source::{CertificateSource as _, FetchFuture, KeySource, Unavailable};
use crate::outcome::{ConfigError, Rejection, RejectionKind};
use crate::time::{Clock as _, SystemClock};

/// How long a set answers for all of its keys. A key id comes from a request that nobody has proven:
/// however many unknown ones arrive, the set is got once in this time. Senders publish a key before they sign with it.
const HELD_SECS: i64 = 60;

/// Keys that a sender publishes as a JSON Web Key Set (RFC 7517 §5) at one fixed URL.
///
/// The document of a key is its JWK, as it stands in the set. The set is held for a minute: a key
/// that is not in it is unknown until then.
///
/// ```
/// use webhook_core::published::{HttpsFetcher, JwksFetcher};
///
/// let google = JwksFetcher::new(HttpsFetcher::new()?, "https://www.googleapis.com/oauth2/v3/certs")?;
/// # Ok::<_, webhook_core::ConfigError>(())
/// ```
#[derive(Debug)]
pub struct JwksFetcher {
    https: HttpsFetcher,
    url: String,
    sets: Cache<Arc<BTreeMap<String, Bytes>>>,
}

impl JwksFetcher {
    /// Gets the set at this URL.
    ///
    /// # Errors
    /// If the URL is not `https:`.
    pub fn new(fetcher: HttpsFetcher, url: impl Into<String>) -> Result<Self, ConfigError> {
        let url = url.into();
        if https(&url).is_none() {
            return Err(ConfigError::fixed("the URL of the key set must be https:"));
        }
        Ok(Self {
            https: fetcher,
            url,
            sets: Cache::new(),
        })
    }
}

impl KeySource for JwksFetcher {
    fn key(&self, id: &str) -> FetchFuture {
        let now = SystemClock.now();
        let accept = move |document: Bytes| {
            Ok(Entry {
                value: Arc::new(keys(&document)?),
                fresh_until: now.plus_secs(HELD_SECS),
            })
        };
        // The address is ours and not a stranger's: that nothing is there now is a failure too.
        let fetch = || {
            let set = self.https.certificate(&self.url);
            FetchFuture::new(async { set.await.map_err(|_| Unavailable::Failed) })
        };
        let set = self.sets.get_or_fetch(&self.url, now, fetch, accept);
        let id = id.to_owned();
        FetchFuture::new(async move {
            // Whatever is wrong with the set is not the fault of who asked for one of its keys.
            let set = set.await.map_err(|_| Unavailable::Failed)?;
            set.get(&id).cloned().ok_or(Unavailable::Unknown)
        })
    }
}

#[derive(Deserialize)]
struct Set<'a> {
    #[serde(borrow)]
    keys: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Named {
    kid: String,
}

/// Every key by its id. Those without one cannot be asked for.
fn keys(set: &[u8]) -> Result<BTreeMap<String, Bytes>, Rejection> {
    const NOT_A_SET: Rejection =
        Rejection::new(RejectionKind::KeysUnavailable, "not a JSON Web Key Set");
    let set: Set<'_> = serde_json::from_slice(set).map_err(|_| NOT_A_SET)?;
    let keys = set.keys.into_iter().filter_map(|key| {
        let Named { kid } = serde_json::from_str(key.get()).ok()?;
        Some((kid, Bytes::copy_from_slice(key.get().as_bytes())))
    });
    Ok(keys.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_the_text_that_stands_in_the_set() {
        let set = br#"{"keys": [{"kid":"a", "n":"1"}, {"kid":"b","n":1e0}], "more": 1}"#;
        let keys = keys(set).unwrap();
        assert_eq!(keys.len(), 2);
        assert_eq!(keys["a"], r#"{"kid":"a", "n":"1"}"#);
        assert_eq!(keys["b"], r#"{"kid":"b","n":1e0}"#);
    }

    #[test]
    fn keys_without_a_readable_id_are_left_out() {
        let set = br#"{"keys": [{"n":"1"}, {"kid":1}, {"kid":null}, 7, null, [], {"kid":"a"}]}"#;
        assert!(keys(set).unwrap().keys().eq(["a"]));
    }

    #[test]
    fn what_is_no_set_is_our_failure() {
        for document in [
            "",
            "<html>",
            "null",
            "[]",
            "{}",
            r#"{"keys":{}}"#,
            "\u{feff}{}",
        ] {
            let refused = keys(document.as_bytes()).unwrap_err();
            assert_eq!(refused.kind(), RejectionKind::KeysUnavailable, "{document}");
        }
    }

    #[test]
    fn a_key_set_must_be_https() {
        for url in [
            "http://keys.test/",
            "keys.test",
            "/keys",
            "",
            "file:///keys",
            "https:",
        ] {
            let https = HttpsFetcher::new().unwrap();
            assert!(JwksFetcher::new(https, url).is_err(), "{url}");
        }
    }
}
