//! Reads JSON as it is sent: picks a few values out of a document without building it, and mends what can be mended.
//!
//! Everything here reads a document in two tries: as it is, and, only if that fails, with its cut texts mended. A text
//! is cut when it holds half of a surrogate pair, as JavaScript and PHP write a text that was shortened in the middle of
//! an emoji; it is read with U+FFFD in that place, as Python, Node and Go read it. A byte order mark is skipped.

mod decode;
mod document;
mod found;
mod looked;
mod member;
mod mend;
mod place;
mod reader;
mod select;
mod skip;
mod slice;
mod text;

pub(crate) use decode::{decode, decode_mended, decode_owned};
pub(crate) use document::{Document, document};
pub(crate) use found::dotted;
pub(crate) use looked::{Looked, Written};
pub(crate) use member::{elements, member};
pub(crate) use mend::without_mark;
pub(crate) use place::Place;
pub(crate) use reader::Raw;
pub(crate) use select::{Look, places, places_of, select, values};
pub(crate) use slice::Slice;
pub use text::{EventKind, RawJson, Text};
