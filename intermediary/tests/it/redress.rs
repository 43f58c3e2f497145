//! Redress: what a guarantee makes good of a double spend reaches the payee's account once, whether
//! a reply tells of it or only the statement.

use crate::bank::{Bank, Client};
use crate::holder::{Drawn, Holder};
use crate::issuer::TestIssuer;
use crate::mint::{MINT, NOW, currency, minor, random};
use crate::rows::{ask, bare, basic};
use tender_intermediary::mirror::{self, Ours};
use tender_intermediary::rows::{
    Customer, CustomerId, DepositItem, Deposition, Difference, Entry, EntryNumber, Job,
};
use tender_intermediary::verbs::{deposit, touches_entry};
use tender_intermediary::view::View;
use tender_proto::call::Call;
use tender_proto::deposit::Deposit;
use tender_proto::movement::Movement;
use tender_proto::statement::{Cause, Posting};
use tender_token::amount::Amount;
use tender_token::cash::AccountRef;
use tender_token::encode::Decode as _;
use tender_token::error::Error;
use tender_token::identity::RegistrarId;
use tender_token::token::TokenId;

/// A bank at an issuer whose guarantees pay, and a deposit that was refused as a double spend while
/// nothing was pledged.
struct Refused {
    issuer: TestIssuer,
    bank: Bank,
    client: Client,
    holder: Holder,
    item: Vec<u8>,
    call: Call,
}

impl Refused {
    fn new() -> Self {
        let issuer = TestIssuer::up();
        issuer.distribute(10_000);
        issuer.with(|registry| registry.later = vec![MINT.after_guaranteeing(&MINT.trust)]);
        Self::at(issuer)
    }

    fn at(issuer: TestIssuer) -> Self {
        let Drawn { mut bank, holder, place, request, reply } = Drawn::at(&issuer);
        bank.crash();
        bank.catch_up();
        bank.start();
        let client = bank.client();
        let [first, second] = [AccountRef(random()), AccountRef(random())];
        let token = holder.token(&request, &place.slot, &reply);
        let paid = holder.cash(token.clone(), &place, first);
        let paid = client.deposit(holder.deposit(first, vec![paid])).expect("reached");
        assert_eq!(paid, [Ok(minor(500))]);
        let item = holder.cash(token, &place, second);
        let call = holder.deposit(second, vec![item.clone()]);
        let refused = client.deposit(call.clone()).expect("reached");
        assert_eq!(refused, [Err(Error::Double.into())]);
        assert_eq!(client.balance(&holder.device), (2_000, 0));
        Self { issuer, bank, client, holder, item, call }
    }

    fn pledge(&self, amount: u64) {
        self.issuer.with(|registry| registry.pledged = minor(amount));
    }

    /// Lets the bank take up the statement, and gives the balance.
    fn catch_up(&mut self) -> u64 {
        self.bank.crash();
        self.bank.catch_up();
        let audit = self.bank.audit();
        assert_eq!((audit.violations, audit.invariants.settled), (Vec::<String>::new(), true));
        self.bank.start();
        self.client = self.bank.client();
        self.client.balance(&self.holder.device).0
    }

    /// The holder asks once more, and is paid; gives the balance.
    fn ask_again(&self) -> u64 {
        let paid = self.client.deposit(self.call.clone()).expect("reached");
        assert_eq!(paid, [Ok(minor(500))]);
        self.client.balance(&self.holder.device).0
    }
}

/// An attempt of the bank's that was on its way arrives after another one was refused, and after
/// the pledge: nobody waits for its answer any more.
#[test]
fn e6_a_late_attempt_that_is_made_good_is_credited_once_by_its_posting() {
    let mut story = Refused::new();
    story.pledge(1_000);
    let late = story.issuer.with(|registry| registry.deposit(0, &story.item));
    assert_eq!(late, Ok(minor(500)));
    assert_eq!(story.catch_up(), 2_500, "by the statement alone");
    let notices = story.client.notices(0, &story.holder.device);
    let told = notices.last().map(|notice| (notice.movement, notice.amount, notice.refused));
    assert_eq!(told, Some((Movement::Deposit, minor(500), None)), "the holder hears of it");
    assert_eq!(story.catch_up(), 2_500, "a posting is taken up once");
    assert_eq!(story.ask_again(), 2_500, "the reply tells of what was credited");
    assert_eq!(story.ask_again(), 2_500);
    assert_eq!(story.catch_up(), 2_500);
}

