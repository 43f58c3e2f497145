//! The stage: folders, keys, accounts and running servers.

use super::ledger::Ledger;
use super::narrate::{Narrator, Progress};
use super::process::{Party, Role, Server as Running};
use super::report::Facts;
use crate::scenario::{IntermediaryIndex, Scenario, Server, WalletIndex};
use anyhow::{Context, Result};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use tender_token::amount::Amount;

/// Everything that a step can act on.
pub struct Stage<'a> {
    scenario: &'a Scenario,
    folder: PathBuf,
    running: BTreeMap<Server, Running>,
    letters: u32,
    /// What should be the case.
    pub expected: Ledger,
    /// What happened.
    pub facts: Facts,
}

/// The officers, both of whom must approve.
const OFFICERS: [&str; 2] = ["officer-1", "officer-2"];

/// What guessing an intermediary's passphrase costs: the least, as all passphrases are known.
const KEYS_COST: [&str; 4] = ["--keys-memory-kib", "8192", "--keys-passes", "1"];

/// What making an officer's key prints.
#[derive(Deserialize)]
struct Officer {
    officer: String,
}

/// The issuer's party in a stage's folder.
pub fn issuer(folder: &Path) -> Party {
    Party::new(Role::Issuer, folder.join("issuer"))
}

/// An intermediary's party in a stage's folder.
pub fn intermediary(folder: &Path, index: IntermediaryIndex) -> Party {
    Party::new(Role::Intermediary, folder.join(format!("intermediary-{}", index.0)))
}

/// A wallet's party in a stage's folder.
pub fn wallet(folder: &Path, index: WalletIndex) -> Party {
    Party::new(Role::Wallet, folder.join(format!("wallet-{}", index.0)))
}

impl<'a> Stage<'a> {
    /// Makes keys, issues and distributes the currency, opens accounts, starts the servers, enrols
    /// and equips every wallet. Errors: the sentence of the command that failed.
    pub fn set(scenario: &'a Scenario, folder: &Path, narrator: &Narrator<'_>) -> Result<Self> {
        let mut stage = Self {
            scenario,
            folder: folder.to_owned(),
            running: BTreeMap::new(),
            letters: 0,
            expected: Ledger::new(scenario),
            facts: Facts::default(),
        };
        let banks = scenario.intermediaries.len();
        let steps = scenario.wallets.len().saturating_mul(2).saturating_add(banks);
        let progress = Progress::begin(steps.saturating_add(1));
        progress.next("the issuer makes its keys and its currency");
        stage.found_issuer()?;
        for index in (0..banks).map(IntermediaryIndex) {
            let name = &scenario.intermediary(index).name;
            progress.next(&format!("{name} joins and opens its accounts"));
            stage.found_intermediary(index)?;
        }
        stage.start(Server::Issuer)?;
        (0..banks).map(IntermediaryIndex).try_for_each(|b| stage.start(Server::Intermediary(b)))?;
        for index in (0..scenario.wallets.len()).map(WalletIndex) {
            let wallet = scenario.wallet(index);
            progress.next(&format!("{} enrols and gets {} slots", wallet.name, wallet.slots));
            stage.equip(index)?;
            progress.next(&format!("{} withdraws", wallet.name));
            if let Some(amount) = wallet.withdraw {
                stage.withdraw(index, amount)?;
            }
        }
        progress.done();
        narrator.set(scenario);
        Ok(stage)
    }

