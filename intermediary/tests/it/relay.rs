//! What goes to the issuer through the bank and leaves nothing in its books.

use crate::bank::{Client, clerk, is_unavailable};
use crate::holder::{Drawn, Holder};
use crate::issuer::TestIssuer;
use crate::mint::{MINT, NOW, random};
use crate::transfer::Branch;
use tender_intermediary::rows::{CodeDigest, CustomerId};
use tender_proto::call::{Call, Verb};
use tender_proto::refusal::Refusal;
use tender_proto::restore::{Asked, Request, Told};
use tender_token::cash::Instruction;
use tender_token::encode::Encode as _;
use tender_token::error::Error;
use tender_token::provision::SessionId;
use tender_token::{exchange, withdraw};
use tonic::Code;

#[test]
fn lc08_an_exchange_is_handed_on_without_a_name_and_leaves_nothing_in_the_books() {
    let mut issuer = TestIssuer::up();
    issuer.distribute(10_000);
    let Drawn { mut bank, holder, place, request, reply } = Drawn::at(&issuer);
    let client = bank.client();
    let (sid, free) = (SessionId(random()), holder.provision(&client, 1).remove(0));
    let session = withdraw::Session::new(&holder.master, sid);
    let output = session.output(0, MINT.denomination, &free.slot, &MINT.manifest);
    let (manifest, outputs) = (MINT.manifest.hash(), vec![output.expect("our series")]);
    let plan = exchange::Plan { manifest, sid, expires: NOW, outputs };
    let token = holder.token(&request, &place.slot, &reply);
    let item = holder.fund(token, &place, Instruction::Fund(plan.hash()));
    let request = exchange::Request { plan: plan.clone(), items: vec![item] }.to_bytes();
    bank.crash();
    bank.catch_up();
    let before = bank.audit();
    bank.start();
    let client = bank.client();
    issuer.stop();
    assert!(is_unavailable(client.exchange(request.clone())), "ask again, nothing is lost");
    issuer.start();
    bank.crash();
    bank.start();
    let client = bank.client();
    let reply = client.exchange(request.clone()).expect("reached").expect("granted");
    assert_eq!(client.exchange(request).expect("reached"), Ok(reply.clone()), "one-answer");
    let signature = &plan.read_reply(&reply, &MINT.manifest).expect("our plan").signatures[0];
    let fresh = session.finish(0, MINT.denomination, &free.slot, signature, &MINT.manifest);
    fresh.expect("a fresh token");
    assert!(client.exchange(vec![2; 40]).is_err(), "what cannot be read goes nowhere");
    bank.crash();
    let after = bank.audit();
    assert_eq!(after.customers[0].balance, 1_500, "the withdrawal is all that the books know");
    assert_eq!((after.vault_mirror, after.posting), (before.vault_mirror, before.posting));
    assert!(after.violations.is_empty(), "{after:?}");
}

#[test]
fn a_wallet_hears_what_the_issuer_stored_of_it_and_nobody_elses_does() {
    let issuer = TestIssuer::up();
    issuer.distribute(10_000);
    let Drawn { bank, holder, request, .. } = Drawn::at(&issuer);
    let client = bank.client();
    let (identity, asked) = (holder.identity.key(), Asked::Session(request.plan.sid));
    let body = Request { identity, asked }.to_bytes();
    let call = Call::sign(Verb::Restore, body.clone(), NOW, &holder.device);
    let Ok(Told::Query(query)) = client.restore(call.clone()).expect("reached") else {
        panic!("a query is answered by a query")
    };
    assert!(query.known);
    let stranger = Holder::new(bank.registrar());
    let stolen = Call::sign(Verb::Restore, body, NOW, &stranger.device);
    let refused = |error: Error| Err(Refusal::from(error));
    assert_eq!(client.restore(stolen).expect("reached"), refused(Error::Wallet));
    let mut forged = call;
    forged.time.0 += 1;
    assert_eq!(client.restore(forged).expect("reached"), refused(Error::Auth));
}

/// A device that is lost and blocked is asked about by the wallet that follows it, with the words
/// that its holder wrote down, and by nobody else's.
#[test]
fn uc06_what_is_stored_of_a_lost_wallet_is_told_to_the_one_that_follows_it() {
    let issuer = TestIssuer::up();
    issuer.distribute(10_000);
    let Drawn { mut bank, holder, request, .. } = Drawn::at(&issuer);
    bank.crash();
    bank.add(&[("Bob", 0, "code-b")]);
    let office = bank.office();
    office.invite(CustomerId(1), CodeDigest::of("anew"), None, &clerk(), NOW).expect("books");
    office.block(CustomerId(1), holder.identity.key(), true, &clerk(), NOW).expect("books");
    drop(office);
    bank.start();
    let (identity, asked) = (holder.identity.key(), Asked::Session(request.plan.sid));
    let call = || {
        let body = Request { identity, asked }.to_bytes();
        Call::sign(Verb::Restore, body, NOW, &holder.device)
    };
    let refused = Err(Refusal::from(Error::Wallet));
    assert_eq!(bank.client().restore(call()).expect("reached"), refused, "it is blocked");
    let [follower, stranger] = ["anew", "code-b"].map(|code| {
        let (client, holder) = (bank.client(), Holder::new(bank.registrar()));
        client.enrol(&holder.registration, code).expect("reached").expect("enrolled");
        (client, holder)
    });
    let ask = |(client, holder): &(Client, Holder)| client.restore_as(&holder.device, call());
    let Ok(Told::Query(query)) = ask(&follower).expect("reached") else {
        panic!("a query is answered by a query")
    };
    assert!(query.known);
    assert_eq!(ask(&stranger).expect("reached"), refused);
}

/// One customer once asked what was stored of a wallet and went away, again and again: each of them
/// took a place of the only channel to the issuer until it was answered, and nobody's withdrawal
/// came through.
#[test]
fn e5_a_wallet_that_restores_without_end_keeps_nobody_from_the_issuer() {
    let issuer = TestIssuer::up();
    issuer.distribute(10_000);
    let Branch { bank, client, alice, bob } = Branch::new(&issuer);
    let place = alice.provision(&client, 1).remove(0);
    let before = issuer.with(|registry| {
        registry.mute = true;
        registry.asked
    });
    let asked = Request { identity: bob.identity.key(), asked: Asked::After(0) };
    let call = Call::sign(Verb::Restore, asked.to_bytes(), NOW, &bob.device);
    let first = bank.client().restore_and_go(&call, 32);
    assert_eq!(first, [Code::Unavailable; 31], "one of a customer is on its way");
    let more = bank.client().restore_and_go(&call, 33);
    assert_eq!(more, [Code::Unavailable; 32], "and it is the first");
    assert_eq!(issuer.with(|registry| registry.asked) - before, 1, "the issuer signs once");
    let request = alice.request(SessionId(random()), &place.slot, 500);
    let answered = client.withdraw(&request).expect("she is heard");
    assert!(answered.is_ok(), "{answered:?}");
    assert_eq!(alice.provision(&client, 1).len(), 1, "who is relayed too has a place");
}
