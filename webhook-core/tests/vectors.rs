//! Every provider passes its vector file.
#![cfg(all(feature = "testing", feature = "asymmetric"))]
#![allow(clippy::unwrap_used, clippy::panic)]

use webhook_core::provider;
use webhook_core::testing::vectors::VectorFile;

#[test]
fn every_provider_passes_its_vectors() {
    let mut failed = Vec::new();
    for name in provider::names() {
        let path = format!("{}/tests/vectors/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let json = std::fs::read(&path);
        let json = json.unwrap_or_else(|error| {
            panic!("{path}: {error}; tests/vectors/README.md says what it holds")
        });
        let file = VectorFile::parse(&json).unwrap();
        assert_eq!(file.provider, name);
        for difference in file.run() {
            failed.push(format!("{name}/{difference}"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
