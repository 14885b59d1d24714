//! The SQL. Each statement takes any number of events, as a JSON array of `[key, label, nonce, fence, attempt, length]`:
//! the key in hexadecimal digits, the length of the lease or retention in milliseconds.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::time::Duration;

use sqlx::Error;
use sqlx::sqlite::SqliteConnection;
use webhook_core::dedupe::{Claim, ClaimState, ClaimToken, DedupeKey, Nonce};

use super::clock::{Now, millis};

/// What a claim that is not completed is changed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Complete,
    Renew,
    Release,
}

/// Several events of one statement.
#[derive(Default)]
pub(super) struct Events {
    json: String,
    tokens: Vec<ClaimToken>,
}

impl Events {
    pub(super) fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    pub(super) fn push_claim(&mut self, key: &DedupeKey, nonce: Nonce, lease: Duration) {
        self.push(&ClaimToken::new(key.clone(), nonce, 0, 1), lease);
    }

    pub(super) fn push(&mut self, token: &ClaimToken, length: Duration) {
        let key = token.key();
        let label = escaped(key.label());
        // Writing into a text does not fail.
        let _ = write!(
            self.json,
            r#"{}["{}","{label}",{},{},{},{}]"#,
            if self.json.is_empty() { '[' } else { ',' },
            key.to_hex(),
            token.nonce().get(),
            token.fence(),
            token.attempt(),
            millis(length),
        );
        self.tokens.push(token.clone());
    }

    fn json(&self) -> String {
        format!("{}]", self.json)
    }
}

/// For a text of JSON.
fn escaped(label: &str) -> String {
    let mut escaped = String::with_capacity(label.len());
    for char in label.chars() {
        match char {
            '"' | '\\' => escaped.extend(['\\', char]),
            char if char.is_control() => {}
            char => escaped.push(char),
        }
    }
    escaped
}

/// Takes those events that are unknown or over their time; only they come back. A claim is over if
/// its lease has run out, by a clock that can be believed about it; or if it ends so late that a clock was set back since.
const CLAIM: &str = "
INSERT INTO webhook_dedupe AS known (key, label, done, nonce, fence, attempt, lease, until)
SELECT unhex(value ->> 0), value ->> 1, ?3, value ->> 2, ?2 * 1000, 1, value ->> 5, ?2 + (value ->> 5)
FROM json_each(?1) WHERE true
ON CONFLICT (key) DO UPDATE SET
    done = excluded.done,
    nonce = excluded.nonce,
    fence = CASE
        WHEN known.nonce = excluded.nonce AND NOT known.done THEN known.fence
        ELSE max(known.fence + 1, excluded.fence)
    END,
    attempt = CASE
        WHEN known.done THEN 1
        WHEN known.nonce = excluded.nonce THEN known.attempt
        ELSE known.attempt + 1
    END,
    lease = excluded.lease,
    until = excluded.until
WHERE CASE
    WHEN known.done THEN known.until <= ?2
    WHEN known.nonce = excluded.nonce THEN true
    WHEN known.until <= ?2 THEN known.lease <= ?4 OR known.until - known.lease >= ?5
    ELSE known.until > ?2 + known.lease + known.lease / 2 AND known.lease <= ?4
END
RETURNING key, nonce, fence, attempt";

/// What is known of these.
const LOOK: &str = "
SELECT key, nonce, done, lease, until FROM webhook_dedupe
WHERE key IN (SELECT unhex(value ->> 0) FROM json_each(?1))";

/// Changes what is its own and not done, and makes what was forgotten.
const WRITE: &str = "
INSERT INTO webhook_dedupe AS known (key, label, done, nonce, fence, attempt, lease, until)
SELECT unhex(value ->> 0), value ->> 1, ?3, value ->> 2, value ->> 3, value ->> 4, value ->> 5, ?2 + (value ->> 5)
FROM json_each(?1) WHERE true
ON CONFLICT (key) DO UPDATE SET done = excluded.done, lease = excluded.lease, until = excluded.until
WHERE known.nonce = excluded.nonce AND NOT known.done
RETURNING key, nonce";

const RELEASE: &str = "
UPDATE webhook_dedupe AS known SET lease = 0, until = ?2 FROM json_each(?1) AS asked
WHERE known.key = unhex(asked.value ->> 0) AND known.nonce = asked.value ->> 2 AND NOT known.done
RETURNING key, nonce";

/// What was claimed and not completed is remembered for a day, so that its attempts are counted on. The first condition says
/// nothing new: with it, only what is over is looked at, and not all that is remembered.
const PRUNE: &str = "
DELETE FROM webhook_dedupe WHERE rowid IN (
    SELECT rowid FROM webhook_dedupe
    WHERE until < ?2 AND until < ?2 - CASE WHEN done THEN 0 ELSE 86400000 END
    ORDER BY until LIMIT ?1
)";

