//! Withdraw: all or nothing, once, and the same bytes for ever.

use crate::stage::{Stage, VAULT, random, refused};
use crate::transfer::transfer;
use crate::wallet::{CREDIT, Place, Wallet, Withdrawal};
use std::slice::from_ref;
use tender_issuer::request::{Reply, Request};
use tender_issuer::rows::{Answers, Blinded, BlindedKey, CashedTokens, Postings, Withdrawals};
use tender_proto::operator::Operation;
use tender_token::amount::Amount;
use tender_token::chain::Chain;
use tender_token::encode::Encode;
use tender_token::error::Error;
use tender_token::provision::SessionId;
use tender_token::withdraw::{Plan, SignedRequest};

fn minor(units: u64) -> Amount {
    Amount::from_minor_units(units)
}

#[test]
fn tokens_are_signed_and_the_vault_is_debited() {
    let stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    let opened = wallet.opened(&stage, 2);
    let places = wallet.slots(&stage, &opened);
    let withdrawal = wallet.withdrawal(&stage, &[(&places[0], 100), (&places[1], 500)]);
    let reply = stage.withdraw(&stage.bank, &withdrawal.bytes).expect("the vault covers it");
    let chains = withdrawal.finish(&reply, &[&places[0], &places[1]], stage.manifest());
    assert_eq!(chains.iter().map(Chain::value).collect::<Vec<_>>(), [minor(100), minor(500)]);
    assert_eq!(
        stage.balance(&stage.bank),
        VAULT.checked_sub(minor(600)).expect("the vault holds more")
    );
    stage.assert_clean();
}

#[test]
fn lc04_the_same_bytes_get_the_same_reply_and_are_debited_once() {
    let stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    let opened = wallet.opened(&stage, 1);
    let places = wallet.slots(&stage, &opened);
    let bytes = wallet.withdrawal(&stage, &[(&places[0], 100)]).bytes;
    let ask = || (&stage.bank, Request::withdraw(&bytes, &stage.office));
    let mut replies = stage.ask_all(vec![ask(), ask()]);
    replies.extend(stage.ask_all(vec![ask()]));
    assert!(matches!(&replies[0], Reply::Withdraw(Ok(_))));
    assert!(replies.iter().all(|reply| reply == &replies[0]));
    assert_eq!(
        stage.balance(&stage.bank),
        VAULT.checked_sub(minor(100)).expect("the vault holds more")
    );
    stage.assert_clean();
}

#[test]
fn n31_a_delayed_repetition_is_answered_and_a_delayed_first_request_is_not() {
    let mut stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    let opened = wallet.opened(&stage, 2);
    let places = wallet.slots(&stage, &opened);
    let known = wallet.withdrawal(&stage, &[(&places[0], 100)]).bytes;
    let late = wallet.withdrawal(&stage, &[(&places[1], 100)]).bytes;
    let reply = stage.withdraw(&stage.bank, &known);
    stage.now = stage.now.checked_add(3601).expect("time goes on");
    assert_eq!(stage.withdraw(&stage.bank, &known), reply);
    assert_eq!(refused(stage.withdraw(&stage.bank, &late)), Error::RequestExpired);
}

#[test]
fn n3_a_session_id_has_one_content() {
    let stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    let opened = wallet.opened(&stage, 2);
    let places = wallet.slots(&stage, &opened);
    let sid = SessionId(random());
    let ask = |place, value| wallet.funded(&stage, &[(place, value)], sid, value, |_| Vec::new());
    stage.withdraw(&stage.bank, &ask(&places[0], 100).bytes).expect("the vault covers it");
    let other = stage.withdraw(&stage.bank, &ask(&places[1], 200).bytes);
    assert_eq!(refused(other), Error::SidConflict);
    let foreign = stage.withdraw(&stage.other_bank, &ask(&places[0], 100).bytes);
    assert_eq!(refused(foreign), Error::Auth, "another bank has not debited anybody for this");
    stage.assert_clean();
}

