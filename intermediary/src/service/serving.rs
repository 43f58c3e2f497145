//! Serving: the door, the layers and the services put together, and taken down in order.

use super::Service;
use super::desk::{Attended, Desk};
use super::gate::Gatekeeper;
use super::page::{LookedAt, Page};
use super::rates::Rates;
use crate::anchor;
use crate::journal::{Journal, Stuck};
use crate::teller::Teller;
use crate::upstream::Upstream;
use crate::verbs::purchase::Stock;
use rand_core::CryptoRng;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tender_proto::certificate::Credential;
use tender_proto::transport::{
    self, Answered, Bounds, Gate, REPLY_BYTES_MAX, Traced, Traffic, Unusable,
    WALLET_MESSAGE_BYTES_MAX,
};
use tender_proto::wire::intermediary_server::IntermediaryServer;
use tender_store::Measured;
use tender_token::amount::Amount;
use tokio::net::{TcpListener, UnixListener};
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;
use tonic_reflection::server::v1::{ServerReflection, ServerReflectionServer};

/// How long requests under way may take after the stop. Their state changes go on in the journal.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long those who watch the server's health get to hear that it stops, before it does.
const NOTICE: Duration = Duration::from_millis(200);
/// How long a wallet usually waits for the issuer before it is told that its request is pending.
pub const USUAL_PATIENCE: Duration = Duration::from_secs(3);
/// How often the room on the disk is measured.
const TICK: Duration = Duration::from_secs(1);

