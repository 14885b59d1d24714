//! Says why a request was refused: every genuine request of every provider, spoiled in each way that happens to real ones.
//!
//! A cause that is named must be the right one, always. Where it can be known, it must be named.
#![cfg(all(
    feature = "explain",
    feature = "testing",
    feature = "published-keys",
    feature = "xml"
))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;

use base64ct::{Base64, Encoding as _};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use webhook_core::explain::{Account, Cause, Explanation, Request, explain, explain_for};
use webhook_core::testing::FixedClock;
use webhook_core::testing::vectors::VectorFile;
use webhook_core::{Endpoint, UnixTime, Variants, provider};

/// A request that is accepted.
#[derive(Clone)]
struct Genuine {
    name: String,
    account: Account,
    request: Request,
    now: i64,
}

/// What happens to it.
#[derive(Clone)]
struct Spoiled {
    accounts: Vec<Account>,
    request: Request,
    now: i64,
}

/// A name, what is done (nothing where it cannot be done), and the causes that are right.
type Damage = (
    &'static str,
    fn(&Genuine) -> Option<Spoiled>,
    &'static [&'static str],
);

const DAMAGES: &[Damage] = &[
    ("clock a week ahead", |it| clock(it, 7 * 86_400), &["clock"]),
    ("clock an hour behind", |it| clock(it, -3_600), &["clock"]),
    (
        "secret with a line feed",
        |it| secret(it, |s| format!("{s}\n")),
        &["secret_space"],
    ),
    (
        "secret with a space",
        |it| secret(it, |s| format!(" {s}")),
        &["secret_space"],
    ),
    (
        "secret with a byte order mark",
        |it| secret(it, |s| format!("\u{feff}{s}\r\n")),
        &["secret_space"],
    ),
    (
        "secret in quotes",
        |it| secret(it, |s| format!("\"{s}\"")),
        &["secret_quotes"],
    ),
    (
        "secret in typographic quotes",
        |it| secret(it, |s| format!("\u{201c}{s}\u{201d}")),
        &["secret_quotes"],
    ),
    (
        "secret behind `v1,`",
        |it| secret(it, |s| format!("v1,{s}")),
        &["secret_prefix"],
    ),
    (
        "secret as a line",
        |it| secret(it, |s| format!("WEBHOOK_SECRET={s}")),
        &["secret_prefix"],
    ),
    (
        "secret without its prefix",
        |it| secret(it, |s| s.replace("whsec_", "").replace("whpk_", "")),
        &["secret_prefix"],
    ),
    (
        "secret in base64",
        |it| secret(it, |s| Base64::encode_string(s.as_bytes())),
        &["secret_encoding"],
    ),
    (
        "secret of another account",
        other_variant,
        &["other_variant"],
    ),
    (
        "account of another provider",
        other_provider,
        &["other_provider"],
    ),
    ("provider mistaken", mistaken, &["other_provider"]),
    (
        "body with a line feed",
        |it| body(it, |b| [b, b"\n"].concat()),
        &["body_newline"],
    ),
    (
        "body without its line feed",
        |it| body(it, |b| b.strip_suffix(b"\n").unwrap_or(b).to_vec()),
        &["body_newline"],
    ),
    (
        "body with CRLF",
        |it| text(it, |t| t.replace("\r\n", "\n").replace('\n', "\r\n")),
        &["body_crlf", "body_newline", "body_reserialised"],
    ),
    (
        "body with a byte order mark",
        |it| body(it, |b| [b"\xef\xbb\xbf", b].concat()),
        &["body_bom"],
    ),
    ("JSON indented by a layer", indented, &["body_reserialised"]),
    (
        "JSON with ASCII escapes",
        |it| text(it, ascii),
        &["body_unescaped"],
    ),
    (
        "JSON with escaped slashes",
        |it| json_text(it, |t| t.replace('/', "\\/")),
        &["body_unescaped"],
    ),
    ("body compressed", |it| body(it, gzip), &["body_gzip"]),
    (
        "URL with another scheme",
        |it| url(it, |u| u.replace("https://", "http://")),
        &["url_scheme"],
    ),
    ("URL of the machine inside", inside, &["url_host"]),
    (
        "URL with a slash",
        |it| {
            url(it, |u| match u.split_once('?') {
                Some((path, query)) => format!("{}/?{query}", path.trim_end_matches('/')),
                None => format!("{u}/"),
            })
        },
        &["url_slash"],
    ),
    ("URL without its query", without_query, &["url_query"]),
    ("header renamed by a server", renamed, &["header_renamed"]),
    (
        "header dropped by a proxy",
        dropped,
        &["header_missing_here"],
    ),
    // Nothing can be known of these.
    (
        "another secret (control)",
        |it| secret(it, |s| s.chars().rev().collect()),
        &[],
    ),
    (
        "another body (control)",
        |it| body(it, |b| [b, b"{}"].concat().repeat(2)),
        &[],
    ),
];

