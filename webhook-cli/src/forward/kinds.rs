//! Which kinds of events are meant.

/// Kinds by name. A name with `*` at its end is the beginning of names. An empty list means all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kinds(Vec<String>);

impl Kinds {
    /// Reads `invoice.paid,charge.*`.
    #[must_use]
    pub fn of(list: &str) -> Self {
        let names = list.split(',').map(str::trim);
        Self(
            names
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect(),
        )
    }

    /// These and those.
    #[must_use]
    pub fn and(mut self, more: Self) -> Self {
        self.0.extend(more.0);
        self
    }

    /// Whether this kind is meant.
    #[must_use]
    pub fn has(&self, kind: &str) -> bool {
        self.0.is_empty()
            || self.0.iter().any(|name| match name.strip_suffix('*') {
                Some(beginning) => kind.starts_with(beginning),
                None => kind == name,
            })
    }

    /// Whether all kinds are meant, and requests without one.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.0.is_empty() || self.0.iter().any(|name| name == "*")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_means_itself_and_a_star_what_begins_so() {
        let kinds = Kinds::of("invoice.paid, charge.*,");
        for (kind, has) in [
            ("invoice.paid", true),
            ("invoice.paid.late", false),
            ("charge.failed", true),
            ("charge", false),
            ("", false),
        ] {
            assert_eq!(kinds.has(kind), has, "{kind}");
        }
        assert!(!kinds.is_all());
    }

    #[test]
    fn no_name_or_a_star_means_all() {
        for list in ["", " , ", "*", "invoice.paid,*"] {
            assert!(Kinds::of(list).is_all(), "{list}");
            assert!(Kinds::of(list).has("anything"), "{list}");
        }
    }
}
