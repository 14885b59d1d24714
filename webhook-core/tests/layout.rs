//! A provider is a module, a row in `provider/mod.rs` and a vector file: none of the three without the others.
#![cfg(all(
    feature = "testing",
    feature = "asymmetric",
    feature = "x509",
    feature = "xml"
))]
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::PathBuf;

use webhook_core::provider;
use webhook_core::testing::vectors::VectorFile;

#[test]
fn every_module_is_a_provider_and_the_reverse() {
    assert_eq!(modules(), names());
}

#[test]
fn every_provider_has_a_vector_file_and_the_reverse() {
    assert_eq!(vector_files(), names());
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

fn names() -> BTreeSet<String> {
    provider::names().map(str::to_owned).collect()
}

/// Files and folders beside `provider/mod.rs`, as their providers are named.
fn modules() -> BTreeSet<String> {
    entries("src/provider")
        .into_iter()
        .filter(|entry| entry != "mod.rs")
        .map(|entry| entry.trim_end_matches(".rs").replace('_', "-"))
        .collect()
}

fn vector_files() -> BTreeSet<String> {
    entries("tests/vectors")
        .into_iter()
        .filter(|entry| !matches!(entry.as_str(), "README.md" | "schemes"))
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
