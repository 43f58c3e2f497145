//! The audit over rows that were tampered with: each is named, and sound rows are not.

use crate::holder::Holder;
use crate::mint::{MINT, NOW, minor};
use crate::rows::{ask, bare, basic};
use crate::withdraw::{finish, reply, request, withdraw};
use tender_intermediary::audit::examine;
use tender_intermediary::ledger;
use tender_intermediary::rows::{
    Customer, CustomerId, EntryNumber, Grant, LedgerAccount, Line, MovementNumber, OpenEntry,
    Origin, PostingNumber, Reference, State, Usage, Vouched, Wallet,
};
use tender_intermediary::verbs::{provision, tier};
use tender_intermediary::view::View;
use tender_store::plain::Count;
use tender_token::cash::AccountRef;
use tender_token::date::Day;
use tender_token::identity::RegistrarId;
use tender_token::provision::{Plan, Session, SessionId};

const ALICE: CustomerId = CustomerId(1);

/// What somebody does to the rows.
type Tamper = fn(&mut View);

/// Sound books: an account was opened, and of two withdrawals one is settled.
fn books() -> View {
    let (mut view, holder) = (bare(), Holder::new(RegistrarId([7; 32])));
    let wallet = Wallet::enrolled(ALICE, holder.registration.clone());
    view.customers.load(ALICE, Some(Customer::open(basic(), minor(2_000))));
    tier::enter(&mut view, &basic());
    view.wallets.load(holder.identity.key(), Some(wallet));
    let (from, to) = (LedgerAccount::Outside, LedgerAccount::Customers);
    ledger::enter(&mut view, from, to, minor(2_000), Origin::Opened(ALICE));
    let (first, second) = (request(&holder, 1, 500), request(&holder, 2, 500));
    withdraw(&mut view, &first);
    withdraw(&mut view, &second);
    finish(&mut view, Ok(reply(&first))).expect("fits");
    vouch(&mut view, &holder);
    grant(&mut view, 1_000);
    view
}

/// Vouches for a session of two slots.
fn vouch(view: &mut View, holder: &Holder) {
    let (manifest, identity) = (MINT.manifest.hash(), *holder.identity.point());
    let (sid, plan) =
        (SessionId([1; 32]), Plan { manifest, identity, series: MINT.series, count: 2 });
    let session = Session::new(&holder.master, sid, plan);
    let open = session.open([1; 32], &holder.device);
    ask(view, |view| provision::touches_opening(&open, view));
    provision::vouch(view, &open, NOW).expect("within the limit");
}

/// Counts so much of a grant of 10.00 as taken by the wallet, as if it had had it from the start.
fn grant(view: &mut View, used: u64) {
    let (identity, wallet) = view.wallets.all().next().expect("there");
    let (identity, mut wallet) = (*identity, wallet.clone());
    wallet.grant = Some(Grant { amount: minor(1_000), used: minor(used) });
    view.wallets.insert(identity, wallet);
}

fn tamper_reference(view: &mut View, change: fn(&mut Reference)) {
    let account = AccountRef([1; 32]);
    let mut reference = *view.references.get(&account).expect("there");
    change(&mut reference);
    view.references.insert(account, reference);
}

fn tamper_line(view: &mut View, change: fn(&mut Line)) {
    let (letter, line) = view.lines.all().next().expect("there");
    let (letter, mut line) = (*letter, *line);
    change(&mut line);
    view.lines.insert(letter, line);
}

fn violations(view: &View) -> Vec<String> {
    examine(view, "bank", "FLN").violations
}

#[test]
fn books_that_nobody_touched_add_up() {
    assert_eq!(violations(&books()), [""; 0]);
    let vault = books().book().ledger.balance(LedgerAccount::Vault);
    assert_eq!(vault, -500, "nothing was bought yet");
}

