//! What became of each request, told once to whoever wants to know: logs, metrics, an application's own counters.
//!
//! ```
//! use webhook_core::Endpoint;
//! use webhook_core::observe::{Observed, Outcome};
//! use webhook_core::provider::github::GitHub;
//!
//! let endpoint = Endpoint::new(GitHub::new("a secret")?).name("github").observe(|seen: &Observed| {
//!     if seen.outcome() == Outcome::Refused {
//!         println!("{:?}: {} ({:?})", seen.endpoint(), seen.code(), seen.reason());
//!     }
//! });
//! # Ok::<(), webhook_core::ConfigError>(())
//! ```
//!
//! The log is an observer that is always there (feature `tracing`): see [`LogLevel`]. [`Metrics`] is one for the crate `metrics`.

mod level;
#[cfg(feature = "tracing")]
mod log;
#[cfg(feature = "metrics")]
mod metrics;
mod observed;
mod observers;
mod span;
mod watch;

pub use level::LogLevel;
#[cfg(feature = "metrics")]
pub use metrics::Metrics;
pub use observed::{Observed, Outcome};
pub use observers::Observer;
pub(crate) use observers::Observers;
pub(crate) use watch::{Place, Watch};
