//! Withdrawals.

use super::{canonical, config, damage, flip};
use crate::mint::{MINT, NOW, SLOT_COUNT, SLOTS, VALUES, WALLETS, rng};
use proptest::prelude::*;
use proptest::sample::Index;
use tender_token::amount::Amount;
use tender_token::cash::AccountRef;
use tender_token::encode::Encode;
use tender_token::error::Error;
use tender_token::provision::SessionId;
use tender_token::withdraw::{Authority, Output, Plan, Request, Session, SignedRequest};

/// A sound request for one to three tokens.
fn request() -> impl Strategy<Value = Request> {
    let parts = (any::<[[u8; 32]; 3]>(), 1_usize..=3, 0_usize..2, any::<u32>());
    parts.prop_map(|([sid, from, to], count, denomination, credit)| {
        let sid = SessionId(sid);
        let session = Session::new(&WALLETS[0].master, sid);
        let output = |t: usize| {
            let (number, denomination) = (u16::try_from(t), MINT.denominations[denomination]);
            let number = number.expect("at most 3");
            session.output(number, denomination, &SLOTS[t].slot, &MINT.manifest).expect("sound")
        };
        let outputs: Vec<Output> = (0..count).map(output).collect();
        let value = VALUES[denomination] * u64::try_from(count).expect("at most 3");
        let plan = Plan {
            manifest: MINT.manifest.hash(),
            identity: *WALLETS[0].identity.point(),
            sid,
            expires: NOW,
            debit: Amount::from_minor_units(value + u64::from(credit)),
            debit_account: AccountRef(from),
            credit: Amount::from_minor_units(u64::from(credit)),
            credit_account: AccountRef(to),
            outputs,
        };
        SignedRequest::sign(plan, Vec::new(), &WALLETS[0].device).authorise(&MINT.intermediary)
    })
}

fn read(bytes: &[u8]) -> Result<Request, Error> {
    Request::from_bytes(bytes, &MINT.manifest)
}

fn verify(request: Request) -> Result<(), Error> {
    let authority = Authority {
        manifest: &MINT.manifest,
        accepted: &[MINT.manifest.hash()],
        device: Some(&WALLETS[0].device.public()),
        intermediary: &MINT.intermediary.public(),
        now: NOW,
    };
    authority.verify(request, &mut rng()).map(drop)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn requests_are_canonical(request in request(), damage in damage()) {
        canonical(&request, &damage, read)?;
        let signed = |bytes: &[u8]| SignedRequest::from_bytes(bytes, &MINT.manifest);
        canonical(&request.signed, &damage, signed)?;
    }

    #[test]
    fn a_sound_request_is_accepted_and_no_flipped_bit_is(
        request in request(),
        bit in any::<Index>(),
    ) {
        prop_assert_eq!(verify(request.clone()), Ok(()));
        prop_assert!(read(&flip(&request.to_bytes(), bit)).and_then(verify).is_err());
    }

    #[test]
    fn what_comes_in_is_what_goes_out(
        request in request(),
        debit in any::<u64>(),
        credit in any::<u64>(),
    ) {
        let mut plan = request.signed.plan;
        let outputs: u128 = plan.outputs.len() as u128
            * if plan.outputs[0].denomination == MINT.denominations[0] { 100 } else { 250 };
        (plan.debit, plan.credit) =
            (Amount::from_minor_units(debit), Amount::from_minor_units(credit));
        let wanted = u128::from(credit) + outputs;
        let exact = u128::from(debit) == wanted;
        let changed = SignedRequest::sign(plan, Vec::new(), &WALLETS[0].device);
        let expected = if exact { Ok(()) } else { Err(Error::Amount) };
        prop_assert_eq!(verify(changed.authorise(&MINT.intermediary)), expected);
    }

    #[test]
    fn no_two_outputs_share_a_blinding(
        sid in any::<[u8; 32]>(),
        one in (any::<u16>(), 0_usize..2, 0..SLOT_COUNT),
        other in (any::<u16>(), 0_usize..2, 0..SLOT_COUNT),
    ) {
        let session = Session::new(&WALLETS[0].master, SessionId(sid));
        let output = |(t, denomination, slot): (u16, usize, usize)| {
            let denomination = MINT.denominations[denomination];
            session
                .output(t, denomination, &SLOTS[slot].slot, &MINT.manifest)
                .expect("sound")
                .blinded
        };
        prop_assert_eq!(output(one) == output(other), one == other);
    }
}
