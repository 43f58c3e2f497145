//! The metrics page: plain HTTP, for the operator's network only. It shows counts, and names no
//! wallet, no token and no intermediary.

use super::measures::Requests;
use crate::office::Office;
use crate::pipeline::Measures;
use crate::rows::{Denominations, Total, Totals, Untraced};
use crate::store::{Fault, Measured, Store};
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use prometheus::core::Collector;
use prometheus::{IntGauge, IntGaugeVec, Opts, Registry, TextEncoder};
use std::sync::{Arc, Mutex, PoisonError};
use tender_proto::transport::Traffic;
use tokio::net::TcpListener;

/// Everything that is shown: what the process counts, and what the store holds.
pub struct Page {
    registry: Registry,
    shown: Mutex<Shown>,
    office: Arc<Office>,
    store: Arc<Store>,
    traffic: Arc<Traffic>,
}

/// What is looked up anew for every look at the page.
struct Shown {
    signed: IntGaugeVec,
    cashed: IntGaugeVec,
    claimed: IntGaugeVec,
    incidents: IntGauge,
    untraced: IntGauge,
    traffic: IntGaugeVec,
    room: IntGaugeVec,
    short: IntGauge,
}

impl Page {
    /// The page of a server. Its metrics are this server's, not the process's.
    pub fn new(
        office: Arc<Office>,
        store: Arc<Store>,
        traffic: Arc<Traffic>,
        requests: &Requests,
        measures: &Measures,
    ) -> Self {
        let registry = Registry::new();
        let shown = Shown::new();
        let collectors = requests.collectors().into_iter();
        for collector in collectors.chain(measures.collectors()).chain(shown.collectors()) {
            registry.register(collector).expect("every name is given once");
        }
        Self { registry, shown: Mutex::new(shown), office, store, traffic }
    }

    /// The page's text, as Prometheus reads it. Errors: the store's.
    pub fn text(&self) -> Result<String, Fault> {
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        self.store.scan::<Denominations>(|id, row| {
            let mut keys = self.office.manifest.value_keys();
            let Some((_, key)) = keys.find(|(known, _)| *known == id) else { return };
            let value = key.denomination.value.minor_units().to_string();
            let id: String = hex::encode(id.0).chars().take(16).collect();
            let labels = [value.as_str(), id.as_str()];
            shown.signed.with_label_values(&labels).set(number(row.signed.0));
            shown.cashed.with_label_values(&labels).set(number(row.cashed.0));
            shown.claimed.with_label_values(&labels).set(number(row.claimed.0));
        })?;
        self.store.scan::<Totals>(|total, count| {
            if total == Total::Incidents {
                shown.incidents.set(number(count.0));
            }
        })?;
        let mut untraced = 0;
        self.store.scan::<Untraced>(|_, _| untraced += 1)?;
        shown.untraced.set(untraced);
        for (what, count) in [
            ("open", self.traffic.open()),
            ("turned_away", self.traffic.turned_away()),
            ("handshake_failed", self.traffic.handshakes_failed()),
            ("accept_failed", self.traffic.accepts_failed()),
        ] {
            shown.traffic.with_label_values(&[what]).set(number(count));
        }
        let Measured { store_bytes, free_bytes, disk_bytes } = self.store.room().measured();
        for (what, bytes) in [("store", store_bytes), ("free", free_bytes), ("disk", disk_bytes)] {
            shown.room.with_label_values(&[what]).set(number(bytes));
        }
        shown.short.set(self.store.room().is_short().into());
        let text = TextEncoder::new().encode_to_string(&self.registry.gather());
        Ok(text.expect("every metric can be written as text"))
    }
}

/// Counts beyond what a gauge holds are shown as its largest.
fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl Shown {
    fn new() -> Self {
        let vector = |name, help, labels: &[&str]| {
            IntGaugeVec::new(Opts::new(name, help), labels).expect("the names are well formed")
        };
        let of = ["value", "denomination"];
        Self {
            signed: vector("tender_tokens_signed", "Tokens signed, of each denomination.", &of),
            cashed: vector("tender_tokens_cashed", "Tokens cashed, of each denomination.", &of),
            claimed: vector("tender_tokens_claimed", "Tokens paid to claims, of each.", &of),
            incidents: IntGauge::new("tender_incidents", "Double spends and reuses proved.")
                .expect("the name is well formed"),
            untraced: IntGauge::new("tender_untraced", "Slots that answered twice, of nobody.")
                .expect("the name is well formed"),
            traffic: vector("tender_connections", "Connections, by what became of them.", &["is"]),
            room: vector("tender_room_bytes", "The store's file, and its disk.", &["of"]),
            short: IntGauge::new("tender_room_short", "1 while too little room stops decisions.")
                .expect("the name is well formed"),
        }
    }

    fn collectors(&self) -> [Box<dyn Collector>; 8] {
        [
            Box::new(self.signed.clone()),
            Box::new(self.cashed.clone()),
            Box::new(self.claimed.clone()),
            Box::new(self.incidents.clone()),
            Box::new(self.untraced.clone()),
            Box::new(self.traffic.clone()),
            Box::new(self.room.clone()),
            Box::new(self.short.clone()),
        ]
    }
}

/// Shows the page to whoever asks, until it is dropped. Errors: the listener's.
pub async fn show(page: Arc<Page>, listener: TcpListener) -> std::io::Result<()> {
    let look = move || {
        let page = Arc::clone(&page);
        async move {
            let text = tokio::task::spawn_blocking(move || page.text()).await;
            match text {
                Ok(Ok(text)) => (StatusCode::OK, text),
                Ok(Err(fault)) => {
                    tracing::error!(%fault, "the metrics could not be read");
                    (StatusCode::SERVICE_UNAVAILABLE, String::new())
                }
                Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, String::new()),
            }
        }
    };
    axum::serve(listener, Router::new().route("/metrics", get(look))).await
}
