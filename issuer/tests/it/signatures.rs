//! Signatures are counted by the signer itself, which stops at a cap whatever the ledger says.

use crate::command_line::{founded, program, run};
use crate::metrics::samples;
use crate::served::Served;
use crate::stage::{NOW, Stage, TODAY, VAULT, config_with};
use crate::wallet::{CREDIT, Wallet, denomination, series};
use getrandom::SysRng;
use rand_core::UnwrapErr;
use sha2::{Digest, Sha256};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs::{copy, create_dir, read, read_dir, read_to_string, remove_dir, remove_file, write};
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, LazyLock};
use tempfile::TempDir;
use tender_issuer::batch::{Answer, Call};
use tender_issuer::home::Home;
use tender_issuer::office::{Office, Published};
use tender_issuer::recent::{Recent, Signing as Remembered};
use tender_issuer::request::{Reply, Request};
use tender_issuer::rows::{Denominations, Epoch};
use tender_issuer::signer::ceremony::Founding;
use tender_issuer::signer::{InProcess, Made, Signer, Uncounted, Withheld};
use tender_proto::trust::Trust;
use tender_store::envelope::{Cost, Lock};
use tender_token::manifest::Manifest;
use tender_token::provision::Want;
use tender_token::series::DenominationId;
use tender_token::signature::PublicKey;
use zeroize::Zeroizing;

/// Keys of a series with one denomination, made once.
struct Keys {
    folder: TempDir,
    trust: Trust,
    root: PublicKey,
}

static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let folder = TempDir::new().expect("the system has room for a folder");
    let config = config_with(&[("[\"1.00\", \"2.00\", \"5.00\"]", "[\"1.00\"]")]);
    let mut rng = UnwrapErr(SysRng);
    let keys = Founding::generate(&config.denominations, &mut rng, || {}).expect("keys are made");
    let home = Home::new(folder.path().join("home"));
    home.create().expect("the folder is ours");
    let cost = Cost::new(8_192, 1).expect("the least that is permitted");
    keys.write(&home, &mut lock(), &mut lock(), cost, &mut rng).expect("the folder is ours");
    let (_, trust, root) = keys.establish(&config, TODAY).expect("the keys fit");
    Keys { folder, trust, root: root.public() }
});

fn lock() -> Lock {
    Lock::new(Zeroizing::new(b"of the keys".to_vec())).expect("it is not empty")
}

fn manifest() -> Manifest {
    KEYS.trust.verify(&KEYS.root).expect("the root signed it")
}

/// What the ledger says it owes.
type Owed = BTreeMap<DenominationId, u64>;

/// A home of its own with those keys, which have signed nothing.
struct Signing {
    folder: TempDir,
    manifest: Manifest,
    value: DenominationId,
}

impl Signing {
    fn new() -> Self {
        let folder = TempDir::new().expect("the system has room for a folder");
        let home = Home::new(folder.path().join("home"));
        home.create().expect("the folder is ours");
        for entry in read_dir(KEYS.folder.path().join("home/keys")).expect("there are keys") {
            let entry = entry.expect("the folder is ours");
            let name = entry.file_name().into_string().expect("names are text");
            copy(entry.path(), home.key(&name)).expect("the folder is ours");
        }
        let manifest = manifest();
        let value = denomination(&manifest, 100);
        Self { folder, manifest, value }
    }

    fn home(&self) -> Home {
        Home::new(self.folder.path().join("home"))
    }

    fn file(&self) -> std::path::PathBuf {
        self.home().key("signatures")
    }

    /// A process that begins.
    fn start(&self, max: u64, owed: &Owed) -> Result<InProcess, Uncounted> {
        self.keys().counted(&self.home(), Some(max), owed)
    }

    fn keys(&self) -> InProcess {
        InProcess::load(&self.home(), &self.manifest, &mut lock()).expect("they are its keys")
    }

    fn started(&self, max: u64) -> InProcess {
        self.start(max, &Owed::new()).expect("the counts are there")
    }

    fn owed(&self, tokens: u64) -> Owed {
        Owed::from([(self.value, tokens)])
    }

    /// A message that a thief of the process has blinded.
    fn blinded(&self, n: u8) -> Vec<u8> {
        let key = self.manifest.value_key(self.value).expect("it is in the manifest");
        key.key.blinded(b"a message", &[n; 32])
    }

    fn office(&self, max: u64, owed: &Owed) -> Arc<Office> {
        let signer = Box::new(self.start(max, owed).expect("the counts are there"));
        let manifests = vec![(Epoch(1), KEYS.trust.clone())];
        let published = Published { manifests, revocations: Vec::new() };
        Arc::new(Office::new(published, &KEYS.root, signer, 3).expect("the root signed it"))
    }
}

