//! The page in a browser: what a person sees, what keys do, and that nothing which arrives can do anything.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    missing_docs
)]

mod browser;
mod pictures;
mod program;

use bytes::Bytes;
use serde_json::{Value, json};
use webhook_cli::capture::{Answer, Capture, Verdict};
use webhook_cli::request::Request;
use webhook_core::UnixTime;

use self::browser::Browser;
use self::program::{EVENT, INDENTED, Program};

const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";
const END: &str = "\u{e010}";

/// Browsers are large: only so many at a time.
static ROOM: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new(2);

const ROWS: &str = "document.querySelectorAll('.row').length";
const IS_LIVE: &str = "document.querySelector('#live.on')";

async fn opened(name: &str) -> (std::sync::Arc<Program>, Browser) {
    let (program, url) = Program::start().await;
    let browser = Browser::start(name).await;
    browser.open(&url).await;
    browser.wait(IS_LIVE).await;
    (program, browser)
}

/// The same event as a middleware writes it.
fn indented(request: &Request) -> Request {
    Request {
        body: Bytes::from_static(INDENTED.as_bytes()),
        ..request.clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_fills_as_requests_arrive() {
    let _room = ROOM.acquire().await.unwrap();
    let (program, browser) = opened("list").await;
    assert!(browser.text("#list").await.contains("Nothing has arrived"));
    let request = program.signed(EVENT);
    program.arrive(request.clone()).await;
    browser.wait(&format!("{ROWS} === 1")).await;
    program.arrive(indented(&request)).await;
    browser.wait(&format!("{ROWS} === 2")).await;
    browser
        .wait("document.querySelectorAll('.row .status').length === 2")
        .await;
    // The newest is the first.
    let first = browser.text(".row").await;
    assert!(first.contains("bad_signature"), "{first}");
    assert!(first.contains("400"), "{first}");
    let second = browser.text(".row:nth-child(2)").await;
    for word in ["invoice.paid", "stripe", "evt_1", "genuine", "200"] {
        assert!(second.contains(word), "{word}: {second}");
    }
    browser
        .wait("document.querySelector('#news').textContent.includes('new request')")
        .await;
    // The browser asked for nothing beside the page, not even for an icon.
    assert_eq!(program.captures_seen(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_request_says_why() {
    let _room = ROOM.acquire().await.unwrap();
    let (program, browser) = opened("why").await;
    let request = indented(&program.signed(EVENT));
    program.arrive(request).await;
    browser.wait("document.querySelector('.cause')").await;
    let why = browser.text("#panel").await.to_lowercase();
    let told = program.capture(1).verdict.explanation.json();
    for pointer in ["/cause/text", "/cause/todo", "/steps/0/text"] {
        let text = told.pointer(pointer);
        let text = text.and_then(Value::as_str).unwrap();
        assert!(why.contains(&text.to_lowercase()), "{text}: {why}");
    }
    for word in [
        "Refused: no key has made this signature",
        "What is signed, in this order",
        "What was signed",
        "What arrived",
        "The first difference is after byte 1.",
        "tried to find the cause",
    ] {
        assert!(why.contains(&word.to_lowercase()), "{word}: {why}");
    }
    let marks =
        "[...document.querySelectorAll('.sides mark')].map((mark) => mark.textContent).join()";
    assert_eq!(browser.run(&format!("return {marks}")).await, "\",\\n");
    let wrong = "[...document.querySelectorAll('.steps .no')].map((step) => step.innerText).join()";
    let wrong = browser.run(&format!("return {wrong}")).await;
    assert!(
        wrong.as_str().unwrap().contains("no key matches"),
        "{wrong}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_replay_turns_refused_into_genuine() {
    let _room = ROOM.acquire().await.unwrap();
    let (program, browser) = opened("replay").await;
    program.arrive(indented(&program.signed(EVENT))).await;
    browser.wait("document.querySelector('.cause')").await;
    browser.keys("e").await;
    browser
        .wait("document.activeElement.id === 'edit-body'")
        .await;
    // The signature in the form is masked; the one that is sent is not.
    let headers = browser
        .run("return document.querySelector('#edit-headers').value")
        .await;
    assert!(headers.as_str().unwrap().contains('…'), "{headers}");
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
    let results = browser.text("#results").await;
    assert!(results.contains("bad_signature"), "{results}");
    assert!(results.contains("genuine"), "{results}");
    browser
        .wait("document.querySelectorAll('.row .chip.good').length === 1")
        .await;
    let replay = program.capture(2);
    assert_eq!(replay.replay_of, Some(1));
    assert_eq!(replay.request.body, EVENT);
    assert_eq!(replay.request.headers, program.capture(1).request.headers);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_signed_anew_and_sent_many_times() {
    let _room = ROOM.acquire().await.unwrap();
    let (program, browser) = opened("anew").await;
    program.arrive(indented(&program.signed(EVENT))).await;
    browser.wait("document.querySelector('.cause')").await;
    browser.keys("4").await;
    browser.click("input[value=signed_anew]").await;
    browser.run("const field = document.querySelector('#times'); field.value = 5; field.dispatchEvent(new Event('input'))").await;
    browser.click("#do-replay").await;
    browser
        .wait("document.querySelectorAll('#results .chip.good').length === 5")
        .await;
    browser.keys(ESCAPE).await;
    browser.keys("r").await;
    browser
        .wait("document.querySelectorAll('#results .chip.bad').length === 2")
        .await;
    assert_eq!(program.capture(7).replay_of, Some(1));
    assert_eq!(program.capture(7).request, program.capture(1).request);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_request_is_signed_and_sent() {
    let _room = ROOM.acquire().await.unwrap();
    let (program, browser) = opened("send").await;
    browser
        .wait("!document.querySelector('#open-send').disabled")
        .await;
    browser.click("#open-send").await;
    // A sample is there to begin with.
    browser
        .wait("document.querySelector('#send-body').value.length > 50")
        .await;
    browser.run("document.querySelector('#send-body').value = '{\"id\":\"evt_9\",\"object\":\"event\",\"type\":\"x.y\"}'").await;
    browser.click("#do-send").await;
    browser
        .wait("document.querySelector('#title').textContent === 'x.y'")
        .await;
    assert_eq!(program.capture(1).verdict.code, "ok");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_is_set_and_all_is_forgotten() {
    use webhook_cli::inspector::Backend;
    let _room = ROOM.acquire().await.unwrap();
    let (program, browser) = opened("answer").await;
    program.arrive(program.signed(EVENT)).await;
    browser.wait(&format!("{ROWS} === 1")).await;
    browser.click("#open-answer").await;
    browser.run("document.querySelector('#answer-status').value = 503; document.querySelector('#answer-delay').value = 250").await;
    browser.click("#do-answer").await;
    browser
        .wait("document.querySelector('#where').textContent === 'answers 503 after 250 ms'")
        .await;
    assert_eq!(program.answer(), (503, 250));
    browser.click("#open-clear").await;
    browser.click("#do-clear").await;
    browser.wait(&format!("{ROWS} === 0")).await;
    assert_eq!(program.captures_seen(), 0);
    // Numbers go on, and so does the page.
    program.arrive(program.signed(EVENT)).await;
    browser.wait(&format!("{ROWS} === 1")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn search_and_filters_narrow_the_list() {
    let _room = ROOM.acquire().await.unwrap();
    let (program, browser) = opened("search").await;
    let request = program.signed(EVENT);
    program.arrive(request.clone()).await;
    program.arrive(indented(&request)).await;
    let other = r#"{"id":"evt_2","object":"event","type":"charge.failed","note":"John"}"#;
    program.arrive(program.signed(other)).await;
    browser.wait(&format!("{ROWS} === 3")).await;
    browser.keys("/").await;
    browser.keys("john").await;
    browser.wait(&format!("{ROWS} === 1")).await;
    assert!(browser.text("#count").await.contains("1 of 3"));
    // What arrives meanwhile is found too.
    program
        .arrive(program.signed(&other.replace("evt_2", "evt_3")))
        .await;
    browser.wait(&format!("{ROWS} === 2")).await;
    browser.keys(ESCAPE).await;
    browser.wait(&format!("{ROWS} === 4")).await;
    for (field, value, rows) in [
        ("by-kind", "charge.failed", 2),
        ("by-kind", "", 4),
        ("by-verdict", "bad_signature", 1),
        ("by-provider", "stripe", 1),
    ] {
        browser.run(&format!("const field = document.querySelector('#{field}'); field.value = '{value}'; field.dispatchEvent(new Event('change'))")).await;
        browser.wait(&format!("{ROWS} === {rows}")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_shown_in_every_form() {
    let _room = ROOM.acquire().await.unwrap();
    let (program, browser) = opened("forms").await;
    let body = r#"{"big":12345678901234567890.10,"id":"evt_1","a":[],"type":"x"}"#;
    program.arrive(program.signed(body)).await;
    browser.wait("document.querySelector('.steps')").await;
    browser.keys("2").await;
    browser.wait("document.querySelector('.body')").await;
    // Numbers stand as they were written.
    let pretty = browser.text(".body").await;
    assert!(
        pretty.contains("  \"big\": 12345678901234567890.10,\n"),
        "{pretty}"
    );
    assert!(pretty.contains("\"a\": [],\n"), "{pretty}");
    browser.press("Text").await;
    assert_eq!(browser.text(".body").await, body);
    browser.press("Hex").await;
    assert!(
        browser
            .text(".body")
            .await
            .starts_with("000000  7b 22 62 69 67")
    );
    // The signature is hidden until it is wanted.
    let signature = program
        .capture(1)
        .request
        .header("stripe-signature")
        .unwrap()
        .clone();
    let signature = String::from_utf8(signature.to_vec()).unwrap();
    assert!(!browser.text("#panel").await.contains(&signature));
    let in_page = "return document.documentElement.outerHTML";
    assert!(
        !browser
            .run(in_page)
            .await
            .as_str()
            .unwrap()
            .contains(&signature)
    );
    browser.click("#show-secrets").await;
    browser
        .wait("document.querySelector('#show-secrets').textContent === 'Hide secrets'")
        .await;
    assert!(browser.text("#panel").await.contains(&signature));
    let names = "[...document.querySelectorAll('th')].map((name) => name.textContent).join()";
    let names = browser.run(&format!("return {names}")).await;
    assert!(
        names.as_str().unwrap().ends_with("User-Agent,Accept"),
        "{names}"
    );
    browser.press("Pretty").await;
    browser.keys("3").await;
    browser
        .wait("document.querySelector('#panel').innerText.includes('14 ms')")
        .await;
    assert!(browser.text("#panel").await.contains("\"received\": true"));
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_do_what_the_help_says() {
    let _room = ROOM.acquire().await.unwrap();
    let (program, browser) = opened("keys").await;
    for id in 1..=3 {
        program
            .arrive(program.signed(&EVENT.replace("evt_1", &format!("evt_{id}"))))
            .await;
        browser.wait(&format!("{ROWS} === {id}")).await;
    }
    let selected = async |number: u64| {
        browser
            .wait(&format!(
                "document.querySelector('.row[aria-selected=true]')?.id === 'row-{number}'"
            ))
            .await;
        browser.wait(&format!("document.querySelector('#list').getAttribute('aria-activedescendant') === 'row-{number}'")).await;
        browser
            .wait(&format!(
                "document.querySelector('#sub').textContent.startsWith('#{number} ')"
            ))
            .await;
    };
    selected(1).await;
    browser.keys("k").await;
    selected(2).await;
    browser.keys("k").await;
    selected(3).await;
    browser.keys("k").await;
    selected(3).await;
    browser.keys("jj").await;
    selected(1).await;
    browser.click("#list").await;
    browser.keys(END).await;
    selected(1).await;
    browser.keys(ENTER).await;
    browser.wait("document.activeElement.id === 'panel'").await;
    for (key, tab) in [
        ("2", "Request"),
        ("3", "Answer"),
        ("4", "Replay"),
        ("5", "Export"),
        ("1", "Why"),
    ] {
        browser.keys(key).await;
        browser
            .wait(&format!(
                "document.querySelector('[role=tab][aria-selected=true]').textContent === '{tab}'"
            ))
            .await;
    }
    browser.keys(ESCAPE).await;
    browser.wait("document.activeElement.id === 'list'").await;
    browser.keys("?").await;
    browser.wait("document.querySelector('#help').open").await;
    browser.keys(ESCAPE).await;
    browser.wait("!document.querySelector('#help').open").await;
    browser.keys("/").await;
    browser.wait("document.activeElement.id === 'search'").await;
    // In a field, letters are letters.
    browser.keys("r?").await;
    browser
        .wait("document.querySelector('#search').value === 'r?'")
        .await;
    assert_eq!(program.captures_seen(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_shown() {
    let _room = ROOM.acquire().await.unwrap();
    let (program, browser) = opened("export").await;
    program.arrive(program.signed(EVENT)).await;
    browser.wait("document.querySelector('.steps')").await;
    browser.keys("5").await;
    for (button, word) in [
        ("curl", "curl "),
        ("Raw HTTP", "POST /webhooks/stripe HTTP/1.1"),
        ("Test vector", "\"body"),
        ("Rust test", "#["),
    ] {
        browser.press(button).await;
        let word = serde_json::to_string(word).unwrap();
        browser
            .wait(&format!(
                "document.querySelector('#exported')?.innerText.includes({word})"
            ))
            .await;
    }
}

/// Text that would do something, were it markup.
const HOSTILE: &str = "<img src=x onerror=\"window.pwned=1\"><script>window.pwned=1;alert(1)</script>\u{202e}\u{1b}[2J'\"></textarea><svg onload=window.pwned=1>javascript:alert(1)";

fn hostile() -> Capture {
    let text = HOSTILE.to_owned();
    let bytes = Bytes::from_static(HOSTILE.as_bytes());
    Capture {
        id: 0,
        at: UnixTime::from_secs(i64::MAX / 1000),
        request: Request {
            method: text.clone(),
            target: text.clone(),
            headers: vec![
                (text.clone(), bytes.clone()),
                ("Content-Type".to_owned(), Bytes::from_static(b"text/html")),
                ("cookie".to_owned(), bytes.clone()),
            ],
            body: bytes.clone(),
        },
        verdict: Verdict {
            code: text.clone(),
            provider: Some(text.clone()),
            variant: Some(text.clone()),
            key: Some(text.clone()),
            id: Some(text.clone()),
            kind: Some(text.clone()),
            explanation: json!({
                "statuses": [text],
                "steps": [{"step": text, "ok": false, "text": text}],
                "signed": [{"part": text, "text": text, "len": 3}],
                "cause": {"code": text, "text": text, "todo": text, "difference": {"at": 3, "sent": text, "got": text}},
                "tried": 3,
            })
            .into(),
        },
        answers: vec![Answer {
            from: Some("javascript:alert(1)".to_owned()),
            status: Some(200),
            headers: vec![(text.clone(), bytes.clone())],
            body: bytes,
            error: Some(text),
            ..Answer::default()
        }],
        replay_of: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_arrives_can_do_anything() {
    let _room = ROOM.acquire().await.unwrap();
    let (program, browser) = opened("hostile").await;
    browser
        .run("window.reports = []; addEventListener('securitypolicyviolation', (e) => reports.push(e.violatedDirective)); addEventListener('error', (e) => reports.push(e.message)); addEventListener('unhandledrejection', (e) => reports.push(String(e.reason)))")
        .await;
    program.keep(hostile());
    browser.wait("document.querySelector('.cause')").await;
    for key in ["1", "2", "3", "4", "5"] {
        browser.keys(key).await;
        browser.wait(&format!("document.querySelectorAll('[role=tab]')[{key} - 1].getAttribute('aria-selected') === 'true'")).await;
        browser
            .wait("document.querySelector('#panel').innerText.length > 20")
            .await;
    }
    browser.keys("e").await;
    browser
        .wait("document.activeElement.id === 'edit-body'")
        .await;
    browser.keys(ESCAPE).await;
    browser.keys("2").await;
    for form in ["Text", "Hex", "Pretty"] {
        browser.press(form).await;
    }
    browser.click("#show-secrets").await;
    browser
        .wait("document.querySelector('#show-secrets').textContent === 'Hide secrets'")
        .await;
    // It is shown as text, with what cannot be seen written out.
    let panel = browser.text("#panel").await;
    assert!(panel.contains("<script>window.pwned=1"), "{panel}");
    assert!(panel.contains("\\u{202e}\\u{1b}[2J"), "{panel}");
    assert!(!panel.contains('\u{202e}'));
    assert_eq!(
        browser.run("return window.pwned ?? null").await,
        Value::Null
    );
    assert_eq!(
        browser
            .run("return document.querySelectorAll('img, svg, main script').length")
            .await,
        0
    );
    assert!(!browser.has_dialog().await);
    assert_eq!(browser.run("return reports").await, json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn markup_would_be_refused_even_if_the_page_made_it() {
    let _room = ROOM.acquire().await.unwrap();
    let (_program, browser) = opened("policy").await;
    let tried = browser
        .run("try { document.body.innerHTML = '<b>x</b>'; return 'made' } catch (error) { return error.name }")
        .await;
    assert_eq!(tried, "TypeError");
    let asked = browser
        .run("return fetch('http://localhost:9/').then(() => 'asked', () => 'refused')")
        .await;
    assert_eq!(asked, "refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_narrow_screen_has_the_list_or_one_request() {
    let _room = ROOM.acquire().await.unwrap();
    let (program, browser) = opened("narrow").await;
    browser.size(360, 740).await;
    program.arrive(indented(&program.signed(EVENT))).await;
    browser.wait(&format!("{ROWS} === 1")).await;
    let seen = |selector: &str| format!("document.querySelector('{selector}').offsetWidth > 0");
    assert_eq!(
        browser.run(&format!("return {}", seen("#panel"))).await,
        false
    );
    browser.click(".row").await;
    browser.wait(&seen("#panel")).await;
    browser.wait("document.querySelector('.cause')").await;
    assert_eq!(
        browser.run(&format!("return {}", seen("#list"))).await,
        false
    );
    for key in ["1", "2", "3", "4", "5"] {
        browser.keys(key).await;
        // Nothing is wider than the screen.
        let wide = browser
            .run("return [...document.querySelectorAll('body *')].filter((e) => e.offsetWidth && !e.closest('.unseen, .hex') && e.getBoundingClientRect().right > 360.5).map((e) => e.outerHTML.slice(0, 80))")
            .await;
        assert_eq!(wide, json!([]), "tab {key}");
    }
    browser.click("#back").await;
    browser.wait(&seen("#list")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_requests_are_a_few_rows() {
    let _room = ROOM.acquire().await.unwrap();
    let (program, browser) = opened("many").await;
    for id in 0..10_000 {
        program.keep(pictures::capture(id));
    }
    browser
        .wait("document.querySelector('#count').textContent === '10,000 requests'")
        .await;
    let rows = browser.run(&format!("return {ROWS}")).await;
    assert!(rows.as_u64().unwrap() < 60, "{rows}");
    browser.click("#list").await;
    browser.keys(END).await;
    browser
        .wait("document.querySelector('.row[aria-selected=true]')?.id === 'row-1'")
        .await;
    let rows = browser.run(&format!("return {ROWS}")).await;
    assert!(rows.as_u64().unwrap() < 60, "{rows}");
    browser.write("#search", "evt_test_9999").await;
    browser.wait(&format!("{ROWS} === 1")).await;
    // What is forgotten there is forgotten here.
    program.keep(pictures::capture(10_000));
    browser.keys(ESCAPE).await;
    browser
        .wait("document.querySelector('#count').textContent === '10,000 requests'")
        .await;
    browser.wait("!document.querySelector('#row-1')").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_token_nothing_is_shown() {
    let _room = ROOM.acquire().await.unwrap();
    let (program, url) = Program::start().await;
    program.arrive(program.signed(EVENT)).await;
    let browser = Browser::start("locked").await;
    let (page, token) = url.split_once('#').unwrap();
    browser.open(page).await;
    browser.wait("document.querySelector('#locked').open").await;
    browser.open(&format!("{page}#wrong")).await;
    browser.wait("document.querySelector('#locked').open").await;
    assert_eq!(browser.run(&format!("return {ROWS}")).await, 0);
    browser.write("#token", token).await;
    browser.click("#do-unlock").await;
    browser.wait(&format!("{ROWS} === 1")).await;
}

/// Every text, in light and in dark, stands out from its ground as WCAG AA wants.
#[tokio::test(flavor = "multi_thread")]
async fn every_text_can_be_read() {
    let _room = ROOM.acquire().await.unwrap();
    let (program, browser) = opened("contrast").await;
    for id in 0..12 {
        program.keep(pictures::capture(id));
    }
    program.arrive(indented(&program.signed(EVENT))).await;
    browser.wait(&format!("{ROWS} > 10")).await;
    browser.keys("k".repeat(13).as_str()).await;
    browser.wait("document.querySelector('.cause')").await;
    for _ in ["light", "dark"] {
        for key in ["1", "2", "3", "4", "5"] {
            browser.keys(key).await;
            browser.wait("document.getAnimations().length === 0").await;
            let poor = browser.run(include_str!("contrast.js")).await;
            assert_eq!(poor, json!([]), "tab {key}");
        }
        browser.dark().await;
    }
}
