//! Payments (section 8): what the payer hands over, and everything the payee checks.

use crate::amount::Amount;
use crate::bounds::PAYMENT_ITEMS_MAX;
use crate::chain::Chain;
use crate::date::{Day, Timestamp};
use crate::encode::{Encode, Reader, Writer};
use crate::endorse::{Digest, Kind, Place};
use crate::error::{Error, Result};
use crate::manifest::Manifest;
use crate::offer::{Mode, Offer, OfferHash};
use crate::signature::{PublicKey, SecretKey, Signature};
use crate::slot::SlotId;
use crate::token::TokenId;
use crate::transcript::Label;
use rand_core::CryptoRng;
use std::collections::{BTreeMap, BTreeSet};

/// A payment: the offer it answers and one chain per item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// The offer.
    pub offer: OfferHash,
    /// The items in order.
    pub chains: Vec<Chain>,
}

impl Payment {
    /// Reads a payment that is all of `bytes` (`[P4]` 1).
    /// Errors: `E_ENCODING`, `E_DENOMINATION`, `E_KIND`.
    pub fn from_bytes(bytes: &[u8], manifest: &Manifest) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let offer = reader.get()?;
        let count = reader.count(1..=PAYMENT_ITEMS_MAX)?;
        let chains = (0..count).map(|_| Chain::from_bytes(reader.sized()?, manifest));
        let chains = chains.collect::<Result<_>>()?;
        reader.finish()?;
        Ok(Self { offer, chains })
    }

    /// What the items are worth together. Errors: `E_AMOUNT` on overflow.
    pub fn value(&self) -> Result<Amount> {
        Amount::checked_sum(self.chains.iter().map(Chain::value)).ok_or(Error::Amount)
    }

    /// How many times the most travelled item was handed over, this time included.
    #[must_use]
    pub fn handovers(&self) -> usize {
        let each = self.chains.iter().map(|chain| chain.links().len());
        each.max().unwrap_or_default()
    }

    /// Signs the receipt with the key of the offer.
    #[must_use]
    pub fn receipt(&self, payee: &SecretKey) -> Signature {
        payee.sign(Label::Receipt, &[&self.receipt_body()])
    }

    /// Verifies a receipt for this payment. Errors: `E_AUTH`.
    pub fn verify_receipt(&self, payee: &PublicKey, receipt: &Signature) -> Result<()> {
        payee.verify(Label::Receipt, &[&self.receipt_body()], receipt)
    }

    fn receipt_body(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.put(&self.offer);
        let states: Vec<_> = self.chains.iter().map(Chain::final_state).collect();
        writer.list(&states);
        writer.finish()
    }
}

impl Encode for Payment {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.offer);
        writer.u16(u16::try_from(self.chains.len()).expect("a payment has at most 64 items"));
        self.chains.iter().for_each(|chain| writer.sized(&chain.to_bytes()));
    }
}

/// An answer that a wallet has seen before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownAnswer {
    /// The token it was given for.
    pub token: TokenId,
    /// Who answered, and where.
    pub place: Place,
    /// What was answered.
    pub digest: Digest,
}

/// Answers that a wallet has seen before, by slot.
pub type History = BTreeMap<SlotId, Vec<KnownAnswer>>;

/// What the payee knows when a payment arrives.
#[derive(Clone, Copy, Debug)]
pub struct Acceptance<'a> {
    /// The current manifest.
    pub manifest: &'a Manifest,
    /// The payee's own offer that the payment should answer.
    pub offer: &'a Offer,
    /// The bytes already accepted for this offer, if it is paid.
    pub paid: Option<&'a [u8]>,
    /// The time by the payee's monotonic clock (`[P5]`).
    pub now: Timestamp,
    /// Token and slot ids that must not be accepted.
    pub denied: &'a BTreeSet<[u8; 32]>,
    /// Answers seen before.
    pub history: &'a History,
}

/// What the payee's checks found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A good payment: store it durably, and only then send the receipt.
    New(VerifiedPayment),
    /// The very bytes that were accepted before: send the same receipt. They are not checked again.
    Repeated(Payment),
}

/// Evidence that a payment passed every check of `[P4]`, made by [`Acceptance::verify`] only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedPayment(Payment);

impl VerifiedPayment {
    /// What was verified.
    #[must_use]
    pub fn payment(&self) -> &Payment {
        &self.0
    }
}

