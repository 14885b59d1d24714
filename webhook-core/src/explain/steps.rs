//! What was looked at, in words.

use std::time::Duration;

use serde_json::Value;

use crate::explain::account::Account;
use crate::explain::attempt::Attempt;
use crate::explain::explanation::Step;
use crate::explain::request::Request;
use crate::explain::secrets;
use crate::outcome::{Answer, ConfigError, Rejection};
use crate::provider;
use crate::time::UnixTime;

fn step(step: &'static str, ok: bool, text: impl Into<String>) -> Step {
    Step {
        step,
        ok,
        text: text.into(),
    }
}

/// Where the settings are wrong already.
pub(super) fn of_settings(error: &ConfigError) -> Vec<Step> {
    vec![step("settings", false, error.to_string())]
}

/// What a request went through: `first` now, `then` at a time within the window, if that is another one.
pub(super) fn of_request(
    account: Option<&Account>,
    request: &Request,
    first: &Attempt,
    then: Option<(UnixTime, &Attempt)>,
    now: UnixTime,
) -> Vec<Step> {
    let about = account.and_then(|account| provider::describe_briefly(&account.provider));
    let headers = about.as_ref().map_or(&[][..], |about| &about.headers);
    let rejection = rejection_of(first);
    let refused = |codes: &[&str]| rejection.filter(|rejection| codes.contains(&rejection.code()));
    let mut steps = Vec::new();
    if let Some(rejection) = refused(&["method_not_allowed"]) {
        steps.push(step("method", false, reason(rejection)));
        return steps;
    }
    if let Some(rejection) = refused(&["missing_signature", "unsigned"]) {
        steps.push(step("header", false, reason(rejection)));
        return steps;
    }
    if let Some(rejection) = refused(&["malformed"]) {
        // A body that is authentic can be no document.
        steps.push(step("header", false, reason(rejection)));
        return steps;
    }
    if let Some(rejection) = refused(&OURS) {
        steps.push(step("rules", false, reason(rejection)));
        return steps;
    }
    let there: Vec<&str> = headers
        .iter()
        .copied()
        .filter(|name| request.header(name).is_some())
        .collect();
    if !there.is_empty() {
        steps.push(step("header", true, there.join(", ")));
    }
    let sent_at = then.map(|(time, _)| time).or(first.sent_at).or_else(|| {
        let delivery = first.outcome.as_ref().ok();
        delivery.and_then(|delivery| delivery.sent_at())
    });
    if let Some(time) = sent_at {
        let is_within = !matches!(first.code(), "stale" | "future");
        let window = about.and_then(|about| window_of(account, about.tolerance_secs));
        steps.push(step("time", is_within, time_in_words(time, now, window)));
    }
    let last = then.map_or(first, |(_, then)| then);
    match (&last.outcome, rejection_of(last)) {
        (Ok(delivery), _) => {
            let key = delivery.key().and_then(|key| key.name());
            let text = key.map_or_else(
                || "a key matches".to_owned(),
                |name| format!("the key `{name}` matches"),
            );
            steps.push(step("signature", true, text));
        }
        (Err(Answer::Reply(_)), _) => {
            steps.push(step(
                "signature",
                true,
                "a set-up request, which is answered",
            ));
        }
        (_, Some(rejection)) if rejection.code() == "bad_signature" => {
            let keys = account.map_or_else(String::new, keys_in_words);
            steps.push(step(
                "signature",
                false,
                format!("{}{keys}", reason(rejection)),
            ));
        }
        (_, Some(rejection)) => {
            steps.push(step("rules", false, reason(rejection)));
        }
        (Err(answer), None) => steps.push(step("rules", false, answer.code())),
    }
    steps
}

/// Codes that say nothing about the signature.
const OURS: [&str; 9] = [
    "body_incomplete",
    "body_timeout",
    "body_too_large",
    "keys_unavailable",
    "look_up_failed",
    "misconfigured",
    "resolver_timeout",
    "store_unavailable",
    "unknown_endpoint",
];

pub(super) fn rejection_of(attempt: &Attempt) -> Option<&Rejection> {
    attempt.outcome.as_ref().err()?.rejection()
}

