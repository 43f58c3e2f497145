//! The commands, each from its arguments to what it prints.

use super::Output;
use super::passphrase::Keys;
use super::problem::Problem;
use crate::desk::{Answer, Clerk, SOCKET};
use crate::home::{self, Config, Contents, Home, Joined};
use crate::office::adopt;
use crate::persons;
use crate::service::rates::Rates;
use crate::service::{self, Attended, Serving, Terms};
use crate::signer::{Key, Sealing, Signer};
use crate::store::{self, Store};
use crate::teller::Teller;
use crate::upstream::Upstream;
use crate::verbs::action::Ordered;
use rand_core::CryptoRng;
use serde_json::json;
use std::net::SocketAddr;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::Arc;
use tender_proto::admission::{Admission, Application};
use tender_proto::certificate::{self, Role, fingerprint_of_pem, holder_of_pem};
use tender_proto::transport::{SERVER_NAME, stopped};
use tender_store::envelope::Lock;
use tender_store::files::absent_is_fine;
use tender_token::amount::{Amount, Currency};
use tender_token::date::Timestamp;
use tender_token::signature::PublicKey;
use zeroize::Zeroizing;

/// Makes the home folder: keys, books, application.
pub fn init(
    home: &Home,
    config: &Config,
    keys: &Keys,
    rng: &mut impl CryptoRng,
) -> Result<Output, Problem> {
    if home.exists() {
        let sentence = "There is something at the home folder's place already: nothing was done.";
        return Err(Problem::usage(sentence.to_owned()));
    }
    let cost = config.check().and_then(|()| config.cost()).map_err(impossible)?;
    let lock = &mut keys.fresh()?;
    let mut seed = Zeroizing::new([0; 32]);
    rng.fill_bytes(&mut *seed);
    let signer = Signer::from_seed(&seed);
    let unusable = |error: certificate::Unusable| Problem::fault(format!("{error}."));
    let authority = certificate::authority(&config.name).map_err(unusable)?;
    let server = certificate::issue(&authority, SERVER_NAME, Role::Server).map_err(unusable)?;
    let public_key = hex::encode(signer.public().0);
    let application = Application { name: config.name.clone(), public_key: public_key.clone() };
    let mut sealing = Sealing { lock, cost, rng };
    let seed = sealing.seed(&seed);
    let authority = &sealing.credential(Key::Authority, authority);
    let server = &sealing.credential(Key::Server, server);
    let contents = Contents { config, application: &application, seed: &seed, authority, server };
    home.create(&contents, |draft| {
        persons::Keys::create(draft.folder())?;
        store::create(&draft.directory())?;
        Ok::<_, Problem>(())
    })?;
    let application = home.application().display().to_string();
    Ok(Output {
        sentence: format!("Hand {application} to the issuer, then join with what it hands back."),
        object: json!({ "out": application, "public_key": public_key }),
    })
}

/// Keeps the issuer's admission, its key sealed as our others are.
pub fn join(
    home: &Home,
    admission: &Path,
    keys: &Keys,
    rng: &mut impl CryptoRng,
) -> Result<Output, Problem> {
    let config = home.config()?;
    let (name, cost) = (&config.name, config.cost());
    let cost = cost.map_err(|wrong| Problem::usage(format!("{wrong}.")))?;
    let admission: Admission = home::parse(admission, &home::read_text(admission)?)?;
    let (currency, _) = currency_and_root(&admission.currency, &admission.root)?;
    let held = check_admission(home, &admission)?;
    let lock = &mut keys.known()?;
    // Whatever is sealed now must open under the passphrase of all others.
    home.signer(lock)?;
    let issuer = admission.issuer_address.clone();
    let ordered = if held.is_some_and(|held| held.is(&admission, lock)) {
        Ordered::Already
    } else {
        home.keep_admission(&Joined::sealed(admission, &mut Sealing { lock, cost, rng }))?;
        Ordered::Done
    };
    Problem::of(Answer::ordered(
        ordered,
        format!("{name} has joined the issuer at {issuer} and serves {currency}."),
        &format!("{name} has joined the issuer at {issuer} already"),
        json!({ "issuer": issuer, "currency": currency.code() }),
    ))
}

