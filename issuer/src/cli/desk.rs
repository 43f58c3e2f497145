//! The desk: where an operator's command goes, whether a server runs or not.
//!
//! A command takes the store itself when no server holds it, and else asks the server that does.
//! Either way the operation is the same one, carried out by the store's only writer, and the
//! command does not know which way it went.

use super::access;
use super::founded::{
    AUTHORITY, Founded, OPERATOR, open_store, read_amount, read_certificate, read_config_of,
    read_credential, read_root, read_text, root_key, unusable, unwritten,
};
use super::ordered::Ordered;
use super::outcome::Failure;
use super::paged::all;
use super::passphrase::{Whose, known};
use super::refused::Refused;
use super::today::Today;
use super::unchanged;
use crate::anchor::{self, Astray};
use crate::client::{self, Client};
use crate::clock::Tolerance;
use crate::home::{Home, ROOT_PUBLIC};
use crate::office::Published;
use crate::operation::{Order, Terms, carry_out};
use crate::overview::{self, Booked, Overview, Proved, Recorded, Registered, SomeWallets, Waiting};
use crate::publisher::Publisher;
use crate::rows::{Account, AccountKey, Currencies, Intermediary, Table};
use crate::signer::InProcess;
use crate::store::{self, Directory, Fault, Store};
use std::path::{Path, PathBuf};
use tender_proto::certificate::fingerprint_of_pem;
use tender_proto::metrics::Metrics;
use tender_proto::operator::{Operation, Reply};
use tender_proto::trust::Trust;
use tender_store::envelope::Lock;
use tender_token::amount::{Amount, Currency};
use tender_token::date::Timestamp;
use tender_token::encode::Decode;
use tender_token::identity::RegistrarId;
use tender_token::log::checkpoint::SignedCheckpoint;
use tender_token::manifest::ManifestRecord;
use tender_token::signature::PublicKey;

/// What a command hears that only a server can answer.
const NO_SERVER: &str = "no server runs, so nothing is measured; start it, and ask again";

/// An operator's, an auditor's or a supervisor's way to the books.
#[derive(Debug)]
pub struct Desk {
    /// The currency.
    pub currency: Currency,
    /// Digits after the point when amounts are shown.
    pub decimals: u8,
    /// The root's public key, hex.
    pub root: String,
    today: Today,
    way: Way,
}

#[derive(Debug)]
enum Way {
    /// No server runs: the store is ours, and so is the home.
    Store(Store, Own),
    /// A server holds the store.
    Server(Client),
}

/// What lies beside a store that is ours.
#[derive(Debug)]
struct Own {
    home: Home,
    tolerance: Tolerance,
    passphrase: Option<PathBuf>,
    /// SHA-256 of the operator's certificate.
    operator: [u8; 32],
}

impl Desk {
    /// Opens the books. The passphrase is asked for only if a server must be called.
    /// Errors: no issuer is founded here, its files cannot be used, or the store is not the newest.
    pub fn open(home: &Home, passphrase: Option<&Path>, today: Today) -> Result<Self, Failure> {
        let call = |home: &Home| call(home, &mut known(Whose::Issuer, passphrase)?);
        Self::opened(home, passphrase, today, call)
    }

    /// The same for whoever has the lock of the keys at hand. Errors: as for [`Self::open`].
    pub fn unlocked(
        home: &Home,
        passphrase: Option<&Path>,
        lock: &mut Lock,
        today: Today,
    ) -> Result<Self, Failure> {
        Self::opened(home, passphrase, today, |home| call(home, lock))
    }

