//! Reads a request from what people have at hand: raw HTTP, a curl command, a HAR document, a vector case, a line of a store.

mod bounds;
pub mod chunked;
pub mod cmd;
pub mod curl;
mod entry;
pub mod flags;
pub mod har;
pub mod http;
mod input;
pub mod json;
pub mod shell;
pub mod url;
pub mod vector;

pub use bounds::{MOST_BYTES, MOST_HEAD_BYTES, MOST_HEADERS};
pub use entry::{parse, parse_named};
pub use input::{Input, ParseError};
