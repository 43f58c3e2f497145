//! Claim (`[R1]` to `[R3]`, `[X2]`): what nobody cashed is paid to whoever shows the most of its
//! story.
//!
//! Evidence comes first, as in cashing. Form 4 is paid at once; the others lead until their last
//! day is over ([`due`]). Whoever is outranked is refused like somebody whose token is cashed.

mod session;

use crate::office::Case;
use crate::rows::{
    Account, AskedClaim, Bytes, Count, LeadingClaim, Presented, Shown, Total, Wallet,
};
use crate::verbs::due::{self, Line};
use crate::verbs::evidence;
use crate::verbs::incident::Accusation;
use crate::verbs::ledger;
use crate::view::View;
use rand_core::CryptoRng;
use session::{Named, Stored};
use tender_proto::claim::{Granted, Reply, Request as Asked};
use tender_token::amount::Amount;
use tender_token::cash::{AccountRef, Instruction};
use tender_token::chain::Chain;
use tender_token::claim::{Claim, Form, Grounds, Outcome, Registry, VerifiedClaim};
use tender_token::error::{Error, Result};
use tender_token::manifest::Manifest;
use tender_token::series::DenominationId;
use tender_token::token::TokenId;

/// A claim as it was read.
#[derive(Clone, Debug)]
pub struct Request {
    asked: AskedClaim,
    claim: Claim,
}

impl Request {
    /// Reads a claim. Errors: those of the claim's bytes; `E_INSTR` for an item that is not for
    /// CREDIT; `E_ENCODING` if the wallet or the account is named where the form has none, or not
    /// named where it has one.
    pub fn read(asked: Asked, manifest: &Manifest) -> Result<Self> {
        let Asked { claim: bytes, identity, session_identity, account } = asked;
        let claim = Claim::from_bytes(&bytes, manifest)?;
        let account = match claim.form() {
            Form::Payee(item) => {
                if identity.is_some() || session_identity.is_some() || account.is_some() {
                    return Err(Error::Encoding);
                }
                match item.stated_instruction()? {
                    Instruction::Credit(account) => account,
                    Instruction::Fund(_) => return Err(Error::Instr),
                }
            }
            Form::Withdrawer(_) | Form::Holder(..) | Form::Payer(..) => {
                let account = account.filter(|_| identity.is_some());
                account.ok_or(Error::Encoding)?
            }
        };
        let claim_bytes = Bytes(bytes);
        let asked = AskedClaim { claim: claim_bytes, identity, session_identity, account };
        Ok(Self { asked, claim })
    }

    /// A claim that was read before. Errors: those of its bytes.
    pub fn again(asked: AskedClaim, manifest: &Manifest) -> Result<Self> {
        let claim = Claim::from_bytes(&asked.claim.0, manifest)?;
        Ok(Self { asked, claim })
    }

    fn named(&self) -> Option<Named> {
        Named::by(self.claim.form(), self.asked.session_identity)
    }

    /// The rows of the wallet that asks and of the session that is opened.
    pub fn touches_session(&self, view: &mut View) {
        if let Some(identity) = self.asked.identity {
            view.wallets.want(identity);
        }
        if let Some(named) = self.named() {
            named.touches(view);
        }
    }

    fn session(&self, view: &View, manifest: &Manifest) -> Option<Stored> {
        self.named().and_then(|named| Stored::read(named, view, manifest))
    }

    fn requester<'v>(&self, view: &'v View) -> Option<&'v Wallet> {
        self.asked.identity.and_then(|identity| view.wallets.get(&identity))
    }

    /// What is claimed, if the session has such an output and the manifest the denomination.
    fn subject(&self, session: Option<&Stored>, manifest: &Manifest) -> Option<Subject> {
        let stored = session.map(Stored::borrowed);
        let token = self.claim.token_id(stored.as_ref())?;
        let denomination = match (self.claim.form(), session) {
            (
                Form::Withdrawer(opening),
                Some(Stored::Withdrawal(_, _, outputs) | Stored::Exchange(_, outputs)),
            ) => outputs.get(usize::from(opening.output))?.denomination,
            (form, _) => form.chain()?.token().denomination(),
        };
        let series = &manifest.series_of(denomination).ok()?.series;
        let (currency, until) = (series.currency, series.dates.claim_until);
        let value = manifest.value_key(denomination).ok()?.denomination.value;
        Some(Subject { token, line: Line { denomination, currency, until }, value })
    }

    /// What a claim that was paid or waits is for, if everything but its chain still holds: who
    /// asks, the signature and what is opened. `None` if not.
    pub fn holds(&self, view: &View, manifest: &Manifest) -> Option<(TokenId, DenominationId)> {
        let session = self.session(view, manifest);
        let subject = self.subject(session.as_ref(), manifest)?;
        let grounds = Grounds {
            requester: self.requester(view).map(Wallet::record),
            session: session.as_ref().map(Stored::borrowed),
        };
        let window = self.claim.check(&grounds, manifest).ok()?;
        if !window.is_open(subject.line.until) {
            return None;
        }
        if let Form::Payee(item) = self.claim.form()
            && item.stated_instruction() != Ok(Instruction::Credit(self.asked.account))
        {
            return None;
        }
        Some((subject.token, subject.line.denomination))
    }
}

