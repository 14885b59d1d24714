//! What the compiler says to a developer who takes the wrong type.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod harness;

const DEPENDENCIES: &str = r#"
axum = { version = "0.8", default-features = false, features = ["json", "macros"] }
serde = "1"
webhook-core = { path = '../webhook-core', default-features = false }
webhook-tower = { path = '../webhook-tower', default-features = false, features = ["axum"] }
"#;

#[test]
fn a_wrong_type_leads_to_the_right_one() {
    harness::check(include_str!("program.rs"), DEPENDENCIES);
}
