//! The verbs, one file each: pure functions over a [`crate::view::View`].
//!
//! `verify` does the costly checks that change nothing, side by side for a whole batch;
//! `touches_checks` says which rows it needs. `touches` says which rows the decision on what was
//! verified needs. `decide` runs one request after the other, refuses before it writes, and leaves
//! its effects in the view.

pub mod cashed_list;
pub mod claim;
pub mod deposit;
pub mod enrol;
pub mod exchange;
pub mod provision;
pub mod restore;
pub mod rollback;
pub mod series;
pub mod statement;
pub mod transfer;
pub mod treasury;
pub mod withdraw;

pub mod acceptance;
pub mod cash;
pub mod due;
pub mod evidence;
pub mod guarantee;
pub mod incident;
pub mod ledger;
pub mod log;
pub mod outputs;
pub mod refusal;
