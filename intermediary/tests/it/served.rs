//! The server as hostile callers and watchful operators meet it, over real connections.

use crate::bank::{Bank, Client};
use crate::holder::Holder;
use crate::issuer::TestIssuer;
use prost::Message as _;
use prost_types::FileDescriptorSet;
use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};
use tender_intermediary::service::Terms;
use tender_intermediary::service::methods::{For, METHODS, Row};
use tender_intermediary::service::rates::{Rate, Rates};
use tender_proto::SCHEMAS;
use tender_proto::transport::{self, Bounds};
use tokio::runtime::Runtime;
use tonic::transport::Channel;
use tonic::{Code, Request, Status};
use tonic_health::ServingStatus;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_types::StatusExt as _;

const ROOMY: Rate = Rates::ADDRESS;

/// Asks something as the device that is present.
type Ask = fn(&Client) -> Result<(), Status>;

fn rate(units: u32) -> Rate {
    let units = NonZeroU32::new(units).expect("not zero");
    Rate { units_per_second: NonZeroU32::MIN, burst_units: units }
}

/// Asks until it is refused, which gives, after so many answers: a unit comes back each second, on
/// a slow machine during the asking too.
fn refused_after<T>(allowed: u64, mut ask: impl FnMut() -> Result<T, Status>) -> Status {
    let begun = Instant::now();
    let mut answered = 0;
    let refused = loop {
        match ask() {
            Ok(_) => answered += 1,
            Err(refused) => break refused,
        }
    };
    let back = begun.elapsed().as_secs() + 1;
    assert!((allowed..=allowed + back).contains(&answered), "{answered}, not {allowed}");
    refused
}

fn served(terms: Terms) -> (Bank, Client, Holder) {
    let issuer = TestIssuer::up();
    let mut bank = Bank::new(&issuer, &[("alice", 2_000, "code")]);
    bank.start_under(terms);
    let (client, holder) = (bank.client(), Holder::new(bank.registrar()));
    client.enrol(&holder.registration, "code").expect("reached").expect("enrolled");
    (bank, client, holder)
}

fn channel(bank: &Bank, runtime: &Runtime) -> Channel {
    let inside = runtime.enter();
    let (address, authority) = bank.door();
    let channel = transport::channel(&address.to_string(), authority, None).expect("a channel");
    drop(inside);
    channel
}

/// What a method says to an empty message.
async fn call(channel: &Channel, path: &'static str) -> Status {
    let mut grpc = tonic::client::Grpc::new(channel.clone());
    grpc.ready().await.expect("the server is there");
    let path = tonic::codegen::http::uri::PathAndQuery::from_static(path);
    let codec = tonic_prost::ProstCodec::<(), ()>::default();
    let reply = grpc.unary(Request::new(()), path, codec).await;
    reply.map_or_else(|status| status, |_| Status::ok(""))
}

#[test]
fn every_rpc_has_its_row_and_what_has_none_is_closed() {
    let schemas = FileDescriptorSet::decode(SCHEMAS).expect("schemas");
    let services = schemas.file.iter().flat_map(|file| &file.service);
    let ours = services.filter(|service| service.name() == "Intermediary");
    let rpcs: BTreeSet<_> = ours
        .flat_map(|service| &service.method)
        .map(|method| format!("/tender.v1.Intermediary/{}", method.name()))
        .collect();
    let listed = METHODS.iter().map(|row| row.method).filter(|path| path.starts_with("/tender."));
    let listed: BTreeSet<_> = listed.collect();
    assert!(rpcs.iter().eq(listed), "{rpcs:?}");
    let (bank, _, _) = served(Terms::usual());
    let runtime = Runtime::new().expect("threads");
    let channel = channel(&bank, &runtime);
    for path in ["/tender.v1.Issuer/Statement", "/tender.v1.Operator/Backup", "/x.Y/Z"] {
        let said = runtime.block_on(call(&channel, path));
        assert_eq!(said.code(), Code::PermissionDenied, "{path}");
    }
    for Row { method, allowed } in METHODS.iter().filter(|row| row.method.starts_with("/tender.")) {
        let said = runtime.block_on(call(&channel, method)).code();
        assert_ne!(said, Code::PermissionDenied, "{method}");
        let turned_away = said == Code::Unauthenticated;
        assert_eq!(turned_away, *allowed == For::Present, "{method}: nobody is present");
    }
}

