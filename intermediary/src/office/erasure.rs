//! Erasure: the end of what is known of a person, when it is asked for or its time is over.

use super::{Office, Problem};
use crate::persons::Slot;
use crate::rows::{CustomerId, Customers, Keeps, Outsides, Persons, State};
use crate::verbs::person;
use crate::view::View;
use std::collections::{BTreeMap, BTreeSet};
use tender_token::date::Day;

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
    /// collected from it, which nothing else names.
    pub unpaid: Vec<CustomerId>,
}

impl Office {
    /// Erases what is known of a person whose account is closed, but for what law still wants
    /// kept. Errors: [`Problem`]; [`Problem::Kept`] if there is nothing else to erase;
    /// [`Problem::Unpaid`] while nobody but the record says where money is to go.
    pub fn erase(&self, id: CustomerId, today: Day) -> Result<Erased, Problem> {
        self.erase_paid(id, today, &self.unpaid()?)
    }

    fn erase_paid(
        &self,
        id: CustomerId,
        today: Day,
        unpaid: &BTreeSet<CustomerId>,
    ) -> Result<Erased, Problem> {
        let _alone = self.alone();
        let State::Closed(_) = self.customer(id)?.state else {
            return Err(Problem::NotClosed(id.0));
        };
        let touches = move |view: &mut View| person::touches(id, view);
        let (has_record, kept) = self.books.read(touches, |view| {
            (view.persons.get(&id).is_some(), view.kept.get(&id).map(|kept| kept.until))
        })?;
        let kept_until = kept.filter(|until| today <= *until);
        match kept_until {
            None if !has_record && kept.is_none() => return Err(Problem::Erased(id.0)),
            Some(until) if !has_record => return Err(Problem::Kept { customer: id.0, until }),
            None if unpaid.contains(&id) => return Err(Problem::Unpaid(id.0)),
            None | Some(_) => (),
        }
        self.keys.destroy(Slot::Record(id))?;
        if kept_until.is_none() {
            self.keys.destroy(Slot::Kept(id))?;
        }
        self.books.decide(touches, move |view| {
            person::forget(view, id);
            if kept_until.is_none() {
                person::forget_kept(view, id);
            }
        })?;
        Ok(Erased { kept_until })
    }

    /// Erases everybody whose time is over: records of closed accounts after so many days, if any
    /// are given, and what law wanted kept after its last day. A fault leaves the rest for the next
    /// time. Errors: [`Problem`].
    pub fn sweep(&self, today: Day, after_days: Option<u32>) -> Result<Swept, Problem> {
        let (mut swept, unpaid) = (Swept::default(), self.unpaid()?);
        for id in self.over(today, after_days)? {
            match self.erase_paid(id, today, &unpaid) {
                Ok(erased) => swept.erased.push((id, erased)),
                Err(Problem::Unpaid(_)) => swept.unpaid.push(id),
                // Somebody else has erased it meanwhile.
                Err(Problem::Erased(_) | Problem::Kept { .. }) => (),
                Err(problem) => return Err(problem),
            }
        }
        Ok(swept)
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

    /// The customers of whom something outside is neither paid nor collected yet.
    fn unpaid(&self) -> Result<BTreeSet<CustomerId>, Problem> {
        let mut unpaid = BTreeSet::new();
        self.store().scan::<Outsides>(|_, row| {
            if row.paid.is_none() {
                unpaid.insert(row.customer);
            }
        })?;
        Ok(unpaid)
    }
}
