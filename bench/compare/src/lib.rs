//! The contenders of the comparison, and the requests that all of them get.
//!
//! The programs are `main.rs`, which times them and prints the tables, and `bin/allocations.rs`, which counts.

mod by_hand;
mod contender;
mod contenders;
mod ours;
mod request;
mod standard_webhooks;
mod stripe;

pub use by_hand::stripe_signature;
pub use contender::{Contender, Run};
pub use contenders::contenders;
pub use request::{Request, SECRET};

/// The bodies, in bytes.
pub const SIZES: [usize; 4] = [256, 4 * 1024, 64 * 1024, 1024 * 1024];
