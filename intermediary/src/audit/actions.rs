//! The staff's part of the audit: whether the record of actions is whole, and whether what an
//! account is like was ordered by somebody.

use crate::rows::{CustomerId, Deed, State};
use crate::view::View;
use std::collections::BTreeMap;

/// What does not fit.
#[must_use]
pub fn examine(view: &View) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut last = BTreeMap::<CustomerId, &Deed>::new();
    let mut counted = 0_u64;
    for (number, action) in view.actions.all() {
        counted = counted.saturating_add(1);
        if number.0 != counted {
            wrong.push(format!("an action of the staff is missing before {}", number.0));
            counted = number.0;
        }
        let is_nobodys = action.customer == CustomerId::NOBODY
            && matches!(action.deed, Deed::Paid(_) | Deed::Unpaid(_));
        if !is_nobodys && view.customers.known(&action.customer).is_none() {
            let (number, customer) = (number.0, action.customer.0);
            wrong.push(format!("action {number} is of customer {customer}, whom there is not"));
        }
        match action.deed {
            Deed::Freeze | Deed::Unfreeze | Deed::Close => {
                last.insert(action.customer, &action.deed);
            }
            Deed::Tier { .. }
            | Deed::Block(_)
            | Deed::Unblock(_)
            | Deed::Grant(..)
            | Deed::Invite(_)
            | Deed::Cover(_)
            | Deed::Erase
            | Deed::Paid(_)
            | Deed::Unpaid(_) => (),
        }
    }
    let total = view.book().actions;
    if counted != total {
        wrong.push(format!("the staff did {counted} actions, and {total} by count"));
    }
    for (id, customer) in view.customers.all() {
        let fits = match (customer.state, last.get(id)) {
            (State::Active, None | Some(Deed::Unfreeze))
            | (State::Frozen, Some(Deed::Freeze))
            | (State::Closed(_), Some(Deed::Close)) => true,
            (State::Active | State::Frozen | State::Closed(_), _) => false,
        };
        if !fits {
            let (id, state) = (id.0, customer.state.word());
            wrong.push(format!("the account of customer {id} is {state}, and no action says why"));
        }
    }
    wrong
}
