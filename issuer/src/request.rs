//! Requests of every verb, on their way through a batch: read, checked, decided, answered.

use crate::keeping::Full;
use crate::office::{Case, Office};
use crate::signer::Signed;
use crate::verbs::guarantee::Loss;
use crate::verbs::incident::Accusation;
use crate::verbs::provision::{Owed, open, reveal};
use crate::verbs::refusal::said;
use crate::verbs::{claim, deposit, enrol, exchange, outputs, restore, transfer, withdraw};
use crate::view::View;
use rand_core::CryptoRng;
use tender_proto::refusal::Refusal;
use tender_proto::transfer::SignedTransfer;
use tender_token::amount::Amount;
use tender_token::error::Result;
use tender_token::exchange::Request as Exchange;
use tender_token::identity::{IdentityKey, Registration, VerifiedRegistration};
use tender_token::provision::Open;

/// What a caller asks for.
#[derive(Clone, Debug)]
pub enum Request {
    /// Register a wallet.
    Enrol(Box<Registration>),
    /// Commit to candidates.
    Open(Box<Open>),
    /// Reveal candidates, if the bytes name a session.
    Reveal(Result<reveal::Request>),
    /// Sign tokens, if the bytes are a withdrawal.
    Withdraw(Result<Box<withdraw::Request>>),
    /// Cash tokens and sign others, if the bytes are an exchange.
    Exchange(Result<Box<Exchange>>),
    /// Cash tokens.
    Deposit(deposit::Request),
    /// Pay what nobody cashed, if the bytes are a claim.
    Claim(Result<Box<claim::Request>>),
    /// Move currency between vaults.
    Transfer(Box<SignedTransfer>),
    /// Say what is known of a wallet's sessions.
    Restore(Box<restore::Request>),
}

impl Request {
    /// Reads REVEAL.
    #[must_use]
    pub fn reveal(identity: IdentityKey, bytes: Vec<u8>) -> Self {
        Self::Reveal(reveal::Request::read(identity, bytes))
    }

    /// Reads a withdrawal. Whatever was ever answered can be read, whoever asks again.
    #[must_use]
    pub fn withdraw(bytes: &[u8], office: &Office) -> Self {
        Self::Withdraw(withdraw::Request::read(bytes, &office.archive).map(Box::new))
    }

    /// Reads an exchange.
    #[must_use]
    pub fn exchange(bytes: &[u8], office: &Office) -> Self {
        Self::Exchange(Exchange::from_bytes(bytes, &office.archive).map(Box::new))
    }

    /// Reads a deposit.
    #[must_use]
    pub fn deposit(items: &[Vec<u8>], office: &Office) -> Self {
        Self::Deposit(deposit::Request::read(items, &office.archive))
    }

    /// Reads a claim.
    #[must_use]
    pub fn claim(asked: tender_proto::claim::Request, office: &Office) -> Self {
        Self::Claim(claim::Request::read(asked, &office.archive).map(Box::new))
    }

    /// The rows that [`Self::verify`] needs.
    pub fn touches_checks(&self, view: &mut View) {
        match self {
            Self::Open(open) => open::touches_checks(open, view),
            Self::Reveal(Ok(request)) => reveal::touches_checks(request, view),
            Self::Withdraw(Ok(request)) => withdraw::touches_checks(request, view),
            Self::Claim(Ok(request)) => claim::touches_checks(request, view),
            Self::Restore(request) => restore::touches_checks(request, view),
            Self::Enrol(_)
            | Self::Reveal(Err(_))
            | Self::Withdraw(Err(_))
            | Self::Exchange(_)
            | Self::Deposit(_)
            | Self::Claim(Err(_))
            | Self::Transfer(_) => {}
        }
    }

