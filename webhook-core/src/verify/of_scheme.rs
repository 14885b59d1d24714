//! A scheme's account as a verifier.

use std::time::Duration;

use crate::account::KeyPrint;
use crate::delivery::Provider;
use crate::message::Coverage;
use crate::outcome::Answer;
use crate::request::RequestHead;
use crate::scheme::{SchemeVerifier, ShownAt};
use crate::time::UnixTime;
use crate::verify::shown::{Proven, Shown};
use crate::verify::verifier::{BodyCheck, ShowsSecret, Verifier};

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
        self.judge_head(head, now, None, BodyCheck::of_scheme)
    }

    fn shows_secret(&self) -> Option<&dyn ShowsSecret> {
        // Nothing of nobody is stored, so nobody must learn from that who exists.
        let shows = self.scheme().coverage() == Coverage::SenderOnly && !self.is_decoy();
        shows.then_some(self as &dyn ShowsSecret)
    }
}

impl ShowsSecret for SchemeVerifier {
    fn shown(&self) -> Shown {
        self.shown_at()
            .fold(Shown::of(self.words()), |shown, at| match at {
                ShownAt::Header(name) => shown.header(&name),
                ShownAt::Parameter(name) => shown.parameter(&name),
                ShownAt::Body => shown.in_body(),
            })
    }

    fn begin_again(
        &self,
        head: &RequestHead<'_>,
        now: UnixTime,
        proven: Proven,
    ) -> Result<BodyCheck, Answer> {
        let shown = proven.key.map(|key| key.index());
        self.judge_head(head, now, shown, BodyCheck::of_scheme)
    }
}
