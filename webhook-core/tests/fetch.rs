//! Documents by HTTPS, from a server on this machine.
#![cfg(feature = "fetch")]
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use webhook_core::published::{
    CertificateSource as _, HttpsFetcher, JwksFetcher, KeySource as _, Unavailable,
};
use webhook_testkit::https::{Answer, Authority, Server};

/// So long that a test which needs it does not end.
const NEVER: Duration = Duration::from_secs(24 * 60 * 60);

const SET: &str = r#"{"keys": [{"kid":"one", "n":"1"}, {"kid":"two", "n":"2"}]}"#;

#[tokio::test]
async fn gets_the_document() {
    let (server, fetcher) = serve(Answer::ok("document")).await;
    assert_eq!(get(&fetcher, &server).await, Ok("document".into()));
}

#[tokio::test]
async fn asks_for_the_path_and_query_by_get_and_names_itself() {
    let (server, fetcher) = serve(Answer::ok("document")).await;
    let url = server.url("/v1/certs/CERT-1?a=b#c");
    fetcher.certificate(&url).await.unwrap();
    let [request] = server.requests().try_into().unwrap();
    assert!(request.starts_with("GET /v1/certs/CERT-1?a=b HTTP/1.1\r\n"));
    assert!(request.contains(concat!(
        "\r\nuser-agent: webhook-core/",
        env!("CARGO_PKG_VERSION"),
        "\r\n"
    )));
}

#[tokio::test]
async fn follows_no_redirect() {
    for status in [
        "301 Moved",
        "302 Found",
        "303 See",
        "307 Temporary",
        "308 Permanent",
    ] {
        let authority = Authority::new();
        let target = authority.serve(Answer::ok("document")).await;
        let server = authority
            .serve(Answer::redirect(status, &target.url("/")))
            .await;
        let result = get(&trusting(&authority), &server).await;
        assert_eq!(result, Err(Unavailable::Failed), "{status}");
        assert_eq!((server.connections(), target.connections()), (1, 0));
    }
}

#[tokio::test]
async fn what_is_not_there_is_unknown() {
    for status in ["404 Not Found", "410 Gone"] {
        let (server, fetcher) = serve(Answer::status(status, "document")).await;
        assert_eq!(get(&fetcher, &server).await, Err(Unavailable::Unknown));
    }
}

#[tokio::test]
async fn every_other_status_is_a_failure() {
    for status in [
        "201 Created",
        "204 No Content",
        "206 Partial Content",
        "304 Not Modified",
        "400 Bad Request",
        "403 Forbidden",
        "429 Too Many Requests",
        "500 Internal Server Error",
        "503 Service Unavailable",
    ] {
        let (server, fetcher) = serve(Answer::status(status, "")).await;
        let result = get(&fetcher, &server).await;
        assert_eq!(result, Err(Unavailable::Failed), "{status}");
    }
}

#[tokio::test]
async fn a_page_in_html_is_a_document_for_its_verifier_to_refuse() {
    let page = "<!doctype html><title>Log in</title>";
    let (server, fetcher) = serve(Answer::ok(page)).await;
    assert_eq!(get(&fetcher, &server).await, Ok(page.into()));
}

#[tokio::test]
async fn a_document_of_the_limit_is_had_and_a_longer_one_is_not() {
    let (server, fetcher) = serve(Answer::ok([b'-'; 100])).await;
    assert!(get(&fetcher.clone().body_limit(100), &server).await.is_ok());
    let result = get(&fetcher.body_limit(99), &server).await;
    assert_eq!(result, Err(Unavailable::Failed));
}

#[tokio::test]
async fn a_huge_document_is_a_failure() {
    let (server, fetcher) = serve(Answer::ok(vec![b'-'; 10_000_000])).await;
    assert_eq!(get(&fetcher, &server).await, Err(Unavailable::Failed));
}

#[tokio::test]
async fn a_document_without_end_is_a_failure() {
    let (server, fetcher) = serve(Answer::Endless).await;
    assert_eq!(get(&fetcher, &server).await, Err(Unavailable::Failed));
}

#[tokio::test]
async fn a_document_that_is_cut_short_is_a_failure() {
    let (server, fetcher) = serve(Answer::Cut).await;
    assert_eq!(get(&fetcher, &server).await, Err(Unavailable::Failed));
}

#[tokio::test]
async fn a_server_that_goes_silent_is_a_failure() {
    for answer in [Answer::Stuck, Answer::Silence] {
        let (server, fetcher) = serve(answer).await;
        let fetcher = fetcher.timeout(Duration::from_millis(200));
        assert_eq!(get(&fetcher, &server).await, Err(Unavailable::Failed));
    }
}

#[tokio::test]
async fn a_refused_connection_is_a_failure() {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
        .await
        .unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let fetcher = trusting(&Authority::new());
    let result = fetcher
        .certificate(&format!("https://localhost:{port}/"))
        .await;
    assert_eq!(result, Err(Unavailable::Failed));
}

