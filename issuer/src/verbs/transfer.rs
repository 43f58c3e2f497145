//! Transfer: currency moves from the caller's vault to another intermediary's.

use crate::office::Case;
use crate::rows::{Account, Asked, Bytes, RefusedKey, TransferKey};
use crate::verbs::ledger::{self, Draft};
use crate::verbs::refusal::Not;
use crate::verbs::{log, refusal};
use crate::view::View;
use core::result::Result as Outcome;
use tender_proto::statement::Cause;
use tender_proto::transfer::{SignedTransfer, Transfer};
use tender_token::date::Timestamp;
use tender_token::encode::Encode;
use tender_token::error::{Error, Result};
use tender_token::log::leaf::{Effect, Leaf};

/// The rows a transfer needs.
pub fn touches(signed: &SignedTransfer, view: &mut View) {
    let Transfer { payer, payee, currency, .. } = signed.transfer;
    view.transfers.want(key(&signed.transfer));
    refusal::touches(refused_key(&signed.transfer), view);
    view.intermediaries.want(payee);
    ledger::touches(view, currency, [Account::Vault(payer), Account::Vault(payee)]);
}

/// Checks that the caller moves its own currency, and its signature. Errors: `E_AUTH`.
pub fn verify(signed: SignedTransfer, case: &Case<'_>) -> Result<SignedTransfer> {
    if signed.transfer.payer != case.caller {
        return Err(Error::Auth);
    }
    signed.verify().map(|()| signed)
}

/// Moves the currency, all or nothing; the very same transfer again changes nothing, and stays
/// refused if it was.
/// Errors: `E_SID_CONFLICT` for other content under a known id, `E_PLAN` for another currency than
/// the issuer's or to oneself, `E_AMOUNT` for nothing, `E_WALLET` if the payee is not admitted,
/// `E_FUNDS`; [`Not::Undecided`] instead of one of these that there is no room to keep.
pub fn decide(signed: &SignedTransfer, view: &mut View, case: &Case<'_>) -> Outcome<(), Not> {
    let transfer = signed.transfer;
    let key = key(&transfer);
    let bytes = Bytes(signed.to_bytes());
    if let Some(known) = view.transfers.get(&key) {
        return if *known == bytes { Ok(()) } else { Err(Error::SidConflict.into()) };
    }
    let carry_out = |view: &mut _| Ok(carry_out(signed, view, case)?);
    refusal::once(refused_key(&transfer), || bytes.0.clone(), view, case.now, carry_out)?;
    view.transfers.insert(key, bytes);
    Ok(())
}

fn carry_out(signed: &SignedTransfer, view: &mut View, case: &Case<'_>) -> Result<()> {
    let transfer = signed.transfer;
    let Transfer { payer, payee, currency, amount, .. } = transfer;
    if payer == payee || case.office.trust.policy.limits(currency).is_none() {
        return Err(Error::Plan);
    }
    if amount.is_zero() {
        return Err(Error::Amount);
    }
    view.intermediaries.get(&payee).ok_or(Error::Wallet)?;
    let (from, to) = (Account::Vault(payer), Account::Vault(payee));
    let draft = Draft::new(currency, case.now)
        .debit(from, amount, Cause::TransferOut(transfer.payer_account))
        .credit(to, amount, Cause::TransferIn(transfer.payee_account, payer));
    draft.check(view)?;
    draft.post(view);
    let effect = Effect::Transfer(signed.published());
    log::append(view, Leaf { day: case.now.day(), effect });
    Ok(())
}

fn key(transfer: &Transfer) -> TransferKey {
    TransferKey { intermediary: transfer.payer, id: transfer.id }
}

fn refused_key(transfer: &Transfer) -> RefusedKey {
    // A transfer that is signed never expires.
    let until = Timestamp(u64::MAX);
    RefusedKey { until, caller: transfer.payer, asked: Asked::Transfer(transfer.id) }
}
