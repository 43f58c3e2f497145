//! Loopback: the real server on a real socket, over mutual TLS.

use crate::served::Served;
use crate::stage::Stage;
use crate::wallet::Wallet;
use tender_proto::certificate::{Role, authority, issue};
use tender_proto::{enrol, provision, statement, trust, wire};
use tender_token::provision::Open;
use tonic::Code;

#[tokio::test]
async fn an_admitted_intermediary_is_served_and_the_server_stops_cleanly() {
    let stage = Stage::new();
    let served = Served::start(&stage);
    let mut client = served.client(Some(&served.bank));
    let request = wire::TrustRequest { held: 1 };
    let reply = client.trust(request).await.expect("the issuer answers").into_inner();
    let reply = trust::Reply::try_from(reply).expect("the reply can be read");
    assert_eq!(reply.manifests, std::slice::from_ref(&stage.office.trust));

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
    let refused =
        served.client(Some(&stranger)).trust(wire::TrustRequest { held: 0 }).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);

    let foreign = authority("another authority").expect("certificates can be made");
    let foreign = issue(&foreign, "nordhaven", Role::Client).expect("certificates can be made");
    for own in [Some(&foreign), None] {
        let refused = served.client(own).trust(wire::TrustRequest { held: 0 }).await.unwrap_err();
        assert_ne!(refused.code(), Code::Ok, "the handshake fails");
    }
    served.stop().await;
}

#[tokio::test]
async fn a_malformed_message_is_the_callers_fault() {
    let stage = Stage::new();
    let served = Served::start(&stage);
    let mut client = served.client(Some(&served.bank));
    let half = wire::EnrolRequest { registration: vec![1; 17], invitation: String::new() };
    assert_eq!(client.enrol(half).await.unwrap_err().code(), Code::InvalidArgument);
    let empty = wire::DepositRequest { items: Vec::new() };
    assert_eq!(client.deposit(empty).await.unwrap_err().code(), Code::InvalidArgument);
    let nothing = wire::ProvisionRequest { step: None };
    assert_eq!(client.provision(nothing).await.unwrap_err().code(), Code::InvalidArgument);
    drop(client);
    served.stop().await;
}
