//! Chains (section 7): a token followed by its endorsements, and every check on them.

use crate::amount::Amount;
use crate::date::Day;
use crate::encode::{Encode, Reader, Writer};
use crate::endorse::{Answer, Digest, Endorsement, Kind, Place, State};
use crate::error::{Error, Result};
use crate::group::{Equation, Scalar};
use crate::manifest::{Manifest, SlotKey};
use crate::slot::{SlotBody, SlotId};
use crate::token::{Token, TokenId};
use rand_core::CryptoRng;
use std::collections::BTreeSet;

/// One endorsement of a chain with its answer and, for kind SLOT, the slot it leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Who answered, and where.
    pub place: Place,
    /// What the endorsement says.
    pub endorsement: Endorsement,
    /// `D`, what was answered.
    pub digest: Digest,
    /// The answer.
    pub answer: Answer,
    /// The next slot, for kind SLOT.
    pub slot: Option<SlotBody>,
}

/// A token and its endorsements. States and digests are computed where the chain is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    token: Token,
    links: Vec<Link>,
}

impl Chain {
    /// The chain of a token that nobody has endorsed yet.
    #[must_use]
    pub fn new(token: Token) -> Self {
        Self { token, links: Vec::new() }
    }

    /// The chain after one more endorsement; `slot` is what a SLOT endorsement leads to.
    /// Errors: `E_KIND` after a KEY endorsement or if the slot is missing or too much;
    /// `E_HOPS` beyond 255 endorsements.
    pub fn endorsed(
        mut self,
        endorsement: Endorsement,
        answer: Answer,
        slot: Option<SlotBody>,
    ) -> Result<Self> {
        let fits = slot.is_some() == (endorsement.kind == Kind::Slot);
        let place = self.next_place().filter(|_| fits).ok_or(Error::Kind)?;
        if place.position == u8::MAX {
            return Err(Error::Hops);
        }
        let digest = place.digest(&endorsement);
        self.links.push(Link { place, endorsement, digest, answer, slot });
        Ok(self)
    }

    /// The chain that leads to an endorsement: as it was before the one at this position.
    #[must_use]
    pub fn before(&self, position: u8) -> Self {
        let links = self.links.iter().take(usize::from(position)).cloned().collect();
        Self { token: self.token.clone(), links }
    }

    /// Reads a chain. Errors: `E_DENOMINATION`; `E_KIND` for an unknown kind or a KEY that is not
    /// last; `E_ENCODING`.
    pub fn decode(reader: &mut Reader<'_>, manifest: &Manifest) -> Result<Self> {
        let token = Token::decode(reader, manifest)?;
        let length = manifest.slot_key(token.series())?.key.length();
        let mut chain = Self::new(token);
        for behind in (0..reader.u8()?).rev() {
            // The kind is read first, so that a KEY with something behind it has its own error
            // whatever else is wrong with it.
            if reader.clone().get::<Kind>()? == Kind::Key && behind > 0 {
                return Err(Error::Kind);
            }
            let (endorsement, answer) = (reader.get::<Endorsement>()?, reader.get()?);
            let slot = match endorsement.kind {
                Kind::Slot => Some(SlotBody::decode(reader, length)?),
                Kind::Key => None,
            };
            chain = chain.endorsed(endorsement, answer, slot)?;
        }
        Ok(chain)
    }