/// The signature would be the same, and so would be the token: whoever asks again under another id
/// pays nothing, and hears which session has it.
#[test]
fn a3_one_blinded_message_is_debited_once_whatever_its_id() {
    let stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    let opened = wallet.opened(&stage, 2);
    let places = wallet.slots(&stage, &opened);
    let first = wallet.withdrawal(&stage, &[(&places[0], 100)]);
    let again = |sid, change: &dyn Fn(&mut Plan)| {
        let mut plan = Plan { sid: SessionId(sid), ..first.plan.clone() };
        change(&mut plan);
        let signed = SignedRequest::sign(plan, Vec::new(), &wallet.device);
        signed.authorise(&stage.bank.key).to_bytes()
    };
    let ask = |bytes: &[u8]| (&stage.bank, Request::withdraw(bytes, &stage.office));
    let replies = stage.ask_all(vec![ask(&first.bytes), ask(&again([1; 32], &|_| {}))]);
    assert!(matches!(&replies[0], Reply::Withdraw(Ok(_))));
    let Reply::Withdraw(Err(in_batch)) = &replies[1] else { panic!("{replies:?}") };
    let later = stage.withdraw(&stage.bank, &again([2; 32], &|_| {})).unwrap_err();
    for refusal in [in_batch, &later] {
        assert_eq!(refusal.error, Error::SidConflict);
        assert_eq!(refusal.evidence, [first.plan.sid.to_bytes()]);
    }
    let twice = again([3; 32], &|plan| {
        let other = wallet.withdrawal(&stage, &[(&places[1], 100)]).plan.outputs.remove(0);
        plan.outputs = vec![other.clone(), other];
        plan.debit = minor(200);
    });
    let refusal = stage.withdraw(&stage.bank, &twice).unwrap_err();
    let own = SessionId([3; 32]).to_bytes();
    assert_eq!((refusal.error, refusal.evidence), (Error::SidConflict, vec![own]));

    let repeated = Reply::Withdraw(stage.withdraw(&stage.bank, &first.bytes));
    assert_eq!(repeated, replies[0]);
    assert_eq!(stage.balance(&stage.bank), VAULT.checked_sub(minor(100)).expect("it holds more"));
    assert_eq!((stage.count::<Withdrawals>(), stage.count::<Blinded>()), (1, 1));
    stage.assert_clean();
    let key = BlindedKey::of(&first.plan.outputs[0]);
    stage.change(|view| view.blinded.want(key), |view| view.blinded.remove(&key));
    assert!(!stage.audit().invariants.single_spend, "and the audit counts them");
}

#[test]
fn a_vault_that_does_not_cover_it_leaves_nothing() {
    let stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    let opened = wallet.opened(&stage, 1);
    let places = wallet.slots(&stage, &opened);
    let wanted: Vec<_> = [(&places[0], 500); 21].into();
    let withdrawal = wallet.withdrawal(&stage, &wanted);
    let before = stage.count::<Postings>();
    assert_eq!(refused(stage.withdraw(&stage.bank, &withdrawal.bytes)), Error::Funds);
    assert_eq!(stage.balance(&stage.bank), VAULT);
    assert_eq!((stage.count::<Withdrawals>(), stage.count::<Postings>()), (0, before));
    stage.assert_clean();
}

/// The wallet's bank gave the money back when it heard the refusal. An attempt of before that was
/// still on its way must not be carried out when the wallet is unfrozen and the vault full again.
#[test]
fn ra27_a_refused_withdrawal_stays_refused_whatever_arrives_later() {
    let stage = Stage::new();
    let (wallet, stranger) = (Wallet::enrolled(&stage), Wallet::enrolled(&stage));
    let opened = wallet.opened(&stage, 2);
    let places = wallet.slots(&stage, &opened);
    let frozen = wallet.withdrawal(&stage, &[(&places[0], 500)]);
    stage.operate(Operation::Freeze(wallet.identity.key(), true)).expect("it is open");
    assert_eq!(refused(stage.withdraw(&stage.bank, &frozen.bytes)), Error::Wallet);
    stage.operate(Operation::Freeze(wallet.identity.key(), false)).expect("it is frozen");
    assert_eq!(refused(stage.withdraw(&stage.bank, &frozen.bytes)), Error::Wallet);
    let uncovered = stranger_withdrawal(&stage, &stranger);
    assert_eq!(refused(stage.withdraw(&stage.bank, &uncovered.bytes)), Error::Funds);
    let more = transfer(&stage.other_bank, &stage.bank, VAULT.minor_units());
    stage.transfer(&stage.other_bank, &more.sign(&stage.other_bank.key)).expect("covered");
    assert_eq!(refused(stage.withdraw(&stage.bank, &uncovered.bytes)), Error::Funds);
    assert_eq!(stage.count::<Withdrawals>(), 0);
    let anew = wallet.withdrawal(&stage, &[(&places[0], 500)]);
    stage.withdraw(&stage.bank, &anew.bytes).expect("a new session");
    stage.assert_clean();
}

/// A withdrawal beyond the vault.
fn stranger_withdrawal(stage: &Stage, stranger: &Wallet) -> Withdrawal {
    let opened = stranger.opened(stage, 1);
    let places = stranger.slots(stage, &opened);
    stranger.withdrawal(stage, &[(&places[0], 500); 21])
}

