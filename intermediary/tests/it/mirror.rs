//! The mirror over bare rows: what must be named, and what must not be named too early.

use crate::mint::{MINT, NOW, currency, minor};
use crate::rows::{bare, basic};
use tender_intermediary::audit::examine as audit;
use tender_intermediary::mirror::{self, Ours};
use tender_intermediary::rows::{Customer, CustomerId, Difference, EntryNumber, Flow};
use tender_intermediary::verbs::statement::{Asked, Charge, apply, ask, examine};
use tender_intermediary::view::View;
use tender_proto::statement::{Cause, Incident, Posting, Request, Reserves, Statement};
use tender_token::amount::Amount;
use tender_token::cash::AccountRef;
use tender_token::date::Timestamp;
use tender_token::identity::RegistrarId;

const ACCOUNT: AccountRef = AccountRef([5; 32]);
const OTHER: AccountRef = AccountRef([6; 32]);

fn ours() -> Ours {
    Ours { registrar: RegistrarId([7; 32]), currency: currency(), now: NOW }
}

/// Rows in which one withdrawal of 500 was settled.
fn rows() -> View {
    let mut view = bare();
    let customer = CustomerId(1);
    view.customers.load(customer, Some(Customer::open(basic(), minor(1_000))));
    tender_intermediary::verbs::tier::enter(&mut view, &basic());
    view.references.load(ACCOUNT, None);
    view.references.load(OTHER, None);
    view.mailboxes.load(customer, None);
    mirror::claim(&mut view, ACCOUNT, customer);
    let flow = Flow { inward: Amount::ZERO, outward: minor(500) };
    mirror::settle(&mut view, (EntryNumber(1), customer), &[(ACCOUNT, flow)]).expect("claimed");
    view.change_book(|book| book.finished = 1);
    view
}

fn posting(number: u64, cause: Cause, amount: u64, balance: u64) -> Posting {
    Posting { number, cause, amount: minor(amount), balance: minor(balance) }
}

fn empty(vault: u64) -> Statement {
    Statement {
        vault: minor(vault),
        postings: Vec::new(),
        incidents: Vec::new(),
        reserves: Reserves { balance: Amount::ZERO, postings: Vec::new() },
    }
}

/// The references that wait for a statement.
fn waiting(view: &View) -> Vec<AccountRef> {
    view.unreconciled.all().map(|(account, _)| *account).collect()
}

/// Takes up postings, then the empty statement that says there are no more.
fn take(view: &mut View, postings: Vec<Posting>, vault: u64) -> Vec<Difference> {
    let statement = Statement { postings, ..empty(vault) };
    let asked = ask(view);
    let waiting = self::waiting(view);
    apply(view, asked, &statement, &[], &waiting, ours());
    let nothing = Statement { postings: Vec::new(), ..statement };
    let asked = ask(view);
    let waiting = self::waiting(view);
    apply(view, asked, &nothing, &[], &waiting, ours());
    view.differences.all().map(|(difference, _)| *difference).collect()
}

#[test]
fn equal_movements_leave_nothing_to_compare() {
    let mut view = rows();
    let bought = posting(1, Cause::Distribution, 10_000, 10_000);
    let signed = posting(2, Cause::Withdrawal(ACCOUNT), 500, 9_500);
    assert_eq!(take(&mut view, vec![bought, signed], 9_500), []);
    assert!(view.unreconciled.all().next().is_none());
    assert_eq!(view.book().vault.mirror(), 9_500);
    assert_eq!(take(&mut view, vec![bought, signed], 9_500), [], "postings are taken once");
    assert_eq!(view.book().vault.mirror(), 9_500);
}

