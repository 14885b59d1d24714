//! Set-up requests that a sender makes and the answers it wants.

use std::borrow::Cow;

use bytes::Bytes;
use http::StatusCode;
use memchr::memmem;

use crate::account::Secret;
use crate::crypto::{Algorithm, Encoding};
use crate::crypto::{PreparedKey, same_text};
use crate::outcome::Reply;
use crate::outcome::{Rejection, RejectionKind};
use crate::request::Field;
use crate::request::RequestHead;
use crate::request::{field_in_body, field_in_head};
use crate::scheme::places::{Checked, keep, names, place};

/// One kind of set-up request, and the answer to it.
///
/// ```
/// use webhook_core::scheme::{HandshakeReply, Condition, Field, Handshake};
///
/// /// Slack asks, signed like everything else: echo the challenge.
/// const URL_VERIFICATION: Handshake = Handshake::signed(
///     &[Condition::Equals(Field::Json("/type"), "url_verification")],
///     HandshakeReply::Echo(Field::Json("/challenge")),
/// );
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Handshake {
    /// `None`: signed, by any method that deliveries come by.
    unsigned_method: Option<&'static str>,
    when: &'static [Condition],
    expects: Option<Field>,
    refusal: StatusCode,
    answer: HandshakeReply,
}

/// What must hold of a request.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Condition {
    /// The field is present and not empty.
    Present(Field),
    /// The field is this text.
    Equals(Field, &'static str),
}

/// What to answer.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum HandshakeReply {
    /// This status, no body.
    Empty(StatusCode),
    /// Status 200 and the field as plain text.
    Echo(Field),
    /// Status 200 and a JSON object of these members.
    Json(&'static [(&'static str, ReplyValue)]),
}

/// A member of a JSON answer.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum ReplyValue {
    /// A fixed number.
    Number(i64),
    /// A field of the request.
    Echo(Field),
    /// A field of the request, signed with the key that signed the request, in hex.
    Signed(Field),
    /// A text, and behind it a field of an unsigned request, signed with the first key that is valid.
    ///
    /// Anybody can have a text signed so. For that not to be a delivery, a text is refused that begins as an object in JSON does, and so
    /// is a delivery that does not. A scheme with such an answer signs the body alone. A decoy refuses to answer: who asks learns
    /// whether there is an account.
    Code(&'static str, Field, Encoding),
}

impl Handshake {
    /// A set-up request that is signed like a delivery. Its answer may only use the body.
    #[must_use]
    pub const fn signed(when: &'static [Condition], answer: HandshakeReply) -> Self {
        Self::new(None, when, answer)
    }

    /// A set-up request that nobody signs. Its conditions and its answer may only use the head.
    #[must_use]
    pub const fn unsigned(
        method: &'static str,
        when: &'static [Condition],
        answer: HandshakeReply,
    ) -> Self {
        Self::new(Some(method), when, answer)
    }

    const fn new(
        unsigned_method: Option<&'static str>,
        when: &'static [Condition],
        answer: HandshakeReply,
    ) -> Self {
        Self {
            unsigned_method,
            when,
            expects: None,
            refusal: StatusCode::FORBIDDEN,
            answer,
        }
    }

    /// Answers only if this field is what is configured with
    /// [`SchemeVerifier::handshake_token`](crate::scheme::SchemeVerifier::handshake_token); refuses with `refusal` otherwise.
    #[must_use]
    pub const fn expects(self, field: Field, refusal: StatusCode) -> Self {
        Self {
            expects: Some(field),
            refusal,
            ..self
        }
    }

    /// So many can a scheme have.
    pub(crate) const MOST: usize = 8;