/// The answers, in the order of the questions. Claimed for the length, and done at once if `done`.
pub(super) async fn claim(
    connection: &mut SqliteConnection,
    events: &Events,
    now: Now,
    done: bool,
) -> Result<Vec<Claim>, Error> {
    let json = events.json();
    let claimed: Vec<(Vec<u8>, i64, i64, u32)> = sqlx::query_as(CLAIM)
        .bind(&json)
        .bind(now.wall)
        .bind(done)
        .bind(now.calm_for)
        .bind(now.calm_since)
        // To the end: a statement that is left in the middle does not commit.
        .fetch_all(&mut *connection)
        .await?;
    let claimed: HashMap<_, _> = claimed
        .into_iter()
        .map(|(key, nonce, fence, attempt)| ((key, nonce), (fence, attempt)))
        .collect();
    let known = match claimed.len() < events.tokens.len() {
        true => look(connection, &json).await?,
        false => HashMap::new(),
    };
    let answer = |token: &ClaimToken| {
        if let Some((fence, attempt)) = claimed.get(&name(token)) {
            let (key, nonce) = (token.key().clone(), token.nonce());
            return Claim::New(ClaimToken::new(key, nonce, *fence, *attempt));
        }
        match known.get(&token.key().as_bytes()[..]) {
            Some(known) if known.done => Claim::Done,
            Some(known) => Claim::InProgress(known.wait(now)),
            None => Claim::InProgress(Duration::ZERO),
        }
    };
    Ok(events.tokens.iter().map(answer).collect())
}

/// The answers, in the order of the questions.
pub(super) async fn change(
    connection: &mut SqliteConnection,
    change: Change,
    events: &Events,
    now: Now,
) -> Result<Vec<ClaimState>, Error> {
    let json = events.json();
    let query = match change {
        Change::Complete => sqlx::query_as(WRITE).bind(&json).bind(now.wall).bind(true),
        Change::Renew => sqlx::query_as(WRITE).bind(&json).bind(now.wall).bind(false),
        Change::Release => sqlx::query_as(RELEASE).bind(&json).bind(now.wall),
    };
    let changed: Vec<(Vec<u8>, i64)> = query.fetch_all(&mut *connection).await?;
    let changed: HashSet<_> = changed.into_iter().collect();
    let known = match changed.len() < events.tokens.len() {
        true => look(connection, &json).await?,
        false => HashMap::new(),
    };
    let answer = |token: &ClaimToken| match known.get(&token.key().as_bytes()[..]) {
        _ if changed.contains(&name(token)) => ClaimState::Held,
        Some(known) if known.nonce != token.nonce().get() => ClaimState::Lost,
        Some(known) if known.done => ClaimState::Done,
        // Forgotten: there is nothing to give back.
        Some(_) | None if change == Change::Release => ClaimState::Held,
        // It was another's, and is gone before it could be looked at.
        Some(_) | None => ClaimState::Lost,
    };
    Ok(events.tokens.iter().map(answer).collect())
}

/// Forgets up to so many that are over their time, and says how many it were.
pub(super) async fn prune(
    connection: &mut SqliteConnection,
    batch: u32,
    now: Now,
) -> Result<u64, Error> {
    let pruning = sqlx::query(PRUNE).bind(batch).bind(now.wall);
    Ok(pruning.execute(connection).await?.rows_affected())
}

/// By what rows that come back are told apart.
fn name(token: &ClaimToken) -> (Vec<u8>, i64) {
    (token.key().as_bytes().to_vec(), token.nonce().get())
}

struct Known {
    nonce: i64,
    done: bool,
    lease: i64,
    until: i64,
}

impl Known {
    /// How long it may still take until a claim is over.
    fn wait(&self, now: Now) -> Duration {
        let wait = match self.until - now.wall {
            wait @ 1.. => wait.min(self.lease),
            _ => self.lease - now.calm_for,
        };
        Duration::from_millis(u64::try_from(wait).unwrap_or(0))
    }
}

