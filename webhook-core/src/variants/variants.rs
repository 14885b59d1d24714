//! Several accounts at one address.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use percent_encoding::percent_decode_str;

use crate::account::KeyPrint;
use crate::endpoint::Endpoint;
use crate::endpoint::resolver::{Resolve, ResolveFuture};
use crate::outcome::{ConfigError, Rejection, RejectionKind};
use crate::request::RequestHead;
use crate::time::UnixTime;
use crate::verify::StorageKey;

/// Several accounts at one address, each with a name: `/payments/process/stripe-eu/`, `/payments/process/paypal`.
///
/// Each is an [`Endpoint`]: with its own provider, keys, limits, clock and name. What it leaves unsaid is said by the
/// endpoint around all of them. Deliveries carry the name as their [`variant`](crate::Delivery::variant).
///
/// The name is the last segment of the path that is not empty, after undoing its percent-encoding once; or what
/// [`by`](Self::by) finds. A name that nobody has is answered with 404, before the body is read: names are no secret.
/// (If yours are, answer with a [decoy](crate::scheme::SchemeVerifier::decoy) from [a
/// resolver](crate::resolver::from_fn).)
///
/// ```
/// use webhook_core::provider::github::GitHub;
/// use webhook_core::provider::stripe::Stripe;
/// use webhook_core::{Endpoint, Variants};
///
/// let variants = Variants::new()
///     .with("stripe-eu", Endpoint::new(Stripe::new("whsec_of_europe")?))?
///     .with("stripe-us", Endpoint::new(Stripe::new("whsec_of_america")?))?
///     .with("github", Endpoint::new(GitHub::new("a secret")?).body_limit(25 * 1024 * 1024))?;
/// let endpoint = Endpoint::new(variants).body_limit(64 * 1024);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
///
/// [`VariantsConfig`](crate::VariantsConfig) makes them of a configuration file.
///
/// A variant may have variants of its own, or a resolver that names accounts. Its deliveries carry both names: `eu/stripe`.
#[derive(Clone, Default)]
pub struct Variants {
    endpoints: HashMap<Arc<str>, Endpoint>,
    /// Whose each key is, so that a further variant need not ask all others.
    owners: HashMap<KeyPrint, Arc<str>>,
    find: Option<Arc<Find>>,
}