    /// Whether it can be answered, and swallows no delivery.
    pub(crate) const fn check(
        &self,
        methods: &[&str],
        algorithm: Algorithm,
        signs_body_alone: bool,
    ) -> Checked {
        keep!(conditions(self.when));
        let is_signed = match self.unsigned_method {
            Some(method) => {
                if self.when.is_empty() && names(methods, method) {
                    return Err(
                        "an unsigned handshake on the method of the deliveries needs a condition that no delivery meets",
                    );
                }
                if any_in_body(self.when) {
                    return Err("the conditions of an unsigned handshake must stand in the head");
                }
                false
            }
            None if self.when.is_empty() => {
                return Err("a signed handshake needs a condition that no delivery meets");
            }
            None => true,
        };
        if let Some(field) = self.expects {
            keep!(place(field));
            if is_signed || !field.is_in_head() {
                return Err("what a handshake expects must stand in the head, of an unsigned one");
            }
        }
        match self.answer {
            HandshakeReply::Empty(_) => Ok(()),
            HandshakeReply::Echo(field) => answers_from(field, is_signed),
            HandshakeReply::Json(mut members) => {
                while let [(_, value), rest @ ..] = members {
                    match value {
                        ReplyValue::Number(_) => {}
                        ReplyValue::Echo(field) => keep!(answers_from(*field, is_signed)),
                        ReplyValue::Signed(_) if !is_signed || !algorithm.is_mac() => {
                            return Err(
                                "only a signed handshake of a sender that signs with a MAC can have its answer signed",
                            );
                        }
                        ReplyValue::Signed(field) => keep!(answers_from(*field, true)),
                        ReplyValue::Code(..) if is_signed || !algorithm.is_mac() => {
                            return Err(
                                "the first key signs the answer to an unsigned handshake of a sender that signs with a MAC",
                            );
                        }
                        ReplyValue::Code(..) if !signs_body_alone => {
                            return Err(
                                "who signs whatever an unsigned handshake holds must sign the body alone, so that none is a delivery",
                            );
                        }
                        ReplyValue::Code(
                            _,
                            field,
                            Encoding::Hex | Encoding::Base64 | Encoding::Base64Url,
                        ) => {
                            keep!(answers_from(*field, false));
                        }
                        ReplyValue::Code(..) => {
                            return Err("an answer is written in hex or in base64");
                        }
                    }
                    members = rest;
                }
                Ok(())
            }
        }
    }

    /// What kind of request it is, and what is answered.
    pub(crate) fn in_words(&self) -> String {
        let method = match self.unsigned_method {
            Some(method) => format!("{method}, unsigned"),
            None => "signed".to_owned(),
        };
        let when = self.when.iter().map(|condition| match condition {
            Condition::Present(field) => format!("{} is present", field.in_words()),
            Condition::Equals(field, text) => format!("{} is `{text}`", field.in_words()),
        });
        let when: Vec<String> = when.collect();
        let when = match when.is_empty() {
            true => String::new(),
            false => format!(", where {}", when.join(" and ")),
        };
        let answer = match self.answer {
            HandshakeReply::Empty(status) => format!("status {}", status.as_u16()),
            HandshakeReply::Echo(field) => format!("{} as plain text", field.in_words()),
            HandshakeReply::Json(_) => "a JSON object".to_owned(),
        };
        format!("{method}{when}: answered with {answer}")
    }

    /// Whether it has the first key sign what anybody sends.
    pub(crate) fn signs_anything(&self) -> bool {
        match self.answer {
            HandshakeReply::Json(members) => members
                .iter()
                .any(|(_, value)| matches!(value, ReplyValue::Code(..))),
            _ => false,
        }
    }

    pub(crate) const fn expects_something(&self) -> bool {
        self.expects.is_some()
    }

    /// The answer, if this is such a request and nobody needs to sign it.
    pub(crate) fn answer_unsigned(
        &self,
        head: &RequestHead<'_>,
        token: Option<&Secret>,
        key: Option<&PreparedKey>,
    ) -> Result<Option<Reply>, Rejection> {
        let field = |field| field_in_head(head, field);
        if self.unsigned_method != Some(head.method()) || !all_hold(self.when, field)? {
            return Ok(None);
        }
        if let Some(expected) = self.expects {
            let given = field(expected)?.unwrap_or_default();
            if !token.is_some_and(|token| same_text(token.expose(), &given)) {
                let refused = Rejection::new(
                    RejectionKind::HandshakeRefused,
                    "the handshake does not show the configured token",
                );
                return Err(refused.with_status(self.refusal));
            }
        }
        self.reply(field, key).map(Some)
    }

