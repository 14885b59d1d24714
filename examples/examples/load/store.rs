//! The stores.

use std::env;
use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::atomic::{AtomicUsize, Ordering};

use redis::Client;
use redis::aio::ConnectionManager;
use sqlx::mysql::MySqlPoolOptions;
use sqlx::postgres::PgPoolOptions;
use webhook_core::dedupe::Dedupe;
use webhook_store::{MemoryStore, MysqlStore, PostgresStore, RedisStore, SqliteStore};

use crate::Fallible;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Store {
    Memory,
    Sqlite,
    Postgres,
    Mysql,
    Redis,
}

/// How many connections a server has to its database.
const POOL: u32 = 16;

impl Store {
    pub(crate) const ALL: [Self; 5] = [
        Self::Memory,
        Self::Sqlite,
        Self::Postgres,
        Self::Mysql,
        Self::Redis,
    ];

    /// What says where its server is.
    pub(crate) fn variable(self) -> &'static str {
        match self {
            Self::Memory | Self::Sqlite => "",
            Self::Postgres => "WEBHOOK_TEST_POSTGRES",
            Self::Mysql => "WEBHOOK_TEST_MYSQL",
            Self::Redis => "WEBHOOK_TEST_REDIS",
        }
    }
}

/// Where one of them keeps its events.
pub(crate) struct Place {
    pub(crate) store: Store,
    pub(crate) url: String,
    /// Gone with this.
    folder: Option<PathBuf>,
}

impl Place {
    /// None where its server is not known.
    pub(crate) fn new(store: Store) -> Fallible<Option<Self>> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        Ok(match store {
            Store::Memory => Some(Self::at(store, "")),
            Store::Sqlite => {
                let name = format!("webhook-load-{}-{number}", std::process::id());
                let folder = env::temp_dir().join(name);
                fs::create_dir(&folder)?;
                let file = folder.join("load.db");
                let mut place = Self::at(store, &file.to_string_lossy());
                place.folder = Some(folder);
                Some(place)
            }
            Store::Postgres | Store::Mysql | Store::Redis => {
                let url = env::var(store.variable()).ok();
                url.map(|url| Self::at(store, &url))
            }
        })
    }

    pub(crate) fn at(store: Store, url: &str) -> Self {
        Self {
            store,
            url: url.to_owned(),
            folder: None,
        }
    }

    pub(crate) async fn open(&self) -> Fallible<Dedupe> {
        let url = &self.url;
        Ok(match self.store {
            Store::Memory => Dedupe::new(MemoryStore::default()),
            Store::Sqlite => {
                let store = SqliteStore::open(url).await?;
                store.migrate().await?;
                Dedupe::new(store)
            }
            Store::Postgres => {
                let pool = PgPoolOptions::new().max_connections(POOL);
                let store = PostgresStore::new(pool.connect(url).await?);
                store.migrate().await?;
                Dedupe::new(store)
            }
            Store::Mysql => {
                let pool = MySqlPoolOptions::new().max_connections(POOL);
                let store = MysqlStore::new(pool.connect(url).await?);
                store.migrate().await?;
                Dedupe::new(store)
            }
            Store::Redis => {
                let connection = ConnectionManager::new(Client::open(url.as_str())?).await?;
                Dedupe::new(RedisStore::new(connection))
            }
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            // What is left in a temporary folder does no harm.
            let _ = fs::remove_dir_all(folder);
        }
    }
}

impl fmt::Display for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Memory => "memory",
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::Mysql => "mysql",
            Self::Redis => "redis",
        })
    }
}

impl FromStr for Store {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let mut same = Self::ALL.into_iter().filter(|own| own.to_string() == name);
        same.next().ok_or_else(|| format!("no store `{name}`"))
    }
}
