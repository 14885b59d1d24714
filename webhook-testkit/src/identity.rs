//! What tells each sender's events apart, as data: one file for each provider.
//!
//! - `apart`: genuine events that look alike; each has a key of its own.
//! - `same`: one event as its sender repeats it: one key.
//! - `anew`: one event whose sender repeats it in a way that cannot be recognised: a new key each time.
//! - `replayed`: a captured request, then the same with something changed that nobody has signed: the same event, or a new
//!   one each time. `signed` is what the first key says of itself.
//!
//! An event is a JSON merge patch (RFC 7396) of the group's `base`. Its `body` is rendered compactly, or taken as it is
//! if it is a text; `headers` are added to what was signed. It is signed and received `at` so many seconds after
//! [`NOW`], with the `id` that its sender signs in a header (empty: none) and, for Mercado Pago, the `data_id`.
//! `sender` names another way in which the provider signs than its first.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};
use webhook_core::provider::mercado_pago;
use webhook_core::testing::{FixedClock, Sign};
use webhook_core::{Endpoint, UnixTime};

use crate::{Account, NOW, Request, SECRETS, Sender, accounts, senders};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Data {
    pub apart: Vec<Group>,
    pub same: Vec<Group>,
    #[serde(default)]
    pub anew: Vec<Group>,
    pub replayed: Vec<Replayed>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    why: String,
    sender: Option<String>,
    #[serde(default)]
    base: Value,
    pub events: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replayed {
    why: String,
    sender: Option<String>,
    signed: bool,
    key: ReplayedKey,
    event: Event,
    changes: Vec<Change>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum ReplayedKey {
    Same,
    New,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Event {
    body: Value,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    at: i64,
    id: Option<String>,
    data_id: Option<String>,
}

/// What is changed in a request once it is signed.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Change {
    headers: BTreeMap<String, String>,
    without: Vec<String>,
    /// Put behind the value of a header.
    suffix: BTreeMap<String, String>,
    query: Option<String>,
    /// A text of the body and what stands there instead.
    body: Option<[String; 2]>,
    body_end: String,
}

/// Requests, and how many events they are.
pub struct Case {
    pub title: String,
    pub sender: Sender,
    /// Each with the moment at which it is received.
    pub requests: Vec<(UnixTime, Request)>,
    pub events: usize,
    /// Of a replay: whether the first key says that all of it is signed.
    pub replayed: Option<bool>,
}

impl Case {
    /// A receiver with this clock.
    pub fn endpoint(&self, clock: FixedClock) -> Endpoint {
        let verifier = self.sender.made_of(&self.sender.settings);
        Endpoint::new(verifier.unwrap()).clock(clock)
    }
}

/// The data of a provider.
pub fn data_of(provider: &str) -> Data {
    let directory = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../webhook-core/tests/identity"
    );
    let json = std::fs::read(format!("{directory}/{provider}.json"))
        .unwrap_or_else(|error| panic!("tests/identity/{provider}.json: {error}"));
    serde_json::from_slice(&json)
        .unwrap_or_else(|error| panic!("tests/identity/{provider}.json: {error}"))
}

/// All senders, whose cases can be had one provider after another.
pub struct Known {
    senders: Vec<Sender>,
    accounts: Vec<Account>,
}

impl Known {
    pub fn new() -> Self {
        Self {
            senders: senders(),
            accounts: accounts(),
        }
    }

    /// Those of one provider.
    pub fn cases_of(&self, provider: &str) -> Vec<Case> {
        self.cases(provider, data_of(provider))
    }

    fn cases(&self, provider: &str, data: Data) -> Vec<Case> {
        let Data {
            apart,
            same,
            anew,
            replayed,
        } = data;
        let apart = apart.into_iter().chain(anew);
        let apart = apart.map(|group| self.case(provider, &group, true));
        let same = same.iter().map(|group| self.case(provider, group, false));
        let replayed = replayed.iter().map(|it| self.replayed(provider, it));
        apart.chain(same).chain(replayed).collect()
    }

    fn case(&self, provider: &str, group: &Group, is_apart: bool) -> Case {
        let sender = self.sender(provider, group.sender.as_deref());
        let title = format!("{}: {}", sender.name, group.why);
        let events = group.events.iter().map(|patch| {
            let event = merged(&group.base, patch);
            let event: Event =
                serde_json::from_value(event).unwrap_or_else(|error| panic!("{title}: {error}"));
            (received_at(&event), self.signed(sender, &event))
        });
        let requests: Vec<(UnixTime, Request)> = events.collect();
        Case {
            sender: sender.clone(),
            events: if is_apart { requests.len() } else { 1 },
            requests,
            replayed: None,
            title,
        }
    }

    fn replayed(&self, provider: &str, replayed: &Replayed) -> Case {
        let sender = self.sender(provider, replayed.sender.as_deref());
        let at = received_at(&replayed.event);
        let first = self.signed(sender, &replayed.event);
        let title = format!("{}: {}", sender.name, replayed.why);
        let again = replayed.changes.iter().map(|change| {
            let request = change.of(first.clone());
            (
                at,
                request.unwrap_or_else(|| panic!("{title}: nothing to change")),
            )
        });
        let mut requests = vec![(at, first.clone())];
        requests.extend(again);
        Case {
            sender: sender.clone(),
            events: match replayed.key {
                ReplayedKey::New => requests.len(),
                ReplayedKey::Same => 1,
            },
            requests,
            replayed: Some(replayed.signed),
            title,
        }
    }

    fn sender(&self, provider: &str, name: Option<&str>) -> &Sender {
        let mut senders = self.senders.iter().filter(|it| it.provider == provider);
        senders
            .find(|sender| name.is_none_or(|name| sender.name == name))
            .unwrap_or_else(|| panic!("{provider} has no sender {name:?}"))
    }

    fn signed(&self, sender: &Sender, event: &Event) -> Request {
        let body = match &event.body {
            Value::String(text) => text.clone(),
            json => json.to_string(),
        };
        let sign = |signer: &dyn Sign| signer.sign(body.as_bytes(), received_at(event)).unwrap();
        let request: Request = match &event.id {
            Some(id) if sender.provider == "mercado-pago" => {
                let data_id = event.data_id.as_deref().unwrap_or("71375689778");
                let signer = mercado_pago::Signer::new(SECRETS.text[0]).unwrap();
                let signer = signer.data_id(data_id);
                match id.as_str() {
                    "" => sign(&signer),
                    id => sign(&signer.request_id(id)),
                }
            }
            Some(id) => {
                let account = self.accounts.iter().find(|it| it.name == sender.name);
                sign(&account.unwrap().signer().id(id))
            }
            None => sign(&*sender.signer),
        }
        .into();
        let headers = event.headers.iter();
        headers.fold(request, |request, (name, value)| {
            request.with(name, value.as_str())
        })
    }
}

fn received_at(event: &Event) -> UnixTime {
    UnixTime::from_secs(NOW.as_secs() + event.at)
}

impl Change {
    /// The request with this change; none if it would change nothing.
    fn of(&self, request: Request) -> Option<Request> {
        let before = (
            request.target.clone(),
            request.headers.clone(),
            request.body.clone(),
        );
        let mut request = self.headers.iter().fold(request, |request, (name, value)| {
            request.with(name, value.as_str())
        });
        for name in &self.without {
            request = request.without(name);
        }
        for (name, suffix) in &self.suffix {
            let value = [request.header(name), suffix.as_bytes()].concat();
            request = request.with(name, value);
        }
        if let Some(query) = &self.query {
            let mark = if request.target.contains('?') {
                '&'
            } else {
                '?'
            };
            request.target = format!("{}{mark}{query}", request.target);
        }
        let body = String::from_utf8(request.body.to_vec()).unwrap();
        let body = match &self.body {
            Some([from, to]) => body.replace(from, to),
            None => body,
        };
        let request = request.with_body(body + &self.body_end);
        let is_changed = before
            != (
                request.target.clone(),
                request.headers.clone(),
                request.body.clone(),
            );
        is_changed.then_some(request)
    }
}

/// RFC 7396.
fn merged(base: &Value, patch: &Value) -> Value {
    let Value::Object(patch) = patch else {
        return patch.clone();
    };
    let mut members: Map<String, Value> = base.as_object().cloned().unwrap_or_default();
    for (name, value) in patch {
        match value {
            Value::Null => drop(members.remove(name)),
            value => {
                let own = members.get(name).unwrap_or(&Value::Null);
                members.insert(name.clone(), merged(own, value));
            }
        }
    }
    Value::Object(members)
}
