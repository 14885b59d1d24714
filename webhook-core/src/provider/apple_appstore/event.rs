//! What a notification says, with the tokens in it.

use std::fmt;

use bytes::Bytes;
use serde::Deserialize;

use crate::crypto::jws;
use crate::crypto::jws::{Jws, JwsAlgorithm};
use crate::delivery::require_events_of;
use crate::json::{Document, Slice, decode, document, without_mark};
use crate::message::Message;
use crate::outcome::{Rejection, malformed, missing};
use crate::payment::{Currency, Money, MoneyError};
use crate::{DecodeError, Delivery, EventKind, FromDelivery, RawJson, Text, UnixTime};

pub(super) const NAME: &str = "apple-appstore";

/// A notification, with the transaction and the renewal in it. All of it was verified before the delivery was accepted.
///
/// ```
/// use webhook_core::provider::apple_appstore::Notification;
///
/// fn handle(notification: &Notification) {
///     let Some(transaction) = &notification.transaction else { return };
///     match notification.notification_type.as_str() {
///         "ONE_TIME_CHARGE" => println!("{:?} was bought", transaction.product_id),
///         "DID_RENEW" => println!("runs until {:?}", transaction.expires_date),
///         _ => {}
///     }
/// }
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Notification {
    /// The notification's id. Retries carry the same one.
    pub notification_uuid: Option<Text>,
    /// What happened, such as `SUBSCRIBED`.
    pub notification_type: EventKind,
    /// What exactly, such as `INITIAL_BUY`.
    pub subtype: Option<Text>,
    /// When Apple signed it.
    pub signed_date: Option<UnixTime>,
    /// The transaction that it is about (`JWSTransactionDecodedPayload`).
    pub transaction: Option<Transaction>,
    /// How the subscription will be renewed (`JWSRenewalInfoDecodedPayload`).
    pub renewal: Option<RawJson>,
    /// The download of the app that it is about (`JWSAppTransactionDecodedPayload`).
    pub app_transaction: Option<RawJson>,
    /// All of it (`responseBodyV2DecodedPayload`).
    pub payload: RawJson,
}

/// A purchase or one period of a subscription.
///
/// ```
/// use webhook_core::payment::MoneyError;
/// use webhook_core::provider::apple_appstore::Transaction;
///
/// fn print(transaction: &Transaction) -> Result<(), MoneyError> {
///     println!("{:?} for {:?}", transaction.product_id, transaction.amount()?);
///     Ok(())
/// }
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Transaction {
    /// The transaction's id. Each renewal has its own.
    pub transaction_id: Option<Text>,
    /// The id of the first transaction: the same for all renewals of a subscription.
    pub original_transaction_id: Option<Text>,
    /// The product.
    pub product_id: Option<Text>,
    /// The UUID that the app gave the purchase, to find the customer by.
    pub app_account_token: Option<Text>,
    /// How many were bought.
    pub quantity: Option<u32>,
    /// The price in thousandths of the currency.
    pub price: Option<i64>,
    /// The currency of the price.
    pub currency: Option<Text>,
    /// When it was bought or renewed.
    pub purchase_date: Option<UnixTime>,
    /// Until when the subscription runs.
    pub expires_date: Option<UnixTime>,
    /// When it was refunded or revoked.
    pub revocation_date: Option<UnixTime>,
    /// How it was, such as `REFUND_FULL` or `REFUND_PRORATED`. Newer than the rest, and often absent.
    pub revocation_type: Option<Text>,
    /// How much of it was, in thousandths of a percent: `100000` is all.
    pub revocation_percentage: Option<i64>,
    /// All of it.
    pub payload: RawJson,
}

impl Transaction {
    /// The price as an amount of money; `None` where it has none.
    ///
    /// # Errors
    /// If it is not a whole number of the currency's minor units, or the currency is absent or none of ISO 4217.
    pub fn amount(&self) -> Result<Option<Money>, MoneyError> {
        let money = |price| self.money(price, THOUSANDTHS);
        self.price.map(money).transpose()
    }