/// The same, and before the next statement somebody at another bank pays to the same reference: the
/// transfer is credited by the posting that is the last under it when the late one is found.
/// Both were kept under that posting's number, and the later row replaced the other one.
#[test]
fn e6_what_came_late_and_a_transfer_under_one_reference_are_both_credited() {
    let mut story = Refused::new();
    story.pledge(1_000);
    let late = story.issuer.with(|registry| registry.deposit(0, &story.item));
    assert_eq!(late, Ok(minor(500)));
    let body = Deposit::from_bytes(&story.call.body).expect("ours");
    let other = RegistrarId([9; 32]);
    let came = Cause::TransferIn(body.account, other);
    story.issuer.with(|registry| registry.bank(0).post(came, minor(100)));
    assert_eq!(story.catch_up(), 2_600);
    assert_eq!(story.catch_up(), 2_600);
}

#[test]
fn d1_a_double_spend_is_asked_again_and_paid_once_the_guarantee_covers_it() {
    let mut story = Refused::new();
    let still = story.client.deposit(story.call.clone()).expect("reached");
    assert_eq!(still, [Err(Error::Double.into())], "nothing is pledged yet");
    story.pledge(1_000);
    assert_eq!(story.ask_again(), 2_500, "by the reply");
    assert_eq!(story.catch_up(), 2_500, "the statement tells of what was credited");
    assert_eq!(story.ask_again(), 2_500);
    assert_eq!(story.catch_up(), 2_500);
}

/// The reply that tells of the redress is lost, and so is the bank before it asks again.
#[test]
fn e6_a_redress_whose_reply_is_lost_is_credited_once() {
    let mut story = Refused::new();
    story.pledge(1_000);
    story.issuer.with(|registry| registry.lose_replies = 1);
    assert!(story.client.deposit(story.call.clone()).is_err(), "kept, and sent again");
    assert_eq!(story.catch_up(), 2_500);
    assert_eq!(story.ask_again(), 2_500);
    assert_eq!(story.catch_up(), 2_500);
}

#[test]
fn d1_where_payees_bear_the_loss_a_double_spend_stays_refused() {
    let issuer = TestIssuer::up();
    issuer.distribute(10_000);
    let story = Refused::at(issuer);
    let asked = story.issuer.with(|registry| registry.asked);
    let still = story.client.deposit(story.call.clone()).expect("reached");
    assert_eq!(still, [Err(Error::Double.into())]);
    assert_eq!(story.issuer.with(|registry| registry.asked), asked, "nobody is asked in vain");
}

const ALICE: CustomerId = CustomerId(1);
const ACCOUNT: AccountRef = AccountRef([5; 32]);

/// What happens to the bank, in whatever order.
#[derive(Clone, Copy, Debug)]
enum Comes {
    /// The holder asks again, which opens the second entry.
    Asked,
    /// The reply to an entry: which, and whether the first and the second token were paid.
    Reply(u64, [bool; 2]),
    /// The posting of a token, as its cause says.
    Posting(u64, fn(AccountRef) -> Cause),
    /// The end of a statement.
    Compared,
}

const VALUES: [u64; 2] = [500, 300];

fn ours() -> Ours {
    Ours { registrar: RegistrarId([7; 32]), currency: currency(), now: NOW }
}

/// Rows with the first of two entries under one reference with the same two tokens.
fn rows() -> View {
    let mut view = bare();
    view.customers.load(ALICE, Some(Customer::open(basic(), minor(1_000))));
    view.references.load(ACCOUNT, None);
    open(&mut view, 1);
    view
}

