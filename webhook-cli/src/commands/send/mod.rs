//! `send`: signs what a provider would send, and sends it.

mod args;
mod deliver;
mod plan;
mod print;
mod report;
mod when;

pub use args::{Print, Send};
