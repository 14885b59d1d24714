//! What a delivery says about a payment.

use std::ops::Deref;
use std::{slice, vec};

use crate::delivery::Delivery;
use crate::event::{DecodeError, FromDelivery};
use crate::payment::{Money, MoneyError, PaymentStatus};
use crate::scheme::{Mode, Owner};
use crate::text::{EventKind, Text};
use crate::time::UnixTime;
use crate::unsigned::Unsigned;
use crate::verifier::Coverage;

/// What happened to one payment, in the same words for every provider.
///
/// The fields hold only what the signature covers; a field is `None` where the event does not say it, or only says it
/// outside of its signature. The documentation of each provider has a table of where they are read from. An event of a
/// provider that is none of payments, or of a kind that means nothing for one, is [`PaymentStatus::Other`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PaymentUpdate {
    /// The provider's name, such as `stripe`.
    pub provider: &'static str,
    /// The name of the configured account, where one address serves several.
    pub variant: Option<Text>,
    /// The provider's id of the event, if it has one and signs it. Retries carry the same id.
    pub event_id: Option<Text>,
    /// The provider's name for what happened, if it has one and signs it.
    pub kind: Option<EventKind>,
    /// Whose account of the provider it belongs to, if the event says that where it is signed: Stripe's connected account,
    /// Adyen's merchant account, Square's merchant. [`Endpoint::accounts`](crate::Endpoint::accounts) refuses all but some.
    pub account: Option<Text>,
    /// Whether it is a test, if the event says that where it is signed.
    pub mode: Mode,
    /// What the signature of the delivery vouches for.
    pub coverage: Coverage,
    /// What happened.
    pub status: PaymentStatus,
    /// The amount that it happened to: of a refund what went back, of a dispute what is asked back. An error where the
    /// sender wrote an amount that is no exact amount of a known currency.
    pub amount: Result<Option<Money>, MoneyError>,
    /// The merchant's own reference, as it was given to the provider.
    pub reference: Option<Text>,
    /// The provider's id of the payment.
    pub transaction_id: Option<Text>,
    /// When it happened, by the provider's clock.
    pub time: Option<UnixTime>,
    /// The same update with everything that the request claims beyond its signature.
    pub unsigned: Option<Box<Unsigned<PaymentUpdate>>>,
}

impl PaymentUpdate {
    /// The update as the whole request claims it, signed or not. Only where nobody but the provider can have changed
    /// the request on its way: a request that was captured once can be sent again with other contents.
    ///
    /// ```
    /// use webhook_core::payment::{PaymentStatus, PaymentUpdate};
    ///
    /// fn status(update: PaymentUpdate) -> PaymentStatus {
    ///     match update.status {
    ///         PaymentStatus::Unconfirmed => update.dangerously_trust_unsigned().status,
    ///         status => status,
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn dangerously_trust_unsigned(self) -> Self {
        match self.unsigned {
            Some(claimed) => claimed.into_unverified(),
            None => self,
        }
    }

    /// Nothing yet, with the id and the kind: those that are signed; where nothing is proven, those that the request claims, for all of it
    /// becomes a claim.
    pub(crate) fn of(delivery: &Delivery) -> Self {
        match proves_nothing(delivery) {
            true => Self::claimed(delivery),
            false => Self::other(delivery),
        }
    }

    /// Nothing that means something for a payment.
    pub(crate) fn other(delivery: &Delivery) -> Self {
        Self {
            event_id: delivery.id_text(),
            kind: delivery.kind_text().map(EventKind::from),
            ..Self::bare(delivery)
        }
    }

    /// The same with the id and the kind that the request claims.
    pub(crate) fn claimed(delivery: &Delivery) -> Self {
        Self {
            event_id: delivery.any_id().map(Text::from),
            kind: delivery.any_kind().map(EventKind::from),
            ..Self::bare(delivery)
        }
    }

    /// An update with the id and the kind that the request claims, where it has none yet.
    fn claiming(delivery: &Delivery, update: Self) -> Self {
        let Self { event_id, kind, .. } = Self::claimed(delivery);
        Self {
            event_id: update.event_id.or(event_id),
            kind: update.kind.or(kind),
            ..update
        }
    }

    fn bare(delivery: &Delivery) -> Self {
        Self {
            account: None,
            mode: Mode::Unknown,
            provider: delivery.provider(),
            variant: delivery.variant().map(Text::from),
            event_id: None,
            kind: None,
            coverage: delivery.coverage(),
            status: PaymentStatus::Other,
            amount: Ok(None),
            reference: None,
            transaction_id: None,
            time: None,
            unsigned: None,
        }
    }

    /// The amount, signed or not.
    #[cfg(feature = "tracing")]
    fn claimed_amount(&self) -> Result<Option<Money>, MoneyError> {
        let claimed = self.unsigned.as_deref().map(Unsigned::unverified);
        self.amount
            .and(claimed.map_or(Ok(None), |claimed| claimed.amount))
    }

