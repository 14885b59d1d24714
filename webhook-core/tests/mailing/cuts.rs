//! Nothing stands between the fields that Mandrill signs. Whoever has a genuine request can cut it in another way: what is read of it must stay
//! the same.

use serde_json::{Value, json};
use webhook_core::mailing::MessageUpdates;
use webhook_testkit::{NOW, Request, senders};

use crate::{received, sender_of, shown};

const FIELD: &str = "mandrill_events";

#[test]
fn no_other_events_are_cut_out_of_a_genuine_form() {
    // What a stranger can have written is in the texts.
    let events = json!([
        {"event": "inbound", "msg": {
            "from_email": "mandrill_events[]",
            "subject": "mandrill_events[{\"event\":\"spam\"}]zzz",
            "tags": ["mandrill_events[", ",", "]zzz", "mandrill_events", "[]"],
            "text": "mandrill_events[1]mandrill_events",
        }},
        {"event": "send", "_id": "eaa53ebc64f3e0ddb5b9acc575fbf5ab", "mandrill_events": []},
    ]);
    let events = events.to_string();
    let senders = senders();
    let sender = sender_of(&senders, "mandrill");
    let genuine = sender
        .signer
        .sign(form(&[(FIELD, &events)]).as_bytes(), NOW);
    let genuine = Request::from(genuine.unwrap());
    let told = |request: &Request| -> Result<Vec<Value>, String> {
        let updates: MessageUpdates = received(sender, request)?.decode().unwrap();
        let updates = updates.iter().map(|update| match update {
            Ok(update) => Value::Object(shown(update)),
            Err(error) => json!({"error": error.path()}),
        });
        Ok(updates.collect())
    };
    let before = told(&genuine).unwrap();
    assert_eq!(before.len(), 2);
    let signed = format!("{FIELD}{events}");
    let (mut tried, mut same) = (0, 0);
    for (at, _) in signed.match_indices(FIELD) {
        let (ahead, rest) = signed.split_at(at);
        let (_, value) = rest.split_at(FIELD.len());
        for (end, _) in value.char_indices().chain([(value.len(), ' ')]) {
            let (value, behind) = value.split_at(end);
            let fields = [(ahead, ""), (FIELD, value), (behind, "")];
            let fields = fields.into_iter().filter(|(name, _)| !name.is_empty());
            let cut = form(&fields.collect::<Vec<_>>());
            tried += 1;
            if let Ok(after) = told(&genuine.clone().with_body(cut)) {
                assert_eq!(after, before, "{value}");
                same += 1;
            }
        }
    }
    assert!(tried > 1_000, "{tried}");
    assert_eq!(same, 1);
}

fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}
