//! The README of this crate, which is its page on a registry, says of the providers what the README of the project says.
#![allow(clippy::unwrap_used)]

use std::fs;

/// The table of each group, and the paragraph below it that says what its words mean.
fn providers(readme: &str) -> [&str; 2] {
    let (_, section) = readme.split_once("\n## Providers\n").unwrap();
    let (table, rest) = section.split_once("\n\n\"Run\" means").unwrap();
    let (words, _) = rest.split_once("\n\n").unwrap();
    [table, words]
}

#[test]
fn the_table_of_providers_is_that_of_the_project() {
    let read = |path: &str| fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR")));
    let (project, own) = (read("../README.md").unwrap(), read("README.md").unwrap());
    let rows = providers(&project)[0].lines().count();
    assert!(rows > 42, "{rows}");
    assert!(
        providers(&own) == providers(&project),
        "copy the section \"Providers\" of README.md into webhook-core/README.md; its tables are written by \
         UPDATE_DOCUMENTS=1 cargo test -p webhook-cli --test machines"
    );
}
