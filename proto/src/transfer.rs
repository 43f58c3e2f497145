//! Transfer: currency moves from one intermediary's vault to another's, on the payer's word.
//!
//! It is no verb of the protocol, so the payer signs it under a prefix that the protocol never
//! hashes with. The issuer keeps the signed bytes: they are why the vault was debited.

use crate::pending::Standing;
use crate::refusal::Refusal;
use crate::{Malformed, wire};
use sha2::{Digest, Sha512};
use tender_token::amount::{Amount, Currency};
use tender_token::cash::AccountRef;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::{Error, Result as TokenResult};
use tender_token::identity::RegistrarId;
use tender_token::log::leaf;
use tender_token::signature::{PublicKey, SecretKey, Signature};

const PREFIX: &[u8] = b"tender/transfer/v1/";

/// A transfer: 171 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// 32 random bytes that name it among the payer's for ever.
    pub id: [u8; 32],
    /// Whose vault is debited.
    pub payer: RegistrarId,
    /// Whose vault is credited.
    pub payee: RegistrarId,
    /// Of what.
    pub currency: Currency,
    /// How much, above zero, in minor units.
    pub amount: Amount,
    /// What it means to the payer: a one-time reference.
    pub payer_account: AccountRef,
    /// What it means to the payee: a one-time reference.
    pub payee_account: AccountRef,
}

impl Transfer {
    /// Signs with the payer's key.
    #[must_use]
    pub fn sign(self, payer: &SecretKey) -> SignedTransfer {
        let signature = payer.sign_digest(&self.digest());
        SignedTransfer { transfer: self, signature }
    }

    fn digest(&self) -> [u8; 64] {
        Sha512::new().chain_update(PREFIX).chain_update(self.to_bytes()).finalize().into()
    }
}

impl Encode for Transfer {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.id);
        writer.put(&self.payer);
        writer.put(&self.payee);
        writer.put(&self.currency);
        writer.put(&self.amount);
        writer.put(&self.payer_account);
        writer.put(&self.payee_account);
    }
}

impl Decode for Transfer {
    fn decode(reader: &mut Reader<'_>) -> TokenResult<Self> {
        Ok(Self {
            id: reader.get()?,
            payer: reader.get()?,
            payee: reader.get()?,
            currency: reader.get()?,
            amount: reader.get()?,
            payer_account: reader.get()?,
            payee_account: reader.get()?,
        })
    }
}

/// A transfer with a signature that nobody has verified yet: 235 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedTransfer {
    /// What is transferred.
    pub transfer: Transfer,
    signature: Signature,
}

impl SignedTransfer {
    /// What the log tells of it: the institutions and the amount, without the references.
    #[must_use]
    pub fn published(&self) -> leaf::Transfer {
        let Transfer { payer, payee, currency, amount, .. } = self.transfer;
        leaf::Transfer { payer, payee, currency, amount }
    }

    /// Verifies the payer's signature. Errors: `E_AUTH`.
    pub fn verify(&self) -> TokenResult<()> {
        let payer = PublicKey(self.transfer.payer.0);
        payer.verify_digest(&self.transfer.digest(), &self.signature).map_err(|_| Error::Auth)
    }
}

impl Encode for SignedTransfer {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.transfer);
        writer.put(&self.signature);
    }
}

impl Decode for SignedTransfer {
    fn decode(reader: &mut Reader<'_>) -> TokenResult<Self> {
        Ok(Self { transfer: reader.get()?, signature: reader.get()? })
    }
}

impl From<SignedTransfer> for wire::TransferRequest {
    fn from(signed: SignedTransfer) -> Self {
        Self { transfer: signed.to_bytes() }
    }
}

impl TryFrom<wire::TransferRequest> for SignedTransfer {
    type Error = Malformed;

    fn try_from(request: wire::TransferRequest) -> Result<Self, Malformed> {
        Self::from_bytes(&request.transfer).map_err(Malformed::field("transfer"))
    }
}

/// That both vaults have moved, or the refusal.
pub type Reply = Result<(), Refusal>;

/// The reply as protobuf.
#[must_use]
pub fn to_wire(reply: Reply) -> wire::TransferReply {
    use wire::transfer_reply::Outcome;
    let outcome = match reply {
        Ok(()) => Outcome::Transferred(wire::Transferred {}),
        Err(refusal) => Outcome::Refused(refusal.into()),
    };
    wire::TransferReply { outcome: Some(outcome) }
}

/// The reply from protobuf. Errors: [`Malformed`].
pub fn from_wire(reply: wire::TransferReply) -> Result<Reply, Malformed> {
    use wire::transfer_reply::Outcome;
    match reply.outcome.ok_or(Malformed::Missing("outcome"))? {
        Outcome::Transferred(wire::Transferred {}) => Ok(Ok(())),
        Outcome::Refused(refusal) => Refusal::try_from(refusal).map(Err),
        // Only intermediaries say so, and only to wallets.
        Outcome::Pending(wire::Pending {}) => Err(Malformed::Field("outcome")),
    }
}

/// What a wallet is told, as protobuf.
#[must_use]
pub fn standing_to_wire(standing: Standing<Reply>) -> wire::TransferReply {
    use wire::transfer_reply::Outcome;
    match standing {
        Standing::Decided(reply) => to_wire(reply),
        Standing::Pending => {
            wire::TransferReply { outcome: Some(Outcome::Pending(wire::Pending {})) }
        }
    }
}

/// What a wallet is told, from protobuf. Errors: [`Malformed`].
pub fn standing_from_wire(reply: wire::TransferReply) -> Result<Standing<Reply>, Malformed> {
    use wire::transfer_reply::Outcome;
    match reply.outcome {
        Some(Outcome::Pending(wire::Pending {})) => Ok(Standing::Pending),
        outcome => from_wire(wire::TransferReply { outcome }).map(Standing::Decided),
    }
}
