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

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn a_request_looks_like_one_of_who_could_have_refused_its_signature() {
        const SIGNATURE: &str = "x-hub-signature-256";
        const EVENT: &str = "x-github-event";
        let known = json!({"secrets": "a secret for tests"});
        let forged = format!("sha256={:064}", 0);
        let other = format!("sha256={:064}", 1);
        for (settings, method, headers, wanted) in [
            (&known, "POST", vec![], 0),
            (&known, "POST", vec![(EVENT, "push")], 1),
            (&known, "GET", vec![(SIGNATURE, &*forged)], 1),
            (
                &known,
                "POST",
                vec![(SIGNATURE, &*forged), (SIGNATURE, &*other)],
                1,
            ),
            (&json!({}), "POST", vec![(SIGNATURE, &*forged)], 101),
            (&known, "POST", vec![(SIGNATURE, &*forged)], 201),
            (
                &known,
                "POST",
                vec![(SIGNATURE, &*forged), (EVENT, "push")],
                202,
            ),
        ] {
            let account = Account::new("github", settings.as_object().unwrap().clone());
            let headers = headers.into_iter().map(|(name, value)| {
                let value = Bytes::copy_from_slice(value.as_bytes());
                (name.to_owned(), value)
            });
            let request = Request {
                method: method.to_owned(),
                target: "/".to_owned(),
                headers: headers.collect(),
                body: Bytes::from_static(b"{}"),
            };
            let subject = Subject::of(&account, &request, UnixTime::from_secs(0)).await;
            assert_eq!(subject.rank(&request), wanted, "{method} {request:?}");
        }
    }
}
