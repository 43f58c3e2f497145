//! Who is no longer heard, over connections that stay open.

use crate::bank::{Bank, Client, is_unavailable};
use crate::command_line::{NOT_ADMITTED, command, invited, joined, run};
use crate::desk::Served;
use crate::holder::{Holder, Place, order};
use crate::issuer::TestIssuer;
use crate::mint::{MINT, NOW, minor, random};
use std::io::{BufRead, BufReader};
use std::time::Duration;
use tender_intermediary::desk::customer::{Asked as Wanted, Closing, Decided, Told};
use tender_intermediary::desk::{Asked, Clerk, Ending, Order, Shown};
use tender_intermediary::home::Home;
use tender_intermediary::rows::UnixUser;
use tender_proto::call::{Call, Verb};
use tender_proto::claim::Body;
use tender_proto::provision::Request;
use tender_proto::refusal::Refusal;
use tender_token::cash::{AccountRef, CashItem};
use tender_token::claim::Claim;
use tender_token::encode::Encode as _;
use tender_token::error::Error;
use tender_token::provision::{Plan, Session, SessionId};

/// A bank that runs, the clerk at its desk, and a wallet that is enrolled and connected.
struct Counter {
    issuer: TestIssuer,
    bank: Bank,
    clerk: Clerk,
    client: Client,
    holder: Holder,
    places: Vec<Place>,
}

impl Counter {
    fn new() -> Self {
        let issuer = TestIssuer::up();
        issuer.distribute(10_000);
        let mut bank = Bank::new(&issuer, &[("alice", 2_000, "code"), ("bob", 0, "other")]);
        std::fs::write(bank.path().join("tiers.toml"), tender_intermediary::tier::DEFAULT)
            .expect("ours");
        let clerk = bank.start_attended();
        let (client, holder) = (bank.client(), Holder::new(bank.registrar()));
        client.enrol(&holder.registration, "code").expect("reached").expect("enrolled");
        let places = holder.provision(&client, 4);
        Self { issuer, bank, clerk, client, holder, places }
    }

    /// Has an order carried out beside the running server, over the same books.
    fn ordered(&self, wanted: Wanted) {
        let shown = Shown { name: "bank".to_owned(), currency: "FLN".to_owned(), decimals: 2 };
        let order = Order { asked: Asked::Customer(wanted), shown };
        let answer = self.clerk.carry_out(&order, UnixUser(1_000));
        assert_eq!(answer.ending, Ending::Done, "{answer:?}");
    }

    /// The beginning of a deposit of what was withdrawn onto a slot.
    fn deposit(&self, slot: usize) -> Call {
        let (place, account) = (&self.places[slot], AccountRef(random()));
        let request = self.holder.request(SessionId(random()), &place.slot, 500);
        let reply = self.client.withdraw(&request).expect("reached").expect("granted");
        let token = self.holder.token(&request, &place.slot, &reply);
        self.holder.deposit(account, vec![self.holder.cash(token, place, account)])
    }

    /// What a withdrawal onto a slot and a transfer come to: what takes money out of the account.
    fn takes(&self, slot: usize) -> [Result<(), Refusal>; 2] {
        let request = self.holder.request(SessionId(random()), &self.places[slot].slot, 500);
        let withdrawn = self.client.withdraw(&request).expect("reached").map(drop);
        let registrar = self.bank.registrar();
        let order = order(registrar, (registrar, AccountRef(random())), 1);
        let moved = self.client.transfer(&order.sign(&self.holder.device)).expect("reached");
        [withdrawn, moved]
    }

    /// What each verb of a wallet comes to, with its name. `deposit` was signed before.
    fn everything(&self, deposit: Call) -> Vec<(&'static str, Option<Refusal>)> {
        let (client, holder) = (&self.client, &self.holder);
        let [withdrawn, moved] = self.takes(3);
        let (sid, identity) = (SessionId(random()), *holder.identity.point());
        let manifest = MINT.manifest.hash();
        let plan = Plan { manifest, identity, series: MINT.series, count: 1 };
        let session = Session::new(&holder.master, sid, plan);
        let hash = session.candidates_hash(0, &MINT.manifest).expect("our own plan");
        let open = session.open(session.commitment(&[hash]), &holder.device);
        let provisioned = client.provision(Request::Open(open)).expect("reached");
        let asked = tender_proto::restore::Asked::Session(sid);
        let asked = tender_proto::restore::Request { identity: holder.identity.key(), asked };
        let restore = Call::sign(Verb::Restore, asked.to_bytes(), NOW, &holder.device);
        let paid = client.deposit(deposit).expect("reached").remove(0);
        let referred = client.reference(AccountRef(random()), &holder.device);
        vec![
            ("withdraw", withdrawn.err()),
            ("transfer", moved.err()),
            ("provision", provisioned.err()),
            ("restore", client.restore(restore).expect("reached").err()),
            ("deposit", paid.err()),
            ("reference", referred.expect("reached").err()),
            ("account", client.account(&holder.device).expect("reached").err()),
            ("statement", client.ask_lines(0, &holder.device).expect("reached").err()),
            ("notices", client.ask_notices(0, &holder.device).expect("reached").err()),
        ]
    }
}

