//! Series: approved by officers, overlapping, aging phase by phase, revoked.

use crate::claim::scene::withdrawer;
use crate::command_line::{founded, put, run, told as printed};
use crate::stage::{OFFICERS, Stage, TODAY, VAULT, config, officer, random, refused};
use crate::wallet::{CREDIT, Cash, Wallet, denomination, exchange_plan};
use getrandom::SysRng;
use rand_core::UnwrapErr;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs::{copy, read, remove_file, write};
use std::path::Path;
use std::slice::from_ref;
use std::sync::{Arc, LazyLock};
use tempfile::TempDir;
use tender_issuer::config::Config;
use tender_issuer::home::Home;
use tender_issuer::office::{Office, Published};
use tender_issuer::request::Request;
use tender_issuer::rows::{Count, Epoch, FrozenKey, Postings};
use tender_issuer::signer::InProcess;
use tender_issuer::signer::ceremony::{Founding, SeriesKeys};
use tender_issuer::signer::root::Root;
use tender_issuer::verbs::{log, series};
use tender_issuer::view::View;
use tender_proto::claim::Granted;
use tender_proto::trust::Trust;
use tender_store::envelope::{Cost, Lock};
use tender_token::amount::Amount;
use tender_token::cash::Instruction;
use tender_token::ceremony::Proposal;
use tender_token::date::{Day, Timestamp};
use tender_token::encode::Encode;
use tender_token::error::{Error, Result};
use tender_token::exchange::Request as Exchange;
use tender_token::manifest::Manifest;
use tender_token::provision::{SessionId, Want};
use tender_token::revocation::{self, Subject};
use tender_token::series::Phase::{Claim, Closed, Deposit, Early, Issue, Spend};
use tender_token::series::SeriesId;
use tender_token::treasury::Approval;
use zeroize::Zeroizing;

const ONE: Amount = Amount::from_minor_units(100);
const TEN: Amount = Amount::from_minor_units(1000);

/// An issuer of two series: tokens of 1.00 in the first, of 10.00 in the second, which begins the
/// day after the last withdrawal from the first. Two of three officers approve ceremonies.
struct Town {
    home: Home,
    root: Root,
    first: Trust,
    proposal: Proposal,
    _folder: TempDir,
}

static TOWN: LazyLock<Town> = LazyLock::new(Town::found);

fn lock(passphrase: &str) -> Lock {
    Lock::new(Zeroizing::new(passphrase.as_bytes().to_vec())).expect("it is not empty")
}

const FIRST: u8 = OFFICERS[0];
const SECOND: u8 = OFFICERS[1];
const THIRD: u8 = OFFICERS[2];
const NOBODY: u8 = 99;

fn with_values(values: &[Amount]) -> Config {
    Config { denominations: values.to_vec(), ..config() }
}

impl Town {
    fn found() -> Self {
        let (cost, mut rng) = (Cost::new(8_192, 1).expect("permitted"), UnwrapErr(SysRng));
        let folder = TempDir::new().expect("the system has room for a folder");
        let home = Home::new(folder.path().join("home"));
        home.create().expect("the folder is ours");
        let config = with_values(&[ONE]);
        let keys = Founding::generate(&config.denominations, &mut rng, || {}).expect("keys");
        let (mut own, mut of_root) = (lock("keys"), lock("root"));
        keys.write(&home, &mut own, &mut of_root, cost, &mut rng).expect("the folder is ours");
        let (_, first, root) = keys.establish(&config, TODAY).expect("the keys fit");
        let held = first.verify(&root.public()).expect("the root signed it");

        let config = with_values(&[TEN]);
        let keys = SeriesKeys::generate(&config.denominations, &mut rng, || {}).expect("keys");
        let dates = config.series.dates(Day(TODAY.0 + 11)).expect("within range");
        let (series, values) = keys.records(&config, 2, dates);
        keys.write(2, &home, &mut own, cost, &mut rng).expect("the folder is ours");
        let policy = config.policy.clone();
        let proposal = Proposal::after(&held, series, values, policy, 1, TODAY);
        Self { home, root, first, proposal, _folder: folder }
    }

    fn held(&self) -> Manifest {
        self.first.verify(&self.root.public()).expect("the root signed it")
    }

    fn verify(&self, proposal: Proposal, approvals: &[Approval]) -> Result<Trust> {
        let approved = proposal.verify(&self.held(), &self.first.policy, approvals, TODAY)?;
        Ok(self.root.sign(&approved))
    }

    fn second(&self) -> Trust {
        let hash = self.proposal.record.hash();
        let approvals = [FIRST, THIRD].map(|seed| officer(seed).approve(&hash));
        self.verify(self.proposal.clone(), &approvals).expect("two officers approved it")
    }

