//! What arrives: the head, borrowed from the framework; the body, while it comes; fields of both.

mod body;
mod field;
mod head;
mod kept;

pub(crate) use body::Body;
pub use field::Field;
pub(crate) use field::{field_in_body, field_in_head, is_form, text_in_form};
pub(crate) use head::{HeaderNames, form_field, path_of};
pub use head::{Headers, RequestHead};
pub(crate) use kept::{KeptHead, Noted};