#[test]
fn e5_an_address_and_a_device_that_ask_for_too_much_wait_and_lose_nothing() {
    let rates = Rates::new(ROOMY, rate(5));
    let (bank, client, holder) = served(Terms { rates, ..Terms::usual() });
    let refused = refused_after(4, || client.account(&holder.device));
    assert_eq!(refused.code(), Code::ResourceExhausted, "proving its presence took one");
    let retry = refused.get_details_retry_info().and_then(|info| info.retry_delay);
    assert!(retry.is_some_and(|delay| delay <= Duration::from_secs(2)), "{retry:?}");
    assert!(client.trust(0).is_ok(), "the address is not the device");
    let other = Holder::new(bank.registrar());
    assert!(client.account(&other.device).is_ok(), "one device takes nothing from another");

    let rates = Rates::new(rate(5), ROOMY);
    let (_bank, client, _) = served(Terms { rates, ..Terms::usual() });
    let refused = refused_after(4, || client.trust(0));
    assert_eq!(refused.code(), Code::ResourceExhausted, "enrolling took one");
}

/// What has a signature of its own within it, or goes to the issuer, is charged to the device that
/// is present like every call, and a long request like two.
#[test]
fn e5_withdrawals_provisions_and_restores_are_charged_to_the_device_that_is_present() {
    let asks: [(u64, Ask); 4] = [
        (4, |client| client.relay_withdrawal(vec![0; 8]).map(drop)),
        (2, |client| client.relay_withdrawal(vec![0; 70 << 10]).map(drop)),
        (4, Client::relay_provision),
        (4, Client::relay_restore),
    ];
    for (allowed, ask) in asks {
        let rates = Rates::new(ROOMY, rate(5));
        let (_bank, client, holder) = served(Terms { rates, ..Terms::usual() });
        client.present(&holder.device).expect("reached").expect("known");
        let refused = refused_after(allowed, || {
            let said = ask(&client).expect_err("it is no request");
            if said.code() == Code::InvalidArgument { Ok(()) } else { Err(said) }
        });
        assert_eq!(refused.code(), Code::ResourceExhausted);
    }
}

#[test]
fn e4_what_is_too_large_is_refused_unread_and_what_is_no_message_harms_nobody() {
    let (_bank, client, holder) = served(Terms::usual());
    client.present(&holder.device).expect("reached").expect("known");
    let refused = client.relay_withdrawal(vec![1; 2 << 20]).expect_err("too large");
    assert_eq!(refused.code(), Code::OutOfRange);
    for bytes in [vec![], vec![0xff; 3], vec![0; 1_000]] {
        let refused = client.relay_withdrawal(bytes).expect_err("no request");
        assert_eq!(refused.code(), Code::InvalidArgument);
    }
    assert_eq!(client.balance(&holder.device), (2_000, 0));
}

#[test]
fn ra25_a_plaintext_client_is_refused_at_the_handshake() {
    let (bank, client, holder) = served(Terms::usual());
    let mut stream = TcpStream::connect(bank.door().0).expect("accepted");
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").expect("sent");
    let mut said = Vec::new();
    // A TLS alert or nothing, and the end.
    let _reset = stream.read_to_end(&mut said);
    assert!(said.len() < 32 && !said.starts_with(&[0, 0]), "no HTTP/2 frame: {said:?}");
    assert_eq!(client.balance(&holder.device), (2_000, 0));
}

#[test]
fn e2_handshakes_that_never_end_are_ended_and_keep_nobody_out() {
    let bounds = Bounds {
        connections: 64,
        handshakes_per_address: 8,
        handshake_timeout: Duration::from_millis(300),
        ..Bounds::WALLETS
    };
    let (bank, client, holder) = served(Terms { bounds, ..Terms::usual() });
    let silent: Vec<_> = (0..200).map(|_| TcpStream::connect(bank.door().0)).collect();
    for stream in silent.into_iter().flatten() {
        let mut stream = stream;
        let ended = stream.read(&mut [0; 1]);
        assert!(ended.is_err() || ended.is_ok_and(|read| read == 0), "it is ended");
    }
    assert_eq!(client.balance(&holder.device), (2_000, 0));
    assert_eq!(bank.client().balance(&holder.device), (2_000, 0), "a new one comes in");
}

#[test]
fn a_server_tells_its_health_and_reflects_only_if_it_is_told_to() {
    let runtime = Runtime::new().expect("threads");
    for reflection in [false, true] {
        let (bank, _, _) = served(Terms { reflection, ..Terms::usual() });
        let channel = channel(&bank, &runtime);
        let mut health = HealthClient::new(channel.clone());
        let service = "tender.v1.Intermediary".to_owned();
        let asked = health.check(HealthCheckRequest { service });
        let told = runtime.block_on(asked).expect("told").into_inner().status;
        assert_eq!(told, ServingStatus::Serving as i32);
        let path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
        let said = runtime.block_on(call(&channel, path)).code();
        assert_eq!(said == Code::Unimplemented, !reflection, "{said:?}");
    }
}
