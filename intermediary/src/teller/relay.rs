//! What wallets ask the issuer through us.

use super::{NoAnswer, Teller};
use crate::verbs::exchange;
use tender_proto::refusal::Refusal;
use tender_token::error::Error;

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
}
