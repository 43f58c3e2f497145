//! Requests that are too large, or too many.

use crate::served::{Served, only, rate};
use crate::stage::{OPERATOR, Stage};
use prost::Message;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tender_issuer::client::Client;
use tender_issuer::operation::{Done, Order};
use tender_issuer::overview;
use tender_proto::operator::{Duty, Operation};
use tender_proto::transport::{Bounds, SERVER_NAME, TIER_MESSAGE_BYTES_MAX};
use tender_proto::wire;
use tender_proto::wire::issuer_client::IssuerClient;
use tender_token::amount::Amount;
use tonic::Code;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic_types::StatusExt;

/// A message beyond the bound is refused by its length, before it is read or anything is held for
/// it, and one that is nested without end by the decoder.
#[tokio::test(flavor = "multi_thread")]
async fn e4_what_is_too_large_or_too_deep_is_refused_unread() {
    let stage = Stage::new();
    let served = Served::start(&stage);
    let mut client = served.client(Some(&served.bank));
    let large = wire::WithdrawRequest { request: vec![0; TIER_MESSAGE_BYTES_MAX + 1] };
    assert_eq!(client.withdraw(large).await.unwrap_err().code(), Code::OutOfRange);
    let largest = wire::WithdrawRequest { request: vec![0; TIER_MESSAGE_BYTES_MAX - 16] };
    client.withdraw(largest).await.expect("read, and refused as no withdrawal");
    // Groups of an unknown field, each within the one before.
    let deep = vec![0x7b; 100_000];
    assert!(wire::WithdrawRequest::decode(deep.as_slice()).is_err());
    drop(client);
    served.stop().await;
}

/// Who asks for more than its rate is turned away before anything of it is read, and told when to
/// come back. Nobody else is turned away meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn e5_a_flood_is_turned_away_and_the_others_are_answered() {
    const BURST: u32 = 40;
    let stage = Stage::new();
    let served = Served::start_with(&stage, Bounds::TIERS, only(BURST));
    let flood = |_| {
        let mut client = served.client(Some(&served.other_bank));
        tokio::spawn(async move {
            let mut turned_away = Vec::new();
            for _ in 0..100 {
                let asked = wire::StatementRequest::default();
                turned_away.extend(client.statement(asked).await.err());
            }
            turned_away
        })
    };
    let floods: Vec<_> = (0..4).map(flood).collect();
    let mut client = served.client(Some(&served.bank));
    for _ in 0..BURST / 2 {
        let asked = wire::StatementRequest::default();
        client.statement(asked).await.expect("who keeps to its rate is answered");
    }
    let mut turned_away = Vec::new();
    for flood in floods {
        turned_away.extend(flood.await.expect("the flood does not panic"));
    }
    let answered = 400 - turned_away.len();
    assert!(answered <= BURST as usize, "{answered} were answered");
    for status in turned_away {
        assert_eq!(status.code(), Code::ResourceExhausted);
        let retry = status.get_details_retry_info().expect("it says when to come back");
        assert!(retry.retry_delay.is_some_and(|delay| delay <= Duration::from_mins(1)));
    }
    drop(client);
    served.stop().await;
}

/// A client that sends as much at once as HTTP/2 lets it. Ours would hold back what is turned away.
fn greedy(served: &Served) -> IssuerClient<Channel> {
    let own = &served.other_bank;
    let tls = ClientTlsConfig::new()
        .ca_certificate(Certificate::from_pem(&served.authority.certificate))
        .domain_name(SERVER_NAME)
        .identity(Identity::from_pem(&own.certificate, &own.key));
    let endpoint = Endpoint::from_shared(format!("https://{}", served.address));
    let endpoint = endpoint.and_then(|endpoint| endpoint.tls_config(tls));
    IssuerClient::new(endpoint.expect("the address is one").connect_lazy())
}

