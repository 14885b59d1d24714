//! One place that receives: which account a request is for, what holds for it, and its verdict.

mod begin;
mod changed;
mod detached;
mod endpoint;
mod into_endpoint;
mod kinds;
mod reload;
pub mod resolver;
mod rules;
mod seals;
mod setup;
mod storable;
mod verification;
mod versions;

pub(crate) use begin::begun_in;
pub use detached::Detached;
pub use endpoint::Endpoint;
pub use into_endpoint::IntoEndpoint;
pub use reload::Reload;
pub use rules::{DEFAULT_BODY_LIMIT, DEFAULT_BODY_TIMEOUT, DEFAULT_RESOLVER_TIMEOUT};
pub(crate) use seals::Sealed;
pub(crate) use verification::Judged;
pub use verification::Verification;
