//! What a description must keep to. Checked before there is a verifier or a signer, at compile time where the scheme is a
//! constant.

use crate::crypto::{Algorithm, Encoding, Hash};
use crate::message::Whose;
use crate::message::{FirstOf, Identity, Rule};
use crate::outcome::ConfigError;
use crate::request::Field;
use crate::scheme::handshake::{Handshake, conditions};
use crate::scheme::layout;
use crate::scheme::model::{Scheme, Signature, Source};
use crate::scheme::part::Part;
use crate::scheme::places::{
    Checked, Class, all, begins_with, contains, has_upper_case, header_name, keep, place,
};
use crate::scheme::timestamp::{TimeSource, Timestamp};

impl Scheme {
    /// Whether this description can work and cannot be misread: that something of the request is signed, the time too;
    /// that no two parts of what is signed can lend characters to each other; that every place can be looked at.
    ///
    /// Every verifier and every signer asks first. Of a constant, the compiler can:
    ///
    /// ```
    /// use webhook_core::scheme::{Algorithm, Scheme, Signature};
    ///
    /// const ACME: Scheme = Scheme::new("acme", Algorithm::HmacSha256)
    ///     .signature(Signature::header("acme-signature"));
    /// const _: () = assert!(ACME.check().is_ok());
    /// ```
    ///
    /// ```compile_fail,E0080
    /// use webhook_core::scheme::{Algorithm, Scheme, Signature};
    ///
    /// const ACME: Scheme = Scheme::new("acme", Algorithm::HmacSha256)
    ///     .signature(Signature::header("Acme-Signature"));
    /// const _: () = assert!(ACME.check().is_ok());
    /// ```
    ///
    /// # Errors
    /// What is wrong, and what to change.
    pub const fn check(&self) -> Result<(), &'static str> {
        keep!(
            name(self.name()),
            methods(self.methods),
            signature(self),
            time(self),
            list(self.id),
            list(self.kind),
            key_id(self),
            identity(self.identity),
            whose(self.whose),
            conditions(self.required),
            handshakes(self),
            setup(self),
        );
        if matches!(self.algorithm, Algorithm::Token) {
            return Ok(());
        }
        keep!(
            content(self.content, self.timestamp),
            signed_once(self),
            hashes(self)
        );
        layout::check(self)
    }

    /// The same as what a set-up answers.
    pub(crate) fn require_sound(&self) -> Result<(), ConfigError> {
        let checked = self.check();
        checked.map_err(|fault| ConfigError::new(format!("the scheme `{}`: {fault}", self.name())))
    }
}

const fn identity(identity: Identity) -> Checked {
    keep!(first_ofs(identity.beside));
    match identity.rule {
        Rule::Fields([]) => Err("name at least one place that tells events apart"),
        Rule::Fields(lists) => first_ofs(lists),
        Rule::Id | Rule::Content | Rule::Body | Rule::Nothing => Ok(()),
    }
}

const fn first_ofs(mut lists: &[FirstOf]) -> Checked {
    if lists.len() > 4 {
        return Err("a list of fields holds four at the most");
    }
    while let [first, rest @ ..] = lists {
        keep!(fields(first));
        lists = rest;
    }
    Ok(())
}

const fn whose(whose: Option<&Whose>) -> Checked {
    match whose {
        Some(whose) => {
            keep!(fields(whose.account_fields()));
            keep!(optional(whose.live_field()), optional(whose.test_field()));
            Ok(())
        }
        None => Ok(()),
    }
}

const fn optional(field: Option<Field>) -> Checked {
    match field {
        Some(field) => place(field),
        None => Ok(()),
    }
}

const fn name(name: &str) -> Checked {
    if name.is_empty() || has_upper_case(name.as_bytes()) {
        return Err("give the scheme a name in lower case");
    }
    Ok(())
}

const fn methods(mut methods: &[&str]) -> Checked {
    if methods.is_empty() {
        return Err("name at least one method that deliveries come by");
    }
    while let [method, rest @ ..] = methods {
        if method.is_empty() || !all(method.as_bytes(), Class::UpperCase) {
            return Err("write methods in upper case, such as `POST`");
        }
        methods = rest;
    }
    Ok(())
}

