//! The story: the steps in order, walked through with the servers and the money there can be.

use std::collections::BTreeSet;

use toml::Spanned;

use super::cast::{Cast, read_withdrawal};
use super::names::{EVERYONE, ISSUER, find};
use super::problem::{Problem, ScenarioError};
use super::purse::Purse;
use super::written::{self, Names, Page};
use super::{Action, Cheat, IntermediaryIndex, Payment, Server, Step, WalletIndex};

const ACTIONS: &str = "offline, online, pay, cheat, withdraw, deposit, reconcile";

/// Checks the steps in the order of the file.
pub(super) fn check(
    page: &Page<'_>,
    cast: &Cast,
    written: &[Spanned<written::Step>],
) -> Result<Vec<Step>, ScenarioError> {
    let purses = cast.wallets.iter().map(Purse::at_the_start).collect();
    let mut walk = Walk { page, cast, offline: BTreeSet::new(), purses };
    written.iter().map(|step| walk.step(step)).collect()
}

/// Where the story stands.
struct Walk<'a> {
    page: &'a Page<'a>,
    cast: &'a Cast,
    /// The servers that are stopped.
    offline: BTreeSet<Server>,
    /// One for each wallet of the cast.
    purses: Vec<Purse<'a>>,
}

impl<'a> Walk<'a> {
    fn step(&mut self, written: &Spanned<written::Step>) -> Result<Step, ScenarioError> {
        let step = written.get_ref();
        let action = match step.actions().as_slice() {
            [(_, action)] => self.action(*action)?,
            [] => {
                let problem = Problem::NoAction { actions: ACTIONS.to_owned() };
                return Err(self.page.refuse(written, problem));
            }
            several => {
                let keys: Vec<&str> = several.iter().map(|(key, _)| *key).collect();
                let problem = Problem::SeveralActions { written: keys.join(" and ") };
                return Err(self.page.refuse(written, problem));
            }
        };
        Ok(Step { line: self.page.line(written), say: step.say.clone(), action })
    }

    fn action(&mut self, written: written::Action<'_>) -> Result<Action, ScenarioError> {
        match written {
            written::Action::Offline(names) => self.stop(names).map(Action::Offline),
            written::Action::Online(names) => self.start(names).map(Action::Online),
            written::Action::Pay(pay) => self.pay(pay).map(Action::Pay),
            written::Action::Cheat(cheat) => self.cheat(cheat).map(Action::Cheat),
            written::Action::Withdraw(withdraw) => self.withdraw(withdraw),
            written::Action::Deposit(deposit) => self.deposit(deposit),
            written::Action::Reconcile(names) => self.reconcile(names).map(Action::Reconcile),
        }
    }

    fn stop(&mut self, names: &Names) -> Result<Vec<Server>, ScenarioError> {
        let mut servers = Vec::new();
        for name in self.listed("offline", names)? {
            let server = self.server(name)?;
            if !self.offline.insert(server) {
                let server = name.get_ref().clone();
                return Err(self.page.refuse(name, Problem::AlreadyOffline { server }));
            }
            servers.push(server);
        }
        Ok(servers)
    }

    fn start(&mut self, names: &Names) -> Result<Vec<Server>, ScenarioError> {
        let mut servers = Vec::new();
        for name in self.listed("online", names)? {
            let server = self.server(name)?;
            if !self.offline.remove(&server) {
                let server = name.get_ref().clone();
                return Err(self.page.refuse(name, Problem::AlreadyOnline { server }));
            }
            servers.push(server);
        }
        Ok(servers)
    }

    fn pay(&mut self, written: &written::Pay) -> Result<Payment, ScenarioError> {
        let from = self.wallet(&written.from)?;
        let to = self.payee(from, &written.to)?;
        let mode = written.mode;
        let (page, cast) = (self.page, self.cast);
        let refuse = |problem| page.refuse(&written.amount, problem);
        let amount = cast.currency.read_payable(&written.amount.get_ref().0).map_err(refuse)?;
        self.purse(from).spend(cast, amount).map_err(refuse)?;
        self.purse(to).receive(cast, amount, mode).map_err(refuse)?;
        Ok(Payment { from, to, amount, mode })
    }

    /// The restored copy has forgotten the first spending, so the money leaves the cheat only once.
    fn cheat(&mut self, written: &written::Cheat) -> Result<Cheat, ScenarioError> {
        let who = self.wallet(&written.who)?;
        let first = self.payee(who, &written.first)?;
        let then = self.payee(who, &written.then)?;
        if first == then {
            let wallet = written.then.get_ref().clone();
            return Err(self.page.refuse(&written.then, Problem::CheatsOnePayee { wallet }));
        }
        let mode = written.mode;
        let (page, cast) = (self.page, self.cast);
        let refuse = |problem| page.refuse(&written.amount, problem);
        let amount = cast.currency.read_payable(&written.amount.get_ref().0).map_err(refuse)?;
        self.purse(who).spend(cast, amount).map_err(refuse)?;
        for payee in [first, then] {
            self.purse(payee).receive(cast, amount, mode).map_err(refuse)?;
        }
        Ok(Cheat { who, first, then, amount, mode })
    }

