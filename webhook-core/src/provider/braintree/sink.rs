//! What readers of XML say, and to whom.

use std::borrow::Cow;

/// Subscriptions nest to about eight levels; some room for what may come.
pub(super) const MAX_DEPTH: usize = 64;
/// A disbursement lists all of its transactions.
pub(super) const MAX_ELEMENTS: usize = 50_000;
/// All of one element, in bytes. Braintree writes `type` and `nil`. Attributes are compared with each other, so there must be few.
pub(super) const MAX_ATTRIBUTES: usize = 1024;

/// What is made of a document. Every element that is opened is closed, in the order of the document.
pub(super) trait Sink {
    /// An element begins.
    fn open(&mut self, start: &Start<'_>);

    /// A piece of the text of the element that is open.
    fn write(&mut self, text: &str);

    /// The element that is open ends.
    fn close(&mut self);
}

/// How an element begins.
pub(super) struct Start<'a> {
    pub(super) name: &'a str,
    pub(super) value_type: Option<Cow<'a, str>>,
    pub(super) is_nil: bool,
}

/// Whether two names are the same, with `-` and `_` alike.
pub(super) fn same_name(one: &str, other: &str) -> bool {
    let plain = |byte: u8| if byte == b'_' { b'-' } else { byte };
    one.len() == other.len() && one.bytes().map(plain).eq(other.bytes().map(plain))
}