    /// An office under so many of the manifests, and these revocations.
    fn office(&self, manifests: u32, revoked: &[Subject]) -> Arc<Office> {
        let all = [(Epoch(1), self.first.clone()), (Epoch(2), self.second())];
        let manifests: Vec<_> = all.into_iter().filter(|(Epoch(e), _)| *e <= manifests).collect();
        let issuer = self.proposal.record.issuer;
        let revoke = |subject: &Subject| {
            let proposal = revocation::Proposal { issuer, subject: *subject };
            let approvals = [FIRST, THIRD].map(|seed| officer(seed).approve(&proposal));
            let approved = proposal.verify(&issuer, &self.first.policy, &approvals);
            self.root.revoke(&approved.expect("two officers approved it"), 1, TODAY)
        };
        let revocations = revoked.iter().map(revoke).collect();
        let published = Published { manifests, revocations };
        let (_, manifest) = published.verify(&self.root.public()).expect("the root signed it");
        let signer = InProcess::load(&self.home, &manifest, &mut lock("keys")).expect("the keys");
        let office = Office::new(published, &self.root.public(), Box::new(signer), 3);
        Arc::new(office.expect("everything is signed"))
    }

    /// An office under a third manifest, which the first series has left. The keys of that may have
    /// been destroyed.
    fn office_without_the_first(&self, destroyed: bool) -> Arc<Office> {
        let second = self.second();
        let held = second.verify(&self.root.public()).expect("the root signed it");
        let (config, today) = (with_values(&[TEN]), Day(TODAY.0 + 41));
        let (cost, mut rng) = (Cost::new(8_192, 1).expect("permitted"), UnwrapErr(SysRng));
        let keys = SeriesKeys::generate(&config.denominations, &mut rng, || {}).expect("keys");
        let dates = config.series.dates(Day(TODAY.0 + 42)).expect("within range");
        let (series, values) = keys.records(&config, 3, dates);
        keys.write(3, &self.home, &mut lock("keys"), cost, &mut rng).expect("the folder is ours");
        let proposal = Proposal::after(&held, series, values, config.policy.clone(), 1, today);
        let hash = proposal.record.hash();
        let approvals = [FIRST, THIRD].map(|seed| officer(seed).approve(&hash));
        let approved = proposal.verify(&held, &second.policy, &approvals, today);
        let third = self.root.sign(&approved.expect("two officers approved it"));
        let manifests = [self.first.clone(), second, third];
        let manifests: Vec<_> = (1..).map(Epoch).zip(manifests).collect();
        let published = Published { manifests, revocations: Vec::new() };
        let (_, manifest) = published.verify(&self.root.public()).expect("the root signed it");
        let archive = published.archive().expect("the root signed all of it");
        let folder = TempDir::new().expect("the system has room for a folder");
        let (home, mut lock) = (Home::new(folder.path().join("home")), lock("keys"));
        home.create().expect("the folder is ours");
        let kept = |name: &String| {
            !(destroyed && (name.starts_with("slot-1.") || name.starts_with("value-1-")))
        };
        let names = self.home.key_names().expect("the founding made them");
        for name in names.iter().filter(|name| kept(name)) {
            copy(self.home.key(name), home.key(name)).expect("the folder is ours");
        }
        let signer = InProcess::load(&home, &manifest, &mut lock).expect("the keys");
        let signer = signer.with_past(&home, &archive, &mut lock).expect("the keys");
        let office = Office::new(published, &self.root.public(), Box::new(signer), 3);
        Arc::new(office.expect("everything is signed"))
    }

    /// The stage after the second manifest took effect.
    fn rotate(&self, mut stage: Stage) -> Stage {
        let mut view = View::default();
        series::touches(Epoch(2), &mut view);
        log::touches_size(&mut view);
        stage.store.load(&mut view).expect("the store answers");
        log::touches_frontier(&mut view);
        stage.store.load(&mut view).expect("the store answers");
        series::publish(&mut view, Epoch(2), self.second(), stage.now.day());
        stage.store.commit_at(view, stage.now).expect("the store answers");
        stage.office = self.office(2, &[]);
        stage
    }
}

/// An office that has never heard of the stage's series.
pub fn another_office() -> Arc<Office> {
    TOWN.office(1, &[])
}

/// The same after officers and root have revoked its only denomination.
pub fn another_office_whose_denomination_is_revoked() -> Arc<Office> {
    let held = TOWN.held();
    let (denomination, _) = held.value_keys().next().expect("it has one");
    TOWN.office(1, &[Subject::Denomination(denomination)])
}

fn on(day: u32) -> Timestamp {
    Timestamp(u64::from(TODAY.0 + day) * 86_400 + 43_200)
}

fn first_series(manifest: &Manifest) -> SeriesId {
    let mut keys = manifest.slot_keys();
    keys.find(|(_, key)| key.series.number == 1).map(|(id, _)| id).expect("there is the first")
}

fn deposit(stage: &Stage, cash: &Cash) -> tender_proto::deposit::Outcome {
    stage.deposit(&stage.bank, from_ref(&cash.item)).remove(0)
}

