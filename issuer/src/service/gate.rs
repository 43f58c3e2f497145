//! The gate that every request passes before anything of it is read: who is calling, whether that
//! one may call this, and whether it has not called too often.

use super::callers::{Allowance, Callers};
use super::measures::Requests;
use super::roles::{Role, Row};
use crate::clock::LedgerClock;
use std::num::NonZeroU32;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tender_proto::transport::Peer;
use tender_token::identity::RegistrarId;
use tonic::body::Body;
use tonic::codegen::http;
use tonic::{Code, Request, Status};
use tonic_types::{ErrorDetails, StatusExt};
use tower::{Layer, Service};
use tracing::Span;

/// The gate. It lies right within the layer that makes the request's log span.
#[derive(Clone, Debug)]
pub struct Gate {
    callers: Callers,
    requests: Requests,
    clock: Arc<LedgerClock>,
}

impl Gate {
    /// A gate for these callers, which counts the requests and remembers who called when.
    #[must_use]
    pub fn new(callers: Callers, requests: Requests, clock: Arc<LedgerClock>) -> Self {
        Self { callers, requests, clock }
    }

    fn admit(&self, peer: Option<&Peer>, row: Option<&Row>) -> Result<Caller, Status> {
        let known = match peer {
            Some(Peer::Certificate(fingerprint)) => {
                let known = self.callers.identify(fingerprint);
                known.map(|(role, allowance)| Caller { fingerprint: *fingerprint, role, allowance })
            }
            Some(Peer::Address(_)) | None => None,
        };
        let unknown = || Status::unauthenticated("nobody who was admitted has this certificate");
        let caller = known.ok_or_else(unknown)?;
        let role = caller.role;
        caller.allowance.see(self.clock.now());
        Span::current().record("caller", role.name());
        if row.is_none_or(|row| !row.allows(&role)) {
            return Err(Status::permission_denied("this is not for the caller's role"));
        }
        caller.spend(NonZeroU32::MIN)?;
        Ok(caller)
    }
}

/// Who is calling, as the gate has found out. Nothing else makes one.
#[derive(Clone, Debug)]
pub struct Caller {
    fingerprint: [u8; 32],
    role: Role,
    allowance: Allowance,
}

impl Caller {
    /// The intermediary that a request comes from. Its size is charged: what is longer takes more
    /// work. Errors: a status, if it is none, or asks for too much in a time.
    pub fn intermediary<T: prost::Message>(request: &Request<T>) -> Result<RegistrarId, Status> {
        match Self::charged(request)?.role {
            Role::Intermediary(id) => Ok(id),
            Role::Suspended(_) | Role::Operator | Role::Auditor | Role::Supervisor => {
                Err(Status::permission_denied("this is for intermediaries"))
            }
        }
    }

    /// The operator that a request comes from, as SHA-256 of its certificate. Its size is charged.
    /// Errors: a status, if it is none, or asks for too much in a time.
    pub fn operator<T: prost::Message>(request: &Request<T>) -> Result<[u8; 32], Status> {
        let Self { fingerprint, role, .. } = Self::charged(request)?;
        match role {
            Role::Operator => Ok(*fingerprint),
            Role::Intermediary(_) | Role::Suspended(_) | Role::Auditor | Role::Supervisor => {
                Err(Status::permission_denied("this is for operators"))
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
                Err(Status::permission_denied("this is for who runs or watches the issuer"))
            }
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
        caller.charge(request.get_ref().encoded_len())?;
        Ok(caller)
    }

    fn spend(&self, units: NonZeroU32) -> Result<(), Status> {
        self.allowance.spend(units).map_err(too_much)
    }
}

fn too_much(wait: Duration) -> Status {
    Status::with_error_details(
        Code::ResourceExhausted,
        "this caller asks for too much; nothing was decided, send the same request again later",
        ErrorDetails::with_retry_info(Some(wait.min(Duration::from_mins(1)))),
    )
}

impl<S> Layer<S> for Gate {
    type Service = Gated<S>;

    fn layer(&self, inner: S) -> Gated<S> {
        Gated { gate: self.clone(), inner }
    }
}

/// What lies behind the gate.
#[derive(Clone, Debug)]
pub struct Gated<S> {
    gate: Gate,
    inner: S,
}

impl<S> Service<http::Request<Body>> for Gated<S>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: http::Request<Body>) -> Self::Future {
        let row = Row::of(request.uri().path());
        // Only names of the matrix become labels: callers must not be able to make new ones.
        let method = row.map_or("other", |row| row.method);
        let counted = self.gate.requests.begin(method);
        match self.gate.admit(request.extensions().get(), row) {
            Err(status) => {
                counted.ended(status.code());
                Box::pin(async move { Ok(status.into_http()) })
            }
            Ok(caller) => {
                request.extensions_mut().insert(caller);
                let answering = self.inner.call(request);
                Box::pin(async move {
                    let response = answering.await?;
                    counted.ended(code_of(&response));
                    Ok(response)
                })
            }
        }
    }
}

/// The status that a response begins with. Refusals of the protocol are replies, and OK.
fn code_of(response: &http::Response<Body>) -> Code {
    Status::from_header_map(response.headers()).map_or(Code::Ok, |status| status.code())
}
