//! The receivers that are attacked.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use serde_json::json;
use webhook_core::Endpoint;
use webhook_core::dedupe::{
    Claim, ClaimState, ClaimToken, Dedupe, DedupeKey, DedupeStore, Nonce, StoreFuture,
};
use webhook_store::MemoryStore;

use crate::cases::keys::ADDRESSES;
use crate::stores::{CountingStore, hear_key};
use webhook_testkit::{Sender, senders};

/// The longest body that any of them takes.
pub(crate) const LIMIT: usize = 64 * 1024;

/// The receivers that remember events; the others take every event as new.
pub(crate) const ONCE: &str = "stripe once";
pub(crate) const ONCE_ELSEWHERE: &str = "stripe once, of another name";
pub(crate) const PAYPAL_ONCE: &str = "paypal once";

pub(crate) const ROTATED: &str = "stripe with two keys";
pub(crate) const IMPATIENT: &str = "stripe that waits 50 ms";
pub(crate) const STRICT: &str = "stripe without tolerance";
pub(crate) const ANYWHERE: &str = "paypal with its certificate anywhere";
pub(crate) const WEB_ROOTS: &str = "paypal with the roots of the web";

pub(crate) struct Target {
    pub(crate) name: String,
    /// Whose requests it takes.
    pub(crate) sender: &'static Sender,
    endpoint: Endpoint,
    remembers: bool,
    /// How many secrets it has.
    pub(crate) secrets: usize,
}

/// What a set of receivers remembers.
#[derive(Clone, Default)]
pub(crate) struct Memory {
    pub(crate) counting: CountingStore,
    once: Arc<MemoryStore>,
}

impl Target {
    fn new(name: impl Into<String>, sender: &'static Sender, endpoint: Endpoint) -> Self {
        let name: String = name.into();
        // Polar's keys are used both as text and as base64, Twilio's for a URL with a port and without one.
        let is_twice = ["polar", "twilio"].iter().any(|it| name.starts_with(it));
        let secrets = if is_twice { 2 } else { 1 };
        Self {
            sender,
            endpoint: endpoint.body_limit(LIMIT).name(name.clone()),
            name,
            remembers: false,
            secrets,
        }
    }

    pub(crate) fn endpoint(&self, memory: &Memory) -> Endpoint {
        match self.remembers {
            true => self.endpoint_with(Shared(memory.once.clone())),
            false => self.endpoint_with(memory.counting.clone()),
        }
    }

    /// With a store of its own.
    pub(crate) fn endpoint_with(&self, store: impl Into<Dedupe>) -> Endpoint {
        self.endpoint.clone().dedupe(store)
    }
}

/// Every sender's receiver, that of a stranger with the same sender, and some of a special kind.
pub(crate) fn targets() -> &'static [Target] {
    static TARGETS: LazyLock<Vec<Target>> = LazyLock::new(|| {
        let senders = all();
        let own = senders
            .iter()
            .map(|it| Target::new(it.name, it, it.endpoint()));
        let strangers = senders
            .iter()
            .map(|it| Target::new(stranger(it), it, it.stranger()));
        own.chain(strangers).chain(special()).collect()
    });
    &TARGETS
}

fn special() -> Vec<Target> {
    let stripe = sender("stripe");
    let paypal = sender("paypal");
    let made = |sender: &Sender, settings| {
        webhook_testkit::received_by(sender.made_of(&settings).unwrap())
    };
    let keys = [
        &stripe.settings["secrets"][0],
        &stripe.stranger["secrets"][0],
    ];
    let rotated = stripe.settings_with("secrets", json!(keys));
    let strict = stripe.settings_with("tolerance_seconds", json!(0));
    let mut web_roots = paypal.settings.clone();
    web_roots.as_object_mut().unwrap().remove("trust_roots_pem");
    let mut anywhere = paypal.settings.clone();
    let certificates = anywhere["cert_by_url"].as_object_mut().unwrap();
    let certificate = certificates.values().next().unwrap().clone();
    for (_, url) in ADDRESSES {
        certificates.insert((*url).to_owned(), certificate.clone());
    }
    let once = |name: &str, sender: &'static Sender| Target {
        remembers: true,
        ..Target::new(name, sender, sender.endpoint())
    };
    let impatient = stripe.endpoint().body_timeout(Duration::from_millis(50));
    vec![
        once(ONCE, stripe),
        once(ONCE_ELSEWHERE, stripe),
        once(PAYPAL_ONCE, paypal),
        Target {
            secrets: 2,
            ..Target::new(ROTATED, stripe, made(stripe, rotated))
        },
        Target::new(IMPATIENT, stripe, impatient),
        Target::new(STRICT, stripe, made(stripe, strict)),
        Target::new(ANYWHERE, paypal, made(paypal, anywhere)),
        Target::new(WEB_ROOTS, paypal, made(paypal, web_roots)),
    ]
}

/// The place of a receiver.
pub(crate) fn find(name: &str) -> usize {
    let place = targets().iter().position(|target| target.name == name);
    place.unwrap_or_else(|| panic!("no receiver is called {name}"))
}

/// The receiver of somebody else's account with this sender.
pub(crate) fn stranger(sender: &Sender) -> String {
    format!("{} of another account", sender.name)
}

/// All senders.
pub(crate) fn all() -> &'static [Sender] {
    static SENDERS: LazyLock<Vec<Sender>> = LazyLock::new(senders);
    &SENDERS
}

pub(crate) fn sender(name: &str) -> &'static Sender {
    let found = all().iter().find(|sender| sender.name == name);
    found.unwrap_or_else(|| panic!("no sender is called {name}"))
}

/// One memory for several receivers.
#[derive(Debug)]
struct Shared(Arc<MemoryStore>);

impl DedupeStore for Shared {
    fn claim(&self, key: &DedupeKey, nonce: Nonce, lease: Duration) -> StoreFuture<Claim> {
        hear_key(key);
        self.0.claim(key, nonce, lease)
    }

    fn renew(&self, token: &ClaimToken, lease: Duration) -> StoreFuture<ClaimState> {
        self.0.renew(token, lease)
    }

    fn complete(&self, token: &ClaimToken, retention: Duration) -> StoreFuture<ClaimState> {
        self.0.complete(token, retention)
    }

    fn release(&self, token: &ClaimToken) -> StoreFuture<ClaimState> {
        self.0.release(token)
    }
}
