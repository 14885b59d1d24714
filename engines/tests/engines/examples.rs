//! The examples, as they are. Their `main` is not called.

#[path = "../../examples/apalis.rs"]
pub(crate) mod apalis;
#[path = "../../examples/graphile_worker.rs"]
pub(crate) mod graphile_worker;
#[path = "../../examples/jetstream.rs"]
pub(crate) mod jetstream;
#[path = "../../examples/redis_streams.rs"]
pub(crate) mod redis_streams;
