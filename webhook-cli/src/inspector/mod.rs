//! What was received, and a page to look at it.
//!
//! [`router`] is the page and its HTTP interface: the program mounts it beside the webhooks that it receives. [`layer`] is the same for
//! an application of your own.

mod asked;
mod captures;
mod events;
mod export;
mod guard;
mod layer;
mod page;
mod replay;
mod router;
mod samples;
mod search;
mod view;

use std::future::Future;
use std::pin::Pin;

pub use captures::Captures;
pub use guard::{Guard, PREFIX, SetupError, TOKEN_HEADER};
pub use layer::{Inspector, InspectorLayer, LayerSetup, layer};
pub use router::router;

use crate::request::Request;

/// What the page can make happen: the program does it by what it was started with.
pub trait Backend: Send + Sync + 'static {
    /// What was received.
    fn captures(&self) -> &Captures;

    /// Takes a request as if it had arrived now: it is verified, kept, forwarded. The number of its capture.
    fn receive(
        &self,
        request: Request,
        replay_of: Option<u64>,
    ) -> Pin<Box<dyn Future<Output = u64> + Send + '_>>;

    /// The request that this provider would send for this body now. With a request to sign anew: its target, its headers that are not
    /// of the signature, and its id where the provider has one in a header.
    ///
    /// # Errors
    /// If no account of the provider is configured, or the provider cannot send such a body. Says what to do.
    fn sign(&self, provider: &str, body: &[u8], anew: Option<&Request>) -> Result<Request, String>;

    /// The providers that can be signed for.
    fn providers(&self) -> Vec<String>;

    /// The addresses that requests are forwarded to.
    fn forwards_to(&self) -> Vec<String>;

    /// What is answered where nothing is forwarded: the status and the delay in milliseconds.
    fn answer(&self) -> (u16, u64);

    /// Changes that.
    fn set_answer(&self, status: u16, delay_millis: u64);
}

#[cfg(test)]
mod tests;
