//! The office: where the staff's decisions, the books and the keys of the personal records meet.
//!
//! A key is durable before the record that it seals, and destroyed before the record is removed: a
//! crash between leaves a key of nothing, or a record that nobody can read and that the same
//! command removes when it is run again. Nothing of a person is shown before the log has the read.

mod changes;
mod erasure;
mod word;

pub use erasure::{Erased, Swept};

use crate::books::{Books, Failed};
use crate::person::Person;
use crate::persons::{Keys, Slot, Unreadable};
use crate::rows::{
    AccusedWallets, Cause, CodeDigest, Customer, CustomerId, Deed, Invitation, Kept, Outsides,
    Persons, Purpose, Read, State, TierName, Tiers as TierRows, UnixUser, Wallet,
};
use crate::store::{self, Store};
use crate::tier::Tiers;
use crate::verbs::action::{self, Ordered};
use crate::verbs::customer::{self, Closing, Opening, Refused};
use crate::verbs::{person, tier};
use crate::view::View;
use rand_core::CryptoRng;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tender_store::plain::{Bytes, Name};
use tender_token::amount::Amount;
use tender_token::date::{Day, Timestamp};
use tender_token::encode::{Decode, Encode};
use tender_token::identity::IdentityKey;

/// Why the office did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The books gave no answer.
    #[error(transparent)]
    Books(#[from] Failed),
    /// A record cannot be sealed or opened.
    #[error(transparent)]
    Keys(#[from] Unreadable),
    /// The account or the tiers stay as they are.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// A record is no record.
    #[error("the record of customer {0} cannot be understood; keep the store as it is")]
    Damaged(u64),
    /// Nothing is known of the person any more.
    #[error("nothing is known of customer {0}: the record was erased")]
    Erased(u64),
    /// The record was erased, and what law wants kept is not for everybody.
    #[error(
        "the record of customer {customer} was erased; what law wants kept of it is not read for \
         {}, but for the person, payouts, supervision and orders", .purpose.word()
    )]
    Kept {
        /// Whose.
        customer: u64,
        /// What for.
        purpose: Purpose,
    },
    /// An account that is not closed needs its record.
    #[error("the account of customer {0} is not closed, and needs its record; close it first")]
    NotClosed(u64),
    /// Money would have nowhere to go.
    #[error(
        "something of customer {0} is under way, or still to be paid outside or collected from \
         there, and nothing but the record says where: do so, mark it with customer paid, then \
         erase it"
    )]
    Unpaid(u64),
}

impl From<store::Fault> for Problem {
    fn from(fault: store::Fault) -> Self {
        Self::Books(fault.into())
    }
}

impl From<tier::Unchanged> for Problem {
    fn from(unchanged: tier::Unchanged) -> Self {
        Self::Refused(unchanged.into())
    }
}

/// A member of the staff.
#[derive(Clone, Debug)]
pub struct Staff {
    /// The name, as they say.
    pub name: String,
    /// The Unix user, as the system says.
    pub user: UnixUser,
}

/// Who reads a record, and what for.
#[derive(Clone, Debug)]
pub struct Reader {
    /// Who.
    pub by: Staff,
    /// What for.
    pub purpose: Purpose,
}

/// Books and keys. A server may decide over the same books at the same time.
#[derive(Debug)]
pub struct Office {
    books: Arc<Books>,
    keys: Keys,
    /// Held while a record and its key change together: two at once would take the same place for
    /// a new customer's key, or forget what the other one has just written.
    records: Mutex<()>,
}

/// Puts the tiers of the file in force. Gives the number of the version.
/// Errors: [`Problem::Books`]; [`tier::Unchanged::Missed`].
pub fn adopt(books: &Books, tiers: &Tiers, now: Timestamp) -> Result<u32, Problem> {
    let mut known: Vec<TierName> = Vec::new();
    books.store().scan::<TierRows>(|name, _| known.push(name))?;
    let (asking, deciding) = (tiers.clone(), tiers.clone());
    let adopted = books.decide(
        move |view| tier::touches_adoption(&asking, &known, view),
        move |view| tier::adopt(view, &deciding, now),
    )?;
    Ok(adopted?)
}

impl Office {
    /// The office over books in which tiers are in force.
    #[must_use]
    pub fn new(books: Arc<Books>, keys: Keys) -> Self {
        Self { books, keys, records: Mutex::new(()) }
    }

    /// The books.
    #[must_use]
    pub fn books(&self) -> &Books {
        &self.books
    }

    /// What is stored, to be read.
    #[must_use]
    pub fn store(&self) -> &Store {
        self.books.store()
    }

