//! Operator: what those who run the issuer may change.

use crate::{Malformed, name, wire};
use tender_token::amount::Amount;
use tender_token::encode::{Decode, Encode};
use tender_token::error::Error;
use tender_token::identity::{IdentityKey, RegistrarId};
use tender_token::token::TokenId;
use tender_token::treasury::Submission;

/// What an operator asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Carry out a supply instruction.
    Supply(Box<Submission>),
    /// Admit an intermediary.
    Admit {
        /// Its Ed25519 public key.
        id: RegistrarId,
        /// Its name, unique among intermediaries.
        name: String,
        /// SHA-256 of the certificate it will call with.
        fingerprint: [u8; 32],
        /// The most that its vault may hold after a distribution.
        quota: Amount,
    },
    /// Change something of an admitted intermediary.
    Amend(RegistrarId, Amendment),
    /// Freeze or unfreeze a wallet.
    Freeze(IdentityKey, bool),
    /// Let a certificate call as an operator, an auditor or a supervisor.
    Appoint {
        /// Whose it is, unique among those who may call.
        name: String,
        /// What it is good for.
        duty: Duty,
        /// SHA-256 of the certificate.
        fingerprint: [u8; 32],
    },
    /// Let whoever has this name call no more.
    Dismiss(String),
    /// Pay the claim of a token whose last claim day is over, although nobody opened the token.
    PayClaim(TokenId),
}

/// What a certificate of the issuer's own staff, or of who watches it, is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Duty {
    /// Runs the issuer.
    Operator,
    /// Reads everything that adds up, and changes nothing.
    Auditor,
    /// Reads totals, intermediaries and incidents, and changes nothing.
    Supervisor,
}

/// What can be changed of an admitted intermediary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amendment {
    /// It may not call any more.
    Suspend,
    /// It may call again.
    Resume,
    /// It calls with another certificate, and the one before is not accepted any more.
    Rotate([u8; 32]),
    /// Its vault may hold another amount.
    Quota(Amount),
}

/// Why an operation was refused. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A rule of the protocol says no.
    #[error("{0}")]
    Protocol(Error),
    /// No such intermediary is admitted.
    #[error("no such intermediary is admitted")]
    UnknownIntermediary,
    /// Another intermediary has this name, key or certificate.
    #[error("an intermediary with this name, key or certificate is admitted already")]
    Taken,
    /// No such wallet is registered.
    #[error("no such wallet is registered")]
    UnknownWallet,
    /// The wallet is closed for a proved offence, which nothing undoes.
    #[error("the wallet is closed for a proved double spend; nothing opens it again")]
    Closed,
    /// It is so already.
    #[error("it is so already")]
    Already,
    /// Nobody of this name may call.
    #[error("no operator, auditor or supervisor of this name may call")]
    UnknownStaff,
    /// No claim of the token waits.
    #[error("no claim of this token waits to be paid")]
    UnknownClaim,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Protocol(error)
    }
}

/// The number under which a change is recorded, or why there is none.
pub type Reply = Result<u64, Refusal>;

impl From<Operation> for wire::OperateRequest {
    fn from(operation: Operation) -> Self {
        use wire::operate_request::Operation as Wire;
        let operation = match operation {
            Operation::Supply(submission) => Wire::Supply(submission.to_bytes()),
            Operation::Admit { id, name, fingerprint, quota } => Wire::Admit(wire::Admit {
                intermediary: id.to_bytes(),
                name,
                fingerprint: fingerprint.to_vec(),
                quota: quota.minor_units(),
            }),
            Operation::Amend(id, amendment) => Wire::Amend(wire::Amend {
                intermediary: id.to_bytes(),
                amendment: Some(amendment.into()),
            }),
            Operation::Freeze(identity, frozen) => {
                Wire::Freeze(wire::Freeze { identity: identity.to_bytes(), frozen })
            }
            Operation::Appoint { name, duty, fingerprint } => Wire::Appoint(wire::Appoint {
                name,
                duty: wire::Duty::from(duty).into(),
                fingerprint: fingerprint.to_vec(),
            }),
            Operation::Dismiss(name) => Wire::Dismiss(wire::Dismiss { name }),
            Operation::PayClaim(token) => {
                Wire::PayClaim(wire::PayClaim { token: token.to_bytes() })
            }
        };
        Self { operation: Some(operation) }
    }
}

impl TryFrom<wire::OperateRequest> for Operation {
    type Error = Malformed;

    fn try_from(request: wire::OperateRequest) -> Result<Self, Malformed> {
        use wire::operate_request::Operation as Wire;
        match request.operation.ok_or(Malformed::Missing("operation"))? {
            Wire::Supply(bytes) => {
                let submission = Submission::from_bytes(&bytes);
                Ok(Self::Supply(Box::new(submission.map_err(Malformed::field("supply"))?)))
            }
            Wire::Admit(admit) => admit.try_into(),
            Wire::Amend(wire::Amend { intermediary, amendment }) => {
                let id = RegistrarId(array(&intermediary, "intermediary")?);
                let amendment = amendment.ok_or(Malformed::Missing("amendment"))?;
                Ok(Self::Amend(id, amendment.try_into()?))
            }
            Wire::Freeze(wire::Freeze { identity, frozen }) => {
                Ok(Self::Freeze(IdentityKey(array(&identity, "identity")?), frozen))
            }
            Wire::Appoint(appoint) => {
                let duty = Duty::try_from(appoint.duty())?;
                let fingerprint = array(&appoint.fingerprint, "fingerprint")?;
                Ok(Self::Appoint { name: named(appoint.name)?, duty, fingerprint })
            }
            // Whoever was appointed under a name of before the rule can be dismissed.
            Wire::Dismiss(wire::Dismiss { name }) => Ok(Self::Dismiss(name)),
            Wire::PayClaim(wire::PayClaim { token }) => {
                Ok(Self::PayClaim(TokenId(array(&token, "token")?)))
            }
        }
    }
}

