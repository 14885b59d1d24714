//! Masks what must not be written.

use bytes::Bytes;
use serde_json::Value;

use crate::request::Request;
use crate::samples::{self, Place};
use crate::text::{self, Holds};

/// Stands in a body in the place of a secret. No `…`: a receiver can be configured with it.
pub(super) const MASKED: &str = "masked by webhook-cli";

const MASKED_IN_QUERY: &str = "masked-by-webhook-cli";

/// A request with some values masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Masked {
    /// The request.
    pub request: Request,
    /// What was masked: names of headers in lower case, places of the body, and the query.
    pub names: Vec<String>,
}

/// Masks the headers that hold a secret itself: `authorization`, cookies, tokens.
#[must_use]
pub fn without_secrets(request: Request) -> Masked {
    masked(request, |holds| holds == Holds::Secret)
}

/// Masks these, and the secret that this provider shows in the body, as Figma does.
#[must_use]
pub fn without_secrets_of(provider: Option<&str>, request: Request) -> Masked {
    let shows = provider.is_some_and(shows_in_query);
    with_query_masked(shows, with_body_masked(provider, without_secrets(request)))
}

/// Masks these, and the headers that hold a signature.
#[must_use]
pub fn without_signatures_of(provider: Option<&str>, request: Request) -> Masked {
    let signs = provider.is_some_and(signs_in_query);
    with_query_masked(
        signs,
        with_body_masked(provider, without_signatures(request)),
    )
}

/// Masks the headers that hold a secret or a signature.
#[must_use]
pub fn without_signatures(request: Request) -> Masked {
    masked(request, |holds| holds != Holds::Text)
}

/// The place in the body where this provider shows the secret itself.
pub(super) fn shown_in_body(provider: &str) -> Option<&'static str> {
    let described = webhook_core::provider::describe(provider).ok()?;
    let place = samples::places(provider).signature?;
    (text::shows(&described.signed) && matches!(Place::parse(place), Place::Json(_)))
        .then_some(place)
}

/// Whether this provider writes its signature, or the secret itself, into the query.
fn signs_in_query(provider: &str) -> bool {
    let place = samples::places(provider).signature;
    place.is_some_and(|place| matches!(Place::parse(place), Place::Query(_)))
}

fn shows_in_query(provider: &str) -> bool {
    let described = webhook_core::provider::describe(provider).ok();
    described.is_some_and(|described| text::shows(&described.signed)) && signs_in_query(provider)
}

/// Every value of the query: which of them is the secret is a setting, which is not known here.
fn with_query_masked(is_wanted: bool, masked: Masked) -> Masked {
    let Masked {
        mut request,
        mut names,
    } = masked;
    if let (true, Some((path, query))) = (is_wanted, request.target.split_once('?')) {
        let pair = |pair: &str| match pair.split_once('=') {
            Some((name, _)) => format!("{name}={MASKED_IN_QUERY}"),
            None => MASKED_IN_QUERY.to_owned(),
        };
        let pairs: Vec<String> = query.split('&').map(pair).collect();
        request.target = format!("{path}?{}", pairs.join("&"));
        names.push("the query of the URL".to_owned());
    }
    Masked { request, names }
}

fn with_body_masked(provider: Option<&str>, masked: Masked) -> Masked {
    let Masked { request, mut names } = masked;
    let body = provider
        .and_then(shown_in_body)
        .and_then(|place| Some((place, body_without(place, &request.body)?)));
    let Some((place, body)) = body else {
        return Masked { request, names };
    };
    names.push(format!("{place} of the body"));
    let request = Request { body, ..request };
    Masked { request, names }
}

/// Nothing where nothing stands there.
fn body_without(place: &str, body: &Bytes) -> Option<Bytes> {
    let text = std::str::from_utf8(body).ok()?;
    samples::get(text, place).ok()??;
    let masked = samples::set(text, place, &Value::from(MASKED).to_string());
    masked.ok().map(Bytes::from)
}

fn masked(mut request: Request, is_wanted: impl Fn(Holds) -> bool) -> Masked {
    let mut names = Vec::new();
    for (name, value) in &mut request.headers {
        if value.is_empty() || !is_wanted(text::holds(name)) {
            continue;
        }
        *value = Bytes::from(text::masked_value(name, value));
        let name = name.to_ascii_lowercase();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Masked { request, names }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Request {
        Request::default()
            .with("Stripe-Signature", "t=1,v1=0123456789abcdef")
            .with("X-Callback-Token", "0123456789abcdef")
            .with("Cookie", "")
            .with("webhook-id", "0123456789abcdef")
    }

    #[test]
    fn secrets_are_masked_and_signatures_stay() {
        let masked = without_secrets(request());
        assert_eq!(masked.names, ["x-callback-token"]);
        let wanted = request().without("webhook-id").without("x-callback-token");
        let wanted = wanted
            .with("X-Callback-Token", "…cdef")
            .with("webhook-id", "0123456789abcdef");
        let mut headers = masked.request.headers;
        headers.sort();
        let mut wanted = wanted.headers;
        wanted.sort();
        assert_eq!(headers, wanted);
    }

    #[test]
    fn a_secret_in_the_body_is_masked_where_its_provider_shows_it() {
        let body = r#"{"event_type":"PING", "passcode":"a passcode"}"#;
        let request = Request {
            body: body.into(),
            ..request()
        };
        let masked = without_secrets_of(Some("figma"), request.clone());
        assert_eq!(masked.names, ["x-callback-token", "/passcode of the body"]);
        let wanted = r#"{"event_type":"PING", "passcode":"masked by webhook-cli"}"#;
        assert_eq!(masked.request.body, wanted);
        for other in [None, Some("xendit"), Some("github"), Some("nobody")] {
            let masked = without_secrets_of(other, request.clone());
            assert_eq!(masked.request.body, body, "{other:?}");
        }
    }

    #[test]
    fn a_query_is_masked_where_its_provider_writes_there() {
        let request = Request {
            target: "/hook?from=eu&key=0123456789abcdef".to_owned(),
            ..Request::default()
        };
        const MASKED: &str = "/hook?from=masked-by-webhook-cli&key=masked-by-webhook-cli";
        for (provider, of_secrets) in [("docker-hub", MASKED), ("pandadoc", &request.target)] {
            let masked = without_secrets_of(Some(provider), request.clone());
            assert_eq!(masked.request.target, of_secrets, "{provider}");
            let masked = without_signatures_of(Some(provider), request.clone());
            assert_eq!(masked.request.target, MASKED, "{provider}");
            assert_eq!(masked.names, ["the query of the URL"]);
        }
        for other in [None, Some("github")] {
            let masked = without_signatures_of(other, request.clone());
            assert_eq!(masked.request.target, request.target, "{other:?}");
        }
    }

    #[test]
    fn a_body_without_the_secret_stays() {
        for body in ["", "{}", "not JSON"] {
            let request = Request {
                body: body.into(),
                ..Request::default()
            };
            let masked = without_signatures_of(Some("figma"), request);
            assert!(masked.names.is_empty() && masked.request.body == body);
        }
    }

    #[test]
    fn signatures_are_masked_where_that_is_wanted() {
        let masked = without_signatures(request());
        assert_eq!(masked.names, ["stripe-signature", "x-callback-token"]);
        let signature = masked.request.header("stripe-signature").cloned();
        assert_eq!(signature, Some(Bytes::from("t=1,v1=…cdef")));
    }
}
