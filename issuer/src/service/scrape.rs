//! The metrics page: plain HTTP, for the operator's network only. It shows counts, and names no
//! wallet and no token; of intermediaries it tells who does not call.

use super::alerts::{Alert, BURST_WINDOW_S, Facts, SILENCE_S};
use super::callers::Callers;
use super::measures::Requests;
use crate::anchor::Freshness;
use crate::office::Office;
use crate::pipeline::Pipeline;
use crate::rows::{Denominations, Frozen, Intermediaries, Total, Untraced};
use crate::signer::Made;
use crate::store::{Fault, Measured, Store};
use crate::view::View;
use prometheus::core::Collector;
use prometheus::{IntCounter, IntGauge, IntGaugeVec, Opts, Registry};
use std::sync::{Arc, Mutex, PoisonError};
use tender_proto::metrics::Metrics;
use tender_proto::transport::Traffic;
use tender_token::date::Timestamp;

/// Everything that is shown: what the process counts, and what the store holds.
pub struct Page {
    registry: Registry,
    shown: Mutex<Shown>,
    looked_at: LookedAt,
}

/// Where the page looks.
#[derive(Clone)]
pub struct LookedAt {
    /// Which keys there are.
    pub office: Arc<Office>,
    /// The books.
    pub store: Arc<Store>,
    /// The connections.
    pub traffic: Arc<Traffic>,
    /// Who may call, and who called when.
    pub callers: Callers,
    /// What was asked and answered.
    pub requests: Requests,
    /// The queue, and the clock.
    pub pipeline: Pipeline,
    /// Until when the home's certificates are valid, as they were when the server started.
    pub certificates: Vec<(&'static str, Timestamp)>,
    /// When the anchor last held all that the store had.
    pub anchored: Arc<Freshness>,
}

/// What is looked up anew for every look at the page.
struct Shown {
    signed: IntGaugeVec,
    cashed: IntGaugeVec,
    claimed: IntGaugeVec,
    outstanding: IntGaugeVec,
    signatures: IntGaugeVec,
    facts: [IntGauge; FACTS.len()],
    alerts: IntGaugeVec,
    silences: IntGaugeVec,
    certificates: IntGaugeVec,
    traffic: IntGaugeVec,
    room: IntGaugeVec,
    short: IntGauge,
    syncs: IntCounter,
}

/// A metric: its name, what it tells, and where it is among the facts.
type Shows = (&'static str, &'static str, fn(&Facts) -> u64);

/// What alerts are decided from, as metrics.
const FACTS: [Shows; 12] = [
    ("tender_incidents", "Double spends and reuses proved.", |facts| facts.incidents),
    ("tender_untraced", "Slots that answered twice, of nobody.", |facts| facts.untraced),
    ("tender_frozen_keys", "Denominations that nothing is cashed under.", |facts| {
        facts.frozen_keys
    }),
    ("tender_capped_keys", "Slot and value keys that sign no more.", |facts| facts.capped_keys),
    ("tender_counterfeits_recent", "Counterfeits presented in the last minute.", |facts| {
        facts.counterfeits
    }),
    ("tender_callers_silent", "Admitted intermediaries that do not call.", |facts| {
        facts.silent_callers
    }),
    ("tender_waiting_requests", "Requests that are not decided yet.", |facts| facts.queued),
    ("tender_oldest_request_seconds", "For how long the oldest of them waits.", |facts| {
        facts.oldest_request_s
    }),
    ("tender_clock_behind_seconds", "How far the clock is behind ledger time.", |facts| {
        facts.clock_behind_s
    }),
    ("tender_clock_ahead_seconds", "How far a jump went that is not followed.", |facts| {
        facts.clock_ahead_s
    }),
    ("tender_clock_gap_seconds", "How far it was from the books at the start.", |facts| {
        facts.clock_gap_s
    }),
    ("tender_anchor_age_seconds", "Since the anchor last held all that the store had.", |facts| {
        facts.anchor_age_s
    }),
];

impl Page {
    /// The page of a server. Its metrics are this server's, not the process's.
    pub fn new(looked_at: LookedAt) -> Self {
        let registry = Registry::new();
        let shown = Shown::new();
        let LookedAt { requests, pipeline, .. } = &looked_at;
        let collectors = requests.collectors().into_iter();
        let collectors = collectors.chain(pipeline.measures().collectors());
        for collector in collectors.chain(shown.collectors()) {
            registry.register(collector).expect("every name is given once");
        }
        Self { registry, shown: Mutex::new(shown), looked_at }
    }

