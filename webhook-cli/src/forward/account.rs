//! What the program does in an account's name: it signs, and it answers as the library would.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use url::form_urlencoded::parse;
use webhook_core::explain::Account;
use webhook_core::testing::FixedClock;
use webhook_core::{Endpoint, RequestHead, Secret, UnixTime};

use crate::capture::Answer;
use crate::request::Request;
use crate::samples;
use crate::terminal::Failure;

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
) -> Result<Request, Failure> {
    let signed = |id: &str| samples::sign(account, body, id, now).map(Request::from);
    let Some(before) = anew else {
        return signed(&samples::new_id());
    };
    let marked = signed(MARK)?;
    let id = id_in_header(&marked).and_then(|name| before.header(name));
    let id = id.and_then(|id| std::str::from_utf8(id).ok());
    Ok(renewed(
        before,
        match id {
            Some(id) => signed(id)?,
            None => signed(&samples::new_id())?,
        },
    ))
}

/// The header in which the provider has the id.
fn id_in_header(marked: &Request) -> Option<&str> {
    let mut lines = marked.headers.iter();
    let found = lines.find(|(_, value)| *value == MARK.as_bytes());
    found.map(|(name, _)| name.as_str())
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
    Request {
        method: before.method.clone(),
        target: renewed_target(&before.target, &signed.target),
        headers,
        body: signed.body,
    }
    .fitted()
}

/// The target from before with the parameters of the new signature instead of those of the old one.
fn renewed_target(before: &str, signed: &str) -> String {
    let Some((_, new)) = signed.split_once('?') else {
        return before.to_owned();
    };
    let (path, query) = before.split_once('?').unwrap_or((before, ""));
    let names = parse(new.as_bytes());
    let rest = names.fold(query.to_owned(), |rest, (name, _)| {
        samples::form_remove(&rest, &name).0
    });
    match rest.is_empty() {
        true => format!("{path}?{new}"),
        false => format!("{path}?{rest}&{new}"),
    }
}

/// What the library would answer to this request by itself: a refusal, the reply to a handshake, or the acknowledgement that the sender
/// demands. Nothing if any answer of the handler will do.
pub async fn own_answer(account: &Account, request: &Request, now: UnixTime) -> Option<Answer> {
    let endpoint = account.endpoint().ok()?.clock(FixedClock::at(now));
    answer_of(&endpoint, request).await
}

/// Whether the account waits for the secret that its sender is to hand over.
pub(super) fn is_set_up(account: &Account) -> bool {
    account
        .settings
        .get("mode")
        .is_some_and(|mode| mode == "setup")
}

/// The answer of an account that waits for its secret, and the secret that the request hands over.
pub(super) async fn set_up(
    account: &Account,
    request: &Request,
    now: UnixTime,
) -> (Option<Answer>, Option<Secret>) {
    let Ok(endpoint) = account.endpoint() else {
        return (None, None);
    };
    let taken = Arc::new(Mutex::new(None));
    let kept = Arc::clone(&taken);
    let endpoint = endpoint
        .clock(FixedClock::at(now))
        .on_setup_secret(move |handed| {
            *kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(handed.secret().clone());
        });
    let answer = answer_of(&endpoint, request).await;
    let secret = taken.lock().unwrap_or_else(PoisonError::into_inner).take();
    (answer, secret)
}