    /// Reads a chain that is all of `bytes`. Errors: those of [`Self::decode`].
    pub fn from_bytes(bytes: &[u8], manifest: &Manifest) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let chain = Self::decode(&mut reader, manifest)?;
        reader.finish()?;
        Ok(chain)
    }

    /// The token.
    #[must_use]
    pub fn token(&self) -> &Token {
        &self.token
    }

    /// `token_id`.
    #[must_use]
    pub fn token_id(&self) -> TokenId {
        self.token.id()
    }

    /// What it is worth.
    #[must_use]
    pub fn value(&self) -> Amount {
        self.token.value()
    }

    /// The endorsements in order.
    #[must_use]
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// The last endorsement.
    #[must_use]
    pub fn last(&self) -> Option<&Link> {
        self.links.last()
    }

    /// `state_m`, after all endorsements.
    #[must_use]
    pub fn final_state(&self) -> State {
        match self.links.last() {
            Some(link) => link.digest.next_state(),
            None => State(self.token_id().0),
        }
    }

    /// The slot that now holds the token, or `None` after a KEY endorsement.
    #[must_use]
    pub fn holder(&self) -> Option<SlotId> {
        match self.links.last() {
            Some(link) => link.slot.as_ref().map(|slot| slot.commitments.slot_id(self.series())),
            None => Some(self.token.slot_id()),
        }
    }

    /// Where the next endorsement would stand, or `None` after a KEY endorsement.
    #[must_use]
    pub fn next_place(&self) -> Option<Place> {
        let position = u8::try_from(self.links.len()).unwrap_or(u8::MAX);
        self.holder().map(|slot| Place { slot, position, state: self.final_state() })
    }

    /// How many slots the token has been passed on to.
    #[must_use]
    pub fn hops(&self) -> usize {
        self.links.iter().filter(|link| link.slot.is_some()).count()
    }

    /// The ids of all slots of the chain, `slot_0` first.
    pub fn slot_ids(&self) -> impl Iterator<Item = SlotId> {
        let later = self.links.iter().filter_map(|link| link.slot.as_ref());
        let first = core::iter::once(self.token.slot_id());
        first.chain(later.map(|slot| slot.commitments.slot_id(self.series())))
    }

    /// `[P4]` 5: not more hops than the series allows. Errors: `E_HOPS`.
    pub fn check_hops(&self, series: &SlotKey) -> Result<()> {
        let within = self.hops() <= usize::from(series.series.max_hops);
        if within { Ok(()) } else { Err(Error::Hops) }
    }

    /// `[P4]` 6: adds all slots to `seen`. Errors: `E_DUP_SLOT` if one is there already.
    pub fn check_slots_distinct(&self, seen: &mut BTreeSet<SlotId>) -> Result<()> {
        if self.slot_ids().all(|slot| seen.insert(slot)) { Ok(()) } else { Err(Error::DupSlot) }
    }

    /// `[P4]` 8: every SLOT endorsement points at the slot that follows it. Errors: `E_TARGET`.
    pub fn check_targets(&self) -> Result<()> {
        let series = self.series();
        let fits = self.links.iter().all(|link| match &link.slot {
            Some(slot) => link.endorsement.target == slot.commitments.slot_id(series).0,
            None => true,
        });
        if fits { Ok(()) } else { Err(Error::Target) }
    }

    /// `[P4]` 10: SLOT endorsements carry no day. Errors: `E_DEADLINE`.
    pub fn check_slot_days(&self) -> Result<()> {
        let dated = |link: &Link| link.slot.is_some() && link.endorsement.day != Day(0);
        if self.links.iter().any(dated) { Err(Error::Deadline) } else { Ok(()) }
    }

    /// `[P4]` 11: the value signature, then every slot's certificate. Errors: `E_VALUE`, `E_CERT`.
    pub fn check_signatures(&self, manifest: &Manifest) -> Result<()> {
        self.token.verify_value(manifest)?;
        self.slots().try_for_each(|slot| slot.verify(self.series(), manifest))
    }

    /// `[P4]` 12: every answer, in one weighted equation with fresh random 128-bit weights.
    /// Errors: `E_RESPONSE`.
    pub fn check_answers<'a>(
        chains: impl IntoIterator<Item = &'a Self>,
        rng: &mut impl CryptoRng,
    ) -> Result<()> {
        let equations: Vec<_> = chains.into_iter().flat_map(Self::equations).collect();
        let mut weighted = Vec::with_capacity(equations.len());
        for equation in equations {
            if equation.c.is_zero() {
                return Err(Error::Response);
            }
            let mut weight = [0; 16];
            rng.fill_bytes(&mut weight);
            // A weight of zero would leave its statement out. Chance makes none, but a source of
            // randomness that is broken may, and then nothing passes.
            if weight == [0; 16] {
                return Err(Error::Response);
            }
            weighted.push((equation, Scalar::from_weight(weight)));
        }
        if Equation::all_hold(&weighted) { Ok(()) } else { Err(Error::Response) }
    }

    /// Everything that a chain says of itself, for whoever looks again at one that was kept: hops,
    /// slots, targets, days, signatures, and every answer by itself.
    /// Errors: `E_HOPS`, `E_DUP_SLOT`, `E_TARGET`, `E_DEADLINE`, `E_VALUE`, `E_CERT`, `E_RESPONSE`.
    pub fn check_again(&self, manifest: &Manifest) -> Result<()> {
        self.check_hops(manifest.slot_key(self.series())?)?;
        self.check_slots_distinct(&mut BTreeSet::new())?;
        self.check_targets()?;
        self.check_slot_days()?;
        self.check_signatures(manifest)?;
        let mut answered = self.links.iter().zip(self.slots());
        answered.try_for_each(|(link, slot)| link.answer.verify(&link.digest, &slot.commitments))
    }

    fn equations(&self) -> impl Iterator<Item = Equation<'_>> {
        let answered = self.links.iter().zip(self.slots());
        answered.map(|(link, slot)| link.answer.equation(&link.digest, &slot.commitments))
    }

    /// All slots of the chain, `slot_0` first.
    pub fn slots(&self) -> impl Iterator<Item = &SlotBody> {
        let later = self.links.iter().filter_map(|link| link.slot.as_ref());
        core::iter::once(self.token.slot()).chain(later)
    }

    fn series(&self) -> crate::series::SeriesId {
        self.token.series()
    }
}

impl Encode for Chain {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.token);
        writer.u8(u8::try_from(self.links.len()).expect("checked where links are added"));
        for link in &self.links {
            writer.put(&link.endorsement);
            writer.put(&link.answer);
            if let Some(slot) = &link.slot {
                writer.put(slot);
            }
        }
    }
}
