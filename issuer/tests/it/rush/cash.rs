//! Many tokens, quickly: the issuer's keys certify the slots without cut and choose, and messages
//! go to be signed without a blinding, which changes no signature. All else is as it always is.

use super::present::BANKS;
use crate::stage::{Bank, Stage, random};
use crate::wallet::{self, ACCOUNT, CREDIT, Wallet, series};
use rayon::prelude::*;
use tender_issuer::request::{Reply, Request};
use tender_proto::operator::Operation;
use tender_token::amount::Amount;
use tender_token::bounds::WITHDRAW_OUTPUTS_MAX;
use tender_token::cash::CashItem;
use tender_token::chain::Chain;
use tender_token::encode::Encode;
use tender_token::endorse::Terms;
use tender_token::provision::SessionId;
use tender_token::rsa::encode_message;
use tender_token::series::DenominationId;
use tender_token::signature::SecretKey;
use tender_token::slot::{Slot, SlotBody, SlotSecret};
use tender_token::token::{Token, message};
use tender_token::treasury::Order;
use tender_token::tree::Node;
use tender_token::withdraw::{self, Output, Plan};

/// What every token is worth.
pub const VALUE: Amount = Amount::from_minor_units(100);

/// What so many tokens are worth, in minor units.
pub fn worth(tokens: usize) -> u64 {
    u64::try_from(tokens).expect("counts fit") * VALUE.minor_units()
}

/// The denomination of every token.
pub fn denomination(stage: &Stage) -> DenominationId {
    wallet::denomination(stage.manifest(), VALUE.minor_units())
}

/// Three intermediaries, of which the first can pay for so many tokens.
pub fn banks(stage: &Stage, tokens: usize) -> [Bank; BANKS] {
    let names = [(11, "Osthaven"), (12, "Westhaven"), (13, "Mittelhaven")];
    let banks = names.map(|(seed, name): (u8, &str)| {
        let bank = Bank { key: SecretKey::from_seed(&[seed; 32]) };
        let quota = Amount::from_minor_units(worth(tokens));
        let (id, name, fingerprint) = (bank.id(), name.to_owned(), random());
        let admit = Operation::Admit { id, name, fingerprint, quota };
        stage.operate(admit).expect("the name is free");
        bank
    });
    stage.supply(Order::Issue, worth(tokens)).expect("two officers approve");
    stage.distribute(&banks[0], Amount::from_minor_units(worth(tokens)));
    banks
}

/// CASH items of so many tokens, each withdrawn by the same wallet onto a slot of its own.
pub fn items(stage: &Stage, bank: &Bank, count: usize) -> Vec<Vec<u8>> {
    let wallet = Wallet::new(bank);
    stage.enrol(bank, &wallet).expect("the identity is new");
    let places: Vec<_> = (0..count).into_par_iter().map(|_| Place::new(stage, &wallet)).collect();
    let sessions: Vec<_> = places.chunks(usize::from(WITHDRAW_OUTPUTS_MAX)).collect();
    let plans: Vec<_> = sessions.iter().map(|places| plan(stage, &wallet, places)).collect();
    let ask = |plan: &Plan| {
        let signed = withdraw::SignedRequest::sign(plan.clone(), Vec::new(), &wallet.device);
        let request = signed.authorise(&bank.key).to_bytes();
        (bank, Request::withdraw(&request, &stage.office))
    };
    let replies = stage.ask_all(plans.iter().map(ask).collect());
    let signatures = replies.iter().zip(&plans).flat_map(|(reply, plan)| {
        let Reply::Withdraw(Ok(reply)) = reply else { panic!("no tokens: {reply:?}") };
        let reply = withdraw::Reply::from_bytes(reply, plan, stage.manifest());
        reply.expect("it is the reply").signatures
    });
    let signed: Vec<_> = places.iter().zip(signatures).collect();
    signed.into_par_iter().map(|(place, sigma)| place.cash(stage, &wallet, sigma)).collect()
}

/// A certified slot and what its answer derives from.
struct Place {
    leaf: [u8; 32],
    slot: Slot,
}

impl Place {
    fn new(stage: &Stage, wallet: &Wallet) -> Self {
        let (leaf, series) = (random(), series(stage.manifest()));
        let secret = SlotSecret::from_leaf(&Node::new(leaf));
        let commitments = secret.commitments(wallet.identity.point());
        let commitments = commitments.expect("probability 2^-252");
        let key = stage.manifest().slot_key(series).expect("the series is known");
        let encoded = encode_message(&commitments.message(series), key.key.length());
        let certificate = stage.office.signer.certify(series, &encoded).expect("in range");
        Self { leaf, slot: Slot { series, body: SlotBody { commitments, certificate } } }
    }

    /// The item that credits the token on this slot.
    fn cash(&self, stage: &Stage, wallet: &Wallet, sigma: Vec<u8>) -> Vec<u8> {
        let body = self.slot.body.clone();
        let token = Token::new(denomination(stage), body, sigma, stage.manifest());
        let chain = Chain::new(token.expect("well signed"));
        let key = SecretKey::from_seed(&random());
        let secret = SlotSecret::from_leaf(&Node::new(self.leaf));
        let place = chain.next_place().expect("a slot holds the token");
        let pledge = secret.pledge(&place, Terms::to_key(key.public(), random()));
        let digest = pledge.digest();
        let (endorsement, answer) = pledge.answer(&digest, &wallet.identity).expect("its digest");
        let chain = chain.endorsed(endorsement, answer, None).expect("a slot holds the token");
        CashItem::sign(chain, CREDIT, &key).expect("the chain ends with the key").to_bytes()
    }
}

fn plan(stage: &Stage, wallet: &Wallet, places: &[Place]) -> Plan {
    let denomination = denomination(stage);
    let key = stage.manifest().value_key(denomination).expect("the denomination is known");
    let output = |place: &Place| {
        let message = message(denomination, place.slot.id());
        Output { denomination, blinded: encode_message(&message, key.key.length()) }
    };
    Plan {
        manifest: stage.manifest().hash(),
        identity: *wallet.identity.point(),
        sid: SessionId(random()),
        expires: stage.now.checked_add(3600).expect("time goes on"),
        debit: Amount::from_minor_units(worth(places.len())),
        debit_account: ACCOUNT,
        credit: Amount::ZERO,
        credit_account: ACCOUNT,
        outputs: places.iter().map(output).collect(),
    }
}
