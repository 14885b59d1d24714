//! `listen`.

mod accounts;
mod args;
mod browser;
mod routes;

pub use args::Listen;
pub use routes::{RouteArgs, Written};
