//! A delivery read as payments.

use crate::delivery::delivery::Delivery;
use crate::delivery::event::FromDelivery;
use crate::json::Text;
use crate::message::{Message, Mode, Owner, Unverified};
use crate::outcome::DecodeError;
use crate::payment::{PaymentStatus, PaymentUpdate, PaymentUpdates};

impl FromDelivery for PaymentUpdates {
    /// An amount that cannot be read is logged at WARN, and is no error here: it is in the update.
    ///
    /// # Errors
    /// If the body cannot be read, or what decides about the status, the reference or the ids is there and cannot be
    /// read: it is written twice with different values, or is of another type.
    fn from_delivery(delivery: &Delivery) -> Result<Self, DecodeError> {
        let message = delivery.message();
        let updates = delivery.sender().read_payments(message)?;
        #[cfg(feature = "tracing")]
        for update in &updates {
            if let Err(error) = update.claimed_amount() {
                tracing::warn!(target: "webhook", ?delivery, code = error.as_str(), %error, "amount not read");
            }
        }
        let owner = message.owner();
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
            let update = within_coverage(message, owned(message, &owner, update));
            within_mode(message, at(delivery, update))
        });
        Ok(Self(within.collect()))
    }
}

/// Says who sent it, and to which variant.
fn at(delivery: &Delivery, update: PaymentUpdate) -> PaymentUpdate {
    let at = |update| PaymentUpdate {
        provider: delivery.provider(),
        variant: delivery.variant().map(Text::from),
        ..update
    };
    let unverified = update.unverified.clone();
    PaymentUpdate {
        unverified: unverified.map(|claimed| Box::new(claimed.map(at))),
        ..at(update)
    }
}

/// Says whose it is, and whether it is a test, as far as the reading of the provider has not.
fn owned(message: &Message, owner: &Owner, update: PaymentUpdate) -> PaymentUpdate {
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
    if owner.signed || message.proves_nothing() {
        let unverified = update.unverified.clone();
        let claimed = unverified.map(|claimed| {
            let claimed = own(claimed.into_unverified());
            Box::new(Unverified::new(claimed))
        });
        return PaymentUpdate {
            unverified: claimed,
            ..own(update)
        };
    }
    match update.unverified {
        Some(claimed) => {
            let claimed = own(claimed.into_unverified());
            PaymentUpdate {
                unverified: None,
                ..update
            }
            .with_unverified(claimed)
        }
        None => update,
    }
}

/// To an endpoint for real events a test is a test, whatever it tells of.
fn within_mode(message: &Message, update: PaymentUpdate) -> PaymentUpdate {
    let is_test = update.mode == Mode::Test && update.status != PaymentStatus::Other;
    if !is_test || message.accepts_test_events() {
        return update;
    }
    PaymentUpdate {
        status: PaymentStatus::Test,
        ..update
    }
}

/// Where nothing is proven, everything that is read from the body is a claim.
fn within_coverage(message: &Message, update: PaymentUpdate) -> PaymentUpdate {
    if !message.proves_nothing() || update.unverified.is_some() {
        return update;
    }
    let status = match update.status {
        PaymentStatus::Other => PaymentStatus::Other,
        _ => PaymentStatus::Unconfirmed,
    };
    let confirmed = PaymentUpdate {
        status,
        ..PaymentUpdate::other(message)
    };
    let claimed = PaymentUpdate {
        unverified: None,
        ..PaymentUpdate::claiming(message, update)
    };
    confirmed.with_unverified(claimed)
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::provider::github::{self, GitHub};
    use crate::provider::stripe::{self, Stripe};
    use crate::testing::{FixedClock, Sign, Signer, receive};
    use crate::time::UnixTime;
    use crate::{Endpoint, Rejection};

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
        runtime
            .block_on(receive(endpoint, request))
            .map_err(|answer| answer.into_rejection().unwrap())
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
            assert_eq!(update.amount.unwrap().unwrap().money().minor(), 999);
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
