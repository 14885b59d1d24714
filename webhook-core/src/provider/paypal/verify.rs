//! Verification with PayPal's certificates.

use std::sync::Arc;

use super::account::{self, Account, NAME};
use super::certified::Certified;
use super::transmission::{self, Transmission};
use crate::endpoint::resolver::{Resolve, ResolveFuture, Resolved};
use crate::published::{Cache, CertificateSource, InMemory};
use crate::{ConfigError, Rejection, RejectionKind, RequestHead, Settings, Tolerance, UnixTime};

/// Verifies what PayPal sends to one webhook, with certificates from PayPal.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::published::InMemory;
/// use webhook_core::provider::paypal::PayPal;
///
/// // Or `HttpsFetcher::new()?`, with feature `fetch`.
/// let certificates = InMemory::new([(
///     "https://api.paypal.com/v1/notifications/certs/CERT-360caa42",
///     "-----BEGIN CERTIFICATE-----\n…",
/// )]);
/// let endpoint = Endpoint::new(PayPal::new("652OVHJHFFBP48WEX", certificates)?);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
///
/// A certificate is kept until it expires, and only if it has been accepted. All requests that wait for the same one
/// wait for one fetch. If it cannot be had, they are answered with 503, so that PayPal tries again.
#[derive(Debug)]
pub struct PayPal {
    account: Arc<Account>,
    source: Arc<dyn CertificateSource>,
    certified: Cache<Arc<Certified>>,
}

impl PayPal {
    /// Accepts what PayPal has signed for the webhook of this id. `source` gets its certificates.
    ///
    /// # Errors
    /// If the id is empty, has other characters than letters and digits, or is the simulator's `WEBHOOK_ID`.
    pub fn new(
        webhook_id: impl Into<String>,
        source: impl CertificateSource + 'static,
    ) -> Result<Self, ConfigError> {
        Ok(Self {
            account: Arc::new(Account::new(webhook_id.into())?),
            source: Arc::new(source),
            certified: Cache::new(),
        })
    }

    /// Trusts these roots and no others: certificates in PEM, one after the other.
    ///
    /// # Errors
    /// If there is none, or one cannot be read.
    pub fn roots_pem(self, pem: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        let roots = crate::crypto::certificate::Roots::from_pem(pem.as_ref())?;
        Ok(self.with(|account| account.roots = roots))
    }

    /// Lets certificates come from these hosts and no others. A host is compared as it is written; a port counts only
    /// where one is named, as in `localhost:8443`.
    ///
    /// # Errors
    /// If there is none, or one is no host name in lower case.
    pub fn hosts<H: Into<String>>(
        self,
        hosts: impl IntoIterator<Item = H>,
    ) -> Result<Self, ConfigError> {
        let hosts = account::hosts(hosts.into_iter().map(Into::into))?;
        Ok(self.with(|account| account.hosts = hosts))
    }

    /// Refuses what was signed longer ago than this, instead of four days. PayPal repeats a delivery for three days, and it
    /// is not documented that the time is a new one then: do not set less.
    ///
    /// ```
    /// # use webhook_core::published::InMemory;
    /// # use webhook_core::provider::paypal::PayPal;
    /// use webhook_core::Tolerance;
    ///
    /// # let certificates = InMemory::default();
    /// let a_week = Tolerance::secs(7 * 24 * 60 * 60).future(300);
    /// let paypal = PayPal::new("652OVHJHFFBP48WEX", certificates)?.tolerance(a_week);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    #[must_use]
    pub fn tolerance(self, tolerance: Tolerance) -> Self {
        self.with(|account| account.tolerance = tolerance)
    }

    /// Gets these certificates now, by their URLs, as of this time: at start, so that the first request finds them, and
    /// requests with addresses that somebody made up cannot keep it waiting.
    ///
    /// # Errors
    /// If one cannot be had, or is not accepted. Those before it are kept.
    pub async fn prefetch(
        &self,
        urls: impl IntoIterator<Item = impl AsRef<str>>,
        now: UnixTime,
    ) -> Result<(), Rejection> {
        for url in urls {
            let url = url.as_ref();
            if !transmission::is_certificate_url(url, &self.account.hosts) {
                return Err(Rejection::new(
                    RejectionKind::UntrustedKey,
                    "the certificate's URL is not one of PayPal's",
                ));
            }
            let account = Arc::clone(&self.account);
            let certified = self.certified.prefetch(
                url,
                now,
                || self.source.certificate(url),
                move |pem| Certified::accept(account, &pem, now),
            );
            certified.await.map(drop)?;
        }
        Ok(())
    }

    /// Accepts events of the webhooks simulator too. Anybody with a PayPal account can have such an event sent to your
    /// address, of any kind and with any amount: for tests only. Their [`key`](crate::Delivery::key) has the name
    /// `simulator`.
    #[must_use]
    pub fn dangerously_accept_simulator(self) -> Self {
        self.with(|account| account.accepts_simulator = true)
    }

    pub(super) fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        let webhook_id = settings.required("webhook_id")?;
        account::valid_id(webhook_id.to_owned()).map_err(|error| error.of_setting("webhook_id"))?;
        let mut paypal = match settings.text_table("cert_by_url")? {
            Some(certificates) => {
                let owned = |(url, pem): (&str, &str)| (url.to_owned(), pem.to_owned());
                Self::new(
                    webhook_id,
                    InMemory::new(certificates.into_iter().map(owned)),
                )?
            }
            None => fetching(webhook_id)?,
        };
        if let Some(roots) = settings.texts("trust_roots_pem")? {
            paypal = paypal.roots_pem(roots.join("\n"))?;
        }
        if let Some(hosts) = settings.texts("cert_url_hosts")? {
            paypal = paypal.hosts(hosts)?;
        }
        Ok(match settings.tolerance()? {
            Some(tolerance) => paypal.tolerance(tolerance),
            None => paypal,
        })
    }

    /// What was accepted under other rules is forgotten.
    fn with(mut self, change: impl FnOnce(&mut Account)) -> Self {
        change(Arc::make_mut(&mut self.account));
        self.certified = Cache::new();
        self
    }
}

impl Resolve for PayPal {
    fn resolve<'a>(&'a self, head: &RequestHead<'a>, now: UnixTime) -> ResolveFuture<'a> {
        let transmission = match Transmission::read(head, &self.account.hosts) {
            Ok(transmission) => transmission,
            Err(rejection) => return ResolveFuture::ready(Err(rejection)),
        };
        let url = transmission.certificate_url;
        if let Some(certified) = self.certified.get(url, now) {
            return ResolveFuture::ready(Ok(Resolved::shared(certified).only_account()));
        }
        let account = Arc::clone(&self.account);
        let certified = self.certified.get_or_fetch(
            url,
            now,
            || self.source.certificate(url),
            move |pem| Certified::accept(account, &pem, now),
        );
        ResolveFuture::later(async move { Ok(Resolved::shared(certified.await?).only_account()) })
    }

    fn prints(&self) -> Vec<crate::KeyPrint> {
        let (id, _) = self.account.webhook_ids().next().unwrap_or_default();
        vec![crate::KeyPrint::of(&[NAME, id])]
    }
}

#[cfg(feature = "fetch")]
fn fetching(webhook_id: &str) -> Result<PayPal, ConfigError> {
    PayPal::new(webhook_id, crate::published::HttpsFetcher::new()?)
}

#[cfg(not(feature = "fetch"))]
fn fetching(_: &str) -> Result<PayPal, ConfigError> {
    Err(ConfigError::new(
        "`cert_by_url` is missing; without it certificates are fetched, which needs the feature `fetch`",
    ))
}
