//! What a notification claims about a payment. The tables are in the documentation of the module above.

use crate::message::Message;
use crate::payment::PaymentStatus::{Other, Unconfirmed};
use crate::payment::read::require;
use crate::payment::{Meaning, PaymentUpdate, Places, Rule};
use crate::{DecodeError, Text, TimeUnit};

pub(super) fn updates(message: &Message) -> Result<Vec<PaymentUpdate>, DecodeError> {
    require(message.body(), ["/id", "/date_created", "/action", "/type"])?;
    let kind = message.any_kind().unwrap_or_default();
    let claimed = MEANING.update(kind, message.body(), PaymentUpdate::claimed(message))?;
    let update = PaymentUpdate {
        status: Unconfirmed,
        transaction_id: message.subject().map(Text::from),
        ..PaymentUpdate::other(message)
    };
    Ok(vec![update.with_unverified(claimed)])
}

/// What Mercado Pago's kinds mean for a payment. None of it is signed.
pub const MEANING: Meaning = Meaning::new(
    PLACES,
    &[
        Rule::new(
            &[
                "payment*",
                "order*",
                "subscription_preapproval",
                "subscription_authorized_payment",
                "topic_claims_integration_wh",
                "topic_chargebacks_wh",
                "topic_merchant_order_wh",
            ],
            Unconfirmed,
        ),
        Rule::new(&["*"], Other),
    ],
);

const PLACES: Places = Places::NONE
    .transaction(&["/data/id"])
    .time(TimeUnit::Rfc3339, &["/date_created"]);
