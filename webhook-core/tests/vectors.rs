//! Every provider passes its vector file.
#![cfg(all(feature = "testing", feature = "asymmetric"))]
#![allow(clippy::unwrap_used, clippy::panic)]

use webhook_core::provider;
use webhook_core::testing::vectors::VectorFile;
use webhook_testkit::about;

#[test]
fn every_provider_passes_its_vectors() {
    let mut wrong = String::new();
    for name in provider::names() {
        about(name, &mut wrong, |wrong| {
            let path = format!("{}/tests/vectors/{name}.json", env!("CARGO_MANIFEST_DIR"));
            let json = std::fs::read(&path);
            let json = json.unwrap_or_else(|error| {
                panic!("{path}: {error}; tests/vectors/README.md says what it holds")
            });
            let file = VectorFile::parse(&json).unwrap();
            assert_eq!(file.provider, name);
            for difference in file.run() {
                wrong.push_str(&format!("{name}/{difference}\n"));
            }
        });
    }
    assert!(wrong.is_empty(), "what is wrong:\n{wrong}");
}
