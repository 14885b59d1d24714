//! Counts and times for the crate `metrics`.

use std::time::Duration;

use metrics::{Label, Unit, counter, describe_counter, describe_histogram, histogram};

use crate::observe::observed::Observed;
use crate::observe::observers::Observer;

/// An observer that counts and times requests for the recorder of the crate [`metrics`], such as a Prometheus exporter. Feature
/// `metrics`.
///
/// | name | what |
/// |---|---|
/// | `webhook_requests_total` | requests |
/// | `webhook_verdict_seconds` | from the head to the verdict, with the time that the body took |
/// | `webhook_handler_seconds` | how long the handler ran, where it was called |
/// | `webhook_body_bytes` | length of the bodies that were read |
///
/// The counter has the labels `endpoint`, `variant`, `provider`, `outcome` and `code`, the histograms the first four. All of their values
/// are the receiver's own words: nothing that a stranger sends adds one. The variant of a request that is not genuine is left out where
/// accounts are [looked up](Observed::is_looked_up).
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::observe::Metrics;
/// use webhook_core::provider::github::GitHub;
///
/// let endpoint = Endpoint::new(GitHub::new("a secret")?).name("github").observe(Metrics::new());
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Metrics(());

const REQUESTS: &str = "webhook_requests_total";
const VERDICT: &str = "webhook_verdict_seconds";
const HANDLER: &str = "webhook_handler_seconds";
const BODY: &str = "webhook_body_bytes";

impl Metrics {
    /// Describes the metrics to the recorder, which must be installed before.
    #[must_use]
    pub fn new() -> Self {
        describe_counter!(REQUESTS, Unit::Count, "Requests, by what became of them");
        describe_histogram!(VERDICT, Unit::Seconds, "From the head to the verdict");
        describe_histogram!(HANDLER, Unit::Seconds, "How long handlers ran");
        describe_histogram!(BODY, Unit::Bytes, "Length of the bodies that were read");
        Self(())
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Observer for Metrics {
    fn observe(&self, seen: &Observed) {
        let labels = labels(seen);
        let mut counted = labels.clone();
        counted.push(Label::from_static_parts("code", seen.code()));
        counter!(REQUESTS, counted).increment(1);
        histogram!(VERDICT, labels.clone()).record(seconds(seen.verdict_time()));
        // One that was never read is none.
        if seen.body_len() > 0 {
            let len = u32::try_from(seen.body_len()).unwrap_or(u32::MAX);
            histogram!(BODY, labels.clone()).record(f64::from(len));
        }
        if let Some(time) = seen.handler_time() {
            histogram!(HANDLER, labels).record(seconds(time));
        }
    }
}

fn labels(seen: &Observed) -> Vec<Label> {
    let is_own = !seen.is_looked_up() || seen.delivery().is_some();
    let variant = seen.variant().filter(|_| is_own).unwrap_or_default();
    let endpoint = seen.endpoint().unwrap_or_default();
    vec![
        Label::new("endpoint", endpoint.to_owned()),
        Label::new("variant", variant.to_owned()),
        Label::from_static_parts("provider", seen.provider().unwrap_or_default()),
        Label::from_static_parts("outcome", seen.outcome().as_str()),
    ]
}

const fn seconds(time: Duration) -> f64 {
    time.as_secs_f64()
}

#[cfg(test)]
#[cfg(feature = "testing")]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::{Arc, Mutex};

    use metrics::{
        Counter, CounterFn, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString,
        with_local_recorder,
    };

    use super::*;
    use crate::delivery::Delivery;
    use crate::endpoint::Endpoint;
    use crate::endpoint::resolver::{Resolved, from_fn};
    use crate::outcome::Answer;
    use crate::provider::github::{self, GitHub};
    use crate::testing::{Sign, SignedRequest, Signer, receive};
    use crate::time::UnixTime;
    use crate::verify::Verifier;

    /// All keys that were asked for, and what was counted.
    #[derive(Clone, Default)]
    struct Keys(Arc<Mutex<BTreeSet<String>>>, Arc<Mutex<u64>>);

    impl Keys {
        fn add(&self, key: &Key) {
            let labels = key
                .labels()
                .map(|it| format!("{}={}", it.key(), it.value()));
            let labels: Vec<String> = labels.collect();
            let text = format!("{} {}", key.name(), labels.join(" "));
            self.0.lock().unwrap().insert(text);
        }
    }

    impl CounterFn for Keys {
        fn increment(&self, value: u64) {
            *self.1.lock().unwrap() += value;
        }

        fn absolute(&self, _: u64) {}
    }

    impl Recorder for Keys {
        fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
        fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
        fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

        fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
            self.add(key);
            Counter::from_arc(Arc::new(self.clone()))
        }

        fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
            Gauge::noop()
        }

        fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
            self.add(key);
            Histogram::noop()
        }
    }

    const SECRET: &str = "a secret for tests";

    fn signed(kind: &str) -> SignedRequest {
        let signer = Signer::new(github::SCHEME, SECRET).unwrap();
        let request = signer.sign(b"{}", UnixTime::from_secs(0)).unwrap();
        request.with_header("x-github-event", kind)
    }

    fn received(endpoint: &Endpoint, request: SignedRequest) -> Result<Delivery, Answer> {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.unwrap().block_on(receive(endpoint, request))
    }

    /// The name of an account is what the path says: what nobody should do, and somebody does.
    fn by_path() -> Endpoint {
        Endpoint::new(from_fn(|head| {
            let name = head.path().to_owned();
            async move {
                let verifier: Arc<dyn Verifier> = Arc::new(GitHub::new(SECRET).unwrap());
                Ok(Resolved::shared(verifier).variant(name))
            }
        }))
    }

    #[test]
    fn a_request_is_counted_under_the_receivers_own_words() {
        let keys = Keys::default();
        with_local_recorder(&keys, || {
            let endpoint = Endpoint::new(GitHub::new(SECRET).unwrap());
            let endpoint = endpoint.name("shop").observe(Metrics::new());
            received(&endpoint, signed("push")).unwrap();
            let forged = signed("push").with_body("[]");
            received(&endpoint, forged).unwrap_err();
        });
        let keys = keys.0.lock().unwrap();
        let counted = keys.iter().filter(|key| key.starts_with(REQUESTS));
        assert_eq!(
            counted.collect::<Vec<_>>(),
            [
                "webhook_requests_total endpoint=shop variant= provider=github outcome=accepted code=accepted",
                "webhook_requests_total endpoint=shop variant= provider=github outcome=refused code=bad_signature",
            ]
        );
    }

    #[test]
    fn a_hundred_thousand_invented_names_add_no_label() {
        let keys = Keys::default();
        with_local_recorder(&keys, || {
            let endpoint = by_path().name("shop").observe(Metrics::new());
            for number in 0..100_000 {
                let mut request = signed(&format!("kind-{number}")).with_body("[]");
                request.target = format!("/{number}?{number}");
                request = request.with_header(&format!("x-{number}"), number.to_string());
                received(&endpoint, request).unwrap_err();
            }
        });
        assert_eq!(*keys.1.lock().unwrap(), 100_000);
        assert_eq!(keys.0.lock().unwrap().len(), 3);
    }
}
