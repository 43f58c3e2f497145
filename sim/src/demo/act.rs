//! Performing the steps of a scenario.

use super::narrate::{Narrator, Progress};
use super::process::Party;
use super::stage::Stage;
use crate::scenario::{Action, Cheat, Mode, Payment, Step, WalletIndex};
use anyhow::{Context, Result};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::path::Path;

/// What the payer shows before the payee offers slots.
#[derive(Debug, Deserialize)]
struct Plan {
    tokens: u16,
}

/// What the payee learns about a payment.
#[derive(Debug, Deserialize)]
struct Received {
    /// How many times the tokens were handed over, at most.
    handovers: u64,
}

/// What a deposit or a reconciliation changed, in minor units.
#[derive(Debug, Deserialize)]
pub struct Reconciled {
    /// What went to the account.
    pub deposited: u64,
    /// What the issuer would not pay out.
    pub refused: Vec<Refused>,
}

/// A token that is not paid out.
#[derive(Debug, Deserialize)]
pub struct Refused {
    /// What it would be worth, in minor units.
    pub value: u64,
    /// The protocol's name of the reason.
    pub error: String,
}

/// Performs one step. Errors: what failed, with the line of the step.
pub fn perform(stage: &mut Stage<'_>, step: &Step, narrator: &Narrator<'_>) -> Result<()> {
    let performed = match &step.action {
        Action::Offline(servers) => servers.iter().rev().try_for_each(|server| stage.stop(*server)),
        Action::Online(servers) => servers.iter().try_for_each(|server| stage.start(*server)),
        Action::Pay(payment) => pay(stage, payment, narrator),
        Action::Cheat(double_spend) => cheat(stage, double_spend, narrator),
        Action::Withdraw { who, amount } => {
            stage.withdraw(*who, *amount)?;
            narrator.withdrawn(*who, *amount);
            Ok(())
        }
        Action::Deposit { who } => reconcile(stage, &[*who], "deposit", narrator),
        Action::Reconcile(wallets) => reconcile(stage, wallets, "reconcile", narrator),
    };
    performed.with_context(|| format!("the step on line {} failed", step.line))
}

fn pay(stage: &mut Stage<'_>, payment: &Payment, narrator: &Narrator<'_>) -> Result<()> {
    let Payment { from, to, amount, mode } = *payment;
    let offer = offer(stage, from, to, &stage.decimal(amount), mode)?;
    let paid = hand_over(stage, from, to, &offer)?;
    stage.expected.pay(payment);
    stage.facts.paid(stage.is_dark(), paid.handovers);
    narrator.paid(payment, stage.is_dark(), paid.handovers);
    Ok(())
}

/// Copies the cheat's store, pays the first payee, restores the copy and pays the second one.
fn cheat(stage: &mut Stage<'_>, double_spend: &Cheat, narrator: &Narrator<'_>) -> Result<()> {
    let Cheat { who, first, then, amount, mode } = *double_spend;
    let home = stage.wallet(who);
    let copy = home.home().with_extension("copy");
    copy_folder(home.home(), &copy)?;
    for payee in [first, then] {
        let offer = offer(stage, who, payee, &stage.decimal(amount), mode)?;
        let paid = hand_over(stage, who, payee, &offer)?;
        stage.facts.paid(stage.is_dark(), paid.handovers);
        if payee == first {
            std::fs::remove_dir_all(home.home())?;
            copy_folder(&copy, home.home())?;
        }
    }
    stage.expected.cheat(*double_spend);
    narrator.cheated(double_spend);
    Ok(())
}

/// The payer shows what it would pay with, the payee makes an offer for exactly that.
fn offer(
    stage: &mut Stage<'_>,
    from: WalletIndex,
    to: WalletIndex,
    amount: &str,
    mode: Mode,
) -> Result<String> {
    let (payer, payee) = (stage.wallet(from), stage.wallet(to));
    let file = stage.letter("offer")?;
    let terms = ["offer", "--amount", amount, "--out", &file];
    match mode {
        Mode::Key => payee.run::<IgnoredAny>(&[&terms[..], &["--key"]].concat())?,
        Mode::Slot => {
            let plan: Plan = payer.run(&["plan", "--amount", amount])?;
            let slots = plan.tokens.to_string();
            payee.run::<IgnoredAny>(&[&terms[..], &["--slots", &slots]].concat())?
        }
    };
    Ok(file)
}

/// The payment goes over as a file, the receipt comes back as one.
fn hand_over(
    stage: &mut Stage<'_>,
    from: WalletIndex,
    to: WalletIndex,
    offer: &str,
) -> Result<Received> {
    let (payer, payee): (Party, Party) = (stage.wallet(from), stage.wallet(to));
    let (payment, receipt) = (stage.letter("payment")?, stage.letter("receipt")?);
    payer.run::<IgnoredAny>(&["pay", "--offer", offer, "--out", &payment])?;
    let received = payee.run(&["receive", "--payment", &payment, "--out", &receipt])?;
    payer.run::<IgnoredAny>(&["confirm", "--receipt", &receipt])?;
    Ok(received)
}

fn reconcile(
    stage: &mut Stage<'_>,
    wallets: &[WalletIndex],
    command: &str,
    narrator: &Narrator<'_>,
) -> Result<()> {
    let progress = Progress::begin(wallets.len());
    for wallet in wallets {
        progress.next(&stage.scenario().wallet(*wallet).name);
        let changed: Reconciled = stage.wallet(*wallet).run(&[command])?;
        narrator.reconciled(&progress, *wallet, &changed);
    }
    progress.done();
    Ok(())
}

/// Copies a wallet's folder, as a thief of its backup would.
fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
