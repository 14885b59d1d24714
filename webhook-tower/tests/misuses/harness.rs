//! Has the compiler judge a program that is full of mistakes, and compares what it says with what the program claims.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use webhook_testkit::process;

/// Words of ours that must be in what the compiler says of a line.
struct Claim<'p> {
    line: usize,
    words: &'p str,
}

/// What the compiler says of some lines.
struct Said {
    lines: Vec<usize>,
    text: String,
}

/// Every claim of the program holds, and there is no error that it does not claim.
pub(crate) fn check(program: &str, dependencies: &str) {
    let claims = claims(program);
    let said = compile(program, dependencies);
    for error in &said {
        let is_claimed = claims.iter().any(|claim| error.lines.contains(&claim.line));
        assert!(is_claimed, "an error that nobody claims:\n{}", error.text);
    }
    for Claim { line, words } in claims {
        let of_line = said.iter().filter(|error| error.lines.contains(&line));
        let texts: Vec<_> = of_line.map(|error| error.text.as_str()).collect();
        let is_said = texts.iter().any(|text| text.contains(words));
        assert!(
            is_said,
            "line {line} does not lead to {words:?}:\n{}",
            texts.join("\n")
        );
    }
}

fn claims(program: &str) -> Vec<Claim<'_>> {
    let mut claims = Vec::new();
    let mut code = 0;
    for (at, text) in program.lines().enumerate() {
        match text.trim_start().split_once("//~ ") {
            Some(("", words)) => claims.push(Claim { line: code, words }),
            _ => code = at + 1,
        }
    }
    claims
}

/// Checks the program in a package of its own, with the versions of this workspace.
fn compile(program: &str, dependencies: &str) -> Vec<Said> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let package = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join(concat!(env!("CARGO_PKG_NAME"), "-misuses"));
    fs::create_dir_all(package.join("src")).unwrap();
    let dependencies = dependencies.replace("..", &workspace.display().to_string());
    fs::write(
        package.join("Cargo.toml"),
        format!("{PACKAGE}{dependencies}"),
    )
    .unwrap();
    fs::copy(workspace.join("Cargo.lock"), package.join("Cargo.lock")).unwrap();
    fs::write(package.join("src/main.rs"), program).unwrap();

    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut check = Command::new(cargo);
    check.current_dir(&package).args([
        "check",
        "--offline",
        "--message-format=json",
        "--target-dir",
        "target",
    ]);
    let output = process::output_within(process::LONGEST_BUILD, &mut check);
    let messages = String::from_utf8(output.stdout).unwrap();
    let said: Vec<_> = messages.lines().filter_map(said).collect();
    assert!(
        !said.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    said
}

const PACKAGE: &str = r#"
[package]
name = "misuses"
edition = "2024"

[workspace]

[profile.dev]
debug = false

[dependencies]
"#;

/// The error of one line of JSON, if it is one that has a place.
fn said(message: &str) -> Option<Said> {
    let message: Value = serde_json::from_str(message).unwrap();
    let message = message.get("message")?;
    let lines: Vec<_> = message
        .get("spans")?
        .as_array()?
        .iter()
        .filter_map(line)
        .collect();
    (message.get("level")? == "error" && !lines.is_empty()).then(|| Said {
        lines,
        text: message["rendered"].as_str().unwrap_or_default().to_owned(),
    })
}

fn line(span: &Value) -> Option<usize> {
    let is_here = span.get("file_name")? == "src/main.rs" && span.get("is_primary")? == true;
    is_here
        .then(|| span.get("line_start")?.as_u64()?.try_into().ok())
        .flatten()
}