#[test]
fn every_row_that_does_not_fit_the_others_is_named() {
    let tampered: [(&str, Tamper); 14] = [
        ("account `customers` has -1000 by its movements and -1001", |view| {
            let mut customer = view.customers.get(&ALICE).expect("there").clone();
            customer.balance = minor(1_001);
            view.customers.insert(ALICE, customer);
        }),
        ("account `holds` has -500 by its movements and 0", |view| {
            let mut customer = view.customers.get(&ALICE).expect("there").clone();
            customer.held = minor(0);
            view.customers.insert(ALICE, customer);
        }),
        ("account `vault` has -500", |view| {
            view.change_book(|book| book.vault.moved.outward = minor(501));
        }),
        ("did not move by what moved under all references", |view| {
            view.change_book(|book| book.vault.moved.outward = minor(501));
        }),
        ("the account of customer 1 is frozen, and no action says why", |view| {
            let customer = view.customers.get(&ALICE).expect("there").clone();
            view.customers.insert(ALICE, Customer { state: State::Frozen, ..customer });
        }),
        ("the staff did 0 actions, and 1 by count", |view| {
            view.change_book(|book| book.actions = 1);
        }),
        ("the ledger's sums are not those of its 5 movements", |view| {
            let one = *view.movements.get(&MovementNumber(4)).expect("there");
            view.movements.append(MovementNumber(5), one);
        }),
        ("entry 2 is open or not, and its mark says the contrary", |view| {
            view.open.unmark(OpenEntry { customer: ALICE, number: EntryNumber(2) });
        }),
        ("2 entries are counted as open, and 1 are", |view| {
            view.change_book(|book| book.finished = 0);
        }),
        ("customer 1 has 1 open entries, not 0", |view| {
            let customer = view.customers.get(&ALICE).expect("there").clone();
            view.customers.insert(ALICE, Customer { waiting: 0, ..customer });
        }),
        ("does not have the sums of its entries", |view| {
            tamper_reference(view, |reference| reference.moved.outward = minor(499));
        }),
        ("does not have the sums of its postings", |view| {
            tamper_reference(view, |reference| reference.posted.outward = minor(1));
        }),
        ("does not have the sums of its postings", |view| {
            tamper_reference(view, |reference| reference.posting = PostingNumber(1));
        }),
        ("has not ahead what its postings credited", |view| {
            tamper_reference(view, |reference| reference.ahead = minor(1));
        }),
    ];
    assert_named(tampered);
}

fn assert_named(tampered: impl IntoIterator<Item = (&'static str, Tamper)>) {
    for (named, tamper) in tampered {
        let mut view = books();
        tamper(&mut view);
        let violations = violations(&view);
        assert!(violations.iter().any(|one| one.contains(named)), "{named}: {violations:?}");
    }
}

#[test]
fn limits_hold_one_flipped_counter_is_found_and_named() {
    let tampered: [(&str, Tamper); 8] = [
        ("customer 1 did not do what is counted for a day", |view| {
            let usage = *view.usage.get(&ALICE).expect("there");
            view.usage.insert(ALICE, Usage { debited: minor(999), ..usage });
        }),
        ("customer 1 did not do what is counted for a day", |view| {
            let usage = *view.usage.get(&ALICE).expect("there");
            view.usage.insert(ALICE, Usage { day: Day(usage.day.0 + 1), ..usage });
        }),
        ("customer 1 did not do what is counted for a day", |view| {
            let usage = *view.usage.get(&ALICE).expect("there");
            view.usage.insert(ALICE, Usage { slots: Count(usage.slots.0 - 1), ..usage });
        }),
        ("customer 1 did not do what is counted for a day", |view| {
            let (opening, vouched) = view.openings.all().next().expect("there");
            let (opening, slots) = (*opening, Count(vouched.slots.0 + 1));
            let vouched = Vouched { slots, ..*vouched };
            view.openings.insert(opening, vouched);
        }),
        ("did not take what is counted of its grant", |view| grant(view, 999)),
        ("did not take what is counted of its grant", |view| grant(view, 1_001)),
        ("line 1 of customer 1 does not follow", |view| {
            tamper_line(view, |line| line.amount = minor(501));
        }),
        ("line 1 of customer 1 does not follow", |view| {
            tamper_line(view, |line| line.balance = minor(1_501));
        }),
    ];
    assert_named(tampered);
}
