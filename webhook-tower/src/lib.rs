#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "axum")]
mod axum;
mod future;
mod layer;
#[cfg(feature = "axum-router")]
mod mount;
mod response;
mod service;

#[cfg(feature = "axum")]
pub use axum::{Verified, VerifiedRejection};
pub use future::ResponseFuture;
pub use layer::WebhookLayer;
#[cfg(feature = "axum-router")]
pub use mount::mount;
pub use service::WebhookService;
