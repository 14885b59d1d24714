//! A provider is a module, a row in `provider/lookup.rs` and a vector file: none of the three without the others.
#![cfg(all(
    feature = "testing",
    feature = "asymmetric",
    feature = "published-keys",
    feature = "xml"
))]
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::PathBuf;

use webhook_core::testing::SampleKeys;
use webhook_core::testing::vectors::{Case, VectorFile};
use webhook_core::{DEFAULT_BODY_LIMIT, provider};

#[test]
fn every_module_is_a_provider_and_the_reverse() {
    let (modules, names) = (modules(), names());
    require_none("add its row to src/provider/lookup.rs", &modules, &names);
    require_none(
        "it has a row and no module in src/provider",
        &names,
        &modules,
    );
}

#[test]
fn every_provider_has_a_vector_file_and_the_reverse() {
    let (files, names) = (vector_files(), names());
    let how = "write tests/vectors/<name>.json, as its README says";
    require_none(how, &names, &files);
    require_none("no provider has this vector file's name", &files, &names);
}

/// That nothing is in the first set that is not in the second.
fn require_none(what_to_do: &str, of: &BTreeSet<String>, beside: &BTreeSet<String>) {
    let alone: Vec<&String> = of.difference(beside).collect();
    assert!(alone.is_empty(), "{alone:?}: {what_to_do}");
}

