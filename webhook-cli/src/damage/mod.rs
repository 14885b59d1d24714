//! Spoils a signed request in one known way.

mod alter;
mod make;
mod table;

pub use table::{ALL, Damage, find};

#[cfg(test)]
mod tests;
