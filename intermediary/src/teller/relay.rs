//! What wallets ask the issuer through us.

use super::{NoAnswer, Teller};
use crate::rows::CustomerId;
use crate::verbs::claim::Claiming;
use crate::verbs::{Begun, cashed_list, claim, exchange, restore};
use crate::view::View;
use tender_proto::call::{Call, Verb};
use tender_proto::cashed_list::Request as Listing;
use tender_proto::claim::Body;
use tender_proto::refusal::Refusal;
use tender_token::encode::Decode;
use tender_token::error::Error;
use tender_token::signature::PublicKey;

impl Teller {
    /// Exchange: lets a request through that the issuer can read. Errors: [`NoAnswer::Malformed`];
    /// inside: the refusal.
    pub fn exchange(&self, request: &[u8]) -> Result<Result<(), Refusal>, NoAnswer> {
        let Some(trusted) = self.trusted() else { return Ok(Err(Error::Manifest.into())) };
        match exchange::admit(request, &trusted.manifest) {
            Err(Error::Encoding) => Err(NoAnswer::Malformed),
            admitted => Ok(admitted.map_err(Refusal::from)),
        }
    }

    /// Cashed list: lets a question through that may have an answer. Errors: the refusal.
    pub fn cashed_list(&self, request: &Listing) -> Result<(), Refusal> {
        let trusted = self.trusted().ok_or(Error::Manifest)?;
        Ok(cashed_list::admit(request, &trusted.manifest)?)
    }

    /// Restore: lets a wallet of ours ask about itself, or about the one that it follows.
    /// Gives whose it is. Errors: [`NoAnswer`]; inside: the refusal.
    pub fn restore(
        &self,
        call: &Call,
        present: PublicKey,
    ) -> Result<Result<CustomerId, Refusal>, NoAnswer> {
        let asked = tender_proto::restore::Request::from_bytes(&call.body);
        let asked = asked.map_err(|_| NoAnswer::Malformed)?;
        if let Err(error) = call.verify(Verb::Restore, (self.clock)()) {
            return Ok(Err(error.into()));
        }
        let touches = |view: &mut View| restore::touches(present, &asked, view);
        let admit = |view: &View| restore::admit(view, &present, &call.device, &asked);
        Ok(self.books.read(touches, admit)?.map_err(Refusal::from))
    }

    /// Claim: verifies the call, reads the claim and begins. Errors: [`NoAnswer`].
    pub fn claim(&self, call: &Call) -> Result<Begun<tender_proto::claim::Reply>, NoAnswer> {
        let refused = |error: Error| Ok(Begun::Answered(Err(error.into())));
        let body = Body::from_bytes(&call.body).map_err(|_| NoAnswer::Malformed)?;
        let Some(trusted) = self.trusted() else { return refused(Error::Manifest) };
        if let Err(error) = call.verify(Verb::Claim, (self.clock)()) {
            return refused(error);
        }
        match Claiming::new(body, call.device, self.currency, &trusted.manifest) {
            Ok(claiming) => self.begin(claiming, Claiming::touches, claim::begin),
            Err(Error::Encoding) => Err(NoAnswer::Malformed),
            Err(error) => refused(error),
        }
    }
}
