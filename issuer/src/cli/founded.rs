//! A founded issuer: its home opened, its configuration read, its manifest checked.

use super::outcome::Failure;
use super::today::Today;
use super::unchanged;
use crate::anchor::{self, Astray};
use crate::clock::LedgerClock;
use crate::config::Config;
use crate::home::{Anchored, Found, Home, ROOT_PUBLIC};
use crate::office::{Office, Published};
use crate::rows::{Denominations, Intermediaries, Intermediary};
use crate::signer::{InProcess, open_key};
use crate::store::{self, Cache, Store};
use crate::view::View;
use std::collections::BTreeMap;
use std::path::Path;
use tender_proto::certificate::Credential;
use tender_proto::trust::Trust;
use tender_store::envelope::Lock;
use tender_store::files::is_no_room;
use tender_token::amount::Amount;
use tender_token::date::Timestamp;
use tender_token::error::Error;
use tender_token::identity::RegistrarId;
use tender_token::manifest::Manifest;
use tender_token::series::DenominationId;
use tender_token::signature::PublicKey;

/// The name of the tier's certificate authority; see [`read_credential`].
pub const AUTHORITY: &str = "authority";
/// The name of the server's certificate.
pub const SERVER: &str = "server";
/// The name of the operator's certificate.
pub const OPERATOR: &str = "operator";

/// A founded issuer.
#[derive(Debug)]
pub struct Founded {
    /// What it was founded with.
    pub config: Config,
    /// Its store, which no other process holds.
    pub store: Store,
}

impl Founded {
    /// Opens the home. Errors: no issuer is founded here, or its files cannot be used.
    pub fn open(home: &Home) -> Result<Self, Failure> {
        let config = read_config_of(home)?;
        let store = open_store(home, config.store_cache)?;
        let founded = Self { config, store };
        founded.check_unchanged()?;
        Ok(founded)
    }

    /// Refuses a configuration that was edited where it says what the issuer was founded with.
    /// Errors: wrong usage; the store's.
    pub fn check_unchanged(&self) -> Result<(), Failure> {
        let decimals = |currency| Ok(store::decimals(&self.store, currency)?);
        unchanged::check(&self.config, &store::founding(&self.store)?, decimals)
    }

    /// The same over a store that does not have its name yet. Errors: the configuration's.
    pub fn over(home: &Home, store: Store) -> Result<Self, Failure> {
        Ok(Self { config: read_config(&home.config())?, store })
    }

    /// The clock that everything over the store is decided by. Errors: the machine's clock is too
    /// far from the books.
    pub fn clock(&self, today: Today) -> Result<LedgerClock, Failure> {
        today.clock_of(&self.store, self.config.clock)
    }

    /// Makes a view's changes durable, and the home remembers them. Errors: the store's.
    pub fn commit(&self, home: &Home, view: View, now: Timestamp) -> Result<(), Failure> {
        self.store.commit_at(view, now)?;
        let _tried_again_later = anchor::follow(home, &self.store);
        Ok(())
    }

    /// Everything that was published, the newest manifest verified.
    /// Errors: it cannot be used.
    pub fn published(&self, home: &Home) -> Result<(Published, Trust, Manifest), Failure> {
        let published = Published::read(&self.store)?;
        let (trust, manifest) = published.verify(&read_root(home)?).map_err(unusable)?;
        Ok((published, trust, manifest))
    }

    /// All series that there ever were, as an audit reads old rows. Errors: it cannot be used.
    pub fn archive(&self, home: &Home) -> Result<Manifest, Failure> {
        self.published(home)?.0.archive().map_err(unusable)
    }

    /// Opens the keys too, whose signatures are counted again from the ledger if `recount` says so.
    /// Errors: manifest, keys or counts cannot be used.
    pub fn office(&self, home: &Home, lock: &mut Lock, recount: bool) -> Result<Office, Failure> {
        let (published, _, manifest) = self.published(home)?;
        let archive = published.archive().map_err(unusable)?;
        let signer = InProcess::load(home, &manifest, lock)?.with_past(home, &archive, lock)?;
        if recount {
            signer.recount(home, &self.signed()?)?;
        }
        let signer = signer.counted(home, self.config.signatures_max, &self.signed()?);
        let signer = Box::new(signer?);
        let sessions_per_day = self.config.sessions_per_day;
        Office::new(published, &read_root(home)?, signer, sessions_per_day).map_err(unusable)
    }

