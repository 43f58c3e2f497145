//! Receive (section 8): verifying a payment with nobody else present, keeping it, giving one's
//! word.
//!
//! The chains and the receipt become durable together; only then may anybody say "paid" (`[P4]`).

use crate::error::{Error, Result, Verb};
use crate::records::{
    Evidence, Holder, OfferRecord, Paid, SlotState, TokenRecord, TokenState, What,
};
use crate::store::{EvidenceTable, Offers, Seen, Slots, StoreError, Tokens};
use crate::wallet::{Draft, Wallet};
use rand_core::CryptoRng;
use tender_token::amount::Amount;
use tender_token::chain::Chain;
use tender_token::date::Timestamp;
use tender_token::encode::Encode;
use tender_token::error::Error as Rule;
use tender_token::offer::{Offer, OfferHash};
use tender_token::payment::{Acceptance, History, KnownAnswer, Payment, Verdict, VerifiedPayment};
use tender_token::signature::{SecretKey, Signature};

/// A payment that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// The offer it pays.
    pub offer: OfferHash,
    /// What it is worth.
    pub amount: Amount,
    /// In how many tokens.
    pub tokens: usize,
    /// How many times the most travelled of them was handed over, this time included.
    pub handovers: usize,
    /// The word to give to the payer.
    pub receipt: Signature,
    /// Whether the same payment was taken before.
    pub repeated: bool,
}

/// A payment that was looked at.
pub(super) struct Examined {
    /// The offer that it pays.
    pub(super) row: OfferRecord,
    /// What it says.
    pub(super) decoded: Payment,
    /// What comes of the checks of `[P4]`.
    pub(super) verdict: core::result::Result<Verdict, Rule>,
}

