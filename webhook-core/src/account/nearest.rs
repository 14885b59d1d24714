//! The name that was probably meant.

/// Longer texts are no misspelled names. What is compared may come from anywhere.
const LONGEST: usize = 64;

/// The one of these names that is spelled nearly as the given one: in another case, with another sign between its words, with few
/// letters wrong, or with words left out or added.
pub(crate) fn nearest(
    given: &str,
    names: impl IntoIterator<Item = &'static str>,
) -> Option<&'static str> {
    if given.len() >= LONGEST {
        return None;
    }
    let given = plain(given);
    let near = names.into_iter().filter_map(|name| {
        let own = plain(name);
        let distance = strsim::damerau_levenshtein(&own, &given);
        let is_near = distance <= own.len() / 3 || shares_words(&own, &given);
        is_near.then_some((distance, name))
    });
    let (_, name) = near.min_by_key(|(distance, _)| *distance)?;
    Some(name)
}

fn plain(name: &str) -> String {
    name.to_ascii_lowercase().replace(['_', ' ', '.'], "-")
}

/// Whether all words of one stand together in the other. One secret is meant by `secrets` too.
fn shares_words(one: &str, other: &str) -> bool {
    let one = format!("-{}-", one.trim_end_matches('s'));
    let other = format!("-{}-", other.trim_end_matches('s'));
    let is_long = one.len().min(other.len()) > "-key-".len();
    is_long && (one.contains(&other) || other.contains(&one))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 6] = [
        "secrets",
        "tolerance_seconds",
        "future_tolerance_seconds",
        "stripe",
        "apple-appstore",
        "keys",
    ];

    #[test]
    fn what_was_meant_is_found() {
        for (given, meant) in [
            ("secret", Some("secrets")),
            ("Secrets", Some("secrets")),
            ("signing_secret", Some("secrets")),
            ("tolerence_seconds", Some("tolerance_seconds")),
            ("tolerance", Some("tolerance_seconds")),
            ("future-tolerance", Some("future_tolerance_seconds")),
            ("stirpe", Some("stripe")),
            ("STRIPE", Some("stripe")),
            ("stripe_eu", Some("stripe")),
            ("apple_appstore", Some("apple-appstore")),
            ("appstore", Some("apple-appstore")),
            ("key", Some("keys")),
            ("", None),
            ("x", None),
            ("klarna", None),
            ("seconds_of_grace", None),
            ("keyboard", None),
        ] {
            assert_eq!(nearest(given, NAMES), meant, "{given}");
        }
    }

    #[test]
    fn long_texts_are_not_compared() {
        assert_eq!(nearest(&"stripe-".repeat(100_000), NAMES), None);
        for (length, meant) in [(63, Some("stripe")), (64, None)] {
            let given = format!("stripe-{}", "x".repeat(length - "stripe-".len()));
            assert_eq!(nearest(&given, NAMES), meant, "{length}");
        }
    }
}
