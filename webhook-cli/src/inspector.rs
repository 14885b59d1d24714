//! What was received, and a page to look at it.