fn opens(stage: &Stage, wallet: &Wallet, series: SeriesId) -> Option<Error> {
    let sid = SessionId(random());
    let (_, open) = wallet.open_in(&stage.bank, stage.manifest(), series, 1, sid);
    let reply = stage.provision(&stage.bank, Request::Open(Box::new(open)));
    reply.err().map(|refusal| refusal.error)
}

/// Keys are put into circulation by several people or not at all, and whoever proposes them cannot
/// touch the dates or values of what wallets hold already.
#[test]
fn lc01_a_ceremony_takes_k_officers_and_changes_nothing_that_is_in_force() {
    let hash = TOWN.proposal.record.hash();
    let approve = |seed: u8| officer(seed).approve(&hash);
    for (approvals, why) in [
        (vec![], "nobody"),
        (vec![approve(FIRST)], "one of two"),
        (vec![approve(SECOND), approve(SECOND)], "one of two, twice"),
        (vec![approve(FIRST), approve(NOBODY)], "one is no officer"),
        (vec![approve(FIRST), approve(SECOND), approve(NOBODY)], "one has no say"),
        (vec![approve(FIRST), officer(SECOND).approve(&TOWN.held().hash())], "of another"),
    ] {
        assert_eq!(TOWN.verify(TOWN.proposal.clone(), &approvals), Err(Error::Auth), "{why}");
    }
    let second = TOWN.second();
    let manifest = second.verify(&TOWN.root.public()).expect("the root signed it");
    assert!(manifest.follows(&TOWN.held()));

    let altered: [fn(&mut Proposal); 8] = [
        |proposal| proposal.record.series[0].dates.deposit_until.0 -= 1,
        |proposal| drop(proposal.record.series.remove(0)),
        |proposal| drop(proposal.record.denominations.remove(0)),
        |proposal| proposal.record.denominations[0].value = TEN,
        |proposal| proposal.record.epoch = 1,
        |proposal| proposal.record.previous.0[0] ^= 1,
        |proposal| proposal.policy.slot_quota += 1,
        |proposal| proposal.record.issuer = officer(FIRST).public(),
    ];
    for (number, alter) in altered.into_iter().enumerate() {
        let mut proposal = TOWN.proposal.clone();
        alter(&mut proposal);
        let hash = proposal.record.hash();
        let approvals = [FIRST, SECOND].map(|seed| officer(seed).approve(&hash));
        assert_eq!(TOWN.verify(proposal, &approvals), Err(Error::Manifest), "{number}");
    }
    let mut stamped = second.clone();
    stamped.manifest[147] ^= 1;
    let refused = stamped.verify(&TOWN.root.public()).expect_err("a date was altered");
    assert_eq!(refused, Error::Manifest);
}

/// A ceremony that leaves a gap says so, and officers read what it says; no day beyond is taken.
fn late_or_never(folder: &Path, told: &impl Fn(&[&str], i32) -> Value) {
    let late = ["ceremony", "new", "--config", "issuer.toml", "--out", "late.tender"];
    for days in ["-1", "3651"] {
        let refused = told(&[&late[..], &["--begins-in", days]].concat(), 2);
        let message = refused["error"]["message"].as_str().expect("it is text");
        assert!(message.contains(&format!("{days} is not in 0..=3650")), "{message}");
    }
    let (exit, text) = printed(folder, &[&late[..], &["--begins-in", "3650"]].concat());
    assert!(exit == 0 && text.contains("\nNothing can be withdrawn from "), "{text}");
    let approve = ["ceremony", "approve", "--key", "officer-101.key", "--out", "late.approval"];
    let approve = [&approve[..], &["--proposal", "late.tender"]].concat();
    let (exit, text) = printed(folder, &approve);
    assert!(exit == 0 && text.contains("tokens of 1.00; at most 5 hops, kappa 256"), "{text}");
    assert!(text.contains("FLN: payment 200.00,") && text.contains("2 of 3 must"), "{text}");
}