#[tokio::test]
async fn a_certificate_of_another_authority_is_a_failure() {
    let (server, _) = serve(Answer::ok("document")).await;
    let other = trusting(&Authority::new());
    assert_eq!(get(&other, &server).await, Err(Unavailable::Failed));
    let public = HttpsFetcher::new().unwrap().timeout(NEVER);
    assert_eq!(get(&public, &server).await, Err(Unavailable::Failed));
    assert_eq!((server.connections(), server.requests().len()), (2, 0));
}

#[tokio::test]
async fn a_certificate_for_another_host_is_a_failure() {
    let authority = Authority::new();
    let server = authority
        .serve_as("elsewhere.test", Answer::ok("document"))
        .await;
    let result = get(&trusting(&authority), &server).await;
    assert_eq!(result, Err(Unavailable::Failed));
    assert_eq!((server.connections(), server.requests().len()), (1, 0));
}

#[tokio::test]
async fn what_is_not_https_is_refused_without_a_connection() {
    let (server, fetcher) = serve(Answer::ok("document")).await;
    let port = server.port;
    for url in [
        format!("http://localhost:{port}/"),
        format!("ftp://localhost:{port}/"),
        format!("//localhost:{port}/"),
        format!("localhost:{port}"),
        format!("https:/localhost:{port}/"),
        format!(" https://localhost:{port}/"),
        format!("https://localhost:{port}/ HTTP/1.1\r\nx: y"),
        "/".to_owned(),
        String::new(),
    ] {
        let result = fetcher.certificate(&url).await;
        assert_eq!(result, Err(Unavailable::Failed), "{url}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn one_fetcher_gets_many_documents() {
    let (server, fetcher) = serve(Answer::ok("document")).await;
    for _ in 0..3 {
        assert_eq!(get(&fetcher, &server).await, Ok("document".into()));
    }
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn one_fetcher_outlives_runtimes() {
    let authority = Authority::new();
    let fetcher = trusting(&authority);
    for _ in 0..2 {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_all().build().unwrap().block_on(async {
            let server = authority.serve(Answer::ok("document")).await;
            assert_eq!(get(&fetcher, &server).await, Ok("document".into()));
        });
    }
}

#[test]
fn roots_may_be_several_with_comments_between_them() {
    let pem = Authority::new().pem;
    let roots = format!("The first\n{pem}\nThe second\n{pem}");
    assert!(HttpsFetcher::with_roots_pem(roots.as_bytes()).is_ok());
}

#[test]
fn roots_that_cannot_be_read_are_a_wrong_set_up() {
    let good = Authority::new().pem;
    for bad in [
        String::new(),
        "no PEM".to_owned(),
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_owned(),
        format!("{good}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
        format!("{good}-----BEGIN CERTIFICATE-----\nAAAA\n"),
        good.replace("CERTIFICATE", "PUBLIC KEY"),
    ] {
        assert!(
            HttpsFetcher::with_roots_pem(bad.as_bytes()).is_err(),
            "{bad}"
        );
    }
}

#[tokio::test]
async fn a_key_of_a_set_is_found_by_its_id() {
    let (_server, keys) = serve_set(Answer::ok(SET)).await;
    assert_eq!(
        keys.key("two").await,
        Ok(r#"{"kid":"two", "n":"2"}"#.into())
    );
}

#[tokio::test]
async fn a_key_that_is_not_in_the_set_is_unknown() {
    let (_server, keys) = serve_set(Answer::ok(SET)).await;
    assert_eq!(keys.key("three").await, Err(Unavailable::Unknown));
}

#[tokio::test]
async fn a_flood_of_key_ids_gets_the_set_once() {
    let (server, keys) = serve_set(Answer::ok(SET)).await;
    for id in 0..1000 {
        let result = keys.key(&id.to_string()).await;
        assert_eq!(result, Err(Unavailable::Unknown));
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_set_that_cannot_be_had_is_a_failure_and_asked_for_again() {
    for answer in [
        Answer::status("404 Not Found", ""),
        Answer::status("500 Internal Server Error", ""),
        Answer::ok("<html>"),
        Answer::ok(""),
    ] {
        let (server, keys) = serve_set(answer).await;
        assert_eq!(keys.key("one").await, Err(Unavailable::Failed));
        assert_eq!(keys.key("one").await, Err(Unavailable::Failed));
        assert_eq!(server.connections(), 2);
    }
}

async fn serve(answer: Answer) -> (Server, HttpsFetcher) {
    let authority = Authority::new();
    let server = authority.serve(answer).await;
    (server, trusting(&authority))
}

async fn serve_set(answer: Answer) -> (Server, JwksFetcher) {
    let (server, fetcher) = serve(answer).await;
    let keys = JwksFetcher::new(fetcher, server.url("/keys")).unwrap();
    (server, keys)
}

fn trusting(authority: &Authority) -> HttpsFetcher {
    let fetcher = HttpsFetcher::with_roots_pem(authority.pem.as_bytes());
    fetcher.unwrap().timeout(NEVER)
}

async fn get(fetcher: &HttpsFetcher, server: &Server) -> Result<String, Unavailable> {
    let document = fetcher.certificate(&server.url("/")).await?;
    Ok(String::from_utf8(document.to_vec()).unwrap())
}
