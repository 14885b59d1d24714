//! Bodies to send: one for each kind that means something for a payment, and what is changed in them before they are signed.

mod data;
mod edit;
mod form;
mod order;
mod place;
mod sign;

pub use data::{Places, Sample, find, kinds, list, places};
pub use edit::{get, remove, set};
pub use form::{form_get, form_remove, form_set};
pub use order::{Edit, Id, Made, Order, new_id};
pub use place::Place;
pub use sign::sign;

#[cfg(test)]
mod tests;
