//! Change (`[P6]`): what the payee refuses to give back; N25.

use super::{accept, offer_of, payee, slot_offer, terms};
use crate::mint::{MINT, NOW, SLOTS, fresh, to_key};
use tender_token::amount::{Amount, Currency};
use tender_token::change::Change;
use tender_token::encode::Encode;
use tender_token::error::{Error, Result};
use tender_token::offer::{Mode, Offer, Terms, VerifiedOffer};
use tender_token::payment::{Payment, Verdict, VerifiedPayment};
use tender_token::signature::SecretKey;

const GROSS: u64 = 350;
const PRICE: Amount = Amount::from_minor_units(330);

fn payer() -> SecretKey {
    SecretKey::from_seed(&[78; 32])
}

/// The payee's offer over the gross amount, and its payment with two tokens.
fn paid(random: [u8; 32]) -> (Offer, VerifiedPayment) {
    let offer = Offer::sign(Terms { random, ..terms(GROSS, Mode::Key) }, &payee());
    let hash = offer.hash();
    let item =
        |(item, slot): (u16, usize)| to_key(slot, &fresh(slot, slot), &payee(), hash.nonce(item));
    let payment = Payment { offer: hash, chains: [(0, 0), (1, 1)].map(item).to_vec() };
    let Ok(Verdict::New(payment)) = accept(&offer, &payment.to_bytes()) else { panic!("sound") };
    (offer, payment)
}

fn verified(terms: Terms) -> VerifiedOffer {
    let offer = Offer::sign(terms, &payer());
    offer.verify(&MINT.manifest, &[MINT.manifest.hash()], NOW, |_| false).expect("sound")
}

fn change_terms(change: &Change<'_>) -> Terms {
    let expires = NOW.checked_add(60).expect("a small number of seconds");
    change.terms(MINT.manifest.hash(), [6; 32], expires, Mode::Slot(vec![SLOTS[2].slot.clone()]))
}

#[test]
fn change_is_paid_to_one_offer_for_this_payment_alone() {
    let (first, payment) = paid([5; 32]);
    let change = Change::new(&first, PRICE).expect("something is left");
    assert_eq!(change.amount(), Amount::from_minor_units(20));
    let terms = change_terms(&change);
    let offer = verified(terms.clone());
    let check = |terms: Terms| -> Result<()> { change.check(&payment, &verified(terms), None) };
    assert_eq!(change.check(&payment, &offer, None), Ok(()));
    assert!(change.is_named_by(offer.offer()) && !change.is_named_by(&first));

    let (other, another_payment) = paid([7; 32]);
    assert_eq!(change.check(&another_payment, &offer, None), Err(Error::Offer));
    let of_another = Change::new(&other, PRICE).expect("something is left");
    assert_eq!(of_another.check(&another_payment, &offer, None), Err(Error::Offer));
    let contract_hash = [0; 32];
    assert_eq!(check(Terms { contract_hash, ..terms.clone() }), Err(Error::Offer));

    let given = offer.offer().hash();
    assert_eq!(change.check(&payment, &offer, Some(&given)), Ok(()), "the same bytes again");
    let second = verified(Terms { random: [8; 32], ..terms });
    assert_eq!(change.check(&payment, &second, Some(&given)), Err(Error::Offer));
}

#[test]
fn n25_change_off_by_one_or_of_another_currency_is_refused() {
    let (first, payment) = paid([5; 32]);
    let change = Change::new(&first, PRICE).expect("something is left");
    let terms = change_terms(&change);
    for minor_units in [0, 19, 21, GROSS, u64::MAX] {
        let amount = Amount::from_minor_units(minor_units);
        let offer = verified(Terms { amount, ..terms.clone() });
        assert_eq!(change.check(&payment, &offer, None), Err(Error::Amount), "{minor_units}");
    }
    let currency = Currency::new("DUK").expect("three capital letters");
    let offer = verified(Terms { currency, ..terms });
    assert_eq!(change.check(&payment, &offer, None), Err(Error::Amount));
}

#[test]
fn n25_a_price_that_leaves_nothing_has_no_change() {
    for (gross, price) in [(350, 350), (350, 351), (0, 0), (0, u64::MAX)] {
        let first = offer_of(gross, Mode::Key);
        let change = Change::new(&first, Amount::from_minor_units(price));
        assert_eq!(change.err(), Some(Error::Amount), "{gross} {price}");
    }
    assert!(Change::new(&slot_offer(1, &[1]), Amount::ZERO).is_ok());
}
