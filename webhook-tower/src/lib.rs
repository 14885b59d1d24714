#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "axum-router")]
mod accept;
#[cfg(feature = "axum")]
mod axum;
mod body;
mod future;
#[cfg(feature = "axum-router")]
mod kinds;
mod layer;
#[cfg(feature = "axum-router")]
mod mount;
mod response;
mod service;

#[cfg(feature = "axum-router")]
pub use accept::ByHandover;
#[cfg(feature = "axum")]
pub use axum::{MaybeVerified, Verified, VerifiedBody, VerifiedRejection};
pub use body::ResponseBody;
pub use future::ResponseFuture;
#[cfg(feature = "axum-router")]
pub use kinds::{ByKind, Kinds, kinds};
#[cfg(feature = "axum")]
pub use layer::AxumLayer;
pub use layer::WebhookLayer;
#[cfg(feature = "axum-router")]
pub use mount::mount;
pub use service::WebhookService;
