//! Deposit: each token is paid once, to the first valid item, and whoever answers twice is named.

use crate::stage::{Bank, Stage, VAULT, refused};
use crate::wallet::{CREDIT, Cash, Place, Wallet};
use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use std::slice::from_ref;
use tender_issuer::office::Case;
use tender_issuer::request::{Reply, Request};
use tender_issuer::rows::{
    CashedTokens, Count, Incidents, Postings, Presentations, Untraced, Wallet as Registered,
};
use tender_issuer::view::View;
use tender_store::View as _;
use tender_token::amount::Amount;
use tender_token::cash::{AccountRef, Instruction};
use tender_token::date::{Day, Timestamp};
use tender_token::double_spend::{DoubleSpendProof, Evidence};
use tender_token::encode::{Decode, Encode};
use tender_token::error::Error;
use tender_token::identity::IdentityKey;

const ONE: Amount = Amount::from_minor_units(100);

/// Two wallets with slots: one that pays, one that is paid.
macro_rules! two_wallets {
    ($stage:ident, $payer:ident, $payee:ident, $from:ident, $to:ident) => {
        let $stage = Stage::new();
        let ($payer, $payee) = (Wallet::enrolled(&$stage), Wallet::enrolled(&$stage));
        let sessions = ($payer.opened(&$stage, 3), $payee.opened(&$stage, 3));
        let $from = $payer.slots(&$stage, &sessions.0);
        let $to = $payee.slots(&$stage, &sessions.1);
    };
}

fn deposit(stage: &Stage, cash: &Cash) -> tender_proto::deposit::Outcome {
    stage.deposit(&stage.bank, from_ref(&cash.item)).remove(0)
}

fn balance_after(stage: &Stage, bank: &Bank) -> u64 {
    stage.balance(bank).minor_units()
}

#[test]
fn a_token_is_paid_once_and_the_same_item_gets_the_same_answer() {
    two_wallets!(stage, payer, payee, from, to);
    let chain = payer.token(&stage, &from[0], 100);
    let chain = payer.pay(&chain, &from[0], &to[0], stage.manifest());
    let cash = payee.cash(&chain, &to[0], CREDIT, stage.manifest());
    assert_eq!(deposit(&stage, &cash), Ok(ONE));
    assert_eq!(stage.balance(&stage.bank), VAULT);
    let postings = stage.count::<Postings>();
    assert_eq!(deposit(&stage, &cash), Ok(ONE));
    let twice = stage.deposit(&stage.bank, &[cash.item.clone(), cash.item.clone()]);
    assert_eq!(twice, [Ok(ONE), Ok(ONE)]);
    assert_eq!((stage.balance(&stage.bank), stage.count::<Postings>()), (VAULT, postings));
    stage.assert_clean();
}

#[test]
fn b10_the_same_item_at_another_intermediary_is_cashed_already() {
    two_wallets!(stage, payer, payee, from, to);
    let chain = payer.token(&stage, &from[0], 100);
    let chain = payer.pay(&chain, &from[0], &to[0], stage.manifest());
    let cash = payee.cash(&chain, &to[0], CREDIT, stage.manifest());
    let ask = |bank| (bank, Request::deposit(from_ref(&cash.item), &stage.office));
    let replies = stage.ask_all(vec![ask(&stage.bank), ask(&stage.other_bank)]);
    assert_eq!(replies[0], Reply::Deposit(vec![Ok(ONE)]));
    assert_eq!(replies[1], Reply::Deposit(vec![Err(Error::Cashed.into())]));
    assert_eq!(stage.balance(&stage.other_bank), VAULT);
    assert_eq!(stage.count::<Incidents>(), 0, "nobody answered twice");
    stage.assert_clean();
}

