//! The metrics page. It shows counts and sums of the bank as a whole, and names no customer, no
//! wallet and no token.

use super::alerts::{Alert, Facts};
use crate::books::Failed;
use crate::journal::Journal;
use crate::rows::{AccusedWallets, Differences, Unreconciled};
use crate::teller::Teller;
use prometheus::core::Collector;
use prometheus::{IntGauge, IntGaugeVec, Opts, Registry};
use std::sync::{Arc, Mutex, PoisonError};
use tender_proto::metrics::Metrics;
use tender_proto::transport::{Answered, Traffic};
use tender_store::Measured;
use tender_token::amount::Amount;

/// Everything that is shown: what the process counts, and what the books hold.
pub struct Page {
    registry: Registry,
    shown: Mutex<Shown>,
    looked_at: LookedAt,
}

/// Where the page looks.
pub struct LookedAt {
    /// The books.
    pub teller: Arc<Teller>,
    /// The way to the issuer.
    pub journal: Arc<Journal>,
    /// The connections.
    pub traffic: Arc<Traffic>,
    /// What was asked and answered.
    pub answered: Answered,
    /// The vault's mark.
    pub vault_low: Option<Amount>,
}

/// What is looked up anew for every look at the page.
struct Shown {
    journal: IntGaugeVec,
    vault: IntGaugeVec,
    differences: IntGauge,
    alerts: IntGaugeVec,
    traffic: IntGaugeVec,
    room: IntGaugeVec,
}

impl Page {
    /// The page of a server. Its metrics are this server's, not the process's.
    #[must_use]
    pub fn new(looked_at: LookedAt) -> Self {
        let (registry, shown) = (Registry::new(), Shown::new());
        let collectors = shown.collectors().into_iter().chain([looked_at.answered.collector()]);
        for collector in collectors {
            registry.register(collector).expect("every name is given once");
        }
        Self { registry, shown: Mutex::new(shown), looked_at }
    }

    /// What is measured, looked up now. Errors: the books'.
    pub fn look(&self) -> Result<Metrics, Failed> {
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let LookedAt { teller, traffic, vault_low, journal, .. } = &self.looked_at;
        let (book, store) = (teller.book()?, teller.store());
        let (mut unreconciled, mut differences, mut accused) = (0, 0, 0);
        store.scan::<Unreconciled>(|_, _| unreconciled += 1)?;
        store.scan::<Differences>(|_, _| differences += 1)?;
        store.scan::<AccusedWallets>(|_, _| accused += 1)?;
        let journalled =
            [("open", book.open()), ("finished", book.finished), ("unreconciled", unreconciled)];
        set(&shown.journal, &journalled);
        let mirror = i64::try_from(book.vault.mirror()).unwrap_or(i64::MAX);
        shown.vault.with_label_values(&["mirror"]).set(mirror);
        let ordered = teller.ordered()?.map_or(0, Amount::minor_units);
        let stated = [
            ("ordered", ordered),
            ("stated", book.vault.stated.minor_units()),
            ("reserves", book.reserves.stated.minor_units()),
        ];
        set(&shown.vault, &stated);
        shown.differences.set(number(differences));
        let passed = [
            ("open", traffic.open()),
            ("turned_away", traffic.turned_away()),
            ("handshake_failed", traffic.handshakes_failed()),
            ("accept_failed", traffic.accepts_failed()),
        ];
        set(&shown.traffic, &passed);
        let Measured { store_bytes, free_bytes, disk_bytes } = store.room().measured();
        set(&shown.room, &[("store", store_bytes), ("free", free_bytes), ("disk", disk_bytes)]);
        let mark = vault_low.map_or(i128::MIN, |mark| i128::from(mark.minor_units()));
        let facts = Facts {
            is_cut_off: journal.is_cut_off(),
            open: book.open(),
            differences,
            accused,
            vault_is_low: book.vault.mirror() < mark,
            disk_is_short: store.room().is_short(),
        };
        for alert in Alert::ALL {
            let stands = i64::from(alert.stands(&facts));
            shown.alerts.with_label_values(&[alert.name()]).set(stands);
        }
        Ok(Metrics::of(&self.registry))
    }
}

fn set(gauges: &IntGaugeVec, values: &[(&str, u64)]) {
    for (label, value) in values {
        gauges.with_label_values(&[label]).set(number(*value));
    }
}

/// Counts beyond what a gauge holds are shown as its largest.
fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl Shown {
    fn new() -> Self {
        let vector = |name, help, label| {
            IntGaugeVec::new(Opts::new(name, help), &[label]).expect("the names are well formed")
        };
        let differences =
            IntGauge::new("tender_differences", "Where books and statement disagree.");
        Self {
            journal: vector("tender_journal_entries", "Entries and references, by state.", "are"),
            vault: vector(
                "tender_vault_minor_units",
                "The vault, what is ordered for it, and the reserves.",
                "of",
            ),
            differences: differences.expect("the name is well formed"),
            alerts: vector("tender_intermediary_alert", "1 while the alert stands.", "alert"),
            traffic: vector("tender_connections", "Connections, by what became of them.", "is"),
            room: vector("tender_room_bytes", "The store's files, and their disk.", "of"),
        }
    }

    fn collectors(&self) -> Vec<Box<dyn Collector>> {
        let vectors = [&self.journal, &self.vault, &self.alerts, &self.traffic, &self.room];
        let vectors = vectors.into_iter().map(|one| Box::new(one.clone()) as Box<dyn Collector>);
        vectors.chain([Box::new(self.differences.clone()) as Box<dyn Collector>]).collect()
    }
}
