//! A resolver made of a closure.

use std::fmt;
use std::future::Future;

use super::resolve::{Resolve, ResolveFuture, Resolved};
use crate::outcome::Rejection;
use crate::request::RequestHead;
use crate::time::UnixTime;

/// A resolver made of a closure. `find` looks at the head, takes from it what it needs, and returns a future of a
/// verifier, or of a [`Resolved`] that also names the account for the delivery.
///
/// Return [`SchemeVerifier::decoy`](crate::scheme::SchemeVerifier::decoy) for a tenant that does not exist:
/// to the sender it looks like one whose secret is another.
///
/// ```
/// use std::sync::Arc;
/// use webhook_core::provider::stripe::{self, Stripe};
/// use webhook_core::scheme::SchemeVerifier;
/// use webhook_core::resolver::{self, Resolved};
/// use webhook_core::{Endpoint, Rejection, RejectionKind, Verifier};
///
/// async fn account_of(tenant: &str) -> Option<(String, String)> {
///     let is_acme = tenant.eq_ignore_ascii_case("acme"); // asks a database
///     is_acme.then(|| ("acme".to_owned(), "whsec_of_acme".to_owned()))
/// }
///
/// let nobody = Arc::new(SchemeVerifier::decoy(stripe::SCHEME)?);
/// let endpoint = Endpoint::new(resolver::from_fn(move |head| {
///     let tenant = head.path().rsplit('/').next().unwrap_or_default().to_owned();
///     let nobody = Arc::clone(&nobody);
///     async move {
///         let (name, verifier): (_, Arc<dyn Verifier>) = match account_of(&tenant).await {
///             Some((name, secret)) => {
///                 let stripe = Stripe::new(secret).map_err(|_| {
///                     Rejection::new(RejectionKind::Misconfigured, "the tenant's secret is unusable")
///                 })?;
///                 (name, Arc::new(stripe))
///             }
///             None => ("nobody".to_owned(), nobody),
///         };
///         Ok(Resolved::shared(verifier).variant(name)) // the name that was found, not the one that was asked for
///     }
/// }));
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
pub fn from_fn<F, Fut, R>(find: F) -> FromFn<F>
where
    F: Fn(&RequestHead<'_>) -> Fut + Send + Sync,
    Fut: Future<Output = Result<R, Rejection>> + Send + 'static,
    R: Into<Resolved<'static>>,
{
    FromFn(find)
}

/// The resolver that [`from_fn`] makes.
#[derive(Clone, Copy)]
pub struct FromFn<F>(F);

impl<F> fmt::Debug for FromFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FromFn")
    }
}

