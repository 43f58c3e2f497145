//! Calls whose caller is gone before the answer.

use crate::served::Served;
use crate::stage::{Stage, VAULT, currency, random};
use crate::wallet::Wallet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tender_issuer::rows::{Transfers, Withdrawals};
use tender_proto::transfer::Transfer;
use tender_proto::transport::channel;
use tender_proto::wire::issuer_client::IssuerClient;
use tender_proto::{transfer, wire, withdraw};
use tender_token::amount::Amount;
use tender_token::cash::AccountRef;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tonic::Request;

const CALLS: usize = 64;
/// How many a test can afford.
const MANY: usize = 2_000;
/// Fewer than the connections that one certificate gets.
const LANES: usize = 6;
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

/// Deadlines from a nanosecond to a minute, and connections that break after any number of
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
        [1, 1_000, 100_000, 1_000_000, 5_000_000, 20_000_000, 80_000_000, 60_000_000_000];
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

/// Transfers of one minor unit whose callers give up, so many, over a few lanes at once.
///
/// Every other one has a deadline from a nanosecond to half a second, and one in ten of them a
/// minute, which is enough on any machine; the rest go over connections that break after so many
/// bytes, from none to more than the whole call. Returns how many were answered at once.
pub async fn transfers(stage: &Stage, served: &Served, calls: usize) -> usize {
    let count = u64::try_from(calls).expect("it is small");
    let before = [&stage.bank, &stage.other_bank].map(|bank| stage.balance(bank).minor_units());
    let requests: Vec<_> = (0..calls).map(|_| one_unit(stage)).collect();
    let requests = Arc::new(requests);
    let next = Arc::new(AtomicUsize::new(0));
    let lanes = (0..LANES).map(|_| {
        let (requests, next) = (Arc::clone(&requests), Arc::clone(&next));
        let (client, address) = (served.client(Some(&served.bank)), served.address);
        let (authority, own) = (served.authority.certificate.clone(), served.bank.clone());
        tokio::spawn(async move {
            let mut answered = 0;
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                let Some(request) = requests.get(n) else { return answered };
                let mut asked = Request::new(request.clone());
                let mut client = if n % 2 == 0 {
                    let exponent = u32::try_from(n / 2 % 40).expect("it is small");
                    let nanos = 10_u64.pow(exponent / 4) * u64::from(exponent % 4 + 1);
                    let is_enough = exponent >= 36;
                    let minute = Duration::from_mins(1);
                    let given = if is_enough { minute } else { Duration::from_nanos(nanos) };
                    asked.set_timeout(given);
                    client.clone()
                } else {
                    let bytes = 29 * u64::try_from(n / 2 % 150).expect("it is small");
                    let between = cut_after(bytes, address).await.to_string();
                    let channel = channel(&between, &authority, Some(&own));
                    IssuerClient::new(channel.expect("the address is one"))
                };
                answered += usize::from(client.transfer(asked).await.is_ok());
            }
        })
    });
    let mut answered = 0;
    for lane in lanes.collect::<Vec<_>>() {
        answered += lane.await.expect("it does not panic");
    }

    let asked = (0..LANES).map(|lane| {
        let (requests, mut client) = (Arc::clone(&requests), served.client(Some(&served.bank)));
        tokio::spawn(async move {
            for request in requests.iter().skip(lane).step_by(LANES) {
                for _ in 0..2 {
                    let reply = client.transfer(request.clone()).await.expect("it answers");
                    let reply = transfer::from_wire(reply.into_inner()).expect("it is a reply");
                    assert_eq!(reply, Ok(()), "one-answer");
                }
            }
        })
    });
    for lane in asked.collect::<Vec<_>>() {
        lane.await.expect("every transfer is carried out once");
    }
    let after = [&stage.bank, &stage.other_bank].map(|bank| stage.balance(bank).minor_units());
    assert_eq!(after, [before[0] - count, before[1] + count], "reconciled to the last minor unit");
    assert_eq!(stage.count::<Transfers>(), calls);
    answered
}

fn one_unit(stage: &Stage) -> wire::TransferRequest {
    let transfer = Transfer {
        id: random(),
        payer: stage.bank.id(),
        payee: stage.other_bank.id(),
        currency: currency(),
        amount: Amount::from_minor_units(1),
        payer_account: AccountRef([1; 32]),
        payee_account: AccountRef([2; 32]),
    };
    transfer.sign(&stage.bank.key).into()
}

/// The same by the thousand, with money that costs no signature: `cargo bench -p tender-issuer
/// --bench crash -- dropped 100000` does it for long.
#[tokio::test(flavor = "multi_thread")]
async fn a2_two_thousand_dropped_transfers_reconcile_to_the_last_minor_unit() {
    let stage = Stage::new();
    let served = Served::start(&stage);
    let answered = transfers(&stage, &served, MANY).await;
    assert!((MANY / 20..MANY).contains(&answered), "{answered} of {MANY} were answered at once");
    served.stop().await;
    stage.assert_clean();
}
