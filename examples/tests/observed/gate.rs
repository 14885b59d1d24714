//! A handler that waits until the test lets it go on.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use tokio::sync::Semaphore;

/// Handlers wait here. It is closed at first.
#[derive(Clone)]
pub(crate) struct Gate(Arc<State>);

struct State {
    waiting: Mutex<u32>,
    came: Condvar,
    places: Semaphore,
}

impl Default for Gate {
    fn default() -> Self {
        Self(Arc::new(State {
            waiting: Mutex::new(0),
            came: Condvar::new(),
            places: Semaphore::new(0),
        }))
    }
}

impl Gate {
    /// For a handler: says that it is here, and waits.
    pub(crate) async fn pass(&self) {
        *self.0.waiting.lock().unwrap() += 1;
        self.0.came.notify_all();
        self.0.places.acquire().await.unwrap().forget();
    }

    /// For the test: until a handler waits.
    pub(crate) fn wait_for_one(&self) {
        let waiting = self.0.waiting.lock().unwrap();
        let patience = Duration::from_secs(20);
        let nobody = |waiting: &mut u32| *waiting == 0;
        let came = self.0.came.wait_timeout_while(waiting, patience, nobody);
        assert!(!came.unwrap().1.timed_out(), "no handler was called");
    }

    /// For the test: lets one handler go on.
    pub(crate) fn open(&self) {
        self.0.places.add_permits(1);
    }
}
