//! Claims: what nobody cashed comes back, and what somebody cashed does not.

use crate::bank::{Bank, FalseList, now, rng};
use crate::cli::{json, run_alone};
use crate::enrol::{credentials, invite};
use crate::loopback::serve;
use crate::people::{Person, World, hand, minor, rule, world};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use tender_token::amount::Amount;
use tender_token::cashed_list::Prefix;
use tender_token::claim::{Claim, Form};
use tender_token::date::calendar::iso;
use tender_token::date::{Day, Timestamp};
use tender_token::encode::Encode;
use tender_token::error::Error as Rule;
use tender_wallet::client::Client;
use tender_wallet::online::{self, Claimed};
use tender_wallet::records::ClaimState;
use tender_wallet::verbs::deposit::Scope;
use tender_wallet::{Error, Result};

/// The last day of deposits and of claims, in days from today.
const DEPOSIT: u64 = 112;
const CLAIM: u64 = 140;

fn on(days: u64) -> Timestamp {
    now().checked_add(days * 86_400).expect("in range")
}

fn day(days: u64) -> Day {
    on(days).day()
}

/// Claims so many days from today, by the bank's clock and the wallet's.
fn claim(person: &mut Person, bank: &mut Bank, days: u64) -> Result<Claimed> {
    bank.time = on(days);
    online::claim(person.wallet(), bank, on(days), &mut rng(), &|_, _| {})
}

/// That so many tokens, worth so much together, lead until the last day of claims.
fn leading(value: u64, tokens: usize) -> impl Fn(&Claimed) -> bool {
    move |done| {
        let sum =
            |values: &Vec<Amount>| (Amount::checked_sum(values.iter().copied()), values.len());
        let only: Vec<_> = done.leads.iter().map(|(until, values)| (*until, sum(values))).collect();
        only == [(day(CLAIM), (Some(minor(value)), tokens))]
    }
}

fn forms(bank: &Bank) -> BTreeMap<u8, usize> {
    let mut forms = BTreeMap::new();
    for claim in bank.leading.values() {
        let form = match claim.form() {
            Form::Withdrawer(_) => 1,
            Form::Holder(..) => 2,
            Form::Payee(_) => 3,
            Form::Payer(..) => 4,
        };
        *forms.entry(form).or_default() += 1;
    }
    forms
}

/// Whoever loses the device gets back what was not spent, and asks for nothing that was.
#[test]
fn uc06_what_a_lost_wallet_had_not_spent_is_claimed_once_by_the_restored_one() {
    let World { mut bank, mut alice, mut bob, .. } = world();
    hand(&mut alice, &mut bob, 700, 2);
    online::deposit(bob.wallet(), &mut bank, Scope::All, now(), &mut rng()).unwrap();
    let words = alice.words();
    drop(alice);
    let mut anew = Person::recreated(&words);
    online::restore(anew.wallet(), &mut bank, now(), &mut rng()).unwrap();
    let early = claim(&mut anew, &mut bank, 1).unwrap();
    assert_eq!(early, Claimed::default(), "it may still be cashed");
    assert!(bank.seen_lists.is_empty() && bank.seen_claims.is_empty());

    let done = claim(&mut anew, &mut bank, DEPOSIT + 1).unwrap();
    assert!(leading(1000, 6)(&done), "{done:?}");
    assert_eq!(
        (Amount::checked_sum(done.cashed.clone()), done.cashed.len()),
        (Some(minor(700)), 2)
    );
    assert!(done.refused.is_empty() && done.paid.is_empty());
    assert_eq!(forms(&bank), BTreeMap::from([(1, 6)]));
    anew.restart();
    let balance = anew.wallet().balance().unwrap();
    assert_eq!(balance.claimed.len(), 6);
    assert!(balance.claimed.iter().all(|(_, state)| *state == ClaimState::Leads(day(CLAIM))));
    let asked = bank.seen_claims.len();
    let again = claim(&mut anew, &mut bank, DEPOSIT + 2).unwrap();
    assert_eq!((again.leads.len(), again.cashed.len()), (0, 2), "what leads is not claimed again");
    assert_eq!(bank.seen_claims.len(), asked);
    let events = anew.wallet().history().unwrap();
    assert_eq!(events.iter().filter(|event| event.what.name() == "claimed").count(), 6);
}

