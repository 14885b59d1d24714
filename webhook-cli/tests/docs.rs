//! The commands on the pages of `docs/` and in the READMEs: they are run, and print what stands below them.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc;

use axum::http::StatusCode;
use axum::routing::post;
use webhook_core::provider::github::GitHub;
use webhook_core::provider::square::Square;
use webhook_core::provider::stripe::Stripe;
use webhook_core::{Delivery, Endpoint, Variants};
use webhook_testkit::process;
use webhook_tower::{Verified, WebhookLayer};

/// What a page shows: a command, and what it prints if that stands right below it.
struct Shown {
    page: String,
    command: String,
    printed: Option<String>,
}

#[test]
fn every_command_does_what_its_page_says() {
    let server = server();
    let folder = std::env::temp_dir().join(format!("webhook-cli-docs-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let shown: Vec<Shown> = pages().iter().flat_map(|page| shown(page)).collect();
    assert!(shown.len() >= 12, "{}", shown.len());
    let mut wrong = String::new();
    for Shown {
        page,
        command,
        printed,
    } in &shown
    {
        let got = run(command, server, &folder);
        let fits = match (&got, printed) {
            (Ok(got), Some(wanted)) => fits(got, wanted),
            (Ok(_), None) => true,
            // A refusal that is explained is an exit code of 1.
            (Err(got), Some(wanted)) => fits(got, wanted),
            (Err(_), None) => false,
        };
        if !fits {
            let (Ok(got) | Err(got)) = got;
            wrong.push_str(&format!("{page}\n{command}\nprints:\n{got}\n"));
        }
    }
    fs::remove_dir_all(&folder).unwrap();
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_block_of_dependencies_is_true() {
    let workspace = manifest("");
    let known = &workspace["workspace"]["dependencies"];
    let own_version = workspace["workspace"]["package"]["version"]
        .as_str()
        .unwrap();
    let mut checked = 0;
    let readmes = pages()
        .into_iter()
        .chain([root().join("webhook-cli/README.md")]);
    for (page, name, wanted) in readmes.flat_map(|page| dependencies(&page)) {
        let is_ours = name.starts_with("webhook-");
        let version = |value: &toml::Value| {
            value
                .get("version")
                .unwrap_or(value)
                .as_str()
                .unwrap()
                .to_owned()
        };
        let used = match (is_ours, known.get(&name)) {
            (true, _) => own_version.to_owned(),
            (false, Some(used)) => version(used),
            (false, None) => panic!("{page}: we do not use {name}"),
        };
        let wanted_version = version(&wanted);
        let fits = used == wanted_version || used.starts_with(&format!("{wanted_version}."));
        assert!(fits, "{page}: {name} is {used}");
        let features = wanted.get("features").and_then(toml::Value::as_array);
        for feature in features.into_iter().flatten().filter(|_| is_ours) {
            let feature = feature.as_str().unwrap();
            let has = manifest(&name)["features"].get(feature).is_some();
            assert!(has, "{page}: {name} has no feature {feature}");
        }
        checked += 1;
    }
    assert!(checked >= 20, "{checked}");
}

fn manifest(folder: &str) -> toml::Table {
    let text = fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
    toml::from_str(&text).unwrap()
}

/// What a page says to depend on: the page, the crate, and how.
fn dependencies(page: &Path) -> Vec<(String, String, toml::Value)> {
    let text = fs::read_to_string(page).unwrap();
    let blocks = text.split("```toml\n").skip(1);
    let mut found = Vec::new();
    for block in blocks.filter_map(|block| block.split("```").next()) {
        let block: toml::Table = toml::from_str(block).unwrap();
        for table in ["dependencies", "dev-dependencies"] {
            let table = block.get(table).and_then(toml::Value::as_table);
            let of_page = |(name, how): (&String, &toml::Value)| {
                (page.display().to_string(), name.clone(), how.clone())
            };
            found.extend(table.into_iter().flatten().map(of_page));
        }
    }
    found
}

#[test]
fn only_what_an_ellipsis_stands_for_may_differ() {
    for (got, wanted, is) in [
        ("a\nb", "a\nb", true),
        ("sent 12 bytes in 3 ms", "sent … bytes in … ms", true),
        ("sent 12 bytes", "sent … bytes in … ms", false),
        ("a\nb", "a", false),
        ("refused", "sent", false),
    ] {
        assert_eq!(fits(got, wanted), is, "{got} {wanted}");
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The cookbook, and the READMEs of all crates but this one, whose commands are those of a session with files.
fn pages() -> Vec<PathBuf> {
    let book = fs::read_dir(root().join("docs/src")).unwrap();
    let mut pages: Vec<PathBuf> = book.map(|file| file.unwrap().path()).collect();
    // The pages of the senders are in a folder. Each shows one command, which `tests/send.rs` runs for every sender.
    pages.retain(|page| page.is_file());
    for readme in [
        "",
        "webhook-core",
        "webhook-tower",
        "webhook-actix",
        "webhook-store",
    ] {
        pages.push(root().join(readme).join("README.md"));
    }
    pages.sort();
    pages
}

/// The blocks of a page that call this program.
fn shown(page: &Path) -> Vec<Shown> {
    let text = fs::read_to_string(page).unwrap();
    let mut blocks = text.split("\n```").skip(1);
    let mut shown: Vec<Shown> = Vec::new();
    let mut is_below = false;
    // Odd pieces are blocks, even ones what stands between them.
    while let Some(block) = blocks.next() {
        let (language, code) = block.split_once('\n').unwrap_or((block, ""));
        match language {
            "sh" => shown.push(Shown {
                page: page.display().to_string(),
                command: code.to_owned(),
                printed: None,
            }),
            "text" if is_below => {
                if let Some(last) = shown.last_mut() {
                    last.printed = Some(code.to_owned());
                }
            }
            _ => {}
        }
        let between = blocks.next().unwrap_or_default();
        is_below = language == "sh" && between.trim().is_empty();
    }
    shown
}

/// What the shell prints, on both streams; as an error if the command fails.
fn run(command: &str, server: SocketAddr, folder: &Path) -> Result<String, String> {
    let program = Path::new(env!("CARGO_BIN_EXE_webhook-cli"));
    let path = std::env::var("PATH").unwrap();
    let command = command.replace("127.0.0.1:3000", &server.to_string());
    let mut shell = Command::new("sh");
    shell
        .args(["-e", "-c", &format!("exec 2>&1\n{command}")])
        .env(
            "PATH",
            format!("{}:{path}", program.parent().unwrap().display()),
        )
        .env("NO_COLOR", "1")
        .current_dir(folder);
    let output = process::output(&mut shell);
    let printed = String::from_utf8(output.stdout).unwrap();
    let printed = printed.replace(&server.to_string(), "127.0.0.1:3000");
    match output.status.success() {
        true => Ok(printed),
        false => Err(printed),
    }
}

/// Line by line; an ellipsis stands for any text within its line.
fn fits(got: &str, wanted: &str) -> bool {
    let (got, wanted) = (got.trim_end(), wanted.trim_end());
    let mut lines = got.lines().zip(wanted.lines());
    got.lines().count() == wanted.lines().count()
        && lines.all(|(got, wanted)| line_fits(got, wanted))
}

fn line_fits(got: &str, wanted: &str) -> bool {
    let (Some((start, _)), Some((_, end))) = (wanted.split_once('…'), wanted.rsplit_once('…'))
    else {
        return got == wanted;
    };
    let Some(mut rest) = got
        .strip_prefix(start)
        .and_then(|got| got.strip_suffix(end))
    else {
        return false;
    };
    // What stands between two of them, in this order.
    let parts: Vec<&str> = wanted.split('…').collect();
    parts[1..parts.len() - 1]
        .iter()
        .all(|part| match rest.split_once(part) {
            Some((_, behind)) => {
                rest = behind;
                true
            }
            None => false,
        })
}

/// A server for all that the pages send.
fn server() -> SocketAddr {
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            listener.set_nonblocking(true).unwrap();
            tell.send(listener.local_addr().unwrap()).unwrap();
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, routes()).await.unwrap();
        });
    });
    told.recv().unwrap()
}

async fn received(Verified(_): Verified<Delivery>) -> StatusCode {
    StatusCode::OK
}

fn routes() -> axum::Router {
    let stripe = Endpoint::new(Stripe::new("whsec_only_for_this_test").unwrap());
    let square = Square::new("only-for-this-test", "https://shop.example/webhooks/square");
    let europe = Endpoint::new(Stripe::new("whsec_of_europe").unwrap());
    let variants = Variants::new().with("stripe-eu", europe).unwrap();
    let github = Endpoint::new(GitHub::new("It's a Secret to Everybody").unwrap());
    let mut routes = axum::Router::new();
    for (path, endpoint) in [
        ("/webhooks/stripe", stripe),
        ("/webhooks/github", github),
        ("/webhooks/square", Endpoint::new(square.unwrap())),
        ("/payments/process/{variant}", Endpoint::new(variants)),
    ] {
        let layer = WebhookLayer::new(endpoint);
        routes = routes.merge(
            axum::Router::new()
                .route(path, post(received))
                .route_layer(layer),
        );
    }
    routes
}
