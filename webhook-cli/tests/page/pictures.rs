//! The pictures in `docs`, made anew where `UPDATE_PICTURES=1` is set.

use std::path::Path;

use bytes::Bytes;
use webhook_cli::capture::{Answer, Capture, Verdict};
use webhook_cli::request::Request;
use webhook_core::UnixTime;

use super::program::{EVENT, Program};
use super::{ROOM, ROWS, indented, opened};

/// Provider, kind, id, verdict, status.
const LOOKS: [(&str, &str, &str, &str, u16); 8] = [
    ("stripe", "invoice.paid", "evt_test_", "ok", 200),
    ("shopify", "orders/create", "ord_test_", "ok", 200),
    ("paypal", "PAYMENT.CAPTURE.COMPLETED", "WH-TEST-", "ok", 200),
    ("adyen", "AUTHORISATION", "psp_test_", "ok", 202),
    ("github", "push", "gh_test_", "ok", 500),
    ("mollie", "payment", "tr_test_", "unknown", 200),
    ("paddle", "subscription.created", "ntf_test_", "stale", 400),
    (
        "stripe",
        "charge.refunded",
        "evt_test_",
        "bad_signature",
        400,
    ),
];

/// One of many that look different.
pub(crate) fn capture(number: usize) -> Capture {
    let (provider, kind, prefix, code, status) = LOOKS[number % LOOKS.len()];
    let id = format!("{prefix}{number}");
    let request = Request {
        method: "POST".to_owned(),
        target: format!("/webhooks/{provider}"),
        headers: headers(provider),
        body: EVENT.replace("evt_1", &id).into(),
    };
    Capture {
        id: 0,
        at: UnixTime::from_secs(1_785_920_400 + 7 * i64::try_from(number).unwrap()),
        verdict: Verdict {
            code: code.to_owned(),
            provider: Some(provider.to_owned()),
            id: Some(id),
            kind: Some(kind.to_owned()),
            ..Verdict::default()
        },
        request,
        answers: vec![Answer {
            from: Some("http://127.0.0.1:3000/webhooks".to_owned()),
            status: Some(status),
            millis: 12,
            ..Answer::default()
        }],
        replay_of: None,
    }
}

fn headers(provider: &str) -> Vec<(String, Bytes)> {
    let signature = format!("{provider}-signature");
    let lines = [
        ("Host", "localhost:4040"),
        ("User-Agent", "Webhooks/1.0"),
        ("Accept", "*/*"),
        ("Content-Type", "application/json; charset=utf-8"),
        (
            signature.as_str(),
            "t=1785920400,v1=5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd",
        ),
    ];
    let lines = lines.into_iter();
    lines
        .map(|(name, value)| (name.to_owned(), Bytes::from(value.to_owned())))
        .collect()
}

async fn save(browser: &super::Browser, name: &str) {
    let picture = browser.picture().await;
    assert!(picture.starts_with(b"\x89PNG"), "{name}");
    if std::env::var_os("UPDATE_PICTURES").is_some() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
        std::fs::write(folder.join(name), picture).unwrap();
    }
}

fn fill(program: &Program) {
    for number in 0..40 {
        program.keep(capture(number));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_can_be_taken() {
    let _room = ROOM.acquire().await.unwrap();
    let (program, browser) = opened("pictures").await;
    fill(&program);
    browser.wait(&format!("{ROWS} > 10")).await;
    browser.keys("k".repeat(40).as_str()).await;
    browser.keys("jjjjj2").await;
    browser.wait("document.querySelector('.body')").await;
    browser.wait("document.getAnimations().length === 0").await;
    save(&browser, "list.png").await;

    program.arrive(indented(&program.signed(EVENT))).await;
    browser.wait("document.querySelector('#row-41')").await;
    browser.keys("kkkkkk1").await;
    browser
        .wait("document.querySelector('#sub').textContent.startsWith('#41 ')")
        .await;
    browser.wait("document.querySelector('.cause')").await;
    browser.wait("document.getAnimations().length === 0").await;
    save(&browser, "why.png").await;

    browser.keys("e").await;
    browser
        .wait("document.activeElement.id === 'edit-body'")
        .await;
    let body = serde_json::to_string(EVENT).unwrap();
    browser
        .run(&format!(
            "const field = document.querySelector('#edit-body'); field.value = {body}; field.dispatchEvent(new Event('input'))"
        ))
        .await;
    browser.click("#do-replay").await;
    browser
        .wait("document.querySelector('#results .chip.good')")
        .await;
    browser.wait("document.getAnimations().length === 0").await;
    browser.dark().await;
    save(&browser, "replay.png").await;

    browser.size(360, 740).await;
    browser.keys("\u{e00c}1").await;
    browser.wait("document.querySelector('.cause')").await;
    save(&browser, "phone.png").await;
}
