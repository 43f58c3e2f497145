//! Restoring: a wallet that kept its master secret and its device's key hears of everything else.

use crate::served::{Served, only};
use crate::stage::{Bank, NOW, STILL, Stage, clock, refused};
use crate::wallet::Wallet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tender_issuer::batch::{Answer, Call as Queued};
use tender_issuer::clock::Clocks;
use tender_issuer::pipeline::Pipeline;
use tender_issuer::request::{Reply, Request};
use tender_issuer::rows::{Standing, Withdrawals};
use tender_issuer::verbs::restore::{Granted, Request as Question};
use tender_proto::call::{Call, Verb};
use tender_proto::operator::Operation;
use tender_proto::provision::Granted as Provisioned;
use tender_proto::restore::{self, Asked, Page, Stored, Told};
use tender_proto::transport::Bounds;
use tender_proto::wire;
use tender_token::amount::Amount;
use tender_token::date::Timestamp;
use tender_token::encode::Encode;
use tender_token::error::Error;
use tender_token::identity::IdentityKey;
use tender_token::provision::{SessionId, Want};
use tender_token::restore::{OwnSlots, Query, Reservation, RestoredOutput, RestoredProvision};
use tender_token::token::Token;

impl Wallet {
    /// What the device asks, signed at a time.
    pub fn question(&self, asked: Asked, time: Timestamp) -> Call {
        let body = restore::Request { identity: self.identity.key(), asked };
        Call::sign(Verb::Restore, body.to_bytes(), time, &self.device)
    }

    /// All pages, one after the other.
    fn pages(&self, stage: &Stage) -> Vec<Page> {
        let (mut pages, mut next) = (Vec::new(), Some(0));
        while let Some(after) = next {
            let question = self.question(Asked::After(after), stage.now);
            let told = stage.restore(&stage.bank, &question).expect("it is the wallet's own");
            let Told::Page(page) = told else { panic!("no page: {told:?}") };
            next = page.more;
            pages.push(page);
        }
        pages
    }

    /// Slots and tokens as nothing but the master secret, the device and the issuer know them.
    fn restored(&self, stage: &Stage) -> (Vec<RestoredProvision>, Vec<RestoredOutput>) {
        let manifest = stage.manifest();
        let stored: Vec<_> = self.pages(stage).into_iter().flat_map(|page| page.sessions).collect();
        let provisions = stored.iter().filter_map(|stored| match stored {
            Stored::Provision(stored) => Some(
                stored.restore(&self.master, &self.device, manifest).expect("it is the wallet's"),
            ),
            Stored::Withdrawal(_) => None,
        });
        let provisions: Vec<_> = provisions.collect();
        let slots = provisions.iter().filter_map(|restored| match restored {
            RestoredProvision::Slots(slots) => Some(slots.clone()),
            RestoredProvision::Abandon(_) | RestoredProvision::Abandoned => None,
        });
        let mut slots = OwnSlots::new(slots);
        let mut outputs = Vec::new();
        for stored in &stored {
            if let Stored::Withdrawal(withdrawal) = stored {
                let stored = withdrawal.read(manifest).expect("its series is in force");
                let device = self.device.public();
                let found = stored.restore(&self.master, &device, &mut slots, &[], manifest);
                outputs.extend(found.expect("the device signed it").into_iter().flatten());
            }
        }
        (provisions, outputs)
    }

    /// Whether a session is known.
    fn query(&self, stage: &Stage, sid: SessionId) -> Query {
        let question = self.question(Asked::Session(sid), stage.now);
        let told = stage.restore(&stage.bank, &question).expect("it is the wallet's own");
        let Told::Query(query) = told else { panic!("no answer: {told:?}") };
        query
    }
}

fn tokens(outputs: &[RestoredOutput]) -> Vec<Token> {
    outputs.iter().filter_map(|output| output.token.clone()).collect()
}

