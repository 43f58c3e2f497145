//! Slots that wait for a reply (`[W8]`).

use crate::date::Timestamp;
use crate::series::Dates;

/// Why a slot stays reserved: a request was made for it and has no reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reservation {
    /// Last second in which the issuer accepts the request.
    pub expires: Timestamp,
    /// The dates of the slot's series.
    pub dates: Dates,
}

/// What the issuer said about `(U, sid)` when asked by RESTORE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Query {
    /// The issuer's time when it answered.
    pub answered: Timestamp,
    /// Whether it knows the session.
    pub known: bool,
}

impl Reservation {
    /// Whether the slot is released: the issuer said after `expires` that it knows no such session,
    /// or the series ended, which it does with its last day of claims. An earlier answer releases
    /// nothing, because the delayed request could still be accepted.
    #[must_use]
    pub fn is_released(&self, now: Timestamp, query: Option<Query>) -> bool {
        let unknown = query.is_some_and(|query| !query.known && query.answered > self.expires);
        unknown || now.day() > self.dates.claim_until
    }
}
