//! Alerts: each fault makes its alert stand by the next look at the page, until its repair.

use crate::metrics::samples;
use crate::served::Served;
use crate::stage::{NOW, Stage, office};
use crate::wallet::{CREDIT, Wallet};
use redb::StorageBackend;
use redb::backends::FileBackend;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tender_issuer::clock::{BEHIND_S, Clocks};
use tender_issuer::service::alerts::{ANCHOR_AGE_S, SILENCE_S};
use tender_issuer::service::alerts::{Alert, BURST_MAX, BURST_WINDOW_S, INCIDENT_S, LAG_S};
use tender_issuer::store::{self, Directory, Fault, Folder, Measured};
use tender_proto::transport::Bounds;
use tender_proto::wire;
use tender_proto::wire::issuer_client::IssuerClient;
use tender_token::date::Timestamp;
use tender_token::encode::Encode;
use tonic::transport::Channel;

/// The clock of this file's servers that nobody sets, which is a number.
static CLOCK: AtomicU64 = AtomicU64::new(NOW.0);
/// By how much the other one is behind and ahead of it.
static BEHIND: AtomicU64 = AtomicU64::new(0);
static AHEAD: AtomicU64 = AtomicU64::new(0);
/// One story at a time, as they share the clock.
static STORY: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

const CLOCKS: Clocks = Clocks::new(wall, || Duration::from_secs(CLOCK.load(Ordering::SeqCst)));

fn wall() -> Timestamp {
    let [running, behind, ahead] =
        [&CLOCK, &BEHIND, &AHEAD].map(|part| part.load(Ordering::SeqCst));
    Timestamp(running - behind + ahead)
}

fn pass(seconds: u64) {
    CLOCK.fetch_add(seconds, Ordering::SeqCst);
}

/// What one look at the page shows.
async fn look(served: &Served) -> BTreeMap<String, String> {
    samples(served.metrics).await.1
}

/// The names of the alerts that stand, by one look at the page.
async fn standing(served: &Served) -> BTreeSet<String> {
    let shown = look(served).await;
    let alerts = shown.into_iter().filter_map(|(name, value)| {
        let name = name.strip_prefix("tender_issuer_alert{alert=\"")?.strip_suffix("\"}")?;
        Some((name.to_owned(), value))
    });
    let alerts: Vec<_> = alerts.collect();
    assert_eq!(alerts.len(), Alert::ALL.len(), "every alert is shown, whether it stands or not");
    alerts.into_iter().filter(|(_, value)| value == "1").map(|(name, _)| name).collect()
}

async fn assert_only(served: &Served, alert: Option<Alert>) {
    let expected: BTreeSet<_> = alert.into_iter().map(|alert| alert.name().to_owned()).collect();
    assert_eq!(standing(served).await, expected);
}

async fn call(client: &mut IssuerClient<Channel>) {
    client.trust(wire::TrustRequest { held: 0 }).await.expect("the issuer answers");
}

/// Both banks call, so that none is missed, and the anchor follows.
async fn everybody_calls(served: &Served) {
    served.anchored.renew();
    for own in [&served.bank, &served.other_bank] {
        call(&mut served.client(Some(own))).await;
    }
}

async fn present(served: &Served, items: Vec<Vec<u8>>) {
    let mut client = served.client(Some(&served.bank));
    client.deposit(wire::DepositRequest { items }).await.expect("the issuer answers");
}

