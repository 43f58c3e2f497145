//! Cases: somebody with the store, who knows how to seal, changes rows, and the audit names it.
//!
//! Every case is undone before the next one, so all of them play on one store.

use super::{money, published, scene, tokens, wallets};
use crate::stage::Stage;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::{LazyLock, Mutex};
use tender_issuer::audit::audit;
use tender_issuer::rows::{
    CashedTokens, Count, Keyed, Presentation, Presentations, Table, Total, Totals,
};
use tender_issuer::view::View;
use tender_store::{Replaceable, Rows, View as _, Visit};

/// Where a view keeps a table's rows.
pub type Field<T> = fn(&mut View) -> &mut Rows<T>;

/// What undoes a change.
type Undo = Box<dyn FnOnce(&Stage)>;

/// A change of one row.
pub struct Edit(Box<dyn Fn(&Stage) -> Undo + Send + Sync>);

/// What is done to a table, as every table has it done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Deleted,
    Changed,
    Added,
}

/// What comes of a case.
pub enum End {
    /// A violation says these words.
    Named(&'static str),
    /// No audit from the store alone can find it, and why.
    Blind(&'static str),
}

/// Rows that are changed, and what comes of it.
pub struct Case {
    pub table: &'static str,
    pub kind: Kind,
    edits: Vec<Edit>,
    end: End,
}

/// All rows of a table.
pub fn rows<T: Table>(stage: &Stage) -> Vec<Keyed<T>> {
    let mut rows = Vec::new();
    stage.store.scan::<T>(|key, row| rows.push((key, row))).expect("the store answers");
    rows
}

/// Puts a row in the place of another one, or none.
pub fn edit<T: Replaceable + 'static>(
    field: Field<T>,
    change: impl Fn(&Stage) -> (T::Key, Option<T::Value>) + Send + Sync + 'static,
) -> Edit {
    Edit(Box::new(move |stage| {
        let (key, row) = change(stage);
        let before = put(field, stage, key.clone(), row);
        Box::new(move |stage| {
            put(field, stage, key, before);
        })
    }))
}

/// Puts two rows in the place of each other.
pub fn swap<T: Replaceable + 'static>(
    field: Field<T>,
    pick: impl Fn(&Stage) -> [T::Key; 2] + Send + Sync + 'static,
) -> Edit {
    let swapped = move |stage: &Stage, [first, second]: [T::Key; 2]| {
        let row = put(field, stage, first.clone(), None);
        let row = put(field, stage, second, row);
        put(field, stage, first, row);
    };
    Edit(Box::new(move |stage| {
        let keys = pick(stage);
        swapped(stage, keys.clone());
        Box::new(move |stage| swapped(stage, keys))
    }))
}

/// Puts a row there, or none, and says what was there before.
fn put<T: Replaceable>(
    field: Field<T>,
    stage: &Stage,
    key: T::Key,
    row: Option<T::Value>,
) -> Option<T::Value> {
    let mut before = None;
    let asked = key.clone();
    stage.change(
        |view| field(view).want(asked),
        |view| {
            let rows = field(view);
            before = rows.get(&key).cloned();
            match row {
                Some(row) => rows.insert(key, row),
                None => rows.remove(&key),
            }
        },
    );
    before
}

/// The first row of a table is taken away.
pub fn deleted<T: Replaceable + 'static>(field: Field<T>, end: &'static str) -> Case {
    let first = edit(field, |stage| (rows::<T>(stage).remove(0).0, None));
    case::<T>(Kind::Deleted, vec![first], End::Named(end))
}

/// The first row of a table says something else.
pub fn changed<T: Replaceable + 'static>(
    field: Field<T>,
    change: fn(&Stage, &mut T::Value),
    end: &'static str,
) -> Case {
    case::<T>(Kind::Changed, vec![first_changed(field, change)], End::Named(end))
}

/// The same, which nothing in the store contradicts.
pub fn unseen<T: Replaceable + 'static>(
    field: Field<T>,
    change: fn(&Stage, &mut T::Value),
    why: &'static str,
) -> Case {
    case::<T>(Kind::Changed, vec![first_changed(field, change)], End::Blind(why))
}

pub fn first_changed<T: Replaceable + 'static>(
    field: Field<T>,
    change: fn(&Stage, &mut T::Value),
) -> Edit {
    edit(field, move |stage| {
        let (key, mut row) = rows::<T>(stage).remove(0);
        change(stage, &mut row);
        (key, Some(row))
    })
}

/// A row is added, made of the first one.
pub fn added<T: Replaceable + 'static>(
    field: Field<T>,
    make: fn(&Stage, Keyed<T>) -> Keyed<T>,
    end: &'static str,
) -> Case {
    case::<T>(Kind::Added, vec![one_more(field, make)], End::Named(end))
}

pub fn one_more<T: Replaceable + 'static>(
    field: Field<T>,
    make: fn(&Stage, Keyed<T>) -> Keyed<T>,
) -> Edit {
    edit(field, move |stage| {
        let (key, row) = make(stage, rows::<T>(stage).remove(0));
        (key, Some(row))
    })
}

/// The last numbered row is taken away, and not counted any more.
pub fn last_deleted<T: Replaceable<Key = Count> + 'static>(
    field: Field<T>,
    total: Total,
    end: &'static str,
) -> Case {
    let last = |stage: &Stage| rows::<T>(stage).pop().expect("there are rows").0;
    let row = edit(field, move |stage| (last(stage), None));
    case::<T>(Kind::Deleted, vec![counted(total, false), row], End::Named(end))
}

