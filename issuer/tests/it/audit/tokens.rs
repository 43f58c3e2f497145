//! Tokens: what was signed, presented, cashed, claimed and answered.

use super::cases::{
    Case, Edit, End, Kind, added, annexed, appended, case, cashed, changed, deleted, edit,
    last_deleted, play, play_on, presented, rows, unseen,
};
use super::scene::played;
use crate::stage::Stage;
use tender_issuer::rows::{
    AnswerList, Answers, Blinded, CashedLists, CashedTokens, Circulation, Claimants, Claims,
    ConvictionKey, Convictions, Count, Denominations, Due, DueKey, Exchanges, Frozen, Incidents,
    Keyed, Listed, ListedKey, Opened, Presentations, SessionKey, Shown, Total, Untraced,
    Withdrawals,
};
use tender_token::date::{Day, Timestamp};
use tender_token::provision::SessionId;
use tender_token::series::{DenominationId, SeriesId};
use tender_token::slot::SlotId;
use tender_token::token::TokenId;

/// The first cashed token is paid to the newest presentation instead.
fn paid_to_the_newest() -> Edit {
    edit(
        |view| &mut view.cashed,
        |stage| {
            let (token, _) = cashed(stage, 0);
            (token, Some(Count(u64::try_from(stage.count::<Presentations>()).expect("few"))))
        },
    )
}

/// A denomination of which nothing was presented in excess.
fn sound(stage: &Stage) -> DenominationId {
    crate::wallet::denomination(stage.manifest(), 200)
}

/// A slot that answered once.
fn honest(stage: &Stage) -> (SlotId, AnswerList) {
    let mut all = rows::<Answers>(stage).into_iter();
    all.find(|(_, answers)| answers.entries().len() == 1).expect("there is one")
}

pub fn cases() -> Vec<Case> {
    let mut cases = evidence();
    cases.extend(indexes());
    cases.extend(promises());
    cases.extend(claims());
    cases.extend(lists());
    cases.extend(in_the_annex());
    cases
}

/// What lies in the annex is never replaced nor removed, so whoever changes it adds another row.
/// Each case needs a store of its own.
fn in_the_annex() -> Vec<Case> {
    let another_presenter = presented(|stage, row| {
        let other = [stage.bank.id(), stage.other_bank.id()];
        row.intermediary = other[usize::from(row.intermediary == other[0])];
    });
    let broken = presented(|_, row| {
        if let Shown::Item(bytes) = &mut row.shown {
            let at = bytes.0.len() / 2;
            bytes.0[at] ^= 1;
        }
    });
    let again = presented(|_, _| {});
    vec![
        case::<Presentations>(
            Kind::Changed,
            vec![another_presenter, paid_to_the_newest()],
            End::Named("in the log, and"),
        ),
        case::<Presentations>(
            Kind::Changed,
            vec![broken, paid_to_the_newest()],
            End::Named("does not hold"),
        ),
        case::<Presentations>(
            Kind::Added,
            vec![again],
            End::Named("nothing refers to presentation"),
        ),
        case::<Exchanges>(
            Kind::Added,
            vec![annexed(
                |view| &mut view.exchanges,
                |(_, row): Keyed<Exchanges>| (SessionId([5; 32]), row),
            )],
            End::Named("cannot be read"),
        ),
        case::<Withdrawals>(
            Kind::Added,
            vec![annexed(
                |view| &mut view.withdrawals,
                |(key, row): Keyed<Withdrawals>| {
                    (SessionKey { sid: SessionId([5; 32]), ..key }, row)
                },
            )],
            End::Named("cannot be read"),
        ),
    ]
}

/// Answers, cashed tokens and who presented them.
fn evidence() -> Vec<Case> {
    let half_an_answer = edit(
        |view| &mut view.answers,
        |stage| {
            let mut all = rows::<Answers>(stage).into_iter();
            let twice = all.find(|(_, answers)| answers.entries().len() == 2);
            let (slot, answers) = twice.expect("somebody answered twice");
            let mut one = AnswerList::default();
            one.push(answers.entries()[0]);
            (slot, Some(one))
        },
    );
    let another =
        edit(|view| &mut view.cashed, |stage| (cashed(stage, 0).0, Some(cashed(stage, 1).1)));
    let someone_elses = edit(
        |view| &mut view.answers,
        |stage| {
            let (slot, mut answers) = honest(stage);
            let other = rows::<Answers>(stage).into_iter().find(|(other, _)| *other != slot);
            answers.push(other.expect("there are others").1.entries()[0]);
            (slot, Some(answers))
        },
    );
    vec![
        deleted::<Answers>(|view| &mut view.answers, "shows is not kept"),
        case::<Answers>(Kind::Changed, vec![half_an_answer], End::Named("shows is not kept")),
        case::<Answers>(Kind::Changed, vec![someone_elses], End::Named("were not shown")),
        added::<Answers>(
            |view| &mut view.answers,
            |_, (_, row)| (SlotId([5; 32]), row),
            "were not shown",
        ),
        case::<CashedTokens>(
            Kind::Deleted,
            vec![edit(|view| &mut view.cashed, |stage| (cashed(stage, 0).0, None))],
            End::Named("moves what no request tells of"),
        ),
        case::<CashedTokens>(Kind::Changed, vec![another], End::Named("does not show it")),
        added::<CashedTokens>(
            |view| &mut view.cashed,
            |stage, _| (TokenId([5; 32]), cashed(stage, 0).1),
            "does not show it",
        ),
    ]
}