#[test]
fn every_accepted_vector_says_what_is_signed() {
    let mut wrong = Vec::new();
    for name in vector_files() {
        let json = std::fs::read(folder("tests/vectors").join(format!("{name}.json"))).unwrap();
        let cases = VectorFile::parse(&json).unwrap().cases;
        for case in cases
            .iter()
            .filter(|case| case.expect.outcome == "ok" && case.also.is_none())
        {
            let expect = &case.expect;
            let is_complete = expect.coverage.is_some()
                && expect.id.is_some() == expect.id_signed.is_some()
                && expect.kind.is_some() == expect.kind_signed.is_some();
            if !is_complete {
                wrong.push(format!("{name}, {}", case.name));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "say in `expect` the `coverage`, `id_signed` beside an `id` and `kind_signed` beside a `kind`: {wrong:#?}"
    );
}

/// A sender with fewer cases has something that nobody has asked for.
const FEWEST_CASES: usize = 12;

#[test]
fn every_sender_has_vectors_of_what_usually_goes_wrong() {
    let mut missing = Vec::new();
    for name in vector_files() {
        let json = std::fs::read(folder("tests/vectors").join(format!("{name}.json"))).unwrap();
        let cases = VectorFile::parse(&json).unwrap().cases;
        let about = provider::describe(&name).unwrap();
        if cases.len() < FEWEST_CASES {
            missing.push(format!("{name}: {} cases", cases.len()));
        }
        for (what, is_there) in [
            ("an altered body", has_altered_body(&cases)),
            ("a wrong secret", has_wrong_secret(&cases)),
            ("no signature", has_outcome(&cases, &["missing_signature"])),
            (
                "a request that is too old",
                about.tolerance_secs.is_none() || has_outcome(&cases, &["stale"]),
            ),
            (
                "a header on two lines that differ",
                has_two_lines(&cases, &about.headers),
            ),
        ] {
            if !is_there {
                missing.push(format!("{name}: {what}"));
            }
        }
        let samples = provider::samples(&name, &SampleKeys::new()).unwrap();
        let methods: BTreeSet<&str> = samples
            .iter()
            .flat_map(|sample| sample.methods)
            .copied()
            .collect();
        for method in &methods {
            let mut accepted = accepted(&cases);
            if !accepted.any(|case| case.request.method == *method) {
                missing.push(format!("{name}: an accepted request by {method}"));
            }
        }
        for mode in samples
            .iter()
            .filter_map(|sample| sample.settings.get("mode"))
        {
            if !accepted(&cases).any(|case| case.config.get("mode") == Some(mode)) {
                missing.push(format!("{name}: an accepted request of its `mode` {mode}"));
            }
        }
    }
    assert!(
        missing.is_empty(),
        "write these cases into tests/vectors, as its README says: {missing:#?}"
    );
}

fn has_outcome(cases: &[Case], outcomes: &[&str]) -> bool {
    let mut all = cases.iter();
    all.any(|case| outcomes.contains(&case.expect.outcome.as_str()))
}

fn accepted(cases: &[Case]) -> impl Iterator<Item = &Case> {
    cases.iter().filter(|case| case.expect.outcome == "ok")
}

/// Those that are refused, each with every accepted one.
fn refused_beside_accepted(cases: &[Case]) -> impl Iterator<Item = (&Case, &Case)> {
    let is_refused =
        |case: &&Case| !["ok", "handshake", "unsigned"].contains(&&*case.expect.outcome);
    let refused = cases.iter().filter(is_refused);
    refused.flat_map(|own| accepted(cases).map(move |other| (own, other)))
}

/// The same head with another body, and nothing else; or the sender vouches for no body as a whole.
fn has_altered_body(cases: &[Case]) -> bool {
    let covers_no_body = |case: &Case| {
        let coverage = case.expect.coverage.as_deref();
        coverage.is_some_and(|word| ["sender_only", "fields"].contains(&word))
    };
    accepted(cases).all(covers_no_body)
        || refused_beside_accepted(cases).any(|(own, other)| {
            same_head(own, other)
                && own.config == other.config
                && own.now == other.now
                && own.request.body_base64 != other.request.body_base64
        })
}

/// The same request at a receiver with other settings.
fn has_wrong_secret(cases: &[Case]) -> bool {
    refused_beside_accepted(cases).any(|(own, other)| {
        same_head(own, other)
            && own.now == other.now
            && own.request.body_base64 == other.request.body_base64
            && own.config != other.config
    })
}

/// Whatever the order of the headers is, and the case of their names.
fn same_head(own: &Case, other: &Case) -> bool {
    let head = |case: &Case| {
        let request = &case.request;
        let lower = |(name, value): &(String, String)| (name.to_ascii_lowercase(), value.clone());
        let mut headers: Vec<_> = request.headers.iter().map(lower).collect();
        headers.sort();
        (request.method.clone(), request.url.clone(), headers)
    };
    head(own) == head(other)
}

/// A header twice with two values; or no accepted request has one that is read.
fn has_two_lines(cases: &[Case], read: &[&str]) -> bool {
    let is_read = |(name, _): &(String, String)| read.contains(&&*name.to_ascii_lowercase());
    let has_one = accepted(cases).any(|case| case.request.headers.iter().any(is_read));
    let differ = |case: &Case| {
        let read = case.request.headers.iter().filter(|line| is_read(line));
        let lines: Vec<(String, &String)> = read
            .map(|(name, value)| (name.to_ascii_lowercase(), value))
            .collect();
        let mut first = lines.iter();
        first.any(|(name, value)| {
            lines
                .iter()
                .any(|(own, other)| own == name && other != value)
        })
    };
    !has_one || cases.iter().any(differ)
}

#[test]
fn every_vector_file_is_that_of_its_name_and_has_cases_of_both_kinds() {
    for name in vector_files() {
        let json = std::fs::read(folder("tests/vectors").join(format!("{name}.json"))).unwrap();
        let file = VectorFile::parse(&json).unwrap();
        assert_eq!(file.provider, name);
        let accepted = file.cases.iter().filter(|case| case.expect.outcome == "ok");
        let accepted = accepted.count();
        assert!(0 < accepted && accepted < file.cases.len(), "{name}");
    }
}

#[test]
fn names_are_in_alphabetical_order_and_distinct() {
    let sorted: Vec<&str> = provider::names()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    assert_eq!(provider::names().collect::<Vec<_>>(), sorted);
}

#[test]
fn times_of_a_provider_are_those_on_the_page_for_machines() {
    let page = std::fs::read_to_string(folder("../llms.txt")).unwrap();
    let seconds = |secs: Option<u32>, none: &str| match secs {
        Some(secs) => format!("{secs} s"),
        None => none.to_owned(),
    };
    let mut wrong = String::new();
    for name in names() {
        let about = provider::describe(&name).unwrap();
        let window = seconds(about.tolerance_secs, "none");
        let waits = seconds(about.patience_secs, "–");
        let start = format!("| `{name}` | ");
        let row = page.lines().find(|line| line.starts_with(&start));
        let cells: Vec<&str> = row.into_iter().flat_map(|row| row.split(" | ")).collect();
        if cells.get(2..4) != Some(&[window.as_str(), waits.as_str()]) {
            wrong.push_str(&format!("{name}: {window}, {waits}; there {cells:?}\n"));
        }
    }
    assert!(wrong.is_empty(), "they differ:\n{wrong}");
}

/// What a body may have, in MiB, where a sender says more than others.
const LARGE: &[(&str, usize)] = &[("github", 25), ("gitlab", 25), ("shopify", 4)];

#[test]
fn a_body_may_be_as_large_as_its_sender_says() {
    let mut wrong = String::new();
    for name in names() {
        let own = LARGE.iter().find(|(provider, _)| *provider == name);
        let wanted = own.map_or(DEFAULT_BODY_LIMIT, |(_, mebibytes)| mebibytes << 20);
        let limit = provider::describe(&name).unwrap().body_limit;
        if limit != wanted {
            wrong.push_str(&format!("{name}: {limit}, not {wanted}\n"));
        }
    }
    assert!(wrong.is_empty(), "they differ:\n{wrong}");
}

#[test]
fn readme_has_a_row_for_every_provider_and_says_how_many_there_are() {
    let read = |path: &str| std::fs::read_to_string(folder(path)).unwrap();
    let (readme, comparison) = (read("../README.md"), read("../COMPARISON.md"));
    let mut missing = String::new();
    let mut require = |has: bool, what: String| {
        if !has {
            missing.push_str(&format!("{what}\n"));
        }
    };
    for name in names() {
        let has = readme.contains(&format!(" | `{name}` | "));
        require(
            has,
            format!(
                "README.md, \"Providers\": add a row for `{name}` anywhere in the table; then run \
                 UPDATE_DOCUMENTS=1 cargo test -p webhook-cli --test machines, which puts it below its group"
            ),
        );
    }
    let all = names().len();
    let claim = format!("| senders | {all}, and your own as data |");
    require(
        comparison.contains(&claim),
        format!("write into COMPARISON.md: {claim}"),
    );
    let more = format!(
        "Stripe, PayPal, Braintree, Adyen and {} more senders",
        all - 4
    );
    let has = read("Cargo.toml").contains(&more);
    require(
        has,
        format!("write into the description in webhook-core/Cargo.toml: {more}"),
    );
    assert!(missing.is_empty(), "{missing}");
}

#[test]
fn no_verifier_holds_the_bytes_of_a_mac() {
    let mut files = vec![folder("src/provider"), folder("src/verify")];
    let mut read = 0;
    while let Some(path) = files.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(&path).unwrap();
            files.extend(entries.map(|entry| entry.unwrap().path()));
            continue;
        }
        read += 1;
        let text = std::fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        // However it is broken into lines.
        let code: String = code.split_whitespace().collect();
        for bytes in [
            ".finalize().into_bytes()",
            ".finalize_fixed()",
            ".code_of(",
            "subtle::",
        ] {
            assert!(
                !code.contains(bytes),
                "{}: `{bytes}` invites `==`: make a `crypto::Tag` of the MAC, and compare that",
                path.display()
            );
        }
    }
    assert!(read > 100, "{read}");
}

