//! Account money goes to another account, once.

use crate::bank::{Bank, now, rng};
use crate::cli::{json, run_alone};
use crate::enrol::{credentials, invite};
use crate::loopback::serve;
use crate::people::{Person, World, minor, rule, world};
use tender_proto::movement::Movement;
use tender_token::error::Error as Rule;
use tender_wallet::online;
use tender_wallet::payee::Payee;

fn reference(person: &mut Person, bank: &mut Bank) -> Payee {
    online::reference(person.wallet(), bank, now(), &mut rng()).expect("known")
}

fn transfer(
    person: &mut Person,
    bank: &mut Bank,
    to: Payee,
    units: u64,
) -> tender_wallet::Result<()> {
    online::transfer(person.wallet(), bank, (to, minor(units)), now(), &mut rng())
}

#[test]
fn lc06_account_money_goes_to_another_account_and_both_statements_say_so() {
    let World { mut bank, mut alice, mut bob, .. } = world();
    let to = reference(&mut bob, &mut bank);
    assert_eq!(Payee::read(&to.text()), Some(to));
    transfer(&mut alice, &mut bank, to, 1_250).unwrap();
    assert_eq!(bank.balance_of(bob.wallet().identity()), 11_250);
    let lines = online::statement(alice.wallet(), &mut bank, 0, now()).unwrap();
    let told = lines.iter().map(|line| (line.number, line.movement, line.amount));
    assert_eq!(told.collect::<Vec<_>>(), [(1, Movement::TransferOut, minor(1_250))]);
    let lines = online::statement(bob.wallet(), &mut bank, 0, now()).unwrap();
    assert_eq!(lines[0].movement, Movement::TransferIn);
    assert_eq!(online::statement(bob.wallet(), &mut bank, 1, now()).unwrap(), []);
    let events = alice.wallet().history().unwrap();
    assert_eq!(events.last().unwrap().what.name(), "transferred");
}

#[test]
fn a_transfer_whose_answer_was_lost_is_sent_again_in_the_same_bytes_and_moves_once() {
    let World { mut bank, mut alice, mut bob, .. } = world();
    let to = reference(&mut bob, &mut bank);
    bank.lost_answers = 1;
    assert!(transfer(&mut alice, &mut bank, to, 500).is_err());
    alice.restart();
    assert_eq!(alice.wallet().open_transfers().unwrap().len(), 1);
    transfer(&mut alice, &mut bank, to, 500).unwrap();
    assert_eq!(bank.balance_of(bob.wallet().identity()), 10_500, "once");
    alice.restart();
    assert!(alice.wallet().open_transfers().unwrap().is_empty());
}

#[test]
fn reconciling_finishes_a_transfer_that_never_left() {
    let World { mut bank, mut alice, mut bob, .. } = world();
    let to = reference(&mut bob, &mut bank);
    alice.wallet().begin_transfer(to, minor(500), now(), &mut rng()).unwrap();
    alice.restart();
    let bring = online::Bring::Deposit;
    let done = online::reconcile(alice.wallet(), &mut bank, bring, now(), &mut rng()).unwrap();
    assert_eq!(done.transferred.value, minor(500));
    // One that was begun too long ago is refused, and the money stays.
    alice.wallet().begin_transfer(to, minor(500), now(), &mut rng()).unwrap();
    let later = now().checked_add(601).unwrap();
    bank.time = later;
    let done = online::reconcile(alice.wallet(), &mut bank, bring, later, &mut rng()).unwrap();
    assert_eq!(done.transferred.refused, [(minor(500), Rule::RequestExpired)]);
    assert_eq!(bank.balance_of(bob.wallet().identity()), 10_500);
}

#[test]
fn a_refused_transfer_leaves_the_money_in_the_account() {
    let World { mut bank, mut alice, mut bob, .. } = world();
    let to = reference(&mut bob, &mut bank);
    let before = bank.balance_of(alice.wallet().identity());
    assert_eq!(rule(transfer(&mut alice, &mut bank, to, 0)), Rule::Amount);
    assert_eq!(rule(transfer(&mut alice, &mut bank, to, 1_000_000)), Rule::Funds);
    let nobody = Payee { account: tender_token::cash::AccountRef([9; 32]), ..to };
    assert_eq!(rule(transfer(&mut alice, &mut bank, nobody, 500)), Rule::Wallet);
    assert_eq!(bank.balance_of(alice.wallet().identity()), before);
    assert!(alice.wallet().open_transfers().unwrap().is_empty());
}

#[test]
fn a_person_transfers_with_what_the_payees_wallet_showed() {
    let World { bank, mut alice, mut bob, .. } = world();
    alice.close();
    bob.close();
    let folder = tempfile::TempDir::new().unwrap();
    let (authority, own) = credentials("Harbour Bank");
    let (address, _stop) = serve(bank, &own);
    let there = invite(folder.path(), address, &authority);
    for person in [&alice, &bob] {
        assert_eq!(run_alone(&person.home(), &["enrol", "--invitation", &there]).0, 0);
    }
    let (code, shown, _) = run_alone(&bob.home(), &["--json", "reference"]);
    assert_eq!(code, 0);
    let to = json(&shown)["reference"].as_str().unwrap().to_owned();
    let (code, out, _) = run_alone(&alice.home(), &["transfer", "--to", &to, "--amount", "12.50"]);
    assert_eq!((code, out.as_str()), (0, "12.50 FLN went to the other account.\n"));
    let (_, out, _) = run_alone(&bob.home(), &["statement"]);
    assert!(out.contains("transfer in") && out.contains("12.50 FLN"), "{out}");
    let (code, _, told) = run_alone(&alice.home(), &["transfer", "--to", "12", "--amount", "1"]);
    assert_eq!(code, 2);
    assert!(told.contains("a reference is 128 hexadecimal digits"), "{told}");
}
