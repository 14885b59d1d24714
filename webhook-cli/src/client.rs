//! Sends requests.

use std::fmt;

use http::Extensions;
use url::Url;

use crate::capture::Answer;
use crate::request::Request;

/// Sends requests over connections that it keeps open. Clones share them.
#[derive(Clone)]
pub struct Client {}

impl Client {
    /// A client.
    #[must_use]
    pub fn new() -> Self {
        Self {}
    }

    /// Sends a request to this address: method, headers and body as they are, without the headers that belong to a connection, and with
    /// the `host` of the address. Never fails: what went wrong stands in the answer.
    pub async fn send(&self, to: &Url, request: &Request, extensions: Extensions) -> Answer {
        let _ = (to, request, extensions);
        Answer::default()
    }
}

impl Default for Client {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}
