//! Masks what must not be written.

use bytes::Bytes;

use crate::request::Request;
use crate::text::{self, Holds};

/// A request with some values masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Masked {
    /// The request.
    pub request: Request,
    /// The names of the headers whose values were masked, in lower case.
    pub names: Vec<String>,
}

/// Masks the headers that hold a secret itself: `authorization`, cookies, tokens.
#[must_use]
pub fn without_secrets(request: Request) -> Masked {
    masked(request, |holds| holds == Holds::Secret)
}

/// Masks these, and the headers that hold a signature.
#[must_use]
pub fn without_signatures(request: Request) -> Masked {
    masked(request, |holds| holds != Holds::Text)
}

fn masked(mut request: Request, is_wanted: impl Fn(Holds) -> bool) -> Masked {
    let mut names = Vec::new();
    for (name, value) in &mut request.headers {
        if value.is_empty() || !is_wanted(text::holds(name)) {
            continue;
        }
        *value = Bytes::from(text::masked_value(name, value));
        let name = name.to_ascii_lowercase();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Masked { request, names }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Request {
        Request::default()
            .with("Stripe-Signature", "t=1,v1=0123456789abcdef")
            .with("X-Callback-Token", "0123456789abcdef")
            .with("Cookie", "")
            .with("webhook-id", "0123456789abcdef")
    }

    #[test]
    fn secrets_are_masked_and_signatures_stay() {
        let masked = without_secrets(request());
        assert_eq!(masked.names, ["x-callback-token"]);
        let wanted = request().without("webhook-id").without("x-callback-token");
        let wanted = wanted
            .with("X-Callback-Token", "…cdef")
            .with("webhook-id", "0123456789abcdef");
        let mut headers = masked.request.headers;
        headers.sort();
        let mut wanted = wanted.headers;
        wanted.sort();
        assert_eq!(headers, wanted);
    }

    #[test]
    fn signatures_are_masked_where_that_is_wanted() {
        let masked = without_signatures(request());
        assert_eq!(masked.names, ["stripe-signature", "x-callback-token"]);
        let signature = masked.request.header("stripe-signature").cloned();
        assert_eq!(signature, Some(Bytes::from("t=1,v1=…cdef")));
    }
}