/// Offences and offenders, which others show.
fn indexes() -> Vec<Case> {
    vec![
        deleted::<Frozen>(|view| &mut view.frozen, "is not frozen, and of"),
        unseen::<Frozen>(
            |view| &mut view.frozen,
            |_, row| row.refused = row.refused.plus(1),
            "nothing else counts how often tokens of a frozen key were refused",
        ),
        added::<Frozen>(
            |view| &mut view.frozen,
            |stage, (_, row)| (sound(stage), row),
            "is frozen, and of",
        ),
        deleted::<Untraced>(|view| &mut view.untraced, "answered twice, and nobody is accused"),
        changed::<Untraced>(
            |view| &mut view.untraced,
            |_, row| *row = Timestamp(row.0 + 86_400),
            "other slots that are nobody's",
        ),
        added::<Untraced>(
            |view| &mut view.untraced,
            |stage, (_, row)| (honest(stage).0, row),
            "other slots that are nobody's",
        ),
        deleted::<Convictions>(|view| &mut view.convictions, "what incident 1 convicts"),
        changed::<Convictions>(
            |view| &mut view.convictions,
            |_, row| *row = Count(7),
            "is convicted without an incident",
        ),
        added::<Convictions>(
            |view| &mut view.convictions,
            |stage, (key, row)| (ConvictionKey { slot: honest(stage).0, ..key }, row),
            "is convicted without an incident",
        ),
        last_deleted::<Incidents>(
            |view| &mut view.incidents,
            Total::Incidents,
            "is convicted without an incident",
        ),
        changed::<Incidents>(
            |view| &mut view.incidents,
            |_, row| row.time = Timestamp(row.time.0 + 1),
            "is closed or open without reason",
        ),
        appended::<Incidents>(
            |view| &mut view.incidents,
            Total::Incidents,
            |_, row| row.time = Timestamp(row.time.0 + 1),
            "what incident 2 convicts",
        ),
    ]
}

/// What was promised, and what is counted of each denomination.
fn promises() -> Vec<Case> {
    vec![
        deleted::<Blinded>(|view| &mut view.blinded, "is not kept as its own"),
        changed::<Blinded>(
            |view| &mut view.blinded,
            |_, row| *row = SessionId([5; 32]),
            "is not kept as its own",
        ),
        added::<Blinded>(
            |view| &mut view.blinded,
            |stage, (_, row)| {
                let blinded = vec![5; 256];
                let output = tender_token::withdraw::Output { denomination: sound(stage), blinded };
                (tender_issuer::rows::BlindedKey::of(&output), row)
            },
            "that it did not ask for",
        ),
        deleted::<Denominations>(|view| &mut view.denominations, "are counted as cashed"),
        changed::<Denominations>(
            |view| &mut view.denominations,
            |_, row| row.signed = row.signed.plus(1),
            "were signed",
        ),
        added::<Denominations>(
            |view| &mut view.denominations,
            |_, _| (DenominationId([5; 32]), Circulation::default()),
            "no manifest has the denomination",
        ),
    ]
}

/// Claims that wait, and openings.
fn claims() -> Vec<Case> {
    vec![
        deleted::<Claims>(|view| &mut view.claims, "the line of claims"),
        changed::<Claims>(
            |view| &mut view.claims,
            |stage, row| row.intermediary = stage.other_bank.id(),
            "that waits does not hold",
        ),
        added::<Claims>(
            |view| &mut view.claims,
            |_, (_, row)| (TokenId([5; 32]), row),
            "that waits does not hold",
        ),
        deleted::<Due>(|view| &mut view.due, "the line of claims"),
        added::<Due>(
            |view| &mut view.due,
            |_, (key, row)| {
                let mut group = key.group;
                group.day = Day(group.day.0 + 1);
                (DueKey { group, ..key }, row)
            },
            "the line of claims",
        ),
        deleted::<Opened>(|view| &mut view.opened, "which is not kept"),
        changed::<Opened>(|view| &mut view.opened, |_, row| *row = Count(1), "was opened"),
        added::<Opened>(
            |view| &mut view.opened,
            |_, (_, row)| (TokenId([5; 32]), row),
            "was opened",
        ),
        deleted::<Claimants>(|view| &mut view.claimants, "the line of claims"),
        changed::<Claimants>(
            |view| &mut view.claimants,
            |_, row| row.opened = row.opened.plus(1),
            "the line of claims",
        ),
        added::<Claimants>(
            |view| &mut view.claimants,
            |_, (_, row)| (DenominationId([5; 32]), row),
            "the line of claims",
        ),
    ]
}

/// What is published of cashed tokens.
fn lists() -> Vec<Case> {
    vec![
        deleted::<Listed>(|view| &mut view.listed, "is cashed, and not listed"),
        added::<Listed>(
            |view| &mut view.listed,
            |_, (key, row)| (ListedKey { token: TokenId([5; 32]), ..key }, row),
            "were cashed, and",
        ),
        deleted::<CashedLists>(|view| &mut view.cashed_lists, "and the books do not"),
        changed::<CashedLists>(
            |view| &mut view.cashed_lists,
            |_, row| row.tokens += 1,
            "another list of",
        ),
        added::<CashedLists>(
            |view| &mut view.cashed_lists,
            |_, (_, row)| (SeriesId([5; 32]), row),
            "another list of",
        ),
    ]
}

#[test]
fn g2_lists_of_cashed_tokens_that_are_changed_with_their_seals_are_named() {
    play(lists());
}

#[test]
fn g2_deleted_answers_and_cashed_tokens_are_named() {
    play(evidence());
}

#[test]
fn g2_another_presentation_in_the_place_of_the_one_that_was_paid_is_named() {
    for case in in_the_annex() {
        play_on(&played(), vec![case]);
    }
}

#[test]
fn g2_made_up_and_deleted_index_rows_are_named() {
    play(indexes());
    play(promises());
}

#[test]
fn g2_claims_and_openings_that_are_changed_with_their_seals_are_named() {
    play(claims());
}
