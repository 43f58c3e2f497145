//! Purchase: an intermediary orders currency for its vault.
//!
//! Nothing moves by it: the issuer's operator makes an instruction of it, which officers approve.
//! It is no verb of the protocol, so the intermediary signs it under a prefix that the protocol
//! never hashes with. The instruction's id follows from it, so that it is carried out once at most.

use sha2::{Digest, Sha256, Sha512};
use tender_token::amount::{Amount, Currency};
use tender_token::date::Timestamp;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::{Error, Result};
use tender_token::identity::RegistrarId;
use tender_token::signature::{PublicKey, SecretKey, Signature};
use tender_token::treasury::InstructionId;

const PREFIX: &[u8] = b"tender/purchase/v1/";
const INSTRUCTION: &[u8] = b"tender/purchase/instruction/v1/";

/// A purchase: 59 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purchase {
    /// Whose vault is to be filled.
    pub registrar: RegistrarId,
    /// Counts the intermediary's purchases from 1.
    pub number: u64,
    /// Of what.
    pub currency: Currency,
    /// How much, above zero, in minor units.
    pub amount: Amount,
    /// When it was ordered.
    pub time: Timestamp,
}

impl Purchase {
    /// Signs with the intermediary's key.
    #[must_use]
    pub fn sign(self, intermediary: &SecretKey) -> SignedPurchase {
        let signature = intermediary.sign_digest(&self.digest());
        SignedPurchase { purchase: self, signature }
    }

    /// The id of the instruction that carries it out.
    #[must_use]
    pub fn instruction(&self) -> InstructionId {
        let hash = Sha256::new().chain_update(INSTRUCTION).chain_update(self.to_bytes());
        InstructionId(hash.finalize().into())
    }

    fn digest(&self) -> [u8; 64] {
        Sha512::new().chain_update(PREFIX).chain_update(self.to_bytes()).finalize().into()
    }
}

impl Encode for Purchase {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.registrar);
        writer.u64(self.number);
        writer.put(&self.currency);
        writer.put(&self.amount);
        writer.put(&self.time);
    }
}

impl Decode for Purchase {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            registrar: reader.get()?,
            number: reader.u64()?,
            currency: reader.get()?,
            amount: reader.get()?,
            time: reader.get()?,
        })
    }
}

/// A purchase with a signature that nobody has verified yet: 123 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedPurchase {
    /// What is ordered.
    pub purchase: Purchase,
    signature: Signature,
}

impl SignedPurchase {
    /// Verifies the intermediary's signature. Errors: `E_AUTH`.
    pub fn verify(&self) -> Result<()> {
        let intermediary = PublicKey(self.purchase.registrar.0);
        let verified = intermediary.verify_digest(&self.purchase.digest(), &self.signature);
        verified.map_err(|_| Error::Auth)
    }
}

impl Encode for SignedPurchase {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.purchase);
        writer.put(&self.signature);
    }
}

impl Decode for SignedPurchase {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self { purchase: reader.get()?, signature: reader.get()? })
    }
}

#[cfg(test)]
mod tests {
    use super::{Purchase, SignedPurchase};
    use tender_token::amount::{Amount, Currency};
    use tender_token::date::Timestamp;
    use tender_token::encode::{Decode as _, Encode as _};
    use tender_token::error::Error;
    use tender_token::identity::RegistrarId;
    use tender_token::signature::SecretKey;

    #[test]
    fn every_flipped_bit_of_a_signed_purchase_is_refused() {
        let key = SecretKey::from_seed(&[7; 32]);
        let purchase = Purchase {
            registrar: RegistrarId(key.public().0),
            number: 1,
            currency: Currency::new("FLN").expect("three capital letters"),
            amount: Amount::from_minor_units(500),
            time: Timestamp(9),
        };
        let bytes = purchase.sign(&key).to_bytes();
        assert_eq!(bytes.len(), 123);
        assert_eq!(SignedPurchase::from_bytes(&bytes).expect("whole").verify(), Ok(()));
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            if let Ok(signed) = SignedPurchase::from_bytes(&changed) {
                assert_eq!(signed.verify(), Err(Error::Auth), "byte {at}");
            }
        }
    }
}
