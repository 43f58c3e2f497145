//! Every case of every file gives exactly the expected outcome.

mod cash;
mod guilt;
mod manifest;
mod opening;
mod payment;
mod provision;
mod withdraw;

use crate::file::{Entry, File};
use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use rand_core::CryptoRng;
use tender_token::encode::Encode;
use tender_token::error::{Error, Result};
use tender_token::manifest::Manifest;

/// A case: what the checking party knows, and what it is shown.
struct Case<'a> {
    manifest: &'a Manifest,
    context: Entry<'a>,
    input: Vec<u8>,
}

type Check = fn(&Case<'_>) -> Result<()>;

const CHECKS: &[(&str, Check)] = &[
    ("manifest", manifest::manifest),
    ("registration", provision::registration),
    ("receipt", provision::receipt),
    ("reveal", provision::reveal),
    ("slot", provision::slot),
    ("offer", payment::offer),
    ("payment", payment::payment),
    ("cash", cash::cash),
    ("withdraw", withdraw::withdraw),
    ("value_opening", opening::value),
    ("slot_opening", opening::slot),
    ("guilt", guilt::guilt),
];

#[test]
fn every_case_has_the_expected_outcome() {
    let (mut passed, mut failures) = (0, Vec::new());
    for file in File::all() {
        for entry in file.root().get("cases").members() {
            let (id, note) = (entry.get("id").text(), entry.get("note").text());
            let (check, expected) = (entry.get("check").text(), entry.get("expect").text());
            let outcome = outcome(&file.manifest, &entry, check);
            if outcome == expected {
                passed += 1;
            } else {
                let name = &file.name;
                failures.push(format!(
                    "{name} {id} {check}, {note}: expected {expected}, got {outcome}"
                ));
            }
        }
    }
    let failed = failures.len();
    assert!(failures.is_empty(), "{passed} passed, {failed} failed:\n{}", failures.join("\n"));
}

fn outcome(manifest: &Manifest, entry: &Entry<'_>, check: &str) -> &'static str {
    let case = Case { manifest, context: entry.get("context"), input: entry.get("input").bytes() };
    match CHECKS.iter().find(|(name, _)| *name == check) {
        Some((_, check)) => check(&case).map_or_else(Error::name, |()| "OK"),
        None => "no such check",
    }
}

impl Case<'_> {
    /// What was decoded encodes to the same bytes (`[F1]`).
    fn is_canonical(&self, decoded: &impl Encode) {
        assert_eq!(hex::encode(decoded.to_bytes()), hex::encode(&self.input), "encode(decode(x))");
    }
}

/// Randomness for batch weights.
fn rng() -> impl CryptoRng {
    UnwrapErr(SysRng)
}
