//! Requests in a file: one vector case per line.
