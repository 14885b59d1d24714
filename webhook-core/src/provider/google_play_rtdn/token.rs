//! The check of one request, once its key is known.

use std::sync::Arc;

use serde::Deserialize;

use super::{notification, token_of};
use crate::crypto::certificate::RsaKey;
use crate::crypto::jws;
use crate::time::Window;
use crate::verify::buffered;
use crate::{
    Answer, BodyCheck, Rejection, RejectionKind, RequestHead, TimeUnit, Tolerance, UnixTime,
    Verdict, Verifier,
};

/// Who sends to whom.
#[derive(Debug)]
pub(super) struct Audience {
    pub(super) audience: String,
    pub(super) service_account_email: String,
}

/// A verifier for requests whose token names this key.
#[derive(Debug)]
pub(super) struct WithKey {
    pub(super) key: RsaKey,
    pub(super) audience: Arc<Audience>,
    pub(super) tolerance: Tolerance,
}

impl Verifier for WithKey {
    fn provider(&self) -> crate::Provider {
        super::SENDER
    }

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<BodyCheck, Answer> {
        let token = token_of(head)?;
        let payload = token.verify(|signed, signature| self.key.verify(signed, signature))?;
        let claims: Claims = jws::claims(&payload)?;
        self.judge_time(&claims, now)?;
        self.audience.judge(&claims)?;
        let issued_at = UnixTime::from_secs(claims.iat);
        Ok(buffered(move |body| {
            let proof = notification::proof(body).sent_at(issued_at);
            Ok(Verdict::Authentic(proof))
        }))
    }
}

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
