//! Which device is at the other end: proved once per connection, and to this bank alone.

use crate::bank::{Bank, Client, clerk};
use crate::holder::Holder;
use crate::issuer::TestIssuer;
use crate::mint::NOW;
use tender_intermediary::rows::{CodeDigest, CustomerId};
use tender_proto::call::{Call, Verb};
use tender_proto::refusal::Refusal;
use tender_proto::session::{Challenge, Presence};
use tender_token::encode::Encode as _;
use tender_token::error::Error;
use tender_token::provision::SessionId;
use tonic::{Code, Status};

/// A bank with alice and bob, each with a device of their own and a connection.
struct Street {
    _issuer: TestIssuer,
    bank: Bank,
    alice: (Client, Holder),
    bob: (Client, Holder),
}

impl Street {
    fn new() -> Self {
        let issuer = TestIssuer::up();
        issuer.distribute(10_000);
        let mut bank = Bank::new(&issuer, &[("alice", 2_000, "code-a"), ("bob", 300, "code-b")]);
        bank.start();
        let [alice, bob] = ["code-a", "code-b"].map(|code| {
            let (client, holder) = (bank.client(), Holder::new(bank.registrar()));
            client.enrol(&holder.registration, code).expect("reached").expect("enrolled");
            (client, holder)
        });
        Self { _issuer: issuer, bank, alice, bob }
    }
}

fn read(holder: &Holder) -> Call {
    Call::sign(Verb::Account, Vec::new(), NOW, &holder.device)
}

fn is_absent<T: core::fmt::Debug>(said: Result<T, Status>) -> bool {
    said.is_err_and(|status| status.code() == Code::Unauthenticated)
}

#[test]
fn a_call_is_read_only_from_the_connection_where_its_device_is_present() {
    let street = Street::new();
    let ((hers, alice), (his, bob)) = (&street.alice, &street.bob);
    assert!(is_absent(hers.call_account(read(alice))), "enrolled, but not present yet");
    hers.present(&alice.device).expect("reached").expect("known");
    his.present(&bob.device).expect("reached").expect("known");
    assert!(hers.call_account(read(alice)).expect("reached").is_ok());
    assert!(is_absent(his.call_account(read(alice))), "her call, heard by him and sent again");
    assert!(is_absent(street.bank.client().call_account(read(alice))), "a new connection");
}

#[test]
fn who_passes_a_challenge_on_gets_an_answer_that_is_worth_nothing() {
    let street = Street::new();
    let ((hers, alice), (his, _)) = (&street.alice, &street.bob);
    // He asks for a challenge and lets her sign it, as a false bank would.
    let challenge = his.challenge().expect("reached");
    hers.challenge().expect("reached");
    let answer = Presence::sign(challenge, hers.binding(), &alice.device);
    assert_eq!(his.authenticate(answer).expect("reached"), Err(Refusal::from(Error::Auth)));
    assert!(is_absent(his.call_account(read(alice))));
}

#[test]
fn an_answer_counts_once_and_only_where_something_was_asked() {
    let street = Street::new();
    let (hers, alice) = &street.alice;
    let refused = Err(Refusal::from(Error::Auth));
    let challenge = hers.challenge().expect("reached");
    let unasked = Presence::sign(Challenge([7; 32]), hers.binding(), &alice.device);
    assert_eq!(hers.authenticate(unasked).expect("reached"), refused);
    let late = Presence::sign(challenge, hers.binding(), &alice.device);
    assert_eq!(hers.authenticate(late).expect("reached"), refused, "a wrong answer voids it");
    let challenge = hers.challenge().expect("reached");
    let answer = Presence::sign(challenge, hers.binding(), &alice.device);
    assert_eq!(hers.authenticate(answer.clone()).expect("reached"), Ok(()));
    assert_eq!(hers.authenticate(answer).expect("reached"), refused, "the challenge is answered");
    assert!(hers.call_account(read(alice)).expect("reached").is_ok(), "she is still present");
}

#[test]
fn a_device_that_is_no_customers_is_not_present() {
    let street = Street::new();
    let (hers, _) = &street.alice;
    let stranger = Holder::new(street.bank.registrar());
    let refused = hers.present(&stranger.device).expect("reached");
    assert_eq!(refused, Err(Refusal::from(Error::Wallet)));
    assert!(is_absent(hers.call_account(read(&stranger))));
}

#[test]
fn what_devices_sign_within_is_not_relayed_for_somebody_else() {
    let street = Street::new();
    let ((hers, alice), (his, bob)) = (&street.alice, &street.bob);
    let place = alice.provision(hers, 1).remove(0);
    let request = alice.request(SessionId([1; 32]), &place.slot, 500);
    his.present(&bob.device).expect("reached").expect("known");
    assert!(is_absent(his.relay_withdrawal(request.to_bytes())), "her request, sent by him");
    assert_eq!(hers.balance(&alice.device), (2_000, 0), "nothing was begun");
    assert!(hers.withdraw(&request).expect("reached").is_ok());
}

#[test]
fn a_lost_phone_is_heard_no_more_and_the_next_one_serves_the_same_account() {
    const ALICE: CustomerId = CustomerId(1);
    let mut street = Street::new();
    let (hers, alice) = &street.alice;
    let place = alice.provision(hers, 1).remove(0);
    let (identity, device) = (alice.identity.key(), &alice.device);
    let request = alice.request(SessionId([1; 32]), &place.slot, 500);
    street.bank.crash();
    let office = street.bank.office();
    office.block(ALICE, identity, true, &clerk(), NOW).expect("her wallet");
    let bobs = office.block(ALICE, street.bob.1.identity.key(), true, &clerk(), NOW);
    assert!(bobs.is_err(), "a wallet of somebody else's");
    office
        .invite(ALICE, CodeDigest::of("code-n"), None, &clerk(), NOW)
        .expect("she may have another");
    drop(office);
    street.bank.start();
    let client = street.bank.client();
    let unknown = Err(Refusal::from(Error::Wallet));
    assert_eq!(client.present(device).expect("reached"), unknown);
    let next = Holder::new(street.bank.registrar());
    client.enrol(&next.registration, "code-n").expect("reached").expect("enrolled");
    assert_eq!(client.balance(&next.device), (2_000, 0), "the account is the customer's");
    street.bank.crash();
    let office = street.bank.office();
    let blocked: Vec<_> = office.wallets(ALICE).expect("books").into_iter().collect();
    let [one, other] = blocked.as_slice() else { panic!("two wallets: {blocked:?}") };
    assert_ne!(one.1.blocked, other.1.blocked);
    office.block(ALICE, identity, false, &clerk(), NOW).expect("it was found");
    drop(office);
    street.bank.start();
    let reply = street.bank.client().withdraw(&request).expect("reached");
    assert!(reply.is_ok(), "it is heard again");
}
