//! The library with a database behind it: what stands in there, and what is said when it does not answer.

use std::error::Error;
use std::future::ready;
use std::time::Duration;

use axum::http::StatusCode;
use sqlx::postgres::PgPoolOptions;
use webhook_core::adapter::process;
use webhook_core::{Answer, Endpoint};
use webhook_store::{PostgresStore, RedisStore, SqliteStore};

use crate::canaries::listen_for_canaries;
use crate::case::{Case, Want};
use crate::cases;
use crate::run_core::NoRuntime;
use crate::targets::{sender, targets};
use webhook_testkit::hygiene::{
    LINE, assert_nothing_got_out, forbid, hear, hear_printed, hear_shown,
};
use webhook_testkit::{Request, outcome_in};

const PASSWORD: &str = "canary-of-a-database";

const FILE: &str = "file of a store";
const ROW: &str = "row of a store";

#[tokio::test]
async fn the_file_of_a_store_holds_nothing_secret() {
    listen_for_canaries();
    let folder = std::env::temp_dir().join(format!("webhook-attacks-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let store = SqliteStore::open(folder.join("webhooks.db")).await.unwrap();
    store.migrate().await.unwrap();
    let genuine = |case: &&Case| case.want == Want::Accepted && case.before.is_none();
    for case in cases::all().iter().filter(genuine) {
        let endpoint = targets()[case.target].endpoint_with(store.clone());
        done(&endpoint, &case.request).await.unwrap();
    }
    store.pool().close().await;
    for file in std::fs::read_dir(&folder).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        let label = b"stripe/stripe/evt_1";
        assert!(bytes.windows(label.len()).any(|part| part == label));
        hear(FILE, &bytes);
    }
    std::fs::remove_dir_all(&folder).unwrap();
    assert_nothing_got_out(&[(FILE, 1)]);
}

/// What the drivers log is searched too.
#[tokio::test]
async fn databases_that_answer_are_told_nothing_secret() {
    listen_for_canaries();
    let pool = PgPoolOptions::new();
    let pool = pool
        .connect(&server("WEBHOOK_TEST_POSTGRES"))
        .await
        .unwrap();
    let postgres = PostgresStore::new(pool.clone());
    postgres.migrate().await.unwrap();
    let redis = RedisStore::connect(&server("WEBHOOK_TEST_REDIS")).await;
    let redis = redis.unwrap().prefix("attacks:");
    let genuine = |case: &&Case| case.want == Want::Accepted && case.before.is_none();
    for case in cases::all().iter().filter(genuine) {
        let target = &targets()[case.target];
        done(&target.endpoint_with(postgres.clone()), &case.request)
            .await
            .unwrap();
        done(&target.endpoint_with(redis.clone()), &case.request)
            .await
            .unwrap();
    }
    let rows = sqlx::query_scalar("SELECT line::text FROM webhook_dedupe AS line");
    let rows: Vec<String> = rows.fetch_all(&pool).await.unwrap();
    assert!(rows.iter().any(|row| row.contains("stripe/stripe/evt_1")));
    rows.iter().for_each(|row| hear(ROW, row.as_bytes()));
    assert_nothing_got_out(&[(LINE, 1), (ROW, 1)]);
}

fn server(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| {
        panic!("{variable} is not set: run this test by `scripts/with-servers cargo test`")
    })
}

#[tokio::test]
async fn a_database_that_does_not_answer_does_not_tell_its_password() {
    listen_for_canaries();
    forbid(PASSWORD);
    let nowhere = PgPoolOptions::new()
        .acquire_timeout(Duration::from_millis(100))
        .connect_lazy(&format!("postgres://shop:{PASSWORD}@127.0.0.1:1/shop"))
        .unwrap();
    let store = PostgresStore::new(nowhere);
    hear_printed(&store);
    let endpoint = sender("stripe").endpoint().name("shop").dedupe(store);
    hear_printed(&endpoint);
    let refused = done(&endpoint, &sender("stripe").genuine()).await;
    hear_shown(&refused.unwrap_err());

    for [before, behind] in [
        ["redis://:", "@127.0.0.1:1"],
        ["redis://shop:", "@127.0.0.1:1/x"],
        ["redis://shop:", "@127.0.0.1:x"],
        ["redis://shop:", "@"],
        ["redis://shop:", "%zz@127.0.0.1:1"],
        ["redis:", "@127.0.0.1:1"],
        ["http://shop:", "@127.0.0.1:1"],
        [":", "@127.0.0.1:1"],
    ] {
        let url = format!("{before}{PASSWORD}{behind}");
        let error = RedisStore::connect(&url).await.unwrap_err();
        hear_shown(&error);
        hear_printed(&error.source());
    }
    assert_nothing_got_out(&[(LINE, 1), ("print", 1)]);
}

/// What comes of a request whose handler succeeds.
async fn done(endpoint: &Endpoint, request: &Request) -> Result<(), Answer> {
    let delivery = match outcome_in(endpoint, request, vec![request.body.clone()]) {
        Err(Answer::Reply(_)) => return Ok(()),
        received => received?,
    };
    match process(delivery, NoRuntime, |_| ready(StatusCode::OK)).await {
        Err(Answer::Duplicate(reply)) => hear_printed(&reply),
        processed => drop(processed?),
    }
    Ok(())
}
