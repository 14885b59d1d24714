//! PostgreSQL: connections cut, restarted, out of connections, locked, read-only. One after another, for a restart
//! disturbs all of them.

use std::os::unix::fs::MetadataExt;
use std::process::Command;
use std::str::FromStr;
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio::sync::{Mutex, MutexGuard};
use webhook_core::dedupe::{Claim, DedupeStore, Nonce};
use webhook_store::PostgresStore;
use webhook_store::testing::fresh_key;

use crate::common::{self, HOUR};
use crate::{assert_out_of_order, assert_recovered, claim_new, done, until_it_answers};

static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

pub(crate) fn options() -> PgConnectOptions {
    PgConnectOptions::from_str(&common::server("WEBHOOK_TEST_POSTGRES")).unwrap()
}

pub(crate) fn pool_of(connections: u32, options: PgConnectOptions) -> PgPool {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_millis(200))
        .connect_lazy_with(options)
}

/// Somebody else's connection, and the right to break things.
pub(crate) async fn alone() -> (MutexGuard<'static, ()>, PgPool) {
    let turn = ONE_AT_A_TIME.lock().await;
    let admin = PgPool::connect_with(options()).await.unwrap();
    PostgresStore::new(admin.clone()).migrate().await.unwrap();
    (turn, admin)
}

pub(crate) async fn tell(admin: &PgPool, sql: &str) {
    let sql = sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned()));
    sql.execute(admin).await.unwrap();
}

