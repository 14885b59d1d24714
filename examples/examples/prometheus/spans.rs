//! Makes a metric of the spans: how long requests took, from their head to their answer.

use std::fmt::Debug;
use std::time::Instant;

use metrics::{Label, histogram};
use tracing::Subscriber;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// The name that OpenTelemetry's `http.server.request.duration` has in Prometheus.
pub(crate) const DURATION: &str = "http_server_request_duration_seconds";

/// The fields that become labels; a dot becomes `_`. Each has few values, and none that a stranger can invent. So the id and the kind
/// of the event are not here, and neither is the variant, which may be one of very many.
const LABELS: [&str; 6] = [
    "error.type",
    "http.request.method",
    "http.response.status_code",
    "webhook.endpoint",
    "webhook.outcome",
    "webhook.provider",
];

/// Times each span of a webhook.
pub(crate) struct SpanTimes;

/// A span that is open.
struct Open {
    begun: Instant,
    labels: Vec<Label>,
}

impl Open {
    fn label(&mut self, field: &Field, value: String) {
        if LABELS.contains(&field.name()) {
            self.labels.push(Label::new(field.name(), value));
        }
    }
}

impl Visit for Open {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.label(field, value.to_owned());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.label(field, value.to_string());
    }

    // No label has another form.
    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}

impl<S> Layer<S> for SpanTimes
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if attributes.metadata().target() != "webhook" {
            return;
        }
        let mut open = Open {
            begun: Instant::now(),
            labels: Vec::new(),
        };
        attributes.record(&mut open);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(open);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(open) = span.extensions_mut().get_mut::<Open>()
        {
            values.record(open);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let span = context.span(&id);
        let open = span.and_then(|span| span.extensions_mut().remove::<Open>());
        if let Some(open) = open {
            histogram!(DURATION, open.labels).record(open.begun.elapsed().as_secs_f64());
        }
    }
}
