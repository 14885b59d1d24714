//! The databases in which an inbox can be.

use std::future::Future;
use std::sync::Arc;

use sqlx::Error;

use super::table::{Attempt, Table};

/// A store in whose database there can be an inbox: `SqliteStore`, `PostgresStore` or `MysqlStore`, with the feature of that name.
pub trait InboxStore: sealed::Store {}

/// A database in which there can be an inbox.
pub trait InboxDatabase: sealed::Database {}

impl<S: sealed::Store> InboxStore for S {}

impl<D: sealed::Database> InboxDatabase for D {}

pub(super) mod sealed {
    use super::{Arc, Attempt, Error, Future, Table};

    pub trait Store {
        fn table(self) -> Arc<dyn Table>;
    }

    pub trait Database: sqlx::Database {
        /// Whether this attempt was the last one, and is done now. Lets the next one of its order go on.
        fn done(
            connection: &mut <Self as sqlx::Database>::Connection,
            attempt: Attempt,
        ) -> impl Future<Output = Result<bool, Error>> + Send;
    }
}
