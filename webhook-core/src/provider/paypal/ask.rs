//! What asks PayPal.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::StatusCode;

use crate::published::Unavailable;

/// Sends requests to PayPal's interface. `HttpsFetcher` does, with feature `fetch`; implement it for another client.
pub trait Ask: Send + Sync + fmt::Debug {
    /// Begins to POST this. Must verify the server's certificate, follow no redirect, and bound size and time.
    fn post(&self, url: &str, headers: &[(&str, &str)], body: Bytes) -> Answer;
}

/// Status and body of an answer that is waited for.
pub struct Answer(BoxFuture<'static, Result<(StatusCode, Bytes), Unavailable>>);

impl Answer {
    /// Waits for this. An answer of any status is one.
    #[must_use]
    pub fn new(
        answer: impl Future<Output = Result<(StatusCode, Bytes), Unavailable>> + Send + 'static,
    ) -> Self {
        Self(Box::pin(answer))
    }
}

impl Future for Answer {
    type Output = Result<(StatusCode, Bytes), Unavailable>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(cx)
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Answer")
    }
}

#[cfg(feature = "fetch")]
impl Ask for crate::published::HttpsFetcher {
    fn post(&self, url: &str, headers: &[(&str, &str)], body: Bytes) -> Answer {
        let this = self.clone();
        let url = url.to_owned();
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let headers: Vec<(String, String)> = headers.iter().map(owned).collect();
        Answer::new(async move {
            let headers = headers.iter().map(|(name, value)| (&**name, &**value));
            let headers: Vec<(&str, &str)> = headers.collect();
            this.request(http::Method::POST, &url, &headers, body).await
        })
    }
}
