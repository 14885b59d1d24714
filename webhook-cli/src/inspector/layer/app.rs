//! What the page can make happen in an application: its requests go to it over the network, as those of a sender.

use std::collections::HashMap;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use axum::body::Body;
use http::request::Parts;
use http::{Extensions, HeaderName};
use url::Url;
use webhook_core::UnixTime;

use super::super::{Backend, Captures, Guard};
use super::record::{Watch, headers_of, read};
use crate::account::Account;
use crate::capture::{Capture, Verdict};
use crate::client::Client;
use crate::explain;
use crate::request::Request;
use crate::samples::Order;
use crate::terminal::Failure;

/// Says which replay this is. The application does not see it.
static TICKET: HeaderName = HeaderName::from_static("x-webhook-cli-ticket");

/// The application behind the layer, as the page sees it.
pub(super) struct App {
    captures: Captures,
    accounts: Vec<Account>,
    guard: Guard,
    address: SocketAddr,
    client: Client,
    tickets: Mutex<Tickets>,
}

/// The requests of the page that are on their way.
#[derive(Default)]
struct Tickets {
    last: u64,
    open: HashMap<u64, Ticket>,
}

#[derive(Clone, Copy, Default)]
struct Ticket {
    replay_of: Option<u64>,
    /// The number of its capture, as soon as it arrived.
    arrived: Option<u64>,
}

impl App {
    pub(super) fn new(
        captures: Captures,
        accounts: Vec<Account>,
        guard: Guard,
        address: SocketAddr,
    ) -> Self {
        Self {
            captures,
            accounts,
            guard,
            address,
            client: Client::new(),
            tickets: Mutex::default(),
        }
    }

    /// Keeps this request. Returns it as it was, and what waits for its answer.
    pub(super) async fn record(
        &self,
        request: http::Request<Body>,
    ) -> (http::Request<Body>, Watch) {
        let (mut parts, body) = request.into_parts();
        let ticket = self.take_ticket(&mut parts);
        let (kept, body) = read(body).await;
        let request = Request {
            method: parts.method.to_string(),
            target: target_of(&parts),
            headers: headers_of(&parts.headers),
            body: kept,
        };
        let replay_of = self.ticket(ticket).and_then(|ticket| ticket.replay_of);
        let id = self.keep(request, replay_of).await;
        self.arrived(ticket, id);
        let watch = Watch::new(self.captures.clone(), id);
        (http::Request::from_parts(parts, body), watch)
    }

    async fn keep(&self, request: Request, replay_of: Option<u64>) -> u64 {
        let now = UnixTime::from(SystemTime::now());
        let verdict = match self.accounts.is_empty() {
            true => unknown(),
            false => explain::verdict(&self.accounts, &request, now).await,
        };
        self.captures.push(Capture {
            id: 0,
            at: now,
            request,
            verdict,
            answers: Vec::new(),
            replay_of,
        })
    }

    fn take_ticket(&self, parts: &mut Parts) -> Option<u64> {
        let value = parts.headers.remove(&TICKET)?;
        let (token, ticket) = value.to_str().ok()?.split_once('.')?;
        match self.guard.is_token(token) {
            true => ticket.parse().ok(),
            false => None,
        }
    }

    fn ticket(&self, ticket: Option<u64>) -> Option<Ticket> {
        ticket.and_then(|ticket| self.tickets().open.get(&ticket).copied())
    }

    fn arrived(&self, ticket: Option<u64>, id: u64) {
        let mut tickets = self.tickets();
        if let Some(open) = ticket.and_then(|ticket| tickets.open.get_mut(&ticket)) {
            open.arrived = Some(id);
        }
    }

    fn tickets(&self) -> MutexGuard<'_, Tickets> {
        self.tickets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open_ticket(&self, replay_of: Option<u64>) -> u64 {
        let mut tickets = self.tickets();
        tickets.last += 1;
        let number = tickets.last;
        let ticket = Ticket {
            replay_of,
            arrived: None,
        };
        tickets.open.insert(number, ticket);
        number
    }

