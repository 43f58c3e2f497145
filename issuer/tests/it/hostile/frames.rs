//! HTTP/2 against itself: streams, resets and frames that cost the sender nothing.

use super::abuse::{ABUSES, Verdict, ask, attack, connect};
use crate::served::Served;
use crate::stage::Stage;
use tender_issuer::service::callers::Rate;
use tender_proto::transport::Bounds;
use tender_proto::wire;

/// Memory of this process, in KiB.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("Linux tells");
    let number = line.split_whitespace().nth(1).expect("a number");
    number.parse().expect("a number")
}

/// Streams that are opened and reset at once, streams that the server is made to reset, headers and
/// bodies that never end, and frames that are about nothing: each ends the connection within 256
/// events, and a hundred such attackers leave no memory behind.
#[tokio::test(flavor = "multi_thread")]
async fn e1_streams_and_frames_that_cost_nothing_end_the_connection() {
    let stage = Stage::new();
    let wide = Bounds { connections_per_peer: 256, ..Bounds::TIERS };
    let served = Served::start_with(&stage, wide, Rate::DEFAULT);
    let mut client = served.client(Some(&served.bank));
    client.trust(wire::TrustRequest { held: 0 }).await.expect("the issuer answers");
    let before = resident_kib();
    let mut held = Vec::new();
    let (way, authority) = (("127.0.0.2", served.address), &served.authority.certificate);
    for n in 0..104 {
        let (name, abuse) = ABUSES[n % ABUSES.len()];
        let mut stream = connect(way, authority, Some(&served.other_bank)).await;
        let verdict = attack(&mut stream, abuse).await;
        assert!(verdict.is_cut_off(), "{name}: {verdict:?}");
        held.push(stream);
    }
    let mut stream = connect(way, authority, Some(&served.other_bank)).await;
    assert_eq!(ask(&mut stream).await, Verdict::Served, "questions are no abuse");
    let grown = resident_kib().saturating_sub(before);
    assert!(grown < 50 * 1024, "{grown} KiB for {} attackers", held.len());
    client.trust(wire::TrustRequest { held: 0 }).await.expect("others do not notice");
    drop((client, held));
    served.stop().await;
}
