//! The intermediary as a wallet sees it: its questions, whatever carries them.
//!
//! [`crate::client::Client`] carries them over TLS. A phone may bring its own transport.

use tender_proto::call::Call;
use tender_proto::order::SignedOrder;
use tender_proto::{
    account, cashed_list, claim, deposit, enrol, exchange, lines, provision, reference, restore,
    session, transfer, trust, withdraw,
};
use tender_token::provision::SignedOpen;
use tender_token::signature::SecretKey;

/// Why there is no answer. The same request may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// Nobody answers at the address.
    #[error("unreachable")]
    Unreachable,
    /// Somebody answers who cannot show the certificate.
    #[error("not the intermediary")]
    Untrusted,
    /// The intermediary, or the issuer behind it, cannot answer now.
    #[error("no answer yet")]
    Overloaded,
    /// The intermediary keeps the request until the issuer has answered it.
    #[error("pending")]
    Pending,
    /// It is not known there which device asks: it has to prove its presence again.
    #[error("not recognised there")]
    Absent,
    /// The request was no request.
    #[error("not understood there")]
    Rejected,
    /// The answer was no answer.
    #[error("not understood here")]
    Misunderstood,
}

/// An answer, or none.
pub type Answered<T> = Result<T, Unanswered>;

/// What a wallet asks its intermediary. Every question may be repeated with the same content.
pub trait Intermediary {
    /// What follows the manifest of the epoch that is held; 0 for none. Errors: [`Unanswered`].
    fn trust(&mut self, held: u32) -> Answered<trust::Reply>;
    /// Registers an identity. Errors: [`Unanswered`].
    fn enrol(&mut self, request: enrol::Request) -> Answered<enrol::Reply>;
    /// The device proves that it asks, for the questions below. Over a connection that has heard
    /// it already, this does nothing. Errors: [`Unanswered`].
    fn present(&mut self, device: &SecretKey) -> Answered<session::Reply>;
    /// One of the two steps of a provision session. Errors: [`Unanswered`].
    fn provision(&mut self, request: provision::Request<SignedOpen>) -> Answered<provision::Reply>;
    /// A withdrawal, by its canonical bytes. Errors: [`Unanswered`].
    fn withdraw(&mut self, request: Vec<u8>) -> Answered<withdraw::Reply>;
    /// A deposit. Errors: [`Unanswered`].
    fn deposit(&mut self, call: Call) -> Answered<Vec<deposit::Outcome>>;
    /// An exchange, by its canonical bytes, over a connection on which nobody is known.
    /// Errors: [`Unanswered`].
    fn exchange(&mut self, request: Vec<u8>) -> Answered<exchange::Reply>;
    /// What was cashed of a series, over a connection on which nobody is known.
    /// Errors: [`Unanswered`].
    fn cashed_list(&mut self, request: cashed_list::Request) -> Answered<cashed_list::Reply>;
    /// A claim. Errors: [`Unanswered`].
    fn claim(&mut self, call: Call) -> Answered<claim::Reply>;
    /// What the issuer stored of the wallet's sessions, or whether it knows one.
    /// Errors: [`Unanswered`].
    fn restore(&mut self, call: Call) -> Answered<restore::Reply>;
    /// Makes an account reference known. Errors: [`Unanswered`].
    fn reference(&mut self, call: Call) -> Answered<reference::Reply>;
    /// A transfer of account money. Errors: [`Unanswered`].
    fn transfer(&mut self, order: SignedOrder) -> Answered<transfer::Reply>;
    /// Lines of the account. Errors: [`Unanswered`].
    fn statement(&mut self, call: Call) -> Answered<lines::Reply>;
    /// The account. Errors: [`Unanswered`].
    fn account(&mut self, call: Call) -> Answered<account::Reply>;
}
