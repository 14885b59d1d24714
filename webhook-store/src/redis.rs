//! The store in Redis.

use std::fmt;
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, Script};
use webhook_core::dedupe::{Claim, DedupeKey, DedupeStore, Held, StoreError, Storing, Token};

/// Remembers events in Redis, 6 or later, for any number of machines. By the clock of Redis.
///
/// Every step is one script, so that it is atomic and one round trip. The connection reconnects by itself; what was asked
/// while it was down is answered with an error, never with "done".
///
/// # Security
/// What Redis forgets is done again. It must not evict (`maxmemory-policy noeviction`), and must write what it answers
/// (`appendfsync always`) if a crash of its machine must not repeat an event. A failover can lose the latest claims and
/// completions: at least once then, not exactly once.
///
/// ```no_run
/// use webhook_store::RedisStore;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let store = RedisStore::connect("redis://localhost").await?.prefix("shop:webhooks:");
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct RedisStore {
    connection: ConnectionManager,
    prefix: String,
    scripts: std::sync::Arc<Scripts>,
}

struct Scripts {
    claim: Script,
    change: Script,
}

impl RedisStore {
    /// Connects to this URL.
    ///
    /// # Errors
    /// If it is not a URL of Redis, or nothing answers there.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        let client = Client::open(url).map_err(StoreError::new)?;
        // Whoever waits for longer is told to try again anyway.
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(2)
            .set_max_delay(Duration::from_millis(500));
        let connection = ConnectionManager::new_with_config(client, config).await;
        connection.map(Self::new).map_err(StoreError::new)
    }

    /// A store on this connection, which carries any number of requests at once.
    #[must_use]
    pub fn new(connection: ConnectionManager) -> Self {
        Self {
            connection,
            prefix: "webhook:dedupe:".to_owned(),
            scripts: std::sync::Arc::new(Scripts {
                claim: Script::new(CLAIM),
                change: Script::new(CHANGE),
            }),
        }
    }

    /// What stands before the names of the keys. `webhook:dedupe:` if not said otherwise.
    #[must_use]
    pub fn prefix(self, prefix: impl Into<String>) -> Self {
        Self {
            prefix: prefix.into(),
            ..self
        }
    }

    fn name(&self, key: &DedupeKey) -> String {
        format!("{}{}", self.prefix, key.to_hex())
    }

    async fn try_claim(&self, key: &DedupeKey, lease: Duration) -> Result<Claim, StoreError> {
        let mut connection = self.connection.clone();
        let mut script = self.scripts.claim.key(self.name(key));
        let script = script.arg(millis(lease)).arg(OPEN_FOR).arg(key.label());
        let answer: (i64, i64, i64) = script
            .invoke_async(&mut connection)
            .await
            .map_err(StoreError::new)?;
        Ok(match answer {
            (NEW, fence, attempt) => {
                let attempt = u32::try_from(attempt).unwrap_or(u32::MAX);
                Claim::New(Token::new(key.clone(), fence, attempt))
            }
            (DONE, ..) => Claim::Done,
            (_, wait, _) => {
                let wait = u64::try_from(wait).map_or(Duration::ZERO, Duration::from_millis);
                Claim::InProgress(wait.min(lease))
            }
        })
    }

    async fn change(
        &self,
        token: &Token,
        until: Duration,
        to: &'static str,
    ) -> Result<Held, StoreError> {
        let mut connection = self.connection.clone();
        let mut script = self.scripts.change.key(self.name(token.key()));
        let script = script.arg(token.fence()).arg(millis(until));
        let script = script.arg(to).arg(OPEN_FOR);
        let changed: i64 = script
            .invoke_async(&mut connection)
            .await
            .map_err(StoreError::new)?;
        Ok(match changed {
            0 => Held::Lost,
            _ => Held::Yes,
        })
    }
}

const NEW: i64 = 0;
const DONE: i64 = 1;

/// How long an event whose claim has run out or was given back is remembered, so that its attempts are counted on: a
/// day, in milliseconds.
const OPEN_FOR: i64 = 24 * 60 * 60 * 1000;

/// A hash for each event: `state` (`open`, `done`), `fence`, `attempt`, `until` (milliseconds of the server's clock) and
/// `label`. The fence is written with `%d` formats, as Lua's numbers are floats: exact up to 2^53, which microseconds
/// reach in the year 2255.
const CLAIM: &str = "
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local fence = time[1] * 1000000 + time[2]
local attempt = 1
local known = redis.call('HMGET', KEYS[1], 'state', 'fence', 'attempt', 'until')
if known[1] then
    local till = tonumber(known[4])
    if till > now then
        if known[1] == 'done' then return {1, 0, 0} end
        return {2, till - now, 0}
    end
    fence = math.max(fence, tonumber(known[2]) + 1)
    if known[1] == 'open' then attempt = tonumber(known[3]) + 1 end
end
redis.call('HSET', KEYS[1], 'state', 'open', 'fence', string.format('%.0f', fence), 'attempt', attempt,
    'until', string.format('%.0f', now + ARGV[1]), 'label', ARGV[3])
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', ARGV[1] + ARGV[2]))
return {0, fence, attempt}";

const CHANGE: &str = "
local known = redis.call('HMGET', KEYS[1], 'state', 'fence')
if known[1] ~= 'open' or known[2] ~= ARGV[1] then return 0 end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local keep = tonumber(ARGV[2])
redis.call('HSET', KEYS[1], 'state', ARGV[3], 'until', string.format('%.0f', now + keep))
if ARGV[3] == 'open' then keep = keep + ARGV[4] end
if keep > 0 then redis.call('PEXPIRE', KEYS[1], string.format('%.0f', keep)) else redis.call('DEL', KEYS[1]) end
return 1";

/// No longer than Redis takes as an expiry.
fn millis(duration: Duration) -> i64 {
    const LONGEST: i64 = 100 * 365 * 24 * 60 * 60 * 1000;
    i64::try_from(duration.as_millis()).map_or(LONGEST, |millis| millis.min(LONGEST))
}

impl DedupeStore for RedisStore {
    fn claim<'a>(&'a self, key: &'a DedupeKey, lease: Duration) -> Storing<'a, Claim> {
        Storing::later(self.try_claim(key, lease))
    }

    fn renew<'a>(&'a self, token: &'a Token, lease: Duration) -> Storing<'a, Held> {
        Storing::later(self.change(token, lease, "open"))
    }

    fn complete<'a>(&'a self, token: &'a Token, retention: Duration) -> Storing<'a, Held> {
        Storing::later(self.change(token, retention, "done"))
    }

    fn release<'a>(&'a self, token: &'a Token) -> Storing<'a, Held> {
        Storing::later(self.change(token, Duration::ZERO, "open"))
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore")
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}
