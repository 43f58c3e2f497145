//! Transfers: within the bank in one transaction, to another bank through the issuer's vaults, and
//! back if nobody there knows the payee. No account is debited without its device's order.

use crate::bank::{Bank, Client, clerk, is_pending};
use crate::holder::{Holder, order};
use crate::issuer::TestIssuer;
use crate::mint::{NOW, currency, minor, random};
use sha2::{Digest as _, Sha256};
use tender_intermediary::rows::{Cause as Outward, CustomerId, OutsideNumber};
use tender_proto::lines::Line;
use tender_proto::movement::Movement;
use tender_proto::order::{Order, SignedOrder};
use tender_proto::refusal::Refusal;
use tender_proto::statement::{Cause, Posting};
use tender_proto::transfer::Transfer;
use tender_token::amount::Currency;
use tender_token::cash::AccountRef;
use tender_token::date::Timestamp;
use tender_token::encode::{Decode as _, Encode as _};
use tender_token::error::Error;
use tender_token::identity::RegistrarId;

/// A bank with two customers whose wallets are enrolled.
pub struct Branch {
    pub bank: Bank,
    pub client: Client,
    pub alice: Holder,
    pub bob: Holder,
}

impl Branch {
    pub fn new(issuer: &TestIssuer) -> Self {
        let mut bank = Bank::new(issuer, &[("alice", 2_000, "code-a"), ("bob", 0, "code-b")]);
        bank.start();
        let client = bank.client();
        let enrol = |code| {
            let holder = Holder::new(bank.registrar());
            client.enrol(&holder.registration, code).expect("reached").expect("enrolled");
            holder
        };
        let (alice, bob) = (enrol("code-a"), enrol("code-b"));
        Self { bank, client, alice, bob }
    }

    /// An order of alice.
    pub fn order(&self, payee: RegistrarId, payee_account: AccountRef, amount: u64) -> Order {
        order(self.bank.registrar(), (payee, payee_account), amount)
    }

    /// A reference that bob has made known.
    pub fn reference(&self) -> AccountRef {
        let account = AccountRef(random());
        for _ in 0..2 {
            let known = self.client.reference(account, &self.bob.device);
            assert_eq!(known.expect("reached"), Ok(()));
        }
        account
    }

    pub fn balances(&self) -> [(u64, u64); 2] {
        [&self.alice, &self.bob].map(|holder| self.client.balance(&holder.device))
    }

    /// What the lines of a holder say: movement, amount, what is owed then.
    fn lines(&self, holder: &Holder) -> Vec<(Movement, u64, u64)> {
        let told = |line: Line| (line.movement, line.amount, line.balance);
        let told = self.client.lines(0, &holder.device).into_iter().map(told);
        told.map(|(movement, amount, owed)| (movement, amount.minor_units(), owed.minor_units()))
            .collect()
    }

    /// Stops the bank and brings it up to date with the issuer until nothing is open.
    pub fn rest(&mut self) {
        self.bank.crash();
        self.bank.catch_up();
    }

    pub fn resume(&mut self) {
        self.bank.start();
        self.client = self.bank.client();
    }

    fn assert_settled(&mut self, liabilities: u64) {
        self.rest();
        let audit = self.bank.audit();
        assert!(audit.invariants.settled && audit.violations.is_empty(), "{audit:?}");
        assert_eq!(audit.liabilities, liabilities, "{audit:?}");
    }
}

/// Two banks with full vaults.
pub fn towns() -> (TestIssuer, Branch, Branch) {
    let issuer = TestIssuer::up();
    let branches = (Branch::new(&issuer), Branch::new(&issuer));
    issuer.distribute_to(0, 10_000);
    issuer.distribute_to(1, 10_000);
    (issuer, branches.0, branches.1)
}

pub fn refused(error: Error) -> tender_proto::transfer::Reply {
    Err(Refusal::from(error))
}

#[test]
fn money_moves_within_the_bank_in_one_transaction_and_both_statements_say_so() {
    let issuer = TestIssuer::up();
    let mut town = Branch::new(&issuer);
    let order = town.order(town.bank.registrar(), town.reference(), 700).sign(&town.alice.device);
    let asked = issuer.with(|registry| registry.asked);
    for _ in 0..3 {
        assert_eq!(town.client.transfer(&order).expect("reached"), Ok(()));
        assert_eq!(town.balances(), [(1_300, 0), (700, 0)], "one-answer");
    }
    assert_eq!(issuer.with(|registry| registry.asked), asked, "the issuer never hears of it");
    assert_eq!(town.lines(&town.alice), [(Movement::TransferOut, 700, 1_300)]);
    assert_eq!(town.lines(&town.bob), [(Movement::TransferIn, 700, 700)]);
    town.assert_settled(2_000);
}

