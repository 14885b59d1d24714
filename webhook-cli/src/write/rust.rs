//! A test in Rust, and the vector file that it reads.

use std::fmt::Write;

use serde_json::{Map, Value, json};
use webhook_core::provider;

use crate::account;
use crate::capture::Capture;
use crate::text::{self, Holds};
use crate::write::masked::{MASKED, shown_in_body};
use crate::write::vector::vector;

/// A test, and the vector file that stands beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RustTest {
    /// The name of both files, without `.rs` and `.json`.
    pub name: String,
    /// The test.
    pub rs: String,
    /// The vector file.
    pub json: String,
}

/// What a test knows of the receiver.
#[derive(Clone, Debug, Default)]
pub struct RustOptions {
    /// Settings that are written into the vector file: nothing secret, but for secrets that exist for tests only.
    pub config: Map<String, Value>,
    /// The environment variable that holds the secret, instead of the usual one.
    pub secret_env: Option<String>,
}

/// A test that the request gets the same verdict again. It reads the secret from an environment variable, which it names.
///
/// For a crate that depends on webhook-core with the feature `testing`. A capture of no known provider makes a test that fails.
#[must_use]
pub fn rust(capture: &Capture) -> RustTest {
    rust_with(capture, &RustOptions::default())
}

/// The same with settings.
#[must_use]
pub fn rust_with(capture: &Capture, options: &RustOptions) -> RustTest {
    let sender = capture.verdict.provider.as_deref().unwrap_or("unknown");
    let name = file_name(capture, sender);
    let mut case = vector(capture);
    let mut lines = Vec::new();
    let mut variables = Vec::new();
    if capture.verdict.code == "ok" && shown_in_body(sender).is_some() {
        // What was shown was right, and is what was masked: so is this.
        lines.push(format!("case.config[\"secrets\"] = \"{MASKED}\".into();"));
    } else if let Some(key) = account::keys_of(sender)
        .ok()
        .filter(|key| !options.config.contains_key(*key))
    {
        let variable = match &options.secret_env {
            Some(variable) => variable_name(variable),
            None => word(&account::variable(sender)),
        };
        lines.push(format!(
            "case.config[\"{key}\"] = {}.into();",
            read(&variable)
        ));
        variables.push(format!("{variable} to the secret that it was signed with"));
    }
    for (index, header) in masked_headers(capture, sender) {
        let variable = word(&format!("{sender}_{header}"));
        lines.push(format!(
            "case.request.headers[{index}].1 = {};",
            read(&variable)
        ));
        variables.push(format!("{variable} to the value of the header `{header}`"));
    }
    if let Value::Object(case) = &mut case {
        case.remove("provider");
        case.insert("config".to_owned(), Value::Object(options.config.clone()));
    }
    let file = json!({"provider": sender, "cases": [case]});
    RustTest {
        rs: source(&name, &capture.verdict.code, &lines, &variables),
        json: text::json(&format!("{file:#}\n")).into_owned(),
        name,
    }
}

fn source(name: &str, code: &str, lines: &[String], variables: &[String]) -> String {
    let mut rs = String::from(
        "//! A request as it was captured, and the verdict that it must get. Written by `webhook-cli export`.\n//!\n\
         //! For a crate that depends on webhook-core with the feature `testing`.\n",
    );
    for variable in variables {
        let _ = writeln!(rs, "//! Set {variable}.");
    }
    let mutable = if lines.is_empty() { "" } else { "mut " };
    let _ = write!(
        rs,
        "\nuse webhook_core::testing::vectors::VectorFile;\n\n#[test]\nfn {name}_is_{}() {{\n    \
         let {mutable}file = VectorFile::parse(include_bytes!(\"{name}.json\")).unwrap();\n",
        word(code).to_ascii_lowercase()
    );
    if !lines.is_empty() {
        rs.push_str("    for case in &mut file.cases {\n");
        for line in lines {
            let _ = writeln!(rs, "        {line}");
        }
        rs.push_str("    }\n");
    }
    rs.push_str(
        "    let differences = file.run();\n    assert!(differences.is_empty(), \"{differences:?}\");\n}\n",
    );
    rs
}

fn read(variable: &str) -> String {
    format!("std::env::var(\"{variable}\").expect(\"set {variable}\")")
}

/// The headers of this sender that are masked in the file: without them nothing can be verified.
fn masked_headers(capture: &Capture, sender: &str) -> Vec<(usize, String)> {
    let described = provider::describe(sender)
        .map(|it| it.headers)
        .unwrap_or_default();
    let headers = capture.request.headers.iter().enumerate();
    let read = headers.filter_map(|(index, (name, _))| {
        let name = name.to_ascii_lowercase();
        let is_read = described.contains(&name.as_str()) || name == "verif-hash";
        (is_read && text::holds(&name) == Holds::Secret).then_some((index, name))
    });
    read.collect()
}

/// Of a stranger's text only what a name may have.
fn file_name(capture: &Capture, sender: &str) -> String {
    let kind = capture.verdict.kind.as_deref().unwrap_or("request");
    let kind: String = word(kind).chars().take(60).collect();
    let kind = match kind.trim_end_matches('_') {
        "" => "REQUEST",
        kind => kind,
    };
    let name = format!("{}_{kind}_{}", word(sender), capture.id).to_ascii_lowercase();
    match name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        true => name,
        false => format!("webhook_{name}"),
    }
}

/// A name of a variable as it was given, without what would end a text of Rust.
fn variable_name(text: &str) -> String {
    let is_part = |letter: &char| letter.is_ascii_alphanumeric() || *letter == '_';
    text.chars().filter(is_part).take(100).collect()
}

/// Letters and digits in upper case, with an underscore for what is between them.
fn word(text: &str) -> String {
    let is_between = |letter: char| !letter.is_ascii_alphanumeric();
    let words = text.split(is_between).filter(|word| !word.is_empty());
    let joined = words.collect::<Vec<_>>().join("_");
    joined.to_ascii_uppercase().chars().take(100).collect()
}
