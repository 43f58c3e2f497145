//! `serve`: answers intermediaries until told to stop.

use super::Serving as Arguments;
use super::certificate;
use super::founded::{
    AUTHORITY, Founded, SERVER, read_certificate, read_credential, read_root, unread, unwritten,
};
use super::outcome::{Failure, Outcome};
use super::passphrase::{Whose, known};
use super::today::Today;
use crate::anchor::{self, Freshness};
use crate::batch::Writer;
use crate::clock::{GAP_TOLD_S, LedgerClock};
use crate::home::{Anchored, Home};
use crate::pipeline::Pipeline;
use crate::publisher::Publisher;
use crate::rows::Staff;
use crate::service::callers::{Callers, Rate};
use crate::service::operator::copies::Copies;
use crate::service::operator::{duty, role};
use crate::service::roles::Role;
use crate::service::{Listening, Service};
use crate::watch::{Watch, Watched};
use rand_core::CryptoRng;
use serde_json::json;
use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use tender_proto::transport::{Bounds, stopped, usable};
use tender_token::date::calendar::iso;

/// Threads that read requests: more wait their turn instead of crowding out the writer.
const BLOCKING_THREADS_MAX: usize = 8;

/// Serves. Prints one line when it is ready.
pub fn run<R: CryptoRng + Clone + Send + Sync + 'static>(
    home: &Home,
    arguments: &Arguments,
    passphrase: Option<&Path>,
    json: bool,
    today: Today,
    rng: R,
) -> Result<Outcome, Failure> {
    let founded = Founded::open(home)?;
    let clock = founded.clock(today)?;
    tell_gap(&clock);
    let mut lock = known(Whose::Issuer, passphrase)?;
    let office = Arc::new(founded.office(home, &mut lock, arguments.recount)?);
    let own = read_credential(home, SERVER, &mut lock)?;
    drop(lock);
    let authority = read_certificate(home, AUTHORITY)?;
    let certificates = certificate::ends(home);
    // Whoever waits for the line that says so must find a server that answers.
    usable(&own, &authority)
        .map_err(|error| Failure::fault(format!("nobody could connect: {error}")))?;
    let callers = Callers::new(roles(&founded)?, Rate::DEFAULT);
    founded.store.scan::<Staff>(|fingerprint, row| callers.set(fingerprint, duty(&row)))?;
    let address = arguments.listen.as_ref().unwrap_or(&founded.config.listen);
    let (listener, bound) = bind(address, "listen")?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(BLOCKING_THREADS_MAX)
        .build()
        .map_err(|error| Failure::fault(format!("no runtime could be started: {error}")))?;
    let _inside = runtime.enter();
    let listener = served(listener, address)?;
    let metrics = founded.config.metrics.as_deref().map(|address| {
        let (listener, bound) = bind(address, "show metrics, as `metrics` in issuer.toml says,")?;
        tracing::info!(%bound, "metrics are shown");
        served(listener, address)
    });
    let metrics = metrics.transpose()?;
    let stop = stopped(arguments.until_stdin_closes)
        .map_err(|error| Failure::fault(format!("signals cannot be received: {error}")))?;
    let store = Arc::new(founded.store);
    let anchored = Arc::new(Freshness::new(clock.clocks()));
    let refusals_max = founded.config.refusals_max;
    let writer = Writer::new(Arc::clone(&office), Arc::clone(&store), rng, refusals_max)?;
    let (pipeline, running) = Pipeline::start(writer, clock)
        .map_err(|error| Failure::fault(format!("the writer cannot be started: {error}")))?;
    let publisher = Publisher::new(home.clone(), read_root(home)?);
    let (served, currency) = (Arc::clone(&store), founded.config.currency);
    let watched = Watched {
        home: home.clone(),
        store: Arc::clone(&store),
        anchored: Arc::clone(&anchored),
        clock: Arc::clone(pipeline.clock()),
        free_percent_min: founded.config.disk_free_percent,
    };
    let service = Service::new(office, served, pipeline, callers, currency, publisher, anchored);
    home.write_serving(&bound.to_string()).map_err(|error| unwritten(home.folder(), &error))?;
    let watch = Watch::start(watched).map_err(|error| unwritten(home.folder(), &error))?;
    announce(bound, json)?;
    let bounds = Bounds::TIERS;
    let reflection = founded.config.reflection;
    let aside = home.aside().map_err(|error| unread(home.folder(), &error))?;
    let copies = Copies { backups: home.folder().join(&founded.config.backups), aside };
    let listening =
        Listening { listener, own, authority, bounds, reflection, metrics, certificates, copies };
    runtime.block_on(service.run(listening, running, stop))?;
    drop(watch);
    anchor::raise(home, Anchored::Served, &store)?;
    Ok(Outcome::SILENT)
}

/// Tells that the clock is days from the books, which an issuer that stood still is, and one whose
/// clock is wrong.
fn tell_gap(clock: &LedgerClock) {
    let (gap_s, now) = (clock.gap_s(), clock.now());
    if gap_s > GAP_TOLD_S {
        let (days, today) = (gap_s / GAP_TOLD_S, iso(now.day()));
        tracing::warn!(
            days,
            today,
            "CLOCK: the clock is days from the books; unless the issuer stood still for as long, \
             stop it and mend the clock before claims are paid too early"
        );
    }
}

/// The intermediaries' certificates, and what each stands for. Errors: the store's.
fn roles(founded: &Founded) -> Result<Vec<([u8; 32], Role)>, Failure> {
    let intermediaries = founded.intermediaries()?.into_iter();
    Ok(intermediaries.map(|(id, row)| (row.fingerprint, role(id, &row))).collect())
}

/// Takes the address. Errors: wrong usage, if it is none; a fault that names it and what it was
/// wanted for, for example because it is in use.
fn bind(address: &str, to_do: &str) -> Result<(TcpListener, SocketAddr), Failure> {
    let bound = TcpListener::bind(address).and_then(|listener| {
        listener.set_nonblocking(true)?;
        let bound = listener.local_addr()?;
        Ok((listener, bound))
    });
    bound.map_err(|error| {
        let sentence = format!("cannot {to_do} on {address}: {error}");
        // Nothing that is written so will ever be an address.
        let is_none = error.kind() == std::io::ErrorKind::InvalidInput;
        if is_none { Failure::usage(sentence) } else { Failure::fault(sentence) }
    })
}

/// A listener for the runtime that is entered. Errors: a fault that names its address.
fn served(listener: TcpListener, address: &str) -> Result<tokio::net::TcpListener, Failure> {
    tokio::net::TcpListener::from_std(listener)
        .map_err(|error| Failure::fault(format!("{address} cannot be served: {error}")))
}

fn announce(bound: SocketAddr, json: bool) -> Result<(), Failure> {
    let line = if json {
        json!({ "listening": bound.to_string() }).to_string()
    } else {
        format!("listening on {bound}")
    };
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")
        .and_then(|()| out.flush())
        .map_err(|error| Failure::fault(format!("standard output is closed: {error}")))
}