/// A bank is not heard of, counterfeits come in numbers, a token is spent twice, the disk fills up:
/// each alert stands by the next look, alone, and is gone by the next one after the repair.
#[tokio::test(flavor = "multi_thread")]
async fn ra19_each_fault_has_its_alert_within_one_look_and_none_after_its_repair() {
    let _alone = STORY.lock().await;
    let stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    let session = wallet.opened(&stage, 1);
    let places = wallet.slots(&stage, &session);
    let chain = wallet.token(&stage, &places[0], 100);
    let [once, twice] =
        [0, 1].map(|_| wallet.cash(&chain, &places[0], CREDIT, stage.manifest()).item);
    let served = Served::start_by(&stage, Bounds::TIERS, CLOCKS);
    everybody_calls(&served).await;
    assert_only(&served, None).await;

    pass(SILENCE_S);
    call(&mut served.client(Some(&served.bank))).await;
    assert_only(&served, Some(Alert::BankDown)).await;
    let silence = |name: &str| format!("tender_caller_silence_seconds{{intermediary=\"{name}\"}}");
    let shown = look(&served).await;
    let silences = ["Nordhaven", "Suedhaven"].map(|name| shown.get(&silence(name)).cloned());
    assert_eq!(silences, [Some("0".to_owned()), Some(SILENCE_S.to_string())], "it is named");
    call(&mut served.client(Some(&served.other_bank))).await;
    assert_only(&served, None).await;
    assert_eq!(look(&served).await.get(&silence("Suedhaven")).map(String::as_str), Some("0"));

    // The value's signature begins after the denomination and the slot.
    let counterfeit = |n: u64| {
        let mut item = once.clone();
        item[32 + 320] ^= u8::try_from(n).expect("few are made") + 1;
        item
    };
    present(&served, (0..BURST_MAX).map(counterfeit).collect()).await;
    assert_only(&served, None).await;
    present(&served, vec![counterfeit(BURST_MAX)]).await;
    assert_only(&served, Some(Alert::CounterfeitBurst)).await;
    pass(BURST_WINDOW_S);
    everybody_calls(&served).await;
    assert_only(&served, None).await;

    present(&served, vec![once.clone()]).await;
    assert_only(&served, None).await;
    present(&served, vec![twice]).await;
    assert_only(&served, Some(Alert::DoubleSpend)).await;
    pass(INCIDENT_S);
    everybody_calls(&served).await;
    assert_only(&served, None).await;

    let found = |free_bytes| {
        let measured = Measured { store_bytes: 1, free_bytes, disk_bytes: 1_000 };
        stage.store.room().found(measured, 15);
    };
    found(149);
    assert_only(&served, Some(Alert::DiskFull)).await;
    found(150);
    assert_only(&served, None).await;
    served.stop().await;
}

/// The machine's clock goes back and ahead, and the anchor stays behind the store.
#[tokio::test(flavor = "multi_thread")]
async fn ra19_a_clock_that_goes_astray_and_an_anchor_that_stays_behind_have_their_alerts() {
    let _alone = STORY.lock().await;
    let stage = Stage::new();
    let served = Served::start_by(&stage, Bounds::TIERS, CLOCKS);
    everybody_calls(&served).await;
    assert_only(&served, None).await;

    // A step back, as synchronisation makes it: time waits for the clock.
    BEHIND.store(BEHIND_S, Ordering::SeqCst);
    assert_only(&served, Some(Alert::ClockSkew)).await;
    pass(BEHIND_S);
    assert_only(&served, None).await;
    BEHIND.store(0, Ordering::SeqCst);
    assert_only(&served, None).await;

    // A jump ahead is not followed, and neither is one back to before everything.
    for (other, alert) in [(&AHEAD, Alert::ClockJump), (&BEHIND, Alert::ClockSkew)] {
        other.store(86_400, Ordering::SeqCst);
        assert_only(&served, Some(alert)).await;
        other.store(0, Ordering::SeqCst);
        assert_only(&served, None).await;
    }

    pass(ANCHOR_AGE_S);
    for own in [&served.bank, &served.other_bank] {
        call(&mut served.client(Some(own))).await;
    }
    assert_only(&served, Some(Alert::AnchorOld)).await;
    served.anchored.renew();
    assert_only(&served, None).await;
    served.stop().await;
}

/// A disk whose syncs wait while the brake is on.
#[derive(Clone, Debug)]
struct Slow {
    directory: Directory,
    brake: Arc<Brake>,
}

#[derive(Debug, Default)]
struct Brake {
    on: Mutex<bool>,
    changed: Condvar,
    met: AtomicBool,
}

impl Brake {
    fn set(&self, on: bool) {
        *self.on.lock().expect("nobody panics with it") = on;
        self.changed.notify_all();
    }

    fn wait(&self) {
        let on = self.on.lock().expect("nobody panics with it");
        self.met.fetch_or(*on, Ordering::SeqCst);
        drop(self.changed.wait_while(on, |on| *on).expect("nobody panics with it"));
    }
}

#[derive(Debug)]
struct SlowFile(FileBackend, Arc<Brake>);

