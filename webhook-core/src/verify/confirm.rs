//! Verification by looking up, for senders whose notifications prove nothing.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;

use crate::account::KeyPrint;
use crate::dedupe::Nonce;
use crate::delivery::Provider;
use crate::message::{Coverage, LookedUp, Proof, Unverified};
use crate::outcome::{Answer, Rejection, RejectionKind, malformed};
use crate::request::{Field, RequestHead, field_in_body, field_in_head};
use crate::time::UnixTime;
use crate::verify::at_once::AtOnce;
use crate::verify::header::require_post;
use crate::verify::verifier::{BodyCheck, Check, ProofFuture, Verdict, Verifier};

/// How a sender's notification says what to look up, where it proves nothing else: data, as a [`Scheme`](crate::scheme::Scheme) is.
///
/// ```
/// use webhook_core::Notice;
/// use webhook_core::scheme::Field;
///
/// const ACME: Notice = Notice::new("acme", &[Field::Json("/payment/id"), Field::Form("id")]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Notice {
    provider: Provider,
    fields: &'static [Field],
    separator: Option<char>,
}

impl Notice {
    /// A notification of the sender of this name, by `POST`, that names what to look up in the first of these fields that is present: those of
    /// the head before those of the body.
    #[must_use]
    pub const fn new(name: &'static str, fields: &'static [Field]) -> Self {
        Self {
            provider: Provider::new(name),
            fields,
            separator: None,
        }
    }

    /// It may name several, with this character between them: 100 at the most.
    #[must_use]
    pub const fn separator(self, at: char) -> Self {
        Self {
            separator: Some(at),
            ..self
        }
    }

    /// The field and its value, where it stands in the head.
    fn in_head(&self, head: &RequestHead<'_>) -> Result<Option<(Field, String)>, Rejection> {
        for field in self.fields {
            if let Some(text) = field_in_head(head, *field)? {
                return Ok(Some((*field, text.into_owned())));
            }
        }
        Ok(None)
    }

    /// The same in the body.
    fn in_body(&self, body: &Bytes) -> Result<Option<(Field, String)>, Rejection> {
        for field in self.fields {
            if let Some(text) = field_in_body(body, *field)? {
                return Ok(Some((*field, text.into_owned())));
            }
        }
        Ok(None)
    }

    /// What to look up, each thing once.
    fn lookups(&self, (field, text): (Field, &str)) -> Result<Vec<Lookup>, Rejection> {
        let mut lookups: Vec<Lookup> = Vec::new();
        let mut add = |id: &str| {
            if !is_id(id) {
                return Err(NO_ID);
            }
            if lookups.iter().any(|before| *before.id == *id) {
                return Ok(());
            }
            if lookups.len() == MOST_IDS {
                return Err(malformed("the notification names more than 100 things"));
            }
            lookups.push(Lookup {
                id: id.into(),
                field,
            });
            Ok(())
        };
        match self.separator {
            Some(at) => text.split(at).try_for_each(|id| add(id.trim_ascii()))?,
            None => add(text)?,
        }
        Ok(lookups)
    }
}

const MOST_IDS: usize = 100;

/// As long as the longest that a sender documents, the key of a payment at Toss Payments.
const MAX_ID: usize = 200;

/// Whether it can be one segment of a path, or a value in a query, as it is.
fn is_id(id: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=MAX_ID).contains(&id.len()) && id.bytes().all(allowed)
}

const NO_ID: Rejection =
    malformed("what the notification names is no id: 1 to 200 letters, digits, `-` and `_`");

/// What a notification wants to be looked up: all that can be read of it. Anybody can have sent it.
#[derive(Clone, Debug)]
pub struct Lookup {
    id: Box<str>,
    field: Field,
}

impl Lookup {
    /// The sender's id of what to look up: 1 to 200 letters, digits, `-` and `_`, so that it can stand in a URL as it is.
    #[must_use]
    pub const fn unverified_id(&self) -> Unverified<&str> {
        Unverified::new(&self.id)
    }