#[test]
fn c1_money_moves_to_another_bank_once_whatever_is_lost_on_the_way() {
    let (mut issuer, mut here, mut there) = towns();
    let account = there.reference();
    let order = here.order(there.bank.registrar(), account, 700).sign(&here.alice.device);
    issuer.with(|registry| registry.lose_replies = usize::MAX);
    assert!(is_pending(here.client.transfer(&order)), "carried out, and the reply is lost");
    assert_eq!(here.balances()[0], (1_300, 700), "the money is set aside");
    here.bank.crash();
    assert_eq!(here.bank.audit().journal_open, 1);
    issuer.stop();
    issuer.with(|registry| registry.lose_replies = 0);
    issuer.start();
    here.rest();
    here.resume();
    assert_eq!(here.client.transfer(&order).expect("reached"), Ok(()));
    assert_eq!(here.balances()[0], (1_300, 0));
    let out = |posting: &Posting| matches!(posting.cause, Cause::TransferOut(_));
    let sent = issuer
        .with(|registry| registry.bank(0).postings.iter().filter(|posting| out(posting)).count());
    assert_eq!(sent, 1, "one transfer for all that was sent");
    there.rest();
    there.resume();
    assert_eq!(there.balances(), [(2_000, 0), (700, 0)]);
    assert_eq!(there.lines(&there.bob), [(Movement::TransferIn, 700, 700)]);
    here.assert_settled(1_300);
    there.assert_settled(2_700);
}

/// Money is never stuck: what is for nobody goes home, once, and nothing goes to and fro.
#[test]
fn c1_what_nobody_knows_at_the_other_bank_comes_back_to_the_payer() {
    let (_issuer, mut here, mut there) = towns();
    let unknown = AccountRef(random());
    let order = here.order(there.bank.registrar(), unknown, 700).sign(&here.alice.device);
    assert_eq!(here.client.transfer(&order).expect("reached"), Ok(()));
    assert_eq!(here.balances()[0], (1_300, 0));
    // The statement opens the entry that sends it back, and the next round sends it.
    there.rest();
    there.bank.catch_up();
    here.rest();
    here.resume();
    assert_eq!(here.balances()[0], (2_000, 0), "returned");
    let lines = [(Movement::TransferOut, 700, 1_300), (Movement::Returned, 700, 2_000)];
    assert_eq!(here.lines(&here.alice), lines);
    let notices = here.client.notices(0, &here.alice.device);
    let told: Vec<_> = notices.iter().map(|notice| (notice.movement, notice.refused)).collect();
    assert_eq!(told, [(Movement::TransferOut, None), (Movement::Returned, None)]);
    there.bank.catch_up();
    there.resume();
    assert_eq!(there.balances(), [(2_000, 0), (0, 0)]);
    here.assert_settled(2_000);
    there.assert_settled(2_000);
}

/// What goes back waits for the vault to cover it, and is then sent once.
#[test]
fn c1_what_goes_back_waits_until_the_vault_covers_it() {
    let (issuer, mut here, mut there) = towns();
    // Its own loop must not be first to send back what it is about to get.
    there.bank.crash();
    let order = here.order(there.bank.registrar(), AccountRef(random()), 700);
    assert_eq!(here.client.transfer(&order.sign(&here.alice.device)).expect("reached"), Ok(()));
    issuer.with(|registry| registry.bank(1).post(Cause::Redemption, minor(10_700)));
    there.bank.catch_up();
    assert!(there.bank.try_catch_up().is_err(), "the vault is empty");
    assert_eq!(there.bank.audit().journal_open, 1);
    issuer.distribute_to(1, 700);
    there.bank.catch_up();
    assert_eq!(there.bank.audit().journal_open, 0);
    here.assert_settled(2_000);
}