#[test]
fn a_double_spend_is_refused_with_both_answers_and_names_the_right_wallet() {
    two_wallets!(stage, payer, payee, from, to);
    let chain = payer.token(&stage, &from[0], 100);
    let items = [&to[0], &to[1]].map(|place: &Place<'_>| {
        let paid = payer.pay(&chain, &from[0], place, stage.manifest());
        payee.cash(&paid, place, CREDIT, stage.manifest())
    });
    assert_eq!(deposit(&stage, &items[0]), Ok(ONE));
    let refusal = deposit(&stage, &items[1]).unwrap_err();
    assert_eq!(refusal.error, Error::Double);
    let evidence =
        refusal.evidence.iter().map(|bytes| Evidence::from_bytes(bytes).expect("it is evidence"));
    let slots: Vec<_> = evidence.map(|evidence| evidence.place.slot).collect();
    assert_eq!(slots, [from[0].slot.id(); 2]);

    assert_eq!(accused(&stage), [payer.identity.key()]);
    let report = stage.audit();
    assert_eq!((report.wallets.open, report.wallets.closed), (1, 1));
    assert_eq!((report.incidents[0].offence, report.incidents[0].position), ("double_spend", 0));
    let (_, open) = payer.open(&stage.bank, stage.manifest(), 1);
    let closed = stage.provision(&stage.bank, Request::Open(Box::new(open)));
    assert_eq!(refused(closed), Error::Wallet, "a closed wallet gets no more slots");
    let (_, open) = payee.open(&stage.bank, stage.manifest(), 1);
    assert!(stage.provision(&stage.bank, Request::Open(Box::new(open))).is_ok());
    stage.assert_clean();
}

/// Whom the incidents accuse, each proof checked with public knowledge only.
fn accused(stage: &Stage) -> Vec<IdentityKey> {
    let mut accused = Vec::new();
    let each = |_, incident: tender_issuer::rows::Incident| {
        let proof = DoubleSpendProof::from_bytes(&incident.proof.0, stage.manifest())
            .expect("it is a proof");
        proof.verify(stage.manifest()).expect("the proof holds");
        assert_eq!(IdentityKey(proof.identity.bytes()), incident.identity);
        accused.push(incident.identity);
    };
    stage.store.scan::<Incidents>(each).expect("the store answers");
    accused
}

#[test]
fn b11_n16_three_forks_in_one_batch_are_paid_once_and_logged_once() {
    two_wallets!(stage, payer, payee, from, to);
    let chain = payer.token(&stage, &from[0], 100);
    let items = to.iter().map(|place| {
        let paid = payer.pay(&chain, &from[0], place, stage.manifest());
        payee.cash(&paid, place, CREDIT, stage.manifest()).item
    });
    let items: Vec<_> = items.collect();
    let outcomes = stage.deposit(&stage.bank, &items);
    let paid = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!((outcomes[0].is_ok(), paid), (true, 1));
    assert_eq!(accused(&stage), [payer.identity.key()]);
    stage.assert_clean();
}

#[test]
fn n16_a_double_spend_at_a_later_place_names_the_one_in_between() {
    two_wallets!(stage, payer, payee, from, to);
    let chain = payer.token(&stage, &from[0], 100);
    let chain = payer.pay(&chain, &from[0], &to[0], stage.manifest());
    let honest = payee.cash(&chain, &to[0], CREDIT, stage.manifest());
    let again = payee.cash(&chain, &to[0], CREDIT, stage.manifest());
    assert_eq!(deposit(&stage, &honest), Ok(ONE));
    assert_eq!(refused(deposit(&stage, &again)), Error::Double);
    assert_eq!(accused(&stage), [payee.identity.key()]);
    assert_eq!(stage.audit().incidents[0].position, 1);
    stage.assert_clean();
}

#[test]
fn n10_a_payment_taken_by_two_copies_of_a_terminal_is_paid_once_and_accuses_nobody() {
    two_wallets!(stage, payer, payee, from, to);
    let chain = payer.token(&stage, &from[0], 100);
    let received = payer.pay(&chain, &from[0], &to[0], stage.manifest());
    // Both copies endorse alike, because a slot answers once; each names its own account.
    let cash = payee.cash(&received, &to[0], CREDIT, stage.manifest());
    let other = cash.instead(Instruction::Credit(AccountRef([8; 32])));
    assert_eq!(deposit(&stage, &cash), Ok(ONE));
    let second = stage.deposit(&stage.bank, from_ref(&other)).remove(0);
    assert_eq!(refused(second), Error::Cashed);
    assert_eq!(deposit(&stage, &cash), Ok(ONE), "the first copy hears the same again");
    assert_eq!(accused(&stage), []);
    stage.assert_clean();
}

