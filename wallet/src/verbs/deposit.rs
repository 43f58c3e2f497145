//! Deposit (section 9): tokens become account money.
//!
//! Begin binds tokens to a fresh account reference and records what their slots will answer
//! (`[C1]`); the items are then functions of what is stored. The call is sent until every item has
//! its final answer; the same item is paid once, however often it is sent.

mod again;

use crate::error::{Result, Verb};
use crate::records::{DepositRecord, TokenRecord, TokenState, What};
use crate::store::{Deposits, Tokens};
use crate::verbs::enrol::random;
use crate::wallet::Wallet;
use rand_core::CryptoRng;
use tender_proto::call::{self, Call};
use tender_proto::deposit::{Deposit, Outcome};
use tender_token::amount::Amount;
use tender_token::bounds::PAYMENT_ITEMS_MAX;
use tender_token::cash::{AccountRef, Instruction};
use tender_token::date::{Day, Timestamp};
use tender_token::encode::Encode;
use tender_token::error::Error as Rule;
use tender_token::token::TokenId;

/// Refusals that settle an item: the token is gone or out of time, and asking again cannot change
/// that. Any other leaves the item open: this wallet verified the token itself, so the fault may
/// lie with whoever refuses, and money is not called lost on that word.
const FINAL: &[Rule] = &[Rule::Deadline, Rule::Expired, Rule::Cashed, Rule::Double];

/// Which tokens to deposit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Those somebody paid with.
    Received,
    /// All.
    All,
}

/// What became of a deposit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deposited {
    /// What was credited now.
    pub credited: Amount,
    /// How many tokens that was.
    pub tokens: usize,
    /// Tokens that were refused for good.
    pub lost: Vec<(Amount, Rule)>,
    /// Tokens without a final answer, and why.
    pub waiting: Vec<(Amount, Rule)>,
}

impl Wallet {
    /// Binds up to 64 tokens to a deposit and prepares its items. `None` if there are none.
    /// Errors: `E_ALREADY_ANSWERED` if the wallet was rolled back.
    pub fn begin_deposit(
        &mut self,
        scope: Scope,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<Option<AccountRef>> {
        self.require_enrolled()?;
        let mut tokens = self.cashable(scope, now.day())?;
        tokens.truncate(usize::from(PAYMENT_ITEMS_MAX));
        if tokens.is_empty() {
            return Ok(None);
        }
        let account = AccountRef(random(rng));
        let mut draft = self.draft(now)?;
        let state = TokenState::Depositing(account);
        let items = self.bind(&mut draft, tokens, state, Verb::Deposit, rng)?;
        draft.batch.put::<Deposits>(&account, &DepositRecord { items, settled: false });
        self.commit_answers(draft, Verb::Deposit)?;
        self.seal(account, now)?;
        Ok(Some(account))
    }

    /// Every deposit that waits for answers, signed to be sent now. Items are the same every time.
    /// Errors: the store cannot be used.
    pub fn open_deposits(&mut self, now: Timestamp) -> Result<Vec<(AccountRef, Call)>> {
        let rows = self.store.all::<Deposits>()?;
        let mut calls = Vec::new();
        for (account, _) in rows.into_iter().filter(|(_, row)| !row.settled) {
            let row = self.seal(account, now)?;
            let items = row.items.into_iter().filter_map(|item| item.item).collect();
            let body = Deposit { account, items }.to_bytes();
            let call = Call::sign(call::Verb::Deposit, body, now, &self.keys.device);
            calls.push((account, call));
        }
        Ok(calls)
    }

    /// Takes the answers, one per item. Repeating them changes nothing.
    /// Errors: [`crate::Error::Unanswered`] if they are not as many as the items.
    pub fn finish_deposit(
        &mut self,
        account: AccountRef,
        outcomes: Vec<Outcome>,
        now: Timestamp,
    ) -> Result<Deposited> {
        let verb = Verb::Deposit;
        let row = self.store.get::<Deposits>(&account)?.ok_or_else(|| verb.misunderstood())?;
        if row.items.len() != outcomes.len() {
            return Err(verb.misunderstood());
        }
        let mut draft = self.draft(now)?;
        let mut report = Deposited::default();
        for (item, outcome) in row.items.iter().zip(outcomes) {
            let mut token = self.token(item.token)?;
            if token.state != TokenState::Depositing(account) {
                continue;
            }
            match outcome {
                Ok(_) => {
                    token.state = TokenState::Deposited(account);
                    let credited = report.credited.checked_add(token.value);
                    report.credited = credited.ok_or_else(|| verb.refused()(Rule::Amount))?;
                    report.tokens = report.tokens.saturating_add(1);
                }
                Err(refusal) if FINAL.contains(&refusal.error) => {
                    token.state = TokenState::Refused(refusal.error);
                    report.lost.push((token.value, refusal.error));
                    let late = refusal.error == Rule::Expired;
                    draft.note(if late { What::Late } else { What::Lost }, token.value, 1);
                }
                Err(refusal) => report.waiting.push((token.value, refusal.error)),
            }
            draft.batch.put::<Tokens>(&item.token, &token);
        }
        if report.tokens > 0 {
            draft.note(What::Deposited, report.credited, report.tokens);
        }
        let settled = report.waiting.is_empty();
        draft.batch.put::<Deposits>(&account, &DepositRecord { settled, ..row });
        self.commit(draft)?;
        Ok(report)
    }

    /// Tokens that are free and can be cashed today.
    pub(crate) fn cashable(&self, scope: Scope, today: Day) -> Result<Vec<(TokenId, TokenRecord)>> {
        let manifest = self.trusted()?.manifest();
        let tokens = self.store.all::<Tokens>()?.into_iter();
        let fits = |token: &TokenRecord| {
            let series = manifest.slot_key(token.series);
            token.state == TokenState::Held
                && (scope == Scope::All || token.received)
                && series.is_ok_and(|key| key.series.dates.may_cash(today))
        };
        Ok(tokens.filter(|(_, token)| fits(token)).collect())
    }

    /// Lets the slots answer what is recorded, and keeps the items.
    fn seal(&mut self, account: AccountRef, now: Timestamp) -> Result<DepositRecord> {
        let verb = Verb::Deposit;
        let row = self.store.get::<Deposits>(&account)?.ok_or_else(|| verb.misunderstood())?;
        if row.items.iter().all(|item| item.item.is_some()) {
            return Ok(row);
        }
        let items = self.shown(row.items, Instruction::Credit(account), verb)?;
        let row = DepositRecord { items, settled: row.settled };
        let mut draft = self.draft(now)?;
        draft.batch.put::<Deposits>(&account, &row);
        self.commit(draft)?;
        Ok(row)
    }
}