fn made(signer: &dyn Signer, key: &str) -> Made {
    let mut made = signer.made().into_iter();
    made.find(|made| made.key == key).expect("the key is counted")
}

const VALUE: &str = "value-1-100.der";
const SLOT: &str = "slot-1.der";
const CAP: u64 = 5;

/// A writer that was taken over asks the signer directly, from many threads, and tells it whatever
/// it likes about the ledger.
#[test]
fn a7_a_signer_makes_no_more_signatures_than_its_cap_whatever_the_ledger_says() {
    let signing = Signing::new();
    let signer = signing.started(CAP);
    let count = |sign: &(dyn Fn(u8) -> Result<Vec<u8>, Withheld> + Sync)| {
        let rogue = |thread: u8| (0..5).map(|n| sign(thread * 5 + n)).collect::<Vec<_>>();
        let asked: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|n| scope.spawn(move || rogue(n))).collect();
            threads.into_iter().flat_map(|one| one.join().expect("no thread panics")).collect()
        });
        assert_eq!(asked.len(), 40);
        for refused in asked.iter().filter_map(|asked| asked.as_ref().err()) {
            assert_eq!(*refused, Withheld::Capped);
        }
        asked.iter().filter(|asked| asked.is_ok()).count() as u64
    };
    let mint = |n| signer.mint(signing.value, &signing.blinded(n));
    assert_eq!(count(&mint), CAP);
    signer.owe(signing.value, 1_000_000).expect("the folder is ours");
    assert_eq!(count(&mint), 0, "the ledger may say what it likes");
    assert_eq!(made(&signer, VALUE), Made { key: VALUE.into(), signatures: CAP, is_capped: true });
    assert!(!made(&signer, SLOT).is_capped, "each key has a cap of its own");
    let slot_key = signing.manifest.slot_keys().next().expect("there is a series").1;
    let certify = |n| {
        signer.certify(series(&signing.manifest), &slot_key.key.blinded(b"a message", &[n; 32]))
    };
    assert_eq!(count(&certify), CAP);
    drop(signer);
    for owed in [Owed::new(), signing.owed(1_000_000)] {
        let signer = signing.start(CAP, &owed).expect("the ledger owes what was told");
        let again = signer.mint(signing.value, &signing.blinded(0));
        assert_eq!(again, Err(Withheld::Capped), "also after a restart");
    }
}

/// Every signature counts before it leaves: a crash at whatever moment counts too many, by less
/// than a block, and never too few.
#[test]
fn a7_a_crash_loses_less_than_a_block_and_a_signature_that_is_not_counted_is_not_made() {
    let signing = Signing::new();
    // A thousandth of this cap is a block.
    let (cap, block) = (4_000, 4);
    let mut signed = 0;
    for crash in 1..=3 {
        let signer = signing.started(cap);
        assert_eq!(made(&signer, VALUE).signatures, (crash - 1) * block);
        signer.mint(signing.value, &signing.blinded(0)).expect("it is below the cap");
        signed += 1;
        assert!(signed <= made(&signer, VALUE).signatures);
    }
    let signer = signing.started(cap);
    // A crash while the file is written leaves the one before in its place.
    let unfinished = signing.home().key("signatures.unfinished");
    write(&unfinished, b"value-1-1").expect("the folder is ours");
    signer.mint(signing.value, &signing.blinded(1)).expect("what was left there does no harm");
    drop(signer);

    let signer = signing.started(cap);
    let before = read(signing.file()).expect("it was written");
    create_dir(&unfinished).expect("the folder is ours");
    let refused = signer.mint(signing.value, &signing.blinded(2));
    assert_eq!(refused, Err(Withheld::Uncounted), "the disk takes nothing");
    signer.owe(signing.value, 1_000).expect_err("and no promise either");
    assert_eq!(read(signing.file()).expect("it was written"), before);
    remove_dir(&unfinished).expect("it is empty");
    let bytes = signer.mint(signing.value, &signing.blinded(2)).expect("the disk is well again");
    let key = &signing.manifest.value_key(signing.value).expect("it is there").key;
    assert!(key.answers(&bytes, &signing.blinded(2)));
    drop(signer);

    let signer = signing.started(17);
    assert_eq!(made(&signer, VALUE).signatures, 20, "a cap that is lowered signs nothing");
    assert_eq!(signer.mint(signing.value, &signing.blinded(3)), Err(Withheld::Capped));
    let signer = signing.started(21);
    assert!(signer.mint(signing.value, &signing.blinded(3)).is_ok());
    assert_eq!(signer.mint(signing.value, &signing.blinded(3)), Err(Withheld::Capped));
}

