//! What an inbox was told.

use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use webhook_core::adapter::KindRoutes;
use webhook_core::{Delivery, Endpoint};

use super::job::Job;
use super::order::Order;
use super::table::Table;

/// Why a handler failed.
pub(super) type BoxError = Box<dyn Error + Send + Sync>;

/// The work for one delivery.
pub(super) type Working = Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>>;

pub(super) type Work = Arc<dyn Fn(Delivery, Job) -> Working + Send + Sync>;

/// What an inbox was told.
#[derive(Clone)]
pub(super) struct SetUp {
    pub(super) table: Arc<dyn Table>,
    pub(super) endpoint: Endpoint,
    pub(super) routes: KindRoutes<Work>,
    pub(super) order: Option<Order>,
    pub(super) limits: Limits,
    /// Wakes a worker of this process.
    pub(super) new: Arc<Notify>,
}

/// How much, how long, how often.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) workers: usize,
    pub(super) deadline: Duration,
    pub(super) attempts: u32,
    pub(super) first_wait: Duration,
    pub(super) grace: Duration,
    pub(super) poll_interval: Duration,
}
