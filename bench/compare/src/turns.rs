//! Times that can be compared.

use std::time::{Duration, Instant};

use compare::{Contender, Run};

/// Of many turns.
pub(crate) struct Median {
    pub(crate) nanos: f64,
    /// To the first contender.
    pub(crate) ratio: f64,
}

/// Runs all contenders in turn, many times; a ratio is taken within a turn.
pub(crate) fn medians(contenders: &[Contender]) -> Vec<Median> {
    const TURNS: usize = 101;
    const BATCH: Duration = Duration::from_micros(500);
    let count = |contender: &Contender| {
        let once = batch(&contender.run, 10) / 10;
        (BATCH.as_nanos() / once.as_nanos().max(1)).clamp(1, 100_000) as u32
    };
    let counts: Vec<_> = contenders.iter().map(count).collect();
    let turn = |_| -> Vec<f64> {
        let runs = contenders.iter().zip(&counts);
        runs.map(|(contender, count)| {
            batch(&contender.run, *count).as_nanos() as f64 / f64::from(*count)
        })
        .collect()
    };
    let turns: Vec<_> = (0..TURNS).map(turn).collect();
    (0..contenders.len())
        .map(|at| Median {
            nanos: median(turns.iter().map(|turn| turn[at])),
            ratio: median(turns.iter().map(|turn| turn[at] / turn[0])),
        })
        .collect()
}

fn batch(run: &Run, count: u32) -> Duration {
    let start = Instant::now();
    for _ in 0..count {
        run();
    }
    start.elapsed()
}

pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
