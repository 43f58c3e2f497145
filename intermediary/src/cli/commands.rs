//! The commands, each from its arguments to what it prints.

use super::Output;
use super::problem::Problem;
use crate::audit::examine;
use crate::home::{self, Config, Contents, Home};
use crate::office::{Office, adopt};
use crate::persons::Keys;
use crate::service::{self, Serving};
use crate::signer::Signer;
use crate::store::{self, Store};
use crate::teller::Teller;
use crate::upstream::Upstream;
use rand_core::CryptoRng;
use serde_json::json;
use std::net::SocketAddr;
use std::path::Path;
use tender_proto::admission::{Admission, Application};
use tender_proto::certificate::{self, Role, fingerprint_of_pem};
use tender_proto::transport::SERVER_NAME;
use tender_token::amount::Currency;
use tender_token::date::Timestamp;
use tender_token::signature::PublicKey;

/// Makes the home folder: keys, books, application.
pub fn init(
    home: &Home,
    name: String,
    listen: String,
    rng: &mut impl CryptoRng,
) -> Result<Output, Problem> {
    if home.exists() {
        let sentence = "There is something at the home folder's place already: nothing was done.";
        return Err(Problem::usage(sentence.to_owned()));
    }
    let mut seed = [0; 32];
    rng.fill_bytes(&mut seed);
    let signer = Signer::from_seed(&seed);
    let unusable = |error: certificate::Unusable| Problem::fault(format!("{error}."));
    let authority = certificate::authority(&name).map_err(unusable)?;
    let server = certificate::issue(&authority, SERVER_NAME, Role::Server).map_err(unusable)?;
    let public_key = hex::encode(signer.public().0);
    let application = Application { name: name.clone(), public_key: public_key.clone() };
    let config = Config { name, listen };
    let (seed, authority, server) = (&seed, &authority, &server);
    let contents = Contents { config: &config, application: &application, seed, authority, server };
    home.create(&contents, |draft| {
        Keys::create(draft.path())?;
        store::create(&draft.directory())?;
        Ok::<_, Problem>(())
    })?;
    let application = home.application().display().to_string();
    Ok(Output {
        sentence: format!("Hand {application} to the issuer, then join with what it hands back."),
        object: json!({ "application": application, "public_key": public_key }),
    })
}

/// Keeps the issuer's admission.
pub fn join(home: &Home, admission: &Path) -> Result<Output, Problem> {
    let name = home.config()?.name;
    let admission: Admission = home::parse(admission, &home::read_text(admission)?)?;
    let (currency, _) = currency_and_root(&admission)?;
    check_admission(home, &admission)?;
    home.keep_admission(&admission)?;
    let issuer = &admission.issuer_address;
    Ok(Output {
        sentence: format!("{name} has joined the issuer at {issuer} and serves {currency}."),
        object: json!({ "issuer": issuer, "currency": currency.code() }),
    })
}

/// Refuses an admission that cannot be ours: unreadable certificates, or another issuer than the
/// one whose money is in the books.
fn check_admission(home: &Home, admission: &Admission) -> Result<(), Problem> {
    let certificates = [&admission.authority, &admission.credential.certificate];
    if !certificates.iter().all(|pem| fingerprint_of_pem(pem).is_some()) {
        return Err(Problem::usage("The admission's certificates cannot be read.".to_owned()));
    }
    match home.admission()? {
        Some(held) if held.root != admission.root || held.currency != admission.currency => {
            Err(Problem::usage(
                "This admission is of another issuer or currency: the books stay with theirs."
                    .to_owned(),
            ))
        }
        Some(_) | None => Ok(()),
    }
}

/// Serves until it is told to stop.
pub fn serve<R: CryptoRng + Send + 'static>(
    home: &Home,
    listen: Option<String>,
    until_stdin_closes: bool,
    clock: fn() -> Timestamp,
    rng: R,
    ready: impl FnOnce(SocketAddr),
) -> Result<(), Problem> {
    let admission = admission(home)?;
    let teller = teller(home, &admission, clock)?;
    let credential = home.server()?;
    let address = listen.map_or_else(|| home.config().map(|config| config.listen), Ok)?;
    let listener = std::net::TcpListener::bind(&address);
    let listener = listener
        .map_err(|error| Problem::fault(format!("Cannot listen on {address}: {error}.")))?;
    let broken = |error: std::io::Error| Problem::fault(format!("Cannot serve: {error}."));
    listener.set_nonblocking(true).map_err(broken)?;
    let runtime = tokio::runtime::Runtime::new().map_err(broken)?;
    let inside = runtime.enter();
    let listener = tokio::net::TcpListener::from_std(listener).map_err(broken)?;
    let upstream = Upstream::new(&admission)
        .map_err(|error| Problem::usage(format!("The admission cannot be used: {error}.")))?;
    let stop = service::stop_requested(until_stdin_closes).map_err(broken)?;
    drop(inside);
    let serving = Serving { teller, upstream, credential, listener };
    let ended = runtime.block_on(service::serve(serving, rng, ready, stop));
    runtime.shutdown_background();
    Ok(ended?)
}

/// Checks the books.
pub fn audit(home: &Home) -> Result<Output, Problem> {
    let admission = admission(home)?;
    let view = store::everything(&Store::open(&home.directory())?)?;
    let audit = examine(&view, &home.config()?.name, &admission.currency);
    let object = serde_json::to_value(&audit).expect("numbers and strings are JSON");
    let output = Output { sentence: audit.text(admission.decimals), object };
    if audit.violations.is_empty() {
        Ok(output)
    } else {
        Err(Problem::invariant(format!("{}.", audit.violations.join("; ")), output))
    }
}

pub(super) fn admission(home: &Home) -> Result<Admission, Problem> {
    home.config()?;
    home.admission()?.ok_or_else(|| {
        Problem::usage("The issuer's admission is missing: join with it first.".to_owned())
    })
}

fn teller(home: &Home, admission: &Admission, clock: fn() -> Timestamp) -> Result<Teller, Problem> {
    let (currency, root) = currency_and_root(admission)?;
    let tiers = home.tiers(admission.decimals)?;
    let signer = signer(home)?;
    let store = Store::open(&home.directory())?;
    let teller = Teller::new(store, signer, currency, root, clock)?;
    adopt(teller.books(), &tiers, clock())?;
    Ok(teller)
}

/// The office over the books, which nobody else may have open.
pub(super) fn office(home: &Home, clock: fn() -> Timestamp) -> Result<Office, Problem> {
    let tiers = home.tiers(admission(home)?.decimals)?;
    let store = Store::open(&home.directory())?;
    let keys = Keys::open(home.path())?;
    Ok(Office::open(store, keys, tiers, clock())?)
}

/// Our signing key, which must be the one that we applied with.
pub(super) fn signer(home: &Home) -> Result<Signer, Problem> {
    let signer = Signer::from_seed(&home.seed()?);
    if hex::encode(signer.public().0) != home.applied_with()? {
        return Err(Problem::usage(
            "keys/signing.hex is not the key this intermediary applied with: restore it."
                .to_owned(),
        ));
    }
    Ok(signer)
}

fn currency_and_root(admission: &Admission) -> Result<(Currency, PublicKey), Problem> {
    let mut root = [0; 32];
    let decoded = hex::decode_to_slice(&admission.root, &mut root);
    let currency = Currency::new(&admission.currency).filter(|_| decoded.is_ok());
    currency.map(|currency| (currency, PublicKey(root))).ok_or_else(|| {
        Problem::usage("The admission's root key or currency cannot be understood.".to_owned())
    })
}
