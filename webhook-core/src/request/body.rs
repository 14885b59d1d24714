//! The body of a request while it arrives.

use bytes::{Bytes, BytesMut};

/// The frames of a body: one is kept as it is, more go into one buffer.
pub(crate) enum Body {
    Empty,
    One(Bytes),
    Many(BytesMut),
}

impl Body {
    #[inline]
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Empty => 0,
            Self::One(frame) => frame.len(),
            Self::Many(buffer) => buffer.len(),
        }
    }

    #[inline]
    pub(crate) fn push(&mut self, frame: Bytes, announced: Option<usize>, limit: usize) {
        match std::mem::replace(self, Self::Empty) {
            Self::Empty => *self = Self::One(frame),
            Self::One(first) => {
                let mut buffer = BytesMut::new();
                grow(&mut buffer, first.len() + frame.len(), announced, limit);
                buffer.extend_from_slice(&first);
                buffer.extend_from_slice(&frame);
                *self = Self::Many(buffer);
            }
            Self::Many(mut buffer) => {
                grow(&mut buffer, frame.len(), announced, limit);
                buffer.extend_from_slice(&frame);
                *self = Self::Many(buffer);
            }
        }
    }

    #[inline]
    pub(crate) fn into_bytes(self) -> Bytes {
        match self {
            Self::Empty => Bytes::new(),
            Self::One(frame) => frame,
            Self::Many(buffer) => buffer.freeze(),
        }
    }
}

/// Makes room for `more` bytes: twice what has arrived, so that an announced length alone buys nothing, but
/// never more than was announced or is allowed.
fn grow(buffer: &mut BytesMut, more: usize, announced: Option<usize>, limit: usize) {
    let needed = buffer.len() + more;
    if needed <= buffer.capacity() {
        return;
    }
    let most = announced.unwrap_or(limit).min(limit).max(needed);
    let room = (needed * 2).min(most);
    buffer.reserve(room - buffer.len());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_joined_in_the_order_in_which_they_came() {
        let mut body = Body::Empty;
        assert_eq!(body.len(), 0);
        for (frame, len) in [("one,", 4), ("two,", 8), ("three", 13)] {
            body.push(Bytes::from(frame), None, 100);
            assert_eq!(body.len(), len);
        }
        assert_eq!(body.into_bytes(), "one,two,three");
    }

    #[test]
    fn a_buffer_grows_to_twice_what_arrived_and_never_past_what_may_come() {
        for (arrived, more, announced, limit, room) in [
            (100, 100, None, 1_000, 400),
            (100, 100, Some(1_000), 10_000, 400),
            (100, 100, Some(300), 1_000, 300),
            (100, 100, None, 250, 250),
            (100, 100, Some(300), 250, 250),
            // More than was announced comes all the same.
            (100, 100, Some(150), 1_000, 200),
        ] {
            let mut buffer = BytesMut::zeroed(arrived);
            grow(&mut buffer, more, announced, limit);
            assert_eq!(
                buffer.capacity(),
                room,
                "{arrived} {more} {announced:?} {limit}"
            );
        }
        let mut buffer = BytesMut::with_capacity(500);
        grow(&mut buffer, 500, None, 1_000);
        assert_eq!(buffer.capacity(), 500);
    }
}
