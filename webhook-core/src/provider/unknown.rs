//! Why there is no provider of a name.

use crate::account::nearest;
use crate::outcome::ConfigError;

/// Providers and the features that they need, for those who look for one of them without it, and whether they publish their keys.
const GATED: &[(&str, &[&str], bool)] = &[
    ("adyen", &["payments"], false),
    ("adyen-platform", &["payments"], false),
    ("airtable", &["business"], false),
    ("airwallex", &["payments"], false),
    ("alipay", &["payments", "asymmetric"], false),
    ("anthropic", &["developer"], false),
    ("apple-appstore", &["payments", "published-keys"], false),
    ("asana", &["business"], false),
    ("auth0", &["developer"], false),
    ("authorize-net", &["payments"], false),
    ("aws-sns", &["developer", "published-keys"], true),
    ("azure-devops", &["developer"], false),
    ("bird", &["messages"], false),
    ("bitbucket", &["developer"], false),
    ("bitbucket-server", &["developer"], false),
    ("box", &["business"], false),
    ("braintree", &["payments", "xml"], false),
    ("brex", &["payments"], false),
    ("btcpay", &["payments"], false),
    ("cal-com", &["business"], false),
    ("calendly", &["business"], false),
    ("cashfree", &["payments"], false),
    ("chargebee", &["payments"], false),
    ("checkout-com", &["payments"], false),
    ("clerk", &["developer"], false),
    ("cloudflare-notifications", &["developer"], false),
    ("cloudflare-stream", &["developer"], false),
    ("coinbase-cdp", &["payments"], false),
    ("coinbase-commerce", &["payments"], false),
    ("contentful", &["business"], false),
    ("customer-io", &["messages"], false),
    ("cybersource", &["payments"], false),
    ("deepgram", &["developer"], false),
    ("discord", &["messages", "asymmetric"], false),
    ("dlocal", &["payments"], false),
    ("docker-hub", &["developer"], false),
    ("docusign", &["business"], false),
    ("doppler", &["developer"], false),
    ("dotpay", &["payments"], false),
    ("dropbox", &["business"], false),
    ("ebanx", &["payments", "asymmetric"], false),
    ("elevenlabs", &["developer"], false),
    ("fal", &["developer", "published-keys"], true),
    ("figma", &["business"], false),
    ("flutterwave", &["payments"], false),
    ("front", &["business"], false),
    ("gitea", &["developer"], false),
    ("github", &["developer"], false),
    ("gitlab", &["developer"], false),
    ("gocardless", &["payments"], false),
    ("google-play-rtdn", &["payments", "published-keys"], true),
    ("google-pubsub", &["published-keys"], true),
    ("grafana", &["developer"], false),
    ("hubspot", &["business"], false),
    ("intercom", &["business"], false),
    ("iyzico", &["payments"], false),
    ("jira", &["developer"], false),
    ("klarna", &["payments"], false),
    ("klaviyo", &["messages"], false),
    ("lemon-squeezy", &["payments"], false),
    ("line", &["messages"], false),
    ("linear", &["developer"], false),
    ("livekit", &["messages"], false),
    ("loops", &["messages"], false),
    ("mailchimp-marketing", &["messages"], false),
    ("mailgun", &["messages"], false),
    ("mandrill", &["messages"], false),
    ("mercado-pago", &["payments"], false),
    ("meta", &["messages"], false),
    ("midtrans", &["payments"], false),
    ("mollie", &["payments"], false),
    ("netlify", &["developer"], false),
    ("notion", &["business"], false),
    ("nuvei", &["payments"], false),
    ("okta", &["developer"], false),
    ("opayo-server", &["payments"], false),
    ("openai", &["developer"], false),
    ("paddle", &["payments"], false),
    ("pagbank", &["payments"], false),
    ("pagerduty", &["developer"], false),
    ("pandadoc", &["business"], false),
    ("paypal", &["payments", "published-keys"], true),
    ("paystack", &["payments"], false),
    ("payu", &["payments"], false),
    ("phonepe", &["payments"], false),
    ("plaid", &["payments", "published-keys"], true),
    ("polar", &["payments"], false),
    ("portone", &["payments"], false),
    ("postmark", &["messages"], false),
    ("rapyd", &["payments"], false),
    ("razorpay", &["payments"], false),
    ("recall", &["developer"], false),
    ("recurly", &["payments"], false),
    ("render", &["developer"], false),
    ("replicate", &["developer"], false),
    ("resend", &["messages"], false),
    ("revenuecat", &["payments"], false),
    ("revolut", &["payments"], false),
    ("rfc9421", &["asymmetric"], false),
    ("sanity", &["business"], false),
    ("sendgrid", &["messages", "asymmetric"], false),
    ("sentry", &["developer"], false),
    ("shopify", &["business"], false),
    ("sinch", &["messages"], false),
    ("slack", &["messages"], false),
    ("square", &["payments"], false),
    ("stripe", &["payments"], false),
    ("supabase", &["developer"], false),
    ("tabapay", &["payments"], false),
    ("telegram", &["messages"], false),
    ("telnyx", &["messages", "asymmetric"], false),
    ("toss", &["payments"], false),
    ("trello", &["business"], false),
    ("truelayer", &["payments", "published-keys"], true),
    ("twilio", &["messages"], false),
    ("twitch", &["messages"], false),
    ("typeform", &["business"], false),
    ("vercel", &["developer"], false),
    ("vonage", &["messages"], false),
    ("webflow", &["business"], false),
    ("wechat-pay", &["payments", "asymmetric"], false),
    ("whop", &["payments"], false),
    ("wise", &["payments", "asymmetric"], false),
    ("woocommerce", &["business"], false),
    ("workos", &["developer"], false),
    ("worldline", &["payments"], false),
    ("worldpay", &["payments"], false),
    ("x", &["messages"], false),
    ("xendit", &["payments"], false),
    ("zendesk", &["business"], false),
    ("zoom", &["business"], false),
];

