//! The files of known answers in the repository, and what only their stories need.

use crate::conformance::file::{Entry, File};
use rsa::pkcs1::der::Document;
use std::path::{Path, PathBuf};
use tender_token::amount::Amount;
use tender_token::rsa::SecretKey;

/// Every file in `tests/vectors`.
pub fn paths() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let entries = folder.read_dir().expect("the folder exists");
    let mut paths: Vec<_> =
        entries.map(|entry| entry.expect("as the file is written").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    assert!(!paths.is_empty(), "there are known answers");
    paths
}

impl File {
    /// Every file in `tests/vectors`.
    pub fn all() -> Vec<Self> {
        paths().iter().map(|path| Self::read(path).expect("as the file is written")).collect()
    }

    /// The RSA secret key with this modulus. The file also has its private exponent; the PEM has
    /// all.
    pub fn rsa_key(&self, modulus: &[u8]) -> SecretKey {
        let keys = self.root().get("keys").fields();
        let mut keys = keys.iter().filter(|key| key.find("n").is_some());
        let key = keys.find(|key| key.get("n").bytes() == modulus).expect("the key is in the file");
        let (_, der) = Document::from_pem(key.get("pem").text()).expect("a PEM");
        SecretKey::from_der(der.as_bytes()).expect("an RSA key")
    }
}

impl Entry<'_> {
    /// All fields.
    pub fn fields(&self) -> Vec<Self> {
        let fields = self.json.as_object().unwrap_or_else(|| panic!("{} has no fields", self.path));
        fields.iter().map(|(name, json)| self.below(name, json)).collect()
    }

    pub fn amount(&self) -> Amount {
        Amount::from_minor_units(self.number())
    }

    /// Compares a value that was computed with the one in the file.
    pub fn is(&self, computed: impl AsRef<[u8]>) {
        let computed = computed.as_ref();
        assert!(self.bytes() == computed, "{} is not {}", self.path, hex::encode(computed));
    }
}