const fn signature(scheme: &Scheme) -> Checked {
    let Signature {
        source,
        split,
        prefix,
        other_prefix,
        encoding,
        ..
    } = scheme.signature;
    if matches!(encoding, Encoding::Text) && !matches!(scheme.algorithm, Algorithm::Token) {
        return Err("a signature is written in hex or in base64, not as text");
    }
    match source {
        Source::Header(name) | Source::Numbered(name) => keep!(header_name(name)),
        Source::FirstOf([]) => return Err("name a place where the signature stands"),
        Source::FirstOf(places) => keep!(list(places)),
        Source::Parameter(name) => keep!(place(Field::Query(name))),
        Source::Configured => {}
    }
    const SPLIT: &str =
        "the prefix of a signature must not hold the character that entries are split at";
    if let Some(at) = split {
        if contains(prefix.as_bytes(), at) {
            return Err(SPLIT);
        }
    }
    if let Some(other) = other_prefix {
        let (prefix, other) = (prefix.as_bytes(), other.as_bytes());
        // An empty one begins every other.
        if begins_with(prefix, other) || begins_with(other, prefix) {
            return Err("one prefix of a signature begins as the other does");
        }
        match split {
            None => return Err("two prefixes of signatures need `Signature::separator`"),
            Some(at) if contains(other, at) => return Err(SPLIT),
            Some(_) => {}
        }
    }
    Ok(())
}

/// Where the key's id stands is read before the body.
const fn key_id(scheme: &Scheme) -> Checked {
    keep!(list(scheme.key_id));
    if let [.., last] = scheme.key_id {
        if !last.is_in_head() {
            return Err("the key's id must stand in the head: a header or a parameter");
        }
    }
    let Signature {
        credentials,
        split,
        prefix,
        ..
    } = scheme.signature;
    if let Some(word) = credentials {
        if word.is_empty() || !all(word.as_bytes(), Class::Token) {
            return Err("the word of credentials is one that a header can begin with");
        }
        if split.is_some() || !prefix.is_empty() || !scheme.key_id.is_empty() {
            return Err(
                "credentials hold the key's id and one code: leave out separator, prefix and `Scheme::key_id`",
            );
        }
    }
    if scheme.names_key() && !scheme.algorithm.is_mac() {
        return Err(
            "a key is chosen by its id only where the sender signs with a MAC: write a Verifier",
        );
    }
    Ok(())
}

/// A hash without a key hashes the secret, and a weak one is signed by a MAC.
const fn hashes(scheme: &Scheme) -> Checked {
    let mut parts = scheme.content;
    let (mut has_secret, mut has_body) = (false, false);
    while let [part, rest @ ..] = parts {
        match part {
            Part::Secret => has_secret = true,
            Part::Body => has_body = true,
            Part::BodyDigest(Hash::Md5, _) if !scheme.algorithm.is_mac() => {
                return Err("MD5 of the body is signed by a MAC or not at all");
            }
            Part::BodyDigest(_, Encoding::Text) => {
                return Err("a digest is written in hex or in base64, not as text");
            }
            _ => {}
        }
        parts = rest;
    }
    if has_secret && scheme.algorithm.is_asymmetric() {
        return Err("a public key is no secret: leave `Part::Secret` out");
    }
    if scheme.algorithm.is_plain_hash() && !(has_secret && has_body) {
        return Err(
            "a plain hash needs `Part::Secret` and `Part::Body` in the content: whoever knows the rest could make it",
        );
    }
    Ok(())
}