/// Refuses an admission that cannot be ours: unreadable certificates, or another issuer than the
/// one whose money is in the books. Gives the one that the home has.
fn check_admission(home: &Home, admission: &Admission) -> Result<Option<Joined>, Problem> {
    let certificates = [&admission.authority, &admission.credential.certificate];
    if !certificates.iter().all(|pem| fingerprint_of_pem(pem).is_some()) {
        return Err(Problem::usage("The admission's certificates cannot be read.".to_owned()));
    }
    let (whose, ours) =
        (holder_of_pem(&admission.credential.certificate), hex::encode(home.registrar()?.0));
    if whose.as_deref() != Some(&ours) {
        return Err(Problem::usage(format!(
            "This admission is for the key {}, and this intermediary applied with {ours}: take the \
             file that the issuer made for it.",
            whose.unwrap_or_default()
        )));
    }
    match home.joined()? {
        Some(held) if held.root != admission.root || held.currency != admission.currency => {
            Err(Problem::usage(
                "This admission is of another issuer or currency: the books stay with theirs."
                    .to_owned(),
            ))
        }
        held => Ok(held),
    }
}

/// Serves until it is told to stop: where it was told to listen, and whether also when standard
/// input closes.
pub fn serve<R: CryptoRng + Clone + Send + 'static>(
    home: &Home,
    (listen, until_stdin_closes): (Option<String>, bool),
    keys: &Keys,
    clock: fn() -> Timestamp,
    rng: R,
    ready: impl FnOnce(SocketAddr),
) -> Result<(), Problem> {
    let joined = joined(home)?;
    let books = home.open_books()?;
    let mut lock = keys.known()?;
    let teller = teller_over(books, home, &joined, &mut lock, clock)?;
    let credential = home.server(&mut lock)?;
    let admission = home.admission(&joined, &mut lock)?;
    drop(lock);
    let config = home.config()?;
    let [vault_low, vault_fill] = vault_marks(&config, admission.decimals)?;
    let address = listen.unwrap_or_else(|| config.listen.clone());
    let broken = |error| cannot_serve(&error);
    let listener = bind(&address, "listen")?;
    let shown = "show metrics, as `metrics` in intermediary.toml says,";
    let metrics = config.metrics.as_deref().map(|address| bind(address, shown)).transpose()?;
    let runtime = tokio::runtime::Runtime::new().map_err(broken)?;
    let inside = runtime.enter();
    let listener = tokio::net::TcpListener::from_std(listener).map_err(broken)?;
    let metrics = metrics.map(tokio::net::TcpListener::from_std).transpose().map_err(broken)?;
    let upstream = upstream(&admission)?;
    let stop = stopped(until_stdin_closes).map_err(broken)?;
    let books = Arc::clone(teller.books());
    let desk = open_desk(home).map(|(listener, owner)| Attended {
        listener,
        owner,
        clerk: Clerk::new(home.clone(), books, clock, rng.clone()),
    });
    let [of_address, of_device] = config.rates().map_err(impossible)?;
    let terms = Terms {
        bounds: config.bounds().map_err(impossible)?,
        rates: Rates::new(of_address, of_device),
        patience: config.patience().map_err(impossible)?,
        reflection: config.reflection,
        metrics,
        desk,
        home: Some((home.folder().to_owned(), config.disk_free_percent)),
        vault_low,
        vault_fill,
    };
    drop(inside);
    let serving = Serving { teller, upstream, credential, listener, terms };
    let ended = runtime.block_on(service::serve(serving, rng, ready, stop));
    runtime.shutdown_background();
    Ok(ended?)
}

