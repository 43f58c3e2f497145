//! Exchange without a name (`[W9]`): whoever holds tokens gets fresh ones. We hand the request on
//! and keep nothing; the issuer's answers are the same for ever, so a wallet just asks again.

use tender_token::error::Error;
use tender_token::exchange::Request;
use tender_token::manifest::Manifest;

/// Whether a request is one that the issuer can read. Errors: those of reading it.
pub fn admit(request: &[u8], manifest: &Manifest) -> Result<(), Error> {
    Request::from_bytes(request, manifest).map(|_| ())
}
