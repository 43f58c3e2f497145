//! Child processes: this binary again, in the role of one tier.

use anyhow::{Context, Result, anyhow, bail};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Which tier a process plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Tier one.
    Issuer,
    /// Tier two.
    Intermediary,
    /// A holder.
    Wallet,
}

impl Role {
    /// The word on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Issuer => "issuer",
            Self::Intermediary => "intermediary",
            Self::Wallet => "wallet",
        }
    }
}

/// One party: its role and the folder of its store.
#[derive(Clone, Debug)]
pub struct Party {
    role: Role,
    home: PathBuf,
}

/// What a command that failed says about itself.
#[derive(Debug, Deserialize)]
struct Failure {
    error: Sentence,
}

#[derive(Debug, Deserialize)]
struct Sentence {
    code: String,
    message: String,
}

impl Party {
    /// The party whose store is in `home`.
    #[must_use]
    pub fn new(role: Role, home: PathBuf) -> Self {
        Self { role, home }
    }

    /// The folder of its store.
    #[must_use]
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Where the passphrase of its keys is: beside its home, as the home must be empty at first.
    #[must_use]
    pub fn passphrase(&self) -> PathBuf {
        self.home.with_extension("passphrase")
    }

    /// Runs one command to its end and reads the JSON object it prints.
    /// Errors: the command's own sentence if it fails.
    pub fn run<T: DeserializeOwned>(&self, arguments: &[&str]) -> Result<T> {
        let output = self.command(arguments)?.stdin(Stdio::null()).output();
        let output = output.with_context(|| format!("cannot start {}", self.role.word()))?;
        let what = || format!("{} {}", self.role.word(), arguments.join(" "));
        // An audit that found a violation has still printed its findings.
        if matches!(output.status.code(), Some(0 | 4)) {
            return serde_json::from_slice(&output.stdout)
                .with_context(|| format!("{} printed something unexpected", what()));
        }
        if let Ok(Failure { error }) = serde_json::from_slice(&output.stdout) {
            bail!("{}: {} ({})", what(), error.message, error.code);
        }
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        bail!("{} ended with {}: {said}", what(), output.status)
    }

    /// Starts the party's server and waits until it listens.
    /// Errors: the server's own sentence if it does not come up.
    pub fn serve(&self) -> Result<Server> {
        let mut command = self.command(&["serve", "--until-stdin-closes"])?;
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().context("cannot start a server")?;
        let stdout = child.stdout.take().ok_or_else(|| anyhow!("no standard output"))?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        if line.contains("listening") {
            return Ok(Server { child });
        }
        child.wait()?;
        match serde_json::from_str::<Failure>(&line) {
            Ok(Failure { error }) => bail!("{}: {}", self.role.word(), error.message),
            Err(_) => bail!("{} did not come up", self.role.word()),
        }
    }

    fn command(&self, arguments: &[&str]) -> Result<Command> {
        let own = std::env::current_exe().context("cannot find this program's own file")?;
        let mut command = Command::new(own);
        let home: OsString = self.home.clone().into();
        command.args(["role", self.role.word(), "--json", "--home"]).arg(home);
        if self.role != Role::Wallet {
            command.arg("--passphrase-file").arg(self.passphrase());
        }
        command.args(arguments);
        if std::env::var_os("RUST_LOG").is_none() {
            command.env("RUST_LOG", "error");
        }
        Ok(command)
    }
}

/// A running server. It ends when its standard input closes, so it cannot outlive this process.
#[derive(Debug)]
pub struct Server {
    child: Child,
}

impl Server {
    /// Asks the server to end and waits for it. Errors: if it ended badly.
    pub fn stop(mut self) -> Result<()> {
        drop(self.child.stdin.take());
        let status = self.child.wait()?;
        if status.success() { Ok(()) } else { bail!("a server ended with {status}") }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        // An error here means that the child has ended already, which is what is wanted.
        let _ = self.child.wait();
    }
}
