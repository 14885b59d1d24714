//! What the events of each sender mean for messages, as data: bodies in `tests/mailing/NAME.json`, with every kind that the sender
//! documents and where that is written.
//!
//! A body is signed as its sender signs it, received, and read as [`MessageUpdates`].
#![cfg(all(feature = "testing", feature = "published-keys"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod cuts;
mod hostile;

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use webhook_core::mailing::{self, Meaning, MessageStatus, MessageUpdate, MessageUpdates};
use webhook_core::provider::{
    self, bird, customer_io, mailgun, mandrill, postmark, resend, sendgrid, sinch, telnyx, twilio,
    vonage,
};
use webhook_core::{Coverage, Delivery, Unverified};
use webhook_testkit::{NOW, Request, Sender, about, receive, received_by, senders};

/// The senders of messages, and what their kinds mean.
const MAILINGS: &[(&str, &Meaning)] = &[
    ("aws-sns", &mailing::SES),
    ("bird", &bird::MAILING),
    ("customer-io", &customer_io::MAILING),
    ("mailgun", &mailgun::MAILING),
    ("mandrill", &mandrill::MAILING),
    ("postmark", &postmark::MAILING),
    ("resend", &resend::MAILING),
    ("sendgrid", &sendgrid::MAILING),
    ("sinch", &sinch::MAILING),
    ("telnyx", &telnyx::MAILING),
    ("twilio", &twilio::MAILING),
    ("vonage", &vonage::MAILING),
];

/// Those whose signature covers less than what is read.
const UNSIGNED: &[&str] = &["mailgun", "postmark", "twilio"];

/// The kind of the rules for events that name none.
const NO_KIND: &str = "*";

/// One file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// Where the kinds are written.
    source: String,
    date: String,
    /// Every kind that the sender documents; `*` where it has events that name none.
    kinds: BTreeSet<String>,
    /// Those of them that mean nothing for a message.
    ignored: BTreeSet<String>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    /// What is signed: rendered compactly, or taken as it is if it is a text. A list of Mandrill's events is put into its form, and
    /// what SES tells into the body of SNS, by its signer.
    body: Value,
    /// The updates: what is there of each, or `{"error": PATH}` for one that cannot be read.
    want: Option<Vec<Value>>,
    /// Where the body cannot be read, instead of `want`.
    error: Option<String>,
}

impl Case {
    fn text(&self) -> String {
        match &self.body {
            Value::String(text) => text.clone(),
            json => json.to_string(),
        }
    }

    fn wanted(&self) -> Result<Vec<Value>, String> {
        match (&self.want, &self.error) {
            (Some(want), None) => Ok(want.clone()),
            (None, Some(path)) => Err(path.clone()),
            _ => panic!("{}: say `want` or `error`", self.name),
        }
    }
}

#[test]
fn every_body_means_what_its_case_says() {
    let senders = senders();
    let (mut wrong, mut count) = (String::new(), 0);
    for (provider, _) in MAILINGS {
        let cases = file(provider).cases;
        count += cases.len();
        about(provider, &mut wrong, |wrong| {
            for case in cases {
                let got = outcome(sender_of(&senders, provider), &case.text());
                if case.want.is_none() && case.error.is_none() || got != case.wanted() {
                    let got = got.map_or_else(
                        |path| format!("\"error\": {path:?}"),
                        |want| format!("\"want\": {}", json!(want)),
                    );
                    let kinds = kinds_of(sender_of(&senders, provider), &case);
                    let kinds = kinds.unwrap_or_default();
                    wrong.push_str(&format!("{provider}, {kinds}: {}: {got}\n", case.name));
                }
            }
        });
    }
    assert!(wrong.is_empty(), "what is read instead:\n{wrong}");
    // Below what there is.
    assert!(count > 300, "{count}");
}

