//! What the program `webhook-cli` is made of. See the README for the program.

pub mod account;
pub mod capture;
pub mod client;
pub mod commands;
pub mod damage;
mod exact;
pub mod explain;
pub mod forward;
pub mod inspector;
pub mod parse;
pub mod request;
pub mod samples;
pub mod store;
pub mod terminal;
pub mod text;
pub mod write;
