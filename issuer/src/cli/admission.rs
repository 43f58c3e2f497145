//! What somebody needs to call the issuer: a certificate with its key, address and trust, in one
//! file that is handed over.

use super::desk::Desk;
use super::founded::{AUTHORITY, read_config_of, read_credential, refuse_taken, unwritten};
use super::ordered::Ordered;
use super::outcome::{Failure, Fate};
use super::passphrase::{Whose, known};
use crate::home::Home;
use std::fs::{read_to_string, remove_file};
use std::path::Path;
use tender_proto::admission::Admission;
use tender_proto::certificate::{Role, fingerprint_of_pem, issue};
use tender_proto::operator::Operation;
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
    write_private(out, text.as_bytes()).map_err(|error| unwritten(out, &error))?;
    Ok(fingerprint)
}

/// The fingerprint of the certificate that a file hands over, if it is one that hands one over.
pub fn handed(out: &Path) -> Option<[u8; 32]> {
    let text = zeroize::Zeroizing::new(read_to_string(out).ok()?);
    let admission: Admission = toml::from_str(&text).ok()?;
    fingerprint_of_pem(&admission.credential.certificate)
}

/// Orders what makes a certificate good whose file is written. The file is gone again if it is not:
/// the same command can be given again. Errors: those of the order, and what to do with the file
/// where nobody knows what became of it.
pub fn record(
    desk: &Desk,
    operation: Operation,
    fingerprint: [u8; 32],
    out: &Path,
) -> Result<Ordered, Failure> {
    let is_recorded = || {
        let overview = desk.overview().ok()?;
        let mut banks = overview.intermediaries.values();
        let is_bank = banks.any(|row| row.fingerprint == fingerprint);
        Some(is_bank || overview.staff.contains_key(&fingerprint))
    };
    desk.order(operation).map_err(|failure| left(failure, is_recorded, fingerprint, out))
}

fn left(
    failure: Failure,
    is_recorded: impl FnOnce() -> Option<bool>,
    fingerprint: [u8; 32],
    out: &Path,
) -> Failure {
    let is_void = match failure.fate() {
        Fate::Void => true,
        Fate::Booked => is_recorded() == Some(false),
        Fate::Open => false,
    };
    if is_void {
        // If it cannot be removed, the next attempt says that it is there.
        let _stays = remove_file(out);
        return failure;
    }
    let (out, fingerprint) = (out.display(), hex::encode(fingerprint));
    failure.adding(&format!(
        "whether its certificate is good is not known, so {out} is kept: if `staff list` or \
         `--json intermediary list` shows the fingerprint {fingerprint}, hand it over, else remove \
         it before you give the command again"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Fault;
    use std::fs::write;
    use tender_proto::operator::Refusal;

    /// The file is gone only where its certificate is good for nothing and stays so.
    #[test]
    fn a_file_is_left_where_its_certificate_may_be_good_and_only_there() {
        let folder = tempfile::tempdir().expect("the system has room for a folder");
        let out = folder.path().join("access.toml");
        let (address, said) = ("here".to_owned(), "no".to_owned());
        let unable = || Fault::Unable { address: address.clone(), said: said.clone() }.into();
        let silent = || Fault::Silent { address: address.clone(), why: said.clone() }.into();
        let cases: [(Failure, Option<bool>, bool); 7] = [
            (Failure::operation(Refusal::Taken), Some(false), false),
            (Failure::usage("no"), None, false),
            (unable(), Some(false), false),
            (unable(), Some(true), true),
            (unable(), None, true),
            (silent(), Some(false), true),
            (silent(), None, true),
        ];
        for (failure, recorded, stays) in cases {
            write(&out, "secret").expect("the folder is ours");
            let told = format!("{failure:?}");
            let said = format!("{:?}", left(failure, || recorded, [0xab; 32], &out));
            assert_eq!(out.exists(), stays, "{told}, {recorded:?}");
            let is_told = said.contains(&"ab".repeat(32)) && said.contains("access.toml is kept");
            assert_eq!(is_told, stays, "{said}");
        }
    }
}
