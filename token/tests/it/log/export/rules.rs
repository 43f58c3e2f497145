//! Rules: what a cheating issuer signs is named by the first leaf that shows it.

use super::{doubt, exported, first, manifest, second, supply, tokens};
use crate::mint::{DATES, MINT};
use tender_token::cashed_list::Commitment;
use tender_token::date::Day;
use tender_token::encode::Encode;
use tender_token::log::export::{Doubt, Flaw};
use tender_token::log::leaf::{Effect, Leaf};
use tender_token::revocation::{Revocation, Subject};
use tender_token::series::SeriesId;

/// What is said of a log with these effects on these days, which the issuer signed.
fn dated(effects: Vec<(u32, Effect)>) -> Option<Doubt> {
    let leaf = |(day, effect)| Leaf { day: Day(day), effect }.to_bytes();
    let leaves: Vec<_> = effects.into_iter().map(leaf).collect();
    doubt(&exported(&leaves, &leaves, &MINT.issuer))
}

/// The same, behind the first manifest and all on one day.
fn told(effects: Vec<Effect>) -> Option<Doubt> {
    dated([first()].into_iter().chain(effects).map(|effect| (3, effect)).collect())
}

#[allow(clippy::unnecessary_wraps, reason = "doubts are compared with it")]
fn named(index: u64, flaw: Flaw) -> Option<Doubt> {
    Some(Doubt::Leaf(index, flaw))
}

fn revoked(subject: Subject) -> Effect {
    Effect::Revocation(Revocation { epoch: 1, subject, day: Day(3) }.sign(&MINT.root))
}

#[test]
fn ra20_an_instruction_that_is_carried_out_twice_is_named() {
    assert_eq!(told(vec![supply(1)]), None);
    assert_eq!(told(vec![supply(1), supply(1)]), named(2, Flaw::Repeated));
    let one = MINT.denominations[0];
    let apart = vec![supply(1), Effect::Signed(tokens(one, 1)), supply(1)];
    assert_eq!(told(apart), named(3, Flaw::Repeated));
}

#[test]
fn ra20_days_that_go_back_and_instructions_after_their_last_are_named() {
    assert_eq!(dated(vec![(3, first()), (9, supply(1))]), None, "it is good until its last day");
    assert_eq!(dated(vec![(3, first()), (10, supply(1))]), named(1, Flaw::Expired));
    let signed = || Effect::Signed(tokens(MINT.denominations[0], 1));
    assert_eq!(dated(vec![(3, first()), (2, signed())]), named(1, Flaw::Day));
    let later = vec![(3, first()), (7, signed()), (6, signed()), (5, signed())];
    assert_eq!(dated(later), named(2, Flaw::Day), "the first one");
}

#[test]
fn ra20_tokens_that_are_signed_after_their_revocation_are_named() {
    let [one, _, other] = MINT.denominations;
    for subject in [Subject::Denomination(one), Subject::Series(MINT.series[0])] {
        let signed = |id| Effect::Signed(tokens(id, 1));
        assert_eq!(told(vec![signed(one), revoked(subject)]), None, "they came before");
        let log = vec![signed(one), revoked(subject), signed(other), signed(one)];
        assert_eq!(told(log), named(4, Flaw::Revoked), "{subject:?}");
    }
    for id in MINT.denominations {
        let log = vec![revoked(Subject::Everything), Effect::Signed(tokens(id, 1))];
        assert_eq!(told(log), named(2, Flaw::Revoked));
    }
}

