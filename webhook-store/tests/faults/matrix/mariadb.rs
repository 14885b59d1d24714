//! A MariaDB behind a line.

use std::str::FromStr;

use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlPoolOptions};
use sqlx::pool::PoolConnection;
use sqlx::{Connection, MySql, MySqlPool};
use webhook_core::dedupe::DedupeKey;
use webhook_store::MysqlStore;

use super::engine::{Engine, Fault, Row, STEP, books, fill, row_of};
use super::proxy::{Line, Proxy};
use super::{CONNECTIONS, line};
use crate::mysql::{cut, tell};
use crate::servers;

pub(super) struct MariaDb {
    server: servers::mariadb::MariaDb,
    proxy: Proxy,
    admin: MySqlPool,
    held: Vec<PoolConnection<MySql>>,
    /// Of another process of the application.
    other: Option<MySqlConnection>,
}

impl MariaDb {
    pub(super) async fn new() -> Self {
        let server = servers::mariadb::MariaDb::new().await;
        let admin = server.admin("own");
        tell(&admin, "CREATE USER app").await;
        tell(&admin, "GRANT ALL ON own.* TO app").await;
        Self {
            proxy: Proxy::to(server.port).await,
            server,
            admin,
            held: Vec::new(),
            other: None,
        }
    }

    fn options(port: u16) -> MySqlConnectOptions {
        MySqlConnectOptions::from_str(&format!("mysql://app@127.0.0.1:{port}/own")).unwrap()
    }

    async fn is_up(&self) {
        while sqlx::raw_sql("DO 1").execute(&self.admin).await.is_err() {}
    }
}

impl Engine for MariaDb {
    type Store = MysqlStore;

    const NAME: &str = "MysqlStore";

    async fn store(&mut self) -> MysqlStore {
        let pool = MySqlPoolOptions::new().max_connections(CONNECTIONS);
        let pool = pool.connect_with(Self::options(self.proxy.port));
        let store = MysqlStore::new(pool.await.unwrap());
        store.migrate().await.unwrap();
        let effects = "CREATE TABLE IF NOT EXISTS effects (event varchar(255) NOT NULL)";
        tell(store.pool(), effects).await;
        store
    }

    async fn begin(&mut self, fault: Fault, store: &MysqlStore) -> bool {
        match fault {
            Fault::Paused | Fault::Late | Fault::TooLate | Fault::Hole => {
                self.proxy.set(line(fault));
            }
            Fault::Restarted | Fault::Emptied => self.server.kill(),
            Fault::PoolUsedUp => {
                for _ in 0..CONNECTIONS {
                    self.held.push(store.pool().acquire().await.unwrap());
                }
            }
            Fault::NoConnections => {
                tell(&self.admin, "ALTER USER app WITH MAX_USER_CONNECTIONS 1").await;
                // Somebody else takes the only one.
                self.other = Some(loop {
                    cut(&self.admin, "app").await;
                    let options = Self::options(self.server.port);
                    if let Ok(other) = MySqlConnection::connect_with(&options).await {
                        break other;
                    }
                });
            }
            // As a server is that was the primary one before a failover.
            Fault::ReadOnly => tell(&self.admin, "SET GLOBAL read_only = 1").await,
            Fault::Full => {
                self.server.fill("webhook_dedupe", rows).await;
                fill(store).await;
            }
            Fault::Ahead => self.server.clock.step(STEP),
            Fault::Back => self.server.clock.step(-STEP),
        }
        true
    }

    async fn end(&mut self, fault: Fault, _: &MysqlStore) {
        if fault == Fault::Emptied {
            // Until it is.
            self.proxy.set(Line::Paused);
        }
        self.held.clear();
        self.server.clock.step(0);
        match fault {
            Fault::Restarted => {
                self.server.start_again();
                self.is_up().await;
            }
            Fault::Emptied => {
                self.server.start_again();
                self.is_up().await;
                tell(&self.admin, "TRUNCATE webhook_dedupe").await;
            }
            Fault::NoConnections => {
                self.other.take().unwrap().close().await.unwrap();
                tell(&self.admin, "ALTER USER app WITH MAX_USER_CONNECTIONS 0").await;
            }
            Fault::ReadOnly => tell(&self.admin, "SET GLOBAL read_only = 0").await,
            Fault::Full => self.server.is_no_longer_full(),
            _ => {}
        }
        self.proxy.set(Line::Open);
    }

    async fn row(&mut self, _: &MysqlStore, key: &DedupeKey) -> Row {
        let row = "SELECT done, lease > 0 FROM webhook_dedupe WHERE `key` = ?";
        let row = sqlx::query_as(row).bind(&key.as_bytes()[..]);
        row_of(row.fetch_optional(&self.admin).await.unwrap())
    }

    books! { MysqlStore, "INSERT INTO effects VALUES (?)", begin() }

    async fn booked(&mut self, _: &MysqlStore, event: &str) -> u32 {
        let booked = "SELECT count(*) FROM effects WHERE event = ?";
        let booked: i64 = sqlx::query_scalar(booked)
            .bind(event)
            .fetch_one(&self.admin)
            .await
            .unwrap();
        booked.try_into().unwrap()
    }
}

/// So many events that are remembered for ten years.
fn rows(count: u32) -> String {
    format!(
        "INSERT INTO webhook_dedupe (`key`, label, done, nonce, fence, attempt, lease, until)
        SELECT UNHEX(SHA2(CONCAT(RAND(), seq), 256)), REPEAT('x', 255), 1, seq, seq, 1, 1,
            1000000 * (UNIX_TIMESTAMP() + 315360000)
        FROM seq_1_to_{count}"
    )
}
