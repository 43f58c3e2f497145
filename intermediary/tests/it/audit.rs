//! The audit over rows that were tampered with: each is named, and sound rows are not.

use crate::holder::Holder;
use crate::mint::minor;
use crate::rows::{bare, basic};
use crate::withdraw::{finish, reply, request, withdraw};
use tender_intermediary::audit::examine;
use tender_intermediary::ledger;
use tender_intermediary::rows::{
    Customer, CustomerId, EntryNumber, LedgerAccount, MovementNumber, OpenEntry, Origin, Wallet,
};
use tender_intermediary::verbs::tier;
use tender_intermediary::view::View;
use tender_token::cash::AccountRef;
use tender_token::identity::RegistrarId;

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
    view
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
    let tampered: [(&str, Tamper); 8] = [
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
        ("does not have the sums of its entries", |view| {
            let account = AccountRef([1; 32]);
            let mut reference = *view.references.get(&account).expect("there");
            reference.moved.outward = minor(499);
            view.references.insert(account, reference);
        }),
    ];
    for (named, tamper) in tampered {
        let mut view = books();
        tamper(&mut view);
        let violations = violations(&view);
        assert!(violations.iter().any(|one| one.contains(named)), "{named}: {violations:?}");
    }
}
