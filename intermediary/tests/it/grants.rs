//! Grants: a wallet of a child or a machine takes what it was granted out of the account, and no
//! minor unit more.

use crate::bank::clerk;
use crate::issuer::TestIssuer;
use crate::limits::{LIMIT, holder, opened, rows, withdraw};
use crate::mint::{NOW, minor};
use crate::rows::ask;
use crate::transfer::{Branch, refused};
use tender_intermediary::mailbox::{self, Slip};
use tender_intermediary::rows::{CodeDigest, CustomerId, EntryNumber, Grant, Wallet};
use tender_intermediary::verbs::action::Ordered;
use tender_intermediary::verbs::customer::Refused;
use tender_intermediary::verbs::{
    account, device, lines, notices, touches_entry, withdraw as verb,
};
use tender_intermediary::view::View;
use tender_proto::account::Account;
use tender_proto::movement::Movement;
use tender_token::cash::AccountRef;
use tender_token::error::Error;

const ALICE: CustomerId = CustomerId(1);

/// An account with far more than the grant of its wallet.
fn granted(amount: u64) -> (crate::holder::Holder, View) {
    let holder = holder();
    let mut view = rows(&holder, 5_000, 5_000, 5_000);
    device::grant(&mut view, ALICE, holder.identity.key(), Some(minor(amount))).expect("hers");
    (holder, view)
}

#[test]
fn wt03_a_sub_wallet_cannot_exceed_its_grant_by_one_minor_unit() {
    let (holder, mut view) = granted(500);
    assert_eq!(withdraw(&mut view, &holder, 1, 501, NOW), LIMIT, "one above");
    assert!(view.entries.changes().next().is_none());
    assert_eq!(withdraw(&mut view, &holder, 2, 499, NOW), opened(1), "one below");
    assert_eq!(withdraw(&mut view, &holder, 2, 499, NOW), opened(1), "a repetition counts once");
    assert_eq!(withdraw(&mut view, &holder, 3, 2, NOW), LIMIT, "both together");
    assert_eq!(withdraw(&mut view, &holder, 4, 1, NOW), opened(2), "at the grant");
    assert_eq!(withdraw(&mut view, &holder, 5, 1, NOW), LIMIT, "nothing is left");
    let identity = holder.identity.key();
    device::grant(&mut view, ALICE, identity, Some(minor(501))).expect("hers");
    assert_eq!(withdraw(&mut view, &holder, 6, 2, NOW), LIMIT, "what was taken counts");
    assert_eq!(withdraw(&mut view, &holder, 6, 1, NOW), opened(3), "one more was granted");
    device::grant(&mut view, ALICE, identity, None).expect("hers");
    assert_eq!(withdraw(&mut view, &holder, 7, 4_000, NOW), opened(4), "as the tier allows");
}

#[test]
fn wt03_what_the_issuer_refuses_takes_nothing_from_the_grant() {
    let (holder, mut view) = granted(500);
    assert_eq!(withdraw(&mut view, &holder, 1, 500, NOW), opened(1));
    ask(&mut view, |view| touches_entry(view, EntryNumber(1)));
    for _ in 0..2 {
        let no = Err(Error::Funds.into());
        verb::finish(&mut view, EntryNumber(1), no, NOW).expect("fits");
    }
    assert_eq!(withdraw(&mut view, &holder, 2, 500, NOW), opened(2));
    // What is granted meanwhile does not grow by what comes back of before.
    device::grant(&mut view, ALICE, holder.identity.key(), Some(minor(300))).expect("hers");
    ask(&mut view, |view| touches_entry(view, EntryNumber(2)));
    verb::finish(&mut view, EntryNumber(2), Err(Error::Funds.into()), NOW).expect("fits");
    assert_eq!(withdraw(&mut view, &holder, 3, 301, NOW), LIMIT);
    assert_eq!(withdraw(&mut view, &holder, 3, 300, NOW), opened(3));
}

/// The same order, given again by a script or after a lost answer, was another grant of as much:
/// the wallet took it twice.
#[test]
fn wt03_a_grant_that_is_repeated_gives_nothing_twice() {
    let (holder, mut view) = granted(500);
    let identity = holder.identity.key();
    assert_eq!(withdraw(&mut view, &holder, 1, 500, NOW), opened(1));
    let grant = |view: &mut View, amount| {
        device::grant(view, ALICE, identity, Some(minor(amount))).expect("hers")
    };
    assert_eq!(grant(&mut view, 500), Ordered::Already);
    assert_eq!(withdraw(&mut view, &holder, 2, 1, NOW), LIMIT);
    assert_eq!(grant(&mut view, 400), Ordered::Done);
    assert_eq!(withdraw(&mut view, &holder, 2, 1, NOW), LIMIT, "less than it took");
    assert_eq!(grant(&mut view, 800), Ordered::Done);
    assert_eq!(withdraw(&mut view, &holder, 3, 301, NOW), LIMIT);
    assert_eq!(withdraw(&mut view, &holder, 3, 300, NOW), opened(2));
    assert_eq!(grant(&mut view, 600), Ordered::Done);
    // What comes back was taken of what is granted now, too.
    ask(&mut view, |view| touches_entry(view, EntryNumber(1)));
    verb::finish(&mut view, EntryNumber(1), Err(Error::Funds.into()), NOW).expect("fits");
    assert_eq!(withdraw(&mut view, &holder, 4, 301, NOW), LIMIT);
    assert_eq!(withdraw(&mut view, &holder, 4, 300, NOW), opened(3));
}

