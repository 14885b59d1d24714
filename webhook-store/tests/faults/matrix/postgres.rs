//! A PostgreSQL behind a line.

use std::str::FromStr;

use sqlx::PgPool;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use webhook_core::dedupe::{Claim, DedupeKey, DedupeStore, Nonce};
use webhook_store::PostgresStore;
use webhook_store::testing::fresh_key;

use super::engine::{Engine, Fault, LEASE, Row, STEP, books, fill, row_of};
use super::proxy::{Line, Proxy};
use super::{CONNECTIONS, line};
use crate::postgres::tell;
use crate::servers;

pub(super) struct Postgres {
    server: servers::postgres::Postgres,
    proxy: Proxy,
    admin: PgPool,
    /// The same, in the database of the store.
    own: PgPool,
    held: Vec<PoolConnection<sqlx::Postgres>>,
}

/// Longer than a segment of the log, of 16 MiB, which must still be written: else the whole server stops, and starts again.
const FILL: &str =
    "INSERT INTO webhook_dedupe (key, nonce, fence, attempt, done, lease, until, label)
    SELECT sha256(random()::text::bytea), n, n, 1, true, interval '1 hour',
        clock_timestamp() + interval '1 hour', repeat('x', 1500)
    FROM generate_series(1, 14000) n";

const CUT: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'";

impl Postgres {
    pub(super) async fn new() -> Self {
        let server = servers::postgres::Postgres::new().await;
        let (admin, own) = (server.admin("postgres"), server.admin("own"));
        tell(
            &admin,
            "CREATE ROLE app LOGIN; ALTER DATABASE own OWNER TO app",
        )
        .await;
        Self {
            proxy: Proxy::to(server.port).await,
            server,
            admin,
            own,
            held: Vec::new(),
        }
    }

    /// All that write for the application, now and later.
    async fn limit_files(&self, bytes: Option<u64>) {
        let processes: Vec<i32> =
            sqlx::query_scalar("SELECT pid FROM pg_stat_activity WHERE usename = 'app'")
                .fetch_all(&self.admin)
                .await
                .unwrap();
        let processes = processes.iter().map(|id| u32::try_from(*id).unwrap());
        let processes: Vec<u32> = processes.chain([self.server.process()]).collect();
        self.server.limit_files(&processes, bytes);
    }
}

impl Engine for Postgres {
    type Store = PostgresStore;

    const NAME: &str = "PostgresStore";

    async fn store(&mut self) -> PostgresStore {
        let url = format!("postgres://app@127.0.0.1:{}/own", self.proxy.port);
        let pool = PgPoolOptions::new().max_connections(CONNECTIONS);
        let pool = pool.connect_with(PgConnectOptions::from_str(&url).unwrap());
        let store = PostgresStore::new(pool.await.unwrap());
        store.migrate().await.unwrap();
        tell(
            store.pool(),
            "CREATE TABLE IF NOT EXISTS effects (event text NOT NULL)",
        )
        .await;
        store
    }

    async fn begin(&mut self, fault: Fault, store: &PostgresStore) -> bool {
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
                tell(&self.admin, "ALTER ROLE app CONNECTION LIMIT 0").await;
                tell(&self.admin, CUT).await;
            }
            Fault::ReadOnly => {
                let read_only = "ALTER DATABASE own SET default_transaction_read_only = on";
                tell(&self.admin, read_only).await;
                tell(&self.admin, CUT).await;
            }
            Fault::Full => {
                tell(&self.own, FILL).await;
                let size: i64 = sqlx::query_scalar("SELECT pg_relation_size('webhook_dedupe')")
                    .fetch_one(&self.own)
                    .await
                    .unwrap();
                self.limit_files(Some(size.try_into().unwrap())).await;
                fill(store).await;
            }
            Fault::Ahead => {
                let mut transaction = store.pool().begin().await.unwrap();
                let begin = sqlx::raw_sql("SELECT now()");
                begin.execute(&mut *transaction).await.unwrap();
                self.server.clock.step(STEP);
                // Not by the time of a transaction, which has begun an hour ago.
                let key = fresh_key();
                let claim = store.claim_in(&mut transaction, &key, LEASE).await;
                assert!(matches!(claim, Ok(Claim::New(_))), "{claim:?}");
                transaction.commit().await.unwrap();
                let claim = store.claim(&key, Nonce::random(), LEASE).await;
                assert_eq!(claim.unwrap(), Claim::Done);
            }
            Fault::Back => self.server.clock.step(-STEP),
        }
        true
    }

    async fn end(&mut self, fault: Fault, _: &PostgresStore) {
        if fault == Fault::Emptied {
            // Until it is.
            self.proxy.set(Line::Paused);
        }
        self.held.clear();
        self.server.clock.step(0);
        match fault {
            Fault::Restarted => assert!(self.server.start()),
            Fault::Emptied => {
                assert!(self.server.start());
                tell(&self.own, "TRUNCATE webhook_dedupe").await;
            }
            Fault::NoConnections => {
                tell(&self.admin, "ALTER ROLE app CONNECTION LIMIT -1").await;
            }
            Fault::ReadOnly => {
                let reset = "ALTER DATABASE own RESET default_transaction_read_only";
                tell(&self.admin, reset).await;
                tell(&self.admin, CUT).await;
            }
            Fault::Full => self.limit_files(None).await,
            _ => {}
        }
        self.proxy.set(Line::Open);
    }

    async fn row(&mut self, _: &PostgresStore, key: &DedupeKey) -> Row {
        let row = "SELECT done, lease > interval '0' FROM webhook_dedupe WHERE key = $1";
        let row = sqlx::query_as(row).bind(&key.as_bytes()[..]);
        row_of(row.fetch_optional(&self.own).await.unwrap())
    }

    books! { PostgresStore, "INSERT INTO effects VALUES ($1)", begin() }

    async fn booked(&mut self, _: &PostgresStore, event: &str) -> u32 {
        let booked = "SELECT count(*) FROM effects WHERE event = $1";
        let booked: i64 = sqlx::query_scalar(booked)
            .bind(event)
            .fetch_one(&self.own)
            .await
            .unwrap();
        booked.try_into().unwrap()
    }
}
