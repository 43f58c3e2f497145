//! The reverse waterfall over bare rows: what an account does not cover of a payment comes from the
//! one outside, in the same commit, as far as it is held ready there.

use crate::holder::Holder;
use crate::mint::{NOW, currency, minor};
use crate::rows::{ask, bare, basic};
use crate::withdraw::{finish, reply, request, withdraw};
use tender_intermediary::audit::examine;
use tender_intermediary::ledger;
use tender_intermediary::rows::{
    Action, Attributes, Cause, Customer, CustomerId, Deed, EntryNumber, LedgerAccount, Origin,
    Outside, Reference, State, UnixUser, Wallet,
};
use tender_intermediary::verbs::customer::{self, Refused};
use tender_intermediary::verbs::transfer::{self, Ordered};
use tender_intermediary::verbs::{self, Begun, action, tier};
use tender_intermediary::view::View;
use tender_proto::movement::Movement;
use tender_proto::order as transfers;
use tender_store::plain::{Bytes, Count, Name};
use tender_token::amount::Amount;
use tender_token::cash::AccountRef;
use tender_token::error::Error;
use tender_token::identity::RegistrarId;

const ALICE: CustomerId = CustomerId(1);
const FIRST: EntryNumber = EntryNumber(1);
const BOBS: AccountRef = AccountRef([9; 32]);

/// Alice with an account outside, at which so much is held ready, and 200 here.
fn rows(cover: u64) -> (View, Holder) {
    let (mut view, holder) = (bare(), Holder::new(RegistrarId([7; 32])));
    let wallet = Wallet::enrolled(ALICE, holder.registration.clone());
    let account = Customer { address: Count(1), ..Customer::open(basic(), minor(200)) };
    view.customers.load(ALICE, Some(account));
    tier::enter(&mut view, &basic());
    view.wallets.load(holder.identity.key(), Some(wallet));
    let (from, to) = (LedgerAccount::Outside, LedgerAccount::Customers);
    ledger::enter(&mut view, from, to, minor(200), Origin::Opened(ALICE));
    customer::cover(&mut view, ALICE, minor(cover)).expect("linked");
    (view, holder)
}

/// The staff's record of what the rows say was done.
fn did(view: &mut View, customer: CustomerId, deed: Deed) {
    let (user, by) = (UnixUser(1_000), Name("Clerk".to_owned()));
    action::record(view, Action { at: NOW, user, by, customer, deed });
}

/// Balance, held, cover; and the books must add up.
fn account(view: &View) -> [u64; 3] {
    let violations = examine(view, "bank", "FLN").violations;
    assert_eq!(violations, [""; 0]);
    let account = view.customers.get(&ALICE).expect("there");
    [account.balance, account.held, account.cover].map(Amount::minor_units)
}

fn outside(view: &View) -> Vec<(u64, Cause)> {
    let told = |row: &Outside| (row.amount.minor_units(), row.cause);
    view.outside.all().map(|(_, row)| told(row)).collect()
}

fn lines(view: &View) -> Vec<(Movement, u64, u64)> {
    let all = view.lines.all().map(|(_, line)| line);
    let told = all.map(|line| (line.movement, line.amount, line.balance));
    told.map(|(movement, amount, owed)| (movement, amount.minor_units(), owed.minor_units()))
        .collect()
}

#[test]
fn wt04_what_the_account_does_not_cover_is_pulled_with_the_payment_and_once() {
    let (mut view, holder) = rows(1_000);
    let request = request(&holder, 1, 500);
    for _ in 0..2 {
        assert_eq!(withdraw(&mut view, &request), Begun::Open(FIRST));
        assert_eq!(account(&view), [0, 500, 700]);
        assert_eq!(outside(&view), [(300, Cause::ReverseWaterfall)]);
    }
    for _ in 0..2 {
        finish(&mut view, Ok(reply(&request))).expect("fits");
        assert_eq!(account(&view), [0, 0, 700]);
    }
    let (pulled, paid) = ((Movement::PulledIn, 300, 500), (Movement::Withdrawal, 500, 0));
    assert_eq!(lines(&view), [pulled, paid]);
}

/// Wallets could not reach it: nothing told them of it.
#[test]
fn wt04_the_account_says_what_is_held_ready_outside_and_what_is_left_of_it() {
    let (mut view, holder) = rows(1_000);
    let device = holder.device.public();
    view.devices.load(device, Some(holder.identity.key()));
    let told = |view: &View| {
        let account = verbs::account::decide(view, &device).expect("known");
        [account.balance, account.held, account.ready].map(Amount::minor_units)
    };
    assert_eq!(told(&view), [200, 0, 1_000]);
    assert_eq!(withdraw(&mut view, &request(&holder, 1, 500)), Begun::Open(FIRST));
    assert_eq!(told(&view), [0, 500, 700]);
}

#[test]
fn wt04_what_was_pulled_for_a_payment_that_is_refused_goes_back_once() {
    let (mut view, holder) = rows(1_000);
    let request = request(&holder, 1, 500);
    assert_eq!(withdraw(&mut view, &request), Begun::Open(FIRST));
    for _ in 0..2 {
        finish(&mut view, Err(Error::Funds.into())).expect("fits");
        assert_eq!(account(&view), [200, 0, 700], "it is held ready again when the bank says so");
    }
    assert_eq!(outside(&view), [(300, Cause::ReverseWaterfall), (300, Cause::Returned)]);
}

