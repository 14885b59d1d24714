//! `providers`: how each one signs and is set up.

use clap::Args;
use serde_json::{Map, Value};
use webhook_core::provider;

use crate::account;
use crate::terminal::{Colour, Outcome, Terminal};

/// Say how a provider signs and is set up.
#[derive(Args, Debug)]
pub struct Providers {
    /// The provider; without, all of them are listed
    name: Option<String>,
}

impl Providers {
    pub(super) fn run(self, terminal: &Terminal) -> Outcome {
        match &self.name {
            Some(name) => show(name, terminal),
            None => {
                for name in provider::names() {
                    let description = provider::describe(name)?;
                    let kinds = match description.kinds.len() {
                        0 => String::new(),
                        count => format!("{count} kinds of payments"),
                    };
                    let about = format!("{:<10} {kinds}", description.group.as_str());
                    let line = format!(
                        "{name:<24} {}",
                        terminal.paint(Colour::Faint, about.trim_end())
                    );
                    terminal.line(line.trim_end());
                    terminal.object("provider", members(&description));
                }
                Ok(())
            }
        }
    }
}

fn show(name: &str, terminal: &Terminal) -> Outcome {
    let description = provider::describe(name)?;
    terminal.object("provider", members(&description));
    let line = |name: &str, text: &str| terminal.line(&format!("{name:<16} {text}"));
    line("provider", description.name);
    line("group", description.group.as_str());
    line("signed", &description.signed);
    line("headers", &description.headers.join(", "));
    let window = description.tolerance_secs;
    let window = window.map_or_else(|| "none".to_owned(), |secs| format!("{secs} s"));
    line("time window", &window);
    line("success", description.acknowledgement);
    let patience = description.patience_secs;
    let patience = patience.map_or_else(|| "not documented".to_owned(), |secs| format!("{secs} s"));
    line("waits for", &patience);
    line("body limit", &format!("{} bytes", description.body_limit));
    for handshake in &description.handshakes {
        line("handshake", handshake);
    }
    for setting in &description.settings {
        let need = match setting.is_required {
            true => "",
            false => " (optional)",
        };
        line(
            "setting",
            &format!("`{}`: {}{need}", setting.name, setting.holds),
        );
    }
    if let Ok(keys) = account::keys_of(name) {
        let text = format!(
            "{} holds `{keys}` where no flag does",
            account::variable(name)
        );
        line("environment", &text);
    }
    for (number, step) in description.setup.iter().enumerate() {
        line(&format!("set-up {}", number + 1), step);
    }
    for (tells, what) in [
        (description.tells_payments, "payments"),
        (description.tells_messages, "messages"),
    ] {
        if tells {
            line("tells", what);
        }
    }
    for kind in &description.kinds {
        line("kind", kind);
    }
    line("document", description.document);
    Ok(())
}

fn members(description: &provider::Description) -> Map<String, Value> {
    match serde_json::to_value(description) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    }
}
