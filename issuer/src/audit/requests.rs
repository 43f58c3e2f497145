//! Withdrawals and exchanges: whose they are, what they debit, cash, sign and credit.

use super::movements::Movements;
use super::tally::Tally;
use crate::rows::{
    Account, Blinded, BlindedKey, Exchanges, Presentation, SessionKey, Shown, Wallet, Withdrawals,
};
use crate::store::{Fault, Store};
use crate::verbs::ledger::Draft;
use crate::view::View;
use rayon::prelude::*;
use std::collections::BTreeMap;
use tender_proto::statement::Cause;
use tender_token::cash::{CashItem, Instruction};
use tender_token::date::Timestamp;
use tender_token::exchange::Request as Exchange;
use tender_token::identity::{IdentityKey, RegistrarId};
use tender_token::manifest::Manifest;
use tender_token::provision::SessionId;
use tender_token::signature::PublicKey;
use tender_token::withdraw::{Output, Plan, Request as Withdrawal};

/// What the requests add up to.
#[derive(Debug, Default)]
pub struct Requests {
    outputs: u64,
    /// Tokens that fund them.
    pub funding: u64,
    blinded: u64,
    wrong: Vec<String>,
}

/// A request, read: its name, its items and outputs, and the plan that a withdrawal has.
struct Asked {
    sid: SessionId,
    plan_hash: [u8; 32],
    items: Vec<Option<CashItem>>,
    bytes: Vec<Vec<u8>>,
    outputs: Vec<Output>,
    withdrawal: Option<(SessionKey, Box<Withdrawal>)>,
}

impl Requests {
    /// Reads every request and what it rests on. Errors: [`Fault`].
    pub fn read(
        store: &Store,
        manifest: &Manifest,
        (movements, tally): (&mut Movements, &mut Tally),
    ) -> Result<Self, Fault> {
        let mut requests = Self::default();
        store.scan_some::<Withdrawals>(|rows| {
            let asked = rows.par_iter().map(|(key, bytes)| {
                let request = Withdrawal::from_bytes(&bytes.0, manifest).ok()?;
                let plan = &request.signed.plan;
                let named = (IdentityKey(plan.identity.bytes()), plan.sid);
                (named == (key.identity, key.sid)).then(|| withdrawal(*key, request, manifest))
            });
            let asked: Vec<_> = asked.collect();
            requests.count_unreadable("withdrawal", rows.iter().map(|(key, _)| key.sid), &asked);
            requests.take(store, manifest, asked, movements, tally)
        })?;
        store.scan_some::<Exchanges>(|rows| {
            let asked = rows.par_iter().map(|(sid, bytes)| {
                let request = Exchange::from_bytes(&bytes.0, manifest).ok()?;
                (request.plan.sid == *sid).then(|| exchange(request, manifest))
            });
            let asked: Vec<_> = asked.collect();
            requests.count_unreadable("exchange", rows.iter().map(|(sid, _)| *sid), &asked);
            requests.take(store, manifest, asked, movements, tally)
        })?;
        store.scan::<Blinded>(|_, _| requests.blinded = requests.blinded.saturating_add(1))?;
        if requests.blinded != requests.outputs {
            requests.name_blinded(store, manifest)?;
        }
        Ok(requests)
    }

    /// Says what does not agree.
    pub fn check(&self, violations: &mut Vec<String>) {
        violations.extend(self.wrong.iter().map(|wrong| format!("single-spend: {wrong}")));
    }

    fn count_unreadable(
        &mut self,
        what: &str,
        sids: impl Iterator<Item = SessionId>,
        asked: &[Option<Asked>],
    ) {
        for (sid, _) in sids.zip(asked).filter(|(_, asked)| asked.is_none()) {
            self.wrong.push(format!("the {what} {sid:?} cannot be read"));
        }
    }

    fn take(
        &mut self,
        store: &Store,
        manifest: &Manifest,
        asked: Vec<Option<Asked>>,
        movements: &mut Movements,
        tally: &mut Tally,
    ) -> Result<(), Fault> {
        let mut view = View::default();
        for one in asked.iter().flatten() {
            if let Some((key, _)) = &one.withdrawal {
                view.wallets.want(key.identity);
            }
            one.outputs.iter().for_each(|output| view.blinded.want(BlindedKey::of(output)));
            let items = one.items.iter().flatten();
            items.for_each(|item| view.cashed.want(item.chain().token_id()));
        }
        store.load(&mut view)?;
        let numbers: Vec<_> = view.cashed.all().map(|(_, number)| *number).collect();
        for number in numbers {
            view.presentations.want(number);
        }
        store.load(&mut view)?;
        let asked: Vec<_> = asked.into_iter().flatten().collect();
        let callers = asked.par_iter().map(|one| caller(one, &view));
        let callers: Vec<_> = callers.collect();
        for (one, caller) in asked.into_iter().zip(callers) {
            self.settle(one, caller, &view, manifest, (&mut *movements, &mut *tally));
        }
        Ok(())
    }

