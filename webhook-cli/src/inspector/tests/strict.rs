//! What nobody may read or change, and what no answer lets a browser do.

use super::*;

#[tokio::test]
async fn nothing_is_read_or_changed_without_the_token() {
    let page = Page::new();
    page.push(b"{}");
    for (method, path) in [
        ("GET", "captures"),
        ("GET", "captures/1"),
        ("GET", "captures/1/headers"),
        ("GET", "captures/1/body"),
        ("GET", "captures/1/export?as=http"),
        ("GET", "events"),
        ("GET", "state"),
        ("GET", "samples?provider=stripe"),
        ("GET", "nothing"),
        ("POST", "captures/1/replay"),
        ("POST", "send"),
        ("PUT", "answer"),
        ("DELETE", "captures"),
    ] {
        let request = http::Request::builder()
            .method(method)
            .uri(format!("{PREFIX}{path}"));
        let answer = page.call(request, Body::from("{}")).await;
        assert_eq!(answer.status(), 401, "{method} {path}");
    }
    assert_eq!(page.program.captures.after(0).len(), 1);
}

#[tokio::test]
async fn every_answer_is_strict() {
    let page = Page::new();
    page.push(b"{}");
    let foreign = || {
        page.ask("GET", "state")
            .header("origin", "https://evil.example")
    };
    for request in [
        page.ask("GET", ""),
        page.ask("GET", "captures/1/body"),
        page.ask("GET", "state"),
        page.ask("GET", "nothing"),
        page.ask("PATCH", "captures"),
        foreign(),
    ] {
        let answer = page.call(request, Body::empty()).await;
        let headers = answer.headers();
        for (name, value) in [
            ("cache-control", "no-store"),
            ("cross-origin-embedder-policy", "require-corp"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
        ] {
            assert_eq!(headers[name], value, "{name}");
        }
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert!(!headers.contains_key("access-control-allow-origin"));
    }
    let answer = page.call(foreign(), Body::empty()).await;
    assert_eq!(answer.status(), 403);
}

#[tokio::test]
async fn the_page_may_run_its_own_script_alone() {
    let page = Page::new();
    let request = http::Request::builder().uri(PREFIX);
    let answer = page.call(request, Body::empty()).await;
    assert_eq!(answer.status(), 200);
    let policy = answer.headers()["content-security-policy"]
        .to_str()
        .unwrap();
    for part in [
        "default-src 'none'",
        "script-src 'sha256-",
        "style-src 'sha256-",
        "connect-src 'self'",
        "img-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.contains(part), "{part}: {policy}");
    }
}

#[tokio::test]
async fn a_body_has_a_limit() {
    let page = Page::new();
    page.push(b"{}");
    let large = json!({"as": "edited", "body_base64": "A".repeat(4 << 20)});
    let (status, _) = page.tell("POST", "captures/1/replay", large).await;
    assert_eq!(status, 413);
    // What fits into the tool fits here.
    let full = json!({"as": "edited", "body_base64": "A".repeat((2 << 20) / 3 * 4)});
    let (status, _) = page.tell("POST", "captures/1/replay", full).await;
    assert_eq!(status, 200);
}
