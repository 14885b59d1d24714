//! What becomes of a secret that a sender hands over at set-up, from the request to the application.
#![cfg(all(feature = "testing", feature = "tracing"))]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use webhook_core::provider::asana::{self, Asana};
use webhook_core::provider::notion::Notion;
use webhook_core::resolver::{Resolved, from_fn};
use webhook_core::scheme::SchemeVerifier;
use webhook_core::testing::{FixedClock, Sign, SignedRequest, Signer};
use webhook_core::{Answer, Endpoint, SetupSecret, Variants, Verifier};
use webhook_testkit::log::Log;
use webhook_testkit::{NOW, Request, outcome_in};

const SECRET: &str = "92f7731a76da224abaf0f99bb99e1ba346dbb28dcbdd72f120dc72def315cb61";

/// What was handed over: path and secret.
#[derive(Clone, Default)]
struct Taken(Arc<Mutex<Vec<(String, String)>>>);

impl Taken {
    fn take(&self) -> impl Fn(&SetupSecret) + Send + Sync + 'static {
        let taken = self.clone();
        move |handed: &SetupSecret| {
            let secret = handed.secret().expose().to_owned();
            taken
                .0
                .lock()
                .unwrap()
                .push((handed.path().to_owned(), secret));
        }
    }

    fn all(&self) -> Vec<(String, String)> {
        self.0.lock().unwrap().clone()
    }
}

/// What all tests of this program log.
static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Begins to listen, before anything is logged: what is logged first where nobody listens is not heard later either.
fn listen() {
    static LISTENING: LazyLock<()> = LazyLock::new(|| {
        let log = Log(|_: &str, line: &str| LINES.lock().unwrap().push(line.to_owned()));
        tracing::subscriber::set_global_default(log).unwrap();
    });
    *LISTENING
}

/// The status and the code.
fn answer(endpoint: &Endpoint, request: &Request) -> (u16, &'static str) {
    listen();
    match outcome_in(endpoint, request, vec![request.body.clone()]) {
        Ok(_) => (200, "ok"),
        Err(answer) => (answer.status().as_u16(), answer.code()),
    }
}

fn request(target: &str, headers: &[(&str, &str)], body: &str) -> Request {
    let text = |(name, value): &(&str, &str)| ((*name).to_owned(), value.as_bytes().to_vec());
    Request {
        method: "POST".to_owned(),
        target: target.to_owned(),
        headers: headers.iter().map(text).collect(),
        body: body.to_owned().into(),
    }
}

fn of_asana() -> Request {
    request("/hooks/7?a=b", &[("x-hook-secret", SECRET)], "{}")
}

