//! Writes a request as something else.