/// What is claimed.
#[derive(Clone, Copy, Debug)]
struct Subject {
    token: TokenId,
    line: Line,
    value: Amount,
}

/// A claim whose chain holds, if it has one, and what its checks found otherwise.
#[derive(Debug)]
pub struct Checked {
    asked: AskedClaim,
    verified: VerifiedClaim,
    /// `None` if the session has no such output, or is not there.
    subject: Option<Subject>,
    /// Whether the caller speaks for the wallet that asks. It counts after the evidence is kept.
    spoken_for: Result<()>,
}

impl Checked {
    fn chain(&self) -> Option<&Chain> {
        self.verified.claim().form().chain()
    }
}

/// The rows that the checks need: neither a wallet's record nor what was signed ever changes.
pub fn touches_checks(request: &Request, view: &mut View) {
    request.touches_session(view);
}

/// The rows of the token and its story.
pub fn touches(checked: &Checked, view: &mut View, case: &Case<'_>) {
    view.totals.want(Total::Presentations);
    if let Some(Subject { token, line, .. }) = checked.subject {
        due::touches(token, line, view);
        ledger::touches(view, line.currency, [Account::Vault(case.caller)]);
    }
    if let Some(chain) = checked.chain() {
        evidence::touches(chain, view);
    }
}

/// The rows that those name: what was presented, how the token was paid, and which claim leads.
pub fn touches_presentations(checked: &Checked, view: &mut View) {
    if let Some(chain) = checked.chain() {
        evidence::touches_presentations(chain, view);
    }
    let Some(Subject { token, .. }) = checked.subject else { return };
    let paid = view.cashed.get(&token).copied();
    let leading = view.claims.get(&token).map(|claim| claim.presentation);
    let opening = view.opened.get(&token).copied();
    paid.into_iter()
        .chain(leading)
        .chain(opening)
        .for_each(|number| view.presentations.want(number));
    due::touches_vault(token, view);
}

/// The checks of the chain, if the form has one; then who asks, the signature and what is opened.
/// A session that is not there is none that the caller has heard of, such as that of a withdrawal
/// in the same batch. Errors: those of the chain, of which nothing is evidence then.
pub fn verify(
    request: Request,
    view: &View,
    case: &Case<'_>,
    rng: &mut impl CryptoRng,
) -> Result<Checked> {
    let manifest = &case.office.archive;
    let (requester, session) = (request.requester(view), request.session(view, manifest));
    let subject = request.subject(session.as_ref(), manifest);
    let spoken_for = requester.map_or(Ok(()), |wallet| case.check_registrar(wallet));
    let grounds = Grounds {
        requester: requester.map(Wallet::record),
        session: session.as_ref().map(Stored::borrowed),
    };
    let Request { asked, claim } = request;
    let verified = claim.verify(&grounds, manifest, rng)?;
    Ok(Checked { asked, verified, subject, spoken_for })
}

/// Pays a claim or lets it lead. Its evidence stays in any case, and so does what it opens. The
/// same claim of the same caller gets the same answer, also after it was paid.
/// Errors: `E_WALLET`, `E_AUTH`, `E_OPENING`, `E_DEADLINE`, `E_WINDOW`; `E_CASHED` if the token is
/// cashed or a higher claim leads, `E_DOUBLE` if the one that does contradicts this one.
pub fn decide(
    checked: Checked,
    view: &mut View,
    case: &Case<'_>,
    accusations: &mut Vec<Accusation>,
) -> Reply {
    let Checked { asked, verified, subject, spoken_for } = checked;
    let (claim, account) = (verified.claim(), asked.account);
    let shown = Shown::Claim(asked);
    let chain = claim.form().chain();
    let known = chain.map(|chain| evidence::keep(chain, &shown, view, case, accusations));
    let known = known.unwrap_or_default();
    spoken_for?;
    let paid = subject.and_then(|subject| view.cashed.get(&subject.token).copied());
    if let Some((subject, paid)) = subject.zip(paid)
        && is_mine(paid, &shown, view, case)
    {
        return Ok(Granted::Paid(subject.value));
    }
    let leader = subject.and_then(|subject| view.claims.get(&subject.token).copied());
    let leading = leader.map(|leader| read_claim(&leader, view, case));
    let registry =
        Registry { today: case.now.day(), cashed: paid.is_some(), leading, known: &known };
    let outcome = verified.decide(&registry);
    let repeated = leader.filter(|_| leading == Some(claim));
    let waiting = leader.filter(|_| leading.is_some_and(waits_for_opening));
    let Some(subject) = subject else { return refuse(outcome) };
    if is_opening(claim, &outcome) && view.opened.get(&subject.token).is_none() {
        let number = evidence::number(None, &shown, view, case);
        due::open(subject.token, subject.line.denomination, number, view);
        if let Some(payer) = waiting {
            // If even the treasury does not cover it, it waits on.
            let _paid = due::pay(subject.token, &payer, view, case.now);
        }
    }
    let asks = Asks { subject, claim, account, shown: &shown };
    match (outcome, repeated) {
        (Outcome::Lead(until), Some(leader)) => {
            let mine = is_mine(leader.presentation, &shown, view, case);
            if mine { Ok(Granted::Leads(until)) } else { Err(Error::Cashed.into()) }
        }
        (Outcome::Lead(until), None) => {
            lead(asks, view, case);
            Ok(Granted::Leads(until))
        }
        // It was answered in time, and waits to be paid.
        (Outcome::Refused(Error::Window, _), Some(leader))
            if is_mine(leader.presentation, &shown, view, case) =>
        {
            Ok(Granted::Leads(leader.until))
        }
        (Outcome::Pay, Some(leader)) if !is_mine(leader.presentation, &shown, view, case) => {
            Err(Error::Cashed.into())
        }
        (Outcome::Pay, _) => Ok(pay(asks, view, case)),
        (outcome, _) => refuse(outcome),
    }
}

