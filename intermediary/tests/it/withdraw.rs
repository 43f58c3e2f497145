//! Withdraw over bare rows: every yes and every no of begin and finish.

use crate::holder::Holder;
use crate::mint::{MINT, NOW, currency, minor, random};
use crate::rows::{ask, bare, basic};
use tender_intermediary::audit::examine;
use tender_intermediary::rows::{Customer, CustomerId, EntryNumber, Reference, Wallet};
use tender_intermediary::verbs::withdraw::{self, Withdrawing, begin};
use tender_intermediary::verbs::{Begun, Implausible, OPEN_MAX, OPEN_OF_ONE_MAX, touches_entry};
use tender_intermediary::view::View;
use tender_proto::refusal::Refusal;
use tender_token::amount::{Amount, Currency};
use tender_token::cash::AccountRef;
use tender_token::date::Timestamp;
use tender_token::encode::Encode as _;
use tender_token::error::Error;
use tender_token::identity::RegistrarId;
use tender_token::provision::SessionId;
use tender_token::withdraw::{Output, Reply, SignedRequest};

const ALICE: CustomerId = CustomerId(1);
const FIRST: EntryNumber = EntryNumber(1);

/// Any blinded message; the books never look into it.
fn output() -> Output {
    let mut blinded = vec![0; 256];
    blinded[255] = 9;
    Output { denomination: MINT.denomination, blinded }
}

pub fn request(holder: &Holder, sid: u8, debit: u64) -> SignedRequest {
    holder.request_for(SessionId([sid; 32]), output(), debit, NOW)
}

fn rows(holder: &Holder) -> View {
    let mut view = bare();
    view.customers.load(ALICE, Some(Customer::open(basic(), minor(1_000))));
    let wallet = Wallet::enrolled(ALICE, holder.registration.clone());
    view.wallets.load(holder.identity.key(), Some(wallet));
    view
}

pub fn withdraw(view: &mut View, request: &SignedRequest) -> Begun<Result<Vec<u8>, Error>> {
    let sent = |signed: SignedRequest| signed.to_bytes();
    let withdrawing = Withdrawing::new(request.clone(), currency(), &MINT.manifest, NOW, sent);
    let withdrawing = withdrawing.expect("our currency");
    ask(view, |view| withdrawing.touches(view));
    match begin(view, &withdrawing, NOW) {
        Begun::Answered(reply) => Begun::Answered(reply.map_err(|refusal| refusal.error)),
        Begun::Open(number) => Begun::Open(number),
        Begun::Full => Begun::Full,
    }
}

pub fn finish(view: &mut View, reply: tender_proto::withdraw::Reply) -> Result<(), Implausible> {
    ask(view, |view| touches_entry(view, FIRST));
    withdraw::finish(view, FIRST, reply, NOW)
}

fn account(view: &View) -> (u64, u64, u64) {
    let account = view.customers.get(&ALICE).expect("there");
    let amounts = [account.balance, account.held, account.debited];
    assert!(account.is_explained(), "conservation");
    let [balance, held, debited] = amounts.map(Amount::minor_units);
    (balance, held, debited)
}

pub fn reply(request: &SignedRequest) -> Vec<u8> {
    let (sid, plan_hash) = (request.plan.sid, request.plan.hash());
    Reply { sid, plan_hash, signatures: vec![vec![1; 256]] }.to_bytes()
}

fn holder() -> Holder {
    Holder::new(RegistrarId([7; 32]))
}

#[test]
fn the_debit_is_set_aside_and_then_paid_once() {
    let holder = holder();
    let (mut view, request) = (rows(&holder), request(&holder, 1, 500));
    for _ in 0..2 {
        assert_eq!(withdraw(&mut view, &request), Begun::Open(FIRST));
        assert_eq!(account(&view), (500, 500, 0));
    }
    for _ in 0..2 {
        finish(&mut view, Ok(reply(&request))).expect("fits");
        assert_eq!(account(&view), (500, 0, 500));
    }
    assert_eq!(withdraw(&mut view, &request), Begun::Answered(Ok(reply(&request))));
    assert_eq!(view.book().vault.moved.outward, minor(500));
    assert!(view.open.all().next().is_none());
}

