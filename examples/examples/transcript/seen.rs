//! Keeps the log, and finds the metrics that a request has changed.

use std::collections::BTreeSet;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{fmt, io};

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry;
use tracing_subscriber::util::SubscriberInitExt;

use crate::spans::{DURATION, SpanTimes};

/// What was seen of one request.
pub(crate) struct Seen {
    pub(crate) answer: String,
    pub(crate) log: String,
    pub(crate) metrics: String,
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [&self.answer, &self.log, &self.metrics];
        parts
            .iter()
            .try_for_each(|part| writeln!(f, "{}\n", part.trim_end()))
    }
}

/// What an operator looks at.
pub(crate) struct Screen {
    log: Log,
    metrics: PrometheusHandle,
    known: Mutex<BTreeSet<String>>,
}

impl Screen {
    /// For the whole process.
    pub(crate) fn start() -> Result<Self, Box<dyn Error>> {
        let metrics = PrometheusBuilder::new().install_recorder()?;
        let log = Log::default();
        let writer = log.clone();
        let lines = tracing_subscriber::fmt::layer().without_time();
        registry()
            .with(EnvFilter::try_new("webhook=debug")?)
            .with(SpanTimes)
            .with(lines.with_writer(move || writer.clone()))
            .try_init()?;
        Ok(Self {
            log,
            metrics,
            known: Mutex::default(),
        })
    }

    /// What the request with this answer has left. Its span ends when the request is dropped, which may be after the answer.
    pub(crate) async fn of(&self, answer: String) -> Seen {
        let mut metrics = self.news();
        for _ in 0..1000 {
            if metrics.iter().any(|line| line.starts_with(DURATION)) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
            metrics = self.news();
        }
        self.known().extend(metrics.iter().cloned());
        Seen {
            answer,
            log: self.log.take(),
            metrics: metrics.join("\n"),
        }
    }

    /// Lines that were not there before. Quantiles are left out: of one request they say no more than its sum.
    fn news(&self) -> Vec<String> {
        let known = self.known();
        let metrics = self.metrics.render();
        let lines = metrics.lines().filter(|line| line.contains('{'));
        let lines = lines.filter(|line| !line.contains("quantile=") && !known.contains(*line));
        lines.map(str::to_owned).collect()
    }

    fn known(&self) -> impl std::ops::DerefMut<Target = BTreeSet<String>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The lines of the log until somebody takes them.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn take(&self) -> String {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = std::mem::take(&mut *lines);
        String::from_utf8_lossy(&lines).into_owned()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