    fn opened(
        home: &Home,
        passphrase: Option<&Path>,
        today: Today,
        call: impl FnOnce(&Home) -> Result<Client, Failure>,
    ) -> Result<Self, Failure> {
        let config = read_config_of(home)?;
        let way = match open_store(home, config.store_cache) {
            Ok(store) => {
                let (home, operator) = (home.clone(), operator(home)?);
                let (passphrase, tolerance) = (passphrase.map(Path::to_owned), config.clock);
                Way::Store(store, Own { home, tolerance, passphrase, operator })
            }
            Err(Astray::Fault(Fault::Held)) => Way::Server(call(home)?),
            Err(astray) => return Err(astray.into()),
        };
        let first = match &way {
            Way::Store(store, _) => store::founding(store)?,
            Way::Server(client) => client.founding()?,
        };
        let decimals = |currency| match &way {
            Way::Store(store, _) => Ok(store::decimals(store, currency)?),
            Way::Server(client) => {
                let founded = client.decimals(currency)?;
                Ok(founded.ok_or(Fault::Missing(Currencies::NAME))?)
            }
        };
        unchanged::check(&config, &first, decimals)?;
        let root = read_text(&home.key(ROOT_PUBLIC))?;
        let (currency, decimals) = (config.currency, config.decimals.digits());
        Ok(Self { currency, decimals, root, today, way })
    }

    /// Opens the books of a server elsewhere, with what `staff appoint` has written.
    /// Errors: wrong usage, also if it says other decimals than the issuer has; a fault.
    pub fn call(access: &Path, today: Today) -> Result<Self, Failure> {
        let file = access;
        let (access, currency) = access::read(file)?;
        let client = Client::new(&access.issuer_address, &access.authority, &access.credential)?;
        access::check(file, &access, currency, &client)?;
        let (decimals, way) = (access.decimals, Way::Server(client));
        Ok(Self { currency, decimals, root: access.root, today, way })
    }

    /// Whether a server holds the store.
    pub fn is_served(&self) -> bool {
        matches!(self.way, Way::Server(_))
    }

    /// The time by the clock that decides over the store, or by the machine's if that is a
    /// server's. Errors: the machine's clock is too far from the books.
    pub fn now(&self) -> Result<Timestamp, Failure> {
        match &self.way {
            Way::Store(store, own) => Ok(self.today.clock_of(store, own.tolerance)?.now()),
            Way::Server(_) => self.today.without_books(),
        }
    }

    /// The machine's time, for what is shown and decides nothing. Errors: the date that was stated
    /// is another one.
    pub fn moment(&self) -> Result<Timestamp, Failure> {
        self.today.without_books()
    }

    /// Carries an operation out. Errors: a fault; the refusal is the operation's own.
    pub fn ask(&self, operation: Operation) -> Result<Reply, Failure> {
        match &self.way {
            Way::Store(store, own) => {
                let order = Order { operator: own.operator, operation };
                let trust = store::trust(store)?;
                let terms = Terms { issuer: issuer(&trust)?, policy: &trust.policy };
                let done = carry_out(store, terms, &order, self.now()?)?;
                let _tried_again_later = anchor::follow(&own.home, store);
                Ok(done.map(|done| done.number))
            }
            Way::Server(client) => Ok(client.ask(operation)?),
        }
    }

    /// The same, where a refusal is a failure like others, unless it is that it is so already.
    /// Errors: the refusal, or a fault.
    pub fn order(&self, operation: Operation) -> Result<Ordered, Failure> {
        Ordered::of(self.ask(operation)?)
    }

    /// What all accounts hold, and who is admitted. Errors: a fault.
    pub fn overview(&self) -> Result<Overview, Failure> {
        match &self.way {
            Way::Store(store, _) => Ok(Overview::read(store, self.currency)?),
            Way::Server(client) => Ok(client.overview()?),
        }
    }

    /// All postings of an account after a number. Errors: a fault.
    pub fn postings(&self, account: Account, after: u64) -> Result<Vec<Booked>, Failure> {
        let key = AccountKey { currency: self.currency, account };
        let more = |last: Option<&Booked>| {
            let after = last.map_or(after, |booked| booked.posting.number);
            match &self.way {
                Way::Store(store, _) => Ok(overview::postings(store, key, after)?),
                Way::Server(client) => Ok(client.postings(account, after)?),
            }
        };
        all(more, |booked| booked.posting.number)
    }