    /// How many tokens the ledger owes, or did, of each denomination. Errors: the store's.
    fn signed(&self) -> Result<BTreeMap<DenominationId, u64>, Failure> {
        let mut signed = BTreeMap::new();
        self.store.scan::<Denominations>(|id, row| {
            signed.insert(id, row.signed.0);
        })?;
        Ok(signed)
    }

    /// Every intermediary, also those that are suspended. Errors: the store's.
    pub fn intermediaries(&self) -> Result<BTreeMap<RegistrarId, Intermediary>, Failure> {
        let mut all = BTreeMap::new();
        self.store.scan::<Intermediaries>(|id, row| {
            all.insert(id, row);
        })?;
        Ok(all)
    }
}

/// Opens the store of a home as its only writer, and remembers how far it has come. Every command
/// that has the store itself comes by here. Errors: [`Astray`].
pub fn open_store(home: &Home, cache: Cache) -> Result<Store, Astray> {
    let store = Store::open_with(&home.directory(), cache)?;
    let store = store.fenced(home.folder()).map_err(Astray::Fault)?;
    anchor::check(home, &store)?;
    // What a crash kept the anchor from following is followed now.
    anchor::raise(home, Anchored::Served, &store)?;
    Ok(store)
}

/// Reads an amount of the currency. Errors: wrong usage.
pub fn read_amount(decimals: u8, text: &str) -> Result<Amount, Failure> {
    Amount::parse_decimal(text, decimals).ok_or_else(|| {
        let point = text.find('.').unwrap_or(text.len());
        let (whole, fraction) = text.split_at(point);
        let is_number = !whole.is_empty()
            && whole.bytes().all(|byte| byte.is_ascii_digit())
            && Amount::parse_decimal(&format!("0{fraction}"), decimals).is_some();
        Failure::usage(if is_number {
            let most = Amount::from_minor_units(u64::MAX).to_decimal(decimals);
            format!("`{text}` is too large; the greatest amount is {most}")
        } else {
            format!("`{text}` is no amount with at most {decimals} decimals")
        })
    })
}

/// Reads the configuration of a founded issuer. Errors: none is founded here, or it cannot be used.
pub fn read_config_of(home: &Home) -> Result<Config, Failure> {
    check_founded(home)?;
    if !home.has_store() {
        let folder = home.folder().display();
        return Err(Failure::usage(format!(
            "the store of the issuer in {folder} is missing; restore it from a copy"
        )));
    }
    if !home.config().exists() {
        let config = home.config();
        let config = config.display();
        return Err(Failure::usage(format!(
            "{config} is missing, the configuration that this issuer was founded with: put back \
             the copy of it that was kept; only a new issuer, in another folder, is founded with \
             tender-issuer init --config FILE"
        )));
    }
    read_config(&home.config())
}

/// Refuses a folder that is no issuer's home, with what it is. Errors: wrong usage; a fault, if the
/// folder lets nobody look.
pub fn check_founded(home: &Home) -> Result<(), Failure> {
    let folder = home.folder().display();
    let sentence = match home.found().map_err(|error| unread(home.folder(), &error))? {
        Found::Issuer => return Ok(()),
        Found::Intermediary => format!(
            "{folder} is the home of an intermediary, which tender-intermediary works with; give \
             the issuer's as --home"
        ),
        Found::Copy => format!(
            "{folder} is a copy of a store and no home; a store that is lost is put back from it \
             with --home DIR restore --from {folder}, where DIR is the home"
        ),
        Found::Nothing => match home.inside() {
            Some(inside) => {
                let inside = inside.display();
                format!("no issuer is founded in {folder} itself, but in {inside}: --home {inside}")
            }
            None => {
                format!("no issuer is founded in {folder}; run init first, or give another --home")
            }
        },
    };
    Err(Failure::usage(sentence))
}

fn read_config(path: &Path) -> Result<Config, Failure> {
    parse_config(path, &read_given(path)?)
}

