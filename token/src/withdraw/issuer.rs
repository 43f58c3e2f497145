//! The issuer's half of withdrawing.

use super::Request;
use crate::amount::{Amount, Currency};
use crate::bounds::REQUEST_LIFETIME_S;
use crate::cash::{CashItem, Outcome, Purpose, VerifiedItem};
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
    /// The device of the wallet; `None` unless the wallet is registered and open.
    pub device: Option<&'a PublicKey>,
    /// The intermediary that sends the request.
    pub intermediary: &'a PublicKey,
    /// The issuer's time.
    pub now: Timestamp,
}

/// Evidence that a request passed the checks of [W4] up to its items, and what [C2] says about each
/// item up to the evidence. The items themselves are for [`Self::decide`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedRequest {
    request: Request,
    items: Vec<Result<VerifiedItem>>,
}

impl VerifiedRequest {
    /// What was verified.
    #[must_use]
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// The funding items that hold, for looking up what the registry knows about them.
    pub fn items(&self) -> impl Iterator<Item = &VerifiedItem> {
        self.items.iter().flatten()
    }

    /// [W4] 10 and 11: every item in order, then that no token is among them twice. `registry`
    /// keeps the evidence of an item and then decides it ([`VerifiedItem::decide`]); the evidence
    /// stays whatever becomes of the request ([W5]). An item that was paid before stands under this
    /// very plan and is an answer that [W4] 2 should have found, so it is refused here.
    pub fn decide(&self, mut registry: impl FnMut(&VerifiedItem) -> Outcome) -> Outcome {
        let mut seen = BTreeSet::new();
        let mut distinct = true;
        for item in &self.items {
            let outcome = match item {
                Ok(item) => {
                    distinct &= seen.insert(item.item().chain().token_id());
                    registry(item)
                }
                Err(error) => Outcome::Refused(*error, Vec::new()),
            };
            match outcome {
                Outcome::Pay => {}
                Outcome::AlreadyPaid => return Outcome::Refused(Error::Cashed, Vec::new()),
                Outcome::Refused(..) => return outcome,
            }
        }
        if distinct { Outcome::Pay } else { Outcome::Refused(Error::DupToken, Vec::new()) }
    }
}

impl Authority<'_> {
    /// Checks a request in the order of [W4], from 3 to 9. That the session id is new is the
    /// caller's to see first; the items are decided afterwards, by [`VerifiedRequest::decide`].
    /// Errors: `E_MANIFEST`, `E_WALLET`, `E_AUTH`, `E_REQUEST_EXPIRED`, `E_PLAN`, those of decoding
    /// a chain, `E_AMOUNT`.
    pub fn verify(&self, request: Request, rng: &mut impl CryptoRng) -> Result<VerifiedRequest> {
        let plan = &request.signed.plan;
        if !self.accepted.contains(&plan.manifest) {
            return Err(Error::Manifest);
        }
        self.check_signatures(&request, self.device.ok_or(Error::Wallet)?)?;
        let latest = self.now.checked_add(REQUEST_LIFETIME_S).ok_or(Error::RequestExpired)?;
        if plan.expires < self.now || plan.expires > latest {
            return Err(Error::RequestExpired);
        }
        let currency = self.currency_of_outputs(&request)?;
        let items = request.signed.items.iter();
        let items = items.map(|bytes| CashItem::from_bytes(bytes, self.manifest));
        let items = items.collect::<Result<Vec<_>>>()?;
        for item in &items {
            let series = item.chain().token().series();
            if self.manifest.slot_key(series)?.series.currency != currency {
                return Err(Error::Plan);
            }
        }
        self.check_sums(&request, &items)?;
        let purpose = Purpose::Fund(plan.hash());
        let items = items.into_iter().map(|item| item.verify(purpose, self.manifest, rng));
        let items = items.collect();
        Ok(VerifiedRequest { request, items })
    }

    fn check_signatures(&self, request: &Request, device: &PublicKey) -> Result<()> {
        request.signed.verify(device)?;
        let signed = request.signed.to_bytes();
        self.intermediary.verify(Label::Authorise, &[&signed], &request.authorisation)
    }

    /// The one currency of the outputs, all of which are issued today. Errors: `E_PLAN`.
    fn currency_of_outputs(&self, request: &Request) -> Result<Currency> {
        let mut currency = None;
        for output in &request.signed.plan.outputs {
            let series = &self.manifest.series_of(output.denomination)?.series;
            let same = *currency.get_or_insert(series.currency) == series.currency;
            if !same || !series.dates.may_withdraw(self.now.day()) {
                return Err(Error::Plan);
            }
        }
        currency.ok_or(Error::Plan)
    }

    /// Whether what comes in is what goes out, without overflow. Errors: `E_AMOUNT`.
    fn check_sums(&self, request: &Request, items: &[CashItem]) -> Result<()> {
        let plan = &request.signed.plan;
        let mut wanted = vec![plan.credit];
        for output in &plan.outputs {
            wanted.push(self.manifest.value_key(output.denomination)?.denomination.value);
        }
        let paid = items.iter().map(|item| item.chain().value()).chain([plan.debit]);
        let paid = Amount::checked_sum(paid).ok_or(Error::Amount)?;
        let wanted = Amount::checked_sum(wanted).ok_or(Error::Amount)?;
        if paid == wanted { Ok(()) } else { Err(Error::Amount) }
    }
}
