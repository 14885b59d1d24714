//! Verification by asking PayPal.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use base64ct::{Base64, Encoding as _};
use bytes::Bytes;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::NAME;
use super::account::{HOSTS, valid_id};
use super::ask::Ask;
use super::certified::proof;
use super::transmission::{ALGORITHM, Transmission};
use crate::keys::{Cache, Entry, Fetching, Unavailable};
use crate::on_body::{NO_MATCH, on_body};
use crate::scheme::malformed;
use crate::time::TimeUnit;
use crate::{
    Asking, Begin, ConfigError, Proof, Rejection, RejectionKind, RequestHead, Secret, UnixTime,
    Verdict, Verifier,
};

const LIVE: &str = "https://api-m.paypal.com";
const SANDBOX: &str = "https://api-m.sandbox.paypal.com";

/// How many requests may be asked about at once. Whoever can reach the endpoint can make it ask.
const MOST: usize = 64;

/// How long before its end a token is no longer used, in seconds.
const MARGIN: i64 = 60;

/// Asks PayPal about every delivery, at `/v1/notifications/verify-webhook-signature`, instead of verifying it here.
///
/// Slower than [`PayPal`](super::PayPal): every request waits for one to PayPal, and when PayPal does not answer with a
/// clear yes or no, it is refused with 503 and PayPal tries again. It needs a client id and secret, and no certificate.
///
/// Requests with another host than PayPal's in their certificate's URL are refused without asking, and no more than 64 are
/// asked about at once. Put a limit on the rate of requests in front of it all the same. Events of the simulator cannot be
/// verified this way.
///
/// The token for PayPal's interface is got when it is needed and used until it expires.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::provider::paypal::{Ask, PayPalPostback};
///
/// /// `client` is `HttpsFetcher::new()?` with feature `fetch`, or your own.
/// fn sandbox(client: impl Ask + 'static) -> Result<Endpoint, webhook_core::ConfigError> {
///     let paypal = PayPalPostback::new("652OVHJHFFBP48WEX", "client id", "secret", client)?;
///     Ok(Endpoint::new(paypal.sandbox()))
/// }
/// ```
#[derive(Clone)]
pub struct PayPalPostback {
    webhook_id: Arc<str>,
    base_url: Arc<str>,
    hosts: Arc<[String]>,
    ask: Arc<dyn Ask>,
    tokens: Arc<Tokens>,
    running: Arc<AtomicUsize>,
}

impl PayPalPostback {
    /// Accepts what PayPal says it has sent to the webhook of this id. `client_id` and `client_secret` are those of the
    /// application that the webhook belongs to, in PayPal's live environment.
    ///
    /// # Errors
    /// If the webhook's id is not one, or client id or secret are empty.
    pub fn new(
        webhook_id: impl Into<String>,
        client_id: impl AsRef<str>,
        client_secret: impl Into<String>,
        ask: impl Ask + 'static,
    ) -> Result<Self, ConfigError> {
        let client_secret = Secret::new(client_secret)?;
        Ok(Self {
            webhook_id: valid_id(webhook_id.into())?.into(),
            base_url: LIVE.into(),
            hosts: HOSTS.map(str::to_owned).into(),
            ask: Arc::new(ask),
            tokens: Arc::new(Tokens::new(client_id.as_ref(), &client_secret)?),
            running: Arc::default(),
        })
    }

    /// Asks PayPal's sandbox.
    #[must_use]
    pub fn sandbox(self) -> Self {
        Self {
            base_url: SANDBOX.into(),
            ..self
        }
    }

    /// Asks at another address, such as that of a proxy.
    ///
    /// # Errors
    /// If it does not begin with `https://`.
    pub fn base_url(self, url: impl AsRef<str>) -> Result<Self, ConfigError> {
        let url = url.as_ref();
        if !url.starts_with("https://") {
            return Err(ConfigError::new(
                "PayPal's address does not begin with https://",
            ));
        }
        Ok(Self {
            base_url: url.trim_end_matches('/').into(),
            ..self
        })
    }

    /// What PayPal says about this question.
    async fn verdict(self, question: String, now: UnixTime) -> Result<(), Rejection> {
        let _one_of_those_running = self.enter()?;
        let (generation, token) = self.tokens.get(&self.ask, &self.base_url, now).await?;
        let url = format!("{}/v1/notifications/verify-webhook-signature", self.base_url);
        let headers = [
            ("authorization", token.as_str()),
            ("content-type", "application/json"),
        ];
        let answer = self.ask.post(&url, &headers, question.into());
        let (status, answer) = answer.await.map_err(|_| NO_ANSWER)?;
        if status == StatusCode::UNAUTHORIZED {
            self.tokens.forget(generation);
        }
        if status != StatusCode::OK {
            return Err(NO_ANSWER);
        }
        let answer: Verified = serde_json::from_slice(&answer).map_err(|_| NO_ANSWER)?;
        match answer.verification_status.as_str() {
            "SUCCESS" => Ok(()),
            "FAILURE" => Err(NO_MATCH),
            _ => Err(NO_ANSWER),
        }
    }

