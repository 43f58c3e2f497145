//! Enrol (`[ID1]`): an intermediary registers a wallet's identity under a pseudonym.

use crate::office::Case;
use crate::rows::{Standing, Wallet};
use crate::view::View;
use tender_token::error::{Error, Result};
use tender_token::identity::{Registration, VerifiedRegistration};

/// The rows an enrolment needs.
pub fn touches(verified: &VerifiedRegistration, view: &mut View) {
    view.wallets.want(verified.registration().key());
}

/// Checks the proof of possession, the device's signature, and that the caller registers for itself
/// and nobody else. Errors: `E_POP`, `E_AUTH`.
pub fn verify(registration: Registration, case: &Case<'_>) -> Result<VerifiedRegistration> {
    let verified = registration.verify()?;
    let own = verified.registration().record.registrar == case.caller;
    if own { Ok(verified) } else { Err(Error::Auth) }
}

/// Registers the identity; the very same registration again changes nothing.
/// Errors: `E_DUPLICATE_U` if it is registered otherwise.
pub fn decide(verified: &VerifiedRegistration, view: &mut View) -> Result<()> {
    let registration = verified.registration();
    let key = registration.key();
    match view.wallets.get(&key) {
        Some(known) if known.registration == *registration => Ok(()),
        Some(_) => Err(Error::DuplicateU),
        None => {
            let registration = registration.clone();
            view.wallets.insert(key, Wallet { registration, standing: Standing::Open });
            Ok(())
        }
    }
}
