//! The gate that every request passes before anything of it is read: where it comes from, whether
//! that may be called at all, and whether that address has not called too often.

use super::methods::method;
use super::rates::Rates;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tender_proto::transport::{Answered, Peer};
use tender_token::signature::PublicKey;
use tonic::body::Body;
use tonic::codegen::http;
use tonic::{Code, Request, Status};
use tonic_types::{ErrorDetails, StatusExt as _};
use tower::{Layer, Service};

/// The gate. It lies right within the layer that makes the request's log span.
#[derive(Clone, Debug)]
pub struct Gate {
    rates: Rates,
    answered: Answered,
}

impl Gate {
    /// A gate that counts the requests.
    #[must_use]
    pub fn new(rates: Rates, answered: Answered) -> Self {
        Self { rates, answered }
    }

    fn admit(&self, peer: Option<&Peer>, method: Option<&str>) -> Result<Caller, Status> {
        let Some(Peer::Address(address)) = peer else {
            return Err(Status::unauthenticated("wallets show no certificate"));
        };
        let caller = Caller { address: *address, rates: self.rates.clone() };
        caller.spend(NonZeroU32::MIN)?;
        method.map(|_| caller).ok_or_else(|| Status::permission_denied("this is for nobody"))
    }
}

/// Where a request comes from, as the gate has found out. Nothing else makes one.
#[derive(Clone, Debug)]
pub struct Caller {
    address: IpAddr,
    rates: Rates,
}

impl Caller {
    /// Charges a request for its size: what is longer takes more work. Gives where it comes from.
    /// Errors: a status, if its address asks for too much in a time.
    pub fn charged<T: prost::Message>(request: &Request<T>) -> Result<Self, Status> {
        let no_gate = || Status::internal("the request did not pass the gate");
        let caller = request.extensions().get::<Self>().ok_or_else(no_gate)?.clone();
        let kib = u32::try_from(request.get_ref().encoded_len() / 1024).unwrap_or(u32::MAX);
        NonZeroU32::new(kib).map_or(Ok(()), |units| caller.spend(units))?;
        Ok(caller)
    }

    /// Charges a request to the device that it says it is of, before its signature is looked at.
    /// Errors: a status, if the device asks for too much in a time.
    pub fn charge_device(&self, device: PublicKey) -> Result<(), Status> {
        self.rates.spend_of_device(self.address, device, NonZeroU32::MIN).map_err(too_much)
    }

    fn spend(&self, units: NonZeroU32) -> Result<(), Status> {
        self.rates.spend(self.address, units).map_err(too_much)
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
        let method = method(request.uri().path());
        // Only names of the list become labels: callers must not be able to make new ones.
        let counted = self.gate.answered.begin(method.unwrap_or("other"));
        match self.gate.admit(request.extensions().get(), method) {
            Err(status) => {
                counted.ended(status.code());
                Box::pin(async move { Ok(status.into_http()) })
            }
            Ok(caller) => {
                request.extensions_mut().insert(caller);
                let answering = self.inner.call(request);
                Box::pin(async move {
                    let response = answering.await?;
                    let status = Status::from_header_map(response.headers());
                    counted.ended(status.map_or(Code::Ok, |status| status.code()));
                    Ok(response)
                })
            }
        }
    }
}
