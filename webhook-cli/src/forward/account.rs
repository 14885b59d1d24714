//! What the program does in an account's name: it signs, and it answers as the library would.

use bytes::Bytes;
use serde_json::{Map, Value};
use webhook_core::explain::Account;
use webhook_core::testing::{FixedClock, SampleKeys, Sign as _, Signer};
use webhook_core::{RequestHead, Settings, UnixTime, provider};

use crate::capture::Answer;
use crate::request::Request;

/// Stands where a signer writes an id, to find the place.
const MARK: &str = "webhook-cli-marks-the-id";

/// The request that the provider of this account would send for this body at this moment. With a request to sign anew: with its target,
/// its headers that are not of the signature, and its id where the provider has one in a header.
///
/// # Errors
/// If the provider cannot sign such a body, or a setting is missing or wrong. Says what to do.
pub fn sign(
    account: &Account,
    body: &[u8],
    anew: Option<&Request>,
    now: UnixTime,
) -> Result<Request, String> {
    let settings = Settings::new(Value::Object(account.settings.clone()));
    let signer = settings.and_then(|settings| provider::signer(&account.provider, &settings));
    let signer = signer.map_err(|error| in_account(account, &error))?;
    let signed = match anew.and_then(|before| of_same_id(account, body, before, now)) {
        Some(signed) => signed,
        None => Request::from(
            signer
                .sign(body, now)
                .map_err(|error| in_account(account, &error))?,
        ),
    };
    Ok(match anew {
        Some(before) => renewed(before, signed),
        None => signed,
    })
}

fn in_account(account: &Account, error: &webhook_core::ConfigError) -> String {
    format!("{}: {error}", account.provider)
}

/// The same event once more, for providers that sign its id in a header.
fn of_same_id(account: &Account, body: &[u8], before: &Request, now: UnixTime) -> Option<Request> {
    let samples = provider::samples(&account.provider, &SampleKeys::new()).ok()?;
    let scheme = samples.into_iter().find_map(|sample| sample.scheme)?.scheme;
    let mut signer = Signer::new(scheme, first_key(&account.settings)?).ok()?;
    if let Some(url) = text(&account.settings, "public_url") {
        signer = signer.public_url(url);
    }
    if let Some(name) = text(&account.settings, "auth_header") {
        signer = signer.header_name(name);
    }
    let marked = signer.clone().id(MARK).sign(body, now).ok()?;
    let mut lines = marked.headers.iter();
    let (name, _) = lines.find(|(_, value)| value == MARK)?;
    let id = std::str::from_utf8(before.header(name)?).ok()?;
    signer.id(id).sign(body, now).ok().map(Request::from)
}

fn first_key(settings: &Map<String, Value>) -> Option<&str> {
    let key = settings
        .get("private_key")
        .or_else(|| settings.get("secrets"))?;
    match key {
        Value::Array(keys) => keys.first()?.as_str(),
        key => key.as_str(),
    }
}

fn text<'a>(settings: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    settings.get(name)?.as_str()
}

/// The request from before with the headers of the new signature at the places of the old ones.
fn renewed(before: &Request, signed: Request) -> Request {
    let names: Vec<String> = signed
        .headers
        .iter()
        .map(|(name, _)| name.clone())
        .collect();
    let is_new = |name: &str| names.iter().any(|own| own.eq_ignore_ascii_case(name));
    let mut new = signed.headers;
    let mut headers = Vec::with_capacity(before.headers.len());
    for (name, value) in &before.headers {
        match new
            .iter()
            .position(|(own, _)| own.eq_ignore_ascii_case(name))
        {
            Some(at) => headers.push((name.clone(), new.remove(at).1)),
            // A second line would be the old signature.
            None if is_new(name) => {}
            None => headers.push((name.clone(), value.clone())),
        }
    }
    headers.append(&mut new);
    let is_signed_in_query = signed.target.contains('?');
    Request {
        method: before.method.clone(),
        target: match is_signed_in_query {
            true => signed.target,
            false => before.target.clone(),
        },
        headers,
        body: signed.body,
    }
}

/// What the library would answer to this request by itself: a refusal, the reply to a handshake, or the acknowledgement that the sender
/// demands. Nothing if any answer of the handler will do.
pub async fn own_answer(account: &Account, request: &Request, now: UnixTime) -> Option<Answer> {
    let endpoint = account.endpoint().ok()?.clock(FixedClock::at(now));
    let head = RequestHead::new(&request.method, &request.target, &request.headers);
    let verified = match endpoint.begin(&head).await {
        Ok(mut verification) => match verification.update(request.body.clone()) {
            Ok(()) => verification.finalize().await,
            Err(rejection) => Err(rejection.into()),
        },
        Err(answer) => Err(answer.into()),
    };
    match verified {
        Ok(delivery) => delivery.acknowledgement().map(|reply| Answer {
            status: Some(reply.status().as_u16()),
            headers: lines(reply.headers().iter().copied()),
            body: reply.body().clone(),
            ..Answer::default()
        }),
        Err(answer) => Some(said(&answer)),
    }
}

/// An answer of the library.
pub(super) fn said(answer: &webhook_core::Answer) -> Answer {
    Answer {
        status: Some(answer.status().as_u16()),
        headers: lines(answer.headers()),
        body: answer.body(),
        ..Answer::default()
    }
}

fn lines<'a>(headers: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<(String, Bytes)> {
    headers
        .map(|(name, value)| (name.to_owned(), Bytes::from(value.to_owned())))
        .collect()
}
