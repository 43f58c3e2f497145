//! Lines: the statement of the holder's account, from a point on. A wallet with a grant reads none:
//! they tell of what other wallets did.

use super::device::{self, holder};
use crate::rows::{CustomerId, Letter};
use crate::view::View;
use tender_proto::lines::{LINES_MAX, Line, Reply};
use tender_store::plain::Count;
use tender_token::error::Error;
use tender_token::signature::PublicKey;

/// The rows that [`decide`] needs.
pub fn touches(device: PublicKey, after: u64, view: &mut View) {
    device::touches(device, view);
    let Some(customer) = holder(view, &device) else { return };
    view.mailboxes.want(customer);
    for letter in page(view, customer, after) {
        view.lines.want(letter);
    }
}

/// The lines after the first so many. Refusal: `E_WALLET` for an unknown device.
pub fn decide(view: &View, device: &PublicKey, after: u64) -> Reply {
    let customer = holder(view, device).ok_or(Error::Wallet)?;
    if device::grant_of(view, device).is_some() {
        return Ok(Vec::new());
    }
    let read = |letter: Letter| {
        let line = *view.lines.get(&letter)?;
        let number = letter.number.0;
        let crate::rows::Line { day, movement, amount, balance, account } = line;
        Some(Line { number, day, movement, amount, balance, account })
    };
    Ok(page(view, customer, after).filter_map(read).collect())
}

/// The names of the lines that one reply holds, as far as the counters are there.
fn page(view: &View, customer: CustomerId, after: u64) -> impl Iterator<Item = Letter> + use<> {
    let written = view.mailboxes.known(&customer).map_or(0, |mailbox| mailbox.lines.0);
    let last = written.min(after.saturating_add(LINES_MAX));
    (after.saturating_add(1)..=last).map(move |number| Letter { customer, number: Count(number) })
}
