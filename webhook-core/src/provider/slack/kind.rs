//! Names of kinds, for `match event.kind.as_str()`. Slack has many more; all of them arrive.
//!
//! ```
//! use webhook_core::provider::slack::{EventCallback, kind};
//!
//! fn is_for_me(event: &EventCallback) -> bool {
//!     matches!(event.kind.as_str(), kind::APP_MENTION | kind::MESSAGE)
//! }
//! ```

/// Event: somebody opened the app's home.
pub const APP_HOME_OPENED: &str = "app_home_opened";
/// Event: somebody named the app in a message.
pub const APP_MENTION: &str = "app_mention";
/// Neither event nor interaction: Slack holds events back because there are too many.
pub const APP_RATE_LIMITED: &str = "app_rate_limited";
/// Event: a workspace has removed the app.
pub const APP_UNINSTALLED: &str = "app_uninstalled";
/// Interaction: somebody used a button, a menu or another element.
pub const BLOCK_ACTIONS: &str = "block_actions";
/// Event: somebody wrote a message.
pub const MESSAGE: &str = "message";
/// Interaction: somebody chose a shortcut on a message.
pub const MESSAGE_ACTION: &str = "message_action";
/// Event: somebody put an emoji on something.
pub const REACTION_ADDED: &str = "reaction_added";
/// Interaction: somebody chose a shortcut.
pub const SHORTCUT: &str = "shortcut";
/// Event: somebody joined the workspace.
pub const TEAM_JOIN: &str = "team_join";
/// Event: tokens of the app were revoked.
pub const TOKENS_REVOKED: &str = "tokens_revoked";
/// Interaction: somebody closed a dialogue.
pub const VIEW_CLOSED: &str = "view_closed";
/// Interaction: somebody sent a dialogue.
pub const VIEW_SUBMISSION: &str = "view_submission";
