//! Wallet, bank and issuer over real connections, with everything that gets lost on the way.

use crate::bank::{Bank, Client, is_pending, is_unavailable};
use crate::holder::{Holder, Place};
use crate::issuer::TestIssuer;
use crate::mint::{MINT, minor, random};
use tender_proto::refusal::Refusal;
use tender_token::cash::AccountRef;
use tender_token::error::Error;
use tender_token::provision::SessionId;

/// A bank with one customer, whose wallet is enrolled and has slots.
struct Town {
    issuer: TestIssuer,
    bank: Bank,
    client: Client,
    holder: Holder,
    places: Vec<Place>,
}

impl Town {
    fn new(vault: u64, balance: u64, slots: u16) -> Self {
        let issuer = TestIssuer::up();
        issuer.distribute(vault);
        let mut bank = Bank::new(&issuer, &[("alice", balance, "code-a"), ("bob", 0, "code-b")]);
        bank.start();
        let client = bank.client();
        let holder = Holder::new(bank.registrar());
        client.enrol(&holder.registration, "code-a").expect("reached").expect("enrolled");
        let places = holder.provision(&client, slots);
        Self { issuer, bank, client, holder, places }
    }

    fn balance(&self) -> (u64, u64) {
        self.client.balance(&self.holder.device)
    }

    /// Stops the bank and asserts that books and statement agree to the last unit.
    fn assert_settled(mut self, vault: i128, liabilities: u64) {
        self.bank.crash();
        self.bank.catch_up();
        let audit = self.bank.audit();
        assert!(audit.invariants.settled, "{audit:?}");
        assert!(audit.invariants.conservation && audit.invariants.limits_hold, "{audit:?}");
        assert_eq!((audit.vault_mirror, audit.liabilities), (vault, liabilities), "{audit:?}");
    }
}

fn session() -> SessionId {
    SessionId(random())
}

#[test]
fn money_goes_out_as_a_token_and_comes_back_once() {
    let town = Town::new(10_000, 2_000, 1);
    let (holder, place) = (&town.holder, &town.places[0]);
    let request = holder.request(session(), &place.slot, 500);
    let reply = town.client.withdraw(&request).expect("reached").expect("granted");
    assert_eq!(town.balance(), (1_500, 0));
    let again = town.client.withdraw(&request).expect("reached");
    assert_eq!(again, Ok(reply.clone()), "one-answer: a repetition gets the same bytes");

    let token = holder.token(&request, &place.slot, &reply);
    let account = AccountRef(random());
    let item = holder.cash(token, place, account);
    let call = || holder.deposit(account, vec![item.clone()]);
    for _ in 0..2 {
        assert_eq!(town.client.deposit(call()).expect("reached"), [Ok(minor(500))]);
        assert_eq!(town.balance(), (2_000, 0));
    }
    let twice = holder.deposit(account, vec![item.clone(), item.clone()]);
    let paid = town.client.deposit(twice).expect("reached");
    assert_eq!(paid, [Ok(minor(500)), Ok(minor(500))], "the issuer answers as before");
    assert_eq!(town.balance(), (2_000, 0), "but a token is credited once");
    town.assert_settled(10_000, 2_000);
}

#[test]
fn while_the_issuer_is_down_a_withdrawal_is_kept_and_then_finished_once() {
    let mut town = Town::new(10_000, 2_000, 1);
    let request = town.holder.request(session(), &town.places[0].slot, 500);
    town.issuer.stop();
    assert!(is_pending(town.client.withdraw(&request)));
    assert!(is_pending(town.client.withdraw(&request)), "it joins the open entry");
    assert_eq!(town.balance(), (1_500, 500), "the money is set aside once");
    town.issuer.start();
    assert!(town.client.withdraw(&request).expect("reached").is_ok());
    assert_eq!(town.balance(), (1_500, 0));
    assert_eq!(town.issuer.withdrawals(), 1);
    town.assert_settled(9_500, 1_500);
}

#[test]
fn a_lost_reply_and_a_repeated_request_make_one_debit() {
    let town = Town::new(10_000, 2_000, 1);
    let request = town.holder.request(session(), &town.places[0].slot, 500);
    town.issuer.with(|registry| registry.lose_replies = 1);
    // The background loop may ask again before the wallet does; then the first call is answered.
    let first = town.client.withdraw(&request);
    assert!(first.as_ref().is_ok_and(Result::is_ok) || is_pending(first));
    assert!(town.client.withdraw(&request).expect("reached").is_ok());
    assert_eq!(town.balance(), (1_500, 0));
    assert_eq!(town.issuer.withdrawals(), 1);
    assert!(town.issuer.with(|registry| registry.asked) >= 2, "the same bytes were sent again");
    town.assert_settled(9_500, 1_500);
}

