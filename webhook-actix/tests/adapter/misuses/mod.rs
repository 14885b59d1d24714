//! What the compiler says to a developer who takes the wrong type.

#[path = "../../../../webhook-tower/tests/misuses/harness.rs"]
mod harness;

const DEPENDENCIES: &str = r#"
actix-web = { version = "4", default-features = false }
serde = "1"
webhook-actix = { path = '../webhook-actix', default-features = false }
webhook-core = { path = '../webhook-core', default-features = false, features = ["payments"] }
"#;

#[test]
fn each_misuse_leads_to_the_right_use() {
    // One after the other: they are built in one place.
    for program in [include_str!("program.rs"), include_str!("features.rs")] {
        harness::check(program, DEPENDENCIES);
    }
}