    /// The part of the price that was refunded or revoked; `None` where it is not told.
    ///
    /// # Errors
    /// As [`amount`](Self::amount): Apple does not say how it rounds.
    pub fn revoked_amount(&self) -> Result<Option<Money>, MoneyError> {
        let (Some(price), Some(percentage)) = (self.price, self.revocation_percentage) else {
            return Ok(None);
        };
        let part = price.checked_mul(percentage).ok_or(MoneyError::TooLarge)?;
        self.money(part, THOUSANDTHS + THOUSANDTHS_OF_A_PERCENT)
            .map(Some)
    }

    /// So many of what has so many digits.
    fn money(&self, number: i64, digits: u32) -> Result<Money, MoneyError> {
        let code = self.currency.as_deref().ok_or(MoneyError::NoCurrency)?;
        let currency = Currency::new(code).ok_or(MoneyError::UnknownCurrency)?;
        Money::parse_minor(&number.to_string(), digits, currency)
    }
}

const THOUSANDTHS: u32 = 3;
const THOUSANDTHS_OF_A_PERCENT: u32 = 5;

impl FromDelivery for Notification {
    fn from_delivery(delivery: &Delivery) -> Result<Self, DecodeError> {
        require_events_of(NAME, delivery)?;
        Self::of(delivery.message())
    }
}

impl Notification {
    pub(super) fn of(message: &Message) -> Result<Self, DecodeError> {
        let token =
            token(message.body()).map_err(|_| DecodeError::new("signedPayload", "missing"))?;
        document(&payload(&token, "signedPayload")?, Self::read)
    }

    fn read(payload: &Document) -> Result<Self, DecodeError> {
        let fields: Fields<'_> = decode(payload)?;
        let nested = |at: fn(&Tokens) -> &Option<String>, place: &str| {
            let places = [
                &fields.data,
                &fields.summary,
                &fields.external_purchase_token,
                &fields.app_data,
            ];
            let token = places
                .into_iter()
                .flatten()
                .find_map(|tokens| at(tokens).as_deref());
            token.map(|token| self::payload(token, place)).transpose()
        };
        let transaction = nested(
            |it| &it.signed_transaction_info,
            "data.signedTransactionInfo",
        )?;
        let renewal = nested(|it| &it.signed_renewal_info, "data.signedRenewalInfo")?;
        let app = nested(
            |it| &it.signed_app_transaction_info,
            "appData.signedAppTransactionInfo",
        )?;
        Ok(Self {
            notification_uuid: fields.notification_uuid.map(|id| id.into_text(payload)),
            notification_type: fields.notification_type.into_text(payload).into(),
            subtype: fields.subtype.map(|it| it.into_text(payload)),
            signed_date: fields.signed_date.map(UnixTime::from_millis),
            transaction: transaction
                .map(|payload| document(&payload, Transaction::read))
                .transpose()?,
            renewal: renewal.map(|it| Document::new(&it).whole()).transpose()?,
            app_transaction: app.map(|it| Document::new(&it).whole()).transpose()?,
            payload: payload.whole()?,
        })
    }
}

/// The token in a body.
pub(super) fn token(body: &[u8]) -> Result<String, Rejection> {
    #[derive(Deserialize)]
    struct Body {
        #[serde(rename = "signedPayload")]
        signed_payload: Option<String>,
    }
    let body: Option<Body> = jws::object(without_mark(body));
    let body = body.ok_or(malformed("the body cannot be read"))?;
    body.signed_payload
        .ok_or(missing("the body holds no signed payload"))
}

/// The payload of a token that was verified when the delivery was.
fn payload(token: &str, place: &str) -> Result<Bytes, DecodeError> {
    match Jws::parse(token, JwsAlgorithm::Es256) {
        Ok(token) => Ok(token.into_unverified()),
        Err(_) => Err(DecodeError::new(place, "not a signed token")),
    }
}

