//! The account that a request is explained for.

use crate::endpoint::Endpoint;
use crate::explain::account::Account;
use crate::explain::attempt::{Attempt, in_silence};
use crate::explain::request::Request;
use crate::outcome::ConfigError;
use crate::provider;
use crate::time::UnixTime;

/// An account with what a request is worth for it.
pub(super) struct Subject<'a> {
    /// Its settings, if they are known.
    pub(super) account: Option<&'a Account>,
    pub(super) endpoint: Result<Endpoint, ConfigError>,
    /// What the request is worth now.
    pub(super) first: Option<Attempt>,
}

impl<'a> Subject<'a> {
    pub(super) async fn of(account: &'a Account, request: &Request, now: UnixTime) -> Self {
        let endpoint = in_silence(|| account.endpoint());
        // Who explains takes no secret over: that somebody would is all that the verdict needs.
        let endpoint = endpoint.map(|endpoint| endpoint.on_setup_secret(|_| {}));
        let first = match &endpoint {
            Ok(endpoint) => Some(Attempt::at(endpoint, request, now).await),
            Err(_) => None,
        };
        Self {
            account: Some(account),
            endpoint,
            first,
        }
    }

    pub(super) fn is_genuine(&self) -> bool {
        self.first.as_ref().is_some_and(Attempt::is_genuine)
    }

    /// How much the request looks like one of this provider.
    pub(super) fn rank(&self, request: &Request) -> usize {
        let about = self
            .account
            .and_then(|it| provider::describe(&it.provider).ok());
        let headers = about.map_or_else(Vec::new, |about| about.headers);
        let there = headers.iter().filter(|name| request.header(name).is_some());
        let refusal = match self.first.as_ref().map(Attempt::code) {
            Some("missing_signature" | "method_not_allowed" | "malformed") => 0,
            None => 1,
            _ => 2,
        };
        refusal * 100 + there.count()
    }
}