/// Something that the staff decides about the customer.
fn decided() -> Decided {
    Decided { customer: 1, by: "Clerk".to_owned() }
}

/// The device of a lost wallet stays connected and present; from the answer to the block on none of
/// its requests is heard, nor reaches the issuer. What it signed counts when it is heard again.
#[test]
fn c6_a_blocked_device_is_not_heard_over_its_open_connection_from_the_next_request_on() {
    let counter = Counter::new();
    let wallet = hex::encode(counter.holder.identity.key().0);
    let deposit = counter.deposit(0);
    let (connection, asked) =
        (counter.client.binding(), counter.issuer.with(|registry| registry.asked));
    counter.ordered(Wanted::Block(decided(), wallet.clone()));
    let unheard = Some(Refusal::from(Error::Wallet));
    for (verb, refusal) in counter.everything(deposit.clone()) {
        assert_eq!(refusal, unheard, "{verb}");
    }
    assert_eq!(counter.issuer.with(|registry| registry.asked), asked, "the issuer hears nothing");
    counter.ordered(Wanted::Unblock(decided(), wallet));
    for (verb, refusal) in counter.everything(deposit) {
        // Nobody is at the transfer's reference.
        assert_eq!(refusal, unheard.clone().filter(|_| verb == "transfer"), "{verb}");
    }
    assert!(counter.client.binding() == connection, "it was one connection all the time");
}

/// Each verb that remembers its answers, asked and answered: its name, and how it is asked again.
type Again<'a> = (&'static str, Box<dyn Fn() -> Result<(), Refusal> + 'a>);

fn answered<'a>(counter: &'a Counter, bob: &Holder) -> Vec<Again<'a>> {
    let Counter { client, holder, bank, .. } = counter;
    let place = &counter.places[0];
    let request = holder.request(SessionId(random()), &place.slot, 500);
    let reply = client.withdraw(&request).expect("reached").expect("granted");
    let token = holder.token(&request, &place.slot, &reply);
    let account = AccountRef(random());
    let item = holder.cash(token, place, account);
    let deposit = holder.deposit(account, vec![item.clone()]);
    let claim = Claim::payee(CashItem::from_bytes(&item, &MINT.manifest).expect("our own"));
    let body = Body { account, session_identity: None, claim: claim.to_bytes() };
    let claim = Call::sign(Verb::Claim, body.to_bytes(), NOW, &holder.device);
    let (registrar, theirs) = (bank.registrar(), AccountRef(random()));
    // Over another connection: at this one it is alice who is present, from before the block on.
    let known = bank.client().reference(theirs, &bob.device).expect("reached");
    assert_eq!(known, Ok(()));
    let order = order(registrar, (registrar, theirs), 700).sign(&holder.device);
    vec![
        ("withdraw", Box::new(move || client.withdraw(&request).expect("reached").map(drop))),
        ("deposit", {
            let pay = move || client.deposit(deposit.clone()).expect("reached").remove(0);
            Box::new(move || pay().map(drop))
        }),
        ("claim", Box::new(move || client.claim(claim.clone()).expect("reached").map(drop))),
        ("transfer", Box::new(move || client.transfer(&order).expect("reached"))),
    ]
}

/// The thief of a device had its connection before, and asks again what was answered before: the
/// books knew the answer of a withdrawal and gave its tokens before they looked whether the device
/// was blocked.
#[test]
fn c6_a_blocked_device_is_not_given_the_tokens_of_what_was_asked_before() {
    let counter = Counter::new();
    let bob = Holder::new(counter.bank.registrar());
    counter.client.enrol(&bob.registration, "other").expect("reached").expect("enrolled");
    let again = answered(&counter, &bob);
    let connection = counter.client.binding();
    let before: Vec<_> = again.iter().map(|(verb, ask)| (*verb, ask())).collect();
    let window = Err(Refusal::from(Error::Window));
    let known = [("withdraw", Ok(())), ("deposit", Ok(())), ("claim", window)];
    assert_eq!(before[..3], known);
    assert_eq!(before[3], ("transfer", Ok(())));
    let wallet = hex::encode(counter.holder.identity.key().0);
    counter.ordered(Wanted::Block(decided(), wallet.clone()));
    for (verb, ask) in &again {
        assert_eq!(ask(), Err(Refusal::from(Error::Wallet)), "{verb}");
    }
    counter.ordered(Wanted::Unblock(decided(), wallet));
    let after: Vec<_> = again.iter().map(|(verb, ask)| (*verb, ask())).collect();
    assert_eq!(after, before, "what was found again is heard again");
    assert!(counter.client.binding() == connection, "it was one connection all the time");
}