#[test]
fn n19_the_first_valid_item_is_paid_though_the_conflict_is_known() {
    two_wallets!(stage, payer, payee, from, to);
    let chain = payer.token(&stage, &from[0], 100);
    let fork = payer.pay(&chain, &from[0], &to[1], stage.manifest());
    let expired = stage.now.day().0 - 1;
    let early = payee.cash_until(&fork, &to[1], CREDIT, Day(expired), stage.manifest());
    assert_eq!(refused(deposit(&stage, &early)), Error::Deadline, "kept as evidence, not paid");
    let paid = payer.pay(&chain, &from[0], &to[0], stage.manifest());
    let honest = payee.cash(&paid, &to[0], CREDIT, stage.manifest());
    assert_eq!(deposit(&stage, &honest), Ok(ONE));
    assert_eq!(accused(&stage), [payer.identity.key()]);
    stage.assert_clean();
}

#[test]
fn a4_n18_a_reused_slot_closes_the_wallet_but_is_no_double_spend() {
    two_wallets!(stage, payer, payee, from, to);
    let first = payer.token(&stage, &from[0], 100);
    let second = payer.token(&stage, &from[0], 200);
    let items = [(first, &to[0]), (second, &to[1])].map(|(chain, place): (_, &Place<'_>)| {
        let paid = payer.pay(&chain, &from[0], place, stage.manifest());
        payee.cash(&paid, place, CREDIT, stage.manifest())
    });
    assert_eq!(deposit(&stage, &items[0]), Ok(ONE));
    assert_eq!(deposit(&stage, &items[1]), Ok(Amount::from_minor_units(200)), "[D4]: paid");
    assert_eq!(accused(&stage), [payer.identity.key()]);
    assert_eq!(stage.audit().incidents[0].offence, "slot_reuse");
    let other = items[0].instead(Instruction::Credit(AccountRef([8; 32])));
    let again = stage.deposit(&stage.bank, &[other]).remove(0);
    assert_eq!(refused(again), Error::Cashed, "never E_DOUBLE");
    stage.assert_clean();
}

/// Takes a registration away, as if its slots had been certified for somebody unknown.
pub fn forgotten(stage: &Stage, key: IdentityKey) -> Registered {
    let mut registered = None;
    stage.change(
        |view| view.wallets.want(key),
        |view| {
            registered = view.wallets.get(&key).cloned();
            view.wallets.remove(&key);
        },
    );
    registered.expect("it was registered")
}

/// Gives it back.
pub fn remembered(stage: &Stage, key: IdentityKey, registered: Registered) {
    stage.change(|view| view.wallets.want(key), |view| view.wallets.insert(key, registered));
}

#[test]
fn a_culprit_that_nobody_registered_raises_the_alarm_and_nothing_else() {
    two_wallets!(stage, payer, payee, from, to);
    let chain = payer.token(&stage, &from[0], 100);
    let key = payer.identity.key();
    let registered = forgotten(&stage, key);
    for place in &to[..2] {
        let paid = payer.pay(&chain, &from[0], place, stage.manifest());
        let _outcome = deposit(&stage, &payee.cash(&paid, place, CREDIT, stage.manifest()));
    }
    remembered(&stage, key, registered);
    assert_eq!((stage.count::<Untraced>(), stage.count::<Incidents>()), (1, 0));
    stage.assert_clean();
}

#[test]
fn b11_an_item_is_refused_alone_by_the_first_rule_it_breaks() {
    two_wallets!(stage, payer, payee, from, to);
    let chain = payer.token(&stage, &from[0], 100);
    let other = payer.token(&stage, &from[1], 200);
    let fund = payer.cash(&other, &from[1], Instruction::Fund([1; 32]), stage.manifest());
    let paid = payer.pay(&chain, &from[0], &to[0], stage.manifest());
    let good = payee.cash(&paid, &to[0], CREDIT, stage.manifest());
    let mut forged = good.item.clone();
    *forged.last_mut().expect("there are bytes") ^= 1;
    let half = good.item[..500].to_vec();
    let outcomes = stage.deposit(&stage.bank, &[half, fund.item, forged, good.item]);
    let mut outcomes = outcomes.into_iter();
    for error in [Error::Encoding, Error::Instr, Error::Auth] {
        assert_eq!(refused(outcomes.next().expect("there is an outcome")), error);
    }
    assert_eq!(outcomes.next(), Some(Ok(ONE)));
    assert_eq!(stage.count::<CashedTokens>(), 1);
    stage.assert_clean();
}