    /// The costly checks, which change nothing and may run side by side. They rely on nothing that
    /// a later batch could change but what [`Checked::decide`] looks at again: a row they found is
    /// as old as the request at most, so whatever the caller had heard of is there.
    pub fn verify(self, view: &View, case: &Case<'_>, rng: &mut impl CryptoRng) -> Checked {
        match self {
            Self::Enrol(registration) => Checked::Enrol(enrol::verify(*registration, case)),
            Self::Open(open) => Checked::Open(open::verify(open, view, case)),
            Self::Reveal(request) => {
                Checked::Reveal(request.map(|request| reveal::verify(request, view, case)))
            }
            Self::Withdraw(request) => {
                let checked = request.map(|request| withdraw::verify(*request, view, case, rng));
                Checked::Withdraw(checked.map(Box::new))
            }
            Self::Exchange(request) => {
                let checked = request.map(|request| exchange::verify(*request, case, rng));
                Checked::Exchange(checked.map(Box::new))
            }
            Self::Deposit(request) => Checked::Deposit(deposit::verify(request, case, rng)),
            Self::Claim(request) => {
                let checked = request.and_then(|request| claim::verify(*request, view, case, rng));
                Checked::Claim(checked.map(Box::new))
            }
            Self::Transfer(signed) => Checked::Transfer(transfer::verify(*signed, case)),
            Self::Restore(request) => Checked::Restore(restore::verify(&request, view, case)),
        }
    }
}

/// A request after its checks; only this can be decided.
#[derive(Debug)]
pub enum Checked {
    /// Register a wallet.
    Enrol(Result<VerifiedRegistration>),
    /// Commit to candidates.
    Open(open::Checked),
    /// Reveal candidates.
    Reveal(Result<reveal::Checked>),
    /// Sign tokens.
    Withdraw(Result<Box<withdraw::Checked>>),
    /// Cash tokens and sign others.
    Exchange(Result<Box<exchange::Checked>>),
    /// Cash tokens.
    Deposit(deposit::Checked),
    /// Pay what nobody cashed.
    Claim(Result<Box<claim::Checked>>),
    /// Move currency between vaults.
    Transfer(Result<SignedTransfer>),
    /// Say what is known of a wallet's sessions.
    Restore(Result<restore::Checked>),
}

impl Checked {
    /// The rows that the decision needs. What did not pass its checks names none but those by which
    /// an earlier answer is found again.
    pub fn touches(&self, view: &mut View, case: &Case<'_>) {
        match self {
            Self::Enrol(Ok(verified)) => enrol::touches(verified, view),
            Self::Open(checked) => open::touches(checked, view),
            Self::Reveal(Ok(checked)) => reveal::touches(checked, view),
            Self::Withdraw(Ok(checked)) => withdraw::touches(checked, view, case),
            Self::Exchange(Ok(checked)) => exchange::touches(checked, view, case),
            Self::Deposit(checked) => deposit::touches(checked, view, case),
            Self::Claim(Ok(checked)) => claim::touches(checked, view, case),
            Self::Transfer(Ok(signed)) => transfer::touches(signed, view),
            Self::Restore(Ok(checked)) => restore::touches(checked, view),
            Self::Enrol(Err(_))
            | Self::Reveal(Err(_))
            | Self::Withdraw(Err(_))
            | Self::Exchange(Err(_))
            | Self::Claim(Err(_))
            | Self::Transfer(Err(_))
            | Self::Restore(Err(_)) => {}
        }
    }

    /// The rows that only those name.
    pub fn touches_more(&self, view: &mut View) {
        match self {
            Self::Reveal(Ok(checked)) => reveal::touches_quota(checked, view),
            Self::Withdraw(Ok(checked)) => withdraw::touches_presentations(checked, view),
            Self::Exchange(Ok(checked)) => exchange::touches_presentations(checked, view),
            Self::Deposit(checked) => deposit::touches_presentations(checked, view),
            Self::Claim(Ok(checked)) => claim::touches_presentations(checked, view),
            Self::Enrol(_)
            | Self::Open(_)
            | Self::Reveal(Err(_))
            | Self::Withdraw(Err(_))
            | Self::Exchange(Err(_))
            | Self::Claim(Err(_))
            | Self::Transfer(_)
            | Self::Restore(_) => {}
        }
    }