impl StorageBackend for SlowFile {
    fn len(&self) -> std::io::Result<u64> {
        self.0.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> std::io::Result<()> {
        self.0.read(offset, out)
    }

    fn set_len(&self, len: u64) -> std::io::Result<()> {
        self.0.set_len(len)
    }

    fn sync_data(&self) -> std::io::Result<()> {
        self.1.wait();
        self.0.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> std::io::Result<()> {
        self.0.write(offset, data)
    }
}

impl Folder for Slow {
    type File = SlowFile;

    fn create(&self, name: &str) -> Result<SlowFile, Fault> {
        Ok(SlowFile(self.directory.create(name)?, Arc::clone(&self.brake)))
    }

    fn open(&self, name: &str) -> Result<SlowFile, Fault> {
        Ok(SlowFile(self.directory.open(name)?, Arc::clone(&self.brake)))
    }

    fn rename(&self, from: &str, to: &str) -> std::io::Result<()> {
        self.directory.rename(from, to)
    }

    fn sync(&self) -> std::io::Result<()> {
        self.directory.sync()
    }
}

/// A disk that does not come to an end with a commit: the alert stands while the request waits, the
/// page is shown meanwhile, and both are over when the disk goes on.
#[tokio::test(flavor = "multi_thread")]
async fn ra19_a_commit_that_does_not_end_is_an_alert_while_it_lasts() {
    let _alone = STORY.lock().await;
    let brake = Arc::new(Brake::default());
    let folder = TempDir::new().expect("the system has room for a folder");
    let directory = Directory::new(folder.path());
    let slow = Slow { directory, brake: Arc::clone(&brake) };
    let store = store::create(&slow, &office().trust, crate::stage::DECIMALS, crate::stage::TODAY);
    let stage = Stage::over(folder, office(), store.expect("the store can be created"));
    let wallet = Wallet::new(&stage.bank);
    let served = Served::start_by(&stage, Bounds::TIERS, CLOCKS);
    everybody_calls(&served).await;
    assert_only(&served, None).await;

    brake.set(true);
    let mut client = served.client(Some(&served.bank));
    let registration = wallet.registration.clone();
    let request =
        wire::EnrolRequest { registration: registration.to_bytes(), invitation: String::new() };
    let enrolment = tokio::spawn(async move { client.enrol(request).await.map(|_| ()) });
    while !brake.met.load(Ordering::SeqCst) {
        tokio::task::yield_now().await;
    }
    assert_only(&served, None).await;
    pass(LAG_S);
    assert_only(&served, Some(Alert::Lag)).await;
    let shown = look(&served).await;
    assert_eq!(shown.get("tender_oldest_request_seconds"), Some(&LAG_S.to_string()));
    assert_eq!(shown.get("tender_waiting_requests").map(String::as_str), Some("1"));
    brake.set(false);
    enrolment.await.expect("it does not panic").expect("the issuer answers");
    assert_only(&served, None).await;
    served.stop().await;
    stage.assert_clean();
}

/// What follows a field's name in a line of the rules.
fn field<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    line.trim_start().trim_start_matches("- ").strip_prefix(name)?.strip_prefix(": ")
}

/// The words of an expression that are metrics.
fn metrics_in(expression: &str) -> impl Iterator<Item = &str> {
    let word = |character: char| !(character.is_ascii_alphanumeric() || character == '_');
    expression.split(word).filter(|word| word.starts_with("tender_"))
}

/// The rules that operators load into Prometheus: every metric that they name is on the page, every
/// alert of the server has its rule, and every rule says what to do.
#[tokio::test(flavor = "multi_thread")]
async fn ra19_every_rule_is_about_a_metric_that_is_shown() {
    let _alone = STORY.lock().await;
    let stage = Stage::new();
    let served = Served::start_by(&stage, Bounds::TIERS, CLOCKS);
    everybody_calls(&served).await;
    let (page, _) = samples(served.metrics).await;
    let declared = page.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let mut shown: BTreeSet<_> = declared.filter_map(|line| line.split(' ').next()).collect();
    // It appears with the first refusal.
    shown.insert("tender_refusals_total");
    let rules = include_str!("../../../docs/alerts.yml");
    assert!(rules.starts_with("groups:\n"), "Prometheus reads groups");
    let (mut named, mut count) = (BTreeSet::new(), 0);
    for rule in rules.split("      - alert: ").skip(1) {
        count += 1;
        let value = |name| rule.lines().find_map(|line| field(line, name));
        let expression = value("expr").expect("a rule has an expression");
        let metrics: Vec<_> = metrics_in(expression).collect();
        assert!(!metrics.is_empty(), "{rule}");
        for metric in metrics {
            let base = metric.trim_end_matches("_bucket").trim_end_matches("_count");
            assert!(shown.contains(metric) || shown.contains(base), "{metric} is not shown");
        }
        assert!(value("severity").is_some() && value("summary").is_some(), "{rule}");
        let label = expression.split("alert=\"").nth(1);
        named.extend(label.and_then(|label| label.split('"').next()));
    }
    let alerts: BTreeSet<_> = Alert::ALL.iter().map(|alert| alert.name()).collect();
    assert_eq!(named, alerts);
    assert!(count > alerts.len(), "there are rules beside the server's own alerts");
    served.stop().await;
}