#[test]
fn a7_counts_that_are_missing_damaged_or_behind_the_ledger_are_refused() {
    let signing = Signing::new();
    let signer = signing.started(CAP);
    let older = read(signing.file()).expect("it was written");
    signer.owe(signing.value, 3).expect("the folder is ours");
    for n in 0..3 {
        signer.mint(signing.value, &signing.blinded(n)).expect("it is below the cap");
    }
    drop(signer);
    let whole = read(signing.file()).expect("it was written");
    let text = String::from_utf8(whole.clone()).expect("it is text");
    assert!(text.starts_with("slot-1.der 0 0\nvalue-1-100.der 3 3\nsha256 "), "{text}");
    assert!(signing.start(CAP, &signing.owed(3)).is_ok());
    let refused = |bytes: &[u8], owed| {
        write(signing.file(), bytes).expect("the folder is ours");
        signing.start(CAP, &signing.owed(owed)).expect_err("it is not what was written")
    };
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        assert!(matches!(refused(&changed, 3), Uncounted::Damaged), "byte {at}");
        assert!(matches!(refused(&whole[..at], 3), Uncounted::Damaged), "{at} bytes");
    }
    let behind = refused(&whole, 4);
    assert!(matches!(behind, Uncounted::Behind { owed: 3, signed: 4, .. }), "{behind}");
    let behind = refused(&older, 1);
    assert!(matches!(behind, Uncounted::Behind { owed: 0, signed: 1, .. }), "{behind}");
    let without = "slot-1.der 0 0\n";
    let without = format!("{without}sha256 {}\n", hex::encode(Sha256::digest(without)));
    let unnamed = refused(without.as_bytes(), 0);
    assert!(matches!(unnamed, Uncounted::Unnamed(ref name) if name == VALUE), "{unnamed}");
    remove_file(signing.file()).expect("it is there");
    let missing = signing.start(CAP, &Owed::new()).expect_err("it is missing");
    assert!(matches!(missing, Uncounted::Unread(_)), "{missing}");

    let owed = signing.owed(4);
    signing.keys().recount(&signing.home(), &owed).expect("the folder is ours");
    let signer = signing.start(CAP, &owed).expect("it is counted again");
    assert_eq!(made(&signer, VALUE).signatures, 4, "at least what the ledger owes");
    assert!(signer.mint(signing.value, &signing.blinded(9)).is_ok());
    assert_eq!(signer.mint(signing.value, &signing.blinded(9)), Err(Withheld::Capped));
}

fn ask(stage: &Stage, bytes: &[u8]) -> Answer {
    let request = Request::withdraw(bytes, &stage.office);
    let call = Call { caller: stage.bank.id(), request };
    stage.writer().answer(vec![call], stage.now).expect("the store answers").remove(0)
}

fn signed(stage: &Stage) -> Owed {
    let mut signed = Owed::new();
    let scan = stage.store.scan::<Denominations>(|id, row| {
        signed.insert(id, row.signed.0);
    });
    scan.expect("the store answers");
    signed
}

/// What was decided beyond the cap is owed: debited once, and signed when the cap is raised.
#[tokio::test(flavor = "multi_thread")]
async fn a7_a_cap_that_is_raised_gives_the_bytes_that_were_owed() {
    let signing = Signing::new();
    let mut stage = Stage::of(signing.office(4, &Owed::new()));
    let wallet = Wallet::enrolled(&stage);
    let session = wallet.opened(&stage, 4);
    let places = wallet.slots(&stage, &session);
    let got: Vec<_> = places[..3].iter().map(|place| wallet.token(&stage, place, 100)).collect();
    let last = wallet.withdrawal(&stage, &[(&places[3], 100)]);
    let fourth = ask(&stage, &last.bytes).expect("the fourth is below the cap");
    let beyond = wallet.withdrawal(&stage, &[(&places[3], 100)]);
    for _ in 0..3 {
        assert_eq!(ask(&stage, &beyond.bytes), Err(Withheld::Capped.into()));
        assert_eq!(ask(&stage, &last.bytes), Ok(fourth.clone()), "it was signed just now");
        assert_eq!(stage.balance(&stage.bank).minor_units(), VAULT.minor_units() - 500);
        assert_eq!(signed(&stage), signing.owed(5), "it is owed once");
        stage.assert_clean();
    }
    let item = wallet.cash(&got[0], &places[0], CREDIT, stage.manifest()).item;
    assert!(stage.deposit(&stage.bank, &[item])[0].is_ok(), "what needs no signature goes on");
    let served = Served::start(&stage);
    let (_, shown) = samples(served.metrics).await;
    assert_eq!(shown["tender_issuer_alert{alert=\"signer_capped\"}"], "1");
    assert_eq!(shown["tender_key_signatures{key=\"value-1-100\"}"], "4");
    assert_eq!(shown["tender_capped_keys"], "2", "and as many slots were certified");
    served.stop().await;

    stage.office = signing.office(4, &signed(&stage));
    assert_eq!(
        ask(&stage, &beyond.bytes),
        Err(Withheld::Capped.into()),
        "a restart changes nothing"
    );
    stage.office = signing.office(1_000, &signed(&stage));
    let Ok(Reply::Withdraw(Ok(bytes))) = ask(&stage, &beyond.bytes) else {
        panic!("the cap was raised")
    };
    assert_eq!(ask(&stage, &beyond.bytes), Ok(Reply::Withdraw(Ok(bytes.clone()))));
    assert_eq!(ask(&stage, &last.bytes), Ok(fourth), "and the others have theirs");
    let chain = beyond.finish(&bytes, &[&places[3]], stage.manifest()).remove(0);
    let item = wallet.cash(&chain, &places[3], CREDIT, stage.manifest()).item;
    assert!(stage.deposit(&stage.bank, &[item])[0].is_ok());
    assert_eq!(signed(&stage), signing.owed(5));
    stage.assert_clean();
    assert_eq!(stage.now, NOW);
}