    /// Where it stood, for senders that name one thing here and another one there.
    #[must_use]
    pub const fn field(&self) -> Field {
        self.field
    }
}

/// Looks up what a notification names, and delivers what the sender's interface says: for senders whose notifications are not signed, or
/// prove nothing of their body. The handler takes [`Confirmed`](crate::Confirmed), and nothing of the request is in the delivery.
///
/// ```
/// use webhook_core::scheme::Field;
/// use webhook_core::{Confirm, Confirmed, Endpoint, Notice};
///
/// struct Payment { id: String, status: String }
///
/// # struct Api; struct Down;
/// # impl Api { async fn payment(&self, id: &str) -> Result<Option<Payment>, Down> { let _ = id; Err(Down) } }
/// # static API: Api = Api;
/// const ACME: Notice = Notice::new("acme", &[Field::Form("id")]);
///
/// // Asks `https://api.acme.example/payments/{id}` with the key of the shop; 404 is `None`.
/// let confirm = Confirm::new(ACME, |lookup| async move { API.payment(lookup.unverified_id().into_unverified()).await });
/// // The same payment in another state is another event.
/// let confirm = confirm.identity(|payment: &Payment| format!("{} {}", payment.id, payment.status));
/// let endpoint = Endpoint::new(confirm);
///
/// async fn paid(/* Verified( */ payments: Confirmed<Payment> /* ) */) {
///     for payment in &payments {
///         println!("{} is {}", payment.id, payment.status);
///     }
/// }
/// # let _ = paid(Confirmed::from(Vec::new()));
/// ```
///
/// | the look-up gives | answer |
/// |---|---|
/// | `Ok(Some(…))` | the handler's |
/// | `Ok(None)`: there is no such thing | 404, [`NotConfirmed`](RejectionKind::NotConfirmed) |
/// | `Err(…)`: the interface did not answer, or not clearly | 503, [`LookUpFailed`](RejectionKind::LookUpFailed), so that the sender tries again. The error itself is dropped: log it in the look-up. |
/// | nothing in time | 503, after [`Endpoint::resolver_timeout`](crate::Endpoint::resolver_timeout) |
///
/// Of several ids in one notification, each is looked up, one after the other; those that are unknown are left out.
///
/// # Dedupe
/// Without [`identity`](Self::identity) nobody knows whether what is said is new, so that every notification is handled, also where the
/// endpoint has a store.
///
/// # Security
/// - Anybody can send a notification that names a genuine payment, at any time: what the handler does must be right then too, as it is if
///   it follows the state that was looked up.
/// - Look up with your own account's key, so that the payments of others are unknown, and compare amount, currency and your own reference
///   with what you expect.
/// - Anybody can make it ask. 64 requests are asked about at once, more are told to come again; put a limit on the rate in front of it.
/// - It cannot be [stored](crate::Delivery::to_stored): what the interface said is not in the request.
pub struct Confirm<T> {
    notice: Notice,
    ask: Arc<Ask<T>>,
    identity: Option<Arc<Identify<T>>>,
    behind: Option<Arc<dyn Verifier>>,
    at_once: AtOnce,
}

type Ask<T> = dyn Fn(Lookup) -> Asking<T> + Send + Sync;

type Identify<T> = dyn Fn(&T) -> String + Send + Sync;

type Asking<T> = Pin<Box<dyn Future<Output = Result<Option<T>, Rejection>> + Send>>;

const FAILED: Rejection = Rejection::new(
    RejectionKind::LookUpFailed,
    "the look-up gave an error: the sender's interface did not answer clearly",
);

const TOO_MANY: Rejection = Rejection::new(
    RejectionKind::LookUpFailed,
    "too many requests are being looked up",
);

const UNKNOWN: Rejection = Rejection::new(
    RejectionKind::NotConfirmed,
    "the sender's interface knows nothing of what the notification names",
);

