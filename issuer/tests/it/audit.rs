//! Audit: a store that was tampered with does not pass.

mod cases;
mod money;
mod published;
mod scene;
mod tokens;
mod wallets;

use crate::stage::{Stage, currency};
use crate::wallet::{CREDIT, Wallet, denomination};
use tender_issuer::rows::{
    Acceptance, AcceptanceKey, Account, AccountKey, Accounts, Balance, Bytes, Count, Entries,
    Instructions, Leaves, PostingKey, Standing, Total, Wallet as Row,
};
use tender_issuer::view::View;
use tender_token::amount::Amount;
use tender_token::date::Timestamp;
use tender_token::encode::Decode;
use tender_token::log::leaf::{Effect, Leaf, Tokens};
use tender_token::provision::SessionId;
use tender_token::token::TokenId;

/// A stage on which a token of 1.00 was withdrawn and deposited, and one of 2.00 withdrawn.
fn played() -> (Stage, Wallet, TokenId) {
    let stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    let opened = wallet.opened(&stage, 2);
    let places = wallet.slots(&stage, &opened);
    let chain = wallet.token(&stage, &places[0], 100);
    wallet.token(&stage, &places[1], 200);
    let cash = wallet.cash(&chain, &places[0], CREDIT, stage.manifest());
    stage.deposit(&stage.bank, &[cash.item])[0].clone().expect("the token is good");
    (stage, wallet, chain.token_id())
}

#[test]
fn an_honest_story_adds_up() {
    let (stage, ..) = played();
    let report = stage.audit();
    assert!(report.is_clean(), "{:?}", report.violations);
    assert_eq!(report.currency, "FLN");
    assert_eq!((report.issued, report.treasury, report.circulation), (1_000_000, 980_000, 200));
    assert_eq!((report.backing, report.reserves, report.destroyed), (20_000, 100_000, 0));
    let counts =
        |line: &tender_issuer::audit::DenominationLine| (line.value, line.signed, line.cashed);
    let lines: Vec<_> = report.denominations.iter().map(counts).collect();
    assert_eq!(lines, [(100, 1, 1), (200, 1, 0), (500, 0, 0)]);
    assert_eq!((report.wallets.open, report.wallets.closed), (1, 0));
}

/// Changes a played store behind the verbs' back, and expects this verdict of conservation,
/// single spend, no framing and append-only.
#[track_caller]
fn check(
    verdict: [bool; 4],
    touches: impl FnOnce(&mut View, &Stage),
    change: impl FnOnce(&mut View, &Stage),
) {
    let (stage, ..) = played();
    stage.change(|view| touches(view, &stage), |view| change(view, &stage));
    let report = stage.audit();
    let found = report.invariants;
    let invariants = [found.conservation, found.single_spend, found.no_framing, found.append_only];
    assert_eq!(invariants, verdict);
    assert!(!report.is_clean() && !report.violations.is_empty());
}

#[test]
fn money_from_nowhere_violates_conservation() {
    check(
        [false, true, true, true],
        |view, stage| view.accounts.want(stage.bank.vault()),
        |view, stage| {
            let vault = *view.accounts.get(&stage.bank.vault()).expect("the row is there");
            let amount =
                vault.amount.checked_add(Amount::from_minor_units(1)).expect("far from the end");
            view.accounts.insert(stage.bank.vault(), Balance { amount, ..vault });
        },
    );
    check(
        [false, true, true, true],
        |view, _| view.accounts.want(issued()),
        |view, _| {
            let mut row = *view.accounts.get(&issued()).expect("the row is there");
            row.amount = Amount::from_minor_units(999_999);
            view.accounts.insert(issued(), row);
        },
    );
}

fn issued() -> AccountKey {
    AccountKey { currency: currency(), account: Account::Issued }
}