#[test]
fn every_kind_that_a_sender_documents_is_mapped_or_ignored() {
    let senders = senders();
    let mut wrong = String::new();
    for (provider, meaning) in MAILINGS {
        about(provider, &mut wrong, |wrong| {
            let File {
                source,
                date,
                kinds,
                ignored,
                cases,
            } = file(provider);
            assert!(!source.is_empty() && date.len() == "2026-11-28".len());
            let mapped: BTreeSet<String> =
                meaning.kinds().iter().map(|kind| (*kind).into()).collect();
            let expected: BTreeSet<String> = kinds.difference(&ignored).cloned().collect();
            for kind in mapped.symmetric_difference(&expected) {
                wrong.push_str(&format!(
                    "{provider}: `{kind}` has a rule and is not in `kinds`, or the reverse\n"
                ));
            }
            for kind in ignored.difference(&kinds) {
                wrong.push_str(&format!("{provider}: `{kind}` is not in `kinds`\n"));
            }
            let told: Vec<MessageUpdate> = cases
                .iter()
                .filter_map(|case| delivered(sender_of(&senders, provider), &case.text()).ok())
                .filter_map(|delivery| delivery.decode::<MessageUpdates>().ok())
                .flat_map(|updates| updates.into_iter().flatten())
                .map(MessageUpdate::dangerously_trust_unverified)
                .collect();
            for kind in &kinds {
                let mut of_kind = told.iter().filter(|update| is_of(update, kind));
                let is_shown = of_kind.any(|update| {
                    (update.status == MessageStatus::Other) == ignored.contains(kind)
                });
                if !is_shown {
                    wrong.push_str(&format!("{provider}: `{kind}` has no case that shows it\n"));
                }
            }
            // Every row of the table, by the kind and the status.
            for row in meaning
                .tables()
                .lines()
                .filter(|row| row.starts_with("| `") || row.starts_with("| any other |"))
            {
                let cells: Vec<&str> = row.split(" | ").collect();
                let [kinds, _, status] = cells.as_slice() else {
                    continue;
                };
                let status = status.trim_matches(['`', '|', ' ']);
                for kind in kinds
                    .split(',')
                    .map(|kind| kind.trim_matches(['`', '|', ' ']))
                {
                    let is_shown = told.iter().any(|update| {
                        is_of(update, kind) && format!("{:?}", update.status) == status
                    });
                    if !is_shown {
                        wrong.push_str(&format!("{provider}: `{kind}` as {status} has no case\n"));
                    }
                }
            }
        });
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn is_of(update: &MessageUpdate, kind: &str) -> bool {
    match kind {
        NO_KIND | "any other" => update.kind.is_none(),
        kind => update.kind.as_deref() == Some(kind),
    }
}

#[test]
fn what_is_not_signed_is_a_claim() {
    let senders = senders();
    for (provider, case) in UNSIGNED.iter().flat_map(|provider| {
        file(provider)
            .cases
            .into_iter()
            .map(move |case| (*provider, case))
    }) {
        let Ok(delivery) = delivered(sender_of(&senders, provider), &case.text()) else {
            continue;
        };
        // JSON is covered whole by Twilio.
        if delivery.coverage() == Coverage::Body {
            continue;
        }
        for update in delivery.decode::<MessageUpdates>().into_iter().flatten() {
            let update = update.unwrap();
            let mut plain = shown(&update);
            plain.remove("unverified");
            let names: Vec<&str> = plain.keys().map(String::as_str).collect();
            let signed = match provider {
                "mailgun" => vec!["event_id", "status"],
                _ => vec!["status"],
            };
            assert_eq!(names, signed, "{provider}: {}", case.name);
            assert!(update.unverified.is_some(), "{provider}: {}", case.name);
        }
    }
}

#[test]
fn a_delivery_of_another_sender_is_none_of_messages() {
    let senders = senders();
    let told: BTreeSet<&str> = MAILINGS.iter().map(|(provider, _)| *provider).collect();
    let mut others = 0;
    for provider in provider::names().filter(|name| !told.contains(name)) {
        let sender = sender_of(&senders, provider);
        let delivery = receive(&sender.endpoint(), &sender.genuine());
        let Ok(delivery) = delivery else { continue };
        let updates: MessageUpdates = delivery.decode().unwrap();
        assert_eq!(updates.len(), 1, "{provider}");
        let update = updates[0].as_ref().unwrap();
        assert_eq!(update.status, MessageStatus::Other, "{provider}");
        let plain = [update.event_id.as_deref(), update.kind.as_deref()];
        assert_eq!(plain, [delivery.id(), delivery.kind()], "{provider}");
        others += 1;
    }
    assert!(others > 50, "{others}");
}

/// The kinds of what a case tells.
fn kinds_of(sender: &Sender, case: &Case) -> Option<String> {
    let delivery = delivered(sender, &case.text()).ok()?;
    let updates: MessageUpdates = delivery.decode().ok()?;
    let updates = updates.into_iter().flatten();
    let kinds = updates.filter_map(|update| update.dangerously_trust_unverified().kind);
    let kinds: BTreeSet<String> = kinds.map(|kind| kind.to_string()).collect();
    Some(Vec::from_iter(kinds).join(" and "))
}

/// What is told of each event, or where the delivery cannot be read.
fn outcome(sender: &Sender, body: &str) -> Result<Vec<Value>, String> {
    let delivery = delivered(sender, body)?;
    let updates = delivery.decode::<MessageUpdates>();
    let updates = updates.map_err(|error| error.path().to_owned())?;
    assert!(
        updates
            .iter()
            .flatten()
            .all(|update| update.provider == delivery.provider())
    );
    let told = updates.iter().map(|update| match update {
        Ok(update) => Value::Object(shown(update)),
        Err(error) => json!({"error": error.path()}),
    });
    Ok(told.collect())
}

/// What bodies of Mailgun have in the place of their signature, which signs nothing else of them.
const BESIDE_SIGNATURE: &str =
    r#""signature":{"token":"28446be05eb30b53d242fc423d60cdab8bef78bb672de172a2"}"#;

fn delivered(sender: &Sender, body: &str) -> Result<Delivery, String> {
    let sign = |body: &str| Request::from(sender.signer.sign(body.as_bytes(), NOW).unwrap());
    if sender.provider == "mandrill" && body.starts_with('[') {
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("mandrill_events", body)
            .finish();
        return received(sender, &sign(&form));
    }
    let request = match body.contains(BESIDE_SIGNATURE) {
        true => {
            let signed = sign(&format!("{{{BESIDE_SIGNATURE}}}"));
            let signature = String::from_utf8(signed.body.to_vec()).unwrap();
            let signature = signature.strip_prefix('{').unwrap();
            let signature = signature.strip_suffix('}').unwrap();
            signed.with_body(body.replace(BESIDE_SIGNATURE, signature))
        }
        false => sign(body),
    };
    received(sender, &request)
}

fn received(sender: &Sender, request: &Request) -> Result<Delivery, String> {
    let endpoint = received_by(sender.made_of(&sender.settings).unwrap());
    receive(&endpoint, request).map_err(|rejection| rejection.code().to_owned())
}

/// What is there of an update.
fn shown(update: &MessageUpdate) -> Map<String, Value> {
    let claimed = update.unverified.as_deref().map(Unverified::unverified);
    let texts = |texts: &[webhook_core::Text]| {
        let texts: Vec<&str> = texts.iter().map(|text| text.as_str()).collect();
        (!texts.is_empty()).then(|| json!(texts))
    };
    let text = |text: &Option<webhook_core::Text>| text.as_deref().map(|text| json!(text));
    let fields = [
        ("status", Some(json!(update.status))),
        ("kind", update.kind.as_deref().map(|kind| json!(kind))),
        ("event_id", text(&update.event_id)),
        ("channel", update.channel.map(|channel| json!(channel))),
        ("to", texts(&update.to)),
        ("from", text(&update.from)),
        ("message_id", text(&update.message_id)),
        ("reference", text(&update.reference)),
        ("list", text(&update.list)),
        ("reason", text(&update.reason)),
        ("code", text(&update.code)),
        ("url", text(&update.url)),
        ("time", update.time.map(|time| json!(time.to_string()))),
        (
            "unverified",
            claimed.map(|claimed| Value::Object(shown(claimed))),
        ),
    ];
    let fields = fields.into_iter();
    fields
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
}

fn sender_of<'a>(senders: &'a [Sender], provider: &str) -> &'a Sender {
    let own = senders.iter().find(|sender| sender.provider == provider);
    own.unwrap_or_else(|| panic!("no sender {provider}"))
}

fn file(provider: &str) -> File {
    let path = format!(
        "{}/tests/mailing/{provider}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let json = std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_slice(&json).unwrap_or_else(|error| panic!("{path}: {error}"))
}