    fn enter(&self) -> Result<Ticket, Rejection> {
        let ticket = Ticket(Arc::clone(&self.running));
        if self.running.fetch_add(1, Ordering::Relaxed) < MOST {
            Ok(ticket)
        } else {
            Err(Rejection::new(
                RejectionKind::KeysUnavailable,
                "too many requests are being asked about",
            ))
        }
    }
}

impl Verifier for PayPalPostback {
    fn provider(&self) -> &'static str {
        NAME
    }

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<Begin, Rejection> {
        let transmission = Transmission::read(head, &self.hosts)?;
        Base64::decode_vec(transmission.signature).map_err(|_| NO_MATCH)?;
        let question = serde_json::to_string(&Question {
            auth_algo: ALGORITHM,
            cert_url: transmission.certificate_url,
            transmission_id: transmission.id,
            transmission_sig: transmission.signature,
            transmission_time: transmission.time,
            webhook_id: &self.webhook_id,
        });
        let question = question.map_err(|_| malformed("the headers cannot be handed on"))?;
        let sent_at = TimeUnit::Rfc3339.parse(transmission.time.as_bytes());
        let this = self.clone();
        Ok(on_body(move |body| {
            let question = with_event(question, body)?;
            let proof = proof(body)?;
            let proof = match sent_at {
                Some(time) => proof.sent_at(time),
                None => proof,
            };
            Ok(Verdict::Later(Asking::new(async move {
                this.verdict(question, now).await?;
                Ok::<Proof, Rejection>(proof)
            })))
        }))
    }
}

impl fmt::Debug for PayPalPostback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PayPalPostback")
            .field("webhook_id", &self.webhook_id)
            .field("base_url", &self.base_url)
            .field("ask", &self.ask)
            .finish_non_exhaustive()
    }
}

/// What PayPal is asked, but for the event.
#[derive(Serialize)]
struct Question<'a> {
    auth_algo: &'a str,
    cert_url: &'a str,
    transmission_id: &'a str,
    transmission_sig: &'a str,
    transmission_time: &'a str,
    webhook_id: &'a str,
}

/// Puts the event into the question as it was sent: read and written again, its numbers and escapes would not be the same
/// bytes. That it is one whole JSON object keeps it from being more than a value there.
fn with_event(mut question: String, body: &Bytes) -> Result<String, Rejection> {
    const FAULT: Rejection = malformed("the body is not a JSON object");
    let text = std::str::from_utf8(body).map_err(|_| FAULT)?;
    let event: &RawValue = serde_json::from_str(text).map_err(|_| FAULT)?;
    if !event.get().starts_with('{') || question.pop() != Some('}') {
        return Err(FAULT);
    }
    question.push_str(",\"webhook_event\":");
    question.push_str(text);
    question.push('}');
    Ok(question)
}

#[derive(Deserialize)]
struct Verified {
    verification_status: String,
}

/// One of the requests that are being asked about.
struct Ticket(Arc<AtomicUsize>);

impl Drop for Ticket {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The token for PayPal's interface.
struct Tokens {
    /// The value of `Authorization` with which a token is asked for.
    client: Arc<Zeroizing<String>>,
    /// The value of `Authorization` with which all else is asked for.
    known: Cache<Arc<Zeroizing<String>>>,
    /// Under its number the present token is known.
    generation: AtomicU64,
}

impl Tokens {
    fn new(client_id: &str, client_secret: &Secret) -> Result<Self, ConfigError> {
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
    async fn get(
        &self,
        ask: &Arc<dyn Ask>,
        base_url: &str,
        now: UnixTime,
    ) -> Result<(u64, Arc<Zeroizing<String>>), Rejection> {
        let generation = self.generation.load(Ordering::Relaxed);
        let fetch = || {
            let (ask, client) = (Arc::clone(ask), Arc::clone(&self.client));
            let url = format!("{base_url}/v1/oauth2/token");
            Fetching::new(async move {
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
        let token = self.known.get_or_fetch(&name, now, fetch, accept).await?;
        Ok((generation, token))
    }

    /// The token of this number is no longer taken.
    fn forget(&self, generation: u64) {
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

const NO_ANSWER: Rejection = Rejection::new(
    RejectionKind::KeysUnavailable,
    "PayPal gave no clear answer",
);
