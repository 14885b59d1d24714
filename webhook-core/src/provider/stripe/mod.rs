//! Stripe.
mod scheme;
pub(crate) use scheme::PROVIDER;
pub use scheme::{SCHEME, Stripe};
