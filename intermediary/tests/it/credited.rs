//! Whatever brings money into an account, replies and postings together credit exactly what was
//! paid, in whatever order they come: also if the books are an older copy, which reads the posting
//! of something that it has no entry of, and is asked for it again.

use crate::mint::{NOW, currency, minor};
use crate::rows::{ask, bare, basic};
use tender_intermediary::mailbox;
use tender_intermediary::mirror::{self, Ours, incoming, late};
use tender_intermediary::rows::{
    Claimed, Customer, CustomerId, DepositItem, Deposition, Difference, Entry, EntryNumber, Job,
    Payee, PostingNumber, Reference, Sending, Sent, Withdrawal,
};
use tender_intermediary::verbs::{claim, deposit, touches_entry, transfer, withdraw};
use tender_intermediary::view::View;
use tender_proto::claim::Granted;
use tender_proto::statement::{Cause, Posting};
use tender_proto::transfer::Transfer;
use tender_store::plain::Count;
use tender_token::amount::Amount;
use tender_token::cash::AccountRef;
use tender_token::encode::Encode as _;
use tender_token::error::Error;
use tender_token::identity::{IdentityKey, RegistrarId};
use tender_token::provision::SessionId;
use tender_token::token::TokenId;

const ALICE: CustomerId = CustomerId(1);
/// The reference under which everything comes in, which is known from the beginning.
const INWARD: AccountRef = AccountRef([5; 32]);
/// The reference under which something goes out before.
const OUTWARD: AccountRef = AccountRef([6; 32]);
const ELSEWHERE: RegistrarId = RegistrarId([8; 32]);

/// What the account has at first, and what there is in the vault.
const BEGINNING: u64 = 5_000;

fn ours() -> Ours {
    Ours { registrar: RegistrarId([7; 32]), currency: currency(), now: NOW }
}

/// Something that brings money in.
struct Kind {
    name: &'static str,
    /// The entry, if something is asked for.
    entry: Option<Entry>,
    /// What the issuer posts of it, each once and in this order.
    postings: Vec<(Cause, u64)>,
    /// What the account gains and pays, all told.
    gain: i64,
}

fn withdrawal() -> Withdrawal {
    Withdrawal {
        wallet: IdentityKey([9; 32]),
        grants: Count(0),
        sid: SessionId([1; 32]),
        plan_hash: [2; 32],
        day: NOW.day(),
        debit: minor(500),
        pulled: Amount::ZERO,
        debit_account: OUTWARD,
        credit: minor(200),
        credit_account: INWARD,
        ahead: Amount::ZERO,
        request: vec![1],
    }
}

fn deposition(token: u8) -> Entry {
    let item =
        DepositItem::Sent { token: TokenId([token; 32]), value: minor(30), bytes: vec![token] };
    Entry::Deposit(Job::open(ALICE, Deposition { account: INWARD, items: vec![item] }))
}

fn sending() -> Sending {
    let transfer = Transfer {
        id: [3; 32],
        payer: ours().registrar,
        payee: ELSEWHERE,
        currency: currency(),
        amount: minor(700),
        payer_account: OUTWARD,
        payee_account: INWARD,
    };
    let (order, grants, day, pulled) = (vec![1], Count(0), NOW.day(), Amount::ZERO);
    Sending { order, wallet: None, grants, day, pulled, transfer }
}

fn deposited() -> Kind {
    let (entry, postings) = (Some(deposition(1)), vec![(Cause::Deposit(INWARD), 30)]);
    Kind { name: "deposit", entry, postings, gain: 30 }
}

/// The reply says that it is a double spend, which a guarantee makes good later.
fn redressed() -> Kind {
    let (entry, postings) = (Some(deposition(2)), vec![(Cause::Redress(INWARD), 30)]);
    Kind { name: "redress", entry, postings, gain: 30 }
}

fn changed() -> Kind {
    let entry = Some(Entry::Withdraw(Job::open(ALICE, withdrawal())));
    let postings = vec![(Cause::Withdrawal(OUTWARD), 500), (Cause::Deposit(INWARD), 200)];
    Kind { name: "change", entry, postings, gain: -300 }
}

