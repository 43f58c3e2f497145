//! The metrics page: what happened is on it, and who did it is not.

use crate::served::Served;
use crate::stage::{NOW, OPERATOR, STILL, Stage, clock, random};
use crate::wallet::{CREDIT, Wallet};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use tender_issuer::batch::Call;
use tender_issuer::operation::{Done, Order};
use tender_issuer::pipeline::{BATCH_WAIT, Pipeline};
use tender_issuer::request::Request;
use tender_proto::operator::{Duty, Operation};
use tender_proto::wire;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An item begins with its token: denomination, slot, and the signature that gives it value.
const VALUE_SIGNATURE_END: usize = 32 + 320 + 256;

/// The page's samples.
pub async fn samples(address: SocketAddr) -> (String, BTreeMap<String, String>) {
    let mut stream = TcpStream::connect(address).await.expect("the page is served");
    let asked = b"GET /metrics HTTP/1.1\r\nHost: issuer\r\nConnection: close\r\n\r\n";
    stream.write_all(asked).await.expect("the page is served");
    let mut page = String::new();
    stream.read_to_string(&mut page).await.expect("the page is text");
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    let lines = page.lines().filter(|line| line.starts_with("tender_"));
    let samples = lines.map(|line| {
        let (name, value) = line.rsplit_once(' ').expect("a name and a value");
        (name.to_owned(), value.to_owned())
    });
    let samples = samples.collect();
    (page, samples)
}

/// A deposit, the same token once more, a counterfeit: each moves its number, and no name, no key
/// and no token is told.
#[tokio::test(flavor = "multi_thread")]
async fn what_happens_is_counted_and_nobody_is_named() {
    let stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    let session = wallet.opened(&stage, 2);
    let places = wallet.slots(&stage, &session);
    let chain = wallet.token(&stage, &places[0], 100);
    let cash = wallet.cash(&chain, &places[0], CREDIT, stage.manifest());
    let again = wallet.cash(&chain, &places[0], CREDIT, stage.manifest());
    let served = Served::start(&stage);
    let mut client = served.client(Some(&served.bank));
    let mut counterfeit = cash.item.clone();
    counterfeit[VALUE_SIGNATURE_END - 1] ^= 1;
    let syncs = |samples: &BTreeMap<String, String>| {
        samples["tender_store_syncs_total"].parse::<u64>().expect("a count")
    };
    let before = syncs(&samples(served.metrics).await.1);
    for items in [vec![cash.item.clone()], vec![again.item, counterfeit]] {
        client.deposit(wire::DepositRequest { items }).await.expect("the issuer answers");
    }
    let (page, samples) = samples(served.metrics).await;
    assert_eq!(syncs(&samples) - before, 6, "of each commit two, and one of what it appends");
    let deposits = "tender_requests_total{method=\"/tender.v1.Issuer/Deposit\",outcome=\"ok\"}";
    for (name, expected) in [
        (deposits, "2"),
        ("tender_refusals_total{error=\"E_DOUBLE\"}", "1"),
        ("tender_refusals_total{error=\"E_VALUE\"}", "1"),
        ("tender_incidents", "1"),
        ("tender_untraced", "0"),
        ("tender_clock_gap_seconds", "0"),
        ("tender_queue_requests", "0"),
        ("tender_batch_requests_count", "2"),
        ("tender_commit_seconds_count", "2"),
        ("tender_connections{is=\"open\"}", "1"),
    ] {
        assert_eq!(samples.get(name).map(String::as_str), Some(expected), "{name}\n{page}");
    }
    for verb in ["signed", "cashed"] {
        let of_one = format!("tender_tokens_{verb}{{denomination=");
        let mut of_one = samples.iter().filter(|(name, _)| name.starts_with(&of_one));
        let (name, count) = of_one.next().expect("it is counted");
        assert!(name.contains("value=\"100\"") && count == "1", "{page}");
    }
    let secrets = [
        hex::encode(stage.bank.id().0),
        hex::encode(wallet.identity.key().0),
        hex::encode(wallet.registration.record.pseudonym.0),
    ];
    assert!(secrets.iter().all(|secret| !page.contains(secret)), "{page}");
    drop(client);
    served.stop().await;
}

/// Time that goes on is no request: it neither waits nor makes others seem to be decided. The
/// writer stands still here, so whatever waits is to be seen.
#[tokio::test(flavor = "multi_thread")]
async fn a_tick_is_no_request_that_waits() {
    let stage = Stage::new();
    let (pipeline, running) =
        Pipeline::start(stage.writer(), clock(&stage.store, STILL)).expect("threads");
    let (go_on, waits) = std::sync::mpsc::channel::<()>();
    let appoint =
        Operation::Appoint { fingerprint: random(), name: "Ada".to_owned(), duty: Duty::Auditor };
    let order = Order { operator: OPERATOR, operation: appoint };
    let (begun, standing_still) = tokio::sync::oneshot::channel();
    let heard = move |_: &Done| {
        begun.send(()).expect("the test waits");
        waits.recv().expect("the test says when");
    };
    let operator = pipeline.clone();
    let operated = tokio::spawn(async move { operator.operate(order, heard).await });
    standing_still.await.expect("the order is carried out");
    let request = Request::deposit(&[], &stage.office);
    let (asking, caller) = (pipeline.clone(), stage.bank.id());
    let asked = tokio::spawn(async move { asking.ask(Call { caller, request }).await });
    let measures = pipeline.measures();
    while measures.waiting().0 == 0 || measures.queued.get() > 0 {
        tokio::task::yield_now().await;
    }
    for _ in 0..20 {
        pipeline.tick();
        assert_eq!(measures.waiting(), (1, Some(NOW)));
        assert_eq!(measures.queued.get(), 0);
        tokio::time::sleep(BATCH_WAIT).await;
    }
    go_on.send(()).expect("the writer waits");
    operated.await.expect("no panic").expect("it is answered").expect("the name is free");
    asked.await.expect("no panic").expect("it is answered");
    assert_eq!(measures.waiting(), (0, None));
    drop(pipeline);
    running.stop().expect("the threads end well");
}
