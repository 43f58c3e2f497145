//! The issuer's half of claiming.

use super::{Claim, Form, OpenedToken, day_of, ends_on_slot};
use crate::cash::{Purpose, check_chain, end_of};
use crate::chain::Chain;
use crate::date::Day;
use crate::double_spend::{Conflict, Evidence, double_spends};
use crate::error::{Error, Result};
use crate::identity::Record;
use crate::manifest::Manifest;
use crate::opening::{SlotOpening, ValueOpening};
use crate::provision::SessionId;
use crate::series::Dates;
use crate::token::{TokenId, token_id};
use crate::withdraw::Output;
use rand_core::CryptoRng;

/// What the issuer stored about the session that an opening names.
#[derive(Clone, Copy, Debug)]
pub enum StoredSession<'a> {
    /// A withdrawal of the wallet with this record, and what was signed.
    Withdrawal(SessionId, &'a Record, &'a [Output]),
    /// An exchange, which is nobody's: who knows `b` opens it (`[W9]`).
    Exchange(SessionId, &'a [Output]),
    /// A provision session of the wallet with this record, and the candidates that stayed closed.
    Provision(SessionId, &'a Record, &'a [Vec<u8>]),
}

impl StoredSession<'_> {
    /// Whether the session is this holder's, of whatever wallet epoch (`[R1]`). Errors: `E_WALLET`.
    fn check_owner(&self, requester: &Record) -> Result<()> {
        let (Self::Withdrawal(_, owner, _) | Self::Provision(_, owner, _)) = self else {
            return Ok(());
        };
        let name = |record: &Record| (record.registrar, record.pseudonym);
        if name(owner) == name(requester) { Ok(()) } else { Err(Error::Wallet) }
    }
}

/// What the issuer has stored that a claim appeals to. Once it is there it never changes, so a
/// claim can be verified before it is decided. Unused in form 3.
#[derive(Clone, Copy, Debug)]
pub struct Grounds<'a> {
    /// The wallet that asks; `None` unless registered. Closed wallets may claim.
    pub requester: Option<&'a Record>,
    /// The session that the opening names; `None` if there is none.
    pub session: Option<StoredSession<'a>>,
}

impl Grounds<'_> {
    /// Nothing is stored: nobody known asks, and no session is named.
    pub const NONE: Self = Self { requester: None, session: None };
}

/// When a claim may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The last day on which it may not yet be.
    after: Day,
    /// The last day on which it may be.
    until: Day,
}

impl Window {
    /// Whether the claim may be made on this day.
    #[must_use]
    pub fn is_open(&self, today: Day) -> bool {
        self.after < today && today <= self.until
    }
}

/// What the issuer's registry holds when a claim is decided.
#[derive(Clone, Copy, Debug)]
pub struct Registry<'a> {
    /// The issuer's day.
    pub today: Day,
    /// Whether the token was cashed, or paid to a claim.
    pub cashed: bool,
    /// The claim that leads among those of this token, as it was verified when it came.
    pub leading: Option<&'a Claim>,
    /// All evidence about the slots of the claim's chain.
    pub known: &'a [Evidence],
}

/// What the registry says to a verified claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Pay it now (form 4).
    Pay,
    /// Keep it as the leading claim, to be paid on this day unless a higher one comes first.
    Lead(Day),
    /// Another claim goes before it: a higher one or, with the conflicting endorsements, one that
    /// was presented first.
    Outranked(Vec<Conflict>),
    /// It is refused, with the conflicting endorsements if there are any.
    Refused(Error, Vec<Conflict>),
}

/// Evidence that the chain of a claim, if it has one, holds: its endorsements go into the table of
/// answers (`[D1]`), whatever becomes of the claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedClaim {
    claim: Claim,
    /// Whether whoever asks may, has signed and opens what it must, and when that may be. It counts
    /// only after the evidence is kept, but costs too much for where claims are decided one after
    /// the other.
    founded: Result<Window>,
}

