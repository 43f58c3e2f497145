//! Reading a file of known answers: JSON with bytes in hex, and the keys that its story names.

use rsa::pkcs1::der::Document;
use serde_json::Value;
use std::fmt::Display;
use std::path::Path;
use tender_token::amount::Amount;
use tender_token::encode::Decode;
use tender_token::manifest::{Manifest, ManifestRecord, Strictness};
use tender_token::rsa::SecretKey;

/// One file of known answers and the manifest it is about.
pub struct File {
    pub name: String,
    json: Value,
    pub manifest: Manifest,
}

impl File {
    /// Every file in `tests/vectors`.
    pub fn all() -> Vec<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
        let mut paths: Vec<_> = folder
            .read_dir()
            .expect("the folder exists")
            .map(|entry| entry.expect("as the file is written").path())
            .collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
        paths.sort();
        assert!(!paths.is_empty(), "there are known answers");
        paths.iter().map(|path| Self::read(path)).collect()
    }

    fn read(path: &Path) -> Self {
        let name = path.file_name().expect("as the file is written").to_string_lossy().into_owned();
        let text = std::fs::read(path).expect("a readable file");
        let json: Value = serde_json::from_slice(&text).expect("a JSON file");
        let manifest = Entry { path: name.clone(), json: &json }.get("manifest").bytes();
        let record = ManifestRecord::from_bytes(&manifest).expect("a manifest");
        let manifest = Manifest::check(record, Strictness::Test).expect("a valid manifest");
        Self { name, json, manifest }
    }

    /// The whole file.
    pub fn root(&self) -> Entry<'_> {
        Entry { path: self.name.clone(), json: &self.json }
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

/// A value of a file, which knows where it stands in it.
pub struct Entry<'a> {
    path: String,
    json: &'a Value,
}

impl<'a> Entry<'a> {
    fn below(&self, name: impl Display, json: &'a Value) -> Self {
        Self { path: format!("{}.{name}", self.path), json }
    }

    /// The field of this name, or `None` if it is absent or null.
    pub fn find(&self, name: &str) -> Option<Self> {
        let json = self.json.get(name).filter(|json| !json.is_null());
        json.map(|json| self.below(name, json))
    }

    /// The field of this name.
    pub fn get(&self, name: &str) -> Self {
        self.find(name).unwrap_or_else(|| panic!("{}.{name} is missing", self.path))
    }

    /// All fields.
    pub fn fields(&self) -> Vec<Self> {
        let fields = self.json.as_object().unwrap_or_else(|| panic!("{} has no fields", self.path));
        fields.iter().map(|(name, json)| self.below(name, json)).collect()
    }

    /// All members of a list.
    pub fn members(&self) -> Vec<Self> {
        let members = self.json.as_array().unwrap_or_else(|| panic!("{} is no list", self.path));
        members.iter().enumerate().map(|(index, json)| self.below(index, json)).collect()
    }

    /// A list of structures.
    pub fn list<T: Decode>(&self) -> Vec<T> {
        self.members().iter().map(Self::read).collect()
    }

    pub fn text(&self) -> &'a str {
        self.json.as_str().unwrap_or_else(|| panic!("{} is no text", self.path))
    }

    pub fn is_true(&self) -> bool {
        self.json.as_bool().unwrap_or_else(|| panic!("{} is no truth value", self.path))
    }

    pub fn number<T: TryFrom<u64>>(&self) -> T {
        let number = self.json.as_u64().and_then(|number| T::try_from(number).ok());
        number.unwrap_or_else(|| panic!("{} is no number in range", self.path))
    }

    pub fn amount(&self) -> Amount {
        Amount::from_minor_units(self.number())
    }

    pub fn bytes(&self) -> Vec<u8> {
        hex::decode(self.text()).unwrap_or_else(|_| panic!("{} is not in hex", self.path))
    }

    /// A structure, or bytes of a fixed length.
    pub fn read<T: Decode>(&self) -> T {
        T::from_bytes(&self.bytes()).unwrap_or_else(|error| panic!("{}: {error}", self.path))
    }

    /// Compares a value that was computed with the one in the file.
    pub fn is(&self, computed: impl AsRef<[u8]>) {
        let computed = computed.as_ref();
        assert!(self.bytes() == computed, "{} is not {}", self.path, hex::encode(computed));
    }
}