/// A numbered row is added behind the last one, and counted.
pub fn appended<T: Replaceable<Key = Count> + 'static>(
    field: Field<T>,
    total: Total,
    make: fn(&Stage, &mut T::Value),
    end: &'static str,
) -> Case {
    let row = edit(field, move |stage| {
        let (number, mut row) = rows::<T>(stage).pop().expect("there are rows");
        make(stage, &mut row);
        (number.plus(1), Some(row))
    });
    case::<T>(Kind::Added, vec![counted(total, true), row], End::Named(end))
}

/// A cashed token and its presentation, in the order in which they were presented: the first ones
/// are items for an account.
pub fn cashed(stage: &Stage, at: usize) -> Keyed<CashedTokens> {
    let mut all = rows::<CashedTokens>(stage);
    all.sort_by_key(|(_, number)| *number);
    all.swap_remove(at)
}

/// A presentation is appended, made of the one that the first cashed token was paid to. That is
/// not undone.
pub fn presented(change: fn(&Stage, &mut Presentation)) -> Edit {
    Edit(Box::new(move |stage| {
        let (_, paid) = cashed(stage, 0);
        let of = |(number, _): &(Count, Presentation)| *number == paid;
        let shown = rows::<Presentations>(stage);
        let number = Count(u64::try_from(shown.len()).expect("few")).plus(1);
        let mut row = shown.into_iter().find(of).expect("it is there").1;
        change(stage, &mut row);
        stage.change(
            |view| view.totals.want(Total::Presentations),
            |view| {
                view.presentations.append(number, row);
                view.totals.insert(Total::Presentations, number);
            },
        );
        Box::new(|_| {})
    }))
}

/// A row like the first one is added to an annexed table. That is not undone.
pub fn annexed<T: Table + 'static>(field: Field<T>, make: fn(Keyed<T>) -> Keyed<T>) -> Edit {
    Edit(Box::new(move |stage| {
        let (key, row) = make(rows::<T>(stage).remove(0));
        let asked = key.clone();
        stage.change(|view| field(view).want(asked), |view| field(view).append(key, row));
        Box::new(|_| {})
    }))
}

/// The running number goes one up or down.
pub fn counted(total: Total, up: bool) -> Edit {
    edit(
        |view| &mut view.totals,
        move |stage| {
            let all: BTreeMap<_, _> = rows::<Totals>(stage).into_iter().collect();
            let count: Count = all.get(&total).copied().unwrap_or_default();
            let count = if up { count.0 + 1 } else { count.0 - 1 };
            (total, Some(Count(count)))
        },
    )
}

pub fn case<T: Table>(kind: Kind, edits: Vec<Edit>, end: End) -> Case {
    Case { table: T::NAME, kind, edits, end }
}

static PLAYED: LazyLock<Mutex<Stage>> = LazyLock::new(|| Mutex::new(scene::played()));

/// Plays cases, each on the same store, which is whole again in the end.
pub fn play(cases: Vec<Case>) {
    let stage = PLAYED.lock().expect("no other test failed");
    play_on(&stage, cases);
    stage.assert_clean();
}

/// Plays cases on this stage.
pub fn play_on(stage: &Stage, cases: Vec<Case>) {
    let mut wrong = Vec::new();
    for Case { table, kind, edits, end } in cases {
        let undo: Vec<Undo> = edits.iter().map(|Edit(edit)| edit(stage)).collect();
        let violations = match audit(&stage.store, &stage.office.archive) {
            Ok(report) => report.violations,
            Err(fault) => vec![fault.to_string()],
        };
        undo.into_iter().rev().for_each(|undo| undo(stage));
        let fits = match end {
            End::Named(words) => violations.iter().any(|sentence| sentence.contains(words)),
            End::Blind(why) => violations.is_empty() && why.len() > 20,
        };
        if !fits {
            wrong.push(format!("{table} {kind:?}: {violations:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Collects the names of all tables.
struct Names(BTreeSet<&'static str>);

impl Visit for Names {
    type Error = Infallible;

    fn visit<T: Table>(&mut self, _: &mut Rows<T>) -> Result<(), Infallible> {
        self.0.insert(T::NAME);
        Ok(())
    }
}

/// Whoever adds a table says here how the audit finds what is done to its rows. Some tables have no
/// case of a kind: a row of `due` or `listed` says nothing beside its key, `totals` has a row for
/// every number there is, and what lies in the annex, as exchanges, presentations and withdrawals
/// do, is never removed, nor changed but by pointing at another row.
#[test]
fn g2_every_table_has_a_row_deleted_changed_and_added() {
    let mut names = Names(BTreeSet::new());
    let Ok(()) = View::default().visit(&mut names);
    let mut cases: BTreeSet<(&str, Kind)> = BTreeSet::new();
    for all in [money::cases(), published::cases(), tokens::cases(), wallets::cases()] {
        cases.extend(all.into_iter().map(|case| (case.table, case.kind)));
    }
    let all = [Kind::Deleted, Kind::Changed, Kind::Added];
    let needed = names.0.iter().flat_map(|name| all.map(|kind| (*name, kind)));
    let missing: Vec<_> = needed.filter(|one| !cases.contains(one)).collect();
    let none = [
        ("due", Kind::Changed),
        ("exchanges", Kind::Deleted),
        ("exchanges", Kind::Changed),
        ("listed", Kind::Changed),
        ("presentations", Kind::Deleted),
        ("totals", Kind::Added),
        ("withdrawals", Kind::Deleted),
        ("withdrawals", Kind::Changed),
    ];
    assert_eq!(missing, none);
}
