//! The issuer's half of exchanging.

use super::Request;
use crate::amount::Amount;
use crate::cash::{Outcome, VerifiedItem};
use crate::date::Timestamp;
use crate::error::{Error, Result};
use crate::manifest::{Manifest, ManifestHash};
use crate::policy::Policy;
use crate::withdraw::order::{Order, VerifiedItems, check_expiry};
use rand_core::CryptoRng;

/// What the issuer knows when a request arrives: which limits hold, and what day it is.
#[derive(Clone, Copy, Debug)]
pub struct Authority<'a> {
    /// The current manifest.
    pub manifest: &'a Manifest,
    /// Names of the current and the previous manifest.
    pub accepted: &'a [ManifestHash],
    /// The policy of the current manifest.
    pub policy: &'a Policy,
    /// The issuer's time.
    pub now: Timestamp,
}

/// Evidence that a request passed the checks of `[W9]` up to its items, and what `[C2]` says about
/// each item up to the evidence. The items themselves are for [`Self::decide`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedRequest {
    request: Request,
    items: VerifiedItems,
}

impl VerifiedRequest {
    /// What was verified.
    #[must_use]
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// The items that hold, for looking up what the registry knows about them.
    pub fn items(&self) -> impl Iterator<Item = &VerifiedItem> {
        self.items.iter()
    }

    /// Every item in order, then that no token is among them twice. `registry` keeps the evidence
    /// of an item and then decides it ([`VerifiedItem::decide`]); the evidence stays whatever
    /// becomes of the request (`[W5]`). An item that was paid before stands under this very plan,
    /// whose session id the caller should have found, so it is refused here.
    pub fn decide(&self, registry: impl FnMut(&VerifiedItem) -> Outcome) -> Outcome {
        self.items.decide(registry)
    }
}

impl Authority<'_> {
    /// Checks a request in the order of `[W4]`, without wallet, signatures, debit and credit
    /// (`[W9]`). That the session id is new among all exchanges is the caller's to see first
    /// (`E_SID_CONFLICT` unless the bytes are the same); the items are decided afterwards, by
    /// [`VerifiedRequest::decide`].
    /// Errors: `E_MANIFEST`, `E_REQUEST_EXPIRED`, `E_PLAN`, those of decoding a chain, `E_AMOUNT`,
    /// `E_LIMIT` above the currency's exchange limit or if the policy has none.
    pub fn verify(&self, request: Request, rng: &mut impl CryptoRng) -> Result<VerifiedRequest> {
        let plan = &request.plan;
        if !self.accepted.contains(&plan.manifest) {
            return Err(Error::Manifest);
        }
        check_expiry(plan.expires, self.now)?;
        let order = Order {
            manifest: self.manifest,
            now: self.now,
            plan_hash: plan.hash(),
            outputs: &plan.outputs,
            items: &request.items,
        };
        let currency = order.currency()?;
        let items = order.read_items(currency)?;
        let total = order.check_sums(&items, Amount::ZERO, Amount::ZERO)?;
        let limit = self.policy.limits(currency).map(|limits| limits.exchange);
        // Every token is worth something, so a limit of zero forbids.
        if limit.is_none_or(|limit| total > limit) {
            return Err(Error::Limit);
        }
        let items = order.verify_items(items, rng);
        Ok(VerifiedRequest { request, items })
    }
}
