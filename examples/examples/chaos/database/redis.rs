//! Effects in Redis: a list.

use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{AsyncCommands, Client, Script};
use webhook_core::dedupe::{ClaimState, ClaimToken};
use webhook_store::RedisStore;

use super::{Mark, RETENTION, mark};
use crate::Fallible;

const PREFIX: &str = "webhook:dedupe:";
const EFFECTS: &str = "effects";

#[derive(Clone)]
pub(crate) struct Redis {
    connection: ConnectionManager,
    store: RedisStore,
}

/// Completes the claim as the store does, and writes the effect in the same step.
const COMPLETE_WITH_EFFECT: &str = "
local known = redis.call('HMGET', KEYS[1], 'state', 'nonce')
if known[1] == 'done' and known[2] == ARGV[1] then return 2 end
if known[1] ~= 'open' or known[2] ~= ARGV[1] then return 0 end
local time = redis.call('TIME')
local till = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[2]
redis.call('HSET', KEYS[1], 'state', 'done', 'until', string.format('%.0f', till))
redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', till))
redis.call('RPUSH', KEYS[2], ARGV[3])
return 1";

impl Redis {
    pub(crate) fn open(url: &str) -> Fallible<Self> {
        // It is back soon after it was killed.
        let config = ConnectionManagerConfig::new()
            .set_min_delay(Duration::from_millis(20))
            .set_max_delay(Duration::from_millis(200))
            .set_response_timeout(None);
        let connection = ConnectionManager::new_lazy_with_config(Client::open(url)?, config)?;
        let store = RedisStore::new(connection.clone()).prefix(PREFIX);
        Ok(Self { connection, store })
    }

    /// It also says no while it reads its file.
    pub(crate) async fn ping(&self) -> Fallible<()> {
        let _: i64 = self.connection.clone().llen(EFFECTS).await?;
        Ok(())
    }

    pub(crate) fn store(&self) -> &RedisStore {
        &self.store
    }

    pub(crate) async fn complete_with_effect(
        &self,
        token: &ClaimToken,
        event: &str,
    ) -> Fallible<ClaimState> {
        let script = Script::new(COMPLETE_WITH_EFFECT);
        let mut call = script.key(format!("{PREFIX}{}", token.key().to_hex()));
        let call = call.key(EFFECTS).arg(token.nonce().get());
        let retention = u64::try_from(RETENTION.as_millis())?;
        let call = call.arg(retention).arg(entry(event, token.fence()));
        let changed: i64 = call.invoke_async(&mut self.connection.clone()).await?;
        Ok(match changed {
            0 => ClaimState::Lost,
            2 => ClaimState::Done,
            _ => ClaimState::Held,
        })
    }

    pub(crate) async fn add_effect(&self, event: &str, fence: i64) -> Fallible<()> {
        let mut connection = self.connection.clone();
        let _: i64 = connection.rpush(EFFECTS, entry(event, fence)).await?;
        Ok(())
    }

    pub(crate) async fn effects(&self) -> Fallible<Vec<Mark>> {
        let entries: Vec<String> = self.connection.clone().lrange(EFFECTS, 0, -1).await?;
        let marks = entries.iter().map(|entry| {
            let (event, fence) = entry.split_once(' ').ok_or("not an effect")?;
            let (event, fence) = (event.to_owned(), fence.parse()?);
            Ok(Mark { event, fence })
        });
        marks.collect()
    }

    pub(crate) async fn done(&self) -> Fallible<Vec<Mark>> {
        let mut connection = self.connection.clone();
        let names: Vec<String> = connection.keys(format!("{PREFIX}*")).await?;
        let mut done = Vec::new();
        for some in names.chunks(1000) {
            let mut pipe = redis::pipe();
            for name in some {
                pipe.cmd("HMGET")
                    .arg(name)
                    .arg(&["state", "label", "fence"]);
            }
            let events: Vec<(String, String, i64)> = pipe.query_async(&mut connection).await?;
            let events = events.into_iter().filter(|(state, ..)| state == "done");
            done.extend(events.map(|(_, label, fence)| mark((label, fence))));
        }
        Ok(done)
    }
}

fn entry(event: &str, fence: i64) -> String {
    format!("{event} {fence}")
}
