//! The intermediary against a small real issuer: each verb's yes and every no, lost replies,
//! crashes, and the program itself.

#![allow(missing_docs, reason = "a test is documented by its name")]
#![allow(clippy::indexing_slicing, reason = "a wrong index is a failed test")]

mod bank;
mod gone;
mod grants;
mod holder;
mod issuer;
mod mint;
mod network;
mod rows;
mod wire;

mod actions;
mod administration;
mod audit;
mod claim;
mod command_line;
mod credited;
mod crowd;
mod customers;
mod deposit;
mod desk;
mod enrol;
mod exported;
mod fields;
mod hostile;
mod keys;
mod limits;
mod lines;
mod loopback;
mod mirror;
mod notices;
mod persons;
mod presence;
mod purchase;
mod redress;
mod relay;
mod repeated;
mod restored;
mod reverse;
mod revoked;
mod served;
mod store;
mod storm;
mod told;
mod transfer;
mod trust;
mod weather;
mod withdraw;
