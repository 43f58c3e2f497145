//! Claims (`[R2]`, `[R3]`): after the last deposit day, recover what nobody cashed.
//!
//! Whoever lost the tokens, but not the master secret, shows what was blinded; whoever has more of
//! a token's story shows that. The longest story is paid, once, when all had their time.

mod compromise;
mod issuer;

pub use compromise::{OpenedToken, Openings, Settlement, unopened_bound};
pub use issuer::{Grounds, Outcome, Registry, StoredSession, VerifiedClaim, Window};

use crate::cash::{CashItem, end_of};
use crate::cashed_list::{Page, Prefix};
use crate::chain::Chain;
use crate::date::Day;
use crate::encode::{Encode, Reader, Writer};
use crate::error::{Error, Result};
use crate::manifest::Manifest;
use crate::opening::{SlotOpening, ValueOpening};
use crate::signature::{PublicKey, SecretKey, Signature};
use crate::token::TokenId;
use crate::transcript::Label;
use std::collections::BTreeSet;

/// Whether a wallet may claim a token (`[R4]`): it holds no receipt for it, and the cashed list
/// does not have it. `fetched` are files of the list; without that of the token's prefix and both
/// of its neighbours the answer is no, because fetching the one alone would tell what is asked for.
#[must_use]
pub fn may_claim(token: TokenId, fetched: &[Page], receipts: &BTreeSet<TokenId>) -> bool {
    let hidden = Prefix::of(token)
        .with_neighbours()
        .iter()
        .all(|prefix| fetched.iter().any(|page| page.prefix() == *prefix));
    let listed = fetched.iter().find_map(|page| page.lists(token));
    hidden && listed == Some(false) && !receipts.contains(&token)
}

/// Who claims, and what with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// 1: whoever withdrew the token, with the opening of the output.
    Withdrawer(ValueOpening),
    /// 2: whoever's slot holds the token, with the chain that leads there and the slot's opening.
    Holder(Chain, SlotOpening),
    /// 3: whoever's key the token was passed on to, with the item that was not cashed in time.
    Payee(CashItem),
    /// 4: whoever passed the token on to a key with a day that went by, with the chain and the
    /// opening of the slot that answered last.
    Payer(Chain, SlotOpening),
}

impl Form {
    fn number(&self) -> u8 {
        match self {
            Self::Withdrawer(_) => 1,
            Self::Holder(..) => 2,
            Self::Payee(_) => 3,
            Self::Payer(..) => 4,
        }
    }

    /// The token's story, unless only its output is opened.
    #[must_use]
    pub fn chain(&self) -> Option<&Chain> {
        match self {
            Self::Withdrawer(_) => None,
            Self::Holder(chain, _) | Self::Payer(chain, _) => Some(chain),
            Self::Payee(item) => Some(item.chain()),
        }
    }
}

impl Encode for Form {
    fn encode(&self, writer: &mut Writer) {
        writer.u8(self.number());
        match self {
            Self::Withdrawer(opening) => writer.put(opening),
            Self::Holder(chain, opening) | Self::Payer(chain, opening) => {
                writer.put(chain);
                writer.put(opening);
            }
            Self::Payee(item) => writer.put(item),
        }
    }
}

/// How much of a token's story a claim shows; the highest is paid (`[R3]`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    /// How many endorsements it shows, `m`.
    pub endorsements: u8,
    /// Whether it shows the token itself, and not only the opening of an output.
    pub shows_token: bool,
}

/// A claim. Forms 1, 2 and 4 carry the signature of the claiming wallet's device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    form: Form,
    signature: Option<Signature>,
}

impl Claim {
    /// Form 1: claims what one withdrew. A wallet claims no token that is on the cashed list or for
    /// which it holds a receipt (`[R4]`).
    #[must_use]
    pub fn withdrawer(opening: ValueOpening, device: &SecretKey) -> Self {
        Self::sign(Form::Withdrawer(opening), device)
    }

    /// Form 2: claims what one's slot holds. Errors: `E_KIND` unless the chain ends on a slot.
    pub fn holder(chain: Chain, opening: SlotOpening, device: &SecretKey) -> Result<Self> {
        ends_on_slot(&chain)?;
        Ok(Self::sign(Form::Holder(chain, opening), device))
    }

    /// Form 3: claims what one's key may cash, with an item for CREDIT.
    #[must_use]
    pub fn payee(item: CashItem) -> Self {
        Self { form: Form::Payee(item), signature: None }
    }

    /// Form 4: takes back what was passed on to a key and not cashed by the day given.
    /// Errors: `E_KIND` unless the chain ends with a key; `E_DEADLINE` if without a day.
    pub fn payer(chain: Chain, opening: SlotOpening, device: &SecretKey) -> Result<Self> {
        day_of(&chain)?;
        Ok(Self::sign(Form::Payer(chain, opening), device))
    }

    fn sign(form: Form, device: &SecretKey) -> Self {
        let signature = Some(device.sign(Label::Claim, &[&form.to_bytes()]));
        Self { form, signature }
    }

    /// Reads a claim that is all of `bytes`.
    /// Errors: `E_ENCODING`, those of a chain: `E_DENOMINATION`, `E_KIND`.
    pub fn from_bytes(bytes: &[u8], manifest: &Manifest) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let form = match reader.u8()? {
            1 => Form::Withdrawer(reader.get()?),
            2 => Form::Holder(Chain::decode(&mut reader, manifest)?, reader.get()?),
            3 => return CashItem::from_bytes(reader.rest(), manifest).map(Self::payee),
            4 => Form::Payer(Chain::decode(&mut reader, manifest)?, reader.get()?),
            _ => return Err(Error::Encoding),
        };
        let signature = Some(reader.get()?);
        reader.finish()?;
        Ok(Self { form, signature })
    }

    /// Who claims, and what with.
    #[must_use]
    pub fn form(&self) -> &Form {
        &self.form
    }

    /// How it ranks among the claims of its token; `None` for form 4, which does not wait.
    #[must_use]
    pub fn rank(&self) -> Option<Rank> {
        let endorsements = self.form.chain().map_or(0, |chain| chain.links().len());
        let endorsements = u8::try_from(endorsements).unwrap_or(u8::MAX);
        match self.form {
            Form::Withdrawer(_) => Some(Rank { endorsements, shows_token: false }),
            Form::Holder(..) | Form::Payee(_) => Some(Rank { endorsements, shows_token: true }),
            Form::Payer(..) => None,
        }
    }

    /// Verifies the device's signature, where the form has one. Errors: `E_AUTH`.
    fn check_signature(&self, device: &PublicKey) -> Result<()> {
        let signature = self.signature.as_ref().ok_or(Error::Auth)?;
        device.verify(Label::Claim, &[&self.form.to_bytes()], signature)
    }
}

impl Encode for Claim {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.form);
        if let Some(signature) = &self.signature {
            writer.put(signature);
        }
    }
}

/// Whether a slot holds the token. Errors: `E_KIND`.
fn ends_on_slot(chain: &Chain) -> Result<()> {
    if chain.holder().is_some() { Ok(()) } else { Err(Error::Kind) }
}

/// The day by which a chain's key had to cash. Errors: `E_KIND` unless the chain ends with a key,
/// `E_DEADLINE` if the endorsement names no day of its own.
fn day_of(chain: &Chain) -> Result<Day> {
    let day = end_of(chain)?.day;
    if day == Day(0) { Err(Error::Deadline) } else { Ok(day) }
}
