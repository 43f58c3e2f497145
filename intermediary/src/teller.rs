//! The teller: where requests, books and keys meet. It reads and verifies a request, lets the verb
//! decide over the books, and never waits for anybody.

mod holder;
mod relay;

use crate::books::{Books, Failed};
use crate::mirror::Ours;
use crate::rows::{Book, CustomerId, Differences, Entry, EntryNumber, Manifests, OpenEntry};
use crate::signer::Signer;
use crate::store::{self, Fault, Store};
use crate::verbs::deposit::Depositing;
use crate::verbs::enrol::Enrolling;
use crate::verbs::purchase::{self, Stock};
use crate::verbs::trust::{Known, Learnt, Trusted};
use crate::verbs::withdraw;
use crate::verbs::withdraw::Withdrawing;
use crate::verbs::{
    Begun, Implausible, deposit, device, enrol, provision, statement, touches_entry,
};
use crate::view::View;
use std::sync::{Arc, RwLock};
use tender_proto::call::{Call, Verb};
use tender_proto::refusal::Refusal;
use tender_proto::statement::Statement;
use tender_proto::trust::Reply;
use tender_store::Table as _;
use tender_store::plain::Sole;
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
    Books(#[from] Failed),
    /// The disk is nearly full, so nothing new is begun.
    #[error("the disk is nearly full")]
    Short,
    /// Another device is present than the wallet's.
    #[error("the device of this wallet is not present")]
    Absent,
}

impl From<Fault> for NoAnswer {
    fn from(fault: Fault) -> Self {
        Self::Books(fault.into())
    }
}

/// Reads and decides.
pub struct Teller {
    books: Arc<Books>,
    signer: Arc<Signer>,
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
        let (manifests, notices) = store::published(&store)?;
        let known = Known::held(manifests, notices, &root);
        let damaged = |_| Fault::Damaged { table: Manifests::NAME, key: Vec::new() };
        let known = RwLock::new(known.map_err(damaged)?);
        let (books, signer) = (Arc::new(Books::open(store)), Arc::new(signer));
        Ok(Self { books, signer, currency, root, clock, known })
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
    pub fn adopt(&self, told: Reply) -> Result<Result<bool, Error>, Failed> {
        let mut known = self.known.write().expect("no holder of this lock panics");
        match known.learn(told, &self.root) {
            Err(error) => Ok(Err(error)),
            Ok(Learnt { changed: false, .. }) => Ok(Ok(false)),
            Ok(Learnt { known: next, new, .. }) => {
                let is_new = !new.is_empty();
                let epochs: Vec<_> = new.iter().map(|(epoch, _)| *epoch).collect();
                let notices = next.notices().clone();
                let touches = move |view: &mut View| {
                    view.revoked.want(Sole);
                    for epoch in &epochs {
                        view.manifests.want(*epoch);
                    }
                };
                self.books.decide(touches, move |view| {
                    view.revoked.insert(Sole, notices);
                    for (epoch, trust) in new {
                        view.manifests.insert(epoch, trust);
                    }
                })?;
                *known = next;
                Ok(Ok(is_new))
            }
        }
    }

    /// The books.
    #[must_use]
    pub fn books(&self) -> &Arc<Books> {
        &self.books
    }

    /// What is stored, to be read.
    #[must_use]
    pub fn store(&self) -> &Store {
        self.books.store()
    }

    /// One row of the journal. Errors: [`Failed`].
    pub fn entry(&self, number: EntryNumber) -> Result<Option<Entry>, Failed> {
        let touches = |view: &mut View| view.entries.want(number);
        self.books.read(touches, |view| view.entries.get(&number).cloned())
    }

    /// Counters, vault, reserves and ledger. Errors: [`Failed`].
    pub fn book(&self) -> Result<Book, Failed> {
        self.books.read(|_| (), View::book)
    }

    /// The customers who have open entries. Errors: [`Failed`].
    pub fn waiting_customers(&self) -> Result<Vec<CustomerId>, Failed> {
        Ok(store::waiting_customers(self.store())?)
    }

