//! The URL that a sender was given, for verifiers that are code.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::account::Settings;
use crate::outcome::{ConfigError, Rejection, RejectionKind};
use crate::request::RequestHead;

/// The URL of one account, as its sender was given it. Nothing is normalised.
#[derive(Clone, Default)]
pub(crate) struct SignedUrl(Option<Arc<str>>);

impl SignedUrl {
    /// This one.
    pub(crate) fn new(url: impl Into<String>) -> Result<Self, ConfigError> {
        let url: String = url.into();
        match is_whole(&url) {
            true => Ok(Self(Some(url.into()))),
            false => Err(ConfigError::new(
                "the public URL must begin with https:// or http://",
            )),
        }
    }

    /// The setting `public_url`. Without it the request has to say its whole URL.
    pub(crate) fn configured(settings: &Settings) -> Result<Self, ConfigError> {
        match settings.text("public_url")? {
            Some(url) => Self::new(url).map_err(|error| error.of_setting("public_url")),
            None => Ok(Self::default()),
        }
    }

    /// What a request must fit beside its key.
    pub(crate) fn print(&self) -> &str {
        self.0.as_deref().unwrap_or_default()
    }

    /// The URL as it was given.
    pub(crate) fn given<'a>(&'a self, head: &RequestHead<'a>) -> Result<&'a str, Rejection> {
        match &self.0 {
            Some(url) => Ok(url),
            None if is_whole(head.target()) => Ok(head.target()),
            None => Err(UNSET),
        }
    }

    /// The URL with the query of the request, for senders that write into it. The query that was given stays in front.
    pub(crate) fn with_query<'a>(
        &'a self,
        head: &RequestHead<'a>,
    ) -> Result<Cow<'a, str>, Rejection> {
        let given = self.given(head)?;
        let (base, own) = match given.split_once('?') {
            Some((base, own)) => (base, own),
            None => (given, ""),
        };
        let query = head.query().unwrap_or_default();
        if query.is_empty() || query == own {
            return Ok(Cow::Borrowed(given));
        }
        let behind = query.strip_prefix(own);
        match behind.is_some_and(|behind| own.is_empty() || behind.starts_with('&')) {
            true => Ok(Cow::Owned(format!("{base}?{query}"))),
            false => Err(OTHER_QUERY),
        }
    }
}

impl fmt::Debug for SignedUrl {
    /// Without the URL: it may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignedUrl")
    }
}

/// Path and query of a URL.
#[cfg(feature = "testing")]
pub(crate) fn target(url: &str) -> &str {
    let start = url.find("://").map_or(0, |at| at + 3);
    let rest = url.get(start..).unwrap_or_default();
    let target = rest.find(['/', '?']).and_then(|at| rest.get(at..));
    target.unwrap_or("/")
}

/// The path of a URL; empty where it has none.
pub(crate) fn path_of(url: &str) -> &str {
    let before_query = url.split(['?', '#']).next().unwrap_or_default();
    let (_, rest) = before_query.split_once("://").unwrap_or_default();
    rest.find('/')
        .and_then(|at| rest.get(at..))
        .unwrap_or_default()
}

fn is_whole(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

const UNSET: Rejection = Rejection::new(
    RejectionKind::Misconfigured,
    "the sender signs its URL: set `public_url`",
);

const OTHER_QUERY: Rejection = Rejection::new(
    RejectionKind::BadSignature,
    "the query of the request does not begin with that of `public_url`",
);

#[cfg(test)]
mod tests {
    use super::*;

    fn with_query(url: Option<&str>, target: &str) -> Result<String, RejectionKind> {
        let url = url.map_or(SignedUrl::default(), |url| SignedUrl::new(url).unwrap());
        let headers: Vec<(&str, &str)> = Vec::new();
        let head = RequestHead::new("POST", target, &headers);
        let url = url.with_query(&head).map(Cow::into_owned);
        url.map_err(|rejection| rejection.kind())
    }

    #[test]
    fn the_query_is_that_of_the_request_behind_the_given_one() {
        const PLAIN: Option<&str> = Some("https://shop.example/in");
        const OWN: Option<&str> = Some("https://shop.example/in?shop=7");
        const REFUSED: Result<&str, RejectionKind> = Err(RejectionKind::BadSignature);
        for (url, target, want) in [
            (PLAIN, "/elsewhere", Ok("https://shop.example/in")),
            (PLAIN, "/in?", Ok("https://shop.example/in")),
            (PLAIN, "/in?a=1", Ok("https://shop.example/in?a=1")),
            (OWN, "/in", Ok("https://shop.example/in?shop=7")),
            (OWN, "/in?shop=7", Ok("https://shop.example/in?shop=7")),
            (
                OWN,
                "/in?shop=7&a=1",
                Ok("https://shop.example/in?shop=7&a=1"),
            ),
            (OWN, "/in?shop=77", REFUSED),
            (OWN, "/in?a=1", REFUSED),
            (OWN, "/in?a=1&shop=7", REFUSED),
            (
                None,
                "http://x.example/in?a=1",
                Ok("http://x.example/in?a=1"),
            ),
            (None, "/in", Err(RejectionKind::Misconfigured)),
        ] {
            assert_eq!(with_query(url, target), want.map(str::to_owned), "{target}");
        }
    }

    #[test]
    fn a_public_url_is_whole() {
        assert!(SignedUrl::new("shop.example/in").is_err());
        assert_eq!(
            format!(
                "{:?}",
                SignedUrl::new("https://user:word@shop.example").unwrap()
            ),
            "SignedUrl"
        );
    }
}