    /// The scenario being played.
    #[must_use]
    pub fn scenario(&self) -> &'a Scenario {
        self.scenario
    }

    /// A wallet's party.
    #[must_use]
    pub fn wallet(&self, index: WalletIndex) -> Party {
        wallet(&self.folder, index)
    }

    /// Whether nobody can be asked about anything.
    #[must_use]
    pub fn is_dark(&self) -> bool {
        self.running.is_empty()
    }

    /// A file to hand over, named after what it holds.
    pub fn letter(&mut self, what: &str) -> Result<String> {
        self.letters = self.letters.saturating_add(1);
        let file = self.folder.join("handed-over").join(format!("{:03}-{what}", self.letters));
        let text = file.into_os_string().into_string();
        text.ok().context("the temporary folder's name is not valid text")
    }

    /// Starts a server on its stored address. Errors: the server's own sentence.
    pub fn start(&mut self, server: Server) -> Result<()> {
        let party = match server {
            Server::Issuer => issuer(&self.folder),
            Server::Intermediary(index) => intermediary(&self.folder, index),
        };
        let running = party.serve()?;
        self.running.insert(server, running);
        Ok(())
    }

    /// Stops a server. Errors: if it ended badly.
    pub fn stop(&mut self, server: Server) -> Result<()> {
        self.running.remove(&server).map_or(Ok(()), Running::stop)
    }

    /// Withdraws account money into a wallet. Errors: the wallet's own sentence.
    pub fn withdraw(&self, index: WalletIndex, amount: Amount) -> Result<()> {
        let amount = self.decimal(amount);
        self.wallet(index).run::<IgnoredAny>(&["withdraw", "--amount", &amount]).map(drop)
    }

    /// An amount as the command lines take it.
    #[must_use]
    pub fn decimal(&self, amount: Amount) -> String {
        amount.to_decimal(self.scenario.currency.decimals)
    }

    /// Stops every server and hands over what was learnt.
    #[must_use]
    pub fn close(mut self) -> (Ledger, Facts) {
        // Intermediaries first: an issuer that is gone would only be retried.
        while let Some((_, server)) = self.running.pop_last() {
            drop(server);
        }
        (self.expected, self.facts)
    }

    fn found_issuer(&self) -> Result<()> {
        std::fs::create_dir_all(self.folder.join("handed-over"))?;
        let config = self.folder.join("issuer.toml");
        std::fs::write(&config, self.issuer_config(&self.make_officers()?)?)?;
        let issuer = issuer(&self.folder);
        let config = config.to_string_lossy();
        std::fs::write(issuer.passphrase(), "of the demonstration's issuer")?;
        let root_passphrase = self.folder.join("root.passphrase");
        std::fs::write(&root_passphrase, "of the demonstration's root")?;
        let root_passphrase = root_passphrase.to_string_lossy();
        let init = ["init", "--config", &config, "--root-passphrase-file", &root_passphrase];
        issuer.run::<IgnoredAny>(&init)?;
        let amount = self.decimal(self.scenario.currency.issue);
        self.supply(&["issue", "--amount", &amount])
    }

    /// Orders something of the treasury, which the officers approve.
    fn supply(&self, order: &[&str]) -> Result<()> {
        let files = OFFICERS.map(|name| (self.officer_key(name), self.officer(name).passphrase()));
        let files = files.each_ref().map(|(key, file)| (key.as_str(), file.to_string_lossy()));
        let keys =
            files.iter().flat_map(|(key, file)| ["--key", key, "--key-passphrase-file", file]);
        let order = ["treasury"].into_iter().chain(order.iter().copied());
        issuer(&self.folder).run::<IgnoredAny>(&order.chain(keys).collect::<Vec<_>>()).map(drop)
    }

    /// Makes the officers' keys, each under a passphrase of its own. Gives the public halves.
    fn make_officers(&self) -> Result<Vec<String>> {
        let new = |name: &str| {
            let (officer, out) = (self.officer(name), self.officer_key(name));
            std::fs::write(officer.passphrase(), format!("of {name}"))?;
            Ok(officer.run::<Officer>(&["officer", "new", "--out", &out])?.officer)
        };
        OFFICERS.into_iter().map(new).collect()
    }

    /// An officer, who has the issuer's program, a passphrase and no home.
    fn officer(&self, name: &str) -> Party {
        Party::new(Role::Issuer, self.folder.join(name))
    }

    /// Where an officer's key is handed over.
    fn officer_key(&self, name: &str) -> String {
        let file = self.folder.join("handed-over").join(name).with_extension("key");
        file.to_string_lossy().into_owned()
    }

    fn found_intermediary(&self, index: IntermediaryIndex) -> Result<()> {
        let terms = self.scenario.intermediary(index);
        let (issuer, party) = (issuer(&self.folder), intermediary(&self.folder, index));
        let address = free_address(index.0.saturating_add(1))?;
        std::fs::write(party.passphrase(), format!("of {}", terms.name))?;
        let init = ["init", "--name", &terms.name, "--listen", &address];
        party.run::<IgnoredAny>(&[&init[..], &KEYS_COST].concat())?;
        let application = party.home().join("application.toml").to_string_lossy().into_owned();
        let handed = self.folder.join("handed-over").join(format!("admission-{}.toml", index.0));
        let admission = handed.to_string_lossy().into_owned();
        let admit = ["--application", &application, "--out", &admission];
        issuer.run::<IgnoredAny>(&[&["intermediary", "admit"], &admit[..]].concat())?;
        party.run::<IgnoredAny>(&["join", "--admission", &admission])?;
        std::fs::remove_file(handed)?;
        let vault = self.decimal(terms.vault);
        for order in ["credit-reserves", "distribute"] {
            self.supply(&[order, "--intermediary", &terms.name, "--amount", &vault])?;
        }
        for wallet in self.scenario.wallets.iter().filter(|w| w.intermediary == index) {
            let (out, balance) = (self.invitation(&wallet.name), self.decimal(wallet.account));
            let add = ["customer", "add", "--name", &wallet.name, "--balance", &balance];
            party.run::<IgnoredAny>(&[&add[..], &["--out", &out]].concat())?;
        }
        Ok(())
    }

    fn equip(&self, index: WalletIndex) -> Result<()> {
        let terms = self.scenario.wallet(index);
        let (party, invitation) = (self.wallet(index), self.invitation(&terms.name));
        party.run::<IgnoredAny>(&["enrol", "--invitation", &invitation])?;
        party.run::<IgnoredAny>(&["provision", "--slots", &terms.slots.to_string()]).map(drop)
    }

    fn invitation(&self, name: &str) -> String {
        let file = self.folder.join("handed-over").join(format!("invitation-{name}.toml"));
        file.to_string_lossy().into_owned()
    }

    fn issuer_config(&self, officers: &[String]) -> Result<String> {
        let (currency, limits) = (&self.scenario.currency, &self.scenario.limits);
        let listen = free_address(0)?;
        let denominations: Vec<_> =
            currency.denominations.iter().map(|value| self.decimal(*value)).collect();
        let (code, decimals) = (currency.code, currency.decimals);
        let zero = self.decimal(Amount::ZERO);
        let mut text = String::new();
        write!(
            text,
            "listen = \"{listen}\"\nslot_quota = 4096\nsessions_per_day = 64\n\
             min_lead_days = 1\nloss_rule = \"payee_bears\"\n\n\
             [currency]\ncode = \"{code}\"\ndecimals = {decimals}\n\
             denominations = {denominations:?}\n\n\
             [series]\ndepth = 6\nmax_hops = 5\nissue_days = 28\nspend_days = 56\n\
             deposit_days = 84\nclaim_days = 112\n\n\
             [keys]\nmemory_kib = 8192\npasses = 1\n\n\
             [limits]\npayment = \"{}\"\nholding = \"{}\"\nreceived = \"{}\"\n\
             payments = {}\nreconcile_days = {}\nexchange = \"{zero}\"\n\
             guarantee_cap = \"{zero}\"\n\n\
             [officers]\nk = 2\nkeys = {officers:?}\n",
            self.decimal(limits.payment),
            self.decimal(limits.holding),
            self.decimal(limits.received),
            limits.payments,
            limits.reconcile_days,
        )?;
        Ok(text)
    }
}

/// A loopback address that is free now and stays so while its server is stopped: the port is below
/// those that the system gives to outgoing connections. Demonstrations side by side begin their
/// search at different ports.
fn free_address(taken: usize) -> Result<String> {
    let first = 10_000_u32.saturating_add((std::process::id() % 256).saturating_mul(64));
    let ports = (first..first.saturating_add(6_000)).filter_map(|port| u16::try_from(port).ok());
    let mut free = ports.filter(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    let port = free.nth(taken).context("no free port on loopback")?;
    Ok(format!("127.0.0.1:{port}"))
}
