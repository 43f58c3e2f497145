//! Transfers in a storm: what goes to another bank, what comes back from there, and what came for
//! nobody here, while half of the issuer's replies are lost.

use super::{CUSTOMERS, OPENED, Storm, VAULT, settled};
use crate::holder::{Holder, order};
use crate::mint::{minor, random};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tender_intermediary::journal::Journal;
use tender_intermediary::store;
use tender_intermediary::teller::Teller;
use tender_intermediary::verbs::transfer;
use tender_proto::movement::Movement;
use tender_proto::order::Order;
use tender_token::cash::AccountRef;
use tender_token::identity::RegistrarId;
use tokio::task::JoinSet;
use tokio::time::sleep;

const ORDERS_EACH: usize = 20;
const AMOUNT: u64 = 500;
const STRAYS: usize = 200;
const THERE: RegistrarId = RegistrarId([9; 32]);

/// Has a transfer carried out, asking again with the same order for as long as it takes.
async fn pay(journal: &Arc<Journal>, holder: &Holder, order: Order) {
    let signed = order.sign(&holder.device);
    loop {
        let signed = signed.clone();
        let begun = journal.at_the_counter(move |teller| teller.transfer(signed)).await;
        match journal.answer(begun.expect("books"), transfer::reply).await {
            Ok(reply) => return assert_eq!(reply, Ok(())),
            Err(_) => sleep(Duration::from_millis(100)).await,
        }
    }
}

/// Waits until everything that the issuer posted is taken up and nothing is open.
async fn at_rest(storm: &Storm, journal: &Arc<Journal>) {
    loop {
        let posted = storm.wire.with(|memory| memory.postings.len() as u64);
        let book = journal.at_the_counter(Teller::book).await.expect("books");
        if book.open() == 0 && book.vault.posting == posted {
            return;
        }
        sleep(Duration::from_millis(50)).await;
    }
}

#[test]
fn e6_ra27_with_half_of_the_replies_lost_every_transfer_goes_and_comes_back_once() {
    Storm::new().run(|storm, journal, holders| async move {
        storm.wire.with(|memory| memory.lossy = true);
        let registrar = storm.bank.registrar();
        let mut wallets = JoinSet::new();
        for holder in holders {
            let journal = Arc::clone(&journal);
            let wire = storm.wire.clone();
            wallets.spawn(async move {
                for n in 0..ORDERS_EACH {
                    let payee_account = AccountRef(random());
                    // Nobody knows every second payee there, and the other bank sends it back.
                    if n % 2 == 0 {
                        wire.with(|memory| memory.unknown.insert(payee_account));
                    }
                    let order = order(registrar, (THERE, payee_account), AMOUNT);
                    pay(&journal, &holder, order).await;
                }
            });
        }
        let strays: Vec<_> = (0..STRAYS).map(|_| AccountRef(random())).collect();
        for stray in &strays {
            storm.wire.with(|memory| memory.arrive(*stray, THERE, minor(AMOUNT)));
            sleep(Duration::from_millis(10)).await;
        }
        while let Some(ended) = wallets.join_next().await {
            ended.expect("settled");
        }
        at_rest(&storm, &journal).await;
        let lost = storm.wire.with(|memory| {
            memory.lossy = false;
            memory.asked
        });
        let audit = settled(&journal).await;
        let went = storm.wire.with(|memory| memory.went.clone());
        let sent = CUSTOMERS * ORDERS_EACH;
        assert!(lost > sent + sent / 2, "half of the replies are lost: {lost}");
        assert_eq!(went.len(), sent + STRAYS, "each once");
        let mut back = BTreeMap::<_, usize>::new();
        for transfer in
            went.iter().filter(|transfer| transfer.payer_account == transfer.payee_account)
        {
            *back.entry(transfer.payer_account).or_default() += 1;
        }
        assert!(strays.iter().all(|stray| back.remove(stray) == Some(1)) && back.is_empty());
        let paid = AMOUNT * (ORDERS_EACH / 2) as u64;
        assert!(audit.customers.iter().all(|customer| customer.balance == OPENED - paid));
        assert_eq!(audit.vault_stated, VAULT - paid * CUSTOMERS as u64);
        told(&journal).await;
    });
}

/// Every holder hears of every transfer, and of every one that came back, once.
async fn told(journal: &Arc<Journal>) {
    let rows = journal.at_the_counter(|teller| store::everything(teller.store())).await;
    let rows = rows.expect("sound");
    let mut heard = BTreeMap::<_, [usize; 2]>::new();
    for (letter, notice) in rows.notices.all() {
        let [out, back] = heard.entry(letter.customer).or_default();
        match notice.movement {
            Movement::TransferOut => *out += 1,
            Movement::Returned => *back += 1,
            other => panic!("{other:?} did not happen"),
        }
        assert_eq!((notice.amount, notice.refused), (minor(AMOUNT), None));
    }
    assert_eq!(heard.len(), CUSTOMERS);
    assert!(heard.values().all(|told| *told == [ORDERS_EACH, ORDERS_EACH / 2]), "{heard:?}");
    assert_eq!(rows.lines.all().count(), CUSTOMERS * (ORDERS_EACH + ORDERS_EACH / 2));
}
