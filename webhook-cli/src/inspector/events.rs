//! Tells the page what is new, as it happens.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream, StreamExt};
use serde_json::json;
use tokio_stream::wrappers::BroadcastStream;

use super::Captures;
use super::asked::Interface;
use super::view::Summary;
use crate::capture::Capture;

/// So many before the last one that the page has seen are told again: they may have been answered in the meantime.
const AGAIN: u64 = 100;

/// Where more than this was missed, the page reads the list anew.
const MOST_MISSED: usize = 1000;

/// `GET events`: an event `capture` for each capture that is new or has a new answer, and `reload` where too much was missed.
pub(super) async fn events(
    State(interface): State<Interface>,
    headers: HeaderMap,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    // First listen, then look: nothing falls in between.
    let news = BroadcastStream::new(interface.backend.captures().news());
    let cleared = BroadcastStream::new(interface.cleared.subscribe());
    let missed = match last_seen(&headers) {
        Some(last) => missed_since(interface.backend.captures(), last),
        None => Vec::new(),
    };
    let news = news.map(move |news| match news {
        Ok(id) => one(interface.backend.captures(), id),
        // The reader was too slow.
        Err(_) => Some(reload()),
    });
    let cleared = cleared.map(|_| Some(reload()));
    let live = stream::select(news, cleared).filter_map(async |event| event);
    let events = stream::iter(missed).chain(live).map(Ok);
    Sse::new(events).keep_alive(KeepAlive::default())
}

fn last_seen(headers: &HeaderMap) -> Option<u64> {
    let text = headers.get("last-event-id")?.to_str().ok()?;
    text.parse().ok()
}

fn missed_since(captures: &Captures, last: u64) -> Vec<Event> {
    let (_, newest) = captures.range();
    // Numbers have begun anew: this is another run of the program.
    if last > newest {
        return vec![reload()];
    }
    let missed = captures.after(last.saturating_sub(AGAIN));
    match missed.len() > MOST_MISSED {
        true => vec![reload()],
        false => missed
            .iter()
            .map(|capture| event(captures, capture))
            .collect(),
    }
}

/// Nothing, if it is forgotten already.
fn one(captures: &Captures, id: u64) -> Option<Event> {
    let capture: Arc<Capture> = captures.get(id)?;
    Some(event(captures, &capture))
}

fn event(captures: &Captures, capture: &Capture) -> Event {
    let (oldest, _) = captures.range();
    let data = json!({"capture": Summary::of(capture), "oldest": oldest});
    Event::default()
        .id(capture.id.to_string())
        .event("capture")
        .data(data.to_string())
}

fn reload() -> Event {
    Event::default().event("reload").data("{}")
}
