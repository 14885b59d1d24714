//! Who has signed: a time, headers that the signature names, and the body.

use bytes::Bytes;
use http::HeaderName;

use super::payment::{MEANING, NAMES, updates};
use crate::crypto::{Encoding, KeyFormat, PreparedKey};
use crate::json::values;
use crate::message::Whose;
use crate::outcome::{malformed, missing};
use crate::request::Field;
use crate::time::TimeUnit;
use crate::verify::Keys;
use crate::verify::{Candidate, hmac_sha256, pairs, require_post, signature_header, streaming};
use crate::{
    Answer, BodyCheck, ConfigError, Coverage, IntoKeyring, MatchedKey, Proof, Rejection,
    RequestHead, Settings, Tolerance, UnixTime, Verdict, Verifier,
};

pub(super) const SENDER: crate::Provider = crate::Provider::new(NAME)
    .meaning(&MEANING)
    .payments(updates);

pub(super) const NAME: &str = "coinbase-cdp";
pub(super) const HEADER: &str = "x-hook0-signature";

/// So many headers can be signed. Hook0 signs a handful.
const MOST_HEADERS: usize = 32;

/// Verifies what Coinbase sends to one subscription.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::provider::coinbase_cdp::CoinbaseCdp;
///
/// let endpoint = Endpoint::new(CoinbaseCdp::new(["new secret", "old secret"])?);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct CoinbaseCdp {
    keys: Keys<PreparedKey>,
    tolerance: Tolerance,
}

impl CoinbaseCdp {
    /// Accepts what any of these keys has signed.
    ///
    /// # Errors
    /// If there is no key, or one is empty.
    pub fn new(keys: impl IntoKeyring) -> Result<Self, ConfigError> {
        Ok(Self {
            keys: Keys::new(&["organizations/"], keys, |secret| {
                hmac_sha256(KeyFormat::text(), secret)
            })?,
            tolerance: Tolerance::secs(300),
        })
    }

    pub(super) fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        let verifier = Self::new(settings.keys("secrets")?);
        let verifier = verifier.map_err(|error| error.of_setting("secrets"))?;
        Ok(match settings.tolerance()? {
            Some(tolerance) => verifier.tolerance(tolerance),
            None => verifier,
        })
    }

    /// Another tolerance than the 300 seconds both ways.
    #[must_use]
    pub fn tolerance(self, tolerance: Tolerance) -> Self {
        Self { tolerance, ..self }
    }
}

impl Verifier for CoinbaseCdp {
    fn provider(&self) -> crate::Provider {
        SENDER
    }

    fn key_prints(&self) -> Vec<crate::KeyPrint> {
        self.keys.prints(&[NAME])
    }

    fn replay_window(&self) -> Option<std::time::Duration> {
        Some(self.tolerance.window())
    }

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<BodyCheck, Answer> {
        require_post(head)?;
        let value = signature_header(head, HEADER)?;
        let [time, v0, names, v1] = pairs(value, b',', ["t", "v0", "h", "v1"])?;
        let time = time.ok_or(malformed("the signature has no time"))?;
        let sent_at = TimeUnit::Seconds
            .parse(time)
            .ok_or(malformed("`t` is not a whole number of seconds"))?;
        let (given, covered) = match (names, v1, v0) {
            (Some(names), Some(v1), _) => (v1, Covered::read(head, names)?),
            (None, None, Some(v0)) => (v0, Covered::default()),
            (None, None, None) => return Err(missing("no signature of an accepted version").into()),
            _ => return Err(malformed("`h` and `v1` come without each other").into()),
        };
        let candidate = |(key, prepared): (MatchedKey, &PreparedKey)| {
            let mut candidate = Candidate::new(key, prepared, Encoding::Hex, given);
            for piece in [time, b".", &covered.content] {
                candidate.update(piece);
            }
            candidate
        };
        let candidates = self.keys.valid(now)?.map(candidate).collect();
        let tolerance = self.tolerance;
        let named = Named {
            id: covered.name(head, "x-event-id")?,
            kind: covered.name(head, "x-event-type")?,
        };
        Ok(streaming(candidates, move |key, body| {
            // Else what `v1` signs before the body could be taken for the beginning of what `v0` signs.
            if !body.trim_ascii_start().starts_with(b"{")
                && !body.trim_ascii_start().starts_with(b"[")
            {
                return Err(malformed("the body is neither a JSON object nor an array").into());
            }
            tolerance.require(sent_at, now, TimeUnit::Seconds)?;
            // The `id` of a checkout names the checkout: only the whole body tells one event from another.
            let [event_id, id_of_transfer] = values(body, ["/eventId", "/eventID"]);
            let id = event_id.or(id_of_transfer).unwrap_or_default();
            let identity = [id.as_bytes().as_ref()];
            let identity = if id.is_empty() { &[][..] } else { &identity };
            let proof = Proof::dangerously_assert(Coverage::Body)
                .whose(&WHOSE)
                .key(key)
                .sent_at(sent_at)
                .identity(identity);
            Ok(Verdict::Authentic(named.of(proof, body)))
        }))
    }
}

