//! What a delivery says about a payment.

use std::cmp::Ordering;
use std::ops::Deref;
use std::{slice, vec};

use crate::json::{EventKind, Text};
use crate::message::{Coverage, Message, Mode, Unverified};
use crate::payment::amount::Amount;
use crate::payment::money::{Money, MoneyError};
use crate::payment::status::PaymentStatus;
use crate::time::UnixTime;

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
    /// The amount that it happened to: of a refund what went back, of a dispute what is asked back; and whether it is that of this
    /// step or the total so far. An error where the sender wrote an amount that is no exact amount of a known currency.
    pub amount: Result<Option<Amount>, MoneyError>,
    /// The sum so far of the same, where the sender tells it beside the amount of a step.
    pub total: Option<Money>,
    /// The merchant's own reference, as it was given to the provider.
    pub reference: Option<Text>,
    /// The provider's id of the payment: of a refund or a dispute, the payment that it belongs to.
    pub transaction_id: Option<Text>,
    /// The provider's id of this step: of the capture, the refund, the dispute. A step that is told twice, by one kind or by two,
    /// has one id.
    pub step_id: Option<Text>,
    /// Another kind that tells of the same money, where the sender has one. Who handles both must not count both.
    pub twin: Option<&'static str>,
    /// Where this kind tells the amount and the payment's id, as JSON pointers, and nothing stood this time.
    pub missing: Vec<&'static str>,
    /// When it happened, by the provider's clock: see [`compare_time`](Self::compare_time).
    pub time: Option<UnixTime>,
    /// The same update with everything that the request claims beyond its signature.
    pub unverified: Option<Box<Unverified<PaymentUpdate>>>,
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
    ///         PaymentStatus::Unconfirmed => update.dangerously_trust_unverified().status,
    ///         status => status,
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn dangerously_trust_unverified(self) -> Self {
        match self.unverified {
            Some(claimed) => claimed.into_unverified(),
            None => self,
        }
    }

    /// Whether what this update tells happened before or after what the other one tells, for two updates of one payment: deliveries
    /// arrive in any order. `None` where one of them tells no [`time`](Self::time). Two with the same time may have happened in either
    /// order, for most providers tell whole seconds.
    ///
    /// No provider signs a number that counts the events of a payment. What each tells:
    ///
    #[doc = include_str!("times.md")]
    ///
    /// ```
    /// use std::cmp::Ordering;
    /// use webhook_core::payment::PaymentUpdate;
    ///
    /// fn replaces(new: &PaymentUpdate, kept: &PaymentUpdate) -> bool {
    ///     new.compare_time(kept) != Some(Ordering::Less)
    /// }
    /// ```
    #[must_use]
    pub fn compare_time(&self, other: &Self) -> Option<Ordering> {
        Some(self.time?.cmp(&other.time?))
    }

    /// Nothing yet, with the id and the kind: those that are signed; where nothing is proven, those that the request claims, for all of it
    /// becomes a claim.
    pub(crate) fn of(message: &Message) -> Self {
        match message.proves_nothing() {
            true => Self::claimed(message),
            false => Self::other(message),
        }
    }

    /// Nothing that means something for a payment.
    pub(crate) fn other(message: &Message) -> Self {
        Self {
            event_id: message.id_text(),
            kind: message.kind_text().map(EventKind::from),
            ..Self::bare(message)
        }
    }

    /// The same with the id and the kind that the request claims.
    pub(crate) fn claimed(message: &Message) -> Self {
        Self {
            event_id: message.any_id().map(Text::from),
            kind: message.any_kind().map(EventKind::from),
            ..Self::bare(message)
        }
    }

    /// An update with the id and the kind that the request claims, where it has none yet.
    pub(crate) fn claiming(message: &Message, update: Self) -> Self {
        let Self { event_id, kind, .. } = Self::claimed(message);
        Self {
            event_id: update.event_id.or(event_id),
            kind: update.kind.or(kind),
            ..update
        }
    }

    /// Who sends, and to which variant, is said when the updates of a delivery are read.
    fn bare(message: &Message) -> Self {
        Self {
            account: None,
            mode: Mode::Unknown,
            provider: "",
            variant: None,
            event_id: None,
            kind: None,
            coverage: message.coverage(),
            status: PaymentStatus::Other,
            amount: Ok(None),
            total: None,
            reference: None,
            transaction_id: None,
            step_id: None,
            twin: None,
            missing: Vec::new(),
            time: None,
            unverified: None,
        }
    }

    /// The amount, signed or not.
    #[cfg(feature = "tracing")]
    pub(crate) fn claimed_amount(&self) -> Result<Option<Amount>, MoneyError> {
        let claimed = self.unverified.as_deref().map(Unverified::unverified);
        self.amount
            .and(claimed.map_or(Ok(None), |claimed| claimed.amount))
    }

    /// The same update with what the request claims beyond its signature.
    pub(crate) fn with_unverified(self, claimed: Self) -> Self {
        Self {
            unverified: Some(Box::new(Unverified::new(claimed))),
            ..self
        }
    }
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
