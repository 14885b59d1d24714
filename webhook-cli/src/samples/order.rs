//! What is to be sent, and the request that it becomes.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};

use bytes::Bytes;
use serde_json::Value;
use webhook_core::UnixTime;

use super::sign::{is_gitlab_token, writes_id};
use super::{Place, Places, Sample, edit, form, sign};
use crate::account::Account;
use crate::request::Request;
use crate::terminal::Failure;

/// What is to be sent.
#[derive(Clone, Debug)]
pub struct Order {
    /// The body, before it is signed.
    pub body: Bytes,
    /// The kind, where it is not the one in the body.
    pub kind: Option<String>,
    /// The id of the event.
    pub id: Id,
    /// Changes of the body, in their order.
    pub edits: Vec<Edit>,
    /// When it is signed.
    pub at: UnixTime,
    /// Headers beside those of the signature.
    pub headers: Vec<(String, String)>,
    /// Method and target of a request that nobody signs.
    pub unsigned: Option<(String, String)>,
    /// The kind of the sample that the body is: times in it are set, and what the account says of itself.
    pub sample: Option<&'static str>,
}

/// The id of an event that is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Id {
    /// What the body has; a new one where it stands in a header.
    Kept,
    /// A new one that looks like the one in the body.
    New,
    /// This.
    Own(String),
}

/// A change of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// At this JSON pointer, or in the field of this name, stands this.
    Set(String, String),
    /// What stands there is taken out.
    Remove(String),
}

/// A signed request, and what it is about.
#[derive(Clone, Debug)]
pub struct Made {
    /// The request.
    pub request: Request,
    /// The id of the event, if the provider gives one.
    pub id: Option<String>,
    /// What happened, in the provider's words.
    pub kind: Option<String>,
    /// The receiver's clock at which it should arrive.
    pub at: UnixTime,
}

impl Order {
    /// To send this body as it is.
    #[must_use]
    pub fn new(body: impl Into<Bytes>, at: UnixTime) -> Self {
        Self {
            body: body.into(),
            kind: None,
            id: Id::Kept,
            edits: Vec::new(),
            at,
            headers: Vec::new(),
            unsigned: None,
            sample: None,
        }
    }

    /// To send this sample with an id of its own.
    #[must_use]
    pub fn of_sample(sample: &Sample, at: UnixTime) -> Self {
        let headers = sample.headers.iter();
        Self {
            id: Id::New,
            headers: headers
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            unsigned: sample
                .unsigned
                .map(|(method, target)| (method.to_owned(), target.to_owned())),
            sample: Some(sample.kind),
            ..Self::new(sample.body.clone(), at)
        }
    }

    /// The signed request.
    ///
    /// # Errors
    /// If something cannot be changed as it was wanted, or the account cannot sign it.
    pub fn make(&self, account: &Account) -> Result<Made, Failure> {
        let places = super::places(&account.provider);
        if let Some((method, target)) = &self.unsigned {
            return Ok(self.unsigned_request(method, target));
        }
        let head_id = match &self.id {
            Id::Own(id) => id.clone(),
            Id::Kept | Id::New => new_id(),
        };
        let body = self.written(account, places)?;
        let signed = sign(account, &body, &head_id, self.at)?;
        let mut request = Request::from(signed);
        for (name, value) in self.head_values(account, places, head_id) {
            request = request.with(&name, value);
        }
        if request.header("content-type").is_none() && !request.body.is_empty() {
            let content_type = content_type(&request.body);
            let header = ("content-type".to_owned(), content_type.into());
            request.headers.insert(0, header);
        }
        let own = |place: &&'static str| Place::parse(place).read(&request);
        Ok(Made {
            id: self.shown_id(places, &body, &request),
            kind: self.shown_kind(places, &body, own),
            at: self.at,
            request,
        })
    }

    fn unsigned_request(&self, method: &str, target: &str) -> Made {
        let headers = self.headers.iter();
        let mut headers: Vec<_> = headers
            .map(|(name, value)| (name.clone(), Bytes::from(value.clone())))
            .collect();
        if !self.body.is_empty() {
            let content_type = content_type(&self.body);
            headers.push(("content-type".to_owned(), content_type.into()));
        }
        Made {
            request: Request {
                method: method.to_owned(),
                target: target.to_owned(),
                headers,
                body: self.body.clone(),
            },
            id: None,
            kind: Some("handshake".to_owned()),
            at: self.at,
        }
    }