#[test]
fn a_request_is_refused_by_the_first_rule_it_breaks() {
    let stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    let stranger = Wallet::new(&stage.bank);
    let opened = wallet.opened(&stage, 1);
    let places = wallet.slots(&stage, &opened);
    let plan = wallet.withdrawal(&stage, &[(&places[0], 100)]).plan;
    let signed = |device, change: &dyn Fn(&mut Plan), bank| {
        let mut plan = plan.clone();
        plan.sid = SessionId(random());
        change(&mut plan);
        SignedRequest::sign(plan, Vec::new(), device).authorise(bank).to_bytes()
    };
    let (own, bank, other) = (&wallet.device, &stage.bank.key, &stage.other_bank.key);
    let u = *stranger.identity.point();
    let day = 86_400;
    let later = move |seconds| stage.now.checked_add(seconds).expect("time goes on");
    let nobody = |plan: &mut Plan| plan.outputs[0].denomination.0 = [9; 32];
    let rows = [
        ("half a request", signed(own, &|_| {}, bank)[..99].to_vec(), Error::Encoding),
        ("a denomination nobody knows", signed(own, &nobody, bank), Error::Denomination),
        ("another manifest", signed(own, &|p| p.manifest.0 = [9; 32], bank), Error::Manifest),
        ("a stranger", signed(own, &|p| p.identity = u, bank), Error::Wallet),
        ("another device", signed(&stranger.device, &|_| {}, bank), Error::Auth),
        ("another bank's word", signed(own, &|_| {}, other), Error::Auth),
        (
            "too far ahead",
            signed(own, &|p| p.expires = later(day + 1), bank),
            Error::RequestExpired,
        ),
        ("more than it pays", signed(own, &|p| p.debit = minor(99), bank), Error::Amount),
        ("less than it pays", signed(own, &|p| p.debit = minor(101), bank), Error::Amount),
        ("overflow", signed(own, &|p| p.credit = minor(u64::MAX), bank), Error::Amount),
    ];
    for (what, bytes, error) in rows {
        assert_eq!(refused(stage.withdraw(&stage.bank, &bytes)), error, "{what}");
    }
    assert_eq!(stage.count::<Withdrawals>(), 0);
}

#[test]
fn tokens_pay_for_fresh_tokens() {
    let stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    let opened = wallet.opened(&stage, 3);
    let places = wallet.slots(&stage, &opened);
    let withdrawal = exchange(&stage, &wallet, &places);
    let reply = stage.withdraw(&stage.bank, &withdrawal.bytes).expect("the vault covers it");
    assert_eq!(withdrawal.finish(&reply, &[&places[1], &places[2]], stage.manifest()).len(), 2);
    assert_eq!(stage.withdraw(&stage.bank, &withdrawal.bytes), Ok(reply));
    assert_eq!(
        stage.balance(&stage.bank),
        VAULT.checked_sub(minor(300)).expect("the vault holds more")
    );
    stage.assert_clean();
}

/// A token of 2.00 and 1.00 from the account become a token of 2.00 and one of 1.00.
fn exchange(stage: &Stage, wallet: &Wallet, places: &[Place<'_>]) -> crate::wallet::Withdrawal {
    let chain = wallet.token(stage, &places[0], 200);
    let wanted = [(&places[1], 200), (&places[2], 100)];
    wallet.funded(stage, &wanted, SessionId(random()), 100, |fund| {
        vec![wallet.cash(&chain, &places[0], fund, stage.manifest()).item]
    })
}

#[test]
fn n31_a_half_funded_request_leaves_its_evidence_and_nothing_else() {
    let stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    let opened = wallet.opened(&stage, 3);
    let places = wallet.slots(&stage, &opened);
    let chain = wallet.token(&stage, &places[0], 200);
    let spent = wallet.token(&stage, &places[1], 100);
    let gone = wallet.cash(&spent, &places[1], CREDIT, stage.manifest());
    stage.deposit(&stage.bank, from_ref(&gone.item))[0].clone().expect("the token is good");
    let balance = stage.balance(&stage.bank);
    let wanted = [(&places[2], 200), (&places[2], 100)];
    let request = wallet.funded(&stage, &wanted, SessionId(random()), 0, |fund| {
        let good = wallet.cash(&chain, &places[0], fund, stage.manifest()).item;
        vec![good, gone.instead(fund)]
    });
    assert_eq!(refused(stage.withdraw(&stage.bank, &request.bytes)), Error::Cashed);
    assert_eq!(stage.balance(&stage.bank), balance);
    assert_eq!(stage.count::<CashedTokens>(), 1, "the good item is not cashed");
    assert_eq!(stage.count::<Answers>(), 2, "[W5]: but its evidence stays");
    stage.assert_clean();
}
