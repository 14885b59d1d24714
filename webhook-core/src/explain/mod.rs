//! Says why a request was refused, by trying what usually goes wrong. Feature `explain`.
//!
//! A cause is only named where it is proven: with one change (a space cut off the secret, a line feed off the body, another clock) the
//! request is genuine. Where nothing helps, there is no cause.
//!
//! For tools and for whoever is on call. Nothing of it may reach the sender of a request: it tells a forger what is wrong.
//!
//! ```
//! use bytes::Bytes;
//! use serde_json::json;
//! use webhook_core::UnixTime;
//! use webhook_core::explain::{self, Account, Request};
//!
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let settings = json!({"secrets": " It's a Secret to Everybody"});
//! let account = Account::new("github", settings.as_object().cloned().unwrap_or_default());
//! let request = Request {
//!     method: "POST".to_owned(),
//!     target: "/webhooks/github".to_owned(),
//!     headers: vec![(
//!         "X-Hub-Signature-256".to_owned(),
//!         Bytes::from("sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"),
//!     )],
//!     body: Bytes::from("Hello, World!"),
//! };
//! let told = explain::explain(&[account], &request, UnixTime::from_secs(1_785_920_400)).await;
//! assert_eq!(told.verdict, "misconfigured");
//! assert_eq!(told.cause.map(|cause| cause.code), Some("secret_space"));
//! # Ok::<(), Box<dyn std::error::Error>>(()) })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod account;
mod attempt;
mod bodies;
mod cause;
mod clock;
mod explanation;
mod json;
mod request;
mod secrets;
mod steps;
mod subject;
mod tries;
mod urls;

pub use account::Account;
pub use cause::{Cause, Difference};
pub use explanation::{Explanation, Signed, Step};
pub use request::Request;
pub use tries::{explain, explain_for};
