//! Enrol: a holder's wallet gets its identity registered, once per invitation (`[ID1]`).

use super::{
    Begun, Implausible, OPEN_OF_ONE_MAX, close, has_room, record, standing, touches_request,
};
use crate::mailbox;
use crate::rows::{
    CodeDigest, Customer, Enrolment, Entry, EntryNumber, Job, Outcome, Request, RequestDigest,
    RequestKey, State, Wallet,
};
use crate::view::View;
use tender_proto::enrol::Reply;
use tender_store::plain::Mark;
use tender_token::date::Timestamp;
use tender_token::encode::Encode;
use tender_token::error::Error;
use tender_token::identity::{RegistrarId, VerifiedRegistration};

/// A verified registration and the code that came with it.
#[derive(Clone, Debug)]
pub struct Enrolling {
    registration: VerifiedRegistration,
    code: CodeDigest,
}

impl Enrolling {
    /// The registration with the digest of its code.
    #[must_use]
    pub fn new(registration: VerifiedRegistration, code: &str) -> Self {
        Self { registration, code: CodeDigest::of(code) }
    }

    fn key(&self) -> RequestKey {
        RequestKey::Enrol(self.registration.registration().key())
    }

    fn digest(&self) -> RequestDigest {
        let registration = self.registration.registration().to_bytes();
        RequestDigest::of(&[&self.code.to_bytes(), &registration])
    }

    /// The rows that [`begin`] needs.
    pub fn touches(&self, view: &mut View) {
        touches_request(view, self.key());
        view.invitations.want(self.code);
        if let Some(customer) = view.invitations.known(&self.code).map(|known| known.customer) {
            view.customers.want(customer);
        }
        view.devices.want(self.registration.registration().record.device);
    }
}

/// Uses the code for this registration and opens the journal entry.
///
/// Refusals: `E_AUTH` for another registrar, an unknown or used code, or a device that signs for
/// another wallet; `E_WALLET` for an account that is frozen or closed; `E_DUPLICATE_U` if the
/// identity was enrolled with other words.
pub fn begin(view: &mut View, enrolling: &Enrolling, registrar: RegistrarId) -> Begun<Reply> {
    let registration = enrolling.registration.registration();
    let refused = |error: Error| Begun::Answered(Err(error.into()));
    if registration.record.registrar != registrar {
        return refused(Error::Auth);
    }
    let key = enrolling.key();
    if let Some(known) = view.requests.get(&key) {
        if known.digest != enrolling.digest() {
            return refused(Error::DuplicateU);
        }
        return standing(view, known.entry, reply);
    }
    let invitation = view.invitations.get(&enrolling.code).copied();
    let Some(mut invitation) = invitation.filter(|invitation| invitation.used_by.is_none()) else {
        return refused(Error::Auth);
    };
    if view.devices.get(&registration.record.device).is_some() {
        return refused(Error::Auth);
    }
    let account = view.customers.get(&invitation.customer);
    if account.is_none_or(|account| account.state != State::Active) {
        return refused(Error::Wallet);
    }
    if !has_room(view, invitation.customer, OPEN_OF_ONE_MAX) {
        return Begun::Full;
    }
    let work = Enrolment { code: enrolling.code, registration: registration.clone() };
    let digest = enrolling.digest();
    let entry = Entry::Enrol(Job::open(invitation.customer, work));
    let number = record(view, key, |entry| Request { entry, digest }, entry);
    invitation.used_by = Some(number);
    view.invitations.insert(enrolling.code, invitation);
    Begun::Open(number)
}

/// The answer of a finished enrolment.
#[must_use]
pub fn reply(entry: &Entry) -> Option<Reply> {
    let Entry::Enrol(Job { reply: Some(Outcome(outcome)), .. }) = entry else { return None };
    Some(outcome.clone().map(|Mark| ()))
}

/// Makes the issuer's word final: the wallet is enrolled, or its code works again.
/// Errors: [`Implausible`] if the entry is no enrolment.
pub fn finish(
    view: &mut View,
    number: EntryNumber,
    reply: Reply,
    now: Timestamp,
) -> Result<(), Implausible> {
    let Some(Entry::Enrol(job)) = view.entries.get(&number) else { return Err(Implausible) };
    if job.reply.is_some() {
        return Ok(());
    }
    let mut job = job.clone();
    let Enrolment { code, registration } = &job.work;
    if reply.is_ok() {
        let customer = view.customers.get(&job.customer).ok_or(Implausible)?.clone();
        let grant = view.invitations.get(code).ok_or(Implausible)?.grant;
        mailbox::enrolled(view, job.customer, now, registration.key());
        view.customers.insert(job.customer, Customer { enrolled: true, ..customer });
        let wallet = Wallet::enrolled(job.customer, registration.clone()).granted(grant);
        view.devices.insert(registration.record.device, registration.key());
        view.wallets.insert(registration.key(), wallet);
    } else {
        let mut invitation = *view.invitations.get(code).ok_or(Implausible)?;
        invitation.used_by = None;
        view.invitations.insert(*code, invitation);
    }
    job.reply = Some(Outcome(reply.map(|()| Mark)));
    close(view, number, Entry::Enrol(job));
    Ok(())
}
