//! Prints a request instead of sending it.

use serde_json::{Map, Value};
use url::Url;
use webhook_core::testing::SampleKeys;

use super::Print;
use super::plan::Plan;
use crate::capture::{Capture, Verdict};
use crate::client::path_and_query;
use crate::request::Request;
use crate::samples::Made;
use crate::terminal::{Failure, Outcome, Terminal};
use crate::text;
use crate::write;

/// Where to, if that is not said: what many servers listen on.
const SOMEWHERE: &str = "http://127.0.0.1:3000/";

/// Settings that are no secret, and without which a request may not be genuine.
const OPEN: [&str; 13] = [
    "audience",
    "auth_header",
    "bundle_id",
    "captures",
    "environment",
    "merchant_id",
    "mode",
    "public_url",
    "seller_id",
    "service_account_email",
    "signed_part",
    "vendor",
    "webhook_id",
];

pub(super) async fn print(form: Print, plan: &Plan, terminal: &Terminal) -> Outcome {
    let made = plan.make().await?;
    let url = match &plan.to {
        Some(to) => to.clone(),
        None => Url::parse(SOMEWHERE).map_err(|_| Failure::usage("say where to by --to URL"))?,
    };
    let request = addressed(&made.request, &url);
    // Of a sender that shows the secret itself, it is not shown here.
    let masked = write::without_secrets_of(Some(&plan.account.provider), request);
    for name in &masked.names {
        let what = match name.contains('/') || name.contains(' ') {
            true => text::line(name).into_owned(),
            false => format!("the header {}", text::line(name)),
        };
        terminal.say(&format!(
            "webhook-cli: {what} holds the secret itself, and is masked"
        ));
    }
    let request = masked.request;
    match form {
        Print::Http => terminal.data(&write::http(&request)),
        Print::Curl => {
            let mut url = url;
            let query = request.target.split_once('?').map(|(_, query)| query);
            url.set_query(query);
            terminal.data(format!("{}\n", write::curl(&request, url.as_str())).as_bytes());
        }
        Print::Json => {
            terminal.data(format!("{}\n", write::vector(&capture(plan, made, request))).as_bytes())
        }
        Print::Settings => settings(&plan.account.provider, terminal)?,
        Print::Rust => {
            let mut options = write::RustOptions::default();
            let settings = plan.account.settings.clone().into_iter();
            options.config = settings
                .filter(|(name, _)| OPEN.contains(&name.as_str()))
                .collect();
            let test = write::rust_with(&capture(plan, made, request), &options);
            terminal.data(rust_file(&test).as_bytes());
        }
    }
    Ok(())
}

/// Those whose keys are published: what we sign with is a key for tests, which their receivers do not know.
pub(super) const PUBLISHED: [&str; 8] = [
    "apple-appstore",
    "aws-sns",
    "fal",
    "google-play-rtdn",
    "google-pubsub",
    "paypal",
    "plaid",
    "truelayer",
];

/// The settings of a receiver that trusts the key for tests.
pub(super) fn settings(provider: &str, terminal: &Terminal) -> Outcome {
    if !PUBLISHED.contains(&provider) {
        return Err(Failure::usage(format!(
            "--print settings: {provider} signs with what the receiver is configured with; `webhook-cli providers {provider}` lists that"
        )));
    }
    let samples = webhook_core::provider::samples(provider, &SampleKeys::new())?;
    let settings = samples.first().map(|sample| &sample.settings);
    let text = settings.map(|settings| format!("{settings:#}\n"));
    terminal.data(text.unwrap_or_default().as_bytes());
    Ok(())
}

/// The request as it is sent to this address.
fn addressed(request: &Request, url: &Url) -> Request {
    let mut addressed = request.clone();
    addressed.target = path_and_query(url, &request.target);
    let port = url.port().map(|port| format!(":{port}"));
    let host = format!(
        "{}{}",
        url.host_str().unwrap_or_default(),
        port.unwrap_or_default()
    );
    addressed = addressed.without("host");
    addressed
        .headers
        .insert(0, ("host".to_owned(), host.into()));
    addressed
}

/// As if it had arrived, with the verdict that it must get.
fn capture(plan: &Plan, made: Made, request: Request) -> Capture {
    let codes = plan
        .damage
        .and_then(|damage| damage.codes(&plan.account).ok());
    let code = codes.and_then(|codes| codes.first().copied());
    Capture {
        id: 1,
        at: made.at,
        request,
        verdict: Verdict {
            code: code.unwrap_or("ok").to_owned(),
            provider: Some(plan.account.provider.clone()),
            variant: plan.account.name.clone(),
            id: made.id,
            kind: made.kind,
            explanation: Value::Object(Map::new()).into(),
            ..Verdict::default()
        },
        answers: Vec::new(),
        replay_of: None,
    }
}

/// The test, and behind it the vector file that it reads.
fn rust_file(test: &write::RustTest) -> String {
    let json = test.json.lines().map(|line| format!("// {line}\n"));
    let json: String = json.collect();
    format!(
        "{}\n// {}.json, which stands beside it:\n//\n{json}",
        test.rs.trim_end(),
        test.name
    )
}
