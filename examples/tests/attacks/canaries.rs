//! What must not get out of this suite: keys, codes, and the number of a card.

use std::sync::LazyLock;

use serde_json::Value;
use webhook_core::testing::Sign;

use crate::cases;
use crate::targets::{all, targets};
use webhook_testkit::hygiene::{forbid, forbid_codes, listen};
use webhook_testkit::{Account, CARD, NOW, Place, Request, Sender, accounts};

/// From now on it is listened for all of it.
pub(crate) fn listen_for_canaries() {
    static LISTENING: LazyLock<()> = LazyLock::new(|| {
        forbid(CARD);
        for sender in all() {
            sender.secrets.iter().for_each(|secret| forbid(secret));
            forbid_keys(sender, &sender.settings);
            forbid_keys(sender, &sender.stranger);
            forbid_code(sender, &sender.genuine());
        }
        accounts().iter().for_each(forbid_code_of_stranger);
        for case in cases::all() {
            forbid_signatures(&case.request);
            forbid_right_code(targets()[case.target].sender, &case.request.body);
        }
        listen();
    });
    *LISTENING
}

/// The keys in these settings, whatever they stand in.
fn forbid_keys(sender: &Sender, settings: &Value) {
    for name in sender.keys {
        forbid_texts(&settings[name]);
    }
}

/// Of a key in several lines, each; what is shorter is the name of something.
fn forbid_texts(value: &Value) {
    match value {
        Value::String(text) => {
            let is_key = |line: &&str| line.len() >= 20 && !line.starts_with("-----");
            text.lines().filter(is_key).for_each(forbid);
        }
        Value::Array(values) => values.iter().for_each(forbid_texts),
        Value::Object(values) => values.values().for_each(forbid_texts),
        _ => {}
    }
}

/// What the library computes of a sender's bodies for the account of another.
fn forbid_code_of_stranger(account: &Account) {
    if !account.is_asymmetric() {
        let stranger = Account {
            secret: account.other_key,
            ..account.clone()
        };
        let genuine = account.genuine();
        let signed = stranger.signer().sign(&genuine.body, NOW);
        forbid_code(account, &signed.unwrap().into());
    }
}

/// What the library computes of the body, whatever stands in the place of the signature.
fn forbid_right_code(sender: &Sender, body: &[u8]) {
    if let (Place::Header(_) | Place::Query(_), Ok(signed)) =
        (sender.place, sender.signer.sign(body, NOW))
    {
        forbid_code(sender, &signed.into());
    }
}

fn forbid_code(sender: &Sender, request: &Request) {
    let signature = std::str::from_utf8(sender.signature(request)).unwrap();
    let [_, code, _] = sender.parts(signature);
    forbid(code);
}

/// What stands in the place of a signature, be it right or not.
fn forbid_signatures(request: &Request) {
    let names: Vec<&str> = all().iter().filter_map(Sender::header).collect();
    for (name, value) in &request.headers {
        if names.contains(&name.as_str()) {
            forbid_codes(value);
        }
    }
}
