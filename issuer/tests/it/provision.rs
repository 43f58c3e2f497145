//! Provision: OPEN and REVEAL, in the order of `[PR3]` and `[PR8]`.

use crate::stage::{Stage, refused};
use crate::wallet::{Opened, Wallet, series};
use tender_issuer::request::Request;
use tender_issuer::rows::{Sessions, Standing, Wallet as Row};
use tender_proto::provision::{Granted, Reply};
use tender_token::date::Timestamp;
use tender_token::encode::{Decode, Encode};
use tender_token::error::Error;
use tender_token::provision::{Open, SignedOpen, Want};

fn open(stage: &Stage, open: Open) -> Reply {
    stage.provision(&stage.bank, Request::Open(Box::new(open)))
}

#[test]
fn slots_are_certified_and_the_wallet_can_use_them() {
    let stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    let opened = wallet.opened(&stage, 2);
    let places = wallet.slots(&stage, &opened);
    assert_eq!(places.len(), 2);
    assert!(places.iter().all(|place| place.slot.verify(stage.manifest()).is_ok()));
}

#[test]
fn the_same_opening_gets_the_same_receipt_for_ever() {
    let stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    let (session, request) = wallet.open(&stage.bank, stage.manifest(), 1);
    let first = open(&stage, request.clone()).expect("the wallet may open a session");
    assert_eq!(open(&stage, request.clone()).expect("the wallet may open a session"), first);
    let Granted::Receipt(receipt) = first.clone() else { panic!("no receipt: {first:?}") };
    wallet.slots(&stage, &Opened { session, receipt });
    assert_eq!(
        open(&stage, request).expect("the wallet may open a session"),
        first,
        "also after the session is resolved"
    );
}

#[test]
fn n2_a_second_session_waits_until_the_first_is_resolved() {
    let stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    let opened = wallet.opened(&stage, 1);
    let (_, second) = wallet.open(&stage.bank, stage.manifest(), 1);
    assert_eq!(refused(open(&stage, second.clone())), Error::SessionOpen);
    wallet.slots(&stage, &opened);
    assert!(open(&stage, second).is_ok());
}

#[test]
fn n2_two_openings_in_one_batch_leave_one_session() {
    let stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    let calls = [1, 1].map(|count| {
        let (_, open) = wallet.open(&stage.bank, stage.manifest(), count);
        (&stage.bank, Request::Open(Box::new(open)))
    });
    let replies = stage.ask_all(calls.into());
    let granted = |reply: &&_| matches!(reply, tender_issuer::request::Reply::Provision(Ok(_)));
    assert_eq!(replies.iter().filter(granted).count(), 1);
    assert_eq!(stage.count::<Sessions>(), 1);
}

#[test]
fn n3_a_session_id_has_one_content() {
    let stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    let (session, first) = wallet.open(&stage.bank, stage.manifest(), 1);
    open(&stage, first).expect("the wallet may open a session");
    let (_, other) = wallet.open_as(&stage.bank, stage.manifest(), 2, session.sid());
    assert_eq!(refused(open(&stage, other)), Error::SidConflict);
}

#[test]
fn an_opening_is_refused_by_the_first_rule_it_breaks() {
    let stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    let stranger = Wallet::new(&stage.bank);
    let closed = Wallet::enrolled(&stage);
    close(&stage, &closed);
    let manifest = stage.manifest();
    let signed = |wallet: &Wallet, change: fn(&mut SignedOpen), bank| {
        let (session, open) = wallet.open(&stage.bank, manifest, 1);
        let mut plan = open.request;
        change(&mut plan);
        let (plan, sid, h) = (plan.plan, session.sid(), plan.h);
        SignedOpen::sign(plan, sid, h, &wallet.device).authorise(bank)
    };
    let (bank, other) = (&stage.bank.key, &stage.other_bank.key);
    let same: fn(&mut SignedOpen) = |_| {};
    let rows = [
        (
            "another manifest",
            signed(&wallet, |o| o.plan.manifest.0 = [9; 32], bank),
            Error::Manifest,
        ),
        ("a stranger", signed(&stranger, same, bank), Error::Wallet),
        ("a closed wallet", signed(&closed, same, bank), Error::Wallet),
        ("the bank's signature is another's", signed(&wallet, same, other), Error::Auth),
        (
            "a series nobody knows",
            signed(&wallet, |o| o.plan.series.0 = [9; 32], bank),
            Error::Plan,
        ),
        ("more than the quota", signed(&wallet, |o| o.plan.count = 7, bank), Error::Quota),
    ];
    for (what, request, error) in rows {
        assert_eq!(refused(open(&stage, request)), error, "{what}");
    }
    assert_eq!(stage.count::<Sessions>(), 0, "a refusal leaves nothing");
}

fn close(stage: &Stage, wallet: &Wallet) {
    let key = wallet.identity.key();
    stage.change(
        |view| view.wallets.want(key),
        |view| {
            let row = view.wallets.get(&key).expect("the row is there").clone();
            view.wallets.insert(key, Row { standing: Standing::Closed(Timestamp(1)), ..row });
        },
    );
}

#[test]
fn slots_are_provisioned_while_the_series_is_spent() {
    let mut stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    let dates = stage
        .manifest()
        .slot_key(series(stage.manifest()))
        .expect("the manifest names its series")
        .series
        .dates;
    stage.now = Timestamp((u64::from(dates.spend_until.0) + 1) * 86_400);
    let (_, request) = wallet.open(&stage.bank, stage.manifest(), 1);
    assert_eq!(refused(open(&stage, request)), Error::Plan);
}