/// The issuer carried the withdrawal out and its reply was lost; when it is asked again, the keys
/// of the series are gone. The account pays what the vault paid, and the books agree.
#[test]
fn lc17_a_debit_whose_reply_was_lost_for_good_is_paid_and_not_given_back() {
    let town = Town::new(10_000, 2_000, 1);
    let request = town.holder.request(session(), &town.places[0].slot, 500);
    town.issuer.with(|registry| (registry.lose_replies, registry.keyless) = (1, true));
    let first = town.client.withdraw(&request);
    let spent = Err(Refusal::spent(request.plan.sid));
    assert!(is_pending(first.clone()) || first.is_ok_and(|reply| reply == spent));
    assert_eq!(town.client.withdraw(&request).expect("reached"), spent);
    assert_eq!(town.client.withdraw(&request).expect("reached"), spent, "for ever");
    assert_eq!(town.balance(), (1_500, 0));
    assert_eq!(town.issuer.withdrawals(), 1);
    town.assert_settled(9_500, 1_500);
}

/// The wallet's reply was lost and the series has left the manifest before it asks again.
#[test]
fn lc17_a_wallet_gets_its_first_answer_after_the_series_has_left() {
    let mut town = Town::new(10_000, 2_000, 2);
    let request = town.holder.request(session(), &town.places[0].slot, 500);
    let reply = town.client.withdraw(&request).expect("reached");
    assert!(reply.is_ok());
    let next = MINT.after_the_series(&MINT.trust);
    town.issuer.with(|registry| registry.later = vec![next]);
    town.bank.crash();
    town.bank.catch_up();
    town.bank.start();
    town.client = town.bank.client();
    assert_eq!(town.client.withdraw(&request).expect("reached"), reply);
    assert_eq!(town.balance(), (1_500, 0));
    town.assert_settled(9_500, 1_500);
}

#[test]
fn a_crash_between_begin_and_finish_is_recovered_by_the_loop_alone() {
    let mut town = Town::new(10_000, 2_000, 2);
    let [first, second] = [0, 1].map(|t| town.holder.request(session(), &town.places[t].slot, 500));
    town.issuer.with(|registry| registry.lose_replies = usize::MAX);
    assert!(is_pending(town.client.withdraw(&first)), "accepted, but the reply is lost");
    town.issuer.stop();
    assert!(is_pending(town.client.withdraw(&second)), "never sent");
    town.bank.crash();
    assert_eq!(town.bank.audit().journal_open, 2);
    town.issuer.with(|registry| registry.lose_replies = 0);
    town.issuer.start();
    town.bank.catch_up();
    assert_eq!(town.issuer.withdrawals(), 2);
    let audit = town.bank.audit();
    assert_eq!((audit.customers[0].balance, audit.customers[0].held), (1_000, 0));
    town.bank.start();
    let client = town.bank.client();
    assert!(client.withdraw(&first).expect("reached").is_ok());
    assert_eq!(town.issuer.withdrawals(), 2, "a finished entry is answered from the books");
    town.assert_settled(9_000, 1_000);
}

#[test]
fn an_empty_account_is_refused_before_the_issuer_hears_of_it() {
    let town = Town::new(10_000, 499, 1);
    let asked = town.issuer.with(|registry| registry.asked);
    let request = town.holder.request(session(), &town.places[0].slot, 500);
    let refused = town.client.withdraw(&request).expect("reached");
    assert_eq!(refused, Err(Refusal::from(Error::Funds)));
    assert_eq!(town.balance(), (499, 0));
    assert_eq!(town.issuer.with(|registry| registry.asked), asked);
    town.assert_settled(10_000, 499);
}

#[test]
fn a_refusal_of_the_issuer_releases_the_hold() {
    let town = Town::new(100, 2_000, 1);
    let request = town.holder.request(session(), &town.places[0].slot, 500);
    for _ in 0..2 {
        let refused = town.client.withdraw(&request).expect("reached");
        assert_eq!(refused, Err(Refusal::from(Error::Funds)), "the vault does not cover it");
        assert_eq!(town.balance(), (2_000, 0));
    }
    town.assert_settled(100, 2_000);
}

#[test]
fn a_deposit_whose_reply_is_lost_is_credited_once() {
    let town = Town::new(10_000, 2_000, 1);
    let (holder, place) = (&town.holder, &town.places[0]);
    let request = holder.request(session(), &place.slot, 500);
    let reply = town.client.withdraw(&request).expect("reached").expect("granted");
    let account = AccountRef(random());
    let item = holder.cash(holder.token(&request, &place.slot, &reply), place, account);
    town.issuer.with(|registry| registry.lose_replies = 1);
    let first = town.client.deposit(holder.deposit(account, vec![item.clone()]));
    assert!(first.as_ref().is_ok_and(|outcomes| outcomes[0].is_ok()) || is_pending(first));
    for _ in 0..3 {
        let outcomes = town.client.deposit(holder.deposit(account, vec![item.clone()]));
        assert_eq!(outcomes.expect("reached"), [Ok(minor(500))]);
    }
    assert_eq!(town.balance(), (2_000, 0));
    town.assert_settled(10_000, 2_000);
}

