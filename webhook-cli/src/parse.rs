//! Reads a request from what people have at hand.
