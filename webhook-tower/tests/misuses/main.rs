//! What the compiler says to a developer who takes the wrong type.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod harness;

const DEPENDENCIES: &str = r#"
axum = { version = "0.8", default-features = false, features = ["json", "macros"] }
serde = "1"
webhook-core = { path = '../webhook-core', default-features = false, features = ["payments"] }
webhook-tower = { path = '../webhook-tower', default-features = false, features = ["axum"] }
"#;

#[test]
fn each_misuse_leads_to_the_right_use() {
    // One after the other: they are built in one place.
    for program in [
        include_str!("program.rs"),
        include_str!("bodies.rs"),
        include_str!("features.rs"),
    ] {
        harness::check(program, DEPENDENCIES);
    }
}
