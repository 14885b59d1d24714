//! Where metrics, spans and log go.

use std::error::Error;
use std::io;

use examples::env_or;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry;
use tracing_subscriber::util::SubscriberInitExt;

use super::spans::SpanTimes;

const SECONDS: [f64; 10] = [0.001, 0.005, 0.02, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0];
const BYTES: [f64; 5] = [1e3, 1e4, 1e5, 1e6, 1e7];

/// For the whole process: metrics and times of spans for Prometheus, and a log on standard error, as `RUST_LOG` says.
pub(crate) fn start() -> Result<PrometheusHandle, Box<dyn Error>> {
    let handle = metrics()?;
    // One filter for log and spans. Spans are at INFO, and stay where `RUST_LOG` says no more than `warn`.
    let filter = format!("webhook=info,{}", env_or("RUST_LOG", "info"));
    registry()
        .with(EnvFilter::try_new(filter)?)
        .with(SpanTimes)
        .with(fmt::layer().with_writer(io::stderr))
        .try_init()?;
    Ok(handle)
}

/// Installs what keeps the numbers until Prometheus asks for them.
pub(crate) fn metrics() -> Result<PrometheusHandle, BuildError> {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
        .set_buckets_for_metric(Matcher::Suffix("_bytes".to_owned()), &BYTES)?
        .install_recorder()
}
