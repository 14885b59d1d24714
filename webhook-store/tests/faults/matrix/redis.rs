//! A Redis behind a line.

use redis::aio::MultiplexedConnection;
use webhook_core::dedupe::DedupeKey;
use webhook_store::RedisStore;

use super::engine::{Engine, Fault, Row, STEP, row_of};
use super::line;
use super::proxy::{Line, Proxy};
use crate::servers;
use crate::servers::redis::tell;

pub(super) struct Redis {
    server: servers::redis::Redis,
    proxy: Proxy,
    /// One that stays while there are no others.
    admin: MultiplexedConnection,
}

impl Redis {
    pub(super) async fn new() -> Self {
        let server = servers::redis::Redis::new().await;
        Self {
            proxy: Proxy::to(server.port).await,
            admin: server.connection().await.unwrap(),
            server,
        }
    }

    async fn is_up(&mut self) {
        assert!(self.server.is_up().await);
        self.admin = self.server.connection().await.unwrap();
    }
}

impl Engine for Redis {
    type Store = RedisStore;

    const NAME: &str = "RedisStore";

    async fn store(&mut self) -> RedisStore {
        let url = servers::redis::url(self.proxy.port);
        RedisStore::connect(&url).await.unwrap()
    }

    async fn begin(&mut self, fault: Fault, _: &RedisStore) -> bool {
        let admin = &mut self.admin;
        match fault {
            Fault::Paused | Fault::Late | Fault::TooLate | Fault::Hole => {
                self.proxy.set(line(fault));
            }
            Fault::Restarted | Fault::Emptied => self.server.kill(),
            // It has no pool.
            Fault::PoolUsedUp => return false,
            Fault::NoConnections => {
                tell(admin, &["CONFIG", "SET", "maxclients", "1"]).await;
                tell(
                    admin,
                    &["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"],
                )
                .await;
            }
            // Of a primary that is not there.
            Fault::ReadOnly => tell(admin, &["REPLICAOF", "127.0.0.1", "1"]).await,
            Fault::Full => tell(admin, &["CONFIG", "SET", "maxmemory", "1"]).await,
            Fault::Ahead => self.server.clock.step(STEP),
            Fault::Back => self.server.clock.step(-STEP),
        }
        true
    }

    async fn end(&mut self, fault: Fault, _: &RedisStore) {
        self.proxy.set(Line::Open);
        self.server.clock.step(0);
        let admin = &mut self.admin;
        match fault {
            Fault::Restarted => {
                self.server.start_again();
                self.is_up().await;
            }
            Fault::Emptied => {
                self.server.start_empty();
                self.is_up().await;
            }
            Fault::NoConnections => tell(admin, &["CONFIG", "SET", "maxclients", "1000"]).await,
            Fault::ReadOnly => tell(admin, &["REPLICAOF", "NO", "ONE"]).await,
            Fault::Full => tell(admin, &["CONFIG", "SET", "maxmemory", "0"]).await,
            _ => {}
        }
    }

    async fn row(&mut self, _: &RedisStore, key: &DedupeKey) -> Row {
        let name = format!("webhook:dedupe:{}", key.to_hex());
        let mut row = redis::cmd("HMGET");
        let row = row.arg(name).arg(&["state", "lease"]);
        let row: (Option<String>, Option<i64>) = row.query_async(&mut self.admin).await.unwrap();
        match row {
            (Some(state), Some(lease)) => row_of(Some((state == "done", lease > 0))),
            _ => Row::None,
        }
    }
}
