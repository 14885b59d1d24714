//! What a variant of a configuration says of its endpoint, and not to its provider: one row for each name.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::account::Shape;
use crate::dedupe::Dedupe;
use crate::endpoint::Endpoint;
use crate::outcome::ConfigError;

/// A name, what it holds, and what it does.
pub(crate) struct Member {
    pub(crate) name: &'static str,
    pub(crate) holds: &'static str,
    set: Set,
}

/// What a value does, by the type of it.
enum Set {
    Name(fn(Draft, String) -> Draft),
    Names(fn(Draft, Vec<String>) -> Draft),
    Bytes(fn(Draft, usize) -> Draft),
    Time(fn(Draft, Duration) -> Draft),
    Switch(fn(Draft, Switch) -> Draft),
    /// As `Switch` and `Time`, for what has no effect without a store.
    Deduped(fn(Dedupe, Switch) -> Option<Dedupe>),
    DedupeTime(fn(Dedupe, Duration) -> Dedupe),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Switch {
    On,
    Off,
}

/// An endpoint while it is made.
struct Draft {
    endpoint: Endpoint,
    dedupe: Option<Dedupe>,
}

/// To add one: a row.
pub(crate) const MEMBERS: &[Member] = &[
    Member::new(
        "name",
        "the name of the endpoint, for its deliveries, its store and its logs",
        Set::Name(|draft, name| draft.with(|endpoint| endpoint.name(name))),
    ),
    Member::new(
        "body_limit",
        "the longest body that is accepted, in bytes",
        Set::Bytes(|draft, bytes| draft.with(|endpoint| endpoint.body_limit(bytes))),
    ),
    Member::new(
        "body_timeout_seconds",
        "the longest time that a body may take",
        Set::Time(|draft, time| draft.with(|endpoint| endpoint.body_timeout(time))),
    ),
    Member::new(
        "accounts",
        "the accounts of the sender whose events are accepted",
        Set::Names(|draft, names| draft.with(|endpoint| endpoint.accounts(names))),
    ),
    Member::new(
        "only_kinds",
        "the signed kinds that are wanted; events of others are acknowledged and go no further",
        Set::Names(|draft, names| draft.with(|endpoint| endpoint.only_kinds(names))),
    ),
    Member::new(
        "test_account",
        "whether the account is one for tests",
        Set::Switch(|draft, switch| match switch {
            Switch::On => draft.with(Endpoint::test_account),
            Switch::Off => draft,
        }),
    ),
    Member::new(
        "dangerously_accept_test_events",
        "whether test events are told in the words of real ones, on an endpoint that takes real ones too",
        Set::Switch(|draft, switch| match switch {
            Switch::On => draft.with(Endpoint::dangerously_accept_test_events),
            Switch::Off => draft,
        }),
    ),
    Member::new(
        "expect_api_versions",
        "the signed versions of the sender's API that the program reads; the log tells of events in others",
        Set::Names(|draft, names| draft.with(|endpoint| endpoint.expect_api_versions(names))),
    ),
    Member::new(
        "require_api_versions",
        "the same, and events in other versions are refused, so that the sender tries again",
        Set::Names(|draft, names| draft.with(|endpoint| endpoint.require_api_versions(names))),
    ),
    Member::new(
        "dangerously_report_only",
        "whether what would be refused goes on to the handler, as unverified",
        Set::Switch(|draft, switch| match switch {
            Switch::On => draft.with(Endpoint::dangerously_report_only),
            Switch::Off => draft,
        }),
    ),
    Member::new(
        "dedupe",
        "whether events are remembered in the store that the program gives to the configuration; `true` if absent",
        Set::Deduped(|dedupe, switch| (switch == Switch::On).then_some(dedupe)),
    ),
    Member::new(
        "dedupe_lease_seconds",
        "how long an event stays claimed after its handler crashed",
        Set::DedupeTime(Dedupe::lease),
    ),
    Member::new(
        "dedupe_retention_seconds",
        "how long an event is remembered as done",
        Set::DedupeTime(Dedupe::retention),
    ),
];

/// The name of the sender, without which nothing else is known.
pub(crate) const PROVIDER: &str = "provider";

/// The names of what is not said to the provider.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    MEMBERS.iter().map(|member| member.name)
}

/// What is wrong with the members in this table, with or without a store.
pub(super) fn faults(table: &Map<String, Value>, dedupe: Option<&Dedupe>) -> Vec<ConfigError> {
    let is_off = table.get("dedupe") == Some(&Value::Bool(false));
    let fault = |member: &Member| {
        let value = table.get(member.name)?;
        let useless = match (&member.set, dedupe) {
            (Set::Deduped(_) | Set::DedupeTime(_), None) => Some(NO_STORE),
            (Set::DedupeTime(_), Some(_)) if is_off => Some(NO_DEDUPE),
            _ => None,
        };
        let why = member.shape().fault(value).or(useless)?;
        Some(ConfigError::setting(member.name, why))
    };
    MEMBERS.iter().filter_map(fault).collect()
}

const NO_STORE: &str = "is only for a configuration with a store: give it one by `VariantsConfig::dedupe`, or leave this out";

const NO_DEDUPE: &str =
    "is only for a variant that uses the store: leave it out, or `dedupe = false`";

/// The endpoint with all members of the table, which have no [`faults`].
pub(super) fn apply(
    endpoint: Endpoint,
    table: &Map<String, Value>,
    dedupe: Option<Dedupe>,
) -> Result<Endpoint, ConfigError> {
    let set = MEMBERS.iter().filter_map(|member| {
        let value = table.get(member.name)?;
        Some((&member.set, value))
    });
    let draft = set.fold(Draft { endpoint, dedupe }, |draft, (set, value)| {
        set.apply(draft, value)
    });
    match draft.dedupe {
        None => Ok(draft.endpoint),
        Some(dedupe) => {
            dedupe.checked().map_err(|why| {
                ConfigError::new(format!(
                    "`dedupe_lease_seconds` or `dedupe_retention_seconds` does not fit the store's other times: {why}"
                ))
            })?;
            Ok(draft.endpoint.dedupe(dedupe))
        }
    }
}

