//! One item of a notification, and what of it is signed.

use serde::Deserialize;

use crate::DecodeError;
use crate::json::Text;
use crate::outcome::{Rejection, malformed, missing};
use crate::payment::{Meaning, PaymentUpdate};

pub(super) const NAME: &str = "adyen";

/// A notification. Refuses members that are written twice, wherever they matter.
#[derive(Deserialize)]
pub(super) struct Document {
    #[serde(rename = "notificationItems")]
    pub(super) items: Vec<Wrapper>,
}

#[derive(Deserialize)]
pub(super) struct Wrapper {
    #[serde(rename = "NotificationRequestItem")]
    item: Item,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Item {
    psp_reference: Text,
    original_reference: Option<Text>,
    merchant_account_code: Option<Text>,
    merchant_reference: Option<Text>,
    amount: Option<Amount>,
    pub(super) event_code: Text,
    success: Option<Success>,
    /// Not signed.
    event_date: Option<Text>,
    additional_data: Option<AdditionalData>,
}

#[derive(Deserialize)]
struct Amount {
    value: Option<i64>,
    currency: Option<Text>,
}

/// `"true"` by the documentation; `true` is signed as if it were written so.
#[derive(Deserialize)]
#[serde(untagged)]
enum Success {
    Flag(bool),
    Text(Text),
}

#[derive(Deserialize)]
struct AdditionalData {
    #[serde(rename = "hmacSignature")]
    signature: Option<Text>,
    /// Not signed.
    #[serde(rename = "modification.action")]
    action: Option<Text>,
}

impl Document {
    pub(super) fn items(&self) -> impl Iterator<Item = &Item> {
        self.items.iter().map(|wrapper| &wrapper.item)
    }
}

impl Item {
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
        let text = |text: &Option<Text>| text.as_deref().unwrap_or_default().to_owned();
        let amount = self.amount.as_ref();
        let value = amount.and_then(|amount| amount.value);
        let before = [
            self.psp_reference.to_string(),
            text(&self.original_reference),
            text(&self.merchant_account_code),
        ];
        let after = [
            value.map(|value| value.to_string()).unwrap_or_default(),
            amount
                .map(|amount| text(&amount.currency))
                .unwrap_or_default(),
            self.event_code.to_string(),
            self.success().to_owned(),
        ];
        if before.iter().chain(&after).any(|field| field.contains(':')) {
            return Err(malformed("a signed field holds a colon"));
        }
        if self.psp_reference.is_empty() || self.event_code.is_empty() {
            return Err(malformed("an item does not say what it is about"));
        }
        let reference = text(&self.merchant_reference);
        Ok(format!(
            "{}:{reference}:{}",
            before.join(":"),
            after.join(":")
        ))
    }

    /// Adyen has no id for events. This is what stays the same when one is sent again.
    pub(super) fn id(&self) -> String {
        format!(
            "{}:{}:{}",
            self.psp_reference,
            self.event_code,
            self.success()
        )
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
        match &self.success {
            None => "",
            Some(Success::Flag(true)) => "true",
            Some(Success::Flag(false)) => "false",
            Some(Success::Text(text)) => text,
        }
    }
}