/// One name for one thing: where the same is in another provider.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("check.rs", "verify.rs"),
    ("notification.rs", "event.rs"),
    ("payments.rs", "payment.rs"),
    ("read.rs", "event.rs"),
    ("scheme.rs", "verify.rs"),
    ("verifier.rs", "verify.rs"),
];

#[test]
fn folders_of_providers_have_one_pattern() {
    let mut wrong = Vec::new();
    for provider in entries("src/provider") {
        let path = format!("src/provider/{provider}");
        if !folder(&path).is_dir() {
            continue;
        }
        let files = entries(&path);
        for (other, name) in OTHER_NAMES {
            if files.iter().any(|file| file == other) {
                wrong.push(format!("{path}/{other}: call it {name}"));
            }
        }
        let text = std::fs::read_to_string(folder(&path).join("mod.rs")).unwrap();
        let is_code = |line: &&str| {
            [
                "fn ",
                "pub fn ",
                "struct ",
                "pub struct ",
                "enum ",
                "pub enum ",
                "impl ",
            ]
            .iter()
            .any(|start| line.starts_with(start))
        };
        if let Some(line) = text.lines().find(is_code) {
            wrong.push(format!(
                "{path}/mod.rs holds documentation and `pub use`: move `{line}`"
            ));
        }
        if !files.iter().any(|file| file == "verify.rs") {
            wrong.push(format!("{path}: what verifies belongs into verify.rs"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_provider_says_how_it_is_set_up() {
    for name in names() {
        let about = provider::describe(&name).unwrap();
        assert!(
            about.document.starts_with("https://") && !about.document.contains("example.com"),
            "{name}: link the sender's document in `ABOUT`"
        );
        assert!(
            !about.setup.is_empty(),
            "{name}: say how to set it up in `ABOUT`"
        );
        assert!(
            !about.signed.is_empty(),
            "{name}: say what is signed in `ABOUT`"
        );
        let known: BTreeSet<&str> = about.settings.iter().map(|setting| setting.name).collect();
        for sample in provider::samples(&name, &SampleKeys::new()).unwrap() {
            let settings = sample.settings.as_object().unwrap();
            let unknown = settings.keys().find(|key| !known.contains(key.as_str()));
            assert_eq!(unknown, None, "{name}: describe this setting in `ABOUT`");
            let required = about.settings.iter().filter(|setting| setting.is_required);
            let absent = required
                .clone()
                .find(|setting| !settings.contains_key(setting.name));
            let has_modes = about.settings.iter().any(|setting| setting.name == "mode");
            assert!(
                has_modes || absent.is_none(),
                "{name}: {absent:?} is not required"
            );
        }
        let module = name.replace('-', "_");
        let file = [format!("{module}.rs"), format!("{module}/mod.rs")]
            .map(|file| folder("src/provider").join(file))
            .into_iter()
            .find(|file| file.exists());
        let text = std::fs::read_to_string(file.unwrap()).unwrap();
        let docs: Vec<&str> = text
            .lines()
            .filter(|line| line.starts_with("//!"))
            .collect();
        assert!(
            docs.iter().any(|line| line.contains("https://")),
            "{name}: link the sender's document in the documentation"
        );
    }
}

#[test]
fn what_the_readme_says_of_senders_that_are_not_there_is_told() {
    let readme = std::fs::read_to_string(folder("../README.md")).unwrap();
    for name in [
        "Sofort",
        "TodoPago",
        "Google Wallet",
        "PayPal IPN",
        "Paddle Classic",
    ] {
        assert!(readme.contains(&format!("**{name}**")), "{name}");
        let error = provider::describe(name).map(drop).unwrap_err();
        let is_told = matches!(
            error,
            webhook_core::ConfigError::UnknownProvider { note: Some(_), .. }
        );
        assert!(is_told, "{name}: {error}");
    }
}

fn names() -> BTreeSet<String> {
    provider::names().map(str::to_owned).collect()
}

/// What is in `provider/` for all of them.
const SHARED: &[&str] = &[
    "about.rs",
    "describe.rs",
    "lookup.rs",
    "macros.rs",
    "mod.rs",
    "registry.rs",
    "unknown.rs",
];

/// Files and folders in `provider/`, as their providers are named.
fn modules() -> BTreeSet<String> {
    entries("src/provider")
        .into_iter()
        .filter(|entry| !SHARED.contains(&entry.as_str()))
        .map(|entry| entry.trim_end_matches(".rs").replace('_', "-"))
        .collect()
}

fn vector_files() -> BTreeSet<String> {
    entries("tests/vectors")
        .into_iter()
        .filter(|entry| entry != "README.md")
        .map(|entry| match entry.strip_suffix(".json") {
            Some(name) => name.to_owned(),
            None => entry,
        })
        .collect()
}

fn entries(path: &str) -> Vec<String> {
    let entries = std::fs::read_dir(folder(path)).unwrap();
    let name = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().file_name();
    entries
        .map(|entry| name(entry).into_string().unwrap())
        .collect()
}

fn folder(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}
