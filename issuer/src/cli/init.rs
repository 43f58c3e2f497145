//! `init`: founds the issuer.

use super::Founding as Arguments;
use super::founded::{
    AUTHORITY, OPERATOR, SERVER, certificate_file, certificate_key, read_new_config, unread,
    unwritten,
};
use super::outcome::{Failure, Outcome};
use super::passphrase::{Whose, fresh};
use super::today::Today;
use crate::anchor;
use crate::config::Config;
use crate::home::{Anchored, Found, Home, ROOT_PUBLIC};
use crate::operation::{Order, Terms, carry_out};
use crate::signer::ceremony::Founding;
use crate::signer::seal_key;
use crate::store::{self, Store};
use indicatif::{ProgressBar, ProgressStyle};
use rand_core::CryptoRng;
use serde_json::json;
use std::path::Path;
use tender_proto::certificate::{Credential, Role, authority, fingerprint_of_pem, issue};
use tender_proto::operator::{Duty, Operation};
use tender_proto::transport::SERVER_NAME;
use tender_proto::trust::Trust;
use tender_store::envelope::Lock;
use tender_store::files::write_private;
use tender_token::date::Timestamp;
use tender_token::encode::Decode;
use tender_token::manifest::ManifestRecord;
use tender_token::signature::PublicKey;

const AUTHORITY_NAME: &str = "Tender issuer authority";

/// Makes the keys, signs the first manifest and creates the store, all in a draft of the home that
/// gets its name at the end: a founding that was interrupted can simply be done again, and one that
/// was not is never overwritten.
pub fn run<R: CryptoRng + Clone + Send>(
    home: &Home,
    arguments: &Arguments,
    passphrase: Option<&Path>,
    today: Today,
    rng: &mut R,
) -> Result<Outcome, Failure> {
    let now = today.without_books()?;
    let _alone = home.alone().map_err(|error| unwritten(home.folder(), &error))?;
    let draft = home.draft();
    refuse_taken(home, &draft)?;
    let (text, config) = read_new_config(&arguments.config)?;
    let mut lock = fresh(Whose::Issuer, passphrase)?;
    let mut root_lock = fresh(Whose::Root, arguments.root_passphrase_file.as_deref())?;
    if lock.is_same(&root_lock) {
        let sentence = "the root's key has the passphrase of the issuer's keys, so that whoever \
                        serves could publish keys of their own; give it another; nothing was done";
        return Err(Failure::usage(sentence));
    }
    draft.create().map_err(|error| unwritten(draft.folder(), &error))?;
    let keys = generate(&config, rng)?;
    keys.write(&draft, &mut lock, &mut root_lock, config.cost, rng)?;
    let (_, trust, root) = keys.establish(&config, now.day())?;
    let root = root.public();
    let fingerprint = write_certificates(&draft, &mut lock, &config, rng)?;
    write(&draft, ROOT_PUBLIC, hex::encode(root.0).as_bytes())?;
    write_private(&draft.config(), text.as_bytes())
        .map_err(|error| unwritten(&draft.config(), &error))?;
    let store = store::create(&draft.directory(), &trust, config.decimals, now.day())?;
    appoint_founder(&store, &trust, fingerprint, now)?;
    anchor::raise(&draft, Anchored::Served, &store)?;
    drop(store);
    home.establish(&draft).map_err(|error| unwritten(home.folder(), &error))?;
    founded(home, &config, &trust, root)
}

/// Refuses to touch a home that is there, also one that only looks like another's draft.
fn refuse_taken(home: &Home, draft: &Home) -> Result<(), Failure> {
    let folder = home.folder().display();
    if home.has_store() {
        return Err(Failure::usage(format!("an issuer is founded in {folder} already")));
    }
    if home.is_taken().map_err(|error| unread(home.folder(), &error))? {
        let what = match home.found() {
            Ok(Found::Intermediary) => "is the home of an intermediary",
            Ok(Found::Issuer) => "is an issuer's home that has lost its store: see restore",
            Ok(Found::Copy | Found::Nothing) | Err(_) => "is not empty",
        };
        return Err(Failure::usage(format!("{folder} {what}; nothing was done")));
    }
    if draft.has_store() {
        let whole = draft.folder().display();
        return Err(Failure::usage(format!(
            "a whole issuer is in {whole}; rename that to {folder}, or move it away"
        )));
    }
    Ok(())
}

