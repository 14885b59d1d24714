//! What is compared.

use std::hint::black_box;

use crate::request::Request;

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