/// Checks a configuration of which something new is made. Errors: wrong usage that names its file.
pub fn read_new_config(path: &Path) -> Result<(String, Config), Failure> {
    let text = read_given(path)?;
    let config = parse_config(path, &text)?;
    let wrong = |error| Failure::usage(format!("{}: {error}; nothing was done", path.display()));
    config.check_works().map_err(wrong)?;
    Ok((text, config))
}

/// Checks a configuration that was read. Errors: wrong usage that names its file.
fn parse_config(path: &Path, text: &str) -> Result<Config, Failure> {
    let wrong = |error| Failure::usage(format!("{}: {error}", path.display()));
    Config::parse(text).map_err(wrong)
}

/// A manifest that the store holds cannot be used.
pub fn unusable(error: Error) -> Failure {
    Failure::fault(format!("the stored manifest is unusable: {error}"))
}

/// Reads the root's public key. Errors: a failure that names the file.
pub fn read_root(home: &Home) -> Result<PublicKey, Failure> {
    let path = home.key(ROOT_PUBLIC);
    let unusable = || Failure::fault(format!("{} is no key in hex", path.display()));
    root_key(&read_text(&path)?).ok_or_else(unusable)
}

/// A key in hex. `None` if it is something else.
pub fn root_key(hex: &str) -> Option<PublicKey> {
    let mut root = [0; 32];
    hex::decode_to_slice(hex, &mut root).ok().map(|()| PublicKey(root))
}

/// Reads a text file. Errors: those of [`unread`].
pub fn read_text(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| unread(path, &error))
}

/// Reads a text file that somebody named. Errors: wrong usage, also if it holds no text; a fault.
pub fn read_given(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::InvalidData => {
            Failure::usage(format!("{} is another file: it holds no text", path.display()))
        }
        _ => unread(path, &error),
    })
}

/// Name of a certificate's file; its sealed key is `<name>.key` beside it.
pub fn certificate_file(name: &str) -> String {
    format!("{name}.pem")
}

/// Name of the sealed key of a certificate.
pub fn certificate_key(name: &str) -> String {
    format!("{name}.key")
}

/// Reads a certificate. If its key took its place already when a renewal was cut short, it takes
/// its own first. Errors: a failure that names the file.
pub fn read_certificate(home: &Home, name: &str) -> Result<String, Failure> {
    let (pem, key) = (certificate_file(name), certificate_key(name));
    if home.waiting(&pem).exists() && !home.waiting(&key).exists() {
        home.take_name(&pem).map_err(|error| unwritten(&home.waiting(&pem), &error))?;
    }
    read_text(&home.key(&pem))
}

/// Reads a certificate and opens its key. Errors: a failure that names the file.
pub fn read_credential(home: &Home, name: &str, lock: &mut Lock) -> Result<Credential, Failure> {
    let certificate = read_certificate(home, name)?;
    let file = certificate_key(name);
    let key = open_key(home, &file, lock)?;
    let key = core::str::from_utf8(&key)
        .map_err(|_| Failure::fault(format!("{file} is no certificate's key")))?;
    Ok(Credential { certificate, key: key.to_owned() })
}

/// Refuses a place where something is, before anything is made for it. Errors: wrong usage.
pub fn refuse_taken(out: &Path) -> Result<(), Failure> {
    if out.exists() {
        let out = out.display();
        return Err(Failure::usage(format!("{out} is there already; nothing was changed")));
    }
    Ok(())
}

/// A file that cannot be read: wrong usage if none is there, else a fault.
pub fn unread(path: &Path, error: &std::io::Error) -> Failure {
    failure(error, format!("{} cannot be read: {error}", path.display()))
}

/// A file or folder that cannot be written, made or removed: wrong usage if there is no such place,
/// else a fault.
pub fn unwritten(path: &Path, error: &std::io::Error) -> Failure {
    let advice = if is_no_room(error) {
        "; there is no room on its disk: make some, and give the command again"
    } else {
        ""
    };
    failure(error, format!("{} cannot be written: {error}{advice}", path.display()))
}

fn failure(error: &std::io::Error, sentence: String) -> Failure {
    match error.kind() {
        std::io::ErrorKind::NotFound
        | std::io::ErrorKind::NotADirectory
        | std::io::ErrorKind::IsADirectory => Failure::usage(sentence),
        _ => Failure::fault(sentence),
    }
}
