//! The statements: only what MySQL and MariaDB both understand, so no `RETURNING` and no row alias. What a statement found out
//! comes back as its insert id.

use std::time::Duration;

use sqlx::mysql::{MySqlArguments, MySqlDatabaseError, MySqlQueryResult};
use sqlx::query::Query;
use sqlx::{Error, MySql, MySqlConnection, MySqlPool};
use webhook_core::dedupe::{Claim, ClaimState, ClaimToken, DedupeKey, Nonce};

/// How often a statement is tried if others are in its way.
const TRIES: u32 = 5;

/// When this statement began, in microseconds since 1970, whatever the time zone of the connection is.
macro_rules! now {
    () => {
        "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6))"
    };
}

/// Whether the known event goes to who asks: it is over its time, or was claimed with the same nonce.
macro_rules! is_free {
    () => {
        "(until <= VALUES(until) - VALUES(lease) OR NOT done AND nonce = VALUES(nonce))"
    };
}

/// Takes the event if it is unknown or over its time. The insert id says which: [`TAKEN_OVER`], [`KNOWN`], or the fence of a new
/// claim.
///
/// The servers assign from the first to the last, and what was assigned is seen by those after it; MariaDB can be told to assign
/// all at once. This order is right for both: attempt and fence are not asked for by the condition, and once nonce and `done` are
/// assigned it stays as it was.
const CLAIM: &str = concat!(
    "
INSERT INTO webhook_dedupe (`key`, label, done, nonce, fence, attempt, lease, until)
VALUES (?, CONVERT(? USING utf8mb4), FALSE, ?, LAST_INSERT_ID(",
    now!(),
    "), 1, ?, ",
    now!(),
    " + ?)
ON DUPLICATE KEY UPDATE
    attempt = CASE
        WHEN LAST_INSERT_ID(",
    is_free!(),
    ") = 0 THEN attempt
        WHEN done THEN 1
        WHEN nonce = VALUES(nonce) THEN attempt
        ELSE attempt + 1
    END,
    fence = CASE
        WHEN NOT ",
    is_free!(),
    " OR NOT done AND nonce = VALUES(nonce) THEN fence
        ELSE GREATEST(fence + 1, VALUES(fence))
    END,
    nonce = IF(",
    is_free!(),
    ", VALUES(nonce), nonce),
    done = IF(",
    is_free!(),
    ", VALUES(done), done),
    lease = IF(",
    is_free!(),
    ", VALUES(lease), lease),
    until = IF(",
    is_free!(),
    ", VALUES(until), until)"
);

/// What that statement answers if the event is known.
const KNOWN: u64 = 0;
const TAKEN_OVER: u64 = 1;

/// How the event stands.
const LOOK: &str = concat!(
    "SELECT nonce, done, fence, attempt, lease, until, ",
    now!(),
    " FROM webhook_dedupe WHERE `key` = ?"
);

/// The same in a transaction, whose plain reads may show how it stood long ago.
const LOOK_WITHIN: &str = concat!(
    "SELECT nonce, done, fence, attempt, lease, until, ",
    now!(),
    " FROM webhook_dedupe WHERE `key` = ? FOR UPDATE"
);

/// Ends a claim that was looked at, if nobody has changed it since.
const END: &str = concat!(
    "UPDATE webhook_dedupe SET lease = 0, until = ",
    now!(),
    " WHERE `key` = ? AND nonce = ? AND until = ? AND NOT done"
);

/// Changes what is its own and not done, and makes what was forgotten. The insert id says how it stood.
const WRITE: &str = concat!(
    "
INSERT INTO webhook_dedupe (`key`, label, done, nonce, fence, attempt, lease, until)
VALUES (?, CONVERT(? USING utf8mb4), ?, ?, ?, ?, ?, ",
    now!(),
    " + ?)
ON DUPLICATE KEY UPDATE
    lease = IF(
        LAST_INSERT_ID(CASE WHEN nonce <> VALUES(nonce) THEN 2 WHEN done THEN 1 ELSE 0 END) = 0,
        VALUES(lease), lease
    ),
    until = IF(nonce = VALUES(nonce) AND NOT done, VALUES(until), until),
    done = IF(nonce = VALUES(nonce) AND NOT done, VALUES(done), done)"
);

/// The same answers. If the event is forgotten there is nothing to give back.
const RELEASE: &str = concat!(
    "
UPDATE webhook_dedupe SET
    lease = IF(LAST_INSERT_ID(CASE WHEN nonce <> ? THEN 2 WHEN done THEN 1 ELSE 0 END) = 0, 0, lease),
    until = IF(nonce = ? AND NOT done, ",
    now!(),
    ", until)
WHERE `key` = ?"
);

/// What those two statements answer.
const HELD: u64 = 0;
const DONE: u64 = 1;
const LOST: u64 = 2;

/// What was claimed and not completed is remembered for a day, so that its attempts are counted on. Waits for nobody, so that it
/// takes no part in a deadlock.
const OVER: &str = concat!(
    "
SELECT HEX(`key`) FROM webhook_dedupe FORCE INDEX (webhook_dedupe_until)
WHERE until < ",
    now!(),
    " AND until < ",
    now!(),
    " - IF(done, 0, 86400000000)
ORDER BY until LIMIT ? FOR UPDATE SKIP LOCKED"
);

/// By its keys, one after another. A list of keys may be a search through the table for the server, which would lock what others
/// need.
const FORGET: &str = "
DELETE known
FROM JSON_TABLE(CAST(? AS CHAR), '$[*]' COLUMNS (digits CHAR(64) PATH '$')) AS over_its_time
STRAIGHT_JOIN webhook_dedupe AS known FORCE INDEX (PRIMARY) ON known.`key` = UNHEX(over_its_time.digits)";

/// Where statements run.
pub(super) struct Database<'c> {
    connection: &'c mut MySqlConnection,
    look: &'static str,
    tries: u32,
}

impl<'c> Database<'c> {
    /// On a connection on which every statement is a transaction.
    pub(super) fn alone(connection: &'c mut MySqlConnection) -> Self {
        Self {
            connection,
            look: LOOK,
            tries: TRIES,
        }
    }

    /// In a transaction. It is over if others are in its way, so nothing of it is tried again.
    pub(super) fn within(connection: &'c mut MySqlConnection) -> Self {
        Self {
            connection,
            look: LOOK_WITHIN,
            tries: 1,
        }
    }

    pub(super) async fn claim(
        &mut self,
        key: &DedupeKey,
        nonce: Nonce,
        lease: Duration,
    ) -> Result<Claim, Error> {
        let token = |fence, attempt| ClaimToken::new(key.clone(), nonce, fence, attempt);
        // Again if a claim was found that must be ended first.
        for _ in 0..TRIES {
            match self.ask(key, nonce, lease).await? {
                KNOWN | TAKEN_OVER => {}
                fence => return Ok(Claim::New(token(i64::try_from(fence).unwrap_or(0), 1))),
            }
            let Some(known) = self.look(key).await? else {
                // Forgotten in between.
                continue;
            };
            if known.is_of(nonce) {
                return Ok(Claim::New(token(known.fence, known.attempt())));
            }
            if !known.is_of_a_clock_ahead() {
                return Ok(known.answer(lease));
            }
            self.end(key, &known).await?;
        }
        Ok(Claim::InProgress(lease))
    }

    async fn ask(&mut self, key: &DedupeKey, nonce: Nonce, lease: Duration) -> Result<u64, Error> {
        let lease = micros(lease);
        let asking = || {
            sqlx::query(CLAIM)
                .bind(&key.as_bytes()[..])
                .bind(key.label().as_bytes())
                .bind(nonce.get())
                .bind(lease)
                .bind(lease)
        };
        Ok(self.execute(asking).await?.last_insert_id())
    }

    async fn look(&mut self, key: &DedupeKey) -> Result<Option<Known>, Error> {
        let row: Option<Row> = sqlx::query_as(self.look)
            .bind(&key.as_bytes()[..])
            .fetch_optional(&mut *self.connection)
            .await?;
        Ok(row.map(Known::from))
    }

    async fn end(&mut self, key: &DedupeKey, known: &Known) -> Result<(), Error> {
        let ending = || {
            sqlx::query(END)
                .bind(&key.as_bytes()[..])
                .bind(known.nonce)
                .bind(known.until)
        };
        self.execute(ending).await.map(drop)
    }

    /// Completes a claim, or renews it if not `done`.
    pub(super) async fn write(
        &mut self,
        token: &ClaimToken,
        length: Duration,
        done: bool,
    ) -> Result<ClaimState, Error> {
        let length = micros(length);
        let writing = || {
            sqlx::query(WRITE)
                .bind(&token.key().as_bytes()[..])
                .bind(token.key().label().as_bytes())
                .bind(done)
                .bind(token.nonce().get())
                .bind(token.fence())
                .bind(token.attempt())
                .bind(length)
                .bind(length)
        };
        held(&self.execute(writing).await?)
    }

    pub(super) async fn release(&mut self, token: &ClaimToken) -> Result<ClaimState, Error> {
        let nonce = token.nonce().get();
        let releasing = || {
            sqlx::query(RELEASE)
                .bind(nonce)
                .bind(nonce)
                .bind(&token.key().as_bytes()[..])
        };
        held(&self.execute(releasing).await?)
    }

    async fn execute<'q>(
        &mut self,
        query: impl Fn() -> Query<'q, MySql, MySqlArguments>,
    ) -> Result<MySqlQueryResult, Error> {
        for _ in 1..self.tries {
            match query().execute(&mut *self.connection).await {
                Err(error) if is_in_the_way(&error) => {}
                result => return result,
            }
        }
        query().execute(&mut *self.connection).await
    }
}

type Row = (i64, bool, i64, i64, i64, i64, i64);

/// How an event stands, and when that was read.
struct Known {
    nonce: i64,
    done: bool,
    fence: i64,
    attempt: i64,
    lease: i64,
    until: i64,
    now: i64,
}

impl From<Row> for Known {
    fn from((nonce, done, fence, attempt, lease, until, now): Row) -> Self {
        Self {
            nonce,
            done,
            fence,
            attempt,
            lease,
            until,
            now,
        }
    }
}

impl Known {
    /// Whether it is claimed with this nonce.
    fn is_of(&self, nonce: Nonce) -> bool {
        !self.done && self.nonce == nonce.get()
    }

    /// Whether it ends so late that the clock was set back since.
    fn is_of_a_clock_ahead(&self) -> bool {
        let longest = self.lease.saturating_add(self.lease.min(YEAR) / 2);
        !self.done && self.until > self.now.saturating_add(longest)
    }

    fn attempt(&self) -> u32 {
        u32::try_from(self.attempt).unwrap_or(u32::MAX)
    }

    /// For whoever asks for it and does not get it.
    fn answer(&self, lease: Duration) -> Claim {
        let wait = self.until.saturating_sub(self.now);
        match wait {
            1.. if self.done => Claim::Done,
            _ => {
                let wait = Duration::from_micros(u64::try_from(wait).unwrap_or(0));
                Claim::InProgress(wait.min(lease))
            }
        }
    }
}

const YEAR: i64 = 365 * 24 * 60 * 60 * 1_000_000;

/// No longer than what can be added to the present time.
fn micros(duration: Duration) -> i64 {
    const LONGEST: i64 = i64::MAX / 4;
    i64::try_from(duration.as_micros()).map_or(LONGEST, |micros| micros.min(LONGEST))
}

fn held(result: &MySqlQueryResult) -> Result<ClaimState, Error> {
    match result.last_insert_id() {
        HELD => Ok(ClaimState::Held),
        DONE => Ok(ClaimState::Done),
        LOST => Ok(ClaimState::Lost),
        other => Err(Error::Protocol(format!(
            "the insert id {other} is none of the store's: what changes it between the store and the server?"
        ))),
    }
}

/// Whether the server has rolled the statement back because of others, so that it may be tried again at once: to end a deadlock
/// (1213), or because the row has changed since it was read (1020, MariaDB). Not after a long wait for a lock (1205): nobody
/// waits for the answer any more.
fn is_in_the_way(error: &Error) -> bool {
    let Error::Database(error) = error else {
        return false;
    };
    let error = error.try_downcast_ref::<MySqlDatabaseError>();
    error.is_some_and(|error| matches!(error.number(), 1213 | 1020))
}

pub(super) async fn commits_by_itself(connection: &mut MySqlConnection) -> Result<bool, Error> {
    let autocommit: i64 = sqlx::query_scalar("SELECT CAST(@@autocommit AS SIGNED)")
        .fetch_one(connection)
        .await?;
    Ok(autocommit == 1)
}

/// Forgets up to so many that are over their time, and says how many it were.
pub(super) async fn prune(pool: &MySqlPool, batch: u32) -> Result<u64, Error> {
    let mut transaction = pool.begin().await?;
    let over: Vec<String> = sqlx::query_scalar(OVER)
        .bind(batch)
        .fetch_all(&mut *transaction)
        .await?;
    let json = format!(r#"["{}"]"#, over.join(r#"",""#));
    let forgotten = sqlx::query(FORGET)
        .bind(json)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(forgotten.rows_affected())
}
