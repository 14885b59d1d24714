//! The token that PayPal's interface wants.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use base64ct::{Base64, Encoding as _};
use bytes::Bytes;
use http::StatusCode;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::ask::Ask;
use crate::published::{Cache, Entry, FetchFuture, Unavailable};
use crate::{ConfigError, Rejection, RejectionKind, Secret, UnixTime};

/// How long before its end a token is no longer used, in seconds.
const MARGIN: i64 = 60;

/// The token for PayPal's interface.
pub(super) struct Tokens {
    /// The value of `Authorization` with which a token is asked for.
    client: Arc<Zeroizing<String>>,
    /// The value of `Authorization` with which all else is asked for.
    known: Cache<Arc<Zeroizing<String>>>,
    /// Under its number the present token is known.
    generation: AtomicU64,
}

impl Tokens {
    pub(super) fn new(client_id: &str, client_secret: &Secret) -> Result<Self, ConfigError> {
        let in_id = |b: u8| b.is_ascii_graphic() && b != b':';
        if client_id.is_empty() || !client_id.bytes().all(in_id) {
            return Err(ConfigError::new("the client id is empty or not one"));
        }
        let pair = Zeroizing::new(format!("{client_id}:{}", client_secret.expose()));
        let pair = Zeroizing::new(Base64::encode_string(pair.as_bytes()));
        Ok(Self {
            client: Arc::new(Zeroizing::new(format!("Basic {}", *pair))),
            known: Cache::new(),
            generation: AtomicU64::new(0),
        })
    }

    /// The present token and its number. All who need a new one wait for the same.
    pub(super) async fn get(
        &self,
        ask: &Arc<dyn Ask>,
        base_url: &str,
        now: UnixTime,
    ) -> Result<(u64, Arc<Zeroizing<String>>), Rejection> {
        let generation = self.generation.load(Ordering::Relaxed);
        let fetch = || {
            let (ask, client) = (Arc::clone(ask), Arc::clone(&self.client));
            let url = format!("{base_url}/v1/oauth2/token");
            FetchFuture::new(async move {
                let headers = [
                    ("authorization", client.as_str()),
                    ("content-type", "application/x-www-form-urlencoded"),
                ];
                let body = Bytes::from_static(b"grant_type=client_credentials");
                match ask.post(&url, &headers, body).await? {
                    (StatusCode::OK, answer) => Ok(answer),
                    _ => Err(Unavailable::Failed),
                }
            })
        };
        let accept = move |answer: Bytes| {
            let granted: Granted = serde_json::from_slice(&answer).map_err(|_| NO_ANSWER)?;
            let token = Zeroizing::new(granted.access_token);
            Ok(Entry {
                value: Arc::new(Zeroizing::new(format!("Bearer {}", *token))),
                fresh_until: now.plus_secs(granted.expires_in.saturating_sub(MARGIN)),
            })
        };
        let name = generation.to_string();
        let token = self.known.prefetch(&name, now, fetch, accept).await?;
        Ok((generation, token))
    }

    /// The token of this number is no longer taken.
    pub(super) fn forget(&self, generation: u64) {
        let next = generation.wrapping_add(1);
        // Lost only to another request that has seen the same.
        let _ = self.generation.compare_exchange(
            generation,
            next,
            Ordering::Relaxed,
            Ordering::Relaxed,
        );
    }
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: i64,
}

pub(super) const NO_ANSWER: Rejection = Rejection::new(
    RejectionKind::KeysUnavailable,
    "PayPal gave no clear answer",
);
