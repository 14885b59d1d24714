//! A page of the book for each sender.

use webhook_cli::account;
use webhook_core::provider::{self, Description, Group};

use crate::source;
use crate::table::{Row, capitalised, needs};

/// More kinds than these are counted, not listed.
const LISTED: usize = 40;

/// The page of a sender.
pub(crate) fn page(row: &Row) -> String {
    let name = row.name.as_str();
    let about = provider::describe(name).unwrap();
    let documentation = source::documentation(name);
    let mut page = format!(
        "# {}\n\n{}\n\n{}",
        row.title,
        source::in_words(&documentation),
        facts(row, &about, &documentation)
    );
    let mut add = |heading: &str, text: Option<String>| {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            page.push_str(&format!("\n## {heading}\n\n{}\n", text.trim_end()));
        }
    };
    add("How it signs", Some(source::how_it_signs(&documentation)));
    add("Set it up", Some(numbered(&about.setup)));
    let answered: Vec<String> = about
        .handshakes
        .iter()
        .map(|it| format!("- {it}"))
        .collect();
    add("Answered by itself", Some(answered.join("\n")));
    add("Settings", Some(settings(&about)));
    let example = format!(
        "```rust,no_run\n{}\n```\n\nThe rest of the server: [with axum](../senders.md#with-axum), [with actix-web](../senders.md#with-actix-web).",
        source::example(name)
    );
    add("The endpoint", Some(example));
    for heading in ["What the signature does not protect from", "What to know"] {
        add(heading, source::section(&documentation, heading));
    }
    add("What it tells", Some(told(&about)));
    add("Send yourself one", Some(command(name)));
    page
}

fn facts(row: &Row, about: &Description, documentation: &str) -> String {
    let group = about.group.title();
    let mut facts = vec![
        ("name", format!("`{}`", row.name)),
        (
            "group",
            format!("[{group}](../senders.md#{})", anchor(about.group)),
        ),
    ];
    if let Some(features) = source::features(&row.name) {
        let needs = match features.as_str() {
            "`payments`" => {
                "feature `payments` of `webhook-core`, which is on by default".to_owned()
            }
            _ => format!("{features}: features of `webhook-core`"),
        };
        facts.push(("needs", needs));
    }
    let headers: Vec<String> = about.headers.iter().map(|it| format!("`{it}`")).collect();
    let patience = about
        .patience_secs
        .map(|secs| format!("{secs} s for an answer"));
    facts.extend([
        ("signed", cell(&about.signed)),
        ("covered", row.covers.clone()),
        ("headers", or_none(headers.join(", "))),
        ("event id", row.id.clone()),
        ("replay window", row.window.clone()),
        (
            "events are told apart by",
            source::told_apart(&row.name, documentation),
        ),
        ("takes for a success", cell(about.acknowledgement)),
        (
            "waits",
            patience.unwrap_or_else(|| "not documented".to_owned()),
        ),
        (
            "body limit",
            format!("{}, unless another is configured", size(about.body_limit)),
        ),
        ("how sure", row.how_sure.clone()),
        ("its own document", format!("<{}>", about.document)),
        (
            "in Rust",
            format!(
                "[`provider::{0}`](https://docs.rs/webhook-core/latest/webhook_core/provider/{0}/)",
                row.name.replace('-', "_")
            ),
        ),
    ]);
    let lines = facts
        .iter()
        .map(|(what, text)| format!("| {what} | {text} |\n"));
    format!(
        "| | |\n|---|---|\n{}\nWhat is not covered has the type `Unverified<…>`.\n",
        lines.collect::<String>()
    )
}

fn settings(about: &Description) -> String {
    let lines = about.settings.iter().map(|setting| {
        let need = match setting.is_required {
            true => "yes",
            false => "no",
        };
        format!(
            "| `{}` | {} | {need} |\n",
            setting.name,
            cell(setting.holds)
        )
    });
    format!(
        "| name | holds | required |\n|---|---|---|\n{}",
        lines.collect::<String>()
    )
}