#[test]
fn n20_an_item_for_another_instruction_is_cashed_already_and_a_late_one_expired() {
    let mut stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    let session = wallet.opened(&stage, 2);
    let places = wallet.slots(&stage, &session);
    let chains = [&places[0], &places[1]].map(|place| wallet.token(&stage, place, 100));
    let first = wallet.cash(&chains[0], &places[0], CREDIT, stage.manifest());
    let late = wallet.cash(&chains[1], &places[1], CREDIT, stage.manifest());
    assert_eq!(deposit(&stage, &first), Ok(ONE));
    let other = first.instead(Instruction::Credit(AccountRef([8; 32])));
    assert_eq!(refused(stage.deposit(&stage.bank, &[other]).remove(0)), Error::Cashed);
    stage.now = Timestamp((20_000 + 31) * 86_400);
    assert_eq!(refused(deposit(&stage, &late)), Error::Expired);
    assert_eq!(deposit(&stage, &first), Ok(ONE), "a repetition is answered at any time");
    assert_eq!(balance_after(&stage, &stage.bank), VAULT.minor_units() - 100);
    stage.assert_clean();
}

/// A slot that had answered 256 times made each later item of it cost the one writer a third of a
/// second, so that its owner could keep everybody waiting.
#[test]
fn e5_a_slot_that_answers_without_end_costs_no_more_than_a_few_answers() {
    two_wallets!(stage, payer, payee, from, to);
    let chain = payer.token(&stage, &from[0], 100);
    let fork = |_| payer.cash(&chain, &from[0], CREDIT, stage.manifest()).item;
    let items: Vec<_> = (0..40).map(fork).collect();
    let outcomes = stage.deposit(&stage.bank, &items);
    assert_eq!(outcomes[0], Ok(ONE));
    for outcome in &outcomes[1..] {
        let refusal = outcome.as_ref().expect_err("the token is cashed");
        assert_eq!((refusal.error, refusal.evidence.len()), (Error::Double, 2));
    }
    assert_eq!((stage.count::<Presentations>(), accused(&stage).len()), (16, 1));
    assert_eq!(stage.deposit(&stage.bank, &items), outcomes, "the same again");
    assert_eq!((stage.count::<Presentations>(), accused(&stage).len()), (16, 1));
    let _unpaid = (payee, to);
    stage.assert_clean();
}

/// What is refused by its checks alone names no row, so that forgeries, which cost nothing to make,
/// are no work for the one writer; what holds beside it still does.
#[test]
fn e5_what_does_not_hold_makes_the_writer_look_up_nothing() {
    two_wallets!(stage, payer, payee, from, to);
    let chain = payer.token(&stage, &from[0], 100);
    let item = payer.cash(&chain, &from[0], CREDIT, stage.manifest()).item;
    let mut forged = item.clone();
    forged[32 + 320] ^= 1;
    let case = Case { office: &stage.office, caller: stage.bank.id(), now: stage.now };
    let asks = |items: &[Vec<u8>]| {
        let request = Request::deposit(items, &stage.office);
        let checked = request.verify(&View::default(), &case, &mut UnwrapErr(SysRng));
        let mut view = View::default();
        checked.touches(&mut view, &case);
        view
    };
    assert!(!asks(&[forged.clone(), vec![1; 700]]).is_asking());
    let mut beside = asks(&[forged, item]);
    assert_eq!((beside.cashed.take_wanted().len(), beside.answers.take_wanted().len()), (1, 1));
    let _unpaid = (payee, to);
}

/// However many items of a batch point at what was presented before, it is read once.
#[test]
fn what_was_presented_is_read_once_for_all_that_ask() {
    two_wallets!(stage, payer, payee, from, to);
    let chain = payer.token(&stage, &from[0], 100);
    let cash = payer.cash(&chain, &from[0], CREDIT, stage.manifest());
    assert_eq!(deposit(&stage, &cash), Ok(ONE));
    let mut view = View::default();
    view.presentations.want(Count(1));
    stage.store.load(&mut view).expect("the store answers");
    let row = view.presentations.get(&Count(1)).expect("it is kept");
    let read = || row.read(stage.manifest()).expect("its series is in force");
    assert!(std::ptr::eq(read(), read()));
    assert_eq!(row.to_bytes(), row.clone().to_bytes(), "what was read is no part of the row");
    let _unpaid = (payee, to);
}
