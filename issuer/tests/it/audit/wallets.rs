//! Wallets: registrations, sessions, and what is counted of them.

use super::cases::{
    Case, End, Kind, added, case, changed, deleted, edit, play, rows, swap, unseen,
};
use crate::stage::Stage;
use crate::wallet::Wallet as Person;
use tender_issuer::rows::{
    AcceptanceCounts, AcceptanceKey, Acceptances, Count, Openings, QuotaKey, Resolution,
    SessionKey, Sessions, SlotQuotas, Standing, Unresolved, Wallet, Wallets, Withdrawals,
};
use tender_token::date::Day;
use tender_token::identity::IdentityKey;
use tender_token::provision::SessionId;
use tender_token::series::SeriesId;

/// Who withdrew something.
fn withdrawer(stage: &Stage) -> IdentityKey {
    rows::<Withdrawals>(stage).remove(0).0.identity
}

fn registration(
    stage: &Stage,
    of: impl Fn(&IdentityKey, &Wallet) -> bool,
) -> (IdentityKey, Wallet) {
    let mut all = rows::<Wallets>(stage).into_iter();
    all.find(|(key, row)| of(key, row)).expect("there is one")
}

pub fn cases() -> Vec<Case> {
    let mut cases = registrations();
    cases.extend(rewritten());
    cases.extend(sessions());
    cases.extend(counts());
    cases
}

/// Registrations that are gone.
fn registrations() -> Vec<Case> {
    let referred = edit(|view| &mut view.wallets, |stage| (withdrawer(stage), None));
    let acted_upon = edit(
        |view| &mut view.wallets,
        |stage| {
            let frozen = |_: &_, row: &Wallet| matches!(row.standing, Standing::Frozen(_));
            (registration(stage, frozen).0, None)
        },
    );
    let idle = edit(
        |view| &mut view.wallets,
        |stage| {
            let fresh = |key: &IdentityKey, row: &Wallet| {
                let sessions = rows::<Sessions>(stage);
                row.standing == Standing::Open
                    && !sessions.iter().any(|(one, _)| one.identity == *key)
            };
            (registration(stage, fresh).0, None)
        },
    );
    let named = |end| End::Named(end);
    vec![
        case::<Wallets>(Kind::Deleted, vec![referred], named("and is not registered")),
        case::<Wallets>(Kind::Deleted, vec![acted_upon], named("which is not registered")),
        case::<Wallets>(
            Kind::Deleted,
            vec![idle],
            End::Blind("nothing refers to a wallet that never asked for anything"),
        ),
    ]
}

/// Registrations that say something else, or that nobody asked for.
fn rewritten() -> Vec<Case> {
    let named = |end| End::Named(end);
    let thawed = edit(
        |view| &mut view.wallets,
        |stage| {
            let frozen = |_: &_, row: &Wallet| matches!(row.standing, Standing::Frozen(_));
            let (key, row) = registration(stage, frozen);
            (key, Some(Wallet { standing: Standing::Open, ..row }))
        },
    );
    let reopened = edit(
        |view| &mut view.wallets,
        |stage| {
            let closed = |_: &_, row: &Wallet| matches!(row.standing, Standing::Closed(_));
            let (key, row) = registration(stage, closed);
            (key, Some(Wallet { standing: Standing::Open, ..row }))
        },
    );
    let unsigned = edit(
        |view| &mut view.wallets,
        |stage| {
            let (key, mut row) = registration(stage, |_, _| true);
            row.registration.record.epoch += 1;
            (key, Some(row))
        },
    );
    let made_up = edit(
        |view| &mut view.wallets,
        |stage| {
            let (_, row) = registration(stage, |_, _| true);
            (IdentityKey([5; 32]), Some(row))
        },
    );
    let invented = edit(
        |view| &mut view.wallets,
        |stage| {
            let registration = Person::new(&stage.bank).registration;
            (registration.key(), Some(Wallet { registration, standing: Standing::Open }))
        },
    );
    vec![
        case::<Wallets>(Kind::Changed, vec![thawed], named("as it stands")),
        case::<Wallets>(Kind::Changed, vec![reopened], named("closed or open without reason")),
        case::<Wallets>(Kind::Changed, vec![unsigned], named("the registration of")),
        case::<Wallets>(Kind::Added, vec![made_up], named("the registration of")),
        case::<Wallets>(
            Kind::Added,
            vec![invented],
            End::Blind("whoever makes an identity can sign its registration"),
        ),
    ]
}

