//! A stage's server on its own threads, and a certificate for each role that calls it.

use crate::stage::{NOW, STILL, Stage, clock, currency};
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tender_issuer::anchor::Freshness;
use tender_issuer::clock::Clocks;
use tender_issuer::pipeline::Pipeline;
use tender_issuer::service::callers::{Callers, Rate};
use tender_issuer::service::operator::copies::Copies;
use tender_issuer::service::roles::Role;
use tender_issuer::service::{Failure, Listening, Service};
use tender_proto::certificate::{self, Credential, authority, fingerprint_of_pem, issue};
use tender_proto::transport::{Bounds, SERVER_NAME, channel};
use tender_proto::wire::issuer_client::IssuerClient;
use tender_proto::wire::operator_client::OperatorClient;
use tender_token::date::Timestamp;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tonic::transport::Channel;

/// A rate of as many units at once as `burst`, each of which comes back after such a time.
pub fn rate(unit_time: Duration, burst: u32) -> Rate {
    Rate { unit_time, burst_units: NonZeroU32::new(burst).expect("it is not zero") }
}

/// So many units and no more, however slow the machine is: no test takes the hour after which one
/// comes back.
pub fn only(units: u32) -> Rate {
    rate(Duration::from_hours(1), units)
}

/// What a certificate is looked up by.
pub fn fingerprint(credential: &Credential) -> [u8; 32] {
    fingerprint_of_pem(&credential.certificate).expect("it is a certificate")
}

fn bind() -> (std::net::TcpListener, SocketAddr) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    listener.set_nonblocking(true).expect("it is a listener");
    let address = listener.local_addr().expect("it is bound");
    (listener, address)
}

/// Until when the certificates of a test's server are said to be valid.
pub const LAST_DAY: Timestamp = Timestamp(NOW.0 + 400 * 86_400);

/// A server that runs.
pub struct Served {
    pub address: SocketAddr,
    pub metrics: SocketAddr,
    pub authority: Credential,
    pub bank: Credential,
    pub other_bank: Credential,
    pub operator: Credential,
    pub auditor: Credential,
    pub supervisor: Credential,
    pub callers: Callers,
    pub anchored: Arc<Freshness>,
    pub pipeline: Pipeline,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<Result<(), Failure>>,
}

impl Served {
    pub fn start(stage: &Stage) -> Self {
        Self::start_with(stage, Bounds::TIERS, Rate::DEFAULT)
    }

    pub fn start_with(stage: &Stage, bounds: Bounds, rate: Rate) -> Self {
        Self::begin(stage, bounds, rate, STILL)
    }

    /// A server by other clocks than the stage's.
    pub fn start_by(stage: &Stage, bounds: Bounds, clocks: Clocks) -> Self {
        Self::begin(stage, bounds, Rate::DEFAULT, clocks)
    }

    fn begin(stage: &Stage, bounds: Bounds, rate: Rate, clocks: Clocks) -> Self {
        let authority = authority("a test's authority").expect("certificates can be made");
        let make = |name, role| issue(&authority, name, role).expect("certificates can be made");
        let own = make(SERVER_NAME, certificate::Role::Server);
        let names = ["nordhaven", "suedhaven", "operator", "auditor", "supervisor"];
        let [bank, other_bank, operator, auditor, supervisor] =
            names.map(|name| make(name, certificate::Role::Client));
        let roles = [
            (fingerprint(&bank), Role::Intermediary(stage.bank.id())),
            (fingerprint(&other_bank), Role::Intermediary(stage.other_bank.id())),
            (fingerprint(&operator), Role::Operator),
            (fingerprint(&auditor), Role::Auditor),
            (fingerprint(&supervisor), Role::Supervisor),
        ];
        let callers = Callers::new(roles, rate);
        let (pipeline, running) =
            Pipeline::start(stage.writer(), clock(&stage.store, clocks)).expect("threads");
        let way = pipeline.clone();
        let (office, store) = (Arc::clone(&stage.office), Arc::clone(&stage.store));
        let (callers_too, publisher) = (callers.clone(), stage.publisher());
        // No watch looks after the anchor here.
        let anchored = Arc::new(Freshness::new(clocks));
        let followed = Arc::clone(&anchored);
        let service =
            Service::new(office, store, pipeline, callers_too, currency(), publisher, followed);
        let copies =
            Copies { backups: stage.path().join("backups"), aside: stage.path().join("a") };
        let [(listener, address), (page, metrics)] = [bind(), bind()];
        let (stop, stopped) = oneshot::channel::<()>();
        let accepted = authority.certificate.clone();
        let thread = std::thread::spawn(move || {
            Runtime::new().expect("the system has threads").block_on(async move {
                let [listener, page] = [listener, page]
                    .map(|bound| tokio::net::TcpListener::from_std(bound).expect("it is bound"));
                let (reflection, metrics) = (true, Some(page));
                let stop = async { stopped.await.unwrap_or_default() };
                let authority = accepted;
                let certificates = vec![("server", LAST_DAY), ("authority", LAST_DAY)];
                let listening = Listening {
                    listener,
                    own,
                    authority,
                    bounds,
                    reflection,
                    metrics,
                    certificates,
                    copies,
                };
                service.run(listening, running, stop).await
            })
        });
        Self {
            address,
            metrics,
            authority,
            bank,
            other_bank,
            operator,
            auditor,
            supervisor,
            callers,
            anchored,
            pipeline: way,
            stop,
            thread,
        }
    }

    pub fn channel(&self, own: Option<&Credential>) -> Channel {
        self.channel_to(self.address, own)
    }

    /// The same server by another address, such as that of something in between.
    pub fn channel_to(&self, address: SocketAddr, own: Option<&Credential>) -> Channel {
        channel(&address.to_string(), &self.authority.certificate, own).expect("the address is one")
    }

    pub fn client(&self, own: Option<&Credential>) -> IssuerClient<Channel> {
        IssuerClient::new(self.channel(own))
    }

    /// The operators' side of the server, for whoever calls it.
    pub fn operator_client(&self, own: &Credential) -> OperatorClient<Channel> {
        OperatorClient::new(self.channel(Some(own)))
    }

    pub async fn stop(self) {
        drop(self.pipeline);
        self.stop.send(()).expect("the server runs");
        // Waited for on another thread, so that clients still hear that the server goes.
        let ended = tokio::task::spawn_blocking(|| self.thread.join()).await;
        let ended = ended.expect("waiting does not panic").expect("serving does not panic");
        ended.expect("the server ends well");
    }
}
