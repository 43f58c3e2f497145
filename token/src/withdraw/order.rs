//! An order for fresh tokens: outputs to sign and tokens that pay for them. The issuer checks it in
//! the same way whether a wallet withdraws with its name or exchanges without one (`[W4]`, `[W9]`).

use super::Output;
use crate::amount::{Amount, Currency};
use crate::bounds::{REQUEST_LIFETIME_S, WITHDRAW_ITEMS_MAX};
use crate::cash::{CashItem, Outcome, Purpose, VerifiedItem};
use crate::date::Timestamp;
use crate::encode::{Reader, Writer};
use crate::error::{Error, Result};
use crate::manifest::Manifest;
use rand_core::CryptoRng;
use std::collections::BTreeSet;

/// Appends `u16 m` and the sized items.
pub(crate) fn write_items(writer: &mut Writer, items: &[Vec<u8>]) {
    writer.u16(u16::try_from(items.len()).expect("at most 64 items"));
    for item in items {
        writer.sized(item);
    }
}

/// Reads `u16 m`, at least `least` and at most 64, and the sized items. Errors: `E_ENCODING`.
pub(crate) fn read_items(reader: &mut Reader<'_>, least: u16) -> Result<Vec<Vec<u8>>> {
    let count = reader.count(least..=WITHDRAW_ITEMS_MAX)?;
    (0..count).map(|_| reader.sized().map(<[u8]>::to_vec)).collect()
}

/// Whether a request is not past its expiry, nor valid for more than a day ahead.
/// Errors: `E_REQUEST_EXPIRED`.
pub(crate) fn check_expiry(expires: Timestamp, now: Timestamp) -> Result<()> {
    let latest = now.checked_add(REQUEST_LIFETIME_S).ok_or(Error::RequestExpired)?;
    if (now..=latest).contains(&expires) { Ok(()) } else { Err(Error::RequestExpired) }
}

/// What a plan orders and what is handed in for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Order<'a> {
    /// The current manifest.
    pub manifest: &'a Manifest,
    /// The issuer's time.
    pub now: Timestamp,
    /// Hash of the plan, which every item must name.
    pub plan_hash: [u8; 32],
    /// The tokens to be signed.
    pub outputs: &'a [Output],
    /// Encoded CASH items.
    pub items: &'a [Vec<u8>],
}

impl Order<'_> {
    /// The one currency of the outputs, all of which are issued today. Errors: `E_PLAN`.
    pub fn currency(&self) -> Result<Currency> {
        let mut currency = None;
        for output in self.outputs {
            let series = &self.manifest.series_of(output.denomination)?.series;
            let same = *currency.get_or_insert(series.currency) == series.currency;
            if !same || !series.dates.may_withdraw(self.now.day()) {
                return Err(Error::Plan);
            }
        }
        currency.ok_or(Error::Plan)
    }

    /// Decodes the items, all of which are of this currency. Errors: those of decoding a chain,
    /// `E_PLAN`.
    pub fn read_items(&self, currency: Currency) -> Result<Vec<CashItem>> {
        let items = self.items.iter().map(|bytes| CashItem::from_bytes(bytes, self.manifest));
        let items = items.collect::<Result<Vec<_>>>()?;
        for item in &items {
            let series = item.chain().token().series();
            if self.manifest.slot_key(series)?.series.currency != currency {
                return Err(Error::Plan);
            }
        }
        Ok(items)
    }

    /// What is turned over, if what comes in (`debit` and the items) is what goes out (the outputs
    /// and `credit`), without overflow. Errors: `E_AMOUNT`.
    pub fn check_sums(&self, items: &[CashItem], debit: Amount, credit: Amount) -> Result<Amount> {
        let mut wanted = vec![credit];
        for output in self.outputs {
            wanted.push(self.manifest.value_key(output.denomination)?.denomination.value);
        }
        let paid = items.iter().map(|item| item.chain().value()).chain([debit]);
        let paid = Amount::checked_sum(paid).ok_or(Error::Amount)?;
        let wanted = Amount::checked_sum(wanted).ok_or(Error::Amount)?;
        if paid == wanted { Ok(paid) } else { Err(Error::Amount) }
    }

    /// What `[C2]` says about each item, up to the evidence.
    pub fn verify_items(&self, items: Vec<CashItem>, rng: &mut impl CryptoRng) -> VerifiedItems {
        let purpose = Purpose::Fund(self.plan_hash);
        let items = items.into_iter().map(Ok);
        VerifiedItems(CashItem::verify_all(items, purpose, self.manifest, rng))
    }
}

/// What `[C2]` says about each item of an order, up to the evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VerifiedItems(Vec<Result<VerifiedItem>>);

impl VerifiedItems {
    /// The items that hold.
    pub fn iter(&self) -> impl Iterator<Item = &VerifiedItem> {
        self.0.iter().flatten()
    }

    /// Every item in order, then that no token is among them twice (`[W4]`). The first refusal
    /// counts, but the registry hears of every item that holds: its evidence is kept (`[D1]`).
    pub fn decide(&self, mut registry: impl FnMut(&VerifiedItem) -> Outcome) -> Outcome {
        let mut seen = BTreeSet::new();
        let (mut distinct, mut refused) = (true, None);
        for item in &self.0 {
            let outcome = match item {
                Ok(item) => {
                    distinct &= seen.insert(item.item().chain().token_id());
                    registry(item)
                }
                Err(error) => Outcome::Refused(*error, Vec::new()),
            };
            refused = refused.or(match outcome {
                Outcome::Pay => None,
                Outcome::AlreadyPaid => Some(Outcome::Refused(Error::Cashed, Vec::new())),
                Outcome::Refused(..) => Some(outcome),
            });
        }
        match refused {
            Some(refused) => refused,
            None if distinct => Outcome::Pay,
            None => Outcome::Refused(Error::DupToken, Vec::new()),
        }
    }
}