#[test]
fn n26_a_wallet_with_nothing_but_its_secrets_gets_slots_and_tokens_back() {
    let stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    let first = wallet.opened(&stage, 2);
    let mut places = wallet.slots(&stage, &first);
    let second = wallet.opened(&stage, 2);
    places.extend(wallet.slots(&stage, &second));
    let mut chains = vec![wallet.token(&stage, &places[0], 100)];
    let wanted = wallet.withdrawal(&stage, &[(&places[1], 200), (&places[2], 500)]);
    let reply = stage.withdraw(&stage.bank, &wanted.bytes).expect("the vault covers it");
    chains.extend(wanted.finish(&reply, &[&places[1], &places[2]], stage.manifest()));

    let (provisions, outputs) = wallet.restored(&stage);
    let slots = provisions.iter().flat_map(|restored| match restored {
        RestoredProvision::Slots(slots) => slots,
        other => panic!("no slots: {other:?}"),
    });
    let slots: Vec<_> = slots.map(|own| own.certified.clone()).collect();
    assert_eq!(slots, places.iter().map(|place| Some(place.slot.clone())).collect::<Vec<_>>());
    assert_eq!(tokens(&outputs), chains.iter().map(|c| c.token().clone()).collect::<Vec<_>>());
    assert!(outputs.iter().all(|output| output.own.is_some()));
    stage.assert_clean();
}

#[test]
fn n26_an_unresolved_session_is_abandoned_with_identical_co_paths() {
    let stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    let opened = wallet.opened(&stage, 2);
    let manifest = stage.manifest();
    let lost = opened.session.reveal(&opened.receipt, Want::Sign, &wallet.device, manifest);
    let lost = lost.expect("the session is of this series");
    let (provisions, _) = wallet.restored(&stage);
    let [RestoredProvision::Abandon(reveal)] = provisions.as_slice() else {
        panic!("it is not resolved: {provisions:?}")
    };
    assert_eq!(reveal.opened, lost.opened, "it shows what may have been shown before");
    let abandoned = Request::reveal(wallet.identity.key(), reveal.to_bytes());
    let reply = stage.provision(&stage.bank, abandoned);
    assert_eq!(reply, Ok(Provisioned::Certificates(Vec::new())));
    assert_eq!(wallet.restored(&stage).0, [RestoredProvision::Abandoned]);
    let late = stage.provision(&stage.bank, wallet.reveal(&opened, Want::Sign, manifest));
    assert_eq!(late, Ok(Provisioned::Certificates(Vec::new())), "it is never signed");
    stage.assert_clean();
}

#[test]
fn a_wallet_hears_of_its_own_sessions_only() {
    let stage = Stage::new();
    let (wallet, other) = (Wallet::enrolled(&stage), Wallet::enrolled(&stage));
    let opened = wallet.opened(&stage, 1);
    let place = &wallet.slots(&stage, &opened)[0];
    wallet.token(&stage, place, 100);
    assert_eq!(other.pages(&stage), [Page::default()]);

    let (bank, other_bank) = (&stage.bank, &stage.other_bank);
    let all = |identity: IdentityKey, device: &Wallet, verb, time| {
        let body = restore::Request { identity, asked: Asked::After(0) };
        Call::sign(verb, body.to_bytes(), time, &device.device)
    };
    let (own, now) = (wallet.identity.key(), stage.now);
    let stranger = Wallet::new(bank);
    let late = now.checked_add(301).expect("time goes on");
    let early = Timestamp(now.0 - 301);
    let rows: [(&str, &Bank, Call, Error); 6] = [
        ("another device", bank, all(own, &other, Verb::Restore, now), Error::Auth),
        ("another bank", other_bank, all(own, &wallet, Verb::Restore, now), Error::Auth),
        ("another call", bank, all(own, &wallet, Verb::Account, now), Error::Auth),
        (
            "nobody's identity",
            bank,
            all(stranger.identity.key(), &stranger, Verb::Restore, now),
            Error::Wallet,
        ),
        ("too early", bank, all(own, &wallet, Verb::Restore, early), Error::RequestExpired),
        ("too late", bank, all(own, &wallet, Verb::Restore, late), Error::RequestExpired),
    ];
    for (name, bank, call, error) in rows {
        assert_eq!(refused(stage.restore(bank, &call)), error, "{name}");
    }
    let sid = opened.session.sid();
    assert!(wallet.query(&stage, sid).known);
    assert!(!other.query(&stage, sid).known, "ids belong to an identity");
}

