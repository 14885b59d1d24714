//! How many deliveries a second each engine takes and works on, and how long a sender waits for its answer.
//!
//! ```text
//! scripts/with-servers cargo run --release -p engines --example load -- ENGINE SECONDS CLIENTS [A_SECOND]
//! ```
//!
//! ENGINE is `jetstream`, `redis_streams`, `graphile_worker` or `apalis`. Each client has one connection, and sends an event as soon as the
//! last one is answered; with `A_SECOND`, all of them together send no more than that. The receiver, the worker, which has 16 deliveries
//! at a time, and the clients are one process, beside the server of the engine on the same machine.

#[path = "apalis.rs"]
#[allow(dead_code)]
mod apalis;
#[path = "graphile_worker.rs"]
#[allow(dead_code)]
mod graphile_worker;
#[path = "jetstream.rs"]
#[allow(dead_code)]
mod jetstream;
#[path = "redis_streams.rs"]
#[allow(dead_code)]
mod redis_streams;

use std::env;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use engines::{Connection, Engine, Error, Program, Shop, Worker, endpoint, open, receive, signed};
use tokio::time::{Instant, sleep_until};

const USAGE: &str = "ENGINE SECONDS CLIENTS [A_SECOND], and the engine is jetstream, redis_streams, graphile_worker or apalis";

#[derive(Clone, Copy)]
struct Load {
    time: Duration,
    clients: u32,
    a_second: Option<u32>,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (engine, seconds, clients, a_second) = match arguments[..] {
        [engine, seconds, clients] => (engine, seconds, clients, None),
        [engine, seconds, clients, a_second] => (engine, seconds, clients, Some(a_second)),
        _ => return Err(USAGE.into()),
    };
    let load = Load {
        time: Duration::from_secs(seconds.parse()?),
        clients: clients.parse()?,
        a_second: a_second.map(str::parse).transpose()?,
    };
    match engine {
        "jetstream" => run::<jetstream::Jetstream>(load).await,
        "redis_streams" => run::<redis_streams::RedisStreams>(load).await,
        "graphile_worker" => run::<graphile_worker::GraphileWorker>(load).await,
        "apalis" => run::<apalis::Apalis>(load).await,
        _ => Err(USAGE.into()),
    }
}

async fn run<E: Engine>(load: Load) -> Result<(), Error> {
    let variable = match E::PROGRAM {
        Program::Nats => "WEBHOOK_TEST_NATS",
        Program::Postgres => "WEBHOOK_TEST_POSTGRES",
        Program::Redis => "WEBHOOK_TEST_REDIS",
    };
    let url = env::var(variable);
    let url = url.map_err(|_| format!("{variable} is not set: use scripts/with-servers"))?;
    let engine: E = open(&url).await?;
    let worked = Arc::new(AtomicU64::new(0));
    let counter = worked.clone();
    let shop = Shop::new(move |_| {
        counter.fetch_add(1, Ordering::Relaxed);
    });
    let worker = Worker::new(endpoint()?, shop).times(16);
    let working = engine.clone();
    let working = tokio::spawn(async move { working.work(worker).await });

    let receiver = receive(engine.endpoint()?, engine.clone()).await?;
    let begin = Instant::now();
    let clients = (0..load.clients).map(|client| tokio::spawn(send(receiver, load, client, begin)));
    let mut times = Vec::new();
    for client in clients.collect::<Vec<_>>() {
        times.extend(client.await??);
    }
    let (sending, during) = (begin.elapsed(), worked.load(Ordering::Relaxed));
    let accepted = times.len() as u64;
    let mut known = 0;
    // Until the worker gets no further.
    while worked.load(Ordering::Relaxed) < accepted && !working.is_finished() {
        sleep_until(Instant::now() + Duration::from_secs(2)).await;
        let now = worked.load(Ordering::Relaxed);
        if now == known {
            break;
        }
        known = now;
    }
    times.sort();
    let a_second = |count: u64| count as f64 / sending.as_secs_f64();
    let part = |part: f64| {
        let at = (times.len() as f64 * part) as usize;
        times.get(at).copied().unwrap_or_default().as_secs_f64() * 1000.0
    };
    println!(
        "accepted {:.0}/s, worked {:.0}/s meanwhile, acknowledged in p50 {:.1} ms, p99 {:.1} ms; {accepted} accepted, {} worked on in the end",
        a_second(accepted),
        a_second(during),
        part(0.5),
        part(0.99),
        worked.load(Ordering::Relaxed),
    );
    Ok(())
}

/// The times of the answers with 200.
async fn send(
    receiver: SocketAddr,
    load: Load,
    client: u32,
    begin: Instant,
) -> Result<Vec<Duration>, Error> {
    let mut connection = Connection::open(receiver).await?;
    let mut times = Vec::new();
    let mut number = 0;
    let pause = load
        .a_second
        .map(|all| Duration::from_secs(1) * load.clients / all);
    while begin.elapsed() < load.time {
        if let Some(pause) = pause {
            sleep_until(begin + pause * number).await;
        }
        let id = format!("evt_{}_{client}_{number}", std::process::id());
        let request = signed(&id, "invoice.paid")?;
        let sent = Instant::now();
        if connection.send(&request).await? == 200 {
            times.push(sent.elapsed());
        }
        number += 1;
    }
    Ok(times)
}
