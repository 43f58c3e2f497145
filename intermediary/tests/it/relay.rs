//! What goes to the issuer through the bank and leaves nothing in its books.

use crate::bank::{Bank, Client, clerk, is_unavailable};
use crate::holder::{Drawn, Holder};
use crate::issuer::TestIssuer;
use crate::mint::{MINT, NOW, random};
use crate::transfer::Branch;
use tender_intermediary::rows::{CodeDigest, CustomerId};
use tender_proto::call::{Call, Verb};
use tender_proto::cashed_list::{Request, Tokens};
use tender_proto::refusal::Refusal;
use tender_proto::restore::{Asked, Request as Restoring, Told};
use tender_token::cash::Instruction;
use tender_token::cashed_list::Prefix;
use tender_token::encode::Encode as _;
use tender_token::error::Error;
use tender_token::provision::SessionId;
use tender_token::series::SeriesId;
use tender_token::token::TokenId;
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

/// A list is for whoever asks: no device is present, the issuer is asked once for what never
/// changes, and nothing of it is in the books.
#[test]
fn a_cashed_list_is_handed_on_to_everybody_and_asked_for_once() {
    let issuer = TestIssuer::up();
    let mut bank = Bank::new(&issuer, &[]);
    bank.catch_up();
    bank.start();
    let client = bank.client();
    let prefix = Prefix::new(0x123).expect("below 4096");
    let token = |number| {
        let mut id = [number; 32];
        id[..2].copy_from_slice(&[0x12, 0x30 | number]);
        TokenId(id)
    };
    issuer.with(|registry| registry.listed = [1, 2, 3].map(token).to_vec());
    let request = Request { series: MINT.series, prefix, after: None };
    let early = client.cashed_list(request).expect("reached");
    assert_eq!(early, Err(Refusal::from(Error::Window)));
    issuer.with(|registry| registry.days_later = 85);
    let asked = |issuer: &TestIssuer| issuer.with(|registry| registry.asked);
    let before = asked(&issuer);
    for _ in 0..3 {
        let read = client.cashed_list(request).expect("reached").expect("published");
        assert_eq!(read, Tokens { ids: [token(1).0, token(2).0].concat(), more: true });
    }
    assert_eq!(asked(&issuer), before + 1, "it is kept");
    let rest = Request { after: Some(token(2)), ..request };
    let rest = client.cashed_list(rest).expect("reached").expect("published");
    assert_eq!(rest, Tokens { ids: token(3).0.to_vec(), more: false });
    let unheard = Request { series: SeriesId([5; 32]), ..request };
    let before = asked(&issuer);
    let refused = client.cashed_list(unheard).expect("reached");
    assert_eq!(refused, Err(Refusal::from(Error::Cert)));
    assert_eq!(asked(&issuer), before, "the issuer is not asked for what is not");
}

#[test]
fn a_wallet_hears_what_the_issuer_stored_of_it_and_nobody_elses_does() {
    let issuer = TestIssuer::up();
    issuer.distribute(10_000);
    let Drawn { bank, holder, request, .. } = Drawn::at(&issuer);
    let client = bank.client();
    let (identity, asked) = (holder.identity.key(), Asked::Session(request.plan.sid));
    let body = Restoring { identity, asked }.to_bytes();
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
        let body = Restoring { identity, asked }.to_bytes();
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
    let asked = Restoring { identity: bob.identity.key(), asked: Asked::After(0) };
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
