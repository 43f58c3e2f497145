//! Claim: after the last deposit day, what nobody cashed comes back (`[R1]` to `[R3]`). The
//! issuer's posting credits the account, once, whenever it comes; the answer only says how the
//! claim stands.

use super::{
    Begun, Implausible, OPEN_OF_ONE_MAX, close, device, has_room, record, standing, touches_request,
};
use crate::mailbox;
use crate::mirror;
use crate::rows::{
    Claimed, CustomerId, Entry, EntryNumber, Flow, Job, Outcome, Request, RequestDigest,
    RequestKey, Standing,
};
use crate::view::View;
use tender_proto::claim::{Body, Granted, Reply};
use tender_proto::movement::Movement;
use tender_token::amount::{Amount, Currency};
use tender_token::cash::Instruction;
use tender_token::claim::{Claim, Form};
use tender_token::date::Timestamp;
use tender_token::encode::Encode;
use tender_token::error::Error;
use tender_token::identity::IdentityKey;
use tender_token::manifest::Manifest;
use tender_token::signature::PublicKey;

/// A claim as a device asked for it.
#[derive(Clone, Debug)]
pub struct Claiming {
    device: PublicKey,
    body: Body,
    /// Whether a key claims, so that the issuer is told no wallet.
    by_key: bool,
}

impl Claiming {
    /// Reads a claim. Errors: those of its bytes; `E_INSTR` for an item that is not for CREDIT
    /// under the reference that the body names; `E_PLAN` for a token of another currency.
    pub fn new(
        body: Body,
        device: PublicKey,
        currency: Currency,
        manifest: &Manifest,
    ) -> Result<Self, Error> {
        let claim = Claim::from_bytes(&body.claim, manifest)?;
        if let Some(chain) = claim.form().chain()
            && manifest.slot_key(chain.token().series())?.series.currency != currency
        {
            return Err(Error::Plan);
        }
        let by_key = match claim.form() {
            Form::Payee(item) => {
                if item.stated_instruction()? != Instruction::Credit(body.account) {
                    return Err(Error::Instr);
                }
                true
            }
            Form::Withdrawer(_) | Form::Holder(..) | Form::Payer(..) => false,
        };
        Ok(Self { device, body, by_key })
    }

    /// The rows that [`begin`] needs.
    pub fn touches(&self, view: &mut View) {
        device::touches(self.device, view);
        view.references.want(self.body.account);
        if let Some(customer) = device::holder(view, &self.device) {
            view.customers.want(customer);
            touches_request(view, self.key(customer));
        }
    }

    fn key(&self, customer: CustomerId) -> RequestKey {
        RequestKey::claim(customer, &self.body.to_bytes())
    }

    fn work(&self, identity: IdentityKey) -> Claimed {
        let Body { account, session_identity, claim } = self.body.clone();
        if self.by_key {
            return Claimed { account, identity: None, session_identity: None, claim };
        }
        Claimed { account, identity: Some(identity), session_identity, claim }
    }
}

/// Binds the reference to the customer and opens the journal entry.
/// Refusals: `E_WALLET` for an unknown device, `E_AUTH` for a reference of another customer.
pub fn begin(view: &mut View, claiming: &Claiming) -> Begun<Reply> {
    let refused = |error: Error| Begun::Answered(Err(error.into()));
    let Some(identity) = device::wallet(view, &claiming.device) else {
        return refused(Error::Wallet);
    };
    let Some(customer) = device::holder(view, &claiming.device) else {
        return refused(Error::Wallet);
    };
    let key = claiming.key(customer);
    if let Some(known) = view.requests.get(&key) {
        return standing(view, known.entry, reply);
    }
    let account = claiming.body.account;
    if !mirror::may_use(view, account, customer) {
        return refused(Error::Auth);
    }
    if !has_room(view, customer, OPEN_OF_ONE_MAX) {
        return Begun::Full;
    }
    mirror::claim(view, account, customer);
    let digest = RequestDigest::of(&[&claiming.body.to_bytes()]);
    let entry = Entry::Claim(Job::open(customer, claiming.work(identity)));
    Begun::Open(record(view, key, |entry| Request { entry, digest }, entry))
}

/// The answer of a finished claim.
#[must_use]
pub fn reply(entry: &Entry) -> Option<Reply> {
    let Entry::Claim(Job { reply: Some(Outcome(outcome)), .. }) = entry else { return None };
    Some(outcome.clone().map(|Standing(granted)| granted))
}

/// Makes the issuer's word final. No money moves here: the posting moves it.
/// Errors: [`Implausible`] if the entry is no claim.
pub fn finish(
    view: &mut View,
    number: EntryNumber,
    reply: Reply,
    now: Timestamp,
) -> Result<(), Implausible> {
    let Some(Entry::Claim(job)) = view.entries.get(&number) else { return Err(Implausible) };
    if job.reply.is_some() {
        return Ok(());
    }
    let mut job = job.clone();
    let (customer, account) = (job.customer, job.work.account);
    mirror::settle(view, (number, customer), &[(account, Flow::default())])?;
    let leads = Movement::ClaimLeads;
    match &reply {
        // Its posting tells the holder.
        Ok(Granted::Paid(_)) => {}
        Ok(Granted::Leads(_)) => {
            mailbox::write_notice(view, customer, now, leads, account, Ok(Amount::ZERO));
        }
        Err(refusal) => {
            let refused = Err(refusal.error);
            mailbox::write_notice(view, customer, now, Movement::Claim, account, refused);
        }
    }
    job.reply = Some(Outcome(reply.map(Standing)));
    close(view, number, Entry::Claim(job));
    Ok(())
}