    /// A customer's first open entry behind a number. Errors: [`Failed`].
    pub fn next_open(
        &self,
        customer: CustomerId,
        after: EntryNumber,
    ) -> Result<Option<EntryNumber>, Failed> {
        Ok(store::next_open(self.store(), OpenEntry { customer, number: after })?)
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
        self.begin(enrolling, Enrolling::touches, move |view, enrolling| {
            enrol::begin(view, enrolling, registrar)
        })
    }

    /// Whether a device is a customer's. Errors: [`NoAnswer::Books`].
    pub fn knows(&self, device: PublicKey) -> Result<bool, NoAnswer> {
        let touches = move |view: &mut View| device::touches(device, view);
        Ok(self.books.read(touches, move |view| device::holder(view, &device).is_some())?)
    }

    /// Whether a device is heard still, which was when it asked for what is answered now.
    /// Errors: [`NoAnswer::Absent`], [`NoAnswer::Books`].
    pub fn hears(&self, device: PublicKey) -> Result<(), NoAnswer> {
        if self.knows(device)? { Ok(()) } else { Err(NoAnswer::Absent) }
    }

    /// Whether a wallet asks for itself. One that is unknown is told so by the verb.
    /// Errors: [`NoAnswer::Absent`], [`NoAnswer::Books`].
    fn asks(&self, identity: IdentityKey, present: PublicKey) -> Result<(), NoAnswer> {
        let touches = move |view: &mut View| view.wallets.want(identity);
        let other = self.books.read(touches, move |view| {
            let device =
                view.wallets.get(&identity).map(|wallet| wallet.registration.record.device);
            device.is_some_and(|device| device != present)
        })?;
        if other { Err(NoAnswer::Absent) } else { Ok(()) }
    }

    /// Provision: vouches for an opening of the wallet whose device is present.
    /// Errors inside: the refusal.
    pub fn open(
        &self,
        open: SignedOpen,
        present: PublicKey,
    ) -> Result<Result<Open, Refusal>, NoAnswer> {
        self.asks(provision::identity(&open), present)?;
        let open = Arc::new(open);
        let (asking, vouching, now) = (Arc::clone(&open), Arc::clone(&open), (self.clock)());
        let vouched = self.books.decide(
            move |view| provision::touches_opening(&asking, view),
            move |view| provision::vouch(view, &vouching, now),
        )?;
        let open = Arc::unwrap_or_clone(open);
        Ok(vouched.map_err(Refusal::from).map(|()| self.signer.authorise_open(open)))
    }

    /// Provision: lets a REVEAL through of the wallet whose device is present, or of the one that
    /// it follows. Errors: [`NoAnswer::Absent`]; inside: the refusal.
    pub fn reveal(
        &self,
        identity: IdentityKey,
        reveal: &[u8],
        present: PublicKey,
    ) -> Result<Result<(), Refusal>, NoAnswer> {
        let touches = move |view: &mut View| device::touches_asking(present, identity, view);
        let admitted = self.books.read(touches, |view| {
            let device = view.wallets.known(&identity).map(|row| row.registration.record.device);
            let others = device.is_some_and(|device| device != present);
            if others && !device::may_ask(view, &present, &identity) {
                return Err(NoAnswer::Absent);
            }
            Ok(provision::admit(view, &present, &identity, reveal))
        })??;
        Ok(admitted.map_err(Refusal::from))
    }

    /// Withdraw: reads the part of the wallet whose device is present, and begins.
    /// Errors: [`NoAnswer`].
    pub fn withdraw(
        &self,
        request: &[u8],
        present: PublicKey,
    ) -> Result<Begun<tender_proto::withdraw::Reply>, NoAnswer> {
        let refused = |error: Error| Ok(Begun::Answered(Err(error.into())));
        let past = self.known.read().expect("no holder of this lock panics").past();
        // A request that was answered is answered again, whatever became of its series.
        let Some(past) = past else { return refused(Error::Manifest) };
        let request = match SignedRequest::from_bytes(request, &past) {
            Ok(request) => request,
            Err(Error::Encoding) => return Err(NoAnswer::Malformed),
            Err(error) => return refused(error),
        };
        self.asks(IdentityKey(request.plan.identity.bytes()), present)?;
        let authorise = |request| self.signer.authorise_withdrawal(request);
        let (currency, now) = (self.currency, (self.clock)());
        let withdrawing = Withdrawing::new(request, currency, &past, now, authorise);
        let withdrawing = match withdrawing {
            Ok(withdrawing) => withdrawing,
            Err(error) => return refused(error),
        };
        self.begin(withdrawing, Withdrawing::touches, move |view, withdrawing| {
            withdraw::begin(view, withdrawing, now)
        })
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
        let depositing = Depositing::new(&body, call.device, self.currency, &trusted);
        self.begin(depositing, Depositing::touches, deposit::begin)
    }

