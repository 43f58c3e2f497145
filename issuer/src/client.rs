//! The wire from an operator's command to the running server.

mod rows;

use crate::office::Published;
use crate::overview::{Booked, Overview, Proved, Recorded, SomeWallets, Waiting};
use crate::rows::{Account, Circulation, Count, Decimals, DueKey, Epoch};
use std::collections::BTreeMap;
use std::error::Error as _;
use std::time::Duration;
use tender_proto::certificate::Credential;
use tender_proto::metrics::Metrics;
use tender_proto::operator::{Operation, Reply, from_wire};
use tender_proto::transport::{REPLY_BYTES_MAX, channel, is_stranger};
use tender_proto::trust::Trust;
use tender_proto::wire::issuer_client::IssuerClient;
use tender_proto::wire::operator_client::OperatorClient;
use tender_proto::{Malformed, trust, wire};
use tender_token::amount::{Amount, Currency};
use tender_token::encode::{Decode, Encode};
use tender_token::identity::{IdentityKey, RegistrarId};
use tender_token::log::checkpoint::SignedCheckpoint;
use tender_token::manifest::ManifestRecord;
use tender_token::series::DenominationId;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;
use tonic::transport::Channel;
use tonic::{Code, Response, Status};
use tonic_types::StatusExt;

/// How long an answer may take, connecting included; a server itself gives up after 30 s.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why the server gave no answer. Asking again tells what became of it.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// No runtime, or an address or certificate that cannot be used.
    #[error("{0}: so the server cannot be called")]
    Unusable(String),
    /// The server knows no such certificate: its holder was never appointed, or was dismissed.
    #[error(
        "{0}, so the server refuses it; nothing was changed. Let an operator appoint its holder; \
         if it is the home's own, stop the server and give `certificate renew`: commands with \
         --home need no certificate while no server runs"
    )]
    Stranger(String),
    /// The certificate is not good for this.
    #[error("{0}; nothing was changed. Ask somebody who was appointed for it")]
    Role(String),
    /// The server cannot do this with what it was given, however often it is asked.
    #[error("{0}; nothing was changed")]
    Wrong(String),
    /// Something is already where the server was to write.
    #[error("something is there already; nothing was changed")]
    Taken,
    /// Nobody answered, or not in time.
    #[error(
        "the server at {address} gave no answer: {why}; see whether it runs and can be reached \
         from here, and ask again"
    )]
    Silent {
        /// Where it was called.
        address: String,
        /// What was in the way.
        why: String,
    },
    /// Somebody else answered: the certificate is not one of the issuer's authority.
    #[error(
        "the other end of the line at {address} is not the issuer: {why}; nothing was asked, and \
         nothing was changed. Find out who answers there; the address is that of `listen` in the \
         home's issuer.toml and of `issuer_address` in an access, and whoever has an access to an \
         issuer that was founded anew has another one written"
    )]
    Other {
        /// Where it was called.
        address: String,
        /// What is wrong with the certificate.
        why: String,
    },
    /// The server answered that it cannot do it now.
    #[error("the server at {address} cannot do this now: {said}")]
    Unable {
        /// Where it was called.
        address: String,
        /// Its words.
        said: String,
    },
    /// The server answered, but not the question.
    #[error("the server gave no usable answer: {0}")]
    Malformed(#[from] Malformed),
}

impl Fault {
    /// What a status of a call to the server at an address is for whoever gave the command.
    fn of(status: &Status, address: &str) -> Self {
        let address = address.to_owned();
        if let Some(mut cause) = status.source() {
            let is_other = is_stranger(cause);
            // Made on this side: what is at its bottom is what was in the way.
            while let Some(below) = cause.source() {
                cause = below;
            }
            let why = cause.to_string();
            return if is_other {
                Self::Other { address, why }
            } else {
                Self::Silent { address, why }
            };
        }
        let said = status.message().to_owned();
        match status.code() {
            Code::AlreadyExists => Self::Taken,
            Code::Unauthenticated => Self::Stranger(said),
            Code::PermissionDenied => Self::Role(said),
            Code::InvalidArgument | Code::NotFound | Code::OutOfRange | Code::Unimplemented => {
                Self::Wrong(said)
            }
            Code::Ok
            | Code::Cancelled
            | Code::Unknown
            | Code::DeadlineExceeded
            | Code::ResourceExhausted
            | Code::FailedPrecondition
            | Code::Aborted
            | Code::Internal
            | Code::Unavailable
            | Code::DataLoss => Self::Unable { address, said },
        }
    }
}