impl Transaction {
    fn read(payload: &Document) -> Result<Self, DecodeError> {
        let fields: TransactionFields<'_> =
            decode(payload).map_err(|error| error.inside("data.signedTransactionInfo"))?;
        let text = |slice: Option<Slice<'_>>| slice.map(|slice| slice.into_text(payload));
        let time = |millis: Option<i64>| millis.map(UnixTime::from_millis);
        Ok(Self {
            transaction_id: text(fields.transaction_id),
            original_transaction_id: text(fields.original_transaction_id),
            product_id: text(fields.product_id),
            app_account_token: text(fields.app_account_token),
            quantity: fields.quantity,
            price: fields.price,
            currency: text(fields.currency),
            purchase_date: time(fields.purchase_date),
            expires_date: time(fields.expires_date),
            revocation_date: time(fields.revocation_date),
            revocation_type: text(fields.revocation_type),
            revocation_percentage: fields.revocation_percentage,
            payload: payload.whole()?,
        })
    }
}

impl fmt::Debug for Notification {
    /// Says which notification it is, not what is in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notification")
            .field("notification_uuid", &self.notification_uuid)
            .field("notification_type", &self.notification_type)
            .field("subtype", &self.subtype)
            .field("signed_date", &self.signed_date)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Transaction {
    /// Says which transaction it is, not what is in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction")
            .field("transaction_id", &self.transaction_id)
            .field("product_id", &self.product_id)
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fields<'a> {
    #[serde(borrow, rename = "notificationUUID")]
    notification_uuid: Option<Slice<'a>>,
    #[serde(borrow)]
    notification_type: Slice<'a>,
    #[serde(borrow)]
    subtype: Option<Slice<'a>>,
    signed_date: Option<i64>,
    data: Option<Tokens>,
    summary: Option<Tokens>,
    external_purchase_token: Option<Tokens>,
    app_data: Option<Tokens>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Tokens {
    signed_transaction_info: Option<String>,
    signed_renewal_info: Option<String>,
    signed_app_transaction_info: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TransactionFields<'a> {
    #[serde(borrow)]
    transaction_id: Option<Slice<'a>>,
    #[serde(borrow)]
    original_transaction_id: Option<Slice<'a>>,
    #[serde(borrow)]
    product_id: Option<Slice<'a>>,
    #[serde(borrow)]
    app_account_token: Option<Slice<'a>>,
    quantity: Option<u32>,
    price: Option<i64>,
    #[serde(borrow)]
    currency: Option<Slice<'a>>,
    purchase_date: Option<i64>,
    expires_date: Option<i64>,
    revocation_date: Option<i64>,
    #[serde(borrow)]
    revocation_type: Option<Slice<'a>>,
    revocation_percentage: Option<i64>,
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::{Value, json};

    use super::super::signer::{Signer, TEST_ROOT};
    use super::super::verify::{AppleAppStore, Environment};
    use super::*;
    use crate::Endpoint;
    use crate::testing::Sign;
    use crate::testing::support::{NOW, judge, vectors};

    fn delivery(payload: &Value) -> Delivery {
        let apple = AppleAppStore::new("app", Environment::Sandbox, [TEST_ROOT]).unwrap();
        let endpoint = Endpoint::new(apple).clock(|| NOW);
        let request = Signer::new().sign(payload.to_string().as_bytes(), NOW);
        judge(&endpoint, request.unwrap()).unwrap()
    }

    fn with_transaction(mut transaction: Value) -> Value {
        transaction["bundleId"] = json!("app");
        transaction["environment"] = json!("Sandbox");
        let data = json!({"bundleId": "app", "environment": "Sandbox", "signedTransactionInfo": transaction});
        json!({"notificationType": "DID_RENEW", "subtype": "BILLING_RECOVERY", "notificationUUID": "id", "data": data})
    }

    #[test]
    fn reads_the_tokens_inside() {
        let mut payload = with_transaction(json!({
            "transactionId": "200", "originalTransactionId": "100", "productId": "pro.monthly",
            "appAccountToken": "7e4b31cf-f3c9-4308-a290-d8387f4054b1", "quantity": 1, "price": 9990,
            "currency": "EUR", "purchaseDate": 1_785_920_000_000_i64, "expiresDate": 1_788_598_400_000_i64,
        }));
        payload["data"]["signedRenewalInfo"] =
            json!({"environment": "Sandbox", "autoRenewStatus": 1});
        let notification: Notification = delivery(&payload).decode().unwrap();
        assert_eq!(notification.notification_uuid.unwrap(), "id");
        assert_eq!(notification.notification_type, "DID_RENEW");
        assert_eq!(notification.subtype.unwrap(), "BILLING_RECOVERY");
        assert_eq!(notification.signed_date, Some(NOW));
        let transaction = notification.transaction.unwrap();
        assert_eq!(transaction.transaction_id.as_deref(), Some("200"));
        assert_eq!(transaction.original_transaction_id.as_deref(), Some("100"));
        assert_eq!(transaction.product_id.as_deref(), Some("pro.monthly"));
        assert_eq!(
            transaction.expires_date,
            Some(UnixTime::from_secs(1_788_598_400))
        );
        assert_eq!(
            transaction.amount().unwrap().unwrap().to_string(),
            "9.99 EUR"
        );
        let renewal: Value = notification.renewal.unwrap().decode().unwrap();
        assert_eq!(renewal["autoRenewStatus"], 1);
        assert!(notification.app_transaction.is_none());
    }

    #[test]
    fn reads_the_vectors() {
        for (case, delivery) in vectors(NAME) {
            let notification: Notification = delivery.decode().unwrap();
            assert_eq!(notification.notification_type, "SUBSCRIBED", "{case}");
            assert!(notification.transaction.is_none());
            let payload: Value = notification.payload.decode().unwrap();
            assert_eq!(payload["version"], "2.0");
        }
    }

    #[test]
    fn prices_are_thousandths_of_any_currency() {
        for (price, currency, amount) in [
            (1990, "USD", "1.99 USD"),
            (500_000, "JPY", "500 JPY"),
            (1_234, "KWD", "1.234 KWD"),
            (0, "EUR", "0.00 EUR"),
            (1990, "XXX", "unknown_currency"),
        ] {
            let payload = with_transaction(json!({"price": price, "currency": currency}));
            let notification: Notification = delivery(&payload).decode().unwrap();
            let got = match notification.transaction.unwrap().amount() {
                Ok(got) => got.unwrap().to_string(),
                Err(error) => error.as_str().to_owned(),
            };
            assert_eq!(got, amount, "{price} {currency}");
        }
    }

    #[test]
    fn a_price_that_is_no_amount_is_an_error_of_its_own() {
        let payload = with_transaction(json!({"price": 1995, "currency": "USD"}));
        let notification: Notification = delivery(&payload).decode().unwrap();
        let error = notification.transaction.unwrap().amount().unwrap_err();
        assert_eq!(error, MoneyError::TooManyDigits);
    }

    #[test]
    fn errors_name_the_place_inside_the_token() {
        let payload = with_transaction(json!({"price": "canary"}));
        let error = delivery(&payload).decode::<Notification>().unwrap_err();
        assert_eq!(error.path(), "data.signedTransactionInfo.price");
        assert!(!error.to_string().contains("canary"));
    }

    #[test]
    fn debug_shows_no_payload() {
        let payload = with_transaction(json!({"appAccountToken": "canary"}));
        let notification: Notification = delivery(&payload).decode().unwrap();
        let shown = format!("{notification:?} {:?}", notification.transaction);
        for name in ["Notification {", "DID_RENEW", "Transaction {"] {
            assert!(shown.contains(name), "{shown}");
        }
        assert!(!shown.contains("canary"), "{shown}");
    }
}