fn sessions() -> Vec<Case> {
    let two = |stage: &Stage| {
        let all = rows::<Acceptances>(stage);
        let same = |at: &usize| all[*at].0.identity == all[at + 1].0.identity;
        let at = (0..all.len() - 1).find(same).expect("a wallet has two sessions");
        [all[at], all[at + 1]]
    };
    let twice = edit(
        |view| &mut view.acceptances,
        move |stage| {
            let [(_, first), (key, _)] = two(stage);
            (key, Some(first))
        },
    );
    let swapped = swap(|view| &mut view.acceptances, move |stage| two(stage).map(|(key, _)| key));
    vec![
        deleted::<Sessions>(|view| &mut view.sessions, "places have no session"),
        changed::<Sessions>(
            |view| &mut view.sessions,
            |_, row| row.open.request.h[0] ^= 1,
            "is not signed",
        ),
        changed::<Sessions>(
            |view| &mut view.sessions,
            |_, row| {
                row.resolution = match &row.resolution {
                    Resolution::Awaited => Resolution::Revealed(vec![1; 64]),
                    Resolution::Revealed(_) => Resolution::Awaited,
                }
            },
            // Which one it says depends on what else the wallet has open.
            "session",
        ),
        unseen::<Sessions>(
            |view| &mut view.sessions,
            |_, row| row.tries.count = Count(1),
            "wrong REVEALs leave nothing but their count",
        ),
        added::<Sessions>(
            |view| &mut view.sessions,
            |_, (key, row)| (SessionKey { sid: SessionId([5; 32]), ..key }, row),
            "is not signed",
        ),
        deleted::<Acceptances>(|view| &mut view.acceptances, "has another count of sessions"),
        changed::<Acceptances>(
            |view| &mut view.acceptances,
            |_, row| row.sid = SessionId([5; 32]),
            "places have no session",
        ),
        case::<Acceptances>(Kind::Changed, vec![twice], End::Named("is misplaced")),
        case::<Acceptances>(
            Kind::Changed,
            vec![swapped],
            End::Blind("which of two sessions was accepted first stands nowhere else"),
        ),
        added::<Acceptances>(
            |view| &mut view.acceptances,
            |_, (key, row)| (AcceptanceKey { number: Count(99), ..key }, row),
            "is misplaced",
        ),
    ]
}

fn counts() -> Vec<Case> {
    vec![
        deleted::<AcceptanceCounts>(
            |view| &mut view.acceptance_counts,
            "has sessions and no count of them",
        ),
        changed::<AcceptanceCounts>(
            |view| &mut view.acceptance_counts,
            |_, row| *row = row.plus(1),
            "has another count of sessions",
        ),
        added::<AcceptanceCounts>(
            |view| &mut view.acceptance_counts,
            |_, (_, row)| (IdentityKey([5; 32]), row),
            "has another count of sessions",
        ),
        deleted::<Unresolved>(|view| &mut view.unresolved, "waits, which is not kept"),
        changed::<Unresolved>(
            |view| &mut view.unresolved,
            |_, row| *row = SessionId([5; 32]),
            "that waits",
        ),
        added::<Unresolved>(
            |view| &mut view.unresolved,
            |stage, (_, row)| (withdrawer(stage), row),
            "that waits",
        ),
        deleted::<Openings>(|view| &mut view.openings, "how many sessions a day had"),
        changed::<Openings>(
            |view| &mut view.openings,
            |_, row| row.count = Count(99),
            "opened other sessions in a day than there are",
        ),
        unseen::<Openings>(
            |view| &mut view.openings,
            |_, row| row.day = Day(row.day.0 - 1),
            "on which day a session was opened stands nowhere else",
        ),
        added::<Openings>(
            |view| &mut view.openings,
            |_, (_, row)| (IdentityKey([5; 32]), row),
            "opened other sessions in a day than there are",
        ),
        deleted::<SlotQuotas>(|view| &mut view.slot_quotas, "has no quota of slots"),
        changed::<SlotQuotas>(
            |view| &mut view.slot_quotas,
            |_, row| *row = row.plus(1),
            "has another quota of slots",
        ),
        added::<SlotQuotas>(
            |view| &mut view.slot_quotas,
            |_, (key, row)| (QuotaKey { series: SeriesId([5; 32]), ..key }, row),
            "has another quota of slots",
        ),
    ]
}

#[test]
fn g2_a_deleted_registration_that_something_refers_to_is_named() {
    play(registrations());
    play(rewritten());
}

#[test]
fn g2_sessions_that_are_changed_with_their_seals_are_named() {
    play(sessions());
}

#[test]
fn g2_quotas_counts_and_open_sessions_agree_with_the_sessions() {
    play(counts());
}
