//! Commands about the account.

use super::online::connect;
use super::output::{Answer, Failure};
use super::{Session, amount};
use crate::online;
use crate::payee::Payee;
use rand_core::CryptoRng;
use serde_json::json;
use tender_token::date::calendar::iso;

impl<R: CryptoRng> Session<R> {
    pub(super) fn reference(&mut self) -> Result<Answer, Failure> {
        let now = self.now;
        let (wallet, rng) = self.open()?;
        let mut client = connect(wallet.invitation())?;
        let payee = online::reference(wallet, &mut client, now, rng)?.text();
        Ok(Answer {
            text: format!("Hand this to whoever shall transfer to you; it is for once.\n{payee}"),
            json: json!({ "reference": payee }),
        })
    }

    pub(super) fn transfer(&mut self, to: Payee, text: &str) -> Result<Answer, Failure> {
        let now = self.now;
        let (wallet, rng) = self.open()?;
        let money = wallet.money()?;
        let amount = amount(text, money)?;
        let mut client = connect(wallet.invitation())?;
        online::transfer(wallet, &mut client, (to, amount), now, rng)?;
        Ok(Answer {
            text: format!("{} went to the other account.", money.show(amount)),
            json: json!({ "transferred": amount.minor_units(), "reference": to.text() }),
        })
    }

    pub(super) fn statement(&mut self, after: u64) -> Result<Answer, Failure> {
        let now = self.now;
        let (wallet, _) = self.open()?;
        let money = wallet.money()?;
        let mut client = connect(wallet.invitation())?;
        let lines = online::statement(wallet, &mut client, after, now)?;
        let text = lines.iter().map(|line| {
            format!(
                "{:>4}  {}  {:<12}  {:>16}  {:>16}",
                line.number,
                iso(line.day),
                line.movement.word(),
                money.show(line.amount),
                money.show(line.balance)
            )
        });
        let rows = lines.iter().map(|line| {
            json!({
                "number": line.number, "day": iso(line.day), "movement": line.movement.word(),
                "amount": line.amount.minor_units(), "balance": line.balance.minor_units(),
                "reference": line.account.map(|account| hex::encode(account.0)),
            })
        });
        let json = json!({ "lines": rows.collect::<Vec<_>>() });
        let text = text.collect::<Vec<_>>().join("\n");
        let text = if text.is_empty() { "There is no line after that.".to_owned() } else { text };
        Ok(Answer { text, json })
    }
}