/// `[R4]`: each file is asked for with both of its neighbours, and no other.
#[test]
fn what_is_looked_for_hides_among_the_neighbours() {
    let World { mut bank, mut alice, .. } = world();
    claim(&mut alice, &mut bank, DEPOSIT + 1).unwrap();
    let wanted = bank.leading.keys().flat_map(|token| Prefix::of(*token).with_neighbours());
    let wanted: BTreeSet<_> = wanted.collect();
    let asked: BTreeSet<_> = bank.seen_lists.iter().map(|request| request.prefix).collect();
    assert_eq!(asked, wanted);
    assert_eq!(bank.seen_lists.len(), wanted.len(), "each once");
}

/// What is left in a wallet that is not lost: withdrawn, exchanged, received onto a slot or a key,
/// sent in too late, and handed over without a word of the payee.
#[test]
fn what_is_left_here_is_claimed_in_the_form_that_shows_most() {
    let World { mut bank, mut alice, mut bob, mut carol } = world();
    hand(&mut alice, &mut bob, 500, 1);
    online::exchange(bob.wallet(), &mut bank, Scope::All, now(), &mut rng()).unwrap();
    let paid = hand(&mut alice, &mut bob, 700, 2);
    let receipt = paid.receipt.to_bytes();
    alice.wallet().confirm(&receipt, now()).unwrap();
    hand(&mut alice, &mut carol, 100, 0);
    let offer = carol.offer(100, 1);
    alice.pay(&offer);
    let before = on(1);
    carol.wallet().begin_deposit(Scope::All, before, &mut rng()).unwrap().expect("one token");
    assert_eq!(alice.held(), 300);

    let done = claim(&mut bob, &mut bank, DEPOSIT + 1).unwrap();
    let tokens = done.leads.values().map(Vec::len).sum::<usize>();
    assert!(leading(1200, tokens)(&done), "{done:?}");
    let expected = BTreeMap::from([(1, tokens - 2), (2, 2)]);
    assert_eq!(forms(&bank), expected, "exchanged, and received onto slots");
    let done = claim(&mut carol, &mut bank, DEPOSIT + 1).unwrap();
    assert!(leading(100, 1)(&done), "{done:?}");
    assert_eq!(done.deposited.lost, [(minor(100), Rule::Expired)], "it came too late");
    assert_eq!(forms(&bank).get(&3), Some(&1), "onto a key");
    let names = carol.wallet().history().unwrap();
    assert!(names.iter().any(|event| event.what.name() == "late"));
    assert!(names.iter().all(|event| event.what.name() != "lost"));
    let balance = carol.wallet().balance().unwrap();
    assert!(balance.refused.is_empty(), "nothing is called lost: {balance:?}");

    let done = claim(&mut alice, &mut bank, DEPOSIT + 1).unwrap();
    assert_eq!(done.refused, [(minor(100), Rule::Cashed)], "carol shows more of it");
    assert_eq!(done.cashed, [minor(500)], "bob exchanged it");
    assert!(leading(400, 4)(&done), "{done:?}");
    assert_eq!(alice.wallet().balance().unwrap().unconfirmed, minor(600));
    assert_eq!(alice.held(), 0, "what is claimed is not held");
}

