//! What a report-only endpoint passes on although it would refuse it.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use crate::delivery::provider::Provider;
use crate::message::Unverified;
use crate::outcome::Rejection;
use crate::time::UnixTime;

/// A request that would be refused, and goes on to the handler because its endpoint
/// [only reports](crate::Endpoint::dangerously_report_only). Nothing that was sent is proven: anybody can have sent it.
///
/// It is never a [`Delivery`](crate::Delivery), and cannot become one.
///
/// ```
/// use webhook_core::UnverifiedDelivery;
///
/// fn as_before(delivery: &UnverifiedDelivery) {
///     eprintln!("would be refused: {}", delivery.rejection());
///     let body = delivery.body().into_unverified();
///     println!("{} bytes", body.len()); // what the application did until now
/// }
/// ```
///
/// `Debug` shows why it would be refused, not what is in it.
#[derive(Clone)]
pub struct UnverifiedDelivery {
    pub(crate) provider: Provider,
    pub(crate) endpoint: Option<Arc<str>>,
    pub(crate) variant: Option<Arc<str>>,
    pub(crate) received_at: UnixTime,
    pub(crate) body: Bytes,
    pub(crate) rejection: Rejection,
}

impl UnverifiedDelivery {
    /// Why it would be refused.
    #[must_use]
    pub const fn rejection(&self) -> &Rejection {
        &self.rejection
    }

    /// The sender that the endpoint is for. Whether it has sent this, nobody knows.
    #[must_use]
    pub const fn provider(&self) -> &'static str {
        self.provider.name()
    }

    /// The name of the endpoint that received it, if it has one.
    #[must_use]
    pub fn endpoint(&self) -> Option<&str> {
        self.endpoint.as_deref()
    }

    /// The name of the configured account it was sent to, where one address serves several.
    #[must_use]
    pub fn variant(&self) -> Option<&str> {
        self.variant.as_deref()
    }

    /// When the head of the request arrived, by the endpoint's clock.
    #[must_use]
    pub const fn received_at(&self) -> UnixTime {
        self.received_at
    }

    /// The body, byte for byte as it was sent.
    #[must_use]
    pub const fn body(&self) -> Unverified<&Bytes> {
        Unverified::new(&self.body)
    }
}

impl fmt::Debug for UnverifiedDelivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnverifiedDelivery")
            .field("provider", &self.provider())
            .field("endpoint", &self.endpoint())
            .field("variant", &self.variant())
            .field("received_at", &self.received_at)
            .field("rejection", &self.rejection)
            .field("body_len", &self.body.len())
            .finish_non_exhaustive()
    }
}
