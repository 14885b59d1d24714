//! For every provider: what stands between sender and application changes no verdict.

use axum::Router;
use axum::body::Bytes;
use tokio::net::TcpListener;
use webhook_cli::account::Account;
use webhook_cli::forward::Rules;
use webhook_core::provider;
use webhook_core::testing::{Bodies, Sample, SampleKeys, SignedRequest};
use webhook_tower::WebhookLayer;

use crate::support::{Raw, Running, header, rules, send, wire};

/// An application with the library in it.
async fn application(account: &Account) -> String {
    let layer = WebhookLayer::new(account.endpoint().unwrap());
    let app = Router::new()
        .fallback(async |body: Bytes| format!("handled {} bytes", body.len()))
        .layer(layer);
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = socket.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(socket, app).await });
    format!("http://{at}/")
}

/// As the sender made it, and spoiled.
fn requests(sample: &Sample) -> Vec<(&'static str, SignedRequest)> {
    let body = match &sample.bodies {
        Bodies::Any => Sample::BODY.to_vec(),
        Bodies::Own(body) => body.clone(),
    };
    let now = std::time::SystemTime::now().into();
    let signed = sample.signer.sign(&body, now).unwrap();
    let mut altered = signed.body.to_vec();
    let middle = altered.len() / 2;
    altered[middle] ^= 1;
    let cut = signed.body.slice(..signed.body.len() - 1);
    let mut unsigned = signed.clone();
    for name in provider::describe(sample.provider).unwrap().headers {
        unsigned = unsigned.without_header(name);
    }
    vec![
        ("altered", signed.clone().with_body(altered)),
        ("cut", signed.clone().with_body(cut)),
        ("unsigned", unsigned),
        ("genuine", signed),
    ]
}

fn shown(answer: &Raw) -> (String, Option<&str>, String) {
    let body = String::from_utf8_lossy(&answer.body).into_owned();
    (answer.line.clone(), header(answer, "content-type"), body)
}

#[tokio::test]
async fn the_verdict_of_the_application_is_the_same_with_and_without_listen() {
    let mut wrong = Vec::new();
    let mut compared = 0;
    for name in provider::names() {
        for sample in provider::samples(name, &SampleKeys::new()).unwrap() {
            let settings = sample.settings.as_object().unwrap().clone();
            let account = Account::new(name, settings);
            let app = application(&account).await;
            let direct = app.trim_start_matches("http://").trim_end_matches('/');
            let direct = direct.parse().unwrap();
            let running = Running::start(Rules {
                accounts: vec![account],
                ..rules(&[(app.clone(), "")])
            })
            .await;
            for (how, request) in requests(&sample) {
                let bytes = wire(&request);
                let [without, with] = [send(direct, &bytes).await, send(running.at, &bytes).await];
                if shown(&without) != shown(&with) {
                    wrong.push(format!(
                        "{} {how}: {:?}, not {:?}",
                        sample.name,
                        shown(&with),
                        shown(&without)
                    ));
                }
                let verdict = running.captures().last().unwrap().verdict.clone();
                let answer: serde_json::Value =
                    serde_json::from_slice(&without.body).unwrap_or_default();
                let code = answer
                    .get("code")
                    .and_then(|code| code.as_str())
                    .unwrap_or("ok");
                if verdict.code != code {
                    wrong.push(format!(
                        "{} {how}: listen says {}, the application {code}",
                        sample.name, verdict.code
                    ));
                }
                if how == "genuine" && !without.line.contains(" 200 ") {
                    wrong.push(format!("{}: {:?}", sample.name, shown(&without)));
                }
                compared += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared >= 42 * 4, "{compared}");
}