impl Acceptance<'_> {
    /// Checks a payment in the order of `[P4]`; the first failure names the error.
    /// Errors: those of `[P4]`.
    pub fn verify(&self, bytes: &[u8], rng: &mut impl CryptoRng) -> Result<Verdict> {
        let payment = Payment::from_bytes(bytes, self.manifest)?;
        if payment.offer != self.offer.hash() {
            return Err(Error::Offer);
        }
        match self.paid {
            Some(paid) if paid == bytes => return Ok(Verdict::Repeated(payment)),
            Some(_) => return Err(Error::Offer),
            None if self.now > self.offer.terms().expires => return Err(Error::OfferExpired),
            None => {}
        }
        self.check_sums(&payment)?;
        let each = |check: &dyn Fn(u16, &Chain) -> Result<()>| {
            (0_u16..).zip(&payment.chains).try_for_each(|(item, chain)| check(item, chain))
        };
        each(&|_, chain| self.check_dates(chain))?;
        each(&|_, chain| chain.check_hops(self.manifest.slot_key(chain.token().series())?))?;
        let mut seen = BTreeSet::new();
        payment.chains.iter().try_for_each(|chain| chain.check_slots_distinct(&mut seen))?;
        each(&|_, chain| self.check_deny_list(chain))?;
        each(&|item, chain| self.check_target(item, chain))?;
        each(&|item, chain| self.check_nonce(item, chain))?;
        each(&|_, chain| self.check_deadline(chain))?;
        each(&|_, chain| chain.check_signatures(self.manifest))?;
        Chain::check_answers(&payment.chains, rng)?;
        each(&|_, chain| self.check_history(chain))?;
        Ok(Verdict::New(VerifiedPayment(payment)))
    }

    /// `[P4]` 3: distinct tokens of the offer's currency that sum to the amount, one per slot.
    fn check_sums(&self, payment: &Payment) -> Result<()> {
        let mut seen = BTreeSet::new();
        if !payment.chains.iter().all(|chain| seen.insert(chain.token_id())) {
            return Err(Error::DupToken);
        }
        let terms = self.offer.terms();
        for chain in &payment.chains {
            let series = self.manifest.slot_key(chain.token().series())?;
            if series.series.currency != terms.currency {
                return Err(Error::Amount);
            }
        }
        let counted = match &terms.mode {
            Mode::Key => true,
            Mode::Slot(slots) => slots.len() == payment.chains.len(),
        };
        let exact = payment.value()? == terms.amount;
        if counted && exact { Ok(()) } else { Err(Error::Amount) }
    }

    /// `[P4]` 4: the series may be spent today.
    fn check_dates(&self, chain: &Chain) -> Result<()> {
        let dates = self.manifest.slot_key(chain.token().series())?.series.dates;
        if dates.may_spend(self.now.day()) { Ok(()) } else { Err(Error::Expired) }
    }

    /// `[P4]` 7.
    fn check_deny_list(&self, chain: &Chain) -> Result<()> {
        let token_denied = self.denied.contains(&chain.token_id().0);
        let denied = token_denied || chain.slot_ids().any(|slot| self.denied.contains(&slot.0));
        if denied { Err(Error::Denied) } else { Ok(()) }
    }

    /// `[P4]` 8: the chain ends where the offer wants it, and leads there.
    fn check_target(&self, item: u16, chain: &Chain) -> Result<()> {
        let kind = chain.last().map(|link| link.endorsement.kind);
        let end = match (&self.offer.terms().mode, kind) {
            (Mode::Key, Some(Kind::Key)) => Some(self.offer.payee().0),
            (Mode::Slot(slots), Some(Kind::Slot) | None) => {
                slots.get(usize::from(item)).map(|slot| slot.id().0)
            }
            (Mode::Key, Some(Kind::Slot) | None) | (Mode::Slot(_), Some(Kind::Key)) => {
                return Err(Error::Kind);
            }
        };
        chain.check_targets()?;
        let reached = match chain.last() {
            Some(link) => link.endorsement.target,
            None => chain.token().slot_id().0,
        };
        if Some(reached) == end { Ok(()) } else { Err(Error::Target) }
    }

    /// `[P4]` 9: the last endorsement is for this item of this offer.
    fn check_nonce(&self, item: u16, chain: &Chain) -> Result<()> {
        let nonce = self.offer.hash().nonce(item);
        let fits = chain.last().is_none_or(|link| link.endorsement.nonce == nonce);
        if fits { Ok(()) } else { Err(Error::Nonce) }
    }

    /// `[P4]` 10: no day on SLOT; on KEY enough days left to cash.
    fn check_deadline(&self, chain: &Chain) -> Result<()> {
        chain.check_slot_days()?;
        let Some(link) = chain.last().filter(|link| link.endorsement.kind == Kind::Key) else {
            return Ok(());
        };
        let dates = self.manifest.slot_key(chain.token().series())?.series.dates;
        let day = match link.endorsement.day {
            Day(0) => dates.deposit_until,
            day => day,
        };
        let lead = u32::from(self.manifest.record().min_lead);
        let least = self.now.day().checked_add(lead).ok_or(Error::Deadline)?;
        let fits = day <= dates.deposit_until && day >= least;
        if fits { Ok(()) } else { Err(Error::Deadline) }
    }

    /// `[P4]` 13: nothing the payee knows speaks against this chain; a double spend is the graver
    /// find.
    fn check_history(&self, chain: &Chain) -> Result<()> {
        let (token, mut reused) = (chain.token_id(), false);
        for link in chain.links() {
            let known = self.history.get(&link.place.slot).into_iter().flatten();
            for known in known.filter(|known| known.digest != link.digest) {
                if known.token == token && known.place == link.place {
                    return Err(Error::Double);
                }
                reused = true;
            }
        }
        if reused { Err(Error::SlotReused) } else { Ok(()) }
    }
}
