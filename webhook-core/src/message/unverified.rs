//! What came with an authentic request without being signed.

use std::fmt;

/// A value that an authentic request carried outside of what its signature covers: whoever replays the request
/// can have changed it. The way in is named so that it shows.
///
/// ```
/// use webhook_core::Unverified;
///
/// let claimed = Unverified::new("settlement");
/// assert_eq!(*claimed.unverified(), "settlement"); // ask the sender's API before acting on it
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Unverified<T>(T);

impl<T> Unverified<T> {
    /// Marks a value as not covered by a signature.
    #[must_use]
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value, as the request claims it.
    #[must_use]
    pub const fn unverified(&self) -> &T {
        &self.0
    }

    /// Another value made of it, which is no more signed than it was.
    #[must_use]
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Unverified<U> {
        Unverified(change(self.0))
    }

    /// The same, by value.
    #[must_use]
    pub fn into_unverified(self) -> T {
        self.0
    }
}

impl<T: fmt::Debug> fmt::Debug for Unverified<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Unverified").field(&self.0).finish()
    }
}