/// Every answer is lost once, and the program stops each time: the same claims are sent, one for
/// each token, and each leads once.
#[test]
fn b1_claims_whose_answers_are_lost_are_sent_again_as_they_were() {
    let World { mut bank, mut alice, mut bob, .. } = world();
    hand(&mut alice, &mut bob, 700, 2);
    bank.time = on(DEPOSIT + 1);
    let mut cut = 0;
    loop {
        bank.lost_after(cut);
        let outcome = claim(&mut bob, &mut bank, DEPOSIT + 1);
        bob.restart();
        match outcome {
            Ok(_) => break,
            Err(Error::Unanswered { .. }) => cut += 1,
            Err(other) => panic!("{other:?}"),
        }
        let rows = bob.wallet().claims().unwrap();
        assert!(rows.iter().all(|(_, row)| row.is_live()));
    }
    assert!(cut >= 5, "manifest, files and a claim were each lost once: {cut}");
    let bodies: BTreeSet<_> = bank.seen_claims.iter().collect();
    assert_eq!((bodies.len(), bank.leading.len()), (2, 2), "one for each token");
    assert!(bank.seen_claims.len() > 2, "they were sent again");
    let rows = bob.wallet().claims().unwrap();
    let leads = ClaimState::Leads(day(CLAIM));
    assert!(rows.len() == 2 && rows.iter().all(|(_, row)| row.state == leads));
    assert_eq!(bob.wallet().balance().unwrap().value, minor(0));
}

/// A crash between two writes: what was begun and never sent is sent as it is.
#[test]
fn b1_a_claim_that_was_begun_and_not_sent_is_sent_after_a_restart() {
    let World { mut bank, mut alice, .. } = world();
    let found = alice.wallet().claimable(day(DEPOSIT + 1)).unwrap();
    alice.wallet().begin_claims(found, on(DEPOSIT + 1), &mut rng()).unwrap();
    alice.restart();
    let open = alice.wallet().open_claims(on(DEPOSIT + 1)).unwrap();
    let bodies: BTreeSet<_> = open.into_iter().map(|(_, call)| call.body).collect();
    assert_eq!(bodies.len(), 8);
    let done = claim(&mut alice, &mut bank, DEPOSIT + 1).unwrap();
    assert!(leading(1700, 8)(&done), "{done:?}");
    assert_eq!(bank.seen_claims.iter().cloned().collect::<BTreeSet<_>>(), bodies);
    for body in &bodies {
        let body = <tender_proto::claim::Body as tender_token::encode::Decode>::from_bytes(body);
        let claim = Claim::from_bytes(&body.unwrap().claim, bank.manifest()).unwrap();
        assert!(matches!(claim.form(), Form::Withdrawer(_)));
    }
}

/// A bank that leaves cashed tokens out of the list makes the wallet ask for them; the issuer says
/// no, which is told as it is. One whose list is none gets no claim at all.
#[test]
fn n21_a_false_list_brings_nobody_money_and_is_told() {
    let World { mut bank, mut alice, .. } = world();
    let mut copy = alice.copy();
    online::deposit(copy.wallet(), &mut bank, Scope::All, now(), &mut rng()).unwrap();
    bank.false_list = Some(FalseList::Twice);
    assert_eq!(rule(claim(&mut alice, &mut bank, DEPOSIT + 1)), Rule::Encoding);
    assert!(alice.wallet().claims().unwrap().is_empty() && bank.seen_claims.is_empty());
    bank.false_list = Some(FalseList::Missing);
    let done = claim(&mut alice, &mut bank, DEPOSIT + 1).unwrap();
    assert_eq!(done.refused.len(), 8);
    assert!(done.refused.iter().all(|(_, rule)| *rule == Rule::Cashed));
    assert!(done.leads.is_empty() && bank.leading.is_empty());
    let again = claim(&mut alice, &mut bank, DEPOSIT + 1).unwrap();
    assert_eq!(again, Claimed::default(), "what is cashed is not asked for again");
}

