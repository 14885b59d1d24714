//! What can be seen of a body that was changed before it came here.

use crate::outcome::{Answer, Rejection, RejectionKind};
use crate::request::RequestHead;

/// What was refused once its body was there: the reason says so if it can be seen that the body is not the one that was sent. The code
/// stays. Looks at the head again, so that a genuine request pays nothing for it.
pub(super) fn told_in_reason(
    answer: Answer,
    head: &RequestHead<'_>,
    announced: Option<usize>,
    len: usize,
) -> Answer {
    match answer {
        Answer::Rejection(rejection) if may_be_of_the_body(&rejection) => {
            match seen(head, announced, len) {
                Some(reason) => rejection.because(reason).into(),
                None => rejection.into(),
            }
        }
        answer => answer,
    }
}

/// Whether another body might have been accepted. A header that is named is at fault itself.
fn may_be_of_the_body(rejection: &Rejection) -> bool {
    match rejection.kind() {
        RejectionKind::BadSignature => true,
        RejectionKind::Malformed | RejectionKind::MissingSignature => rejection.header().is_none(),
        _ => false,
    }
}

fn seen(head: &RequestHead<'_>, announced: Option<usize>, len: usize) -> Option<&'static str> {
    if announced.is_some_and(|announced| len > announced) {
        return Some(LONGER);
    }
    let has = |name| !matches!(head.header(name), Ok(None));
    if len > 0 && !has("content-length") && !has("transfer-encoding") {
        return Some(NO_LENGTH);
    }
    is_encoded(head).then_some(ENCODED)
}

fn is_encoded(head: &RequestHead<'_>) -> bool {
    match head.header("content-encoding") {
        Ok(Some(encoding)) => !encoding.eq_ignore_ascii_case(b"identity"),
        Ok(None) => false,
        Err(_) => true,
    }
}

const LONGER: &str = "the body was changed on its way to the endpoint: it is longer than its `content-length`. Put the webhook \
                      outside of the layer, middleware or proxy that changes it";

// Over HTTP/2, and where a test calls a service directly, a genuine request may have neither.
const NO_LENGTH: &str = "there is no proof for this body, and perhaps it was changed on its way to the endpoint: it has neither \
                         `content-length` nor `transfer-encoding`, as behind `RequestDecompressionLayer`. Put the webhook outside of \
                         the layer that changes it";

const ENCODED: &str = "there is no proof for this body, and perhaps it was changed on its way to the endpoint: it has a \
                       `content-encoding`, and senders sign what they send. See whether a proxy compresses requests";

#[cfg(test)]
mod tests {
    use super::*;

    type Case<'a> = (
        &'a [(&'a str, &'a str)],
        Option<usize>,
        usize,
        Option<&'static str>,
    );

    const CASES: [Case<'_>; 11] = [
        (&[("content-length", "5")], Some(5), 5, None),
        (&[("content-length", "5")], Some(5), 6, Some(LONGER)),
        (&[("content-length", "0")], Some(0), 1, Some(LONGER)),
        (&[("transfer-encoding", "chunked")], None, 5, None),
        (&[], None, 0, None),
        (&[], None, 1, Some(NO_LENGTH)),
        (&[("content-encoding", "gzip")], None, 1, Some(NO_LENGTH)),
        (
            &[("content-length", "5"), ("content-encoding", "gzip")],
            Some(5),
            5,
            Some(ENCODED),
        ),
        (
            &[("content-length", "5"), ("content-encoding", "gzip")],
            Some(5),
            6,
            Some(LONGER),
        ),
        (
            &[("transfer-encoding", "chunked"), ("Content-Encoding", "br")],
            None,
            5,
            Some(ENCODED),
        ),
        (
            &[("content-length", "5"), ("content-encoding", "Identity")],
            Some(5),
            5,
            None,
        ),
    ];

    fn told(kind: RejectionKind, header: Option<&'static str>) -> Vec<&'static str> {
        let told = CASES.map(|(lines, announced, len, _)| {
            let headers = lines.to_vec();
            let head = RequestHead::new("POST", "/", &headers);
            let rejection = Rejection::new(kind, "as it was");
            let rejection = header.map_or(rejection.clone(), |name| rejection.of_header(name));
            let told = told_in_reason(rejection.clone().into(), &head, announced, len);
            let told = told.into_rejection()?;
            // Nothing but the reason may differ.
            assert_eq!(told.clone().because("as it was"), rejection);
            Some(told.reason())
        });
        told.into_iter().flatten().collect()
    }

    #[test]
    fn the_reason_says_what_can_be_seen_of_a_changed_body() {
        use RejectionKind::{BadSignature, Malformed, MissingSignature};
        let expected: Vec<_> = CASES.map(|case| case.3.unwrap_or("as it was")).into();
        assert_eq!(told(BadSignature, None), expected);
        assert_eq!(told(BadSignature, Some("stripe-signature")), expected);
        assert_eq!(told(Malformed, None), expected);
        assert_eq!(told(MissingSignature, None), expected);
    }

    #[test]
    fn the_reason_stays_where_the_body_is_not_to_blame() {
        use RejectionKind::{KeysUnavailable, Malformed, MissingSignature, SignatureReused, Stale};
        let as_it_was = vec!["as it was"; CASES.len()];
        assert_eq!(told(Malformed, Some("stripe-signature")), as_it_was);
        assert_eq!(told(MissingSignature, Some("stripe-signature")), as_it_was);
        for kind in [KeysUnavailable, SignatureReused, Stale] {
            assert_eq!(told(kind, None), as_it_was, "{kind:?}");
        }
    }
}