impl Claim {
    /// The token that is claimed, for looking up what the registry holds about it. Form 1 names its
    /// token only together with the session. `None` if that has no such output.
    #[must_use]
    pub fn token_id(&self, session: Option<&StoredSession<'_>>) -> Option<TokenId> {
        let opening = match &self.form {
            Form::Withdrawer(opening) => opening,
            form => return form.chain().map(Chain::token_id),
        };
        let (StoredSession::Withdrawal(_, _, outputs) | StoredSession::Exchange(_, outputs)) =
            session?
        else {
            return None;
        };
        let output = outputs.get(usize::from(opening.output))?;
        Some(token_id(output.denomination, opening.slot))
    }

    /// Whether this claim goes before one that leads and does not contradict it. Form 4 does not
    /// wait, so where it leads it only waits for an opening (`[X2]`), and nothing goes before it.
    fn goes_before(&self, leading: &Self) -> bool {
        match (self.rank(), leading.rank()) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(rank), Some(other)) => rank > other,
        }
    }

    /// Who asks, what is opened, and when that may be. The window opens behind the last deposit day
    /// or, in form 4, behind the day that the endorsement names. Of a chain it says nothing; that
    /// is for [`Self::verify`].
    /// Errors: `E_WALLET`, `E_AUTH`, `E_OPENING`, `E_DEADLINE`; `E_DENOMINATION` and `E_CERT` if
    /// the manifest no longer has the series.
    pub fn check(&self, grounds: &Grounds<'_>, manifest: &Manifest) -> Result<Window> {
        let (dates, after) = match &self.form {
            Form::Withdrawer(opening) => {
                let session = self.check_requester(grounds)?;
                let dates = open_value(opening, &session, manifest)?;
                (dates, dates.deposit_until)
            }
            Form::Holder(chain, opening) => {
                let session = self.check_requester(grounds)?;
                open_slot(opening, &session, chain, manifest)?;
                let dates = dates_of(chain, manifest)?;
                (dates, dates.deposit_until)
            }
            Form::Payee(item) => {
                item.check_signature()?;
                // A day that the endorsement names has passed before the window opens ([C2]).
                if end_of(item.chain())?.day != Day(0) {
                    return Err(Error::Deadline);
                }
                let dates = dates_of(item.chain(), manifest)?;
                (dates, dates.deposit_until)
            }
            Form::Payer(chain, opening) => {
                let session = self.check_requester(grounds)?;
                open_slot(opening, &session, chain, manifest)?;
                (dates_of(chain, manifest)?, day_of(chain)?)
            }
        };
        Ok(Window { after, until: dates.claim_until })
    }

    fn check_requester<'a>(&self, grounds: &Grounds<'a>) -> Result<StoredSession<'a>> {
        let requester = grounds.requester.ok_or(Error::Wallet)?;
        let session = grounds.session.ok_or(Error::Wallet)?;
        session.check_owner(requester)?;
        self.check_signature(&requester.device)?;
        Ok(session)
    }

    /// The checks up to the evidence, in the order of `[C2]`, and whether the claim is founded,
    /// which counts only in [`VerifiedClaim::decide`].
    /// Errors: `E_KIND` if the chain does not end as the form demands; `E_INSTR` in form 3 unless
    /// the item is for CREDIT; `E_HOPS`, `E_DUP_SLOT`, `E_TARGET`, `E_DEADLINE`, `E_VALUE`,
    /// `E_CERT`, `E_RESPONSE`.
    pub fn verify(
        self,
        grounds: &Grounds<'_>,
        manifest: &Manifest,
        rng: &mut impl CryptoRng,
    ) -> Result<VerifiedClaim> {
        match &self.form {
            Form::Withdrawer(_) => {}
            Form::Holder(chain, _) => {
                ends_on_slot(chain)?;
                check_chain(chain, manifest, rng)?;
            }
            Form::Payee(item) => {
                item.clone().verify(Purpose::Deposit, manifest, rng)?;
            }
            Form::Payer(chain, _) => {
                end_of(chain)?;
                check_chain(chain, manifest, rng)?;
            }
        }
        let founded = self.check(grounds, manifest);
        Ok(VerifiedClaim { claim: self, founded })
    }
}

