//! Loopback: the real server on a real socket, over mutual TLS.

use crate::stage::{NOW, Stage, currency};
use crate::wallet::Wallet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use tender_issuer::pipeline::Pipeline;
use tender_issuer::service::{Callers, Failure, Service};
use tender_proto::certificate::{Credential, Role, authority, fingerprint_of_pem, issue};
use tender_proto::transport::{SERVER_NAME, channel};
use tender_proto::wire::issuer_client::IssuerClient;
use tender_proto::{enrol, provision, statement, trust, wire};
use tender_token::provision::Open;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tonic::Code;
use tonic::transport::Channel;

/// A server of a stage on its own threads.
struct Served {
    address: SocketAddr,
    authority: Credential,
    admitted: Credential,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<Result<(), Failure>>,
}

impl Served {
    fn start(stage: &Stage) -> Self {
        let authority = authority("a test's authority").expect("certificates can be made");
        let own = issue(&authority, SERVER_NAME, Role::Server).expect("certificates can be made");
        let admitted =
            issue(&authority, "nordhaven", Role::Client).expect("certificates can be made");
        let fingerprint = fingerprint_of_pem(&admitted.certificate).expect("it is a certificate");
        let callers = Callers::from([(fingerprint, stage.bank.id())]);
        let (pipeline, running) =
            Pipeline::start(stage.writer(), || NOW).expect("the system has a thread");
        let (office, store) = (Arc::clone(&stage.office), Arc::clone(&stage.store));
        let service = Service::new(office, store, pipeline, callers, currency());
        let listener =
            std::net::TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        listener.set_nonblocking(true).expect("it is a listener");
        let address = listener.local_addr().expect("it is bound");
        let (stop, stopped) = oneshot::channel::<()>();
        let accepted = authority.certificate.clone();
        let thread = std::thread::spawn(move || {
            Runtime::new().expect("the system has threads").block_on(async move {
                let listener =
                    tokio::net::TcpListener::from_std(listener).expect("loopback has a free port");
                let stop = async { stopped.await.unwrap_or_default() };
                service.run(listener, &own, &accepted, running, stop).await
            })
        });
        Self { address, authority, admitted, stop, thread }
    }

    fn client(&self, own: Option<&Credential>) -> IssuerClient<Channel> {
        let address = self.address.to_string();
        IssuerClient::new(
            channel(&address, &self.authority.certificate, own).expect("the address is one"),
        )
    }

    async fn stop(self) {
        self.stop.send(()).expect("the server runs");
        // Waited for on another thread, so that clients still hear that the server goes.
        let ended = tokio::task::spawn_blocking(|| self.thread.join()).await;
        let ended = ended.expect("waiting does not panic").expect("serving does not panic");
        ended.expect("the server ends well");
    }
}

#[tokio::test]
async fn an_admitted_intermediary_is_served_and_the_server_stops_cleanly() {
    let stage = Stage::new();
    let served = Served::start(&stage);
    let mut client = served.client(Some(&served.admitted));
    let reply = client.trust(wire::TrustRequest {}).await.expect("the issuer answers").into_inner();
    assert_eq!(trust::Trust::try_from(reply).expect("the reply can be read"), stage.office.trust);

    let wallet = Wallet::new(&stage.bank);
    let registration = wallet.registration.clone();
    let request = enrol::Request { registration, invitation: String::new() };
    let reply = client
        .enrol(wire::EnrolRequest::from(request))
        .await
        .expect("the issuer answers")
        .into_inner();
    assert_eq!(enrol::from_wire(reply).expect("the reply can be read"), Ok(()));

    let (_, open) = wallet.open(&stage.bank, stage.manifest(), 1);
    let request = provision::Request::<Open>::Open(open);
    let reply = client
        .provision(wire::ProvisionRequest::from(request))
        .await
        .expect("the issuer answers")
        .into_inner();
    let receipt = provision::from_wire(reply).expect("the reply can be read");
    assert!(matches!(receipt, Ok(provision::Granted::Receipt(_))));

    let request =
        statement::Request { after_posting: 0, after_incident: 0, after_reserve_posting: 0 };
    let reply =
        client.statement(wire::StatementRequest::from(request)).await.expect("the issuer answers");
    let reply = statement::Statement::try_from(reply.into_inner()).expect("the reply can be read");
    assert_eq!(reply.postings.len(), 1);
    drop(client);
    served.stop().await;
    stage.assert_clean();
}

#[tokio::test]
async fn a_certificate_that_nobody_was_admitted_with_is_not_served() {
    let stage = Stage::new();
    let served = Served::start(&stage);
    let stranger =
        issue(&served.authority, "stranger", Role::Client).expect("certificates can be made");
    let refused = served.client(Some(&stranger)).trust(wire::TrustRequest {}).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);

    let foreign = authority("another authority").expect("certificates can be made");
    let foreign = issue(&foreign, "nordhaven", Role::Client).expect("certificates can be made");
    for own in [Some(&foreign), None] {
        let refused = served.client(own).trust(wire::TrustRequest {}).await.unwrap_err();
        assert_ne!(refused.code(), Code::Ok, "the handshake fails");
    }
    served.stop().await;
}

#[tokio::test]
async fn a_malformed_message_is_the_callers_fault() {
    let stage = Stage::new();
    let served = Served::start(&stage);
    let mut client = served.client(Some(&served.admitted));
    let half = wire::EnrolRequest { registration: vec![1; 17], invitation: String::new() };
    assert_eq!(client.enrol(half).await.unwrap_err().code(), Code::InvalidArgument);
    let empty = wire::DepositRequest { items: Vec::new() };
    assert_eq!(client.deposit(empty).await.unwrap_err().code(), Code::InvalidArgument);
    let nothing = wire::ProvisionRequest { step: None };
    assert_eq!(client.provision(nothing).await.unwrap_err().code(), Code::InvalidArgument);
    drop(client);
    served.stop().await;
}