/// A running server, as an operator calls it. Each call waits for its answer.
#[derive(Debug)]
pub struct Client {
    address: String,
    runtime: Runtime,
    channel: Channel,
}

impl Client {
    /// The server at an address, whose certificate the authority has issued.
    /// Errors: [`Fault::Unusable`].
    pub fn new(address: &str, authority: &str, own: &Credential) -> Result<Self, Fault> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Fault::Unusable(error.to_string()))?;
        let inside = runtime.enter();
        let channel = channel(address, authority, Some(own));
        let channel = channel.map_err(|error| Fault::Unusable(error.to_string()))?;
        drop(inside);
        Ok(Self { address: address.to_owned(), runtime, channel })
    }

    fn operator(&self) -> OperatorClient<Channel> {
        OperatorClient::new(self.channel.clone()).max_decoding_message_size(REPLY_BYTES_MAX)
    }

    /// Waits for an answer, but not for ever: a server that stands still accepts connections.
    fn wait<T>(
        &self,
        answer: impl Future<Output = Result<Response<T>, Status>>,
    ) -> Result<T, Fault> {
        let answer = self.runtime.block_on(async { timeout(PATIENCE, answer).await });
        let answer = answer.map_err(|_| self.late())?;
        Ok(answer.map_err(|status| self.fault(&status))?.into_inner())
    }

    fn fault(&self, status: &Status) -> Fault {
        Fault::of(status, &self.address)
    }

    fn late(&self) -> Fault {
        let why = format!("nothing came within {} seconds", PATIENCE.as_secs());
        Fault::Silent { address: self.address.clone(), why }
    }

    /// The same for what may be more than the server gives to one caller in a time: asks again when
    /// the server says.
    fn wait_for_turn<T>(
        &self,
        ask: impl AsyncFn() -> Result<Response<T>, Status>,
    ) -> Result<T, Fault> {
        let mut tries = 0_u32;
        loop {
            let answer = self.runtime.block_on(async { timeout(PATIENCE, ask()).await });
            let status = match answer.map_err(|_| self.late())? {
                Ok(response) => return Ok(response.into_inner()),
                Err(status) => status,
            };
            let pause = status.get_details_retry_info().and_then(|info| info.retry_delay);
            let busy = status.code() == Code::ResourceExhausted;
            let pause = pause.filter(|_| busy).ok_or_else(|| self.fault(&status))?;
            // Asking costs something too: whoever waits no longer than told may never get there.
            tries = tries.saturating_add(1);
            self.runtime.block_on(tokio::time::sleep(pause.saturating_mul(tries)));
        }
    }

    /// Asks for an operation. Errors: [`Fault`]; the refusal is the operation's own.
    pub fn ask(&self, operation: Operation) -> Result<Reply, Fault> {
        let mut operator = self.operator();
        let reply = self.wait(operator.operate(wire::OperateRequest::from(operation)))?;
        Ok(from_wire(reply)?)
    }

    /// What all accounts hold, and who is admitted. Errors: [`Fault`].
    pub fn overview(&self) -> Result<Overview, Fault> {
        let mut operator = self.operator();
        let reply = self.wait(operator.overview(wire::OverviewRequest {}))?;
        let wire::OverviewReply { accounts, intermediaries, denominations, staff } = reply;
        let balances = accounts.into_iter().map(|line| {
            let account = Account::from_bytes(&line.account);
            let account = account.map_err(|_| Malformed::Field("account"))?;
            Ok((account, Amount::from_minor_units(line.balance)))
        });
        let balances = balances.collect::<Result<BTreeMap<_, _>, Malformed>>()?;
        let intermediaries = intermediaries.into_iter().map(rows::intermediary);
        let intermediaries = intermediaries.collect::<Result<BTreeMap<_, _>, Malformed>>()?;
        let mut overview = Overview { balances, intermediaries, ..Overview::default() };
        for line in denominations {
            let id = DenominationId::from_bytes(&line.denomination);
            let id = id.map_err(|_| Malformed::Field("denomination"))?;
            let [signed, cashed, claimed] = [line.signed, line.cashed, line.claimed].map(Count);
            let row = Circulation { signed, cashed, claimed };
            overview.denominations.insert(id, row);
            if line.frozen {
                overview.frozen.insert(id);
            }
        }
        for line in staff {
            let (fingerprint, row) = rows::member(line)?;
            overview.staff.insert(fingerprint, row);
        }
        Ok(overview)
    }

    /// An account's postings after a number. Errors: [`Fault`].
    pub fn postings(&self, account: Account, after: u64) -> Result<Vec<Booked>, Fault> {
        let mut operator = self.operator();
        let request = wire::PostingsRequest { account: account.to_bytes(), after };
        let reply = self.wait(operator.postings(request))?;
        let wire::PostingsReply { postings, bookings } = reply;
        if postings.len() != bookings.len() {
            return Err(Malformed::Field("bookings").into());
        }
        let booked = postings.into_iter().zip(bookings).map(rows::booked);
        Ok(booked.collect::<Result<_, Malformed>>()?)
    }

    /// The first actions after a number. Errors: [`Fault`].
    pub fn actions(&self, after: u64) -> Result<Vec<Recorded>, Fault> {
        let mut operator = self.operator();
        let reply = self.wait(operator.actions(wire::ActionsRequest { after }))?;
        let actions = reply.actions.iter().map(rows::action);
        Ok(actions.collect::<Result<_, Malformed>>()?)
    }

    /// The wallets of an intermediary among the next ones behind an identity. Errors: [`Fault`].
    pub fn wallets(
        &self,
        intermediary: RegistrarId,
        after: Option<&IdentityKey>,
    ) -> Result<SomeWallets, Fault> {
        let mut operator = self.operator();
        let (intermediary, after) = (intermediary.to_bytes(), after.map(Encode::to_bytes));
        let request = wire::WalletsRequest { intermediary, after: after.unwrap_or_default() };
        Ok(rows::wallets(self.wait(operator.wallets(request))?)?)
    }

    /// The first claims behind a place. Errors: [`Fault`].
    pub fn claims(&self, after: Option<&DueKey>) -> Result<Vec<Waiting>, Fault> {
        let mut operator = self.operator();
        let after = after.map(Encode::to_bytes).unwrap_or_default();
        let reply = self.wait(operator.claims(wire::ClaimsRequest { after }))?;
        let claims = reply.claims.into_iter().map(|claim| {
            let place = DueKey::from_bytes(&claim.place);
            let intermediary = RegistrarId::from_bytes(&claim.intermediary);
            Ok(Waiting {
                place: place.map_err(|_| Malformed::Field("place"))?,
                value: Amount::from_minor_units(claim.value),
                intermediary: intermediary.map_err(|_| Malformed::Field("intermediary"))?,
            })
        });
        Ok(claims.collect::<Result<_, Malformed>>()?)
    }

    /// The first incidents after a number. Errors: [`Fault`].
    pub fn incidents(&self, after: u64) -> Result<Vec<Proved>, Fault> {
        let mut operator = self.operator();
        let request = wire::IncidentsRequest { after };
        let reply = self.wait(operator.incidents(request))?;
        let incidents = reply.incidents.into_iter().map(rows::proved);
        Ok(incidents.collect::<Result<_, Malformed>>()?)
    }

    /// All leaves of the log, in their order. Errors: [`Fault`].
    pub fn leaves(&self) -> Result<Vec<Vec<u8>>, Fault> {
        let mut all: Vec<Vec<u8>> = Vec::new();
        loop {
            let from = u64::try_from(all.len()).expect("what is in memory can be counted");
            let ask = async || self.operator().leaves(wire::LeavesRequest { from }).await;
            let mut more = self.wait_for_turn(ask)?.leaves;
            if more.is_empty() {
                return Ok(all);
            }
            all.append(&mut more);
        }
    }

    /// The signed head of the log, a note that nobody verified yet. Errors: [`Fault`].
    pub fn checkpoint(&self) -> Result<SignedCheckpoint, Fault> {
        let mut operator = self.operator();
        let reply = self.wait(operator.checkpoint(wire::CheckpointRequest {}))?;
        let signed = SignedCheckpoint::from_bytes(&reply.checkpoint);
        Ok(signed.map_err(|_| Malformed::Field("checkpoint"))?)
    }

    /// What the server measured. Errors: [`Fault`].
    pub fn metrics(&self) -> Result<Metrics, Fault> {
        let mut operator = self.operator();
        Ok(self.wait(operator.metrics(wire::MetricsRequest {}))?.into())
    }

    /// What is published. Errors: [`Fault`].
    pub fn trust(&self) -> Result<Trust, Fault> {
        let mut issuer = IssuerClient::new(self.channel.clone());
        let reply = self.wait(issuer.trust(wire::TrustRequest { held: 0 }))?;
        let published = trust::Reply::try_from(reply)?.manifests.pop();
        Ok(published.ok_or(Malformed::Missing("manifests"))?)
    }

    /// The manifest that the issuer was founded with. Errors: [`Fault`].
    pub fn founding(&self) -> Result<Trust, Fault> {
        let mut issuer = IssuerClient::new(self.channel.clone());
        let reply = self.wait(issuer.trust(wire::TrustRequest { held: 1 }))?;
        let mut published = trust::Reply::try_from(reply)?.manifests.into_iter();
        Ok(published.next().ok_or(Malformed::Missing("manifests"))?)
    }

    /// The decimals of a currency, if the issuer was founded with it. Errors: [`Fault`].
    pub fn decimals(&self, currency: Currency) -> Result<Option<Decimals>, Fault> {
        let mut operator = self.operator();
        let reply = self.wait(operator.currencies(wire::CurrenciesRequest {}))?;
        let founded = reply.currencies.into_iter().find(|one| one.code == currency.code());
        let decimals = founded.map(|one| {
            let digits = u8::try_from(one.decimals).ok().and_then(Decimals::new);
            digits.ok_or(Malformed::Field("decimals"))
        });
        Ok(decimals.transpose()?)
    }

    /// Everything that is published. Errors: [`Fault`].
    pub fn published(&self) -> Result<Published, Fault> {
        let (mut all, mut held) = (Published::default(), 1);
        loop {
            let mut issuer = IssuerClient::new(self.channel.clone());
            let reply = self.wait(issuer.trust(wire::TrustRequest { held }))?;
            let reply = trust::Reply::try_from(reply)?;
            let is_full = reply.is_full();
            let newest = held;
            for trust in reply.manifests {
                let record = ManifestRecord::from_bytes(&trust.manifest);
                let epoch = record.map_err(|_| Malformed::Field("manifest"))?.epoch;
                if all.manifests.last().is_none_or(|(Epoch(last), _)| *last < epoch) {
                    all.manifests.push((Epoch(epoch), trust));
                    held = epoch;
                }
            }
            all.revocations = reply.notices.revocations;
            if !is_full || held == newest {
                return Ok(all);
            }
        }
    }

    /// Has the store copied into a file of the server's machine, and waits as long as it takes.
    /// `out` is a name below its folder for copies, or a whole path in there. Errors: [`Fault`].
    pub fn backup(&self, out: String) -> Result<(), Fault> {
        let mut operator = self.operator();
        let mut replies = self.wait(operator.backup(wire::BackupRequest { out }))?;
        let reply = self.runtime.block_on(replies.message());
        let reply = reply.map_err(|status| self.fault(&status))?;
        reply.map(|wire::BackupReply {}| ()).ok_or(Malformed::Missing("reply").into())
    }
}
