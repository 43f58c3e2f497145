//! Notices: what was pending is told when it is decided, each once and in order, until it is heard.

use crate::bank::{Bank, Client, clerk, is_pending};
use crate::holder::{Holder, Place};
use crate::issuer::TestIssuer;
use crate::mint::{NOW, random};
use std::sync::Arc;
use std::time::Duration;
use tender_intermediary::journal::{Journal, Stuck};
use tender_intermediary::rows::{CodeDigest, CustomerId};
use tender_intermediary::verbs::Begun;
use tender_proto::movement::Movement;
use tender_proto::notices::Notice;
use tender_token::cash::AccountRef;
use tender_token::error::Error;
use tender_token::provision::SessionId;

fn town(slots: u16) -> (TestIssuer, Bank, Client, Holder, Vec<Place>) {
    let issuer = TestIssuer::up();
    issuer.distribute(1_000);
    let mut bank = Bank::new(&issuer, &[("alice", 2_000, "code-a")]);
    bank.start();
    let client = bank.client();
    let holder = Holder::new(bank.registrar());
    client.enrol(&holder.registration, "code-a").expect("reached").expect("enrolled");
    let places = holder.provision(&client, slots);
    (issuer, bank, client, holder, places)
}

/// What a notice says, without when.
fn said(notice: &Notice) -> (u64, Movement, u64, AccountRef, Option<Error>) {
    assert_eq!(notice.time, NOW);
    let Notice { number, movement, amount, account, refused, .. } = *notice;
    (number, movement, amount.minor_units(), account, refused)
}

#[test]
fn ra31_after_an_outage_everything_is_told_once_and_in_order() {
    let (mut issuer, mut bank, client, holder, places) = town(4);
    issuer.stop();
    let sids = [(); 3].map(|()| SessionId(random()));
    for (sid, place) in sids.iter().zip(&places) {
        let request = holder.request(*sid, &place.slot, 500);
        for _ in 0..2 {
            assert!(is_pending(client.withdraw(&request)), "asking again changes nothing");
        }
    }
    assert_eq!(client.balance(&holder.device), (500, 1_500));
    assert!(client.notices(0, &holder.device).is_empty(), "nothing is decided yet");
    // The bank itself goes away too, for as long as it likes: the journal is on disk.
    bank.crash();
    issuer.start();
    bank.catch_up();
    bank.catch_up();
    bank.start();
    let client = bank.client();
    let withdrawal = |number: u64, amount, refused| {
        let account = AccountRef(sids[usize::try_from(number).expect("small") - 1].0);
        (number, Movement::Withdrawal, amount, account, refused)
    };
    let expected =
        [withdrawal(1, 500, None), withdrawal(2, 500, None), withdrawal(3, 0, Some(Error::Funds))];
    for _ in 0..2 {
        let told = client.notices(0, &holder.device);
        let told: Vec<_> = told.iter().map(said).collect();
        assert_eq!(told, expected, "the vault covers two; given until they are acknowledged");
    }
    for (sid, place) in sids.iter().zip(&places) {
        let _the_stored_answer = client.withdraw(&holder.request(*sid, &place.slot, 500));
    }
    let rest: Vec<_> = client.notices(2, &holder.device).iter().map(said).collect();
    assert_eq!(rest, expected[2..], "duplicates make no notice");
    let rest: Vec<_> = client.notices(0, &holder.device).iter().map(said).collect();
    assert_eq!(rest, expected[2..], "what was acknowledged is forgotten");
    assert!(client.notices(3, &holder.device).is_empty());
    assert!(client.notices(u64::MAX, &holder.device).is_empty());
    assert_eq!(client.balance(&holder.device), (1_000, 0));
}

/// Whoever stole an invitation enrolled a wallet on the account, and nobody was told. What the
/// thief's wallet acknowledges is still told to the holder's.
#[test]
fn c5_a_wallet_that_is_enrolled_with_a_stolen_invitation_is_told_to_the_others_and_hides_nothing() {
    let (_issuer, mut bank, _, holder, _) = town(1);
    bank.crash();
    let office = bank.office();
    let alice = CustomerId(1);
    office.invite(alice, CodeDigest::of("stolen"), None, &clerk(), NOW).expect("she may");
    drop(office);
    let desk = bank.start_attended();
    let client = bank.client();
    assert!(client.notices(0, &holder.device).is_empty(), "nobody is told of their own first one");
    let thief = Holder::new(bank.registrar());
    client.enrol(&thief.registration, "stolen").expect("reached").expect("enrolled");
    let identity = AccountRef(thief.identity.key().0);
    let expected = [(1, Movement::Enrolled, 0, identity, None)];
    let told = |client: &Client, after, device| -> Vec<_> {
        client.notices(after, device).iter().map(said).collect()
    };
    for _ in 0..2 {
        assert_eq!(told(&client, 1, &thief.device), [], "the thief acknowledges it");
        assert_eq!(told(&client, 0, &thief.device), expected, "and it is not gone");
        assert_eq!(told(&client, 0, &holder.device), expected);
    }
    assert_eq!(told(&client, 1, &holder.device), [], "once both have heard it, it is");
    assert_eq!(told(&client, 0, &holder.device), []);
    // A wallet that is blocked keeps nothing from being forgotten.
    desk.office().invite(alice, CodeDigest::of("next"), None, &clerk(), NOW).expect("she may");
    let next = Holder::new(bank.registrar());
    client.enrol(&next.registration, "next").expect("reached").expect("enrolled");
    desk.office().block(alice, thief.identity.key(), true, &clerk(), NOW).expect("hers");
    for device in [&holder.device, &next.device] {
        assert_eq!(told(&client, 1, device).len(), 1);
        assert_eq!(told(&client, 2, device), []);
    }
    assert_eq!(told(&client, 0, &holder.device), [], "both that are heard have heard it");
    drop(desk);
    bank.crash();
    assert_eq!(bank.audit().violations, [""; 0]);
}

/// Nothing was begun then, so a notice would never come.
#[test]
fn d13_a_full_journal_is_not_pending() {
    let bank = Bank::new(&TestIssuer::down(), &[]);
    let told = bank.with_journal(async |journal: Journal| {
        let journal = Arc::new(journal);
        journal.answer_soon(Begun::<()>::Full, Duration::from_secs(3), |_| None).await
    });
    assert!(matches!(told, Err(Stuck::Full)), "{told:?}");
}