/// From the day after the last deposit day to the last claim day, by the wallet's clock and the
/// issuer's.
#[test]
fn n21_claims_are_made_in_their_window_and_no_other() {
    for (days, tokens) in [(0, 0), (DEPOSIT, 0), (DEPOSIT + 1, 8), (CLAIM, 8), (CLAIM + 1, 0)] {
        let World { mut bank, mut alice, .. } = world();
        let done = claim(&mut alice, &mut bank, days).unwrap();
        let led: usize = done.leads.values().map(Vec::len).sum();
        assert_eq!((led, bank.leading.len()), (tokens, tokens), "day {days}");
        assert_eq!(bank.seen_lists.is_empty(), tokens == 0, "nothing is asked for nothing");
    }
    let World { mut bank, mut alice, .. } = world();
    bank.time = on(DEPOSIT);
    let ahead = online::claim(alice.wallet(), &mut bank, on(DEPOSIT + 1), &mut rng(), &|_, _| {});
    assert_eq!(rule(ahead), Rule::Window, "the issuer's last day is not over");
    assert!(alice.wallet().claims().unwrap().is_empty());
    let done = claim(&mut alice, &mut bank, DEPOSIT + 1).unwrap();
    assert!(leading(1700, 8)(&done), "nothing was spoilt");
}

/// Over TLS: the list over a connection on which nobody is known, the claim as the device.
#[test]
fn a_wallet_claims_over_tls() {
    let World { mut bank, mut alice, .. } = world();
    let (authority, own) = credentials("Harbour Bank");
    bank.time = on(DEPOSIT + 1);
    let (address, _stop) = serve(bank, &own);
    let mut client = Client::new(&address.to_string(), &authority.certificate).unwrap();
    let done = online::claim(alice.wallet(), &mut client, on(DEPOSIT + 1), &mut rng(), &|_, _| {});
    let done = done.unwrap();
    assert!(leading(1700, 8)(&done), "{done:?}");
}

#[test]
fn a_person_reads_when_a_claim_can_be_made_and_when_it_is_paid() {
    let World { mut bank, mut alice, mut bob, .. } = world();
    hand(&mut alice, &mut bob, 700, 2);
    claim(&mut bob, &mut bank, DEPOSIT + 1).unwrap();
    bob.close();
    let (code, out, _) = run_alone(&bob.home(), &["balance"]);
    let until = iso(day(CLAIM));
    assert_eq!(code, 0);
    assert!(out.starts_with("0.00 FLN in 0 tokens;"), "{out}");
    let told = format!("\n7.00 FLN is claimed, and paid when {until} is over.\n");
    assert!(out.ends_with(&told), "{out}");
    let (_, out, _) = run_alone(&bob.home(), &["--json", "balance"]);
    let rows = &json(&out)["claimed"];
    assert_eq!(rows.as_array().map(Vec::len), Some(2));
    let row = json!({ "value": 500, "status": "leads", "paid_after": until });
    assert!(rows.as_array().unwrap().contains(&row), "{rows}");
    let (_, out, _) = run_alone(&bob.home(), &["history"]);
    assert!(out.contains("Tokens were claimed, to be paid when their last claim day is over."));

    let words = alice.words();
    drop(alice);
    let mut anew = Person::recreated(&words);
    bank.time = now();
    online::restore(anew.wallet(), &mut bank, now(), &mut rng()).unwrap();
    anew.close();
    let folder = tempfile::TempDir::new().unwrap();
    let (authority, own) = credentials("Harbour Bank");
    let (address, _stop) = serve(bank, &own);
    let there = invite(folder.path(), address, &authority);
    assert_eq!(run_alone(&anew.home(), &["enrol", "--invitation", &there]).0, 0);
    let (code, out, told) = run_alone(&anew.home(), &["claim"]);
    let from = iso(day(DEPOSIT + 1));
    let expected = format!("There is nothing to claim now.\nMore can be claimed from {from} on.\n");
    assert_eq!((code, &*out), (0, &*expected), "{told}");
    let (_, out, _) = run_alone(&anew.home(), &["--json", "claim"]);
    assert_eq!(json(&out)["claimable_from"], json!(from));
}