#[test]
fn a_wallet_that_may_do_nothing_else_may_restore() {
    let stage = Stage::new();
    let (frozen, closed) = (Wallet::enrolled(&stage), Wallet::enrolled(&stage));
    let sessions = [frozen.opened(&stage, 1), closed.opened(&stage, 1)];
    stage.operate(Operation::Freeze(frozen.identity.key(), true)).expect("it is registered");
    let identity = closed.identity.key();
    stage.change(
        |view| view.wallets.want(identity),
        |view| {
            let mut row = view.wallets.get(&identity).expect("it is registered").clone();
            row.standing = Standing::Closed(NOW);
            view.wallets.insert(identity, row);
        },
    );
    for (wallet, opened) in [frozen, closed].iter().zip(&sessions) {
        let (provisions, _) = wallet.restored(&stage);
        assert!(matches!(provisions.as_slice(), [RestoredProvision::Abandon(_)]));
        assert!(wallet.query(&stage, opened.session.sid()).known);
    }
}

#[test]
fn w8_slots_are_released_only_by_a_no_after_the_request_expired() {
    let mut stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    let opened = wallet.opened(&stage, 2);
    let places = wallet.slots(&stage, &opened);
    let lost = wallet.withdrawal(&stage, &[(&places[0], 100)]);
    let arrived = wallet.withdrawal(&stage, &[(&places[1], 100)]);
    stage.withdraw(&stage.bank, &arrived.bytes).expect("the vault covers it");
    let series = &stage.manifest().slot_key(places[0].slot.series).expect("it is known").series;
    let reserved = Reservation { expires: lost.plan.expires, dates: series.dates };
    let ask = |stage: &Stage, sid| Some(wallet.query(stage, sid));

    let before = ask(&stage, lost.plan.sid);
    assert_eq!(before, Some(Query { answered: stage.now, known: false }));
    assert!(!reserved.is_released(stage.now, before), "it may still arrive");
    stage.now = lost.plan.expires;
    assert!(!reserved.is_released(stage.now, ask(&stage, lost.plan.sid)), "in the last second");
    stage.now = lost.plan.expires.checked_add(1).expect("time goes on");
    assert!(reserved.is_released(stage.now, ask(&stage, lost.plan.sid)));
    assert!(!reserved.is_released(stage.now, ask(&stage, arrived.plan.sid)), "it is known");
    assert_eq!(refused(stage.withdraw(&stage.bank, &lost.bytes)), Error::RequestExpired);
}

/// The request was checked in time and waits for its commit, while the question is checked after it
/// expired. An answer from what is durable now would release a slot that gets a token.
#[test]
fn w8_a_request_that_is_not_committed_yet_is_waited_for() {
    let stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    let opened = wallet.opened(&stage, 1);
    let place = &wallet.slots(&stage, &opened)[0];
    let wanted = wallet.withdrawal(&stage, &[(place, 100)]);
    let (expires, sid) = (wanted.plan.expires, wanted.plan.sid);
    let after = expires.checked_add(1).expect("time goes on");
    let call = |request| vec![Queued { caller: stage.bank.id(), request }];
    let question = wallet.question(Asked::Session(sid), after);
    let question = Question::read(question).expect("it is a question");

    let writer = stage.writer();
    let request = Request::withdraw(&wanted.bytes, &stage.office);
    let waits = writer.verify(call(request), expires).expect("the store answers");
    let asked = call(Request::Restore(Box::new(question)));
    let asked = writer.verify(asked, after).expect("the store answers");
    assert_eq!(stage.count::<Withdrawals>(), 0, "nothing is durable yet");
    let granted = writer.keep(writer.commit(waits).expect("the store answers"));
    assert!(matches!(granted.as_slice(), [Ok(Reply::Withdraw(Ok(_)))]));
    let told = writer.keep(writer.commit(asked).expect("the store answers"));
    let known = Granted::Query(Query { answered: after, known: true });
    assert_eq!(told, [Answer::Ok(Reply::Restore(Ok(known)))]);
}

