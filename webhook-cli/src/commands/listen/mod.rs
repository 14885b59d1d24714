//! `listen`.

mod accounts;
mod browser;
mod listen;
mod routes;

pub use listen::Listen;
pub use routes::{RouteArgs, Written};
