//! The teller: where requests, books and keys meet. It reads and verifies a request, lets the verb
//! decide over the books, and never waits for anybody.

use crate::rows::{CodeDigest, Customer, CustomerId, Entry, EntryNumber, Invitation};
use crate::signer::Signer;
use crate::store::{Fault, Store};
use crate::verbs::deposit::Depositing;
use crate::verbs::enrol::Enrolling;
use crate::verbs::trust::{Known, Learnt, Trusted};
use crate::verbs::withdraw;
use crate::verbs::withdraw::Withdrawing;
use crate::verbs::{Begun, Implausible, account, deposit, enrol, provision, statement};
use crate::view::{Touches, View};
use std::convert::Infallible;
use std::sync::{Arc, RwLock};
use tender_proto::call::{Call, Verb};
use tender_proto::refusal::Refusal;
use tender_proto::statement::Statement;
use tender_proto::trust::Reply;
use tender_token::amount::{Amount, Currency};
use tender_token::date::Timestamp;
use tender_token::encode::Decode;
use tender_token::error::Error;
use tender_token::identity::{IdentityKey, RegistrarId};
use tender_token::provision::{Open, SignedOpen};
use tender_token::signature::PublicKey;
use tender_token::withdraw::SignedRequest;

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// The request is not a canonical encoding: the caller's program is at fault.
    #[error("the request is not a canonical encoding")]
    Malformed,
    /// The books failed.
    #[error(transparent)]
    Books(#[from] Fault),
}

/// Reads and decides.
pub struct Teller {
    store: Store,
    signer: Signer,
    currency: Currency,
    root: PublicKey,
    clock: fn() -> Timestamp,
    known: RwLock<Known>,
}

impl Teller {
    /// A teller over open books, with the manifests that they hold.
    /// Errors: [`Fault`], also if the manifest in the books does not verify under the root.
    pub fn new(
        store: Store,
        signer: Signer,
        currency: Currency,
        root: PublicKey,
        clock: fn() -> Timestamp,
    ) -> Result<Self, Fault> {
        let (manifests, notices) = store.published()?;
        let known = Known::held(manifests, notices, &root);
        let known = RwLock::new(known.map_err(|_| Fault::Corrupt("trust"))?);
        Ok(Self { store, signer, currency, root, clock, known })
    }

    /// The manifest that is held, if there is one yet.
    pub fn trusted(&self) -> Option<Arc<Trusted>> {
        self.known.read().expect("no holder of this lock panics").newest()
    }

    /// Epoch of the manifest to ask the issuer from.
    pub fn epoch(&self) -> u32 {
        self.known.read().expect("no holder of this lock panics").epoch()
    }

    /// What a wallet is told that holds the manifest of this epoch; 0 for none.
    pub fn publish(&self, held: u32) -> Reply {
        self.known.read().expect("no holder of this lock panics").tell(held)
    }

    /// Verifies and durably keeps what the issuer published. Gives whether a manifest was new.
    /// Errors inside: those of [`Known::learn`]; then all stays as it is.
    pub fn adopt(&self, told: Reply) -> Result<Result<bool, Error>, Fault> {
        let mut known = self.known.write().expect("no holder of this lock panics");
        match known.learn(told, &self.root) {
            Err(error) => Ok(Err(error)),
            Ok(Learnt { changed: false, .. }) => Ok(Ok(false)),
            Ok(Learnt { known: next, new, .. }) => {
                self.store.keep_published(&new, next.notices())?;
                *known = next;
                Ok(Ok(!new.is_empty()))
            }
        }
    }

    /// Opens an account and the one-time code that invites its holder. Errors: [`Fault`].
    pub fn add_customer(
        &self,
        name: &str,
        balance: Amount,
        code: &str,
    ) -> Result<CustomerId, Fault> {
        let added = self.store.decide(Touches::default(), |view| {
            view.book.customers = view.book.customers.saturating_add(1);
            let customer = CustomerId(view.book.customers);
            view.customers.put(customer, Customer::open(name.to_owned(), balance));
            let invitation = Invitation { customer, used_by: None };
            view.invitations.put(CodeDigest::of(code), invitation);
            Ok::<_, Infallible>(customer)
        })?;
        let Ok(customer) = added;
        Ok(customer)
    }

    /// The books behind the counter.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Our name in registrations.
    #[must_use]
    pub fn registrar(&self) -> RegistrarId {
        self.signer.registrar()
    }

    /// Enrol: verifies the registration and begins. Errors: [`NoAnswer::Books`].
    pub fn enrol(
        &self,
        request: tender_proto::enrol::Request,
    ) -> Result<Begun<tender_proto::enrol::Reply>, NoAnswer> {
        let registration = match request.registration.verify() {
            Ok(registration) => registration,
            Err(error) => return Ok(Begun::Answered(Err(error.into()))),
        };
        let enrolling = Enrolling::new(registration, &request.invitation);
        let registrar = self.registrar();
        self.decide(enrolling.touches(), |view| enrol::begin(view, &enrolling, registrar))
    }