    /// Whether a request with this head may be such a signed one.
    pub(crate) fn may_follow(&self, head: &RequestHead<'_>) -> Result<bool, Rejection> {
        if self.unsigned_method.is_some() {
            return Ok(false);
        }
        for condition in self.when.iter().filter(|c| c.field().is_in_head()) {
            if !condition.holds(field_in_head(head, condition.field())?.as_deref()) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The answer, if the body makes it such a request; `key` has signed it.
    pub(crate) fn answer_signed(
        &self,
        body: &Bytes,
        key: Option<&PreparedKey>,
    ) -> Result<Option<Reply>, Rejection> {
        let field = |field| field_in_body(body, field);
        let in_body = self.when.iter().filter(|c| !c.field().is_in_head());
        // Nearly every body is a delivery: it is not read for that.
        if !in_body.clone().all(|condition| condition.may_hold(body)) {
            return Ok(None);
        }
        for condition in in_body {
            if !condition.holds(field(condition.field())?.as_deref()) {
                return Ok(None);
            }
        }
        self.reply(field, key).map(Some)
    }

    fn reply<'a>(
        &self,
        field: impl Fn(Field) -> Result<Option<Cow<'a, str>>, Rejection>,
        key: Option<&PreparedKey>,
    ) -> Result<Reply, Rejection> {
        const INCOMPLETE: Rejection = Rejection::new(
            RejectionKind::Malformed,
            "the handshake lacks what its answer echoes",
        );
        let echo = |wanted| field(wanted)?.ok_or(INCOMPLETE);
        match self.answer {
            HandshakeReply::Empty(status) => Ok(Reply::empty(status)),
            HandshakeReply::Echo(wanted) => Ok(Reply::text(echo(wanted)?.into_owned())),
            HandshakeReply::Json(members) => {
                let mut object = serde_json::Map::new();
                for (name, value) in members {
                    let value = match *value {
                        ReplyValue::Number(number) => number.into(),
                        ReplyValue::Echo(wanted) => echo(wanted)?.into_owned().into(),
                        ReplyValue::Signed(wanted) => {
                            let text = echo(wanted)?;
                            let text = text.as_bytes();
                            key.and_then(|key| key.written_code_of(text, Encoding::Hex))
                                .ok_or(INCOMPLETE)?
                                .into()
                        }
                        ReplyValue::Code(before, wanted, encoding) => {
                            let text = echo(wanted)?;
                            if is_like_a_delivery(text.as_bytes()) {
                                return Err(UNSIGNABLE);
                            }
                            let code =
                                key.and_then(|key| key.written_code_of(text.as_bytes(), encoding));
                            format!("{before}{}", code.ok_or(UNANSWERED)?).into()
                        }
                    };
                    object.insert((*name).to_owned(), value);
                }
                Ok(Reply::json(serde_json::Value::Object(object).to_string()))
            }
        }
    }
}

/// Whether a text could be the body of a delivery of a sender that signs what anybody asks for: an object in JSON.
pub(crate) fn is_like_a_delivery(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    text.trim_ascii_start().first() == Some(&b'{')
}

const UNSIGNABLE: Rejection = Rejection::new(
    RejectionKind::HandshakeRefused,
    "the handshake wants a text signed that could be a delivery",
);

const UNANSWERED: Rejection = Rejection::new(
    RejectionKind::HandshakeRefused,
    "no key is there that could sign the answer to the handshake",
);

impl Condition {
    pub(crate) const fn field(self) -> Field {
        match self {
            Self::Present(field) | Self::Equals(field, _) => field,
        }
    }

    /// Whether it could hold for this body, without reading it: in JSON a text stands as it is, or with an escape in it.
    fn may_hold(self, body: &[u8]) -> bool {
        match self {
            Self::Equals(Field::Json(_), wanted) => {
                memmem::find(body, wanted.as_bytes()).is_some()
                    || memmem::find(body, b"\\u").is_some()
                    || wanted.contains(['/', '"', '\\'])
                    || wanted.contains(char::is_control)
            }
            Self::Equals(..) | Self::Present(_) => true,
        }
    }

    pub(crate) fn holds(self, value: Option<&str>) -> bool {
        match self {
            Self::Present(_) => value.is_some_and(|value| !value.is_empty()),
            Self::Equals(_, wanted) => value == Some(wanted),
        }
    }
}

const fn answers_from(field: Field, is_signed: bool) -> Checked {
    keep!(place(field));
    match (is_signed, field.is_in_head()) {
        (true, true) => {
            Err("a signed handshake answers from the body: what is echoed must stand there")
        }
        (false, false) => {
            Err("an unsigned handshake answers from the head: what is echoed must stand there")
        }
        _ => Ok(()),
    }
}

const fn any_in_body(mut conditions: &[Condition]) -> bool {
    while let [condition, rest @ ..] = conditions {
        if !condition.field().is_in_head() {
            return true;
        }
        conditions = rest;
    }
    false
}

fn all_hold<'a>(
    conditions: &[Condition],
    field: impl Fn(Field) -> Result<Option<Cow<'a, str>>, Rejection>,
) -> Result<bool, Rejection> {
    for condition in conditions {
        if !condition.holds(field(condition.field())?.as_deref()) {
            return Ok(false);
        }
    }
    Ok(true)
}

