//! Accounts over bare rows: what flows outside, what closing does, and that nothing gets stuck.

use crate::mint::{NOW, minor};
use crate::rows::{ask, bare, basic};
use tender_intermediary::mailbox::Slip;
use tender_intermediary::mirror;
use tender_intermediary::rows::{
    Attributes, Customer, CustomerId, DepositItem, Deposition, Entry, EntryNumber, Job, State,
    TierName,
};
use tender_intermediary::verbs::customer::{self, Closing, Refused, close};
use tender_intermediary::verbs::tier::{Unchanged, admit, enter};
use tender_intermediary::verbs::{credit, deposit, touches_entry};
use tender_intermediary::view::View;
use tender_proto::movement::Movement;
use tender_store::plain::{Bytes, Count};
use tender_token::cash::AccountRef;
use tender_token::token::TokenId;

const SHOP: CustomerId = CustomerId(1);
const FIRST: EntryNumber = EntryNumber(1);
const ACCOUNT: AccountRef = AccountRef([5; 32]);

fn merchant() -> TierName {
    TierName("merchant".to_owned())
}

/// One customer of a tier, with an account outside or none, and an open deposit of 100.
fn rows(tier: &TierName, balance: u64, linked: bool) -> View {
    let mut view = bare();
    let address = Count(u64::from(linked));
    let customer = Customer { address, ..Customer::open(tier.clone(), minor(balance)) };
    view.customers.load(SHOP, Some(customer));
    enter(&mut view, tier);
    view.references.load(ACCOUNT, None);
    mirror::claim(&mut view, ACCOUNT, SHOP);
    let item = DepositItem::Sent { token: TokenId([1; 32]), value: minor(100), bytes: vec![1] };
    let job = Job::open(SHOP, Deposition { account: ACCOUNT, items: vec![item] });
    view.entries.load(FIRST, Some(Entry::Deposit(job)));
    view
}

fn paid(view: &mut View) {
    ask(view, |view| touches_entry(view, FIRST));
    deposit::finish(view, FIRST, vec![Ok(minor(100))], NOW).expect("fits");
}

/// Balance, and what went outside, which must be what is recorded there.
fn account(view: &View) -> (u64, u64) {
    let account = view.customers.get(&SHOP).expect("there");
    assert!(account.is_explained(), "conservation");
    let outside: u64 = view.outside.all().map(|(_, row)| row.amount.minor_units()).sum();
    assert_eq!(outside, account.paid_out.minor_units(), "conservation");
    (account.balance.minor_units(), outside)
}

#[test]
fn wt03_a_merchant_who_is_paid_100_holds_nothing_and_has_100_outside() {
    let mut view = rows(&merchant(), 0, true);
    for _ in 0..2 {
        paid(&mut view);
        assert_eq!(account(&view), (0, 100), "once, however often the answer comes");
    }
    let lines: Vec<_> = view.lines.all().map(|(_, line)| (line.movement, line.balance)).collect();
    assert_eq!(lines, [(Movement::Deposit, minor(100)), (Movement::PaidOut, minor(0))]);
}

/// What had left the account for one bank was paid to another, once the customer named that one.
#[test]
fn wt03_what_is_to_be_paid_outside_goes_to_the_account_that_was_linked_then() {
    let mut view = rows(&merchant(), 0, true);
    paid(&mut view);
    ask(&mut view, |view| customer::touches_record(SHOP, view));
    let (record, verified) = (Bytes(vec![1]), Attributes::default());
    customer::record(&mut view, SHOP, record, verified, Count(2)).expect("open");
    let slip = Slip { day: NOW.day(), movement: Movement::Deposit, account: Some(ACCOUNT) };
    credit(&mut view, SHOP, minor(7), slip).expect("counted");
    let to: Vec<_> = view.outside.all().map(|(_, row)| (row.amount, row.address)).collect();
    assert_eq!(to, [(minor(100), Count(1)), (minor(7), Count(2))]);
}

#[test]
fn wt03_a_merchant_needs_an_account_outside() {
    let (view, shop) = (bare(), merchant());
    let verified = ["name", "register"].into_iter().filter_map(Attributes::named);
    let verified = verified.fold(Attributes::default(), Attributes::with);
    let refused = admit(&view, &shop, verified, false).err();
    assert_eq!(refused, Some(Unchanged::NotLinked(shop.clone())));
    assert!(admit(&view, &shop, verified, true).is_ok());
}

