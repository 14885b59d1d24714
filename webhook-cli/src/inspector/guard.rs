//! Who may use the page: this machine, this page, and who knows the token.
//!
//! A page in the browser of a developer may be asked for by any site that is open beside it. So the address must be a name of this
//! machine (else a site whose name leads here could read everything: DNS rebinding), no other site may ask, and whoever reads or changes
//! anything must know a token that only the address which the program prints has.

use std::error::Error;
use std::fmt;
use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use http::request::Parts;
use http::{HeaderMap, StatusCode, header};
use ring::rand::{SecureRandom, SystemRandom};
use subtle::ConstantTimeEq;

use crate::terminal::Failure;

/// The beginning of every path of the page and of its interface.
pub const PREFIX: &str = "/.webhook-cli/";

/// The header that has the token.
pub const TOKEN_HEADER: &str = "x-webhook-cli-token";

/// What a proxy or a tunnel adds: the request has come from somewhere else.
const FROM_ELSEWHERE: [&str; 4] = [
    "forwarded",
    "x-forwarded-for",
    "x-real-ip",
    "cf-connecting-ip",
];

/// Decides who may use the page. It is made once for each port.
#[derive(Clone)]
pub struct Guard {
    token: String,
    port: u16,
    strangers: Strangers,
    unknown_peer: UnknownPeer,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Strangers {
    Refused,
    Allowed,
}

/// What a request is whose peer is not told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum UnknownPeer {
    Refused,
    /// The port is known to be one that only this machine reaches.
    IsLocal,
}

impl Guard {
    /// Only this machine, with a fresh token. `port` is where the page can be found.
    ///
    /// The peer of a request is its extension [`ConnectInfo<SocketAddr>`](ConnectInfo): without it, a request is refused.
    ///
    /// # Errors
    /// If the system gives no random bytes.
    pub fn new(port: u16) -> Result<Self, SetupError> {
        let mut token = [0; 32];
        SystemRandom::new()
            .fill(&mut token)
            .map_err(|_| SetupError::NoRandomBytes)?;
        Ok(Self {
            token: const_hex::encode(token),
            port,
            strangers: Strangers::Refused,
            unknown_peer: UnknownPeer::Refused,
        })
    }

    /// Other machines too, under any name, through proxies too: only the token is between them and everything that is received.
    #[must_use]
    pub fn dangerously_allow_remote(mut self) -> Self {
        self.strangers = Strangers::Allowed;
        self
    }

    /// For a port that listens on a loopback address: nobody else can be the peer.
    pub(super) fn only_reached_from_here(mut self) -> Self {
        self.unknown_peer = UnknownPeer::IsLocal;
        self
    }

    /// The token. Whoever knows it may read and send.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The address of the page, with the token. A browser does not send the part after `#`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}{PREFIX}#{}", self.port, self.token)
    }

    /// Whether this request may have an answer.
    pub(super) fn check(&self, request: &Parts) -> Result<(), Refusal> {
        if self.strangers == Strangers::Refused {
            self.require_local_peer(request)?;
            self.require_local_host(request)?;
        }
        require_same_site(&request.headers)?;
        match is_page(request) {
            true => Ok(()),
            false => self.require_token(&request.headers),
        }
    }

    fn require_local_peer(&self, request: &Parts) -> Result<(), Refusal> {
        let peer = request.extensions.get::<ConnectInfo<SocketAddr>>();
        let is_local = match peer {
            Some(ConnectInfo(peer)) => peer.ip().to_canonical().is_loopback(),
            None => self.unknown_peer == UnknownPeer::IsLocal,
        };
        let from_elsewhere = |name: &&str| request.headers.contains_key(*name);
        match is_local && !FROM_ELSEWHERE.iter().any(from_elsewhere) {
            true => Ok(()),
            false => Err(Refusal::Peer),
        }
    }

    fn require_local_host(&self, request: &Parts) -> Result<(), Refusal> {
        let host = the_only(&request.headers, header::HOST.as_str()).ok_or(Refusal::Host)?;
        let is_also_in_target = |authority: &http::uri::Authority| authority.as_str() == host;
        let is_right =
            self.is_local_name(host) && request.uri.authority().is_none_or(is_also_in_target);
        match is_right {
            true => Ok(()),
            false => Err(Refusal::Host),
        }
    }

    fn is_local_name(&self, host: &str) -> bool {
        let port = format!(":{}", self.port);
        let name = host
            .strip_suffix(&port)
            .or((self.port == 80).then_some(host));
        matches!(name, Some("127.0.0.1" | "localhost" | "[::1]"))
    }

    fn require_token(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        match the_only(headers, TOKEN_HEADER) {
            Some(given) if self.is_token(given) => Ok(()),
            _ => Err(Refusal::Token),
        }
    }

    /// The one place where something secret is compared: in a time that does not depend on where the difference is.
    pub(super) fn is_token(&self, given: &str) -> bool {
        self.token.as_bytes().ct_eq(given.as_bytes()).into()
    }
}

