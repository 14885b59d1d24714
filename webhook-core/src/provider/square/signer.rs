//! What the tests for all providers need to know.

use super::verify::{SCHEME, Square};
use crate::ConfigError;
use crate::testing::{Sample, SampleKeys};

pub(super) fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    let sample = Sample::of_scheme(SCHEME, keys)?.made_by(|keys| Square::new(keys, Sample::URL));
    Ok(vec![sample.set("public_url", Sample::URL)])
}