const fn time(scheme: &Scheme) -> Checked {
    let Timestamp {
        source, tolerance, ..
    } = scheme.timestamp;
    let prefix = scheme.signature.prefix;
    match source {
        TimeSource::None if tolerance.is_some() => {
            return Err("a tolerance needs a time: say where it stands, or drop the tolerance");
        }
        TimeSource::None => return Ok(()),
        TimeSource::Header(name) => keep!(header_name(name)),
        TimeSource::FirstOf([]) => return Err("name a place where the time stands"),
        TimeSource::FirstOf(places) => keep!(list(places)),
        TimeSource::Entry(entry) => {
            let also = match scheme.signature.other_prefix {
                Some(other) => begins_with(other.as_bytes(), entry.as_bytes()),
                None => false,
            };
            if entry.is_empty() || begins_with(prefix.as_bytes(), entry.as_bytes()) || also {
                return Err(
                    "begin the entry of the time with something that no signature begins with",
                );
            }
            if let Some(at) = scheme.signature.split {
                if contains(entry.as_bytes(), at) {
                    return Err(
                        "the prefix of the time must not hold the character that entries are split at",
                    );
                }
            }
        }
        TimeSource::FirstEntry => {}
    }
    if matches!(source, TimeSource::Entry(_) | TimeSource::FirstEntry)
        && scheme.signature.split.is_none()
    {
        return Err("a time beside a signature needs `Signature::split`");
    }
    if matches!(scheme.algorithm, Algorithm::Token) {
        return Err("a token signs no time: leave the time out");
    }
    if time_is_signed(scheme) {
        Ok(())
    } else {
        Err("the time is not signed: put `Part::Timestamp` into the content, or leave the time out")
    }
}

/// As a part of its own, or because all of its places are.
const fn time_is_signed(scheme: &Scheme) -> bool {
    let mut parts = scheme.content;
    let mut has_body = false;
    while let [part, rest @ ..] = parts {
        match part {
            Part::Timestamp => return true,
            Part::Body | Part::BodyDigest(..) => has_body = true,
            _ => {}
        }
        parts = rest;
    }
    match scheme.timestamp.source {
        TimeSource::FirstOf(places) => has_body && !any_in_head(places),
        _ => false,
    }
}

/// A list of places of which the first counts that is there. What stands in the head is read before the body arrives,
/// so it comes first.
const fn list(places: &[Field]) -> Checked {
    keep!(fields(places));
    let mut places = places;
    let mut in_body = false;
    while let [place, rest @ ..] = places {
        if in_body && place.is_in_head() {
            return Err(
                "name the headers and the parameters of a list before its places in the body",
            );
        }
        in_body = !place.is_in_head();
        places = rest;
    }
    Ok(())
}

const fn fields(mut fields: &[Field]) -> Checked {
    if fields.len() > 4 {
        return Err("a list of fields holds four at the most");
    }
    while let [field, rest @ ..] = fields {
        keep!(place(*field));
        fields = rest;
    }
    Ok(())
}

const fn setup(scheme: &Scheme) -> Checked {
    match &scheme.setup {
        Some(setup) => setup.check(match scheme.signature.source {
            Source::Header(name) => Some(name),
            _ => None,
        }),
        None => Ok(()),
    }
}

const fn handshakes(scheme: &Scheme) -> Checked {
    let signs_body_alone = matches!(scheme.content, [Part::Body]);
    if scheme.handshakes.len() > Handshake::MOST {
        return Err("a scheme has eight handshakes at the most");
    }
    let mut handshakes = scheme.handshakes;
    while let [handshake, rest @ ..] = handshakes {
        keep!(handshake.check(scheme.methods, scheme.algorithm, signs_body_alone));
        handshakes = rest;
    }
    Ok(())
}

/// Something of the request is signed, and every part can be had.
const fn content(mut parts: &[Part], time: Timestamp) -> Checked {
    let mut signs_something = false;
    let mut has_body = false;
    let mut has_secret = false;
    let mut comes_from_body =
        matches!(time.source, TimeSource::FirstOf(places) if any_in_body(places));
    while let [part, rest @ ..] = parts {
        match part {
            Part::Body | Part::BodyDigest(..) if has_body => {
                return Err("the content holds the body twice");
            }
            Part::Body | Part::BodyDigest(..) => {
                signs_something = true;
                has_body = true;
            }
            Part::FirstOf([]) => return Err("a part of the content names no field"),
            Part::FirstOf(places) => {
                keep!(list(places));
                signs_something = true;
                comes_from_body = comes_from_body || any_in_body(places);
            }
            Part::Secret if has_secret => return Err("the content holds the secret twice"),
            Part::Secret if has_body || comes_from_body => {
                return Err("the secret stands before what comes from the body");
            }
            Part::Secret => has_secret = true,
            Part::Setting(name) if name.is_empty() => return Err("give the setting a name"),
            Part::Timestamp if matches!(time.source, TimeSource::None) => {
                return Err(
                    "the content holds a time: say where it stands with `Scheme::timestamp`",
                );
            }
            Part::Literal(text) if text.is_empty() => {
                return Err("a literal of the content is empty: leave it out");
            }
            Part::Timestamp
            | Part::Literal(_)
            | Part::Method
            | Part::Path
            | Part::PublicUrl
            | Part::Setting(_) => {}
        }
        parts = rest;
    }
    if signs_something {
        Ok(())
    } else {
        Err("nothing of the request is signed: put `Part::Body` or a field into the content")
    }
}