pub(crate) const fn conditions(mut conditions: &[Condition]) -> Checked {
    while let [condition, rest @ ..] = conditions {
        keep!(place(condition.field()));
        conditions = rest;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::Algorithm;
    use crate::outcome::Answer;
    use crate::scheme::model::{Scheme, Signature};
    use crate::time::UnixTime;
    use crate::verify::Verifier;

    const CHALLENGE: Field = Field::Query("challenge");
    const ECHO: Handshake = Handshake::unsigned(
        "GET",
        &[
            Condition::Equals(Field::Query("mode"), "subscribe"),
            Condition::Present(CHALLENGE),
        ],
        HandshakeReply::Echo(CHALLENGE),
    );

    /// What is echoed, or the code of the refusal.
    fn answer(method: &str, target: &str) -> String {
        let scheme = Scheme::new("acme", Algorithm::HmacSha256)
            .signature(Signature::header("signature"))
            .handshakes(&[ECHO]);
        let none: Vec<(&str, &str)> = Vec::new();
        let head = RequestHead::new(method, target, &none);
        let verifier = scheme.verifier("a secret for tests").unwrap();
        match verifier.begin(&head, UnixTime::from_secs(0)) {
            Err(Answer::Reply(reply)) => String::from_utf8(reply.body().to_vec()).unwrap(),
            Ok(_) => panic!("a delivery without a signature"),
            Err(answer) => answer.code().to_owned(),
        }
    }

    #[test]
    fn a_request_is_a_handshake_if_all_conditions_hold() {
        assert_eq!(answer("GET", "/?mode=subscribe&challenge=7"), "7");
        for target in [
            "/",
            "/?mode=subscribe",
            "/?mode=subscribe&challenge=",
            "/?challenge=7",
            "/?mode=unsubscribe&challenge=7",
        ] {
            assert_eq!(answer("GET", target), "method_not_allowed", "{target}");
        }
    }

    #[test]
    fn a_body_is_read_for_a_handshake_where_it_may_be_one() {
        const TYPE: Field = Field::Json("/type");
        let signed = |wanted| Handshake {
            unsigned_method: None,
            when: wanted,
            ..ECHO
        };
        for (wanted, body, is_answered) in [
            (
                &[Condition::Equals(TYPE, "hello")][..],
                r#"{"type":"hello"}"#,
                true,
            ),
            (
                &[Condition::Equals(TYPE, "hello")],
                r#"{"type":"h\u0065llo"}"#,
                true,
            ),
            (
                &[Condition::Equals(TYPE, "hello")],
                r#"{"type":"other"}"#,
                false,
            ),
            (
                &[Condition::Equals(TYPE, "hello")],
                r#"{"type":"other","text":"hello"}"#,
                false,
            ),
            (
                &[Condition::Equals(TYPE, "a/b")],
                r#"{"type":"a\/b"}"#,
                true,
            ),
            (
                &[Condition::Equals(TYPE, "a\nb")],
                r#"{"type":"a\nb"}"#,
                true,
            ),
            (&[Condition::Equals(TYPE, "1")], r#"{"type":1}"#, true),
            (&[Condition::Present(TYPE)], r#"{"type":"any"}"#, true),
        ] {
            let handshake = Handshake {
                answer: HandshakeReply::Empty(StatusCode::OK),
                ..signed(wanted)
            };
            let answer = handshake.answer_signed(&Bytes::from_static(body.as_bytes()), None);
            assert_eq!(answer.unwrap().is_some(), is_answered, "{wanted:?} {body}");
        }
    }

    #[test]
    fn a_handshake_without_the_expected_token_is_refused_as_the_sender_wants_it() {
        const EXPECTING: Handshake = ECHO.expects(Field::Query("token"), StatusCode::IM_A_TEAPOT);
        let scheme = Scheme::new("acme", Algorithm::HmacSha256).handshakes(&[EXPECTING]);
        let verifier = scheme.verifier("a secret for tests").unwrap();
        let verifier = verifier
            .handshake_token(Secret::new("token-for-tests").unwrap())
            .unwrap();
        let none: Vec<(&str, &str)> = Vec::new();
        for (token, status) in [
            ("&token=token-for-tests", None),
            ("&token=token-2", Some(418)),
            ("&token=", Some(418)),
            ("", Some(418)),
        ] {
            let target = format!("/?mode=subscribe&challenge=7{token}");
            let head = RequestHead::new("GET", &target, &none);
            let begun = verifier.begin(&head, UnixTime::from_secs(0));
            let rejection = begun.err().and_then(Answer::into_rejection);
            let refused = rejection.map(|rejection| rejection.status().as_u16());
            assert_eq!(refused, status, "{token}");
        }
    }

    #[test]
    fn a_handshake_comes_by_its_own_method() {
        let target = "/?mode=subscribe&challenge=7";
        assert_eq!(answer("POST", target), "missing_signature");
        assert_eq!(answer("PUT", target), "method_not_allowed");
    }
}
