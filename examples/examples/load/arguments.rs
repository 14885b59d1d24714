//! What the program is told to do.

use std::time::Duration;

use crate::Fallible;
use crate::plan::Plan;
use crate::store::{Place, Store};

const USAGE: &str = "usage: load [--store memory|sqlite|postgres|mysql|redis]… [--connections NUMBER]… [--seconds NUMBER] [--pause SECONDS]";

const CONNECTIONS: [usize; 2] = [256, 2000];
const SECONDS: f64 = 10.0;
/// Real senders wait longer.
const PAUSE: f64 = 1.0;

pub(crate) enum Arguments {
    Run {
        stores: Vec<Store>,
        plans: Vec<Plan>,
    },
    /// What the program starts itself with.
    Serve(Place),
}

impl Arguments {
    pub(crate) fn read(words: impl Iterator<Item = String>) -> Fallible<Self> {
        let words: Vec<String> = words.collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        if let ["serve", store, url] = words[..] {
            return Ok(Self::Serve(Place::at(store.parse()?, url)));
        }
        let (mut stores, mut connections) = (Vec::new(), Vec::new());
        let (mut seconds, mut pause) = (SECONDS, PAUSE);
        for pair in words.chunks(2) {
            match pair {
                ["--store", store] => stores.push(store.parse()?),
                ["--connections", number] => match number.parse().map_err(|_| USAGE)? {
                    0 => return Err(USAGE.into()),
                    number => connections.push(number),
                },
                ["--seconds", number] => seconds = number.parse().map_err(|_| USAGE)?,
                ["--pause", number] => pause = number.parse().map_err(|_| USAGE)?,
                _ => return Err(USAGE.into()),
            }
        }
        if stores.is_empty() {
            stores.extend(Store::ALL);
        }
        if connections.is_empty() {
            connections.extend(CONNECTIONS);
        }
        let time = Duration::try_from_secs_f64(seconds)?;
        let pause = Duration::try_from_secs_f64(pause)?;
        let plans = connections
            .into_iter()
            .map(|it| Plan::load(it, time, pause));
        Ok(Self::Run {
            stores,
            plans: plans.collect(),
        })
    }
}
