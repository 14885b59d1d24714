//! Who pushes a message: the token of a request, and whose it must be.

use std::sync::Arc;

use bytes::Bytes;
use serde::Deserialize;

use crate::crypto::certificate;
use crate::crypto::certificate::{Certificate, RsaKey};
use crate::crypto::jws::{Jws, JwsAlgorithm};
use crate::crypto::{jwk, jws};
use crate::endpoint::resolver::{Resolve, ResolveFuture, Resolved};
use crate::outcome::{malformed, missing};
use crate::published::{InMemory, KeySource, KeysById};
use crate::time::Window;
use crate::verify::{buffered, require_post};
use crate::{
    Answer, BodyCheck, ConfigError, Proof, Proven, Provider, Rejection, RejectionKind, RequestHead,
    Settings, Shown, ShowsSecret, StorageKey, TimeUnit, Tolerance, UnixTime, Verdict, Verifier,
};

/// Who pushes through Pub/Sub, and what is made of a body that it pushes.
#[derive(Debug)]
pub(in crate::provider) struct Pusher {
    pub(in crate::provider) sender: Provider,
    /// That the sender is Google, and what the body calls itself.
    pub(in crate::provider) proof: fn(&Bytes) -> Proof,
    /// Why a token is refused whose key Google does not publish.
    pub(in crate::provider) no_such_key: Rejection,
}

/// Verifies who pushes the messages of one Pub/Sub subscription. Their contents are not signed.
#[derive(Debug)]
pub(in crate::provider) struct Push {
    keys: KeysById<RsaKey>,
    audience: Arc<Audience>,
    tolerance: Tolerance,
}

impl Push {
    /// Accepts what Google says this service account sends to this audience.
    ///
    /// # Errors
    /// If the audience or the service account is empty.
    pub(in crate::provider) fn new(
        pusher: &'static Pusher,
        keys: impl KeySource + 'static,
        audience: impl Into<String>,
        service_account_email: impl Into<String>,
    ) -> Result<Self, ConfigError> {
        let audience = Audience {
            pusher,
            audience: audience.into(),
            service_account_email: service_account_email.into(),
        };
        if audience.audience.trim().is_empty() {
            return Err(ConfigError::new("the audience is empty"));
        }
        if audience.service_account_email.trim().is_empty() {
            return Err(ConfigError::new("the service account is empty"));
        }
        let keys = KeysById::new(keys, read_key, KEY_FRESH_SECS);
        Ok(Self {
            keys: keys.unknown_is(pusher.no_such_key.clone()),
            audience: Arc::new(audience),
            tolerance: Tolerance::secs(10),
        })
    }

    /// Another tolerance than 10 seconds after a token's end and before its beginning.
    pub(in crate::provider) fn tolerance(self, tolerance: Tolerance) -> Self {
        Self { tolerance, ..self }
    }

    /// Gets the keys with these ids now, as of this time.
    pub(in crate::provider) async fn prefetch(
        &self,
        ids: impl IntoIterator<Item = impl AsRef<str>>,
        now: UnixTime,
    ) -> Result<(), Rejection> {
        self.keys.prefetch(ids, now).await
    }

    pub(in crate::provider) fn from_settings(
        pusher: &'static Pusher,
        settings: &Settings,
    ) -> Result<Self, ConfigError> {
        let audience = settings.required("audience")?;
        let account = settings.required("service_account_email")?;
        let push = match keys_of(settings)? {
            Some(keys) => Self::new(pusher, keys, audience, account)?,
            None => Self::new(pusher, published_keys()?, audience, account)?,
        };
        Ok(match settings.tolerance()? {
            Some(tolerance) => push.tolerance(tolerance),
            None => push,
        })
    }
}