/// What `v1` signs before the body: the names of headers and their values, each with a dot behind it.
#[derive(Default)]
struct Covered {
    content: Vec<u8>,
    /// Those whose value begins and ends beyond doubt.
    certain: Vec<HeaderName>,
}

impl Covered {
    fn read(head: &RequestHead<'_>, names: &[u8]) -> Result<Self, Rejection> {
        let names = names.split(|byte| *byte == b' ').take(MOST_HEADERS + 1);
        let names: Vec<HeaderName> = names
            .map(HeaderName::from_bytes)
            .collect::<Result<_, _>>()
            .map_err(|_| malformed("`h` names what can be no header"))?;
        if names.len() > MOST_HEADERS {
            return Err(malformed("the signature covers too many headers"));
        }
        let joined: Vec<&str> = names.iter().map(HeaderName::as_str).collect();
        if joined.iter().any(|name| name.contains('.')) {
            return Err(malformed("a signed header has a dot in its name"));
        }
        let mut content = joined.join(" ").into_bytes();
        content.push(b'.');
        let mut is_certain = true;
        for name in &joined {
            let value = head.header(name)?;
            let value = value.ok_or(malformed("a signed header is absent"))?;
            if value.iter().any(|byte| b"{[".contains(byte)) {
                return Err(malformed("a signed header holds what the body begins with"));
            }
            is_certain &= !value.contains(&b'.');
            content.extend_from_slice(value);
            content.push(b'.');
        }
        let certain = if is_certain { names } else { Vec::new() };
        Ok(Self { content, certain })
    }

    /// The value of a header and whether it is signed.
    fn name(
        &self,
        head: &RequestHead<'_>,
        name: &'static str,
    ) -> Result<Option<(String, bool)>, Rejection> {
        let value = head.header_str(name)?.filter(|value| !value.is_empty());
        Ok(value.map(|value| (value.to_owned(), self.certain.iter().any(|own| own == name))))
    }
}

/// Id and kind in headers, each with whether it is signed.
struct Named {
    id: Option<(String, bool)>,
    kind: Option<(String, bool)>,
}

impl Named {
    fn of(self, proof: Proof, body: &Bytes) -> Proof {
        let [event_id, id_of_transfer, id, event_type, kind] = values(body, NAMES);
        let in_body =
            |text: Option<bytestring::ByteString>| text.map(|text| (text.to_string(), true));
        // What is signed goes before what is not: otherwise a header more or less would change the name.
        let in_order = |head: Option<(String, bool)>, body| match head {
            Some((name, true)) => Some((name, true)),
            doubtful => in_body(body).or(doubtful),
        };
        let id = in_order(self.id, event_id.or(id_of_transfer).or(id));
        let kind = in_order(self.kind, event_type.or(kind));
        let proof = match id {
            Some((id, true)) => proof.id(id),
            Some((id, false)) => proof.unverified_id(id),
            None => proof,
        };
        match kind {
            Some((kind, true)) => proof.kind(kind),
            Some((kind, false)) => proof.unverified_kind(kind),
            None => proof,
        }
    }
}