#[test]
fn a_refusal_of_the_issuer_gives_the_money_back() {
    let (issuer, mut here, there) = towns();
    let nobody = here.order(RegistrarId([9; 32]), AccountRef(random()), 700);
    let nobody = nobody.sign(&here.alice.device);
    for _ in 0..2 {
        assert_eq!(here.client.transfer(&nobody).expect("reached"), refused(Error::Wallet));
        assert_eq!(here.balances()[0], (2_000, 0));
    }
    issuer.with(|registry| registry.bank(0).post(Cause::Redemption, minor(9_999)));
    let order = here.order(there.bank.registrar(), there.reference(), 700);
    let signed = order.sign(&here.alice.device);
    assert_eq!(here.client.transfer(&signed).expect("reached"), refused(Error::Funds));
    assert_eq!(here.balances()[0], (2_000, 0));
    issuer.distribute_to(0, 700);
    assert_eq!(here.client.transfer(&signed).expect("reached"), refused(Error::Funds), "final");
    let again = here.order(order.payee, order.payee_account, 700).sign(&here.alice.device);
    assert_eq!(here.client.transfer(&again).expect("reached"), Ok(()), "the payee can be paid");
    let twice = here.order(order.payee, order.payee_account, 1).sign(&here.alice.device);
    assert_eq!(here.client.transfer(&twice).expect("reached"), refused(Error::SidConflict));
    here.assert_settled(1_300);
}

#[test]
fn every_no_has_its_name_and_moves_nothing() {
    let issuer = TestIssuer::up();
    let town = Branch::new(&issuer);
    let (ours, bob) = (town.bank.registrar(), town.reference());
    let good = town.order(ours, bob, 700);
    let expired = Timestamp(NOW.0 - 1);
    let foreign = Currency::new("XXX").expect("three capital letters");
    let mine = AccountRef(random());
    assert_eq!(town.client.reference(mine, &town.alice.device).expect("reached"), Ok(()));
    let rows = [
        ("late", Order { expires: expired, ..good }, Error::RequestExpired),
        ("nothing", Order { amount: minor(0), ..good }, Error::Amount),
        ("more than there is", Order { amount: minor(2_001), ..good }, Error::Funds),
        ("another currency", Order { currency: foreign, ..good }, Error::Plan),
        ("another bank's", Order { registrar: RegistrarId([9; 32]), ..good }, Error::Auth),
        ("an unknown payee", Order { payee_account: AccountRef([9; 32]), ..good }, Error::Wallet),
        ("oneself", Order { payee_account: mine, ..good }, Error::Plan),
        ("a used reference", Order { payer_account: mine, ..good }, Error::Auth),
        ("one reference", Order { payer_account: bob, payee_account: bob, ..good }, Error::Instr),
    ];
    for (what, order, error) in rows {
        let reply = town.client.transfer(&order.sign(&town.alice.device)).expect("reached");
        assert_eq!(reply, refused(error), "{what}");
    }
    let stranger = Holder::new(ours).device;
    let reply = town.client.transfer(&good.sign(&stranger)).expect("reached");
    assert_eq!(reply, refused(Error::Wallet), "a device that nobody enrolled");
    assert_eq!(town.client.transfer(&good.sign(&town.alice.device)).expect("reached"), Ok(()));
    let other = Order { amount: minor(701), ..good }.sign(&town.alice.device);
    assert_eq!(town.client.transfer(&other).expect("reached"), refused(Error::SidConflict));
    let stolen = town.client.reference(bob, &town.alice.device).expect("reached");
    assert_eq!(stolen, Err(Refusal::from(Error::Auth)), "the reference is the other's");
    assert_eq!(town.balances(), [(1_300, 0), (700, 0)]);
}

/// What the bank keeps shows to anybody that the payer ordered it; nobody else could have.
#[test]
fn c3_the_books_hold_the_order_that_the_payers_device_signed() {
    let issuer = TestIssuer::up();
    let mut town = Branch::new(&issuer);
    let order = town.order(town.bank.registrar(), town.reference(), 700).sign(&town.alice.device);
    let mut forged = order.to_bytes();
    forged[170] ^= 1;
    let forged = SignedOrder::from_bytes(&forged).expect("well formed");
    assert_eq!(town.client.transfer(&forged).expect("reached"), refused(Error::Auth));
    assert_eq!(town.client.transfer(&order).expect("reached"), Ok(()));
    town.bank.crash();
    let kept = town.bank.orders();
    assert_eq!(kept, std::slice::from_ref(&order));
    assert_eq!((kept[0].verify(), kept[0].device), (Ok(()), town.alice.device.public()));
}

