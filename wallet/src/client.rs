//! The wire to the intermediary, behind calls that wait for their answer.

use crate::intermediary::{Answered, Intermediary, Unanswered};
use std::error::Error as _;
use tender_proto::call::Call;
use tender_proto::order::SignedOrder;
use tender_proto::pending::Standing;
use tender_proto::session::{Binding, Presence};
use tender_proto::transport::Bound;
use tender_proto::wire::intermediary_client::IntermediaryClient;
use tender_proto::{
    Malformed, account, cashed_list, claim, deposit, enrol, exchange, lines, provision, reference,
    restore, session, transfer, transport, trust, wire, withdraw,
};
use tender_token::provision::SignedOpen;
use tender_token::signature::{PublicKey, SecretKey};
use tokio::runtime::{Builder, Runtime};
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic::{Code, Request, Response, Status};

/// A connection to an intermediary. It connects when it is first used, and again when it must.
pub struct Client {
    runtime: Runtime,
    address: String,
    authority: String,
    wire: Wire,
    bound: Bound,
    /// Over which connection which device has proved its presence.
    present: Option<(Binding, PublicKey)>,
    /// A connection on which no device is present, once there is one.
    unnamed: Option<Wire>,
}

type Wire = IntermediaryClient<InterceptedService<Channel, HandOn>>;

/// Gives each request an id of its own, under which the tiers log it.
type HandOn = fn(Request<()>) -> Result<Request<()>, Status>;

/// The address or the certificate in the invitation cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// The address or certificate is not one.
    #[error("the intermediary's address or certificate is unusable")]
    Transport(#[from] transport::Unusable),
    /// The system gives no runtime.
    #[error("no connection can be made: {0}")]
    System(#[from] std::io::Error),
}

impl Client {
    /// A client for the intermediary at `host:port` whose certificate authority is this PEM text.
    /// Errors: [`Unusable`].
    pub fn new(address: &str, authority: &str) -> Result<Self, Unusable> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (wire, bound) = connection(&runtime, address, authority)?;
        let (address, authority) = (address.to_owned(), authority.to_owned());
        Ok(Self { runtime, address, authority, wire, bound, present: None, unnamed: None })
    }

    /// Takes the message out of a response, or says why there is none.
    fn heard<T>(&mut self, reply: Result<Response<T>, Status>) -> Answered<T> {
        let answered = answered(reply);
        if matches!(answered, Err(Unanswered::Absent)) {
            self.present = None;
        }
        answered
    }
}

/// A connection that is opened when it is first used.
fn connection(
    runtime: &Runtime,
    address: &str,
    authority: &str,
) -> Result<(Wire, Bound), transport::Unusable> {
    let _entered = runtime.enter();
    let (channel, bound) = transport::bound_channel(address, authority, None)?;
    Ok((IntermediaryClient::with_interceptor(channel, transport::hand_on as HandOn), bound))
}

impl core::fmt::Debug for Client {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Client")
    }
}

impl Intermediary for Client {
    fn trust(&mut self, held: u32) -> Answered<trust::Reply> {
        let reply = self.runtime.block_on(self.wire.trust(wire::TrustRequest { held }));
        understood(answered(reply)?.try_into())
    }

    fn enrol(&mut self, request: enrol::Request) -> Answered<enrol::Reply> {
        let request = wire::EnrolRequest::from(request);
        let reply = self.runtime.block_on(self.wire.enrol(request));
        understood(enrol::from_wire(answered(reply)?))
    }

    fn present(&mut self, device: &SecretKey) -> Answered<session::Reply> {
        let here = self.bound.binding().map(|binding| (binding, device.public()));
        if here.is_some() && self.present == here {
            return Ok(Ok(()));
        }
        let challenge = self.runtime.block_on(self.wire.challenge(wire::ChallengeRequest {}));
        let challenge = understood(answered(challenge)?.try_into())?;
        let binding = self.bound.binding().ok_or(Unanswered::Misunderstood)?;
        let presence = Presence::sign(challenge, binding, device);
        let request = wire::AuthenticateRequest::from(presence);
        let reply = self.runtime.block_on(self.wire.authenticate(request));
        let reply = understood(session::from_wire(answered(reply)?))?;
        if self.bound.binding() != Some(binding) {
            // The connection ended in between, and the next has not heard the challenge.
            return Err(Unanswered::Absent);
        }
        self.present = reply.is_ok().then_some((binding, device.public()));
        Ok(reply)
    }

    fn provision(&mut self, request: provision::Request<SignedOpen>) -> Answered<provision::Reply> {
        let request = wire::ProvisionRequest::from(request);
        let reply = self.runtime.block_on(self.wire.provision(request));
        understood(provision::from_wire(self.heard(reply)?))
    }

    fn withdraw(&mut self, request: Vec<u8>) -> Answered<withdraw::Reply> {
        let request = wire::WithdrawRequest { request };
        let reply = self.runtime.block_on(self.wire.withdraw(request));
        decided(understood(withdraw::standing_from_wire(self.heard(reply)?))?)
    }