/// The whole way by the program: keys made, one approval refused, two enough, in force, revoked.
#[test]
fn lc01_a_series_is_proposed_approved_put_into_force_and_revoked_by_commands() {
    let folder = founded();
    let told = |args: &[&str], code: i32| {
        let (exit, said) = run(folder.path(), args);
        assert_eq!(exit, code, "{args:?}: {said}");
        said
    };
    let list = told(&["series", "list"], 0);
    assert_eq!((&list["series"][0]["phase"], &list["warnings"]), (&json!("issue"), &json!([])));
    let new = ["ceremony", "new", "--config", "issuer.toml", "--out", "proposal.tender"];
    late_or_never(folder.path(), &told);
    let proposed = told(&[&new[..], &["--replace"]].concat(), 0);
    assert_eq!(proposed["warning"], Value::Null);
    assert_eq!((&proposed["series"], &proposed["epoch"]), (&json!(2), &json!(2)));
    told(&new, 2);
    assert_eq!(told(&["series", "list"], 0), list, "nothing is in force yet");
    for seed in [OFFICERS[0], OFFICERS[2]] {
        let (key, out) = (format!("officer-{seed}.key"), format!("approval-{seed}"));
        let files = ["--proposal", "proposal.tender", "--key", &key, "--out", &out];
        let approved = told(&[&["ceremony", "approve"], &files[..]].concat(), 0);
        assert_eq!(approved["manifest"], proposed["manifest"]);
        let series = &approved["series"][1];
        assert_eq!([&series["number"], &series["kappa"], &series["max_hops"]], [2, 256, 5]);
        assert_eq!(series["issue_from"], proposed["begins"]);
        assert_eq!(approved["officers"].as_array().map(Vec::len), Some(3));
    }
    let approvals = [OFFICERS[0], OFFICERS[2]].map(|seed| format!("approval-{seed}"));
    let rotate = |approvals: &[String], passphrase: &str, code: i32| {
        let mut args = vec!["series", "rotate", "--proposal", "proposal.tender"];
        args.extend(["--root-passphrase-file", passphrase]);
        for approval in approvals {
            args.extend(["--approval", approval]);
        }
        told(&args, code)
    };
    let alone = rotate(&approvals[..1], "root-passphrase", 1);
    assert_eq!(alone["error"]["code"], json!("E_AUTH"));
    rotate(&approvals, "passphrase", 2);
    let done = rotate(&approvals, "root-passphrase", 0);
    assert_eq!(done["manifest"], proposed["manifest"]);
    let again = rotate(&approvals, "root-passphrase", 0);
    let same = (&again["manifest"], &again["already"]);
    assert_eq!(same, (&proposed["manifest"], &json!(true)), "it is in force already");
    let list = told(&["series", "list"], 0);
    let phases = ["issue", "early"].map(|phase| json!(phase));
    assert_eq!([&list["series"][0]["phase"], &list["series"][1]["phase"]], phases.each_ref());
    assert_eq!(list["series"][1]["issue_from"], proposed["begins"]);

    revoked_as_officers_approved(&told, &list);
    let list = told(&["series", "list"], 0);
    assert_eq!(list["warnings"].as_array().map(Vec::len), Some(2), "none is left");
    let revoked = |at: usize| &list["series"][at]["revoked"];
    assert_eq!([revoked(0), revoked(1)], [&json!(true), &json!(false)]);
    let denomination = &list["series"][0]["denominations"][0];
    assert_eq!(denomination["revoked"], json!(true));
    let (exit, text) = printed(folder.path(), &["series", "list"]);
    let id = denomination["id"].as_str().expect("it is text");
    assert!(exit == 0 && text.contains(&format!("1.00  {id}  revoked")), "{text}");
    assert!(text.contains("issue    revoked; from") && text.contains("the next start"), "{text}");
    assert_eq!(told(&["audit"], 0)["log"]["size"], json!(4), "two manifests, two revocations");
}

/// Keys are never lost to a second ceremony: those of a pending proposal go when the operator says
/// so, and that proposal with them; those that a manifest names never go, also if the store has
/// forgotten it.
#[test]
fn lc01_a_ceremony_replaces_only_keys_that_nobody_approved_and_only_if_told() {
    let folder = founded();
    let folder = folder.path();
    let told = |args: &[&str], code: i32, words: &str| {
        let (exit, said) = run(folder, args);
        let message = said["error"]["message"].as_str().unwrap_or_default();
        assert!(exit == code && message.contains(words), "{args:?}: {exit} {said}");
        said
    };
    let new = |out, replace: &[&str], code, words: &str| {
        let args = ["ceremony", "new", "--config", "issuer.toml", "--out", out];
        told(&[&args, replace].concat(), code, words)
    };
    let rotate = |proposal: &str, code, words: &str| {
        let mut args = vec!["series", "rotate", "--proposal", proposal];
        args.extend(["--root-passphrase-file", "root-passphrase"]);
        let approvals = [OFFICERS[0], OFFICERS[2]].map(|seed| {
            let (key, out) = (format!("officer-{seed}.key"), format!("{proposal}-{seed}"));
            if !folder.join(&out).exists() {
                let files = ["--proposal", proposal, "--key", &key, "--out", &out];
                told(&[&["ceremony", "approve"], &files[..]].concat(), 0, "");
            }
            out
        });
        args.extend(approvals.iter().flat_map(|approval| ["--approval", approval]));
        told(&args, code, words)
    };
    let hash = |said: &Value| said["manifest"].as_str().expect("it is text").to_owned();
    let keys = || {
        ["slot-2.der", "value-2-100.der"]
            .map(|name| read(folder.join("home/keys").join(name)).expect("they were made"))
    };
    told(&["backup", "--out", "before"], 0, "");
    let reached = read(folder.join("home/anchor")).expect("it was raised");
    let first = new("first", &[], 0, "");
    let made = keys();
    new("second", &[], 1, &hash(&first));
    assert_eq!((keys(), folder.join("second").exists()), (made.clone(), false));
    let second = new("second", &["--replace"], 0, "");
    assert_eq!(second["replaced"], first["manifest"]);
    let made = [made, keys()];
    assert_ne!(made[0], made[1]);
    let superseded = rotate("first", 1, &hash(&second));
    let message = superseded["error"]["message"].as_str().expect("it is text");
    assert!(message.contains(&hash(&first)) && message.contains("replaced"), "{message}");
    rotate("second", 0, "");

    // A store that has forgotten the manifest, and a home that does not know of it.
    put(&folder.join("before"), &folder.join("home"));
    write(folder.join("home/anchor"), reached).expect("the folder is ours");
    new("third", &[], 1, &hash(&second));
    new("third", &["--replace"], 1, "officers approved");
    assert_eq!((keys(), folder.join("third").exists()), (made[1].clone(), false));
    rotate("second", 0, "");

    // Keys of which nothing is known are kept too.
    write(folder.join("home/keys/value-3-100.der"), "unknown").expect("the folder is ours");
    new("third", &["--replace"], 2, "value-3-100.der");
    remove_file(folder.join("home/keys/value-3-100.der")).expect("the folder is ours");
    assert_eq!(new("third", &[], 0, "")["replaced"], json!(null));
}

