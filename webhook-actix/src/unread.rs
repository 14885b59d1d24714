//! What was not read of a refused body.

use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::Payload;
use bytes::Bytes;

/// The payload of a refused request, kept until the answer is sent; then actix-web closes the connection. Chunks whose
/// payload is dropped before that are read on until they end, if they ever do: no limit and no time would hold.
/// <https://github.com/actix/actix-web/pull/3936>
#[derive(Clone)]
pub(crate) struct Unread {
    _payload: Rc<Payload>,
}

impl Unread {
    pub(crate) fn new(payload: Payload) -> Self {
        Self {
            _payload: Rc::new(payload),
        }
    }

    pub(crate) fn with_answer(self, answer: impl MessageBody + Unpin) -> impl MessageBody {
        Answer {
            body: answer,
            _unread: self,
        }
    }
}

impl fmt::Debug for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Unread")
    }
}

struct Answer<B> {
    body: B,
    _unread: Unread,
}

impl<B: MessageBody + Unpin> MessageBody for Answer<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, B::Error>>> {
        Pin::new(&mut self.body).poll_next(cx)
    }
}
