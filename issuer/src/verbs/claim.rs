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
use tender_token::cash::Instruction;
use tender_token::claim::{Claim, Form, Outcome, Registry, VerifiedClaim};
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

    /// The session and what is claimed. A withdrawal of the same batch, of which nobody has heard,
    /// is not there yet.
    fn durable(&self, view: &View, manifest: &Manifest) -> (Option<Stored>, Option<Subject>) {
        let session = self.session(view, manifest);
        match self.subject(session.as_ref(), manifest) {
            Some(subject) if !view.claims.is_asked(&subject.token) => (None, None),
            subject => (session, subject),
        }
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
        let requester = self.asked.identity.and_then(|identity| view.wallets.get(&identity));
        let registry = Registry {
            today: subject.line.until,
            requester: requester.map(Wallet::record),
            session: session.as_ref().map(Stored::borrowed),
            cashed: false,
            leading: None,
            known: &[],
        };
        self.claim.check(&registry, manifest).ok()?;
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

/// A claim whose chain holds, if it has one.
#[derive(Debug)]
pub struct Checked {
    asked: AskedClaim,
    verified: VerifiedClaim,
}

/// The rows that a claim names.
pub fn touches(request: &Request, view: &mut View) {
    request.touches_session(view);
    view.totals.want(Total::Presentations);
    if let Some(chain) = request.claim.form().chain() {
        evidence::touches(chain, view);
    }
}

/// The rows of its token, which form 1 names only together with the session.
pub fn touches_token(request: &Request, view: &mut View, case: &Case<'_>) {
    let manifest = &case.office.archive;
    let session = request.session(view, manifest);
    if let Some(Subject { token, line, .. }) = request.subject(session.as_ref(), manifest) {
        due::touches(token, line, view);
        ledger::touches(view, line.currency, [Account::Vault(case.caller)]);
    }
    if let Some(chain) = request.claim.form().chain() {
        evidence::touches_presentations(chain, view);
    }
}

/// The rows that those name: how the token was paid, and which claim leads.
pub fn touches_rivals(request: &Request, view: &mut View, case: &Case<'_>) {
    let manifest = &case.office.archive;
    let session = request.session(view, manifest);
    let Some(Subject { token, .. }) = request.subject(session.as_ref(), manifest) else { return };
    let paid = view.cashed.get(&token).copied();
    let leading = view.claims.get(&token).map(|claim| claim.presentation);
    let opening = view.opened.get(&token).copied();
    paid.into_iter()
        .chain(leading)
        .chain(opening)
        .for_each(|number| view.presentations.want(number));
    due::touches_vault(token, view);
}

/// The checks of the chain, if the form has one.
pub fn verify(request: Request, case: &Case<'_>, rng: &mut impl CryptoRng) -> Result<Checked> {
    let Request { asked, claim } = request;
    Ok(Checked { asked, verified: claim.verify(&case.office.archive, rng)? })
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
    let Checked { asked, verified } = checked;
    let manifest = &case.office.archive;
    let request = Request { claim: verified.claim().clone(), asked };
    let shown = Shown::Claim(request.asked.clone());
    let chain = request.claim.form().chain();
    let known = chain.map(|chain| evidence::keep(chain, &shown, view, case, accusations));
    let known = known.unwrap_or_default();
    let requester = request.asked.identity.and_then(|identity| view.wallets.get(&identity));
    if let Some(wallet) = requester {
        case.check_registrar(wallet)?;
    }
    let (session, subject) = request.durable(view, manifest);
    let paid = subject.and_then(|subject| view.cashed.get(&subject.token).copied());
    if let Some((subject, paid)) = subject.zip(paid)
        && is_mine(paid, &shown, view, case)
    {
        return Ok(Granted::Paid(subject.value));
    }
    let leader = subject.and_then(|subject| view.claims.get(&subject.token).copied());
    let leading = leader.map(|leader| read_claim(&leader, view, case));
    let registry = Registry {
        today: case.now.day(),
        requester: requester.map(Wallet::record),
        session: session.as_ref().map(Stored::borrowed),
        cashed: paid.is_some(),
        leading: leading.as_ref(),
        known: &known,
    };
    let outcome = verified.decide(&registry, manifest);
    let Some(subject) = subject else { return refuse(outcome) };
    if is_opening(&request.claim, &outcome) && view.opened.get(&subject.token).is_none() {
        let number = evidence::number(None, &shown, view, case);
        due::open(subject.token, subject.line.denomination, number, view);
        if let Some(payer) = leader.filter(|_| leading.as_ref().is_some_and(waits_for_opening)) {
            // If even the treasury does not cover it, it waits on.
            let _paid = due::pay(subject.token, &payer, view, case.now);
        }
    }
    let repeated = leader.filter(|_| leading.as_ref() == Some(&request.claim));
    match (outcome, repeated) {
        (Outcome::Lead(until), Some(leader)) => {
            let mine = is_mine(leader.presentation, &shown, view, case);
            if mine { Ok(Granted::Leads(until)) } else { Err(Error::Cashed.into()) }
        }
        (Outcome::Lead(until), None) => {
            lead(subject, &request, &shown, view, case);
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
        (Outcome::Pay, _) => Ok(pay(subject, &request, &shown, view, case)),
        (outcome, _) => refuse(outcome),
    }
}

/// Pays form 4, unless the value key is in other hands and nobody opened the token, or the treasury
/// is short: then the claim waits with the others.
fn pay(
    subject: Subject,
    request: &Request,
    shown: &Shown,
    view: &mut View,
    case: &Case<'_>,
) -> Granted {
    let Subject { token, line, value } = subject;
    let claim = lead(subject, request, shown, view, case);
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
fn lead(
    subject: Subject,
    request: &Request,
    shown: &Shown,
    view: &mut View,
    case: &Case<'_>,
) -> LeadingClaim {
    let Subject { token, line: Line { denomination, currency, until }, value } = subject;
    let claim = LeadingClaim {
        presentation: number(token, request, shown, view, case),
        intermediary: case.caller,
        account: request.asked.account,
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
fn number(
    token: TokenId,
    request: &Request,
    shown: &Shown,
    view: &mut View,
    case: &Case<'_>,
) -> Count {
    let leading = view.claims.get(&token).map(|claim| claim.presentation);
    let opening = view.opened.get(&token).copied();
    let same = leading.into_iter().chain(opening).find(|one| is_mine(*one, shown, view, case));
    same.unwrap_or_else(|| evidence::number(request.claim.form().chain(), shown, view, case))
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

fn read_claim(leader: &LeadingClaim, view: &View, case: &Case<'_>) -> Claim {
    match evidence::read(evidence::presentation(leader.presentation, view), case) {
        Presented::Claim(claim) => claim,
        Presented::Item(_) => unreachable!("durable: what leads is a claim"),
    }
}