    /// A customer's account. Errors: [`Problem`].
    pub fn customer(&self, id: CustomerId) -> Result<Customer, Problem> {
        let touches = |view: &mut View| view.customers.want(id);
        let known = self.books.read(touches, |view| view.customers.get(&id).cloned())?;
        Ok(known.ok_or(tier::Unchanged::NoCustomer(id.0))?)
    }

    /// Opens an account for a person. The code makes it one order: asked again with the same code
    /// for the same person, it gives the account that was opened. Errors: [`Problem`].
    pub fn add(
        &self,
        person: &Person,
        tier: TierName,
        balance: Amount,
        code: CodeDigest,
        rng: &mut impl CryptoRng,
    ) -> Result<(CustomerId, Ordered), Problem> {
        let _alone = self.alone();
        if let Some(customer) = self.invited(code, person, balance)? {
            return Ok((customer, Ordered::Already));
        }
        let counted = self.books.read(|_| (), |view| view.book().customers)?;
        let customer = CustomerId(counted.saturating_add(1));
        // What a crash left in the next customer's place sealed nothing that is in the books.
        self.keys.destroy(Slot::Record(customer))?;
        let record = Bytes(self.keys.seal(Slot::Record(customer), &person.to_bytes(), rng)?);
        let (verified, address) = (person.verified(), person.address());
        let opening = Opening { customer, tier, verified, address, balance, code, record };
        let asking = opening.clone();
        let opened = self
            .books
            .decide(move |view| asking.touches(view), move |view| customer::open(view, opening))?;
        Ok((opened?, Ordered::Done))
    }

    /// The customer whom a code invites, who must be this person with an account that began with
    /// this. What is known is compared here and shown to nobody. Errors: [`Problem`].
    fn invited(
        &self,
        code: CodeDigest,
        person: &Person,
        balance: Amount,
    ) -> Result<Option<CustomerId>, Problem> {
        let touches = move |view: &mut View| view.invitations.want(code);
        let known = self.books.read(touches, |view| view.invitations.get(&code).copied())?;
        let Some(Invitation { customer, grant, .. }) = known else { return Ok(None) };
        let touches = move |view: &mut View| person::touches(customer, view);
        let sealed = self.books.read(touches, |view| view.persons.get(&customer).cloned())?;
        let other = Refused::Invites(customer.0);
        let is_order = grant.is_none() && self.customer(customer)?.opened == balance;
        let sealed = sealed.filter(|_| is_order).ok_or_else(|| other.clone())?;
        let known = self.unseal(Slot::Record(customer), customer, &sealed)?;
        if known.says_the_same(person) { Ok(Some(customer)) } else { Err(other.into()) }
    }

    /// Changes what is known of a person, whose record is read for it. Errors: [`Problem`].
    pub fn amend(
        &self,
        id: CustomerId,
        by: &Staff,
        now: Timestamp,
        rng: &mut impl CryptoRng,
        change: impl FnOnce(&mut Person),
    ) -> Result<Ordered, Problem> {
        let _alone = self.alone();
        let reader = Reader { by: by.clone(), purpose: Purpose::Verification };
        let mut known = self.known(id, &reader, now)?;
        let before = known.clone();
        change(&mut known);
        if known == before {
            return Ok(Ordered::Already);
        }
        let record = Bytes(self.keys.seal(Slot::Record(id), &known.to_bytes(), rng)?);
        let (verified, address) = (known.verified(), known.address());
        let kept = self.books.decide(
            move |view| customer::touches_record(id, view),
            move |view| customer::record(view, id, record, verified, address),
        )?;
        kept?;
        Ok(Ordered::Done)
    }

    /// The wallets of a customer. Errors: [`Problem`].
    pub fn wallets(&self, id: CustomerId) -> Result<Vec<(IdentityKey, Wallet)>, Problem> {
        self.customer(id)?;
        Ok(store::wallets(self.store(), id)?)
    }

    /// When the issuer closed wallets enrolled with us, by a double spend that it proved.
    /// Errors: [`Problem`].
    pub fn closed(&self) -> Result<BTreeMap<IdentityKey, Timestamp>, Problem> {
        let mut closed = BTreeMap::new();
        self.store().scan::<AccusedWallets>(|_, accused| {
            closed.entry(accused.identity).or_insert(accused.time);
        })?;
        Ok(closed)
    }

