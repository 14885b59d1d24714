//! Keys that a sender publishes by their id.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use super::cache::{Cache, Entry, UNKNOWN};
use super::source::KeySource;
use crate::account::KeyPrint;
use crate::endpoint::resolver::{ResolveFuture, Resolved};
use crate::outcome::{Rejection, RejectionKind};
use crate::time::UnixTime;
use crate::verify::Verifier;

/// The keys of one sender: from their source, read once, and kept for a while.
pub(crate) struct KeysById<K>
where
    K: Clone + Send + Sync + 'static,
{
    source: Arc<dyn KeySource>,
    cache: Cache<K>,
    read: fn(&Bytes) -> Result<K, Rejection>,
    fresh_secs: i64,
    unknown: Rejection,
}

impl<K: Clone + Send + Sync + 'static> KeysById<K> {
    /// Keys that `read` makes of the documents of `source`, each asked for again after so many seconds.
    pub(crate) fn new(
        source: impl KeySource + 'static,
        read: fn(&Bytes) -> Result<K, Rejection>,
        fresh_secs: i64,
    ) -> Self {
        Self {
            source: Arc::new(source),
            cache: Cache::new(),
            read,
            fresh_secs,
            unknown: NO_SUCH_KEY,
        }
    }

    /// Refuses so what names a key that does not exist.
    pub(crate) fn unknown_is(self, unknown: Rejection) -> Self {
        Self { unknown, ..self }
    }

    /// Gets these keys beforehand.
    pub(crate) async fn prefetch(
        &self,
        ids: impl IntoIterator<Item = impl AsRef<str>>,
        now: UnixTime,
    ) -> Result<(), Rejection> {
        for id in ids {
            let id = id.as_ref();
            let fetch = || self.source.key(id);
            let getting = self.cache.prefetch(id, now, fetch, self.accept(now));
            getting.await.map(drop)?;
        }
        Ok(())
    }

    /// What the source knows of the keys before a request comes.
    pub(crate) fn prints(&self) -> Vec<KeyPrint> {
        self.source.prints()
    }

    /// What makes a key of a document.
    fn accept(&self, now: UnixTime) -> impl FnOnce(Bytes) -> Result<Entry<K>, Rejection> + use<K> {
        let (read, fresh_until) = (self.read, now.plus_secs(self.fresh_secs));
        move |document| {
            let value = read(&document)?;
            Ok(Entry { value, fresh_until })
        }
    }

    /// Leads to the verifier that `verifier` makes of the key with this id; at once where the key is known.
    pub(crate) fn resolve<'a, V: Verifier + 'static>(
        &'a self,
        id: &str,
        now: UnixTime,
        verifier: impl FnOnce(K) -> V + Send + 'a,
    ) -> ResolveFuture<'a> {
        let resolved = |key| Resolved::shared(Arc::new(verifier(key))).only_account();
        if let Some(key) = self.cache.get(id, now) {
            return ResolveFuture::ready(Ok(resolved(key)));
        }
        let fetch = || self.source.key(id);
        let getting = self.cache.get_or_fetch(id, now, fetch, self.accept(now));
        let unknown = self.unknown.clone();
        ResolveFuture::later(async move {
            match getting.await {
                Ok(key) => Ok(resolved(key)),
                Err(rejection) if rejection == UNKNOWN => Err(unknown),
                Err(rejection) => Err(rejection),
            }
        })
    }
}

/// To the sender of a token, a key that does not exist looks like one that does not match.
const NO_SUCH_KEY: Rejection = Rejection::new(
    RejectionKind::BadSignature,
    "the sender publishes no key with this id",
);

impl<K: Clone + Send + Sync + 'static> fmt::Debug for KeysById<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeysById")
            .field("source", &self.source)
            .field("cache", &self.cache)
            .finish_non_exhaustive()
    }
}
