//! The issuer: founded with its own commands, and served by a process of its own.

use super::client::Bank;
use super::{Options, Surroundings, processor};
use crate::random;
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tender_proto::admission::{Admission, Application};
use tender_token::bounds::DEPTH_MIN_PRODUCTION;
use tender_token::manifest::Manifest;
use tender_token::signature::{PublicKey, SecretKey};
use tokio::runtime::Runtime;

/// Officers who approve, as their keys' files. Under load they all have the issuer's passphrase.
const OFFICERS: [&str; 2] = ["first.key", "second.key"];
/// Where the passphrases are.
const PASSPHRASE: &str = "passphrase";
const ROOT_PASSPHRASE: &str = "root-passphrase";
/// What every vault holds at first: more than any load withdraws.
const VAULT: &str = "10000000";

/// A founded issuer.
pub struct Issuer {
    program: PathBuf,
    folder: PathBuf,
    metrics: String,
    admitted: Vec<([u8; 32], Admission)>,
    calls: usize,
}

/// A serving one, and who calls it.
pub struct Server {
    child: Child,
    metrics: String,
    root: String,
    /// The intermediaries.
    pub banks: Vec<Bank>,
}

impl Issuer {
    /// Founds an issuer with one denomination, and admits intermediaries whose vaults are full.
    /// Errors: the sentence of the command that failed.
    pub fn found(folder: &Path, surroundings: &Surroundings, options: &Options) -> Result<Self> {
        let mut issuer = Self {
            program: surroundings.program.clone(),
            folder: folder.to_owned(),
            metrics: free_address()?,
            admitted: Vec::new(),
            calls: options.calls / options.intermediaries,
        };
        std::fs::write(folder.join(PASSPHRASE), "of the issuer under load")?;
        let officer = |name: &&str| {
            let made = issuer.run(&["officer", "new", "--out", name])?;
            made.get("officer").cloned().context("no officer's key")
        };
        let officers = OFFICERS.iter().map(officer).collect::<Result<Vec<_>>>()?;
        std::fs::write(folder.join("issuer.toml"), issuer.config(&officers)?)?;
        std::fs::write(folder.join(ROOT_PASSPHRASE), "of its root")?;
        let root = ["--root-passphrase-file", ROOT_PASSPHRASE];
        issuer.run(&[&["init", "--config", "issuer.toml"], &root[..]].concat())?;
        let total = format!("{VAULT}{}", "0".repeat(2));
        issuer.supply(&["issue", "--amount", &total])?;
        for number in 0..options.intermediaries {
            let admitted = issuer.admit(&format!("bank {number}"))?;
            issuer.admitted.push(admitted);
        }
        Ok(issuer)
    }

    fn admit(&self, name: &str) -> Result<([u8; 32], Admission)> {
        let seed = random();
        let public_key = hex::encode(SecretKey::from_seed(&seed).public().0);
        let application = toml::to_string(&Application { name: name.to_owned(), public_key })?;
        std::fs::write(self.folder.join("application.toml"), application)?;
        let out = format!("{name}.toml");
        let files = ["--application", "application.toml", "--out", &out];
        self.run(&[&["intermediary", "admit"], &files[..]].concat())?;
        for order in ["credit-reserves", "distribute"] {
            self.supply(&[order, "--intermediary", name, "--amount", VAULT])?;
        }
        let admission = std::fs::read_to_string(self.folder.join(out))?;
        Ok((seed, toml::from_str(&admission)?))
    }

    fn supply(&self, order: &[&str]) -> Result<()> {
        let keys = OFFICERS.iter().flat_map(|key| ["--key", key]);
        let order = ["treasury"].iter().chain(order).copied().chain(keys);
        let command: Vec<_> = order.chain(["--key-passphrase-file", PASSPHRASE]).collect();
        self.run(&command).map(drop)
    }

