//! The wire to the issuer.

use std::error::Error as _;
use std::time::Duration;
use tender_proto::admission::Admission;
use tender_proto::call::Call;
use tender_proto::statement::Statement;
use tender_proto::transfer::SignedTransfer;
use tender_proto::wire::issuer_client::IssuerClient;
use tender_proto::{
    Malformed, cashed_list, claim, deposit, enrol, exchange, provision, restore, statement,
    transfer, transport, trust, wire, withdraw,
};
use tender_token::provision::Open;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;

/// How long we wait for an issuer that refused us for having asked too much and does not say.
const REFUSED_FOR: Duration = Duration::from_secs(1);
/// The longest that an issuer may make us wait with one answer.
const REFUSED_FOR_MAX: Duration = Duration::from_mins(1);

/// Why the issuer gave no answer. Whatever was asked may or may not have happened: only asking
/// again with the same bytes tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Nobody could be asked, or no reply came back.
    #[error("the issuer cannot be reached")]
    Unreachable,
    /// Somebody else answered: the certificate is not one of the issuer's authority, or is over.
    #[error("whoever answers at the issuer's address is not the issuer; nothing was asked")]
    Stranger,
    /// The issuer said that it cannot answer now.
    #[error("the issuer says that it cannot answer now ({0:?})")]
    Unable(Code),
    /// The issuer takes nothing from us for so long, as we asked for too much in a time.
    #[error("the issuer refuses us for {0:?}, as we ask for more than it takes of us in a time")]
    TooMuch(Duration),
    /// The issuer admitted nobody with our certificate, or has replaced it since.
    #[error("the issuer does not know our certificate; ask it to admit us again")]
    NotAdmitted,
    /// The issuer has suspended us.
    #[error("the issuer has suspended us; what is open stays open until it lets us call again")]
    Suspended,
    /// The issuer answered, but not the question.
    #[error("the issuer gave no usable answer ({0:?})")]
    Unusable(Code),
}

impl From<Status> for Fault {
    fn from(status: Status) -> Self {
        match (status.code(), status.source()) {
            // Made on this side, because nothing came back.
            (
                Code::Unavailable
                | Code::DeadlineExceeded
                | Code::Cancelled
                | Code::Unknown
                | Code::Aborted
                | Code::ResourceExhausted,
                Some(cause),
            ) => {
                if transport::is_stranger(cause) {
                    Self::Stranger
                } else {
                    Self::Unreachable
                }
            }
            (Code::ResourceExhausted, None) => {
                let told = status.get_details_retry_info().and_then(|info| info.retry_delay);
                Self::TooMuch(told.unwrap_or(REFUSED_FOR).min(REFUSED_FOR_MAX))
            }
            (
                code @ (Code::Unavailable
                | Code::DeadlineExceeded
                | Code::Cancelled
                | Code::Unknown
                | Code::Aborted),
                None,
            ) => Self::Unable(code),
            (Code::Unauthenticated, _) => Self::NotAdmitted,
            (Code::PermissionDenied, _) => Self::Suspended,
            (code, _) => Self::Unusable(code),
        }
    }
}

impl From<Malformed> for Fault {
    fn from(_: Malformed) -> Self {
        Self::Unusable(Code::DataLoss)
    }
}

/// The issuer as we reach it: one channel that connects when it is used, and again when it must.
#[derive(Clone, Debug)]
pub struct Upstream(IssuerClient<InterceptedService<Channel, HandOn>>);

/// Hands the id of a wallet's request on.
type HandOn = fn(Request<()>) -> Result<Request<()>, Status>;

impl Upstream {
    /// The issuer that admitted us. Call within an async runtime.
    /// Errors: if the address or a certificate of the admission cannot be used.
    pub fn new(admission: &Admission) -> Result<Self, transport::Unusable> {
        let Admission { issuer_address, authority, credential, .. } = admission;
        Ok(Self::over(transport::channel(issuer_address, authority, Some(credential))?))
    }

    /// The issuer at the other end of a channel.
    #[must_use]
    pub fn over(channel: Channel) -> Self {
        Self(IssuerClient::with_interceptor(channel, transport::hand_on as HandOn))
    }

    /// What everyone may trust, from the manifest of this epoch on. Errors: [`Fault`].
    pub async fn trust(&self, held: u32) -> Result<trust::Reply, Fault> {
        let reply = self.0.clone().trust(wire::TrustRequest { held }).await?;
        Ok(reply.into_inner().try_into()?)
    }