    /// The same update with what the request claims beyond its signature.
    pub(crate) fn with_unsigned(self, claimed: Self) -> Self {
        Self {
            unsigned: Some(Box::new(Unsigned::new(claimed))),
            ..self
        }
    }
}

/// Says whose it is, and whether it is a test, as far as the reading of the provider has not.
fn owned(delivery: &Delivery, owner: &Owner, update: PaymentUpdate) -> PaymentUpdate {
    let account = match owner.accounts.as_slice() {
        [account] => Some(Text::from(account.clone())),
        _ => None,
    };
    let own = |update: PaymentUpdate| PaymentUpdate {
        account: update.account.or_else(|| account.clone()),
        mode: match update.mode {
            Mode::Unknown => owner.mode,
            known => known,
        },
        ..update
    };
    // Where nothing is proven, all of it becomes a claim later.
    if owner.signed || proves_nothing(delivery) {
        let unsigned = update.unsigned.clone();
        let claimed = unsigned.map(|claimed| {
            let claimed = own(claimed.into_unverified());
            Box::new(Unsigned::new(claimed))
        });
        return PaymentUpdate {
            unsigned: claimed,
            ..own(update)
        };
    }
    match update.unsigned {
        Some(claimed) => {
            let claimed = own(claimed.into_unverified());
            PaymentUpdate {
                unsigned: None,
                ..update
            }
            .with_unsigned(claimed)
        }
        None => update,
    }
}

/// To an endpoint for real events a test is a test, whatever it tells of.
fn within_mode(delivery: &Delivery, update: PaymentUpdate) -> PaymentUpdate {
    let is_test = update.mode == Mode::Test && update.status != PaymentStatus::Other;
    if !is_test || delivery.accepts_test_events() {
        return update;
    }
    PaymentUpdate {
        status: PaymentStatus::Test,
        ..update
    }
}

/// Where a signature covers nothing of the body, or only a checksum that others have too.
fn proves_nothing(delivery: &Delivery) -> bool {
    matches!(
        delivery.coverage(),
        Coverage::SenderOnly | Coverage::BodyChecksum
    )
}

/// Where nothing is proven, everything that is read from the body is a claim.
fn within_coverage(delivery: &Delivery, update: PaymentUpdate) -> PaymentUpdate {
    if !proves_nothing(delivery) || update.unsigned.is_some() {
        return update;
    }
    let status = match update.status {
        PaymentStatus::Other => PaymentStatus::Other,
        _ => PaymentStatus::Unconfirmed,
    };
    let confirmed = PaymentUpdate {
        status,
        ..PaymentUpdate::other(delivery)
    };
    let claimed = PaymentUpdate {
        unsigned: None,
        ..PaymentUpdate::claiming(delivery, update)
    };
    confirmed.with_unsigned(claimed)
}

/// The updates of a delivery: one, or as many as it holds events, as those of Adyen and GoCardless do.
///
/// ```
/// use webhook_core::payment::PaymentUpdates;
///
/// async fn handler(/* Verified( */ updates: PaymentUpdates /* ) */) {
///     for update in updates {
///         println!("{:?} is {}", update.reference, update.status);
///     }
/// }
/// ```
///
/// There is no way to ask for a single [`PaymentUpdate`]: a delivery that holds two could never be handled.
///
/// ```compile_fail
/// use webhook_core::payment::PaymentUpdate;
/// use webhook_core::{DecodeError, Delivery};
///
/// fn only(delivery: &Delivery) -> Result<PaymentUpdate, DecodeError> {
///     delivery.decode()
/// }
/// ```
#[derive(Clone, Debug)]
pub struct PaymentUpdates(pub Vec<PaymentUpdate>);

impl Deref for PaymentUpdates {
    type Target = [PaymentUpdate];

    fn deref(&self) -> &[PaymentUpdate] {
        &self.0
    }
}

