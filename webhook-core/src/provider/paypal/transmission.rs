//! What the head of a request says about its signature.

use crate::outcome::{malformed, missing};
use crate::verify::require_post;
use crate::{Rejection, RejectionKind, RequestHead};

/// Longest URL of a certificate. PayPal's have about 80 characters.
const MAX_URL: usize = 512;

/// Where certificates stand at each host.
const PATH: &str = "v1/notifications/certs/";

/// The only one; the header is compared with it and never followed.
pub(super) const ALGORITHM: &str = "SHA256withRSA";

/// The five headers. What of them can be judged without a certificate has been.
pub(super) struct Transmission<'a> {
    pub(super) id: &'a str,
    pub(super) time: &'a str,
    pub(super) signature: &'a str,
    pub(super) certificate_url: &'a str,
}

impl<'a> Transmission<'a> {
    pub(super) fn read(head: &RequestHead<'a>, hosts: &[String]) -> Result<Self, Rejection> {
        require_post(head)?;
        let read = Self {
            id: required(head, "paypal-transmission-id")?,
            time: required(head, "paypal-transmission-time")?,
            signature: required(head, "paypal-transmission-sig")?,
            certificate_url: required(head, "paypal-cert-url")?,
        };
        if required(head, "paypal-auth-algo")? != ALGORITHM {
            return Err(malformed("the algorithm is another than SHA256withRSA"));
        }
        // In what is signed, a bar separates.
        if read.id.contains('|') || read.time.contains('|') {
            return Err(malformed("the transmission's id or time holds a bar"));
        }
        if !is_certificate_url(read.certificate_url, hosts) {
            return Err(Rejection::new(
                RejectionKind::UntrustedKey,
                "the certificate's URL is not one of the sender's",
            ));
        }
        Ok(read)
    }
}

fn required<'a>(head: &RequestHead<'a>, name: &str) -> Result<&'a str, Rejection> {
    let text = head.header_str(name)?.filter(|text| !text.is_empty());
    text.ok_or(missing("one of the five headers of PayPal is missing"))
}

/// Written so that no two readers of URLs can see two different hosts or paths in it: scheme, host and path stand there
/// literally, and of the rest every character stands for itself.
pub(super) fn is_certificate_url(url: &str, hosts: &[String]) -> bool {
    let Some((host, path)) = url
        .strip_prefix("https://")
        .and_then(|rest| rest.split_once('/'))
    else {
        return false;
    };
    let Some(name) = path.strip_prefix(PATH) else {
        return false;
    };
    let stands_for_itself = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let is_step =
        |step: &str| !matches!(step, "" | "." | "..") && step.bytes().all(stands_for_itself);
    url.len() <= MAX_URL && hosts.iter().any(|own| own == host) && name.split('/').all(is_step)
}