async fn answer_of(endpoint: &Endpoint, request: &Request) -> Option<Answer> {
    let head = RequestHead::new(&request.method, &request.target, &request.headers);
    match endpoint.verify(&head, request.body.clone()).await {
        Ok(delivery) => delivery.acknowledgement().map(|reply| Answer {
            status: Some(reply.status().as_u16()),
            headers: lines(reply.headers()),
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

fn lines<'a>(headers: impl Iterator<Item = (&'static str, &'a str)>) -> Vec<(String, Bytes)> {
    headers
        .map(|(name, value)| (name.to_owned(), Bytes::from(value.to_owned())))
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use serde_json::{Map, json};

    use super::*;

    const BODY: &[u8] = br#"{"id":"evt_1","type":"order.paid"}"#;

    fn account(provider: &str, secret: &str) -> Account {
        Account::new(
            provider,
            Map::from_iter([("secrets".to_owned(), json!(secret))]),
        )
    }

    fn now(secs: i64) -> UnixTime {
        UnixTime::from_secs(1_785_920_400 + secs)
    }

    fn names(request: &Request) -> Vec<&str> {
        request
            .headers
            .iter()
            .map(|(name, _)| name.as_str())
            .collect()
    }

    #[tokio::test]
    async fn signed_anew_it_is_genuine_at_the_new_time_and_has_what_was_not_signed() {
        let account = account("stripe", "whsec_4f1c2a9b7d3e8f60a5b4c3d2e1f09182");
        let mut before = sign(&account, BODY, None, now(0)).unwrap();
        before.target = "/hook?from=eu".to_owned();
        before.headers.insert(0, ("X-Trace".to_owned(), "1".into()));
        before.headers.insert(0, ("X-Trace".to_owned(), "0".into()));
        let line = before
            .headers
            .iter_mut()
            .find(|(name, _)| name == "stripe-signature");
        line.unwrap().0 = "Stripe-Signature".to_owned();

        let late = now(86_400);
        let refused = own_answer(&account, &before, late).await.unwrap();
        assert_eq!(refused.status, Some(401));
        let after = sign(&account, BODY, Some(&before), late).unwrap();
        assert!(own_answer(&account, &after, late).await.is_none());
        assert_eq!(names(&after), names(&before));
        assert_eq!(after.target, "/hook?from=eu");
        assert_eq!(after.header("x-trace").unwrap(), "0");
    }

    #[tokio::test]
    async fn an_id_in_a_header_is_kept_when_it_is_signed_anew() {
        let account = account(
            "standard-webhooks",
            "whsec_KN0FLdZPuWtBPI2//6XrPWUtcltbfyG1ALcQzZDe7dY=",
        );
        let before = sign(&account, BODY, None, now(0)).unwrap();
        let late = now(86_400);
        let after = sign(&account, b"{}", Some(&before), late).unwrap();
        assert!(own_answer(&account, &after, late).await.is_none());
        assert_eq!(after.header("webhook-id"), before.header("webhook-id"));
        assert_ne!(
            after.header("webhook-signature"),
            before.header("webhook-signature")
        );
        assert!(!after.header("webhook-id").unwrap().is_empty());
    }

    #[test]
    fn an_old_signature_of_two_lines_does_not_stay() {
        let account = account("stripe", "whsec_4f1c2a9b7d3e8f60a5b4c3d2e1f09182");
        let mut before = sign(&account, BODY, None, now(0)).unwrap();
        before
            .headers
            .push(("stripe-signature".to_owned(), "t=1,v1=00".into()));
        let after = sign(&account, BODY, Some(&before), now(1)).unwrap();
        let count = names(&after)
            .iter()
            .filter(|name| **name == "stripe-signature")
            .count();
        assert_eq!(count, 1);
    }

    #[tokio::test]
    async fn a_secret_that_is_handed_over_is_taken_where_the_account_waits_for_it() {
        const SECRET: &str = "b537207f20cbfa02357cf448134da559e8bd39d61597dcd5631b8012eae53e81";
        let request = Request {
            method: "POST".to_owned(),
            target: "/hook".to_owned(),
            headers: vec![("X-Hook-Secret".to_owned(), SECRET.into())],
            body: "{}".into(),
        };
        let settings = Map::from_iter([("mode".to_owned(), json!("setup"))]);
        let waiting = Account::new("asana", settings);
        assert!(is_set_up(&waiting));
        let (answer, secret) = set_up(&waiting, &request, now(0)).await;
        let answer = answer.unwrap();
        assert_eq!(answer.status, Some(200));
        assert_eq!(
            answer.headers,
            [("x-hook-secret".to_owned(), SECRET.into())]
        );
        assert_eq!(secret.unwrap().expose(), SECRET);

        let known = account("asana", "a secret for tests");
        assert!(!is_set_up(&known));
        let (answer, secret) = set_up(&known, &request, now(0)).await;
        assert_eq!(answer.unwrap().status, Some(400));
        assert!(secret.is_none());
    }

    #[test]
    fn who_cannot_sign_is_told_what_is_missing() {
        let refused = sign(&Account::new("stripe", Map::new()), BODY, None, now(0));
        assert!(matches!(refused, Err(Failure::Usage(text)) if text.contains("stripe")));
    }
}