/// A denomination, then a series: the root's passphrase alone is not enough for either.
fn revoked_as_officers_approved(told: &impl Fn(&[&str], i32) -> Value, list: &Value) {
    let propose = |what: &[&str], out: &str, code| {
        told(&[&["revocation", "new", "--out", out], what].concat(), code)
    };
    propose(&["--series", "9"], "none", 1);
    propose(&[], "none", 2);
    let id = list["series"][0]["denominations"][0]["id"].as_str().expect("it is text");
    propose(&["--denomination", id], "key.revocation", 0);
    propose(&["--series", "1"], "series.revocation", 0);
    let revoke = |proposal: &str, approvals: &[String], code| {
        let mut args = vec!["series", "revoke", "--proposal", proposal];
        args.extend(["--root-passphrase-file", "root-passphrase"]);
        args.extend(approvals.iter().flat_map(|approval| ["--approval", approval]));
        told(&args, code)
    };
    for proposal in ["key.revocation", "series.revocation"] {
        let approvals = [OFFICERS[1], OFFICERS[2]].map(|seed| {
            let (key, out) = (format!("officer-{seed}.key"), format!("{proposal}-{seed}"));
            let files = ["--proposal", proposal, "--key", &key, "--out", &out];
            told(&[&["revocation", "approve"], &files[..]].concat(), 0);
            out
        });
        // Nor is it with one officer, nor with one twice.
        let twice = [approvals[0].clone(), approvals[0].clone()];
        for few in [&[][..], &approvals[..1], &twice] {
            assert_eq!(revoke(proposal, few, 1)["error"]["code"], json!("E_AUTH"));
        }
        revoke(proposal, &approvals, 0);
        assert_eq!(revoke(proposal, &approvals, 0)["already"], json!(true));
    }
}

/// One token of the first series and one of the second, side by side through every phase of both,
/// by a clock that is only a number.
#[test]
fn lc13_two_series_overlap_and_each_goes_through_its_phases() {
    let mut stage = Stage::of(TOWN.office(1, &[]));
    let (wallet, payee) = (Wallet::enrolled(&stage), Wallet::enrolled(&stage));
    let (session, promised) = (wallet.opened(&stage, 4), payee.opened(&stage, 2));
    let old = wallet.slots(&stage, &session);
    let to = payee.slots(&stage, &promised);
    let chains = [0, 1].map(|at| wallet.token(&stage, &old[at], 100));
    stage.now = on(11);
    let late = wallet.withdrawal(&stage, &[(&old[2], 100)]);
    assert_eq!(refused(stage.withdraw(&stage.bank, &late.bytes)), Error::Plan, "none to issue");

    let mut stage = TOWN.rotate(stage);
    let manifest = stage.office.manifest.clone();
    let one = first_series(&manifest);
    let late = wallet.withdrawal(&stage, &[(&old[2], 100)]);
    assert_eq!(refused(stage.withdraw(&stage.bank, &late.bytes)), Error::Plan, "only in the new");
    let fresh = wallet.opened(&stage, 2);
    let new = wallet.slots(&stage, &fresh);
    let young = wallet.token(&stage, &new[0], 1000);

    // Slots of the old series still come in, and its tokens are still paid on.
    stage.now = on(20);
    assert_eq!(opens(&stage, &Wallet::enrolled(&stage), one), None);
    let paid = wallet.pay(&chains[0], &old[0], &to[0], &manifest);
    stage.now = on(21);
    assert_eq!(opens(&stage, &Wallet::enrolled(&stage), one), Some(Error::Plan));
    stage.now = on(30);
    assert_eq!(deposit(&stage, &payee.cash(&paid, &to[0], CREDIT, &manifest)), Ok(ONE));
    stage.now = on(31);
    let expired = wallet.cash(&chains[1], &old[1], CREDIT, &manifest);
    assert_eq!(refused(deposit(&stage, &expired)), Error::Expired);
    let cash = wallet.cash(&young, &new[0], CREDIT, &manifest);
    assert_eq!(deposit(&stage, &cash), Ok(TEN), "the new series goes on");
    assert_eq!(stage.balance(&stage.bank).minor_units(), VAULT.minor_units() - 100);
    stage.assert_clean();

    let phases = |day: u32| {
        let phase = |number| {
            let mut keys = manifest.slot_keys();
            let key = keys.find(|(_, key)| key.series.number == number);
            key.map(|(_, key)| key.series.dates.phase(Day(TODAY.0 + day))).expect("it is there")
        };
        [phase(1), phase(2)]
    };
    for (day, expected) in [
        (0, [Issue, Early]),
        (10, [Issue, Early]),
        (11, [Spend, Issue]),
        (20, [Spend, Issue]),
        (21, [Deposit, Issue]),
        (22, [Deposit, Spend]),
        (30, [Deposit, Spend]),
        (31, [Claim, Spend]),
        (40, [Claim, Deposit]),
        (41, [Closed, Deposit]),
        (52, [Closed, Closed]),
    ] {
        assert_eq!(phases(day), expected, "day {day}");
    }
}

