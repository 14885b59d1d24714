//! An endpoint that can be changed while it receives.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use crate::account::KeyPrint;
use crate::endpoint::endpoint::Endpoint;
use crate::endpoint::into_endpoint::IntoEndpoint;
use crate::endpoint::resolver::{Resolve, ResolveFuture, Resolved};
use crate::outcome::ConfigError;
use crate::request::RequestHead;
use crate::time::UnixTime;
use crate::verify::StorageKey;

/// Changes a [reloadable](Endpoint::reloadable) endpoint while it receives. Clones change the same one.
#[derive(Clone)]
pub struct Reload(Arc<RwLock<Endpoint>>);

impl Endpoint {
    /// The same endpoint, and a handle that puts another one in its place: with other secrets, other accounts, other limits. No request is
    /// dropped: each is judged by the endpoint that was there when its head arrived.
    ///
    /// What is set on the endpoint that is returned holds for all that come, if they say nothing else. Give each of them the same
    /// [store](Self::dedupe) and the same [name](Self::name): a new name is a new memory.
    ///
    /// ```
    /// use webhook_core::provider::stripe::Stripe;
    /// use webhook_core::{Endpoint, VariantsConfig};
    ///
    /// let (endpoint, reload) = Endpoint::new(Stripe::new("whsec_of_the_shop")?).reloadable();
    /// let endpoint = endpoint.name("payments"); // goes into a layer or a middleware
    ///
    /// // Later, as on SIGHUP: the old secret and the new one.
    /// reload.replace(Stripe::new(["whsec_of_tomorrow", "whsec_of_the_shop"])?);
    /// # let _ = endpoint;
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    #[must_use]
    pub fn reloadable(self) -> (Self, Reload) {
        let current = Arc::new(RwLock::new(self));
        (Self::new(Current(Arc::clone(&current))), Reload(current))
    }
}

impl Reload {
    /// From now on requests are judged by this endpoint.
    pub fn replace(&self, endpoint: impl IntoEndpoint) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = endpoint.into_endpoint();
    }

    /// The endpoint that judges requests now.
    #[must_use]
    pub fn current(&self) -> Endpoint {
        current(&self.0)
    }
}

fn current(endpoint: &RwLock<Endpoint>) -> Endpoint {
    endpoint
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
}

impl fmt::Debug for Reload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Reload").field(&self.current()).finish()
    }
}

/// Finds the endpoint that is there now.
struct Current(Arc<RwLock<Endpoint>>);

impl Resolve for Current {
    fn resolve<'a>(&'a self, _: &RequestHead<'a>, _: UnixTime) -> ResolveFuture<'a> {
        ResolveFuture::ready(Ok(Resolved::from(current(&self.0)).only_account()))
    }

    fn require_storable(&self, storage: StorageKey) -> Result<(), ConfigError> {
        current(&self.0).require_storable(storage)
    }

    fn prints(&self) -> Vec<KeyPrint> {
        current(&self.0).prints()
    }
}

impl fmt::Debug for Current {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        current(&self.0).fmt(f)
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;
    use std::time::Duration;

    use super::*;
    use crate::endpoint::resolver::from_fn;
    use crate::outcome::RejectionKind;
    use crate::provider::github::{self, GitHub};
    use crate::testing::{Sign, SignedRequest, Signer, receive};
    use crate::variants::Variants;

    fn secret(number: usize) -> String {
        format!("the secret number {number}")
    }

    fn github(number: usize) -> Endpoint {
        Endpoint::new(GitHub::new(secret(number)).unwrap())
    }

    fn signed(number: usize) -> SignedRequest {
        let signer = Signer::new(github::SCHEME, secret(number)).unwrap();
        signer.sign(b"{}", UnixTime::from_secs(0)).unwrap()
    }

    #[tokio::test]
    async fn another_secret_counts_from_the_next_request_on() {
        let (endpoint, reload) = github(1).name("hooks").reloadable();
        assert_eq!(
            receive(&endpoint, signed(1)).await.unwrap().endpoint(),
            Some("hooks")
        );
        reload.replace(github(2));
        let refused = receive(&endpoint, signed(1)).await.unwrap_err();
        assert_eq!(refused.code(), "bad_signature");
        assert!(receive(&endpoint, signed(2)).await.is_ok());
    }

    #[tokio::test]
    async fn accounts_come_and_go_at_one_address() {
        let variants = |names: [&str; 2]| {
            let with = |all: Variants, name: &str| all.with(name, github(name.len())).unwrap();
            Endpoint::new(names.into_iter().fold(Variants::new(), with))
        };
        let (endpoint, reload) = variants(["a", "bb"]).reloadable();
        let to = |name: &str| {
            let mut request = signed(name.len());
            request.target = format!("/{name}");
            request
        };
        let variant = |endpoint: Endpoint, name: &'static str| async move {
            let received = receive(&endpoint, to(name)).await;
            received.map(|delivery| delivery.variant().map(str::to_owned))
        };
        assert_eq!(
            variant(endpoint.clone(), "bb").await,
            Ok(Some("bb".to_owned()))
        );
        assert!(variant(endpoint.clone(), "ccc").await.is_err());
        reload.replace(variants(["a", "ccc"]));
        assert!(variant(endpoint.clone(), "bb").await.is_err());
        assert_eq!(variant(endpoint, "ccc").await, Ok(Some("ccc".to_owned())));
    }

    #[tokio::test]
    async fn an_endpoint_that_is_looked_up_keeps_its_own_rules() {
        let endpoint = Endpoint::new(from_fn(|_| async {
            let tenant = github(1).name("own").body_limit(1);
            Ok(Resolved::from(tenant).variant("acme"))
        }));
        let refused = receive(&endpoint, signed(1)).await.unwrap_err();
        assert_eq!(refused.code(), "body_too_large");
        let endpoint = Endpoint::new(from_fn(|_| async {
            Ok(Resolved::from(github(1).name("own")).variant("acme"))
        }));
        let delivery = receive(&endpoint.name("outer"), signed(1)).await.unwrap();
        assert_eq!(
            (delivery.endpoint(), delivery.variant()),
            (Some("own"), Some("acme"))
        );
    }

    #[tokio::test]
    async fn a_circle_of_resolvers_ends() {
        let (endpoint, reload) = github(1).reloadable();
        reload.replace(endpoint.clone());
        let refused = receive(&endpoint, signed(1)).await.unwrap_err();
        let kind = refused.rejection().map(crate::Rejection::kind);
        assert_eq!(kind, Some(RejectionKind::Misconfigured));
    }

    /// Each key is there before anybody signs with it, and long after.
    #[test]
    fn no_request_is_refused_while_keys_change() {
        let keys = |first: usize| {
            let pair = [secret(first), secret(first + 1)];
            Endpoint::new(GitHub::new(pair).unwrap())
        };
        let (endpoint, reload) = keys(0).reloadable();
        let is_done = Arc::new(AtomicBool::new(false));
        let changing = {
            let is_done = Arc::clone(&is_done);
            thread::spawn(move || {
                let mut changes = 0_usize;
                while !is_done.load(Ordering::Relaxed) {
                    thread::sleep(Duration::from_millis(10));
                    changes += 1;
                    // 1 stays, 0 and 2 come and go.
                    reload.replace(keys(changes % 2));
                }
                changes
            })
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let mut received = 0;
        while received < 10_000 {
            let delivery = runtime.block_on(receive(&endpoint, signed(1)));
            assert!(delivery.is_ok(), "request {received}: {delivery:?}");
            received += 1;
        }
        is_done.store(true, Ordering::Relaxed);
        assert!(changing.join().unwrap() > 0);
    }
}