/// The keys that are configured, in one of the forms in which Google publishes them.
fn keys_of(settings: &Settings) -> Result<Option<InMemory>, ConfigError> {
    match (
        settings.text_table("certs_by_kid")?,
        settings.table("jwks")?,
    ) {
        (None, None) => Ok(None),
        (Some(keys), None) => {
            let keys = keys.into_iter().map(|(id, key)| (id, key.to_owned()));
            Ok(Some(InMemory::new(keys)))
        }
        (None, Some(set)) => {
            let keys = InMemory::of_set(set.get("keys"));
            keys.map(Some).map_err(|error| error.of_setting("jwks"))
        }
        (Some(_), Some(_)) => Err(ConfigError::fixed(
            "`certs_by_kid` and `jwks` are both set: give the keys once",
        )),
    }
}

#[cfg(feature = "fetch")]
fn published_keys() -> Result<impl KeySource, ConfigError> {
    use crate::published::{HttpsFetcher, JwksFetcher};

    JwksFetcher::new(
        HttpsFetcher::new()?,
        "https://www.googleapis.com/oauth2/v3/certs",
    )
}

#[cfg(not(feature = "fetch"))]
fn published_keys() -> Result<InMemory, ConfigError> {
    Err(ConfigError::new(
        "`certs_by_kid` and `jwks` are missing; without one of them keys are fetched, which needs the feature `fetch` of webhook-core",
    ))
}

const KEY_FRESH_SECS: i64 = 60 * 60;

impl Resolve for Push {
    fn require_storable(&self, storage: StorageKey) -> Result<(), ConfigError> {
        WithoutToken(Arc::clone(&self.audience)).require_storable(storage)
    }

    fn prints(&self) -> Vec<crate::KeyPrint> {
        let Audience {
            pusher,
            audience,
            service_account_email,
        } = &*self.audience;
        vec![crate::KeyPrint::of(&[
            pusher.sender.name(),
            audience,
            service_account_email,
        ])]
    }

    fn resolve<'a>(&'a self, head: &RequestHead<'a>, now: UnixTime) -> ResolveFuture<'a> {
        let token = match token_of(head) {
            Ok(Some(token)) => token,
            Ok(None) => {
                let verifier = WithoutToken(Arc::clone(&self.audience));
                return ResolveFuture::ready(Ok(Resolved::from(verifier).only_account()));
            }
            Err(rejection) => return ResolveFuture::ready(Err(rejection)),
        };
        let (audience, tolerance) = (Arc::clone(&self.audience), self.tolerance);
        let verifier = move |key| WithKey {
            key,
            audience,
            tolerance,
        };
        match token.key_id() {
            Ok(id) => self.keys.resolve(id, now, verifier),
            Err(rejection) => ResolveFuture::ready(Err(rejection)),
        }
    }
}

/// The token of a request, which nothing is known of yet.
fn token_of<'a>(head: &RequestHead<'a>) -> Result<Option<Jws<'a>>, Rejection> {
    require_post(head)?;
    let value = head
        .header_str(AUTHORIZATION)?
        .map(str::trim)
        .filter(|value| !value.is_empty());
    let Some(value) = value else {
        return Ok(None);
    };
    // The name of the scheme is written in either case (RFC 9110, section 11.1).
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
            Jws::parse(token.trim_start(), JwsAlgorithm::Rs256).map(Some)
        }
        _ => Err(malformed("the authorization is not a bearer token")),
    }
}

/// The key of a document that Google publishes, in either of its forms.
fn read_key(document: &Bytes) -> Result<RsaKey, Rejection> {
    const TWO: Rejection = Rejection::new(
        RejectionKind::UntrustedKey,
        "a published key is not one certificate",
    );
    if document.trim_ascii_start().starts_with(b"{") {
        return jwk::rsa(document);
    }
    match certificate::from_pem(document)?.as_slice() {
        [certificate] => Certificate::parse(certificate)?.rsa_key(),
        _ => Err(TWO),
    }
}

/// Who sends to whom.
#[derive(Debug)]
struct Audience {
    pusher: &'static Pusher,
    audience: String,
    service_account_email: String,
}

/// A verifier for requests whose token names this key.
#[derive(Debug)]
struct WithKey {
    key: RsaKey,
    audience: Arc<Audience>,
    tolerance: Tolerance,
}

