//! What of a request's head is kept, so that it can be verified once more.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use memchr::memmem;

use crate::request::head::{Headers, RequestHead};

/// Headers that are kept although no signature covers them: they say how the body is to be read.
const BESIDE: [&str; 2] = ["content-type", "user-agent"];

/// What only says how the body was sent. It is whole when it is kept.
const OF_THE_TRANSFER: &str = "transfer-encoding";

/// Method, target and the headers that count.
#[derive(Clone)]
pub(crate) struct KeptHead {
    pub(crate) method: Box<str>,
    pub(crate) target: Box<str>,
    /// Names in lower case.
    pub(crate) headers: Vec<(Box<str>, Bytes)>,
}

impl KeptHead {
    pub(crate) fn head(&self) -> RequestHead<'_> {
        RequestHead::new(&self.method, &self.target, self)
    }

    /// Takes out these headers and these parameters of the query, and gives their values as they were written.
    pub(crate) fn cut(&mut self, headers: &[Box<str>], parameters: &[Box<str>]) -> Vec<Bytes> {
        let mut values = Vec::new();
        self.headers.retain(|(name, value)| {
            let is_cut = headers.contains(name);
            if is_cut && !value.is_empty() {
                values.push(value.clone());
            }
            !is_cut
        });
        if !parameters.is_empty() {
            let (target, cut) = without_parameters(&self.target, parameters);
            self.target = target.into();
            values.extend(cut.into_iter().map(Bytes::from));
        }
        values
    }

    /// Whether these bytes stand anywhere in it.
    pub(crate) fn holds(&self, bytes: &[u8]) -> bool {
        let values = self.headers.iter().map(|(_, value)| &**value);
        let mut all = values.chain([self.target.as_bytes()]);
        all.any(|text| memmem::find(text, bytes).is_some())
    }
}

/// The target without these parameters of its query, and their values.
fn without_parameters(target: &str, parameters: &[Box<str>]) -> (String, Vec<String>) {
    let Some((path, query)) = target.split_once('?') else {
        return (target.to_owned(), Vec::new());
    };
    let (query, fragment) = match query.split_once('#') {
        Some((query, fragment)) => (query, Some(fragment)),
        None => (query, None),
    };
    let (mut kept, mut cut) = (Vec::new(), Vec::new());
    for pair in query.split('&') {
        let mut read = form_urlencoded::parse(pair.as_bytes());
        match read.next() {
            Some((name, value)) if parameters.iter().any(|own| **own == *name) => {
                if !value.is_empty() {
                    cut.push(value.into_owned());
                }
            }
            _ => kept.push(pair),
        }
    }
    let mut target = path.to_owned();
    for (mark, part) in [('?', Some(&*kept.join("&"))), ('#', fragment)] {
        if let Some(part) = part.filter(|part| !part.is_empty()) {
            target.push(mark);
            target.push_str(part);
        }
    }
    (target, cut)
}

impl Headers for KeptHead {
    fn for_each<'a>(&'a self, name: &str, each: &mut dyn FnMut(&'a [u8])) {
        for (own, value) in &self.headers {
            if **own == *name {
                each(value);
            }
        }
    }
}

impl fmt::Debug for KeptHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.head().fmt(f)
    }
}

/// The headers of a request, and which of them were asked for.
pub(crate) struct Noted<'h> {
    head: RequestHead<'h>,
    asked: Mutex<Vec<Box<str>>>,
}

impl<'h> Noted<'h> {
    pub(crate) fn new(head: &RequestHead<'h>) -> Self {
        Self {
            head: *head,
            asked: Mutex::new(BESIDE.map(Box::from).to_vec()),
        }
    }

    /// The same head, of which is noted what is asked for.
    pub(crate) fn head(&self) -> RequestHead<'_> {
        RequestHead::new(self.head.method(), self.head.target(), self)
    }

    /// The same head, of which nothing is noted.
    pub(crate) const fn silent(&self) -> &RequestHead<'h> {
        &self.head
    }

    /// What was asked for until now.
    pub(crate) fn kept(&self) -> KeptHead {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let mut headers = Vec::new();
        for name in asked.iter() {
            self.head.headers().for_each(name, &mut |value| {
                headers.push((name.clone(), Bytes::copy_from_slice(value)));
            });
        }
        KeptHead {
            method: self.head.method().into(),
            target: self.head.target().into(),
            headers,
        }
    }
}

impl Headers for Noted<'_> {
    fn for_each<'a>(&'a self, name: &str, each: &mut dyn FnMut(&'a [u8])) {
        if name != OF_THE_TRANSFER {
            let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            if !asked.iter().any(|known| **known == *name) {
                asked.push(name.into());
            }
        }
        self.head.headers().for_each(name, each);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_is_kept_and_what_says_how_the_body_is_read() {
        let headers = vec![
            ("Content-Type", "application/json"),
            ("user-agent", "acme"),
            ("transfer-encoding", "chunked"),
            ("x-signature", "a"),
            ("X-Signature", "b"),
            ("x-other", "c"),
        ];
        let head = RequestHead::new("PUT", "/hooks?a=b", &headers);
        let noted = Noted::new(&head);
        for name in ["x-signature", "x-absent", "transfer-encoding"] {
            let _ = noted.head().header_lines(name);
        }
        let kept = noted.kept();
        let lines = kept.headers.iter().map(|(name, value)| (&**name, &**value));
        let wanted: [(&str, &[u8]); 4] = [
            ("content-type", b"application/json"),
            ("user-agent", b"acme"),
            ("x-signature", b"a"),
            ("x-signature", b"b"),
        ];
        assert!(lines.eq(wanted), "{:?}", kept.headers);
        assert_eq!((&*kept.method, &*kept.target), ("PUT", "/hooks?a=b"));
    }

    #[test]
    fn what_is_cut_of_a_query_leaves_the_rest_as_it_was() {
        let cut_of = |target: &str| {
            let names = ["token".into(), "key".into()];
            let (target, cut) = without_parameters(target, &names);
            (target, cut.join("|"))
        };
        for (target, kept, cut) in [
            ("/", "/", ""),
            ("/?", "/", ""),
            ("/hooks?token=a%20b", "/hooks", "a b"),
            ("/hooks?a=%41&token=x&b", "/hooks?a=%41&b", "x"),
            ("/hooks?token=x&a=1&token=y&key", "/hooks?a=1", "x|y"),
            ("/hooks?t%6Fken=x&tokens=1", "/hooks?tokens=1", "x"),
            ("/token=x?a=token", "/token=x?a=token", ""),
            (
                "https://shop.example/?token=x#token=y",
                "https://shop.example/#token=y",
                "x",
            ),
        ] {
            assert_eq!(
                cut_of(target),
                (kept.to_owned(), cut.to_owned()),
                "{target}"
            );
        }
    }
}
