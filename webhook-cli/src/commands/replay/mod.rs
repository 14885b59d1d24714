//! `replay`: sends a stored request again.

mod args;
mod editor;

pub use args::Replay;
