//! Says yes or no to what Opayo Server sends.

use std::collections::HashMap;
use std::fmt;
use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;

use super::payment::{MEANING, updates};
use super::signed::{FIELDS, Message, SIGNATURE, is_unambiguous, vendor_tx_code};
use crate::outcome::{malformed, missing};
use crate::verify::{Form, ProofFuture, buffered, decode_hex, require_post};
use crate::{
    Answer, BodyCheck, ConfigError, Coverage, KeyPrint, Proof, Rejection, Reply, RequestHead,
    Secret, Settings, UnixTime, Verdict, Verifier,
};

pub(super) const NAME: &str = "opayo-server";

pub(super) const SENDER: crate::Provider = crate::Provider::new(NAME)
    .meaning(&MEANING)
    .payments(updates);

/// Verifies what Opayo Server sends to one vendor.
///
/// ```
/// use webhook_core::provider::opayo_server::OpayoServer;
/// use webhook_core::{Endpoint, Rejection, RejectionKind, Secret};
///
/// /// Stored when the transaction was registered.
/// async fn security_key(vendor_tx_code: &str) -> Result<Option<String>, std::io::Error> {
///     Ok((vendor_tx_code == "ord-558557").then(|| "SSCWEVEV6S".to_owned())) // asks a database
/// }
///
/// let opayo = OpayoServer::new("LabVendor", |vendor_tx_code| async move {
///     const DOWN: Rejection = Rejection::new(RejectionKind::KeysUnavailable, "the database does not answer");
///     let key = security_key(&vendor_tx_code).await.map_err(|_| DOWN)?;
///     Ok(key.and_then(|key| Secret::new(key).ok()))
/// })?;
/// let endpoint = Endpoint::new(opayo.redirect_url("https://shop.example/thanks")?);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct OpayoServer {
    vendor: Arc<str>,
    keys: Arc<dyn FindKey>,
    acknowledgement: Option<Reply>,
    prints: Arc<[KeyPrint]>,
}

impl OpayoServer {
    /// Accepts what is signed with the key that `find_key` returns for a `VendorTxCode`. It returns `None` for a code
    /// that is not known, and a [`KeysUnavailable`](crate::RejectionKind::KeysUnavailable) rejection if it cannot tell
    /// just now. The vendor's name may be in either case.
    ///
    /// # Errors
    /// If the vendor's name is empty.
    pub fn new<F, Found>(vendor: impl AsRef<str>, find_key: F) -> Result<Self, ConfigError>
    where
        F: Fn(String) -> Found + Send + Sync + 'static,
        Found: Future<Output = Result<Option<Secret>, Rejection>> + Send + 'static,
    {
        let vendor = vendor.as_ref().to_lowercase();
        if vendor.trim().is_empty() {
            return Err(ConfigError::new("the vendor's name is empty"));
        }
        Ok(Self {
            vendor: vendor.into(),
            keys: Arc::new(find_key),
            acknowledgement: None,
            prints: Arc::new([]),
        })
    }

    /// Where Opayo sends the payer after every notification. If it depends on the transaction, let the handler answer
    /// with what [`acknowledgement`] makes instead.
    ///
    /// # Errors
    /// As [`acknowledgement`].
    pub fn redirect_url(self, url: &str) -> Result<Self, ConfigError> {
        Ok(Self {
            acknowledgement: Some(acknowledgement(url)?),
            ..self
        })
    }

