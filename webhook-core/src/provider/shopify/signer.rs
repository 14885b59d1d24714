//! What the tests for all providers need to know.

use super::verify::{EVENTS_SCHEME, SCHEME, Shopify};
use crate::ConfigError;
use crate::testing::{Sample, SampleKeys};

pub(super) fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    let events = Sample::of_scheme(EVENTS_SCHEME, keys)?.made_by(Shopify::events);
    Ok(vec![
        Sample::of_scheme(SCHEME, keys)?.made_by(Shopify::new),
        events.named("shopify events").set("mode", "events"),
    ])
}
