//! Identities and their registration.

use super::{canonical, config, damage, flip};
use proptest::prelude::*;
use proptest::sample::Index;
use tender_token::date::Day;
use tender_token::encode::{Decode, Encode};
use tender_token::error::Error;
use tender_token::identity::{
    Admission, EpochHistory, Master, Pseudonym, Record, RegistrarId, Registration,
    VerifiedRegistration,
};
use tender_token::signature::SecretKey;

fn registration() -> impl Strategy<Value = Registration> {
    let parts = (any::<[[u8; 32]; 4]>(), any::<[u8; 32]>(), any::<u32>());
    parts.prop_map(|([master, registrar, pseudonym, device], fresh, epoch)| {
        let (master, device) = (Master::new(master), SecretKey::from_seed(&device));
        let identity = master.identity(epoch).expect("probability 2^-252");
        let names = (RegistrarId(registrar), Pseudonym(pseudonym));
        identity.register(&master, names.0, names.1, &device, &fresh)
    })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn an_honest_registration_verifies(registration in registration()) {
        let verified = registration.clone().verify();
        prop_assert_eq!(
            verified.as_ref().map(VerifiedRegistration::registration),
            Ok(&registration)
        );
    }

    #[test]
    fn registrations_and_records_are_canonical(registration in registration(), damage in damage()) {
        canonical(&registration, &damage, Registration::from_bytes)?;
        canonical(&registration.record, &damage, Record::from_bytes)?;
        prop_assert_eq!(registration.record.to_bytes().len(), 228);
    }

    #[test]
    fn a_flipped_bit_anywhere_in_a_registration_is_refused(
        registration in registration(),
        bit in any::<Index>(),
    ) {
        let flipped = Registration::from_bytes(&flip(&registration.to_bytes(), bit));
        let refused = flipped.and_then(Registration::verify).err();
        prop_assert!(matches!(refused, Some(Error::Encoding | Error::Pop | Error::Auth)));
    }

    #[test]
    fn a_proof_of_possession_belongs_to_one_identity(
        one in registration(),
        other in registration(),
    ) {
        prop_assume!(one.identity != other.identity);
        prop_assert_eq!(one.record.verify_pop(&other.identity), Err(Error::Pop));
        prop_assert_eq!(one.record.verify_device(&other.identity), Err(Error::Auth));
    }

    #[test]
    fn epochs_and_masters_give_different_identities(
        master in any::<[u8; 32]>(),
        epoch in any::<u32>(),
        bit in any::<Index>(),
    ) {
        let key = |master: [u8; 32], epoch| {
            Master::new(master).identity(epoch).expect("probability 2^-252").key()
        };
        let other: [u8; 32] = flip(&master, bit).try_into().expect("32 bytes");
        prop_assert!(key(master, epoch) != key(other, epoch));
        prop_assert!(key(master, epoch) != key(master, epoch.wrapping_add(1)));
        prop_assert_eq!(key(master, epoch), key(master, epoch), "what a restore relies on");
    }

    #[test]
    fn whoever_never_waits_a_year_for_the_third_epoch_is_looked_at(
        mut ages in proptest::collection::vec(0_u32..1000, 0..6),
        unresolved in any::<bool>(),
        order in any::<Index>(),
    ) {
        let today = Day(20_000);
        let turn = order.index(ages.len() + 1);
        ages.rotate_left(turn);
        let begun: Vec<_> = ages.iter().map(|age| Day(today.0 - age)).collect();
        let admission = EpochHistory { begun: &begun, unresolved }.admission(today);
        ages.sort_unstable();
        let third = ages.get(1).is_some_and(|second_last| *second_last <= 364);
        let looked_at = unresolved || third;
        let expected = if looked_at { Admission::ManualCheck } else { Admission::Free };
        prop_assert_eq!(admission, expected);
    }

    #[test]
    fn a_clock_set_back_admits_nobody(ahead in 0_u32..1000) {
        let begun = [Day(20_000 + ahead), Day(20_000)];
        let history = EpochHistory { begun: &begun, unresolved: false };
        prop_assert_eq!(history.admission(Day(20_000)), Admission::ManualCheck);
        prop_assert_eq!(history.admission(Day(20_000 + 365 + ahead)), Admission::Free);
    }
}
