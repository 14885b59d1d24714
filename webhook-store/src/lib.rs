#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(any(feature = "mysql", feature = "postgres", feature = "redis"))]
mod gate;
#[cfg(all(
    feature = "inbox",
    any(feature = "mysql", feature = "postgres", feature = "sqlite")
))]
mod inbox;
#[cfg(feature = "memory")]
mod memory;
#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(feature = "testing")]
pub mod testing;

#[cfg(all(
    feature = "inbox",
    any(feature = "mysql", feature = "postgres", feature = "sqlite")
))]
pub use inbox::{Inbox, InboxDatabase, InboxStore, Job, JobState, Order, Which};
#[cfg(feature = "memory")]
pub use memory::MemoryStore;
#[cfg(feature = "mysql")]
pub use mysql::MysqlStore;
#[cfg(feature = "postgres")]
pub use postgres::PostgresStore;
#[cfg(feature = "redis")]
pub use redis::RedisStore;
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteStore;