impl Member {
    const fn new(name: &'static str, holds: &'static str, set: Set) -> Self {
        Self { name, holds, set }
    }

    /// What it may hold.
    pub(crate) const fn shape(&self) -> Shape {
        match self.set {
            Set::Name(_) => Shape::Name,
            Set::Names(_) => Shape::Names,
            Set::Bytes(_) => Shape::Bytes,
            Set::Time(_) | Set::DedupeTime(_) => Shape::Time,
            Set::Switch(_) | Set::Deduped(_) => Shape::Switch,
        }
    }
}

impl Set {
    /// The draft with this value, which has the shape.
    fn apply(&self, draft: Draft, value: &Value) -> Draft {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let number = value.as_u64().unwrap_or_default();
        let time = Duration::from_secs(number);
        let switch = match value.as_bool() {
            Some(true) => Switch::On,
            _ => Switch::Off,
        };
        match self {
            Self::Name(set) => set(draft, text(value)),
            Self::Names(set) => {
                let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
                set(draft, list.iter().map(text).collect())
            }
            Self::Bytes(set) => set(draft, usize::try_from(number).unwrap_or(usize::MAX)),
            Self::Time(set) => set(draft, time),
            Self::Switch(set) => set(draft, switch),
            Self::Deduped(set) => draft.with_dedupe(|dedupe| set(dedupe, switch)),
            Self::DedupeTime(set) => draft.with_dedupe(|dedupe| Some(set(dedupe, time))),
        }
    }
}

impl Draft {
    fn with(self, set: impl FnOnce(Endpoint) -> Endpoint) -> Self {
        Self {
            endpoint: set(self.endpoint),
            ..self
        }
    }

    fn with_dedupe(self, set: impl FnOnce(Dedupe) -> Option<Dedupe>) -> Self {
        Self {
            dedupe: self.dedupe.and_then(set),
            ..self
        }
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::provider::github::GitHub;
    use crate::resolver::Resolved;
    use crate::testing::support::Nowhere;

    /// What the endpoint says that these members make.
    fn said(table: Value) -> Vec<String> {
        let endpoint = Endpoint::new(GitHub::new("a secret for tests").unwrap());
        let Value::Object(table) = table else {
            panic!("a table");
        };
        let is_deduped = table.keys().any(|name| name.starts_with("dedupe"));
        let secs = Duration::from_secs;
        let dedupe = || Dedupe::new(Nowhere).lease(secs(30)).retention(secs(600));
        let endpoint = apply(endpoint, &table, is_deduped.then(dedupe)).unwrap();
        let rules = Resolved::from(endpoint).rules.unwrap();
        let store = rules.dedupe.as_ref().map(|it| {
            let (lease, retention) = (it.lease_length(), it.retention_length());
            format!("store {lease:?} {retention:?}")
        });
        [
            rules.name.as_ref().map(|it| format!("name {it}")),
            rules.body_limit.map(|it| format!("body limit {it}")),
            rules.body_timeout.map(|it| format!("body timeout {it:?}")),
            rules.accounts.as_ref().map(|it| format!("accounts {it:?}")),
            rules.only_kinds.as_ref().map(|it| format!("{it:?}")),
            rules.accepts_test_events.map(|it| format!("tests {it}")),
            rules.versions.as_ref().map(|it| format!("{it:?}")),
            rules.reports_only.map(|it| format!("reports only {it}")),
            store,
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    #[test]
    fn each_member_says_its_own_to_the_endpoint() {
        let rows = [
            (json!({"name": "hooks"}), &["name hooks"][..]),
            (json!({"body_limit": 3}), &["body limit 3"]),
            (json!({"body_timeout_seconds": 4}), &["body timeout 4s"]),
            (json!({"accounts": ["a", "b"]}), &[r#"accounts ["a", "b"]"#]),
            (
                json!({"only_kinds": ["push"]}),
                &[r#"Kinds { names: {"push"}, also_unverified: false }"#],
            ),
            (json!({"test_account": true}), &["tests true"]),
            (json!({"test_account": false}), &[]),
            (
                json!({"dangerously_accept_test_events": true}),
                &["tests true"],
            ),
            (json!({"dangerously_accept_test_events": false}), &[]),
            (
                json!({"expect_api_versions": ["v1"]}),
                &[r#"Versions { known: ["v1"], others: Told }"#],
            ),
            (
                json!({"require_api_versions": ["v1"]}),
                &[r#"Versions { known: ["v1"], others: Refused }"#],
            ),
            (
                json!({"dangerously_report_only": true}),
                &["reports only true"],
            ),
            (json!({"dangerously_report_only": false}), &[]),
            (json!({"dedupe": true}), &["store 30s 600s"]),
            (json!({"dedupe": false}), &[]),
            (json!({"dedupe_lease_seconds": 60}), &["store 60s 600s"]),
            (
                json!({"dedupe_retention_seconds": 700}),
                &["store 30s 700s"],
            ),
        ];
        for (table, wanted) in &rows {
            assert_eq!(said(table.clone()), *wanted, "{table}");
        }
        for name in names() {
            let has_row = rows.iter().any(|(table, _)| table.get(name).is_some());
            assert!(has_row, "{name}");
        }
        assert_eq!(names().count(), 13);
    }
}
