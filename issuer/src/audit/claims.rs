//! The claims' side of an audit: what was paid to claims, what waits, and what was opened.
//!
//! Of every claim that rows rest on, the audit looks again at who asked, at the signature and at
//! what is opened.

use super::marks::Marks;
use super::movements::Movements;
use super::tally::Tally;
use crate::rows::{
    Account, AskedClaim, CashedTokens, ClaimCounts, Claimants, Claims, Count, Due, DueGroup,
    DueKey, LeadingClaim, Opened, Proof, Shown, Table,
};
use crate::store::{Fault, Store};
use crate::verbs::claim::Request;
use crate::verbs::ledger::Draft;
use crate::view::View;
use std::collections::{BTreeMap, BTreeSet};
use tender_proto::statement::Cause;
use tender_token::cash::AccountRef;
use tender_token::date::Timestamp;
use tender_token::identity::RegistrarId;
use tender_token::manifest::Manifest;
use tender_token::series::DenominationId;
use tender_token::token::TokenId;

/// A token that was paid to a claim, as the presentations tell it.
#[derive(Debug)]
pub struct PaidClaim {
    pub token: TokenId,
    pub intermediary: RegistrarId,
    pub asked: AskedClaim,
}

/// What the claims add up to.
#[derive(Debug, Default)]
pub struct ClaimBooks {
    /// Tokens paid to claims.
    pub paid: BTreeMap<DenominationId, u64>,
    wrong: Vec<String>,
}

impl ClaimBooks {
    /// Looks at claims that were paid, at those that wait, and at openings. Errors: [`Fault`].
    pub fn read(
        store: &Store,
        manifest: &Manifest,
        paid: Vec<PaidClaim>,
        (movements, tally, marks): (&mut Movements, &mut Tally, &mut Marks),
    ) -> Result<Self, Fault> {
        let mut books = Self::default();
        for PaidClaim { token, intermediary, asked } in paid {
            let account = asked.account;
            let found = subject(store, manifest, asked)?.filter(|(found, _)| *found == token);
            let Some(drafts) = found.and_then(|(_, id)| {
                let counts = tally.of(intermediary, id);
                counts.claimed = counts.claimed.plus(1);
                *books.paid.entry(id).or_default() += 1;
                payments(id, Account::Vault(intermediary), account, manifest)
            }) else {
                books.wrong.push(format!("the claim that {token:?} was paid to does not hold"));
                continue;
            };
            movements.effect(&drafts, || {
                format!("the claim of {token:?} by {}", hex::encode(intermediary.0))
            });
        }
        books.read_line(store, manifest, marks)?;
        Ok(books)
    }

    /// Says what does not agree.
    pub fn check(&self, violations: &mut Vec<String>) {
        violations.extend(self.wrong.iter().map(|wrong| format!("single-spend: {wrong}")));
    }

    /// Compares the claims that wait with their line and their counts.
    fn read_line(
        &mut self,
        store: &Store,
        manifest: &Manifest,
        marks: &mut Marks,
    ) -> Result<(), Fault> {
        let claims = all::<Claims>(store)?;
        let opened = all::<Opened>(store)?;
        let line: BTreeSet<_> = all::<Due>(store)?.into_keys().collect();
        let mut stored = all::<Claimants>(store)?;
        let any = !claims.is_empty() || !opened.is_empty();
        let cashed = if any { all::<CashedTokens>(store)? } else { BTreeMap::new() };
        let mut counts: BTreeMap<DenominationId, ClaimCounts> = BTreeMap::new();
        let mut places = BTreeSet::new();
        for (token, claim) in &claims {
            marks.mark(claim.presentation);
            let proof = Proof::of(opened.contains_key(token));
            let LeadingClaim { denomination, until: day, .. } = *claim;
            places.insert(DueKey { group: DueGroup { day, denomination, proof }, token: *token });
            let waiting = counts.entry(denomination).or_default().waiting(proof);
            *waiting = waiting.plus(1);
            if cashed.contains_key(token) || !is_founded(store, manifest, *token, claim)? {
                self.wrong.push(format!("the claim of {token:?} that waits does not hold"));
            }
        }
        for (token, number) in opened {
            marks.mark(number);
            let asked = presented(store, number)?.map(|(_, asked)| asked);
            let found = asked.map(|asked| subject(store, manifest, asked)).transpose()?.flatten();
            let Some((_, id)) = found.filter(|(found, _)| *found == token) else {
                self.wrong.push(format!("nothing shows that {token:?} was opened"));
                continue;
            };
            let counts = counts.entry(id).or_default();
            counts.opened = counts.opened.plus(1);
            counts.opened_paid = counts.opened_paid.plus(u64::from(cashed.contains_key(&token)));
        }
        stored.retain(|_, counts| *counts != ClaimCounts::default());
        if places != line || counts != stored {
            self.wrong.push("the line of claims is not that of the claims".to_owned());
        }
        Ok(())
    }
}