impl<T: Send + Sync + 'static> Confirm<T> {
    /// Looks up what these notifications name by this function.
    #[must_use]
    pub fn new<F, E>(notice: Notice, look_up: impl Fn(Lookup) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Option<T>, E>> + Send + 'static,
    {
        let ask = move |lookup| -> Asking<T> {
            let looking = look_up(lookup);
            Box::pin(async move { looking.await.map_err(|_| FAILED) })
        };
        Self {
            notice,
            ask: Arc::new(ask),
            identity: None,
            behind: None,
            at_once: AtOnce::default(),
        }
    }

    /// What tells one event from every other in what the interface says: most often its id and its state. Deduped by that, where the
    /// endpoint has a store.
    #[must_use]
    pub fn identity(mut self, of: impl Fn(&T) -> String + Send + Sync + 'static) -> Self {
        self.identity = Some(Arc::new(of));
        self
    }

    /// Looks up only what this verifier lets through: for senders that show a secret, or sign something, and prove too little by it. Its
    /// name, its methods and its acknowledgement count.
    ///
    /// ```
    /// use webhook_core::Confirm;
    /// use webhook_core::provider::phonepe::{ORDER, PhonePe};
    ///
    /// # async fn asked(_: webhook_core::Lookup) -> Result<Option<u64>, std::io::Error> { Ok(None) }
    /// let confirm = Confirm::new(ORDER, asked).behind(PhonePe::new("webhooks", "correct horse battery")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    #[must_use]
    pub fn behind(mut self, verifier: impl Verifier + 'static) -> Self {
        self.behind = Some(Arc::new(verifier));
        self
    }

    /// The proof that the sender's interface gives; `before` is what was proven without it.
    async fn proof(&self, lookups: Vec<Lookup>, before: Option<Proof>) -> Result<Proof, Rejection> {
        let _one_of_those_looked_up = self.at_once.enter().ok_or(TOO_MANY)?;
        let mut all = Vec::new();
        for lookup in lookups {
            all.extend((self.ask)(lookup).await?);
        }
        if all.is_empty() {
            return Err(UNKNOWN);
        }
        let proof = Proof::dangerously_assert(Coverage::SenderOnly);
        let proof = match &self.identity {
            Some(identity) => {
                let parts: Vec<String> = all.iter().map(|one| identity(one)).collect();
                let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
                proof.identity(&parts)
            }
            // Never the same twice: no event may be lost because another one looks like it.
            None => proof.identity(&[&Nonce::random().get().to_be_bytes()]),
        };
        let before = before.unwrap_or_else(|| Proof::dangerously_assert(Coverage::SenderOnly));
        let proof = proof.looked_up(LookedUp::new(Arc::new(all)));
        let proof = match before.demanded() {
            Some(reply) => proof.acknowledgement(reply.clone()),
            None => proof,
        };
        Ok(Proof {
            key: before.key,
            ..proof
        })
    }
}

impl<T> Clone for Confirm<T> {
    fn clone(&self) -> Self {
        Self {
            notice: self.notice,
            ask: Arc::clone(&self.ask),
            identity: self.identity.clone(),
            behind: self.behind.clone(),
            at_once: self.at_once.clone(),
        }
    }
}

impl<T> fmt::Debug for Confirm<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Confirm")
            .field("notice", &self.notice)
            .field("behind", &self.behind)
            .finish_non_exhaustive()
    }
}

impl<T: Send + Sync + 'static> Verifier for Confirm<T> {
    fn provider(&self) -> Provider {
        let behind = self.behind.as_ref();
        behind.map_or(self.notice.provider, |verifier| verifier.provider())
    }

    fn key_prints(&self) -> Vec<KeyPrint> {
        let behind = self.behind.as_ref();
        behind.map_or_else(Vec::new, |verifier| verifier.key_prints())
    }

    fn body_limit(&self) -> Option<usize> {
        self.behind.as_ref()?.body_limit()
    }

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<BodyCheck, Answer> {
        let before = match &self.behind {
            Some(verifier) => Some(verifier.begin(head, now)?),
            None => {
                require_post(head)?;
                None
            }
        };
        Ok(BodyCheck::new(Confirming {
            before,
            in_head: self.notice.in_head(head)?,
            confirm: self.clone(),
        }))
    }
}

