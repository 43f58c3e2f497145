//! A store in which claims were tampered with does not pass the audit.

use super::scene::{CLAIM, DEPOSIT, Scene, leads, on};
use crate::stage::Stage;
use tender_issuer::rows::{
    Bytes, CashedTokens, Claims, Count, Due, DueKey, LeadingClaim, Opened, Presentation, Proof,
    Shown, Table, Total,
};
use tender_issuer::view::View;
use tender_token::cash::AccountRef;
use tender_token::token::TokenId;

/// A stage with a claim that was paid and, of another token, one that waits.
fn played() -> Stage {
    let mut scene = Scene::new();
    let Scene { stage, payer, from, .. } = &scene;
    let drawn: Vec<_> = from[..2].iter().map(|place| payer.drawn(stage, place, 100)).collect();
    let claims: Vec<_> = (0..2).map(|at| scene.withdrawer(&drawn[at].0, &from[at])).collect();
    scene.stage.now = on(DEPOSIT + 1);
    assert_eq!(scene.ask(&claims[0]), leads());
    scene.stage.now = on(CLAIM + 1);
    assert_eq!(scene.stage.pay_due(), (1, 0));
    scene.stage.now = on(DEPOSIT + 1);
    assert_eq!(scene.ask(&claims[1]), leads());
    scene.stage.assert_clean();
    scene.stage
}

fn only<T: Table>(stage: &Stage) -> (T::Key, T::Value) {
    let mut rows = Vec::new();
    stage.store.scan::<T>(|key, row| rows.push((key, row))).expect("the store answers");
    rows.remove(0)
}

/// What was presented is never replaced, so whoever forges adds to it.
fn append(view: &mut View, row: Presentation) -> Count {
    let number = view.totals.get(&Total::Presentations).copied().unwrap_or_default().plus(1);
    view.presentations.append(number, row);
    view.totals.insert(Total::Presentations, number);
    number
}

#[track_caller]
fn check(touches: impl FnOnce(&mut View, &Stage), change: impl FnOnce(&mut View, &Stage)) {
    let stage = played();
    stage.change(|view| touches(view, &stage), |view| change(view, &stage));
    let report = stage.audit();
    let found = report.invariants;
    assert!(!(found.single_spend && found.conservation), "{:?}", report.violations);
}

/// Somebody with the store marks a token as paid to a claim that its wallet never signed.
#[test]
fn a_forged_paid_claim_is_found() {
    let forge = |alter: &dyn Fn(&mut Presentation)| {
        check(
            |view, stage| {
                let (token, number) = only::<CashedTokens>(stage);
                view.cashed.want(token);
                view.presentations.want(number);
                view.totals.want(Total::Presentations);
            },
            |view, stage| {
                let (token, number) = only::<CashedTokens>(stage);
                let mut row = view.presentations.get(&number).expect("it is there").clone();
                alter(&mut row);
                let number = append(view, row);
                view.cashed.insert(token, number);
            },
        );
    };
    forge(&|row| row.intermediary.0[0] ^= 1);
    forge(&|row| {
        if let Shown::Claim(asked) = &mut row.shown {
            asked.account = AccountRef([9; 32]);
        }
    });
    for at in [40, 80, 120] {
        forge(&|row| {
            if let Shown::Claim(asked) = &mut row.shown {
                asked.claim.0[at] ^= 1;
            }
        });
    }
    let another = TokenId([9; 32]);
    check(
        |view, _| {
            view.cashed.want(another);
            view.totals.want(Total::Presentations);
        },
        |view, stage| {
            let shown = Shown::Item(Bytes(vec![1; 700]));
            let number = append(view, Presentation::new(stage.bank.id(), shown));
            view.cashed.insert(another, number);
        },
    );
}

/// A claim that waits is dropped, raised, led elsewhere or put out of its place.
#[test]
fn a_forged_waiting_claim_violates_single_spend() {
    let alter = |change: fn(&mut LeadingClaim)| {
        check(
            |view, stage| view.claims.want(only::<Claims>(stage).0),
            |view, stage| {
                let (token, mut claim) = only::<Claims>(stage);
                change(&mut claim);
                view.claims.insert(token, claim);
            },
        );
    };
    alter(|claim| claim.account = AccountRef([9; 32]));
    alter(|claim| claim.intermediary.0[0] ^= 1);
    alter(|claim| claim.until.0 += 1);
    alter(|claim| claim.value = claim.value.checked_add(claim.value).expect("in range"));
    check(
        |view, stage| view.claims.want(only::<Claims>(stage).0),
        |view, stage| view.claims.remove(&only::<Claims>(stage).0),
    );
    check(
        |view, stage| view.due.want(only::<Due>(stage).0),
        |view, stage| view.due.remove(&only::<Due>(stage).0),
    );
    check(
        |view, stage| {
            let (DueKey { mut group, token }, _) = only::<Due>(stage);
            group.proof = Proof::Unopened;
            view.due.want(DueKey { group, token });
        },
        |view, stage| {
            let (DueKey { mut group, token }, mark) = only::<Due>(stage);
            group.proof = Proof::Unopened;
            view.due.insert(DueKey { group, token }, mark);
        },
    );
    check(
        |view, stage| view.opened.want(only::<Opened>(stage).0),
        |view, stage| view.opened.remove(&only::<Opened>(stage).0),
    );
}
