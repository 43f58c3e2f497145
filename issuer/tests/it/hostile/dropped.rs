//! Calls whose caller is gone before the answer.

use crate::served::Served;
use crate::stage::{Stage, VAULT};
use crate::wallet::Wallet;
use std::net::SocketAddr;
use std::time::Duration;
use tender_issuer::rows::Withdrawals;
use tender_proto::wire::issuer_client::IssuerClient;
use tender_proto::{wire, withdraw};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tonic::Request;

const CALLS: usize = 64;
const VALUE: u64 = 100;

/// Between a caller and the server: passes so many bytes on, then drops both.
async fn cut_after(bytes: u64, server: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
    let address = listener.local_addr().expect("it is bound");
    tokio::spawn(async move {
        let (caller, _) = listener.accept().await.expect("somebody calls");
        let server = TcpStream::connect(server).await.expect("the server listens");
        let (from_caller, mut to_caller) = caller.into_split();
        let (mut from_server, mut to_server) = server.into_split();
        let mut counted = from_caller.take(bytes);
        tokio::select! {
            _ = tokio::io::copy(&mut counted, &mut to_server) => {}
            _ = tokio::io::copy(&mut from_server, &mut to_caller) => {}
        }
    });
    address
}

/// Deadlines from a nanosecond to five seconds, and connections that break after any number of
/// bytes: whatever was begun is carried out wholly or not at all, the same request gets its one
/// answer afterwards, and the books agree to the last minor unit.
#[tokio::test(flavor = "multi_thread")]
async fn a2_a_dropped_call_is_carried_out_once_or_not_at_all() {
    let stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    let session = wallet.opened(&stage, 1);
    let places = wallet.slots(&stage, &session);
    let requests: Vec<_> =
        (0..CALLS).map(|_| wallet.withdrawal(&stage, &[(&places[0], VALUE)]).bytes).collect();
    let served = Served::start(&stage);
    let client = served.client(Some(&served.bank));

    let deadlines =
        [1, 1_000, 100_000, 1_000_000, 5_000_000, 20_000_000, 80_000_000, 5_000_000_000];
    let mut calls = Vec::new();
    for (n, request) in requests.iter().enumerate() {
        let mut asked = Request::new(wire::WithdrawRequest { request: request.clone() });
        let mut client = if n % 2 == 0 {
            asked.set_timeout(Duration::from_nanos(deadlines[n / 2 % deadlines.len()]));
            client.clone()
        } else {
            let bytes = 500 + 57 * u64::try_from(n).expect("it is small");
            let between = cut_after(bytes, served.address).await;
            IssuerClient::new(served.channel_to(between, Some(&served.bank)))
        };
        calls.push(tokio::spawn(async move { client.withdraw(asked).await.is_ok() }));
    }
    let mut answered = 0;
    for call in calls {
        answered += usize::from(call.await.expect("it does not panic"));
    }
    assert!((1..CALLS).contains(&answered), "{answered} of {CALLS} were answered at once");

    let mut client = client;
    for request in &requests {
        let mut replies = Vec::new();
        for _ in 0..2 {
            let asked = wire::WithdrawRequest { request: request.clone() };
            let reply = client.withdraw(asked).await.expect("the issuer answers").into_inner();
            replies.push(withdraw::from_wire(reply).expect("it is a reply").expect("granted"));
        }
        assert_eq!(replies[0], replies[1], "one-answer");
    }
    drop(client);
    served.stop().await;
    assert_eq!(stage.count::<Withdrawals>(), CALLS);
    let debited = VALUE * u64::try_from(CALLS).expect("it is small");
    assert_eq!(stage.balance(&stage.bank).minor_units(), VAULT.minor_units() - debited);
    stage.assert_clean();
}
