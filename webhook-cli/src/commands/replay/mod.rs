//! `replay`: sends a stored request again.

mod editor;
mod replay;

pub use replay::Replay;
