//! A compromised value key (`[X2]`): its signatures no longer show that the issuer made a token.
//!
//! An opening still does. The issuer keeps what it signed blindly, and SHA-512 binds each of those
//! messages to one token, even if RSA falls. So openings are collected as long as claims may come;
//! then they are closed, and every token's leading claim (`[R3]`) is settled: a token that was
//! opened is paid, others only as far as more was issued than was opened.

use super::StoredSession;
use crate::error::{Error, Result};
use crate::manifest::Manifest;
use crate::opening::ValueOpening;
use crate::series::DenominationId;
use crate::token::TokenId;
use std::collections::BTreeSet;

/// Evidence that the issuer signed a token: one of its stored outputs was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenedToken {
    denomination: DenominationId,
    token: TokenId,
}

impl OpenedToken {
    /// Verifies an opening against the session that it names. It need not come from the wallet of
    /// the session: whoever shows it with a chain has it from the withdrawer, and it pays nobody by
    /// itself. Form 1 of a claim, which does, asks for the wallet first (`[R1]`).
    /// Errors: `E_OPENING`, also if the session signed no tokens; `E_DENOMINATION` if the manifest
    /// no longer has the output's.
    pub fn verify(
        opening: &ValueOpening,
        session: &StoredSession<'_>,
        manifest: &Manifest,
    ) -> Result<Self> {
        let (StoredSession::Withdrawal(sid, _, outputs) | StoredSession::Exchange(sid, outputs)) =
            session
        else {
            return Err(Error::Opening);
        };
        let token = opening.verify(sid, outputs, manifest)?;
        let output = outputs.get(usize::from(opening.output)).ok_or(Error::Opening)?;
        Ok(Self { denomination: output.denomination, token })
    }

    /// The denomination that was signed.
    #[must_use]
    pub fn denomination(&self) -> DenominationId {
        self.denomination
    }

    /// The token that was signed.
    #[must_use]
    pub fn token(&self) -> TokenId {
        self.token
    }
}

/// The opened tokens of a denomination whose value key is compromised, while more may come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Openings {
    denomination: DenominationId,
    tokens: BTreeSet<TokenId>,
}

impl Openings {
    /// No openings of this denomination yet.
    #[must_use]
    pub fn new(denomination: DenominationId) -> Self {
        Self { denomination, tokens: BTreeSet::new() }
    }

    /// Keeps that a token was opened. The same token again changes nothing.
    /// Errors: `E_DENOMINATION` if it is of another denomination.
    pub fn keep(&mut self, opened: &OpenedToken) -> Result<()> {
        if opened.denomination != self.denomination {
            return Err(Error::Denomination);
        }
        self.tokens.insert(opened.token);
        Ok(())
    }

    /// Whether a token was opened. A claim of form 4, which is paid at once if so, waits with the
    /// others if not.
    #[must_use]
    pub fn contain(&self, token: TokenId) -> bool {
        self.tokens.contains(&token)
    }

    /// Ends the time for openings, and begins that for paying: an opening that came after a chain
    /// without one was paid could find its own share gone. `issued` is how many tokens of the
    /// denomination the issuer signed, `paid` are those that it cashed or paid to a claim before.
    #[must_use]
    pub fn close(self, issued: u64, paid: BTreeSet<TokenId>) -> Settlement {
        let unopened = paid.difference(&self.tokens).count();
        let count = |tokens: usize| u64::try_from(tokens).unwrap_or(u64::MAX);
        let bound = unopened_bound(issued, count(self.tokens.len()), count(unopened));
        Settlement { opened: self.tokens, paid, bound }
    }
}

/// How many more tokens of a denomination may be paid without an opening, of which so many were
/// signed, opened, and paid without an opening (`[X2]`).
#[must_use]
pub fn unopened_bound(issued: u64, opened: u64, paid_unopened: u64) -> u64 {
    issued.saturating_sub(opened).saturating_sub(paid_unopened)
}

/// Which tokens of a denomination with a compromised value key are paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    opened: BTreeSet<TokenId>,
    paid: BTreeSet<TokenId>,
    bound: u64,
}

impl Settlement {
    /// How many more tokens may be paid without an opening: issued minus opened, and minus what was
    /// paid without one. If this is less than wait to be paid, some of them are forged, and nothing
    /// in them shows which: whom to pay is for the issuer to say.
    #[must_use]
    pub fn bound(&self) -> u64 {
        self.bound
    }

    /// Pays a token to its leading claim.
    /// Errors: `E_CASHED` if it was paid before; `E_OPENING` if it was not opened and the bound on
    /// such tokens is used up.
    pub fn pay(&mut self, token: TokenId) -> Result<()> {
        if self.paid.contains(&token) {
            return Err(Error::Cashed);
        }
        if !self.opened.contains(&token) {
            self.bound = self.bound.checked_sub(1).ok_or(Error::Opening)?;
        }
        self.paid.insert(token);
        Ok(())
    }
}