/// The page itself has nothing in it: it is for everybody on this machine.
fn is_page(request: &Parts) -> bool {
    request.uri.path() == PREFIX
}

/// That no other site asks. A browser always tells, and no script can change what it says; a program need not say anything.
fn require_same_site(headers: &HeaderMap) -> Result<(), Refusal> {
    if headers.contains_key(header::ORIGIN) {
        let origin = the_only(headers, header::ORIGIN.as_str()).unwrap_or_default();
        let host = the_only(headers, header::HOST.as_str()).ok_or(Refusal::Host)?;
        let own = origin
            .strip_prefix("http://")
            .or_else(|| origin.strip_prefix("https://"));
        if own != Some(host) {
            return Err(Refusal::Origin);
        }
    }
    let sites = headers.get_all("sec-fetch-site").iter();
    let mut sites = sites.map(http::HeaderValue::as_bytes);
    match sites.all(|site| site == b"same-origin" || site == b"none") {
        true => Ok(()),
        false => Err(Refusal::Origin),
    }
}

/// The value of a header that is there exactly one time.
fn the_only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

/// Why a request has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    Peer,
    Host,
    Origin,
    Token,
}

impl Refusal {
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::Token => StatusCode::UNAUTHORIZED,
            Self::Peer | Self::Host | Self::Origin => StatusCode::FORBIDDEN,
        }
    }

    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Peer => "the page is only for this machine",
            Self::Host => "open the page under 127.0.0.1 or localhost, with the port that it has",
            Self::Origin => "another site may not ask",
            Self::Token => "open the address that was printed at the start: it has the token",
        }
    }
}

/// Why there can be no page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SetupError {
    /// The address can be reached from other machines.
    NotLoopback(SocketAddr),
    /// The system gives no random bytes, so there is no token.
    NoRandomBytes,
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotLoopback(address) => write!(
                f,
                "{address} can be reached from other machines: listen on 127.0.0.1, or call `dangerously_allow_remote`"
            ),
            Self::NoRandomBytes => {
                f.write_str("the system gives no random bytes, so there is no token for the page")
            }
        }
    }
}

impl Error for SetupError {}

impl From<SetupError> for Failure {
    fn from(error: SetupError) -> Self {
        Self::usage(error.to_string())
    }
}

impl fmt::Debug for Guard {
    /// Without the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard")
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn guard() -> Guard {
        Guard::new(4040).unwrap()
    }

