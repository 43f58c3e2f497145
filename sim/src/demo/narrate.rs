//! The story as a person reads it, and the progress of long steps.

use super::Telling;
use super::act::{Reconciled, Refused};
use super::report::{MinorUnits, Report};
use crate::scenario::{Action, Cheat, Mode, Payment, Scenario, Step, WalletIndex};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::Write as _;
use tender_token::amount::Amount;

/// The invariants that the demonstration checks, and what each says; the README has the same words.
const INVARIANTS: [(&str, &str); 4] = [
    ("conservation", "issued − destroyed = treasury + vaults + guarantees + circulation"),
    ("single-spend", "no token was cashed twice"),
    ("no-framing", "every accusation carries a proof that holds, and no honest holder is named"),
    ("settled", "every account and wallet has exactly what the story says"),
];

/// Tells the story on standard output, unless it is to be quiet.
pub struct Narrator<'a> {
    scenario: &'a Scenario,
    telling: Telling,
}

/// The progress of one long step, on standard error.
pub struct Progress(ProgressBar);

impl Progress {
    /// A step with so many parts begins. Shown only where standard error is a terminal.
    #[must_use]
    pub fn begin(parts: usize) -> Self {
        let bar = ProgressBar::new(u64::try_from(parts).unwrap_or(u64::MAX));
        let style = ProgressStyle::with_template("  {bar:24} {pos:>3}/{len} {msg}");
        bar.set_style(style.expect("the template is well formed"));
        Self(bar)
    }

    /// The next part begins.
    pub fn next(&self, what: &str) {
        self.0.set_message(what.to_owned());
        self.0.inc(1);
    }

    /// All parts are done.
    pub fn done(&self) {
        self.0.finish_and_clear();
    }
}

impl<'a> Narrator<'a> {
    /// A narrator of one scenario.
    #[must_use]
    pub fn new(scenario: &'a Scenario, telling: Telling) -> Self {
        Self { scenario, telling }
    }

    /// The heading.
    pub fn title(&self) {
        let Scenario { title, currency, intermediaries, wallets, .. } = self.scenario;
        let (banks, holders) = (intermediaries.len(), wallets.len());
        self.say(&format!("{title}\n{}", "=".repeat(title.chars().count())));
        let code = currency.code;
        self.say(&format!("One issuer, {banks} intermediaries, {holders} wallets, one {code}."));
    }

    /// Everybody is ready.
    pub fn set(&self, scenario: &Scenario) {
        self.say("\nEverybody is ready:");
        for wallet in &scenario.wallets {
            let (name, bank) = (&wallet.name, &scenario.intermediary(wallet.intermediary).name);
            let account = self.amount(wallet.account);
            let (slots, drawn) = (wallet.slots, wallet.withdraw.unwrap_or_default());
            let drawn = self.amount(drawn);
            self.say(&format!(
                "  {name:<12} {account:>12} at {bank}, {slots} slots, {drawn} withdrawn"
            ));
        }
    }

    /// A step begins.
    pub fn step(&self, number: usize, step: &Step) {
        let said = step.say.clone().unwrap_or_default();
        self.say(&format!("\n{number:>2}. {said}"));
        let names = |servers: &[crate::scenario::Server]| {
            let names = servers.iter().map(|server| self.scenario.server_name(*server));
            names.collect::<Vec<_>>().join(", ")
        };
        match &step.action {
            Action::Offline(servers) => self.say(&format!("    stopped: {}", names(servers))),
            Action::Online(servers) => self.say(&format!("    started: {}", names(servers))),
            Action::Pay(_)
            | Action::Cheat(_)
            | Action::Withdraw { .. }
            | Action::Deposit { .. }
            | Action::Reconcile(_) => {}
        }
    }

    /// A payment was accepted and receipted.
    pub fn paid(&self, payment: &Payment, offline: bool, handovers: u64) {
        let (from, to) = (self.name(payment.from), self.name(payment.to));
        let amount = self.amount(payment.amount);
        let place = match payment.mode {
            Mode::Slot => "onto slots",
            Mode::Key => "onto a key",
        };
        let link = if offline { "offline" } else { "online" };
        self.say(&format!(
            "    {from} → {to}: {amount} {place}, {link}, receipted (hand {handovers})"
        ));
    }

    /// The same tokens were handed to two payees.
    pub fn cheated(&self, cheat: &Cheat) {
        let (who, amount) = (self.name(cheat.who), self.amount(cheat.amount));
        let (first, then) = (self.name(cheat.first), self.name(cheat.then));
        self.say(&format!("    {who} → {first}: {amount}, receipted"));
        self.say(&format!("    {who} restores a copy of the wallet's store"));
        self.say(&format!("    {who} → {then}: the same {amount}, receipted"));
    }