/// Time as the pipeline of the next test sees it.
static TIME: AtomicU64 = AtomicU64::new(NOW.0);

/// Over running threads it is the same, however they meet: a token and the word that its session is
/// unknown after it expired never both exist.
#[tokio::test(flavor = "multi_thread")]
async fn w8_the_answer_waits_in_line_behind_the_request() {
    let mut stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    let opened = wallet.opened(&stage, 1);
    let place = &wallet.slots(&stage, &opened)[0];
    let now = || Timestamp(TIME.load(Ordering::SeqCst));
    let clocks = Clocks::new(now, || Duration::from_secs(TIME.load(Ordering::SeqCst)));
    let time = clock(&stage.store, clocks);
    let (pipeline, running) = Pipeline::start(stage.writer(), time).expect("there are threads");
    let mut released = 0;
    for round in 0..20 {
        stage.now = Timestamp(TIME.load(Ordering::SeqCst));
        let wanted = wallet.withdrawal(&stage, &[(place, 100)]);
        let after = wanted.plan.expires.checked_add(1).expect("time goes on");
        let question = wallet.question(Asked::Session(wanted.plan.sid), after);
        let question = Question::read(question).expect("it is a question");
        let caller = stage.bank.id();
        let ask = |request| pipeline.ask(Queued { caller, request });
        let request = Request::withdraw(&wanted.bytes, &stage.office);
        let asking = async {
            // Some rounds let the request go ahead, and some do not.
            for _ in 0..round % 4 {
                tokio::task::yield_now().await;
            }
            TIME.store(after.0, Ordering::SeqCst);
            ask(Request::Restore(Box::new(question))).await
        };
        let (granted, told) = tokio::join!(ask(request), asking);
        let granted = granted.expect("the pipeline runs");
        let Ok(Reply::Restore(Ok(Granted::Query(query)))) = told else { panic!("{told:?}") };
        assert_eq!(query.answered, after);
        assert_eq!(matches!(granted, Reply::Withdraw(Ok(_))), query.known, "round {round}");
        released += u32::from(!query.known);
    }
    drop(pipeline);
    running.stop().expect("the threads end well");
    assert_eq!(stage.count::<Withdrawals>() + released as usize, 20);
    stage.assert_clean();
}

/// The word that a session is unknown is given once its time is durable, so that a request which
/// expired is not taken by an issuer that starts again under a clock of before.
#[tokio::test]
async fn w8_what_is_unknown_stays_so_over_a_restart_under_a_clock_that_stepped_back() {
    let mut stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    let opened = wallet.opened(&stage, 1);
    let place = &wallet.slots(&stage, &opened)[0];
    let wanted = wallet.withdrawal(&stage, &[(place, 100)]);
    let (expires, sid) = (wanted.plan.expires, wanted.plan.sid);
    stage.now = expires.checked_add(1).expect("time goes on");
    let question = wallet.question(Asked::Session(sid), stage.now);
    let before = stage.store.commits().expect("the store answers");
    for _ in 0..3 {
        let told = stage.restore(&stage.bank, &question);
        assert_eq!(told, Ok(Told::Query(Query { answered: stage.now, known: false })));
    }
    let commits = stage.store.commits().expect("the store answers") - before;
    assert_eq!(commits, 1, "the same moment is made durable once");
    let stage = stage.restarted();
    let time = clock(&stage.store, STILL);
    assert!(time.now() > expires, "the machine says that it is {NOW:?}");
    let (pipeline, running) = Pipeline::start(stage.writer(), time).expect("there are threads");
    let request = Request::withdraw(&wanted.bytes, &stage.office);
    let reply = pipeline.ask(Queued { caller: stage.bank.id(), request }).await;
    assert_eq!(reply, Ok(Reply::Withdraw(Err(Error::RequestExpired.into()))));
    drop(pipeline);
    running.stop().expect("the threads end well");
    stage.assert_clean();
}