    /// The body as it is signed.
    fn written(&self, account: &Account, places: &Places) -> Result<Bytes, Failure> {
        let kind = self.kind.as_deref().map(|kind| parts(kind, &places.kind));
        let kind: Vec<_> = kind.unwrap_or_default().into_iter().collect();
        let in_body = kind.iter().any(|(place, _)| place.is_in_body());
        let is_plain = self.id == Id::Kept || places.id.iter().all(|id| id.starts_with("header "));
        if is_plain && !in_body && self.edits.is_empty() && self.sample.is_none() {
            return Ok(self.body.clone());
        }
        let mut body = String::from_utf8(self.body.to_vec())
            .map_err(|_| Failure::usage("a body that is not UTF-8 can be sent, but not changed"))?;
        if self.sample.is_some() {
            body = filled(body, account, places)?;
            body = timed(body, self.at, places)?;
        }
        if let Some(place) = places.id_of(&body) {
            body = self.id.written(body, place)?;
        }
        for (place, part) in kind {
            body = place.write_body(&body, &part).map_err(Failure::Usage)?;
        }
        for edit in &self.edits {
            body = edit.apply(&body)?;
        }
        Ok(body.into())
    }

    /// Headers that nobody signs.
    fn head_values(&self, account: &Account, places: &Places, id: String) -> Vec<(String, String)> {
        let mut values = Vec::new();
        let kind = self.kind.as_deref().map(|kind| parts(kind, &places.kind));
        let place = places.id.first().map(|place| Place::parse(place));
        if let Some(Place::Header(name)) = place
            && !writes_id(account)
        {
            if is_gitlab_token(account) {
                values.push(("idempotency-key".to_owned(), id.clone()));
            }
            values.push((name.to_owned(), id));
        }
        let of_sample = self.headers.clone();
        values.extend(of_sample);
        for (place, part) in kind.unwrap_or_default() {
            if let Place::Header(name) = place {
                values.push((name.to_owned(), part));
            }
        }
        if is_shopify_events(account) {
            for (name, _) in &mut values {
                *name = name.trim_start_matches("x-").to_owned();
            }
        }
        values
    }

    fn shown_id(&self, places: &Places, body: &Bytes, request: &Request) -> Option<String> {
        let body = String::from_utf8_lossy(body);
        let place = places.id_of(&body)?;
        match place {
            Place::Header(_) | Place::Query(_) => place.read(request),
            // A signer may wrap the body: what stood in it is what counts.
            _ => place.read_body(&body),
        }
    }

    fn shown_kind(
        &self,
        places: &Places,
        body: &Bytes,
        in_request: impl Fn(&&'static str) -> Option<String>,
    ) -> Option<String> {
        let body = String::from_utf8_lossy(body);
        let read = |place: &&'static str| match Place::parse(place) {
            Place::Header(_) | Place::Query(_) => in_request(place),
            in_body => in_body.read_body(&body),
        };
        let parts: Option<Vec<String>> = places.kind.iter().map(read).collect();
        let parts = parts.filter(|parts| !parts.is_empty());
        parts
            .map(|parts| parts.join("."))
            .or_else(|| self.kind.clone())
            .or_else(|| self.sample.map(str::to_owned))
    }
}

impl Edit {
    fn apply(&self, body: &str) -> Result<String, Failure> {
        let first = body.trim_start().chars().next();
        if first == Some('<') {
            return Err(Failure::usage(
                "--set and --remove change JSON and forms; for XML, write the body into a file and give --body FILE",
            ));
        }
        let is_json = matches!(first, Some('{' | '[')) || self.name().starts_with('/');
        match (self, is_json) {
            (Self::Set(pointer, value), true) => {
                let value = json_of(value);
                edit::set(body, pointer, &value)
                    .map_err(|why| Failure::Usage(format!("--set: {why}")))
            }
            (Self::Remove(pointer), true) => match edit::remove(body, pointer) {
                Ok((body, true)) => Ok(body),
                Ok((_, false)) => Err(absent(pointer)),
                Err(why) => Err(Failure::Usage(format!("--remove: {why}"))),
            },
            (Self::Set(name, value), false) => Ok(form::form_set(body, name, value)),
            (Self::Remove(name), false) => match form::form_remove(body, name) {
                (body, true) => Ok(body),
                (_, false) => Err(absent(name)),
            },
        }
    }

