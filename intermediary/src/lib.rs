//! Tier two: a supervised bank that knows its customers and moves their account money.
//!
//! Three parties meet here. A **customer** holds an account and is invited once ([`verbs::enrol`]).
//! The customer's **wallet** asks for slots ([`verbs::provision`]), turns account money into tokens
//! ([`verbs::withdraw`]) and tokens into account money ([`verbs::deposit`]). The **issuer** signs
//! and cashes; it never learns who the customers are, and we never see what could trace a payment.
//!
//! A request that moves money goes through four steps: `begin` decides and sets the money aside,
//! the [`journal`] sends, the issuer answers, `finish` makes the answer final. Between begin and
//! finish stands one durable journal entry; sending, sending again and recovering from a crash are
//! one loop over it. So nothing is lost or doubled by a crash, a repetition or a lost reply.
//!
//! Modules are listed in reading order: what the books hold, what is decided, how it is kept, who
//! talks to whom, and the command line.

pub mod rows;
pub mod view;

pub mod person;
pub mod tier;

pub mod ledger;
pub mod limit;
pub mod mailbox;
pub mod mirror;
pub mod verbs;

pub mod anchor;
pub mod audit;
pub mod books;
pub mod counted;
pub mod desk;
pub mod home;
pub mod office;
pub mod persons;
pub mod signer;
pub mod store;
pub mod teller;

pub mod journal;
pub mod service;
pub mod upstream;

pub mod cli;