/// At the holding limit of 10,000.00: one below, at it and one above, after 100 came in.
#[test]
fn wt04_what_is_beyond_the_holding_goes_outside_and_the_rest_stays() {
    for (before, linked, waterfall, expected) in [
        (999_899, true, true, (999_999, 0)),
        (999_900, true, true, (1_000_000, 0)),
        (999_901, true, true, (1_000_000, 1)),
        (999_901, true, false, (1_000_001, 0)),
        (999_901, false, true, (1_000_001, 0)),
    ] {
        let mut view = rows(&basic(), before, linked);
        let mut tier = view.tiers.get(&basic()).expect("there").clone();
        tier.waterfall = waterfall;
        view.tiers.insert(basic(), tier);
        paid(&mut view);
        assert_eq!(account(&view), expected, "{before} {linked} {waterfall}");
    }
}

#[test]
fn a_frozen_account_is_credited_and_nothing_flows_on() {
    let mut view = rows(&merchant(), 0, true);
    ask(&mut view, |view| view.customers.want(SHOP));
    customer::freeze(&mut view, SHOP, true).expect("there");
    paid(&mut view);
    assert_eq!(account(&view), (100, 0));
    customer::freeze(&mut view, SHOP, false).expect("there");
    ask(&mut view, |view| touches_entry(view, FIRST));
    let (movement, account_ref) = (Movement::Change, Some(ACCOUNT));
    let slip = Slip { day: NOW.day(), movement, account: account_ref };
    credit(&mut view, SHOP, minor(0), slip).expect("nothing");
    assert_eq!(account(&view), (0, 100), "the next movement takes it along");
}

fn closing(under_way: Vec<EntryNumber>) -> Closing {
    let record = Bytes(vec![1]);
    let (day, address) = (NOW.day(), Count(2));
    Closing { customer: SHOP, day, entries: 0, under_way, record, address, kept: None }
}

/// A request that is begun after the open ones were looked up, and before the closing is decided.
#[test]
fn closing_sees_what_was_begun_while_it_was_asked_for() {
    let mut view = rows(&basic(), 700, false);
    let closing = closing(Vec::new());
    view.change_book(|book| book.entries = 1);
    ask(&mut view, |view| closing.touches(view));
    assert_eq!(close(&mut view, closing.clone()), Err(Refused::UnderWay(1)));
    assert_eq!(account(&view), (700, 0), "nothing was written");
    paid(&mut view);
    ask(&mut view, |view| closing.touches(view));
    assert_eq!(close(&mut view, closing), Ok(minor(800)));
}

#[test]
fn closing_waits_for_what_is_under_way_and_pays_out_what_remains() {
    let mut view = rows(&basic(), 700, false);
    let busy = closing(vec![FIRST]);
    ask(&mut view, |view| busy.touches(view));
    assert_eq!(close(&mut view, busy), Err(Refused::UnderWay(1)));
    assert_eq!(account(&view), (700, 0), "nothing was written");
    paid(&mut view);
    let free = closing(Vec::new());
    ask(&mut view, |view| free.touches(view));
    assert_eq!(close(&mut view, free.clone()), Ok(minor(800)));
    assert_eq!(account(&view), (0, 800));
    assert_eq!(view.customers.get(&SHOP).expect("kept").state, State::Closed(NOW.day()));
    assert_eq!(view.tiers.get(&basic()).expect("there").customers, 0);
    assert_eq!(close(&mut view, free), Err(Unchanged::Closed(1).into()), "once");
    assert_eq!(customer::freeze(&mut view, SHOP, false), Err(Unchanged::Closed(1).into()));
}

/// A claim, or a deposit that began while the account was being closed.
#[test]
fn what_comes_in_after_the_closing_goes_where_the_remainder_went() {
    let mut view = rows(&basic(), 700, false);
    let racing = closing(Vec::new());
    ask(&mut view, |view| racing.touches(view));
    close(&mut view, racing).expect("it did not know of the entry");
    paid(&mut view);
    assert_eq!(account(&view), (0, 800));
}