fn of_notion() -> Request {
    let body = format!(r#"{{"verification_token":"{SECRET}"}}"#);
    request("/hooks/7?a=b", &[], &body)
}

fn handed_over() -> Vec<(String, String)> {
    vec![("/hooks/7".to_owned(), SECRET.to_owned())]
}

#[test]
fn the_application_gets_the_secret_once() {
    for (verifier, request) in [
        (Asana::set_up(), of_asana()),
        (Notion::set_up(), of_notion()),
    ] {
        let taken = Taken::default();
        let endpoint = Endpoint::new(verifier).on_setup_secret(taken.take());
        assert_eq!(answer(&endpoint, &request), (200, "handshake"));
        assert_eq!(taken.all(), handed_over());
    }
}

#[test]
fn where_nobody_takes_the_secret_nothing_is_set_up() {
    for (verifier, request) in [
        (Asana::set_up(), of_asana()),
        (Notion::set_up(), of_notion()),
    ] {
        for endpoint in [
            Endpoint::new(verifier),
            Endpoint::new(verifier).dangerously_report_only(),
        ] {
            assert_eq!(answer(&endpoint, &request), (500, "misconfigured"));
        }
    }
}

#[test]
fn an_endpoint_with_a_key_takes_no_other() {
    fn refuses(verifier: impl Verifier + 'static, request: &Request) {
        let taken = Taken::default();
        let endpoint = Endpoint::new(verifier).on_setup_secret(taken.take());
        assert_eq!(answer(&endpoint, request), (400, "missing_signature"));
        assert_eq!(taken.all(), []);
    }
    refuses(Asana::new("a secret for tests").unwrap(), &of_asana());
    refuses(Notion::new("a secret for tests").unwrap(), &of_notion());
}

#[test]
fn what_is_signed_with_the_secret_that_it_brings_is_refused() {
    let own = Signer::new(asana::SCHEME, SECRET).unwrap();
    let signed: SignedRequest = own.sign(b"{}", NOW).unwrap();
    let signed = Request::from(signed).and("x-hook-secret", SECRET);
    let taken = Taken::default();
    let endpoint = Endpoint::new(Asana::set_up()).on_setup_secret(taken.take());
    assert_eq!(answer(&endpoint, &signed), (401, "bad_signature"));
    let endpoint = Endpoint::new(Asana::new("a secret for tests").unwrap());
    let endpoint = endpoint.on_setup_secret(taken.take());
    assert_eq!(answer(&endpoint, &signed), (401, "bad_signature"));
    assert_eq!(taken.all(), []);
}

/// Each hook at a path of its own: one that waits for its secret takes it once, and is verified with it from then on.
#[test]
fn a_path_is_set_up_once() {
    let secrets = Arc::new(Mutex::new(HashMap::from([("/hooks/7".to_owned(), None)])));
    let (kept, known) = (Arc::clone(&secrets), secrets);
    let find = move |path: String| {
        let secret: Option<Option<String>> = known.lock().unwrap().get(&path).cloned();
        let verifier: Arc<dyn Verifier> = match secret {
            Some(Some(secret)) => Arc::new(Asana::new(secret).unwrap()),
            Some(None) => Arc::new(Asana::set_up()),
            None => Arc::new(SchemeVerifier::decoy(asana::SCHEME).unwrap()),
        };
        std::future::ready(Ok(Resolved::shared(verifier)))
    };
    let endpoint = Endpoint::new(from_fn(move |head| find(head.path().to_owned())))
        .clock(FixedClock::at(NOW))
        .on_setup_secret(move |handed| {
            let secret = handed.secret().expose().to_owned();
            kept.lock()
                .unwrap()
                .insert(handed.path().to_owned(), Some(secret));
        });
    let elsewhere = request("/hooks/8", &[("x-hook-secret", SECRET)], "{}");
    assert_eq!(answer(&endpoint, &elsewhere), (400, "missing_signature"));
    assert_eq!(answer(&endpoint, &of_asana()), (200, "handshake"));
    assert_eq!(answer(&endpoint, &of_asana()), (400, "missing_signature"));
    let signer = Signer::new(asana::SCHEME, SECRET).unwrap();
    let mut event = Request::from(signer.sign(b"{}", NOW).unwrap());
    assert_eq!(answer(&endpoint, &event), (401, "bad_signature"));
    event.target = "/hooks/7".to_owned();
    assert_eq!(answer(&endpoint, &event), (200, "ok"));
}

#[test]
fn an_endpoint_found_has_the_function_of_the_one_around_it() {
    let taken = Taken::default();
    let inner = Endpoint::new(Asana::set_up());
    let variants = Variants::new().with("a", inner).unwrap();
    let endpoint = Endpoint::new(variants).on_setup_secret(taken.take());
    let request = request("/hooks/a", &[("x-hook-secret", SECRET)], "{}");
    assert_eq!(answer(&endpoint, &request), (200, "handshake"));
    assert_eq!(taken.all(), [("/hooks/a".to_owned(), SECRET.to_owned())]);
}

#[test]
fn the_log_tells_of_it_and_not_what_it_is() {
    for (verifier, request) in [
        (Asana::set_up(), of_asana()),
        (Notion::set_up(), of_notion()),
    ] {
        let endpoint = Endpoint::new(verifier).name("for the log");
        let endpoint = endpoint.on_setup_secret(Taken::default().take());
        assert_eq!(answer(&endpoint, &request), (200, "handshake"));
    }
    let lines = LINES.lock().unwrap();
    let of_setup =
        |line: &&String| line.contains("for the log") && line.contains("handed over a secret");
    assert_eq!(lines.iter().filter(of_setup).count(), 2, "{lines:?}");
    assert!(lines.iter().all(|line| !line.contains(SECRET)), "{lines:?}");
}

#[cfg(feature = "explain")]
#[test]
fn an_explanation_gives_nothing_away() {
    let taken = Taken::default();
    for (verifier, request) in [
        (Asana::set_up(), of_asana()),
        (Notion::set_up(), of_notion()),
    ] {
        let endpoint = Endpoint::new(verifier).on_setup_secret(taken.take());
        let headers = request.headers.into_iter();
        let request = webhook_core::explain::Request {
            method: request.method,
            target: request.target,
            headers: headers.map(|(name, value)| (name, value.into())).collect(),
            body: request.body,
        };
        let told = webhook_testkit::at_once(endpoint.explain(&request, Some(NOW)));
        assert_eq!(told.verdict, "handshake");
        assert!(!format!("{told:?}").contains(SECRET));
    }
    assert_eq!(taken.all(), []);
}

#[test]
fn a_verifier_of_its_own_can_be_asked_too() {
    let headers = vec![("x-hook-secret", SECRET)];
    let head = webhook_core::RequestHead::new("POST", "/hooks/7", &headers);
    let Err(Answer::Reply(reply)) = Asana::set_up().begin(&head, NOW) else {
        panic!("the head decides");
    };
    let handed = reply.setup_secret().unwrap();
    assert_eq!(handed.secret().expose(), SECRET);
}
