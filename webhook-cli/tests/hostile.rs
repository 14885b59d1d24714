//! What a stranger sends is shown as text: nothing of it reaches the terminal as a command.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::path::PathBuf;
use std::process::{Command, Output};

use bytes::Bytes;
use serde_json::json;
use webhook_cli::capture::{Answer, Capture, Verdict};
use webhook_cli::request::Request;
use webhook_cli::store::Store;
use webhook_core::UnixTime;
use webhook_testkit::process;

/// A folder of its own, gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("{}-{name}", std::process::id()));
        drop(std::fs::remove_dir_all(&path));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn store(&self) -> PathBuf {
        self.0.join("store.jsonl")
    }

    fn run(&self, arguments: &[&str]) -> Output {
        process::output(
            Command::new(env!("CARGO_BIN_EXE_webhook-cli"))
                .args(arguments)
                .env("WEBHOOK_CLI_STORE", self.store()),
        )
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

const HOSTILE: &[&str] = &[
    "\u{1b}[2J\u{1b}]0;title\u{7}\u{1b}]52;c;cm0gLXJm\u{7}",
    "\u{9b}2J\u{9d}0;x\u{9c}",
    "<script>alert(1)</script>\" onload='x'",
    "\u{202e}gnp.exe\u{2066}\u{200b}\u{feff}\u{e0041}",
    "a\r\nb\tc\u{8}\u{0}d\u{7f}\u{85}\u{2028}",
];

fn long() -> String {
    "\u{1b}[31m\u{9b}ä".repeat((1 << 20) / 10)
}

/// The same text in every field that a stranger can fill, and in those of the tool.
fn capture(text: &str) -> Capture {
    let some = Some(text.to_owned());
    let headers = || {
        let broken = [text.as_bytes(), b"\xff\xfe\x1b[2J\xc3"].concat();
        vec![
            (text.to_owned(), Bytes::from(text.to_owned())),
            ("x-broken".to_owned(), Bytes::from(broken)),
            ("stripe-signature".to_owned(), Bytes::from(text.to_owned())),
            ("authorization".to_owned(), Bytes::from(text.to_owned())),
        ]
    };
    Capture {
        id: 1,
        at: UnixTime::from_millis(i64::MAX),
        request: Request {
            method: text.to_owned(),
            target: text.to_owned(),
            headers: headers(),
            body: Bytes::from(text.to_owned()),
        },
        verdict: Verdict {
            code: text.to_owned(),
            provider: some.clone(),
            variant: some.clone(),
            key: some.clone(),
            id: some.clone(),
            kind: some.clone(),
            explanation: json!({"statuses": [text]}).into(),
        },
        answers: vec![Answer {
            from: some.clone(),
            status: Some(500),
            headers: headers(),
            body: Bytes::from([text.as_bytes(), b"\xff"].concat()),
            millis: u64::MAX,
            error: some,
            ..Answer::default()
        }],
        replay_of: Some(1),
    }
}

/// What a terminal may take for a command.
fn assert_harmless(output: &[u8], what: &str) {
    let text = std::str::from_utf8(output).unwrap_or_else(|_| panic!("{what}: no UTF-8"));
    let bad = text.chars().find(|letter| {
        (letter.is_control() && *letter != '\n')
            || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    });
    assert_eq!(bad, None, "{what}");
}

fn check(folder: &Folder, count: usize) {
    let shown = (1..=count).map(|id| vec!["show".to_owned(), id.to_string()]);
    let commands = shown.chain([
        vec!["list".to_owned()],
        vec!["vectors".to_owned(), folder.store().display().to_string()],
        vec![
            "export".to_owned(),
            "1".to_owned(),
            "--as".to_owned(),
            "curl".to_owned(),
        ],
        vec![
            "export".to_owned(),
            "1".to_owned(),
            "--as".to_owned(),
            "rust-test".to_owned(),
        ],
    ]);
    for command in commands {
        for json in [false, true] {
            let mut arguments: Vec<&str> = command.iter().map(String::as_str).collect();
            arguments.extend(json.then_some("--json"));
            let output = folder.run(&arguments);
            assert!(
                output.stdout.len() + output.stderr.len() > 0,
                "{arguments:?}"
            );
            assert_harmless(&output.stdout, &format!("{arguments:?}"));
            assert_harmless(&output.stderr, &format!("{arguments:?}"));
        }
    }
}

#[test]
fn what_a_stranger_sends_does_nothing_to_a_terminal() {
    let folder = Folder::new("hostile");
    let store = Store::open(folder.store()).unwrap();
    for text in HOSTILE {
        store.append(&capture(text)).unwrap();
    }
    check(&folder, HOSTILE.len());
    let listed = folder.run(&["list"]);
    let text = String::from_utf8(listed.stdout).unwrap();
    assert_eq!(text.lines().count(), HOSTILE.len(), "{text}");
}

#[test]
fn a_mebibyte_in_every_field_is_shown_in_short() {
    let folder = Folder::new("long");
    let text = long();
    // Twenty fields of it are more than a line may have.
    let mut capture = capture("x");
    capture.request.target.clone_from(&text);
    capture.request.body = text.clone().into();
    capture
        .request
        .headers
        .push(("x-long".to_owned(), text.clone().into()));
    capture.verdict.kind = Some(text.clone());
    capture.verdict.id = Some(text);
    Store::open(folder.store())
        .unwrap()
        .append(&capture)
        .unwrap();
    for (arguments, most) in [(&["list"][..], 4_000), (&["show", "1"], 400_000)] {
        let output = folder.run(arguments).stdout;
        assert_harmless(&output, &format!("{arguments:?}"));
        assert!(
            (1..most).contains(&output.len()),
            "{arguments:?}: {}",
            output.len()
        );
    }
}

#[test]
fn a_store_that_is_hostile_itself_does_nothing_to_a_terminal() {
    let folder = Folder::new("store");
    let name = HOSTILE.concat();
    let case = json!({
        "id": 1, "name": name, "provider": name, "masked": [name], "expect": {"outcome": name},
        "request": {"method": "POST", "url": "/", "headers": [], "body_base64": "eA=="},
    });
    let broken = json!({"request": name, name.as_str(): 1});
    let lines = format!("{case}\n{broken}\n{name}\n{{\"{}\"}}\n\u{9b}", "\u{202e}");
    std::fs::write(folder.store(), lines).unwrap();
    check(&folder, 1);
}

#[test]
fn a_store_that_is_missing_or_a_folder_is_told_with_the_flag() {
    let folder = Folder::new("missing");
    for path in [folder.store(), folder.0.clone()] {
        let path = path.display().to_string();
        for command in [&["list"][..], &["show", "1"], &["clear", "--yes"]] {
            let output = folder.run(&[command, &["--store", &path]].concat());
            let error = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{error}");
            assert!(error.contains("--store"), "{error}");
        }
    }
}

#[test]
fn a_store_is_cleared_only_where_that_is_said() {
    let folder = Folder::new("clear");
    Store::open(folder.store())
        .unwrap()
        .append(&capture("x"))
        .unwrap();
    assert_eq!(folder.run(&["clear"]).status.code(), Some(2));
    assert_eq!(
        folder
            .run(&["list"])
            .stdout
            .iter()
            .filter(|byte| **byte == b'\n')
            .count(),
        1
    );
    assert_eq!(folder.run(&["clear", "--yes"]).status.code(), Some(0));
    assert!(folder.run(&["list"]).stdout.is_empty());
}

#[test]
fn a_search_finds_only_what_it_asks_for() {
    let folder = Folder::new("search");
    let store = Store::open(folder.store()).unwrap();
    store.append(&capture("one-event")).unwrap();
    store.append(&capture("two.event")).unwrap();
    let list = |arguments: &[&str]| {
        let output = folder.run(&[&["list"], arguments].concat());
        String::from_utf8(output.stdout).unwrap().lines().count()
    };
    assert_eq!(list(&[]), 2);
    for arguments in [
        ["--provider", "one-event"],
        ["--kind", "one*"],
        ["--kind", "two.event"],
        ["--verdict", "one-event"],
        ["--search", "ONE-e"],
    ] {
        assert_eq!(list(&arguments), 1, "{arguments:?}");
    }
    assert_eq!(list(&["--search", "three"]), 0);
}

#[test]
fn a_secret_is_in_no_output() {
    let folder = Folder::new("secret");
    let store = Store::open(folder.store()).unwrap();
    let mut capture = capture("x");
    capture.request = Request {
        method: "POST".to_owned(),
        target: "/".to_owned(),
        headers: vec![
            ("X-Callback-Token".to_owned(), "hidden-0123456789".into()),
            (
                "Stripe-Signature".to_owned(),
                "t=1,v1=5ec4e7a0123456789".into(),
            ),
        ],
        body: Bytes::from_static(b"{}"),
    };
    store.append(&capture).unwrap();
    let outputs = [
        &["show", "1"][..],
        &["show", "1", "--json"],
        &["list", "--json"],
        &["export", "1", "--as", "curl"],
        &["export", "1", "--as", "http"],
        &["export", "1", "--as", "vector"],
        &["export", "1", "--as", "http", "--with-signatures"],
    ]
    .map(|arguments| String::from_utf8(folder.run(arguments).stdout).unwrap());
    for output in &outputs {
        assert!(!output.contains("hidden-0123456789"), "{output}");
    }
    let with = outputs.map(|output| output.contains("5ec4e7a0123456789"));
    assert_eq!(with, [false, false, false, false, false, true, true]);
}
