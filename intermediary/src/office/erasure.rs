//! Erasure: the end of what is known of a person, when it is asked for or its time is over.

use super::{Office, Problem, Staff};
use crate::persons::Slot;
use crate::rows::{
    CustomerId, Customers, Deed, Entries, Entry, EntryNumber, Keeps, OutsideNumber, Outsides,
    Persons, Postings, State, UnixUser,
};
use crate::store::open_entries;
use crate::verbs::action::{self, Ordered};
use crate::verbs::person::{self, Owing};
use crate::view::View;
use std::collections::{BTreeMap, BTreeSet};
use tender_proto::statement::Cause;
use tender_token::amount::Amount;
use tender_token::cash::AccountRef;
use tender_token::date::{Day, Timestamp};

/// By whom records are erased whose time is over.
pub const SWEEP: &str = "sweep";

/// What was erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Erased {
    /// Until when law wants the rest kept, if there is a rest.
    pub kept_until: Option<Day>,
}

/// What came to its end by its time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Whose records were erased, and until when law wants the rest kept.
    pub erased: Vec<(CustomerId, Erased)>,
    /// Whose time is over, but something of them is still to be paid to the account outside or
    /// collected from it, or due to them, which nothing else names.
    pub unpaid: Vec<CustomerId>,
    /// What is to be paid outside to somebody whom nobody knows any more: the number, whose it was,
    /// and how much.
    pub nowhere: Vec<(OutsideNumber, CustomerId, Amount)>,
}

impl Office {
    /// Erases what is known of a person whose account is closed, but for what law still wants
    /// kept. Errors: [`Problem`]; [`Problem::Unpaid`] while nobody but the record says where money
    /// is to go.
    pub fn erase(
        &self,
        id: CustomerId,
        by: &Staff,
        now: Timestamp,
    ) -> Result<(Erased, Ordered), Problem> {
        let owing = self.owing([id])?.remove(&id).unwrap_or_default();
        self.erase_owing(id, by, now, owing)
    }

    /// The same with what was looked up of the customer, however long ago that was.
    /// Errors: as for [`Self::erase`].
    pub fn erase_owing(
        &self,
        id: CustomerId,
        by: &Staff,
        now: Timestamp,
        owing: Owing,
    ) -> Result<(Erased, Ordered), Problem> {
        let _alone = self.alone();
        let State::Closed(_) = self.customer(id)?.state else {
            return Err(Problem::NotClosed(id.0));
        };
        let touches = move |view: &mut View| person::touches(id, view);
        let (has_record, kept) = self.books.read(touches, |view| {
            (view.persons.get(&id).is_some(), view.kept.get(&id).map(|kept| kept.until))
        })?;
        let kept_until = kept.filter(|until| now.day() <= *until);
        // What law wants no more is still there to be erased.
        let is_rest_over = kept.is_some() && kept_until.is_none();
        if !has_record && !is_rest_over {
            return Ok((Erased { kept_until }, Ordered::Already));
        }
        let (keys, asking) = (self.keys.clone(), owing.clone());
        let (is_last, action) = (kept_until.is_none(), by.action(now, id, Deed::Erase));
        // The keys end within the decision: nothing is recorded between what it sees and their end.
        let decided = self.books.decide(
            move |view| {
                person::touches(id, view);
                asking.touches(view);
            },
            move |view| {
                if is_last && owing.holds(view, id, now.day()) {
                    return Err(Problem::Unpaid(id.0));
                }
                keys.destroy(Slot::Record(id))?;
                if is_last {
                    keys.destroy(Slot::Kept(id))?;
                    person::forget_kept(view, id);
                }
                person::forget(view, id);
                action::record(view, action);
                Ok(())
            },
        )?;
        decided.map(|()| (Erased { kept_until }, Ordered::Done))
    }