/// What stands in the body cannot be a signature of the body.
const fn signed_once(scheme: &Scheme) -> Checked {
    let mut parts = scheme.content;
    while let [part, rest @ ..] = parts {
        if let (Part::Body | Part::BodyDigest(..), Source::FirstOf([.., last])) =
            (part, scheme.signature.source)
        {
            if !last.is_in_head() {
                return Err("a signature that stands in the body cannot sign the whole body");
            }
        }
        parts = rest;
    }
    Ok(())
}

const fn any_in_body(mut fields: &[Field]) -> bool {
    while let [field, rest @ ..] = fields {
        if !field.is_in_head() {
            return true;
        }
        fields = rest;
    }
    false
}

const fn any_in_head(mut fields: &[Field]) -> bool {
    while let [field, rest @ ..] = fields {
        if field.is_in_head() {
            return true;
        }
        fields = rest;
    }
    false
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;
    use crate::scheme::account::SchemeVerifier;
    use crate::scheme::handshake::{Condition, HandshakeReply, ReplyValue};
    use crate::time::TimeUnit;

    const HEADER: Field = Field::Header("x-id");
    const JSON: Field = Field::Json("/id");
    const ACME: Scheme = Scheme::new("acme", Algorithm::HmacSha256);
    const TOKEN: Scheme = Scheme::new("acme", Algorithm::Token);
    const TIME: Timestamp = Timestamp::header("x-time");
    const TIMED: &[Part] = &[Part::Timestamp, Part::Literal("."), Part::Body];
    const ENTRIES: Signature = Signature::header("signature").separator(b',').prefix("v1=");

    const fn answering(values: &'static [(&'static str, ReplyValue)]) -> Handshake {
        Handshake::unsigned("GET", &[], HandshakeReply::Json(values))
    }

    const ANSWERING: Handshake =
        answering(&[("a", ReplyValue::Code("", HEADER, Encoding::Base64))]);

    /// Rule by rule: what breaks it, and the words of the answer that say what to change.
    const BROKEN: &[(Scheme, &str)] = &[
        (
            Scheme::new("Acme", Algorithm::HmacSha256),
            "name in lower case",
        ),
        (ACME.methods(&[]), "at least one method"),
        (ACME.methods(&["post"]), "methods in upper case"),
        // Where the signature stands.
        (
            ACME.signature(Signature::header("X-Signature")),
            "header in lower case",
        ),
        (
            ACME.signature(Signature::numbered("X-Signature-")),
            "header in lower case",
        ),
        (
            ACME.signature(Signature::header("x signature")),
            "name of a header",
        ),
        (ACME.signature(Signature::header("")), "name of a header"),
        (
            ACME.signature(Signature::first_of(&[])),
            "place where the signature stands",
        ),
        (
            ACME.signature(Signature::first_of(&[JSON])),
            "cannot sign the whole body",
        ),
        (
            ACME.signature(Signature::header("signature").encoding(Encoding::Text)),
            "in hex or in base64",
        ),
        (
            ACME.signature(Signature::header("signature").separator(b'=').prefix("v1=")),
            "prefix of a signature",
        ),
        (
            ACME.signature(ENTRIES.or_prefix("v,2")),
            "prefix of a signature must not hold",
        ),
        (
            ACME.signature(ENTRIES.or_prefix("v1=")),
            "begins as the other",
        ),
        (
            ACME.signature(ENTRIES.or_prefix("v1=a")),
            "begins as the other",
        ),
        (ACME.signature(ENTRIES.or_prefix("")), "begins as the other"),
        (
            ACME.signature(Signature::header("signature").prefix("a=").or_prefix("b=")),
            "need `Signature::separator`",
        ),
        // The time.
        (
            ACME.timestamp(Timestamp::none().tolerance(300)),
            "a tolerance needs a time",
        ),
        (
            ACME.timestamp(TIME.tolerance(300)),
            "put `Part::Timestamp` into the content",
        ),
        (
            ACME.timestamp(TIME),
            "put `Part::Timestamp` into the content",
        ),
        (
            ACME.timestamp(Timestamp::first_of(&[HEADER, JSON]).tolerance(300)),
            "put `Part::Timestamp` into the content",
        ),
        (
            ACME.timestamp(Timestamp::first_of(&[JSON]).tolerance(300))
                .signed_content(&[Part::FirstOf(&[HEADER])]),
            "put `Part::Timestamp` into the content",
        ),
        (
            TOKEN.timestamp(TIME.tolerance(300)),
            "a token signs no time",
        ),
        (ACME.signed_content(TIMED), "say where it stands"),
        (
            ACME.signed_content(TIMED)
                .timestamp(Timestamp::first_of(&[])),
            "place where the time stands",
        ),
        (
            ACME.signed_content(TIMED)
                .timestamp(Timestamp::header("X-Time")),
            "header in lower case",
        ),
        (
            ACME.signed_content(TIMED).timestamp(Timestamp::entry("t=")),
            "needs `Signature::split`",
        ),
        (
            ACME.signed_content(TIMED)
                .timestamp(Timestamp::first_entry()),
            "needs `Signature::split`",
        ),
        (
            ACME.signed_content(TIMED)
                .signature(ENTRIES)
                .timestamp(Timestamp::entry("v1")),
            "no signature begins with",
        ),
        (
            ACME.signed_content(TIMED)
                .signature(ENTRIES)
                .timestamp(Timestamp::entry("")),
            "no signature begins with",
        ),
        (
            ACME.signed_content(TIMED)
                .signature(ENTRIES)
                .timestamp(Timestamp::entry("t,")),
            "prefix of the time",
        ),
        // What is signed.
        (ACME.signed_content(&[]), "nothing of the request is signed"),
        (
            ACME.signed_content(&[Part::Literal("v1"), Part::Method, Part::PublicUrl]),
            "nothing of the request is signed",
        ),
        (ACME.signed_content(&[Part::FirstOf(&[])]), "names no field"),
        (
            ACME.signed_content(&[Part::Literal(""), Part::Body]),
            "a literal of the content is empty",
        ),
        (
            ACME.signed_content(&[Part::Body, Part::Literal("."), Part::Body]),
            "the body twice",
        ),
        (
            ACME.signed_content(&[
                Part::Body,
                Part::Literal("."),
                Part::BodyDigest(Hash::Sha256, Encoding::Hex),
            ]),
            "the body twice",
        ),
        // Where one part ends.
        (
            ACME.signed_content(&[Part::FirstOf(&[HEADER]), Part::Body]),
            "touches the next part",
        ),
        (
            ACME.signed_content(&[Part::Body, Part::FirstOf(&[HEADER])]),
            "touches the part of the content before",
        ),
        (
            ACME.signed_content(&[Part::FirstOf(&[HEADER]), Part::FirstOf(&[JSON])]),
            "touches the part of the content before",
        ),
        (
            ACME.signed_content(&[Part::FirstOf(&[HEADER]), Part::Timestamp, Part::Body])
                .timestamp(TIME),
            "touches the next part",
        ),
        (
            ACME.signed_content(&[Part::FirstOf(&[HEADER]), Part::PublicUrl, Part::Body]),
            "touches the next part",
        ),
        (
            ACME.signed_content(&[Part::Method, Part::Body])
                .methods(&["PUT", "PUTS"]),
            "one method begins or ends",
        ),
        (
            ACME.signed_content(&[Part::Body, Part::Method])
                .methods(&["POST", "PUT", "REPUT"]),
            "one method begins or ends",
        ),
        // A hash without a key, a digest, the secret, settings.
        (
            Scheme::new("acme", Algorithm::Sha256),
            "a plain hash needs `Part::Secret`",
        ),
        (
            Scheme::new("acme", Algorithm::Sha512)
                .signed_content(&[Part::Secret, Part::FirstOf(&[HEADER])]),
            "a plain hash needs `Part::Secret` and `Part::Body`",
        ),
        (
            Scheme::new("acme", Algorithm::Sha256)
                .signed_content(&[Part::Secret, Part::BodyDigest(Hash::Md5, Encoding::Hex)]),
            "MD5 of the body",
        ),
        (
            ACME.signed_content(&[Part::BodyDigest(Hash::Sha256, Encoding::Text)]),
            "a digest is written in hex",
        ),
        (
            ACME.signed_content(&[
                Part::BodyDigest(Hash::Sha256, Encoding::Hex),
                Part::Literal("."),
                Part::Body,
            ]),
            "the body twice",
        ),
        (
            ACME.signature(Signature::first_of(&[JSON]))
                .signed_content(&[Part::BodyDigest(Hash::Sha256, Encoding::Hex)]),
            "cannot sign the whole body",
        ),
        (
            ACME.signed_content(&[Part::Body, Part::Secret]),
            "the secret stands before",
        ),
        (
            ACME.signed_content(&[Part::FirstOf(&[JSON]), Part::Literal("."), Part::Secret]),
            "the secret stands before",
        ),
        (
            ACME.signed_content(&[Part::Secret, Part::Secret, Part::Body]),
            "the secret twice",
        ),
        (
            ACME.signed_content(&[Part::Setting(""), Part::Body]),
            "give the setting a name",
        ),
        (
            ACME.signed_content(&[Part::Path, Part::Secret, Part::Setting("a")]),
            "nothing of the request is signed",
        ),
        (
            ACME.signed_content(&[Part::Path, Part::Body]),
            "touches the next part",
        ),
        (
            ACME.signed_content(&[Part::Body, Part::Path]),
            "touches the part of the content before",
        ),
        (
            ACME.signed_content(&[Part::FirstOf(&[HEADER]), Part::Setting("a"), Part::Body]),
            "touches the next part",
        ),
        // The key's id.
        (ACME.key_id(&[JSON]), "must stand in the head"),
        (TOKEN.key_id(&[HEADER]), "signs with a MAC"),
        (
            ACME.signature(Signature::header("signature").credentials("")),
            "the word of credentials",
        ),
        (
            ACME.signature(Signature::header("signature").credentials("A B")),
            "the word of credentials",
        ),
        (
            ACME.signature(ENTRIES.credentials("Acme")),
            "leave out separator",
        ),
        (
            ACME.key_id(&[HEADER])
                .signature(Signature::header("signature").credentials("Acme")),
            "leave out separator",
        ),
        // Places.
        (
            ACME.id(&[HEADER, HEADER, HEADER, JSON, JSON]),
            "four at the most",
        ),
        (
            ACME.kind(&[HEADER, HEADER, HEADER, JSON, JSON]),
            "four at the most",
        ),
        (
            ACME.identity(Identity::fields(&[
                &[JSON],
                &[JSON],
                &[JSON],
                &[JSON],
                &[JSON],
            ])),
            "four at the most",
        ),
        (
            ACME.signature(Signature::first_of(&[
                HEADER, HEADER, HEADER, HEADER, HEADER,
            ])),
            "four at the most",
        ),
        (
            ACME.signed_content(&[Part::FirstOf(&[HEADER, HEADER, HEADER, HEADER, HEADER])]),
            "four at the most",
        ),
        (
            ACME.id(&[Field::Json("id")]),
            "begin a JSON pointer with `/`",
        ),
        (ACME.id(&[Field::Json("")]), "begin a JSON pointer with `/`"),
        (ACME.id(&[Field::Json("/")]), "has no name"),
        (ACME.id(&[Field::Json("/a//b")]), "has no name"),
        (ACME.id(&[Field::Json("/a/")]), "has no name"),
        (ACME.kind(&[Field::Json("/a~1b")]), "escapes"),
        (
            ACME.kind(&[Field::Header("X-Kind")]),
            "header in lower case",
        ),
        (ACME.kind(&[Field::Query("")]), "a name"),
        (ACME.kind(&[Field::Form("")]), "a name"),
        (
            ACME.identity(Identity::fields(&[&[Field::Json("id")]])),
            "begin a JSON pointer with `/`",
        ),
        (
            ACME.identity(Identity::fields(&[])),
            "name at least one place",
        ),
        (
            ACME.identity(Identity::body().beside(&[&[Field::Header("X-Id")]])),
            "header in lower case",
        ),
        (
            ACME.whose(&Whose::new().account(&[Field::Json("account")])),
            "begin a JSON pointer with `/`",
        ),
        (ACME.id(&[JSON, HEADER]), "before its places in the body"),
        (
            ACME.require(&[Condition::Present(Field::Header("X-Topic"))]),
            "header in lower case",
        ),
        (
            ACME.require(&[Condition::Equals(Field::Json("topic"), "a")]),
            "begin a JSON pointer",
        ),
        // Handshakes.
        (
            ACME.handshakes(&[Handshake::unsigned(
                "POST",
                &[],
                HandshakeReply::Empty(StatusCode::OK),
            )]),
            "needs a condition that no delivery meets",
        ),
        (
            ACME.handshakes(&[Handshake::signed(
                &[],
                HandshakeReply::Empty(StatusCode::OK),
            )]),
            "needs a condition that no delivery meets",
        ),
        (
            ACME.handshakes(&[Handshake::signed(
                &[Condition::Present(JSON)],
                HandshakeReply::Echo(HEADER),
            )]),
            "a signed handshake answers from the body",
        ),
        (
            ACME.handshakes(&[Handshake::signed(
                &[Condition::Present(JSON)],
                HandshakeReply::Json(&[
                    ("a", ReplyValue::Number(1)),
                    ("b", ReplyValue::Echo(HEADER)),
                ]),
            )]),
            "a signed handshake answers from the body",
        ),
        (
            ACME.handshakes(&[Handshake::unsigned("GET", &[], HandshakeReply::Echo(JSON))]),
            "an unsigned handshake answers from the head",
        ),
        (
            ACME.handshakes(&[Handshake::unsigned(
                "GET",
                &[Condition::Present(JSON)],
                HandshakeReply::Empty(StatusCode::OK),
            )]),
            "must stand in the head",
        ),
        (
            ACME.handshakes(&[Handshake::unsigned(
                "GET",
                &[],
                HandshakeReply::Empty(StatusCode::OK),
            )
            .expects(JSON, StatusCode::FORBIDDEN)]),
            "expects must stand in the head",
        ),
        (
            ACME.handshakes(&[Handshake::signed(
                &[Condition::Present(JSON)],
                HandshakeReply::Empty(StatusCode::OK),
            )
            .expects(HEADER, StatusCode::FORBIDDEN)]),
            "of an unsigned one",
        ),
        (
            TOKEN.handshakes(&[Handshake::signed(
                &[Condition::Present(JSON)],
                HandshakeReply::Json(&[("a", ReplyValue::Signed(JSON))]),
            )]),
            "signs with a MAC",
        ),
        (
            ACME.handshakes(&[Handshake::unsigned(
                "GET",
                &[],
                HandshakeReply::Json(&[("a", ReplyValue::Signed(HEADER))]),
            )]),
            "signs with a MAC",
        ),
        (
            ACME.signed_content(&[Part::Literal("v1:"), Part::Body])
                .handshakes(&[ANSWERING]),
            "must sign the body alone",
        ),
        (TOKEN.handshakes(&[ANSWERING]), "signs the answer"),
        (
            ACME.handshakes(&[Handshake::signed(
                &[Condition::Present(JSON)],
                HandshakeReply::Json(&[("a", ReplyValue::Code("", JSON, Encoding::Hex))]),
            )]),
            "signs the answer",
        ),
        (
            ACME.handshakes(&[answering(&[(
                "a",
                ReplyValue::Code("", HEADER, Encoding::Text),
            )])]),
            "in hex or in base64",
        ),
        (
            ACME.handshakes(
                &[Handshake::signed(
                    &[Condition::Present(JSON)],
                    HandshakeReply::Empty(StatusCode::OK),
                ); 9],
            ),
            "eight handshakes",
        ),
    ];

    #[test]
    fn a_scheme_that_breaks_a_rule_makes_neither_verifier_nor_decoy_nor_signer() {
        for (scheme, wanted) in BROKEN {
            let fault = scheme.check().unwrap_err();
            assert!(fault.contains(wanted), "{fault} | {wanted}");
            let answers = [
                scheme
                    .verifier("a secret of 32 bytes, not a byte less")
                    .map(|_| ()),
                SchemeVerifier::decoy(*scheme).map(|_| ()),
                #[cfg(feature = "testing")]
                crate::testing::Signer::new(*scheme, "a secret for tests").map(|_| ()),
            ];
            for answer in answers {
                let error = answer.unwrap_err().to_string();
                assert!(error.starts_with("the scheme `"), "{error}");
                assert!(error.ends_with(fault), "{error}");
            }
        }
    }

    /// At the limits, and what senders do.
    const SOUND: &[Scheme] = &[
        ACME,
        TOKEN,
        ACME.timestamp(TIME.tolerance(300)).signed_content(TIMED),
        ACME.timestamp(Timestamp::first_of(&[JSON]).tolerance(300)),
        ACME.timestamp(Timestamp::first_of(&[JSON]).tolerance(300))
            .signed_content(&[Part::BodyDigest(Hash::Sha256, Encoding::Hex)]),
        ACME.timestamp(TIME)
            .signed_content(&[Part::Timestamp, Part::Body]),
        ACME.timestamp(TIME)
            .signed_content(&[Part::Body, Part::Timestamp]),
        ACME.timestamp(TIME.unit(TimeUnit::Rfc3339))
            .signed_content(&[Part::FirstOf(&[HEADER]), Part::Timestamp, Part::Body]),
        ACME.timestamp(TIME.unit(TimeUnit::Rfc3339WithoutColon))
            .signed_content(&[Part::FirstOf(&[HEADER]), Part::Timestamp, Part::Body]),
        ACME.methods(&["POST", "PUT", "PATCH", "GET", "DELETE", "HEAD"])
            .signed_content(&[Part::Method, Part::PublicUrl, Part::Body]),
        ACME.signed_content(&[
            Part::FirstOf(&[HEADER]),
            Part::Literal("."),
            Part::FirstOf(&[JSON]),
        ])
        .signature(Signature::first_of(&[HEADER, Field::Query("s"), JSON])),
        TOKEN.signature(Signature::first_of(&[JSON])),
        Scheme::new("acme", Algorithm::Sha256).signed_content(&[
            Part::Secret,
            Part::Literal("-"),
            Part::Body,
        ]),
        ACME.timestamp(TIME).signed_content(&[
            Part::PublicUrl,
            Part::FirstOf(&[HEADER]),
            Part::Timestamp,
            Part::Setting("access_key"),
            Part::Secret,
            Part::Body,
        ]),
        ACME.signature(Signature::header("authorization").credentials("Acme"))
            .signed_content(&[
                Part::BodyDigest(Hash::Md5, Encoding::Base64),
                Part::Literal("\n"),
                Part::Path,
            ]),
        ACME.key_id(&[HEADER]).handshakes(&[ANSWERING]),
        ACME.handshakes(&[
            answering(&[("a", ReplyValue::Code("", HEADER, Encoding::Hex))]),
            answering(&[("a", ReplyValue::Code("", HEADER, Encoding::Base64Url))]),
        ]),
        ACME.signed_content(&[
            Part::FirstOf(&[HEADER]),
            Part::PublicUrl,
            Part::Secret,
            Part::Body,
        ]),
        ACME.handshakes(&[Handshake::unsigned(
            "HEAD",
            &[],
            HandshakeReply::Empty(StatusCode::OK),
        )]),
    ];

    #[test]
    fn what_keeps_to_the_rules_passes() {
        for scheme in SOUND {
            assert_eq!(scheme.check(), Ok(()), "{scheme:?}");
        }
    }
}