#[test]
fn lc13_a_series_that_is_over_leaves_the_manifest_and_not_a_day_before() {
    let manifest = TOWN.second().verify(&TOWN.root.public()).expect("the root signed it");
    let carried = |day: u32| {
        let mut series = manifest.record().series[1].clone();
        series.number = 3;
        let policy = TOWN.first.policy.clone();
        let today = Day(TODAY.0 + day);
        let next = Proposal::after(&manifest, series, Vec::new(), policy, 1, today);
        next.record.series.iter().map(|series| series.number).collect::<Vec<_>>()
    };
    assert_eq!((carried(40), carried(41)), (vec![1, 2, 3], vec![2, 3]));
}

/// What was answered is asked again after the series has left the manifest: everything gets its
/// answer for ever, to the byte. Tokens and certificates need keys for that, and are worth nothing
/// any more. Where the keys were destroyed, one refusal says that the session was accepted, and
/// names it.
#[test]
fn lc17_what_was_answered_is_answered_again_after_its_series_has_left() {
    let mut stage = TOWN.rotate(Stage::of(TOWN.office(1, &[])));
    let held = stage.office.manifest.clone();
    let one = first_series(&held);
    let wallet = Wallet::enrolled(&stage);
    let session = wallet.opened_in(&stage, one, 6);
    let places = wallet.slots(&stage, &session);
    let reveal = || wallet.reveal(&session, Want::Sign, &held);
    let [(drawn, _), (_, paid), (_, late), (_, swapped)] =
        [0, 1, 2, 3].map(|at| wallet.drawn(&stage, &places[at], 100));
    let tokens = stage.withdraw(&stage.bank, &drawn.bytes);
    let unsent = wallet.withdrawal(&stage, &[(&places[5], 100)]);
    let item = wallet.cash(&paid, &places[1], CREDIT, &held);
    assert_eq!(deposit(&stage, &item), Ok(ONE));
    let plan = exchange_plan(&stage, &[(&places[4], 100)]);
    let fund = wallet.cash(&swapped, &places[3], Instruction::Fund(plan.hash()), &held);
    let sid = plan.sid;
    let exchange = Exchange { plan, items: vec![fund.item] }.to_bytes();
    let fresh = stage.exchange(&stage.bank, &exchange);
    assert!(fresh.is_ok());
    stage.now = on(31);
    let claim = withdrawer(&wallet, drawn.opening(0, &places[0]));
    let leads = Ok(Granted::Leads(Day(TODAY.0 + 40)));
    assert_eq!(stage.claim(&stage.bank, &claim), leads);
    stage.now = on(41);
    assert_eq!(stage.claim(&stage.bank, &claim), leads, "it waits to be paid");
    assert_eq!(stage.pay_due(), (1, 0));
    let certificates = stage.provision(&stage.bank, reveal());
    assert!(certificates.is_ok());
    let unclaimed = wallet.cash(&late, &places[2], CREDIT, &held);
    let answers = |stage: &Stage| {
        assert_eq!(deposit(stage, &item), Ok(ONE));
        assert_eq!(stage.claim(&stage.bank, &claim), Ok(Granted::Paid(ONE)));
        assert_eq!(refused(deposit(stage, &unclaimed)), Error::Expired);
        let elsewhere = stage.deposit(&stage.other_bank, from_ref(&item.item)).remove(0);
        assert_eq!(refused(elsewhere), Error::Cashed, "nobody else is paid for it");
    };
    answers(&stage);
    assert_eq!(stage.withdraw(&stage.bank, &drawn.bytes), tokens);
    assert_eq!(stage.exchange(&stage.bank, &exchange), fresh);
    let (vault, postings) = (stage.balance(&stage.bank), stage.count::<Postings>());

    let never = |stage: &Stage| {
        let refusal = stage.withdraw(&stage.bank, &unsent.bytes).unwrap_err();
        assert_eq!(refusal, Error::RequestExpired.into(), "it is not said to have been accepted");
    };
    stage.office = TOWN.office_without_the_first(false);
    assert!(stage.manifest().slot_key(one).is_err(), "it has left");
    answers(&stage);
    assert_eq!(stage.withdraw(&stage.bank, &drawn.bytes), tokens);
    assert_eq!(stage.exchange(&stage.bank, &exchange), fresh);
    assert_eq!(stage.provision(&stage.bank, reveal()), certificates);
    never(&stage);

    stage.office = TOWN.office_without_the_first(true);
    answers(&stage);
    let tokens = stage.withdraw(&stage.bank, &drawn.bytes).unwrap_err();
    assert!(tokens.is_spent(drawn.plan.sid), "{tokens:?}");
    let fresh = stage.exchange(&stage.bank, &exchange).unwrap_err();
    assert!(fresh.is_spent(sid), "{fresh:?}");
    assert_eq!(stage.provision(&stage.bank, reveal()).unwrap_err().error, Error::Expired);
    never(&stage);
    assert_eq!((stage.balance(&stage.bank), stage.count::<Postings>()), (vault, postings));
    stage.assert_clean();
}

