//! One deposit's trace through the logs of three processes, which name no person and no token.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tender_issuer::rows::CashedTokens;
use tender_issuer::store::{Directory, Store};

/// Everything that our own code can say, and what the libraries below it say of connections.
const LEVELS: &str = "debug,tender_proto=trace,tender_issuer=trace,tender_intermediary=trace,\
tender_wallet=trace,tender_token=trace";

/// A customer's name that stands in no log by chance.
const CANARY: &str = "Zerlinda-Quux";

/// The parties of a town that a demonstration left behind, each with a log of its own.
struct Town(PathBuf);

impl Town {
    fn play(folder: &Path) -> Self {
        let (day, town) = (folder.join("day.toml"), folder.join("town"));
        let scenario = include_str!("small-day.toml").replace("Alice", CANARY);
        std::fs::write(&day, scenario).expect("a writable folder");
        let mut command = Command::new(env!("CARGO_BIN_EXE_tender-sim"));
        command.args(["demo", "--json", "--scenario"]).arg(&day).arg("--keep").arg(&town);
        let output = command.stdin(Stdio::null()).output().expect("the program starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Self(town)
    }

    /// A command of a party, whose log goes to a file.
    fn party(&self, role: &str, home: &str, log: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tender-sim"));
        command.args(["role", role, "--json", "--home"]).arg(self.0.join(home));
        if role != "wallet" {
            let passphrase = self.0.join(home).with_extension("passphrase");
            command.arg("--passphrase-file").arg(passphrase);
        }
        let log = File::create(self.0.join(log)).expect("a writable folder");
        command.env("RUST_LOG", LEVELS).env("NO_COLOR", "1").stdin(Stdio::null()).stderr(log);
        command
    }

    fn serve(&self, role: &str, home: &str, log: &str) -> Server {
        let mut command = self.party(role, home, log);
        command.args(["serve", "--until-stdin-closes"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        stdout.read_line(&mut line).expect("it says something");
        assert!(line.contains("listening"), "{role}: {line}");
        Server(child)
    }

    /// Runs a command of the wallet to its end.
    fn wallet(&self, arguments: &[&str], log: &str) {
        let mut command = self.party("wallet", "wallet-0", log);
        let output = command.args(arguments).output().expect("the program starts");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{arguments:?}: {said}");
    }

    fn log(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join(name)).expect("it was written")
    }
}

/// A server, which ends when its standard input closes.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ended = self.0.wait();
    }
}

/// The ids in the lines with these words.
fn ids(log: &str, words: &[&str]) -> BTreeSet<String> {
    let lines = log.lines().filter(|line| words.iter().all(|word| line.contains(word)));
    let ids = lines.filter_map(|line| line.split("id=\"").nth(1)?.split('"').next());
    ids.map(str::to_owned).collect()
}

/// A token's id as a log could show it: in hex, and as a list of numbers.
fn shown(bytes: &[u8]) -> [String; 2] {
    let start = bytes.get(..16).expect("an id has 32 bytes");
    let list: Vec<_> = start.iter().map(ToString::to_string).collect();
    [hex::encode(start), list.join(", ")]
}

/// The wallet makes one id for its deposit and logs it; under the same id the intermediary logs
/// what it was asked and whom it asked, and the issuer what it was asked. Neither the customer's
/// name nor a token's id is in any of the three logs.
#[test]
fn ra04_a_deposit_is_one_trace_through_three_logs_that_name_nobody() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let town = Town::play(folder.path());
    let issuer = town.serve("issuer", "issuer", "issuer.log");
    let intermediary = town.serve("intermediary", "intermediary-0", "intermediary.log");
    town.wallet(&["provision", "--slots", "4"], "provision.log");
    town.wallet(&["withdraw", "--amount", "7.00"], "withdraw.log");
    town.wallet(&["deposit", "--all"], "deposit.log");
    town.wallet(&["reconcile"], "reconcile.log");
    drop((intermediary, issuer));

    let names = ["provision", "withdraw", "deposit", "reconcile", "intermediary", "issuer"];
    let logs = names.map(|name| town.log(&format!("{name}.log")));
    let [_, _, wallet, _, intermediary, issuer] = &logs;
    let asked = ids(wallet, &["the next tier is asked"]);
    let served = ids(intermediary, &["answered", "/tender.v1.Intermediary/Deposit"]);
    let handed_on =
        ids(intermediary, &["the next tier is asked", "/tender.v1.Intermediary/Deposit"]);
    let cashed = ids(issuer, &["answered", "/tender.v1.Issuer/Deposit"]);
    assert_eq!(served.len(), 1, "one deposit was asked for: {served:?}");
    assert!(served.is_subset(&asked), "{served:?} {asked:?}");
    assert_eq!((&handed_on, &cashed), (&served, &served), "one trace, and no other");

    let mut canaries = vec![CANARY.to_owned()];
    let store = Store::open(&Directory::new(&town.0.join("issuer"))).expect("the servers are gone");
    let scan = store.scan::<CashedTokens>(|token, _| canaries.extend(shown(&token.0)));
    scan.expect("the store answers");
    assert!(canaries.len() > 6, "tokens were cashed");
    for (name, log) in names.iter().zip(&logs) {
        assert!(!log.is_empty(), "{name}");
        for canary in &canaries {
            assert!(!log.contains(canary), "{canary} is in the log of {name}");
        }
    }
}
