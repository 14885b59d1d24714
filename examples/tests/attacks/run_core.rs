//! The library itself, without a server.

use std::future::{Future, pending, ready};
use std::pin::Pin;
use std::time::Duration;

use axum::http::StatusCode;
use bytes::Bytes;
use webhook_core::adapter::{Runtime, process};

use webhook_core::testing::count_macs;
use webhook_core::{Answer, Endpoint};

use crate::canaries::listen_for_canaries;
use crate::case::{Case, Got, Wire};
use crate::cases;
use crate::catalogue::attacks;
use crate::targets::{LIMIT, Memory, targets};
use webhook_testkit::hygiene::{LINE, assert_nothing_got_out, hear_printed, hear_shown};
use webhook_testkit::{Request, at_once, outcome_in};

/// What an attack may take beside its body.
const MORE: usize = 64 * 1024;

#[test]
fn the_library_withstands_every_attack() {
    listen_for_canaries();
    let memory = Memory::default();
    let endpoints: Vec<_> = targets().iter().map(|it| it.endpoint(&memory)).collect();
    let mut faults = Vec::new();
    for case in cases::all().iter().filter(|case| !is_raw(case)) {
        for pieces in [usize::MAX, 7] {
            if pieces < case.request.body.len() / 2000 {
                continue;
            }
            if let Some((target, request)) = &case.before {
                run(&endpoints[*target], request, usize::MAX);
            }
            let endpoint = &endpoints[case.target];
            let keys = memory.counting.keys();
            let mut result = None;
            let taken = allocation_counter::measure(|| {
                result = Some(count_macs(|| run(endpoint, &framed(case), pieces)));
            });
            let ((got, calls), macs) = result.unwrap();
            let is_repeated = case.before.is_some() && pieces != usize::MAX;
            let genuine = usize::from(!case.is_attack());
            let bounds = [
                ("bytes", taken.bytes_max as usize, LIMIT + MORE),
                ("MACs", macs, targets()[case.target].secrets),
                ("calls", calls, genuine),
                ("keys", memory.counting.keys() - keys, genuine),
            ];
            if !is_repeated && !case.want.allows(&got) {
                faults.push(format!("{}: {got:?}, not {:?}", case.title(), case.want));
            }
            for (what, count, most) in bounds {
                if count > most && !is_repeated {
                    faults.push(format!("{}: {count} {what}", case.title()));
                }
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
    assert_nothing_got_out(&[(LINE, attacks()), ("print", attacks())]);
}

fn is_raw(case: &Case) -> bool {
    matches!(case.wire, Wire::Raw(_))
}

/// With its length, if it says it.
fn framed(case: &Case) -> Request {
    let length = case.request.body.len().to_string();
    match case.wire {
        Wire::Length => case.request.clone().and("content-length", length),
        _ => case.request.clone(),
    }
}

/// What comes of a request, and how often the handler was called.
fn run(endpoint: &Endpoint, request: &Request, pieces: usize) -> (Got, usize) {
    let mut frames = Vec::new();
    let mut rest = request.body.clone();
    while !rest.is_empty() {
        let frame: Bytes = rest.split_to(pieces.min(rest.len()));
        frames.push(frame);
    }
    match outcome_in(endpoint, request, frames) {
        Err(Answer::Reply(_)) => (Got::Reply, 0),
        Err(answer) => {
            hear_shown(&answer);
            hear_printed(&answer.body());
            hear_printed(&answer.headers().collect::<Vec<_>>());
            (Got::Refused(answer.code().to_owned()), 0)
        }
        Ok(delivery) => {
            hear_printed(&delivery);
            let mut calls = 0;
            let handler = |_| {
                calls += 1;
                ready(StatusCode::OK)
            };
            let processed = at_once(process(delivery, NoRuntime, handler));
            let got = match processed {
                Ok(_) => Got::Handled,
                Err(Answer::Duplicate(_)) => Got::Duplicate,
                Err(answer) => Got::Refused(answer.code().to_owned()),
            };
            (got, calls)
        }
    }
}

/// Time does not pass, and nothing is left to run.
#[derive(Clone)]
pub(crate) struct NoRuntime;

impl Runtime for NoRuntime {
    fn sleep(&self, _: Duration) -> impl Future<Output = ()> {
        pending()
    }

    fn spawn(&self, _: Pin<Box<dyn Future<Output = ()> + Send>>) {}
}