    fn deposit(&mut self, call: Call) -> Answered<Vec<deposit::Outcome>> {
        let reply = self.runtime.block_on(self.wire.deposit(wire::Call::from(call)));
        decided(understood(deposit::standing_from_wire(self.heard(reply)?))?)
    }

    fn exchange(&mut self, request: Vec<u8>) -> Answered<exchange::Reply> {
        // Over the other connection the intermediary knows which device is present.
        let opened = connection(&self.runtime, &self.address, &self.authority);
        let (mut wire, _) = opened.map_err(|_| Unanswered::Unreachable)?;
        let reply = self.runtime.block_on(wire.exchange(wire::ExchangeRequest { request }));
        understood(exchange::from_wire(answered(reply)?))
    }

    fn cashed_list(&mut self, request: cashed_list::Request) -> Answered<cashed_list::Reply> {
        // Over the other connection the intermediary knows which device is present.
        let kept = self.unnamed.take().map(Ok);
        let opened = || connection(&self.runtime, &self.address, &self.authority);
        let wire = kept.unwrap_or_else(|| opened().map(|(wire, _)| wire));
        let mut wire = wire.map_err(|_| Unanswered::Unreachable)?;
        let request = wire::CashedListRequest::from(request);
        let reply = self.runtime.block_on(wire.cashed_list(request));
        self.unnamed = Some(wire);
        understood(cashed_list::from_wire(answered(reply)?))
    }

    fn claim(&mut self, call: Call) -> Answered<claim::Reply> {
        let reply = self.runtime.block_on(self.wire.claim(wire::Call::from(call)));
        decided(understood(claim::standing_from_wire(self.heard(reply)?))?)
    }

    fn restore(&mut self, call: Call) -> Answered<restore::Reply> {
        let reply = self.runtime.block_on(self.wire.restore(wire::Call::from(call)));
        understood(restore::from_wire(self.heard(reply)?))
    }

    fn reference(&mut self, call: Call) -> Answered<reference::Reply> {
        let reply = self.runtime.block_on(self.wire.reference(wire::Call::from(call)));
        understood(reference::from_wire(self.heard(reply)?))
    }

    fn transfer(&mut self, order: SignedOrder) -> Answered<transfer::Reply> {
        let reply = self.runtime.block_on(self.wire.transfer(wire::OrderRequest::from(order)));
        decided(understood(transfer::standing_from_wire(self.heard(reply)?))?)
    }

    fn statement(&mut self, call: Call) -> Answered<lines::Reply> {
        let reply = self.runtime.block_on(self.wire.statement(wire::Call::from(call)));
        understood(lines::from_wire(self.heard(reply)?))
    }

    fn account(&mut self, call: Call) -> Answered<account::Reply> {
        let reply = self.runtime.block_on(self.wire.account(wire::Call::from(call)));
        understood(account::from_wire(self.heard(reply)?))
    }
}

/// Takes the message out of a response, or says why there is none.
fn answered<T>(reply: Result<Response<T>, Status>) -> Answered<T> {
    let status = match reply {
        Ok(response) => return Ok(response.into_inner()),
        Err(status) => status,
    };
    tracing::info!(code = %status.code(), "the intermediary gave no answer");
    Err(match status.code() {
        Code::InvalidArgument
        | Code::NotFound
        | Code::AlreadyExists
        | Code::PermissionDenied
        | Code::FailedPrecondition
        | Code::OutOfRange
        | Code::Unimplemented => Unanswered::Rejected,
        Code::Unauthenticated => Unanswered::Absent,
        Code::Unavailable if is_transport(&status) => transport_failure(&status),
        Code::Ok
        | Code::Cancelled
        | Code::Unknown
        | Code::DeadlineExceeded
        | Code::ResourceExhausted
        | Code::Aborted
        | Code::Internal
        | Code::Unavailable
        | Code::DataLoss => Unanswered::Overloaded,
    })
}

/// Whether a status was made here, because nothing came back.
fn is_transport(status: &Status) -> bool {
    status.source().is_some()
}

/// Tells a wrong certificate from a silent address by the innermost cause.
fn transport_failure(status: &Status) -> Unanswered {
    let mut cause = status.source();
    while let Some(error) = cause {
        let io = error.downcast_ref::<std::io::Error>();
        if io.is_some_and(|error| error.kind() == std::io::ErrorKind::InvalidData) {
            return Unanswered::Untrusted;
        }
        cause = error.source();
    }
    Unanswered::Unreachable
}

/// The outcome, or that it is pending: the journal stays open, and the same bytes are sent again.
fn decided<T>(standing: Standing<T>) -> Answered<T> {
    match standing {
        Standing::Decided(outcome) => Ok(outcome),
        Standing::Pending => Err(Unanswered::Pending),
    }
}

fn understood<T>(reply: Result<T, Malformed>) -> Answered<T> {
    reply.map_err(|malformed| {
        tracing::warn!(%malformed, "the intermediary's answer is malformed");
        Unanswered::Misunderstood
    })
}
