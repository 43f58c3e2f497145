//! The gate that every request passes before anything of it is read: who is calling, whether that
//! one may call this, and whether it has not called too often.
//!
//! What a request asks for may follow long after it began, so whoever answers it learns of its
//! caller only by looking again.

use super::callers::{Allowance, Callers};
use super::measures::Requests;
use super::roles::{Role, Row};
use crate::clock::LedgerClock;
use std::num::NonZeroU32;
use std::sync::Arc;
use tender_proto::transport::{Counted, Keeper, Line, Peer, too_much};
use tender_token::identity::RegistrarId;
use tonic::{Request, Status};
use tracing::Span;

/// Who keeps the issuer's gate.
#[derive(Clone, Debug)]
pub struct Gatekeeper {
    callers: Callers,
    requests: Requests,
    clock: Arc<LedgerClock>,
}

impl Gatekeeper {
    /// A keeper who knows these callers, counts the requests and remembers who called when.
    #[must_use]
    pub fn new(callers: Callers, requests: Requests, clock: Arc<LedgerClock>) -> Self {
        Self { callers, requests, clock }
    }
}

impl Keeper for Gatekeeper {
    type Method = &'static Row;
    type Caller = Caller;

    fn method(path: &str) -> Option<&'static Row> {
        Row::of(path)
    }

    fn name(row: &'static Row) -> &'static str {
        row.method
    }

    fn begin(&self, name: &'static str) -> Counted {
        self.requests.begin(name)
    }

    fn admit(&self, line: Option<&Line>, row: Option<&'static Row>) -> Result<Caller, Status> {
        let caller = match line.map(|line| line.peer) {
            Some(Peer::Certificate(fingerprint)) => {
                let callers = self.callers.clone();
                let known = callers.identify(&fingerprint);
                let (role, allowance) = known.ok_or_else(|| refused(&callers, &fingerprint))?;
                Caller { fingerprint, role, allowance, callers }
            }
            Some(Peer::Address(_)) | None => return Err(unknown()),
        };
        let role = caller.role;
        caller.allowance.see(self.clock.now());
        Span::current().record("caller", role.name());
        Span::current().record("caller_id", caller.id());
        let Some(row) = row else { return Err(caller.not_for("nobody")) };
        if !row.allows(&role) {
            return Err(caller.not_for(&row.whom()));
        }
        caller.spend(NonZeroU32::MIN)?;
        Ok(caller)
    }
}

fn unknown() -> Status {
    Status::unauthenticated("nobody who was admitted has this certificate")
}

/// Whoever was dismissed hears that, and not that nobody knows the certificate.
fn refused(callers: &Callers, fingerprint: &[u8; 32]) -> Status {
    if callers.has_ended(fingerprint) {
        return Status::unauthenticated("the holder of this certificate was dismissed");
    }
    unknown()
}

/// Who is calling, as the gate has found out. Nothing else makes one.
#[derive(Clone, Debug)]
pub struct Caller {
    fingerprint: [u8; 32],
    role: Role,
    allowance: Allowance,
    callers: Callers,
}

impl Caller {
    /// Whoever may ask this, as far as the matrix says. The request's size is charged.
    /// Errors: a status, if it is nobody any more, or asks for too much in a time.
    pub fn anyone<T: prost::Message>(request: &Request<T>) -> Result<&Self, Status> {
        Self::charged(request)
    }

    /// The intermediary that a request comes from. Its size is charged: what is longer takes more
    /// work. Errors: a status, if it is none, or asks for too much in a time.
    pub fn intermediary<T: prost::Message>(request: &Request<T>) -> Result<RegistrarId, Status> {
        let caller = Self::charged(request)?;
        match caller.role {
            Role::Intermediary(id) => Ok(id),
            Role::Suspended(_) | Role::Operator | Role::Auditor | Role::Supervisor => {
                Err(caller.not_for("intermediaries"))
            }
        }
    }

    /// The operator that a request comes from, as SHA-256 of its certificate. Its size is charged.
    /// Errors: a status, if it is none, or asks for too much in a time.
    pub fn operator<T: prost::Message>(request: &Request<T>) -> Result<[u8; 32], Status> {
        let caller = Self::charged(request)?;
        match caller.role {
            Role::Operator => Ok(caller.fingerprint),
            Role::Intermediary(_) | Role::Suspended(_) | Role::Auditor | Role::Supervisor => {
                Err(caller.not_for("operators"))
            }
        }
    }

    /// Whoever may read the issuer's books, as far as the matrix says. The request's size is
    /// charged. Errors: a status, if it is none of these, or asks for too much in a time.
    pub fn reader<T: prost::Message>(request: &Request<T>) -> Result<&Self, Status> {
        let caller = Self::charged(request)?;
        match caller.role {
            Role::Operator | Role::Auditor | Role::Supervisor => Ok(caller),
            Role::Intermediary(_) | Role::Suspended(_) => {
                Err(caller.not_for("operators, auditors and supervisors"))
            }
        }
    }

    /// The refusal of what is for others, which says who asked: a person may have several accesses.
    fn not_for(&self, whom: &str) -> Status {
        let (certificate, is) = (hex::encode(self.fingerprint), self.role.described());
        Status::permission_denied(format!(
            "this is for {whom}, and the caller with the certificate {certificate} is {is}"
        ))
    }

    /// Who it is among those of its role, in hex: an intermediary's id, which its certificates have
    /// in common, or the fingerprint of a certificate of the staff.
    fn id(&self) -> String {
        match self.role {
            Role::Intermediary(id) | Role::Suspended(id) => hex::encode(id.0),
            Role::Operator | Role::Auditor | Role::Supervisor => hex::encode(self.fingerprint),
        }
    }

    /// Who a request comes from. Errors: a status, if it came another way than through the gate.
    pub fn of<T>(request: &Request<T>) -> Result<&Self, Status> {
        let no_gate = || Status::internal("the request did not pass the gate");
        request.extensions().get::<Self>().ok_or_else(no_gate)
    }

    /// Charges so many bytes, of a request or of what it asks for, which is charged before it is
    /// read: who asks for too much in a time makes no work.
    /// Errors: a status, if the caller asks for too much in a time.
    pub fn charge(&self, bytes: usize) -> Result<(), Status> {
        let kib = u32::try_from(bytes / 1024).unwrap_or(u32::MAX);
        NonZeroU32::new(kib).map_or(Ok(()), |units| self.spend(units))
    }

    fn charged<T: prost::Message>(request: &Request<T>) -> Result<&Self, Status> {
        let caller = Self::of(request)?;
        caller.look_again()?;
        caller.charge(request.get_ref().encoded_len())?;
        Ok(caller)
    }

    /// The gate looked before the request was read, which its sender may take its time over:
    /// whoever was dismissed, suspended or given another certificate since then is refused.
    fn look_again(&self) -> Result<(), Status> {
        match self.callers.identify(&self.fingerprint) {
            Some((role, _)) if role == self.role => Ok(()),
            Some((role, _)) => {
                let (asked, is) = (self.role.described(), role.described());
                Err(Status::permission_denied(format!(
                    "this was asked by {asked}, and the caller is {is} by now"
                )))
            }
            None => Err(refused(&self.callers, &self.fingerprint)),
        }
    }

    fn spend(&self, units: NonZeroU32) -> Result<(), Status> {
        self.allowance.spend(units).map_err(too_much)
    }
}
