//! What programs read that read documents: `llms.txt` and `SKILL.md`, made of what the library says of itself.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;

use webhook_core::provider;

#[test]
fn the_documents_for_machines_say_what_the_library_says() {
    for (name, template) in [
        ("llms.txt", include_str!("llms.txt")),
        ("SKILL.md", include_str!("SKILL.md")),
    ] {
        let wanted = filled(template);
        let path = format!("{}/../{name}", env!("CARGO_MANIFEST_DIR"));
        if std::env::var_os("UPDATE_DOCUMENTS").is_some() {
            fs::write(&path, &wanted).unwrap();
        }
        let written = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            written == wanted,
            "{name} is out of date: run UPDATE_DOCUMENTS=1 cargo test -p webhook-cli --test machines"
        );
    }
}

#[test]
fn every_link_leads_somewhere() {
    let text = include_str!("llms.txt");
    for link in text.split("](").skip(1) {
        let (path, _) = link.split_once(')').unwrap();
        let path = format!("{}/../{path}", env!("CARGO_MANIFEST_DIR"));
        assert!(fs::exists(&path).unwrap(), "{path}");
    }
}

fn filled(template: &str) -> String {
    let names: Vec<&str> = provider::names().collect();
    let rows: Vec<String> = names.iter().map(|name| row(name)).collect();
    template
        .replace("{count}", &names.len().to_string())
        .replace("{names}", &names.join(", "))
        .replace("{providers}", &rows.join("\n"))
}

fn row(name: &str) -> String {
    let about = provider::describe(name).unwrap();
    let settings = about
        .settings
        .iter()
        .map(|setting| match setting.is_required {
            true => format!("`{}`", setting.name),
            false => format!("`{}` (optional)", setting.name),
        });
    let settings: Vec<String> = settings.collect();
    let window = about.tolerance_secs;
    let window = window.map_or_else(|| "none".to_owned(), |secs| format!("{secs} s"));
    let patience = about.patience_secs;
    let patience = patience.map_or_else(|| "–".to_owned(), |secs| format!("{secs} s"));
    format!(
        "| `{name}` | {} | {window} | {patience} | {} |",
        about.headers.join(", "),
        settings.join(", ")
    )
}
