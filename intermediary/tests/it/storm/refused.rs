//! An issuer that refuses the bank for a while, as it asks for more than it may in a time.

use super::{CUSTOMERS, OPENED, Storm, deposit, open, settled};
use crate::mint::random;
use std::sync::Arc;
use std::time::Duration;
use tender_token::cash::AccountRef;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

const REFUSED_FOR: Duration = Duration::from_secs(20);

/// The refusals counted as an issuer that is out of reach: the operators were sent to mend a line
/// that was whole, and the bank asked again long before it was to.
#[test]
fn d13_an_issuer_that_refuses_the_bank_for_its_rate_is_waited_for_and_is_no_outage() {
    Storm::new().run(|storm, journal, holders| async move {
        let (began, before) = (Instant::now(), storm.wire.with(|memory| memory.asked));
        storm.wire.with(|memory| memory.refusing_until = Some(began + REFUSED_FOR));
        let mut wallets = JoinSet::new();
        for holder in &holders {
            let account = AccountRef(random());
            let call = holder.deposit(account, vec![storm.pattern.item(account)]);
            let journal = Arc::clone(&journal);
            wallets.spawn(async move { deposit(&journal, &call).await.map(drop) });
        }
        while let Some(ended) = wallets.join_next().await {
            let stuck = ended.expect("it is told").expect_err("the issuer refuses");
            assert!(stuck.refused_for().is_some(), "{stuck}");
        }
        assert!(!journal.is_cut_off(), "it answers");
        assert_eq!(open(&journal).await, CUSTOMERS as u64, "everything is kept");
        while open(&journal).await > 0 {
            sleep(Duration::from_millis(50)).await;
            assert!(!journal.is_cut_off(), "it answers");
        }
        assert!(began.elapsed() >= REFUSED_FOR);
        let (asked, refused) = storm.wire.with(|memory| (memory.asked, memory.refused));
        assert_eq!(asked - before, CUSTOMERS, "each is carried out once");
        // What was on its way at once, and a question or two of the loop.
        assert!(refused < CUSTOMERS / 2, "{refused}");
        let audit = settled(&journal).await;
        assert!(audit.customers.iter().all(|customer| customer.balance == OPENED + 500));
    });
}