    /// Finishes an entry with the issuer's answer and gives the entry as it now stands.
    /// Errors inside: [`Implausible`]; then nothing is changed.
    pub fn finish(
        &self,
        number: EntryNumber,
        verb: impl FnOnce(&mut View, Timestamp) -> Result<(), Implausible> + Send + 'static,
    ) -> Result<Result<Entry, Implausible>, Failed> {
        let touches = move |view: &mut View| touches_entry(view, number);
        let now = (self.clock)();
        self.books.decide(touches, move |view| {
            verb(view, now)?;
            view.entries.get(&number).cloned().ok_or(Implausible)
        })
    }

    /// What to ask the issuer's statement for. Errors: [`Failed`].
    pub fn ask_statement(&self) -> Result<statement::Asked, Failed> {
        self.books.read(|_| (), statement::ask)
    }

    /// Takes up a statement. Without a manifest it is left for later, since nobody could verify its
    /// incidents. Errors: [`Failed`].
    pub fn take_statement(
        &self,
        asked: statement::Asked,
        statement: Statement,
    ) -> Result<(), Failed> {
        let Some(trusted) = self.trusted() else { return Ok(()) };
        let examine = |incident| statement::examine(incident, self.registrar(), &trusted.manifest);
        let charges: Vec<_> = statement.incidents.iter().map(examine).collect();
        let waiting = store::unreconciled(self.store())?;
        let (registrar, currency, now) = (self.registrar(), self.currency, (self.clock)());
        let ours = Ours { registrar, currency, now };
        let taken = Arc::new((statement, charges, waiting));
        let asking = Arc::clone(&taken);
        self.books.decide(
            move |view| statement::touches(&asking.0, &asking.1, &asking.2, view),
            move |view| statement::apply(view, asked, &taken.0, &taken.1, &taken.2, ours),
        )
    }

    /// Whether something new may be begun; what is in the journal is finished even then.
    /// Errors: [`NoAnswer::Short`].
    fn not_short(&self) -> Result<(), NoAnswer> {
        if self.store().room().is_short() { Err(NoAnswer::Short) } else { Ok(()) }
    }

    /// What is ordered for the vault and not met yet. Errors: [`Failed`].
    pub fn ordered(&self) -> Result<Option<Amount>, Failed> {
        self.books.read(purchase::touches, purchase::ordered)
    }

    /// How many differences between books and statement are not resolved. Errors: [`Failed`].
    pub fn differences(&self) -> Result<u64, Failed> {
        let mut count = 0_u64;
        self.store().scan::<Differences>(|_, _| count = count.saturating_add(1))?;
        Ok(count)
    }

    /// Orders currency if the vault is low, and closes an order that was met. Errors: [`Failed`].
    pub fn restock(&self, stock: Stock) -> Result<(), Failed> {
        if self.books.read(purchase::touches, |view| purchase::is_due(view, stock))? {
            let now = (self.clock)();
            let ordered = move |view: &mut View| purchase::decide(view, stock, now);
            self.books.decide(purchase::touches, ordered)?;
        }
        Ok(())
    }

    /// Lets a verb begin what it read. Errors: [`NoAnswer::Books`], [`NoAnswer::Short`].
    fn begin<R: Send + Sync + 'static, T: Send + 'static>(
        &self,
        read: R,
        touches: fn(&R, &mut View),
        begin: impl FnOnce(&mut View, &R) -> Begun<T> + Send + 'static,
    ) -> Result<Begun<T>, NoAnswer> {
        self.not_short()?;
        let read = Arc::new(read);
        let asking = Arc::clone(&read);
        let begun = self
            .books
            .decide(move |view| touches(&asking, view), move |view| begin(view, &read))?;
        Ok(begun)
    }
}