/// Cuts the connections of this name.
async fn cut(admin: &PgPool, name: &str) -> usize {
    let cut: Vec<bool> = sqlx::query_scalar(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1",
    )
    .bind(name)
    .fetch_all(admin)
    .await
    .unwrap();
    cut.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_are_cut_are_made_again() {
    let (_turn, admin) = alone().await;
    let store = PostgresStore::new(pool_of(3, options().application_name("cut")));
    for _ in 0..10 {
        let (done, claimed) = (done(&store).await, claim_new(&store, &fresh_key()).await);
        assert!(cut(&admin, "cut").await > 0);
        assert_recovered(&store, &done, &claimed).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_whose_connection_is_cut_is_an_error() {
    let (_turn, admin) = alone().await;
    let store = PostgresStore::new(pool_of(3, options().application_name("waiting")));
    let (key, claimed) = (fresh_key(), claim_new(&store, &fresh_key()).await);
    let done = done(&store).await;
    let mut locking = admin.begin().await.unwrap();
    sqlx::raw_sql("LOCK TABLE webhook_dedupe")
        .execute(&mut *locking)
        .await
        .unwrap();
    let claiming = tokio::spawn({
        let (store, key) = (store.clone(), key.clone());
        async move { store.claim(&key, Nonce::random(), HOUR).await }
    });
    let waiting = "SELECT EXISTS (SELECT FROM pg_stat_activity
        WHERE application_name = 'waiting' AND wait_event_type = 'Lock')";
    while !sqlx::query_scalar::<_, bool>(waiting)
        .fetch_one(&admin)
        .await
        .unwrap()
    {}
    cut(&admin, "waiting").await;
    claiming.await.unwrap().unwrap_err();
    locking.rollback().await.unwrap();
    claim_new(&store, &key).await;
    assert_recovered(&store, &done, &claimed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_forgets_nothing() {
    let (_turn, admin) = alone().await;
    let store = PostgresStore::new(pool_of(3, options()));
    let (done, claimed) = (done(&store).await, claim_new(&store, &fresh_key()).await);
    let claiming = tokio::spawn({
        let store = store.clone();
        async move {
            let mut failed = 0;
            // Until it has seen the restart, and its end.
            while failed == 0 {
                let key = fresh_key();
                match store.claim(&key, Nonce::random(), HOUR).await {
                    Ok(Claim::New(_)) => {}
                    Ok(other) => panic!("nobody else knows it: {other:?}"),
                    Err(_) => {
                        failed += 1;
                        assert_ne!(until_it_answers(&store, &key).await, Claim::Done);
                    }
                }
            }
        }
    });
    restart(&admin).await;
    assert_recovered(&store, &done, &claimed).await;
    claiming.await.unwrap();
}

/// As if its machine had lost power.
async fn restart(admin: &PgPool) {
    let ask = async |sql: &'static str| {
        let answer = sqlx::query_scalar::<_, String>(sql);
        answer.fetch_one(admin).await.unwrap()
    };
    let programs = ask("SELECT setting FROM pg_config WHERE name = 'BINDIR'").await;
    let folder = ask("SHOW data_directory").await;
    let mut command = as_the_server(&folder, &format!("{programs}/pg_ctl"));
    command.args([
        "restart",
        "-s",
        "-w",
        "-m",
        "immediate",
        "-D",
        &folder,
        "-l",
    ]);
    command.arg(format!("{folder}/log"));
    let status = tokio::task::spawn_blocking(move || command.status()).await;
    assert!(status.unwrap().unwrap().success());
}

/// A program that runs as the user to whom the server's folder belongs.
fn as_the_server(folder: &str, program: &str) -> Command {
    let owner = std::fs::metadata(folder).unwrap().uid();
    if owner == std::fs::metadata("/proc/self").unwrap().uid() {
        return Command::new(program);
    }
    // PostgreSQL refuses to run as root.
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--", program]);
    command
}

#[tokio::test]
async fn a_pool_without_a_free_connection_is_an_error() {
    let (_turn, _admin) = alone().await;
    let pool = pool_of(1, options());
    let store = PostgresStore::new(pool.clone());
    let (done, claimed) = (done(&store).await, claim_new(&store, &fresh_key()).await);
    let held = pool.acquire().await.unwrap();
    assert_out_of_order(&store, &claimed).await;
    drop(held);
    assert_recovered(&store, &done, &claimed).await;
}

#[tokio::test]
async fn a_server_without_a_free_connection_is_an_error() {
    let (_turn, admin) = alone().await;
    let role =
        "DO $$ BEGIN CREATE ROLE limited LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
        GRANT ALL ON webhook_dedupe TO limited; ALTER ROLE limited CONNECTION LIMIT -1";
    tell(&admin, role).await;
    let pool = pool_of(1, options().username("limited"));
    let store = PostgresStore::new(pool.clone());
    let (done, claimed) = (done(&store).await, claim_new(&store, &fresh_key()).await);
    tell(&admin, "ALTER ROLE limited CONNECTION LIMIT 0").await;
    drop(pool.acquire().await.unwrap().detach());
    assert_out_of_order(&store, &claimed).await;
    tell(&admin, "ALTER ROLE limited CONNECTION LIMIT -1").await;
    assert_recovered(&store, &done, &claimed).await;
}

#[tokio::test]
async fn a_database_that_may_only_be_read_is_an_error() {
    let (_turn, admin) = alone().await;
    let pool = pool_of(1, options());
    let store = PostgresStore::new(pool.clone());
    let (done, claimed) = (done(&store).await, claim_new(&store, &fresh_key()).await);
    tell(&pool, "SET default_transaction_read_only = on").await;
    assert_out_of_order(&store, &claimed).await;
    tell(&pool, "SET default_transaction_read_only = off").await;
    assert_recovered(&store, &done, &claimed).await;
    drop(admin);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_whose_time_is_over_and_that_another_has_just_taken_is_not_done() {
    let (_turn, admin) = alone().await;
    let store = PostgresStore::new(pool_of(3, options()));
    let taking = "UPDATE webhook_dedupe SET done = false, lease = interval '1 hour',
        until = clock_timestamp() + interval '1 hour', fence = fence + 1, nonce = nonce + 1 WHERE key = $1";
    let (key, first) = loop {
        let key = fresh_key();
        let token = claim_new(&store, &key).await;
        store.complete(&token, Duration::ZERO).await.unwrap();
        // What another claim does, a moment before it commits.
        let mut first = admin.begin().await.unwrap();
        let taking = sqlx::query(taking).bind(&key.as_bytes()[..]);
        match taking.execute(&mut *first).await.unwrap().rows_affected() {
            1 => break (key, first),
            // The store's own pruning was faster.
            _ => first.rollback().await.unwrap(),
        }
    };
    let second = tokio::spawn({
        let (store, key) = (store.clone(), key.clone());
        async move { store.claim(&key, Nonce::random(), HOUR).await }
    });
    let waiting = "SELECT EXISTS (SELECT FROM pg_stat_activity
        WHERE wait_event_type = 'Lock' AND query LIKE '%webhook_dedupe%')";
    while !sqlx::query_scalar::<_, bool>(waiting)
        .fetch_one(&admin)
        .await
        .unwrap()
    {}
    first.commit().await.unwrap();
    let claim = second.await.unwrap().unwrap();
    assert!(matches!(claim, Claim::InProgress(_)), "{claim:?}");
}

/// Longer than a segment of the log, of 16 MiB, which must still be written: else the whole server stops, and starts again.
const FILL: &str =
    "INSERT INTO webhook_dedupe (key, nonce, fence, attempt, done, lease, until, label)
    SELECT decode(md5(n::text) || md5(n::text), 'hex'), n, n, 1, true, interval '1 hour',
        clock_timestamp() + interval '1 hour', repeat('x', 1500)
    FROM generate_series(1, 14000) n";

/// How long a file may get that the process of this one connection writes: for it, the disk is full then.
pub(crate) async fn limit_files(pool: &PgPool, bytes: &str) {
    let process: i32 = sqlx::query_scalar("SELECT pg_backend_pid()")
        .fetch_one(pool)
        .await
        .unwrap();
    let folder: String = sqlx::query_scalar("SHOW data_directory")
        .fetch_one(pool)
        .await
        .unwrap();
    let limited = as_the_server(&folder, "prlimit")
        .arg(format!("--pid={process}"))
        // The limit that can be lifted again: without what would stand after the colon.
        .arg(format!("--fsize={bytes}:"))
        .status();
    assert!(limited.unwrap().success());
}

#[tokio::test]
async fn a_full_disk_is_an_error() {
    let (_turn, admin) = alone().await;
    // A database of its own: the table is long.
    tell(&admin, "DROP DATABASE IF EXISTS full_disk").await;
    tell(&admin, "CREATE DATABASE full_disk").await;
    let pool = pool_of(1, options().database("full_disk"));
    let store = PostgresStore::new(pool.clone());
    store.migrate().await.unwrap();
    let (done, claimed) = (done(&store).await, claim_new(&store, &fresh_key()).await);
    tell(&pool, FILL).await;

    let size: i64 = sqlx::query_scalar("SELECT pg_relation_size('webhook_dedupe')")
        .fetch_one(&pool)
        .await
        .unwrap();
    limit_files(&pool, &size.to_string()).await;
    while store
        .claim(&fresh_key(), Nonce::random(), HOUR)
        .await
        .is_ok()
    {}
    store
        .claim(&fresh_key(), Nonce::random(), HOUR)
        .await
        .unwrap_err();
    limit_files(&pool, "unlimited").await;
    assert_recovered(&store, &done, &claimed).await;
    pool.close().await;
    tell(&admin, "DROP DATABASE full_disk").await;
}
