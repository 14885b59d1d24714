//! What the flags ask for.

use std::io::Read;
use std::path::Path;

use bytes::Bytes;
use serde_json::Value;
use url::{Host, Url};
use webhook_core::provider;

use super::Send;
use super::when::When;
use crate::account::Account;
use crate::damage::{self, Damage};
use crate::samples::{self, Edit, Id, Made, Order, Sample};
use crate::terminal::{Failure, Terminal};

/// A file that is longer is no webhook.
const BODY_LIMIT: u64 = 64 * 1024 * 1024;

/// What is to be done.
pub(super) struct Plan {
    pub(super) account: Account,
    pub(super) to: Option<Url>,
    pub(super) damage: Option<&'static Damage>,
    /// How many requests.
    pub(super) times: usize,
    pub(super) parallel: usize,
    order: Order,
    when: When,
    headers: Vec<(String, String)>,
}

impl Plan {
    pub(super) fn new(flags: &Send, terminal: &Terminal) -> Result<Self, Failure> {
        let to = flags.to.as_deref().map(address).transpose()?;
        let damage = flags.bad.as_deref().map(damage::find).transpose()?;
        let account = account(flags, to.as_ref())?;
        if let Some(damage) = damage {
            damage.codes(&account)?;
        }
        warn(flags, &account, to.as_ref(), terminal)?;
        let when = When::new(flags.at.as_deref(), flags.age.as_deref())?;
        let mut order = order(flags, when)?;
        let times = usize::try_from(flags.times).unwrap_or(1) * damage.map_or(1, Damage::times);
        let is_repeated = flags.same_id || damage.is_some_and(|damage| damage.times() > 1);
        if times > 1 {
            order.id = repeated(&order, &account, is_repeated, terminal)?;
        }
        Ok(Self {
            account,
            to,
            damage,
            times,
            parallel: usize::try_from(flags.parallel).unwrap_or(1),
            order,
            when,
            headers: headers(&flags.header)?,
        })
    }

    /// One of the requests.
    pub(super) async fn make(&self) -> Result<Made, Failure> {
        let order = Order {
            at: self.when.time(),
            ..self.order.clone()
        };
        let mut made = match self.damage {
            Some(damage) => damage.make(&order, &self.account).await?,
            None => order.make(&self.account)?,
        };
        for (name, _) in &self.headers {
            made.request = made.request.without(name);
        }
        let headers = self.headers.iter();
        made.request
            .headers
            .extend(headers.map(|(name, value)| (name.clone(), Bytes::from(value.clone()))));
        Ok(made)
    }
}

/// Which id each of many requests has.
fn repeated(
    order: &Order,
    account: &Account,
    is_repeated: bool,
    terminal: &Terminal,
) -> Result<Id, Failure> {
    if matches!(order.id, Id::Own(_)) || order.unsigned.is_some() {
        return Ok(order.id.clone());
    }
    if is_repeated {
        let id = order.make(account)?.id;
        return Ok(id.map_or(Id::Kept, Id::Own));
    }
    if samples::places(&account.provider).id.is_empty() {
        terminal.say(&format!(
            "webhook-cli: {} gives its events no id: all requests are the same event",
            account.provider
        ));
        return Ok(Id::Kept);
    }
    Ok(Id::New)
}

fn account(flags: &Send, to: Option<&Url>) -> Result<Account, Failure> {
    let name = &flags.provider;
    let is_twice = flags.account.secret_stdin && flags.body.as_deref() == Some(Path::new("-"));
    if is_twice {
        return Err(Failure::usage(
            "--secret-stdin and --body - both read stdin: give one of them another way",
        ));
    }
    let mut accounts = flags.account.accounts(Some(name))?;
    if accounts.len() > 1 {
        let names = accounts.iter().filter_map(|account| account.name.clone());
        let names: Vec<String> = names.collect();
        return Err(Failure::usage(format!(
            "there are several accounts of {name}: choose one by --variant: {}",
            names.join(", ")
        )));
    }
    let Some(mut account) = accounts.pop() else {
        return Err(Failure::usage(format!("there is no account of {name}")));
    };
    let settings = provider::describe(name)?.settings;
    let signs_url = settings.iter().any(|setting| setting.name == "public_url");
    let own = match (&flags.public_url, to) {
        (Some(_), _) if !signs_url => {
            return Err(Failure::usage(format!(
                "--public-url: {name} does not sign the URL that it was given"
            )));
        }
        (Some(url), _) => Some(url.clone()),
        (None, Some(to)) if signs_url && !account.settings.contains_key("public_url") => {
            Some(to.to_string())
        }
        _ => None,
    };
    account
        .settings
        .extend(own.map(|url| ("public_url".to_owned(), Value::from(url))));
    Ok(account)
}