    fn name(&self) -> &str {
        let (Self::Set(name, _) | Self::Remove(name)) = self;
        name
    }
}

fn absent(name: &str) -> Failure {
    Failure::Usage(format!("--remove {name}: the body has no such place"))
}

/// What is JSON stays it; anything else is a text.
fn json_of(value: &str) -> String {
    match serde_json::from_str::<&serde_json::value::RawValue>(value) {
        Ok(_) => value.to_owned(),
        Err(_) => Value::from(value).to_string(),
    }
}

/// What a body looks like.
fn content_type(body: &[u8]) -> &'static str {
    match body.trim_ascii_start().first() {
        Some(b'{' | b'[') => "application/json",
        Some(b'<') => "application/xml",
        _ => "application/x-www-form-urlencoded",
    }
}

/// A kind, written into the places of its parts.
fn parts<'a>(kind: &str, places: &[&'a str]) -> Vec<(Place<'a>, String)> {
    let parts = kind.splitn(places.len().max(1), '.');
    let places = places.iter().map(|place| Place::parse(place));
    places.zip(parts.map(str::to_owned)).collect()
}

impl Id {
    fn written(&self, body: String, place: Place<'_>) -> Result<String, Failure> {
        let id = match (self, place) {
            (Self::Kept, _) | (_, Place::Header(_) | Place::Query(_)) => return Ok(body),
            (Self::Own(id), _) => id.clone(),
            (Self::New, _) => like(&place.read_body(&body).unwrap_or_default()),
        };
        place.write_body(&body, &id).map_err(Failure::Usage)
    }
}

/// A new id in the form of an old one: some senders' receivers look at it.
fn like(old: &str) -> String {
    let digits = old.bytes().filter(u8::is_ascii_digit).count();
    if digits >= MANY_DIGITS {
        let other = |byte: char| match byte.is_ascii_digit() {
            // Not 0, with which a number cannot begin.
            true => char::from(b'1' + u8::try_from(random() % 9).unwrap_or_default()),
            false => byte,
        };
        return old.chars().map(other).collect();
    }
    let prefix = old.find(['_', '-']).and_then(|end| old.get(..=end));
    format!("{}test_{:016x}", prefix.unwrap_or_default(), random())
}

/// With so many, other digits are another id.
const MANY_DIGITS: usize = 8;

/// What the account is configured with, where the provider writes it into the body.
fn filled(mut body: String, account: &Account, places: &Places) -> Result<String, Failure> {
    for (name, at) in &places.fill {
        let own = match account.settings.get(*name) {
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Array(list)) => list.first().and_then(Value::as_str).map(str::to_owned),
            Some(Value::Object(table)) => table.keys().next().cloned(),
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        };
        let Some(own) = own else {
            continue;
        };
        for place in at.iter().map(|place| Place::parse(place)) {
            if place.read_body(&body).is_some() {
                body = place.write_body(&body, &own).map_err(Failure::Usage)?;
            }
        }
    }
    Ok(body)
}

/// The time of signing, where the provider writes it into the body: as it is written there.
fn timed(mut body: String, at: UnixTime, places: &Places) -> Result<String, Failure> {
    for place in places.times.iter().map(|place| Place::parse(place)) {
        let Some(old) = place.read_body(&body) else {
            continue;
        };
        let time = match old.parse::<i64>() {
            // Seconds have eleven digits in the year 5138.
            Ok(old) if old >= 100_000_000_000 => at.as_millis().to_string(),
            Ok(_) => at.as_secs().to_string(),
            Err(_) => at.to_string(),
        };
        body = place.write_body(&body, &time).map_err(Failure::Usage)?;
    }
    Ok(body)
}

fn is_shopify_events(account: &Account) -> bool {
    let mode = account.settings.get("mode").and_then(Value::as_str);
    account.provider == "shopify" && mode == Some("events")
}

/// An id that no other event has.
#[must_use]
pub fn new_id() -> String {
    format!("evt_test_{:016x}", random())
}

/// A number that is hard to guess, and no secret.
fn random() -> u64 {
    // Seeded by the system.
    RandomState::new().build_hasher().finish()
}
