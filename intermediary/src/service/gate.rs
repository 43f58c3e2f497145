//! The gate that every request passes before anything of it is read: where it comes from, whether
//! that may be called at all, and whether that address has not called too often.

use super::methods::method;
use super::rates::Rates;
use std::net::IpAddr;
use std::num::NonZeroU32;
use tender_proto::transport::{Answered, Counted, Keeper, Peer, too_much};
use tender_token::signature::PublicKey;
use tonic::{Request, Status};

/// Who keeps the intermediary's gate.
#[derive(Clone, Debug)]
pub struct Gatekeeper {
    rates: Rates,
    answered: Answered,
}

impl Gatekeeper {
    /// A keeper who counts the requests.
    #[must_use]
    pub fn new(rates: Rates, answered: Answered) -> Self {
        Self { rates, answered }
    }
}

impl Keeper for Gatekeeper {
    type Method = &'static str;
    type Caller = Caller;

    fn method(path: &str) -> Option<&'static str> {
        method(path)
    }

    fn name(method: &'static str) -> &'static str {
        method
    }

    fn begin(&self, name: &'static str) -> Counted {
        self.answered.begin(name)
    }

    fn admit(&self, peer: Option<&Peer>, method: Option<&'static str>) -> Result<Caller, Status> {
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
