//! Signs as Google's Pub/Sub does: see [`google_pubsub`](crate::provider::google_pubsub).

use super::event::NAME;
use crate::ConfigError;
use crate::provider::google_pubsub::signer;
use crate::testing::{Sample, SampleKeys};

pub use crate::provider::google_pubsub::Signer;
pub(super) use signer::signer;

pub(super) fn samples(_: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    signer::sample(NAME, "https://shop.example/play")
}