    fn settle(
        &mut self,
        asked: Asked,
        caller: Option<RegistrarId>,
        view: &View,
        manifest: &Manifest,
        (movements, tally): (&mut Movements, &mut Tally),
    ) {
        let Asked { sid, plan_hash, items, bytes, outputs, withdrawal } = asked;
        let what = if withdrawal.is_some() { "withdrawal" } else { "exchange" };
        let length = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
        self.outputs = self.outputs.saturating_add(length(outputs.len()));
        self.funding = self.funding.saturating_add(length(items.len()));
        let Some(caller) = caller else {
            self.wrong.push(format!(
                "the {what} {sid:?} was asked for by nobody who is registered, or is not signed"
            ));
            return;
        };
        if !items.iter().zip(&bytes).all(|(item, bytes)| {
            item.as_ref().is_some_and(|item| is_cashed(item, bytes, plan_hash, caller, view))
        }) {
            self.wrong.push(format!("the {what} {sid:?} is not funded by what was cashed for it"));
        }
        for output in &outputs {
            if view.blinded.get(&BlindedKey::of(output)) != Some(&sid) {
                self.wrong.push(format!("a message of the {what} {sid:?} is not kept as its own"));
            }
            let counts = tally.of(caller, output.denomination);
            counts.signed = counts.signed.plus(1);
        }
        let plan = withdrawal.map(|(_, request)| request.signed.plan);
        let items = items.into_iter().flatten().collect::<Vec<_>>();
        let Some(draft) = draft(caller, plan.as_ref(), &items, &outputs, manifest) else { return };
        movements.effect(&[draft], || format!("the {what} {sid:?} by {}", hex::encode(caller.0)));
    }

    /// Names the sessions whose messages are not those that are kept.
    fn name_blinded(&mut self, store: &Store, manifest: &Manifest) -> Result<(), Fault> {
        let mut more: BTreeMap<SessionId, i64> = BTreeMap::new();
        store.scan::<Blinded>(|_, sid| *more.entry(sid).or_default() += 1)?;
        store.scan::<Withdrawals>(|key, bytes| {
            if let Ok(request) = Withdrawal::from_bytes(&bytes.0, manifest) {
                let outputs = i64::try_from(request.signed.plan.outputs.len()).unwrap_or(i64::MAX);
                *more.entry(key.sid).or_default() -= outputs;
            }
        })?;
        store.scan::<Exchanges>(|sid, bytes| {
            if let Ok(request) = Exchange::from_bytes(&bytes.0, manifest) {
                let outputs = i64::try_from(request.plan.outputs.len()).unwrap_or(i64::MAX);
                *more.entry(sid).or_default() -= outputs;
            }
        })?;
        for (sid, more) in more.into_iter().filter(|(_, more)| *more != 0) {
            self.wrong.push(format!(
                "of the session {sid:?} {} blinded messages are kept {}",
                more.unsigned_abs(),
                if more > 0 { "that it did not ask for" } else { "too few" }
            ));
        }
        Ok(())
    }
}

fn withdrawal(key: SessionKey, request: Withdrawal, manifest: &Manifest) -> Asked {
    let signed = &request.signed;
    Asked {
        sid: key.sid,
        plan_hash: signed.plan.hash(),
        items: read_items(&signed.items, manifest),
        bytes: signed.items.clone(),
        outputs: signed.plan.outputs.clone(),
        withdrawal: Some((key, Box::new(request))),
    }
}

fn exchange(request: Exchange, manifest: &Manifest) -> Asked {
    Asked {
        sid: request.plan.sid,
        plan_hash: request.plan.hash(),
        items: read_items(&request.items, manifest),
        outputs: request.plan.outputs,
        bytes: request.items,
        withdrawal: None,
    }
}

fn read_items(items: &[Vec<u8>], manifest: &Manifest) -> Vec<Option<CashItem>> {
    items.iter().map(|bytes| CashItem::from_bytes(bytes, manifest).ok()).collect()
}

/// Who sent a request: for a withdrawal the intermediary that registered the wallet, both of which
/// signed it; for an exchange, which names nobody, whoever presented what funds it.
fn caller(asked: &Asked, view: &View) -> Option<RegistrarId> {
    let Some((key, request)) = &asked.withdrawal else {
        let first = asked.items.first()?.as_ref()?;
        return Some(presentation(first, view)?.intermediary);
    };
    let record = view.wallets.get(&key.identity).map(Wallet::record)?;
    let registrar = PublicKey(record.registrar.0);
    request.check_signatures(&record.device, &registrar).ok()?;
    Some(record.registrar)
}

fn presentation<'a>(item: &CashItem, view: &'a View) -> Option<&'a Presentation> {
    let number = view.cashed.get(&item.chain().token_id())?;
    view.presentations.get(number)
}

fn is_cashed(
    item: &CashItem,
    bytes: &[u8],
    plan_hash: [u8; 32],
    caller: RegistrarId,
    view: &View,
) -> bool {
    let shown = presentation(item, view).is_some_and(|row| {
        let same = matches!(&row.shown, Shown::Item(shown) if shown.0 == bytes);
        same && row.intermediary == caller
    });
    shown && item.stated_instruction() == Ok(Instruction::Fund(plan_hash))
}

/// The entry that a request made. `None` if the manifests do not know its denominations.
fn draft(
    caller: RegistrarId,
    plan: Option<&Plan>,
    items: &[CashItem],
    outputs: &[Output],
    manifest: &Manifest,
) -> Option<Draft> {
    let first = outputs.first()?.denomination;
    let currency = manifest.series_of(first).ok()?.series.currency;
    let vault = Account::Vault(caller);
    let mut draft = Draft::new(currency, Timestamp(0));
    for item in items {
        let chain = item.chain();
        draft = draft.cashed(chain.token().denomination(), chain.value());
    }
    if let Some(plan) = plan {
        draft = draft.debit(vault, plan.debit, Cause::Withdrawal(plan.debit_account));
    }
    for output in outputs {
        let value = manifest.value_key(output.denomination).ok()?.denomination.value;
        draft = draft.signed(output.denomination, value);
    }
    if let Some(plan) = plan {
        draft = draft.credit(vault, plan.credit, Cause::Deposit(plan.credit_account));
    }
    Some(draft)
}