impl<F, Fut, R> Resolve for FromFn<F>
where
    F: Fn(&RequestHead<'_>) -> Fut + Send + Sync,
    Fut: Future<Output = Result<R, Rejection>> + Send + 'static,
    R: Into<Resolved<'static>>,
{
    fn resolve<'a>(&'a self, head: &RequestHead<'a>, _: UnixTime) -> ResolveFuture<'a> {
        let found = (self.0)(head);
        ResolveFuture::later(async move { found.await.map(Into::into) })
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use crate::dedupe::DedupeKey;
    use crate::provider::github::{self, GitHub};
    use crate::testing::support::Nowhere;
    use crate::testing::{Sign, Signer, receive};
    use crate::{Delivery, Endpoint, UnixTime, Verifier};

    use super::*;

    #[test]
    fn the_name_of_the_account_reaches_the_delivery() {
        let endpoint = Endpoint::new(from_fn(|head| {
            let account = head.path().trim_matches('/').to_owned();
            async move {
                let verifier: Arc<dyn Verifier> =
                    Arc::new(GitHub::new("a secret for tests").unwrap());
                Ok(Resolved::shared(verifier).variant(account))
            }
        }));
        let signer = Signer::new(github::SCHEME, "a secret for tests")
            .unwrap()
            .target("/acme/");
        let request = signer.sign(b"{}", UnixTime::from_secs(0)).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let delivery = runtime.block_on(receive(&endpoint, request)).unwrap();
        assert_eq!(delivery.variant(), Some("acme"));
    }

    #[test]
    fn a_closure_may_return_the_verifier_as_it_is() {
        let secret = "a secret for tests";
        let plain = from_fn(move |_| async move { Ok(GitHub::new(secret).unwrap()) });
        let shared = from_fn(move |_| async move {
            let verifier: Arc<dyn Verifier> = Arc::new(GitHub::new(secret).unwrap());
            Ok(verifier)
        });
        for endpoint in [Endpoint::new(plain), Endpoint::new(shared)] {
            let delivery = deliver(&endpoint, secret, "/").unwrap();
            assert_eq!(delivery.variant(), None);
            assert!(deliver(&endpoint, "another secret", "/").is_err());
        }
    }

    const SECRETS: [&str; 2] = ["the old secret of acme", "the new secret of acme"];

    /// What an endpoint makes of an event that `secret` has signed for `target`.
    fn deliver(endpoint: &Endpoint, secret: &str, target: &str) -> Result<Delivery, Rejection> {
        let signer = Signer::new(github::SCHEME, secret).unwrap();
        let signer = signer.id("1").target(target);
        let request = signer.sign(b"{}", UnixTime::from_secs(0)).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime
            .block_on(receive(endpoint, request))
            .map_err(|answer| answer.into_rejection().unwrap())
    }

    /// Accounts by the path, each with these secrets, called by what `name` makes of the path.
    fn looked_up(name: fn(&str) -> Option<String>, secrets: fn(&str) -> Vec<String>) -> Endpoint {
        Endpoint::new(from_fn(move |head| {
            let path = head.path().trim_matches('/').to_owned();
            async move {
                let verifier: Arc<dyn Verifier> = Arc::new(GitHub::new(secrets(&path)).unwrap());
                let found = Resolved::shared(verifier);
                Ok(match name(&path) {
                    Some(name) => found.variant(name),
                    None => found,
                })
            }
        }))
    }

    fn both(_: &str) -> Vec<String> {
        SECRETS.map(str::to_owned).to_vec()
    }

    fn own(path: &str) -> Vec<String> {
        vec![format!("the secret of {path}")]
    }

    fn as_spelled(path: &str) -> Option<String> {
        Some(path.to_owned())
    }

    fn as_found(path: &str) -> Option<String> {
        Some(path.to_lowercase())
    }

    fn code(outcome: Result<Delivery, Rejection>) -> &'static str {
        outcome.map_or_else(|rejection| rejection.code(), |_| "ok")
    }

    #[test]
    fn a_store_wants_an_endpoint_with_a_name() {
        let github = || Endpoint::new(GitHub::new(SECRETS[0]).unwrap());
        for (endpoint, answer) in [
            (github(), "ok"),
            (github().dedupe(Nowhere), "misconfigured"),
            (github().dedupe(Nowhere).name(""), "misconfigured"),
            (github().dedupe(Nowhere).name("shop"), "ok"),
        ] {
            assert_eq!(code(deliver(&endpoint, SECRETS[0], "/")), answer);
        }
    }

    #[test]
    fn a_store_wants_accounts_with_names_of_their_own() {
        let unnamed = looked_up(|_| None, own);
        assert_eq!(code(deliver(&unnamed, "the secret of acme", "/acme")), "ok");
        let empty = looked_up(|_| Some(String::new()), own);
        for endpoint in [unnamed, empty] {
            let endpoint = endpoint.name("shop").dedupe(Nowhere);
            let answer = deliver(&endpoint, "the secret of acme", "/acme");
            assert_eq!(code(answer), "misconfigured");
        }
        let named = looked_up(as_found, own).name("shop").dedupe(Nowhere);
        for account in ["acme", "initech"] {
            let delivery = deliver(&named, &own(account)[0], account).unwrap();
            assert_eq!(delivery.variant(), Some(account));
        }
    }

    #[test]
    fn one_account_keeps_its_scope_however_it_is_spelled_and_whichever_key_fits() {
        let endpoint = looked_up(as_found, both).name("shop").dedupe(Nowhere);
        let mut keys = Vec::new();
        for (path, secret) in [("/acme", 0), ("/ACME/", 0), ("/Acme", 1), ("/acme", 1)] {
            let delivery = deliver(&endpoint, SECRETS[secret], path).unwrap();
            keys.push(DedupeKey::of(&delivery));
        }
        assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
    }

    #[test]
    fn a_key_that_has_stood_for_one_account_never_stands_for_another() {
        let endpoint = looked_up(as_spelled, both).name("shop").dedupe(Nowhere);
        for (path, secret, answer) in [
            ("/acme", 0, "ok"),
            ("/ACME", 0, "misconfigured"),
            ("/acme", 1, "ok"),
            ("/ACME", 1, "misconfigured"),
            ("/acme", 0, "ok"),
        ] {
            assert_eq!(code(deliver(&endpoint, SECRETS[secret], path)), answer);
        }
        // A stranger's request says nothing about who has a key.
        let endpoint = looked_up(as_spelled, both).name("shop").dedupe(Nowhere);
        assert_eq!(
            code(deliver(&endpoint, "another secret", "/x")),
            "bad_signature"
        );
        assert_eq!(code(deliver(&endpoint, SECRETS[0], "/acme")), "ok");
        // Nothing is remembered where nothing depends on it.
        let endpoint = looked_up(as_spelled, both);
        for path in ["/acme", "/ACME"] {
            assert_eq!(code(deliver(&endpoint, SECRETS[0], path)), "ok");
        }
    }

    #[test]
    fn one_tenant_cannot_take_the_event_of_another() {
        let endpoint = looked_up(as_found, own).name("shop").dedupe(Nowhere);
        let [acme, initech] = ["acme", "initech"].map(|tenant| {
            let delivery = deliver(&endpoint, &own(tenant)[0], tenant).unwrap();
            DedupeKey::of(&delivery)
        });
        assert_ne!(acme, initech);
        assert_ne!(acme.scope(), initech.scope());
    }

    #[test]
    fn a_store_remembers_for_as_long_as_a_request_is_accepted() {
        use crate::dedupe::Dedupe;
        use crate::provider::stripe::{self, Stripe};
        use crate::{Clock, SystemClock, Tolerance};

        let secret = "whsec_of_a_shop";
        let stripe = |past| {
            Stripe::new(secret)
                .unwrap()
                .tolerance(Tolerance::secs(past).future(60))
        };
        for (past, retention, answer) in [
            (540, 600, "ok"),
            (541, 600, "misconfigured"),
            (300, 86_400, "ok"),
        ] {
            let dedupe = Dedupe::new(Nowhere).retention(Duration::from_secs(retention));
            let endpoint = Endpoint::new(stripe(past)).name("shop").dedupe(dedupe);
            let signer = Signer::new(stripe::SCHEME, secret).unwrap();
            let request = signer.sign(b"{}", SystemClock.now()).unwrap();
            let runtime = tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap();
            let outcome = runtime.block_on(receive(&endpoint, request));
            let code = outcome.map_or_else(|rejection| rejection.code(), |_| "ok");
            assert_eq!(code, answer, "{past} {retention}");
        }
    }
}