type Find = dyn Fn(&RequestHead<'_>) -> Option<String> + Send + Sync;

impl Variants {
    /// No variant yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same variants and one more.
    ///
    /// # Errors
    /// If the name is empty, is taken, or holds a `/`, or if another variant has one of its keys.
    pub fn with(
        mut self,
        name: impl Into<Arc<str>>,
        endpoint: Endpoint,
    ) -> Result<Self, ConfigError> {
        self.add(name.into(), endpoint)?;
        Ok(self)
    }

    /// Adds this one, if it can be among the others.
    pub(super) fn add(&mut self, name: Arc<str>, endpoint: Endpoint) -> Result<(), ConfigError> {
        let prints = endpoint.prints();
        self.fit(&name, &prints)?;
        let owned = prints.into_iter().map(|print| (print, Arc::clone(&name)));
        self.owners.extend(owned);
        self.endpoints.insert(name, endpoint);
        Ok(())
    }

    fn fit(&self, name: &str, prints: &[KeyPrint]) -> Result<(), ConfigError> {
        if name.is_empty() {
            return Err(ConfigError::fixed("the name of a variant is empty"));
        }
        if name.contains('/') {
            return Err(ConfigError::fixed("its name holds a `/`").of_variant(name));
        }
        if self.endpoints.contains_key(name) {
            return Err(ConfigError::fixed("there are two of this name").of_variant(name));
        }
        match prints.iter().find_map(|print| self.owners.get(print)) {
            None => Ok(()),
            Some(other) => Err(ConfigError::new(format!(
                "it shares a key with variant `{other}`, so that one request is accepted as both: \
                 make one variant of them, or give each a key of its own"
            ))
            .of_variant(name)),
        }
    }

    /// Finds the name by this, and not in the path. `None` is answered with 404.
    ///
    /// ```
    /// use webhook_core::provider::stripe::Stripe;
    /// use webhook_core::{Endpoint, Variants};
    ///
    /// let by_host = Variants::new()
    ///     .with("eu.example.com", Endpoint::new(Stripe::new("whsec_of_europe")?))?
    ///     .by(|head| head.header_str("host").ok().flatten().map(str::to_ascii_lowercase));
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    #[must_use]
    pub fn by(
        self,
        find: impl Fn(&RequestHead<'_>) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        Self {
            find: Some(Arc::new(find)),
            ..self
        }
    }

    fn find(&self, head: &RequestHead<'_>) -> Option<(&Arc<str>, &Endpoint)> {
        match &self.find {
            Some(find) => self.endpoints.get_key_value(find(head)?.as_str()),
            None => {
                let name = percent_decode_str(last_segment(head.path())?);
                self.endpoints.get_key_value(&*name.decode_utf8().ok()?)
            }
        }
    }
}

impl Resolve for Variants {
    fn resolve<'a>(&'a self, head: &RequestHead<'a>, now: UnixTime) -> ResolveFuture<'a> {
        let Some((name, endpoint)) = self.find(head) else {
            return ResolveFuture::ready(Err(UNKNOWN));
        };
        endpoint.resolve(head, now).map(move |found| {
            let name = match &found.variant {
                // The name of the variant is not that of an account that was looked up.
                None if !found.is_only => return found,
                None => Arc::clone(name),
                Some(inner) => format!("{name}/{inner}").into(),
            };
            found.variant(name)
        })
    }

    fn require_storable(&self, storage: StorageKey) -> Result<(), ConfigError> {
        let faults = self.endpoints.iter().filter_map(|(name, endpoint)| {
            let fault = endpoint.require_storable(storage).err()?;
            Some(fault.of_variant(name))
        });
        ConfigError::all(faults.collect()).map_or(Ok(()), Err)
    }

    fn prints(&self) -> Vec<KeyPrint> {
        self.endpoints.values().flat_map(Endpoint::prints).collect()
    }
}

const UNKNOWN: Rejection =
    Rejection::new(RejectionKind::UnknownEndpoint, "no variant has this name");

fn last_segment(path: &str) -> Option<&str> {
    path.rsplit('/').find(|segment| !segment.is_empty())
}

impl fmt::Debug for Variants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(&self.endpoints).finish()
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use crate::provider::github::{self, GitHub};
    use crate::provider::stripe::{self, Stripe};
    use crate::testing::{FixedClock, Sign, SignedRequest, Signer, receive};
    use crate::{Delivery, Verifier, resolver};

    use super::*;

    const NOW: UnixTime = UnixTime::from_secs(1_785_920_400);

    fn account(secret: &str) -> Endpoint {
        Endpoint::new(GitHub::new(secret).unwrap())
    }

    fn two() -> Variants {
        let variants = Variants::new().with("eu", account("secret of eu")).unwrap();
        variants.with("us", account("secret of us")).unwrap()
    }

    fn signed(secret: &str, target: &str, body: &[u8]) -> SignedRequest {
        let signer = Signer::new(github::SCHEME, secret).unwrap();
        signer.target(target).sign(body, NOW).unwrap()
    }

    fn wait<F: Future>(future: F) -> F::Output {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(future)
    }

    fn deliver(endpoint: &Endpoint, request: SignedRequest) -> Result<Delivery, Rejection> {
        wait(receive(endpoint, request)).map_err(|answer| answer.into_rejection().unwrap())
    }

    fn refused_by_head(endpoint: &Endpoint, target: &str) -> Option<RejectionKind> {
        let headers: Vec<(&str, &str)> = Vec::new();
        let head = RequestHead::new("POST", target, &headers);
        let begun = wait(endpoint.begin(&head));
        begun
            .err()
            .map(|answer| answer.into_rejection().unwrap().kind())
    }

    #[test]
    fn a_delivery_names_the_variant_that_its_path_ends_with() {
        let endpoint = Endpoint::new(two());
        for target in [
            "/payments/process/eu",
            "/payments/process/eu/",
            "/us/eu//",
            "/eu",
            "eu",
            "/process/eu/?next=/us",
            "https://example.com/process/eu/",
            "/process/%65%75/",
        ] {
            let delivery = deliver(&endpoint, signed("secret of eu", target, b"{}")).unwrap();
            assert_eq!(delivery.variant(), Some("eu"), "{target}");
        }
    }

    #[test]
    fn a_name_that_nobody_has_is_not_found_before_the_body() {
        let endpoint = Endpoint::new(two());
        for target in [
            "",
            "/",
            "/process/",
            "/process/asia",
            "/process/EU",
            "/process/eu/more",
            "/process/eu%20",
            "/process/%2565u",
            "/process/%ff",
            "/process/?eu",
            "https://eu",
        ] {
            let refused = refused_by_head(&endpoint, target);
            assert_eq!(refused, Some(RejectionKind::UnknownEndpoint), "{target}");
        }
        assert_eq!(UNKNOWN.status(), 404);
    }

    #[test]
    fn names_may_be_of_any_language() {
        let endpoint = Endpoint::new(
            Variants::new()
                .with("süd", account("a secret for tests"))
                .unwrap(),
        );
        let delivery =
            deliver(&endpoint, signed("a secret for tests", "/s%C3%BCd/", b"{}")).unwrap();
        assert_eq!(delivery.variant(), Some("süd"));
    }

    #[test]
    fn each_variant_has_its_own_keys() {
        let request = signed("secret of us", "/process/eu", b"{}");
        let refused = deliver(&Endpoint::new(two()), request).unwrap_err();
        assert_eq!(refused.kind(), RejectionKind::BadSignature);
    }

    #[test]
    fn each_variant_has_its_own_limit() {
        let variants = two()
            .with("small", account("a secret for tests").body_limit(3))
            .unwrap();
        let endpoint = Endpoint::new(variants);
        assert!(deliver(&endpoint, signed("secret of eu", "/eu", b"[10]")).is_ok());
        assert!(deliver(&endpoint, signed("a secret for tests", "/small", b"[1]")).is_ok());
        let refused =
            deliver(&endpoint, signed("a secret for tests", "/small", b"[10]")).unwrap_err();
        assert_eq!(refused.kind(), RejectionKind::BodyTooLarge);

        let announced =
            signed("a secret for tests", "/small", b"[10]").with_header("content-length", "4");
        let head = RequestHead::new("POST", "/small", &announced.headers);
        assert!(wait(endpoint.begin(&head)).is_err());
    }

    #[test]
    fn each_variant_has_its_own_name_timeout_and_clock() {
        let own = account("a secret for tests")
            .name("own")
            .body_timeout(Duration::from_secs(1))
            .clock(FixedClock::at(NOW));
        let endpoint = Endpoint::new(Variants::new().with("eu", own).unwrap())
            .name("around")
            .body_timeout(Duration::from_secs(2))
            .clock(FixedClock::at(NOW.plus_secs(2)));
        let delivery = deliver(&endpoint, signed("a secret for tests", "/eu", b"{}")).unwrap();
        assert_eq!(delivery.endpoint(), Some("own"));
        assert_eq!(delivery.received_at(), NOW);
        assert_eq!(body_timeout(&endpoint).as_secs(), 1);
    }

    #[test]
    fn what_a_variant_leaves_unsaid_is_said_around_it() {
        let endpoint = Endpoint::new(
            Variants::new()
                .with("eu", account("a secret for tests"))
                .unwrap(),
        )
        .name("around")
        .body_limit(3)
        .body_timeout(Duration::from_secs(2))
        .clock(FixedClock::at(NOW));
        let delivery = deliver(&endpoint, signed("a secret for tests", "/eu", b"{}")).unwrap();
        assert_eq!(delivery.endpoint(), Some("around"));
        assert_eq!(delivery.received_at(), NOW);
        assert_eq!(body_timeout(&endpoint).as_secs(), 2);
        let refused = deliver(&endpoint, signed("a secret for tests", "/eu", b"[10]")).unwrap_err();
        assert_eq!(refused.kind(), RejectionKind::BodyTooLarge);
    }

    fn body_timeout(endpoint: &Endpoint) -> Duration {
        let request = signed("a secret for tests", "/eu", b"{}");
        let head = RequestHead::new("POST", "/eu", &request.headers);
        wait(endpoint.begin(&head)).unwrap().body_timeout()
    }

    #[test]
    fn signed_times_are_judged_by_the_clock_of_the_variant() {
        let stripe = Endpoint::new(Stripe::new("whsec_of_a_shop").unwrap());
        let endpoint = |clock: Option<UnixTime>, around: UnixTime| {
            let own = match clock {
                Some(now) => stripe.clone().clock(FixedClock::at(now)),
                None => stripe.clone(),
            };
            Endpoint::new(Variants::new().with("eu", own).unwrap()).clock(FixedClock::at(around))
        };
        let signer = Signer::new(stripe::SCHEME, "whsec_of_a_shop").unwrap();
        let request = signer.target("/eu").sign(b"{}", NOW).unwrap();
        let late = NOW.plus_secs(3600);
        for (endpoint, is_accepted) in [
            (endpoint(None, NOW), true),
            (endpoint(None, late), false),
            (endpoint(Some(NOW), late), true),
            (endpoint(Some(late), NOW), false),
        ] {
            let delivery = deliver(&endpoint, request.clone());
            assert_eq!(delivery.is_ok(), is_accepted);
        }
    }

    #[test]
    fn a_closure_can_find_the_name() {
        let variants = two().by(|head| {
            let account = head.query_param("account").ok().flatten()?;
            Some(account.into_owned())
        });
        let endpoint = Endpoint::new(variants);
        let delivery = deliver(&endpoint, signed("secret of us", "/eu?account=us", b"{}")).unwrap();
        assert_eq!(delivery.variant(), Some("us"));
        for target in ["/eu", "/eu?account=asia", "/eu?account=us&account=eu"] {
            let refused = refused_by_head(&endpoint, target);
            assert_eq!(refused, Some(RejectionKind::UnknownEndpoint), "{target}");
        }
    }

    #[test]
    fn a_variant_may_look_up_its_accounts() {
        let tenants = Endpoint::new(resolver::from_fn(|_| async {
            tokio::task::yield_now().await;
            let verifier: Arc<dyn Verifier> = Arc::new(GitHub::new("a secret for tests").unwrap());
            Ok(crate::resolver::Resolved::shared(verifier).variant("acme"))
        }));
        let variants = two().with("tenants", tenants.name("tenants")).unwrap();
        let endpoint = Endpoint::new(variants);
        let delivery =
            deliver(&endpoint, signed("a secret for tests", "/tenants/", b"{}")).unwrap();
        assert_eq!(delivery.variant(), Some("tenants/acme"));
        assert_eq!(delivery.endpoint(), Some("tenants"));
    }

    #[test]
    fn a_variant_may_have_variants() {
        let by_first = |head: &RequestHead<'_>| {
            let mut segments = head.path().split('/').skip(1);
            segments.next().map(str::to_owned)
        };
        let inner = |secret: &str| Variants::new().with("github", account(secret)).unwrap();
        let eu = Endpoint::new(inner("secret of eu"))
            .name("europe")
            .body_limit(3);
        let us = Endpoint::new(inner("secret of us"));
        let variants = Variants::new()
            .with("eu", eu)
            .unwrap()
            .with("us", us)
            .unwrap();
        let endpoint = Endpoint::new(variants.by(by_first)).name("all");

        let eu = deliver(&endpoint, signed("secret of eu", "/eu/github/", b"{}")).unwrap();
        assert_eq!(eu.variant(), Some("eu/github"));
        assert_eq!(eu.endpoint(), Some("europe"));
        let us = deliver(&endpoint, signed("secret of us", "/us/github/", b"[10]")).unwrap();
        assert_eq!(us.variant(), Some("us/github"));
        assert_eq!(us.endpoint(), Some("all"));
        let refused =
            deliver(&endpoint, signed("secret of eu", "/eu/github/", b"[10]")).unwrap_err();
        assert_eq!(refused.kind(), RejectionKind::BodyTooLarge);
        assert_eq!(
            refused_by_head(&endpoint, "/eu/stripe/"),
            Some(RejectionKind::UnknownEndpoint)
        );
    }

    #[test]
    fn names_are_distinct_and_one_segment_of_a_path() {
        for (name, error) in [
            ("", "the name of a variant is empty"),
            ("eu", "variant `eu`: there are two of this name"),
            ("eu/a", "variant `eu/a`: its name holds a `/`"),
        ] {
            let refused = two().with(name, account("a secret for tests")).unwrap_err();
            assert_eq!(refused.to_string(), error);
        }
    }

    #[test]
    fn no_key_stands_for_two_variants() {
        let why = "variant `us`: it shares a key with variant `eu`, so that one request is accepted as both: make one \
                   variant of them, or give each a key of its own";
        let stripe = |secrets: &[&str]| {
            let secrets: Vec<&str> = secrets.to_vec();
            Endpoint::new(Stripe::new(secrets).unwrap())
        };
        let [old, new, other] = ["whsec_the_old_one", "whsec_the_new_one", "whsec_of_another"];
        for (eu, us, is_refused) in [
            (stripe(&[old]), stripe(&[old]), true),
            (stripe(&[old, new]), stripe(&[other, new]), true),
            (stripe(&[old, new]), stripe(&[other]), false),
            (stripe(&[old]), account(old), false),
        ] {
            let variants = Variants::new().with("eu", eu).unwrap();
            let refused = variants.with("us", us).err().map(|error| error.to_string());
            assert_eq!(refused.as_deref(), is_refused.then_some(why));
        }
    }

    /// An account that counts how often it is asked for its keys.
    #[derive(Debug)]
    struct Counted {
        key: String,
        asked: Arc<AtomicUsize>,
    }

    impl Resolve for Counted {
        fn resolve<'a>(&'a self, _: &RequestHead<'a>, _: UnixTime) -> ResolveFuture<'a> {
            ResolveFuture::ready(Err(UNKNOWN))
        }

        fn prints(&self) -> Vec<KeyPrint> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            vec![KeyPrint::of(&[&self.key])]
        }
    }

    #[test]
    fn each_of_many_variants_is_asked_once_for_its_keys() {
        const MANY: usize = 1000;
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = |number: usize| {
            Endpoint::new(Counted {
                key: number.to_string(),
                asked: Arc::clone(&asked),
            })
        };
        let variants = (0..MANY).fold(Variants::new(), |variants, number| {
            let with_one_more = variants.with(number.to_string(), counted(number));
            with_one_more.unwrap()
        });
        assert_eq!(asked.load(Ordering::Relaxed), MANY);
        for number in [0, MANY / 2, MANY - 1] {
            assert!(variants.clone().with("more", counted(number)).is_err());
        }
        assert!(variants.with("more", counted(MANY)).is_ok());
    }

    #[test]
    fn what_is_refused_takes_no_key_from_others() {
        let mut variants = two();
        let refused = variants.add("eu".into(), account("secret of asia"));
        assert!(refused.is_err());
        assert!(variants.with("asia", account("secret of asia")).is_ok());
    }

    #[test]
    fn a_key_inside_of_other_variants_counts_too() {
        let inner = Variants::new()
            .with("a", account("of one account"))
            .unwrap();
        let variants = Variants::new().with("many", Endpoint::new(inner)).unwrap();
        assert!(
            variants
                .clone()
                .with("one", account("of one account"))
                .is_err()
        );
        assert!(variants.with("one", account("of another account")).is_ok());
    }

    #[test]
    fn what_a_request_must_fit_beside_the_key_tells_accounts_apart() {
        use crate::provider::square::Square;

        let square = |url: &str| Endpoint::new(Square::new("one key for both", url).unwrap());
        let variants = Variants::new()
            .with("a", square("https://a.example/"))
            .unwrap();
        assert!(
            variants
                .clone()
                .with("b", square("https://b.example/"))
                .is_ok()
        );
        assert!(variants.with("b", square("https://a.example/")).is_err());
    }
}
