//! The gate that every request passes before anything of it is read: where it comes from, whether
//! a device must be present for it and is, and whether that address has not called too often.

use super::methods::{For, Row, method};
use super::rates::Rates;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use tender_proto::session::Session;
use tender_proto::transport::{Answered, Counted, Keeper, Line, Peer, too_much};
use tender_token::signature::PublicKey;
use tonic::{Request, Status};

/// A request costs its device a unit, and one more per so many whole KiB of it.
const DEVICE_UNIT_KIB: u32 = 64;

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
    type Method = &'static Row;
    type Caller = Caller;

    fn method(path: &str) -> Option<&'static Row> {
        method(path)
    }

    fn name(row: &'static Row) -> &'static str {
        row.method
    }

    fn begin(&self, name: &'static str) -> Counted {
        self.answered.begin(name)
    }

    fn admit(&self, line: Option<&Line>, row: Option<&'static Row>) -> Result<Caller, Status> {
        let Some(Line { peer: Peer::Address(address), session }) = line else {
            return Err(Status::unauthenticated("wallets show no certificate"));
        };
        let (session, rates) = (Arc::clone(session), self.rates.clone());
        let caller = Caller { address: *address, session, rates, units: NonZeroU32::MIN };
        caller.spend(NonZeroU32::MIN)?;
        match row.map(|row| row.allowed) {
            None => Err(Status::permission_denied("this is for nobody")),
            Some(For::Present) => caller.present().map(|_| caller),
            Some(For::Everybody) => Ok(caller),
        }
    }
}

/// For whoever has to prove its presence first. Nothing was decided.
pub(super) fn absent() -> Status {
    Status::unauthenticated("this device has not proved on this connection that it is present")
}

/// Where a request comes from, as the gate has found out. Nothing else makes one.
#[derive(Clone, Debug)]
pub struct Caller {
    address: IpAddr,
    session: Arc<Session>,
    rates: Rates,
    /// What the request costs the device that it is of.
    units: NonZeroU32,
}

impl Caller {
    /// Charges a request for its size: what is longer takes more work. Gives where it comes from.
    /// Errors: a status, if its address asks for too much in a time.
    pub fn charged<T: prost::Message>(request: &Request<T>) -> Result<Self, Status> {
        let no_gate = || Status::internal("the request did not pass the gate");
        let mut caller = request.extensions().get::<Self>().ok_or_else(no_gate)?.clone();
        let bytes = request.get_ref().encoded_len();
        caller.charge(bytes)?;
        caller.units = NonZeroU32::MIN.saturating_add(kib(bytes) / DEVICE_UNIT_KIB);
        Ok(caller)
    }

    /// Charges so many bytes to the address, of a request or of what it is answered.
    /// Errors: a status, if its address asks for too much in a time.
    pub fn charge(&self, bytes: usize) -> Result<(), Status> {
        NonZeroU32::new(kib(bytes)).map_or(Ok(()), |units| self.spend(units))
    }

    /// What is known of the connection's other end.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The device that is present, charged with the request. Errors: a status, if none is, or if it
    /// asks for too much in a time.
    pub fn asks_present(&self) -> Result<PublicKey, Status> {
        let device = self.present()?;
        self.charge_device(device).map(|()| device)
    }

    fn present(&self) -> Result<PublicKey, Status> {
        self.session.present().ok_or_else(absent)
    }

    /// Charges a request to the device that it says it is of, and that must be present; its
    /// signature is not looked at. Errors: a status, if it is not, or asks for too much in a time.
    pub fn asks_as(&self, device: PublicKey) -> Result<(), Status> {
        if self.present()? == device { self.charge_device(device) } else { Err(absent()) }
    }

    /// Charges a request to the device that it says it is of, before its signature is looked at.
    /// Errors: a status, if the device asks for too much in a time.
    pub fn charge_device(&self, device: PublicKey) -> Result<(), Status> {
        self.rates.spend_of_device(self.address, device, self.units).map_err(too_much)
    }

    fn spend(&self, units: NonZeroU32) -> Result<(), Status> {
        self.rates.spend(self.address, units).map_err(too_much)
    }
}

/// Whole KiB of so many bytes.
fn kib(bytes: usize) -> u32 {
    u32::try_from(bytes / 1024).unwrap_or(u32::MAX)
}