#[test]
fn a_refusal_gives_the_money_back_once_and_for_ever() {
    let holder = holder();
    let (mut view, request) = (rows(&holder), request(&holder, 1, 500));
    assert_eq!(withdraw(&mut view, &request), Begun::Open(FIRST));
    for _ in 0..2 {
        finish(&mut view, Err(Error::Funds.into())).expect("fits");
        assert_eq!(account(&view), (1_000, 0, 0));
    }
    finish(&mut view, Ok(reply(&request))).expect("comes too late");
    assert_eq!(account(&view), (1_000, 0, 0));
    assert_eq!(withdraw(&mut view, &request), Begun::Answered(Err(Error::Funds)));
}

#[test]
fn an_answer_to_another_question_finishes_nothing() {
    let holder = holder();
    let (mut view, request) = (rows(&holder), request(&holder, 1, 500));
    let other = self::request(&holder, 2, 500);
    assert_eq!(withdraw(&mut view, &request), Begun::Open(FIRST));
    for bytes in [reply(&other), Vec::new(), reply(&request)[..40].to_vec()] {
        assert_eq!(finish(&mut view, Ok(bytes)), Err(Implausible));
        assert_eq!(account(&view), (500, 500, 0));
    }
}

#[test]
fn every_no_has_its_name_and_writes_nothing() {
    let (holder, stranger, thief) = (holder(), holder(), holder());
    let mut view = rows(&holder);
    let foreign = AccountRef([6; 32]);
    view.references.load(foreign, Some(Reference::of(CustomerId(2))));
    let day = 86_400;
    let at = |expires| holder.request_for(SessionId([3; 32]), output(), 1, Timestamp(expires));
    let stolen = {
        let plan = request(&holder, 4, 1).plan;
        SignedRequest::sign(plan, Vec::new(), &thief.device)
    };
    for (request, error) in [
        (request(&stranger, 1, 1), Error::Wallet),
        (stolen, Error::Auth),
        (request(&holder, 6, 1), Error::Auth),
        (at(NOW.0 - 1), Error::RequestExpired),
        (at(NOW.0 + day + 1), Error::RequestExpired),
        (request(&holder, 5, 1_001), Error::Funds),
    ] {
        assert_eq!(withdraw(&mut view, &request), Begun::Answered(Err(error)));
    }
    assert!(view.customers.changes().next().is_none() && view.entries.changes().next().is_none());
    assert_eq!(withdraw(&mut view, &at(NOW.0 + day)), Begun::Open(FIRST));
    let conflict = request(&holder, 3, 2);
    assert_eq!(withdraw(&mut view, &conflict), Begun::Answered(Err(Error::SidConflict)));
}

#[test]
fn amounts_of_another_currency_are_no_amounts() {
    let holder = holder();
    let request = request(&holder, random()[0], 500);
    let other = Currency::new("XXX").expect("three capital letters");
    let sent = |signed: SignedRequest| signed.to_bytes();
    let refused = Withdrawing::new(request, other, &MINT.manifest, NOW, sent);
    assert_eq!(refused.err(), Some(Error::Plan));
}

/// A customer once sent a signed plan with a junk funding item. It was journalled and sent for
/// ever, and while it was, the bank fetched no statement.
#[test]
fn a_funding_item_that_cannot_be_read_never_reaches_the_journal() {
    let holder = holder();
    let mut request = request(&holder, 1, 100);
    request.items = vec![vec![0; 1000]];
    let sent = |signed: SignedRequest| signed.to_bytes();
    let refused = Withdrawing::new(request, currency(), &MINT.manifest, NOW, sent);
    assert_eq!(refused.err(), Some(Error::Denomination));
}

#[test]
fn d13_a_full_journal_takes_no_new_work_sets_nothing_aside_and_still_drains() {
    let holder = holder();
    let (mut view, first, second) =
        (rows(&holder), request(&holder, 1, 500), request(&holder, 2, 500));
    assert_eq!(withdraw(&mut view, &first), Begun::Open(FIRST));
    view.change_book(|book| book.entries = OPEN_MAX);
    assert_eq!(withdraw(&mut view, &second), Begun::Full);
    assert_eq!(account(&view), (500, 500, 0), "nothing was set aside for it");
    assert_eq!(withdraw(&mut view, &first), Begun::Open(FIRST), "what is in it is answered");
    finish(&mut view, Ok(reply(&first))).expect("fits");
    let begun = withdraw(&mut view, &second);
    assert_eq!(begun, Begun::Open(EntryNumber(OPEN_MAX + 1)), "there is room again");
    assert_eq!(account(&view), (0, 500, 500));
}

