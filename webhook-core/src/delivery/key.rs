//! What the event of a delivery is remembered by.

use crate::dedupe::DedupeKey;
use crate::delivery::delivery::Delivery;

impl DedupeKey {
    /// The key of a delivery.
    #[must_use]
    pub fn of(delivery: &Delivery) -> Self {
        let scope = [
            delivery.endpoint().unwrap_or_default(),
            delivery.variant().unwrap_or_default(),
            delivery.provider(),
        ];
        let signed_only = delivery.origin().counts_signed_only;
        let told = delivery.message().tell(signed_only);
        let parts = told.parts.iter().map(Option::as_deref);
        let label = told.label.as_deref();
        Self::new(&scope, told.by, parts, label).counting_as_signed(told.is_signed)
    }
}
