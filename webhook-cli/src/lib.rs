//! What the program `webhook-cli` is made of. See the README for the program.
//!
//! | feature | what it has |
//! |---|---|
//! | none | requests read, written, stored; bodies to send |
//! | `inspector` | the page, also as a layer for an app in development |
//! | `program` (default) | the commands |

pub mod account;
pub mod capture;
#[cfg(feature = "inspector")]
pub mod client;
#[cfg(feature = "program")]
pub mod commands;
#[cfg(feature = "program")]
pub mod damage;
#[cfg(feature = "inspector")]
mod exact;
#[cfg(feature = "inspector")]
pub mod explain;
#[cfg(feature = "program")]
pub mod forward;
#[cfg(feature = "inspector")]
pub mod inspector;
pub mod parse;
pub mod request;
pub mod samples;
pub mod store;
pub mod terminal;
pub mod text;
pub mod write;