    /// Decides the request and leaves its effects in the view. Errors: [`Full`]; nothing is
    /// decided, and what the request proves of others stays in the view.
    pub fn decide(
        self,
        view: &mut View,
        case: &Case<'_>,
        accusations: &mut Vec<Accusation>,
        losses: &mut Vec<Loss>,
    ) -> core::result::Result<Promise, Full> {
        Ok(match self {
            Self::Enrol(verified) => {
                let outcome = verified.and_then(|verified| enrol::decide(&verified, view));
                Promise::Enrol(outcome.map_err(Into::into))
            }
            Self::Open(checked) => {
                Promise::Provision(open::decide(checked, view, case).map_err(Into::into))
            }
            Self::Reveal(checked) => {
                let owed = checked.and_then(|checked| reveal::decide(checked, view, case));
                Promise::Provision(owed.map_err(Into::into))
            }
            Self::Withdraw(Ok(checked)) => {
                Promise::Withdraw(said(withdraw::decide(*checked, view, case, accusations))?)
            }
            Self::Withdraw(Err(error)) => Promise::Withdraw(Err(error.into())),
            Self::Exchange(Ok(checked)) => {
                Promise::Exchange(exchange::decide(*checked, view, case, accusations))
            }
            Self::Exchange(Err(error)) => Promise::Exchange(Err(error.into())),
            Self::Deposit(checked) => {
                Promise::Deposit(deposit::decide(checked, view, case, accusations, losses))
            }
            Self::Claim(Ok(checked)) => {
                Promise::Claim(claim::decide(*checked, view, case, accusations))
            }
            Self::Claim(Err(error)) => Promise::Claim(Err(error.into())),
            Self::Transfer(checked) => {
                let signed = checked.map_err(Into::into);
                let decided = signed.and_then(|signed| transfer::decide(&signed, view, case));
                Promise::Transfer(said(decided)?)
            }
            Self::Restore(checked) => {
                let told = checked.map(|checked| restore::decide(&checked, view, case));
                Promise::Restore(told.map_err(Into::into))
            }
        })
    }
}

/// What was decided. It is kept only after the commit: a signature given away is never taken back.
#[derive(Debug)]
pub enum Promise {
    /// The wallet is registered, or not.
    Enrol(tender_proto::enrol::Reply),
    /// A receipt or certificates are owed.
    Provision(core::result::Result<Owed, Refusal>),
    /// Tokens are owed.
    Withdraw(core::result::Result<outputs::Owed, Refusal>),
    /// Tokens are owed for tokens.
    Exchange(core::result::Result<outputs::Owed, Refusal>),
    /// Each item is paid or refused.
    Deposit(Vec<tender_proto::deposit::Outcome>),
    /// The claim is paid, leads or is refused.
    Claim(tender_proto::claim::Reply),
    /// Both vaults have moved, or none.
    Transfer(tender_proto::transfer::Reply),
    /// What the wallet may hear.
    Restore(core::result::Result<restore::Granted, Refusal>),
}

/// What the caller hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// To an enrolment.
    Enrol(tender_proto::enrol::Reply),
    /// To OPEN and REVEAL.
    Provision(tender_proto::provision::Reply),
    /// To a withdrawal.
    Withdraw(tender_proto::withdraw::Reply),
    /// To an exchange.
    Exchange(tender_proto::exchange::Reply),
    /// To a deposit.
    Deposit(Vec<tender_proto::deposit::Outcome>),
    /// To a claim.
    Claim(tender_proto::claim::Reply),
    /// To a transfer.
    Transfer(tender_proto::transfer::Reply),
    /// To a restoring wallet.
    Restore(core::result::Result<restore::Granted, Refusal>),
}

impl Promise {
    /// Pays an item of a deposit after all.
    pub fn redress(&mut self, index: usize, value: Amount) {
        if let Self::Deposit(outcomes) = self
            && let Some(outcome) = outcomes.get_mut(index)
        {
            *outcome = Ok(value);
        }
    }

    /// Signs what is owed, side by side. The same promise gives the same bytes for ever.
    /// Errors: the signer's; asking again may help.
    pub fn keep(self, office: &Office) -> Signed<Reply> {
        match self {
            Self::Enrol(outcome) => Ok(Reply::Enrol(outcome)),
            Self::Provision(Ok(owed)) => owed.keep(office).map(Ok).map(Reply::Provision),
            Self::Provision(Err(refusal)) => Ok(Reply::Provision(Err(refusal))),
            Self::Withdraw(Ok(owed)) => owed.keep(office).map(Ok).map(Reply::Withdraw),
            Self::Withdraw(Err(refusal)) => Ok(Reply::Withdraw(Err(refusal))),
            Self::Exchange(Ok(owed)) => owed.keep(office).map(Ok).map(Reply::Exchange),
            Self::Exchange(Err(refusal)) => Ok(Reply::Exchange(Err(refusal))),
            Self::Deposit(outcomes) => Ok(Reply::Deposit(outcomes)),
            Self::Claim(outcome) => Ok(Reply::Claim(outcome)),
            Self::Transfer(outcome) => Ok(Reply::Transfer(outcome)),
            Self::Restore(outcome) => Ok(Reply::Restore(outcome)),
        }
    }
}
