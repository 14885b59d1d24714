//! A body for each kind that means something for a payment.