fn reason(rejection: &Rejection) -> String {
    match rejection.header() {
        Some(name) => format!("{}: `{name}`", rejection.reason()),
        None => rejection.reason().to_owned(),
    }
}

fn keys_in_words(account: &Account) -> String {
    let places = secrets::places(&account.settings);
    let keys: Vec<String> = places
        .iter()
        .map(|(at, secret)| {
            format!(
                "{} ({})",
                at.trim_start_matches('/'),
                secrets::masked(secret)
            )
        })
        .collect();
    match keys.is_empty() {
        true => String::new(),
        false => format!("; tried {}", keys.join(", ")),
    }
}

fn window_of(account: Option<&Account>, usual: Option<u32>) -> Option<u64> {
    let own = account.and_then(|account| account.settings.get("tolerance_seconds"));
    own.and_then(Value::as_u64).or(usual.map(u64::from))
}

/// Such as `2026-11-27 09:14:03Z, 12 s old, window 300 s`.
pub(super) fn time_in_words(time: UnixTime, now: UnixTime, window: Option<u64>) -> String {
    let at = UnixTime::from_secs(time.as_secs());
    let millis = now.as_millis().saturating_sub(time.as_millis());
    let distance = in_words(Duration::from_millis(millis.unsigned_abs()));
    let side = match millis < 0 {
        true => "ahead",
        false => "old",
    };
    let window = window.map_or_else(String::new, |secs| format!(", window {secs} s"));
    format!("{at}, {distance} {side}{window}")
}

fn in_words(length: Duration) -> String {
    match length.as_secs() {
        secs @ 0..=119 => format!("{secs} s"),
        secs @ 120..=7_199 => format!("{} min", secs / 60),
        secs @ 7_200..=172_799 => format!("{} h", secs / 3_600),
        secs => format!("{} days", secs / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::outcome::RejectionKind;

    /// Why a request is refused, and the steps that are told: the last is the one that is not as it should be.
    const TOLD: &[(RejectionKind, &[&str])] = &[
        (RejectionKind::MethodNotAllowed, &["method"]),
        (RejectionKind::MissingSignature, &["header"]),
        (RejectionKind::Unsigned, &["header"]),
        (RejectionKind::Malformed, &["header"]),
        (RejectionKind::BodyIncomplete, &["rules"]),
        (RejectionKind::BodyTimeout, &["rules"]),
        (RejectionKind::BodyTooLarge, &["rules"]),
        (RejectionKind::KeysUnavailable, &["rules"]),
        (RejectionKind::LookUpFailed, &["rules"]),
        (RejectionKind::Misconfigured, &["rules"]),
        (RejectionKind::ResolverTimeout, &["rules"]),
        (RejectionKind::StoreUnavailable, &["rules"]),
        (RejectionKind::UnknownEndpoint, &["rules"]),
        (RejectionKind::BadSignature, &["header", "signature"]),
        (RejectionKind::WrongAudience, &["header", "rules"]),
    ];

    #[test]
    fn what_says_nothing_about_the_signature_is_told_alone() {
        let account = Account::new("github", serde_json::Map::new());
        let signature = Bytes::from_static(b"sha256=00");
        let request = Request {
            headers: vec![("x-hub-signature-256".to_owned(), signature)],
            ..Request::default()
        };
        let now = UnixTime::from_secs(0);
        for (kind, wanted) in TOLD {
            let rejection = Rejection::new(*kind, "for the test");
            let attempt = Attempt {
                outcome: Err(rejection.into()),
                signed: Vec::new(),
                sent_at: None,
                has_asked: false,
                is_of_head: true,
            };
            let steps = of_request(Some(&account), &request, &attempt, None, now);
            let names: Vec<&str> = steps.iter().map(|step| step.step).collect();
            assert_eq!(names, *wanted, "{kind:?}");
            let faults = steps.iter().filter(|step| !step.ok).count();
            let last = steps.last().map(|step| step.ok);
            assert_eq!((faults, last), (1, Some(false)), "{kind:?}");
        }
    }
}