impl Verifier for WithKey {
    fn provider(&self) -> Provider {
        self.audience.pusher.sender
    }

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<BodyCheck, Answer> {
        let token = token_of(head)?.ok_or(NO_TOKEN)?;
        let payload = token.verify(|signed, signature| self.key.verify(signed, signature))?;
        let claims: Claims = jws::claims(&payload)?;
        self.judge_time(&claims, now)?;
        self.audience.judge(&claims)?;
        let issued_at = UnixTime::from_secs(claims.iat);
        Ok(self.audience.accepted(issued_at))
    }

    fn shows_secret(&self) -> Option<&dyn ShowsSecret> {
        Some(&*self.audience)
    }
}

/// A verifier for requests without a token. They are refused, unless they are stored ones whose seal holds.
#[derive(Debug)]
struct WithoutToken(Arc<Audience>);

impl Verifier for WithoutToken {
    fn provider(&self) -> Provider {
        self.0.pusher.sender
    }

    fn begin(&self, _: &RequestHead<'_>, _: UnixTime) -> Result<BodyCheck, Answer> {
        Err(NO_TOKEN.into())
    }

    fn shows_secret(&self) -> Option<&dyn ShowsSecret> {
        Some(&*self.0)
    }
}

impl ShowsSecret for Audience {
    fn shown(&self) -> Shown {
        // Pub/Sub can be told to put a token of the receiver's own into the URL, under this name by custom.
        let token = Shown::token().header(AUTHORIZATION).parameter("token");
        token
            .beside(&self.audience)
            .beside(&self.service_account_email)
    }

    fn begin_again(
        &self,
        head: &RequestHead<'_>,
        now: UnixTime,
        proven: Proven,
    ) -> Result<BodyCheck, Answer> {
        require_post(head)?;
        Ok(self.accepted(proven.sent_at.unwrap_or(now)))
    }
}

const AUTHORIZATION: &str = "authorization";

const NO_TOKEN: Rejection = missing("there is no header Authorization");

impl WithKey {
    fn judge_time(&self, claims: &Claims, now: UnixTime) -> Result<(), Rejection> {
        let window = |secs| {
            let time = UnixTime::from_secs(secs);
            self.tolerance.judge(time, now, TimeUnit::Seconds)
        };
        if window(claims.exp) == Window::Stale {
            return Err(Rejection::new(
                RejectionKind::Stale,
                "the token has expired",
            ));
        }
        if window(claims.iat) == Window::Future {
            return Err(Rejection::new(
                RejectionKind::Future,
                "the token was issued in the future",
            ));
        }
        Ok(())
    }
}

impl Audience {
    /// The check of a body behind a head whose token, or whose seal, holds.
    fn accepted(&self, issued_at: UnixTime) -> BodyCheck {
        let proof = self.pusher.proof;
        buffered(move |body| Ok(Verdict::Authentic(proof(body).sent_at(issued_at))))
    }

    fn judge(&self, claims: &Claims) -> Result<(), Rejection> {
        if !ISSUERS.contains(&claims.iss.as_str()) {
            return Err(wrong(
                "the token is not issued for service accounts of Google",
            ));
        }
        if claims.aud != self.audience {
            return Err(wrong("the token is for another audience"));
        }
        // Any user of Google Cloud can get a token for any audience: only the account says that it is the subscription.
        if claims.email.as_deref() != Some(&*self.service_account_email) {
            return Err(wrong("the token is that of another account"));
        }
        if claims.email_verified != Some(true) {
            return Err(wrong("the account of the token is not verified"));
        }
        Ok(())
    }
}

const ISSUERS: [&str; 2] = ["accounts.google.com", "https://accounts.google.com"];

const fn wrong(reason: &'static str) -> Rejection {
    Rejection::new(RejectionKind::WrongAudience, reason)
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    iat: i64,
    exp: i64,
    email: Option<String>,
    email_verified: Option<bool>,
}
