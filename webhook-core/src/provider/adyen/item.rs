//! One item of a notification, and what of it is signed.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

use crate::DecodeError;
use crate::json::{Slice, decode_mended};
use crate::outcome::{Rejection, malformed, missing};
use crate::payment::{Meaning, PaymentUpdate};

pub(super) const NAME: &str = "adyen";

/// A notification. Refuses members that are written twice, wherever they matter.
#[derive(Deserialize)]
pub(super) struct Document<'a> {
    #[serde(borrow, rename = "notificationItems")]
    pub(super) items: Vec<Wrapper<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Wrapper<'a> {
    #[serde(borrow, rename = "NotificationRequestItem")]
    item: Item<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Item<'a> {
    #[serde(borrow)]
    psp_reference: Slice<'a>,
    #[serde(borrow)]
    original_reference: Option<Slice<'a>>,
    #[serde(borrow)]
    merchant_account_code: Option<Slice<'a>>,
    #[serde(borrow)]
    merchant_reference: Option<Slice<'a>>,
    #[serde(borrow)]
    amount: Option<Amount<'a>>,
    #[serde(borrow)]
    pub(super) event_code: Slice<'a>,
    success: Option<Success>,
    /// Not signed.
    #[serde(borrow)]
    event_date: Option<Slice<'a>>,
    #[serde(borrow)]
    additional_data: Option<AdditionalData<'a>>,
}

#[derive(Deserialize)]
struct Amount<'a> {
    value: Option<i64>,
    #[serde(borrow)]
    currency: Option<Slice<'a>>,
}

/// `"true"` by the documentation; `true` is signed as if it were written so.
struct Success(String);

impl<'de> Deserialize<'de> for Success {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FlagOrText;

        impl Visitor<'_> for FlagOrText {
            type Value = Success;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, true or false")
            }

            fn visit_bool<E: Error>(self, flag: bool) -> Result<Success, E> {
                Ok(Success(flag.to_string()))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Success, E> {
                Ok(Success(text.to_owned()))
            }
        }

        deserializer.deserialize_any(FlagOrText)
    }
}

#[derive(Deserialize)]
struct AdditionalData<'a> {
    #[serde(borrow, rename = "hmacSignature")]
    signature: Option<Slice<'a>>,
    /// Not signed.
    #[serde(borrow, rename = "modification.action")]
    action: Option<Slice<'a>>,
}

impl<'a> Document<'a> {
    /// Reads a body, which is mended in this space if it must be.
    pub(super) fn read(body: &'a [u8], space: &'a mut Vec<u8>) -> Result<Self, DecodeError> {
        decode_mended(body, space)
    }

    pub(super) fn items(&self) -> impl Iterator<Item = &Item<'a>> {
        self.items.iter().map(|wrapper| &wrapper.item)
    }
}

impl Item<'_> {
    /// The signature as it is written.
    pub(super) fn signature(&self) -> Result<&str, Rejection> {
        let data = self.additional_data.as_ref();
        let signature = data.and_then(|data| data.signature.as_deref());
        signature
            .filter(|signature| !signature.is_empty())
            .ok_or(missing("an item has no signature"))
    }

    /// What is signed: eight fields with `:` between them, an absent one as an empty text. Only the reference, which
    /// is the merchant's own text, may hold a `:`; so there is only one way to split the content again.
    pub(super) fn content(&self) -> Result<String, Rejection> {
        let amount = self.amount.as_ref();
        let value = amount.and_then(|amount| amount.value);
        let value = value.map(|value| value.to_string()).unwrap_or_default();
        let currency = amount.and_then(|amount| amount.currency.as_deref());
        let reference = text(&self.merchant_reference);
        let before = [
            &self.psp_reference,
            text(&self.original_reference),
            text(&self.merchant_account_code),
        ];
        let after = [
            &value,
            currency.unwrap_or_default(),
            &self.event_code,
            self.success(),
        ];
        if before.iter().chain(&after).any(|field| field.contains(':')) {
            return Err(malformed("a signed field holds a colon"));
        }
        if self.psp_reference.is_empty() || self.event_code.is_empty() {
            return Err(malformed("an item does not say what it is about"));
        }
        let [psp, original, account] = before;
        let [value, currency, code, success] = after;
        Ok([
            psp, original, account, reference, value, currency, code, success,
        ]
        .join(":"))
    }

    /// Adyen has no id for events. This is what stays the same when one is sent again.
    pub(super) fn id(&self) -> String {
        [&self.psp_reference, &self.event_code, self.success()].join(":")
    }

    /// What the rules say of it, as it was verified.
    pub(super) fn update(
        &self,
        rules: &Meaning,
        base: PaymentUpdate,
    ) -> Result<PaymentUpdate, DecodeError> {
        let amount = self.amount.as_ref();
        let number = amount.and_then(|amount| amount.value);
        let number = number.map_or(String::new(), |number| number.to_string());
        let currency = amount.and_then(|amount| amount.currency.as_deref());
        let value = |place: &str| {
            let text = match place {
                "success" => Some(self.success()),
                "amount/value" => Some(number.as_str()),
                "amount/currency" => currency,
                "merchantReference" => self.merchant_reference.as_deref(),
                "originalReference" => self.original_reference.as_deref(),
                "pspReference" => Some(&*self.psp_reference),
                "eventDate" => self.event_date.as_deref(),
                "additionalData/modification.action" => self.action(),
                _ => None,
            };
            text.unwrap_or_default()
        };
        rules.update_of(&self.event_code, value, base)
    }

    /// The merchant account, which is signed.
    pub(super) fn account(&self) -> Option<&str> {
        self.merchant_account_code.as_deref()
    }

    /// What a `CANCEL_OR_REFUND` has done. Not signed.
    fn action(&self) -> Option<&str> {
        self.additional_data.as_ref()?.action.as_deref()
    }

    fn success(&self) -> &str {
        self.success.as_ref().map_or("", |Success(text)| text)
    }
}

fn text<'a>(text: &'a Option<Slice<'_>>) -> &'a str {
    text.as_deref().unwrap_or_default()
}
