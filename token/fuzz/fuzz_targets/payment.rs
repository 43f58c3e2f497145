//! The payee's checks of a payment: any bytes end in a verdict, and only the paid bytes are paid.

#![no_main]

mod mint;

use getrandom::SysRng;
use libfuzzer_sys::fuzz_target;
use mint::{MANIFEST, changed, hex};
use rand_core::UnwrapErr;
use std::collections::BTreeSet;
use std::sync::LazyLock;
use tender_token::date::Timestamp;
use tender_token::encode::Encode;
use tender_token::offer::Offer;
use tender_token::payment::{Acceptance, History, Payment};

/// The offer of the first payment.
static OFFER: LazyLock<Offer> = LazyLock::new(|| {
    Offer::from_bytes(&hex("\"offer\": \""), &MANIFEST).expect("an offer of the known answers")
});

/// The payment that the offer asks for.
static PAID: LazyLock<Vec<u8>> = LazyLock::new(|| hex("\"payment\": \""));

fuzz_target!(|bytes: &[u8]| {
    // Bytes that are not one whole payment are changes to the honest one.
    for bytes in [bytes, &changed(PAID.clone(), bytes)] {
        if let Ok(payment) = Payment::from_bytes(bytes, &MANIFEST) {
            assert_eq!(payment.to_bytes(), bytes, "encode(decode(x)) = x");
        }
        let acceptance = Acceptance {
            manifest: &MANIFEST,
            offer: &OFFER,
            paid: None,
            now: Timestamp(OFFER.terms().expires.0),
            denied: &BTreeSet::new(),
            history: &History::new(),
        };
        let accepted = acceptance.verify(bytes, &mut UnwrapErr(SysRng)).is_ok();
        assert_eq!(accepted, bytes == *PAID, "accepted exactly if nothing was changed");
    }
});