    /// The example's configuration with what is different here.
    fn config(&self, officers: &[Value]) -> Result<String> {
        let mut config: toml::Table =
            include_str!("../../../issuer/issuer.example.toml").parse()?;
        config.insert("listen".to_owned(), "127.0.0.1:0".into());
        config.insert("metrics".to_owned(), self.metrics.clone().into());
        // How full the disk of this machine is, is not measured either.
        config.insert("disk_free_percent".to_owned(), 0.into());
        let mut set = |section: &str, name: &str, value: toml::Value| {
            let section = config.get_mut(section).and_then(toml::Value::as_table_mut);
            section.map(|section| section.insert(name.to_owned(), value))
        };
        set("currency", "denominations", vec!["1.00"].into()).context("the example's currency")?;
        let officers: Vec<_> = officers.iter().filter_map(Value::as_str).collect();
        set("officers", "keys", officers.into()).context("the example's officers")?;
        // Slots are not what is measured, so they are made in the cheapest way that is allowed.
        let depth = i64::from(DEPTH_MIN_PRODUCTION);
        set("series", "depth", depth.into()).context("the example's series")?;
        Ok(config.to_string())
    }

    /// Starts the server and waits until it listens. Errors: its own sentence.
    pub fn serve(&self, runtime: &Runtime) -> Result<Server> {
        let mut serve = self.command(&["serve", "--until-stdin-closes"]);
        serve.stdin(Stdio::piped()).stdout(Stdio::piped()).env("RUST_LOG", "error");
        let mut child = serve.spawn().context("the server cannot be started")?;
        let mut said = String::new();
        let out = child.stdout.take().context("no standard output")?;
        BufReader::new(out).read_line(&mut said)?;
        let said: Value = serde_json::from_str(&said).context("the server says nothing")?;
        let address = said.get("listening").and_then(Value::as_str);
        let Some(address) = address else { bail!("{said}") };
        let _inside = runtime.enter();
        let bank = |(seed, admission): &([u8; 32], Admission)| {
            Bank::new(address, admission, SecretKey::from_seed(seed), self.calls)
        };
        let banks = self.admitted.iter().map(bank).collect::<Result<_>>()?;
        let root = self.admitted.first().map(|(_, admission)| admission.root.clone());
        let root = root.context("nobody is admitted")?;
        Ok(Server { child, metrics: self.metrics.clone(), root, banks })
    }

    /// Checks every invariant. The server is stopped. Errors: a violation.
    pub fn audit(&self) -> Result<()> {
        self.run(&["audit"]).map(drop)
    }

    /// Runs a command to its end; gives the object that it printed.
    fn run(&self, arguments: &[&str]) -> Result<Value> {
        let output = self.command(arguments).stdin(Stdio::null()).output()?;
        let said = String::from_utf8_lossy(&output.stdout);
        ensure!(output.status.success(), "issuer {}: {said}", arguments.join(" "));
        serde_json::from_str(&said).context("a command printed something unexpected")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(["role", "--json", "--home", "home", "--passphrase-file", PASSPHRASE]);
        command.args(arguments);
        command.current_dir(&self.folder);
        command
    }
}

impl Server {
    /// The manifest, verified under the root. Errors: no answer, or not the root's.
    pub fn manifest(&self, runtime: &Runtime) -> Result<Manifest> {
        let trust = self.banks.first().context("nobody is admitted")?.trust(runtime)?;
        let mut root = [0; 32];
        hex::decode_to_slice(&self.root, &mut root)?;
        trust.verify(&PublicKey(root)).context("the manifest is not the root's")
    }

    /// Processor time that the server has spent. Errors: it has ended.
    pub fn processor(&self) -> Result<Duration> {
        processor::spent(&self.child.id().to_string())
    }

    /// Batches that the server has committed. Errors: it shows no metrics.
    pub fn commits(&self) -> Result<u64> {
        self.count("tender_commit_seconds_count")
    }

    /// Syncs of the files of the server's store. Errors: it shows no metrics.
    pub fn syncs(&self) -> Result<u64> {
        self.count("tender_store_syncs_total")
    }

    fn count(&self, name: &str) -> Result<u64> {
        let mut page = TcpStream::connect(&self.metrics).context("no metrics")?;
        page.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut text = String::new();
        page.read_to_string(&mut text)?;
        let count = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        let count = count.with_context(|| format!("no {name}"))?;
        count.trim().parse().with_context(|| format!("{name} is no number"))
    }

    /// Lets the server end. Errors: it ended badly.
    pub fn stop(mut self) -> Result<()> {
        self.banks.clear();
        drop(self.child.stdin.take());
        let status = self.child.wait()?;
        ensure!(status.success(), "the server ended with {status}");
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        // An error means that it has ended already.
        let _ended = self.child.wait();
    }
}

/// An address on loopback that is free now.
fn free_address() -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").context("no free port")?;
    Ok(listener.local_addr()?.to_string())
}
