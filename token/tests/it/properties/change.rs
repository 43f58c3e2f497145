//! Change: what was paid gross is the price and the change, whatever they are.

use super::config;
use crate::mint::{MINT, NOW};
use proptest::prelude::*;
use tender_token::amount::{Amount, Currency};
use tender_token::change::Change;
use tender_token::error::Error;
use tender_token::offer::{Mode, Offer, Terms};
use tender_token::signature::SecretKey;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn price_and_change_are_the_gross_amount(
        gross in any::<u64>(),
        price in any::<u64>(),
        near in 0_u64..3,
        close in any::<bool>(),
        random in any::<[u8; 32]>(),
    ) {
        let price = if close { gross.saturating_sub(1).saturating_add(near) } else { price };
        let first = Offer::sign(
            Terms {
                manifest: MINT.manifest.hash(),
                random,
                amount: Amount::from_minor_units(gross),
                currency: Currency::new("FLN").expect("three capital letters"),
                contract_hash: [0; 32],
                expires: NOW,
                mode: Mode::Key,
            },
            &SecretKey::from_seed(&[77; 32]),
        );
        match Change::new(&first, Amount::from_minor_units(price)) {
            Ok(change) => {
                let terms = change.terms(MINT.manifest.hash(), [1; 32], NOW, Mode::Key);
                let given = terms.amount.minor_units();
                prop_assert!(given > 0);
                prop_assert_eq!(given.checked_add(price), Some(gross));
                prop_assert_eq!(terms.currency, first.terms().currency);
                let offer = Offer::sign(terms, &SecretKey::from_seed(&[78; 32]));
                prop_assert!(change.is_named_by(&offer));
            }
            Err(error) => {
                prop_assert!(price >= gross);
                prop_assert_eq!(error, Error::Amount);
            }
        }
    }
}
