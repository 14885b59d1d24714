#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod accept;
mod acknowledge;
mod error;
mod extract;
mod future;
mod kinds;
mod level;
mod middleware;
mod mount;
mod proven;
mod receive;
mod unread;

pub use accept::ByHandover;
pub use acknowledge::Acknowledge;
pub use error::WebhookError;
pub use extract::{MaybeVerified, Verified};
pub use future::ResponseFuture;
pub use kinds::{Kinds, kinds};
pub use middleware::{Webhook, WebhookService};
pub use mount::mount;
