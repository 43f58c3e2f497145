//! The commands, each from its arguments to what it prints.

use super::Output;
use super::problem::Problem;
use crate::audit::{Holder, examine};
use crate::home::{self, Config, Contents, Home};
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
use tender_proto::invitation::Invitation;
use tender_proto::transport::SERVER_NAME;
use tender_token::amount::{Amount, Currency};
use tender_token::date::Timestamp;
use tender_token::signature::PublicKey;

/// What an account may begin with, in minor units: far above any, far below where sums would
/// overflow.
const OPENING_BALANCE_MAX: Amount = Amount::from_minor_units(1 << 60);
const NAME_LETTERS_MAX: usize = 64;

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

/// Opens an account. The invitation is written first: its code works once the books know it.
pub fn add_customer(
    home: &Home,
    name: &str,
    balance: &str,
    out: &Path,
    clock: fn() -> Timestamp,
    rng: &mut impl CryptoRng,
) -> Result<Output, Problem> {
    let admission = admission(home)?;
    let opened = Amount::parse_decimal(balance, admission.decimals).ok_or_else(|| {
        Problem::usage(format!("{balance} is no amount of {}.", admission.currency))
    })?;
    if !is_name(name) {
        return Err(Problem::usage(format!("{name:?} is no name: write 1 to 64 visible letters.")));
    }
    if opened > OPENING_BALANCE_MAX {
        return Err(Problem::usage(format!("{balance} is more than an account may begin with.")));
    }
    let teller = teller(home, &admission, clock)?;
    let customers = store::customers(teller.store())?;
    if customers.iter().any(|(_, customer)| customer.name == name) {
        return Err(Problem::usage(format!("There is a customer named {name} already.")));
    }
    if out.exists() {
        let out = out.display();
        return Err(Problem::usage(format!("{out} is there already: nothing was changed.")));
    }
    let mut code = [0; 16];
    rng.fill_bytes(&mut code);
    let code = hex::encode(code);
    let Config { name: intermediary, listen } = home.config()?;
    let invitation = Invitation {
        intermediary,
        registrar: hex::encode(teller.registrar().0),
        address: listen,
        authority: home.authority()?.certificate,
        root: admission.root.clone(),
        currency: admission.currency.clone(),
        decimals: admission.decimals,
        code: code.clone(),
    };
    home::write_private(out, &home::to_toml(&invitation))?;
    let customer = teller.add_customer(name, opened, &code)?;
    let out = out.display().to_string();
    let shown = format!("{} {}", opened.to_decimal(admission.decimals), admission.currency);
    Ok(Output {
        sentence: format!("{name} has an account with {shown}; {out} invites a wallet once."),
        object: json!({
            "customer": customer.0,
            "name": name,
            "balance": opened.minor_units(),
            "invitation": out,
        }),
    })
}

/// Lists all accounts.
pub fn list_customers(home: &Home) -> Result<Output, Problem> {
    let decimals = admission(home)?.decimals;
    let customers = store::customers(&Store::open(&home.directory())?)?;
    let lines = customers.iter().map(|(id, customer)| {
        let [balance, held] =
            [customer.balance, customer.held].map(|amount| amount.to_decimal(decimals));
        let enrolled = if customer.enrolled { "enrolled" } else { "invited" };
        format!("{:>6}  {:<24} {balance:>14} {held:>14} held  {enrolled}", id.0, customer.name)
    });
    let sentence = lines.collect::<Vec<_>>().join("\n");
    let holders: Vec<_> = customers.iter().map(|(id, row)| Holder::new(*id, row)).collect();
    Ok(Output { sentence, object: json!({ "customers": holders }) })
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

fn admission(home: &Home) -> Result<Admission, Problem> {
    home.config()?;
    home.admission()?.ok_or_else(|| {
        Problem::usage("The issuer's admission is missing: join with it first.".to_owned())
    })
}

fn teller(home: &Home, admission: &Admission, clock: fn() -> Timestamp) -> Result<Teller, Problem> {
    let (currency, root) = currency_and_root(admission)?;
    let store = Store::open(&home.directory())?;
    let signer = Signer::from_seed(&home.seed()?);
    if hex::encode(signer.public().0) != home.applied_with()? {
        return Err(Problem::usage(
            "keys/signing.hex is not the key this intermediary applied with: restore it."
                .to_owned(),
        ));
    }
    Ok(Teller::new(store, signer, currency, root, clock)?)
}

fn currency_and_root(admission: &Admission) -> Result<(Currency, PublicKey), Problem> {
    let mut root = [0; 32];
    let decoded = hex::decode_to_slice(&admission.root, &mut root);
    let currency = Currency::new(&admission.currency).filter(|_| decoded.is_ok());
    currency.map(|currency| (currency, PublicKey(root))).ok_or_else(|| {
        Problem::usage("The admission's root key or currency cannot be understood.".to_owned())
    })
}

/// Whether a person can read the name, on a terminal too.
fn is_name(name: &str) -> bool {
    let length = name.chars().count();
    (1..=NAME_LETTERS_MAX).contains(&length)
        && name.trim() == name
        && !name.chars().any(char::is_control)
}
