//! Every engine is told the same story, on a server of its own, which is killed in it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[allow(dead_code)]
mod examples;
mod remembers;

use engines::{ATTEMPTS, Engine, STORY, is_worker, poison, tell, work_here};

/// The whole story. Its workers are this same test, started again in a process of its own.
async fn comes_true<E: Engine>(test: &str) {
    if is_worker() {
        work_here::<E>().await.unwrap();
    }
    let told = tell::<E>(&[test, "--exact", "--nocapture"]).await.unwrap();
    let steps: Vec<(&str, &str)> = told
        .steps
        .iter()
        .map(|(what, came)| (*what, came.as_str()))
        .collect();
    assert_eq!(steps, STORY);
    match E::KEEPS_ENDS {
        true => assert_eq!(told.worked, [1, 1, 1, 0, 1, 1]),
        false => {
            let never: Vec<usize> = (0..6).filter(|at| told.worked[*at] == 0).collect();
            assert_eq!(never, [3], "{:?}", told.worked);
        }
    }
}

/// A delivery whose workers all die.
async fn poison_ends<E: Engine>(test: &str) {
    if is_worker() {
        work_here::<E>().await.unwrap();
    }
    let times = poison::<E>(&[test, "--exact", "--nocapture"])
        .await
        .unwrap();
    assert_eq!(u32::try_from(times), Ok(ATTEMPTS));
}

macro_rules! engines {
    ($($test:ident: $claim:ident, $engine:ty;)*) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                $claim::<$engine>(stringify!($test)).await;
            }
        )*
    };
}

engines! {
    the_story_comes_true_on_apalis: comes_true, examples::apalis::Apalis;
    the_story_comes_true_on_graphile_worker: comes_true, examples::graphile_worker::GraphileWorker;
    the_story_comes_true_on_jetstream: comes_true, examples::jetstream::Jetstream;
    the_story_comes_true_on_redis_streams: comes_true, examples::redis_streams::RedisStreams;
    // graphile_worker does not count an attempt whose worker has died.
    a_delivery_that_kills_its_workers_ends_on_apalis: poison_ends, examples::apalis::Apalis;
    a_delivery_that_kills_its_workers_ends_on_jetstream: poison_ends, examples::jetstream::Jetstream;
    a_delivery_that_kills_its_workers_ends_on_redis_streams: poison_ends, examples::redis_streams::RedisStreams;
}
