//! Changes: what the staff decides of accounts and wallets that needs nothing of the record of the
//! person. Who decided it is written down in the commit that does it; what was so before is not.

use super::{Office, Problem, Staff};
use crate::rows::{
    Action, Actions, CodeDigest, CustomerId, Deed, Outside, OutsideNumber, Paid, TierName,
};
use crate::verbs::action::{self, Ordered};
use crate::verbs::customer::{self, Refused};
use crate::verbs::{device, outside, tier};
use crate::view::View;
use tender_store::plain::Name;
use tender_token::amount::Amount;
use tender_token::date::Timestamp;
use tender_token::identity::IdentityKey;

impl Staff {
    pub(super) fn action(&self, at: Timestamp, customer: CustomerId, deed: Deed) -> Action {
        Action { at, user: self.user, by: Name(self.name.clone()), customer, deed }
    }
}

impl Office {
    /// Puts a customer into another tier. Errors: [`Problem`].
    pub fn change_tier(
        &self,
        id: CustomerId,
        to: &TierName,
        by: &Staff,
        now: Timestamp,
    ) -> Result<Ordered, Problem> {
        let (asking, to, by) = (to.clone(), to.clone(), by.clone());
        let changed = self.books.decide(
            move |view| tier::touches_change(id, &asking, view),
            move |view| {
                let from = tier::change(view, id, &to)?;
                if from == to {
                    return Ok(Ordered::Already);
                }
                action::record(view, by.action(now, id, Deed::Tier { from, to }));
                Ok::<_, Refused>(Ordered::Done)
            },
        )?;
        Ok(changed?)
    }

    /// Invites another wallet of a customer's, which may take no more than the grant out of the
    /// account if there is one. Errors: [`Problem`].
    pub fn invite(
        &self,
        id: CustomerId,
        code: CodeDigest,
        grant: Option<Amount>,
        by: &Staff,
        now: Timestamp,
    ) -> Result<Ordered, Problem> {
        let touches = move |view: &mut View| {
            view.customers.want(id);
            view.invitations.want(code);
        };
        let action = by.action(now, id, Deed::Invite(grant));
        self.order(touches, move |view| customer::invite(view, id, code, grant), action)
    }

    /// Grants a wallet what it may take out of the account altogether. Errors: [`Problem`].
    pub fn grant(
        &self,
        id: CustomerId,
        wallet: IdentityKey,
        amount: Option<Amount>,
        by: &Staff,
        now: Timestamp,
    ) -> Result<Ordered, Problem> {
        let touches = move |view: &mut View| view.wallets.want(wallet);
        let action = by.action(now, id, Deed::Grant(wallet, amount));
        self.order(touches, move |view| device::grant(view, id, wallet, amount), action)
    }

    /// Blocks the device of a wallet, or lets it be heard again. Errors: [`Problem`].
    pub fn block(
        &self,
        id: CustomerId,
        wallet: IdentityKey,
        blocked: bool,
        by: &Staff,
        now: Timestamp,
    ) -> Result<Ordered, Problem> {
        let touches = move |view: &mut View| view.wallets.want(wallet);
        let deed = if blocked { Deed::Block(wallet) } else { Deed::Unblock(wallet) };
        let action = by.action(now, id, deed);
        self.order(touches, move |view| device::block(view, id, wallet, blocked), action)
    }

    /// Freezes an account or lets it be used again. Errors: [`Problem`].
    pub fn freeze(
        &self,
        id: CustomerId,
        frozen: bool,
        by: &Staff,
        now: Timestamp,
    ) -> Result<Ordered, Problem> {
        let touches = move |view: &mut View| view.customers.want(id);
        let action = by.action(now, id, if frozen { Deed::Freeze } else { Deed::Unfreeze });
        self.order(touches, move |view| customer::freeze(view, id, frozen), action)
    }

    /// Sets what the bank's other systems hold ready at a customer's account outside.
    /// Errors: [`Problem`].
    pub fn cover(
        &self,
        id: CustomerId,
        amount: Amount,
        by: &Staff,
        now: Timestamp,
    ) -> Result<Ordered, Problem> {
        let touches = move |view: &mut View| view.customers.want(id);
        let action = by.action(now, id, Deed::Cover(amount));
        self.order(touches, move |view| customer::cover(view, id, amount), action)
    }

    /// Decides an order, and writes down what it changed.
    fn order(
        &self,
        touches: impl Fn(&mut View) + Send + 'static,
        decide: impl FnOnce(&mut View) -> Result<Ordered, Refused> + Send + 'static,
        action: Action,
    ) -> Result<Ordered, Problem> {
        let decided = self.books.decide(touches, move |view| {
            let ordered = decide(view)?;
            match ordered {
                Ordered::Done => action::record(view, action),
                Ordered::Already => (),
            }
            Ok::<_, Refused>(ordered)
        })?;
        Ok(decided?)
    }

    /// Marks what goes outside or comes from there as paid or collected. Whoever did so before is
    /// told that it is so; anybody else is refused, for then it may have been paid twice.
    /// Errors: [`Problem`].
    pub fn pay(
        &self,
        number: OutsideNumber,
        by: &Staff,
        now: Timestamp,
    ) -> Result<(Outside, Ordered), Problem> {
        let paid = Paid { day: now.day(), user: by.user };
        let pay = move |view: &mut View| outside::pay(view, number, paid);
        let marked = self.mark(number, pay, Deed::Paid(number), by, now);
        let Err(Problem::Refused(Refused::Paid { .. })) = &marked else { return marked };
        if self.marked_by(number)?.is_none_or(|before| before != by.name) {
            return marked;
        }
        let touches = move |view: &mut View| view.outside.want(number);
        let row = self.books.read(touches, |view| view.outside.get(&number).copied())?;
        row.map_or(marked, |row| Ok((row, Ordered::Already)))
    }

    /// Who has marked an amount outside, if the mark still stands.
    fn marked_by(&self, number: OutsideNumber) -> Result<Option<String>, Problem> {
        let mut by = None;
        self.store().scan::<Actions>(|_, action| {
            if action.deed == Deed::Paid(number) {
                by = Some(action.by.0);
            } else if action.deed == Deed::Unpaid(number) {
                by = None;
            }
        })?;
        Ok(by)
    }

    /// Takes such a mark back. Errors: [`Problem`].
    pub fn reopen(
        &self,
        number: OutsideNumber,
        by: &Staff,
        now: Timestamp,
    ) -> Result<(Outside, Ordered), Problem> {
        let reopen = move |view: &mut View| outside::reopen(view, number);
        self.mark(number, reopen, Deed::Unpaid(number), by, now)
    }

    fn mark(
        &self,
        number: OutsideNumber,
        mark: impl FnOnce(&mut View) -> Result<(Outside, Ordered), Refused> + Send + 'static,
        deed: Deed,
        by: &Staff,
        now: Timestamp,
    ) -> Result<(Outside, Ordered), Problem> {
        let (touches, by) = (move |view: &mut View| view.outside.want(number), by.clone());
        let marked = self.books.decide(touches, move |view| {
            let (row, ordered) = mark(view)?;
            match ordered {
                Ordered::Done => action::record(view, by.action(now, row.customer, deed)),
                Ordered::Already => (),
            }
            Ok::<_, Refused>((row, ordered))
        })?;
        Ok(marked?)
    }
}
