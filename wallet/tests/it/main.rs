//! What a wallet must do and must never do, against a small real issuer in the same process.

mod bank;
mod people;

mod claim;
mod cli;
mod crash;
mod damage;
mod deposit;
mod double_spend;
mod enrol;
mod exchange;
mod fields;
mod files;
mod handover;
mod limits;
mod loopback;
mod offer;
mod pay;
mod provision;
mod receive;
mod reconcile;
mod release;
mod restore;
mod told;
mod transfer;
mod trust;
mod withdraw;
