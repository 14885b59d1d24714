//! Which handler an event is for, by its kind.

use std::collections::HashMap;
use std::fmt;

use crate::adapter::misconfigured;
use crate::delivery::Delivery;
use crate::outcome::Rejection;

/// Which route an event is for, by its kind: for adapters, which know what a route is. The last one that was added counts.
///
/// ```
/// use webhook_core::adapter::KindRoutes;
///
/// let routes = KindRoutes::new()
///     .on("invoice.paid", "paid")
///     .on_prefix("customer.subscription.", "changed")
///     .otherwise("rest");
/// # let _: KindRoutes<&str> = routes;
/// ```
#[derive(Clone)]
pub struct KindRoutes<R> {
    signed: Table<R>,
    unverified: Table<R>,
    otherwise: Option<R>,
}

#[derive(Clone)]
struct Table<R> {
    exact: HashMap<Box<str>, R>,
    prefixes: Vec<(Box<str>, R)>,
}

impl<R> KindRoutes<R> {
    /// No route yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            signed: Table::new(),
            unverified: Table::new(),
            otherwise: None,
        }
    }

    /// For this kind, if the sender has signed it.
    #[must_use]
    pub fn on(mut self, kind: impl Into<Box<str>>, route: R) -> Self {
        self.signed.exact.insert(kind.into(), route);
        self
    }

    /// For all kinds that begin so, if the sender has signed them. The longest prefix counts, and a kind of its own before all.
    #[must_use]
    pub fn on_prefix(mut self, prefix: impl Into<Box<str>>, route: R) -> Self {
        self.signed.prefixes.push((prefix.into(), route));
        self
    }

    /// For this kind, whether the sender has signed it or not.
    #[must_use]
    pub fn on_unverified(mut self, kind: impl Into<Box<str>>, route: R) -> Self {
        self.unverified.exact.insert(kind.into(), route);
        self
    }

    /// For all kinds that begin so, whether the sender has signed them or not.
    #[must_use]
    pub fn on_unverified_prefix(mut self, prefix: impl Into<Box<str>>, route: R) -> Self {
        self.unverified.prefixes.push((prefix.into(), route));
        self
    }

    /// For everything else.
    #[must_use]
    pub fn otherwise(self, route: R) -> Self {
        Self {
            otherwise: Some(route),
            ..self
        }
    }

    /// The route for this delivery, if there is one: without one, the event is acknowledged.
    ///
    /// # Errors
    /// If there would be one for this kind, but nobody has signed the kind. It is logged.
    pub fn find(&self, delivery: &Delivery) -> Result<Option<&R>, Rejection> {
        let unverified = delivery.unverified_kind().map(|kind| *kind.unverified());
        let signed = delivery.kind();
        let route = signed.and_then(|kind| self.signed.find(kind));
        let any = signed.or(unverified);
        let route = route.or_else(|| any.and_then(|kind| self.unverified.find(kind)));
        if route.is_none() && unverified.is_some_and(|kind| self.signed.find(kind).is_some()) {
            return Err(misconfigured(
                "there is a route for this kind, and its sender does not sign kinds: choose it by `on_unverified`",
            ));
        }
        Ok(route.or(self.otherwise.as_ref()))
    }
}

impl<R> Default for KindRoutes<R> {
    fn default() -> Self {
        Self::new()
    }
}

impl<R> Table<R> {
    fn new() -> Self {
        Self {
            exact: HashMap::new(),
            prefixes: Vec::new(),
        }
    }

    fn find(&self, kind: &str) -> Option<&R> {
        let longest = || {
            let fitting = self.prefixes.iter();
            let fitting = fitting.filter(|(prefix, _)| kind.starts_with(&**prefix));
            fitting.max_by_key(|(prefix, _)| prefix.len())
        };
        self.exact
            .get(kind)
            .or_else(|| longest().map(|(_, route)| route))
    }
}

impl<R> fmt::Debug for KindRoutes<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tables = [&self.signed, &self.unverified];
        let exact = tables.iter().flat_map(|table| table.exact.keys());
        f.debug_struct("KindRoutes")
            .field("on", &exact.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;
    use crate::endpoint::Endpoint;
    use crate::provider::github::{self, GitHub};
    use crate::provider::stripe::{self, Stripe};
    use crate::testing::{FixedClock, Sign, Signer, receive};
    use crate::time::UnixTime;

    const NOW: UnixTime = UnixTime::from_secs(1_785_920_400);

    async fn stripe(kind: &str) -> Delivery {
        let endpoint =
            Endpoint::new(Stripe::new("whsec_for_the_tests").unwrap()).clock(FixedClock::at(NOW));
        let signer = Signer::new(stripe::SCHEME, "whsec_for_the_tests").unwrap();
        let body = format!(r#"{{"id":"evt_1","object":"event","type":"{kind}"}}"#);
        let request = signer.sign(body.as_bytes(), NOW).unwrap();
        receive(&endpoint, request).await.unwrap()
    }

    async fn github(kind: &str) -> Delivery {
        let endpoint = Endpoint::new(GitHub::new("a secret for tests").unwrap());
        let signer = Signer::new(github::SCHEME, "a secret for tests").unwrap();
        let request = signer.sign(b"{}", NOW).unwrap();
        let request = request.with_header("x-github-event", kind);
        receive(&endpoint, request).await.unwrap()
    }

    fn routes() -> KindRoutes<&'static str> {
        KindRoutes::new()
            .on("invoice.paid", "exact")
            .on_prefix("invoice.", "prefix")
            .on_prefix("invoice.payment_", "longer")
            .on_unverified("push", "push")
            .on_unverified_prefix("pull_", "pull")
    }

    #[tokio::test]
    async fn the_kind_itself_counts_then_the_longest_prefix_then_the_rest() {
        let with_rest = routes().otherwise("rest");
        for (kind, route) in [
            ("invoice.paid", Some("exact")),
            ("invoice.voided", Some("prefix")),
            ("invoice.payment_failed", Some("longer")),
            ("invoice.", Some("prefix")),
            ("push", Some("push")),
            ("invoice", None),
            ("INVOICE.PAID", None),
        ] {
            let delivery = stripe(kind).await;
            assert_eq!(routes().find(&delivery).unwrap(), route.as_ref(), "{kind}");
            let route = route.unwrap_or("rest");
            assert_eq!(with_rest.find(&delivery).unwrap(), Some(&route), "{kind}");
        }
    }

    #[tokio::test]
    async fn a_kind_that_nobody_has_signed_is_routed_only_where_the_route_says_so() {
        let routes = routes().otherwise("rest");
        for (kind, route) in [("push", "push"), ("pull_request", "pull"), ("ping", "rest")] {
            let delivery = github(kind).await;
            assert_eq!(routes.find(&delivery).unwrap(), Some(&route), "{kind}");
        }
        for kind in ["invoice.paid", "invoice.voided"] {
            let rejection = routes.find(&github(kind).await).unwrap_err();
            assert_eq!(rejection.code(), "misconfigured", "{kind}");
        }
    }
}