/// A notification while its body arrives.
struct Confirming<T> {
    before: Option<BodyCheck>,
    in_head: Option<(Field, String)>,
    confirm: Confirm<T>,
}

impl<T: Send + Sync + 'static> Check for Confirming<T> {
    fn update(&mut self, chunk: &[u8]) {
        if let Some(before) = &mut self.before {
            before.update(chunk);
        }
    }

    fn finalize(self: Box<Self>, body: &Bytes) -> Result<Verdict, Answer> {
        let Self {
            before,
            in_head,
            confirm,
        } = *self;
        let before = match before {
            Some(mut check) => Some(check.finalize(body, false)?),
            None => None,
        };
        let named = match in_head {
            Some(named) => Some(named),
            None => confirm.notice.in_body(body)?,
        };
        let (field, text) = named.ok_or(malformed("the notification names nothing to look up"))?;
        let lookups = confirm.notice.lookups((field, &text))?;
        Ok(Verdict::Pending(ProofFuture::answering(async move {
            let before = match before {
                Some(Verdict::Authentic(proof)) => Some(proof),
                Some(Verdict::Pending(asking)) => Some(asking.await?),
                None => None,
            };
            Ok(confirm.proof(lookups, before).await?)
        })))
    }
}

impl<T> fmt::Debug for Confirming<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Confirming")
            .field("confirm", &self.confirm)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::dedupe::DedupeKey;
    use crate::provider::telegram::Telegram;
    use crate::testing::{SignedRequest, receive, support};
    use crate::{Confirmed, Delivery, Endpoint, JsonEvent, NotStorable, UnverifiedJsonEvent};

    const NOTICE: Notice = Notice::new("acme", &[Field::Json("/payment/id"), Field::Form("id")]);

    /// What the interface says of the ids that begin so.
    #[derive(Clone, Debug, PartialEq)]
    struct Payment(String);

    async fn asked(lookup: Lookup) -> Result<Option<Payment>, std::fmt::Error> {
        let id = lookup.unverified_id().into_unverified();
        match id.split('_').next() {
            Some("tr") => Ok(Some(Payment(format!("{id} is paid")))),
            Some("down") => Err(std::fmt::Error),
            _ => Ok(None),
        }
    }

    fn notification(body: &str) -> SignedRequest {
        SignedRequest {
            method: "POST".to_owned(),
            target: "/".to_owned(),
            headers: Vec::new(),
            body: body.as_bytes().to_vec().into(),
        }
    }

    fn judged(
        confirm: Confirm<Payment>,
        request: SignedRequest,
    ) -> Result<Delivery, RejectionKind> {
        let endpoint = Endpoint::new(confirm).storable().unwrap();
        let received = support::run(receive(&endpoint, request));
        received.map_err(|answer| answer.into_rejection().unwrap().kind())
    }

    fn payments(delivery: &Delivery) -> Vec<String> {
        let payments: Confirmed<Payment> = delivery.decode().unwrap();
        payments.iter().map(|payment| payment.0.clone()).collect()
    }

    #[test]
    fn what_the_interface_says_is_delivered_and_nothing_of_the_request() {
        for body in [
            "id=tr_1&status=failed",
            r#"{"payment":{"id":"tr_1","status":"failed"}}"#,
        ] {
            let delivery = judged(Confirm::new(NOTICE, asked), notification(body)).unwrap();
            assert_eq!(payments(&delivery), ["tr_1 is paid"]);
            assert_eq!(delivery.provider(), "acme");
            assert_eq!(delivery.body(), "");
            assert_eq!((delivery.id(), delivery.kind()), (None, None));
            assert!(delivery.unverified_id().is_none() && delivery.unverified_kind().is_none());
            assert!(delivery.decode::<JsonEvent<serde_json::Value>>().is_err());
            let claimed = delivery.decode::<UnverifiedJsonEvent<serde_json::Value>>();
            assert!(claimed.is_err());
        }
    }

    #[test]
    fn what_the_interface_does_not_confirm_is_refused() {
        for (body, kind) in [
            ("id=unknown_1", RejectionKind::NotConfirmed),
            ("id=down_1", RejectionKind::LookUpFailed),
            ("", RejectionKind::Malformed),
            ("id=", RejectionKind::Malformed),
            ("id=tr_1&id=tr_2", RejectionKind::Malformed),
            (r#"{"payment":{}}"#, RejectionKind::Malformed),
            (r#"{"note":"&id=tr_1"}"#, RejectionKind::Malformed),
        ] {
            let refused = judged(Confirm::new(NOTICE, asked), notification(body));
            assert_eq!(refused.err(), Some(kind), "{body}");
        }
    }

    #[test]
    fn what_cannot_stand_in_a_url_is_never_asked_for() {
        let long = "a".repeat(201);
        for id in [
            "..",
            ".",
            "tr/1",
            "tr_1/../2",
            "tr%2F1",
            "tr?1",
            "tr#1",
            "tr 1",
            "tr\n1",
            "tr\0",
            "tré",
            "tr,1",
            "tr;1",
            "tr:1",
            "@tr",
            "tr&1",
            "tr=1",
            "tr+1",
            "\\tr",
            &long,
        ] {
            let confirm = Confirm::new(NOTICE, async |_| -> Result<Option<Payment>, ()> {
                panic!("asked")
            });
            let body = serde_json::json!({"payment": {"id": id}}).to_string();
            let refused = judged(confirm, notification(&body));
            assert_eq!(refused.err(), Some(RejectionKind::Malformed), "{id:?}");
        }
        let longest = format!("tr_{}", "a".repeat(197));
        let body = format!("id={longest}");
        assert!(judged(Confirm::new(NOTICE, asked), notification(&body)).is_ok());
    }

    #[test]
    fn several_are_looked_up_once_each_where_the_sender_names_several() {
        const HASHES: Notice = NOTICE.separator(',');
        let named = |body: &str| {
            let seen = Arc::new(Mutex::new(Vec::new()));
            let kept = Arc::clone(&seen);
            let confirm = Confirm::new(HASHES, move |lookup| {
                let id = lookup.unverified_id().into_unverified().to_owned();
                kept.lock().unwrap().push((id, lookup.field()));
                asked(lookup)
            });
            let judged = judged(confirm, notification(body)).map(|it| payments(&it));
            let seen = seen.lock().unwrap().clone();
            (judged, seen)
        };
        let form = |id: &str| (id.to_owned(), Field::Form("id"));
        let (judged, seen) = named("id=tr_1%2C+unknown_1,tr_2,tr_1");
        let said = ["tr_1 is paid", "tr_2 is paid"].map(str::to_owned);
        assert_eq!(judged, Ok(said.to_vec()));
        assert_eq!(seen, [form("tr_1"), form("unknown_1"), form("tr_2")]);
        assert_eq!(named("id=a,b").0, Err(RejectionKind::NotConfirmed));
        assert_eq!(named("id=tr_1,down_1").0, Err(RejectionKind::LookUpFailed));
        assert_eq!(named("id=tr_1,,tr_2").0, Err(RejectionKind::Malformed));
        let many = |most: usize| (0..most).map(|n| format!("tr_{n},")).collect::<String>();
        let body = |most| format!("id={}", many(most).trim_end_matches(','));
        assert!(named(&body(100)).0.is_ok());
        assert_eq!(named(&body(101)), (Err(RejectionKind::Malformed), vec![]));
        let one = Confirm::new(NOTICE, asked);
        let refused = self::judged(one, notification("id=tr_1,tr_2"));
        assert_eq!(refused.err(), Some(RejectionKind::Malformed));
    }

    /// The body of its document, "Notifications".
    #[test]
    fn the_notification_of_ebanx_names_what_changed() {
        const EBANX: Notice = Notice::new("ebanx", &[Field::Form("hash_codes")]).separator(',');
        let body = "operation=payment_status_change&notification_type=update&hash_codes=\
                    53ad936c0dfb7b008d57bf7d396c83a28d24869949fdc84f,cc6d7065bd3842c9fd56f993dba4d900b428d9373878aff8";
        let confirm = Confirm::new(EBANX, async |lookup| {
            let id = lookup.unverified_id().into_unverified();
            Ok::<_, ()>(Some(Payment(id.to_owned())))
        });
        let delivery = judged(confirm, notification(body)).unwrap();
        let hashes = payments(&delivery);
        assert_eq!(hashes.len(), 2);
        assert!(
            hashes
                .iter()
                .all(|hash| body.contains(hash) && hash.len() == 48)
        );
    }

    #[test]
    fn events_are_told_apart_by_what_the_interface_says_or_not_at_all() {
        let key = |confirm: Confirm<Payment>, body: &str| {
            DedupeKey::of(&judged(confirm, notification(body)).unwrap()).to_hex()
        };
        let known = || Confirm::new(NOTICE, asked).identity(|payment: &Payment| payment.0.clone());
        assert_eq!(key(known(), "id=tr_1&a=1"), key(known(), "id=tr_1&a=2"));
        assert_ne!(key(known(), "id=tr_1"), key(known(), "id=tr_2"));
        let unknown = || Confirm::new(NOTICE, asked);
        assert_ne!(key(unknown(), "id=tr_1"), key(unknown(), "id=tr_1"));
    }

    #[test]
    fn only_what_a_verifier_lets_through_is_looked_up() {
        let calls = Arc::new(AtomicUsize::new(0));
        let confirm = |verifier: Telegram| {
            let calls = Arc::clone(&calls);
            let confirm = Confirm::new(NOTICE, move |lookup| {
                calls.fetch_add(1, Ordering::Relaxed);
                asked(lookup)
            });
            confirm.behind(verifier)
        };
        let telegram = || Telegram::new("the_token_of_a_bot_for_tests").unwrap();
        let header = "x-telegram-bot-api-secret-token";
        let request = notification(r#"{"payment":{"id":"tr_1"}}"#);
        let refused = judged(
            confirm(telegram()),
            request.clone().with_header(header, "another"),
        );
        assert_eq!(refused.err(), Some(RejectionKind::BadSignature));
        let refused = judged(confirm(telegram()), request.clone());
        assert_eq!(refused.err(), Some(RejectionKind::MissingSignature));
        assert_eq!(calls.load(Ordering::Relaxed), 0);
        let shown = request.with_header(header, "the_token_of_a_bot_for_tests");
        let delivery = judged(confirm(telegram()), shown).unwrap();
        assert_eq!(payments(&delivery), ["tr_1 is paid"]);
        assert_eq!(delivery.provider(), "telegram");
        assert!(delivery.key().is_some());
        assert_eq!(delivery.body(), "");
    }

    #[test]
    fn another_type_or_another_verifier_is_no_confirmation() {
        let delivery = judged(Confirm::new(NOTICE, asked), notification("id=tr_1")).unwrap();
        let error = delivery.decode::<Confirmed<u64>>().unwrap_err();
        assert!(error.to_string().contains("another type"), "{error}");
        let telegram = Telegram::new("the_token_of_a_bot_for_tests").unwrap();
        let request = notification("{}").with_header(
            "x-telegram-bot-api-secret-token",
            "the_token_of_a_bot_for_tests",
        );
        let delivery = support::run(receive(&Endpoint::new(telegram), request)).unwrap();
        let error = delivery.decode::<Confirmed<Payment>>().unwrap_err();
        assert!(error.to_string().contains("`Confirm`"), "{error}");
    }

    #[test]
    fn what_was_looked_up_is_not_stored() {
        let delivery = judged(Confirm::new(NOTICE, asked), notification("id=tr_1")).unwrap();
        assert_eq!(delivery.to_stored().err(), Some(NotStorable::NothingSeals));
    }

    #[test]
    fn another_method_is_refused_before_the_body() {
        let mut request = notification("id=tr_1");
        request.method = "GET".to_owned();
        let refused = judged(Confirm::new(NOTICE, asked), request);
        assert_eq!(refused.err(), Some(RejectionKind::MethodNotAllowed));
    }
}