impl VerifiedClaim {
    /// What was verified.
    #[must_use]
    pub fn claim(&self) -> &Claim {
        &self.claim
    }

    /// Every endorsement that the claim shows, as the table of answers keeps it.
    pub fn evidence(&self) -> impl Iterator<Item = Evidence> {
        self.claim.form.chain().into_iter().flat_map(Evidence::of)
    }

    /// The rest of `[R1]` to `[R3]`, after the evidence is inserted: whose session it is
    /// (`E_WALLET`), the device's or the key's signature (`E_AUTH`), the opening (`E_OPENING`), the
    /// endorsement's own day (`E_DEADLINE`), the window (`E_WINDOW`), that the token is not cashed
    /// (`E_CASHED`, with the conflicting endorsements), and how it ranks.
    #[must_use]
    pub fn decide(&self, registry: &Registry<'_>) -> Outcome {
        let window = match self.founded {
            Ok(window) if window.is_open(registry.today) => window,
            Ok(_) => return Outcome::Refused(Error::Window, Vec::new()),
            Err(error) => return Outcome::Refused(error, Vec::new()),
        };
        let chain = self.claim.form.chain();
        let conflicts =
            || chain.map_or_else(Vec::new, |chain| double_spends(chain, registry.known));
        if registry.cashed {
            return Outcome::Refused(Error::Cashed, conflicts());
        }
        if let Some(leading) = registry.leading.filter(|leading| **leading != self.claim) {
            if contradict(chain, leading.form.chain()) {
                return Outcome::Outranked(conflicts());
            }
            if !self.claim.goes_before(leading) {
                return Outcome::Outranked(Vec::new());
            }
        }
        match self.claim.form {
            Form::Payer(..) => Outcome::Pay,
            Form::Withdrawer(_) | Form::Holder(..) | Form::Payee(_) => Outcome::Lead(window.until),
        }
    }
}

/// Opens the output of a withdrawal or exchange: the dates of its series. Errors: `E_OPENING`;
/// `E_DENOMINATION` if the manifest no longer has the output's.
fn open_value(
    opening: &ValueOpening,
    session: &StoredSession<'_>,
    manifest: &Manifest,
) -> Result<Dates> {
    let opened = OpenedToken::verify(opening, session, manifest)?;
    Ok(manifest.series_of(opened.denomination())?.series.dates)
}

/// Opens the last slot of a chain: the one that holds the token, or that passed it on to a key.
/// Errors: `E_OPENING`; `E_CERT` if the manifest no longer has the series.
fn open_slot(
    opening: &SlotOpening,
    session: &StoredSession<'_>,
    chain: &Chain,
    manifest: &Manifest,
) -> Result<()> {
    let StoredSession::Provision(sid, _, kept) = session else {
        return Err(Error::Opening);
    };
    let slot = chain.slots().last().ok_or(Error::Opening)?;
    let series = chain.token().series();
    opening.verify(sid, kept, series, &slot.commitments, manifest).map(drop)
}

fn dates_of(chain: &Chain, manifest: &Manifest) -> Result<Dates> {
    Ok(manifest.slot_key(chain.token().series())?.series.dates)
}

/// Whether two stories of one token part somewhere; one that only goes on longer does not
/// contradict.
fn contradict(one: Option<&Chain>, other: Option<&Chain>) -> bool {
    let (Some(one), Some(other)) = (one, other) else { return false };
    one.links().iter().zip(other.links()).any(|(one, other)| one.digest != other.digest)
}
