//! Deliveries for the tests of event types: made as in production, by a verifier that has said yes.

use std::time::Duration;

use base64ct::{Base64, Encoding};

use crate::dedupe::{Claim, ClaimState, ClaimToken, DedupeKey, DedupeStore, Nonce, StoreFuture};
use crate::payment::{PaymentUpdate, PaymentUpdates};
use crate::scheme::Scheme;
use crate::testing::vectors::{Case, VectorFile};
use crate::testing::{Sign, SignedRequest, Signer, receive};
use crate::{DecodeError, Delivery, Endpoint, Rejection, Settings, UnixTime, provider};

/// When the deliveries of these tests arrive, if nothing else is said.
pub(crate) const NOW: UnixTime = UnixTime::from_secs(1_785_920_400);

/// The delivery of a body that `signer` has signed and the account `settings` of `provider` accepts.
pub(crate) fn signed(
    provider: &str,
    settings: serde_json::Value,
    signer: &impl Sign,
    body: impl AsRef<[u8]>,
) -> Delivery {
    deliver(
        provider,
        settings,
        NOW,
        signer.sign(body.as_ref(), NOW).unwrap(),
    )
}

/// What a body says about a payment, once a provider that is nothing but a scheme has signed it.
pub(crate) fn update(scheme: Scheme, body: &str) -> Result<PaymentUpdate, DecodeError> {
    let signer = Signer::new(scheme, "whsec_for_all_tests").unwrap();
    let settings = serde_json::json!({"secrets": "whsec_for_all_tests"});
    only(&signed(scheme.name(), settings, &signer, body))
}

/// The one update of a delivery.
pub(crate) fn only(delivery: &Delivery) -> Result<PaymentUpdate, DecodeError> {
    let PaymentUpdates(mut updates) = delivery.decode()?;
    assert_eq!(updates.len(), 1, "not one update");
    Ok(updates.remove(0))
}

/// What the accepted requests of a provider's vector file are delivered as, each with the name of its case.
pub(crate) fn vectors(provider: &str) -> Vec<(String, Delivery)> {
    let path = format!(
        "{}/tests/vectors/{provider}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let file = VectorFile::parse(&std::fs::read(path).unwrap()).unwrap();
    let accepted = file
        .cases
        .into_iter()
        .filter(|case| case.expect.outcome == "ok")
        // Public keys need a feature that these tests may be run without.
        .filter(|case| cfg!(feature = "asymmetric") || case.config.get("public_keys").is_none());
    let deliveries: Vec<_> = accepted
        .map(|case| (case.name.clone(), deliver_case(provider, case)))
        .collect();
    assert!(!deliveries.is_empty(), "{provider} has no accepted vector");
    deliveries
}

fn deliver_case(provider: &str, case: Case) -> Delivery {
    let now = UnixTime::from_secs(case.now.unwrap_or_default());
    let request = SignedRequest {
        method: case.request.method,
        target: case.request.url,
        headers: case.request.headers,
        body: Base64::decode_vec(&case.request.body_base64)
            .unwrap()
            .into(),
    };
    deliver(provider, case.config, now, request)
}

/// What becomes of a request.
#[cfg(feature = "published-keys")]
pub(crate) fn judge(
    endpoint: &Endpoint,
    request: SignedRequest,
) -> Result<Delivery, crate::RejectionKind> {
    match run(receive(endpoint, request)) {
        Ok(delivery) => Ok(delivery),
        Err(answer) => Err(answer.into_rejection().unwrap().kind()),
    }
}

pub(crate) fn run<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(future)
}

/// Keys that take a while, and how often they were asked for.
#[cfg(feature = "published-keys")]
#[derive(Clone, Debug)]
pub(crate) struct SlowKeys {
    keys: std::sync::Arc<crate::published::InMemory>,
    asked: std::sync::Arc<std::sync::atomic::AtomicUsize>,
}

#[cfg(feature = "published-keys")]
impl SlowKeys {
    pub(crate) fn new(keys: crate::published::InMemory) -> Self {
        Self {
            keys: keys.into(),
            asked: Default::default(),
        }
    }

    pub(crate) fn asked(&self) -> usize {
        self.asked.load(std::sync::atomic::Ordering::Relaxed)
    }
}