#[test]
fn wt04_a_frozen_account_keeps_what_was_pulled_for_it() {
    let (mut view, holder) = rows(1_000);
    assert_eq!(withdraw(&mut view, &request(&holder, 1, 500)), Begun::Open(FIRST));
    customer::freeze(&mut view, ALICE, true).expect("open");
    did(&mut view, ALICE, Deed::Freeze);
    finish(&mut view, Err(Error::Funds.into())).expect("fits");
    assert_eq!(account(&view), [500, 0, 700], "nothing leaves it");
}

#[test]
fn wt04_nothing_is_pulled_beyond_what_is_held_ready_nor_past_a_limit() {
    for (cover, debit, error) in [(299, 500, Error::Funds), (1_000_000, 500_001, Error::Limit)] {
        let (mut view, holder) = rows(cover);
        let before = account(&view);
        let refused = withdraw(&mut view, &request(&holder, 1, debit));
        assert_eq!(refused, Begun::Answered(Err(error)));
        assert_eq!((account(&view), outside(&view)), (before, vec![]), "nothing is written");
    }
    let (mut view, holder) = rows(300);
    assert_eq!(withdraw(&mut view, &request(&holder, 1, 500)), Begun::Open(FIRST), "to the unit");
    assert_eq!(account(&view), [0, 500, 0]);
}

#[test]
fn nothing_is_held_ready_where_no_account_is_linked_and_nothing_after_the_link_ends() {
    let (mut view, _) = rows(1_000);
    let account = view.customers.get(&ALICE).expect("there").clone();
    view.customers.insert(ALICE, Customer { address: Count(0), ..account.clone() });
    assert_eq!(customer::cover(&mut view, ALICE, minor(1)), Err(Refused::Unlinked(1)));
    view.customers.insert(ALICE, account);
    ask(&mut view, |view| customer::touches_record(ALICE, view));
    let (record, verified) = (Bytes(vec![1]), Attributes::default());
    customer::record(&mut view, ALICE, record, verified, Count(0)).expect("open");
    assert_eq!(view.customers.get(&ALICE).expect("there").cover, minor(0));
}

/// What was held ready at the old account was pulled from the new one, where nobody had set it
/// aside.
#[test]
fn nothing_is_held_ready_at_another_account_outside_than_it_was_said_of() {
    let (mut view, _) = rows(1_000);
    ask(&mut view, |view| customer::touches_record(ALICE, view));
    for (address, left) in [(1, 1_000), (2, 0)] {
        let (record, verified) = (Bytes(vec![1]), Attributes::default());
        customer::record(&mut view, ALICE, record, verified, Count(address)).expect("open");
        assert_eq!(view.customers.get(&ALICE).expect("there").cover, minor(left));
    }
}

/// Alice orders a transfer of 500 to bob, whose account is in this state.
fn pay_bob(view: &mut View, holder: &Holder, state: State) -> Begun<Result<(), Error>> {
    let bob = CustomerId(2);
    let account = Customer { state, address: Count(1), ..Customer::open(basic(), minor(0)) };
    view.customers.load(bob, Some(account));
    if state == State::Active {
        tier::enter(view, &basic());
    }
    view.references.load(BOBS, Some(Reference::of(bob)));
    view.devices.load(holder.device.public(), Some(holder.identity.key()));
    let registrar = RegistrarId([7; 32]);
    let order = transfers::Order {
        id: [1; 32],
        registrar,
        payee: registrar,
        payee_account: BOBS,
        payer_account: AccountRef([2; 32]),
        currency: currency(),
        amount: minor(500),
        expires: NOW,
    };
    let signed = order.sign(&holder.device);
    let ordered = Ordered::verify(signed, registrar, currency(), NOW.day()).expect("signed");
    for _ in 0..2 {
        ask(view, |view| ordered.touches(view));
        transfer::begin(view, &ordered, NOW);
    }
    match transfer::begin(view, &ordered, NOW) {
        Begun::Answered(reply) => Begun::Answered(reply.map_err(|refusal| refusal.error)),
        Begun::Open(number) => Begun::Open(number),
        Begun::Full => Begun::Full,
    }
}

#[test]
fn wt04_a_transfer_within_the_bank_pulls_what_is_missing_in_one_transaction() {
    let (mut view, holder) = rows(1_000);
    assert_eq!(pay_bob(&mut view, &holder, State::Active), Begun::Answered(Ok(())));
    assert_eq!(account(&view), [0, 0, 700]);
    assert_eq!(view.customers.get(&CustomerId(2)).expect("bob").balance, minor(500));
    assert_eq!(outside(&view), [(300, Cause::ReverseWaterfall)]);
}

#[test]
fn a_transfer_to_a_closed_account_goes_where_its_remainder_went() {
    let (mut view, holder) = rows(1_000);
    let closed = State::Closed(NOW.day());
    did(&mut view, CustomerId(2), Deed::Close);
    // His record says which account that is.
    view.persons.load(CustomerId(2), Some(Bytes(vec![1])));
    assert_eq!(pay_bob(&mut view, &holder, closed), Begun::Answered(Ok(())));
    assert_eq!(account(&view), [0, 0, 700]);
    assert_eq!(view.customers.get(&CustomerId(2)).expect("bob").balance, minor(0));
    let mut went = outside(&view);
    went.sort_by_key(|(amount, _)| *amount);
    assert_eq!(went, [(300, Cause::ReverseWaterfall), (500, Cause::Closing)]);
}