/// How long others wait during a flood, counted and not timed: one caller has at most 256 requests
/// before them, which is one batch, however many it sends. The writer stands still until all of the
/// flood has come, which is the worst moment to ask.
#[tokio::test(flavor = "multi_thread")]
async fn e5_during_a_flood_others_wait_for_one_batch_of_it() {
    const SHARE: usize = 256;
    let stage = Stage::new();
    let served = Served::start(&stage);
    let (go_on, waits) = std::sync::mpsc::channel::<()>();
    let (begun, standing_still) = tokio::sync::oneshot::channel();
    let heard = move |_: &Done| {
        begun.send(()).expect("the test waits");
        waits.recv().expect("the test says when");
    };
    let operation =
        Operation::Appoint { fingerprint: [1; 32], name: "Ada".to_owned(), duty: Duty::Auditor };
    let (way, order) = (served.pipeline.clone(), Order { operator: OPERATOR, operation });
    let operated = tokio::spawn(async move { way.operate(order, heard).await });
    standing_still.await.expect("the order is carried out");

    // Eight connections are one certificate's share, and each has three times its requests, which
    // come again until there is no room for any more of them.
    let asked = || wire::WithdrawRequest { request: vec![7; 100] };
    let is_full = Arc::new(AtomicBool::new(false));
    let mut flood = tokio::task::JoinSet::new();
    for client in (0..8).map(|_| greedy(&served)) {
        for _ in 0..3 * SHARE / 8 {
            let (mut client, is_full) = (client.clone(), Arc::clone(&is_full));
            flood.spawn(async move {
                let mut reply = client.withdraw(asked()).await;
                while reply.is_err() && !is_full.load(Ordering::Relaxed) {
                    reply = client.withdraw(asked()).await;
                }
                reply.is_ok()
            });
        }
    }
    let measures = served.pipeline.measures().clone();
    while measures.waiting().0 < SHARE {
        tokio::task::yield_now().await;
    }
    for _ in 0..10_000 {
        assert_eq!(measures.waiting().0, SHARE, "one caller has no more before others");
        tokio::task::yield_now().await;
    }
    is_full.store(true, Ordering::Relaxed);
    let batches = measures.batch.get_sample_count();
    let mut client = served.client(Some(&served.bank));
    let other = tokio::spawn(async move { client.withdraw(asked()).await });
    while measures.waiting().0 == SHARE {
        tokio::task::yield_now().await;
    }
    go_on.send(()).expect("the writer waits");
    operated.await.expect("no panic").expect("it is answered").expect("the name is free");
    other.await.expect("no panic").expect("it is answered");
    let batches = measures.batch.get_sample_count() - batches;
    assert!(batches <= 3, "{batches} batches");
    let answered = flood.join_all().await.into_iter().filter(|is_answered| *is_answered).count();
    assert!(answered >= SHARE, "{answered}: what had come in is answered too");
    served.stop().await;
}

/// What is long takes more work, and costs more of the rate.
#[tokio::test(flavor = "multi_thread")]
async fn e5_a_long_request_costs_as_much_as_many_short_ones() {
    let stage = Stage::new();
    let served = Served::start_with(&stage, Bounds::TIERS, only(100));
    let mut client = served.client(Some(&served.bank));
    let long = || wire::WithdrawRequest { request: vec![0; 60 * 1024] };
    client.withdraw(long()).await.expect("read, and refused as no withdrawal");
    assert_eq!(client.withdraw(long()).await.unwrap_err().code(), Code::ResourceExhausted);
    client
        .trust(wire::TrustRequest { held: 0 })
        .await
        .expect("there is something left for short ones");
    drop(client);
    served.stop().await;
}

/// A stage whose books are some time old: every account and the log have hundreds of lines.
fn grown() -> Stage {
    let stage = Stage::new();
    (0..100).for_each(|_| stage.distribute(&stage.bank, Amount::from_minor_units(1)));
    stage
}

/// What is asked for is charged before it is read, so that short questions do not make long work:
/// who asks for whole statements again and again is turned away, who goes on from the last one not.
#[tokio::test(flavor = "multi_thread")]
async fn e5_a_statement_costs_what_it_lists_and_the_rest_of_it_little() {
    let stage = grown();
    let served = Served::start_with(&stage, Bounds::TIERS, only(30));
    let mut client = served.client(Some(&served.bank));
    let whole = client.statement(wire::StatementRequest::default()).await;
    let whole = whole.expect("within the rate").into_inner();
    let (vault, reserves) = (&whole.postings, &whole.reserve_postings);
    assert!(vault.len() + reserves.len() > 300, "20 KiB, charged as 20 units");
    let again = client.statement(wire::StatementRequest::default()).await.unwrap_err();
    assert_eq!(again.code(), Code::ResourceExhausted);
    let rest = wire::StatementRequest {
        after_posting: vault.last().expect("it has").number,
        after_reserve_posting: reserves.last().expect("it has").number,
        ..wire::StatementRequest::default()
    };
    for _ in 0..5 {
        client.statement(rest).await.expect("the end of the books costs little");
    }
    drop(client);
    served.stop().await;
}