    /// What is measured, looked up now. Errors: the store's.
    pub fn look(&self) -> Result<Metrics, Fault> {
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let LookedAt { office, store, traffic, .. } = &self.looked_at;
        store.scan::<Denominations>(|id, row| {
            let mut keys = office.manifest.value_keys();
            let Some((_, key)) = keys.find(|(known, _)| *known == id) else { return };
            let worth = key.denomination.value.minor_units();
            let value = worth.to_string();
            let id: String = hex::encode(id.0).chars().take(16).collect();
            let labels = [value.as_str(), id.as_str()];
            shown.signed.with_label_values(&labels).set(number(row.signed.0));
            shown.cashed.with_label_values(&labels).set(number(row.cashed.0));
            shown.claimed.with_label_values(&labels).set(number(row.claimed.0));
            let out = row.outstanding().saturating_mul(worth);
            shown.outstanding.with_label_values(&labels).set(number(out));
        })?;
        let silences = self.looked_at.callers.silences(self.looked_at.pipeline.now());
        // Whoever is admitted no more is not looked for any more.
        shown.silences.reset();
        store.scan::<Intermediaries>(|id, row| {
            if let Some(silence_s) = silences.get(&id) {
                shown.silences.with_label_values(&[&row.name.0]).set(number(*silence_s));
            }
        })?;
        for (name, days) in self.days_left() {
            shown.certificates.with_label_values(&[name]).set(days.into());
        }
        let facts = self.facts(silences.values().copied())?;
        shown.tell(&facts);
        for (what, count) in [
            ("open", traffic.open()),
            ("turned_away", traffic.turned_away()),
            ("handshake_failed", traffic.handshakes_failed()),
            ("accept_failed", traffic.accepts_failed()),
        ] {
            shown.traffic.with_label_values(&[what]).set(number(count));
        }
        for Made { key, signatures, .. } in office.signer.made() {
            shown
                .signatures
                .with_label_values(&[key.trim_end_matches(".der")])
                .set(number(signatures));
        }
        let Measured { store_bytes, free_bytes, disk_bytes } = store.room().measured();
        for (what, bytes) in [("store", store_bytes), ("free", free_bytes), ("disk", disk_bytes)] {
            shown.room.with_label_values(&[what]).set(number(bytes));
        }
        shown.short.set(store.room().is_short().into());
        shown.syncs.inc_by(store.syncs().saturating_sub(shown.syncs.get()));
        Ok(Metrics::of(&self.registry))
    }

    /// For how many days each certificate of the home is valid.
    fn days_left(&self) -> impl Iterator<Item = (&'static str, u32)> {
        let today = self.looked_at.pipeline.now().day();
        let left = move |end: Timestamp| end.day().0.saturating_sub(today.0);
        self.looked_at.certificates.iter().map(move |(name, end)| (*name, left(*end)))
    }

