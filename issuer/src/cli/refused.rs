//! Why the books refuse what a command asks, and why what they published is not believed: one word
//! for programs, the same from every command, whether a server runs or not, always exit code 1.

use tender_proto::operator::Refusal;

/// What the books say no for, beside the protocol's errors.
#[derive(Clone, Copy, Debug)]
pub enum Refused {
    /// A proposal for the same series is pending, or was approved.
    Pending,
    /// It is revoked, so there is nothing to propose.
    Revoked,
    /// Somebody else has the name, the key or the certificate.
    Taken,
    /// The wallet is closed for good.
    Closed,
    /// The home calls its own running server with this certificate.
    OwnCertificate,
    /// No intermediary of this name is admitted.
    UnknownIntermediary,
    /// No such wallet is registered.
    UnknownWallet,
    /// Nobody of this name is appointed.
    UnknownStaff,
    /// No claim of this token waits.
    UnknownClaim,
    /// There is no incident of this number.
    UnknownIncident,
    /// There is no series of this number.
    UnknownSeries,
    /// There is no denomination of this id.
    UnknownDenomination,
    /// An exported log is not the one that an issuer of this root signed, or breaks its rules.
    UnsoundLog,
}

impl Refused {
    /// The word for programs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Revoked => "REVOKED",
            Self::Taken => "TAKEN",
            Self::Closed => "CLOSED",
            Self::OwnCertificate => "OWN_CERTIFICATE",
            Self::UnknownIntermediary => "UNKNOWN_INTERMEDIARY",
            Self::UnknownWallet => "UNKNOWN_WALLET",
            Self::UnknownStaff => "UNKNOWN_STAFF",
            Self::UnknownClaim => "UNKNOWN_CLAIM",
            Self::UnknownIncident => "UNKNOWN_INCIDENT",
            Self::UnknownSeries => "UNKNOWN_SERIES",
            Self::UnknownDenomination => "UNKNOWN_DENOMINATION",
            Self::UnsoundLog => "UNSOUND_LOG",
        }
    }
}

/// The word for programs of what an order was refused for.
pub fn word(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Protocol(error) => error.name(),
        Refusal::UnknownIntermediary => Refused::UnknownIntermediary.word(),
        Refusal::Taken => Refused::Taken.word(),
        Refusal::UnknownWallet => Refused::UnknownWallet.word(),
        Refusal::Closed => Refused::Closed.word(),
        Refusal::Already => "ALREADY",
        Refusal::UnknownStaff => Refused::UnknownStaff.word(),
        Refusal::UnknownClaim => Refused::UnknownClaim.word(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every word is in the manual's table of the issuer, with exit code 1, and no other word has
    /// that code there but those of the protocol and of the caller's certificate.
    #[test]
    fn the_manual_has_every_word_for_a_refusal() {
        let manual = include_str!("../../../docs/operations.md");
        // The table begins with the rules of the protocol; the intermediary has one of its own.
        let table = manual.lines().skip_while(|line| !line.starts_with("| `E_…`"));
        let table = table.take_while(|line| line.starts_with('|'));
        let rows = table.filter(|line| line.contains("` | 1 |"));
        let written: Vec<_> = rows.filter_map(|line| line.split('`').nth(1)).collect();
        let all = [
            Refused::Pending,
            Refused::Revoked,
            Refused::Taken,
            Refused::Closed,
            Refused::OwnCertificate,
            Refused::UnknownIntermediary,
            Refused::UnknownWallet,
            Refused::UnknownStaff,
            Refused::UnknownClaim,
            Refused::UnknownIncident,
            Refused::UnknownSeries,
            Refused::UnknownDenomination,
            Refused::UnsoundLog,
        ];
        let expected: Vec<_> = ["E_…"]
            .into_iter()
            .chain(all.map(Refused::word))
            .chain(["ROLE", "UNKNOWN_CERTIFICATE"])
            .collect();
        assert_eq!(written, expected);
    }
}