impl TryFrom<wire::Admit> for Operation {
    type Error = Malformed;

    fn try_from(admit: wire::Admit) -> Result<Self, Malformed> {
        let wire::Admit { intermediary, name, fingerprint, quota } = admit;
        Ok(Self::Admit {
            id: RegistrarId(array(&intermediary, "intermediary")?),
            name: named(name)?,
            fingerprint: array(&fingerprint, "fingerprint")?,
            quota: Amount::from_minor_units(quota),
        })
    }
}

/// A name that reads as what it is. Errors: [`Malformed`].
fn named(name: String) -> Result<String, Malformed> {
    if name::is_readable(&name) { Ok(name) } else { Err(Malformed::Field("name")) }
}

impl From<Duty> for wire::Duty {
    fn from(duty: Duty) -> Self {
        match duty {
            Duty::Operator => Self::Operator,
            Duty::Auditor => Self::Auditor,
            Duty::Supervisor => Self::Supervisor,
        }
    }
}

impl TryFrom<wire::Duty> for Duty {
    type Error = Malformed;

    fn try_from(duty: wire::Duty) -> Result<Self, Malformed> {
        match duty {
            wire::Duty::Unspecified => Err(Malformed::Missing("duty")),
            wire::Duty::Operator => Ok(Self::Operator),
            wire::Duty::Auditor => Ok(Self::Auditor),
            wire::Duty::Supervisor => Ok(Self::Supervisor),
        }
    }
}

impl From<Amendment> for wire::amend::Amendment {
    fn from(amendment: Amendment) -> Self {
        match amendment {
            Amendment::Suspend => Self::Suspend(wire::Suspend {}),
            Amendment::Resume => Self::Resume(wire::Resume {}),
            Amendment::Rotate(fingerprint) => Self::Fingerprint(fingerprint.to_vec()),
            Amendment::Quota(quota) => Self::Quota(quota.minor_units()),
        }
    }
}

impl TryFrom<wire::amend::Amendment> for Amendment {
    type Error = Malformed;

    fn try_from(amendment: wire::amend::Amendment) -> Result<Self, Malformed> {
        use wire::amend::Amendment as Wire;
        Ok(match amendment {
            Wire::Suspend(wire::Suspend {}) => Self::Suspend,
            Wire::Resume(wire::Resume {}) => Self::Resume,
            Wire::Fingerprint(bytes) => Self::Rotate(array(&bytes, "fingerprint")?),
            Wire::Quota(quota) => Self::Quota(Amount::from_minor_units(quota)),
        })
    }
}

/// Reads 32 bytes. Errors: [`Malformed`], by the field's name.
fn array(bytes: &[u8], field: &'static str) -> Result<[u8; 32], Malformed> {
    bytes.try_into().map_err(|_| Malformed::Field(field))
}

/// The wire form of a reply.
#[must_use]
pub fn to_wire(reply: Reply) -> wire::OperateReply {
    use wire::operate_reply::Outcome;
    let outcome = match reply {
        Ok(action) => Outcome::Action(action),
        Err(refusal) => Outcome::Refused(refusal.into()),
    };
    wire::OperateReply { outcome: Some(outcome) }
}

/// Reads a reply. Errors: [`Malformed`].
pub fn from_wire(reply: wire::OperateReply) -> Result<Reply, Malformed> {
    use wire::operate_reply::Outcome;
    match reply.outcome.ok_or(Malformed::Missing("outcome"))? {
        Outcome::Action(action) => Ok(Ok(action)),
        Outcome::Refused(refusal) => Refusal::try_from(refusal).map(Err),
    }
}

impl From<Refusal> for wire::OperateRefusal {
    fn from(refusal: Refusal) -> Self {
        use wire::OperateRefusalKind as Kind;
        let (kind, error) = match refusal {
            Refusal::Protocol(error) => (Kind::Protocol, u32::from(error.number())),
            Refusal::UnknownIntermediary => (Kind::UnknownIntermediary, 0),
            Refusal::Taken => (Kind::Taken, 0),
            Refusal::UnknownWallet => (Kind::UnknownWallet, 0),
            Refusal::Closed => (Kind::Closed, 0),
            Refusal::Already => (Kind::Already, 0),
            Refusal::UnknownStaff => (Kind::UnknownStaff, 0),
            Refusal::UnknownClaim => (Kind::UnknownClaim, 0),
        };
        Self { kind: kind.into(), error }
    }
}

impl TryFrom<wire::OperateRefusal> for Refusal {
    type Error = Malformed;

    fn try_from(refusal: wire::OperateRefusal) -> Result<Self, Malformed> {
        use wire::OperateRefusalKind as Kind;
        let number = refusal.error;
        match refusal.kind() {
            Kind::Unspecified => Err(Malformed::Missing("kind")),
            Kind::Protocol => {
                let error = Error::ALL.iter().find(|error| u32::from(error.number()) == number);
                error.copied().map(Self::Protocol).ok_or(Malformed::UnknownError(number))
            }
            Kind::UnknownIntermediary => Ok(Self::UnknownIntermediary),
            Kind::Taken => Ok(Self::Taken),
            Kind::UnknownWallet => Ok(Self::UnknownWallet),
            Kind::Closed => Ok(Self::Closed),
            Kind::Already => Ok(Self::Already),
            Kind::UnknownStaff => Ok(Self::UnknownStaff),
            Kind::UnknownClaim => Ok(Self::UnknownClaim),
        }
    }
}
