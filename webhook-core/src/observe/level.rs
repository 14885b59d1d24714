//! How loud the log is.

/// How loud the log is of what is the sender's fault, such as a forgery. Our own faults are always logged, at ERROR or WARN.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogLevel {
    /// Not at all.
    Off,
    /// At DEBUG.
    #[default]
    Debug,
    /// At INFO.
    Info,
    /// At WARN.
    Warn,
}
