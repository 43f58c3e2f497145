//! Reading a file of known answers: JSON with bytes in hex.
//!
//! An entry that is missing or has another form is a panic that says where it stands: it fails the
//! case, or the test, that needs it.

use serde_json::Value;
use std::fmt::Display;
use std::path::Path;
use tender_token::encode::Decode;
use tender_token::error::Result;
use tender_token::manifest::{Manifest, ManifestRecord, Strictness};

/// One file of known answers and the manifest it is about.
pub struct File {
    pub name: String,
    pub manifest: Manifest,
    json: Value,
}

impl File {
    /// Reads a file. The problem, if there is one, is a sentence for a person.
    pub fn read(path: &Path) -> core::result::Result<Self, String> {
        let place = path.display();
        let text = std::fs::read(path).map_err(|error| format!("cannot read {place}: {error}"))?;
        let json: Value = serde_json::from_slice(&text)
            .map_err(|error| format!("{place} is not JSON: {error}"))?;
        let manifest = json.get("manifest").and_then(Value::as_str);
        let manifest = manifest.ok_or_else(|| {
            format!("{place} has no text `manifest`: it is no file of known answers")
        })?;
        let manifest = hex::decode(manifest)
            .map_err(|error| format!("the manifest of {place} is not in hex: {error}"))?;
        let manifest = checked(&manifest)
            .map_err(|error| format!("the manifest of {place} cannot be used: {error}"))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { name, manifest, json })
    }

    /// The whole file.
    pub fn root(&self) -> Entry<'_> {
        Entry { path: self.name.clone(), json: &self.json }
    }
}

/// A manifest by `[S4]`, with the depths of tests.
fn checked(bytes: &[u8]) -> Result<Manifest> {
    Manifest::check(ManifestRecord::from_bytes(bytes)?, Strictness::Test)
}

/// A value of a file, which knows where it stands in it.
pub struct Entry<'a> {
    pub path: String,
    pub json: &'a Value,
}

impl<'a> Entry<'a> {
    /// The entry of this name, which stands below this one.
    pub fn below(&self, name: impl Display, json: &'a Value) -> Self {
        Self { path: format!("{}.{name}", self.path), json }
    }

    /// The field of this name, or `None` if it is absent or null.
    pub fn find(&self, name: &str) -> Option<Self> {
        let json = self.json.get(name).filter(|json| !json.is_null());
        json.map(|json| self.below(name, json))
    }

    /// The field of this name, null if it is absent.
    pub fn find_or_null(&self, name: &str) -> Self {
        self.below(name, self.json.get(name).unwrap_or(&Value::Null))
    }

    /// The field of this name.
    pub fn get(&self, name: &str) -> Self {
        self.find(name).unwrap_or_else(|| panic!("{}.{name} is missing", self.path))
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

    pub fn bytes(&self) -> Vec<u8> {
        hex::decode(self.text()).unwrap_or_else(|_| panic!("{} is not in hex", self.path))
    }

    /// A structure, or bytes of a fixed length.
    pub fn read<T: Decode>(&self) -> T {
        self.parse(T::from_bytes)
    }

    /// A structure that more than its bytes is needed for.
    pub fn parse<T>(&self, parse: impl FnOnce(&[u8]) -> Result<T>) -> T {
        parse(&self.bytes()).unwrap_or_else(|error| panic!("{}: {error}", self.path))
    }

    /// A manifest that may be used in tests.
    pub fn manifest(&self) -> Manifest {
        self.parse(checked)
    }
}