#[test]
fn the_cause_is_named_where_it_can_be_known_and_never_a_wrong_one() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let all = genuine();
    let mut table =
        "| damage | refused for it | cause named | another cause |\n|---|---|---|---|\n".to_owned();
    let mut wrong = String::new();
    let mut codes: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut of_all, mut named_of_all) = (0, 0);
    for (name, spoil, right) in DAMAGES {
        let (mut refused, mut named, mut other) = (0, 0, 0);
        let mut silent = Vec::new();
        for genuine in &all {
            let Some(spoiled) = spoil(genuine) else {
                continue;
            };
            let now = UnixTime::from_secs(spoiled.now);
            let (account, others) = spoiled.accounts.split_first().unwrap();
            let told = explain_for(account, others, &spoiled.request, now);
            let told = runtime.block_on(told);
            if matches!(told.verdict, "ok" | "handshake") {
                continue;
            }
            refused += 1;
            require_no_secret(genuine, &told);
            match &told.cause {
                Some(cause) if right.contains(&cause.code) => {
                    named += 1;
                    *codes.entry(cause.code).or_default() += 1;
                }
                Some(cause) => {
                    other += 1;
                    writeln!(
                        wrong,
                        "{name}, {}: {} ({})",
                        genuine.name, cause.code, cause.text
                    )
                    .unwrap();
                }
                None => silent.push(genuine.name.as_str()),
            }
        }
        writeln!(table, "| {name} | {refused} | {named} | {other} |").unwrap();
        if !right.is_empty() {
            of_all += refused;
            named_of_all += named;
            // Two of a hundred in each way: the whole must be better still.
            assert!(refused > 0, "{name}: nothing was refused");
            if named * 100 < refused * 95 {
                writeln!(wrong, "{name}: {named} of {refused} named; not {silent:?}").unwrap();
            }
        }
    }
    println!("{table}\n{named_of_all} of {of_all} causes named; {codes:?}");
    assert!(wrong.is_empty(), "{table}\n{wrong}");
}

#[test]
fn a_genuine_request_has_no_cause_and_says_what_it_is() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    for genuine in genuine() {
        let now = UnixTime::from_secs(genuine.now);
        let told = runtime.block_on(explain(
            std::slice::from_ref(&genuine.account),
            &genuine.request,
            now,
        ));
        assert!(
            matches!(told.verdict, "ok" | "handshake"),
            "{}: {told:?}",
            genuine.name
        );
        assert!(told.cause.is_none() && told.tried == 1, "{}", genuine.name);
        assert!(
            told.steps.iter().all(|step| step.ok),
            "{}: {:?}",
            genuine.name,
            told.steps
        );
        assert_eq!(told.provider, genuine.account.provider);
    }
}

#[test]
fn every_code_says_what_to_do_once() {
    let mut codes = Cause::CODES.to_vec();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), Cause::CODES.len());
}

fn genuine() -> Vec<Genuine> {
    let mut all = Vec::new();
    for provider in provider::names() {
        let path = format!(
            "{}/tests/vectors/{provider}.json",
            env!("CARGO_MANIFEST_DIR")
        );
        let file = VectorFile::parse(&std::fs::read(path).unwrap()).unwrap();
        for case in file.cases.iter().filter(|case| case.expect.outcome == "ok") {
            let headers = case.request.headers.iter().cloned();
            let settings = case.config.as_object().cloned().unwrap();
            all.push(Genuine {
                name: format!("{provider}/{}", case.name),
                account: Account::new(provider, settings),
                request: Request {
                    method: case.request.method.clone(),
                    target: case.request.url.clone(),
                    headers: headers
                        .map(|(name, value)| (name, Bytes::from(value)))
                        .collect(),
                    body: Base64::decode_vec(&case.request.body_base64)
                        .unwrap()
                        .into(),
                },
                now: case.now.unwrap_or_default(),
            });
        }
    }
    all
}

