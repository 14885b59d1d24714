//! The crate from outside. One program, so that there is one to link.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

mod acknowledgement;
mod axum;
mod confirm;
mod dedupe;
mod layers;
mod mount;
mod service;
mod support;