fn claimed() -> Kind {
    let work = Claimed { account: INWARD, identity: None, session_identity: None, claim: vec![1] };
    let entry = Some(Entry::Claim(Job::open(ALICE, work)));
    Kind { name: "claim", entry, postings: vec![(Cause::Claim(INWARD), 40)], gain: 40 }
}

fn transferred() -> Kind {
    let postings = vec![(Cause::TransferIn(INWARD, RegistrarId([4; 32])), 100)];
    Kind { name: "transfer in", entry: None, postings, gain: 100 }
}

/// What was sent to somebody elsewhere comes back.
fn returned() -> Kind {
    let entry = Some(Entry::Transfer(Job::open(ALICE, sending())));
    let back = Cause::TransferIn(INWARD, ELSEWHERE);
    let postings = vec![(Cause::TransferOut(OUTWARD), 700), (back, 700)];
    Kind { name: "returned", entry, postings, gain: 0 }
}

/// What happens to the bank: with the kind it happens to, and which of its postings it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comes {
    Asked(usize),
    Reply(usize),
    Posting(usize, usize),
    /// The end of a statement.
    Compared,
}

/// Rows of a customer, whose reference is known, and a vault that was bought.
fn rows() -> View {
    let mut view = bare();
    view.customers.load(ALICE, Some(Customer::open(basic(), minor(BEGINNING))));
    view.references.load(INWARD, Some(Reference::of(ALICE)));
    view.references.load(OUTWARD, Some(Reference::of(ALICE)));
    post(&mut view, Cause::Distribution, BEGINNING);
    view
}

fn post(view: &mut View, cause: Cause, amount: u64) {
    let vault = view.book().vault;
    let (number, amount) = (vault.posting + 1, minor(amount));
    let balance = match cause.raises_vault() {
        Some(true) => vault.stated.checked_add(amount),
        Some(false) | None => vault.stated.checked_sub(amount),
    };
    let posting = Posting { number, cause, amount, balance: balance.expect("small") };
    view.postings.load(PostingNumber(number), None);
    ask(view, |view| incoming::touches(&posting, view));
    mirror::post(view, &posting, ours());
}

/// What a begun entry sets aside and makes known.
fn begin(view: &mut View, number: EntryNumber, entry: &Entry) {
    let held = entry.held();
    let account = view.customers.get(&ALICE).expect("there").clone();
    view.customers.insert(ALICE, account.hold(held).expect("covered"));
    let accounts = match entry {
        Entry::Withdraw(job) => job.work.movements().into_keys().collect(),
        Entry::Deposit(job) => vec![job.work.account],
        Entry::Claim(job) => vec![job.work.account],
        Entry::Transfer(job) => {
            let Transfer { payee: intermediary, payee_account: account, .. } = job.work.transfer;
            let sent = Sent { entry: number, returned: false };
            view.sent.load(Payee { intermediary, account }, None);
            view.sent.insert(Payee { intermediary, account }, sent);
            vec![job.work.transfer.payer_account]
        }
        Entry::Enrol(_) => unreachable!("no kind enrols"),
    };
    for account in accounts {
        mirror::claim(view, account, ALICE);
    }
    view.entries.load(number, None);
    view.entries.insert(number, entry.clone());
}

fn finish(view: &mut View, number: EntryNumber, kind: &Kind) {
    ask(view, |view| touches_entry(view, number));
    let finished = match &kind.entry {
        Some(Entry::Withdraw(Job { work, .. })) => {
            let reply = [work.sid.to_bytes(), work.plan_hash.to_vec()].concat();
            withdraw::finish(view, number, Ok(reply), NOW)
        }
        Some(Entry::Deposit(_)) => {
            let double = Err(Error::Double.into());
            let outcome = if kind.name == "redress" { double } else { Ok(minor(30)) };
            deposit::finish(view, number, vec![outcome], NOW)
        }
        Some(Entry::Claim(_)) => claim::finish(view, number, Ok(Granted::Paid(minor(40))), NOW),
        Some(Entry::Transfer(_)) => transfer::finish(view, number, Ok(()), NOW),
        Some(Entry::Enrol(_)) | None => unreachable!("no kind enrols, and this one is answered"),
    };
    finished.expect("fits");
}

