//! A delivery that was written down, verified once more.

use std::error::Error;
use std::fmt;

use bytes::Bytes;

use crate::delivery::Delivery;
use crate::endpoint::Endpoint;
use crate::outcome::{Answer, Rejection};
use crate::request::RequestHead;
use crate::stored::stored::StoredDelivery;
use crate::time::UnixTime;

/// Why a stored delivery is not one any more.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReopenError {
    /// Something of it is not as it was written, or it is of another endpoint. In words for a log.
    Altered(&'static str),
    /// It is as it was written, by its own digest, and the endpoint refuses it today: most often the key that had signed it was taken
    /// away. Keep old keys until what they have signed is worked off.
    Refused(Rejection),
    /// It cannot be judged just now, as keys cannot be had. Try again.
    Unavailable(Rejection),
}

impl ReopenError {
    /// A stable word, for a column or a metric.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Altered(_) => "altered",
            Self::Refused(_) => "refused",
            Self::Unavailable(_) => "unavailable",
        }
    }

    /// Whether it is worth another try.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

impl fmt::Display for ReopenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Altered(reason) => write!(f, "the stored delivery was altered: {reason}"),
            Self::Refused(rejection) => write!(
                f,
                "the stored delivery is as it was written, and is refused today ({rejection}): give the endpoint the key that was used then"
            ),
            Self::Unavailable(rejection) => {
                write!(
                    f,
                    "the stored delivery cannot be verified just now ({rejection}): try again"
                )
            }
        }
    }
}

impl Error for ReopenError {}

impl Endpoint {
    /// Verifies a stored delivery once more, as it was verified when it came: with the clock at the time of receipt, without a store,
    /// and nobody is told but the caller. Who can write the table, and has no key, forges nothing. Where the sender signs nothing, it
    /// is the [seal](Self::storable) that is verified.
    ///
    /// It waits where the endpoint's resolver or its sender is asked. Keep the time yourself.
    ///
    /// # Errors
    /// [`ReopenError`] says whether it was altered, is refused today, or should be tried again.
    ///
    /// # Security
    /// A genuine request that was captured and written into the table is genuine. Compare the [dedupe key](StoredDelivery::dedupe_key),
    /// which is verified too, with what was done before.
    pub async fn reopen(&self, stored: &StoredDelivery) -> Result<Delivery, ReopenError> {
        let (head, body) = (stored.head.head(), stored.body.clone());
        let endpoint = self.clone().reopening(stored.received_at, stored.sealed());
        let delivery = match endpoint.verify(&head, body).await {
            Ok(delivery) => delivery,
            Err(Answer::Rejection(rejection)) => return Err(refused(stored, rejection)),
            Err(_) => return Err(ReopenError::Altered("it is no delivery")),
        };
        match differs(&delivery, stored) {
            Some(reason) => Err(ReopenError::Altered(reason)),
            None => Ok(delivery),
        }
    }

    /// Verifies a request that somebody else has received and kept, such as a gateway in front of a queue, as it would have been verified
    /// at that time: by the same clock rules, without a store, and nobody is told but the caller.
    ///
    /// ```
    /// use webhook_core::{Answer, Delivery, Endpoint, RequestHead, UnixTime};
    ///
    /// /// What stands in the queue: the headers as they came, the body byte for byte, and when it was put there.
    /// struct Waiting {
    ///     headers: Vec<(String, String)>,
    ///     body: Vec<u8>,
    ///     put_at: UnixTime,
    /// }
    ///
    /// async fn verified(endpoint: &Endpoint, waiting: Waiting) -> Result<Delivery, Answer> {
    ///     let head = RequestHead::new("POST", "/webhooks/stripe", &waiting.headers);
    ///     endpoint.verify_received(&head, waiting.body.into(), waiting.put_at).await
    /// }
    /// ```
    ///
    /// # Errors
    /// If the request is refused, or is a handshake.
    ///
    /// # Security
    /// The time must come from the queue, and never from the request: who chooses it can replay what is old.
    pub async fn verify_received(
        &self,
        head: &RequestHead<'_>,
        body: Bytes,
        received_at: UnixTime,
    ) -> Result<Delivery, Answer> {
        self.clone()
            .reopening(received_at, None)
            .verify(head, body)
            .await
    }
}

fn refused(stored: &StoredDelivery, rejection: Rejection) -> ReopenError {
    if rejection.status() == http::StatusCode::SERVICE_UNAVAILABLE {
        ReopenError::Unavailable(rejection)
    } else if stored.is_whole() && !stored.lacks_seal() {
        ReopenError::Refused(rejection)
    } else {
        ReopenError::Altered("there is no proof for it any more")
    }
}

/// What was written beside the request must be what the request says.
fn differs(delivery: &Delivery, stored: &StoredDelivery) -> Option<&'static str> {
    let again = match delivery.to_stored() {
        Ok(again) => again,
        Err(_) => return Some("it is none that could be stored"),
    };
    let pairs = [
        (
            "a seal stands where the sender signs, or none where it does not",
            again.seal.is_some() == stored.seal.is_some(),
        ),
        (
            "another endpoint or account received it",
            again.endpoint == stored.endpoint && again.variant == stored.variant,
        ),
        ("it is of another sender", again.provider == stored.provider),
        (
            "its id, kind or account are not those of the request",
            (
                &again.id,
                again.id_signed,
                &again.kind,
                again.kind_signed,
                &again.account,
            ) == (
                &stored.id,
                stored.id_signed,
                &stored.kind,
                stored.kind_signed,
                &stored.account,
            ),
        ),
        ("its coverage is another", again.coverage == stored.coverage),
        (
            "its dedupe key is not that of the request",
            again.dedupe_key == stored.dedupe_key,
        ),
    ];
    pairs
        .iter()
        .find(|(_, same)| !same)
        .map(|(reason, _)| *reason)
}