/// The issuer's statement is the only thing that credits, so a bank that sends the same thing again
/// and a return of a return stay where they are: they wait outside until the staff has seen to
/// them. They were a difference that nothing ended, so whoever sent back 0.01 hid all others
/// behind it.
#[test]
fn c3_what_comes_back_twice_is_credited_once_and_goes_nowhere() {
    let (issuer, mut here, there) = towns();
    let unknown = AccountRef(random());
    let order = here.order(there.bank.registrar(), unknown, 700).sign(&here.alice.device);
    assert_eq!(here.client.transfer(&order).expect("reached"), Ok(()));
    let mut there = there;
    there.bank.crash();
    let back = back(&there, &here, unknown, 700);
    for id in [[1; 32], [2; 32]] {
        let signed = there.bank.sign_transfer(Transfer { id, ..back });
        issuer.with(|registry| registry.transfer(1, &signed)).expect("covered");
    }
    here.rest();
    here.bank.catch_up();
    let audit = here.bank.audit();
    assert_eq!(audit.customers[0].balance, 2_000, "returned once");
    assert_eq!(audit.journal_open, 0, "nothing is sent to and fro");
    assert!(audit.invariants.settled && audit.violations.is_empty(), "{audit:?}");
    assert_eq!(
        audit.vault_mirror,
        i128::from(audit.vault_stated),
        "the books have it all the same"
    );
    let office = here.bank.office();
    let waits = [(OutsideNumber(1), CustomerId::NOBODY, minor(700))];
    assert_eq!(office.sweep(clerk().user, NOW, None).expect("books").nowhere, waits);
    let known = office.pay(OutsideNumber(1), &clerk(), NOW).expect("open");
    assert_eq!(known.0.cause, Outward::Nobodys(unknown), "under which reference it came");
    assert_eq!(office.sweep(clerk().user, NOW, None).expect("books").nowhere, []);
    drop(office);
    let audit = here.bank.audit();
    assert!(audit.invariants.settled && audit.violations.is_empty(), "{audit:?}");
}

/// A bank may send the least there is under a reference that money went to.
#[test]
fn c3_a_cent_that_comes_back_makes_no_difference_and_takes_nobodys_place() {
    let (issuer, mut here, mut there) = towns();
    let unknown = AccountRef(random());
    let order = here.order(there.bank.registrar(), unknown, 700).sign(&here.alice.device);
    assert_eq!(here.client.transfer(&order).expect("reached"), Ok(()));
    there.bank.crash();
    let cent = there.bank.sign_transfer(back(&there, &here, unknown, 1));
    issuer.with(|registry| registry.transfer(1, &cent)).expect("covered");
    here.rest();
    let audit = here.bank.audit();
    assert!(audit.invariants.settled && audit.violations.is_empty(), "{audit:?}");
    let waits = [(OutsideNumber(1), CustomerId::NOBODY, minor(1))];
    assert_eq!(here.bank.office().sweep(clerk().user, NOW, None).expect("books").nowhere, waits);
    there.rest();
    there.bank.catch_up();
    here.bank.catch_up();
    let audit = here.bank.audit();
    assert!(audit.invariants.settled && audit.violations.is_empty(), "{audit:?}");
    assert_eq!(audit.customers[0].balance, 2_000, "what was sent is returned all the same");
}

/// What a bank sends back by itself.
fn back(from: &Branch, to: &Branch, account: AccountRef, amount: u64) -> Transfer {
    Transfer {
        id: random(),
        payer: from.bank.registrar(),
        payee: to.bank.registrar(),
        currency: currency(),
        amount: minor(amount),
        payer_account: account,
        payee_account: account,
    }
}

/// The name of what goes back could be foreseen, and a customer of the bank where money had gone
/// astray gave it to a transfer of one unit: the return was another one's, and the payer waited.
#[test]
fn c1_no_customer_takes_the_name_of_what_goes_back() {
    let (issuer, mut here, mut there) = towns();
    let unknown = AccountRef(random());
    let last = issuer.with(|registry| registry.bank(1).postings.len());
    // The attacker's own transfer is the next posting, and the victim's the one after it.
    let number = u64::try_from(last).expect("few") + 2;
    let name = Sha256::new().chain_update(b"tender/return/v1/");
    let id = name.chain_update(number.to_be_bytes()).chain_update(unknown.0).finalize().into();
    let attack = there.order(here.bank.registrar(), here.reference(), 1);
    let attack = Order { id, ..attack }.sign(&there.alice.device);
    assert_eq!(there.client.transfer(&attack).expect("reached"), Ok(()));
    let order = here.order(there.bank.registrar(), unknown, 700).sign(&here.alice.device);
    assert_eq!(here.client.transfer(&order).expect("reached"), Ok(()));
    there.rest();
    there.bank.catch_up();
    here.rest();
    here.resume();
    assert_eq!(here.balances()[0], (2_000, 0), "it came back");
    let audit = there.bank.audit();
    assert_eq!((audit.journal_open, audit.differences.len()), (0, 0), "{audit:?}");
}