    /// All claims that wait. Errors: a fault.
    pub fn claims(&self) -> Result<Vec<Waiting>, Failure> {
        let more = |last: Option<&Waiting>| {
            let last = last.map(|claim| claim.place);
            match &self.way {
                Way::Store(store, _) => {
                    Ok(overview::claims(store, &overview::due(store, last.as_ref())?)?)
                }
                Way::Server(client) => Ok(client.claims(last.as_ref())?),
            }
        };
        all(more, |claim| claim.place)
    }

    /// All incidents after a number. Errors: a fault.
    pub fn incidents(&self, after: u64) -> Result<Vec<Proved>, Failure> {
        let more = |last: Option<&Proved>| {
            let after = last.map_or(after, |proved| proved.number);
            match &self.way {
                Way::Store(store, _) => {
                    let archive = Published::read(store)?.archive().map_err(unusable)?;
                    Ok(overview::incidents(store, &archive, after)?)
                }
                Way::Server(client) => Ok(client.incidents(after)?),
            }
        };
        all(more, |proved| proved.number)
    }

    /// All actions after a number. Errors: a fault.
    pub fn actions(&self, after: u64) -> Result<Vec<Recorded>, Failure> {
        let more = |last: Option<&Recorded>| {
            let after = last.map_or(after, |recorded| recorded.number);
            match &self.way {
                Way::Store(store, _) => Ok(overview::actions(store, after)?),
                Way::Server(client) => Ok(client.actions(after)?),
            }
        };
        all(more, |recorded| recorded.number)
    }

    /// All wallets that an intermediary registered. Errors: a fault.
    pub fn wallets(&self, intermediary: RegistrarId) -> Result<Vec<Registered>, Failure> {
        let (mut all, mut last) = (Vec::new(), None);
        loop {
            let SomeWallets { mut wallets, last: next } = match &self.way {
                Way::Store(store, _) => overview::wallets(store, intermediary, last.as_ref())?,
                Way::Server(client) => client.wallets(intermediary, last.as_ref())?,
            };
            all.append(&mut wallets);
            match next {
                Some(next) if last.is_none_or(|last| next > last) => last = Some(next),
                Some(_) | None => return Ok(all),
            }
        }
    }

    /// What is published. Errors: a fault.
    pub fn trust(&self) -> Result<Trust, Failure> {
        match &self.way {
            Way::Store(store, _) => Ok(store::trust(store)?),
            Way::Server(client) => Ok(client.trust()?),
        }
    }

    /// The root's public key, which everything published is verified under. Errors: a fault.
    pub fn root_key(&self) -> Result<PublicKey, Failure> {
        root_key(&self.root).ok_or_else(|| Failure::fault("the root's public key cannot be read"))
    }

    /// All leaves of the log, in their order. Errors: a fault.
    pub fn leaves(&self) -> Result<Vec<Vec<u8>>, Failure> {
        match &self.way {
            Way::Store(store, _) => Ok(overview::leaves(store, 0, usize::MAX)?),
            Way::Server(client) => Ok(client.leaves()?),
        }
    }

    /// The head of the log, signed by the issuer, which never forgets it again. If no server runs,
    /// that needs the keys. Errors: an invariant is violated, the wrong passphrase, or a fault.
    pub fn checkpoint(&self) -> Result<SignedCheckpoint, Failure> {
        match &self.way {
            Way::Store(store, Own { home, passphrase, .. }) => {
                let root = read_root(home)?;
                let manifest = Published::read(store)?.verify(&root).map_err(unusable)?.1;
                let mut lock = known(Whose::Issuer, passphrase.as_deref())?;
                let signer = InProcess::load(home, &manifest, &mut lock)?;
                Ok(Publisher::new(home.clone(), root).checkpoint(store, &signer)?)
            }
            Way::Server(client) => Ok(client.checkpoint()?),
        }
    }

    /// The metrics of the server. Errors: a fault, also if none runs.
    pub fn metrics(&self) -> Result<Metrics, Failure> {
        match &self.way {
            Way::Store(..) => Err(Failure::fault(NO_SERVER)),
            Way::Server(client) => Ok(client.metrics()?),
        }
    }

