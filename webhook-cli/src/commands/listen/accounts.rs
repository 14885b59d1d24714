//! For whom `listen` verifies.

use rustls::crypto::ring;
use serde_json::{Map, Value};
use webhook_core::explain::Account;
use webhook_core::provider;

use crate::account::{AccountArgs, keys_of};
use crate::terminal::Failure;

/// For whom, if nothing is said: whom the Stripe CLI is for.
const DEFAULT: &str = "stripe";

/// For whom `listen` verifies.
pub(super) struct Accounts {
    pub(super) all: Vec<Account>,
    /// The secret that was made for this run, if none is configured.
    pub(super) fresh: Option<String>,
}

/// The accounts of these providers, or all that are configured.
pub(super) fn accounts(args: &AccountArgs, providers: &[String]) -> Result<Accounts, Failure> {
    let configured = match providers {
        [] => of_all(args)?,
        [only] if only == DEFAULT => args.accounts_if_any(Some(only))?,
        [only] => args.accounts(Some(only))?,
        several => of_several(args, several)?,
    };
    let accounts = match configured.is_empty() {
        false => Accounts {
            all: configured,
            fresh: None,
        },
        true => {
            let secret = fresh_secret()?;
            let settings = Map::from_iter([("secrets".to_owned(), secret.clone().into())]);
            Accounts {
                all: vec![Account::new(DEFAULT, settings)],
                fresh: Some(secret),
            }
        }
    };
    for account in &accounts.all {
        account.endpoint().map_err(|error| {
            let name = account.name.as_deref().unwrap_or(&account.provider);
            Failure::usage(format!("{name}: {error}"))
        })?;
    }
    Ok(accounts)
}

/// Those of the flags, or of every variable such as `GITHUB_WEBHOOK_SECRET` that is set.
fn of_all(args: &AccountArgs) -> Result<Vec<Account>, Failure> {
    let named = args.accounts_if_any(None)?;
    if !named.is_empty() {
        return Ok(named);
    }
    let mut accounts = Vec::new();
    for name in provider::names() {
        accounts.extend(args.accounts_if_any(Some(name))?);
    }
    Ok(accounts)
}

fn of_several(args: &AccountArgs, providers: &[String]) -> Result<Vec<Account>, Failure> {
    let is_ambiguous = !args.secret.is_empty()
        || !args.secret_env.is_empty()
        || !args.secret_file.is_empty()
        || args.secret_stdin
        || !args.setting.is_empty();
    if is_ambiguous && args.config.is_none() {
        return Err(Failure::usage(
            "several providers and one secret: set a variable for each, such as GITHUB_WEBHOOK_SECRET, or give --config FILE",
        ));
    }
    let mut accounts = Vec::new();
    for name in providers {
        accounts.extend(args.accounts(Some(name))?);
    }
    Ok(accounts)
}

/// The secret of the first account: for those who asked for it.
pub(super) fn secret(accounts: &[Account]) -> Result<String, Failure> {
    let none = || Failure::usage("--print-secret: the account has no secret");
    let account = accounts.first().ok_or_else(none)?;
    let secret = match account.settings.get(keys_of(&account.provider)?) {
        Some(Value::Array(secrets)) => secrets.first(),
        secret => secret,
    };
    let secret = secret.and_then(Value::as_str).ok_or_else(none)?;
    Ok(secret.to_owned())
}

fn fresh_secret() -> Result<String, Failure> {
    let mut bytes = [0; 32];
    let random = ring::default_provider().secure_random;
    random.fill(&mut bytes).map_err(|_| {
        Failure::usage("the system gives no random numbers: name a secret by --secret-env NAME")
    })?;
    Ok(format!("whsec_{}", const_hex::encode(bytes)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn with_secret(secret: &str) -> AccountArgs {
        AccountArgs {
            secret: vec![secret.to_owned()],
            ..AccountArgs::default()
        }
    }

    #[test]
    fn stripe_without_a_secret_gets_a_fresh_one() {
        let [one, two] = [(), ()]
            .map(|()| accounts(&AccountArgs::default(), &["stripe".to_owned()]).map_err(|_| ()));
        let (one, two) = (one.unwrap(), two.unwrap());
        assert_eq!(one.fresh.as_deref(), secret(&one.all).ok().as_deref());
        assert!(one.fresh.as_ref().unwrap().starts_with("whsec_"));
        assert_ne!(one.fresh, two.fresh);
    }

    #[test]
    fn a_secret_that_is_given_is_used() {
        let given = accounts(&with_secret("a-secret-for-github"), &["github".to_owned()]);
        let given = given.map_err(|_| ()).unwrap();
        assert_eq!(given.fresh, None);
        assert_eq!(
            secret(&given.all).ok().as_deref(),
            Some("a-secret-for-github")
        );
    }

    #[test]
    fn one_secret_is_not_for_several_providers() {
        let several = ["github".to_owned(), "stripe".to_owned()];
        let refused = accounts(&with_secret("whsec_0123456789abcdef"), &several);
        assert!(matches!(refused, Err(Failure::Usage(text)) if text.contains("--config")));
    }

    #[test]
    fn a_setting_that_is_wrong_is_told_at_the_start() {
        let refused = accounts(&with_secret(""), &["stripe".to_owned()]);
        assert!(matches!(refused, Err(Failure::Usage(text)) if text.starts_with("stripe: ")));
    }
}
