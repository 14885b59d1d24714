//! An HTTP request, byte for byte.

use bytes::Bytes;
use webhook_core::testing::SignedRequest;

/// A request as it was sent: the names of its headers in their order and case, values and body as bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The method, such as `POST`.
    pub method: String,
    /// Path and query, such as `/webhooks/stripe?from=eu`.
    pub target: String,
    /// Names and values in the order in which they came.
    pub headers: Vec<(String, Bytes)>,
    /// The body.
    pub body: Bytes,
}

impl Request {
    /// The first value of this header, whatever the case of its name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&Bytes> {
        let mut lines = self.headers.iter();
        lines
            .find(|(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// The same request without this header.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.headers
            .retain(|(own, _)| !own.eq_ignore_ascii_case(name));
        self
    }

    /// The same request with one header more, or another value of it.
    #[must_use]
    pub fn with(self, name: &str, value: impl Into<Bytes>) -> Self {
        let mut request = self.without(name);
        request.headers.push((name.to_owned(), value.into()));
        request
    }

    /// The same request, if it tells the length of its body with the length that it has.
    #[must_use]
    pub fn fitted(mut self) -> Self {
        let length = self.body.len().to_string();
        for (name, value) in &mut self.headers {
            if name.eq_ignore_ascii_case("content-length") {
                *value = Bytes::from(length.clone());
            }
        }
        self
    }
}

impl From<SignedRequest> for Request {
    fn from(signed: SignedRequest) -> Self {
        let headers = signed.headers.into_iter();
        Self {
            method: signed.method,
            target: signed.target,
            headers: headers
                .map(|(name, value)| (name, Bytes::from(value)))
                .collect(),
            body: signed.body,
        }
    }
}