    /// Erases everybody whose time is over: records of closed accounts after so many days, if any
    /// are given, and what law wanted kept after its last day. A fault leaves the rest for the next
    /// time. Nobody of the staff decides it: the record of actions names `sweep`, and the Unix
    /// user. Errors: [`Problem`].
    pub fn sweep(
        &self,
        user: UnixUser,
        now: Timestamp,
        after_days: Option<u32>,
    ) -> Result<Swept, Problem> {
        let (mut swept, by) = (Swept::default(), Staff { name: SWEEP.to_owned(), user });
        for (id, owing) in self.owing(self.over(now.day(), after_days)?)? {
            match self.erase_owing(id, &by, now, owing) {
                Ok((erased, Ordered::Done)) => swept.erased.push((id, erased)),
                // Somebody else has erased it meanwhile.
                Ok((_, Ordered::Already)) => (),
                Err(Problem::Unpaid(_)) => swept.unpaid.push(id),
                Err(problem) => return Err(problem),
            }
        }
        swept.nowhere = self.nowhere()?;
        Ok(swept)
    }

    /// What came in after an erasure, unasked, and waits outside for nobody known.
    fn nowhere(&self) -> Result<Vec<(OutsideNumber, CustomerId, Amount)>, Problem> {
        let mut known = BTreeSet::new();
        self.store().scan::<Persons>(|id, _| {
            known.insert(id);
        })?;
        self.store().scan::<Keeps>(|id, _| {
            known.insert(id);
        })?;
        let mut nowhere = Vec::new();
        self.store().scan::<Outsides>(|number, row| {
            if row.paid.is_none() && !known.contains(&row.customer) {
                nowhere.push((number, row.customer, row.amount));
            }
        })?;
        Ok(nowhere)
    }

    /// The customers whose time is over.
    fn over(&self, today: Day, after_days: Option<u32>) -> Result<Vec<CustomerId>, Problem> {
        let mut closed = BTreeMap::new();
        self.store().scan::<Customers>(|id, customer| {
            if let State::Closed(day) = customer.state {
                closed.insert(id, day);
            }
        })?;
        let mut over = BTreeSet::new();
        self.store().scan::<Keeps>(|id, kept| {
            if kept.until < today {
                over.insert(id);
            }
        })?;
        self.store().scan::<Persons>(|id, _| {
            let last = closed.get(&id).zip(after_days);
            let last = last.and_then(|(day, after_days)| day.checked_add(after_days));
            if last.is_some_and(|last| last < today) {
                over.insert(id);
            }
        })?;
        Ok(over.into_iter().collect())
    }

    /// Looks up what may still need an address of each of these customers. Errors: [`Problem`].
    pub fn owing(
        &self,
        whom: impl IntoIterator<Item = CustomerId>,
    ) -> Result<BTreeMap<CustomerId, Owing>, Problem> {
        let counted = |view: &View| (view.book().outside, view.book().entries);
        let (outside, entries) = self.books.read(|_| (), counted)?;
        let under_way = open_entries(self.store())?;
        let none = Owing { outside, own: Vec::new(), entries, under_way };
        let mut owing: BTreeMap<_, _> = whom.into_iter().map(|id| (id, none.clone())).collect();
        self.store().scan::<Outsides>(|number, row| {
            if let Some(owing) = owing.get_mut(&row.customer) {
                owing.own.push(number);
            }
        })?;
        for (number, id) in self.leading()? {
            if let Some(owing) = owing.get_mut(&id) {
                owing.under_way.push(number);
            }
        }
        Ok(owing)
    }

    /// The claims that led when they were answered, with whose they are, under references that
    /// fewer claims were paid under.
    fn leading(&self) -> Result<Vec<(EntryNumber, CustomerId)>, Problem> {
        let mut leading = BTreeMap::<AccountRef, Vec<_>>::new();
        self.store().scan::<Entries>(|number, entry| {
            if let Entry::Claim(job) = &entry
                && entry.leads_until().is_some()
            {
                leading.entry(job.work.account).or_default().push((number, job.customer));
            }
        })?;
        if leading.is_empty() {
            return Ok(Vec::new());
        }
        let mut paid = BTreeMap::<AccountRef, usize>::new();
        self.store().scan::<Postings>(|_, posted| {
            if let Cause::Claim(account) = posted.cause {
                let count = paid.entry(account).or_default();
                *count = count.saturating_add(1);
            }
        })?;
        leading
            .retain(|account, claims| paid.get(account).is_none_or(|count| *count < claims.len()));
        Ok(leading.into_values().flatten().collect())
    }
}
