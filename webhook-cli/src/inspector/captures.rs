//! The last requests that arrived, in memory.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::broadcast;

use crate::capture::{Answer, Capture};

/// The last requests that arrived: as many as are wanted, and never more bytes than are allowed. Clones share them.
#[derive(Clone)]
pub struct Captures {
    inner: Arc<Inner>,
}

struct Inner {
    state: Mutex<State>,
    /// Tells the number of each capture that is new or has a new answer.
    news: broadcast::Sender<u64>,
    most: usize,
    most_bytes: usize,
}

#[derive(Default)]
struct State {
    last_id: u64,
    bytes: usize,
    kept: VecDeque<Arc<Capture>>,
}

impl Captures {
    /// Keeps this many, of this many bytes in all.
    #[must_use]
    pub fn new(most: usize, most_bytes: usize) -> Self {
        Self {
            inner: Arc::new(Inner {
                state: Mutex::default(),
                news: broadcast::channel(256).0,
                most: most.max(1),
                most_bytes,
            }),
        }
    }

    /// Keeps one more, and forgets the oldest ones where it is too much. Gives it its number, and returns it.
    pub fn push(&self, mut capture: Capture) -> u64 {
        let id = {
            let mut state = self.state();
            state.last_id += 1;
            capture.id = state.last_id;
            state.bytes += size(&capture);
            state.kept.push_back(Arc::new(capture));
            self.shrink(&mut state);
            state.last_id
        };
        self.tell(id);
        id
    }

    /// Adds what was answered to one of them.
    pub fn answered(&self, id: u64, answer: Answer) {
        {
            let mut state = self.state();
            let State { kept, bytes, .. } = &mut *state;
            let Some(capture) = kept.iter_mut().rev().find(|capture| capture.id == id) else {
                return;
            };
            *bytes += answer.body.len();
            Arc::make_mut(capture).answers.push(answer);
            self.shrink(&mut state);
        }
        self.tell(id);
    }

    /// One of them.
    #[must_use]
    pub fn get(&self, id: u64) -> Option<Arc<Capture>> {
        let state = self.state();
        let found = state.kept.iter().rev().find(|capture| capture.id == id);
        found.map(Arc::clone)
    }

    /// Those with a greater number than this, the oldest first.
    #[must_use]
    pub fn after(&self, id: u64) -> Vec<Arc<Capture>> {
        let state = self.state();
        let newer = state.kept.iter().filter(|capture| capture.id > id);
        newer.map(Arc::clone).collect()
    }

    /// The number of the oldest one that is kept, if there is one, and the number that was given last.
    #[must_use]
    pub fn range(&self) -> (Option<u64>, u64) {
        let state = self.state();
        (state.kept.front().map(|oldest| oldest.id), state.last_id)
    }

    /// Forgets all of them. Numbers go on.
    pub fn clear(&self) {
        let mut state = self.state();
        state.kept.clear();
        state.bytes = 0;
    }

    /// Tells the number of each capture that is new or has a new answer.
    #[must_use]
    pub fn news(&self) -> broadcast::Receiver<u64> {
        self.inner.news.subscribe()
    }

    fn shrink(&self, state: &mut State) {
        while state.kept.len() > self.inner.most || state.bytes > self.inner.most_bytes {
            // The newest one stays, however large it is: a request has a limit of its own.
            if state.kept.len() < 2 {
                break;
            }
            if let Some(oldest) = state.kept.pop_front() {
                state.bytes = state.bytes.saturating_sub(size(&oldest));
            }
        }
    }

    fn tell(&self, id: u64) {
        // Nobody may be listening.
        drop(self.inner.news.send(id));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.inner
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Captures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("Captures")
            .field("kept", &state.kept.len())
            .field("bytes", &state.bytes)
            .finish_non_exhaustive()
    }
}

fn size(capture: &Capture) -> usize {
    let request = &capture.request;
    let headers = request.headers.iter();
    let headers: usize = headers.map(|(name, value)| name.len() + value.len()).sum();
    let answers = capture.answers.iter();
    let answers: usize = answers.map(|answer| answer.body.len()).sum();
    request.target.len() + headers + request.body.len() + answers
}
