//! Frames that cost the sender nothing, at a server that has nothing but the transport's settings.

use crate::abuse::{ABUSES, Verdict, ask, attack, connect};
use std::sync::Arc;
use tender_proto::certificate::{Credential, Role, authority, issue};
use tender_proto::transport::{Bounds, SERVER_NAME, incoming, server};
use tokio::net::TcpListener;

/// Serves nothing, for wallets. Gives where, and the authority of its certificate.
async fn served() -> (std::net::SocketAddr, Credential) {
    let authority = authority("abused").expect("a key");
    let own = issue(&authority, SERVER_NAME, Role::Server).expect("a certificate");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let door = incoming(listener, &own, None, Bounds::WALLETS, Arc::default());
    let router = server().add_routes(tonic::service::Routes::default());
    tokio::spawn(router.serve_with_incoming(door.expect("usable certificates")));
    (address, authority)
}

#[tokio::test]
async fn e1_whoever_serves_cuts_off_every_kind_of_abuse_and_nobody_who_asks() {
    let (address, authority) = served().await;
    let way = ("127.0.0.1", address);
    for (name, abuse) in ABUSES {
        let mut stream = connect(way, &authority.certificate, None).await;
        let verdict = attack(&mut stream, abuse).await;
        assert!(verdict.is_cut_off(), "{name}: {verdict:?}");
    }
    let mut stream = connect(way, &authority.certificate, None).await;
    assert_eq!(ask(&mut stream).await, Verdict::Served, "questions are no abuse");
}
