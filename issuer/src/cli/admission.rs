//! What somebody needs to call the issuer: a certificate with its key, address and trust, in one
//! file that is handed over.

use super::desk::Desk;
use super::founded::{AUTHORITY, file_failure, read_config_of, read_credential, refuse_taken};
use super::outcome::Failure;
use super::passphrase::{Whose, known};
use crate::home::Home;
use std::path::Path;
use tender_proto::admission::Admission;
use tender_proto::certificate::{Role, fingerprint_of_pem, issue};
use tender_store::files::write_private;

/// Makes a certificate and writes what its holder needs to call. It is written before the
/// certificate is valid, so that there is always one to hand over. Returns the fingerprint.
pub fn write_admission(
    home: &Home,
    passphrase: Option<&Path>,
    desk: &Desk,
    subject: &str,
    out: &Path,
) -> Result<[u8; 32], Failure> {
    refuse_taken(out)?;
    // Nobody gets a certificate that cannot be recorded.
    desk.now()?;
    let mut lock = known(Whose::Issuer, passphrase)?;
    let authority = read_credential(home, AUTHORITY, &mut lock)?;
    let credential = issue(&authority, subject, Role::Client)
        .map_err(|error| Failure::fault(format!("no certificate could be made: {error}")))?;
    let fingerprint = fingerprint_of_pem(&credential.certificate)
        .ok_or_else(|| Failure::fault("the certificate that was made cannot be read"))?;
    let admission = Admission {
        issuer_address: read_config_of(home)?.listen,
        root: desk.root.clone(),
        currency: desk.currency.code().to_owned(),
        decimals: desk.decimals,
        authority: authority.certificate,
        credential,
    };
    let text = toml::to_string(&admission).expect("an admission is strings and a number");
    let text = zeroize::Zeroizing::new(text);
    write_private(out, text.as_bytes()).map_err(|error| file_failure(out, &error))?;
    Ok(fingerprint)
}
