//! The layer of `tracing-opentelemetry` finds in our spans what OpenTelemetry asks for.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::routing::post;
use opentelemetry::trace::{SpanKind, TracerProvider};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider, SpanData, SpanExporter};
use tower::ServiceExt;
use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry;
use webhook_core::provider::stripe::Stripe;
use webhook_core::{Delivery, Endpoint};
use webhook_tower::{Verified, WebhookLayer};

use crate::{EVENT, SECRET, signed};

/// Keeps the spans that it is to send.
#[derive(Clone, Debug, Default)]
struct Kept(Arc<Mutex<Vec<SpanData>>>);

impl SpanExporter for Kept {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.lock().unwrap().extend(batch);
        Ok(())
    }
}

async fn received(_: Verified<Delivery>) {
    tracing::info_span!("work").in_scope(|| {});
}

/// Keeps the spans of a genuine request and of a forged one.
async fn kept<S: Subscriber + Send + Sync + 'static>(
    subscriber: impl FnOnce(SdkTracer) -> S,
) -> Vec<SpanData> {
    let kept = Kept::default();
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(kept.clone())
        .build();
    let _default = tracing::subscriber::set_default(subscriber(provider.tracer("shop")));
    let stripe = Endpoint::new(Stripe::new(SECRET).unwrap()).name("shop");
    let app = Router::new()
        .route("/webhooks/stripe", post(received))
        .route_layer(WebhookLayer::new(stripe));
    let genuine = signed(EVENT);
    let forged = signed(EVENT).with_body("{}");
    for (request, status) in [(genuine, 200), (forged, 401)] {
        let request = request.into_http::<Body>().unwrap();
        let answer = app.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), status);
    }
    kept.0.lock().unwrap().clone()
}

fn names(spans: &[SpanData]) -> Vec<&str> {
    spans.iter().map(|span| &*span.name).collect()
}

#[tokio::test]
async fn opentelemetry_gets_one_span_of_a_server_for_each_request_and_the_handlers_spans_in_it() {
    let layer = |tracer| tracing_opentelemetry::layer().with_tracer(tracer);
    let spans = kept(|tracer| registry().with(layer(tracer))).await;
    assert_eq!(names(&spans), ["work", "webhook", "webhook"]);
    let [work, accepted, refused] = &spans[..] else {
        panic!("{spans:?}");
    };
    assert_eq!(work.parent_span_id, accepted.span_context.span_id());
    assert_eq!(accepted.span_kind, SpanKind::Server);
    let length = EVENT.len().to_string();
    let of_both = [
        ("http.request.method", "POST"),
        ("webhook.endpoint", "shop"),
        ("webhook.provider", "stripe"),
    ];
    let of_accepted = [
        ("http.request.body.size", &*length),
        ("http.response.status_code", "200"),
        ("webhook.id", "evt_1"),
        ("webhook.kind", "invoice.paid"),
        ("webhook.outcome", "accepted"),
    ];
    let of_refused = [
        ("error.type", "bad_signature"),
        ("http.request.body.size", "2"),
        ("http.response.status_code", "401"),
        ("webhook.outcome", "refused"),
    ];
    assert_eq!(attributes(accepted), table(&[&of_both, &of_accepted]));
    assert_eq!(attributes(refused), table(&[&of_both, &of_refused]));
}

/// The log wants more than the spans. See <https://github.com/tokio-rs/tracing/issues/2519>.
#[tokio::test]
async fn no_span_is_lost_between_layers_with_filters_of_their_own() {
    let subscriber = |tracer| {
        let spans = tracing_opentelemetry::layer().with_tracer(tracer);
        let log = tracing_subscriber::fmt::layer().with_writer(std::io::sink);
        registry()
            .with(spans.with_filter(LevelFilter::INFO))
            .with(log.with_filter(LevelFilter::DEBUG))
    };
    let spans = kept(subscriber).await;
    assert_eq!(names(&spans), ["work", "webhook", "webhook"]);
}

/// Those with a name of ours or of the conventions for HTTP; the layer adds others, such as the line of the source.
fn attributes(span: &SpanData) -> BTreeMap<String, String> {
    let all = span.attributes.iter();
    let all = all.map(|it| (it.key.to_string(), it.value.to_string()));
    let prefixes = ["error.", "http.", "webhook."];
    all.filter(|(key, _)| prefixes.iter().any(|prefix| key.starts_with(prefix)))
        .collect()
}

fn table(rows: &[&[(&str, &str)]]) -> BTreeMap<String, String> {
    let rows = rows.iter().flat_map(|rows| rows.iter());
    rows.map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}
