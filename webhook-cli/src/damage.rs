//! Spoils a signed request in one known way.
