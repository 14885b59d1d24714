//! The page in an application of your own, while you develop it.

mod app;
mod record;
mod service;
mod setup;

pub use service::{Inspector, InspectorLayer};
pub use setup::{LayerSetup, layer};

#[cfg(test)]
mod tests;