fn take(view: &mut View, kinds: &[Kind], comes: Comes) {
    let number = |kind: usize| EntryNumber(u64::try_from(kind).expect("few") + 1);
    match comes {
        Comes::Asked(kind) => {
            let entry = kinds[kind].entry.as_ref().expect("it is asked for");
            ask(view, |view| mailbox::touches(ALICE, view));
            begin(view, number(kind), entry);
        }
        Comes::Reply(kind) => finish(view, number(kind), &kinds[kind]),
        Comes::Posting(kind, posting) => {
            let (cause, amount) = kinds[kind].postings[posting];
            post(view, cause, amount);
        }
        Comes::Compared => {
            ask(view, |view| late::touches(INWARD, view));
            mirror::compare(view, &[INWARD, OUTWARD], u64::MAX, ours());
        }
    }
}

/// Whether the world allows that something comes next of what is left: replies follow questions,
/// postings each other, and what comes back follows what was sent.
fn may_come(kinds: &[Kind], next: Comes, left: &[Comes]) -> bool {
    match next {
        Comes::Asked(_) | Comes::Compared => true,
        Comes::Reply(kind) => !left.contains(&Comes::Asked(kind)),
        Comes::Posting(kind, 0) => {
            kinds[kind].name != "returned" || !left.contains(&Comes::Asked(kind))
        }
        Comes::Posting(kind, posting) => !left.contains(&Comes::Posting(kind, posting - 1)),
    }
}

/// Takes what is left in every order, behind what has come before.
fn in_every_order(
    kinds: &[Kind],
    (view, before): (&View, &[Comes]),
    left: &[Comes],
    check: &impl Fn(&View, &[Comes]),
) -> u64 {
    if left.is_empty() {
        let mut view = view.clone();
        take(&mut view, kinds, Comes::Compared);
        check(&view, before);
        return 1;
    }
    let mut orders = 0;
    for (index, next) in left.iter().enumerate() {
        if !may_come(kinds, *next, left) {
            continue;
        }
        let (mut view, mut left) = (view.clone(), left.to_vec());
        left.remove(index);
        take(&mut view, kinds, *next);
        orders += in_every_order(kinds, (&view, &[before, &[*next]].concat()), &left, check);
    }
    orders
}

/// Tries all orders of these kinds together, and gives how many there are.
fn every_order_of(kinds: &[Kind]) -> u64 {
    let mut left = vec![Comes::Compared];
    for (kind, Kind { entry, postings, .. }) in kinds.iter().enumerate() {
        if entry.is_some() {
            left.extend([Comes::Asked(kind), Comes::Reply(kind)]);
        }
        left.extend((0..postings.len()).map(|posting| Comes::Posting(kind, posting)));
    }
    let gain: i64 = kinds.iter().map(|kind| kind.gain).sum();
    let owed = minor(BEGINNING.checked_add_signed(gain).expect("small"));
    let names: Vec<_> = kinds.iter().map(|kind| kind.name).collect();
    let check = |view: &View, order: &[Comes]| {
        let account = view.customers.get(&ALICE).expect("there");
        assert_eq!((account.balance, account.held), (owed, minor(0)), "{names:?}: {order:?}");
        assert!(account.is_explained(), "{names:?}: {order:?}");
        let differs = view.differences.get(&Difference::Movement(INWARD)).is_some();
        assert!(!differs, "{names:?} settle: {order:?}");
        let vault = view.book().vault;
        let stated = i128::from(vault.stated.minor_units());
        assert_eq!(vault.mirror(), stated, "{names:?}: {order:?}");
    };
    in_every_order(kinds, (&rows(), &[]), &left, &check)
}

#[test]
fn e6_whatever_brings_money_is_credited_once_in_every_order_of_reply_and_posting() {
    for kind in [deposited, redressed, changed, claimed, transferred, returned] {
        let orders = every_order_of(&[kind()]);
        assert!(orders >= 2, "{orders} of {}", kind().name);
    }
}

/// A wallet may name one reference for several things, and others pay to it.
#[test]
fn e6_two_things_under_one_reference_are_each_credited_once_in_every_order() {
    let kinds = [deposited, redressed, changed, claimed, transferred, returned];
    for (index, one) in kinds.iter().enumerate() {
        for other in &kinds[index + 1..] {
            let orders = every_order_of(&[one(), other()]);
            assert!(orders >= 12, "{orders} of {} and {}", one().name, other().name);
        }
    }
}
