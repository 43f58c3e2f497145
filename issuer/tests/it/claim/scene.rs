//! A payer and a payee with slots, and the claims that they make.

use crate::stage::{Stage, TODAY};
use crate::wallet::{ACCOUNT, Cash, Place, Wallet, Withdrawal};
use tender_issuer::operation::Done;
use tender_issuer::rows::Incidents;
use tender_proto::claim::{Granted, Reply, Request as Asked};
use tender_proto::operator::{Operation, Refusal};
use tender_token::amount::Amount;
use tender_token::cash::CashItem;
use tender_token::chain::Chain;
use tender_token::claim::Claim;
use tender_token::date::{Day, Timestamp};
use tender_token::encode::Encode;
use tender_token::identity::IdentityKey;
use tender_token::opening::{SlotOpening, ValueOpening};
use tender_token::token::TokenId;

/// Slots of each wallet.
const SLOTS: u16 = 6;

pub struct Scene {
    pub stage: Stage,
    pub payer: Wallet,
    pub payee: Wallet,
    pub from: Vec<Place<'static>>,
    pub to: Vec<Place<'static>>,
}

impl Scene {
    pub fn new() -> Self {
        Self::on(Stage::new())
    }

    pub fn on(stage: Stage) -> Self {
        let (payer, payee) = (Wallet::enrolled(&stage), Wallet::enrolled(&stage));
        let (from, to) = (slots(&payer, &stage), slots(&payee, &stage));
        Self { stage, payer, payee, from, to }
    }

    /// Form 1 of the payer.
    pub fn withdrawer(&self, drawn: &Withdrawal, place: &Place<'_>) -> Asked {
        withdrawer(&self.payer, drawn.opening(0, place))
    }

    /// Form 2 of a wallet.
    pub fn holder(&self, wallet: &Wallet, chain: &Chain, place: &Place<'_>) -> Asked {
        holder(wallet, chain, place.opening(self.stage.manifest()))
    }

    /// Form 4 of a wallet, for what it passed on.
    pub fn payer(&self, wallet: &Wallet, cash: &Cash, place: &Place<'_>) -> Asked {
        payer(wallet, &cash.chain, place.opening(self.stage.manifest()))
    }

    /// Form 3.
    pub fn payee(&self, cash: &Cash) -> Asked {
        let item = CashItem::from_bytes(&cash.item, self.stage.manifest()).expect("it is an item");
        let claim = Claim::payee(item).to_bytes();
        Asked { claim, identity: None, session_identity: None, account: None }
    }

    /// Whom the incidents accuse.
    pub fn accused(&self) -> Vec<IdentityKey> {
        let mut accused = Vec::new();
        let scan = self.stage.store.scan::<Incidents>(|_, row| accused.push(row.identity));
        scan.expect("the store answers");
        accused
    }

    /// Tokens of 1.00 that the payer withdrew onto its first slots, with what opens them.
    pub fn drawn(&self, count: usize) -> Vec<(Withdrawal, Chain)> {
        let places = self.from[..count].iter();
        places.map(|place| self.payer.drawn(&self.stage, place, 100)).collect()
    }

    /// Files claims on the day after the last one of deposits. Each leads.
    pub fn file<'a>(&mut self, claims: impl IntoIterator<Item = &'a Asked>) {
        self.stage.now = on(DEPOSIT + 1);
        for claim in claims {
            assert_eq!(self.ask(claim), leads());
            self.stage.assert_clean();
        }
    }

    /// Pays a token's claim on an operator's order.
    pub fn order(&self, token: TokenId) -> Result<Done, Refusal> {
        self.stage.operate(Operation::PayClaim(token))
    }

    /// Asks at the first bank.
    pub fn ask(&self, asked: &Asked) -> Reply {
        self.stage.claim(&self.stage.bank, asked)
    }
}

/// As many slots as a wallet may have. What they are derived from lives as long as the test.
pub fn slots(wallet: &Wallet, stage: &Stage) -> Vec<Place<'static>> {
    let opened = Box::leak(Box::new(wallet.opened(stage, SLOTS)));
    wallet.slots(stage, opened)
}

/// A wallet's question about a session of its own.
pub fn own(wallet: &Wallet, claim: &Claim) -> Asked {
    let identity = Some(wallet.identity.key());
    let claim = claim.to_bytes();
    Asked { claim, identity, session_identity: identity, account: Some(ACCOUNT) }
}

pub fn withdrawer(wallet: &Wallet, opening: ValueOpening) -> Asked {
    own(wallet, &Claim::withdrawer(opening, &wallet.device))
}

pub fn holder(wallet: &Wallet, chain: &Chain, opening: SlotOpening) -> Asked {
    let claim = Claim::holder(chain.clone(), opening, &wallet.device);
    own(wallet, &claim.expect("a slot holds it"))
}

pub fn payer(wallet: &Wallet, chain: &Chain, opening: SlotOpening) -> Asked {
    let claim = Claim::payer(chain.clone(), opening, &wallet.device);
    own(wallet, &claim.expect("the endorsement has a day"))
}

/// Noon of a day of the series, counted from its first.
pub fn on(day: u32) -> Timestamp {
    Timestamp(u64::from(TODAY.0 + day) * 86_400 + 43_200)
}

/// The day in the series' count.
pub fn day(day: u32) -> Day {
    Day(TODAY.0 + day)
}

/// The last day of deposits, and of claims.
pub const DEPOSIT: u32 = 30;
pub const CLAIM: u32 = 40;

/// The claim leads.
#[allow(clippy::unnecessary_wraps, reason = "replies are compared with it")]
pub fn leads() -> Reply {
    Ok(Granted::Leads(day(CLAIM)))
}

/// The claim is paid, with so many minor units.
#[allow(clippy::unnecessary_wraps, reason = "replies are compared with it")]
pub fn paid(minor_units: u64) -> Reply {
    Ok(Granted::Paid(Amount::from_minor_units(minor_units)))
}