    fn withdraw(&mut self, written: &written::Withdraw) -> Result<Action, ScenarioError> {
        let who = self.wallet(&written.who)?;
        self.require_online(who, &written.who)?;
        let (page, cast) = (self.page, self.cast);
        let purse = self.purse(who);
        let amount =
            read_withdrawal(page, cast, written.who.get_ref(), purse.account(), &written.amount)?;
        purse.withdraw(amount);
        Ok(Action::Withdraw { who, amount })
    }

    fn deposit(&mut self, written: &written::Deposit) -> Result<Action, ScenarioError> {
        let who = self.wallet(&written.who)?;
        self.require_online(who, &written.who)?;
        self.purse(who).deposit();
        Ok(Action::Deposit { who })
    }

    fn reconcile(&mut self, names: &Names) -> Result<Vec<WalletIndex>, ScenarioError> {
        let mut wallets = Vec::new();
        for (wallet, place) in self.everyone_or_listed(names)? {
            self.require_online(wallet, place)?;
            if wallets.contains(&wallet) {
                let name = place.get_ref().clone();
                return Err(self.page.refuse(place, Problem::NamedTwice { name }));
            }
            self.purse(wallet).reconcile();
            wallets.push(wallet);
        }
        Ok(wallets)
    }

    /// The wallets of a list, each with the place that names it.
    fn everyone_or_listed<'n>(
        &self,
        names: &'n Names,
    ) -> Result<Vec<(WalletIndex, &'n Spanned<String>)>, ScenarioError> {
        let listed = self.listed("reconcile", names)?;
        match listed.iter().find(|name| name.get_ref() == EVERYONE) {
            None => listed.iter().map(|name| Ok((self.wallet(name)?, name))).collect(),
            Some(name) if listed.len() > 1 => {
                Err(self.page.refuse(name, Problem::EveryoneAndOthers))
            }
            Some(name) => {
                Ok((0..self.cast.wallets.len()).map(|place| (WalletIndex(place), name)).collect())
            }
        }
    }

    /// The names of a list, at least one.
    fn listed<'n>(
        &self,
        key: &'static str,
        names: &'n Names,
    ) -> Result<&'n [Spanned<String>], ScenarioError> {
        match names.get_ref().as_slice() {
            [] => Err(self.page.refuse(names, Problem::EmptyList { key })),
            listed => Ok(listed),
        }
    }

    fn purse(&mut self, wallet: WalletIndex) -> &mut Purse<'a> {
        self.purses.get_mut(wallet.0).expect("there is a purse for each wallet of the cast")
    }

    fn wallet(&self, name: &Spanned<String>) -> Result<WalletIndex, ScenarioError> {
        let known: Vec<&str> = self.cast.wallets.iter().map(|one| one.name.as_str()).collect();
        let place = find(&known, name.get_ref());
        place.map(WalletIndex).map_err(|problem| self.page.refuse(name, problem))
    }

    fn payee(
        &self,
        payer: WalletIndex,
        name: &Spanned<String>,
    ) -> Result<WalletIndex, ScenarioError> {
        let payee = self.wallet(name)?;
        if payee == payer {
            let wallet = name.get_ref().clone();
            return Err(self.page.refuse(name, Problem::PaysItself { wallet }));
        }
        Ok(payee)
    }

    fn server(&self, name: &Spanned<String>) -> Result<Server, ScenarioError> {
        let banks = self.cast.intermediaries.iter().map(|one| one.name.as_str());
        let known: Vec<&str> = std::iter::once(ISSUER).chain(banks).collect();
        let place = find(&known, name.get_ref());
        let place = place.map_err(|problem| self.page.refuse(name, problem))?;
        Ok(match place.checked_sub(1) {
            None => Server::Issuer,
            Some(place) => Server::Intermediary(IntermediaryIndex(place)),
        })
    }

    /// Refuses a step that a wallet cannot do without its intermediary and the issuer.
    fn require_online(
        &self,
        wallet: WalletIndex,
        name: &Spanned<String>,
    ) -> Result<(), ScenarioError> {
        let wallet = self.cast.wallet(wallet);
        let bank = self.cast.intermediary(wallet.intermediary);
        let needed =
            [(Server::Issuer, ISSUER), (Server::Intermediary(wallet.intermediary), &bank.name)];
        match needed.iter().find(|(server, _)| self.offline.contains(server)) {
            None => Ok(()),
            Some((_, server)) => {
                let (wallet, server) = (wallet.name.clone(), (*server).to_owned());
                Err(self.page.refuse(name, Problem::ServerOffline { wallet, server }))
            }
        }
    }
}