impl IntoIterator for PaymentUpdates {
    type Item = PaymentUpdate;
    type IntoIter = vec::IntoIter<PaymentUpdate>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a PaymentUpdates {
    type Item = &'a PaymentUpdate;
    type IntoIter = slice::Iter<'a, PaymentUpdate>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl FromDelivery for PaymentUpdates {
    /// An amount that cannot be read is logged at WARN, and is no error here: it is in the update.
    ///
    /// # Errors
    /// If the body cannot be read, or what decides about the status, the reference or the ids is there and cannot be
    /// read: it is written twice with different values, or is of another type.
    fn from_delivery(delivery: &Delivery) -> Result<Self, DecodeError> {
        let updates = delivery.sender().read_payments(delivery)?;
        #[cfg(feature = "tracing")]
        for update in &updates {
            if let Err(error) = update.claimed_amount() {
                tracing::warn!(target: "webhook", ?delivery, code = error.as_str(), %error, "amount not read");
            }
        }
        let owner = delivery.owner();
        let means_nothing = |update: &PaymentUpdate| update.status == PaymentStatus::Other;
        if let Some(fault) = owner
            .fault
            .clone()
            .filter(|_| !updates.iter().all(means_nothing))
        {
            return Err(fault);
        }
        let updates = updates.into_iter();
        let within = updates.map(|update| {
            let update = within_coverage(delivery, owned(delivery, &owner, update));
            within_mode(delivery, update)
        });
        Ok(Self(within.collect()))
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::provider::github::{self, GitHub};
    use crate::provider::stripe::{self, Stripe};
    use crate::testing::{FixedClock, Sign, Signer, receive};
    use crate::{Endpoint, Outcome, Rejection};

    const NOW: UnixTime = UnixTime::from_secs(1_785_920_400);
    const SECRET: &str = "whsec_of_the_platform";

    fn endpoint() -> Endpoint {
        Endpoint::new(Stripe::new(SECRET).unwrap()).clock(FixedClock::at(NOW))
    }

    /// A payment of a customer of this account, real or not.
    fn paid(account: Value, livemode: Value) -> Value {
        json!({
            "id": "evt_1", "object": "event", "type": "payment_intent.succeeded",
            "account": account, "livemode": livemode,
            "data": {"object": {
                "id": "pi_1", "object": "payment_intent", "amount": 999, "amount_received": 999,
                "currency": "usd", "status": "succeeded", "metadata": {},
            }},
        })
    }

    fn received(endpoint: &Endpoint, signer: &Signer, body: &Value) -> Result<Delivery, Rejection> {
        let request = signer.sign(body.to_string().as_bytes(), NOW).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        match runtime.block_on(receive(endpoint, request))? {
            Outcome::Delivery(delivery) => Ok(delivery),
            Outcome::Reply(_) => panic!("not a handshake"),
        }
    }

    fn update(endpoint: &Endpoint, body: &Value) -> PaymentUpdate {
        let signer = Signer::new(stripe::SCHEME, SECRET).unwrap();
        let delivery = received(endpoint, &signer, body).unwrap();
        let PaymentUpdates(mut updates) = delivery.decode().unwrap();
        updates.remove(0)
    }

    #[test]
    fn a_test_event_is_not_paid_to_an_endpoint_for_real_ones() {
        let live = paid(json!("acct_1"), json!(true));
        let test = paid(json!("acct_1"), json!(false));
        let unsaid = paid(json!("acct_1"), Value::Null);
        for (endpoint, body, mode, status) in [
            (endpoint(), &live, Mode::Live, PaymentStatus::Paid),
            (endpoint(), &test, Mode::Test, PaymentStatus::Test),
            (endpoint(), &unsaid, Mode::Unknown, PaymentStatus::Paid),
            (
                endpoint().test_account(),
                &test,
                Mode::Test,
                PaymentStatus::Paid,
            ),
            (
                endpoint().test_account(),
                &live,
                Mode::Live,
                PaymentStatus::Paid,
            ),
            (
                endpoint().dangerously_accept_test_events(),
                &test,
                Mode::Test,
                PaymentStatus::Paid,
            ),
        ] {
            let update = update(&endpoint, body);
            assert_eq!((update.mode, update.status), (mode, status), "{body}");
            assert_eq!(update.account.as_deref(), Some("acct_1"));
            assert_eq!(update.amount.unwrap().unwrap().minor(), 999);
        }
    }

    #[test]
    fn what_means_nothing_for_a_payment_means_nothing_in_a_test_either() {
        let body = json!({"id": "evt_1", "type": "product.updated", "livemode": false});
        assert_eq!(update(&endpoint(), &body).status, PaymentStatus::Other);
    }

    #[test]
    fn events_of_accounts_that_are_not_listed_are_refused() {
        let listed = endpoint().accounts(["acct_1", "acct_2"]);
        let signer = Signer::new(stripe::SCHEME, SECRET).unwrap();
        for (account, answer) in [
            (json!("acct_1"), "ok"),
            (json!("acct_2"), "ok"),
            (json!("acct_3"), "wrong_audience"),
            (json!("ACCT_1"), "wrong_audience"),
            (json!(""), "wrong_audience"),
            (json!(["acct_1"]), "wrong_audience"),
            (Value::Null, "wrong_audience"),
        ] {
            let outcome = received(&listed, &signer, &paid(account.clone(), json!(true)));
            let code = outcome.map_or_else(|rejection| rejection.code(), |_| "ok");
            assert_eq!(code, answer, "{account}");
        }
        let any = update(&endpoint(), &paid(Value::Null, json!(true)));
        assert_eq!(any.account, None);
    }

    #[test]
    fn a_list_of_accounts_of_a_sender_that_signs_none_can_only_fail() {
        let github = GitHub::new("a secret for tests").unwrap();
        let signer = Signer::new(github::SCHEME, "a secret for tests").unwrap();
        let outcome = received(
            &Endpoint::new(github).accounts(["acme"]),
            &signer,
            &json!({}),
        );
        assert_eq!(outcome.unwrap_err().code(), "misconfigured");
    }
}
