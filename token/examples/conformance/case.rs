//! A case: what the checking party knows, and what it is shown.

use super::file::{Entry, File};
use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use rand_core::CryptoRng;
use std::borrow::Cow;
use tender_token::date::{Day, Timestamp};
use tender_token::encode::Encode;
use tender_token::manifest::{Manifest, ManifestHash};

pub struct Case<'a> {
    pub manifest: Cow<'a, Manifest>,
    /// What the party knows. Without it, it knows nothing but what the file tells all.
    pub context: Entry<'a>,
    pub input: Vec<u8>,
    file: Entry<'a>,
}

impl<'a> Case<'a> {
    pub fn new(file: &'a File, entry: &Entry<'a>) -> Self {
        let context = entry.find_or_null("context");
        let own = context.find("manifest").map(|entry| entry.manifest());
        Self {
            manifest: own.map_or(Cow::Borrowed(&file.manifest), Cow::Owned),
            context,
            input: entry.get("input").bytes(),
            file: file.root(),
        }
    }

    pub fn now(&self) -> Timestamp {
        Timestamp(self.known_to_all("now").number())
    }

    pub fn today(&self) -> Day {
        Day(self.known_to_all("today").number())
    }

    /// The manifests that the party accepts in an offer or a plan.
    pub fn accepted(&self) -> Vec<ManifestHash> {
        let hashes = self.context.find("manifest_hashes").map(|hashes| hashes.list());
        hashes.unwrap_or_else(|| vec![self.manifest.hash()])
    }

    /// The members of a list of the context. Without the list, the party knows of none.
    pub fn listed(&self, name: &str) -> Vec<Entry<'a>> {
        self.context.find(name).map_or_else(Vec::new, |list| list.members())
    }

    /// What was decoded encodes to the same bytes (`[F1]`).
    pub fn is_canonical(&self, decoded: &impl Encode) {
        let encoded = decoded.to_bytes();
        assert!(encoded == self.input, "encode(decode(input)) is {}", hex::encode(encoded));
    }

    /// What all cases of a file have in common, unless the context says otherwise.
    fn known_to_all(&self, name: &str) -> Entry<'a> {
        self.context.find(name).unwrap_or_else(|| self.file.get(name))
    }
}

/// Randomness for batch weights.
pub fn rng() -> impl CryptoRng {
    UnwrapErr(SysRng)
}