/// Names of senders that are no provider, and what became of them: as the README tells it.
const NOTES: &[(&str, &str)] = &[
    (
        "sofort",
        "Sofort was closed and moved to Klarna: it is `klarna`",
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
    if let Some((provider, features, publishes_keys)) = gated(name) {
        let missing = features.iter().find(|feature| !is_on(feature));
        return ConfigError::MissingFeature {
            provider,
            feature: missing.or(features.last()).copied().unwrap_or_default(),
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

fn gated(name: &str) -> Option<(&'static str, &'static [&'static str], bool)> {
    GATED.iter().copied().find(|(own, ..)| *own == name)
}

/// Whether this feature is on.
pub(super) fn is_on(feature: &str) -> bool {
    let features = [
        ("asymmetric", cfg!(feature = "asymmetric")),
        ("business", cfg!(feature = "business")),
        ("developer", cfg!(feature = "developer")),
        ("messages", cfg!(feature = "messages")),
        ("payments", cfg!(feature = "payments")),
        ("published-keys", cfg!(feature = "published-keys")),
        ("xml", cfg!(feature = "xml")),
    ];
    features.contains(&(feature, true))
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
            let condition = pair.first()?.strip_prefix("#[cfg(")?;
            let name = pair.last()?.strip_prefix("pub mod ")?.strip_suffix(';')?;
            let name = name.trim_start_matches("r#").replace('_', "-");
            let features = condition.split('"').skip(1).step_by(2);
            Some((name, features.map(str::to_owned).collect()))
        };
        let modules: Vec<(String, Vec<String>)> = lines.windows(2).filter_map(module).collect();
        let listed = GATED.iter();
        let listed: Vec<(String, Vec<String>)> = listed
            .map(|(name, features, _)| {
                let features = features.iter().map(|feature| feature.to_string());
                (name.to_string(), features.collect())
            })
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
        for (name, needed, _) in GATED {
            for feature in *needed {
                assert!(features.contains(&format!("\n{feature} = [")), "{name}");
            }
        }
    }
}
