//! Commands that need no connection.

use super::inspect::{agree, can_be_asked};
use super::output::{Answer, Failure};
use super::{Session, amount, files, shown};
use crate::handover::Kind;
use crate::verbs::offer::Onto;
use anyhow::anyhow;
use rand_core::CryptoRng;
use serde_json::json;
use std::path::Path;
use tender_token::date::calendar::moment;
use tender_token::encode::Encode;

impl<R: CryptoRng> Session<R> {
    pub(super) fn plan(&mut self, text: &str) -> Result<Answer, Failure> {
        let now = self.now;
        let (wallet, _) = self.open()?;
        let amount = amount(text, wallet.money()?)?;
        let choice = wallet.plan(amount, now)?;
        let (tokens, series) = (choice.tokens.len(), hex::encode(choice.series.0));
        Ok(Answer {
            text: format!(
                "{} would be paid with {tokens} tokens of series {series}.",
                wallet.money()?.show(amount)
            ),
            json: json!({
                "amount": amount.minor_units(), "tokens": tokens, "series": series,
            }),
        })
    }

    pub(super) fn offer(
        &mut self,
        text: &str,
        onto: Onto,
        expires_in: u64,
        out: &Path,
    ) -> Result<Answer, Failure> {
        let now = self.now;
        let (wallet, rng) = self.open()?;
        let money = wallet.money()?;
        let amount = amount(text, money)?;
        let expires = now.checked_add(expires_in);
        let expires = expires.ok_or_else(|| Failure::usage(anyhow!("That is too long.")))?;
        files::vacant(out)?;
        let offer = wallet.offer(amount, onto, expires, now, rng)?;
        files::write_message(out, Kind::Offer, offer.to_bytes())?;
        let slots = offer.slots().len();
        let series = offer.slots().first().map(|slot| hex::encode(slot.series.0));
        Ok(Answer {
            text: format!("An offer for {} is in {}.", money.show(amount), shown(out)),
            json: json!({
                "offer": hex::encode(offer.hash().0), "amount": amount.minor_units(),
                "slots": slots, "series": series, "expires": expires.0, "out": shown(out),
            }),
        })
    }

    pub(super) fn pay(&mut self, offer: &Path, out: &Path, ask: bool) -> Result<Answer, Failure> {
        let now = self.now;
        let offer = files::read_message(offer, Kind::Offer)?;
        let (wallet, rng) = self.open()?;
        if ask && can_be_asked() {
            agree(wallet, Kind::Offer, &offer, now, rng)?;
        }
        let hash = wallet.begin_pay(&offer, now)?;
        let payment = wallet.finish_pay(hash, now)?;
        files::write_message(out, Kind::Payment, payment)?;
        let (amount, tokens) = wallet.payment(hash)?;
        Ok(Answer {
            text: format!(
                "{} in {tokens} tokens are in {}. Hand that over, and ask for the receipt.",
                wallet.money()?.show(amount),
                shown(out)
            ),
            json: json!({
                "offer": hex::encode(hash.0), "amount": amount.minor_units(), "tokens": tokens,
                "out": shown(out),
            }),
        })
    }

    pub(super) fn receive(
        &mut self,
        payment: &Path,
        out: &Path,
        ask: bool,
    ) -> Result<Answer, Failure> {
        let now = self.now;
        let payment = files::read_message(payment, Kind::Payment)?;
        let (wallet, rng) = self.open()?;
        if ask && can_be_asked() {
            agree(wallet, Kind::Payment, &payment, now, rng)?;
        }
        let received = wallet.receive(&payment, now, rng)?;
        files::write_message(out, Kind::Receipt, received.receipt.to_bytes())?;
        let (amount, tokens) = (received.amount, received.tokens);
        Ok(Answer {
            text: format!(
                "{} in {tokens} tokens are in this wallet. The receipt is in {}.",
                wallet.money()?.show(amount),
                shown(out)
            ),
            json: json!({
                "offer": hex::encode(received.offer.0), "amount": amount.minor_units(),
                "tokens": tokens, "handovers": received.handovers,
                "repeated": received.repeated, "out": shown(out),
            }),
        })
    }

    pub(super) fn confirm(&mut self, receipt: &Path) -> Result<Answer, Failure> {
        let now = self.now;
        let receipt = files::read_message(receipt, Kind::Receipt)?;
        let (wallet, _) = self.open()?;
        let hash = wallet.confirm(&receipt, now)?;
        let (amount, _) = wallet.payment(hash)?;
        Ok(Answer {
            text: format!("The payee confirmed {}.", wallet.money()?.show(amount)),
            json: json!({
                "offer": hex::encode(hash.0), "amount": amount.minor_units(), "confirmed": true,
            }),
        })
    }

    pub(super) fn history(&mut self) -> Result<Answer, Failure> {
        let (wallet, _) = self.open()?;
        let (money, events) = (wallet.money()?, wallet.history()?);
        let lines = events.iter().map(|event| {
            let (time, text) = (moment(event.time), event.what.text());
            if event.amount.is_zero() {
                format!("{time}  {text}")
            } else {
                format!("{time}  {text} {}", money.show(event.amount))
            }
        });
        let rows = events.iter().map(|event| {
            json!({
                "time": event.time.0, "what": event.what.name(),
                "amount": event.amount.minor_units(), "count": event.count,
            })
        });
        Ok(Answer {
            text: lines.collect::<Vec<_>>().join("\n"),
            json: json!({ "events": rows.collect::<Vec<_>>() }),
        })
    }
}
