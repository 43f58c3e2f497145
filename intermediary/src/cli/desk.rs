//! The desk: where an order goes, whether a server runs or not. A command takes the books itself
//! when no server holds them, and else asks the server that does, over the socket in the home.

mod call;

use super::Output;
use super::commands::{cannot_serve, joined, teller_over, upstream};
use super::passphrase::Keys;
use super::problem::Problem;
use crate::anchor::{self, Astray};
use crate::books::Books;
use crate::desk::{Answer, Asked, Clerk, Order, Shown, letter};
use crate::home::{Home, Joined};
use crate::journal::Journal;
use crate::rows::UnixUser;
use crate::store::{Fault, Store};
use rand_core::CryptoRng;
use std::path::Path;
use std::sync::Arc;
use tender_token::date::Timestamp;

/// A home, and with what its orders are carried out.
pub struct Desk<R> {
    home: Home,
    keys: Keys,
    clock: fn() -> Timestamp,
    rng: R,
}

impl<R: CryptoRng + Clone + Send + 'static> Desk<R> {
    /// The desk of a home.
    pub fn new(home: Home, keys: Keys, clock: fn() -> Timestamp, rng: R) -> Self {
        Self { home, keys, clock, rng }
    }

    /// The home.
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// Where the passphrase of our keys is.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Randomness.
    pub fn rng(&self) -> R {
        self.rng.clone()
    }

    /// Copies the books into a folder where nothing is. Errors: [`Problem`].
    pub fn backup(&self, out: &Path) -> Result<Output, Problem> {
        // A server may run in another folder than this command.
        let out = std::path::absolute(out);
        let out =
            out.map_err(|error| Problem::usage(format!("That is no folder's name: {error}.")))?;
        self.ask(Asked::Backup(out))
    }

    /// Fetches the statement and names what differs. Errors: [`Problem`]; also what differs.
    pub fn reconcile(&self) -> Result<Output, Problem> {
        let joined = joined(&self.home)?;
        let order = self.order(&joined, Asked::Reconcile)?;
        let letter = written(&order)?;
        let Some(books) = self.books()? else {
            return Problem::of(call::call(&self.home, &letter)?);
        };
        let mut lock = self.keys.known()?;
        let admission = self.home.admission(&joined, &mut lock)?;
        let teller = teller_over(books, &self.home, &joined, &mut lock, self.clock)?;
        drop(lock);
        let teller = Arc::new(teller);
        let runtime = tokio::runtime::Runtime::new().map_err(|error| cannot_serve(&error))?;
        let inside = runtime.enter();
        let journal = Arc::new(Journal::new(Arc::clone(&teller), upstream(&admission)?));
        drop(inside);
        let caught_up = runtime.block_on(journal.catch_up());
        let answer = self.alone(Arc::clone(teller.books()), &order);
        Problem::of(answer.fetched(caught_up.err()))
    }

    /// Carries an order out. Errors: [`Problem`]; also what does not hold.
    pub fn ask(&self, asked: Asked) -> Result<Output, Problem> {
        let order = self.order(&joined(&self.home)?, asked)?;
        let letter = written(&order)?;
        let answer = match self.books()? {
            Some(books) => self.alone(Arc::new(Books::open(books)), &order),
            None => call::call(&self.home, &letter)?,
        };
        Problem::of(answer)
    }

    /// The books, or `None` if another process has them. Errors: [`Problem`].
    fn books(&self) -> Result<Option<Store>, Problem> {
        match self.home.open_books() {
            Ok(books) => Ok(Some(books)),
            Err(Astray::Fault(Fault::Held)) => Ok(None),
            Err(astray) => Err(astray.into()),
        }
    }

    /// Carries an order out over books that are ours, and lets the anchor follow: a copy from
    /// before it is older from here on.
    fn alone(&self, books: Arc<Books>, order: &Order) -> Answer {
        let clerk = Clerk::new(self.home.clone(), books, self.clock, self.rng.clone());
        let answer = clerk.carry_out(order, own());
        anchor::follow(self.home.folder(), clerk.office().store());
        answer
    }

    fn order(&self, joined: &Joined, asked: Asked) -> Result<Order, Problem> {
        let name = self.home.config()?.name;
        let (currency, decimals) = (joined.currency.clone(), joined.decimals);
        Ok(Order { asked, shown: Shown { name, currency, decimals } })
    }
}

/// Whose command this is.
fn own() -> UnixUser {
    UnixUser(rustix::process::geteuid().as_raw())
}

/// The order as it would travel: what cannot is not carried out without a server either.
fn written(order: &Order) -> Result<String, Problem> {
    letter::write(order).map_err(Problem::from)
}