/// Whether payments or messages can be read of it, and the kinds of payments.
fn told(about: &Description) -> String {
    let mut told = Vec::new();
    if about.tells_payments {
        let kinds: Vec<String> = about.kinds.iter().map(|kind| format!("`{kind}`")).collect();
        let kinds = match kinds.len() {
            0 => String::new(),
            1..=LISTED => format!(
                " These kinds mean something for a payment: {}.",
                kinds.join(", ")
            ),
            count => format!(" {count} kinds mean something for a payment."),
        };
        told.push(format!(
            "Payments: a handler can take `Verified<PaymentUpdates>`.{kinds}"
        ));
    }
    if about.tells_messages {
        told.push("Messages: a handler can take `Verified<MessageUpdates>`.".to_owned());
    }
    if told.is_empty() {
        return "Neither payments nor messages are read of it: a handler takes `Verified<Delivery>`, a type of the module, or one of your own.".to_owned();
    }
    told.push("What each kind means is in the documentation of the module.".to_owned());
    told.join("\n\n")
}

fn command(name: &str) -> String {
    let secret = match account::keys_of(name) {
        Ok("secrets") => format!(
            "It reads the secret from the variable `{}`. ",
            account::variable(name)
        ),
        _ => String::new(),
    };
    format!(
        "```sh\nwebhook-cli send {name} --to http://127.0.0.1:3000/webhooks/{name}\n```\n\n\
         {secret}`webhook-cli providers {name}` lists the settings, which `--setting NAME=VALUE` gives, and \
         `webhook-cli send {name} --list` the kinds of which there is a sample."
    )
}

/// The tables of the overview, one for each group.
pub(crate) fn tables(rows: &[Row]) -> String {
    let tables = Group::ALL.map(|group| {
        let rows = rows.iter().filter(|row| row.group() == group);
        let lines: Vec<String> = rows.map(line).collect();
        format!(
            "## {}\n\n{}. {}\n\n| sender | name | covers | replay window | tells |\n|---|---|---|---|---|\n{}",
            group.title(),
            capitalised(group.in_words()),
            needs(group),
            lines.join("\n")
        )
    });
    tables.join("\n\n")
}

fn line(row: &Row) -> String {
    let about = provider::describe(&row.name).unwrap();
    let tells = [
        (about.tells_payments, "payments"),
        (about.tells_messages, "messages"),
    ];
    let tells = tells.into_iter().filter(|(tells, _)| *tells);
    let tells: Vec<&str> = tells.map(|(_, what)| what).collect();
    let tells = match tells.is_empty() {
        true => "–".to_owned(),
        false => tells.join(", "),
    };
    format!(
        "| [{}](senders/{1}.md) | `{1}` | {2} | {3} | {tells} |",
        row.title, row.name, row.covers, row.window
    )
}

/// The list of pages, with those of the senders at its end.
pub(crate) fn summary(summary: &str, rows: &[Row]) -> String {
    let recipes = summary.split("\n# Senders\n").next().unwrap_or_default();
    let groups = Group::ALL.map(|group| {
        let rows = rows.iter().filter(|row| row.group() == group);
        let lines: Vec<String> = rows
            .map(|row| format!("- [{}](senders/{}.md)\n", row.title, row.name))
            .collect();
        format!("\n# {}\n\n{}", group.title(), lines.concat())
    });
    format!(
        "{}\n\n# Senders\n\n- [All senders](senders.md)\n{}",
        recipes.trim_end(),
        groups.concat()
    )
}

/// As mdBook and GitHub make one of a heading.
fn anchor(group: Group) -> String {
    group.title().to_lowercase().replace(' ', "-")
}

fn numbered(steps: &[&str]) -> String {
    let steps = steps.iter().enumerate();
    let lines = steps.map(|(at, step)| format!("{}. {step}", at + 1));
    lines.collect::<Vec<_>>().join("\n")
}

/// A bar would begin another cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn or_none(text: String) -> String {
    match text.is_empty() {
        true => "none".to_owned(),
        false => text,
    }
}

fn size(bytes: usize) -> String {
    match (bytes % (1 << 20), bytes % (1 << 10)) {
        (0, _) => format!("{} MiB", bytes >> 20),
        (_, 0) => format!("{} KiB", bytes >> 10),
        _ => format!("{bytes} bytes"),
    }
}
