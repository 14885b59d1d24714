//! A scheme's account as a verifier.

use std::time::Duration;

use crate::account::KeyPrint;
use crate::delivery::Provider;
use crate::outcome::Answer;
use crate::request::RequestHead;
use crate::scheme::SchemeVerifier;
use crate::time::UnixTime;
use crate::verify::verifier::{BodyCheck, Verifier};

impl Verifier for SchemeVerifier {
    fn provider(&self) -> Provider {
        self.scheme().provider()
    }

    fn key_prints(&self) -> Vec<KeyPrint> {
        self.prints()
    }

    fn replay_window(&self) -> Option<Duration> {
        self.window()
    }

    fn body_limit(&self) -> Option<usize> {
        self.scheme().body_limit
    }

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<BodyCheck, Answer> {
        self.judge_head(head, now).map(BodyCheck::of_scheme)
    }
}
