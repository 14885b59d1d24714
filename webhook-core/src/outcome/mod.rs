//! What comes of a request or of a configuration, in words and as an answer.

mod answer;
mod config_error;
mod decode_error;
mod rejection;
mod reply;
mod setup_secret;

pub use answer::{Answer, DUPLICATE_HEADER};
pub use config_error::ConfigError;
pub use decode_error::DecodeError;
pub use rejection::{Rejection, RejectionKind};
pub(crate) use rejection::{malformed, missing};
pub use reply::Reply;
pub use setup_secret::SetupSecret;
