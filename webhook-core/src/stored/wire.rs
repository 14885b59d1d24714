//! The format as it is written.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// The members of every version. Which of them must be there, the version says. What is written is borrowed.
#[derive(Serialize, Deserialize)]
pub(super) struct Wire<'w> {
    pub(super) v: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) provider: Option<Cow<'w, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) endpoint: Option<Cow<'w, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) variant: Option<Cow<'w, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) account: Option<Cow<'w, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) method: Option<Cow<'w, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) target: Option<Cow<'w, str>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) headers: Vec<Header<'w>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) body: Option<Cow<'w, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) body_base64: Option<Cow<'w, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) received_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<Cow<'w, str>>,
    #[serde(default)]
    pub(super) id_signed: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) kind: Option<Cow<'w, str>>,
    #[serde(default)]
    pub(super) kind_signed: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) coverage: Option<Cow<'w, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<Cow<'w, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) dedupe_key: Option<Cow<'w, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sent_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) seal: Option<Cow<'w, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) digest: Option<Cow<'w, str>>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Header<'w> {
    pub(super) name: Cow<'w, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) value: Option<Cow<'w, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) value_base64: Option<Cow<'w, str>>,
}
