//! Who pushes a notification: see [`google_pubsub`](super::super::google_pubsub).

use super::event::NAME;
use super::{event, payment};
use crate::provider::google_pubsub::push::Pusher;
use crate::provider::macros::push_provider;
use crate::{Rejection, RejectionKind};

pub(super) const SENDER: crate::Provider = crate::Provider::new(NAME)
    .meaning(&payment::MEANING)
    .payments(payment::payments);

static PUSHER: Pusher = Pusher {
    sender: SENDER,
    proof: event::proof,
    // To the sender of a token, a key that does not exist looks like one that does not match.
    no_such_key: Rejection::new(
        RejectionKind::BadSignature,
        "the sender publishes no key with this id",
    ),
};

push_provider! {
    /// Verifies who pushes the notifications of one Pub/Sub subscription. Their contents are not signed.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::published::InMemory;
    /// use webhook_core::provider::google_play_rtdn::GooglePlayRtdn;
    ///
    /// let keys = InMemory::new([("50f1dab141e05f84ac617a98ec6dcf2e146941e4", "-----BEGIN CERTIFICATE-----\n…")]);
    /// let google = GooglePlayRtdn::new(
    ///     keys,
    ///     "https://shop.example/webhooks/play",
    ///     "play-push@my-project.iam.gserviceaccount.com",
    /// )?;
    /// let endpoint = Endpoint::new(google);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    ///
    /// As settings: `certs_by_kid`, a table of certificates in PEM or JWKs by their id, or `jwks`, a JSON Web Key Set; `audience`,
    /// `service_account_email`, and `tolerance_seconds`. With the feature `fetch`, both may be left out: Google's own keys are fetched.
    GooglePlayRtdn, &PUSHER
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use base64ct::{Base64, Encoding};
    use futures_util::future::join_all;
    use serde_json::{Value, json};

    use super::super::Signer;
    use super::*;
    use crate::published::{InMemory, KeySource};
    use crate::testing::support;
    use crate::testing::support::{NOW, SlowKeys, judge, only};
    use crate::testing::{Sign, SignedRequest, receive, token};
    use crate::{Coverage, Delivery, Endpoint, Settings, Unverified};

    const AUDIENCE: &str = "https://shop.example/play";
    const ACCOUNT: &str = "push@project.iam.gserviceaccount.com";

    fn signer() -> Signer {
        Signer::new(AUDIENCE, ACCOUNT)
    }

    fn endpoint(keys: impl KeySource + 'static) -> Endpoint {
        let google = GooglePlayRtdn::new(keys, AUDIENCE, ACCOUNT).unwrap();
        Endpoint::new(google).clock(|| NOW)
    }

    fn google() -> Endpoint {
        endpoint(signer().keys().unwrap())
    }

    fn body(data: &Value) -> Vec<u8> {
        let data = Base64::encode_string(data.to_string().as_bytes());
        let message = json!({"data": data, "messageId": "136969346945"});
        json!({"message": message, "subscription": "projects/p/subscriptions/s"})
            .to_string()
            .into()
    }

    fn request(data: &Value) -> SignedRequest {
        signer().sign(&body(data), NOW).unwrap()
    }

    fn delivery(data: &Value) -> Delivery {
        judge(&google(), request(data)).unwrap()
    }

    fn refused(request: SignedRequest) -> Option<RejectionKind> {
        judge(&google(), request).err()
    }

    /// A request whose token says something else at one place.
    fn claiming(name: &str, value: Value) -> SignedRequest {
        let mut claims = signer().claims(NOW);
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value,
        }
        let token = signer().token(&claims).unwrap();
        request(&json!({})).with_header("authorization", format!("Bearer {token}"))
    }

    fn purchased() -> Value {
        json!({
            "version": "1.0",
            "packageName": "com.example.app",
            "eventTimeMillis": "1785920400000",
            "subscriptionNotification": {"version": "1.0", "notificationType": 4, "purchaseToken": "token"}
        })
    }

    #[test]
    fn only_the_sender_is_proven() {
        let delivery = delivery(&purchased());
        assert_eq!(delivery.coverage(), Coverage::SenderOnly);
        assert_eq!(
            delivery.unverified_id(),
            Some(Unverified::new("136969346945"))
        );
        let kind = Unverified::new("subscriptionNotification.4");
        assert_eq!(delivery.unverified_kind(), Some(kind));
        assert_eq!((delivery.id(), delivery.kind()), (None, None));
    }

    #[test]
    fn the_token_must_say_who_sends_to_whom() {
        use RejectionKind::{Malformed, WrongAudience};

        for (name, value, kind) in [
            ("aud", json!("https://evil.example"), WrongAudience),
            ("aud", json!(""), WrongAudience),
            ("aud", json!("https://shop.example/play/"), WrongAudience),
            ("aud", json!([AUDIENCE]), Malformed),
            ("aud", Value::Null, Malformed),
            ("iss", json!("https://evil.example"), WrongAudience),
            ("iss", json!("http://accounts.google.com"), WrongAudience),
            ("iss", json!("https://accounts.google.com/"), WrongAudience),
            ("iss", Value::Null, Malformed),
            ("email", json!("mallory@evil.example"), WrongAudience),
            ("email", json!(ACCOUNT.to_uppercase()), WrongAudience),
            ("email", Value::Null, WrongAudience),
            ("email_verified", json!(false), WrongAudience),
            ("email_verified", json!("true"), Malformed),
            ("email_verified", Value::Null, WrongAudience),
            ("exp", Value::Null, Malformed),
            ("exp", json!("1785923900"), Malformed),
            ("exp", json!(1e12), Malformed),
            ("iat", Value::Null, Malformed),
        ] {
            let request = claiming(name, value.clone());
            assert_eq!(refused(request), Some(kind), "{name}: {value}");
        }
    }

    #[test]
    fn a_token_counts_from_its_beginning_to_its_end() {
        let now = NOW.as_secs();
        for (name, value, verdict) in [
            ("exp", now, None),
            ("exp", now - 10, None),
            ("exp", now - 11, Some(RejectionKind::Stale)),
            ("exp", i64::MIN, Some(RejectionKind::Stale)),
            ("exp", i64::MAX, None),
            ("iat", now + 10, None),
            ("iat", now + 11, Some(RejectionKind::Future)),
            ("iat", now - 100_000, None),
        ] {
            assert_eq!(
                refused(claiming(name, json!(value))),
                verdict,
                "{name}: {value}"
            );
        }
    }

    #[test]
    fn the_authorization_is_one_bearer_token() {
        use RejectionKind::{Malformed, MissingSignature};

        let good = request(&purchased());
        let token = good
            .header("authorization")
            .unwrap()
            .strip_prefix("Bearer ")
            .unwrap();
        for (value, verdict) in [
            (format!("Bearer {token}"), None),
            (format!("bearer {token}"), None),
            (token.to_owned(), Some(Malformed)),
            (format!("Basic {token}"), Some(Malformed)),
            ("Bearer".to_owned(), Some(Malformed)),
            ("Bearer ".to_owned(), Some(Malformed)),
            (format!("Bearer {token}, Bearer {token}"), Some(Malformed)),
            (format!("Bearer {token} {token}"), Some(Malformed)),
            ("Bearer é".to_owned(), Some(Malformed)),
            (String::new(), Some(MissingSignature)),
        ] {
            let request = good.clone().with_header("authorization", value.clone());
            assert_eq!(refused(request), verdict, "{value}");
        }
    }

    #[test]
    fn forged_tokens_are_refused() {
        let good = request(&purchased());
        let value = good.header("authorization").unwrap();
        let (signed, _) = value.rsplit_once('.').unwrap();
        for (len, kind) in [
            (256, RejectionKind::BadSignature),
            (512, RejectionKind::BadSignature),
            (128, RejectionKind::Malformed),
            (64, RejectionKind::Malformed),
        ] {
            let junk = token::token("", b"", |_| Ok(vec![1; len])).unwrap();
            let value = format!("{signed}.{}", junk.rsplit_once('.').unwrap().1);
            let request = good.clone().with_header("authorization", value);
            assert_eq!(refused(request), Some(kind), "{len}");
        }
    }

    #[test]
    fn a_foreign_key_id_does_not_match() {
        let request = signer().key_id("another").sign(b"{}", NOW).unwrap();
        assert_eq!(refused(request), Some(RejectionKind::BadSignature));
    }

    #[test]
    fn nothing_is_asked_for_what_is_refused_in_any_case() {
        let keys = SlowKeys::new(signer().keys().unwrap());
        let endpoint = endpoint(keys.clone());
        let mut get = request(&purchased());
        get.method = "GET".to_owned();
        for (request, kind) in [
            (get, RejectionKind::MethodNotAllowed),
            (
                signer().key_id("../key").sign(b"", NOW).unwrap(),
                RejectionKind::Malformed,
            ),
            (
                request(&purchased()).without_header("authorization"),
                RejectionKind::MissingSignature,
            ),
        ] {
            assert_eq!(judge(&endpoint, request).err(), Some(kind));
        }
        assert_eq!(keys.asked(), 0);
    }

    #[test]
    fn requests_at_once_ask_once_and_a_key_is_kept_for_an_hour() {
        let keys = SlowKeys::new(signer().keys().unwrap());
        let endpoint = endpoint(keys.clone());
        let requests = (0..50).map(|_| receive(&endpoint, request(&purchased())));
        let outcomes = support::run(join_all(requests));
        assert!(outcomes.iter().all(Result::is_ok));
        assert_eq!(keys.asked(), 1);
        for (after, asked) in [(3599, 1), (3600, 2)] {
            let later = endpoint.clone().clock(move || NOW.plus_secs(after));
            let request = signer().sign(b"{}", NOW.plus_secs(after)).unwrap();
            judge(&later, request).unwrap();
            assert_eq!(keys.asked(), asked, "{after}");
        }
    }

    #[test]
    fn keys_of_another_kind_are_not_trusted() {
        let good = signer().jwk().unwrap();
        for document in [
            good.replace("RS256", "RS512"),
            good.replace("RSA", "EC"),
            good.replace(r#""n""#, r#""m""#),
            r#"{"kty":"RSA","alg":"RS256","n":"AQAB","e":"AQAB"}"#.to_owned(),
            "<html>".to_owned(),
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_owned(),
            String::new(),
        ] {
            let keys =
                InMemory::new([("0000000000000000000000000000000000000000", document.clone())]);
            let verdict = judge(&endpoint(keys), request(&purchased())).err();
            assert_eq!(verdict, Some(RejectionKind::UntrustedKey), "{document}");
        }
    }

    #[test]
    fn bodies_that_cannot_be_read_have_no_name() {
        for body in [
            &b""[..],
            b"{}",
            b"[]",
            b"\xff",
            br#"{"message":{"data":"%%%"}}"#,
            br#"{"message":{"data":"e30="}}"#,
            br#"{"message":{"data":"e30=","data":"e30="}}"#,
            br#"{"message":{"data":"e30=","data":"e31="}}"#,
            br#"{"message":{"data":7}}"#,
            br#"{"message":{"data":{}}}"#,
        ] {
            let delivery = judge(&google(), signer().sign(body, NOW).unwrap()).unwrap();
            let message = delivery.message();
            assert_eq!((message.any_id(), message.any_kind()), (None, None));
        }
    }

    #[test]
    fn a_notification_about_two_things_is_about_nothing() {
        let mut data = purchased();
        data["testNotification"] = json!({"version": "1.0"});
        let delivery = delivery(&data);
        assert_eq!(delivery.message().any_kind(), None);
    }

    #[test]
    fn kind_and_time_of_an_update_are_only_claimed() {
        let update = only(&delivery(&purchased())).unwrap();
        assert_eq!((update.kind, update.time), (None, None));
        let claimed = update.unverified.unwrap().into_unverified();
        assert_eq!(claimed.kind.unwrap(), "subscriptionNotification.4");
        assert_eq!(claimed.time, Some(NOW));
    }

    #[test]
    fn settings_say_what_is_missing() {
        let key = signer().jwk().unwrap();
        let keys = json!({"0000000000000000000000000000000000000000": key});
        for (settings, missing) in [
            (
                json!({"certs_by_kid": keys, "service_account_email": ACCOUNT}),
                "audience",
            ),
            (
                json!({"certs_by_kid": keys, "audience": AUDIENCE}),
                "service_account_email",
            ),
            (
                json!({"certs_by_kid": keys, "audience": " ", "service_account_email": ACCOUNT}),
                "audience",
            ),
            (
                json!({"certs_by_kid": keys, "audience": AUDIENCE, "service_account_email": ""}),
                "service_account_email",
            ),
            (
                json!({"certs_by_kid": {}, "audience": AUDIENCE, "service_account_email": ACCOUNT}),
                "certs_by_kid",
            ),
            (
                json!({"certs_by_kid": 7, "audience": AUDIENCE, "service_account_email": ACCOUNT}),
                "certs_by_kid",
            ),
            (
                json!({"certs_by_kid": keys, "jwks": {"keys": []}, "audience": AUDIENCE, "service_account_email": ACCOUNT}),
                "`certs_by_kid` and `jwks`",
            ),
            (
                json!({"jwks": {"keys": []}, "audience": AUDIENCE, "service_account_email": ACCOUNT}),
                "`jwks`",
            ),
            (
                json!({"jwks": keys, "audience": AUDIENCE, "service_account_email": ACCOUNT}),
                "`jwks`",
            ),
        ] {
            let error =
                GooglePlayRtdn::from_settings(&Settings::new(settings).unwrap()).unwrap_err();
            assert!(error.to_string().contains(missing), "{error}");
        }
    }
}
