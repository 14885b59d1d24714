//! Signs a body for an account.

use serde_json::Value;
use webhook_core::provider::{
    self, anthropic, brex, clerk, fal, gitlab, google_pubsub, loops, mercado_pago, openai, plaid,
    polar, portone, recall, render, replicate, resend, standard_webhooks, supabase, svix, twitch,
    whop,
};
use webhook_core::scheme::Scheme;
use webhook_core::testing::{Sign, SignedRequest, Signer};
use webhook_core::{ConfigError, Settings, UnixTime};

use super::Place;
use crate::account::{Account, variable};
use crate::terminal::Failure;

/// Signs a body as the account's provider does. The `id` is for those that sign it in a header: in a body it is yours to write.
///
/// # Errors
/// If the account lacks what its provider signs with, or the body is none that it could send.
pub fn sign(
    account: &Account,
    body: &[u8],
    id: &str,
    now: UnixTime,
) -> Result<SignedRequest, Failure> {
    let signer = signer(account, body, id)?;
    Ok(signer.sign(body, now)?)
}

fn signer(account: &Account, body: &[u8], id: &str) -> Result<Box<dyn Sign>, Failure> {
    let own = match account.provider.as_str() {
        "google-play-rtdn" | "google-pubsub" => google_push(account),
        "mercado-pago" => mercado_pago(account, body, id)?,
        "fal" => Some(fal(account, id)),
        "plaid" => plaid(account),
        name => with_id(account, name, id)?,
    };
    if let Some(own) = own {
        return Ok(own);
    }
    let settings = Settings::new(Value::Object(account.settings.clone()))?;
    provider::signer(&account.provider, &settings).map_err(|error| told(account, &error))
}

/// Those that sign the id in a header.
const ID_IN_HEADER: &[(&str, Scheme)] = &[
    ("anthropic", anthropic::SCHEME),
    ("brex", brex::SCHEME),
    ("clerk", clerk::SCHEME),
    ("fal", fal::SCHEME),
    ("gitlab", gitlab::SCHEME),
    ("loops", loops::SCHEME),
    ("openai", openai::SCHEME),
    ("polar", polar::SCHEME),
    ("portone", portone::SCHEME),
    ("recall", recall::SCHEME),
    ("render", render::SCHEME),
    ("replicate", replicate::SCHEME),
    ("resend", resend::SCHEME),
    ("standard-webhooks", standard_webhooks::SCHEME),
    ("supabase", supabase::SCHEME),
    ("svix", svix::SCHEME),
    ("twitch", twitch::SCHEME),
    ("whop", whop::SCHEME),
];

/// Whether the signer of this account writes the id.
pub(super) fn writes_id(account: &Account) -> bool {
    let mut names = ID_IN_HEADER.iter().map(|(name, _)| *name);
    names.any(|name| name == account.provider) && !is_gitlab_token(account)
}

/// The one that signs no id, and tells it twice.
pub(super) fn is_gitlab_token(account: &Account) -> bool {
    let mode = account.settings.get("mode").and_then(Value::as_str);
    account.provider == "gitlab" && mode == Some("token")
}

fn with_id(account: &Account, name: &str, id: &str) -> Result<Option<Box<dyn Sign>>, ConfigError> {
    let private = account.settings.get("private_key").and_then(Value::as_str);
    let (scheme, key) = match (name, private) {
        ("standard-webhooks", Some(key)) => (standard_webhooks::ASYMMETRIC_SCHEME, Some(key)),
        _ if !writes_id(account) => return Ok(None),
        _ => match ID_IN_HEADER.iter().find(|(own, _)| *own == name) {
            Some((_, scheme)) => (*scheme, first_secret(account)),
            None => return Ok(None),
        },
    };
    let Some(key) = key else {
        return Ok(None);
    };
    Ok(Some(Box::new(Signer::new(scheme, key)?.id(id))))
}

/// Mercado Pago signs the id of the object, which stands in the query, and the id of the request.
fn mercado_pago(
    account: &Account,
    body: &[u8],
    id: &str,
) -> Result<Option<Box<dyn Sign>>, ConfigError> {
    let Some(secret) = first_secret(account) else {
        return Ok(None);
    };
    let mut signer = mercado_pago::Signer::new(secret)?;
    let body = String::from_utf8_lossy(body);
    if let Some(object) = Place::Json("/data/id").read_body(&body) {
        signer = signer.data_id(object);
    }
    Ok(Some(Box::new(signer.request_id(id))))
}

/// Under the id that its key for tests has in the account's settings.
fn google_push(account: &Account) -> Option<Box<dyn Sign>> {
    let setting = |name| account.settings.get(name).and_then(Value::as_str);
    let (audience, email) = (setting("audience")?, setting("service_account_email")?);
    let signer = google_pubsub::Signer::new(audience, email);
    Some(Box::new(
        signer.key_id(first_name(account, "certs_by_kid")?),
    ))
}

/// With the key for tests, for the user of the account.
fn fal(account: &Account, id: &str) -> Box<dyn Sign> {
    let signer = fal::Signer::new().request_id(id);
    let user = account.settings.get("user_id").and_then(Value::as_str);
    Box::new(match user {
        Some(user) => signer.user_id(user),
        None => signer,
    })
}

/// Under the id that its key for tests has in the settings.
fn plaid(account: &Account) -> Option<Box<dyn Sign>> {
    let id = first_name(account, "jwks")?;
    Some(Box::new(plaid::Signer::new().key_id(id)))
}

fn first_name<'a>(account: &'a Account, setting: &str) -> Option<&'a str> {
    let table = account.settings.get(setting)?.as_object()?;
    table.keys().next().map(String::as_str)
}

fn first_secret(account: &Account) -> Option<&str> {
    match account.settings.get("secrets")? {
        Value::String(secret) => Some(secret),
        Value::Array(secrets) => secrets.first()?.as_str(),
        _ => None,
    }
}

/// A sender with a private key has public ones in its settings: who sends needs the other.
fn told(account: &Account, error: &ConfigError) -> Failure {
    let name = &account.provider;
    let error = error.to_string();
    let todo = match error.contains("private_key") {
        true => "Its receiver has a public key; to send, give the private one by --setting private_key=…".to_owned(),
        false => format!(
            "Secrets come from the variable {}, or by --secret-env NAME, --secret-file FILE, --secret-stdin or --config FILE",
            variable(name)
        ),
    };
    Failure::usage(format!(
        "{name}: {error}. {todo}; `webhook-cli providers {name}` lists the settings"
    ))
}
