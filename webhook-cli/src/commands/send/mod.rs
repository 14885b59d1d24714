//! `send`: signs what a provider would send, and sends it.

mod args;
mod deliver;
mod plan;
mod print;
pub(in crate::commands) mod report;
mod when;

pub use args::{Print, Send};
