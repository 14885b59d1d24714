//! A provider in words and numbers: what its file says, and what follows from its scheme and its rules.

use serde::Serialize;

use crate::endpoint::DEFAULT_BODY_LIMIT;
use crate::provider::about::{Group, Setting};
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Algorithm, Handshake, Scheme};

/// A provider in words and numbers: for a tool's help, a page of settings, or a set-up that checks itself.
/// [`describe`](crate::provider::describe) makes one.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Description {
    /// Its name, such as `stripe`.
    pub name: &'static str,
    /// What it is mostly used for.
    pub group: Group,
    /// The sender's own document about its signatures.
    pub document: &'static str,
    /// What to do at the sender's, step by step.
    pub setup: Vec<&'static str>,
    /// The settings of an account.
    pub settings: Vec<Setting>,
    /// The headers that are read, in lower case, the signature's first.
    pub headers: Vec<&'static str>,
    /// What is signed, and how.
    pub signed: String,
    /// How many seconds old a signed time may be. `None` where the sender signs no time, or any is accepted.
    pub tolerance_secs: Option<u32>,
    /// The set-up requests that the library answers by itself.
    pub handshakes: Vec<String>,
    /// What the sender takes for a success.
    pub acknowledgement: &'static str,
    /// How many seconds the sender waits for an answer. `None` where its document does not say so.
    pub patience_secs: Option<u32>,
    /// How many bytes a body may have if nothing else is configured.
    pub body_limit: usize,
    /// Whether its deliveries can be read as [`PaymentUpdates`](crate::payment::PaymentUpdates) that say more than their kind.
    pub tells_payments: bool,
    /// Whether its deliveries can be read as [`MessageUpdates`](crate::mailing::MessageUpdates) that say more than their kind.
    pub tells_messages: bool,
    /// The kinds that mean something for a payment, where rules say it: exact names, and beginnings that end with `*`.
    pub kinds: Vec<&'static str>,
}

impl Description {
    pub(crate) fn of(row: &Registered) -> Self {
        let rules = row.provider.rules();
        Self {
            kinds: rules.map_or_else(Vec::new, |rules| rules.all_kinds()),
            ..Self::without_kinds(row)
        }
    }

    /// The same without what takes longest.
    pub(crate) fn without_kinds(row: &Registered) -> Self {
        let about = row.about;
        let scheme = row.default_scheme();
        let scheme = scheme.as_ref();
        let tolerance = scheme.and_then(|scheme| scheme.timestamp.tolerance);
        let body_limit = scheme.and_then(|scheme| scheme.body_limit);
        let handshakes = scheme.map_or(&[][..], |scheme| scheme.handshakes);
        let handshakes = handshakes.iter().map(Handshake::in_words);
        let setup = scheme.and_then(|scheme| scheme.setup);
        let handshakes = handshakes.chain(setup.map(|setup| setup.in_words()));
        let own = about.handshakes.iter().map(|text| text.to_string());
        Self {
            name: row.provider.name(),
            group: about.group,
            document: about.document,
            setup: about.setup.to_vec(),
            settings: row.settings(),
            headers: match scheme {
                Some(scheme) if about.headers.is_empty() => headers_of(scheme),
                _ => about.headers.to_vec(),
            },
            signed: match scheme {
                Some(scheme) if about.signed.is_empty() => signed_of(scheme),
                _ => about.signed.to_owned(),
            },
            tolerance_secs: tolerance
                .map(|tolerance| {
                    let [past, _] = tolerance.as_secs();
                    past
                })
                .or(about.tolerance_secs),
            handshakes: handshakes.chain(own).collect(),
            acknowledgement: about.acknowledgement,
            patience_secs: row.provider.patience_secs(),
            body_limit: body_limit.unwrap_or(DEFAULT_BODY_LIMIT),
            tells_payments: row.provider.tells_payments(),
            tells_messages: row.provider.mailing_rules().is_some(),
            kinds: Vec::new(),
        }
    }
}

fn headers_of(scheme: &Scheme) -> Vec<&'static str> {
    let described = scheme.described();
    let lists = described.parts.iter();
    let lists = lists.chain([&scheme.key_id, &scheme.id, &scheme.kind]);
    let fields = lists.flat_map(|fields| fields.iter());
    let named = fields.filter_map(|field| match field {
        Field::Header(name) => Some(*name),
        _ => None,
    });
    let mut headers: Vec<&'static str> = Vec::new();
    let first = scheme
        .signature
        .header_at()
        .into_iter()
        .chain(scheme.timestamp.header_at());
    for name in first.chain(named) {
        if !headers.contains(&name) {
            headers.push(name);
        }
    }
    headers
}

/// Such as "HMAC-SHA256 in hex of: the time, `.`, the body".
fn signed_of(scheme: &Scheme) -> String {
    if scheme.algorithm == Algorithm::Token {
        return "nothing: the sender shows the secret itself".to_owned();
    }
    let parts = scheme.content.iter().map(|part| part.in_words());
    let parts: Vec<String> = parts.collect();
    let (algorithm, encoding) = (
        scheme.algorithm.as_str(),
        scheme.signature.encoding.as_str(),
    );
    format!("{algorithm} in {encoding} of: {}", parts.join(", "))
}
