//! `[S4]` without the log and its cosignatures.

use super::case::Case;
use tender_token::encode::Decode;
use tender_token::error::Result;
use tender_token::manifest::{Manifest, ManifestRecord, Strictness};

pub fn manifest(case: &Case<'_>) -> Result<()> {
    let record = ManifestRecord::from_bytes(&case.input)?;
    case.is_canonical(&record);
    let production = case.context.find("production").is_some_and(|entry| entry.is_true());
    let strictness = if production { Strictness::Production } else { Strictness::Test };
    Manifest::check(record, strictness).map(drop)
}