fn generate<R: CryptoRng + Clone + Send>(
    config: &Config,
    rng: &mut R,
) -> Result<Founding, Failure> {
    let bar = progress(config);
    let keys = Founding::generate(&config.denominations, rng, || bar.inc(1))?;
    bar.finish_and_clear();
    Ok(keys)
}

/// One step for each RSA key of a series.
pub fn progress(config: &Config) -> ProgressBar {
    let count = config.denominations.len().saturating_add(1);
    let bar = ProgressBar::new(u64::try_from(count).unwrap_or(u64::MAX));
    let style = ProgressStyle::with_template("{msg} {bar:40} {pos}/{len}");
    bar.set_style(style.expect("the template is well-formed"));
    bar.set_message("making RSA keys");
    bar
}

/// Records the first operator, by whose certificate others are appointed.
fn appoint_founder(
    store: &Store,
    trust: &Trust,
    fingerprint: [u8; 32],
    now: Timestamp,
) -> Result<(), Failure> {
    let (name, duty) = (OPERATOR.to_owned(), Duty::Operator);
    let operation = Operation::Appoint { name, duty, fingerprint };
    let order = Order { operator: fingerprint, operation };
    let issuer = ManifestRecord::from_bytes(&trust.manifest)
        .map_err(|error| Failure::fault(format!("the manifest was not written: {error}")))?
        .issuer;
    let terms = Terms { issuer, policy: &trust.policy };
    carry_out(store, terms, &order, now)?.map(|_| ()).map_err(Failure::operation)
}

/// Returns the fingerprint of the operator's certificate.
fn write_certificates(
    home: &Home,
    lock: &mut Lock,
    config: &Config,
    rng: &mut impl CryptoRng,
) -> Result<[u8; 32], Failure> {
    let unusable = |error| Failure::fault(format!("no certificate could be made: {error}"));
    let authority = authority(AUTHORITY_NAME).map_err(unusable)?;
    let server = issue(&authority, SERVER_NAME, Role::Server).map_err(unusable)?;
    let operator = issue(&authority, "operator", Role::Client).map_err(unusable)?;
    let fingerprint = fingerprint_of_pem(&operator.certificate)
        .ok_or_else(|| Failure::fault("the certificate that was made cannot be read"))?;
    for (name, credential) in [(AUTHORITY, authority), (OPERATOR, operator), (SERVER, server)] {
        let Credential { certificate, key } = credential;
        let path = home.key(&certificate_file(name));
        let key = zeroize::Zeroizing::new(key);
        write_private(&path, certificate.as_bytes()).map_err(|error| unwritten(&path, &error))?;
        seal_key(home, &certificate_key(name), key.as_bytes(), lock, config.cost, rng)?;
    }
    Ok(fingerprint)
}

fn write(home: &Home, name: &str, bytes: &[u8]) -> Result<(), Failure> {
    let path = home.key(name);
    write_private(&path, bytes).map_err(|error| unwritten(&path, &error))
}

fn founded(
    home: &Home,
    config: &Config,
    trust: &Trust,
    root: PublicKey,
) -> Result<Outcome, Failure> {
    let record = ManifestRecord::from_bytes(&trust.manifest)
        .map_err(|error| Failure::fault(format!("the manifest was not written: {error}")))?;
    let (root, manifest) = (hex::encode(root.0), hex::encode(record.hash().0));
    let sentence = format!(
        "The issuer of {} is founded in {}.\nRoot key: {root}\nManifest: {manifest}",
        config.currency,
        home.folder().display()
    );
    let object = json!({
        "currency": config.currency.code(),
        "root": root,
        "manifest": manifest,
        "denominations": config.denominations.len(),
    });
    Ok(Outcome::done(sentence, object).written_to(home.folder()))
}
