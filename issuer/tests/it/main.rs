//! The issuer's verbs, its store and its wire, tried with real wallets, real keys and a real disk.

// A test that goes wrong panics where it does, also in the helpers around it.
#![allow(clippy::indexing_slicing)]

mod access;
mod action;
mod alerts;
mod audit;
mod certificate;
mod claim;
mod clock;
mod command_line;
mod commands;
mod compared;
mod config;
mod crash;
mod deposit;
mod dishonest;
mod egress;
mod enrol;
mod exchange;
mod export;
mod folders;
mod founding;
mod frozen;
mod guarantee;
mod hostile;
mod ids;
mod keys;
mod lifecycle;
mod loopback;
mod metrics;
mod misuse;
mod officer;
mod operator;
mod outcomes;
mod provision;
mod reconnect;
mod repeated;
mod restart;
mod restore;
mod rows;
mod rules;
mod rush;
mod series;
mod served;
mod settings;
mod short;
mod signatures;
mod staff;
mod stage;
mod statement;
mod told;
mod transfer;
mod treasury;
mod wallet;
mod withdraw;