    /// Closes an account: what remains goes to the account outside. `until` is the last day on
    /// which law wants some of the record kept. Gives what remained, also if the account was closed
    /// with the same account outside before. Errors: [`Problem`].
    pub fn close(
        &self,
        id: CustomerId,
        account: &str,
        by: &Staff,
        now: Timestamp,
        until: Option<Day>,
        rng: &mut impl CryptoRng,
    ) -> Result<(Amount, Ordered), Problem> {
        let _alone = self.alone();
        let reader = Reader { by: by.clone(), purpose: Purpose::Payout };
        let mut known = self.known(id, &reader, now)?;
        if let State::Closed(_) = self.customer(id)?.state
            && known.account() == Some(account)
        {
            return Ok((self.closing_payout(id)?, Ordered::Already));
        }
        known.link(account);
        let record = Bytes(self.keys.seal(Slot::Record(id), &known.to_bytes(), rng)?);
        let kept = until.map(|until| {
            let sealed = self.keys.seal(Slot::Kept(id), &known.kept().to_bytes(), rng)?;
            Ok::<_, Problem>(Kept { until, sealed: Bytes(sealed) })
        });
        let (kept, day, address) = (kept.transpose()?, now.day(), known.address());
        let entries = self.books.read(|_| (), |view| view.book().entries)?;
        let under_way = store::open_entries(self.store())?;
        let closing = Closing { customer: id, day, entries, under_way, record, address, kept };
        let (asking, action) = (closing.clone(), by.action(now, id, Deed::Close));
        let closed = self.books.decide(
            move |view| asking.touches(view),
            move |view| {
                let remainder = customer::close(view, closing)?;
                action::record(view, action);
                Ok::<_, Refused>(remainder)
            },
        )?;
        Ok((closed?, Ordered::Done))
    }

    /// What remained when an account was closed.
    fn closing_payout(&self, id: CustomerId) -> Result<Amount, Problem> {
        let mut remainder = None;
        self.store().scan::<Outsides>(|_, row| {
            // What came in later went outside for the same cause.
            if row.customer == id && row.cause == Cause::Closing {
                remainder.get_or_insert(row.amount);
            }
        })?;
        Ok(remainder.unwrap_or_default())
    }

    /// What is known of a person. The read is in the log before. Errors: [`Problem`].
    pub fn show(&self, id: CustomerId, reader: &Reader, now: Timestamp) -> Result<Person, Problem> {
        let _alone = self.alone();
        self.known(id, reader, now)
    }

    fn known(&self, id: CustomerId, reader: &Reader, now: Timestamp) -> Result<Person, Problem> {
        self.customer(id)?;
        self.log(reader, now, vec![Some(id)])?;
        let touches = |view: &mut View| person::touches(id, view);
        let sealed = self.books.read(touches, |view| {
            let record = view.persons.get(&id).cloned().map(|record| (Slot::Record(id), record));
            let kept = view.kept.get(&id).cloned().map(|kept| (Slot::Kept(id), kept.sealed));
            record.or(kept)
        })?;
        let (slot, sealed) = sealed.ok_or(Problem::Erased(id.0))?;
        if let Slot::Kept(_) = slot
            && !reader.purpose.reads_what_law_keeps()
        {
            return Err(Problem::Kept { customer: id.0, purpose: reader.purpose });
        }
        self.unseal(slot, id, &sealed)
    }

    /// The customers in whose names a text is, in whatever capitals. Each is a read, and the search
    /// is one if it finds nobody; the log has them before. Errors: [`Problem`].
    pub fn find(
        &self,
        name: &str,
        reader: &Reader,
        now: Timestamp,
    ) -> Result<Vec<(CustomerId, String)>, Problem> {
        let mut sealed = Vec::new();
        self.store().scan::<Persons>(|id, record| sealed.push((id, record)))?;
        let (mut found, wanted) = (Vec::new(), name.to_lowercase());
        for (id, record) in sealed {
            let known = match self.unseal(Slot::Record(id), id, &record) {
                // An erasure that a crash interrupted: nothing is known any more.
                Err(Problem::Keys(Unreadable::NoKey(_))) => continue,
                known => known?,
            };
            if let Some(name) = known.name().filter(|name| name.to_lowercase().contains(&wanted)) {
                found.push((id, name.to_owned()));
            }
        }
        let read: Vec<_> = found.iter().map(|(id, _)| Some(*id)).collect();
        self.log(reader, now, if read.is_empty() { vec![None] } else { read })?;
        Ok(found)
    }

    /// Waits until nobody else changes a record.
    fn alone(&self) -> MutexGuard<'_, ()> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn log(
        &self,
        reader: &Reader,
        at: Timestamp,
        read: Vec<Option<CustomerId>>,
    ) -> Result<(), Problem> {
        let Reader { by: Staff { name, user }, purpose } = reader.clone();
        let line = |customer| Read { at, user, by: Name(name.clone()), purpose, customer };
        let lines: Vec<_> = read.into_iter().map(line).collect();
        Ok(self.books.decide(|_| (), move |view| person::log(view, lines))?)
    }

    fn unseal(&self, slot: Slot, id: CustomerId, sealed: &Bytes) -> Result<Person, Problem> {
        let bytes = self.keys.unseal(slot, &sealed.0)?;
        Person::from_bytes(&bytes).map_err(|_| Problem::Damaged(id.0))
    }
}
