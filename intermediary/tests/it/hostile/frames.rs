//! HTTP/2 against itself, at the door for wallets.

use super::abuse::{ABUSES, Verdict, ask, attack, connect};
use crate::command_line::joined;
use crate::desk::Served;
use crate::issuer::TestIssuer;
use tender_intermediary::home::Home;

const ATTACKERS: usize = 104;

/// Memory of a process, in KiB.
fn resident_kib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("Linux tells");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("Linux tells");
    let number = line.split_whitespace().nth(1).expect("a number");
    number.parse().expect("a number")
}

/// The wallets' door has the limits of every door: each kind of abuse ends its connection within
/// 256 events, a hundred attackers who stay leave no memory behind, and others do not notice.
#[test]
fn e1_streams_and_frames_that_cost_nothing_end_a_wallet_s_connection() {
    let folder = tempfile::tempdir().expect("a folder");
    let issuer = TestIssuer::up();
    let home = joined(folder.path(), &issuer);
    let server = Served::new(&home);
    let client = server.client(&home);
    client.trust(0).expect("it answers");
    let authority = Home::new(home).authority().expect("there");
    let way = ("127.0.0.2", server.address().parse().expect("an address"));
    let before = resident_kib(server.id());
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    let held = runtime.block_on(async {
        let mut held = Vec::new();
        for n in 0..ATTACKERS {
            let (name, abuse) = ABUSES[n % ABUSES.len()];
            let mut stream = connect(way, &authority, None).await;
            let verdict = attack(&mut stream, abuse).await;
            assert!(verdict.is_cut_off(), "{name}: {verdict:?}");
            held.push(stream);
        }
        let mut stream = connect(way, &authority, None).await;
        assert_eq!(ask(&mut stream).await, Verdict::Served, "questions are no abuse");
        held
    });
    let grown = resident_kib(server.id()).saturating_sub(before);
    assert!(grown < 50 * 1024, "{grown} KiB for {} attackers", held.len());
    client.trust(0).expect("others do not notice");
    drop(held);
    server.stop();
}