    /// Account money became tokens.
    pub fn withdrawn(&self, who: WalletIndex, amount: Amount) {
        self.say(&format!("    {} withdraws {}", self.name(who), self.amount(amount)));
    }

    /// A wallet brought its business in order.
    pub fn reconciled(&self, progress: &Progress, who: WalletIndex, changed: &Reconciled) {
        progress.0.suspend(|| {
            let (name, deposited) = (self.name(who), self.units(changed.deposited));
            self.say(&format!("    {name:<12} {deposited:>12} went to the account"));
            for Refused { value, error } in &changed.refused {
                let value = self.units(*value);
                self.say(&format!("    {name:<12} {value:>12} is not paid out: {error}"));
            }
        });
    }

    /// The balance sheet and the invariants.
    pub fn report(&self, report: &Report) {
        self.say("\nBalance sheet");
        let row = |name: &str, value: MinorUnits| {
            self.say(&format!("  {name:<38}{:>16}", self.units(value)));
        };
        row("issued", report.issued);
        row("  in the treasury", report.treasury);
        for vault in &report.vaults {
            row(&format!("  in the vault of {}", vault.intermediary), vault.balance);
        }
        row("  in circulation", report.circulation);
        self.say(&format!(
            "\n  {:<14}{:<16}{:>14}{:>14}{:>14}",
            "holder", "at", "account", "tokens", "lost"
        ));
        for holder in &report.holders {
            let units = [holder.account, holder.tokens, holder.lost].map(|v| self.units(v));
            let [account, tokens, lost] = units;
            let (name, bank) = (&holder.name, &holder.intermediary);
            self.say(&format!("  {name:<14}{bank:<16}{account:>14}{tokens:>14}{lost:>14}"));
        }
        self.findings(report);
    }

    fn findings(&self, report: &Report) {
        self.say("\nDouble spends");
        for incident in &report.incidents {
            let hash = incident.proof_hash.get(..16).unwrap_or(&incident.proof_hash);
            let holds = if incident.verified { "verifies" } else { "DOES NOT VERIFY" };
            self.say(&format!("  {}: proof {hash}… {holds} with public keys", incident.name));
        }
        let (tried, traced) = (report.double_spends_attempted, report.double_spends_traced);
        let honest = report.honest_accused;
        self.say(&format!("  {tried} tried, {traced} traced, {honest} honest holders accused"));
        let (unknown, revealed) = (report.payers_unknown, report.payers_revealed);
        self.say(&format!(
            "  of the slots that paid, {revealed} answered twice and named their owner;"
        ));
        self.say(&format!(
            "  {unknown} answered once, which fits every identity: nobody knows whose"
        ));
        self.say("\nInvariants");
        let held = [report.conservation, report.single_spend, report.no_framing, report.settled];
        for ((name, text), holds) in INVARIANTS.iter().zip(held) {
            let mark = if holds { "holds " } else { "BROKEN" };
            self.say(&format!("  {mark}  {name:<14}{text}"));
        }
        for violation in &report.violations {
            self.say(&format!("  ! {violation}"));
        }
        let (offline, hands) = (report.offline_payments, report.hops_max);
        let (payments, elapsed) = (report.payments, report.elapsed_ms);
        self.say(&format!(
            "\n{payments} payments, {offline} of them offline, up to {hands} hands; {elapsed} ms"
        ));
    }

    fn say(&self, text: &str) {
        if self.telling == Telling::Story {
            // Who has stopped reading must not stop the day.
            let _ = writeln!(std::io::stdout(), "{text}");
        }
    }

    fn name(&self, wallet: WalletIndex) -> &str {
        &self.scenario.wallet(wallet).name
    }

    fn amount(&self, amount: Amount) -> String {
        let currency = &self.scenario.currency;
        format!("{} {}", amount.to_decimal(currency.decimals), currency.code)
    }

    fn units(&self, value: MinorUnits) -> String {
        self.amount(Amount::from_minor_units(value))
    }
}

#[cfg(test)]
mod tests {
    use super::INVARIANTS;

    #[test]
    fn the_readme_says_of_the_invariants_what_the_demonstration_says() {
        let readme = include_str!("../../../README.md");
        for (name, text) in INVARIANTS {
            assert!(readme.contains(&format!("| `{name}` | {text} |")), "{name}: {text}");
        }
    }
}
