//! What a request is worth, in the words of the library, for people and for programs.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use webhook_core::UnixTime;
use webhook_core::explain::{Explanation, explain};

use crate::account::Account;
use crate::capture::{Told, Verdict};
use crate::request::Request;
use crate::terminal::{Colour, Terminal};
use crate::text;

/// Longest time for one request: senders with published keys are asked for them.
const PATIENCE: Duration = Duration::from_secs(20);

/// Verifies a request for these accounts, with the clock at this moment, and says why it is refused.
///
/// With several accounts: for the one that it is genuine for, else for the one whose provider it looks like.
pub async fn verdict(accounts: &[Account], request: &Request, now: UnixTime) -> Verdict {
    let request = webhook_core::explain::Request {
        method: request.method.clone(),
        target: request.target.clone(),
        headers: request.headers.clone(),
        body: request.body.clone(),
    };
    let explaining = explain(accounts, &request, now);
    match tokio::time::timeout(PATIENCE, explaining).await {
        Ok(told) => of_explanation(told),
        Err(_) => Verdict {
            code: "keys_unavailable".to_owned(),
            provider: accounts.first().map(|account| account.provider.clone()),
            explanation: json!({
                "verdict": "keys_unavailable",
                "steps": [{"step": "rules", "ok": false, "text": "the keys that the sender publishes could not be had in time"}],
            })
            .into(),
            ..Verdict::default()
        },
    }
}

fn of_explanation(told: Explanation) -> Verdict {
    Verdict {
        code: told.verdict.to_owned(),
        provider: Some(told.provider.clone()).filter(|name| !name.is_empty()),
        variant: told.account.clone(),
        key: told.key.clone(),
        id: told.id.clone(),
        kind: told.kind.clone(),
        explanation: Told::Now(Arc::new(told)),
    }
}

/// What was found, for people: the verdict and each step in a line, the cause, what to do. No secret is in it, and nothing that a
/// terminal obeys.
#[must_use]
pub fn lines(verdict: &Verdict, request: &Request, terminal: &Terminal) -> Vec<String> {
    let told = &verdict.explanation.json();
    let at = |pointer: &str| told.pointer(pointer).and_then(Value::as_str);
    let word = match verdict.is_genuine() {
        true => terminal.paint(Colour::Good, "GENUINE"),
        false => terminal.paint(Colour::Bad, &format!("REFUSED {}", shown(&verdict.code))),
    };
    let who = verdict.provider.as_deref().unwrap_or("no provider");
    let variant = verdict.variant.as_ref();
    let variant = variant.map_or_else(String::new, |name| format!(" ({})", shown(name)));
    let mut lines = vec![format!(
        "{}{variant}  {} {}  {} bytes  {word}",
        shown(who),
        shown(&request.method),
        shown(&text::masked_target(&request.target)),
        request.body.len(),
    )];
    for step in list(told, "/steps") {
        let is_ok = step.get("ok").and_then(Value::as_bool) == Some(true);
        let mark = match is_ok {
            true => terminal.paint(Colour::Good, "\u{2713}"),
            false => terminal.paint(Colour::Bad, "\u{2717}"),
        };
        let [name, found] = ["step", "text"].map(|name| member(step, name));
        lines.push(format!(" {mark} {:<9} {}", shown(name), shown(found)));
    }
    let signed: Vec<String> = list(told, "/signed").iter().map(part_in_words).collect();
    if !signed.is_empty() {
        lines.push(format!("   {:<9} {}", "signed", signed.join(" ")));
    }
    if verdict.is_genuine() {
        let facts = [
            ("id", verdict.id.as_deref()),
            ("kind", verdict.kind.as_deref()),
            ("key", verdict.key.as_deref()),
        ];
        for (name, value) in facts {
            if let Some(value) = value {
                lines.push(format!("   {name:<9} {}", shown(value)));
            }
        }
        let statuses = verdict.explanation.statuses();
        if !statuses.is_empty() {
            lines.push(format!("   {:<9} {}", "means", statuses.join(", ")));
        }
    }
    if let Some(cause) = at("/cause/text") {
        lines.push(format!("   {:<9} {}", "cause", shown(cause)));
        if let Some(byte) = told.pointer("/cause/difference/at") {
            let [sent, got] = ["sent", "got"]
                .map(|name| at(&format!("/cause/difference/{name}")).unwrap_or_default());
            let [sent, got] = [sent, got].map(shown);
            lines.push(format!(
                "   {:<9} byte {byte}: sent `{sent}`, got `{got}`",
                ""
            ));
        }
        lines.push(format!(
            "   {:<9} {}",
            "do",
            at("/cause/todo").unwrap_or_default()
        ));
    } else if !verdict.is_genuine() {
        let tried = told
            .get("tried")
            .and_then(Value::as_u64)
            .unwrap_or_default();
        lines.push(format!(
            "   {:<9} none that can be proven; {tried} tries",
            "cause"
        ));
    }
    lines
}

/// A line of what a stranger wrote, in short.
fn shown(text: &str) -> String {
    text::short(text, 300)
}

fn part_in_words(part: &Value) -> String {
    let [name, value] = ["part", "text"].map(|name| member(part, name));
    let length = part.get("len").and_then(Value::as_u64).unwrap_or_default();
    match part.get("text").is_some_and(Value::is_string) {
        true if name.starts_with('`') => name.to_owned(),
        true => format!("<{}: {}>", shown(name), shown(value)),
        false => format!("<{}, {length} bytes>", shown(name)),
    }
}

fn list<'a>(told: &'a Value, at: &str) -> &'a [Value] {
    let list = told.pointer(at).and_then(Value::as_array);
    list.map_or(&[], Vec::as_slice)
}

fn member<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}
