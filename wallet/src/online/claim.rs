//! Claiming what nobody cashed.

use super::{ask, deposit, exchange, refresh, unanswered};
use crate::error::{Error, Result, Verb};
use crate::intermediary::Intermediary;
use crate::records::ClaimState;
use crate::verbs::claim::Claimable;
use crate::verbs::deposit::Deposited;
use crate::wallet::Wallet;
use rand_core::CryptoRng;
use std::collections::{BTreeMap, BTreeSet};
use tender_proto::cashed_list::{Request, TOKEN_BYTES, Tokens};
use tender_token::amount::Amount;
use tender_token::cashed_list::{Page, Prefix};
use tender_token::claim::may_claim;
use tender_token::date::{Day, Timestamp};
use tender_token::error::Error as Rule;
use tender_token::series::SeriesId;
use tender_token::token::TokenId;

/// More bytes than any file of a list has.
const FILE_BYTES_MAX: usize = 16 << 20;

/// What became of what nobody cashed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claimed {
    /// What is claimed, by the day after which it is paid.
    pub leads: BTreeMap<Day, Vec<Amount>>,
    /// What was paid at once.
    pub paid: Vec<Amount>,
    /// What somebody cashed, and is not claimed.
    pub cashed: Vec<Amount>,
    /// What was refused, and why.
    pub refused: Vec<(Amount, Rule)>,
    /// What became of deposits that were left open.
    pub deposited: Deposited,
}

/// Claims what may be claimed today and is not on the cashed list, and finishes what was left open.
/// `progress` hears how many of how many questions are asked.
/// Errors: `E_WINDOW` if the list is not published yet; `E_ENCODING` for a list that is none;
/// [`Error::Unanswered`], and what is claimed stays open.
pub fn claim(
    wallet: &mut Wallet,
    other: &mut impl Intermediary,
    now: Timestamp,
    rng: &mut impl CryptoRng,
    progress: &dyn Fn(usize, usize),
) -> Result<Claimed> {
    refresh(wallet, other, now)?;
    let mut report = Claimed::default();
    deposit::resume(wallet, other, now, &mut report.deposited)?;
    exchange::resume(wallet, other, now)?;
    let mut found: BTreeMap<SeriesId, Vec<Claimable>> = BTreeMap::new();
    for token in wallet.claimable(now.day())? {
        found.entry(token.series).or_default().push(token);
    }
    let files = found.iter().flat_map(|(series, tokens)| {
        let prefixes = tokens.iter().flat_map(|one| Prefix::of(one.token).with_neighbours());
        prefixes.map(|prefix| (*series, prefix))
    });
    let files: BTreeSet<_> = files.collect();
    let mut pages: BTreeMap<SeriesId, Vec<Page>> = BTreeMap::new();
    for (asked, (series, prefix)) in files.iter().enumerate() {
        progress(asked, files.len());
        pages.entry(*series).or_default().push(fetch(other, *series, *prefix)?);
    }
    let receipts = wallet.confirmed()?;
    for (series, tokens) in found {
        let pages = pages.remove(&series).unwrap_or_default();
        let (absent, cashed): (Vec<_>, Vec<_>) =
            tokens.into_iter().partition(|one| may_claim(one.token, &pages, &receipts));
        report.cashed.extend(cashed.into_iter().map(|one| one.value));
        wallet.begin_claims(absent, now, rng)?;
    }
    send(wallet, other, now, &mut report, progress)?;
    Ok(report)
}

/// Sends the claims that are open.
fn send(
    wallet: &mut Wallet,
    other: &mut impl Intermediary,
    now: Timestamp,
    report: &mut Claimed,
    progress: &dyn Fn(usize, usize),
) -> Result<()> {
    let open = wallet.open_claims(now)?;
    let all = open.len();
    for (sent, (token, call)) in open.into_iter().enumerate() {
        progress(sent, all);
        let reply = ask(wallet, other, Verb::Claim, |other| other.claim(call.clone()))?;
        let Some((value, state)) = wallet.finish_claim(token, reply, now)? else { continue };
        match state {
            ClaimState::Leads(day) => report.leads.entry(day).or_default().push(value),
            ClaimState::Paid => report.paid.push(value),
            ClaimState::Refused(rule) => report.refused.push((value, rule)),
            ClaimState::Open => return Err(Verb::Claim.misunderstood()),
        }
    }
    Ok(())
}

/// One file of a series' list, in as many parts as it comes in. Errors: the refusal; `E_ENCODING`
/// unless its tokens ascend and have its prefix; [`Error::Unanswered`].
fn fetch(other: &mut impl Intermediary, series: SeriesId, prefix: Prefix) -> Result<Page> {
    let verb = Verb::Claim;
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let request = Request { series, prefix, after };
        let reply = other.cashed_list(request).map_err(unanswered(verb))?;
        let Tokens { ids: some, more } =
            reply.map_err(|refusal| Error::Refused { verb, rule: refusal.error })?;
        ids.extend(some);
        if !more {
            return Page::from_bytes(prefix, &ids).map_err(verb.refused());
        }
        let last = ids.last_chunk::<TOKEN_BYTES>().map(|last| TokenId(*last));
        if last <= after || ids.len() > FILE_BYTES_MAX {
            return Err(verb.refused()(Rule::Encoding));
        }
        after = last;
    }
}
