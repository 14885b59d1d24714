//! An exported test compiles and passes in a crate of its own.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;
use webhook_cli::capture::{Capture, Verdict};
use webhook_cli::request::Request;
use webhook_cli::write::{RustOptions, RustTest, rust, rust_with};
use webhook_core::{Settings, UnixTime, provider};
use webhook_testkit::process;

const SECRET: &str = "whsec_for_tests_only";
const TOKEN: &str = "token-for-tests-only";

fn capture(id: u64, provider: &str, secret: &str) -> Capture {
    let now = UnixTime::from_secs(1_785_920_400);
    let settings = Settings::new(json!({"secrets": secret})).unwrap();
    let signer = provider::signer(provider, &settings).unwrap();
    let body = br#"{"id":"evt_1","type":"invoice.paid","object":"event"}"#;
    Capture {
        id,
        at: now,
        request: Request::from(signer.sign(body, now).unwrap()),
        verdict: Verdict {
            code: "ok".to_owned(),
            provider: Some(provider.to_owned()),
            id: Some("evt_1".to_owned()),
            // Nothing of it may become code.
            kind: Some("invoice.paid\"\n} fn main() { panic!(\"".to_owned()),
            ..Verdict::default()
        },
        answers: Vec::new(),
        replay_of: None,
    }
}

/// What the library makes of the kind that the request has.
fn stripe(id: u64) -> Capture {
    let mut capture = capture(id, "stripe", SECRET);
    capture.verdict.kind = Some("invoice.paid".to_owned());
    capture
}

fn token(id: u64) -> Capture {
    let mut capture = capture(id, "xendit", TOKEN);
    // What the sample of the signer says.
    capture.verdict.id = Some("test".to_owned());
    capture.verdict.kind = None;
    capture
}

fn refused(id: u64) -> Capture {
    let mut capture = capture(id, "stripe", "whsec_another");
    capture.verdict.code = "bad_signature".to_owned();
    capture
}

fn write(folder: &Path, test: &RustTest) {
    fs::write(
        folder.join("tests").join(format!("{}.rs", test.name)),
        &test.rs,
    )
    .unwrap();
    fs::write(
        folder.join("tests").join(format!("{}.json", test.name)),
        &test.json,
    )
    .unwrap();
}

fn new_crate() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("exported");
    drop(fs::remove_dir_all(folder.join("tests")));
    fs::create_dir_all(folder.join("tests")).unwrap();
    fs::create_dir_all(folder.join("src")).unwrap();
    fs::write(folder.join("src/lib.rs"), "").unwrap();
    let core = concat!(env!("CARGO_MANIFEST_DIR"), "/../webhook-core");
    let manifest = format!(
        "[package]\nname = \"exported\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dev-dependencies]\nwebhook-core = {{ path = {core:?}, features = [\"testing\"] }}\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    // The versions that are there already: nothing is downloaded.
    let lock = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock");
    drop(fs::copy(lock, folder.join("Cargo.lock")));
    folder
}

#[test]
fn an_exported_test_passes_in_a_crate_of_its_own() {
    let folder = new_crate();
    let with_secret = RustOptions {
        config: json!({"secrets": [SECRET]}).as_object().unwrap().clone(),
        secret_env: None,
    };
    let with_variable = RustOptions {
        secret_env: Some("MY_secret".to_owned()),
        ..RustOptions::default()
    };
    let tests = [
        rust(&stripe(1)),
        rust_with(&stripe(2), &with_secret),
        rust_with(&stripe(3), &with_variable),
        rust_with(&refused(4), &with_secret),
        rust(&token(5)),
    ];
    for test in &tests {
        write(&folder, test);
    }
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["test", "--offline", "--quiet", "--target-dir"])
        .arg(folder.join("target"))
        .current_dir(&folder)
        .env("STRIPE_WEBHOOK_SECRET", SECRET)
        .env("MY_secret", SECRET)
        .env("XENDIT_WEBHOOK_SECRET", TOKEN)
        .env("XENDIT_X_CALLBACK_TOKEN", TOKEN)
        .env("RUSTFLAGS", "-D warnings");
    let output = process::output_within(process::LONGEST_BUILD, &mut cargo);
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(output.status.success(), "{text}");
    assert_eq!(text.matches("1 passed").count(), tests.len(), "{text}");
}

#[test]
fn a_test_is_short_and_holds_no_secret() {
    let stripe = rust(&stripe(1));
    assert!(stripe.rs.lines().count() <= 20, "{}", stripe.rs);
    assert!(
        stripe
            .rs
            .contains("Set STRIPE_WEBHOOK_SECRET to the secret")
    );
    let token = rust(&token(2));
    for test in [&stripe, &token] {
        assert!(
            !test.json.contains(SECRET) && !test.json.contains(TOKEN),
            "{}",
            test.json
        );
    }
    assert_eq!(stripe.name, "stripe_invoice_paid_1");
}