    /// What alerts are decided from, now. Errors: the store's.
    fn facts(&self, silences_s: impl Iterator<Item = u64>) -> Result<Facts, Fault> {
        let LookedAt { office, store, requests, pipeline, .. } = &self.looked_at;
        let clock = pipeline.clock().look();
        let now = clock.time;
        let mut view = View::default();
        view.totals.want(Total::Incidents);
        store.load(&mut view)?;
        let incidents = view.totals.get(&Total::Incidents).copied().unwrap_or_default();
        view.incidents.want(incidents);
        store.load(&mut view)?;
        let incident = view.incidents.get(&incidents).map(|row| row.time);
        let (mut untraced, mut frozen_keys) = (0, 0);
        store.scan::<Untraced>(|_, _| untraced += 1)?;
        store.scan::<Frozen>(|_, _| frozen_keys += 1)?;
        let silent = silences_s.filter(|silence_s| *silence_s >= SILENCE_S).count();
        let capped = office.signer.made().into_iter().filter(|made| made.is_capped).count();
        let (queued, oldest) = pipeline.measures().waiting();
        Ok(Facts {
            silent_callers: u64::try_from(silent).unwrap_or(u64::MAX),
            oldest_request_s: oldest.map_or(0, |since| now.0.saturating_sub(since.0)),
            queued: u64::try_from(queued).unwrap_or(u64::MAX),
            counterfeits: requests.counterfeits(now, BURST_WINDOW_S),
            incidents: incidents.0,
            since_incident_s: incident.map(|time| now.0.saturating_sub(time.0)),
            untraced,
            frozen_keys,
            capped_keys: u64::try_from(capped).unwrap_or(u64::MAX),
            full_callers: pipeline.measures().full(),
            clock_behind_s: clock.behind_s,
            clock_ahead_s: clock.ahead_s,
            clock_gap_s: pipeline.clock().gap_s(),
            anchor_age_s: self.looked_at.anchored.age().as_secs(),
            disk_is_short: store.room().is_short(),
            certificate_days_left: self.days_left().map(|(_, days)| days).min(),
        })
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
            outstanding: vector(
                "tender_outstanding_minor_units",
                "Value signed and neither cashed nor claimed, of each denomination.",
                &of,
            ),
            signatures: vector(
                "tender_key_signatures",
                "Signatures of each slot and value key, repeated and lost ones too.",
                &["key"],
            ),
            facts: FACTS.map(|(name, help, _)| {
                IntGauge::new(name, help).expect("the names are well formed")
            }),
            alerts: vector("tender_issuer_alert", "1 while the alert stands.", &["alert"]),
            silences: vector(
                "tender_caller_silence_seconds",
                "For how long each admitted intermediary has not called.",
                &["intermediary"],
            ),
            certificates: vector(
                "tender_certificate_days_left",
                "For how many days the home's certificates are valid.",
                &["certificate"],
            ),
            traffic: vector("tender_connections", "Connections, by what became of them.", &["is"]),
            room: vector("tender_room_bytes", "The store's files, and their disk.", &["of"]),
            short: IntGauge::new("tender_room_short", "1 while too little room stops decisions.")
                .expect("the name is well formed"),
            syncs: IntCounter::new("tender_store_syncs_total", "Syncs of the store's files.")
                .expect("the name is well formed"),
        }
    }

    fn tell(&self, facts: &Facts) {
        for (gauge, (_, _, fact)) in self.facts.iter().zip(FACTS) {
            gauge.set(number(fact(facts)));
        }
        for alert in Alert::ALL {
            let stands = i64::from(alert.stands(facts));
            self.alerts.with_label_values(&[alert.name()]).set(stands);
        }
    }

    fn collectors(&self) -> Vec<Box<dyn Collector>> {
        let vectors = [
            &self.signed,
            &self.cashed,
            &self.claimed,
            &self.outstanding,
            &self.signatures,
            &self.alerts,
            &self.silences,
            &self.certificates,
            &self.traffic,
            &self.room,
        ];
        let vectors = vectors.into_iter().map(|one| Box::new(one.clone()) as Box<dyn Collector>);
        let gauges = self
            .facts
            .iter()
            .chain([&self.short])
            .map(|one| Box::new(one.clone()) as Box<dyn Collector>);
        let syncs = Box::new(self.syncs.clone()) as Box<dyn Collector>;
        vectors.chain(gauges).chain([syncs]).collect()
    }
}
