//! The issuer's half of withdrawing.

use super::Request;
use crate::amount::Amount;
use crate::bounds::REQUEST_LIFETIME_S;
use crate::cash::{CashItem, Instruction, VerifiedItem};
use crate::date::Timestamp;
use crate::encode::Encode;
use crate::error::{Error, Result};
use crate::manifest::{Manifest, ManifestHash};
use crate::signature::PublicKey;
use crate::transcript::Label;
use rand_core::CryptoRng;
use std::collections::BTreeSet;

/// What the issuer knows when a request arrives: whose word it needs, and what day it is.
#[derive(Clone, Copy, Debug)]
pub struct Authority<'a> {
    /// The current manifest.
    pub manifest: &'a Manifest,
    /// Names of the current and the previous manifest.
    pub accepted: &'a [ManifestHash],
    /// The device of the registered wallet.
    pub device: &'a PublicKey,
    /// The intermediary that sends the request.
    pub intermediary: &'a PublicKey,
    /// The issuer's time.
    pub now: Timestamp,
}

/// Evidence that a request passed every check of [W4] that needs no memory of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedRequest {
    request: Request,
    items: Vec<VerifiedItem>,
}

impl VerifiedRequest {
    /// What was verified.
    #[must_use]
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// The funding items, each still to be decided by the registry.
    #[must_use]
    pub fn items(&self) -> &[VerifiedItem] {
        &self.items
    }
}

impl Authority<'_> {
    /// Checks a request in the order of [W4] between "known" and "debit possible". That the session
    /// id is new and the wallet registered and open is the caller's to see first.
    /// Errors: `E_MANIFEST`, `E_AUTH`, `E_REQUEST_EXPIRED`, `E_PLAN`, `E_AMOUNT`, those of the
    /// items, `E_INSTR`, `E_DUP_TOKEN`.
    pub fn verify(&self, request: Request, rng: &mut impl CryptoRng) -> Result<VerifiedRequest> {
        let plan = &request.signed.plan;
        if !self.accepted.contains(&plan.manifest) {
            return Err(Error::Manifest);
        }
        self.check_signatures(&request)?;
        let latest = self.now.checked_add(REQUEST_LIFETIME_S).ok_or(Error::RequestExpired)?;
        if plan.expires < self.now || plan.expires > latest {
            return Err(Error::RequestExpired);
        }
        let (currency, wanted) = self.outputs(&request)?;
        let items = request.signed.items.iter();
        let items = items.map(|bytes| CashItem::from_bytes(bytes, self.manifest));
        let items = items.collect::<Result<Vec<_>>>()?;
        for item in &items {
            if self.currency_of(item)? != currency {
                return Err(Error::Plan);
            }
        }
        let funded = items.iter().map(|item| item.chain().value()).chain([plan.debit]);
        let paid = Amount::checked_sum(funded).ok_or(Error::Amount)?;
        if wanted.checked_add(plan.credit) != Some(paid) {
            return Err(Error::Amount);
        }
        let items = self.items(items, Instruction::Fund(plan.hash()), rng)?;
        Ok(VerifiedRequest { request, items })
    }

    fn check_signatures(&self, request: &Request) -> Result<()> {
        request.signed.verify(self.device)?;
        let signed = request.signed.to_bytes();
        self.intermediary.verify(Label::Authorise, &[&signed], &request.authorisation)
    }

    /// The one currency of the outputs and what they are worth together.
    fn outputs(&self, request: &Request) -> Result<(crate::amount::Currency, Amount)> {
        let mut currency = None;
        let mut values = Vec::new();
        for output in &request.signed.plan.outputs {
            let series = &self.manifest.series_of(output.denomination)?.series;
            let same = *currency.get_or_insert(series.currency) == series.currency;
            if !same || !series.dates.may_withdraw(self.now.day()) {
                return Err(Error::Plan);
            }
            values.push(self.manifest.value_key(output.denomination)?.denomination.value);
        }
        let total = Amount::checked_sum(values).ok_or(Error::Amount)?;
        Ok((currency.ok_or(Error::Plan)?, total))
    }

    fn currency_of(&self, item: &CashItem) -> Result<crate::amount::Currency> {
        let series = item.chain().token().series();
        Ok(self.manifest.slot_key(series)?.series.currency)
    }

    fn items(
        &self,
        items: Vec<CashItem>,
        instruction: Instruction,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<VerifiedItem>> {
        let mut seen = BTreeSet::new();
        let mut verified = Vec::with_capacity(items.len());
        for item in items {
            if item.instruction() != instruction {
                return Err(Error::Instr);
            }
            verified.push(item.verify(self.manifest, rng)?);
        }
        for item in &verified {
            if !seen.insert(item.item().chain().token_id()) {
                return Err(Error::DupToken);
            }
        }
        Ok(verified)
    }
}
