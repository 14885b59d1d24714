//! What of a request's head is kept, so that it can be verified once more.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

use crate::request::head::{Headers, RequestHead};

/// Headers that are kept although no signature covers them: they say how the body is to be read.
const BESIDE: [&str; 2] = ["content-type", "user-agent"];

/// Headers that only say how the body was sent. It is whole when it is kept.
const OF_THE_TRANSFER: [&str; 2] = ["content-length", "transfer-encoding"];

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
        if !OF_THE_TRANSFER.contains(&name) {
            let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            if !asked.iter().any(|known| **known == *name) {
                asked.push(name.into());
            }
        }
        self.head.headers().for_each(name, each);
    }
}