#[test]
fn an_entry_that_no_officer_approved_violates_conservation() {
    let first = Count(1);
    check(
        [false, true, true, true],
        |view, _| view.entries.want(first),
        |view, _| {
            let mut entry = view.entries.get(&first).expect("the row is there").clone();
            entry.instruction = None;
            view.entries.insert(first, entry);
        },
    );
    check(
        [false, true, true, true],
        |view, _| view.entries.want(first),
        |view, _| {
            let mut entry = view.entries.get(&first).expect("the row is there").clone();
            entry.legs[0].amount = Amount::from_minor_units(1_000_001);
            view.entries.insert(first, entry);
        },
    );
}

#[test]
fn a_posting_that_is_not_in_its_entry_violates_conservation() {
    let key = |stage: &Stage| PostingKey { account: stage.bank.vault(), number: Count(1) };
    check(
        [false, true, true, true],
        |view, stage| view.postings.want(key(stage)),
        |view, stage| {
            let mut row = *view.postings.get(&key(stage)).expect("the row is there");
            row.entry = Count(1);
            view.postings.insert(key(stage), row);
        },
    );
    check(
        [false, true, true, true],
        |view, stage| view.postings.want(key(stage)),
        |view, stage| view.postings.remove(&key(stage)),
    );
}

#[test]
fn a_signature_that_nobody_asked_for_violates_conservation() {
    let two = |stage: &Stage| denomination(stage.manifest(), 200);
    check(
        [false, true, true, false],
        |view, stage| view.denominations.want(two(stage)),
        |view, stage| {
            let mut circulation = *view.denominations.get(&two(stage)).expect("the row is there");
            circulation.signed = Count(2);
            view.denominations.insert(two(stage), circulation);
        },
    );
}

#[test]
fn a_forgotten_cashing_violates_single_spend() {
    let (stage, _, token) = played();
    stage.change(|view| view.cashed.want(token), |view| view.cashed.remove(&token));
    let report = stage.audit();
    assert!(!report.invariants.single_spend && report.invariants.no_framing);
    assert!(!report.invariants.conservation, "its entry moves what nothing tells of");
}

#[test]
fn a_session_without_its_place_or_a_place_without_its_session_violates_append_only() {
    let first =
        |wallet: &Wallet| AcceptanceKey { identity: wallet.identity.key(), number: Count(1) };
    let changes: [fn(&mut View, AcceptanceKey); 2] = [
        |view, key| view.acceptances.remove(&key),
        |view, key| {
            let row = *view.acceptances.get(&key).expect("the row is there");
            let made_up = Acceptance { sid: SessionId([1; 32]), ..row };
            view.acceptances.insert(key, made_up);
        },
    ];
    for change in changes {
        let (stage, wallet, _) = played();
        let key = first(&wallet);
        stage.change(|view| view.acceptances.want(key), |view| change(view, key));
        let report = stage.audit();
        assert!(!report.invariants.append_only && report.invariants.conservation);
    }
}

#[test]
fn a_wallet_closed_without_proof_violates_no_framing() {
    let (stage, wallet, _) = played();
    let key = wallet.identity.key();
    stage.change(
        |view| view.wallets.want(key),
        |view| {
            let row = view.wallets.get(&key).expect("the row is there").clone();
            view.wallets.insert(key, Row { standing: Standing::Closed(Timestamp(1)), ..row });
        },
    );
    let report = stage.audit();
    assert!(!report.invariants.no_framing && report.invariants.conservation);
}

#[test]
fn every_batch_tells_the_log_what_was_signed_and_cashed() {
    let (stage, ..) = played();
    let mut effects = Vec::new();
    let mut read = |_, Bytes(leaf): Bytes| {
        effects.push(Leaf::from_bytes(&leaf).expect("the issuer wrote it").effect);
    };
    stage.store.scan::<Leaves>(&mut read).expect("the store answers");
    let tokens = |cents| Tokens {
        intermediary: stage.bank.id(),
        denomination: denomination(stage.manifest(), cents),
        count: 1,
    };
    assert!(matches!(effects.remove(0), Effect::Manifest { .. }));
    let supplied = effects.extract_if(.., |effect| matches!(effect, Effect::Supply(_))).count();
    assert_eq!(supplied, stage.count::<Instructions>());
    let told =
        [Effect::Signed(tokens(100)), Effect::Signed(tokens(200)), Effect::Cashed(tokens(100))];
    assert_eq!(effects, told);
}

