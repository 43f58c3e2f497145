//! A server whose descriptors are used up.

use super::raw::{answered, plain};
use crate::command_line::{admit, apply, founded};
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tender_proto::admission::Admission;
use tender_proto::transport::channel;
use tender_proto::wire::issuer_client::IssuerClient;

const DESCRIPTORS: u32 = 64;
/// Of a second, as Linux counts a process's time.
const TICKS_PER_SECOND: u64 = 100;

fn serve(folder: &Path) -> (Child, SocketAddr) {
    let limited = format!("ulimit -n {DESCRIPTORS}; exec \"$0\" \"$@\"");
    let mut command = Command::new("sh");
    command.args(["-c", &limited, env!("CARGO_BIN_EXE_tender-issuer")]);
    command.args(["--json", "--home", "home", "--passphrase-file", "passphrase", "serve"]);
    command.arg("--until-stdin-closes");
    command.current_dir(folder).env_remove("RUST_LOG");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("there is a shell");
    let mut line = String::new();
    let mut out = BufReader::new(child.stdout.take().expect("piped"));
    out.read_line(&mut line).expect("it says where it listens");
    let said: serde_json::Value = serde_json::from_str(&line).expect("one JSON object");
    let address = said["listening"].as_str().expect("an address");
    (child, address.parse().expect("an address"))
}

/// Time that a process has used, in ticks.
fn ticks(process: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).expect("Linux tells");
    let (_, fields) = stat.rsplit_once(") ").expect("the name ends");
    let fields: Vec<_> = fields.split(' ').collect();
    [11, 12].map(|at| fields[at].parse::<u64>().expect("a number")).iter().sum()
}

/// With all descriptors in use the server waits instead of spinning, says what is wrong, and serves
/// again when there are some.
#[tokio::test(flavor = "multi_thread")]
async fn e3_a_server_without_descriptors_waits_and_comes_back() {
    let home = founded();
    apply(home.path(), "Nordhaven", 1);
    assert_eq!(admit(home.path(), "admission.toml").0, 0);
    let text = std::fs::read_to_string(home.path().join("admission.toml")).expect("it is ours");
    let admission: Admission = toml::from_str(&text).expect("it is an admission");
    let (mut child, address) = serve(home.path());

    let mut held = Vec::new();
    for from in ["127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5"] {
        for _ in 0..DESCRIPTORS / 2 {
            held.push(plain(from, address).await.expect("the system queues it"));
        }
    }
    let (before, began) = (ticks(child.id()), Instant::now());
    tokio::time::sleep(Duration::from_secs(2)).await;
    let used = ticks(child.id()) - before;
    // A busy machine may take longer over it, and whoever spins spins for as long.
    let seconds = began.elapsed().as_secs();
    assert!(used * 5 < seconds * TICKS_PER_SECOND, "{used} ticks in {seconds} seconds");
    drop(held);

    let own = Some(&admission.credential);
    let channel = channel(&address.to_string(), &admission.authority, own);
    let mut client = IssuerClient::new(channel.expect("the address is one"));
    answered(&mut client).await;
    drop((client, child.stdin.take()));
    let mut said = String::new();
    let mut log = child.stderr.take().expect("piped");
    log.read_to_string(&mut said).expect("it says text");
    assert!(child.wait().expect("it is ours").success(), "{said}");
    assert!(said.contains("no connection can be accepted"), "{said}");
}
