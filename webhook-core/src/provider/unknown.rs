//! Why there is no provider of a name.

use crate::account::nearest;
use crate::outcome::ConfigError;

/// Providers that need a feature, for those who look for one of them without it, and whether they publish their keys.
const GATED: &[(&str, &str, bool)] = &[
    ("alipay", "asymmetric", false),
    ("apple-appstore", "published-keys", false),
    ("aws-sns", "published-keys", true),
    ("braintree", "xml", false),
    ("discord", "asymmetric", false),
    ("fal", "published-keys", true),
    ("google-play-rtdn", "published-keys", true),
    ("google-pubsub", "published-keys", true),
    ("paypal", "published-keys", true),
    ("plaid", "published-keys", true),
    ("rfc9421", "asymmetric", false),
    ("sendgrid", "asymmetric", false),
    ("telnyx", "asymmetric", false),
    ("truelayer", "published-keys", true),
    ("wechat-pay", "asymmetric", false),
    ("wise", "asymmetric", false),
];

/// Names of senders that are no provider, and what became of them: as the README tells it.
const NOTES: &[(&str, &str)] = &[
    (
        "sofort",
        "Sofort was closed and moved to Klarna: it is `klarna`",
    ),
    (
        "ebanx",
        "EBANX signs with SHA-1 that something changed, and names the payments by `hash_codes`: look them up with `Confirm`, as the \
         cookbook shows",
    ),
    ("todopago", "TodoPago has shut down"),
    ("google-wallet", "Google Wallet has shut down"),
    (
        "paypal-ipn",
        "PayPal IPN is another protocol and is not read. Add a webhook in PayPal's dashboard: it is `paypal`",
    ),
    (
        "paddle-classic",
        "Paddle Classic is another protocol and is not read. Paddle Billing is `paddle`",
    ),
    (
        "opayo",
        "Opayo Server is `opayo-server`. Opayo Form and Opayo Pi are other protocols and are not read",
    ),
    (
        "opayo-form",
        "Opayo Form is another protocol and is not read. Opayo Server is `opayo-server`",
    ),
    (
        "opayo-pi",
        "Opayo Pi is another protocol and is not read. Opayo Server is `opayo-server`",
    ),
    ("sage-pay", "Sage Pay is Opayo now: it is `opayo-server`"),
    (
        "coinbase",
        "Coinbase has two: `coinbase-cdp` and `coinbase-commerce`",
    ),
];

/// Why there is no provider of this name among these.
pub(super) fn unknown(name: &str, there: impl Iterator<Item = &'static str>) -> ConfigError {
    if let Some((provider, feature, publishes_keys)) = gated(name) {
        return ConfigError::MissingFeature {
            provider,
            feature,
            publishes_keys,
        };
    }
    let mut known: Vec<&'static str> = there.chain(GATED.iter().map(|(name, ..)| *name)).collect();
    known.sort_unstable();
    known.dedup();
    ConfigError::UnknownProvider {
        name: name.to_owned(),
        nearest: nearest(name, known.iter().copied()),
        note: note(name),
        known,
    }
}

fn gated(name: &str) -> Option<(&'static str, &'static str, bool)> {
    GATED.iter().copied().find(|(own, ..)| *own == name)
}

/// The note of this name, however its words are put together.
fn note(name: &str) -> Option<&'static str> {
    let letters = |name: &str| -> String {
        let letters = name.chars().filter(char::is_ascii_alphanumeric);
        letters.take(64).collect::<String>().to_ascii_lowercase()
    };
    let given = letters(name);
    let found = NOTES.iter().find(|(own, _)| letters(own) == given);
    found.map(|(_, note)| *note)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use std::path::Path;

    use super::*;

    fn file(path: &str) -> String {
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
    }

    #[test]
    fn the_modules_behind_a_feature_are_those_of_the_list() {
        let text = file("src/provider/mod.rs");
        let lines: Vec<&str> = text.lines().collect();
        let module = |pair: &[&str]| {
            let feature = pair.first()?.strip_prefix("#[cfg(feature = \"")?;
            let name = pair.last()?.strip_prefix("pub mod ")?.strip_suffix(';')?;
            Some((
                name.replace('_', "-"),
                feature.trim_end_matches("\")]").to_owned(),
            ))
        };
        let modules: Vec<(String, String)> = lines.windows(2).filter_map(module).collect();
        let listed = GATED.iter();
        let listed: Vec<(String, String)> = listed
            .map(|(name, feature, _)| (name.to_string(), feature.to_string()))
            .collect();
        assert_eq!(modules, listed);
    }

    #[test]
    fn who_needs_fetch_to_get_keys_is_in_the_list() {
        for (name, _, publishes_keys) in GATED {
            let module = format!("src/provider/{}", name.replace('-', "_"));
            let fetches = [".rs", "/verify.rs", "/keys.rs"].iter().any(|own| {
                let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("{module}{own}"));
                let text = std::fs::read_to_string(path).unwrap_or_default();
                // Who pushes through Pub/Sub shares the code that fetches.
                text.contains("feature = \"fetch\"") || text.contains("push_provider!")
            });
            assert_eq!(fetches, *publishes_keys, "{name}");
        }
    }

    #[test]
    fn the_feature_to_switch_on_is_said() {
        for (name, wanted) in [
            (
                "wise",
                "the provider `wise` needs the feature `asymmetric` of webhook-core: switch it on in Cargo.toml",
            ),
            (
                "paypal",
                "the provider `paypal` needs the feature `published-keys` of webhook-core, and `fetch` to get the keys that it \
                 publishes: switch it on in Cargo.toml",
            ),
        ] {
            assert_eq!(unknown(name, [].into_iter()).to_string(), wanted);
        }
        // Who misspells it learns its name first.
        let misspelled = unknown("Wise", [].into_iter()).to_string();
        assert_eq!(
            misspelled,
            "there is no provider `Wise`; did you mean `wise`?"
        );
    }

    #[test]
    fn each_feature_is_one_of_the_crate() {
        let features = file("Cargo.toml");
        for (name, feature, _) in GATED {
            assert!(features.contains(&format!("\n{feature} = [")), "{name}");
        }
    }
}