/// The reply of a withdrawal and of an exchange is lost, and before anybody asks again the key is
/// frozen, or officers revoke it, its series or everything, or the last day to withdraw is over: it
/// is the reply that it was, and nothing is paid twice.
#[test]
fn lc17_a_lost_reply_is_made_again_after_a_freeze_and_after_every_revocation() {
    let mut stage = Stage::of(TOWN.office(1, &[]));
    let held = stage.office.manifest.clone();
    let wallet = Wallet::enrolled(&stage);
    let session = wallet.opened(&stage, 3);
    let places = wallet.slots(&stage, &session);
    let lost = wallet.withdrawal(&stage, &[(&places[0], 100)]);
    let tokens = stage.withdraw(&stage.bank, &lost.bytes);
    let swapped = wallet.token(&stage, &places[1], 100);
    let plan = exchange_plan(&stage, &[(&places[2], 100)]);
    let fund = wallet.cash(&swapped, &places[1], Instruction::Fund(plan.hash()), &held);
    let exchange = Exchange { plan, items: vec![fund.item] }.to_bytes();
    let fresh = stage.exchange(&stage.bank, &exchange);
    assert!(tokens.is_ok() && fresh.is_ok());
    let (vault, postings) = (stage.balance(&stage.bank), stage.count::<Postings>());
    let again = |stage: &Stage, why: &str| {
        assert_eq!(stage.withdraw(&stage.bank, &lost.bytes), tokens, "{why}");
        assert_eq!(stage.exchange(&stage.bank, &exchange), fresh, "{why}");
        assert_eq!((stage.balance(&stage.bank), stage.count::<Postings>()), (vault, postings));
    };
    let value_key = denomination(&held, 100);
    for subject in [
        Subject::Denomination(value_key),
        Subject::Series(first_series(&held)),
        Subject::Everything,
    ] {
        stage.office = TOWN.office(1, &[subject]);
        let more = wallet.withdrawal(&stage, &[(&places[0], 100)]);
        assert_eq!(refused(stage.withdraw(&stage.bank, &more.bytes)), Error::Plan);
        again(&stage, "revoked");
    }
    stage.office = TOWN.office(1, &[]);
    let frozen = FrozenKey { since: stage.now, refused: Count(1) };
    stage.change(|view| view.frozen.want(value_key), |view| view.frozen.insert(value_key, frozen));
    let more = wallet.withdrawal(&stage, &[(&places[0], 100)]);
    assert_eq!(refused(stage.withdraw(&stage.bank, &more.bytes)), Error::KeySuspect);
    again(&stage, "frozen");
    for day in [11, 21, 31, 41] {
        stage.now = on(day);
        again(&stage, "a phase is over");
    }
}

/// Requests race the end of a phase, and the server's clock steps: only its time counts, and a
/// request that was answered keeps its answer wherever the clock goes.
#[test]
fn a15_a_clock_that_jumps_moves_the_end_of_a_phase_and_no_answer() {
    let mut stage = Stage::of(TOWN.office(1, &[]));
    let wallet = Wallet::enrolled(&stage);
    let session = wallet.opened(&stage, 3);
    let places = wallet.slots(&stage, &session);
    let end = Timestamp(u64::from(TODAY.0 + 11) * 86_400);
    let around = |seconds: i64| Timestamp(end.0.checked_add_signed(seconds).expect("in range"));
    stage.now = around(-1);
    let first = wallet.withdrawal(&stage, &[(&places[0], 100)]);
    let second = wallet.withdrawal(&stage, &[(&places[1], 100)]);
    let tokens = stage.withdraw(&stage.bank, &first.bytes);
    assert!(tokens.is_ok(), "the last second");
    for seconds in [0, 600, -600, 86_400, -86_400] {
        stage.now = around(seconds);
        assert_eq!(stage.withdraw(&stage.bank, &first.bytes), tokens, "{seconds} s");
    }
    for seconds in [0, 1, 600] {
        stage.now = around(seconds);
        let refused = refused(stage.withdraw(&stage.bank, &second.bytes));
        assert_eq!(refused, Error::Plan, "{seconds} s");
    }
    stage.now = around(-600);
    assert_eq!(refused(stage.withdraw(&stage.bank, &second.bytes)), Error::Plan, "it is final");
    let anew = wallet.withdrawal(&stage, &[(&places[1], 100)]);
    assert!(stage.withdraw(&stage.bank, &anew.bytes).is_ok(), "a refusal changed nothing else");
    assert_eq!(stage.balance(&stage.bank).minor_units(), VAULT.minor_units() - 200);
    stage.assert_clean();
}