const WHOSE: Whose = Whose::new().account(&[Field::Json("/data/paymentSession/entityId")]);

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;
    use crate::dedupe::DedupeKey;
    use crate::delivery::Delivery;
    use crate::payment::PaymentStatus;
    use crate::provider::coinbase_cdp::Signer;
    use crate::testing::support::{NOW, only};
    use crate::testing::{FixedClock, receive};
    use crate::testing::{Sign, SignedRequest};
    use crate::{Endpoint, Unverified};

    fn received(request: SignedRequest) -> Result<Delivery, &'static str> {
        let endpoint =
            Endpoint::new(CoinbaseCdp::new(["another secret", "a secret for tests"]).unwrap());
        let endpoint = endpoint.clock(FixedClock::at(NOW));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        match runtime.block_on(receive(&endpoint, request)) {
            Ok(delivery) => Ok(delivery),
            Err(Answer::Reply(_)) => panic!("a reply"),
            Err(rejection) => Err(rejection.code()),
        }
    }

    fn signer() -> Signer {
        Signer::new("a secret for tests").unwrap()
    }

    #[test]
    fn a_header_is_signed_only_where_v1_covers_it_beyond_doubt() {
        let body = br#"{"id":"body","eventType":"a.b"}"#;
        for (signer, signed) in [
            (signer(), false),
            (signer().header("x-event-id", "1"), true),
            (
                signer()
                    .header("x-event-id", "1")
                    .header("content-type", "application/json"),
                true,
            ),
            (
                signer()
                    .header("x-event-id", "1")
                    .header("x-event-type", "a.b"),
                false,
            ),
            (
                signer().header("x-event-id", "1").header("x-other", "."),
                false,
            ),
            (signer().header("x-other", "1"), false),
        ] {
            let request = signer.sign(body, NOW).unwrap();
            let delivery = received(request.with_header("x-event-id", "1")).unwrap();
            let id = if signed { "1" } else { "body" };
            assert_eq!(delivery.id(), Some(id), "{signer:?}");
            assert_eq!(delivery.kind(), Some("a.b"));
            assert_eq!(delivery.key().unwrap().index(), 1);
        }
    }

    #[test]
    fn events_of_one_checkout_are_not_taken_for_each_other() {
        let key = |signer: &Signer, body: &[u8], head: &str| {
            let request = signer.sign(body, NOW).unwrap();
            let request = match head {
                "" => request.without_header("x-event-id"),
                id => request.with_header("x-event-id", id),
            };
            DedupeKey::of(&received(request).unwrap())
        };
        let failed = br#"{"id":"chk_1","eventType":"checkout.payment.failed"}"#;
        let paid = br#"{"id":"chk_1","eventType":"checkout.payment.success"}"#;
        assert_ne!(key(&signer(), failed, ""), key(&signer(), paid, ""));
        // Whoever leaves out `v1` may change the headers.
        let both = signer().header("x-event-id", "1");
        assert_eq!(key(&both, paid, "1"), key(&signer(), paid, ""));
        assert_eq!(key(&both, paid, "1"), key(&signer(), paid, "2"));
    }

    #[test]
    fn the_body_names_the_event_before_an_unsigned_header_does() {
        let request = signer().sign(br#"{"id":7,"type":"t"}"#, NOW).unwrap();
        let delivery = received(request.with_header("x-event-type", "forged")).unwrap();
        assert_eq!(delivery.id(), Some("7"));
        assert_eq!(delivery.kind(), Some("t"));
        let request = signer().sign(br#"{"eventID":"8","data":{}}"#, NOW).unwrap();
        assert_eq!(received(request).unwrap().id(), Some("8"));
        let request = signer().sign(b"{\xff", NOW).unwrap();
        let delivery = received(request.with_header("x-event-type", "t")).unwrap();
        assert_eq!(delivery.unverified_kind(), Some(Unverified::new("t")));
        assert_eq!(delivery.kind(), None);
    }

    #[test]
    fn moving_text_between_signed_headers_signs_nothing() {
        let signer = signer().header("x-event-id", "1.2").header("x-other", "3");
        let request = signer.sign(b"{}", NOW).unwrap();
        let moved = request
            .with_header("x-event-id", "1")
            .with_header("x-other", "2.3");
        assert_eq!(received(moved).unwrap().id(), None);
    }

    #[test]
    fn what_v1_signs_is_no_v0_of_another_body() {
        let request = signer().header("x-a", "b").sign(b"{}", NOW).unwrap();
        let value = request.header(HEADER).unwrap();
        let (_, code) = value.split_once("v1=").unwrap();
        let as_v0 = format!("t={},v0={code}", NOW.as_secs());
        let swapped = request.clone().with_header(HEADER, as_v0);
        assert_eq!(
            received(swapped.with_body("x-a.b.{}")).err(),
            Some("malformed")
        );
        // And the other way round: what begins a JSON text is no name of a header.
        let request = signer().sign(br#"{"a":"b.c.d"}"#, NOW).unwrap();
        let code = request
            .header(HEADER)
            .unwrap()
            .replace("v0=", r#"h={"a":"b,v1="#);
        let swapped = request.with_header(HEADER, code).with_header("b", "c");
        assert_eq!(received(swapped.with_body("d\"}")).err(), Some("malformed"));
    }

    #[test]
    fn no_header_swallows_what_the_body_begins_with() {
        let body = br#"{"a":"1.[","b":".{}"}"#;
        let request = signer().header("x-a", "1").sign(body, NOW).unwrap();
        received(request.clone()).unwrap();
        for (value, rest) in [
            (r#"1.{"a":"1"#, r#"[","b":".{}"}"#),
            (r#"1.{"a":"1.[","b":""#, r#"{}"}"#),
        ] {
            let moved = request.clone().with_header("x-a", value).with_body(rest);
            assert_eq!(received(moved).err(), Some("malformed"), "{value}");
        }
        // A name is told from its value by the first dot.
        let request = signer().header("x-a", "b.c").sign(body, NOW).unwrap();
        let renamed = request.header(HEADER).unwrap().replace("h=x-a", "h=x-a.b");
        let renamed = request
            .with_header(HEADER, renamed)
            .with_header("x-a.b", "c");
        assert_eq!(received(renamed).err(), Some("malformed"));
    }

    #[test]
    fn a_signature_covers_32_headers_and_no_more() {
        for (count, code) in [(32, None), (33, Some("malformed"))] {
            let named = |signer: Signer, at| signer.header(format!("x-{at}"), "1");
            let signer = (0..count).fold(signer(), named);
            let request = signer.sign(b"{}", NOW).unwrap();
            assert_eq!(received(request).err(), code, "{count}");
        }
    }

    #[test]
    fn unusable_headers_are_refused() {
        let request = signer().sign(b"{}", NOW).unwrap();
        let good = request.header(HEADER).unwrap().to_owned();
        let code = good.rsplit('=').next().unwrap();
        let t = NOW.as_secs();
        let many = vec!["host"; 33].join(" ");
        for (value, wanted) in [
            (String::new(), "missing_signature"),
            ("  ".to_owned(), "missing_signature"),
            (format!("t={t}"), "missing_signature"),
            (format!("t={t},v2={code}"), "missing_signature"),
            (format!("v0={code}"), "malformed"),
            (format!("t=,v0={code}"), "malformed"),
            (format!("t=0{t},v0={code}"), "malformed"),
            (format!("t=+{t},v0={code}"), "malformed"),
            (format!("t={t},t=1,v0={code}"), "malformed"),
            (format!("t={t},v0={code},v0=00"), "malformed"),
            (format!("t={t},v0={code},v1={code}"), "malformed"),
            (format!("t={t},v0={code},h=host"), "malformed"),
            (format!("t={t},h=,v1={code}"), "malformed"),
            (format!("t={t},h=a  b,v1={code}"), "malformed"),
            (format!("t={t},h=absent,v1={code}"), "malformed"),
            (format!("t={t},h={many},v1={code}"), "malformed"),
            (format!("t={t},v0="), "bad_signature"),
            (format!("t={t},v0=0x{code}"), "bad_signature"),
            (format!("t={t},v0=0X{code}"), "bad_signature"),
            (format!("t={t},v0={code}00"), "bad_signature"),
            (format!("t={t},v0={}", &code[1..]), "bad_signature"),
            (format!("t={t},v0={}", &code[2..]), "bad_signature"),
        ] {
            let changed = request
                .clone()
                .with_header("host", "x")
                .with_header(HEADER, value.clone());
            assert_eq!(received(changed).err(), Some(wanted), "{value}");
        }
        let doubled = SignedRequest {
            headers: vec![
                (HEADER.to_owned(), good),
                (HEADER.to_owned(), "t=1".to_owned()),
            ],
            ..request.clone()
        };
        assert_eq!(received(doubled).err(), Some("malformed"));
        let get = SignedRequest {
            method: "GET".to_owned(),
            ..request
        };
        assert_eq!(received(get).err(), Some("method_not_allowed"));
    }

    #[test]
    fn the_time_is_that_of_the_change() {
        let body = r#"{"eventType":"checkout.payment.success","updatedAt":"2026-08-05T09:00:00Z"}"#;
        let request = signer().sign(body.as_bytes(), NOW.plus_secs(60)).unwrap();
        let update = only(&received(request).unwrap()).unwrap();
        assert_eq!(update.time, Some(NOW));
    }

    #[test]
    fn a_payment_of_an_unsigned_kind_is_none() {
        let request = signer().sign(br#"{"amount":"1"}"#, NOW).unwrap();
        let forged = request.with_header("x-event-type", "checkout.payment.success");
        let update = only(&received(forged).unwrap()).unwrap();
        assert_eq!(update.status, PaymentStatus::Other);
    }
}
