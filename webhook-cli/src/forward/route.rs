//! Where requests are forwarded to.

use url::{Host, Url};

use crate::client::Target;
use crate::forward::kinds::Kinds;
use crate::parse;
use crate::request::Request;

/// How far requests may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// To this computer only.
    Loopback,
    /// Anywhere.
    Anywhere,
}

/// An address, and the kinds that are forwarded to it.
#[derive(Clone, Debug)]
pub struct Route {
    /// The address.
    pub to: Url,
    /// The kinds.
    pub kinds: Kinds,
}

impl Route {
    /// Whether it is for this kind. A request of which the kind is not known goes where all kinds go.
    #[must_use]
    pub fn takes(&self, kind: Option<&str>) -> bool {
        match kind {
            Some(kind) => self.kinds.has(kind),
            None => self.kinds.is_all(),
        }
    }

    /// Path and query for this request, if the address has no path: those of the request, behind the query of the address.
    #[must_use]
    pub fn target(&self, request: &Request) -> Option<Target> {
        if self.to.path() != "/" {
            return None;
        }
        let (_, target) = parse::url::split(&request.target);
        Some(Target(match (self.to.query(), target.split_once('?')) {
            (None, _) => target,
            (Some(own), None) => format!("{target}?{own}"),
            (Some(own), Some((path, query))) => format!("{path}?{own}&{query}"),
        }))
    }
}

/// Reads an address as people write it: a URL, a host with a port, or a port alone.
///
/// # Errors
/// If it is none, or leads further than allowed. Says what to do.
pub fn address(text: &str, reach: Reach) -> Result<Url, String> {
    let host = text.split(['/', '?']).next().unwrap_or_default();
    let is_port = !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_digit());
    let full = match (is_port, text.contains("://")) {
        (true, _) => format!("http://127.0.0.1:{text}"),
        (false, true) => text.to_owned(),
        (false, false) => format!("http://{text}"),
    };
    let url = Url::parse(&full).map_err(|error| {
        format!("the address is not a URL such as http://localhost:3000/webhooks: {error}")
    })?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("the address must begin with http:// or https://".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("the address must not have a user name or a password".to_owned());
    }
    match reach == Reach::Anywhere || is_loopback(&url) {
        true => Ok(url),
        false => Err(format!(
            "{} is not this computer: real events could reach strangers. Give --allow-remote if that is what you want",
            url.host_str().unwrap_or("the address")
        )),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_people_write_them() {
        for (text, url) in [
            ("3000", "http://127.0.0.1:3000/"),
            ("3000/hook?a=b", "http://127.0.0.1:3000/hook?a=b"),
            ("localhost:3000/hook", "http://localhost:3000/hook"),
            ("http://[::1]:3000/a?b=c", "http://[::1]:3000/a?b=c"),
            ("https://shop.localhost", "https://shop.localhost/"),
            ("127.9.9.9:80", "http://127.9.9.9/"),
        ] {
            assert_eq!(address(text, Reach::Loopback).unwrap().as_str(), url);
        }
    }

    #[test]
    fn what_is_not_this_computer_needs_leave() {
        for text in [
            "http://shop.example/",
            "http://10.0.0.1/",
            "http://0.0.0.0:3000/",
            "http://localhost.shop.example/",
            "http://[::ffff:10.0.0.1]/",
        ] {
            let refused = address(text, Reach::Loopback).unwrap_err();
            assert!(refused.contains("--allow-remote"), "{text}: {refused}");
            assert!(address(text, Reach::Anywhere).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "99999",
            "ftp://localhost/",
            "http://",
            "http://a:b@localhost/",
            "file:///etc",
        ] {
            assert!(address(text, Reach::Anywhere).is_err(), "{text}");
        }
    }

    #[test]
    fn an_address_without_a_path_takes_path_and_query_of_the_request() {
        for (to, target, wanted) in [
            (
                "http://localhost/",
                "/a/../b|c?x=%41",
                Some("/a/../b|c?x=%41"),
            ),
            ("http://localhost/", "http://shop.example/x?a", Some("/x?a")),
            ("http://localhost/", "http://shop.example", Some("/")),
            ("http://localhost/?b=2", "/hook?a=1", Some("/hook?b=2&a=1")),
            ("http://localhost/?b=2", "/hook", Some("/hook?b=2")),
            ("http://localhost/", "/://", Some("/://")),
            (
                "http://localhost/",
                "/hook?to=http://x.example/y",
                Some("/hook?to=http://x.example/y"),
            ),
            ("http://localhost/own?b=2", "/hook?a=1", None),
        ] {
            let route = Route {
                to: Url::parse(to).unwrap(),
                kinds: Kinds::default(),
            };
            let request = Request {
                target: target.to_owned(),
                ..Request::default()
            };
            let wanted = wanted.map(|text| Target(text.to_owned()));
            assert_eq!(route.target(&request), wanted);
        }
    }
}
