//! A town that a demonstration left behind: its servers can be started again, its parties asked.

use serde_json::Value;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The smallest day, which every town here has behind it.
pub const SMALL_DAY: &str = include_str!("small-day.toml");

/// Everything that our own code can say, and what the libraries below it say of connections.
const LEVELS: &str = "debug,tender_proto=trace,tender_issuer=trace,tender_intermediary=trace,\
tender_wallet=trace,tender_token=trace";

/// The parties, each with a folder of its own.
pub struct Town(PathBuf);

impl Town {
    /// The town after a day. The folder must be empty.
    pub fn play(folder: &Path, scenario: &str) -> Self {
        let (day, town) = (folder.join("day.toml"), folder.join("town"));
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

    /// Starts a party's server and waits until it listens.
    pub fn serve(&self, role: &str, home: &str, log: &str) -> Server {
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

    /// Runs a command of a party to its end: the exit code, and the object that it printed.
    pub fn run(
        &self,
        (role, home): (&str, &str),
        arguments: &[&str],
        log: &str,
    ) -> (Option<i32>, Value) {
        let mut command = self.party(role, home, log);
        let output = command.args(arguments).output().expect("the program starts");
        let said = String::from_utf8_lossy(&output.stdout);
        let said = serde_json::from_str(&said).unwrap_or_else(|_| panic!("{arguments:?}: {said}"));
        (output.status.code(), said)
    }

    /// What a party's command says that must succeed.
    pub fn done(&self, party: (&str, &str), arguments: &[&str], log: &str) -> Value {
        let (code, said) = self.run(party, arguments, log);
        assert_eq!(code, Some(0), "{arguments:?}: {said}");
        said
    }

    /// Where a file or folder of the town is.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// What a log says.
    pub fn log(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join(name)).expect("it was written")
    }
}

/// A server, which ends when its standard input closes.
pub struct Server(Child);

impl Server {
    /// Ends it at once, with whatever it is doing.
    pub fn kill(mut self) {
        self.0.kill().expect("it was running");
        self.0.wait().expect("it is ours");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ended = self.0.wait();
    }
}
