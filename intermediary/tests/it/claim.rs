//! Claims: what nobody cashed in time comes back, credited once by the issuer's posting.

use crate::bank::is_pending;
use crate::holder::{Drawn, Holder};
use crate::issuer::{Registry, TestIssuer};
use crate::mint::{MINT, NOW, random};
use tender_proto::call::{Call, Verb};
use tender_proto::claim::{Body, Granted};
use tender_proto::movement::Movement;
use tender_proto::refusal::Refusal;
use tender_token::cash::{AccountRef, CashItem};
use tender_token::claim::Claim;
use tender_token::encode::Encode as _;
use tender_token::error::Error;

/// A claim in form 3 of what was drawn, whose key never cashed it in time.
pub fn claim(drawn: &Drawn, account: AccountRef) -> Vec<u8> {
    let Drawn { holder, place, request, reply, .. } = drawn;
    let item = holder.cash(holder.token(request, &place.slot, reply), place, account);
    Claim::payee(CashItem::from_bytes(&item, &MINT.manifest).expect("our own")).to_bytes()
}

pub fn asks(holder: &Holder, account: AccountRef, claim: &[u8]) -> Call {
    let body = Body { account, session_identity: None, claim: claim.to_vec() };
    Call::sign(Verb::Claim, body.to_bytes(), NOW, &holder.device)
}

#[test]
fn c1_a_claim_is_kept_while_the_issuer_is_down_and_credited_once_by_its_posting() {
    let mut issuer = TestIssuer::up();
    issuer.distribute(10_000);
    let mut drawn = Drawn::at(&issuer);
    let client = drawn.bank.client();
    let account = AccountRef(random());
    let early = client.claim(asks(&drawn.holder, account, &claim(&drawn, account)));
    let window = Err(Refusal::from(Error::Window));
    assert_eq!(early.expect("reached"), window, "the payee may still deposit");
    issuer.with(|registry| registry.days_later = 85);
    let account = AccountRef(random());
    let call = asks(&drawn.holder, account, &claim(&drawn, account));
    issuer.stop();
    assert!(is_pending(client.claim(call.clone())), "kept, and sent later");
    drawn.bank.crash();
    assert_eq!(drawn.bank.audit().journal_open, 1);
    issuer.start();
    issuer.with(|registry| registry.lose_replies = 1);
    assert!(drawn.bank.try_catch_up().is_err(), "the reply is lost");
    drawn.bank.catch_up();
    drawn.bank.start();
    let client = drawn.bank.client();
    for _ in 0..2 {
        let reply = client.claim(call.clone()).expect("reached").expect("not refused");
        assert!(matches!(reply, Granted::Leads(_)), "{reply:?}");
    }
    assert_eq!(client.balance(&drawn.holder.device), (1_500, 0), "nothing has moved yet");
    issuer.with(Registry::pay_claims);
    drawn.bank.crash();
    for _ in 0..2 {
        drawn.bank.catch_up();
        let audit = drawn.bank.audit();
        assert!(audit.invariants.settled && audit.violations.is_empty(), "{audit:?}");
        assert_eq!(audit.customers[0].balance, 2_000, "credited once");
    }
    drawn.bank.start();
    let client = drawn.bank.client();
    let told = client.notices(0, &drawn.holder.device);
    let told: Vec<_> = told.iter().map(|notice| (notice.movement, notice.refused)).collect();
    let [withdrawn, early] = [(Movement::Withdrawal, None), (Movement::Claim, Some(Error::Window))];
    assert_eq!(told, [withdrawn, early, (Movement::ClaimLeads, None), (Movement::Claim, None)]);
}

#[test]
fn c3_nobody_claims_under_anothers_reference() {
    let issuer = TestIssuer::up();
    issuer.distribute(10_000);
    let mut drawn = Drawn::at(&issuer);
    let (client, bob) = drawn.neighbour();
    let account = AccountRef(random());
    let claim = claim(&drawn, account);
    for _ in 0..2 {
        assert_eq!(client.reference(account, &drawn.holder.device).expect("reached"), Ok(()));
    }
    let auth = Err(Refusal::from(Error::Auth));
    assert_eq!(client.reference(account, &bob.device).expect("reached"), auth);
    let refused = |call| client.claim(call).expect("reached").expect_err("refused").error;
    let stranger = Holder::new(drawn.bank.registrar());
    assert_eq!(refused(asks(&stranger, account, &claim)), Error::Wallet, "nobody enrolled it");
    assert_eq!(refused(asks(&bob, account, &claim)), Error::Auth, "the reference is alice's");
    assert_eq!(refused(asks(&drawn.holder, AccountRef(random()), &claim)), Error::Instr);
    let mut replayed = asks(&drawn.holder, account, &claim);
    replayed.device = bob.device.public();
    assert_eq!(refused(replayed), Error::Auth, "signed by another device");
}