    /// Registers a wallet. Errors: [`Fault`].
    pub async fn enrol(&self, request: enrol::Request) -> Result<enrol::Reply, Fault> {
        let reply = self.0.clone().enrol(wire::EnrolRequest::from(request)).await?;
        Ok(enrol::from_wire(reply.into_inner())?)
    }

    /// Relays a step of a provision session. Errors: [`Fault`].
    pub async fn provision(
        &self,
        request: provision::Request<Open>,
    ) -> Result<provision::Reply, Fault> {
        let reply = self.0.clone().provision(wire::ProvisionRequest::from(request)).await?;
        Ok(provision::from_wire(reply.into_inner())?)
    }

    /// Has a withdrawal signed. Errors: [`Fault`].
    pub async fn withdraw(&self, request: Vec<u8>) -> Result<withdraw::Reply, Fault> {
        let reply = self.0.clone().withdraw(wire::WithdrawRequest { request }).await?;
        Ok(withdraw::from_wire(reply.into_inner())?)
    }

    /// Has tokens cashed. Errors: [`Fault`].
    pub async fn deposit(&self, items: Vec<Vec<u8>>) -> Result<Vec<deposit::Outcome>, Fault> {
        let reply = self.0.clone().deposit(wire::DepositRequest { items }).await?;
        Ok(deposit::from_wire(reply.into_inner())?)
    }

    /// Exchanges tokens for whoever holds them. Errors: [`Fault`].
    pub async fn exchange(&self, request: Vec<u8>) -> Result<exchange::Reply, Fault> {
        let reply = self.0.clone().exchange(wire::ExchangeRequest { request }).await?;
        Ok(exchange::from_wire(reply.into_inner())?)
    }

    /// Reads what was cashed of a series. Errors: [`Fault`].
    pub async fn cashed_list(
        &self,
        request: cashed_list::Request,
    ) -> Result<cashed_list::Reply, Fault> {
        let reply = self.0.clone().cashed_list(wire::CashedListRequest::from(request)).await?;
        Ok(cashed_list::from_wire(reply.into_inner())?)
    }

    /// Claims a token. Errors: [`Fault`].
    pub async fn claim(&self, request: claim::Request) -> Result<claim::Reply, Fault> {
        let reply = self.0.clone().claim(wire::ClaimRequest::from(request)).await?;
        Ok(claim::from_wire(reply.into_inner())?)
    }

    /// Moves currency to another intermediary's vault. Errors: [`Fault`].
    pub async fn transfer(&self, transfer: SignedTransfer) -> Result<transfer::Reply, Fault> {
        let reply = self.0.clone().transfer(wire::TransferRequest::from(transfer)).await?;
        Ok(transfer::from_wire(reply.into_inner())?)
    }

    /// Hands a wallet's question on about what was stored of it. Errors: [`Fault`].
    pub async fn restore(&self, call: Call) -> Result<restore::Reply, Fault> {
        let reply = self.0.clone().restore(wire::Call::from(call)).await?;
        Ok(restore::from_wire(reply.into_inner())?)
    }

    /// The vault's postings and the incidents since a point. Errors: [`Fault`].
    pub async fn statement(&self, request: statement::Request) -> Result<Statement, Fault> {
        let reply = self.0.clone().statement(wire::StatementRequest::from(request)).await?;
        Ok(reply.into_inner().try_into()?)
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, REFUSED_FOR, REFUSED_FOR_MAX};
    use std::time::Duration;
    use tender_proto::transport::too_much;
    use tonic::{Code, Status};

    /// A refusal was called an issuer that is out of reach, and sent whoever runs the bank to look
    /// for a broken line.
    #[test]
    fn what_the_issuer_says_is_told_apart_from_its_silence() {
        let silent = Status::from_error(Box::new(std::io::Error::other("nobody there")));
        let own = Fault::from(silent);
        assert_eq!(own, Fault::Unreachable);
        for (status, fault) in [
            (Status::unavailable("busy"), Fault::Unable(Code::Unavailable)),
            (Status::unauthenticated("nobody"), Fault::NotAdmitted),
            (Status::permission_denied("suspended"), Fault::Suspended),
            (Status::out_of_range("too long"), Fault::Unusable(Code::OutOfRange)),
            (too_much(Duration::from_secs(7)), Fault::TooMuch(Duration::from_secs(7))),
            (Status::resource_exhausted("enough"), Fault::TooMuch(REFUSED_FOR)),
            (too_much(Duration::MAX), Fault::TooMuch(REFUSED_FOR_MAX)),
        ] {
            let told = Fault::from(status);
            assert_eq!(told, fault);
            assert_ne!(told.to_string(), own.to_string());
        }
    }
}