#[test]
fn a_rewritten_leaf_violates_append_only() {
    let rewrite = |view: &mut View| {
        let Bytes(mut leaf) = view.leaves.get(&Count(1)).expect("the row is there").clone();
        *leaf.last_mut().expect("a leaf has bytes") ^= 2;
        view.leaves.insert(Count(1), Bytes(leaf));
    };
    check([true, true, true, false], |view, _| view.leaves.want(Count(1)), |view, _| rewrite(view));
}

#[test]
fn a_hidden_leaf_violates_append_only() {
    let last = Count(8);
    let hide = |view: &mut View| {
        view.leaves.remove(&last);
        view.totals.insert(Total::Leaves, last);
    };
    let touches = |view: &mut View, _: &Stage| {
        view.leaves.want(last);
        view.totals.want(Total::Leaves);
    };
    check([true, true, true, false], touches, |view, _| hide(view));
}

/// A deposit is moved from one vault to another, with entry, postings, balances and presentation:
/// the store agrees with itself, and the log does not.
#[test]
fn g2_a_deposit_that_is_moved_to_another_vault_with_all_its_rows_is_named() {
    let (stage, _, token) = played();
    let (from, to) = (stage.bank.vault(), stage.other_bank.vault());
    let held = |key: AccountKey| {
        let mut row = Balance::default();
        let scan = stage.store.scan::<Accounts>(|one, balance| {
            if one == key {
                row = balance;
            }
        });
        scan.expect("the store answers");
        row
    };
    let ([first, second], one) = ([held(from), held(to)], Amount::from_minor_units(100));
    let last = PostingKey { account: from, number: first.postings };
    let next = PostingKey { account: to, number: second.postings.plus(1) };
    let mut entry = Count(0);
    stage.store.scan::<Entries>(|number, _| entry = number).expect("the store answers");
    let touches = |view: &mut View| {
        for (account, posting) in [(from, last), (to, next)] {
            view.accounts.want(account);
            view.postings.want(posting);
        }
        view.entries.want(entry);
        view.presentations.want(Count(1));
        view.totals.want(Total::Presentations);
        view.cashed.want(token);
    };
    let change = |view: &mut View| {
        let mut row = *view.postings.get(&last).expect("the deposit came last");
        assert_eq!((row.entry, row.posting.amount), (entry, one));
        let less = first.amount.checked_sub(one).expect("it was deposited");
        let more = second.amount.checked_add(one).expect("far from the end");
        row.posting.number = next.number.0;
        row.posting.balance = more;
        view.postings.remove(&last);
        view.postings.insert(next, row);
        let postings = Count(first.postings.0 - 1);
        view.accounts.insert(from, Balance { amount: less, postings });
        view.accounts.insert(to, Balance { amount: more, postings: next.number });
        let mut moved = view.entries.get(&entry).expect("it is there").clone();
        moved.legs[1].account = to.account;
        view.entries.insert(entry, moved);
        let mut shown = view.presentations.get(&Count(1)).expect("it is there").clone();
        shown.intermediary = stage.other_bank.id();
        view.presentations.append(Count(2), shown);
        view.totals.insert(Total::Presentations, Count(2));
        view.cashed.insert(token, Count(2));
    };
    stage.change(touches, change);
    let report = stage.audit();
    assert!(report.invariants.conservation && report.invariants.single_spend);
    assert!(!report.invariants.append_only);
    let [one, other] = &report.violations[..] else { panic!("{:?}", report.violations) };
    for bank in [&stage.bank, &stage.other_bank] {
        let name = hex::encode(bank.id().0);
        assert!(one.contains(&name) || other.contains(&name), "{:?}", report.violations);
    }
}