#[test]
fn a_day_has_so_many_sessions_and_the_next_day_has_more() {
    let mut stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    for _ in 0..3 {
        let opened = wallet.opened(&stage, 1);
        wallet.slots(&stage, &opened);
    }
    let (_, request) = wallet.open(&stage.bank, stage.manifest(), 1);
    assert_eq!(refused(open(&stage, request.clone())), Error::Rate);
    stage.now = stage.now.checked_add(86_400).expect("time goes on");
    assert!(open(&stage, request).is_ok());
}

#[test]
fn an_abandoned_session_gives_its_slots_back_and_is_never_signed() {
    let stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    let opened = wallet.opened(&stage, 6);
    let abandon = wallet.reveal(&opened, Want::Abandon, stage.manifest());
    let none = Ok(Granted::Certificates(Vec::new()));
    assert_eq!(stage.provision(&stage.bank, abandon), none);
    let sign = wallet.reveal(&opened, Want::Sign, stage.manifest());
    assert_eq!(
        stage.provision(&stage.bank, sign),
        none,
        "[I5]: SIGN and ABANDON exclude each other"
    );
    assert_eq!(wallet.opened(&stage, 6).session.plan().count, 6, "the quota is whole again");
}

#[test]
fn the_same_reveal_gets_the_same_certificates_also_within_a_batch() {
    let stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    let opened = wallet.opened(&stage, 1);
    let reveal = wallet.reveal(&opened, Want::Sign, stage.manifest());
    let mut replies =
        stage.ask_all(vec![(&stage.bank, reveal.clone()), (&stage.bank, reveal.clone())]);
    replies.extend(stage.ask_all(vec![(&stage.bank, reveal)]));
    assert!(replies.iter().all(|reply| reply == &replies[0]));
}

#[test]
fn n5_a_wrong_reveal_is_refused_five_times_a_day_and_the_right_one_still_succeeds() {
    let mut stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    let opened = wallet.opened(&stage, 1);
    let wrong = wrong_reveal(&stage, &wallet, &opened);
    for _ in 0..5 {
        assert_eq!(refused(stage.provision(&stage.bank, wrong())), Error::Reveal);
    }
    assert_eq!(refused(stage.provision(&stage.bank, wrong())), Error::Rate);
    stage.now = stage.now.checked_add(86_400).expect("time goes on");
    assert_eq!(wallet.slots(&stage, &opened).len(), 1);
}

#[test]
fn n5_a_batch_of_wrong_reveals_counts_each_of_them() {
    let stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    let opened = wallet.opened(&stage, 1);
    let wrong = wrong_reveal(&stage, &wallet, &opened);
    let replies = stage.ask_all((0..7).map(|_| (&stage.bank, wrong())).collect());
    let errors = replies.into_iter().map(|reply| match reply {
        tender_issuer::request::Reply::Provision(reply) => refused(reply),
        other => panic!("another verb's reply: {other:?}"),
    });
    let (examined, turned_away) = ([Error::Reveal; 5], [Error::Rate; 2]);
    assert_eq!(errors.collect::<Vec<_>>(), [&examined[..], &turned_away].concat());
}

/// A REVEAL of another session's candidates, signed for this one.
fn wrong_reveal(stage: &Stage, wallet: &Wallet, opened: &Opened) -> impl Fn() -> Request + use<> {
    let manifest = stage.manifest();
    let (other, _) = wallet.open(&stage.bank, manifest, 1);
    let reveal = other
        .reveal(&opened.receipt, Want::Sign, &wallet.device, manifest)
        .expect("the session is of this series");
    let mut bytes = reveal.to_bytes();
    bytes[..32].copy_from_slice(&opened.session.sid().0);
    let end = bytes.len() - 64;
    let label = tender_token::transcript::Label::Reveal;
    let signature = wallet.device.sign(label, &[&bytes[..end]]);
    bytes[end..].copy_from_slice(&signature.to_bytes());
    let identity = wallet.identity.key();
    move || Request::reveal(identity, bytes.clone())
}

#[test]
fn a_reveal_is_refused_by_the_first_rule_it_breaks() {
    let stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    let opened = wallet.opened(&stage, 1);
    let reveal =
        opened.session.reveal(&opened.receipt, Want::Sign, &wallet.device, stage.manifest());
    let good = reveal.expect("the session is of this series").to_bytes();
    let with = |change: fn(&mut Vec<u8>)| {
        let mut bytes = good.clone();
        change(&mut bytes);
        Request::reveal(wallet.identity.key(), bytes)
    };
    let rows = [
        ("no session is named", with(|bytes| bytes.truncate(31)), Error::Encoding),
        ("nobody opened this", with(|bytes| bytes[0] ^= 1), Error::Session),
        ("a byte is missing", with(|bytes| bytes.truncate(bytes.len() - 1)), Error::Encoding),
        ("neither SIGN nor ABANDON", with(|bytes| bytes[32] = 3), Error::Encoding),
        ("a flipped node", with(|bytes| bytes[40] ^= 1), Error::Auth),
    ];
    for (what, request, error) in rows {
        assert_eq!(refused(stage.provision(&stage.bank, request)), error, "{what}");
    }
    let foreign = with(|_| {});
    let answer = stage.provision(&stage.other_bank, foreign);
    assert_eq!(refused(answer), Error::Auth, "a session is its registrar's business");
    assert_eq!(wallet.slots(&stage, &opened).len(), 1, "the right one is accepted later [PR7]");
}

#[test]
fn an_opening_reads_back_as_written() {
    let stage = Stage::new();
    let wallet = Wallet::new(&stage.bank);
    let (_, open) = wallet.open(&stage.bank, stage.manifest(), 1);
    assert_eq!(Open::from_bytes(&open.to_bytes()), Ok(open));
}
