//! The issuer's half of withdrawing.

use super::Request;
use super::order::{Order, VerifiedItems, check_expiry};
use crate::cash::{Outcome, VerifiedItem};
use crate::date::Timestamp;
use crate::error::{Error, Result};
use crate::manifest::{Manifest, ManifestHash};
use crate::signature::PublicKey;
use rand_core::CryptoRng;

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

/// Evidence that a request passed the checks of `[W4]` up to its items, and what `[C2]` says about
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

    /// The funding items that hold, for looking up what the registry knows about them.
    pub fn items(&self) -> impl Iterator<Item = &VerifiedItem> {
        self.items.iter()
    }

    /// `[W4]` 10 and 11: every item in order, then that no token is among them twice. `registry`
    /// keeps the evidence of an item and then decides it ([`VerifiedItem::decide`]); the evidence
    /// stays whatever becomes of the request (`[W5]`). An item that was paid before stands under
    /// this very plan and is an answer that `[W4]` 2 should have found, so it is refused here.
    pub fn decide(&self, registry: impl FnMut(&VerifiedItem) -> Outcome) -> Outcome {
        self.items.decide(registry)
    }
}

impl Authority<'_> {
    /// Checks a request in the order of `[W4]`, from 3 to 9. That the session id is new is the
    /// caller's to see first; the items are decided afterwards, by [`VerifiedRequest::decide`].
    /// Errors: `E_MANIFEST`, `E_WALLET`, `E_AUTH`, `E_REQUEST_EXPIRED`, `E_PLAN`, those of decoding
    /// a chain, `E_AMOUNT`.
    pub fn verify(&self, request: Request, rng: &mut impl CryptoRng) -> Result<VerifiedRequest> {
        let plan = &request.signed.plan;
        if !self.accepted.contains(&plan.manifest) {
            return Err(Error::Manifest);
        }
        request.check_signatures(self.device.ok_or(Error::Wallet)?, self.intermediary)?;
        check_expiry(plan.expires, self.now)?;
        let order = Order {
            manifest: self.manifest,
            now: self.now,
            plan_hash: plan.hash(),
            outputs: &plan.outputs,
            items: &request.signed.items,
        };
        let items = order.read_items(order.currency()?)?;
        order.check_sums(&items, plan.debit, plan.credit)?;
        let items = order.verify_items(items, rng);
        Ok(VerifiedRequest { request, items })
    }
}
