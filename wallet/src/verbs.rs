//! The verbs of a wallet, one file each.

pub mod balance;
pub mod claim;
pub mod confirm;
pub mod deposit;
pub mod enrol;
pub mod exchange;
pub mod history;
pub mod inspect;
pub mod offer;
pub mod pay;
pub mod provision;
pub mod receive;
pub mod reconcile;
pub mod release;
pub mod restore;
pub mod transfer;
pub mod withdraw;
