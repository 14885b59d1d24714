//! The stream of events.

use super::*;

#[tokio::test]
async fn an_event_tells_what_is_new_and_what_was_answered() {
    let page = Page::new();
    page.push(b"before");
    let mut events = page.events(None).await;
    let id = page.push(b"{}");
    let event = events.next().await;
    assert!(
        event.contains("event: capture") && event.contains("id: 2"),
        "{event}"
    );
    assert!(event.contains("\"status\":null"), "{event}");
    page.program.captures.answered(
        id,
        Answer {
            status: Some(200),
            ..Answer::default()
        },
    );
    let event = events.next().await;
    assert!(event.contains("\"status\":200"), "{event}");
}

#[tokio::test]
async fn events_go_on_where_they_broke_off() {
    let page = Page::keeping(5000);
    for _ in 0..300 {
        page.push(b"{}");
    }
    // Some before the last are told again: an answer may have come.
    let mut events = page.events(Some("290")).await;
    let first = events.next().await;
    assert!(first.contains("id: 191\n"), "{first}");
    for _ in 192..300 {
        events.next().await;
    }
    let last = events.next().await;
    assert!(last.contains("id: 300\n"), "{last}");
    page.push(b"{}");
    let next = events.next().await;
    assert!(next.contains("id: 301\n"), "{next}");
}

#[tokio::test]
async fn whoever_missed_too_much_is_told_to_read_anew() {
    let page = Page::keeping(5000);
    for _ in 0..1500 {
        page.push(b"{}");
    }
    let reload = "event: reload";
    assert!(page.events(Some("1")).await.next().await.contains(reload));
    // A number of another run of the program.
    assert!(
        page.events(Some("9999"))
            .await
            .next()
            .await
            .contains(reload)
    );
}

#[tokio::test]
async fn a_slow_reader_is_told_to_read_anew() {
    let page = Page::keeping(5000);
    let mut events = page.events(None).await;
    for _ in 0..2000 {
        page.push(b"{}");
    }
    let first = events.next().await;
    assert!(first.contains("event: reload"), "{first}");
}

#[tokio::test]
async fn who_looks_is_told_that_all_is_forgotten() {
    let page = Page::new();
    page.push(b"{}");
    let mut events = page.events(None).await;
    let answer = page
        .call(page.ask("DELETE", "captures"), Body::empty())
        .await;
    assert_eq!(answer.status(), 204);
    assert!(events.next().await.contains("event: reload"));
    assert_eq!(ids(&page.json("captures").await), [] as [u64; 0]);
}
