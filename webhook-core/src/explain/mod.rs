//! Says why a request was refused, by trying what usually goes wrong. Feature `explain`.
//!
//! For tools and for whoever is on call. Nothing of it may reach the sender of a request: it tells a forger what is wrong.

mod account;
mod explanation;

pub use account::Account;
pub use explanation::{Cause, Explanation, Signed, Step};
