//! What one webhook accepts.

use std::sync::Arc;

use super::bound::Bound;
use super::payment::{MEANING, payments};
use crate::crypto::certificate::Roots;
use crate::{ConfigError, Tolerance};

pub(super) const NAME: &str = "paypal";

pub(super) const SENDER: crate::Provider = crate::Provider::new(NAME)
    .meaning(&MEANING)
    .payments(payments);

/// Where PayPal publishes its certificates: live and sandbox, each by its old and its new name.
pub(super) const HOSTS: [&str; 4] = [
    "api.paypal.com",
    "api-m.paypal.com",
    "api.sandbox.paypal.com",
    "api-m.sandbox.paypal.com",
];

/// The id that PayPal signs simulated events for, whoever asks for them.
const SIMULATOR: &str = "WEBHOOK_ID";

/// PayPal repeats a delivery for three days, and it is not documented that the time is a new one then.
pub(super) const TOLERANCE: Tolerance = Tolerance::secs(4 * 24 * 60 * 60).future(300);

#[derive(Clone, Debug)]
pub(super) struct Account {
    webhook_id: String,
    pub(super) roots: Roots,
    pub(super) hosts: Vec<String>,
    pub(super) tolerance: Tolerance,
    pub(super) bound: Arc<Bound>,
    pub(super) accepts_simulator: bool,
}

impl Account {
    pub(super) fn new(webhook_id: String) -> Result<Self, ConfigError> {
        Ok(Self {
            webhook_id: valid_id(webhook_id)?,
            roots: Roots::web(),
            hosts: HOSTS.map(str::to_owned).into(),
            tolerance: TOLERANCE,
            bound: Arc::new(Bound::new()),
            accepts_simulator: false,
        })
    }

    /// The ids that are accepted, and how a match is called.
    pub(super) fn webhook_ids(&self) -> impl Iterator<Item = (&str, Option<&'static str>)> {
        let simulator = self
            .accepts_simulator
            .then_some((SIMULATOR, Some("simulator")));
        std::iter::once((self.webhook_id.as_str(), None)).chain(simulator)
    }
}

/// A webhook's id, as the console shows it.
pub(super) fn valid_id(webhook_id: String) -> Result<String, ConfigError> {
    if webhook_id == SIMULATOR {
        Err(ConfigError::new(
            "`WEBHOOK_ID` is the simulator's, whose events anybody can cause",
        ))
    } else if webhook_id.len() < 8 || !webhook_id.bytes().all(|b| b.is_ascii_alphanumeric()) {
        Err(ConfigError::new(
            "the webhook's id is not one of letters and digits, as PayPal's dashboard shows it",
        ))
    } else {
        Ok(webhook_id)
    }
}

/// Host names, perhaps with ports.
pub(super) fn hosts(hosts: impl Iterator<Item = String>) -> Result<Vec<String>, ConfigError> {
    let hosts: Vec<String> = hosts.collect();
    if hosts.is_empty() || !hosts.iter().all(|host| is_host(host)) {
        return Err(ConfigError::new(
            "the hosts of certificates are not host names in lower case",
        ));
    }
    Ok(hosts)
}

fn is_host(host: &str) -> bool {
    let (name, port) = match host.split_once(':') {
        Some((name, port)) => (name, Some(port)),
        None => (host, None),
    };
    let is_port =
        |port: &str| port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok();
    !name.is_empty() && name.bytes().all(is_in_name) && port.is_none_or(is_port)
}

/// Whether this can stand in a host's name. Upper case cannot: names are compared as they are written.
pub(super) fn is_in_name(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.'
}