impl Wallet {
    /// Verifies a payment, keeps it, and gives the receipt; the same bytes get the same receipt.
    /// Errors: those of `[P4]`; `E_LIMIT`. A payment that contradicts what was seen is kept as
    /// evidence.
    pub fn receive(
        &mut self,
        payment: &[u8],
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<Received> {
        let Examined { row, decoded, verdict } = self.examine(payment, now, rng)?;
        let (hash, amount, tokens) = (decoded.offer, row.amount, decoded.chains.len());
        let handovers = decoded.handovers();
        match verdict {
            Ok(Verdict::Repeated(_)) => {
                let paid = row.paid.ok_or(StoreError::Corrupt { table: "offers" })?;
                let receipt = paid.receipt;
                Ok(Received { offer: hash, amount, tokens, handovers, receipt, repeated: true })
            }
            Ok(Verdict::New(verified)) => {
                self.check_receive(amount, now, Verb::Receive)?;
                let receipt = self.keep_payment(hash, row, &verified, payment, now)?;
                Ok(Received { offer: hash, amount, tokens, handovers, receipt, repeated: false })
            }
            Err(rule) => {
                if matches!(rule, Rule::Double | Rule::SlotReused) {
                    self.keep_evidence(hash, rule, amount, payment, now)?;
                }
                Err(Verb::Receive.refused()(rule))
            }
        }
    }

    /// Verifies a payment, and keeps nothing. Errors: it pays no offer of this wallet, or with
    /// revoked keys.
    pub(super) fn examine(
        &self,
        payment: &[u8],
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<Examined> {
        let refused = Verb::Receive.refused();
        let trusted = self.trusted()?;
        let manifest = trusted.manifest();
        let decoded = Payment::from_bytes(payment, manifest).map_err(&refused)?;
        let revoked = |chain: &Chain| {
            let denomination = chain.token().denomination();
            let series = manifest.series_of(denomination).map(|key| key.series.id());
            series.is_ok_and(|series| trusted.is_revoked(denomination, series))
        };
        let row = self.store.get::<Offers>(&decoded.offer)?.ok_or_else(|| refused(Rule::Offer))?;
        let offer = Offer::from_bytes(&row.offer, manifest).map_err(&refused)?;
        if row.paid.is_none() && decoded.chains.iter().any(revoked) {
            return Err(refused(Rule::Denied));
        }
        let acceptance = Acceptance {
            manifest,
            offer: &offer,
            paid: row.paid.as_ref().map(|paid| paid.payment.as_slice()),
            now: self.standing()?.clock.max(now),
            denied: trusted.denied(),
            history: &self.seen(&decoded)?,
        };
        let verdict = acceptance.verify(payment, rng);
        Ok(Examined { row, decoded, verdict })
    }

    /// Stores chains, slots, the paid offer and the receipt in one commit.
    fn keep_payment(
        &mut self,
        hash: OfferHash,
        row: OfferRecord,
        verified: &VerifiedPayment,
        bytes: &[u8],
        now: Timestamp,
    ) -> Result<Signature> {
        let payment = verified.payment();
        let receipt = payment.receipt(&SecretKey::from_seed(&row.seed));
        let mut draft = self.draft(now)?;
        for chain in &payment.chains {
            self.keep_chain(&mut draft, chain, &row.seed)?;
        }
        let received = draft.standing.received.checked_add(row.amount);
        draft.standing.received = received.ok_or_else(|| Verb::Receive.refused()(Rule::Amount))?;
        draft.note(What::Received, row.amount, payment.chains.len());
        let paid = Some(Paid { payment: bytes.to_vec(), receipt });
        draft.batch.put::<Offers>(&hash, &OfferRecord { paid, ..row });
        self.commit(draft)?;
        Ok(receipt)
    }

    fn keep_chain(&self, draft: &mut Draft, chain: &Chain, seed: &[u8; 32]) -> Result<()> {
        let holder = match chain.holder() {
            Some(slot) => {
                let mut row = self.slot(slot)?;
                row.state = SlotState::Holding(chain.token_id());
                draft.batch.put::<Slots>(&slot, &row);
                Holder::Slot(slot)
            }
            None => Holder::Key(*seed),
        };
        let token = TokenRecord {
            chain: chain.to_bytes(),
            value: chain.value(),
            series: chain.token().series(),
            hops: u8::try_from(chain.hops()).expect("verified chains have at most 32 hops"),
            holder,
            received: true,
            state: TokenState::Held,
        };
        draft.batch.put::<Tokens>(&chain.token_id(), &token);
        for link in chain.links() {
            let slot = link.place.slot;
            let mut seen = self.store.get::<Seen>(&slot)?.unwrap_or_default();
            let (token, place, digest) = (chain.token_id(), link.place, link.digest);
            let known = KnownAnswer { token, place, digest };
            if !seen.0.contains(&known) {
                seen.0.push(known);
                draft.batch.put::<Seen>(&slot, &seen);
            }
        }
        Ok(())
    }

    /// What was seen of the slots of a payment.
    fn seen(&self, payment: &Payment) -> Result<History> {
        let mut history = History::new();
        for slot in payment.chains.iter().flat_map(Chain::slot_ids) {
            if let Some(seen) = self.store.get::<Seen>(&slot)? {
                history.insert(slot, seen.0);
            }
        }
        Ok(history)
    }

    fn keep_evidence(
        &mut self,
        hash: OfferHash,
        error: Rule,
        amount: Amount,
        payment: &[u8],
        now: Timestamp,
    ) -> Result<()> {
        let mut draft = self.draft(now)?;
        let payment = payment.to_vec();
        draft.batch.put::<EvidenceTable>(&hash, &Evidence { error, payment });
        draft.note(What::Contradicted, amount, 0);
        Ok(self.commit(draft)?)
    }

    /// Payments that were refused because they contradict what was seen (`[P4]` 13).
    /// Errors: [`Error::Store`].
    pub fn evidence(&self) -> Result<Vec<(OfferHash, Evidence)>> {
        self.store.all::<EvidenceTable>().map_err(Error::Store)
    }
}