/// Why serving ended other than by being stopped.
#[derive(Debug, thiserror::Error)]
pub enum Ended {
    /// There is no manifest, neither in the books nor from the issuer.
    #[error("no manifest is in the books yet, and none came from the issuer: {0}")]
    NoTrust(#[source] Stuck),
    /// The issuer refuses us, which no waiting mends.
    #[error(transparent)]
    NotAdmitted(Stuck),
    /// The server cannot run.
    #[error("the server cannot run: {0}")]
    Transport(#[from] tonic::transport::Error),
    /// Our certificate cannot be used.
    #[error(transparent)]
    Certificate(#[from] Unusable),
    /// The schemas cannot be shown.
    #[error("the schemas cannot be shown: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// A listener cannot be used.
    #[error("the listener cannot be used: {0}")]
    Listener(#[from] std::io::Error),
    /// The books failed.
    #[error("the books failed; nothing that was answered is lost")]
    Books,
}

/// What serving needs.
pub struct Serving {
    /// The teller over the open books.
    pub teller: Teller,
    /// The issuer.
    pub upstream: Upstream,
    /// Our certificate towards wallets.
    pub credential: Credential,
    /// Where wallets connect.
    pub listener: TcpListener,
    /// Under which conditions.
    pub terms: Terms,
}

/// Under which conditions wallets are served, and what operators see of it.
pub struct Terms {
    /// How much of the server callers may take up.
    pub bounds: Bounds,
    /// How much they may ask for.
    pub rates: Rates,
    /// How long a wallet waits for the issuer before it is told that its request is pending.
    pub patience: Duration,
    /// Whether the server tells what it can be asked.
    pub reflection: bool,
    /// Where the metrics are shown, in plain HTTP, if they are.
    pub metrics: Option<TcpListener>,
    /// Where the operator's commands come in, if they do.
    pub desk: Option<Attended>,
    /// The books' folder, where the anchor follows them, and the share of its disk below which
    /// nothing new is begun.
    pub home: Option<(PathBuf, u8)>,
    /// Below this the vault is low.
    pub vault_low: Option<Amount>,
    /// To this it is filled by orders, if any are to be made.
    pub vault_fill: Option<Amount>,
}

impl Terms {
    /// The usual bounds and rates, and nothing else.
    #[must_use]
    pub fn usual() -> Self {
        Self {
            bounds: Bounds::WALLETS,
            rates: Rates::new(Rates::ADDRESS, Rates::DEVICE),
            patience: USUAL_PATIENCE,
            reflection: false,
            metrics: None,
            desk: None,
            home: None,
            vault_low: None,
            vault_fill: None,
        }
    }
}

/// Serves until `stop`: takes up what is open, keeps the mirror, answers wallets. Then, in this
/// order: says that it is not serving, takes no more connections, lets requests under way end,
/// looks at the statement once more. `ready` is told the address once wallets can connect.
/// Errors: [`Ended`].
pub async fn serve(
    serving: Serving,
    rng: impl CryptoRng + Clone + Send + 'static,
    ready: impl FnOnce(SocketAddr),
    stop: impl Future<Output = ()>,
) -> Result<(), Ended> {
    let Serving { teller, upstream, credential, listener, terms } = serving;
    let teller = Arc::new(teller);
    let stock = terms.vault_low.zip(terms.vault_fill).map(|(low, fill)| Stock { low, fill });
    let journal = Arc::new(Journal::new(Arc::clone(&teller), upstream).keeping(stock));
    begin_to_trust(&teller, &journal).await?;
    let Terms { bounds, rates, patience, reflection, metrics, desk, home, vault_low, .. } = terms;
    if let Some((folder, free_percent_min)) = &home {
        measure(&teller, folder, *free_percent_min)?;
    }
    let address = listener.local_addr()?;
    let (traffic, answered) = (Arc::new(Traffic::default()), Answered::new());
    let page = Arc::new(Page::new(LookedAt {
        teller: Arc::clone(&teller),
        journal: Arc::clone(&journal),
        traffic: Arc::clone(&traffic),
        answered: answered.clone(),
        vault_low,
    }));
    let incoming = transport::incoming(listener, &credential, None, bounds, traffic)?;
    let (reporter, health) = tonic_health::server::health_reporter();
    report(&reporter, ServingStatus::Serving).await;
    let service = Service::new(&journal, &teller, patience, rng.clone());
    let reflection = if reflection { Some(reflected()?) } else { None };
    let (stopping, mut stopped) = tokio::sync::watch::channel(false);
    let drained = async move {
        let _ = stopped.wait_for(|stopped| *stopped).await;
    };
    let router = transport::server()
        .layer(Traced)
        .layer(Gate(Gatekeeper::new(rates, answered)))
        .add_service(bounded(service))
        .add_service(health)
        .add_optional_service(reflection);
    let mut answering = std::pin::pin!(router.serve_with_incoming_shutdown(incoming, drained));
    let looping = tokio::spawn(Arc::clone(&journal).run(rng));
    let desk = desk.map(|Attended { listener, owner, clerk }| {
        (Desk::new(&journal, clerk, owner, &page), listener)
    });
    let beside = beside(&teller, &page, home.clone(), metrics, desk);
    ready(address);
    let ended = tokio::select! {
        ended = &mut answering => ended.map_err(Ended::from),
        error = beside => Err(Ended::Listener(error)),
        () = journal.broken() => Err(Ended::Books),
        () = stop => Ok(()),
    };
    report(&reporter, ServingStatus::NotServing).await;
    if ended.is_ok() {
        let _ = tokio::time::timeout(NOTICE, &mut answering).await;
    }
    stopping.send_replace(true);
    looping.abort();
    if ended.is_ok() {
        let _ = tokio::time::timeout(PATIENCE, &mut answering).await;
        // A last look at the statement, so that the books rest compared; it is no loss without.
        let _ = tokio::time::timeout(PATIENCE, journal.catch_up()).await;
    }
    if let Some((folder, _)) = home {
        anchor::follow(&folder, teller.store());
    }
    ended
}

/// A service that reads and writes no message beyond its size.
fn bounded(service: Service) -> IntermediaryServer<Service> {
    IntermediaryServer::new(service)
        .max_decoding_message_size(WALLET_MESSAGE_BYTES_MAX)
        .max_encoding_message_size(REPLY_BYTES_MAX)
}

/// Errors: [`Ended`], if there is no manifest, or nothing to serve for.
async fn begin_to_trust(teller: &Teller, journal: &Journal) -> Result<(), Ended> {
    if let Err(stuck) = journal.refresh_trust().await {
        if stuck.is_not_admitted() {
            return Err(Ended::NotAdmitted(stuck));
        }
        if teller.trusted().is_none() {
            return Err(Ended::NoTrust(stuck));
        }
        tracing::warn!(%stuck, "serving with the manifest in the books");
    }
    Ok(())
}

/// What goes on beside the wallets: the disk is measured, operators see and are answered. Ends only
/// with an error of the metrics' listener.
async fn beside(
    teller: &Teller,
    page: &Arc<Page>,
    home: Option<(PathBuf, u8)>,
    metrics: Option<TcpListener>,
    desk: Option<(Desk, UnixListener)>,
) -> std::io::Error {
    let measuring = async {
        let Some((folder, free_percent_min)) = home else { return std::future::pending().await };
        let mut interval = tokio::time::interval(TICK);
        loop {
            interval.tick().await;
            if let Err(error) = measure(teller, &folder, free_percent_min) {
                tracing::error!(%error, "the disk could not be measured; trying again");
            }
            anchor::follow(&folder, teller.store());
        }
    };
    let showing = async {
        let Some(listener) = metrics else { return std::future::pending().await };
        let page = Arc::clone(page);
        let shown = transport::show_page(listener, move || page.look()).await;
        shown.err().unwrap_or_else(|| std::io::ErrorKind::NotConnected.into())
    };
    let attending = async {
        let Some((desk, listener)) = desk else { return std::future::pending().await };
        desk.attend(listener).await;
    };
    tokio::select! {
        () = measuring => std::future::pending().await,
        error = showing => error,
        () = attending => std::future::pending().await,
    }
}

/// Measures the room, and tells when it begins or ceases to be short. Errors: the file system's.
fn measure(teller: &Teller, folder: &Path, free_percent_min: u8) -> std::io::Result<()> {
    let measured = Measured::read(folder)?;
    let Measured { free_bytes, disk_bytes, .. } = measured;
    let room = teller.store().room();
    if room.found(measured, free_percent_min) {
        if room.is_short() {
            tracing::error!(free_bytes, disk_bytes, "the disk is nearly full; nothing is begun");
        } else {
            tracing::warn!(free_bytes, disk_bytes, "the disk has room again");
        }
    }
    Ok(())
}

/// What the server can be asked, as its schemas say it.
fn reflected()
-> Result<ServerReflectionServer<impl ServerReflection>, tonic_reflection::server::Error> {
    tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(tender_proto::SCHEMAS)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .build_v1()
}

/// Tells the health of the whole server and of its service, which is the same.
async fn report(reporter: &HealthReporter, status: ServingStatus) {
    reporter.set_service_status("", status).await;
    reporter.set_service_status("tender.v1.Intermediary", status).await;
}
