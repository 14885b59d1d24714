//! What an event is remembered by.

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::delivery::Delivery;

/// What an event is remembered by: where it came in, and what its sender signed of its identity.
///
/// Made of the endpoint's name, the variant, the provider, and what tells the event from others: the fields that the
/// sender's scheme names for it, else the event's id if it is signed, else the body. Never of an unsigned header: whoever replays a request could change it, and have it done twice.
///
/// Compared by a digest of 32 bytes in which every part has its length, so that ids of any length and any bytes are
/// safe, and no two different events look alike.
#[derive(Clone)]
pub struct DedupeKey {
    digest: [u8; 32],
    label: Arc<str>,
}

impl DedupeKey {
    /// The key of a delivery.
    #[must_use]
    pub fn of(delivery: &Delivery) -> Self {
        let scope = [
            delivery.endpoint().unwrap_or_default(),
            delivery.variant().unwrap_or_default(),
            delivery.provider(),
        ];
        match (delivery.identity(), delivery.id()) {
            (Some(identity), id) => Self {
                label: label(&scope, "id", id.unwrap_or_default().as_bytes()),
                ..Self::new(&scope, "identity", &identity)
            },
            (None, Some(id)) => Self::new(&scope, "id", id.as_bytes()),
            (None, None) => Self::new(&scope, "body", delivery.body()),
        }
    }

    /// A key of your own: a place and what happened there.
    ///
    /// ```
    /// use webhook_core::dedupe::DedupeKey;
    ///
    /// let one = DedupeKey::of_event("shop-eu", "evt_1");
    /// assert_ne!(one, DedupeKey::of_event("shop-us", "evt_1"));
    /// assert_ne!(DedupeKey::of_event("a", "b:c"), DedupeKey::of_event("a:b", "c"));
    /// ```
    #[must_use]
    pub fn of_event(place: &str, event: impl AsRef<[u8]>) -> Self {
        Self::new(&[place], "event", event.as_ref())
    }

    fn new(scope: &[&str], what: &str, identity: &[u8]) -> Self {
        let mut digest = Sha256::new();
        let label = label(scope, what, identity);
        let texts = scope.iter().chain(std::iter::once(&what));
        for part in texts.map(|text| text.as_bytes()).chain([identity]) {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        Self {
            digest: digest.finalize().into(),
            label,
        }
    }

    /// For people who look into the store: the place and the id, cut to 200 characters, without control characters. Two
    /// events may have the same label.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The digest, for a binary column.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.digest
    }

    /// The digest as 64 hexadecimal digits in lower case, for a text column.
    #[must_use]
    pub fn to_hex(&self) -> String {
        const_hex::encode(self.digest)
    }
}

fn label(scope: &[&str], what: &str, identity: &[u8]) -> Arc<str> {
    let places = scope.iter().filter(|place| !place.is_empty()).copied();
    let identity = match what {
        "body" => Cow::Borrowed("(by its body)"),
        _ => String::from_utf8_lossy(identity),
    };
    let joined = places.chain([&*identity]).collect::<Vec<_>>().join("/");
    let shown = joined.chars().filter(|char| !char.is_control());
    shown.take(200).collect::<String>().into()
}

impl PartialEq for DedupeKey {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl Eq for DedupeKey {}

impl Hash for DedupeKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.digest.hash(state);
    }
}

impl fmt::Debug for DedupeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DedupeKey({})", self.label)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_look_alike_stay_different() {
        let ids: &[&[u8]] = &[
            b"",
            b"a",
            b"A",
            b"a\0",
            b"a ",
            b"a:b",
            b"a/b",
            b"\0",
            b"\xff",
            "а".as_bytes(),
            "é".as_bytes(),
            "e\u{301}".as_bytes(),
        ];
        let keys: std::collections::HashSet<DedupeKey> =
            ids.iter().map(|id| DedupeKey::of_event("e", id)).collect();
        assert_eq!(keys.len(), ids.len());
    }

    #[test]
    fn the_label_is_for_people() {
        let key = DedupeKey::new(&["shop", "", "stripe"], "id", b"evt_1\0\xff");
        assert_eq!(key.label(), "shop/stripe/evt_1\u{fffd}");
        assert_eq!(DedupeKey::of_event("a", "x".repeat(999)).label().len(), 200);
    }

    #[test]
    fn what_belongs_to_the_place_is_not_part_of_the_id() {
        let keys = [
            DedupeKey::new(&["a", "b"], "id", b"c"),
            DedupeKey::new(&["ab", ""], "id", b"c"),
            DedupeKey::new(&["a", ""], "id", b"bc"),
            DedupeKey::new(&["a", "b"], "body", b"c"),
            DedupeKey::new(&["a"], "id", b"c"),
        ];
        let distinct: std::collections::HashSet<&DedupeKey> = keys.iter().collect();
        assert_eq!(distinct.len(), keys.len());
    }
}