    pub(super) fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        const TABLE: &str = "security_key_by_vendor_tx_code";
        let table = settings.text_table(TABLE)?;
        let table = table.ok_or_else(|| ConfigError::new(format!("`{TABLE}` is missing")))?;
        let vendor = settings.required("vendor")?;
        let mut keys = HashMap::with_capacity(table.len());
        let mut prints = Vec::with_capacity(table.len());
        for (code, key) in table {
            prints.push(KeyPrint::of(&[NAME, vendor, code, key]));
            let key = Secret::new(key).map_err(|error| error.of_setting(TABLE))?;
            keys.insert(code.to_owned(), key);
        }
        let opayo = Self::new(vendor, move |code| ready(Ok(keys.get(&code).cloned())))?;
        let opayo = Self {
            prints: prints.into(),
            ..opayo
        };
        match settings.text("redirect_url")? {
            Some(url) => opayo.redirect_url(url),
            None => Ok(opayo),
        }
    }

    fn judge(&self, body: &Bytes) -> Result<Verdict, Answer> {
        let form = Form::read(body, &FIELDS)?;
        let given = form.bytes(SIGNATURE);
        if given.is_empty() {
            return Err(missing("the form has no VPSSignature").into());
        }
        let given = decode_hex(given);
        let proof = self.proof(&form).map(|proof| proof.identity(&[&given]));
        let asked = self.keys.find(vendor_tx_code(&form)?);
        let message = Message::new(&self.vendor, &form);
        Ok(Verdict::Pending(ProofFuture::new(async move {
            message.require_signed(asked.await?, &given)?;
            proof
        })))
    }

    fn proof(&self, form: &Form<'_>) -> Result<Proof, Rejection> {
        if !is_unambiguous(form) {
            return Err(malformed("a signed field is not in its form"));
        }
        let id = format!("{}:{}", form.text("VPSTxId"), form.text("Status"));
        let mut proof = Proof::dangerously_assert(Coverage::Fields).id(id);
        let kind = form.text("TxType");
        if !kind.is_empty() {
            proof = proof.unverified_kind(kind);
        }
        Ok(match &self.acknowledgement {
            Some(reply) => proof.acknowledgement(reply.clone()),
            None => proof,
        })
    }
}

impl Verifier for OpayoServer {
    fn provider(&self) -> crate::Provider {
        SENDER
    }

    /// Each transaction has a key of its own. Those that are looked up are not known before.
    fn key_prints(&self) -> Vec<KeyPrint> {
        self.prints.to_vec()
    }

    fn begin(&self, head: &RequestHead<'_>, _: UnixTime) -> Result<BodyCheck, Answer> {
        require_post(head)?;
        let vendor = self.clone();
        Ok(buffered(move |body| vendor.judge(body)))
    }
}

impl fmt::Debug for OpayoServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpayoServer")
            .field("vendor", &self.vendor)
            .finish_non_exhaustive()
    }
}

/// The answer that Opayo demands: the notification was taken, whatever its status says, and the payer is sent to
/// `redirect_url`.
///
/// ```
/// use webhook_core::provider::opayo_server::acknowledgement;
///
/// let reply = acknowledgement("https://shop.example/orders/558557")?;
/// assert_eq!(reply.body(), "Status=OK\r\nRedirectURL=https://shop.example/orders/558557");
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
///
/// # Errors
/// If the URL does not begin with `https://` or `http://`, is longer than 255 characters, or holds a space, a line break
/// or anything else but visible ASCII.
pub fn acknowledgement(redirect_url: &str) -> Result<Reply, ConfigError> {
    let is_absolute = redirect_url.starts_with("https://") || redirect_url.starts_with("http://");
    let is_visible = redirect_url.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_absolute || !is_visible || redirect_url.len() > 255 {
        return Err(ConfigError::new("the redirect URL is not an absolute URL"));
    }
    let lines = format!("Status=OK\r\nRedirectURL={redirect_url}");
    Ok(Reply::text(lines))
}

/// A closure that finds keys, whatever its future is called.
trait FindKey: Send + Sync {
    fn find(&self, vendor_tx_code: String) -> Finding;
}

type Finding = Pin<Box<dyn Future<Output = Result<Option<Secret>, Rejection>> + Send>>;

