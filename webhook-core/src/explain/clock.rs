//! Finds the time at which a request was signed.

use crate::endpoint::Endpoint;
use crate::explain::attempt::Attempt;
use crate::explain::request::Request;
use crate::time::UnixTime;

/// The last second of the year 9999.
const LAST: i64 = 253_402_300_799;

/// A time at which the request is neither too old nor ahead, with what it is worth then: nothing if it is so at `now`, or at no time.
///
/// Any verifier tells before from after, wherever it reads the time. Farther and farther from now, then between two times: a
/// certificate may not be valid at others.
pub(super) async fn within(
    endpoint: &Endpoint,
    request: &Request,
    now: UnixTime,
) -> Option<(UnixTime, Attempt)> {
    let start = now.as_millis().div_euclid(1000);
    // The window lies between the two.
    let (mut before, mut after) = (0, LAST);
    let mut distance = 60;
    let mut at = start;
    for _ in 0..100 {
        let time = UnixTime::from_secs(at);
        let attempt = Attempt::at(endpoint, request, time).await;
        match attempt.code() {
            "stale" => after = after.min(at),
            "future" => before = before.max(at),
            _ if at == start => return None,
            _ => return Some(at_its_own_time(endpoint, request, time, attempt).await),
        }
        if attempt.has_asked || after - before < 2 {
            return None;
        }
        at = match (before, after) {
            (0, after) => (after - distance).max(1),
            (before, LAST) => (before + distance).min(LAST - 1),
            (before, after) => before + (after - before) / 2,
        };
        distance *= 2;
    }
    None
}

/// At the signed time itself, where it is known: a key may be valid then and not a moment before.
async fn at_its_own_time(
    endpoint: &Endpoint,
    request: &Request,
    time: UnixTime,
    attempt: Attempt,
) -> (UnixTime, Attempt) {
    let sent_at = attempt.outcome.as_ref().ok().and_then(|it| it.sent_at());
    match sent_at.or(attempt.sent_at) {
        Some(time) => (time, Attempt::at(endpoint, request, time).await),
        None => (time, attempt),
    }
}