#[test]
fn an_audit_tells_people_what_is_not_settled_yet() {
    let mut audit = audit(&rows(), "bank", "FLN");
    // These rows are no whole books.
    audit.violations.clear();
    let text = audit.text(2);
    for part in [
        "-5.00 FLN by the mirror, 0.00 as stated",
        "1 is not reconciled",
        "not everything is settled yet",
    ] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn every_difference_has_its_name() {
    let bought = posting(1, Cause::Distribution, 10_000, 10_000);
    let signed =
        |number, amount, balance| posting(number, Cause::Withdrawal(ACCOUNT), amount, balance);
    let unknown = posting(2, Cause::Withdrawal(OTHER), 500, 9_500);
    let movement = Difference::Movement(ACCOUNT);
    for (postings, vault, differences) in [
        (vec![bought], 10_000, vec![movement]),
        (vec![bought, signed(2, 400, 9_600)], 9_600, vec![movement]),
        (vec![bought, unknown], 9_500, vec![movement, Difference::UnknownReference(OTHER)]),
        (vec![bought, signed(3, 500, 9_500)], 9_500, vec![Difference::Gap(2)]),
        (vec![bought, signed(2, 500, 9_400)], 9_400, vec![Difference::Balance(2)]),
        (vec![bought, signed(2, 500, 9_500)], 9_499, vec![Difference::Vault(2)]),
    ] {
        assert_eq!(take(&mut rows(), postings, vault), differences);
    }
}

#[test]
fn what_a_statement_cannot_know_yet_is_no_difference() {
    let mut view = rows();
    let bought = posting(1, Cause::Distribution, 10_000, 10_000);
    assert_eq!(take(&mut view, vec![bought], 10_000), [Difference::Movement(ACCOUNT)]);
    let mut view = rows();
    let request = Request { after_posting: 0, after_incident: 0, after_reserve_posting: 0 };
    let asked = Asked { request, horizon: 0 };
    let statement = empty(0);
    apply(&mut view, asked, &statement, &[], &[ACCOUNT], ours());
    assert!(view.differences.all().next().is_none(), "settled after it was asked for");
    mirror::claim(&mut view, ACCOUNT, CustomerId(1));
    apply(&mut view, Asked { horizon: 1, ..asked }, &statement, &[], &[ACCOUNT], ours());
    assert!(view.differences.all().next().is_none(), "an entry is still open");
}

#[test]
fn a_difference_that_resolves_is_forgotten() {
    let mut view = rows();
    let bought = posting(1, Cause::Distribution, 10_000, 10_000);
    let signed = posting(2, Cause::Withdrawal(ACCOUNT), 500, 9_500);
    assert_eq!(take(&mut view, vec![bought], 10_000), [Difference::Movement(ACCOUNT)]);
    assert_eq!(take(&mut view, vec![signed], 9_500), []);
}

#[test]
fn no_framing_an_incident_without_a_valid_proof_accuses_nobody() {
    let incident = Incident { number: 1, proof: vec![1; 700], time: Timestamp(0) };
    let charge = examine(&incident, RegistrarId([7; 32]), &MINT.manifest);
    assert!(matches!(charge, Charge::Unproven(_)));
    let mut view = rows();
    let incidents = vec![incident];
    let statement = Statement { incidents, ..empty(0) };
    let asked = ask(&view);
    apply(&mut view, Asked { horizon: 0, ..asked }, &statement, &[charge], &[], ours());
    let differences: Vec<_> = view.differences.all().map(|(row, _)| *row).collect();
    assert_eq!(differences, [Difference::Proof(1)]);
    assert!(view.accused.all().next().is_none());
    assert_eq!(ask(&view).request.after_incident, 1);
}

#[test]
fn what_a_guarantee_makes_good_settles_like_a_deposit() {
    let mut view = rows();
    mirror::claim(&mut view, OTHER, CustomerId(1));
    let flow = Flow { inward: minor(300), outward: Amount::ZERO };
    mirror::settle(&mut view, (EntryNumber(2), CustomerId(1)), &[(OTHER, flow)]).expect("claimed");
    view.change_book(|book| book.finished = 2);
    let bought = posting(1, Cause::Distribution, 10_000, 10_000);
    let signed = posting(2, Cause::Withdrawal(ACCOUNT), 500, 9_500);
    let redress = posting(3, Cause::Redress(OTHER), 300, 9_800);
    assert_eq!(take(&mut view, vec![bought, signed, redress], 9_800), []);
    assert!(view.unreconciled.all().next().is_none());
}

#[test]
fn what_goes_back_to_the_issuer_lowers_the_vault_and_raises_the_reserves() {
    let mut view = rows();
    let bought = posting(1, Cause::Distribution, 10_000, 10_000);
    let signed = posting(2, Cause::Withdrawal(ACCOUNT), 500, 9_500);
    let returned = posting(3, Cause::Redemption, 2_000, 7_500);
    let pledged = posting(4, Cause::Pledge, 700, 6_800);
    let released = posting(5, Cause::Release, 200, 7_000);
    let vault = [bought, signed, returned, pledged, released];
    assert_eq!(take(&mut view, vault.to_vec(), 7_000), []);
    assert_eq!(view.book().vault.mirror(), 7_000);

    for (number, cause, amount, balance) in [
        (1, Cause::ReservesIn, 10_000, 10_000),
        (2, Cause::Distribution, 10_000, 0),
        (3, Cause::Redemption, 2_000, 2_000),
    ] {
        mirror::post_reserves(&mut view, &posting(number, cause, amount, balance));
    }
    assert_eq!(view.book().reserves.stated, minor(2_000));
    assert!(view.differences.all().next().is_none());
    mirror::post_reserves(&mut view, &posting(4, Cause::ReservesOut, 500, 1_600));
    let named: Vec<_> = view.differences.all().map(|(difference, _)| *difference).collect();
    assert_eq!(named, [Difference::Reserves(4)]);
}

/// A claim is paid long after it was asked for, so the posting alone credits the account.
#[test]
fn a_paid_claim_is_credited_once_to_whom_its_reference_stands_for() {
    let mut view = rows();
    let bought = posting(1, Cause::Distribution, 10_000, 10_000);
    let signed = posting(2, Cause::Withdrawal(ACCOUNT), 500, 9_500);
    let paid = posting(3, Cause::Claim(ACCOUNT), 300, 9_800);
    let postings = vec![bought, signed, paid];
    let before = view.customers.get(&CustomerId(1)).expect("the row is there").clone();
    assert_eq!(take(&mut view, postings.clone(), 9_800), []);
    assert_eq!(take(&mut view, postings, 9_800), [], "postings are taken once");
    let after = view.customers.get(&CustomerId(1)).expect("the row is there");
    assert_eq!(Some(after), before.credit(minor(300)).as_ref());
    assert!(after.is_explained());
    assert_eq!(view.book().vault.mirror(), 9_800);
    assert!(view.unreconciled.all().next().is_none());

    let mut view = rows();
    let unknown = posting(3, Cause::Claim(OTHER), 300, 9_800);
    let named = take(&mut view, vec![bought, signed, unknown], 9_800);
    assert_eq!(named, [Difference::UnknownReference(OTHER)]);
}
