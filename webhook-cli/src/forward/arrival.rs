//! What is done with a request once it has been verified.

use std::fmt;

use crate::capture::Capture;

/// Where captures are kept beside the memory: a file, for one.
pub trait Keeping: Send + Sync {
    /// Keeps one.
    ///
    /// # Errors
    /// If it cannot. Says why.
    fn keep(&self, capture: &Capture) -> Result<(), String>;
}

impl fmt::Debug for dyn Keeping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keeping")
    }
}
