//! The ways in which a request can be spoiled, and what a receiver must say to each.

use webhook_core::Coverage;
use webhook_core::provider;
use webhook_core::testing::{Place, Sample, SampleKeys};

use crate::account::Account;
use crate::terminal::Failure;

/// One way of spoiling a request.
#[derive(Clone, Copy, Debug)]
pub struct Damage {
    /// Its name, as `--bad` takes it.
    pub name: &'static str,
    /// What it does.
    pub does: &'static str,
    pub(super) way: Way,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Stale,
    Future,
    WrongSecret,
    Unsigned,
    Malformed,
    TwoSignatures,
    Altered,
    Truncated,
    Reserialised,
    Oversize,
    WrongMethod,
    Duplicate,
}

/// All of them.
pub const ALL: &[Damage] = &[
    damage("stale", "was signed too long ago", Way::Stale),
    damage("future", "will be signed later than now", Way::Future),
    damage(
        "wrong-secret",
        "is signed with the secret of another account",
        Way::WrongSecret,
    ),
    damage("unsigned", "has no signature", Way::Unsigned),
    damage(
        "malformed",
        "has something else where the signature should be",
        Way::Malformed,
    ),
    damage(
        "two-signatures",
        "has a second header with another signature",
        Way::TwoSignatures,
    ),
    damage(
        "altered",
        "has another character in what was signed",
        Way::Altered,
    ),
    damage(
        "truncated",
        "has lost the second half of its body",
        Way::Truncated,
    ),
    damage(
        "reserialised",
        "has a body in JSON, or a form, that was read and written anew on the way",
        Way::Reserialised,
    ),
    damage(
        "oversize",
        "has a body that is longer than a receiver reads",
        Way::Oversize,
    ),
    damage("wrong-method", "comes by QUERY", Way::WrongMethod),
    damage("duplicate", "is genuine, and comes twice", Way::Duplicate),
];

const fn damage(name: &'static str, does: &'static str, way: Way) -> Damage {
    Damage { name, does, way }
}

/// The damage of this name.
///
/// # Errors
/// If there is none: with all that there are.
pub fn find(name: &str) -> Result<&'static Damage, Failure> {
    let name = match name {
        "no-signature" => "unsigned",
        "reserialized" => "reserialised",
        name => name,
    };
    ALL.iter()
        .find(|damage| damage.name == name)
        .ok_or_else(|| {
            let lines = ALL
                .iter()
                .map(|damage| format!("  {:15} {}", damage.name, damage.does));
            let lines: Vec<String> = lines.collect();
            Failure::usage(format!(
                "--bad {name:?}: there is no such damage. There are:\n{}",
                lines.join("\n")
            ))
        })
}

impl Damage {
    /// How often the request is sent.
    #[must_use]
    pub fn times(&self) -> usize {
        match self.way {
            Way::Duplicate => 2,
            _ => 1,
        }
    }

    /// Whether a receiver must accept it all the same.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.way == Way::Duplicate
    }

    /// What a receiver must say: one of these codes.
    ///
    /// # Errors
    /// If this account's provider cannot be spoiled so, and why.
    pub fn codes(&self, account: &Account) -> Result<Vec<&'static str>, Failure> {
        let sample = sample_of(account)?;
        let signs_bytes = matches!(
            sample.coverage,
            Coverage::Body | Coverage::BodyChecksum | Coverage::BodyHash
        );
        let name = &account.provider;
        let not = |why: &str| Err(Failure::usage(format!("--bad {}: {name} {why}", self.name)));
        Ok(match self.way {
            Way::Stale | Way::Future if sample.window.is_none() => {
                return not(
                    "signs no time, or any time is accepted: an old request is as good as a new one. Dedupe by the event's id",
                );
            }
            Way::Altered | Way::Truncated | Way::Reserialised
                if sample.coverage == Coverage::SenderOnly =>
            {
                return not(
                    "signs nothing, it only shows a secret: nobody can see that a body was changed",
                );
            }
            Way::Truncated | Way::Reserialised if !signs_bytes => {
                return not(
                    "signs some fields and not the bytes of the body: the signature does not change. Try `altered`",
                );
            }
            Way::TwoSignatures if !matches!(sample.place, Place::Header(_)) => {
                return not("does not write its signature into a header");
            }
            Way::Stale => vec!["stale"],
            Way::Future => vec!["future"],
            Way::WrongSecret => vec![sample.refusal, "bad_signature"],
            Way::Unsigned => vec!["missing_signature", "malformed"],
            Way::Malformed => vec!["malformed", "bad_signature", "missing_signature"],
            Way::TwoSignatures => vec![sample.second_line],
            Way::Altered | Way::Truncated | Way::Reserialised => vec!["bad_signature"],
            Way::Oversize => vec!["body_too_large"],
            Way::WrongMethod => vec!["method_not_allowed"],
            Way::Duplicate => vec!["ok"],
        })
    }
}

/// The way in which this account's provider signs.
pub(super) fn sample_of(account: &Account) -> Result<Sample, Failure> {
    let samples = provider::samples(&account.provider, &SampleKeys::new())?;
    let is_own = |sample: &&Sample| {
        let mode = |name: &str| {
            sample
                .settings
                .get(name)
                .is_none_or(|value| account.settings.get(name) == Some(value))
        };
        // What a provider with several ways is told by.
        mode("mode") && mode("signed_part") && {
            let wants_public = sample.settings.get("public_keys").is_some();
            let has_public = ["public_keys", "private_key"]
                .iter()
                .any(|name| account.settings.contains_key(*name));
            !wants_public || has_public
        }
    };
    // By which of several keys it is signed.
    let has_keys = |sample: &&Sample| {
        let mut keys = sample.keys.iter();
        keys.all(|name| account.settings.contains_key(*name))
    };
    let of_keys = samples.iter().filter(has_keys).rfind(is_own);
    let found = of_keys
        .or_else(|| samples.iter().rfind(is_own))
        .or_else(|| samples.first());
    found
        .cloned()
        .ok_or_else(|| Failure::usage(format!("{}: there is no signer for it", account.provider)))
}
