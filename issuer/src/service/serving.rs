//! Serving: the door, the layers and the services put together, and taken down in order.

use super::Service;
use super::gate::Gatekeeper;
use super::operator::OperatorService;
use super::operator::copies::Copies;
use super::scrape::{LookedAt, Page};
use crate::pipeline::{Ended, Pipeline, Running};
use std::sync::Arc;
use std::time::Duration;
use tender_proto::certificate::Credential;
use tender_proto::transport::{
    self, Bounds, Gate, REPLY_BYTES_MAX, TIER_MESSAGE_BYTES_MAX, Traced, Traffic, Unusable,
};
use tender_proto::wire::issuer_server::IssuerServer;
use tender_proto::wire::operator_server::OperatorServer;
use tender_token::date::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;
use tonic_reflection::server::v1::{ServerReflection, ServerReflectionServer};

/// How long connections get to end when the server stops. Their requests are answered in the store.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long those who watch the server's health get to hear that it stops, before it does.
const NOTICE: Duration = Duration::from_millis(200);
/// How often claims are looked for that are due, when nobody asks for anything.
const TICK: Duration = Duration::from_mins(1);

/// Why serving ended before anybody asked for it.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The writer ended; the process must end too.
    #[error(transparent)]
    Writer(#[from] Ended),
    /// The listener cannot be used.
    #[error("the server cannot run: {0}")]
    Transport(#[from] tonic::transport::Error),
    /// A certificate cannot be used.
    #[error(transparent)]
    Certificate(#[from] Unusable),
    /// The schemas cannot be shown.
    #[error("the schemas cannot be shown: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// The metrics' listener cannot be used.
    #[error("the metrics cannot be shown: {0}")]
    Metrics(#[source] std::io::Error),
}

/// Where and under which conditions the issuer listens.
#[derive(Debug)]
pub struct Listening {
    /// Where callers connect.
    pub listener: TcpListener,
    /// The server's certificate and key.
    pub own: Credential,
    /// Whose certificates callers must show, PEM.
    pub authority: String,
    /// How much of the server callers may take up.
    pub bounds: Bounds,
    /// Whether the server tells what it can be asked.
    pub reflection: bool,
    /// Where the metrics are shown, in plain HTTP, if they are.
    pub metrics: Option<TcpListener>,
    /// Until when the home's certificates are valid, by their names.
    pub certificates: Vec<(&'static str, Timestamp)>,
    /// Where operators may have the store copied to.
    pub copies: Copies,
}

impl Service {
    /// Serves until `stop` resolves or the writer ends. Then, in this order: says that it is not
    /// serving, takes no more connections, lets requests under way end, ends the writer.
    /// Errors: [`Failure`].
    pub async fn run(
        self,
        listening: Listening,
        mut writer: Running,
        stop: impl Future<Output = ()>,
    ) -> Result<(), Failure> {
        let Listening { listener, own, authority, bounds, reflection, metrics, .. } = listening;
        let Listening { certificates, copies, .. } = listening;
        let traffic = Arc::new(Traffic::default());
        let page = self.page(&traffic, certificates);
        let shown_at = metrics.map(|listener| (Arc::clone(&page), listener));
        let door = transport::incoming(listener, &own, Some(&authority), bounds, traffic)?;
        let (reporter, health) = tonic_health::server::health_reporter();
        report(&reporter, ServingStatus::Serving).await;
        let clock = Arc::clone(self.pipeline.clock());
        let gate = Gate(Gatekeeper::new(self.callers.clone(), self.requests.clone(), clock));
        let operator = OperatorServer::new(OperatorService::new(&self, page, copies))
            .max_encoding_message_size(REPLY_BYTES_MAX);
        let pipeline = self.pipeline.clone();
        let issuer = IssuerServer::new(self)
            .max_decoding_message_size(TIER_MESSAGE_BYTES_MAX)
            .max_encoding_message_size(REPLY_BYTES_MAX);
        let reflection = if reflection { Some(reflected()?) } else { None };
        let (tell, told) = oneshot::channel::<()>();
        let ended = async {
            tokio::select! {
                () = stop => {}
                () = writer.ended() => tracing::error!("the writer ended; the server stops"),
            }
            report(&reporter, ServingStatus::NotServing).await;
            tokio::time::sleep(NOTICE).await;
            drop(tell);
        };
        let patience = async {
            let _told = told.await;
            tokio::time::sleep(PATIENCE).await;
        };
        let serving = transport::server()
            .layer(Traced)
            .layer(gate)
            .add_service(issuer)
            .add_service(operator)
            .add_service(health)
            .add_optional_service(reflection)
            .serve_with_incoming_shutdown(door, ended);
        tokio::select! {
            served = serving => served?,
            failed = shown(shown_at) => return Err(failed),
            () = ticks(&pipeline) => {}
            () = patience => tracing::warn!("connections that did not end are dropped"),
        }
        Ok(writer.stop()?)
    }

    fn page(
        &self,
        traffic: &Arc<Traffic>,
        certificates: Vec<(&'static str, Timestamp)>,
    ) -> Arc<Page> {
        Arc::new(Page::new(LookedAt {
            office: Arc::clone(&self.office),
            store: Arc::clone(&self.store),
            traffic: Arc::clone(traffic),
            callers: self.callers.clone(),
            requests: self.requests.clone(),
            pipeline: self.pipeline.clone(),
            certificates,
            anchored: Arc::clone(&self.anchored),
        }))
    }
}

/// Ticks at once and then for ever.
async fn ticks(pipeline: &Pipeline) {
    let mut interval = tokio::time::interval(TICK);
    loop {
        interval.tick().await;
        pipeline.tick();
    }
}

/// Shows the metrics if they are to be shown, and ends only when that fails.
async fn shown(page: Option<(Arc<Page>, TcpListener)>) -> Failure {
    match page {
        None => std::future::pending().await,
        Some((page, listener)) => match transport::show_page(listener, move || page.look()).await {
            Ok(()) => std::future::pending().await,
            Err(error) => Failure::Metrics(error),
        },
    }
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
    reporter.set_service_status("tender.v1.Issuer", status).await;
}