/// The same for the staff, page by page; all of the log costs more than the end of it.
#[tokio::test(flavor = "multi_thread")]
async fn e5_a_page_of_the_log_costs_what_it_lists() {
    let stage = grown();
    let leaves = overview::leaves(&stage.store, 0, usize::MAX).expect("the store answers").len();
    assert!(leaves > 200, "more than 25 KiB, charged as so many units");
    let served = Served::start_with(&stage, Bounds::TIERS, only(40));
    let mut auditor = served.operator_client(&served.auditor);
    let all = auditor.leaves(wire::LeavesRequest { from: 0 }).await.expect("within the rate");
    assert_eq!(all.into_inner().leaves.len(), leaves);
    let again = auditor.leaves(wire::LeavesRequest { from: 0 }).await.unwrap_err();
    assert_eq!(again.code(), Code::ResourceExhausted);
    let end = wire::LeavesRequest { from: leaves as u64 - 1 };
    auditor.leaves(end).await.expect("the end of the log costs little");
    drop(auditor);
    served.stop().await;
}

/// What the staff reads at one look is charged by its length too: of the list of actions that is
/// known before it is read, of the overview and the page of metrics from the last time.
#[tokio::test(flavor = "multi_thread")]
async fn e5_what_the_staff_reads_costs_its_length() {
    const BURST: u32 = 250;
    let stage = grown();
    let fingerprints = (0..300_u16).map(|n| [n.to_be_bytes(); 16].concat().try_into());
    let fingerprints: Vec<[u8; 32]> = fingerprints.collect::<Result<_, _>>().expect("32 bytes");
    let member = |n: usize| Operation::Appoint {
        fingerprint: fingerprints[n],
        name: format!("auditor {n} of the supreme court of accounts"),
        duty: Duty::Auditor,
    };
    (0..fingerprints.len()).for_each(|n| {
        stage.operate(member(n)).expect("the name is free");
    });
    for what in ["overview", "metrics", "actions"] {
        let served = Served::start_with(&stage, Bounds::TIERS, only(BURST));
        let mut auditor = served.operator_client(&served.auditor);
        let (mut answered, mut length) = (0, 0);
        let refused = loop {
            let reply = match what {
                "overview" => auditor
                    .overview(wire::OverviewRequest {})
                    .await
                    .map(|reply| reply.into_inner().encoded_len()),
                "metrics" => auditor
                    .metrics(wire::MetricsRequest {})
                    .await
                    .map(|reply| reply.into_inner().encoded_len()),
                _ => auditor
                    .actions(wire::ActionsRequest { after: 0 })
                    .await
                    .map(|reply| reply.into_inner().encoded_len()),
            };
            match reply {
                Ok(bytes) => (answered, length) = (answered + 1, bytes),
                Err(status) => break status,
            }
        };
        assert_eq!(refused.code(), Code::ResourceExhausted);
        let kib = u64::try_from(length / 1024).expect("it is no gigabyte");
        assert!(kib >= 4, "{what} has {length} bytes");
        // The first may be free, and what is estimated is so within a half.
        assert!(answered <= 1 + 2 * u64::from(BURST) / kib, "{what}: {answered} of {kib} KiB");
        drop(auditor);
        served.stop().await;
    }
}

/// Nothing is wrong with asking for the whole log, so the command waits until it is its turn. It
/// once waited exactly as long as it was told and then asked, which costs a unit as well: on an
/// idle machine that was the one that had come back meanwhile, and it never got there.
#[tokio::test(flavor = "multi_thread")]
async fn an_export_of_the_log_waits_for_its_turn() {
    let stage = grown();
    let leaves = overview::leaves(&stage.store, 0, usize::MAX).expect("the store answers");
    let served = Served::start_with(&stage, Bounds::TIERS, rate(Duration::from_millis(33), 60));
    let (address, authority) = (served.address.to_string(), served.authority.certificate.clone());
    let own = served.auditor.clone();
    let exported = tokio::task::spawn_blocking(move || {
        let client = Client::new(&address, &authority, &own).expect("the address is one");
        [client.leaves(), client.leaves(), client.leaves()]
    });
    for exported in exported.await.expect("no call panics") {
        assert_eq!(exported.expect("the server answers, sooner or later"), leaves);
    }
    served.stop().await;
}
