//! What is compared.

use std::hint::black_box;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use webhook_core::provider::stripe::SCHEME;

use crate::request::{Request, SECRET};
use crate::{standard_webhooks, stripe};

/// One call on a request that is signed already.
pub type Run = Box<dyn Fn()>;

/// A library, and what it is asked to do.
pub struct Contender {
    /// Whose signature is checked.
    pub sender: &'static str,
    /// Its name in `Cargo.lock`, or what is used instead of one.
    pub library: &'static str,
    /// What one call does.
    pub step: &'static str,
    /// Does it, and panics where the request is not accepted.
    pub run: Run,
}

impl Contender {
    pub(crate) fn new(
        sender: &'static str,
        library: &'static str,
        step: &'static str,
        request: &Request,
        run: impl Fn(&Request) + 'static,
    ) -> Self {
        let request = request.clone();
        Self {
            sender,
            library,
            step,
            run: Box::new(move || run(black_box(&request))),
        }
    }
}

/// All of them for a body of this size, signed now. The first is the yardstick: the MAC that nobody can save.
pub fn contenders(size: usize) -> Vec<Contender> {
    let mut all = vec![bare_hmac(size)];
    all.extend(stripe::contenders(size));
    all.extend(standard_webhooks::contenders(size));
    all
}

/// HMAC-SHA256 of the body, with the key made ready before.
fn bare_hmac(size: usize) -> Contender {
    let key = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    let request = Request::signed(SCHEME, size);
    let step = "HMAC-SHA256 of the body";
    Contender::new(
        "–",
        "hmac 0.13, sha2 0.11",
        step,
        &request,
        move |request| {
            let mut mac = black_box(&key).clone();
            mac.update(&request.body);
            black_box(mac.finalize());
        },
    )
}
