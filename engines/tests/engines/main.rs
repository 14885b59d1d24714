//! Every engine is told the same story, on a server of its own, which is killed in it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[allow(dead_code)]
mod examples;

use engines::{Engine, STORY, is_worker, tell, work_here};

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

macro_rules! engines {
    ($($test:ident: $engine:ty,)*) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                comes_true::<$engine>(stringify!($test)).await;
            }
        )*
    };
}

engines! {
    the_story_comes_true_on_apalis: examples::apalis::Apalis,
    the_story_comes_true_on_graphile_worker: examples::graphile_worker::GraphileWorker,
    the_story_comes_true_on_jetstream: examples::jetstream::Jetstream,
    the_story_comes_true_on_redis_streams: examples::redis_streams::RedisStreams,
}
