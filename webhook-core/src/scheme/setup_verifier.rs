//! The verifier that accepts nothing but the set-up request that hands over the secret.

use std::fmt;

use bytes::Bytes;
use serde::de::{self, Deserializer, MapAccess, Visitor};

use crate::account::Secret;
use crate::delivery::Provider;
use crate::outcome::{Answer, Rejection, RejectionKind, Reply, SetupSecret};
use crate::outcome::{malformed, missing};
use crate::request::RequestHead;
use crate::scheme::model::{Scheme, Source};
use crate::scheme::setup::{SecretAt, Setup};
use crate::time::UnixTime;
use crate::verify::{BodyCheck, Check, Verdict, Verifier};

/// Accepts nothing but the request by which a sender hands over its secret: for the set-up, while there is no key yet.
///
/// The value goes to [`Endpoint::on_setup_secret`](crate::Endpoint::on_setup_secret). Nothing else is done with it: whoever reaches the
/// URL first could hand over one of their own. [`Scheme::set_up`] makes a verifier of this kind.
#[derive(Clone, Copy)]
pub struct SetupVerifier {
    provider: Provider,
    methods: &'static [&'static str],
    signature: &'static str,
    setup: Setup,
}

impl Scheme {
    /// A verifier without keys, which accepts nothing but the set-up request.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::scheme::{Algorithm, Scheme, Setup, SetupVerifier};
    ///
    /// const ACME: Scheme = Scheme::new("acme", Algorithm::HmacSha256).setup(Setup::header("acme-secret"));
    /// const SET_UP: SetupVerifier = match ACME.set_up() {
    ///     Ok(verifier) => verifier,
    ///     Err(_) => panic!(),
    /// };
    /// let endpoint = Endpoint::new(SET_UP).on_setup_secret(|handed| println!("a secret for {}", handed.path()));
    /// ```
    ///
    /// # Errors
    /// If the scheme has no such request, or breaks a rule of [`check`](Self::check).
    pub const fn set_up(&self) -> Result<SetupVerifier, &'static str> {
        if let Err(fault) = self.check() {
            return Err(fault);
        }
        match (self.setup, self.signature.source) {
            (Some(setup), Source::Header(signature)) => Ok(SetupVerifier {
                provider: self.sender,
                methods: self.methods,
                signature,
                setup,
            }),
            _ => Err("this sender hands over no secret: give its keys to a verifier"),
        }
    }
}

impl Verifier for SetupVerifier {
    fn provider(&self) -> Provider {
        self.provider
    }

    fn begin(&self, head: &RequestHead<'_>, _: UnixTime) -> Result<BodyCheck, Answer> {
        if !self.methods.contains(&head.method()) {
            let reason = "method not allowed: this sender sets up by another one";
            return Err(Rejection::new(RejectionKind::MethodNotAllowed, reason).into());
        }
        let mut is_signed = false;
        head.headers()
            .for_each(self.signature, &mut |_| is_signed = true);
        if is_signed {
            return Err(SIGNED.of_header(self.signature).into());
        }
        let path = head.path().to_owned();
        match self.setup.0 {
            SecretAt::Member(name) => Ok(BodyCheck::new(Alone { name, path })),
            SecretAt::Header(name) => match head.header_str(name)? {
                Some(text) if !text.is_empty() => {
                    let secret = handed_over(text.to_owned())?;
                    Err(Reply::to_setup(SetupSecret::new(secret, path), Some(name)).into())
                }
                _ => Err(NO_SETUP.into()),
            },
        }
    }
}

impl fmt::Debug for SetupVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetupVerifier")
            .field("scheme", &self.provider.name())
            .field("setup", &self.setup)
            .finish_non_exhaustive()
    }
}

/// Waits for a body that is an object of this member alone.
#[derive(Debug)]
struct Alone {
    name: &'static str,
    path: String,
}

impl Check for Alone {
    fn update(&mut self, _: &[u8]) {}

    fn finalize(self: Box<Self>, body: &Bytes) -> Result<Verdict, Answer> {
        let mut json = serde_json::Deserializer::from_slice(body);
        let text = json.deserialize_map(OnlyMember(self.name));
        let text = text.and_then(|text| json.end().map(|()| text));
        let secret = handed_over(text.map_err(|_| NO_SETUP)?)?;
        Err(Reply::to_setup(SetupSecret::new(secret, self.path), None).into())
    }
}

