//! A server whose descriptors are used up.

use crate::command_line::{PASSPHRASE_FILE, invited, joined, run};
use crate::desk::Served;
use crate::issuer::TestIssuer;
use std::fs::File;
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

const DESCRIPTORS: u32 = 64;
/// Of a second, as Linux counts a process's time.
const TICKS_PER_SECOND: u64 = 100;
/// How long may pass until it serves again: a pause, and the handshakes that nobody finishes.
const BACK_WITHIN: Duration = Duration::from_secs(15);

/// Time that a process has used, in ticks.
fn ticks(process: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).expect("Linux tells");
    let (_, fields) = stat.rsplit_once(") ").expect("the name ends");
    let fields: Vec<_> = fields.split(' ').collect();
    [11, 12].map(|at| fields[at].parse::<u64>().expect("a number")).iter().sum()
}

/// Asks at the desk until the server says that it cannot accept that.
fn ask_in_vain(runtime: &Runtime, home: &Path, log: &Path) {
    let (mut asking, begun) = (Vec::new(), Instant::now());
    let said = || std::fs::read_to_string(log).expect("text");
    while !said().contains("no order can be accepted") {
        assert!(begun.elapsed() < BACK_WITHIN, "{}", said());
        asking.push(UnixStream::connect(home.join("desk")).expect("the system queues it"));
        runtime.block_on(async { tokio::time::sleep(Duration::from_millis(20)).await });
    }
}

/// With all descriptors in use the server waits instead of spinning, says what is wrong, and serves
/// wallets again when there are some, and reaches the issuer. Operators who ask meanwhile do not
/// end it, and are heard afterwards.
#[test]
fn e3_a_server_for_wallets_without_descriptors_waits_and_comes_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let issuer = TestIssuer::up();
    let home = joined(folder.path(), &issuer);
    let (holder, code) = invited(&home, folder.path());
    let limited = format!("ulimit -n {DESCRIPTORS}; exec \"$0\" \"$@\"");
    let mut serve = Command::new("sh");
    serve.args(["-c", &limited, env!("CARGO_BIN_EXE_tender-intermediary"), "--json"]);
    serve.args(["--passphrase-file", PASSPHRASE_FILE, "--home"]);
    let log = folder.path().join("log");
    serve.arg(&home).env_remove("RUST_LOG").stderr(File::create(&log).expect("a new file"));
    let server = Served::of(serve);

    let connect = |_| TcpStream::connect(server.address()).expect("the system queues it");
    let held: Vec<_> = (0..2 * DESCRIPTORS).map(connect).collect();
    let before = ticks(server.id());
    let runtime = Runtime::new().expect("threads");
    runtime.block_on(async { tokio::time::sleep(Duration::from_secs(2)).await });
    ask_in_vain(&runtime, &home, &log);
    let used = ticks(server.id()) - before;
    assert!(used * 5 < 2 * TICKS_PER_SECOND, "{used} ticks in two seconds or more");
    drop(held);

    let client = server.client(&home);
    let free = Instant::now();
    let enrolled = loop {
        match client.enrol(&holder.registration, &code) {
            Ok(enrolled) => break enrolled,
            Err(status) => assert!(free.elapsed() < BACK_WITHIN, "{status}"),
        }
    };
    assert_eq!(enrolled, Ok(()), "it serves again, and asks the issuer");
    assert_eq!(client.present(&holder.device).expect("reached"), Ok(()));
    assert_eq!(run(&home, &["audit"]).0, 0, "the desk hears again");
    server.stop();
    let said = std::fs::read_to_string(log).expect("text");
    assert!(said.contains("no connection can be accepted"), "{said}");
}
