//! What arrived, in a file: one JSON object per line, and each is a vector case. So a capture is a vector is a test.
//!
//! ```json
//! {"id": 1, "name": "capture-1", "provider": "stripe", "request": {…}, "now": 1785920400, "received_ms": 1785920400000,
//!  "expect": {"outcome": "ok", "id": "evt_1", "kind": "invoice.paid"}, "answers": […], …}
//! ```
//!
//! Only lines are added, so a crash can cut the last one at most: it is skipped. Secrets are never written: a header that holds one is
//! masked, or the place of the body, or the query, and then the line names it in `masked`. Signatures stay, since nothing could be verified without them;
//! path and body stay as they are but for that. On Unix only the owner can read the file.

#[cfg(feature = "program")]
mod args;
mod file;
mod line;
mod read;

#[cfg(feature = "program")]
pub use args::StoreArgs;
pub use file::{DEFAULT_MOST_BYTES, Store};
pub use line::Stored;
pub use read::{LineError, Lines, MOST_LINE_BYTES, read};
