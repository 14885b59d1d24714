//! The format as it is written.

use serde::{Deserialize, Serialize};

/// The members of every version. Which of them must be there, the version says.
#[derive(Serialize, Deserialize)]
pub(super) struct Wire {
    pub(super) v: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) provider: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) endpoint: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) variant: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) account: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) method: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) target: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) headers: Vec<Header>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) body: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) body_base64: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) received_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<Box<str>>,
    #[serde(default)]
    pub(super) id_signed: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) kind: Option<Box<str>>,
    #[serde(default)]
    pub(super) kind_signed: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) coverage: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) dedupe_key: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sent_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) seal: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) digest: Option<Box<str>>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Header {
    pub(super) name: Box<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) value: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) value_base64: Option<String>,
}