#[test]
fn nobody_deposits_what_was_signed_for_another_account() {
    let town = Town::new(10_000, 2_000, 1);
    let bob = Holder::new(town.bank.registrar());
    town.client.enrol(&bob.registration, "code-b").expect("reached").expect("enrolled");
    let (holder, place) = (&town.holder, &town.places[0]);
    let request = holder.request(session(), &place.slot, 500);
    let reply = town.client.withdraw(&request).expect("reached").expect("granted");
    let account = AccountRef(random());
    let item = holder.cash(holder.token(&request, &place.slot, &reply), place, account);
    let stolen = bob.deposit(AccountRef(random()), vec![item.clone()]);
    let outcomes = town.client.deposit(stolen).expect("reached");
    assert_eq!(outcomes, [Err(Refusal::from(Error::Instr))]);
    let paid = town.client.deposit(holder.deposit(account, vec![item.clone()])).expect("reached");
    assert_eq!(paid, [Ok(minor(500))]);
    let outcomes = town.client.deposit(bob.deposit(account, vec![item])).expect("reached");
    assert_eq!(outcomes, [Err(Refusal::from(Error::Auth))], "the reference is the other's");
    assert_eq!(town.client.balance(&bob.device), (0, 0));
    town.assert_settled(10_000, 2_000);
}

#[test]
fn codes_work_once_and_devices_must_be_known() {
    let town = Town::new(10_000, 2_000, 1);
    let stranger = Holder::new(town.bank.registrar());
    let registration = &stranger.registration;
    for code in ["no such code", "", "code-a"] {
        let refused = town.client.enrol(registration, code).expect("reached");
        assert_eq!(refused, Err(Refusal::from(Error::Auth)), "{code}");
    }
    let again = town.client.enrol(&town.holder.registration, "code-a").expect("reached");
    assert_eq!(again, Ok(()), "one-answer: the same registration with the same code");
    let unknown = Err(Refusal::from(Error::Wallet));
    assert_eq!(town.client.account(&stranger.device).expect("reached"), unknown);
    let request = stranger.request(session(), &town.places[0].slot, 500);
    let refused = town.client.withdraw(&request).expect("reached");
    assert_eq!(refused, Err(Refusal::from(Error::Wallet)));
    town.assert_settled(10_000, 2_000);
}

#[test]
fn an_enrolment_waits_for_the_issuer_and_is_final_only_then() {
    let mut issuer = TestIssuer::up();
    let mut bank = Bank::new(&issuer, &[("alice", 2_000, "code-a")]);
    bank.start();
    issuer.stop();
    let (client, holder) = (bank.client(), Holder::new(bank.registrar()));
    assert!(is_unavailable(client.enrol(&holder.registration, "code-a")));
    let account = client.account(&holder.device).expect("reached");
    assert_eq!(account, Err(Refusal::from(Error::Wallet)), "not enrolled yet");
    let other = Holder::new(bank.registrar());
    let refused = client.enrol(&other.registration, "code-a").expect("reached");
    assert_eq!(refused, Err(Refusal::from(Error::Auth)), "the code is in use");
    issuer.start();
    assert_eq!(client.enrol(&holder.registration, "code-a").expect("reached"), Ok(()));
    assert_eq!(client.balance(&holder.device), (2_000, 0));
}

#[test]
fn a_bank_that_knows_the_manifest_serves_without_the_issuer() {
    let mut town = Town::new(10_000, 2_000, 1);
    town.issuer.stop();
    town.bank.crash();
    town.bank.start();
    let client = town.bank.client();
    assert_eq!(client.balance(&town.holder.device), (2_000, 0));
}

/// A customer's request that the issuer could not read was once sent for ever, and as long as it
/// was open the bank fetched neither manifest nor statement.
#[test]
fn an_entry_that_the_issuer_cannot_read_keeps_nobody_from_the_statement() {
    let mut town = Town::new(10_000, 2_000, 1);
    let request = town.holder.request(session(), &town.places[0].slot, 500);
    town.issuer.with(|registry| registry.illiterate = true);
    assert!(is_pending(town.client.withdraw(&request)), "not answered, and kept");
    town.bank.crash();
    town.issuer.distribute(700);
    assert!(town.bank.try_catch_up().is_err(), "the entry is still open");
    let audit = town.bank.audit();
    assert_eq!((audit.journal_open, audit.vault_stated), (1, 10_700));
}