/// Every row of a table. Errors: [`Fault`].
fn all<T: Table>(store: &Store) -> Result<BTreeMap<T::Key, T::Value>, Fault> {
    let mut rows = BTreeMap::new();
    store.scan::<T>(|key, row| {
        rows.insert(key, row);
    })?;
    Ok(rows)
}

/// The entries of a claim that was paid: out of what circulated, or by the issuer.
fn payments(
    id: DenominationId,
    vault: Account,
    account: AccountRef,
    manifest: &Manifest,
) -> Option<[Draft; 2]> {
    let currency = manifest.series_of(id).ok()?.series.currency;
    let value = manifest.value_key(id).ok()?.denomination.value;
    let empty = || Draft::new(currency, Timestamp(0));
    let covered = empty().cashed(id, value);
    let backed = empty()
        .debit(Account::Treasury, value, Cause::Forged)
        .debit(Account::Forged, value, Cause::Forged)
        .credit(Account::Backing, value, Cause::Forged);
    Some([covered, backed].map(|draft| draft.credit(vault, value, Cause::Claim(account))))
}

/// What a claim is for, if it holds. Errors: [`Fault`].
pub fn subject(
    store: &Store,
    manifest: &Manifest,
    asked: AskedClaim,
) -> Result<Option<(TokenId, DenominationId)>, Fault> {
    let Ok(request) = Request::again(asked, manifest) else { return Ok(None) };
    let mut view = View::default();
    request.touches_session(&mut view);
    store.load(&mut view)?;
    Ok(request.holds(&view, manifest))
}

/// Whether a claim that waits says what its presentation and the manifest say. Errors: [`Fault`].
fn is_founded(
    store: &Store,
    manifest: &Manifest,
    token: TokenId,
    claim: &LeadingClaim,
) -> Result<bool, Fault> {
    let Some((intermediary, asked)) = presented(store, claim.presentation)? else {
        return Ok(false);
    };
    let named = intermediary == claim.intermediary && asked.account == claim.account;
    let found = subject(store, manifest, asked)? == Some((token, claim.denomination));
    let series = manifest.series_of(claim.denomination).map(|key| &key.series);
    let key = manifest.value_key(claim.denomination).map(|key| key.denomination.value);
    let of_series = series.is_ok_and(|series| {
        series.currency == claim.currency && series.dates.claim_until == claim.until
    });
    Ok(named && found && of_series && key == Ok(claim.value))
}

/// A claim that was presented, and by whom. Errors: [`Fault`].
fn presented(store: &Store, number: Count) -> Result<Option<(RegistrarId, AskedClaim)>, Fault> {
    let mut view = View::default();
    view.presentations.want(number);
    store.load(&mut view)?;
    Ok(view.presentations.get(&number).and_then(|row| match &row.shown {
        Shown::Claim(asked) => Some((row.intermediary, asked.clone())),
        Shown::Item(_) => None,
    }))
}