impl<F, Found> FindKey for F
where
    F: Fn(String) -> Found + Send + Sync,
    Found: Future<Output = Result<Option<Secret>, Rejection>> + Send + 'static,
{
    fn find(&self, vendor_tx_code: String) -> Finding {
        Box::pin(self(vendor_tx_code))
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use md5::Md5;
    use serde_json::{Value, json};

    use super::*;
    use crate::crypto::digest;
    use crate::delivery::Delivery;
    use crate::provider::opayo_server::Signer;
    use crate::testing::support::{NOW, refused, signed};
    use crate::testing::{FixedClock, Sign, SignedRequest, receive};
    use crate::{Endpoint, RejectionKind};

    const KEY: &str = "SSCWEVEV6S";
    const PAID: &str = "VPSProtocol=4.00&TxType=PAYMENT&VendorTxCode=ord-558557\
        &VPSTxId=%7BB89EA109-35C5-4E93-9A25-50EB296307E2%7D&Status=OK&StatusDetail=Authorised.\
        &TxAuthNo=7224466&AVSCV2=ALL+MATCH&GiftAid=0&Last4Digits=0006";

    fn settings() -> Value {
        json!({
            "vendor": "LabVendor",
            "security_key_by_vendor_tx_code": {"ord-558557": KEY, "ord-558557O": "OTHERKEY01"},
        })
    }

    fn signer() -> Signer {
        Signer::new("LABVENDOR", KEY).unwrap()
    }

    fn sign(form: &str) -> SignedRequest {
        signer().sign(form.as_bytes(), NOW).unwrap()
    }

    const TOKEN: &str = "VPSProtocol=4.00&TxType=TOKEN&VendorTxCode=ord-558557\
        &VPSTxId=%7BB89EA109-35C5-4E93-9A25-50EB296307E2%7D&Status=OK\
        &Token=%7B0A8B2E9B-1111-4E93-9A25-50EB296307E2%7D&CardType=VISA&Last4Digits=0006";

    #[test]
    fn a_token_registration_is_signed_without_braces_and_without_the_card() {
        let message = "B89EA109-35C5-4E93-9A25-50EB296307E2ord-558557OKlabvendor\
            {0A8B2E9B-1111-4E93-9A25-50EB296307E2}SSCWEVEV6S";
        let signature = digest::<Md5>([message]).to_hex().to_uppercase();
        let body = String::from_utf8(sign(TOKEN).body.to_vec()).unwrap();
        assert!(body.ends_with(&format!("&VPSSignature={signature}")));
    }

    #[test]
    fn a_token_registration_cannot_be_turned_into_a_payment() {
        let body = String::from_utf8(sign(TOKEN).body.to_vec()).unwrap();
        let (_, signature) = body.split_once("&VPSSignature=").unwrap();
        let payment = format!(
            "TxType=PAYMENT&VendorTxCode=ord-558557&VPSTxId=B89EA109-35C5-4E93-9A25-50EB296307E2\
             &Status=OK&AVSCV2=%7B0A8B2E9B-1111-4E93-9A25-50EB296307E2%7D&VPSSignature={signature}"
        );
        let rejection = refused(NAME, settings(), SignedRequest::form(payment));
        assert_eq!(rejection.kind(), RejectionKind::Malformed);
    }

    #[test]
    fn characters_cannot_be_moved_out_of_the_status() {
        let body = String::from_utf8(sign(&PAID.replace("Status=OK", "Status=ABORT")).body.into())
            .unwrap();
        for (replace, with, kind) in [
            ("Status=ABORT&", "Status=ABOR&", RejectionKind::Malformed),
            (
                "VendorTxCode=ord-558557&",
                "VendorTxCode=ord-558557A&",
                RejectionKind::BadSignature,
            ),
        ] {
            let moved = match kind {
                RejectionKind::Malformed => body
                    .replace(replace, with)
                    .replace("TxAuthNo=", "TxAuthNo=T"),
                _ => body.replace(replace, with).replace("=ABORT", "=BORT"),
            };
            let rejection = refused(NAME, settings(), SignedRequest::form(moved));
            assert_eq!(rejection.kind(), kind, "{with}");
        }
    }

    #[test]
    fn values_are_hashed_as_the_bytes_that_were_sent() {
        let form = PAID.replace("ALL+MATCH", "%E9%A3");
        let message = [
            &b"{B89EA109-35C5-4E93-9A25-50EB296307E2}ord-558557OK7224466labvendor\xe9\xa3"[..],
            KEY.as_bytes(),
            b"00006",
        ];
        let signature = digest::<Md5>(message).to_hex().to_uppercase();
        assert!(sign(&form).body.ends_with(signature.as_bytes()));
        let delivery = signed(NAME, settings(), &signer(), &form);
        assert_eq!(delivery.message().any_kind(), Some("PAYMENT"));
    }

    #[test]
    fn hostile_forms_are_refused() {
        let genuine = String::from_utf8(sign(PAID).body.to_vec()).unwrap();
        let swap = |from: &str, to: &str| genuine.replace(from, to);
        for (form, kind) in [
            (String::new(), RejectionKind::MissingSignature),
            (PAID.to_owned(), RejectionKind::MissingSignature),
            (
                format!("{PAID}&VPSSignature="),
                RejectionKind::MissingSignature,
            ),
            (
                format!("{PAID}&VPSSignature=%00"),
                RejectionKind::BadSignature,
            ),
            (
                swap("TxCode=ord-558557", "TxCode=ord-558558"),
                RejectionKind::BadSignature,
            ),
            (
                swap("TxCode=ord-558557", "TxCode="),
                RejectionKind::Malformed,
            ),
            (
                swap("TxCode=ord-558557", "TxCode=%FF"),
                RejectionKind::Malformed,
            ),
            (
                swap("TxCode=ord-558557", "TxCode=a'OR+1=1"),
                RejectionKind::Malformed,
            ),
            (
                swap("TxCode=ord-558557", &format!("TxCode={}", "a".repeat(41))),
                RejectionKind::Malformed,
            ),
            (format!("{genuine}&Status=OK"), RejectionKind::Malformed),
            (format!("{genuine}0"), RejectionKind::BadSignature),
            ("&=%".repeat(200_000), RejectionKind::MissingSignature),
        ] {
            let rejection = refused(NAME, settings(), SignedRequest::form(form.clone()));
            assert_eq!(rejection.kind(), kind, "{form:.80}");
        }
    }

    fn at_once(endpoint: &Endpoint, request: SignedRequest) -> Result<Delivery, Answer> {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.unwrap().block_on(receive(endpoint, request))
    }

    #[test]
    fn a_look_up_that_fails_makes_the_sender_try_again() {
        const DOWN: Rejection = Rejection::new(RejectionKind::KeysUnavailable, "down");
        let opayo = OpayoServer::new("LabVendor", |_| ready(Err(DOWN))).unwrap();
        let endpoint = Endpoint::new(opayo).clock(FixedClock::at(NOW));
        assert_eq!(at_once(&endpoint, sign(PAID)).unwrap_err(), DOWN.into());
    }

    #[test]
    fn the_acknowledgement_sends_the_payer_on_if_it_is_known_where_to() {
        let acknowledged = |settings: Value| {
            let delivery = signed(NAME, settings, &signer(), PAID);
            delivery.acknowledgement().map(|reply| reply.body().clone())
        };
        assert_eq!(acknowledged(settings()), None);
        let mut with_url = settings();
        with_url["redirect_url"] = json!("https://shop.example/thanks?o=1");
        assert_eq!(
            acknowledged(with_url).unwrap(),
            "Status=OK\r\nRedirectURL=https://shop.example/thanks?o=1"
        );
    }

    #[test]
    fn a_redirect_url_is_absolute_and_one_line() {
        for url in [
            "",
            "/thanks",
            "ftp://shop.example/",
            "https://shop.example/\r\nStatus=INVALID",
            "https://shop.example/a b",
            "https://shop.example/é",
            &format!("https://{}", "a".repeat(248)),
        ] {
            assert!(acknowledgement(url).is_err(), "{url}");
        }
        let longest = format!("https://{}", "a".repeat(247));
        assert!(acknowledgement(&longest).is_ok());
    }

    #[test]
    fn an_account_needs_a_vendor_and_keys() {
        let none = |_| ready(Ok(None));
        assert!(OpayoServer::new(" ", none).is_err());
        for (settings, name) in [
            (json!({"vendor": "v"}), "security_key_by_vendor_tx_code"),
            (json!({"security_key_by_vendor_tx_code": {}}), "vendor"),
        ] {
            let settings = Settings::new(settings).unwrap();
            let error = OpayoServer::from_settings(&settings).unwrap_err();
            assert!(error.to_string().contains(name), "{name}");
        }
    }

    #[test]
    fn debug_shows_no_key() {
        let settings = Settings::new(settings()).unwrap();
        let opayo = OpayoServer::from_settings(&settings).unwrap();
        assert!(!format!("{opayo:?} {:?}", signer()).contains(KEY));
    }
}
