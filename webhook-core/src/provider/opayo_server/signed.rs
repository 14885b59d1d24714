//! What of a form is signed, and whether it can be read in one way only.

use md5::Md5;

use crate::crypto::{Tag, digest};
use crate::outcome::malformed;
use crate::verify::{Form, NO_MATCH};
use crate::{Rejection, Secret};

pub(super) const SIGNATURE: &str = "VPSSignature";

/// The signature, the kind, and what is signed in its order; the key comes behind `AVSCV2`. The last three came with
/// protocol 4.00.
pub(super) const FIELDS: [&str; 25] = [
    SIGNATURE,
    "TxType",
    "VPSTxId",
    "VendorTxCode",
    "Status",
    "TxAuthNo",
    "AVSCV2",
    "Token",
    "AddressResult",
    "PostCodeResult",
    "CV2Result",
    "GiftAid",
    "3DSecureStatus",
    "CAVV",
    "AddressStatus",
    "PayerStatus",
    "CardType",
    "Last4Digits",
    "DeclineCode",
    "ExpiryDate",
    "FraudResponse",
    "BankAuthCode",
    "ACSTransID",
    "DSTransID",
    "SchemeTraceID",
];

/// What is hashed, before and behind the key.
pub(super) struct Message {
    before: Vec<u8>,
    behind: Vec<u8>,
}

impl Message {
    pub(super) fn new(vendor: &str, form: &Form<'_>) -> Self {
        let [
            _,
            kind,
            id,
            code,
            status,
            auth_no,
            avs_cv2,
            token,
            behind @ ..,
        ] = FIELDS.map(|name| form.bytes(name));
        let is_token = kind == b"TOKEN";
        let is_registered = is_token && status == b"OK";
        let mut id = id.to_vec();
        if is_registered {
            id.retain(|byte| !matches!(byte, b'{' | b'}'));
        }
        let token = if is_token { token } else { b"" };
        let vendor = vendor.as_bytes();
        let before = [&id, code, status, auth_no, vendor, avs_cv2, token];
        Self {
            before: before.concat(),
            behind: if is_registered {
                Vec::new()
            } else {
                behind.concat()
            },
        }
    }

    pub(super) fn tag(&self, key: &[u8]) -> Tag {
        digest::<Md5>([&*self.before, key, &*self.behind])
    }

    /// The same work for a transaction that is not known.
    pub(super) fn require_signed(
        &self,
        key: Option<Secret>,
        given: &[u8],
    ) -> Result<(), Rejection> {
        const NOBODY: &str = "0000000000";
        let secret = key.as_ref().map_or(NOBODY, Secret::expose);
        let is_right = self.tag(secret.as_bytes()) == *given;
        match key {
            Some(_) if is_right => Ok(()),
            _ => Err(NO_MATCH),
        }
    }
}

/// The code of the transaction, if it has the form of one: it goes into a look-up before anything is proven.
pub(super) fn vendor_tx_code(form: &Form<'_>) -> Result<String, Rejection> {
    let code = form.text("VendorTxCode");
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._{}".contains(&byte);
    match code.len() {
        1..=40 if code.bytes().all(fits) => Ok(code.to_owned()),
        _ => Err(malformed("VendorTxCode is not the code of a transaction")),
    }
}

/// Whether the fields that are told as signed have the forms by which one can be told from the next. The code of the
/// transaction needs none: it belongs to its key.
pub(super) fn is_unambiguous(form: &Form<'_>) -> bool {
    let is_upper = |byte: &u8| byte.is_ascii_uppercase() || *byte == b' ';
    let status = form.bytes("Status");
    is_tx_id(form.bytes("VPSTxId"))
        && !status.is_empty()
        && status.iter().all(is_upper)
        && form.bytes("TxAuthNo").iter().all(u8::is_ascii_digit)
}

/// `{B89EA109-35C5-4E93-9A25-50EB296307E2}`. With its braces: without them it is how a token registration is signed.
fn is_tx_id(id: &[u8]) -> bool {
    let shape = b"{00000000-0000-0000-0000-000000000000}";
    id.len() == shape.len()
        && id.iter().zip(shape).all(|(byte, want)| match want {
            b'0' => byte.is_ascii_hexdigit(),
            literal => byte == literal,
        })
}
