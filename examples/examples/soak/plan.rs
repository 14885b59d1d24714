//! How much, how long, and what memory is allowed.

use std::time::Duration;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// How many uploads there are at a time.
    pub(crate) uploads: usize,
    /// How long the bodies are, which is the limit as well.
    pub(crate) body: usize,
    /// How long a body may take.
    pub(crate) body_timeout: Duration,
    /// How long a sender keeps its last byte back.
    pub(crate) hold: Duration,
    /// For how long new uploads begin.
    pub(crate) time: Duration,
}

/// What the verification of an upload may take beside its body.
const BESIDE_THE_BODY: usize = 64 * 1024;

/// What the server may read ahead on each connection, before anybody verifies anything: hyper's default for
/// `max_buf_size`. actix-web reads less ahead; hyper, when told to read 32 KiB, 27 MiB less in such a run.
const READ_AHEAD: usize = 408 * 1024;

/// What a server may take once, however many uploads there are: what its threads and its allocator keep for themselves.
const ONCE: usize = 8 * 1024 * 1024;

impl Plan {
    pub(crate) fn soak(time: Duration) -> Self {
        Self {
            uploads: 64,
            body: 1024 * 1024,
            body_timeout: Duration::from_secs(5),
            hold: Duration::from_secs(1),
            time,
        }
    }

    /// For a test of the counts: small bodies, and each sender's ways only once or twice.
    #[cfg(test)]
    pub(crate) fn short() -> Self {
        Self {
            uploads: 32,
            body: 16 * 1024,
            body_timeout: Duration::from_secs(2),
            hold: Duration::from_millis(100),
            time: Duration::from_millis(300),
        }
    }

    /// The most memory that a server may have over its idle level, with so many uploads in flight: for each of them its
    /// body once, and little else.
    pub(crate) fn allowed(&self, in_flight: usize) -> usize {
        in_flight * (self.body + BESIDE_THE_BODY + READ_AHEAD) + ONCE
    }
}
