//! The pages of `docs/`: their code is run as the documentation of this module.

/// One item for each page, so that a failing block is named after its page.
macro_rules! pages {
    ($($item:ident = $file:literal,)*) => {
        #[cfg(test)]
        const PAGES: &[&str] = &[$($file),*];

        $(
            #[cfg(doctest)]
            #[doc = include_str!(concat!("../../docs/src/", $file))]
            struct $item;
        )*
    };
}

pages! {
    Cookbook = "cookbook.md",
    RotateASecret = "rotate-a-secret.md",
    BehindAProxy = "behind-a-proxy.md",
    WhyRefused = "why-refused.md",
    StripeConnect = "stripe-connect.md",
    SeveralAccounts = "several-accounts.md",
    ExactlyOnce = "exactly-once.md",
    KeepDeliveries = "keep-deliveries.md",
    PastOneMachine = "past-one-machine.md",
    SeeWhatHappens = "see-what-happens.md",
    InProduction = "in-production.md",
    RollOut = "roll-out.md",
    MailAndTextMessages = "mail-and-text-messages.md",
    LookItUp = "look-it-up.md",
    Senders = "senders.md",
    TestAHandler = "test-a-handler.md",
    FromWebhookVerify = "from-webhook-verify.md",
    FromAsyncStripe = "from-async-stripe.md",
    FromAxumGithubWebhookExtract = "from-axum-github-webhook-extract.md",
    FromHandWrittenHmac = "from-hand-written-hmac.md",
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::PAGES;

    fn source() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/src")
    }

    fn page(name: &str) -> String {
        fs::read_to_string(source().join(name)).unwrap()
    }

    #[test]
    fn no_page_is_left_out() {
        let names = |folder: PathBuf| -> BTreeSet<String> {
            let files = fs::read_dir(folder).unwrap();
            let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
            names.filter(|name| name.ends_with(".md")).collect()
        };
        let mut files = names(source());
        files.remove("SUMMARY.md");
        let run: BTreeSet<String> = PAGES.iter().map(|&name| name.to_owned()).collect();
        assert_eq!(files, run, "name each page of docs/src in `pages!`");

        let summary = page("SUMMARY.md");
        let linked = summary.split("](").skip(1);
        let linked: BTreeSet<String> = linked
            .map(|link| link.split(')').next().unwrap().to_owned())
            .collect();
        // A page for each sender is written by a test of webhook-cli, with code that the documentation of webhook-core holds and compiles.
        let senders = names(source().join("senders"));
        files.extend(senders.iter().map(|name| format!("senders/{name}")));
        assert_eq!(files, linked, "name each page in docs/src/SUMMARY.md");
    }

    #[test]
    fn every_link_to_a_page_leads_to_one() {
        for name in PAGES {
            for link in page(name).split("](").skip(1) {
                let link = link.split([')', '#']).next().unwrap();
                let is_sender = link.starts_with("senders/") && source().join(link).is_file();
                let leads = link.starts_with("https://") || PAGES.contains(&link) || is_sender;
                assert!(leads, "{name}: {link}");
            }
        }
    }

    /// How blocks may begin. What begins otherwise would be run by nobody.
    const BLOCKS: &[&str] = &["rust", "rust,no_run", "sh", "text", "toml", "yaml"];

    #[test]
    fn code_that_is_not_compiled_is_that_of_other_crates() {
        for name in PAGES {
            let mut heading = "";
            let mut inside = false;
            let text = page(name);
            for line in text.lines() {
                match line.strip_prefix("```") {
                    Some(block) if !inside => {
                        let of_others = name.starts_with("from-") && heading == "## Before";
                        let is_known =
                            BLOCKS.contains(&block) || (of_others && block == "rust,ignore");
                        assert!(is_known, "{name}: a block begins with ```{block}");
                        inside = true;
                    }
                    Some(_) => inside = false,
                    None if !inside && line.starts_with('#') => heading = line,
                    None => {}
                }
            }
            assert!(!inside, "{name}: a block has no end");
        }
    }

    /// Rules for alerts that ask for what nobody counts are silent for ever.
    #[test]
    fn every_rule_for_alerts_asks_for_what_is_counted() {
        let metrics = include_str!("../../webhook-core/src/observe/metrics.rs");
        let outcomes = include_str!("../../webhook-core/src/observe/observed.rs");
        let codes = page("why-refused.md");
        let mut asked = 0;
        for page_name in PAGES {
            let text = page(page_name);
            let blocks = text.split("```yaml").skip(1);
            let blocks = blocks.map(|block| block.split("```").next().unwrap());
            for (name, matchers) in blocks.flat_map(selectors) {
                let metric = name.trim_end_matches("_bucket");
                let is_there = metrics.contains(&format!(r#"= "{metric}";"#));
                assert!(is_there, "{page_name}: no metric has the name {metric}");
                for (label, values) in matchers {
                    let is_there = metrics.contains(&format!(r#"("{label}","#));
                    assert!(is_there, "{page_name}: no metric has the label {label}");
                    for value in values.split('|') {
                        let known = match label {
                            "code" => codes.contains(&format!("\n| `{value}` |")),
                            _ => outcomes.contains(&format!(r#"=> "{value}","#)),
                        };
                        assert!(known, "{page_name}: {label} is never {value}");
                        asked += 1;
                    }
                }
            }
        }
        assert!(asked >= 10, "{asked}");
    }

    /// The metrics that rules ask for, each with the labels and values in its braces.
    fn selectors(rules: &str) -> Vec<(&str, Vec<(&str, &str)>)> {
        let mut found = Vec::new();
        for asked in rules.split("rate(").skip(1) {
            let (name, rest) = asked.split_once('{').unwrap();
            let (matchers, _) = rest.split_once('}').unwrap();
            let matchers = matchers.split(',').map(|matcher| {
                let (label, values) = matcher.split_once('=').unwrap();
                (label.trim(), values.trim_matches(['~', '"', '\n', ' ']))
            });
            found.push((name, matchers.collect()));
        }
        found
    }

    #[test]
    fn every_code_of_a_refusal_is_explained() {
        use webhook_core::RejectionKind::*;
        let kinds = [
            BadSignature,
            BodyAlreadyTaken,
            BodyIncomplete,
            BodyTimeout,
            BodyTooLarge,
            Future,
            HandshakeRefused,
            InProgress,
            KeysUnavailable,
            LookUpFailed,
            Malformed,
            MethodNotAllowed,
            Misconfigured,
            MissingSignature,
            NotConfirmed,
            SignatureReused,
            ResolverTimeout,
            Stale,
            StoreUnavailable,
            UnexpectedApiVersion,
            UnknownEndpoint,
            Unsigned,
            UntrustedKey,
            WrongAudience,
        ];
        let source = include_str!("../../webhook-core/src/outcome/rejection.rs");
        let in_source = source.matches("rejection_row!(").count();
        assert_eq!(kinds.len(), in_source, "name each kind in this test");

        let text = page("why-refused.md");
        for kind in kinds {
            let rejection = webhook_core::Rejection::new(kind, "");
            let row = format!(
                "| `{}` | {} |",
                rejection.code(),
                rejection.status().as_u16()
            );
            assert!(text.contains(&row), "why-refused.md has no row {row}");
        }
    }

    /// The READMEs that show handlers for axum.
    const READMES: &[&str] = &[
        "../../README.md",
        "../../webhook-store/README.md",
        "../../webhook-tower/README.md",
    ];

    #[test]
    fn every_handler_for_axum_lets_the_compiler_say_what_is_wrong() {
        let mut handlers = 0;
        for name in PAGES.iter().chain(READMES) {
            let text = page(name);
            let blocks = text.split("```rust").skip(1);
            let blocks = blocks.map(|block| block.split("```").next().unwrap());
            for block in blocks.filter(|block| block.contains("use webhook_tower")) {
                let lines: Vec<&str> = block.lines().collect();
                for pair in lines.windows(2) {
                    let [before, line] = pair else { continue };
                    if line.starts_with("async fn") && line.contains(": Verified<") {
                        assert_eq!(*before, "#[axum::debug_handler]", "{name}: {line}");
                        handlers += 1;
                    }
                }
            }
        }
        assert!(handlers >= 12, "{handlers}");
    }
}