/// The text of the one member that an object may have.
struct OnlyMember(&'static str);

impl<'de> Visitor<'de> for OnlyMember {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object of `{}` alone", self.0)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<String, A::Error> {
        let other = || de::Error::custom("another member");
        match members.next_key::<String>()? {
            Some(name) if name == self.0 => {}
            _ => return Err(other()),
        }
        let text = members.next_value()?;
        match members.next_key::<String>()? {
            None => Ok(text),
            Some(_) => Err(other()),
        }
    }
}

/// The value, if it can be a secret, and can stand in a header again.
fn handed_over(text: String) -> Result<Secret, Rejection> {
    const LONGEST: usize = 1024;
    let is_one = text.len() <= LONGEST && text.bytes().all(|byte| byte.is_ascii_graphic());
    match Secret::new(text) {
        Ok(secret) if is_one => Ok(secret),
        _ => Err(malformed(
            "the set-up request hands over what cannot be a secret",
        )),
    }
}

const NO_SETUP: Rejection = missing(
    "the endpoint is in set-up mode, and this is not the request that hands over the secret: configure the secret for deliveries",
);

const SIGNED: Rejection = Rejection::new(
    RejectionKind::BadSignature,
    "the endpoint is in set-up mode and has no key: configure the secret for deliveries",
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::Algorithm;
    use crate::scheme::model::Signature;

    const BY_HEADER: Setup = Setup::header("acme-secret");
    const BY_BODY: Setup = Setup::only_member("token");
    const SECRET: &str = "7d3e8f60a1b24f1c2a9b";

    fn scheme(setup: Setup) -> Scheme {
        Scheme::new("acme", Algorithm::HmacSha256)
            .signature(Signature::header("acme-signature"))
            .setup(setup)
    }

    /// The path and the value that are handed over, or the code of the refusal.
    fn answer(
        verifier: impl Verifier,
        method: &str,
        headers: &[(&str, &str)],
        body: &'static str,
    ) -> String {
        let headers = headers.to_vec();
        let head = RequestHead::new(method, "/hooks/7?a=b", &headers);
        let begun = verifier.begin(&head, UnixTime::from_secs(0));
        let answer = match begun {
            Ok(mut check) => check
                .finalize(&Bytes::from_static(body.as_bytes()), true)
                .unwrap_err(),
            Err(answer) => answer,
        };
        match &answer {
            Answer::Reply(reply) => {
                let handed = reply.setup_secret().unwrap();
                format!("{} {}", handed.path(), handed.secret().expose())
            }
            answer => answer.code().to_owned(),
        }
    }

    #[test]
    fn a_header_hands_over_the_secret() {
        const HANDED: &str = "/hooks/7 7d3e8f60a1b24f1c2a9b";
        let long = "a1b2c3d4".repeat(200);
        let none = ("content-type", "application/json");
        let signature = ("acme-signature", "00");
        for (method, headers, expected) in [
            ("POST", vec![("Acme-Secret", SECRET)], HANDED),
            ("POST", vec![("acme-secret", SECRET); 2], HANDED),
            ("PUT", vec![("acme-secret", SECRET)], "method_not_allowed"),
            ("POST", vec![none], "missing_signature"),
            ("POST", vec![("acme-secret", "")], "missing_signature"),
            (
                "POST",
                vec![("acme-secret", SECRET), signature],
                "bad_signature",
            ),
            (
                "POST",
                vec![("acme-secret", SECRET), ("acme-signature", "")],
                "bad_signature",
            ),
            ("POST", vec![signature], "bad_signature"),
            (
                "POST",
                vec![("acme-secret", SECRET), ("acme-secret", "another value")],
                "malformed",
            ),
            (
                "POST",
                vec![("acme-secret", "two words of a text")],
                "malformed",
            ),
            ("POST", vec![("acme-secret", "short")], "malformed"),
            (
                "POST",
                vec![("acme-secret", "7d3e8f60\r\nset-cookie: a=b")],
                "malformed",
            ),
            ("POST", vec![("acme-secret", &*long)], "malformed"),
        ] {
            let verifier = scheme(BY_HEADER).set_up().unwrap();
            let got = answer(verifier, method, &headers, "{}");
            assert_eq!(got, expected, "{method} {headers:?}");
        }
    }

    #[test]
    fn an_object_of_one_member_hands_over_the_secret() {
        for (body, expected) in [
            (
                r#"{"token":"7d3e8f60a1b24f1c2a9b"}"#,
                "/hooks/7 7d3e8f60a1b24f1c2a9b",
            ),
            (
                " {\n\"token\": \"7d3e8f60a1b24f1c2a9b\"}\n",
                "/hooks/7 7d3e8f60a1b24f1c2a9b",
            ),
            (
                r#"{"token":"7d3e8f60a1b24f1c2a9b","a":1}"#,
                "missing_signature",
            ),
            (
                r#"{"a":1,"token":"7d3e8f60a1b24f1c2a9b"}"#,
                "missing_signature",
            ),
            (
                r#"{"token":"7d3e8f60a1b24f1c2a9b","token":"0000000000000000"}"#,
                "missing_signature",
            ),
            (r#"{"token":"7d3e8f60a1b24f1c2a9b"}{}"#, "missing_signature"),
            (r#"[{"token":"7d3e8f60a1b24f1c2a9b"}]"#, "missing_signature"),
            (r#"{"token":["7d3e8f60a1b24f1c2a9b"]}"#, "missing_signature"),
            (r#"{"token":7000000000}"#, "missing_signature"),
            (r#"{"Token":"7d3e8f60a1b24f1c2a9b"}"#, "missing_signature"),
            ("{}", "missing_signature"),
            ("", "missing_signature"),
            ("token=7d3e8f60a1b24f1c2a9b", "missing_signature"),
            (r#"{"token":""}"#, "malformed"),
            (r#"{"token":"7d3e8f60 a1b24f1c2a9b"}"#, "malformed"),
            (r#"{"token":"7d3e8f60\u0000a1b24f1c"}"#, "malformed"),
        ] {
            let verifier = scheme(BY_BODY).set_up().unwrap();
            assert_eq!(answer(verifier, "POST", &[], body), expected, "{body}");
        }
        let signed = [("acme-signature", "00")];
        let body = r#"{"token":"7d3e8f60a1b24f1c2a9b"}"#;
        let verifier = scheme(BY_BODY).set_up().unwrap();
        assert_eq!(answer(verifier, "POST", &signed, body), "bad_signature");
    }

    #[test]
    fn who_has_a_key_takes_no_other() {
        let verifier = |setup| scheme(setup).verifier("a secret for tests").unwrap();
        let by_header = [("acme-secret", SECRET)];
        let body = r#"{"token":"7d3e8f60a1b24f1c2a9b"}"#;
        assert_eq!(
            answer(verifier(BY_HEADER), "POST", &by_header, "{}"),
            "missing_signature"
        );
        assert_eq!(
            answer(verifier(BY_BODY), "POST", &[], body),
            "missing_signature"
        );
    }

    #[test]
    fn nothing_of_a_set_up_is_printed() {
        let headers = vec![("acme-secret", SECRET)];
        let head = RequestHead::new("POST", "/", &headers);
        let verifier = scheme(BY_HEADER).set_up().unwrap();
        let Err(answer) = verifier.begin(&head, UnixTime::from_secs(0)) else {
            panic!("the head decides");
        };
        let printed = format!("{answer:?} {answer} {verifier:?} {:?}", answer.header_map());
        assert!(!printed.contains(&SECRET[..8]), "{printed}");
        let lines: Vec<_> = answer.headers().collect();
        assert_eq!(lines, [("acme-secret", SECRET)]);
        assert_eq!(answer.header_map()["acme-secret"], SECRET);
    }

    #[test]
    fn a_set_up_that_cannot_be_told_apart_is_no_scheme() {
        const ACME: Scheme = Scheme::new("acme", Algorithm::HmacSha256);
        for (scheme, fault) in [
            (ACME, "hands over no secret"),
            (ACME.setup(Setup::header("Acme-Secret")), "in lower case"),
            (ACME.setup(Setup::header("signature")), "the same header"),
            (ACME.setup(Setup::only_member("")), "a name"),
            (
                ACME.signature(Signature::numbered("s-")).setup(BY_BODY),
                "must stand in a header",
            ),
        ] {
            let told = scheme.set_up().map(drop).unwrap_err();
            assert!(told.contains(fault), "{told}");
        }
    }

    #[test]
    fn what_is_handed_over_has_a_kib_at_most() {
        for (length, is_one) in [(1024, true), (1025, false)] {
            let handed = handed_over(SECRET.repeat(52)[..length].to_owned());
            assert_eq!(handed.is_ok(), is_one, "{length}");
        }
    }
}