/// A wallet without money once sent withdrawals of nothing, which cost it nothing, while the issuer
/// was away. Each took one of the places that are everybody's, and nobody could begin anything.
#[test]
fn e5_a_withdrawal_that_nothing_pays_for_takes_no_place_in_the_journal() {
    let holder = holder();
    let mut view = rows(&holder);
    let nothing = request(&holder, 1, 0);
    assert_eq!(withdraw(&mut view, &nothing), Begun::Answered(Err(Error::Amount)));
    assert_eq!((view.book().open(), view.requests.all().count()), (0, 0));
}

#[test]
fn e5_one_customer_takes_a_share_of_the_journal_and_keeps_nobody_else_out() {
    let (holder, other) = (holder(), holder());
    let (mut view, bob) = (rows(&holder), CustomerId(2));
    view.customers.load(bob, Some(Customer::open(basic(), minor(1_000))));
    let wallet = Wallet::enrolled(bob, other.registration.clone());
    view.wallets.load(other.identity.key(), Some(wallet));
    view.customers.insert(ALICE, Customer::open(basic(), minor(5_000)));
    let small = |number: u64| {
        let mut sid = [0; 32];
        sid[..8].copy_from_slice(&number.to_be_bytes());
        holder.request_for(SessionId(sid), output(), 1, NOW)
    };
    for number in 1..=OPEN_OF_ONE_MAX {
        let begun = withdraw(&mut view, &small(number));
        assert_eq!(begun, Begun::Open(EntryNumber(number)));
    }
    let held = account(&view);
    let one_more = small(OPEN_OF_ONE_MAX + 1);
    assert_eq!(withdraw(&mut view, &one_more), Begun::Full);
    assert_eq!(account(&view), held, "nothing was set aside for it");
    let begun = withdraw(&mut view, &request(&other, 1, 500));
    assert!(matches!(begun, Begun::Open(_)), "it is full for her only: {begun:?}");
    finish(&mut view, Ok(reply(&small(1)))).expect("fits");
    assert!(matches!(withdraw(&mut view, &one_more), Begun::Open(_)), "one place is free again");
}

/// The issuer debited our vault and its reply was lost. When it is asked again the keys are gone:
/// it names the session that it carried out, and whoever set the money aside pays it. The same
/// refusal of another session, or without one, says that nothing was paid.
#[test]
fn lc17_a_hold_is_not_released_when_the_issuer_says_that_it_debited() {
    let holder = holder();
    let request = request(&holder, 1, 500);
    let other = SessionId([2; 32]);
    let unpaid = [Refusal::from(Error::Expired), Refusal::spent(other), Error::Manifest.into()];
    for refusal in unpaid {
        let mut view = rows(&holder);
        assert_eq!(withdraw(&mut view, &request), Begun::Open(FIRST));
        finish(&mut view, Err(refusal)).expect("it is an answer");
        assert_eq!(account(&view), (1_000, 0, 0));
        assert_eq!(view.book().vault.moved.outward, minor(0));
    }
    let mut view = rows(&holder);
    assert_eq!(withdraw(&mut view, &request), Begun::Open(FIRST));
    for _ in 0..2 {
        finish(&mut view, Err(Refusal::spent(request.plan.sid))).expect("it is an answer");
        assert_eq!(account(&view), (500, 0, 500));
        assert_eq!(view.book().vault.moved.outward, minor(500));
    }
    assert_eq!(withdraw(&mut view, &request), Begun::Answered(Err(Error::Expired)));
    // Bare rows have no opening movement, so only what follows from the entry is looked at.
    let violations = examine(&view, "bank", "FLN").violations;
    let of_entry = |text: &String| text.contains("account of") || text.contains("reference");
    assert!(!violations.iter().any(of_entry), "{violations:?}");
}
