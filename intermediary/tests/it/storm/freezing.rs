//! Freezing and closing through the desk while a customer's withdrawals come in: what was begun is
//! finished, and after the answer nothing is begun.

use super::{Storm, open, settled};
use crate::holder::Holder;
use crate::mint::{NOW, clock, minor, random, rng};
use std::sync::Arc;
use tender_intermediary::desk::{Answer, Asked, Clerk, Ending, Order, Shown, customer};
use tender_intermediary::home::Home;
use tender_intermediary::journal::Journal;
use tender_intermediary::rows::{CustomerId, State, UnixUser};
use tender_intermediary::teller::Teller;
use tender_intermediary::verbs::Begun;
use tender_intermediary::view::View;
use tender_proto::withdraw::Reply;
use tender_token::encode::Encode as _;
use tender_token::error::Error;
use tender_token::provision::SessionId;
use tender_token::withdraw::Output;
use tokio::task::JoinSet;

/// What the account begins with: as much as its tier may hold.
const OPENED: u64 = 1_000_000;
const AMOUNT: u64 = 500;
const WITHDRAWALS: usize = 1_000;
/// Withdrawals of which is waited for that they are begun before anybody freezes.
const BEFORE: usize = 200;

/// Begins a withdrawal.
async fn begin(journal: Arc<Journal>, request: Vec<u8>, holder: Arc<Holder>) -> Begun<Reply> {
    let device = holder.device.public();
    let begun = journal.at_the_counter(move |teller| teller.withdraw(&request, device)).await;
    begun.expect("books")
}

/// Has an order carried out over the books that are served, as the server's desk does.
async fn ordered(storm: &Storm, journal: &Arc<Journal>, asked: customer::Asked) -> Answer {
    let home = Home::new(storm.bank.path().to_owned());
    let shown = Shown { name: "bank".to_owned(), currency: "FLN".to_owned(), decimals: 2 };
    let order = Order { asked: Asked::Customer(asked), shown };
    let carried_out = journal.at_the_counter(move |teller: &Teller| {
        let clerk = Clerk::new(home, Arc::clone(teller.books()), clock, rng());
        Ok::<_, tender_intermediary::books::Failed>(clerk.carry_out(&order, UnixUser(1_000)))
    });
    carried_out.await.expect("books")
}

fn request(holder: &Holder, output: &Output) -> Vec<u8> {
    holder.request_for(SessionId(random()), output.clone(), AMOUNT, NOW).to_bytes()
}

async fn entries(journal: &Arc<Journal>) -> u64 {
    journal.at_the_counter(Teller::book).await.expect("books").entries
}

fn closing() -> customer::Asked {
    let account = customer::Told("CH93".to_owned());
    customer::Asked::Close(customer::Closing { customer: 1, account, by: "Clerk".to_owned() })
}

#[test]
fn wt01_after_the_answer_of_a_freeze_none_of_a_thousand_withdrawals_is_begun() {
    Storm::of(1, OPENED).run(|storm, journal, mut holders| async move {
        std::fs::write(storm.bank.path().join("tiers.toml"), tender_intermediary::tier::DEFAULT)
            .expect("ours");
        let holder = Arc::new(holders.remove(0));
        let output = storm.pattern.output.clone();
        let requests: Vec<_> = (0..WITHDRAWALS).map(|_| request(&holder, &output)).collect();
        let mut withdrawals = JoinSet::new();
        for bytes in &requests[..BEFORE] {
            withdrawals.spawn(begin(Arc::clone(&journal), bytes.clone(), Arc::clone(&holder)));
        }
        let mut begun = withdrawals.join_all().await;
        assert!(begun.iter().all(|begun| matches!(begun, Begun::Open(_))), "{begun:?}");

        let mut withdrawals = JoinSet::new();
        for bytes in &requests[BEFORE..] {
            withdrawals.spawn(begin(Arc::clone(&journal), bytes.clone(), Arc::clone(&holder)));
        }
        let decided = customer::Decided { customer: 1, by: "Clerk".to_owned() };
        let freezing = customer::Asked::Freeze(decided.clone());
        let frozen = ordered(&storm, &journal, freezing).await;
        let known = entries(&journal).await;
        assert_eq!(frozen.ending, Ending::Done, "{frozen:?}");
        let busy = ordered(&storm, &journal, closing()).await;
        let under_way = open(&journal).await > 0;
        begun.extend(withdrawals.join_all().await);
        assert_eq!(entries(&journal).await, known, "nothing was begun after the answer");
        let late = begin(Arc::clone(&journal), request(&holder, &output), Arc::clone(&holder));
        let refused = |begun: &Begun<Reply>| match begun {
            Begun::Answered(Err(refusal)) => refusal.error == Error::Wallet,
            Begun::Answered(Ok(_)) | Begun::Open(_) | Begun::Full => false,
        };
        assert!(refused(&late.await));
        let taken = begun.iter().filter(|begun| matches!(begun, Begun::Open(_))).count();
        assert_eq!(begun.iter().filter(|begun| refused(begun)).count(), WITHDRAWALS - taken);
        assert_eq!(known, 1 + taken as u64, "the enrolment, and what was begun");
        assert!(
            under_way && busy.ending == Ending::Refused("UNDER_WAY".into()),
            "not closed while it is busy: {busy:?}"
        );

        let audit = settled(&journal).await;
        let rest = OPENED - AMOUNT * taken as u64;
        assert_eq!((audit.customers[0].balance, audit.customers[0].held), (rest, 0));
        let paid = storm.wire.with(|memory| memory.postings.len()) - 1;
        assert_eq!(paid, taken, "everything that was begun was finished, once");
        let closed = ordered(&storm, &journal, closing()).await;
        assert_eq!(closed.object["paid_out"].as_u64(), Some(rest), "{closed:?}");
        let erased = ordered(&storm, &journal, customer::Asked::Erase(decided)).await;
        assert_eq!(erased.ending, Ending::Done, "{erased:?}");
        // What was answered is answered again; nothing new is begun.
        let mut again = Vec::new();
        for bytes in &requests {
            again.push(begin(Arc::clone(&journal), bytes.clone(), Arc::clone(&holder)).await);
        }
        let paid = again.iter().filter(|begun| matches!(begun, Begun::Answered(Ok(_)))).count();
        let turned_away = again.iter().filter(|begun| refused(begun)).count();
        assert_eq!((paid, turned_away), (taken, WITHDRAWALS - taken));
        let customer = journal.at_the_counter(|teller| {
            let touches = |view: &mut View| view.customers.want(CustomerId(1));
            teller.books().read(touches, |view| view.customers.get(&CustomerId(1)).cloned())
        });
        let customer = customer.await.expect("books").expect("kept");
        assert_eq!(customer.state, State::Closed(NOW.day()));
        assert_eq!((customer.paid_out, customer.held), (minor(rest), minor(0)));
    });
}
