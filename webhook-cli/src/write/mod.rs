//! Writes a request as something else: raw HTTP, a curl command, a vector case, a test in Rust.
//!
//! What proves a sender is treated so:
//!
//! | form | a header that holds the secret itself | a header that holds a signature |
//! |---|---|---|
//! | [`vector`], [`rust`] | masked | as it was: without it nothing can be verified, and it is no secret once its time is over |
//! | [`http`], [`curl`] | as it is in the request | as it is in the request |
//!
//! Mask the request of the other two before, by [`without_signatures_of`] or [`without_secrets_of`]. Path and body are never changed, but
//! for the secret of a sender that shows it in the body, as Figma does: it is masked where a header with it is. So is the query of a sender that
//! writes its secret or its signature there.

mod curl;
mod http;
mod masked;
#[cfg(test)]
mod round_trip;
mod rust;
mod vector;

pub use curl::curl;
pub use http::http;
pub use masked::{
    Masked, without_secrets, without_secrets_of, without_signatures, without_signatures_of,
};
pub use rust::{RustOptions, RustTest, rust, rust_with};
pub use vector::{bytes_as_text, vector};
