//! Transfers between vaults: each signed by its payer, and moved as it says.

use super::movements::Movements;
use crate::rows::{Account, TransferKey, Transfers};
use crate::store::{Fault, Store};
use crate::verbs::ledger::Draft;
use tender_proto::statement::Cause;
use tender_proto::transfer::SignedTransfer;
use tender_token::date::Timestamp;
use tender_token::encode::Decode;
use tender_token::log::leaf;

/// Every transfer as the log tells it, in the order of amounts and names, and what is wrong.
/// Errors: [`Fault`].
pub fn read(
    store: &Store,
    movements: &mut Movements,
) -> Result<(Vec<leaf::Transfer>, Vec<String>), Fault> {
    let (mut published, mut wrong) = (Vec::new(), Vec::new());
    store.scan::<Transfers>(|key, bytes| {
        let signed = SignedTransfer::from_bytes(&bytes.0).ok().filter(|signed| {
            let transfer = &signed.transfer;
            let named = TransferKey { intermediary: transfer.payer, id: transfer.id };
            named == key && signed.verify().is_ok()
        });
        let Some(signed) = signed else {
            let (payer, id) = (hex::encode(key.intermediary.0), hex::encode(key.id));
            wrong.push(format!("the transfer {id} of {payer} is not signed by its payer"));
            return;
        };
        published.push(signed.published());
        let transfer = signed.transfer;
        let (from, to) = (Account::Vault(transfer.payer), Account::Vault(transfer.payee));
        let came = Cause::TransferIn(transfer.payee_account, transfer.payer);
        let draft = Draft::new(transfer.currency, Timestamp(0))
            .debit(from, transfer.amount, Cause::TransferOut(transfer.payer_account))
            .credit(to, transfer.amount, came);
        movements.effect(&[draft], || {
            let (payer, id) = (hex::encode(transfer.payer.0), hex::encode(transfer.id));
            format!("the transfer {id} of {payer}")
        });
    })?;
    published.sort_unstable();
    Ok((published, wrong))
}
