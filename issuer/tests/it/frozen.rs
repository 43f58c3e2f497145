//! Frozen keys: more presented than signed means that somebody else has the key.

use crate::stage::{Stage, refused};
use crate::wallet::{CREDIT, Place, Wallet, denomination};
use std::slice::from_ref;
use tender_issuer::rows::{Count, Frozen, FrozenKey};
use tender_token::amount::Amount;
use tender_token::chain::Chain;
use tender_token::encode::Encode;
use tender_token::error::Error;
use tender_token::withdraw::Reply;

const ONE: Amount = Amount::from_minor_units(100);

/// A token that nobody paid for, signed with the issuer's own key.
pub fn forge(stage: &Stage, wallet: &Wallet, place: &Place<'_>) -> Chain {
    let withdrawal = wallet.withdrawal(stage, &[(place, 100)]);
    let plan = &withdrawal.plan;
    let sign = |output: &tender_token::withdraw::Output| {
        stage.office.signer.mint(output.denomination, &output.blinded).expect("the key is here")
    };
    let signatures = plan.outputs.iter().map(sign).collect();
    let reply = Reply { sid: plan.sid, plan_hash: plan.hash(), signatures }.to_bytes();
    withdrawal.finish(&reply, &[place], stage.manifest()).remove(0)
}

pub fn frozen(stage: &Stage) -> Option<FrozenKey> {
    let mut found = None;
    stage.store.scan::<Frozen>(|_, row| found = Some(row)).expect("the store answers");
    found
}

/// A thief of a value key can make tokens that nothing tells from true ones. The first one beyond
/// what was signed gives the theft away: the key is frozen, whatever is presented under it is
/// counted and refused, the books stay whole, and other denominations go on.
#[test]
fn a8_lc16_the_first_token_in_excess_of_what_was_signed_freezes_the_key() {
    let stage = Stage::new();
    let (wallet, thief) = (Wallet::enrolled(&stage), Wallet::enrolled(&stage));
    let (session, loot) = (wallet.opened(&stage, 4), thief.opened(&stage, 4));
    let (places, dens) = (wallet.slots(&stage, &session), thief.slots(&stage, &loot));
    let honest = wallet.token(&stage, &places[0], 100);
    let other = wallet.token(&stage, &places[1], 200);
    let cash = |who: &Wallet, chain: &Chain, place: &Place<'_>| {
        let item = who.cash(chain, place, CREDIT, stage.manifest()).item;
        stage.deposit(&stage.bank, from_ref(&item)).remove(0)
    };
    let forged: Vec<_> = dens[..3].iter().map(|den| forge(&stage, &thief, den)).collect();
    assert_eq!(cash(&thief, &forged[0], &dens[0]), Ok(ONE), "nothing tells it from a true one");
    assert_eq!(frozen(&stage), None);
    assert_eq!(refused(cash(&thief, &forged[1], &dens[1])), Error::KeySuspect);
    assert_eq!(frozen(&stage), Some(FrozenKey { since: stage.now, refused: Count(1) }));
    assert_eq!(refused(cash(&thief, &forged[2], &dens[2])), Error::KeySuspect);
    assert_eq!(refused(cash(&wallet, &honest, &places[0])), Error::KeySuspect);
    assert_eq!(frozen(&stage).map(|row| row.refused), Some(Count(3)));
    assert_eq!(cash(&wallet, &other, &places[1]), Ok(Amount::from_minor_units(200)));

    let wanted = wallet.withdrawal(&stage, &[(&places[2], 100)]);
    let error = refused(stage.withdraw(&stage.bank, &wanted.bytes));
    assert_eq!(error, Error::KeySuspect, "nothing more is signed under it");
    assert_eq!(denomination(stage.manifest(), 100), honest.token().denomination());
    stage.assert_clean();
    let stage = stage.restarted();
    assert!(frozen(&stage).is_some());
}
