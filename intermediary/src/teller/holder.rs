//! What the holder of an account asks about it, and the orders to transfer from it.

use super::{NoAnswer, Teller};
use crate::verbs::transfer::Ordered;
use crate::verbs::{Begun, account, lines, notices, reference, transfer};
use crate::view::View;
use tender_proto::call::{Call, Verb};
use tender_proto::order::SignedOrder;
use tender_proto::transfer::{SignedTransfer, Transfer};
use tender_token::cash::AccountRef;
use tender_token::encode::{Decode, Reader};

impl Teller {
    /// Account: verifies the call and tells the balance. Errors: [`NoAnswer`].
    pub fn account(&self, call: &Call) -> Result<tender_proto::account::Reply, NoAnswer> {
        if !call.body.is_empty() {
            return Err(NoAnswer::Malformed);
        }
        if let Err(error) = call.verify(Verb::Account, (self.clock)()) {
            return Ok(Err(error.into()));
        }
        let touches = |view: &mut View| account::touches(call.device, view);
        Ok(self.books.read(touches, |view| account::decide(view, &call.device))?)
    }

    /// Statement: verifies the call and tells the account's lines after a point.
    /// Errors: [`NoAnswer`].
    pub fn lines(&self, call: &Call) -> Result<tender_proto::lines::Reply, NoAnswer> {
        let after = point(&call.body)?;
        if let Err(error) = call.verify(Verb::Statement, (self.clock)()) {
            return Ok(Err(error.into()));
        }
        let touches = |view: &mut View| lines::touches(call.device, after, view);
        Ok(self.books.read(touches, |view| lines::decide(view, &call.device, after))?)
    }

    /// Notices: verifies the call, forgets the notices up to a point and tells those after it.
    /// Errors: [`NoAnswer`].
    pub fn notices(&self, call: &Call) -> Result<tender_proto::notices::Reply, NoAnswer> {
        let after = point(&call.body)?;
        if let Err(error) = call.verify(Verb::Notices, (self.clock)()) {
            return Ok(Err(error.into()));
        }
        let device = call.device;
        let touches = move |view: &mut View| notices::touches(device, after, view);
        Ok(self.books.decide(touches, move |view| notices::decide(view, &device, after))?)
    }

    /// Reference: verifies the call and binds a reference to the holder. Errors: [`NoAnswer`].
    pub fn reference(&self, call: &Call) -> Result<tender_proto::reference::Reply, NoAnswer> {
        let account = AccountRef::from_bytes(&call.body).map_err(|_| NoAnswer::Malformed)?;
        if let Err(error) = call.verify(Verb::Reference, (self.clock)()) {
            return Ok(Err(error.into()));
        }
        self.not_short()?;
        let device = call.device;
        let touches = move |view: &mut View| reference::touches(device, account, view);
        Ok(self.books.decide(touches, move |view| reference::decide(view, &device, account))?)
    }

    /// Transfer: verifies the order and begins. Errors: [`NoAnswer`].
    pub fn transfer(
        &self,
        order: SignedOrder,
    ) -> Result<Begun<tender_proto::transfer::Reply>, NoAnswer> {
        let now = (self.clock)();
        let (registrar, currency) = (self.registrar(), self.currency);
        let ordered = match Ordered::verify(order, registrar, currency, now.day()) {
            Ok(ordered) => ordered,
            Err(error) => return Ok(Begun::Answered(Err(error.into()))),
        };
        self.begin(ordered, Ordered::touches, move |view, ordered| {
            transfer::begin(view, ordered, now)
        })
    }

    /// Signs a transfer out of our vault.
    #[must_use]
    pub fn sign_transfer(&self, transfer: Transfer) -> SignedTransfer {
        self.signer.sign_transfer(transfer)
    }
}

/// The point that a body names. Errors: [`NoAnswer::Malformed`].
fn point(body: &[u8]) -> Result<u64, NoAnswer> {
    let mut reader = Reader::new(body);
    let point = reader.u64();
    let whole = point.and_then(|point| reader.finish().map(|()| point));
    whole.map_err(|_| NoAnswer::Malformed)
}
