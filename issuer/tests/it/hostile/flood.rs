//! Requests that are too large, or too many.

use crate::served::{Served, rate};
use crate::stage::Stage;
use prost::Message;
use std::time::Duration;
use tender_issuer::client::Client;
use tender_issuer::overview;
use tender_proto::transport::{Bounds, TIER_MESSAGE_BYTES_MAX};
use tender_proto::wire;
use tender_token::amount::Amount;
use tonic::Code;
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
    let served = Served::start_with(&stage, Bounds::TIERS, rate(1, BURST));
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
    let began = tokio::time::Instant::now();
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
    let refilled = usize::try_from(began.elapsed().as_secs() + 1).expect("it is soon over");
    let answered = 400 - turned_away.len();
    assert!(answered <= BURST as usize + refilled, "{answered} were answered");
    for status in turned_away {
        assert_eq!(status.code(), Code::ResourceExhausted);
        let retry = status.get_details_retry_info().expect("it says when to come back");
        assert!(retry.retry_delay.is_some_and(|delay| delay <= Duration::from_secs(1)));
    }
    drop(client);
    served.stop().await;
}

/// What is long takes more work, and costs more of the rate.
#[tokio::test(flavor = "multi_thread")]
async fn e5_a_long_request_costs_as_much_as_many_short_ones() {
    let stage = Stage::new();
    let served = Served::start_with(&stage, Bounds::TIERS, rate(1, 100));
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
    let served = Served::start_with(&stage, Bounds::TIERS, rate(1, 30));
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
    let served = Served::start_with(&stage, Bounds::TIERS, rate(1, 40));
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

/// Nothing is wrong with asking for the whole log, so the command waits until it is its turn. It
/// once waited exactly as long as it was told and then asked, which costs a unit as well: on an
/// idle machine that was the one that had come back meanwhile, and it never got there.
#[tokio::test(flavor = "multi_thread")]
async fn an_export_of_the_log_waits_for_its_turn() {
    let stage = grown();
    let leaves = overview::leaves(&stage.store, 0, usize::MAX).expect("the store answers");
    let served = Served::start_with(&stage, Bounds::TIERS, rate(30, 60));
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
