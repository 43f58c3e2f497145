//! A compromised value key: whatever is forged, no more is paid than was issued, and everyone who
//! opens is paid.

use super::config;
use crate::mint::{MINT, SLOT_COUNT, SLOTS, WALLETS};
use proptest::prelude::*;
use proptest::sample::subsequence;
use std::collections::BTreeSet;
use std::sync::LazyLock;
use tender_token::claim::{OpenedToken, Openings, StoredSession};
use tender_token::error::Error;
use tender_token::opening::ValueOpening;
use tender_token::provision::SessionId;
use tender_token::token::TokenId;
use tender_token::withdraw::Session;

/// One opened token per slot of the mint: everything that was issued.
static ISSUED: LazyLock<Vec<OpenedToken>> = LazyLock::new(|| {
    let session = Session::new(&WALLETS[0].master, SessionId([1; 32]));
    let denomination = MINT.denominations[0];
    let slots = || (0_u16..).zip(SLOTS.iter());
    let output = |(t, slot): (u16, &crate::mint::OwnSlot)| {
        session.output(t, denomination, &slot.slot, &MINT.manifest).expect("sound")
    };
    let outputs: Vec<_> = slots().map(output).collect();
    let stored = StoredSession::Exchange(session.sid(), &outputs);
    let open = |(t, slot): (u16, &crate::mint::OwnSlot)| {
        let opening = ValueOpening::new(&session, t, denomination, slot.id());
        OpenedToken::verify(&opening, &stored, &MINT.manifest).expect("its own")
    };
    slots().map(open).collect()
});

fn some() -> impl Strategy<Value = BTreeSet<usize>> {
    let all: Vec<_> = (0..SLOT_COUNT).collect();
    subsequence(all, 0..=SLOT_COUNT).prop_map(|numbers| numbers.into_iter().collect())
}

fn token(number: usize) -> TokenId {
    ISSUED[number].token()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn no_more_is_paid_than_issued_and_every_opened_token_is(
        opened in some(),
        cashed in some(),
        forged in proptest::collection::vec(any::<[u8; 32]>(), 0..40),
        forged_first in any::<bool>(),
    ) {
        let mut openings = Openings::new(MINT.denominations[0]);
        for number in &opened {
            prop_assert_eq!(openings.keep(&ISSUED[*number]), Ok(()));
        }
        let issued = u64::try_from(SLOT_COUNT).expect("a small number");
        let before: BTreeSet<_> = cashed.iter().map(|number| token(*number)).collect();
        let mut paid = before.clone();
        let mut settlement = openings.close(issued, before);
        let unopened = SLOT_COUNT - opened.union(&cashed).count();
        prop_assert_eq!(settlement.bound(), u64::try_from(unopened).expect("a small number"));

        let forged: Vec<_> = forged.into_iter().map(TokenId).collect();
        let honest = (0..SLOT_COUNT).map(token);
        let claims: Vec<_> = if forged_first {
            forged.iter().copied().chain(honest).collect()
        } else {
            honest.chain(forged.iter().copied()).collect()
        };
        for claim in claims {
            let outcome = settlement.pay(claim);
            let expected = if paid.insert(claim) { outcome } else { Err(Error::Cashed) };
            prop_assert_eq!(outcome, expected);
            if outcome == Err(Error::Opening) {
                paid.remove(&claim);
                prop_assert_eq!(settlement.bound(), 0);
            }
        }
        prop_assert!(paid.len() <= SLOT_COUNT, "no more than issued");
        prop_assert!(opened.iter().all(|number| paid.contains(&token(*number))));
        prop_assert!(forged_first || paid.len() == SLOT_COUNT, "honest claims have room");
    }
}
