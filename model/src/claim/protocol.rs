//! What the store does with what it is asked, and a worker with what it hears.

use super::{Answer, Claims, LEASE, RETENTION, Request, Row, State, WORKS, Without, Worker};

impl Claims {
    /// The store does what it is asked, in one step.
    pub(super) fn serve(&self, state: &mut State, request: Request) {
        let now = state.store_now();
        let lease = now + LEASE;
        match request {
            Request::Claim { worker, nonce } => {
                let answer = match state.row {
                    Row::Claimed { nonce: by, .. } if by == nonce => Answer::New,
                    Row::Done { until, .. } if until > now => Answer::Done,
                    _ if state.is_free(now, self.without) => {
                        state.row = Row::Claimed {
                            nonce,
                            until: lease,
                        };
                        if self.without == Without::CompletionAfterWork {
                            state.row = Row::Done {
                                nonce,
                                until: now + RETENTION,
                            };
                        }
                        Answer::New
                    }
                    _ => Answer::InProgress,
                };
                state.tell((worker, nonce, answer));
            }
            Request::Renew {
                worker,
                nonce,
                sent,
            } => {
                let answer = match state.row {
                    Row::Unknown => {
                        state.row = Row::Claimed {
                            nonce,
                            until: lease,
                        };
                        Answer::Held { sent }
                    }
                    Row::Claimed { nonce: by, .. } if by == nonce => {
                        state.row = Row::Claimed {
                            nonce,
                            until: lease,
                        };
                        Answer::Held { sent }
                    }
                    _ => Answer::Lost,
                };
                state.tell((worker, nonce, answer));
            }
            Request::Complete { worker, nonce } => {
                self.complete(state, nonce);
                state.tell((worker, nonce, Answer::Completed));
            }
            Request::Release { nonce } => match state.row {
                Row::Claimed { nonce: by, .. }
                    if by == nonce || self.without == Without::NonceOfRelease =>
                {
                    state.row = Row::Unknown;
                }
                _ => {}
            },
        }
    }

    /// Whether the claim still held.
    pub(super) fn complete(&self, state: &mut State, nonce: u8) -> bool {
        let holds = match state.row {
            Row::Unknown => true,
            Row::Claimed { nonce: by, .. } => {
                by == nonce || self.without == Without::NonceOfCompletion
            }
            Row::Done { nonce: by, .. } => by == nonce,
        };
        if holds {
            let remembered = match self.without {
                Without::Retention => LEASE,
                _ => RETENTION,
            };
            let until = state.store_now() + remembered;
            state.row = Row::Done { nonce, until };
            state.has_completed = Some(nonce);
        }
        holds
    }

    /// A worker hears an answer, which may come when it waits for nothing any more.
    pub(super) fn hear(&self, state: &mut State, worker: usize, nonce: u8, answer: Answer) {
        match (state.workers[worker], answer) {
            (Worker::Asking { nonce: mine, since }, _) if mine == nonce => {
                state.workers[worker] = match answer {
                    Answer::New => Worker::Working {
                        nonce,
                        ends: since + WORKS,
                        renewed: since,
                        is_renewing: false,
                    },
                    Answer::Done => {
                        state.is_acknowledged = true;
                        Worker::Idle
                    }
                    _ => {
                        state.is_acknowledged |= self.without == Without::RefusalWhileInProgress;
                        Worker::Idle
                    }
                };
            }
            (Worker::Working { nonce: mine, .. }, _) if mine == nonce => {
                state.workers[worker] = match answer {
                    Answer::Held { sent } => Worker::Working {
                        nonce,
                        ends: sent + WORKS,
                        renewed: sent,
                        is_renewing: false,
                    },
                    _ => Worker::Idle,
                };
            }
            (Worker::Completing { nonce: mine, .. }, Answer::Completed) if mine == nonce => {
                state.is_acknowledged = true;
                state.workers[worker] = Worker::Idle;
            }
            (Worker::Idle, Answer::New) if self.without == Without::PatienceOfClaims => {
                state.workers[worker] = Worker::Working {
                    nonce,
                    ends: state.now + WORKS,
                    renewed: state.now,
                    is_renewing: false,
                };
            }
            // Nobody waits for it any more.
            (_, Answer::New) => state.ask(Request::Release { nonce }),
            _ => {}
        }
    }
}
