//! `webhook-cli send` against servers that receive as an application does: axum and actix-web.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::mpsc;

use serde_json::{Map, Value};
use webhook_core::explain::Account;
use webhook_core::testing::SampleKeys;
use webhook_core::{Delivery, Endpoint, provider};
use webhook_testkit::process;

#[test]
fn what_every_provider_sends_is_accepted_by_axum() {
    let server = axum_server();
    let config = Config::new("axum");
    let mut wrong = String::new();
    for name in provider::names() {
        let sent = config.send(server, name, &[]);
        if sent.fault(200).is_some() {
            wrong.push_str(&format!("{name}: {:?}\n", sent.output));
        }
        // What the sender wants to hear, whatever the handler says.
        let wanted = match name {
            "dotpay" => Some("OK"),
            _ => None,
        };
        if wanted.is_some() && sent.lines[0]["answer"].as_str() != wanted {
            wrong.push_str(&format!("{name}: {}\n", sent.lines[0]));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn what_every_provider_sends_is_accepted_by_actix() {
    let server = actix_server();
    let config = Config::new("actix");
    let mut wrong = String::new();
    for name in provider::names() {
        let sent = config.send(server, name, &[]);
        if sent.fault(200).is_some() {
            wrong.push_str(&format!("{name}: {:?}\n", sent.output));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_spoiled_request_is_refused_and_that_is_as_hoped() {
    let server = axum_server();
    let config = Config::new("bad");
    for (name, damage, status) in [
        ("stripe", "stale", 401),
        ("stripe", "future", 401),
        ("stripe", "wrong-secret", 401),
        ("stripe", "unsigned", 400),
        ("stripe", "malformed", 400),
        ("stripe", "altered", 401),
        ("stripe", "truncated", 401),
        ("stripe", "reserialised", 401),
        ("stripe", "oversize", 413),
        ("stripe", "wrong-method", 405),
        ("stripe", "duplicate", 200),
        ("adyen", "altered", 401),
        ("paypal", "wrong-secret", 401),
        ("xendit", "wrong-secret", 401),
    ] {
        let sent = config.send(server, name, &["--bad", damage]);
        let fault = sent.fault(status);
        assert!(
            fault.is_none(),
            "{name} {damage}: {fault:?} {:?}",
            sent.output
        );
    }
    let sent = config.send(server, "github", &["--bad", "stale"]);
    assert_eq!(sent.output.status.code(), Some(2), "{:?}", sent.output);
    assert!(sent.said().contains("signs no time"), "{:?}", sent.output);
}

#[test]
fn a_request_of_the_set_up_is_answered() {
    let server = axum_server();
    let config = Config::new("handshake");
    for (name, answer) in [
        ("slack", "test-challenge-1"),
        ("braintree", "public|"),
        ("discord", r#"{"type":1}"#),
        ("zoom", r#""plainToken":"test-challenge-1""#),
    ] {
        let sent = config.send(server, name, &["handshake"]);
        assert_eq!(sent.output.status.code(), Some(0), "{:?}", sent.output);
        let got = sent.lines[0]["answer"].as_str().unwrap();
        assert!(got.contains(answer), "{name}: {got}");
    }
}

#[test]
fn what_is_changed_arrives_changed() {
    let server = axum_server();
    let config = Config::new("changed");
    let flags = [
        "customer.subscription.deleted",
        "--id",
        "evt_4711",
        "--set",
        "/data/object/id=sub_4711",
        "--remove",
        "/data/object/customer",
        "--api-version",
        "2020-01-01",
        "--header",
        "x-echo: body",
    ];
    let sent = config.send(server, "stripe", &flags);
    assert!(sent.fault(200).is_none(), "{:?}", sent.output);
    assert_eq!(sent.lines[0]["id"], "evt_4711");
    let body = sent.lines[0]["answer"].as_str().unwrap();
    assert!(body.starts_with(r#"{"id":"evt_4711","#), "{body}");
    assert!(body.contains(r#""api_version":"2020-01-01""#), "{body}");
}

#[test]
fn many_requests_are_many_events_unless_told_otherwise() {
    let server = axum_server();
    let config = Config::new("many");
    for (name, more, ids) in [
        ("stripe", None, 12),
        ("standard-webhooks", None, 12),
        ("github", None, 12),
        ("dotpay", None, 12),
        ("stripe", Some("--same-id"), 1),
        ("github", Some("--same-id"), 1),
    ] {
        let flags = ["--times", "12", "--parallel", "4", "--header", "x-echo: id"];
        let flags: Vec<&str> = flags.into_iter().chain(more).collect();
        let sent = config.send(server, name, &flags);
        assert_eq!(sent.output.status.code(), Some(0), "{:?}", sent.output);
        let requests = sent.lines.iter().filter(|line| line["type"] == "send");
        let seen: BTreeSet<String> = requests.map(|line| line["answer"].to_string()).collect();
        assert_eq!(seen.len(), ids, "{name}: {seen:?}");
        let summary = sent.lines.last().unwrap();
        assert_eq!(summary["by_status"]["200"], 12, "{summary}");
    }
}

#[test]
fn the_exit_code_says_how_it_went() {
    let server = axum_server();
    let config = Config::new("exit");
    // A handler that is not there, a refusal that was not hoped for, nobody who listens.
    let sent = config.send(server, "stripe", &["--header", "stripe-signature: no"]);
    assert_eq!(sent.output.status.code(), Some(1), "{:?}", sent.output);
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let sent = config.send(free, "stripe", &[]);
    assert_eq!(sent.output.status.code(), Some(3), "{:?}", sent.output);
    for flags in [
        &["--bad", "terrible"][..],
        &["no.such.kind"],
        &["--set", "nothing"],
        &["--body", "/no/such/file"],
        &["--at", "yesterday"],
        &["--public-url", "https://shop.example/"],
    ] {
        let sent = config.send(server, "stripe", flags);
        assert_eq!(sent.output.status.code(), Some(2), "{:?}", sent.output);
        assert!(!sent.said().is_empty());
    }
}

#[test]
fn a_printed_request_shows_no_secret() {
    let config = Config::new("printed");
    for name in provider::names() {
        let (_, settings) = settings_of(name);
        for form in ["http", "curl", "json", "rust"] {
            let output = config.run(name, &["--print", form]);
            assert!(output.status.success(), "{name} {form}: {output:?}");
            let shown = format!("{output:?}");
            for secret in secrets(&settings) {
                assert!(!shown.contains(&secret), "{name} {form}");
            }
        }
    }
}

#[test]
fn a_receiver_can_be_configured_with_what_is_printed() {
    let config = Config::new("settings");
    for name in [
        "apple-appstore",
        "aws-sns",
        "google-play-rtdn",
        "google-pubsub",
        "paypal",
        "plaid",
    ] {
        let output = config.run(name, &["--print", "settings"]);
        let settings: Map<String, Value> = serde_json::from_slice(&output.stdout).unwrap();
        assert!(Account::new(name, settings).endpoint().is_ok(), "{name}");
    }
    let output = config.run("stripe", &["--print", "settings"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
}

/// What must not be shown: not the ids under which keys are known, nor public keys.
fn secrets(settings: &Map<String, Value>) -> Vec<String> {
    const NAMES: [&str; 4] = ["secrets", "private_key", "password", "authorization"];
    let own = settings
        .iter()
        .filter(|(name, _)| NAMES.contains(&name.as_str()));
    own.flat_map(|(_, value)| match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(list) => list
            .iter()
            .map(|one| one.as_str().unwrap().to_owned())
            .collect(),
        _ => Vec::new(),
    })
    .collect()
}

/// Settings of the receiver and of the sender.
fn settings_of(name: &str) -> (Map<String, Value>, Map<String, Value>) {
    let ways = provider::samples(name, &SampleKeys::new()).unwrap();
    let to = ways[0].settings.as_object().unwrap().clone();
    let mut from = to.clone();
    let key = match &ways[0].scheme {
        _ if ["alipay", "ebanx", "wechat-pay", "wise"].contains(&name) => Some(include_str!(
            "../../webhook-core/src/testing/keys/wise/private-key.pem"
        )),
        Some(by) if to.contains_key("public_keys") => Some(by.secret),
        _ => None,
    };
    from.extend(key.map(|key| ("private_key".to_owned(), key.into())));
    (to, from)
}

fn endpoint(name: &str) -> Endpoint {
    let (to, _) = settings_of(name);
    Account::new(name, to).endpoint().unwrap()
}

/// A configuration file with an account for each provider.
struct Config(PathBuf);

impl Config {
    fn new(name: &str) -> Self {
        let mut text = String::new();
        for name in provider::names() {
            let (_, from) = settings_of(name);
            text.push_str(&format!("[variants.{name}]\nprovider = \"{name}\"\n"));
            for (setting, value) in from.into_iter().filter(|(_, value)| !value.is_null()) {
                text.push_str(&format!("{setting} = {}\n", toml(&value)));
            }
        }
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("send-{name}.toml"));
        std::fs::write(&path, text).unwrap();
        Self(path)
    }

    fn send(&self, server: SocketAddr, name: &str, flags: &[&str]) -> Sent {
        let url = format!("http://{server}/hooks/{name}");
        let own = ["--to", &url, "--json"];
        let flags: Vec<&str> = flags.iter().copied().chain(own).collect();
        let output = self.run(name, &flags);
        let lines = String::from_utf8(output.stdout.clone()).unwrap();
        let lines = lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap());
        Sent {
            lines: lines.collect(),
            output,
        }
    }

    fn run(&self, name: &str, flags: &[&str]) -> Output {
        process::output(
            Command::new(env!("CARGO_BIN_EXE_webhook-cli"))
                .args(["send", name])
                .args(flags)
                .arg("--config")
                .arg(&self.0),
        )
    }
}

fn toml(value: &Value) -> String {
    match value {
        Value::Array(list) => {
            let list: Vec<String> = list.iter().map(toml).collect();
            format!("[{}]", list.join(", "))
        }
        Value::Object(table) => {
            let table = table.iter().filter(|(_, value)| !value.is_null());
            let table: Vec<String> = table
                .map(|(name, value)| format!("{} = {}", Value::from(name.as_str()), toml(value)))
                .collect();
            format!("{{{}}}", table.join(", "))
        }
        other => other.to_string(),
    }
}

struct Sent {
    output: Output,
    lines: Vec<Value>,
}

impl Sent {
    fn said(&self) -> String {
        String::from_utf8(self.output.stderr.clone()).unwrap()
    }

    /// What is wrong, if all answers should have this status, and that is as hoped.
    fn fault(&self, status: u16) -> Option<String> {
        let sent = self.lines.iter().filter(|line| line["type"] == "send");
        let is_right =
            |line: &Value| line["status"] == status && line["ok"] == true && line["v"] == 1;
        let wrong: Vec<&Value> = sent.filter(|line| !is_right(line)).collect();
        let is_good = self.output.status.success() && !self.lines.is_empty() && wrong.is_empty();
        (!is_good).then(|| format!("{wrong:?}"))
    }
}

/// The body or the id, if that is asked for.
fn answer(delivery: &Delivery, echo: Option<&[u8]>) -> String {
    let id = delivery
        .id()
        .or(delivery.unverified_id().map(|id| *id.unverified()));
    match echo {
        Some(b"body") => String::from_utf8_lossy(delivery.body()).into_owned(),
        Some(_) => id.unwrap_or("no id").to_owned(),
        None => String::new(),
    }
}

fn axum_server() -> SocketAddr {
    use axum::Router;
    use axum::http::HeaderMap;
    use axum::routing::any;
    use webhook_tower::{Verified, WebhookLayer};

    async fn handle(headers: HeaderMap, Verified(delivery): Verified<Delivery>) -> String {
        answer(
            &delivery,
            headers.get("x-echo").map(|value| value.as_bytes()),
        )
    }

    let routers = provider::names().map(|name| {
        Router::new()
            .route(&format!("/hooks/{name}"), any(handle))
            .route_layer(WebhookLayer::new(endpoint(name)))
    });
    let app = routers.fold(Router::new(), Router::merge);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, app).await.unwrap();
        });
    });
    address
}

fn actix_server() -> SocketAddr {
    use actix_web::{App, HttpServer, web};
    use webhook_actix::Verified;

    async fn handle(Verified(delivery): Verified<Delivery>) -> String {
        answer(&delivery, None)
    }

    let (address, known) = mpsc::channel();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let server = HttpServer::new(|| {
                App::new().configure(|app| {
                    for name in provider::names() {
                        let path = format!("/hooks/{name}");
                        app.service(web::resource(path).app_data(endpoint(name)).to(handle));
                    }
                })
            });
            let server = server.workers(1).bind(("127.0.0.1", 0)).unwrap();
            address.send(server.addrs()[0]).unwrap();
            server.run().await.unwrap();
        });
    });
    known.recv().unwrap()
}