/// What may be a mistake with real secrets.
fn warn(
    flags: &Send,
    account: &Account,
    to: Option<&Url>,
    terminal: &Terminal,
) -> Result<(), Failure> {
    if flags.account.shows_a_live_secret() {
        terminal.say(
            "webhook-cli: --secret shows a secret that looks live to whoever sees the list of processes: prefer --secret-env NAME",
        );
    }
    let is_in_the_open = to.is_some_and(|to| to.scheme() == "http" && !is_loopback(to));
    match is_in_the_open && looks_live(&Value::Object(account.settings.clone())) {
        true => Err(Failure::usage(
            "the secret looks live, and http:// shows what is signed with it to everybody on the way: use https://, or a secret for tests",
        )),
        false => Ok(()),
    }
}

fn looks_live(settings: &Value) -> bool {
    match settings {
        Value::String(text) => text.starts_with("live_") || text.contains("_live_"),
        Value::Array(list) => list.iter().any(looks_live),
        Value::Object(table) => table.values().any(looks_live),
        _ => false,
    }
}

fn is_loopback(to: &Url) -> bool {
    match to.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// A URL; without its scheme `http:`; or a port of this machine.
fn address(text: &str) -> Result<Url, Failure> {
    let wrong = || {
        Failure::usage(format!(
            "--to {text:?}: this is no URL such as http://127.0.0.1:3000/webhooks"
        ))
    };
    let text = match text.parse::<u16>() {
        Ok(port) => format!("http://127.0.0.1:{port}/"),
        Err(_) if text.contains("://") => text.to_owned(),
        Err(_) => format!("http://{text}"),
    };
    let url = Url::parse(&text).map_err(|_| wrong())?;
    match ["http", "https"].contains(&url.scheme()) && url.has_host() {
        true => Ok(url),
        false => Err(wrong()),
    }
}

fn order(flags: &Send, when: When) -> Result<Order, Failure> {
    let at = when.time();
    let mut order = match &flags.body {
        None => Order::of_sample(
            &samples::find(&flags.provider, flags.sample.as_deref())?,
            at,
        ),
        Some(path) => of_file(flags, path, at)?,
    };
    order.kind = flags.kind.clone().or(order.kind);
    if let Some(id) = &flags.id {
        if samples::places(&flags.provider).id.is_empty() {
            return Err(Failure::usage(format!(
                "--id: {} gives its events no id; change the body by --set",
                flags.provider
            )));
        }
        order.id = Id::Own(id.clone());
    }
    if let Some(version) = &flags.api_version {
        with_version(&mut order, &flags.provider, version)?;
    }
    for set in &flags.set {
        order.edits.push(edit(set)?);
    }
    let removed = flags.remove.iter().cloned().map(Edit::Remove);
    order.edits.extend(removed);
    Ok(order)
}

/// A body of one's own; of the sample of this kind, if there is one, it has the headers.
fn of_file(flags: &Send, path: &Path, at: webhook_core::UnixTime) -> Result<Order, Failure> {
    let mut order = Order::new(body(path)?, at);
    let Some(kind) = &flags.sample else {
        return Ok(order);
    };
    let places = samples::places(&flags.provider);
    let in_header = places.kind.iter().any(|place| place.starts_with("header "));
    if let Ok(Sample { headers, .. }) = samples::find(&flags.provider, Some(kind)) {
        let headers = headers.iter();
        order.headers = headers
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
    }
    if in_header {
        order.kind = Some(kind.clone());
    }
    Ok(order)
}

fn body(path: &Path) -> Result<Bytes, Failure> {
    let shown = path.display();
    let failed = |error: std::io::Error| Failure::usage(format!("--body {shown}: {error}"));
    let mut body = Vec::new();
    let limit = BODY_LIMIT + 1;
    if path == Path::new("-") {
        std::io::stdin().take(limit).read_to_end(&mut body)
    } else {
        let file = std::fs::File::open(path).map_err(failed)?;
        file.take(limit).read_to_end(&mut body)
    }
    .map_err(failed)?;
    match u64::try_from(body.len()).is_ok_and(|len| len <= BODY_LIMIT) {
        true => Ok(body.into()),
        false => Err(Failure::usage(format!(
            "--body {shown}: longer than 64 MiB, which no receiver reads"
        ))),
    }
}

fn with_version(order: &mut Order, provider: &str, version: &str) -> Result<(), Failure> {
    match provider {
        "stripe" => {
            let value = Value::from(version).to_string();
            order
                .edits
                .push(Edit::Set("/api_version".to_owned(), value));
        }
        "shopify" => {
            let header = ("x-shopify-api-version".to_owned(), version.to_owned());
            order.headers.push(header);
        }
        _ => {
            return Err(Failure::usage(format!(
                "--api-version: {provider} says no version that is set so; stripe and shopify do. Try --set"
            )));
        }
    }
    Ok(())
}

fn edit(text: &str) -> Result<Edit, Failure> {
    match text.split_once('=') {
        Some((place, value)) if !place.is_empty() => {
            Ok(Edit::Set(place.to_owned(), value.to_owned()))
        }
        _ => Err(Failure::usage(
            "--set wants PLACE=VALUE, such as --set /data/object/id=cus_1",
        )),
    }
}

fn headers(flags: &[String]) -> Result<Vec<(String, String)>, Failure> {
    let read = |flag: &String| {
        let (name, value) = flag.split_once(':')?;
        let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
        let is_name = http::HeaderName::from_bytes(name.as_bytes()).is_ok();
        let is_value = http::HeaderValue::from_str(value).is_ok();
        (is_name && is_value).then(|| (name, value.to_owned()))
    };
    let wrong = || Failure::usage("--header wants NAME:VALUE, such as --header x-test:1");
    flags
        .iter()
        .map(|flag| read(flag).ok_or_else(wrong))
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_url_or_a_port() {
        for (text, url) in [
            ("http://127.0.0.1:3000/hook", "http://127.0.0.1:3000/hook"),
            ("localhost:3000/hook?a=b", "http://localhost:3000/hook?a=b"),
            ("3000", "http://127.0.0.1:3000/"),
            ("https://shop.example", "https://shop.example/"),
        ] {
            assert_eq!(address(text).unwrap().as_str(), url);
        }
        for text in [
            "",
            "ftp://shop.example/",
            "http://",
            "file:///etc",
            "http://a b/",
        ] {
            assert!(address(text).is_err(), "{text}");
        }
    }

    #[test]
    fn only_this_machine_is_loopback() {
        for (text, is) in [
            ("http://localhost/", true),
            ("http://shop.localhost/", true),
            ("http://127.8.0.1/", true),
            ("http://[::1]/", true),
            ("http://localhost.example/", false),
            ("http://10.0.0.1/", false),
        ] {
            assert_eq!(is_loopback(&address(text).unwrap()), is, "{text}");
        }
    }

    #[test]
    fn a_live_secret_is_seen_in_every_setting() {
        for (settings, is) in [
            (serde_json::json!({"secrets": ["a", "sk_live_1"]}), true),
            (serde_json::json!({"keys": {"k": "live_1"}}), true),
            (serde_json::json!({"secrets": "sk_test_1"}), false),
        ] {
            assert_eq!(looks_live(&settings), is);
        }
    }

    #[test]
    fn a_flag_that_cannot_be_read_is_refused() {
        for flag in ["x", "a b:c", "x-a:b\r\nc: d", ":x"] {
            assert!(headers(&[flag.to_owned()]).is_err(), "{flag}");
        }
        for flag in ["", "/a", "=b"] {
            assert!(edit(flag).is_err(), "{flag}");
        }
        let set = Edit::Set("/a".to_owned(), "b=c".to_owned());
        assert_eq!(edit("/a=b=c").unwrap(), set);
    }
}
