//! What an event is remembered by.

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::crypto::Parted;

/// What an event is remembered by: who sent it to which place, and what tells it from others.
///
/// The **scope** is the endpoint's name, the variant and the provider: one sender's events never count as another's. What tells
/// events apart inside of it is the [`Identity`](crate::scheme::Identity) of the sender's scheme: its signed id, else
/// everything that is signed, and beside it an unsigned id where only that differs.
///
/// Compared by a digest of 32 bytes in which every part has its length, so that ids of any length and any bytes are
/// safe, and no two different events look alike.
#[derive(Clone)]
pub struct DedupeKey {
    digest: [u8; 32],
    scope: [u8; 16],
    is_signed: bool,
    label: Arc<str>,
}

impl DedupeKey {
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
        let event = event.as_ref();
        let parts = std::iter::once(Some(event));
        Self::new(&[place], "event", parts, Some(event))
    }

    pub(crate) fn new<'a>(
        scope: &[&str],
        by: &str,
        parts: impl Iterator<Item = Option<&'a [u8]>>,
        label: Option<&[u8]>,
    ) -> Self {
        let mut digest = Parted::default();
        for place in scope {
            digest.add(Some(place.as_bytes()));
        }
        let scope_digest = digest.clone().finish();
        digest.add(Some(by.as_bytes()));
        parts.for_each(|part| digest.add(part));
        Self {
            digest: digest.finish(),
            scope: std::array::from_fn(|at| scope_digest.get(at).copied().unwrap_or_default()),
            is_signed: true,
            label: shown(scope, label),
        }
    }

    /// The same, with whether all that tells the event from others is signed.
    pub(crate) fn counting_as_signed(self, is_signed: bool) -> Self {
        Self { is_signed, ..self }
    }

    /// Who authenticated it where: equal for all events of one sender at one endpoint and variant. For stores that share what
    /// they have fairly.
    #[must_use]
    pub const fn scope(&self) -> &[u8; 16] {
        &self.scope
    }

    /// Whether the sender has signed all that tells this event from others. If not, whoever replays a captured request
    /// with something else in the unsigned part has it handled again.
    #[must_use]
    pub const fn is_signed(&self) -> bool {
        self.is_signed
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

/// Longest label, in characters.
const LONGEST: usize = 200;

fn shown(scope: &[&str], id: Option<&[u8]>) -> Arc<str> {
    let id = match id {
        None => Cow::Borrowed("(by its content)"),
        Some(id) => String::from_utf8_lossy(id),
    };
    let mut label = String::with_capacity(LONGEST);
    for place in scope.iter().filter(|place| !place.is_empty()) {
        label += place;
        label += "/";
    }
    label += &id;
    // Most are short and plain.
    if label.len() <= LONGEST && label.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return label.into();
    }
    let shown = label.chars().filter(|char| !char.is_control());
    shown.take(LONGEST).collect::<String>().into()
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

    fn key(scope: &[&str], by: &str, parts: &[Option<&[u8]>]) -> DedupeKey {
        let label = parts.first().copied().flatten();
        DedupeKey::new(scope, by, parts.iter().copied(), label)
    }

    #[test]
    fn the_label_is_for_people() {
        let shop = key(&["shop", "", "stripe"], "fields", &[Some(b"evt_1\0\xff")]);
        assert_eq!(shop.label(), "shop/stripe/evt_1\u{fffd}");
        let content = key(&["shop", "", "stripe"], "content", &[None, Some(b"{}")]);
        assert_eq!(content.label(), "shop/stripe/(by its content)");
        for character in ["x", "é"] {
            for (count, shown) in [(0, 0), (198, 198), (199, 198), (999, 198)] {
                let key = DedupeKey::of_event("a", character.repeat(count));
                assert_eq!(key.label(), format!("a/{}", character.repeat(shown)));
            }
        }
    }

    #[test]
    fn what_belongs_to_the_place_is_not_part_of_the_id() {
        let keys = [
            key(&["a", "b"], "fields", &[Some(b"c")]),
            key(&["ab", ""], "fields", &[Some(b"c")]),
            key(&["a", ""], "fields", &[Some(b"bc")]),
            key(&["a", "b"], "content", &[Some(b"c")]),
            key(&["a", "b"], "fields", &[Some(b"c"), None]),
            key(&["a", "b"], "fields", &[Some(b"c"), Some(b"")]),
            key(&["a", "b"], "fields", &[Some(b""), Some(b"c")]),
            key(&["a"], "fields", &[Some(b"c")]),
        ];
        let distinct: std::collections::HashSet<&DedupeKey> = keys.iter().collect();
        assert_eq!(distinct.len(), keys.len());
    }

    #[test]
    fn the_scope_is_the_place_alone() {
        let scope = |places: &[&str], id: &[u8]| *key(places, "fields", &[Some(id)]).scope();
        assert_eq!(scope(&["a", "b"], b"1"), scope(&["a", "b"], b"2"));
        for other in [
            &["ab", ""][..],
            &["a", ""],
            &["a"],
            &["b", "a"],
            &["a", "b", ""],
        ] {
            assert_ne!(scope(&["a", "b"], b"1"), scope(other, b"1"), "{other:?}");
        }
    }
}