/// A signature under the key of a small denomination is presented as one of a large one, and under
/// another series: the value is a function of the key that verifies, and of nothing else.
#[test]
fn a6_a_token_is_worth_what_its_key_is_for_and_nothing_else() {
    let mut stage = TOWN.rotate(Stage::of(TOWN.office(1, &[])));
    stage.now = on(11);
    let wallet = Wallet::enrolled(&stage);
    let session = wallet.opened(&stage, 1);
    let places = wallet.slots(&stage, &session);
    let chain = wallet.token(&stage, &places[0], 1000);
    let item = wallet.cash(&chain, &places[0], CREDIT, stage.manifest()).item;
    let (large, small) =
        (denomination(stage.manifest(), 1000).0, denomination(stage.manifest(), 100).0);
    let at = item.windows(32).position(|window| window == large).expect("the item names it");
    let mut swapped = item.clone();
    swapped[at..at + 32].copy_from_slice(&small);
    let errors = BTreeSet::from([Error::Value.name(), Error::Cert.name()]);
    let error = refused(stage.deposit(&stage.bank, &[swapped]).remove(0));
    assert!(errors.contains(error.name()), "{error:?}");
    assert_eq!(stage.deposit(&stage.bank, &[item]), [Ok(TEN)]);
    stage.assert_clean();

    let stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    let session = wallet.opened(&stage, 3);
    let places = wallet.slots(&stage, &session);
    let values = [100, 200, 500];
    for (place, value) in places.iter().zip(values) {
        let chain = wallet.token(&stage, place, value);
        let item = wallet.cash(&chain, place, CREDIT, stage.manifest()).item;
        let own = denomination(stage.manifest(), value).0;
        let at = item.windows(32).position(|window| window == own).expect("the item names it");
        for other in values.into_iter().filter(|other| *other != value) {
            let mut swapped = item.clone();
            swapped[at..at + 32].copy_from_slice(&denomination(stage.manifest(), other).0);
            let outcome = stage.deposit(&stage.bank, &[swapped]).remove(0);
            assert_eq!(refused(outcome), Error::Value, "{value} as {other}");
        }
        assert_eq!(stage.deposit(&stage.bank, &[item]), [Ok(Amount::from_minor_units(value))]);
    }
    stage.assert_clean();
}

#[test]
fn a_revoked_series_is_only_cashed_and_a_revoked_denomination_only_paid_by_openings() {
    let mut stage = Stage::of(TOWN.office(1, &[]));
    let wallet = Wallet::enrolled(&stage);
    let session = wallet.opened(&stage, 3);
    let places = wallet.slots(&stage, &session);
    let chains = [0, 1].map(|at| wallet.token(&stage, &places[at], 100));
    let one = first_series(stage.manifest());
    stage.office = TOWN.office(1, &[Subject::Series(one)]);
    let manifest = stage.office.manifest.clone();
    assert_eq!(opens(&stage, &Wallet::enrolled(&stage), one), Some(Error::Plan));
    let more = wallet.withdrawal(&stage, &[(&places[2], 100)]);
    assert_eq!(refused(stage.withdraw(&stage.bank, &more.bytes)), Error::Plan);
    let cash = wallet.cash(&chains[0], &places[0], CREDIT, &manifest);
    assert_eq!(deposit(&stage, &cash), Ok(ONE), "no value is at risk");

    let value_key = Subject::Denomination(denomination(&manifest, 100));
    let item = wallet.cash(&chains[1], &places[1], CREDIT, &manifest);
    for subject in [value_key, Subject::Everything] {
        stage.office = TOWN.office(1, &[subject]);
        let more = wallet.withdrawal(&stage, &[(&places[2], 100)]);
        assert_eq!(refused(stage.withdraw(&stage.bank, &more.bytes)), Error::Plan);
        assert_eq!(refused(deposit(&stage, &item)), Error::KeySuspect);
    }
    let told = stage.office.tell(0, tender_token::deny_list::DenyList::default());
    assert_eq!(told.notices.revocations.len(), 1);
    stage.assert_clean();
}
