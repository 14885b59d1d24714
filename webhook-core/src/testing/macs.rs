//! Counts MACs, for a bound on the work that a stranger can cause.

use std::cell::Cell;

thread_local! {
    static BEGUN: Cell<usize> = const { Cell::new(0) };
}

/// How many MACs with prepared keys are begun on this thread while something runs.
///
/// ```
/// use webhook_core::provider::stripe::{self, Stripe};
/// use webhook_core::testing::{FixedClock, Sign, Signer, count_macs, receive};
/// use webhook_core::{Endpoint, UnixTime};
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// let now = UnixTime::from_secs(1_785_920_400);
/// let endpoint = Endpoint::new(Stripe::new(["whsec_of_december", "whsec_of_november"])?).clock(FixedClock::at(now));
/// let request = Signer::new(stripe::SCHEME, "whsec_of_a_stranger")?.sign(b"{}", now)?;
/// let (refused, macs) = count_macs(|| runtime.block_on(receive(&endpoint, request)));
/// assert!(refused.is_err());
/// assert_eq!(macs, 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn count_macs<T>(run: impl FnOnce() -> T) -> (T, usize) {
    let before = BEGUN.get();
    let result = run();
    (result, BEGUN.get().wrapping_sub(before))
}

pub(crate) fn count_mac() {
    BEGUN.set(BEGUN.get().wrapping_add(1));
}
