//! What the objects have in common when they are read and shown.

use std::fmt;

use serde::{Deserialize, Deserializer};

use crate::{Text, UnixTime};

/// A number of seconds, or nothing.
pub(super) fn time<'de, D: Deserializer<'de>>(json: D) -> Result<Option<UnixTime>, D::Error> {
    Ok(Option::deserialize(json)?.map(UnixTime::from_secs))
}

/// A value for which `null` means empty.
pub(super) fn or_empty<'de, D, T>(json: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(json)?.unwrap_or_default())
}

/// Shows an object without what may not be logged.
pub(super) fn show_id(f: &mut fmt::Formatter<'_>, name: &str, id: &Text) -> fmt::Result {
    f.debug_struct(name).field("id", id).finish_non_exhaustive()
}
