//! How the layer is made.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use super::super::{Backend, Captures, Guard, SetupError, router};
use super::app::App;
use super::service::InspectorLayer;
use crate::account::Account;

/// So many requests are kept, of so many bytes in all.
const MOST: usize = 1000;
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// A layer that records each request which passes and what the application answers, and has the page under [`PREFIX`](crate::inspector::PREFIX). For development.
///
/// The body of a request is read, up to 2 MiB of it, before the application sees the request. The application gets every byte.
///
/// # Security
/// Whoever knows the address that [`InspectorLayer::url`] prints can read what is received and send requests. The page answers only
/// this machine, and only under its own names. Do not put it into a release: hide it behind `#[cfg(debug_assertions)]`.
///
/// ```
/// use axum::{Router, routing::post};
/// use serde_json::json;
/// use webhook_cli::account::Account;
/// use webhook_cli::inspector;
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
/// let settings = json!({"secrets": "whsec_for_tests_only"});
/// let stripe = Account::new("stripe", settings.as_object().cloned().unwrap_or_default());
///
/// let inspector = inspector::layer()
///     .accounts(vec![stripe])
///     .at(listener.local_addr()?)?;
/// println!("{}", inspector.url());
///
/// let app = Router::new()
///     .route("/webhooks/stripe", post(async || "thank you"))
///     .layer(inspector);
/// axum::serve(listener, app).await?;
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn layer() -> LayerSetup {
    LayerSetup {
        accounts: Vec::new(),
        is_remote_allowed: false,
    }
}

/// A layer that does not know yet where the application listens.
#[derive(Clone, Debug)]
pub struct LayerSetup {
    accounts: Vec<Account>,
    is_remote_allowed: bool,
}

impl LayerSetup {
    /// Says what each request is worth to these accounts. Without, the verdict on each is `unknown`.
    #[must_use]
    pub fn accounts(mut self, accounts: Vec<Account>) -> Self {
        self.accounts = accounts;
        self
    }

    /// Allows an address that other machines reach. Only the token is then between them and everything that is received.
    #[must_use]
    pub fn dangerously_allow_remote(mut self) -> Self {
        self.is_remote_allowed = true;
        self
    }

    /// The layer for an application that listens on this address.
    ///
    /// # Errors
    /// If other machines reach the address and that is not allowed, or the system gives no random bytes.
    pub fn at(self, address: SocketAddr) -> Result<InspectorLayer, SetupError> {
        let is_local = address.ip().to_canonical().is_loopback();
        let guard = Guard::new(address.port())?;
        let guard = match (is_local, self.is_remote_allowed) {
            (_, true) => guard.dangerously_allow_remote(),
            (true, false) => guard.only_reached_from_here(),
            (false, false) => return Err(SetupError::NotLoopback(address)),
        };
        let captures = Captures::new(MOST, MOST_BYTES);
        let app = App::new(captures, self.accounts, guard.clone(), reachable(address));
        let app = Arc::new(app);
        let url = guard.url();
        let page = router(Arc::clone(&app) as Arc<dyn Backend>, guard);
        Ok(InspectorLayer::new(app, page, url))
    }
}

/// An address that stands for all of them is none that one can connect to.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    SocketAddr::new(ip, address.port())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn at(setup: LayerSetup, address: &str) -> Result<InspectorLayer, SetupError> {
        setup.at(address.parse().unwrap())
    }

    #[test]
    fn only_a_loopback_address_needs_no_permission() {
        for address in ["127.0.0.1:3000", "127.0.0.9:3000", "[::1]:3000"] {
            at(layer(), address).unwrap();
        }
        for address in ["0.0.0.0:3000", "[::]:3000", "192.168.1.7:3000"] {
            let error = at(layer(), address).unwrap_err();
            assert_eq!(error, SetupError::NotLoopback(address.parse().unwrap()));
            assert!(error.to_string().contains("dangerously_allow_remote"));
            at(layer().dangerously_allow_remote(), address).unwrap();
        }
    }

    #[test]
    fn a_layer_shows_no_token_in_debug() {
        let layer = at(layer(), "127.0.0.1:3000").unwrap();
        let token = layer.url().split('#').next_back().unwrap();
        assert!(!format!("{layer:?}").contains(token));
    }
}