fn open(view: &mut View, number: u64) {
    let item = |(token, value): (u8, u64)| DepositItem::Sent {
        token: TokenId([token; 32]),
        value: minor(value),
        bytes: vec![token],
    };
    let items = (0..).zip(VALUES).map(item).collect();
    mirror::claim(view, ACCOUNT, ALICE);
    let job = Job::open(ALICE, Deposition { account: ACCOUNT, items });
    view.entries.load(EntryNumber(number), Some(Entry::Deposit(job)));
    ask(view, |view| touches_entry(view, EntryNumber(number)));
}

fn take(view: &mut View, comes: Comes) {
    match comes {
        Comes::Asked => open(view, 2),
        Comes::Reply(number, paid) => {
            let outcome = |(paid, value): (bool, u64)| {
                if paid { Ok(minor(value)) } else { Err(Error::Double.into()) }
            };
            let reply = paid.into_iter().zip(VALUES).map(outcome).collect();
            deposit::finish(view, EntryNumber(number), reply, NOW).expect("fits");
        }
        Comes::Posting(value, cause) => {
            let vault = view.book().vault;
            let number = vault.posting + 1;
            view.postings.load(tender_intermediary::rows::PostingNumber(number), None);
            let balance = vault.stated.checked_add(minor(value)).expect("small");
            let posting = Posting { number, cause: cause(ACCOUNT), amount: minor(value), balance };
            mirror::post(view, &posting, ours());
        }
        Comes::Compared => mirror::compare(view, &[ACCOUNT], u64::MAX, ours()),
    }
}

/// Every order in which the first reply comes before the holder asks again, and the second after.
fn orders(left: &[Comes], before: &[Comes], all: &mut Vec<Vec<Comes>>) {
    if left.is_empty() {
        all.push(before.to_vec());
    }
    for (index, next) in left.iter().enumerate() {
        let first = |one: &Comes| matches!(one, Comes::Reply(1, _));
        let asked = |one: &Comes| matches!(one, Comes::Asked);
        let is_early = match next {
            Comes::Asked => left.iter().any(first),
            Comes::Reply(2, _) => left.iter().any(asked),
            Comes::Reply(..) | Comes::Posting(..) | Comes::Compared => false,
        };
        if is_early {
            continue;
        }
        let (mut left, mut before) = (left.to_vec(), before.to_vec());
        before.push(left.remove(index));
        orders(&left, &before, all);
    }
}

#[test]
fn e6_in_every_order_of_replies_and_postings_a_reference_is_credited_what_was_paid() {
    let [value, other] = VALUES;
    // The first token is paid at once and the second made good, or not in time for a reply.
    for in_time in [true, false] {
        let left = [
            Comes::Reply(1, [true, false]),
            Comes::Asked,
            Comes::Reply(2, [true, in_time]),
            Comes::Posting(value, Cause::Deposit),
            Comes::Posting(other, Cause::Redress),
            Comes::Compared,
            Comes::Compared,
        ];
        let mut all = Vec::new();
        orders(&left, &[], &mut all);
        for order in all {
            let mut view = rows();
            for comes in &order {
                take(&mut view, *comes);
                let account = view.customers.get(&ALICE).expect("there");
                assert!(account.is_explained() && account.balance <= minor(1_800), "{order:?}");
            }
            take(&mut view, Comes::Compared);
            let account = view.customers.get(&ALICE).expect("there");
            assert_eq!(account.balance, minor(1_800), "{order:?}");
            let differs = view.differences.get(&Difference::Movement(ACCOUNT)).is_some();
            assert!(!differs, "settled: {order:?}");
            let ahead = view.references.get(&ACCOUNT).expect("there").ahead;
            assert_eq!(ahead, if in_time { Amount::ZERO } else { minor(other) }, "{order:?}");
        }
    }
}