/// A device is blocked while the issuer is asked for it: the answer stays in the books, and the
/// wallet that follows it asks for it.
#[test]
fn c6_a_device_that_is_blocked_while_it_waits_is_told_nothing_and_the_books_are_finished() {
    let counter = Counter::new();
    let request = counter.holder.request(SessionId(random()), &counter.places[0].slot, 500);
    counter.issuer.with(|registry| registry.slow = Duration::from_secs(1));
    let asked = counter.issuer.with(|registry| registry.asked);
    let client = counter.bank.client();
    client.present(&counter.holder.device).expect("reached").expect("known");
    let waiting = request.clone();
    let told = std::thread::spawn(move || client.withdraw(&waiting));
    while counter.issuer.with(|registry| registry.asked) == asked {
        std::thread::yield_now();
    }
    let wallet = hex::encode(counter.holder.identity.key().0);
    counter.ordered(Wanted::Block(decided(), wallet.clone()));
    let told = told.join().expect("it waits").map(drop).expect_err("no answer");
    assert_eq!(told.code(), tonic::Code::Unauthenticated, "{told:?}");
    counter.ordered(Wanted::Unblock(decided(), wallet));
    assert_eq!(counter.client.balance(&counter.holder.device), (1_500, 0), "it is finished");
    assert!(counter.client.withdraw(&request).expect("reached").is_ok());
    let Counter { mut bank, clerk, .. } = counter;
    drop(clerk);
    bank.crash();
    assert_eq!(bank.audit().violations, [""; 0]);
}

/// Nothing leaves an account over a connection that was there before it was frozen or closed.
#[test]
fn c6_nothing_leaves_a_frozen_or_closed_account_over_an_open_connection() {
    let counter = Counter::new();
    let [paid, kept] = [0, 1].map(|slot| counter.deposit(slot));
    let connection = counter.client.binding();
    let refused = [Err(Refusal::from(Error::Wallet)), Err(Refusal::from(Error::Wallet))];
    counter.ordered(Wanted::Freeze(decided()));
    assert_eq!(counter.takes(2), refused);
    assert_eq!(counter.client.deposit(paid).expect("reached"), [Ok(minor(500))]);
    assert_eq!(counter.client.balance(&counter.holder.device), (1_500, 0), "what comes in stays");
    counter.ordered(Wanted::Unfreeze(decided()));
    assert_eq!(counter.takes(2)[0], Ok(()));
    let account = Told("CH93".to_owned());
    counter.ordered(Wanted::Close(Closing { customer: 1, account, by: "Clerk".to_owned() }));
    assert_eq!(counter.takes(3), refused);
    assert_eq!(counter.client.deposit(kept).expect("reached"), [Ok(minor(500))]);
    assert_eq!(counter.client.balance(&counter.holder.device), (0, 0), "it goes outside at once");
    assert!(counter.client.binding() == connection, "it was one connection all the time");
}

/// The log of a server, read until it says something. Gives all that was read.
fn heard(log: &mut impl BufRead, what: &str) -> String {
    let mut said = String::new();
    while !said.contains(what) {
        assert_ne!(log.read_line(&mut said).expect("text"), 0, "{said}");
    }
    said
}

/// The issuer gives the bank a new certificate while the old one is in use over an open connection.
/// The server says that it is not known any more and serves on; with the new admission it is known
/// again, and what it could not finish meanwhile is finished.
#[test]
fn c6_a_bank_whose_certificate_is_renewed_says_so_and_is_known_again_with_the_new_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let issuer = TestIssuer::up();
    let home = joined(folder.path(), &issuer);
    let (holder, code) = invited(&home, folder.path());
    let (reading, writing) = std::io::pipe().expect("descriptors");
    let mut serve = command(&home);
    serve.env_remove("RUST_LOG").stderr(writing);
    let server = Served::of(serve);
    let (client, mut log) = (server.client(&home), BufReader::new(reading));

    let registrar = Home::new(home.clone()).registrar().expect("an application");
    let renewed = issuer.admission_for(&hex::encode(registrar.0));
    issuer.know_only(&renewed);
    heard(&mut log, NOT_ADMITTED);
    client.trust(0).expect("it serves on");
    let waits = client.enrol(&holder.registration, &code);
    assert!(is_unavailable(waits), "nothing reaches the issuer over the connection that is there");
    let admission = folder.path().join("renewed.toml");
    std::fs::write(&admission, toml::to_string(&renewed).expect("TOML")).expect("written");
    let join = ["join", "--admission", admission.to_str().expect("UTF-8")];
    assert_eq!(run(&home, &join).0, 0);
    server.stop();

    let server = Served::new(&home);
    let client = server.client(&home);
    let enrolled = client.enrol(&holder.registration, &code);
    assert_eq!(enrolled.expect("reached"), Ok(()));
    assert_eq!(client.present(&holder.device).expect("reached"), Ok(()));
    server.stop();
}