/// A claim that is to lead or to be paid.
#[derive(Clone, Copy)]
struct Asks<'a> {
    subject: Subject,
    claim: &'a Claim,
    account: AccountRef,
    shown: &'a Shown,
}

/// Pays form 4, unless the value key is in other hands and nobody opened the token, or the treasury
/// is short: then the claim waits with the others.
fn pay(asks: Asks<'_>, view: &mut View, case: &Case<'_>) -> Granted {
    let Subject { token, line, value } = asks.subject;
    let claim = lead(asks, view, case);
    let revoked = case.office.is_compromised(line.denomination);
    let compromised = due::is_compromised(line.denomination, revoked, 1, view, case.now);
    let opened = view.opened.get(&token).is_some();
    let paid = (opened || !compromised).then(|| due::pay(token, &claim, view, case.now));
    match paid {
        Some(Ok(_)) => Granted::Paid(value),
        Some(Err(_)) | None => Granted::Leads(line.until),
    }
}

/// Lets the claim lead.
fn lead(asks: Asks<'_>, view: &mut View, case: &Case<'_>) -> LeadingClaim {
    let Subject { token, line: Line { denomination, currency, until }, value } = asks.subject;
    let claim = LeadingClaim {
        presentation: number(asks, view, case),
        intermediary: case.caller,
        account: asks.account,
        denomination,
        currency,
        value,
        until,
    };
    due::lead(token, claim, view);
    claim
}

/// The number of the claim's presentation, which may lead already or have opened the token just
/// now: asking again keeps nothing twice.
fn number(asks: Asks<'_>, view: &mut View, case: &Case<'_>) -> Count {
    let Asks { subject: Subject { token, .. }, claim, shown, .. } = asks;
    let leading = view.claims.get(&token).map(|claim| claim.presentation);
    let opening = view.opened.get(&token).copied();
    let same = leading.into_iter().chain(opening).find(|one| is_mine(*one, shown, view, case));
    same.unwrap_or_else(|| evidence::number(claim.form().chain(), shown, view, case))
}

/// The refusal that an outcome is, with the conflicting endorsements.
fn refuse(outcome: Outcome) -> Reply {
    let (error, conflicts) = match outcome {
        Outcome::Refused(error, conflicts) => (error, conflicts),
        Outcome::Outranked(conflicts) if conflicts.is_empty() => (Error::Cashed, conflicts),
        Outcome::Outranked(conflicts) => (Error::Double, conflicts),
        // Whoever is to be paid has opened a session that was loaded.
        Outcome::Pay | Outcome::Lead(_) => (Error::Wallet, Vec::new()),
    };
    Err(evidence::refusal(error, &conflicts))
}

/// Whether a claim has opened its token, whatever became of it otherwise.
fn is_opening(claim: &Claim, outcome: &Outcome) -> bool {
    let verified = match outcome {
        Outcome::Refused(error, _) => *error == Error::Cashed,
        Outcome::Pay | Outcome::Lead(_) | Outcome::Outranked(_) => true,
    };
    verified && matches!(claim.form(), Form::Withdrawer(_))
}

/// Form 4 leads only where it waits for an opening.
fn waits_for_opening(claim: &Claim) -> bool {
    claim.rank().is_none()
}

/// Whether a presentation is what this caller shows now.
fn is_mine(number: Count, shown: &Shown, view: &View, case: &Case<'_>) -> bool {
    let row = evidence::presentation(number, view);
    row.intermediary == case.caller && row.shown == *shown
}

fn read_claim<'v>(leader: &LeadingClaim, view: &'v View, case: &Case<'_>) -> &'v Claim {
    match evidence::read(evidence::presentation(leader.presentation, view), case) {
        Presented::Claim(claim) => claim,
        Presented::Item(_) => unreachable!("durable: what leads is a claim"),
    }
}