#[cfg(feature = "published-keys")]
impl crate::published::KeySource for SlowKeys {
    fn key(&self, id: &str) -> crate::published::FetchFuture {
        self.asked
            .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let found = self.keys.key(id);
        crate::published::FetchFuture::new(async {
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            found.await
        })
    }
}

fn deliver(
    provider: &str,
    settings: serde_json::Value,
    now: UnixTime,
    request: SignedRequest,
) -> Delivery {
    try_deliver(provider, settings, now, request).unwrap()
}

/// What a request, sent [`NOW`] to the account `settings` of `provider`, is delivered as.
pub(crate) fn accepted(
    provider: &str,
    settings: serde_json::Value,
    request: SignedRequest,
) -> Delivery {
    deliver(provider, settings, NOW, request)
}

/// Why a request, sent [`NOW`] to the account `settings` of `provider`, is refused.
pub(crate) fn refused(
    provider: &str,
    settings: serde_json::Value,
    request: SignedRequest,
) -> Rejection {
    try_deliver(provider, settings, NOW, request).unwrap_err()
}

fn try_deliver(
    provider: &str,
    settings: serde_json::Value,
    now: UnixTime,
    request: SignedRequest,
) -> Result<Delivery, Rejection> {
    let verifier = provider::by_name(provider, &Settings::new(settings).unwrap()).unwrap();
    let endpoint = Endpoint::new(verifier).test_account().clock(move || now);
    run(receive(&endpoint, request)).map_err(|answer| answer.into_rejection().unwrap())
}

#[cfg(feature = "tracing")]
pub(crate) use in_a_span::Log;

#[cfg(feature = "tracing")]
mod in_a_span {
    use std::sync::{Arc, Mutex};

    use tracing::span::{Attributes, Id, Record};
    use tracing::{Event, Metadata, Subscriber};
    use tracing_core::span::Current;

    /// Remembers in which span each event was.
    #[derive(Clone, Default)]
    pub(crate) struct Log(Arc<Mutex<Notes>>);

    /// All spans, those that are entered, and a line for each event.
    type Notes = (Vec<&'static Metadata<'static>>, Vec<u64>, Vec<String>);

    impl Subscriber for Log {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }

        fn new_span(&self, span: &Attributes<'_>) -> Id {
            let spans = &mut self.0.lock().unwrap().0;
            spans.push(span.metadata());
            Id::from_u64(spans.len() as u64)
        }

        fn current_span(&self) -> Current {
            let (spans, entered, _) = &*self.0.lock().unwrap();
            match entered.last() {
                None => Current::none(),
                Some(id) => Current::new(Id::from_u64(*id), spans[*id as usize - 1]),
            }
        }

        fn event(&self, event: &Event<'_>) {
            let (spans, entered, lines) = &mut *self.0.lock().unwrap();
            let span = entered.last().map(|id| spans[*id as usize - 1].name());
            let level = event.metadata().level();
            lines.push(format!("{level} in {}", span.unwrap_or("none")));
        }

        fn enter(&self, id: &Id) {
            self.0.lock().unwrap().1.push(id.into_u64());
        }

        fn exit(&self, _: &Id) {
            self.0.lock().unwrap().1.pop();
        }

        fn record(&self, _: &Id, _: &Record<'_>) {}

        fn record_follows_from(&self, _: &Id, _: &Id) {}
    }

    impl Log {
        /// Level and span of each event.
        pub(crate) fn lines(&self) -> Vec<String> {
            self.0.lock().unwrap().2.clone()
        }
    }
}

/// A store that remembers everything and nothing.
#[derive(Debug)]
pub(crate) struct Nowhere;

impl DedupeStore for Nowhere {
    fn claim(&self, _: &DedupeKey, _: Nonce, _: Duration) -> StoreFuture<Claim> {
        StoreFuture::ready(Ok(Claim::Done))
    }

    fn renew(&self, _: &ClaimToken, _: Duration) -> StoreFuture<ClaimState> {
        StoreFuture::ready(Ok(ClaimState::Held))
    }

    fn complete(&self, _: &ClaimToken, _: Duration) -> StoreFuture<ClaimState> {
        StoreFuture::ready(Ok(ClaimState::Held))
    }

    fn release(&self, _: &ClaimToken) -> StoreFuture<ClaimState> {
        StoreFuture::ready(Ok(ClaimState::Held))
    }
}
