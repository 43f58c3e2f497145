//! A shop that many pay while the issuer is away: its deposits take their share of the journal, and
//! leave the rest to everybody else.

use super::{Storm, deposit, open};
use crate::mint::{minor, random};
use std::sync::Arc;
use std::time::Duration;
use tender_intermediary::books::Failed;
use tender_intermediary::journal::{Journal, Stuck};
use tender_intermediary::rows::{Customer, CustomerId};
use tender_intermediary::verbs::{DEPOSITS_OF_ONE_MAX, OPEN_MAX};
use tender_intermediary::view::View;
use tender_proto::call::Call;
use tender_token::cash::AccountRef;
use tokio::time::sleep;

const SHOP: CustomerId = CustomerId(1);

/// So many of the shop's requests wait, as far as is counted.
async fn waiting(journal: &Arc<Journal>, waiting: u64) {
    let counted = journal.at_the_counter(move |teller| {
        let touches = |view: &mut View| view.customers.want(SHOP);
        teller.books().decide(touches, move |view| {
            let shop = view.customers.get(&SHOP).expect("there").clone();
            view.customers.insert(SHOP, Customer { waiting, ..shop });
        })?;
        Ok::<_, Failed>(())
    });
    counted.await.expect("books");
}

#[test]
fn e5_a_shops_deposits_take_a_quarter_of_the_journal_and_no_more() {
    assert_eq!(DEPOSITS_OF_ONE_MAX * 4, OPEN_MAX);
    Storm::of(2, 1_000).run(|storm, journal, holders| async move {
        let call = |whose: usize| -> Call {
            let account = AccountRef(random());
            holders[whose].deposit(account, vec![storm.pattern.item(account)])
        };
        storm.wire.with(|memory| memory.down = true);
        waiting(&journal, DEPOSITS_OF_ONE_MAX - 1).await;
        let (last, beyond) = (call(0), call(0));
        let kept = deposit(&journal, &last).await;
        assert!(matches!(kept, Err(Stuck::Upstream(_))), "the last of its share: {kept:?}");
        let refused = deposit(&journal, &beyond).await;
        assert!(matches!(refused, Err(Stuck::Full)), "{refused:?}");
        assert_eq!(open(&journal).await, 1, "nothing was begun");
        let others = deposit(&journal, &call(1)).await;
        assert!(matches!(others, Err(Stuck::Upstream(_))), "it is full for the shop: {others:?}");
        storm.wire.with(|memory| memory.down = false);
        while open(&journal).await > 0 {
            sleep(Duration::from_millis(50)).await;
        }
        let paid = deposit(&journal, &beyond).await;
        assert_eq!(paid.expect("one place is free again"), [Ok(minor(500))]);
    });
}