    /// Everything that was published. Errors: a fault.
    pub fn published(&self) -> Result<Published, Failure> {
        match &self.way {
            Way::Store(store, _) => Ok(Published::read(store)?),
            Way::Server(client) => Ok(client.published()?),
        }
    }

    /// The key by which officers name the issuer. Errors: a fault.
    pub fn issuer(&self) -> Result<PublicKey, Failure> {
        issuer(&self.trust()?)
    }

    /// Copies the store into a folder where nothing is: a server's on its own machine, by a name
    /// below the server's folder for copies. Errors: wrong usage, or a fault.
    pub fn copy_there(&self, out: &Path) -> Result<(), Failure> {
        match &self.way {
            Way::Store(store, _) => Ok(store.copy_out(out)?),
            Way::Server(client) => copy_by(client, out),
        }
    }

    /// The books for a long look: the store itself, or a copy of it as it is at this moment, which
    /// is gone when it is closed. Errors: a fault.
    pub fn books(self, home: &Home) -> Result<Founded, Failure> {
        let config = read_config_of(home)?;
        let client = match self.way {
            Way::Store(store, _) => return Ok(Founded { config, store }),
            Way::Server(client) => client,
        };
        let place = home.free_aside().map_err(|error| unwritten(home.folder(), &error))?;
        copy_by(&client, &place)?;
        let store = Store::open(&Directory::new(&place))?;
        // The names go at once, so that nothing that ends the command leaves the copy behind.
        home.free_aside().map_err(|error| unwritten(&place, &error))?;
        Ok(Founded { config, store })
    }

    /// The intermediary of a name. Errors: the books', if none is admitted under it.
    pub fn intermediary(&self, name: &str) -> Result<(RegistrarId, Intermediary), Failure> {
        let overview = self.overview()?;
        let found = overview.named(name).map(|(id, row)| (id, row.clone()));
        found.ok_or_else(|| {
            let sentence = format!("no intermediary named {name} is admitted");
            Failure::books(Refused::UnknownIntermediary, sentence)
        })
    }

    /// Reads an amount of the currency. Errors: wrong usage.
    pub fn amount(&self, text: &str) -> Result<Amount, Failure> {
        read_amount(self.decimals, text)
    }

    /// An amount with the currency's code, for people.
    pub fn shown(&self, amount: Amount) -> String {
        format!("{} {}", amount.to_decimal(self.decimals), self.currency)
    }
}

/// Has a server copy its store. Errors: as for [`Desk::copy_there`].
fn copy_by(client: &Client, out: &Path) -> Result<(), Failure> {
    let no_name = || Failure::usage(format!("{} is no name of a folder", out.display()));
    let out = out.to_str().ok_or_else(no_name)?;
    client.backup(out.to_owned()).map_err(|fault| match fault {
        client::Fault::Taken => Failure::usage(format!(
            "{out} is there already, on the issuer's machine; nothing was changed"
        )),
        other => other.into(),
    })
}

/// The key by which officers name the issuer.
fn issuer(trust: &Trust) -> Result<PublicKey, Failure> {
    let record = ManifestRecord::from_bytes(&trust.manifest);
    record.map(|record| record.issuer).map_err(unusable)
}

/// SHA-256 of the operator's certificate.
pub fn operator(home: &Home) -> Result<[u8; 32], Failure> {
    let certificate = read_certificate(home, OPERATOR)?;
    fingerprint_of_pem(&certificate)
        .ok_or_else(|| Failure::fault("the operator's certificate cannot be read"))
}

/// The server that holds the store. Errors: none has ever said where it listens, or a file.
fn call(home: &Home, lock: &mut Lock) -> Result<Client, Failure> {
    let address = home.read_serving().map_err(|_| Failure::from(Fault::Held))?;
    let own = read_credential(home, OPERATOR, lock)?;
    let authority = read_certificate(home, AUTHORITY)?;
    Ok(Client::new(&address, &authority, &own)?)
}
