//! Offers.

use super::{canonical, config, damage, flip, route};
use crate::mint::{MINT, NOW, SLOTS};
use proptest::prelude::*;
use proptest::sample::Index;
use tender_token::amount::{Amount, Currency};
use tender_token::date::Timestamp;
use tender_token::encode::{Decode, Encode};
use tender_token::error::Error;
use tender_token::manifest::ManifestHash;
use tender_token::offer::{Mode, Offer, OfferHash, Terms};
use tender_token::signature::SecretKey;

fn terms() -> impl Strategy<Value = Terms> {
    let mode = prop_oneof![
        Just(Mode::Key),
        route(1, 4).prop_map(|slots| {
            Mode::Slot(slots.iter().map(|slot| SLOTS[*slot].slot.clone()).collect())
        }),
    ];
    let parts = (any::<[[u8; 32]; 2]>(), any::<(u64, u64)>(), any::<[u8; 3]>(), mode);
    parts.prop_map(|([random, contract_hash], (amount, expires), currency, mode)| Terms {
        manifest: MINT.manifest.hash(),
        random,
        amount: Amount::from_minor_units(amount),
        currency: Currency::from_bytes(&currency).expect("any three bytes"),
        contract_hash,
        expires: Timestamp(expires),
        mode,
    })
}

fn offer() -> impl Strategy<Value = Offer> {
    let seed = any::<[u8; 32]>();
    (terms(), seed).prop_map(|(terms, seed)| Offer::sign(terms, &SecretKey::from_seed(&seed)))
}

fn verify(offer: Offer, now: Timestamp) -> Result<(), Error> {
    let accepted: [ManifestHash; 1] = [MINT.manifest.hash()];
    offer.verify(&MINT.manifest, &accepted, now, |_| false).map(drop)
}

fn read(bytes: &[u8]) -> Result<Offer, Error> {
    Offer::from_bytes(bytes, &MINT.manifest)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn offers_are_canonical(offer in offer(), damage in damage()) {
        canonical(&offer, &damage, read)?;
        prop_assert_eq!(offer.to_bytes().len(), 215 + 352 * offer.slots().len());
    }

    #[test]
    fn an_offer_holds_until_it_expires(offer in offer(), now in any::<u64>()) {
        let expired = now > offer.terms().expires.0;
        let expected = if expired { Err(Error::OfferExpired) } else { Ok(()) };
        prop_assert_eq!(verify(offer, Timestamp(now)), expected);
    }

    #[test]
    fn a_flipped_bit_anywhere_in_an_offer_is_refused(offer in offer(), bit in any::<Index>()) {
        let flipped = read(&flip(&offer.to_bytes(), bit));
        prop_assert!(flipped.as_ref().map_or(true, |other| other.hash() != offer.hash()));
        prop_assert!(flipped.and_then(|offer| verify(offer, Timestamp(0))).is_err());
    }

    #[test]
    fn an_own_or_repeated_slot_is_refused(
        slots in route(1, 4),
        own in any::<Index>(),
        repeated in any::<bool>(),
    ) {
        let mut slots: Vec<_> = slots.iter().map(|slot| SLOTS[*slot].slot.clone()).collect();
        let marked = own.get(&slots).clone();
        if repeated {
            slots.push(marked.clone());
        }
        let terms = Terms { mode: Mode::Slot(slots), ..crate::negative::terms(1, Mode::Key) };
        let offer = Offer::sign(terms, &crate::negative::payee());
        let accepted = [MINT.manifest.hash()];
        let own = |slot: &tender_token::slot::SlotId| !repeated && *slot == marked.id();
        let refused = offer.verify(&MINT.manifest, &accepted, NOW, own).err();
        prop_assert_eq!(refused, Some(Error::DupSlot));
    }

    #[test]
    fn every_item_of_every_offer_has_its_own_nonce(
        hash in any::<[u8; 32]>(),
        one in any::<u16>(),
        other in any::<u16>(),
        bit in any::<Index>(),
    ) {
        let offer = OfferHash(hash);
        prop_assert_eq!(offer.nonce(one) == offer.nonce(other), one == other);
        let elsewhere = OfferHash(flip(&hash, bit).try_into().expect("32 bytes"));
        prop_assert!(offer.nonce(one) != elsewhere.nonce(one));
    }
}