/// Claims are payments too. Only a stolen value key explains more of them than were signed, and
/// then whoever has the root's key has said so.
#[test]
fn ra20_more_paid_than_signed_is_named_unless_a_revocation_says_why() {
    let [one, two, _] = MINT.denominations;
    let signed = || Effect::Signed(tokens(one, 3));
    let cashed = |count| Effect::Cashed(tokens(one, count));
    let claimed = |count| Effect::Claimed(tokens(one, count));
    assert_eq!(told(vec![signed(), cashed(2), claimed(1)]), None);
    assert_eq!(told(vec![signed(), cashed(2), claimed(2)]), named(3, Flaw::Paid));
    assert_eq!(told(vec![signed(), claimed(2), cashed(2)]), named(3, Flaw::Paid));
    assert_eq!(told(vec![signed(), claimed(u64::MAX), claimed(1)]), named(2, Flaw::Paid));
    assert_eq!(told(vec![claimed(1), signed()]), named(1, Flaw::Paid), "before they were signed");
    for (subject, is_why) in [
        (Subject::Denomination(one), true),
        (Subject::Everything, true),
        (Subject::Denomination(two), false),
        (Subject::Series(MINT.series[0]), false),
    ] {
        let expected = |index| if is_why { None } else { named(index, Flaw::Paid) };
        let before = vec![signed(), revoked(subject), cashed(2), claimed(2)];
        assert_eq!(told(before), expected(4), "{subject:?}");
        let after = vec![signed(), cashed(2), claimed(2), revoked(subject)];
        assert_eq!(told(after), expected(3), "{subject:?}, revoked when it was found");
        let forged = vec![signed(), cashed(4), revoked(subject)];
        assert_eq!(told(forged), named(2, Flaw::Cashed), "cashing is never against openings");
    }
    assert_eq!(told(vec![signed(), Effect::Signed(tokens(one, u64::MAX))]), named(2, Flaw::Count));
}

/// A series stays in the manifests while its tokens circulate and may be claimed.
#[test]
fn ra20_a_manifest_that_drops_what_circulates_is_named() {
    let id = MINT.denominations[2];
    let dropping = || {
        let record = second(|record| {
            record.series.truncate(1);
            record.denominations.truncate(2);
        });
        manifest(&record, &MINT.root)
    };
    let signed = || Effect::Signed(tokens(id, 2));
    let paid = || Effect::Cashed(tokens(id, 1));
    let claimed = || Effect::Claimed(tokens(id, 1));
    assert_eq!(told(vec![dropping()]), None, "nothing was signed");
    assert_eq!(told(vec![signed(), dropping()]), named(2, Flaw::Dropped));
    assert_eq!(told(vec![signed(), paid(), dropping()]), named(3, Flaw::Dropped));
    assert_eq!(told(vec![signed(), paid(), claimed(), dropping()]), None, "nothing is left");
    let last = DATES.claim_until.0;
    let on = |day| dated(vec![(3, first()), (3, signed()), (day, dropping())]);
    assert_eq!(on(last), named(2, Flaw::Dropped));
    let mut late = vec![(3, first()), (3, signed()), (last + 1, dropping())];
    assert_eq!(dated(late.clone()), None, "its last day is over");
    late.push((last + 1, claimed()));
    assert_eq!(dated(late), None, "claims in line are paid then");
}

/// What is said of a series' cashed tokens comes once, when its deposit days are over, counts what
/// the log has of them, and nothing of the series is cashed behind it.
#[test]
fn ra20_a_list_of_cashed_tokens_that_does_not_fit_the_log_is_named() {
    let [one, two, other] = MINT.denominations;
    let over = DATES.deposit_until.0 + 1;
    let list = |tokens| Effect::CashedList(MINT.series[0], Commitment { tokens, hash: [7; 64] });
    let cashed = |id| Effect::Cashed(tokens(id, 2));
    let after = |more: Vec<(u32, Effect)>| {
        let signed = MINT.denominations.map(|id| (3, Effect::Signed(tokens(id, 9))));
        let log = [(3, first())].into_iter().chain(signed);
        let log = log.chain([one, two, other].map(|id| (4, cashed(id))));
        dated(log.chain(more).collect())
    };
    assert_eq!(after(vec![(over, list(4))]), None, "of both denominations of the series");
    assert_eq!(after(vec![(over - 1, list(4))]), named(7, Flaw::List), "the last day is not over");
    assert_eq!(after(vec![(over, list(3))]), named(7, Flaw::List), "one is missing");
    assert_eq!(after(vec![(over, list(5))]), named(7, Flaw::List), "one is made up");
    assert_eq!(after(vec![(over, list(4)), (over, list(4))]), named(8, Flaw::List), "twice");
    let unknown = Effect::CashedList(SeriesId([5; 32]), Commitment { tokens: 0, hash: [7; 64] });
    assert_eq!(after(vec![(over, unknown)]), named(7, Flaw::List), "nobody published the series");
    assert_eq!(after(vec![(over, list(4)), (over, cashed(one))]), named(8, Flaw::Listed));
    assert_eq!(after(vec![(over, list(4)), (over, cashed(other))]), None, "of another series");
}
