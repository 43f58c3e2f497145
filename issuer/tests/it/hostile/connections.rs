//! Connections that take up room: slow ones, too many of one caller, and those that would resume.

use super::half_open;
use super::raw::{SOON, answered, config, handshake, plain};
use crate::served::Served;
use crate::stage::Stage;
use std::time::Duration;
use tender_issuer::service::callers::Rate;
use tender_proto::transport::Bounds;
use tender_proto::wire;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::rustls::HandshakeKind;
use tokio_rustls::rustls::version::{TLS12, TLS13};

/// Hundreds of connections that say nothing, or one byte.
async fn silent(served: &Served) -> Vec<TcpStream> {
    let mut silent = Vec::new();
    for n in 0..300 {
        let mut stream = plain("127.0.0.2", served.address).await.expect("the server listens");
        if n % 2 == 0 {
            // The server may have closed it already.
            let _begun = stream.write_all(&[0x16]).await;
        }
        silent.push(stream);
    }
    silent
}

/// Handshakes that are never ended do not keep a caller waiting while they are there, for however
/// long that is, and as the tiers have it they are ended by the server.
#[tokio::test(flavor = "multi_thread")]
async fn e2_handshakes_that_never_end_keep_nobody_out_and_are_ended() {
    let stage = Stage::new();
    let patient = Bounds { handshake_timeout: Duration::from_hours(1), ..Bounds::TIERS };
    let served = Served::start_with(&stage, patient, Rate::DEFAULT);
    let held = silent(&served).await;
    let mut client = served.client(Some(&served.bank));
    let answer = timeout(SOON, client.trust(wire::TrustRequest { held: 0 })).await;
    answer.expect("in time").expect("the issuer answers");
    drop((client, held));
    served.stop().await;

    let served = Served::start(&stage);
    for mut stream in silent(&served).await {
        let read = timeout(SOON, stream.read(&mut [0; 64])).await.expect("it is ended");
        assert!(matches!(read, Ok(0) | Err(_)), "{read:?}");
    }
    served.stop().await;
}

/// As many as descriptors allow, up to two thousand; for long:
/// `cargo bench -p tender-issuer --bench crash -- sockets 10000`.
#[tokio::test(flavor = "multi_thread")]
async fn e2_thousands_of_half_open_sockets_keep_nobody_out() {
    let stage = Stage::new();
    let served = Served::start(&stage);
    half_open::keep_nobody_out(&served, 2_000).await;
    served.stop().await;
}

/// One certificate gets eight connections. More are closed, and another certificate is served.
#[tokio::test(flavor = "multi_thread")]
async fn e2_idle_connections_of_one_caller_end_at_its_share() {
    let stage = Stage::new();
    let served = Served::start(&stage);
    let greedy = config(&served, &served.other_bank, &[&TLS13], &["h2"]);
    let mut held = Vec::new();
    for _ in 0..8 {
        let stream = plain("127.0.0.2", served.address).await.expect("the server listens");
        let mut stream = handshake(stream, &greedy).await.expect("the certificate is known");
        // The server's first frame: it has looked at the certificate.
        stream.read_exact(&mut [0; 9]).await.expect("the server begins");
        held.push(stream);
    }
    let stream = plain("127.0.0.2", served.address).await.expect("the server listens");
    if let Ok(mut ninth) = handshake(stream, &greedy).await {
        let read = timeout(SOON, ninth.read(&mut [0; 64])).await.expect("it is ended");
        assert!(matches!(read, Ok(0) | Err(_)), "{read:?}");
    }
    let mut client = served.client(Some(&served.bank));
    client.trust(wire::TrustRequest { held: 0 }).await.expect("another caller has its own share");
    held.clear();
    let mut again = served.client(Some(&served.other_bank));
    answered(&mut again).await;
    drop((client, again));
    served.stop().await;
}

/// A session that could be resumed would outlive the certificate that began it.
#[tokio::test(flavor = "multi_thread")]
async fn c6_no_session_is_resumed_and_nothing_old_is_spoken() {
    let stage = Stage::new();
    let served = Served::start(&stage);
    let current = config(&served, &served.bank, &[&TLS13], &["h2"]);
    for _ in 0..3 {
        let stream = plain("127.0.0.1", served.address).await.expect("the server listens");
        let mut stream = handshake(stream, &current).await.expect("the certificate is known");
        stream.read_exact(&mut [0; 9]).await.expect("the server begins");
        let (_, session) = stream.get_ref();
        assert_eq!(session.handshake_kind(), Some(HandshakeKind::Full));
        assert_eq!(session.tls13_tickets_received(), 0);
    }
    for (version, protocol) in [(&TLS12, "h2"), (&TLS13, "http/1.1")] {
        let old = config(&served, &served.bank, &[version], &[protocol]);
        let stream = plain("127.0.0.1", served.address).await.expect("the server listens");
        handshake(stream, &old).await.expect_err("the handshake fails");
    }
    served.stop().await;
}