    /// Sends it, and waits for the answer.
    async fn send(&self, request: Request, replay_of: Option<u64>) -> u64 {
        let ticket = self.open_ticket(replay_of);
        let mark = format!("{}.{ticket}", self.guard.token());
        let url = url_of(self.address, &request.target);
        let marked = Request {
            // The path and the query are in the address.
            target: "/".to_owned(),
            ..request.clone()
        };
        let marked = marked.with(TICKET.as_str(), mark);
        let sent = match &url {
            Some(url) => self.client.send(url, &marked, Extensions::new()).await,
            None => Default::default(),
        };
        let arrived = self.tickets().open.remove(&ticket);
        if let Some(id) = arrived.and_then(|ticket| ticket.arrived) {
            return id;
        }
        // The layer has not seen it: the application is gone, or the layer is not around that path.
        let id = self.keep(request, replay_of).await;
        self.captures.answered(id, sent);
        id
    }
}

impl Backend for App {
    fn captures(&self) -> &Captures {
        &self.captures
    }

    fn receive(
        &self,
        request: Request,
        replay_of: Option<u64>,
    ) -> Pin<Box<dyn Future<Output = u64> + Send + '_>> {
        Box::pin(self.send(request, replay_of))
    }

    fn sign(&self, provider: &str, body: &[u8], anew: Option<&Request>) -> Result<Request, String> {
        let mut accounts = self.accounts.iter();
        let account = accounts
            .find(|account| account.provider == provider)
            .ok_or_else(|| {
                format!(
                    "no account of {provider} is configured: give one to the layer with `accounts`"
                )
            })?;
        let signed = sign(account, body).map_err(|failure| match failure {
            Failure::Usage(text) | Failure::Network(text) => text,
            Failure::Refused => format!("{provider} does not send such a body"),
        })?;
        Ok(match anew {
            Some(anew) => as_before(signed, anew),
            None => signed,
        })
    }

    fn providers(&self) -> Vec<String> {
        let accounts = self.accounts.iter();
        let mut names: Vec<String> = accounts.map(|account| account.provider.clone()).collect();
        names.sort();
        names.dedup();
        names
    }

    fn forwards_to(&self) -> Vec<String> {
        vec![format!("http://{}", self.address)]
    }

    fn answer(&self) -> (u16, u64) {
        (200, 0)
    }

    /// The application answers.
    fn set_answer(&self, _status: u16, _delay_millis: u64) {}
}

fn unknown() -> Verdict {
    Verdict {
        code: "unknown".to_owned(),
        ..Verdict::default()
    }
}

fn sign(account: &Account, body: &[u8]) -> Result<Request, Failure> {
    let now = UnixTime::from(SystemTime::now());
    let order = Order::new(body.to_vec(), now);
    Ok(order.make(account)?.request)
}

/// What was signed, with the target and the other headers of the request before.
fn as_before(signed: Request, before: &Request) -> Request {
    let mut request = before.clone();
    request.body = signed.body;
    for (name, value) in signed.headers {
        request = request.with(&name, value);
    }
    if signed.target != "/" {
        request.target = signed.target;
    }
    request
}

fn target_of(parts: &Parts) -> String {
    let target = parts.uri.path_and_query();
    target.map_or("/", |target| target.as_str()).to_owned()
}

/// A target is text from a stranger: it is set as a path and a query, so that it cannot become another host.
fn url_of(address: SocketAddr, target: &str) -> Option<Url> {
    let mut url = Url::parse(&format!("http://{address}")).ok()?;
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    };
    url.set_path(path);
    url.set_query(query);
    Some(url)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn a_target_never_becomes_another_host() {
        let address: SocketAddr = "127.0.0.1:3000".parse().unwrap();
        for target in [
            "//evil.example/",
            "@evil.example/",
            "http://evil.example/",
            "\\\\evil.example",
            "?@evil.example",
            "/../..//evil.example",
        ] {
            let url = url_of(address, target).unwrap();
            assert_eq!(url.host_str(), Some("127.0.0.1"), "{target}");
            assert_eq!(url.port(), Some(3000), "{target}");
        }
    }

    #[test]
    fn what_is_signed_anew_keeps_the_rest() {
        let before = Request {
            method: "POST".to_owned(),
            target: "/hooks?from=eu".to_owned(),
            ..Request::default()
        };
        let before = before.with("X-Sig", "old").with("X-Other", "1");
        let signed = Request {
            target: "/".to_owned(),
            ..Request::default()
        };
        let request = as_before(signed.with("x-sig", "new"), &before);
        assert_eq!(request.target, "/hooks?from=eu");
        assert_eq!(request.header("x-sig").unwrap(), "new");
        assert_eq!(request.header("x-other").unwrap(), "1");
    }
}