/// What is said of a request goes into tickets and logs.
fn require_no_secret(genuine: &Genuine, told: &Explanation) {
    let said = serde_json::to_string(told).unwrap();
    for name in KEYS {
        for text in texts(genuine.account.settings.get(*name)) {
            assert!(
                text.len() < 8 || !said.contains(text),
                "{}: {said}",
                genuine.name
            );
        }
    }
}

const KEYS: &[&str] = &[
    "secrets",
    "public_keys",
    "secret",
    "password",
    "authorization",
];

fn texts(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

impl Genuine {
    fn spoiled(&self) -> Spoiled {
        Spoiled {
            accounts: vec![self.account.clone()],
            request: self.request.clone(),
            now: self.now,
        }
    }

    /// Its settings with every secret changed, if any of them changes.
    fn with_secrets(&self, change: impl Fn(&str) -> String) -> Option<Map<String, Value>> {
        let mut settings = self.account.settings.clone();
        let mut is_changed = false;
        for name in KEYS {
            let Some(value) = settings.get_mut(*name) else {
                continue;
            };
            let changed: Vec<String> = texts(Some(value)).into_iter().map(&change).collect();
            is_changed |= texts(Some(value)) != changed;
            *value = match value {
                Value::String(_) => json!(changed[0]),
                _ => json!(changed),
            };
        }
        is_changed.then_some(settings)
    }
}

fn clock(it: &Genuine, secs: i64) -> Option<Spoiled> {
    Some(Spoiled {
        now: it.now + secs,
        ..it.spoiled()
    })
}

fn secret(it: &Genuine, change: fn(&str) -> String) -> Option<Spoiled> {
    // Of several secrets each is mistaken, and one of them alone helps.
    let settings = it.with_secrets(change)?;
    Some(Spoiled {
        accounts: vec![Account::new(&*it.account.provider, settings)],
        ..it.spoiled()
    })
}

fn stranger(it: &Genuine) -> Option<Account> {
    let settings = it.with_secrets(|secret| {
        let other = |char: char| match char {
            '0'..='8' | 'a'..='e' | 'g'..='y' | 'A'..='Y' => {
                char::from_u32(u32::from(char) + 1).unwrap()
            }
            char => char,
        };
        let (prefix, rest) = secret.split_at(secret.find('_').map_or(0, |at| at + 1));
        format!("{prefix}{}", rest.chars().map(other).collect::<String>())
    })?;
    let mut account = Account::new(&*it.account.provider, settings);
    account.name = Some("stranger".to_owned());
    Some(account)
}

fn other_variant(it: &Genuine) -> Option<Spoiled> {
    let stranger = stranger(it)?;
    let mut own = it.account.clone();
    own.name = Some("own".to_owned());
    // The request came to the address of the stranger.
    stranger.endpoint().ok()?;
    Some(Spoiled {
        accounts: vec![stranger, own],
        ..it.spoiled()
    })
}

fn other_provider(it: &Genuine) -> Option<Spoiled> {
    let other = match it.account.provider.as_str() {
        "github" => "stripe",
        _ => "github",
    };
    let settings = json!({"secrets": "a-secret-of-somebody-else"});
    let other = Account::new(other, settings.as_object().cloned().unwrap());
    Some(Spoiled {
        accounts: vec![other, it.account.clone()],
        ..it.spoiled()
    })
}

fn mistaken(it: &Genuine) -> Option<Spoiled> {
    let other = match it.account.provider.as_str() {
        "github" => "stripe",
        _ => "github",
    };
    let secrets = it.account.settings.get("secrets")?;
    // What else the right provider needs is not known.
    let is_all = it.account.settings.keys().all(|name| {
        ["secrets", "tolerance_seconds", "future_tolerance_seconds"].contains(&name.as_str())
    });
    let about = provider::describe(&it.account.provider).unwrap();
    let is_usual = about
        .settings
        .iter()
        .all(|setting| !setting.is_required || setting.name == "secrets");
    let settings = json!({"secrets": secrets});
    let other = Account::new(other, settings.as_object().cloned().unwrap());
    (is_all && is_usual && other.endpoint().is_ok()).then(|| Spoiled {
        accounts: vec![other],
        ..it.spoiled()
    })
}

fn body(it: &Genuine, change: fn(&[u8]) -> Vec<u8>) -> Option<Spoiled> {
    let changed = change(&it.request.body);
    (changed != it.request.body).then(|| Spoiled {
        request: Request {
            body: changed.into(),
            ..it.request.clone()
        },
        ..it.spoiled()
    })
}

fn text(it: &Genuine, change: fn(&str) -> String) -> Option<Spoiled> {
    let text = std::str::from_utf8(&it.request.body).ok()?;
    let changed = change(text);
    (changed != text).then(|| Spoiled {
        request: Request {
            body: changed.into(),
            ..it.request.clone()
        },
        ..it.spoiled()
    })
}

fn json_text(it: &Genuine, change: fn(&str) -> String) -> Option<Spoiled> {
    let text = std::str::from_utf8(&it.request.body).ok()?;
    serde_json::from_str::<Value>(text).ok()?;
    // Where the sender itself escapes some and not others, nobody can know which.
    (!text.contains('\\'))
        .then(|| text_of(it, change))
        .flatten()
}

fn text_of(it: &Genuine, change: fn(&str) -> String) -> Option<Spoiled> {
    text(it, change)
}

/// As a framework writes it that has read it: with two spaces, members in their order.
fn indented(it: &Genuine) -> Option<Spoiled> {
    let text = std::str::from_utf8(&it.request.body).ok()?;
    serde_json::from_str::<Value>(text).ok()?;
    // What a sender has written with spaces of its own kind is lost for good.
    let is_compact = compacted(text) == text;
    let mut out = String::new();
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
    };
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        if in_text {
            out.push(char);
            in_text = char != '"' || escaped;
            escaped = char == '\\' && !escaped;
            continue;
        }
        match char {
            '{' | '[' => {
                out.push(char);
                if chars.peek().is_some_and(|next| !"]}".contains(*next)) {
                    depth += 1;
                    line(&mut out, depth);
                } else {
                    out.extend(chars.next());
                }
            }
            '}' | ']' => {
                depth -= 1;
                line(&mut out, depth);
                out.push(char);
            }
            ',' => {
                out.push(char);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            '"' => {
                in_text = true;
                out.push(char);
            }
            other => out.push(other),
        }
    }
    (is_compact && out != text).then(|| Spoiled {
        request: Request {
            body: out.into(),
            ..it.request.clone()
        },
        ..it.spoiled()
    })
}

