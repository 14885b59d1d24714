//! The protocols by which an event is worked on once, with every order of what may happen tried.
//!
//! - [`claim`]: workers that claim an event before their handler runs, as `webhook_core::dedupe` describes and `adapter::process` does.
//! - [`inbox`]: receivers that store and acknowledge, workers that take, end and give back, as `webhook_store::Inbox` does.
//!
//! A model says what each step does to the store, to the processes and to what is on its way between them; time is a small number. Faults
//! (crashes, lost answers, processes that stand still, a clock that is set, a store that forgets) have a budget each. The checker then
//! looks at every state that can be reached. A rule that is left out on purpose, a [`claim::Without`] or an [`inbox::Without`], must be
//! found, with the trace that shows why the rule is there: else the model would prove nothing.

#[cfg(test)]
mod checked;
pub mod claim;
pub mod inbox;
