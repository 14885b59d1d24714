//! The store in Redis.

use std::fmt;
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, ConnectionInfo, IntoConnectionInfo, Script};
use webhook_core::dedupe::{
    Claim, ClaimState, ClaimToken, DedupeKey, DedupeStore, Nonce, StoreError, StoreFuture,
};

use crate::gate::{Busy, Gate};

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
    gate: Gate,
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
        let info = url.into_connection_info().map_err(StoreError::new)?;
        let client = Client::open(noticing_silence(info)).map_err(StoreError::new)?;
        // Whoever waits for longer is told to try again anyway. How long an answer may take is the endpoint's to say.
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(2)
            .set_max_delay(Duration::from_millis(500))
            .set_response_timeout(None);
        let connection = ConnectionManager::new_with_config(client, config).await;
        connection.map(Self::new).map_err(StoreError::new)
    }

    /// A store on this connection, which carries any number of requests at once.
    ///
    /// Make it with a `response_timeout` that is longer than the endpoint's
    /// [store timeout](webhook_core::dedupe::Dedupe::store_timeout), or with none: the client's own default, half a second, would end
    /// the wait before.
    #[must_use]
    pub fn new(connection: ConnectionManager) -> Self {
        Self {
            connection,
            gate: Gate::new(AT_ONCE, 1),
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

    async fn try_claim(
        &self,
        key: &DedupeKey,
        nonce: Nonce,
        lease: Duration,
    ) -> Result<Claim, StoreError> {
        let mut connection = self.connection.clone();
        let mut script = self.scripts.claim.key(self.name(key));
        let script = script.arg(millis(lease)).arg(OPEN_FOR).arg(key.label());
        let answer: (i64, i64, i64) = script
            .arg(nonce.get())
            .invoke_async(&mut connection)
            .await
            .map_err(StoreError::new)?;
        Ok(match answer {
            (NEW, fence, attempt) => {
                let attempt = u32::try_from(attempt).unwrap_or(u32::MAX);
                Claim::New(ClaimToken::new(key.clone(), nonce, fence, attempt))
            }
            (DONE, ..) => Claim::Done,
            (_, wait, _) => {
                let wait = u64::try_from(wait).map_or(Duration::ZERO, Duration::from_millis);
                Claim::InProgress(wait.min(lease))
            }
        })
    }

    fn change(
        &self,
        token: &ClaimToken,
        length: Duration,
        to: &'static str,
    ) -> StoreFuture<ClaimState> {
        let (store, token) = (self.clone(), token.clone());
        StoreFuture::later(async move { store.try_change(&token, length, to).await })
    }

    async fn try_change(
        &self,
        token: &ClaimToken,
        length: Duration,
        to: &'static str,
    ) -> Result<ClaimState, StoreError> {
        let mut connection = self.connection.clone();
        let mut script = self.scripts.change.key(self.name(token.key()));
        let script = script.arg(token.nonce().get()).arg(millis(length));
        let script = script.arg(to).arg(OPEN_FOR).arg(token.fence());
        let script = script.arg(token.attempt()).arg(token.key().label());
        let changed: i64 = script
            .invoke_async(&mut connection)
            .await
            .map_err(StoreError::new)?;
        Ok(match changed {
            CHANGED => ClaimState::Held,
            DONE => ClaimState::Done,
            _ => ClaimState::Lost,
        })
    }
}

/// A server that is gone without a word is noticed after ten seconds, and the connection made again.
fn noticing_silence(info: ConnectionInfo) -> ConnectionInfo {
    #[cfg(any(target_os = "android", target_os = "linux"))]
    let info = {
        let settings = info.tcp_settings().clone();
        info.set_tcp_settings(settings.set_user_timeout(Duration::from_secs(10)))
    };
    info
}

/// How many claims are under way at once; as many again wait. One connection carries them all.
const AT_ONCE: usize = 1024;

const NEW: i64 = 0;
const DONE: i64 = 1;
const CHANGED: i64 = 2;

/// How long an event whose claim has run out or was given back is remembered, so that its attempts are counted on: a
/// day, in milliseconds.
const OPEN_FOR: i64 = 24 * 60 * 60 * 1000;

/// A hash for each event: `state` (`open`, `done`), `nonce`, `fence`, `attempt`, `lease` (milliseconds), `until`
/// (milliseconds of the server's clock) and `label`. The fence is written with `%d` formats, as Lua's numbers are floats:
/// exact up to 2^53, which microseconds reach in the year 2255. The nonce is never a number here.
///
/// A claim that ends much later than a lease from now was made before the server's clock was set back: it is over.
const CLAIM: &str = "
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local fence = time[1] * 1000000 + time[2]
local attempt = 1
local known = redis.call('HMGET', KEYS[1], 'state', 'fence', 'attempt', 'until', 'nonce', 'lease')
if known[1] == 'open' and known[5] == ARGV[4] then
    fence = tonumber(known[2])
    attempt = tonumber(known[3])
elseif known[1] then
    local till = tonumber(known[4])
    local is_set_back = known[1] == 'open' and till > now + tonumber(known[6]) * 1.5
    if till > now and not is_set_back then
        if known[1] == 'done' then return {1, 0, 0} end
        return {3, till - now, 0}
    end
    fence = math.max(fence, tonumber(known[2]) + 1)
    if known[1] == 'open' then attempt = tonumber(known[3]) + 1 end
end
redis.call('HSET', KEYS[1], 'state', 'open', 'nonce', ARGV[4], 'fence', string.format('%.0f', fence),
    'attempt', attempt, 'lease', ARGV[1], 'until', string.format('%.0f', now + ARGV[1]), 'label', ARGV[3])
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', ARGV[1] + ARGV[2]))
return {0, fence, attempt}";

/// To `done`, to `open` for another lease, or to `free`. What was forgotten is made again.
const CHANGE: &str = "
local known = redis.call('HMGET', KEYS[1], 'state', 'nonce')
if known[1] and known[2] ~= ARGV[1] then return 3 end
if known[1] == 'done' then return 1 end
if ARGV[3] == 'free' and not known[1] then return 2 end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local keep = tonumber(ARGV[2])
local state = ARGV[3] == 'done' and 'done' or 'open'
redis.call('HSET', KEYS[1], 'state', state, 'nonce', ARGV[1], 'lease', ARGV[2],
    'until', string.format('%.0f', now + keep))
if not known[1] then
    redis.call('HSET', KEYS[1], 'fence', ARGV[5], 'attempt', ARGV[6], 'label', ARGV[7])
end
if state == 'open' then keep = keep + ARGV[4] end
if keep > 0 then redis.call('PEXPIRE', KEYS[1], string.format('%.0f', keep)) else redis.call('DEL', KEYS[1]) end
return 2";

/// No longer than Redis takes as an expiry.
fn millis(duration: Duration) -> i64 {
    const LONGEST: i64 = 100 * 365 * 24 * 60 * 60 * 1000;
    i64::try_from(duration.as_millis()).map_or(LONGEST, |millis| millis.min(LONGEST))
}

const BUSY: Busy = Busy("Redis");

impl DedupeStore for RedisStore {
    fn claim(&self, key: &DedupeKey, nonce: Nonce, lease: Duration) -> StoreFuture<Claim> {
        let Some(turn) = self.gate.enter() else {
            return StoreFuture::ready(Err(StoreError::not_taken(BUSY)));
        };
        let (store, key) = (self.clone(), key.clone());
        StoreFuture::later(async move {
            let _turn = turn.await.ok_or_else(|| StoreError::not_taken(BUSY))?;
            store.try_claim(&key, nonce, lease).await
        })
    }

    fn renew(&self, token: &ClaimToken, lease: Duration) -> StoreFuture<ClaimState> {
        self.change(token, lease, "open")
    }

    fn complete(&self, token: &ClaimToken, retention: Duration) -> StoreFuture<ClaimState> {
        self.change(token, retention, "done")
    }

    fn release(&self, token: &ClaimToken) -> StoreFuture<ClaimState> {
        self.change(token, Duration::ZERO, "free")
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore")
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}