    /// Provision: vouches for an opening. Errors inside: the refusal.
    pub fn open(&self, open: SignedOpen) -> Result<Result<Open, Refusal>, NoAnswer> {
        let view = self.store.view(provision::touches(provision::identity(&open)))?;
        let vouched = provision::vouch(&view, &open).map_err(Refusal::from);
        Ok(vouched.map(|()| self.signer.authorise_open(open)))
    }

    /// Provision: lets a REVEAL of a wallet of ours through. Errors inside: the refusal.
    pub fn reveal(
        &self,
        identity: IdentityKey,
        reveal: &[u8],
    ) -> Result<Result<(), Refusal>, NoAnswer> {
        let view = self.store.view(provision::touches(identity))?;
        Ok(provision::admit(&view, &identity, reveal).map_err(Refusal::from))
    }

    /// Withdraw: reads the wallet's part of a request and begins. Errors: [`NoAnswer`].
    pub fn withdraw(
        &self,
        request: &[u8],
    ) -> Result<Begun<tender_proto::withdraw::Reply>, NoAnswer> {
        let refused = |error: Error| Ok(Begun::Answered(Err(error.into())));
        let Some(trusted) = self.trusted() else { return refused(Error::Manifest) };
        let request = match SignedRequest::from_bytes(request, &trusted.manifest) {
            Ok(request) => request,
            Err(Error::Encoding) => return Err(NoAnswer::Malformed),
            Err(error) => return refused(error),
        };
        let authorise = |request| self.signer.authorise_withdrawal(request);
        let withdrawing =
            match Withdrawing::new(request, self.currency, &trusted.manifest, authorise) {
                Ok(withdrawing) => withdrawing,
                Err(error) => return refused(error),
            };
        let now = (self.clock)();
        self.decide(withdrawing.touches(), |view| withdraw::begin(view, &withdrawing, now))
    }

    /// Deposit: verifies the call, reads the items and begins. Errors: [`NoAnswer`].
    pub fn deposit(&self, call: &Call) -> Result<Begun<deposit::Reply>, NoAnswer> {
        let body = tender_proto::deposit::Deposit::from_bytes(&call.body);
        let body = body.map_err(|_| NoAnswer::Malformed)?;
        let refused = |error: Error| {
            Ok(Begun::Answered(body.items.iter().map(|_| Err(error.into())).collect()))
        };
        let Some(trusted) = self.trusted() else { return refused(Error::Manifest) };
        if let Err(error) = call.verify(Verb::Deposit, (self.clock)()) {
            return refused(error);
        }
        let depositing = Depositing::new(&body, call.device, self.currency, &trusted.manifest);
        let signer = self.store.view(depositing.signer())?;
        let customer = deposit::customer_of(&signer, &call.device);
        self.decide(depositing.touches(customer), |view| deposit::begin(view, &depositing))
    }

    /// Account: verifies the call and tells the balance. Errors: [`NoAnswer`].
    pub fn account(&self, call: &Call) -> Result<tender_proto::account::Reply, NoAnswer> {
        if !call.body.is_empty() {
            return Err(NoAnswer::Malformed);
        }
        if let Err(error) = call.verify(Verb::Account, (self.clock)()) {
            return Ok(Err(error.into()));
        }
        let view = self.store.view(account::touches(call.device))?;
        Ok(account::decide(&view, &call.device))
    }

    /// Finishes an entry with the issuer's answer and gives the entry as it now stands.
    /// Errors inside: [`Implausible`]; then nothing is changed.
    pub fn finish(
        &self,
        number: EntryNumber,
        verb: impl FnOnce(&mut View) -> Result<(), Implausible>,
    ) -> Result<Result<Entry, Implausible>, Fault> {
        let mut touches = Touches::default();
        touches.entries.insert(number);
        self.store.decide(touches, |view| {
            verb(view)?;
            view.entries.get(&number).cloned().ok_or(Implausible)
        })
    }

    /// What to ask the issuer's statement for. Errors: [`Fault`].
    pub fn ask_statement(&self) -> Result<statement::Asked, Fault> {
        Ok(statement::ask(&self.store.view(Touches::default())?))
    }

    /// Takes up a statement. Without a manifest it is left for later, since nobody could verify its
    /// incidents. Errors: [`Fault`].
    pub fn take_statement(
        &self,
        asked: statement::Asked,
        statement: &Statement,
    ) -> Result<(), Fault> {
        let Some(trusted) = self.trusted() else { return Ok(()) };
        let examine = |incident| statement::examine(incident, self.registrar(), &trusted.manifest);
        let charges: Vec<_> = statement.incidents.iter().map(examine).collect();
        let touches = statement::touches(statement, &charges);
        let Ok(()) = self.store.decide(touches, |view| {
            statement::apply(view, asked, statement, &charges);
            Ok::<_, Infallible>(())
        })?;
        Ok(())
    }

    fn decide<T>(
        &self,
        touches: Touches,
        verb: impl FnOnce(&mut View) -> T,
    ) -> Result<T, NoAnswer> {
        let Ok(decided) = self.store.decide(touches, |view| Ok::<_, Infallible>(verb(view)))?;
        Ok(decided)
    }
}
