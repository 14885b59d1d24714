//! The server in a process of its own.

use std::time::Duration;

use examples::process::serve_until_left;
pub(crate) use examples::process::{Memory, Process};

use crate::Fallible;
use crate::plan::Plan;
use crate::server::{self, Framework};

/// Has glibc give every large buffer back when it is freed. If not told, it keeps the holes that growing buffers leave, and
/// this server has half as much again as it uses.
const GIVE_BACK: (&str, &str) = ("MALLOC_MMAP_THRESHOLD_", "65536");

pub(crate) async fn start(framework: Framework) -> Fallible<Process> {
    Process::start(&["serve", &framework.to_string()], &[GIVE_BACK]).await
}

/// What the process that is started does.
pub(crate) async fn serve(framework: Framework) -> Fallible<()> {
    serve_until_left(server::start(framework, Plan::soak(Duration::ZERO)).await?).await
}