async fn look(
    connection: &mut SqliteConnection,
    json: &str,
) -> Result<HashMap<Vec<u8>, Known>, Error> {
    type Row = (Vec<u8>, i64, bool, i64, i64);
    let rows: Vec<Row> = sqlx::query_as(LOOK)
        .bind(json)
        .fetch_all(connection)
        .await?;
    let known = |(key, nonce, done, lease, until)| {
        let known = Known {
            nonce,
            done,
            lease,
            until,
        };
        (key, known)
    };
    Ok(rows.into_iter().map(known).collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use sqlx::Connection;

    use super::*;
    use crate::SqliteStore;

    /// What is remembered is looked at by nobody but those who ask for it.
    #[tokio::test]
    async fn no_statement_reads_all_that_is_remembered() {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        let migrated = sqlx::raw_sql(SqliteStore::MIGRATION).execute(&mut connection);
        migrated.await.unwrap();
        for statement in [CLAIM, LOOK, WRITE, RELEASE, PRUNE] {
            let plan = format!("EXPLAIN QUERY PLAN {statement}");
            let plan: Vec<(i64, i64, i64, String)> = sqlx::query_as(sqlx::AssertSqlSafe(plan))
                .bind("[]")
                .bind(0)
                .fetch_all(&mut connection)
                .await
                .unwrap();
            let scans = plan.iter().map(|(.., step)| step);
            let scans = scans.filter(|step| {
                step.starts_with("SCAN")
                    && ["webhook_dedupe", "known"]
                        .iter()
                        .any(|table| step.contains(table))
            });
            assert_eq!(scans.count(), 0, "{statement}\n{plan:#?}");
        }
    }

    /// An event that is done or was claimed, for so long, until then.
    async fn with(done: bool, lease: i64, until: i64) -> (SqliteConnection, DedupeKey) {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        let migrated = sqlx::raw_sql(SqliteStore::MIGRATION).execute(&mut connection);
        migrated.await.unwrap();
        let key = DedupeKey::of_event("shop", "evt_1");
        let row = "INSERT INTO webhook_dedupe VALUES (?, 'shop', ?, 1, 1, 1, ?, ?)";
        let row = sqlx::query(row).bind(key.as_bytes().to_vec()).bind(done);
        let row = row.bind(lease).bind(until).execute(&mut connection);
        row.await.unwrap();
        (connection, key)
    }

    /// Whether it goes to another one who claims it.
    async fn goes(done: bool, lease: i64, until: i64, now: Now) -> bool {
        let (mut connection, key) = with(done, lease, until).await;
        let mut events = Events::default();
        events.push_claim(&key, Nonce::random(), Duration::from_secs(1));
        let claims = claim(&mut connection, &events, now, false).await.unwrap();
        matches!(claims.as_slice(), [Claim::New(_)])
    }

    #[tokio::test]
    async fn a_claim_is_over_when_its_lease_is_by_a_clock_that_can_be_believed() {
        const NOW: i64 = 100_000;
        for (what, done, until, calm_for, calm_since, expected) in [
            ("done, for as long", true, NOW, 0, NOW, true),
            ("done, for longer", true, NOW + 1, 0, NOW, false),
            ("done, of a clock ahead", true, NOW + 9000, 9000, 0, false),
            ("just over", false, NOW, 1000, NOW, true),
            ("not over", false, NOW + 1, 1000, 0, false),
            (
                "calm for less, and made before",
                false,
                NOW,
                999,
                NOW - 999,
                false,
            ),
            (
                "calm for less, and made since",
                false,
                NOW,
                999,
                NOW - 1000,
                true,
            ),
            (
                "long over, made before",
                false,
                NOW - 500,
                999,
                NOW - 1499,
                false,
            ),
            (
                "long over, made since",
                false,
                NOW - 500,
                999,
                NOW - 1500,
                true,
            ),
            (
                "of a clock that may be drawn right",
                false,
                NOW + 1500,
                1000,
                0,
                false,
            ),
            (
                "of a clock that was ahead",
                false,
                NOW + 1501,
                1000,
                0,
                true,
            ),
            ("the same, calm for less", false, NOW + 1501, 999, 0, false),
        ] {
            let now = Now {
                wall: NOW,
                calm_for,
                calm_since,
            };
            assert_eq!(goes(done, 1000, until, now).await, expected, "{what}");
        }
    }

    #[tokio::test]
    async fn what_is_done_is_forgotten_once_it_is_over_and_what_is_open_a_day_later() {
        const NOW: i64 = 200_000_000;
        const DAY: i64 = 24 * 60 * 60 * 1000;
        let now = Now {
            wall: NOW,
            calm_for: 0,
            calm_since: NOW,
        };
        for (done, until, forgotten) in [
            (true, NOW, 0),
            (true, NOW - 1, 1),
            (false, NOW - DAY, 0),
            (false, NOW - DAY - 1, 1),
        ] {
            let (mut connection, _) = with(done, 1000, until).await;
            let pruned = prune(&mut connection, 10, now).await.unwrap();
            assert_eq!(pruned, forgotten, "done: {done}, until {until}");
        }
    }
}
