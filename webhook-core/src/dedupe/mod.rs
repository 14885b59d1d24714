//! Processing each event once.
//!
//! Senders deliver the same event again: after a timeout, after an error, or for no visible reason. A [`DedupeStore`] remembers what was
//! done. An event is **claimed** for a time, the lease, before the handler runs; **completed** when the handler has
//! succeeded; **released** when it has failed, so that the sender's next try works. Whoever crashes in between loses the
//! claim when its lease runs out, and what it completes after that is refused by the claim's token.
//!
//! ```text
//!             claim                    complete
//!  unknown ───────────▶ in progress ───────────▶ done ──▶ forgotten after the retention
//!     ▲                  │    │  ▲
//!     └──── release ─────┘    └──┘ claim, once the lease has run out: another token
//! ```
//!
//! The stores are in `webhook-store`: memory, SQLite, PostgreSQL, Redis.

mod key;
mod policy;
mod store;

pub use crate::outcome::DUPLICATE_HEADER;
pub use key::DedupeKey;
pub use policy::Dedupe;
pub(crate) use policy::OnStoreFailure;
pub use store::{Claim, ClaimState, ClaimToken, DedupeStore, Nonce, StoreError, StoreFuture};