/// A setting that cannot work.
fn impossible(wrong: home::Wrong) -> Problem {
    Problem::usage(format!("{wrong}."))
}

/// The marks of the vault: low, and what it is filled to. Errors: [`Problem`].
fn vault_marks(config: &Config, decimals: u8) -> Result<[Option<Amount>; 2], Problem> {
    let read = |name: &str, mark: &Option<String>| {
        let read = mark.as_ref().map(|mark| {
            let unusable = || Problem::usage(format!("{name} is no amount: {mark}."));
            Amount::parse_decimal(mark, decimals).ok_or_else(unusable)
        });
        read.transpose()
    };
    let low = read("vault_low", &config.vault_low)?;
    let fill = read("vault_fill", &config.vault_fill)?;
    if fill.is_some_and(|fill| low.is_none_or(|low| fill <= low)) {
        let what =
            "vault_fill is what a low vault is filled to: write vault_low too, and below it.";
        return Err(Problem::usage(what.to_owned()));
    }
    Ok([low, fill])
}

/// The way to the issuer. Call within an async runtime. Errors: the admission cannot be used.
pub fn upstream(admission: &Admission) -> Result<Upstream, Problem> {
    Upstream::new(admission)
        .map_err(|error| Problem::usage(format!("The admission cannot be used: {error}.")))
}

/// What keeps a server from running.
pub fn cannot_serve(error: &std::io::Error) -> Problem {
    Problem::fault(format!("Cannot serve: {error}."))
}

fn bind(address: &str, to_do: &str) -> Result<std::net::TcpListener, Problem> {
    let listener = std::net::TcpListener::bind(address)
        .map_err(|error| Problem::fault(format!("Cannot {to_do} on {address}: {error}.")))?;
    listener.set_nonblocking(true).map_err(|error| cannot_serve(&error))?;
    Ok(listener)
}

/// Where a running server takes orders, and the home's owner, who gives them. The books are ours,
/// so a socket that is there already was left behind. Without one the server runs as well, and
/// orders need it stopped.
fn open_desk(home: &Home) -> Option<(tokio::net::UnixListener, u32)> {
    let socket = home.folder().join(SOCKET);
    let removed = absent_is_fine(std::fs::remove_file(&socket));
    let opened = removed.and_then(|()| {
        let listener = tokio::net::UnixListener::bind(&socket)?;
        std::fs::set_permissions(&socket, std::fs::Permissions::from_mode(0o600))?;
        Ok((listener, std::fs::metadata(home.folder())?.uid()))
    });
    opened
        .inspect_err(|error| tracing::warn!(%error, "no orders are taken while the server runs"))
        .ok()
}

/// What the issuer handed back. Errors: wrong usage, before it did.
pub fn joined(home: &Home) -> Result<Joined, Problem> {
    home.config()?;
    home.joined()?.ok_or_else(|| {
        Problem::usage("The issuer's admission is missing: join with it first.".to_owned())
    })
}

/// A teller over books that are ours. Errors: the home's files cannot be used.
pub fn teller_over(
    store: Store,
    home: &Home,
    joined: &Joined,
    lock: &mut Lock,
    clock: fn() -> Timestamp,
) -> Result<Teller, Problem> {
    let (currency, root) = currency_and_root(&joined.currency, &joined.root)?;
    let tiers = home.tiers(joined.decimals)?;
    let teller = Teller::new(store, home.signer(lock)?, currency, root, clock)?;
    adopt(teller.books(), &tiers, clock())?;
    Ok(teller)
}

fn currency_and_root(currency: &str, root: &str) -> Result<(Currency, PublicKey), Problem> {
    let mut key = [0; 32];
    let decoded = hex::decode_to_slice(root, &mut key);
    let currency = Currency::new(currency).filter(|_| decoded.is_ok());
    currency.map(|currency| (currency, PublicKey(key))).ok_or_else(|| {
        Problem::usage("The admission's root key or currency cannot be understood.".to_owned())
    })
}
