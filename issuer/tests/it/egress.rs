//! Egress: what the server's process has to do with the network.

use crate::command_line::{admit, apply, founded, run};
use crate::operator::Server;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use tender_proto::admission::Admission;
use tender_proto::transport::channel;
use tender_proto::wire;
use tender_proto::wire::issuer_client::IssuerClient;

/// A port of this machine or another one, in hex as Linux writes it behind an address.
fn port(endpoint: &str) -> u16 {
    let (_, port) = endpoint.rsplit_once(':').expect("an address and a port");
    u16::from_str_radix(port, 16).expect("a port in hex")
}

/// Local and remote port of every internet socket of a process, by protocol.
fn sockets(process: u32) -> Vec<(&'static str, u16, u16)> {
    let own = std::fs::read_dir(format!("/proc/{process}/fd")).expect("Linux tells");
    let own = own.filter_map(|file| std::fs::read_link(file.ok()?.path()).ok());
    let own: Vec<_> = own.map(|link| link.to_string_lossy().into_owned()).collect();
    let mut found = Vec::new();
    for protocol in ["tcp", "tcp6", "udp", "udp6", "raw", "raw6", "icmp", "packet"] {
        // What the kernel was built without has no file.
        let path = format!("/proc/{process}/net/{protocol}");
        let table = std::fs::read_to_string(path).unwrap_or_default();
        for line in table.lines().skip(1) {
            let words: Vec<_> = line.split_whitespace().collect();
            let inode = words.get(9).copied().unwrap_or_default();
            if own.contains(&format!("socket:[{inode}]")) {
                found.push((protocol, port(words[1]), port(words[2])));
            }
        }
    }
    found
}

/// What the server has to do with the network is its listener and what came in there: it looks
/// nothing up, reports to nobody and calls nobody, while it starts, serves and is asked.
#[test]
fn ra24_a_server_has_no_socket_but_its_listener_and_those_who_called() {
    let home = founded();
    let folder = home.path();
    let server = Server::start(folder);
    let address: SocketAddr = server.address().parse().expect("it says an address");
    let looks = |clients: usize| {
        let mut found = BTreeMap::new();
        for (protocol, local, remote) in sockets(server.process()) {
            assert_eq!((protocol, local), ("tcp", address.port()), "to port {remote}");
            *found.entry(remote == 0).or_insert(0) += 1;
        }
        assert_eq!(found.get(&true), Some(&1), "one socket listens");
        let called = found.get(&false).copied().unwrap_or(0);
        assert!(called >= clients, "{called} of {clients}: the look finds what is there");
    };
    looks(0);
    apply(folder, "Nordhaven", 1);
    assert_eq!(admit(folder, "first.toml").0, 0);
    let runtime = tokio::runtime::Runtime::new().expect("the system has threads");
    let _inside = runtime.enter();
    let mut bank = client(folder, server.address());
    for held in 0..3 {
        runtime.block_on(bank.trust(wire::TrustRequest { held })).expect("the issuer answers");
        looks(1);
    }
    for command in [&["supply"][..], &["metrics"], &["audit"], &["backup", "--out", "copy"]] {
        assert_eq!(run(folder, command).0, 0, "{command:?}");
        looks(1);
    }
    drop(bank);
    server.stop();
}

fn client(folder: &Path, address: &str) -> IssuerClient<tonic::transport::Channel> {
    let text = std::fs::read_to_string(folder.join("first.toml")).expect("the folder is ours");
    let Admission { authority, credential, .. } =
        toml::from_str(&text).expect("it is an admission");
    let channel = channel(address, &authority, Some(&credential));
    IssuerClient::new(channel.expect("the address is one"))
}