    /// A request as the page makes it, with headers changed: an empty value takes one away.
    fn request(guard: &Guard, path: &str, changes: &[(&'static str, &str)]) -> Parts {
        let mut request = http::Request::get(path);
        let usual = [("host", "127.0.0.1:4040"), (TOKEN_HEADER, guard.token())];
        for (name, value) in usual.iter().chain(changes) {
            let headers = request.headers_mut().unwrap();
            headers.remove(*name);
            if !value.is_empty() {
                headers.insert(*name, value.parse().unwrap());
            }
        }
        let peer: SocketAddr = "127.0.0.1:50000".parse().unwrap();
        let request = request.extension(ConnectInfo(peer));
        request.body(()).unwrap().into_parts().0
    }

    fn check(changes: &[(&'static str, &str)]) -> Result<(), Refusal> {
        let guard = guard();
        guard.check(&request(&guard, "/.webhook-cli/captures", changes))
    }

    fn check_from(guard: &Guard, peer: Option<&str>) -> Result<(), Refusal> {
        let mut request = request(guard, "/.webhook-cli/state", &[]);
        request.extensions.clear();
        if let Some(peer) = peer {
            let peer: SocketAddr = peer.parse().unwrap();
            request.extensions.insert(ConnectInfo(peer));
        }
        guard.check(&request)
    }

    #[test]
    fn the_page_on_this_machine_may_ask() {
        assert_eq!(check(&[]), Ok(()));
        assert_eq!(check(&[("host", "localhost:4040")]), Ok(()));
        assert_eq!(check(&[("host", "[::1]:4040")]), Ok(()));
        assert_eq!(check(&[("sec-fetch-site", "same-origin")]), Ok(()));
        assert_eq!(check(&[("sec-fetch-site", "none")]), Ok(()));
        assert_eq!(check(&[("origin", "http://127.0.0.1:4040")]), Ok(()));
    }

    #[test]
    fn refuses_every_other_host() {
        for host in [
            "",
            "evil.example",
            "evil.example:4040",
            "127.0.0.1",
            "127.0.0.1:4041",
            "127.0.0.1:4040.evil.example",
            "localhost.evil.example:4040",
            "127.0.0.1:4040@evil.example",
            "0.0.0.0:4040",
            ":4040",
        ] {
            assert_eq!(check(&[("host", host)]), Err(Refusal::Host), "{host}");
        }
    }

    #[test]
    fn refuses_two_hosts() {
        let guard = guard();
        let mut request = request(&guard, "/.webhook-cli/state", &[]);
        request
            .headers
            .append("host", "evil.example:4040".parse().unwrap());
        assert_eq!(guard.check(&request), Err(Refusal::Host));
    }

    #[test]
    fn refuses_a_host_in_the_target_that_is_another_one() {
        let guard = guard();
        let request = request(&guard, "http://evil.example:4040/.webhook-cli/state", &[]);
        assert_eq!(guard.check(&request), Err(Refusal::Host));
    }

    #[test]
    fn the_port_80_needs_no_port_in_the_host() {
        let guard = Guard::new(80).unwrap();
        let request = request(&guard, PREFIX, &[("host", "localhost")]);
        assert_eq!(guard.check(&request), Ok(()));
    }

    #[test]
    fn refuses_a_request_of_another_site() {
        for changes in [
            [("origin", "https://evil.example")],
            [("origin", "null")],
            [("origin", "http://localhost:3000")],
            [("origin", "http://127.0.0.1:4040.evil.example")],
            [("sec-fetch-site", "cross-site")],
            [("sec-fetch-site", "same-site")],
        ] {
            assert_eq!(check(&changes), Err(Refusal::Origin), "{changes:?}");
        }
    }

    #[test]
    fn refuses_another_site_for_the_page_too() {
        let guard = guard();
        let request = request(&guard, PREFIX, &[("sec-fetch-site", "cross-site")]);
        assert_eq!(guard.check(&request), Err(Refusal::Origin));
    }

    #[test]
    fn refuses_a_missing_a_wrong_and_a_doubled_token() {
        let guard = guard();
        let long = format!("{}0", guard.token());
        let short: String = guard.token().chars().skip(1).collect();
        for token in ["", "0", &long, &short, &"0".repeat(64)] {
            let request = request(&guard, "/.webhook-cli/captures", &[(TOKEN_HEADER, token)]);
            assert_eq!(guard.check(&request), Err(Refusal::Token), "{token}");
        }
        let mut twice = request(&guard, "/.webhook-cli/captures", &[]);
        twice
            .headers
            .append(TOKEN_HEADER, guard.token().parse().unwrap());
        assert_eq!(guard.check(&twice), Err(Refusal::Token));
    }

    #[test]
    fn the_page_itself_needs_no_token_and_everything_else_does() {
        let guard = guard();
        let without = [(TOKEN_HEADER, "")];
        assert_eq!(guard.check(&request(&guard, PREFIX, &without)), Ok(()));
        for path in ["/.webhook-cli/state", "/.webhook-cli//", "/.webhook-cli/x/"] {
            let request = request(&guard, path, &without);
            assert_eq!(guard.check(&request), Err(Refusal::Token), "{path}");
        }
    }

    #[test]
    fn refuses_other_machines() {
        let guard = guard();
        assert_eq!(check_from(&guard, Some("127.0.0.1:1")), Ok(()));
        assert_eq!(check_from(&guard, Some("[::1]:1")), Ok(()));
        assert_eq!(check_from(&guard, Some("[::ffff:127.0.0.1]:1")), Ok(()));
        for peer in ["192.168.1.7:1", "10.0.0.1:1", "[fe80::1]:1"] {
            let refused = check_from(&guard, Some(peer));
            assert_eq!(refused, Err(Refusal::Peer), "{peer}");
        }
    }

    #[test]
    fn refuses_an_unknown_peer_unless_the_port_is_local() {
        assert_eq!(check_from(&guard(), None), Err(Refusal::Peer));
        let guard = guard().only_reached_from_here();
        assert_eq!(check_from(&guard, None), Ok(()));
        let far = check_from(&guard, Some("192.168.1.7:1"));
        assert_eq!(far, Err(Refusal::Peer));
    }

    #[test]
    fn refuses_what_came_through_a_tunnel() {
        for name in FROM_ELSEWHERE {
            assert_eq!(check(&[(name, "203.0.113.7")]), Err(Refusal::Peer));
        }
    }

    #[test]
    fn remote_machines_still_need_the_token_and_their_own_site() {
        let guard = guard().dangerously_allow_remote();
        assert_eq!(check_from(&guard, Some("192.168.1.7:1")), Ok(()));
        let path = "/.webhook-cli/state";
        let host = ("host", "dev.example:4040");
        let own = ("origin", "http://dev.example:4040");
        assert_eq!(guard.check(&request(&guard, path, &[host, own])), Ok(()));
        let foreign = request(&guard, path, &[host, ("origin", "http://evil.example")]);
        assert_eq!(guard.check(&foreign), Err(Refusal::Origin));
        let without = request(&guard, path, &[host, (TOKEN_HEADER, "")]);
        assert_eq!(guard.check(&without), Err(Refusal::Token));
    }

    #[test]
    fn each_guard_has_a_token_of_its_own_that_debug_does_not_show() {
        let (one, other) = (guard(), guard());
        assert_eq!(one.token().len(), 64);
        assert_ne!(one.token(), other.token());
        assert!(!format!("{one:?}").contains(one.token()));
    }
}
