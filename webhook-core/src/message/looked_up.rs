//! What was looked up for a notification that proves nothing.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// What the sender's interface has said, whatever its type is.
#[derive(Clone)]
pub(crate) struct LookedUp(Arc<dyn Any + Send + Sync>);

impl LookedUp {
    pub(crate) fn new<T: Send + Sync + 'static>(all: Arc<Vec<T>>) -> Self {
        Self(all)
    }

    /// What was said, if it is of this type.
    pub(crate) fn all<T: Send + Sync + 'static>(&self) -> Option<Arc<Vec<T>>> {
        Arc::clone(&self.0).downcast().ok()
    }
}

impl fmt::Debug for LookedUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LookedUp")
    }
}