fn compacted(text: &str) -> String {
    let (mut in_text, mut escaped) = (false, false);
    let keep = |char: &char| {
        if in_text {
            in_text = *char != '"' || escaped;
            escaped = *char == '\\' && !escaped;
            return true;
        }
        in_text = *char == '"';
        !char.is_ascii_whitespace()
    };
    text.chars().filter(keep).collect()
}

fn ascii(text: &str) -> String {
    let mut out = String::new();
    for char in text.chars() {
        match char.is_ascii() {
            true => out.push(char),
            false => {
                for unit in char.encode_utf16(&mut [0; 2]) {
                    write!(out, "\\u{unit:04x}").unwrap();
                }
            }
        }
    }
    out
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

fn url(it: &Genuine, change: fn(&str) -> String) -> Option<Spoiled> {
    let own = it.account.settings.get("public_url")?.as_str()?;
    let mut account = it.account.clone();
    account
        .settings
        .insert("public_url".to_owned(), change(own).into());
    Some(Spoiled {
        accounts: vec![account],
        ..it.spoiled()
    })
}

fn inside(it: &Genuine) -> Option<Spoiled> {
    let own = it.account.settings.get("public_url")?.as_str()?;
    let host = own.split("://").nth(1)?.split(['/', '?']).next()?;
    let mut spoiled = url(it, |own| {
        let (scheme, rest) = own.split_once("://").unwrap();
        let path = rest
            .split_once('/')
            .map_or_else(String::new, |(_, path)| format!("/{path}"));
        format!("{scheme}://10.0.0.7:3000{path}")
    })?;
    let host = ("x-forwarded-host".to_owned(), Bytes::from(host.to_owned()));
    spoiled.request.headers.push(host);
    Some(spoiled)
}

fn without_query(it: &Genuine) -> Option<Spoiled> {
    let own = it.account.settings.get("public_url")?.as_str()?;
    let (_, query) = own.split_once('?')?;
    let mut spoiled = url(it, |own| own.split('?').next().unwrap().to_owned())?;
    // As it arrives, it has the query; what the sender has added to it stays.
    let target = &mut spoiled.request.target;
    let arrived = target.split_once('?').map(|(_, arrived)| arrived);
    if !arrived.is_some_and(|arrived| arrived.starts_with(query)) {
        *target = format!("{}?{query}", target.split('?').next()?);
    }
    Some(spoiled)
}

fn signature_header(it: &Genuine) -> Option<String> {
    let about = provider::describe(&it.account.provider).ok()?;
    let is_there = |name: &&&str| {
        let mut headers = it.request.headers.iter();
        headers.any(|(own, _)| own.eq_ignore_ascii_case(name))
    };
    about.headers.iter().find(is_there).map(ToString::to_string)
}

fn renamed(it: &Genuine) -> Option<Spoiled> {
    let name = signature_header(it)?;
    let mut spoiled = it.spoiled();
    for (own, _) in &mut spoiled.request.headers {
        if own.eq_ignore_ascii_case(&name) {
            *own = format!("HTTP_{}", own.to_uppercase().replace('-', "_"));
        }
    }
    Some(spoiled)
}

fn dropped(it: &Genuine) -> Option<Spoiled> {
    let name = signature_header(it)?;
    let mut spoiled = it.spoiled();
    spoiled
        .request
        .headers
        .retain(|(own, _)| !own.eq_ignore_ascii_case(&name));
    Some(spoiled)
}

#[test]
fn an_endpoint_says_why_it_refuses() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let stripe = genuine()
        .into_iter()
        .find(|it| it.account.provider == "stripe")
        .unwrap();
    // Names, several accounts at one address, and a clock of its own: none of it is in the way.
    let variants = Variants::new()
        .with("eu", stripe.account.endpoint().unwrap())
        .unwrap();
    let endpoint = Endpoint::new(variants)
        .name("payments")
        .clock(FixedClock::at(UnixTime::from_secs(1)));
    let mut request = stripe.request.clone();
    request.target = "/payments/process/eu".to_owned();
    request.body = [&request.body[..], b"\r\n"].concat().into();
    let now = UnixTime::from_secs(stripe.now);
    let told = runtime.block_on(endpoint.explain(&request, Some(now)));
    assert_eq!(told.verdict, "bad_signature");
    assert_eq!(told.provider, "stripe");
    let cause = told.cause.unwrap();
    assert_eq!(cause.code, "body_newline");
    assert_eq!(cause.difference.unwrap().got, "\r\n");
    let signed: Vec<_> = told.signed.iter().map(|part| part.part.as_str()).collect();
    assert_eq!(signed, ["the time", "`.`", "the body"]);
}

