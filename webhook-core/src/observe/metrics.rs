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
        histogram!(BODY, labels.clone()).record(f64::from(
            u32::try_from(seen.body_len()).unwrap_or(u32::MAX),
        ));
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