/// Whoever repeats the bytes of a request that was answered once had all of it signed anew each
/// time: it held up everybody's signatures, and ate the cap of the key.
#[test]
fn e5_a_withdrawal_and_a_reveal_that_are_repeated_cost_no_further_signature() {
    let signing = Signing::new();
    let stage = Stage::of(signing.office(2, &Owed::new()));
    let wallet = Wallet::enrolled(&stage);
    let opened = wallet.opened(&stage, 2);
    let reveal = || wallet.reveal(&opened, Want::Sign, stage.manifest());
    let certified = stage.provision(&stage.bank, reveal()).expect("two slots");
    let places = wallet.slots(&stage, &opened);
    let wanted = wallet.withdrawal(&stage, &[(&places[0], 100), (&places[1], 100)]);
    let signed = ask(&stage, &wanted.bytes).expect("two are the cap");
    for _ in 0..20 {
        assert_eq!(stage.provision(&stage.bank, reveal()), Ok(certified.clone()), "one-answer");
        assert_eq!(ask(&stage, &wanted.bytes), Ok(signed.clone()), "one-answer");
    }
    for key in [SLOT, VALUE] {
        assert_eq!(made(&*stage.office.signer, key).signatures, 2);
    }
}

#[test]
fn e5_signatures_are_remembered_up_to_a_bound_and_what_is_forgotten_is_made_again() {
    let (recent, made, value) = (Recent::new(2), Cell::new(0), denomination(&manifest(), 100));
    let sign = |message: u8| {
        let signing = Remembered::token(value, &[message]);
        let signed = recent.or_sign(signing, || {
            made.set(made.get() + 1);
            Ok(vec![message])
        });
        assert_eq!(signed, Ok(vec![message]));
        made.get()
    };
    assert_eq!([1, 2, 1, 2].map(sign), [1, 2, 2, 2]);
    assert_eq!(sign(3), 3, "the third puts the first out");
    assert_eq!([2, 3, 1].map(sign), [3, 3, 4]);
}

/// What serve says about the file of counts.
fn serve(folder: &Path, more: &[&str]) -> i32 {
    let mut serve = program(folder);
    serve.args(["serve", "--listen", "127.0.0.1:0", "--until-stdin-closes"]).args(more);
    let output = serve.stdin(Stdio::null()).output().expect("the program runs");
    output.status.code().expect("it was not killed")
}

#[test]
fn a7_a_server_without_its_counts_does_not_start_until_an_operator_says_so() {
    let folder = founded();
    let file = folder.path().join("home/keys/signatures");
    assert_eq!(serve(folder.path(), &[]), 0);
    let first = read_to_string(&file).expect("the founding wrote it");
    assert!(first.starts_with("slot-1.der 0 0\nvalue-1-100.der 0 0\n"), "{first}");
    remove_file(&file).expect("it is there");
    let (code, said) = run(folder.path(), &["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!((code, said["error"]["code"].as_str()), (3, Some("FAULT")));
    let message = said["error"]["message"].as_str().expect("it says why");
    assert!(message.contains("keys/signatures") && message.contains("--recount"), "{message}");
    assert!(!file.exists(), "a refused start changes nothing");
    assert_eq!(serve(folder.path(), &["--recount"]), 0);
    assert_eq!(read_to_string(&file).expect("it is there again"), first);
    assert_eq!(serve(folder.path(), &[]), 0);
}