/// What a forger could learn from it stays with whoever runs the receiver.
#[test]
fn no_adapter_can_reach_it() {
    let root = env!("CARGO_MANIFEST_DIR");
    for adapter in ["webhook-tower", "webhook-actix", "webhook-store"] {
        let manifest = std::fs::read_to_string(format!("{root}/../{adapter}/Cargo.toml")).unwrap();
        assert!(
            !manifest.contains("explain"),
            "{adapter} must not have the feature"
        );
    }
    for file in std::fs::read_dir(format!("{root}/src/adapter")).unwrap() {
        let code = std::fs::read_to_string(file.unwrap().path()).unwrap();
        assert!(!code.contains("explain"), "src/adapter must not use it");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Whatever is asked about: no panic, and no cause where nothing was ever signed.
    #[test]
    fn nothing_is_found_in_what_nobody_has_signed(
        body in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..200),
            "\\PC{0,80}".prop_map(String::into_bytes),
            "[\\[{\"\\\\u0-9a-f:, \n=&%+\\]}]{0,80}".prop_map(String::into_bytes),
        ],
        signature in "[ -~]{0,80}",
        target in "/[a-z?&=/#%]{0,20}",
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let settings = json!({"secrets": ["\"whsec_4f1c2a9b7d3e8f60a5b4c3d2e1f09182\"", "it is another secret"], "public_url": "https://shop.example/hook/"});
        for provider in ["stripe", "square", "standard-webhooks", "github", "braintree", "adyen"] {
            let mut settings = settings.as_object().cloned().unwrap();
            if provider != "square" {
                settings.remove("public_url");
            }
            let about = provider::describe(provider).unwrap();
            let headers = about.headers.iter().map(|name| (name.to_string(), Bytes::from(signature.clone())));
            let request = Request {
                method: "POST".to_owned(),
                target: target.clone(),
                headers: headers.collect(),
                body: body.clone().into(),
            };
            let account = Account::new(provider, settings);
            let told = runtime.block_on(explain(&[account], &request, UnixTime::from_secs(1_785_920_400)));
            prop_assert!(told.cause.is_none(), "{provider}: {:?}", told.cause);
        }
    }
}
