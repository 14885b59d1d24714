//! The cases of all vector files of webhook-core.

use std::sync::LazyLock;
use std::time::Duration;

use base64ct::{Base64, Encoding};
use webhook_core::dedupe::{
    Claim, ClaimState, ClaimToken, Dedupe, DedupeKey, DedupeStore, Nonce, StoreError, StoreFuture,
};
use webhook_core::testing::FixedClock;
use webhook_core::testing::vectors::{Case, VectorFile};
use webhook_core::{Endpoint, Settings, UnixTime, provider};

use webhook_testkit::Request;

/// A request of a vector file and who receives it.
pub(crate) struct Vector {
    pub(crate) provider: &'static str,
    pub(crate) endpoint: Endpoint,
    pub(crate) request: Request,
}

/// Those whose receiver can be configured.
pub(crate) static VECTORS: LazyLock<Vec<Vector>> =
    LazyLock::new(|| provider::names().flat_map(vectors_of).collect());

fn vectors_of(provider: &'static str) -> Vec<Vector> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../webhook-core/tests/vectors");
    let json = std::fs::read(format!("{folder}/{provider}.json")).unwrap();
    let cases = VectorFile::parse(&json).unwrap().cases;
    let vector = |case| Vector::new(provider, case);
    cases.into_iter().filter_map(vector).collect()
}

impl Vector {
    fn new(provider: &'static str, case: Case) -> Option<Self> {
        let settings = Settings::new(case.config).ok()?;
        let clock = FixedClock::at(UnixTime::from_secs(case.now.unwrap_or_default()));
        let bytes = |(name, value): (String, String)| (name, value.into_bytes());
        Some(Self {
            provider,
            // What tells events apart is to be what is signed: the rest of a request may be made up.
            endpoint: Endpoint::new(provider::by_name(provider, &settings).ok()?)
                .clock(clock)
                .name("fuzz")
                .dedupe(Dedupe::new(Nowhere).signed_parts_only()),
            request: Request {
                method: case.request.method,
                target: case.request.url,
                headers: case.request.headers.into_iter().map(bytes).collect(),
                body: Base64::decode_vec(&case.request.body_base64)
                    .unwrap()
                    .into(),
            },
        })
    }
}

/// Those of one provider.
pub(crate) fn of(provider: &str) -> impl Iterator<Item = &'static Vector> {
    VECTORS
        .iter()
        .filter(move |vector| vector.provider == provider)
}

/// A store that nobody asks.
#[derive(Debug)]
struct Nowhere;

fn nothing<T>() -> StoreFuture<T> {
    StoreFuture::ready(Err(StoreError::new("there is no store")))
}

impl DedupeStore for Nowhere {
    fn claim(&self, _: &DedupeKey, _: Nonce, _: Duration) -> StoreFuture<Claim> {
        nothing()
    }

    fn renew(&self, _: &ClaimToken, _: Duration) -> StoreFuture<ClaimState> {
        nothing()
    }

    fn complete(&self, _: &ClaimToken, _: Duration) -> StoreFuture<ClaimState> {
        nothing()
    }

    fn release(&self, _: &ClaimToken) -> StoreFuture<ClaimState> {
        nothing()
    }
}
