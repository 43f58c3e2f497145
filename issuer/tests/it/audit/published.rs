//! What is published, what operators changed, and the log.

use super::cases::{
    Case, End, Kind, added, appended, case, changed, deleted, first_changed, last_deleted, play,
    unseen,
};
use tender_issuer::rows::{
    Actions, Bytes, Count, Currencies, Decimals, Epoch, Intermediaries, Leaves, LogNodes,
    Manifests, Name, Revocations, Staff, Total, Totals,
};
use tender_token::amount::{Amount, Currency};
use tender_token::date::Day;
use tender_token::identity::RegistrarId;
use tender_token::log::LogHash;
use tender_token::log::tree::NodeId;
use tender_token::revocation::Revocation;
use tender_token::signature::SecretKey;

pub fn cases() -> Vec<Case> {
    let mut cases = of_the_root();
    cases.extend(of_the_founding());
    cases.extend(of_operators());
    cases.extend(of_the_log());
    cases
}

fn of_the_root() -> Vec<Case> {
    vec![
        deleted::<Manifests>(|view| &mut view.manifests, "manifests"),
        changed::<Manifests>(
            |view| &mut view.manifests,
            |_, row| row.policy.slot_quota += 1,
            "other manifests or revocations",
        ),
        added::<Manifests>(
            |view| &mut view.manifests,
            |_, (_, row)| (Epoch(2), row),
            "other manifests or revocations",
        ),
        last_deleted::<Revocations>(
            |view| &mut view.revocations,
            Total::Revocations,
            "other manifests or revocations",
        ),
        changed::<Revocations>(
            |view| &mut view.revocations,
            |_, row| {
                let stated = *row.stated();
                let day = Day(stated.day.0 + 1);
                *row = Revocation { day, ..stated }.sign(&SecretKey::from_seed(&[77; 32]));
            },
            "other manifests or revocations",
        ),
        appended::<Revocations>(
            |view| &mut view.revocations,
            Total::Revocations,
            |_, _| {},
            "other manifests or revocations",
        ),
    ]
}

fn of_the_founding() -> Vec<Case> {
    vec![
        deleted::<Currencies>(
            |view| &mut view.currencies,
            "nothing says how many decimals FLN has",
        ),
        unseen::<Currencies>(
            |view| &mut view.currencies,
            |_, row| *row = Decimals::new(3).expect("there can be so many"),
            "nothing that is signed has a point; the home's issuer.toml has it, and is compared",
        ),
        added::<Currencies>(
            |view| &mut view.currencies,
            |_, (_, row)| (Currency::new("ZZZ").expect("it is a code"), row),
            "ZZZ has decimals, and nobody founded it",
        ),
    ]
}

fn of_operators() -> Vec<Case> {
    vec![
        deleted::<Intermediaries>(|view| &mut view.intermediaries, "other intermediaries"),
        changed::<Intermediaries>(
            |view| &mut view.intermediaries,
            |_, row| row.quota = Amount::from_minor_units(1),
            "other intermediaries",
        ),
        added::<Intermediaries>(
            |view| &mut view.intermediaries,
            |_, (_, mut row)| {
                row.name = Name("Westhaven".to_owned());
                (RegistrarId([5; 32]), row)
            },
            "other intermediaries",
        ),
        deleted::<Staff>(|view| &mut view.staff, "other staff"),
        changed::<Staff>(
            |view| &mut view.staff,
            |_, row| row.name = Name("Somebody".to_owned()),
            "other staff",
        ),
        added::<Staff>(|view| &mut view.staff, |_, (_, row)| ([5; 32], row), "other staff"),
        last_deleted::<Actions>(|view| &mut view.actions, Total::Actions, "as it stands"),
        unseen::<Actions>(
            |view| &mut view.actions,
            |_, row| row.operator = [5; 32],
            "which operator acted, and at what time, stands nowhere else",
        ),
        changed::<Actions>(
            |view| &mut view.actions,
            |_, row| {
                if let tender_issuer::rows::Change::Supply { entry, .. } = &mut row.change {
                    *entry = Count(99);
                }
            },
            "other instructions",
        ),
        appended::<Actions>(
            |view| &mut view.actions,
            Total::Actions,
            |_, _| {},
            "does not follow from those before",
        ),
    ]
}

fn of_the_log() -> Vec<Case> {
    let hidden = first_changed::<Totals>(|view| &mut view.totals, |_, row| *row = row.plus(1));
    vec![
        deleted::<Leaves>(|view| &mut view.leaves, "leaf 0 of the log is missing"),
        changed::<Leaves>(
            |view| &mut view.leaves,
            |_, Bytes(row)| row[3] ^= 1,
            "tree is wrong from leaf 0 on",
        ),
        appended::<Leaves>(
            |view| &mut view.leaves,
            Total::Leaves,
            |_, _| {},
            "tree is wrong from leaf",
        ),
        deleted::<LogNodes>(|view| &mut view.log_nodes, "tree is wrong from leaf 0 on"),
        changed::<LogNodes>(
            |view| &mut view.log_nodes,
            |_, row| *row = LogHash::empty(),
            "tree is wrong from leaf 0 on",
        ),
        added::<LogNodes>(
            |view| &mut view.log_nodes,
            |_, (_, row)| (NodeId { level: 9, index: 9 }, row),
            "leaves and counts",
        ),
        deleted::<Totals>(|view| &mut view.totals, "are not those that were numbered"),
        case::<Totals>(Kind::Changed, vec![hidden], End::Named("are not those that were numbered")),
    ]
}

#[test]
fn g2_what_the_root_signed_agrees_with_the_log() {
    play(of_the_root());
}

#[test]
fn g2_what_operators_changed_agrees_with_their_actions() {
    play(of_operators());
}

#[test]
fn g2_leaves_nodes_and_running_numbers_agree() {
    play(of_the_log());
}
