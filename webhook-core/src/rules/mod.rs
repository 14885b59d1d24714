//! What rules about a body are made of, whatever they tell: kinds, places, conditions, and what was found there. The rooms `payment` and
//! `mailing` say what follows.

mod decimal;
mod found;
mod kinds;
mod pointers;
mod read_time;
mod status;
pub(crate) mod sum;
mod when;
pub(crate) mod words;

pub(crate) use decimal::Decimal;
pub(crate) use found::Found;
pub(crate) use kinds::{are_of, check_kinds, is_among};
pub(crate) use pointers::{check_pointers, check_sums};
pub(crate) use read_time::ReadTime;
pub(crate) use status::Status;
pub use when::When;
pub(crate) use when::check_conditions;
