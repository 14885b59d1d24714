//! Keys that are not configured but published by the sender: certificates and key sets. Feature `published-keys`.
//!
//! A verifier that needs one asks its source. Before it asks, it has judged the name of what it asks for, and what comes
//! back is trusted only after the checks of that sender. So a source only gets documents, and does not judge them:
//!
//! - [`InMemory`]: documents that you have already.
//! - `HttpsFetcher` and `JwksFetcher` get them by HTTPS: feature `fetch`.
//! - Your own: a [`CertificateSource`] or [`KeySource`] that asks a proxy, a database or a file.
//!
//! What is good is kept in memory until it expires, in a bounded number. What does not exist is refused for a minute without
//! asking again; a failure is never kept. All requests that wait for the same document wait for one fetch. While it cannot
//! be had, they are answered with 503, and the sender tries again.
//!
//! The names come from requests that nobody has proven, so they are limited for each source: eight fetches of names that are
//! not known yet at a time, and 32 at once, then one a second, that lead to nothing. Beyond that the answer is 503. What is
//! known has places of its own: strangers cannot keep it from being got anew. Where the names are known beforehand, `prefetch`
//! gets them at start (`PayPal`, `Plaid`, `TrueLayer`, `Fal`, `GooglePlayRtdn`,
//! `GooglePubsub`, `AwsSns`).
//!
//! ```
//! use webhook_core::published::{CertificateSource, FetchFuture, Unavailable};
//!
//! /// Asks with the HTTP client of the application.
//! #[derive(Debug)]
//! struct OwnClient;
//!
//! impl CertificateSource for OwnClient {
//!     fn certificate(&self, url: &str) -> FetchFuture {
//!         let url = url.to_owned();
//!         FetchFuture::new(async move {
//!             let document = get(&url).await;
//!             document.map(Into::into).map_err(|_| Unavailable::Failed)
//!         })
//!     }
//! }
//!
//! /// Follows no redirect, and bounds size and time.
//! async fn get(url: &str) -> std::io::Result<Vec<u8>> {
//! #   let _ = url;
//! #   Ok(Vec::new())
//!     // …
//! }
//! ```

mod bucket;
mod by_id;
mod cache;
#[cfg(feature = "fetch")]
mod fetch;
#[cfg(feature = "fetch")]
mod jwks;
mod source;

pub(crate) use by_id::KeysById;
pub(crate) use cache::{Cache, Entry};
#[cfg(feature = "fetch")]
pub use fetch::HttpsFetcher;
#[cfg(feature = "fetch")]
pub use jwks::JwksFetcher;
pub use source::{CertificateSource, FetchFuture, InMemory, KeySource, Unavailable};
