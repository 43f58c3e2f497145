//! A claim that an operator pays, from a founded home to an audit: by the program's own commands.

use super::scene::{holder, on, slots};
use crate::clock::system_day;
use crate::command_line::{INIT, configured, run};
use crate::frozen::forge;
use crate::operator::Server;
use crate::stage::{NOW, Stage, TODAY, VAULT};
use crate::wallet::Wallet;
use getrandom::SysRng;
use rand_core::UnwrapErr;
use serde_json::json;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tender_issuer::cli;
use tender_issuer::clock::Clocks;
use tender_issuer::config::Config;
use tender_issuer::home::Home;
use tender_issuer::office::{Office, Published};
use tender_issuer::signer::InProcess;
use tender_issuer::store::Store;
use tender_store::envelope::Lock;
use tender_token::date::Timestamp;
use tender_token::date::calendar::iso;
use tender_token::signature::PublicKey;
use tender_token::token::TokenId;
use zeroize::Zeroizing;

/// A day between the last one of deposits and the last one of claims, by the example's series.
const CLAIMING: u32 = 90;

/// The program's commands in this process, by another clock than the system's.
fn at(clock: fn() -> Timestamp, folder: &Path, args: &[&str]) -> ExitCode {
    let path = |name: &str| folder.join(name).into_os_string();
    let mut words: Vec<OsString> = vec!["tender-issuer".into(), "--json".into()];
    words.extend(["--home".into(), path("home"), "--passphrase-file".into(), path("passphrase")]);
    let file = |word: &&str| match folder.join(word) {
        path if path.exists() => path.into_os_string(),
        _ => word.into(),
    };
    words.extend(args.iter().map(file));
    words.extend(["--today".into(), iso(clock().day()).into()]);
    cli::run(words.into_iter(), Clocks::new(clock, || Duration::ZERO), UnwrapErr(SysRng))
}

/// A stage over the home's own store and keys, on the day on which it was founded.
fn stage(folder: &Path) -> Stage {
    let home = Home::new(folder.join("home"));
    let config = std::fs::read_to_string(home.config()).expect("it was founded");
    let config = Config::parse(&config).expect("it was founded with it");
    let root = std::fs::read_to_string(home.key("root.pub")).expect("it was founded");
    let mut key = [0; 32];
    hex::decode_to_slice(root.trim(), &mut key).expect("it is hex");
    let store = Store::open(&home.directory()).expect("nobody has it");
    let published = Published::read(&store).expect("the store answers");
    let (_, manifest) = published.verify(&PublicKey(key)).expect("the root signed it");
    let mut lock = Lock::new(Zeroizing::new(b"of the issuer".to_vec())).expect("it is not empty");
    let signer = InProcess::load(&home, &manifest, &mut lock).expect("the keys are there");
    let signer = signer.counted(&home, config.signatures_max, &BTreeMap::new());
    let signer = Box::new(signer.expect("nothing was signed yet"));
    let office = Office::new(published, &PublicKey(key), signer, config.sessions_per_day);
    let scratch = TempDir::new().expect("the system has room for a folder");
    Stage::over(scratch, Arc::new(office.expect("everything is signed")), store)
}

/// A home with these denominations that is quickly founded on the stage's day, a stage over it.
pub fn staged(denominations: &str) -> (TempDir, Stage) {
    let home = configured();
    let folder = home.path();
    let text = std::fs::read_to_string(folder.join("issuer.toml")).expect("it was written");
    assert!(text.contains("depth = 8"), "the example is made quicker");
    let text = text.replace("depth = 8", "depth = 6").replace(r#"["1.00"]"#, denominations);
    std::fs::write(folder.join("issuer.toml"), text).expect("the folder is ours");
    assert_eq!(at(|| NOW, folder, &INIT), ExitCode::SUCCESS);
    let stage = stage(folder);
    assert_eq!(stage.now.day(), TODAY);
    (home, stage)
}

/// One token was signed and three are claimed, of which two are a thief's. Whose is true nothing
/// tells, so all wait until their last day is over and an operator says which one is paid: not
/// before, no other one, and once.
#[test]
fn lc13_a_claim_is_filed_listed_and_paid_by_the_programs_own_commands() {
    let (home, mut stage) = staged(r#"["1.00"]"#);
    let folder = home.path();
    let [payer, thief] = [0, 1].map(|_| Wallet::enrolled(&stage));
    let (from, dens) = (slots(&payer, &stage), slots(&thief, &stage));
    let honest = payer.token(&stage, &from[0], 100);
    let forged = [0, 1].map(|at| forge(&stage, &thief, &dens[at]));
    let opening = |place: &crate::wallet::Place<'_>| place.opening(stage.manifest());
    let claims = [
        holder(&payer, &honest, opening(&from[0])),
        holder(&thief, &forged[0], opening(&dens[0])),
        holder(&thief, &forged[1], opening(&dens[1])),
    ];
    stage.now = on(CLAIMING);
    for claim in &claims {
        stage.claim(&stage.bank, claim).expect("it leads");
    }
    let bank = hex::encode(stage.bank.id().0);
    drop(stage);

    let hexed = |token: TokenId| hex::encode(token.0);
    let [own, thiefs] = [honest.token_id(), forged[0].token_id()].map(hexed);
    let early = at(|| on(CLAIMING + 1), folder, &["claim", "pay", "--token", &own]);
    assert_eq!(early, ExitCode::from(1), "its last day is not over");
    let told = |args: &[&str], code: i32| {
        let (exit, said) = run(folder, args);
        assert_eq!(exit, code, "{args:?}: {said}");
        said
    };
    let waiting = || told(&["claim", "list"], 0)["claims"].as_array().expect("a list").clone();
    assert_eq!(waiting().len(), 3);
    // The program's own clock is long behind the last day.
    let server = Server::start_with(folder, &["--today", &iso(system_day())]);
    let listed = waiting();
    let line = listed.iter().find(|line| line["token"] == json!(own)).expect("it waits");
    assert_eq!(
        [&line["value"], &line["intermediary"], &line["opened"]],
        [&json!(100), &json!(bank), &json!(false)]
    );
    let pay = |token: &str, code: i32| told(&["claim", "pay", "--token", token], code);
    assert_eq!(pay(&"01".repeat(32), 1)["error"]["code"], json!("UNKNOWN_CLAIM"));
    let paid = pay(&own, 0);
    assert_eq!(pay(&own, 0), json!({ "token": own, "already": true }), "it is paid once");
    assert_eq!(pay(&thiefs, 1)["error"]["code"], json!("E_OPENING"), "the bound is used up");
    assert_eq!(waiting().len(), 2);
    server.stop();

    assert_eq!(waiting().len(), 2, "the store says the same");
    let after = (paid["action"].as_u64().expect("a number") - 1).to_string();
    let recorded = told(&["action", "list", "--after", &after], 0);
    let recorded = &recorded["actions"].as_array().expect("a list")[..];
    let [recorded] = recorded else { panic!("one action is new: {recorded:?}") };
    let change = &recorded["change"];
    assert_eq!([&change["of"], &change["token"]], [&json!("claim"), &json!(own)]);
    assert_eq!(recorded["by"], json!("operator"));
    let banks = told(&["intermediary", "list"], 0);
    let banks = banks["intermediaries"].as_array().expect("a list");
    let credited = banks.iter().find(|row| row["id"] == json!(bank)).expect("it is admitted");
    assert_eq!(credited["vault"], json!(VAULT.minor_units()), "what was withdrawn came back");
    let audited = told(&["audit"], 0);
    assert_eq!((&audited["violations"], &audited["circulation"]), (&json!([]), &json!(0)));
}
