//! How many connections there are, and how long they deliver.

use std::time::Duration;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) connections: usize,
    /// For how long new deliveries begin.
    pub(crate) time: Duration,
    /// How many deliveries one connection takes at most.
    pub(crate) rounds: usize,
    /// How long a sender waits that was told to come again.
    pub(crate) pause: Duration,
}

impl Plan {
    /// How many deliveries one connection takes in a test.
    #[cfg(test)]
    pub(crate) const SHORT_ROUNDS: usize = 20;

    pub(crate) fn load(connections: usize, time: Duration, pause: Duration) -> Self {
        Self {
            connections,
            time,
            rounds: usize::MAX,
            pause,
        }
    }

    /// For a test: as many deliveries on a slow machine as on a fast one.
    #[cfg(test)]
    pub(crate) fn short() -> Self {
        Self {
            connections: 8,
            time: Duration::from_secs(3600),
            rounds: Self::SHORT_ROUNDS,
            pause: Duration::from_secs(1),
        }
    }
}