/// What was taken under one grant came back, and was given to the next one: 600 were taken under a
/// grant of 300.
#[test]
fn wt03_what_comes_back_of_an_older_grant_adds_nothing_to_a_newer_one() {
    let (holder, mut granted) = granted(500);
    let mut free = rows(&holder, 5_000, 5_000, 5_000);
    for view in [&mut granted, &mut free] {
        assert_eq!(withdraw(view, &holder, 1, 500, NOW), opened(1));
        for amount in [None, Some(minor(300))] {
            device::grant(view, ALICE, holder.identity.key(), amount).expect("hers");
        }
        assert_eq!(withdraw(view, &holder, 2, 300, NOW), opened(2), "all of it");
        ask(view, |view| touches_entry(view, EntryNumber(1)));
        verb::finish(view, EntryNumber(1), Err(Error::Funds.into()), NOW).expect("fits");
        assert_eq!(withdraw(view, &holder, 3, 1, NOW), LIMIT);
    }
}

/// A child's wallet asked for the notices after the last one there can be: its parent's were
/// forgotten, unread. It read the parent's balance and statement, too.
#[test]
fn wt03_a_wallet_with_a_grant_reads_nothing_of_its_account_and_forgets_nothing() {
    let (holder, mut view) = granted(500);
    let (device, identity) = (holder.device.public(), holder.identity.key());
    view.devices.load(device, Some(identity));
    assert_eq!(withdraw(&mut view, &holder, 1, 200, NOW), opened(1));
    ask(&mut view, |view| mailbox::touches(ALICE, view));
    let (movement, account) = (Movement::TransferIn, AccountRef([1; 32]));
    let slip = Slip { day: NOW.day(), movement, account: Some(account) };
    mailbox::write_line(&mut view, ALICE, minor(5), slip);
    mailbox::write_notice(&mut view, ALICE, NOW, movement, account, Ok(minor(5)));
    ask(&mut view, |view| {
        account::touches(device, view);
        lines::touches(device, 0, view);
        notices::touches(device, u64::MAX, view);
    });
    let left = Account { balance: minor(300), held: minor(0), ready: minor(0) };
    assert_eq!(account::decide(&view, &device), Ok(left), "what it may take");
    assert_eq!(lines::decide(&view, &device, 0), Ok(Vec::new()));
    assert_eq!(notices::decide(&mut view, &device, u64::MAX), Ok(Vec::new()));
    device::grant(&mut view, ALICE, identity, None).expect("hers");
    ask(&mut view, |view| notices::touches(device, 0, view));
    let all = Account { balance: minor(4_800), held: minor(200), ready: minor(0) };
    assert_eq!(account::decide(&view, &device), Ok(all), "a wallet without one reads all");
    assert_eq!(lines::decide(&view, &device, 0).map(|lines| lines.len()), Ok(1));
    assert_eq!(notices::decide(&mut view, &device, 0).map(|told| told.len()), Ok(1));
}

#[test]
fn a_wallet_is_granted_only_what_its_own_customer_has() {
    let (holder, mut view) = granted(500);
    let stranger = device::grant(&mut view, CustomerId(2), holder.identity.key(), None);
    assert_eq!(stranger, Err(Refused::NoWallet(2)));
}

/// The wallet of the code `sub` is invited with a grant: withdrawals and transfers share it.
#[test]
fn wt03_transfers_take_from_the_grant_and_the_parent_is_free() {
    let issuer = TestIssuer::up();
    let mut town = Branch::new(&issuer);
    town.rest();
    let office = town.bank.office();
    office
        .invite(ALICE, CodeDigest::of("sub"), Some(minor(300)), &clerk(), NOW)
        .expect("she may have another");
    drop(office);
    town.resume();
    let child = crate::holder::Holder::new(town.bank.registrar());
    let enrolled = town.client.enrol(&child.registration, "sub").expect("reached");
    enrolled.expect("enrolled");
    let order = |town: &Branch, amount| town.order(town.bank.registrar(), town.reference(), amount);
    for (amount, expected) in
        [(301, refused(Error::Limit)), (300, Ok(())), (1, refused(Error::Limit))]
    {
        let signed = order(&town, amount).sign(&child.device);
        assert_eq!(town.client.transfer(&signed).expect("reached"), expected, "{amount}");
    }
    let parents = order(&town, 1_000).sign(&town.alice.device);
    assert_eq!(town.client.transfer(&parents).expect("reached"), Ok(()));
    assert_eq!(town.balances(), [(700, 0), (1_300, 0)]);
    town.rest();
    let wallets = town.bank.office().wallets(ALICE).expect("books");
    let mut grants: Vec<_> = wallets.into_iter().map(|(_, Wallet { grant, .. })| grant).collect();
    grants.sort_by_key(Option::is_some);
    assert_eq!(grants, [None, Some(Grant { amount: minor(300), used: minor(300) })]);
}