#[test]
fn pages_are_bounded_and_together_tell_everything_in_order() {
    let stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    stage.distribute(&stage.bank, Amount::from_minor_units(70_000));
    let opened = wallet.opened(&stage, 1);
    let place = &wallet.slots(&stage, &opened)[0];
    let mut sids = Vec::new();
    // Some long ones, of which a page holds few, then short ones, of which it holds many.
    for outputs in [64; 9].into_iter().chain([1; 40]) {
        let wanted = wallet.withdrawal(&stage, &vec![(place, 100); outputs]);
        stage.withdraw(&stage.bank, &wanted.bytes).expect("the vault covers it");
        sids.push(wanted.plan.sid);
    }
    let pages = wallet.pages(&stage);
    let read = |stored: &Stored| match stored {
        Stored::Provision(_) => None,
        Stored::Withdrawal(stored) => {
            let stored = stored.read(stage.manifest()).expect("its series is in force");
            let reply = stored.reply.expect("the keys are here");
            assert_eq!(reply.signatures.len(), stored.request.plan.outputs.len());
            Some(stored.request.plan.sid)
        }
    };
    let told: Vec<_> = pages.iter().flat_map(|page| &page.sessions).filter_map(read).collect();
    assert_eq!(told, sids);
    assert!(pages.len() > 2, "{} pages", pages.len());
    for page in &pages {
        let bytes = prost::Message::encoded_len(&restore::to_wire(Ok(Told::Page(page.clone()))));
        assert!(bytes < 300 << 10 && page.sessions.len() <= 32, "{bytes} bytes");
    }
    let beyond = wallet.question(Asked::After(u64::MAX), stage.now);
    assert_eq!(stage.restore(&stage.bank, &beyond), Ok(Told::Page(Page::default())));
    stage.assert_clean();
}

/// What a page takes to read and to sign is charged to who asks for it.
#[tokio::test(flavor = "multi_thread")]
async fn e5_a_page_costs_its_length_of_the_callers_rate() {
    let stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    let opened = wallet.opened(&stage, 1);
    let place = &wallet.slots(&stage, &opened)[0];
    let wanted = wallet.withdrawal(&stage, &vec![(place, 100); 64]);
    stage.withdraw(&stage.bank, &wanted.bytes).expect("the vault covers it");
    let served = Served::start_with(&stage, Bounds::TIERS, only(60));
    let mut client = served.client(Some(&served.bank));
    let question = wallet.question(Asked::After(0), NOW);
    let reply = client.restore(wire::Call::from(question.clone())).await.expect("within the rate");
    let reply = restore::from_wire(reply.into_inner()).expect("the reply can be read");
    let Ok(Told::Page(page)) = reply else { panic!("no page: {reply:?}") };
    assert_eq!(page, wallet.pages(&stage)[0], "over the wire as in the store");
    let refused = client.restore(wire::Call::from(question)).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::ResourceExhausted);
    let known = wallet.question(Asked::Session(wanted.plan.sid), NOW);
    let reply = client.restore(wire::Call::from(known)).await.expect("a question costs little");
    let reply = restore::from_wire(reply.into_inner()).expect("the reply can be read");
    assert_eq!(reply, Ok(Told::Query(Query { answered: NOW, known: true })));
    drop(client);
    served.stop().await;
}
