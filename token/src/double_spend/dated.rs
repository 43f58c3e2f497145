//! What counts after the secret is out (`[D5]`).

use crate::date::Timestamp;

/// Whether a double-spend proof counts for its token. The first proof against an identity makes `u`
/// public, and from then on anybody could have made the endorsements.
///
/// `seen` says since when the issuer can show that it had each of the two endorsements, if it can;
/// `first_proof` is the time of the first proof against the same identity, or `None` if this is it.
#[must_use]
pub fn counts(seen: [Option<Timestamp>; 2], first_proof: Option<Timestamp>) -> bool {
    let before = |first| seen.iter().all(|seen| seen.is_some_and(|seen| seen < first));
    first_proof.is_none_or(before)
}
