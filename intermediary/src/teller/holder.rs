//! What the holder of an account asks about it.

use super::{NoAnswer, Teller};
use crate::verbs::{account, reference};
use crate::view::View;
use tender_proto::call::{Call, Verb};
use tender_token::cash::AccountRef;
use tender_token::encode::Decode;

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
}
