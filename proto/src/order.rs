//! Order: a holder has account money transferred, within the intermediary or to another one.
//!
//! It is no verb of the protocol, so the holder's device signs it under a prefix that the protocol
//! never hashes with. The intermediary keeps the signed bytes: they are why the account was
//! debited.

use crate::{Malformed, wire};
use sha2::{Digest, Sha512};
use tender_token::amount::{Amount, Currency};
use tender_token::cash::AccountRef;
use tender_token::date::Timestamp;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::{Error, Result as TokenResult};
use tender_token::identity::RegistrarId;
use tender_token::signature::{PublicKey, SecretKey, Signature};

const PREFIX: &[u8] = b"tender/order/v1/";

/// An order: 179 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// 32 random bytes that name it among the payer's for ever.
    pub id: [u8; 32],
    /// The intermediary that keeps the payer's account: nobody else may carry it out.
    pub registrar: RegistrarId,
    /// The payee's intermediary.
    pub payee: RegistrarId,
    /// The reference that the payee's intermediary gave the payee.
    pub payee_account: AccountRef,
    /// A fresh random reference: what the issuer sees of the payer.
    pub payer_account: AccountRef,
    /// Of what.
    pub currency: Currency,
    /// How much, above zero, in minor units.
    pub amount: Amount,
    /// Last second in which the intermediary accepts it, at most a day ahead.
    pub expires: Timestamp,
}

impl Order {
    /// Signs with the key of the payer's device.
    #[must_use]
    pub fn sign(self, device: &SecretKey) -> SignedOrder {
        let signature = device.sign_digest(&self.digest());
        SignedOrder { order: self, device: device.public(), signature }
    }

    fn digest(&self) -> [u8; 64] {
        Sha512::new().chain_update(PREFIX).chain_update(self.to_bytes()).finalize().into()
    }
}

impl Encode for Order {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.id);
        writer.put(&self.registrar);
        writer.put(&self.payee);
        writer.put(&self.payee_account);
        writer.put(&self.payer_account);
        writer.put(&self.currency);
        writer.put(&self.amount);
        writer.put(&self.expires);
    }
}

impl Decode for Order {
    fn decode(reader: &mut Reader<'_>) -> TokenResult<Self> {
        Ok(Self {
            id: reader.get()?,
            registrar: reader.get()?,
            payee: reader.get()?,
            payee_account: reader.get()?,
            payer_account: reader.get()?,
            currency: reader.get()?,
            amount: reader.get()?,
            expires: reader.get()?,
        })
    }
}

/// An order with the device that signed it and a signature that nobody has verified yet: 275 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedOrder {
    /// What is ordered.
    pub order: Order,
    /// Whose signature it is said to be.
    pub device: PublicKey,
    signature: Signature,
}

impl SignedOrder {
    /// Verifies the device's signature. Errors: `E_AUTH`.
    pub fn verify(&self) -> TokenResult<()> {
        let verified = self.device.verify_digest(&self.order.digest(), &self.signature);
        verified.map_err(|_| Error::Auth)
    }
}

impl Encode for SignedOrder {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.order);
        writer.put(&self.device);
        writer.put(&self.signature);
    }
}

impl Decode for SignedOrder {
    fn decode(reader: &mut Reader<'_>) -> TokenResult<Self> {
        Ok(Self { order: reader.get()?, device: reader.get()?, signature: reader.get()? })
    }
}

impl From<SignedOrder> for wire::OrderRequest {
    fn from(signed: SignedOrder) -> Self {
        Self { order: signed.to_bytes() }
    }
}

impl TryFrom<wire::OrderRequest> for SignedOrder {
    type Error = Malformed;

    fn try_from(request: wire::OrderRequest) -> Result<Self, Malformed> {
        Self::from_bytes(&request.order).map_err(Malformed::field("order"))
    }
}

#[cfg(test)]
mod tests {
    use super::{Order, SignedOrder};
    use tender_token::amount::{Amount, Currency};
    use tender_token::cash::AccountRef;
    use tender_token::date::Timestamp;
    use tender_token::encode::{Decode as _, Encode as _};
    use tender_token::error::Error;
    use tender_token::identity::RegistrarId;
    use tender_token::signature::SecretKey;

    #[test]
    fn every_flipped_bit_of_a_signed_order_is_refused() {
        let order = Order {
            id: [1; 32],
            registrar: RegistrarId([2; 32]),
            payee: RegistrarId([3; 32]),
            payee_account: AccountRef([4; 32]),
            payer_account: AccountRef([5; 32]),
            currency: Currency::new("FLN").expect("three capital letters"),
            amount: Amount::from_minor_units(500),
            expires: Timestamp(9),
        };
        let bytes = order.sign(&SecretKey::from_seed(&[7; 32])).to_bytes();
        assert_eq!(bytes.len(), 275);
        assert_eq!(SignedOrder::from_bytes(&bytes).expect("whole").verify(), Ok(()));
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            if let Ok(signed) = SignedOrder::from_bytes(&changed) {
                assert_eq!(signed.verify(), Err(Error::Auth), "byte {at}");
            }
        }
    }
}
