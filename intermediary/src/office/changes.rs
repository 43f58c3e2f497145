//! Changes: what the staff decides of accounts and wallets that needs nothing of the record of the
//! person. Who decided it is written down in the commit that does it.

use super::{Office, Problem, Staff};
use crate::rows::{Action, CustomerId, Deed, Outside, OutsideNumber, Paid, TierName};
use crate::verbs::customer::{self, Refused};
use crate::verbs::{action, device, outside, tier};
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
    ) -> Result<(), Problem> {
        let (asking, to, by) = (to.clone(), to.clone(), by.clone());
        let changed = self.books.decide(
            move |view| tier::touches_change(id, &asking, view),
            move |view| {
                let from = tier::change(view, id, &to)?;
                action::record(view, by.action(now, id, Deed::Tier { from, to }));
                Ok::<_, Refused>(())
            },
        )?;
        Ok(changed?)
    }

    /// Grants a wallet what it may take out of the account from now on. Errors: [`Problem`].
    pub fn grant(
        &self,
        id: CustomerId,
        wallet: IdentityKey,
        amount: Option<Amount>,
    ) -> Result<(), Problem> {
        let touches = move |view: &mut View| view.wallets.want(wallet);
        Ok(self.books.decide(touches, move |view| device::grant(view, id, wallet, amount))??)
    }

    /// Blocks the device of a wallet, or lets it be heard again. Errors: [`Problem`].
    pub fn block(
        &self,
        id: CustomerId,
        wallet: IdentityKey,
        blocked: bool,
        by: &Staff,
        now: Timestamp,
    ) -> Result<(), Problem> {
        let touches = move |view: &mut View| view.wallets.want(wallet);
        let deed = if blocked { Deed::Block(wallet) } else { Deed::Unblock(wallet) };
        let action = by.action(now, id, deed);
        let decided = move |view: &mut View| {
            device::block(view, id, wallet, blocked)?;
            action::record(view, action);
            Ok::<_, Refused>(())
        };
        Ok(self.books.decide(touches, decided)??)
    }

    /// Freezes an account or lets it be used again. Errors: [`Problem`].
    pub fn freeze(
        &self,
        id: CustomerId,
        frozen: bool,
        by: &Staff,
        now: Timestamp,
    ) -> Result<(), Problem> {
        let touches = move |view: &mut View| view.customers.want(id);
        let action = by.action(now, id, if frozen { Deed::Freeze } else { Deed::Unfreeze });
        let decided = move |view: &mut View| {
            customer::freeze(view, id, frozen)?;
            action::record(view, action);
            Ok::<_, Refused>(())
        };
        Ok(self.books.decide(touches, decided)??)
    }

    /// Sets what the bank's other systems hold ready at a customer's account outside.
    /// Errors: [`Problem`].
    pub fn cover(&self, id: CustomerId, amount: Amount) -> Result<(), Problem> {
        let touches = move |view: &mut View| view.customers.want(id);
        Ok(self.books.decide(touches, move |view| customer::cover(view, id, amount))??)
    }

    /// Marks what goes outside or comes from there as paid or collected. Errors: [`Problem`].
    pub fn pay(&self, number: OutsideNumber, paid: Paid) -> Result<Outside, Problem> {
        let touches = move |view: &mut View| view.outside.want(number);
        Ok(self.books.decide(touches, move |view| outside::pay(view, number, paid))??)
    }

    /// Takes such a mark back. Errors: [`Problem`].
    pub fn reopen(&self, number: OutsideNumber) -> Result<Outside, Problem> {
        let touches = move |view: &mut View| view.outside.want(number);
        Ok(self.books.decide(touches, move |view| outside::reopen(view, number))??)
    }
}
