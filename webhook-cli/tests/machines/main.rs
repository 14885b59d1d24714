//! The documents that are made of what the library says of itself: `llms.txt` and `SKILL.md` for programs that read, the pages of the
//! senders in the book, and the groups of the README's table.
#![allow(clippy::unwrap_used, clippy::panic)]

mod pages;
mod source;
mod table;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use webhook_core::provider;
use webhook_testkit::process;

const HOW: &str = "run UPDATE_DOCUMENTS=1 cargo test -p webhook-cli --test machines";

#[test]
fn the_documents_for_machines_say_what_the_library_says() {
    for (name, template) in [
        ("llms.txt", include_str!("llms.txt")),
        ("SKILL.md", include_str!("SKILL.md")),
    ] {
        require(name, &filled(template));
    }
}

#[test]
fn every_link_leads_somewhere() {
    let text = include_str!("llms.txt");
    for link in text.split("](").skip(1) {
        let (path, _) = link.split_once(')').unwrap();
        assert!(root().join(path).exists(), "{path}");
    }
}

#[test]
fn the_table_of_providers_is_in_groups_and_sorted() {
    let rows = table::rows(&read("README.md"));
    for name in ["README.md", "webhook-core/README.md"] {
        require(name, &table::in_groups(&read(name), &rows));
    }
}

#[test]
fn the_readme_says_of_each_sender_what_tells_its_events_apart() {
    let readme = read("README.md");
    let rows = table::rows(&readme);
    let mut titles: BTreeSet<&str> = rows.iter().map(|row| row.title.as_str()).collect();
    titles.insert("your own scheme");
    let told: BTreeSet<&str> = table::told_apart(&readme).into_iter().collect();
    assert_eq!(told, titles, "README.md, \"Told apart by\": a row for each");
}

#[test]
fn a_row_goes_where_its_group_and_its_name_say() {
    let row = |title: &str, name: &str| {
        format!("| {title} | `{name}` | form | body | `id` | none | computed |")
    };
    let (adyen, github, stripe) = (
        row("Adyen", "adyen"),
        row("GitHub", "github"),
        row("stripe", "stripe"),
    );
    let [before, after] = ["Text.\n\n## Providers\n", "\n\n\"Run\" means more.\n"];
    let readme = format!("{before}\n{github}\n{stripe}\n{adyen}{after}");
    let grouped = table::in_groups(&readme, &table::rows(&readme));
    let at = |text: &str| grouped.find(text).unwrap();
    let order = [
        at("## Providers"),
        at("### Payments"),
        at(&adyen),
        at(&stripe),
        at("### Developer tools"),
        at(&github),
        at("\"Run\" means more."),
    ];
    assert!(order.is_sorted(), "{grouped}");
    assert_eq!(table::in_groups(&grouped, &table::rows(&grouped)), grouped);
}

#[test]
fn every_sender_has_a_page_that_says_what_the_library_says() {
    let rows = table::rows(&read("README.md"));
    let named: BTreeSet<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    let names: BTreeSet<&str> = provider::names().collect();
    assert_eq!(named, names, "README.md, \"Providers\": a row for each");
    for row in &rows {
        require(
            &format!("docs/src/senders/{}.md", row.name),
            &pages::page(row),
        );
    }
    let files = fs::read_dir(root().join("docs/src/senders")).unwrap();
    let files = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let files: BTreeSet<String> = files.collect();
    let pages: BTreeSet<String> = names.iter().map(|name| format!("{name}.md")).collect();
    assert_eq!(files, pages, "take away the page of what is no provider");
    let overview = filled(include_str!("senders.md")).replace("{tables}", &pages::tables(&rows));
    require("docs/src/senders.md", &overview);
    let summary = read("docs/src/SUMMARY.md");
    require("docs/src/SUMMARY.md", &pages::summary(&summary, &rows));
}

#[test]
fn links_of_the_pages_lead_to_pages_of_the_book_or_to_https() {
    let folder = root().join("docs/src/senders");
    let mut links = 0;
    for row in table::rows(&read("README.md")) {
        let (name, text) = (&row.name, pages::page(&row));
        for link in text.split("](").skip(1) {
            let link = link.split([')', '#']).next().unwrap();
            let leads = link.starts_with("https://") || folder.join(link).is_file();
            assert!(leads, "{name}.md: {link}");
            links += 1;
        }
    }
    assert!(links > 3 * provider::names().count(), "{links}");
}

#[test]
fn the_program_lists_each_sender_with_its_group() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_webhook-cli"));
    let output = process::output(program.arg("providers").env("NO_COLOR", "1"));
    let printed = String::from_utf8(output.stdout).unwrap();
    let listed: Vec<[&str; 2]> = printed
        .lines()
        .map(|line| {
            let mut words = line.split_whitespace();
            [words.next().unwrap(), words.next().unwrap()]
        })
        .collect();
    let wanted: Vec<[&str; 2]> = provider::names()
        .map(|name| [name, provider::describe(name).unwrap().group.as_str()])
        .collect();
    assert_eq!(listed, wanted);
}

/// A bar within a cell begins another one, unless a backslash stands before it.
#[test]
fn every_row_of_a_page_has_as_many_cells_as_its_table() {
    let mut tables = 0;
    for row in table::rows(&read("README.md")) {
        let (name, text) = (&row.name, pages::page(&row));
        let mut columns = None;
        for line in text.lines() {
            let cells = line.replace("\\|", "").matches('|').count();
            match (line.starts_with('|'), columns) {
                (true, None) => {
                    columns = Some(cells);
                    tables += 1;
                }
                (true, Some(columns)) => assert_eq!(
                    cells, columns,
                    "{name}: write a bar within a cell as `\\|`: {line}"
                ),
                (false, _) => columns = None,
            }
        }
    }
    assert!(tables > 2 * provider::names().count(), "{tables}");
}

/// That a document reads so; it is written so, if that is asked for.
fn require(name: &str, wanted: &str) {
    let path = root().join(name);
    let mut written = fs::read_to_string(&path).unwrap_or_default();
    if written != wanted && std::env::var_os("UPDATE_DOCUMENTS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        // At once: another test may be reading it.
        let new = path.with_extension("new");
        fs::write(&new, wanted).unwrap();
        fs::rename(&new, &path).unwrap();
        written = fs::read_to_string(&path).unwrap();
    }
    assert!(written == wanted, "{name} is out of date: {HOW}");
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap()
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
