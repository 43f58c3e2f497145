//! The operators' plane: what is changed while the server serves, from the next request on.

use crate::command_line::{admit, apply, founded, lose, program, run};
use crate::served::{Served, fingerprint};
use crate::stage::{Bank, OFFICERS, Stage, officer};
use crate::wallet::{CREDIT, Cash, Wallet};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use tender_issuer::rows::{Account, Actions, Entries, Intermediaries, Membership};
use tender_proto::admission::Admission;
use tender_proto::operator::{Amendment, Operation, Refusal, Reply, from_wire};
use tender_proto::transport::channel;
use tender_proto::wire::issuer_client::IssuerClient;
use tender_proto::wire::operator_client::OperatorClient;
use tender_proto::{deposit, wire};
use tender_token::amount::Amount;
use tender_token::error::Error;
use tender_token::treasury::{Order, Submission};
use tonic::Code;
use tonic::transport::Channel;

/// A wallet's token of 1.00 on its way to an account.
fn token(stage: &Stage) -> Cash {
    let wallet = Wallet::enrolled(stage);
    let session = wallet.opened(stage, 1);
    let places = wallet.slots(stage, &session);
    let chain = wallet.token(stage, &places[0], 100);
    wallet.cash(&chain, &places[0], CREDIT, stage.manifest())
}

pub async fn operate(client: &mut OperatorClient<Channel>, operation: Operation) -> Reply {
    let request = wire::OperateRequest::from(operation);
    let reply = client.operate(request).await.expect("the issuer answers").into_inner();
    from_wire(reply).expect("the reply can be read")
}

/// Presents an item over a bank's connection.
async fn present(client: &mut IssuerClient<Channel>, cash: &Cash) -> deposit::Outcome {
    let request = wire::DepositRequest { items: vec![cash.item.clone()] };
    let reply = client.deposit(request).await.expect("the issuer answers").into_inner();
    deposit::from_wire(reply).expect("the reply can be read").remove(0)
}

async fn code(client: &mut IssuerClient<Channel>) -> Code {
    let answer = client.trust(wire::TrustRequest { held: 0 }).await;
    answer.map_or_else(|status| status.code(), |_| Code::Ok)
}

/// Gives a bank the certificate that it calls with here.
async fn certify(operator: &mut OperatorClient<Channel>, bank: &Bank, fingerprint: [u8; 32]) {
    let rotate = Operation::Amend(bank.id(), Amendment::Rotate(fingerprint));
    operate(operator, rotate).await.expect("the certificate is new");
}

fn supply(stage: &Stage, order: Order, amount: u64, officers: &[u8]) -> Operation {
    let instruction = stage.instruction(order, amount);
    let approvals = officers.iter().map(|seed| officer(*seed).approve(&instruction)).collect();
    Operation::Supply(Box::new(Submission { instruction, approvals }))
}

#[tokio::test(flavor = "multi_thread")]
async fn ra_18_a_suspended_bank_is_refused_at_once_and_its_customers_tokens_are_good_elsewhere() {
    let stage = Stage::new();
    let cash = token(&stage);
    let served = Served::start(&stage);
    let mut operator = served.operator_client(&served.operator);
    certify(&mut operator, &stage.bank, fingerprint(&served.bank)).await;
    let [mut bank, mut other] =
        [&served.bank, &served.other_bank].map(|own| served.client(Some(own)));
    assert_eq!((code(&mut bank).await, code(&mut other).await), (Code::Ok, Code::Ok));

    let amend = |amendment| Operation::Amend(stage.bank.id(), amendment);
    operate(&mut operator, amend(Amendment::Suspend)).await.expect("it is admitted");
    assert_eq!(code(&mut bank).await, Code::PermissionDenied, "over the open connection");
    let request = wire::DepositRequest { items: vec![cash.item.clone()] };
    let refused = bank.deposit(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let again = operate(&mut operator, amend(Amendment::Suspend)).await;
    assert_eq!(again, Err(Refusal::Already));
    assert_eq!(present(&mut other, &cash).await, Ok(Amount::from_minor_units(100)));

    operate(&mut operator, amend(Amendment::Resume)).await.expect("it is suspended");
    assert_eq!(code(&mut bank).await, Code::Ok, "over the same connection");
    let renewed = fingerprint(&served.auditor);
    operate(&mut operator, amend(Amendment::Rotate([5; 32]))).await.expect("it is new");
    assert_eq!(code(&mut bank).await, Code::Unauthenticated, "with the old certificate");
    operate(&mut operator, amend(Amendment::Rotate(renewed))).await.expect("it is new");
    let mut auditor = served.client(Some(&served.auditor));
    let statement =
        wire::StatementRequest { after_posting: 0, after_incident: 0, after_reserve_posting: 0 };
    let refused = auditor.statement(statement).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied, "an auditor stays one");
    drop((operator, bank, other, auditor));
    served.stop().await;
    stage.assert_clean();
}

/// An intermediary that is admitted while the server serves may call at once.
#[tokio::test(flavor = "multi_thread")]
async fn ra_18_who_is_admitted_while_the_server_serves_may_call_at_once() {
    let stage = Stage::new();
    let served = Served::start(&stage);
    let mut operator = served.operator_client(&served.operator);
    let own = tender_proto::certificate::issue(
        &served.authority,
        "westhaven",
        tender_proto::certificate::Role::Client,
    )
    .expect("certificates can be made");
    let mut new = served.client(Some(&own));
    assert_eq!(code(&mut new).await, Code::Unauthenticated);
    let admit = Operation::Admit {
        id: tender_token::identity::RegistrarId(officer(77).public().0),
        name: "Westhaven".to_owned(),
        fingerprint: fingerprint(&own),
        quota: Amount::from_minor_units(1_000),
    };
    let reply = operate(&mut operator, admit.clone()).await;
    assert_eq!(reply, Ok(u64::try_from(stage.count::<Actions>()).expect("it is small")));
    assert_eq!(code(&mut new).await, Code::Ok, "over the connection it opened before");
    assert_eq!(operate(&mut operator, admit.clone()).await, Err(Refusal::Already));
    let Operation::Admit { id, name, fingerprint, .. } = admit else { panic!("it is one") };
    let other = Operation::Admit { id, name, fingerprint, quota: Amount::ZERO };
    assert_eq!(operate(&mut operator, other).await, Err(Refusal::Taken), "with another quota");
    let overview = operator.overview(wire::OverviewRequest {}).await.expect("the issuer answers");
    let rows = overview.into_inner().intermediaries;
    assert!(rows.iter().any(|row| row.name == "Westhaven" && row.quota == 1_000));
    drop((operator, new));
    served.stop().await;
    stage.assert_clean();
}

/// Neither a bank nor an auditor operates, and an operator alone moves no supply: nothing is
/// changed, and nothing is recorded.
#[tokio::test(flavor = "multi_thread")]
async fn ra_17_a_banks_certificate_cannot_operate_and_an_operator_alone_cannot_issue() {
    let stage = Stage::new();
    let served = Served::start(&stage);
    let issue = |officers| supply(&stage, Order::Issue, 500, officers);
    let before = (stage.count::<Actions>(), stage.held(Account::Issued));
    let suspend = Operation::Amend(stage.other_bank.id(), Amendment::Suspend);
    let out = stage.path().join("stolen");
    for own in [&served.bank, &served.auditor] {
        let mut client = served.operator_client(own);
        for operation in [suspend.clone(), issue(&OFFICERS)] {
            let refused = client.operate(wire::OperateRequest::from(operation)).await.unwrap_err();
            assert_eq!(refused.code(), Code::PermissionDenied);
        }
        let out = out.to_str().expect("it is text").to_owned();
        let refused = client.backup(wire::BackupRequest { out }).await.unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied);
    }
    assert!(!out.exists());
    let mut operator = served.operator_client(&served.operator);
    for officers in [&[][..], &OFFICERS[..1]] {
        let reply = operate(&mut operator, issue(officers)).await;
        assert_eq!(reply, Err(Refusal::Protocol(Error::Auth)));
    }
    assert_eq!((stage.count::<Actions>(), stage.held(Account::Issued)), before);
    operate(&mut operator, issue(&OFFICERS[..2])).await.expect("two of three approve");
    assert_eq!(stage.held(Account::Issued), before.1 + 500);
    drop(operator);
    served.stop().await;
    stage.assert_clean();
}

/// Customers are served before, between and after operators' calls, also when an operator hangs up
/// in the middle of one; and the numbers of entries and actions go on without a gap.
#[tokio::test(flavor = "multi_thread")]
async fn ra_02_customers_need_no_operator_and_the_entries_have_no_gap() {
    let stage = Stage::new();
    let cash: Vec<_> = (0..3).map(|_| token(&stage)).collect();
    let served = Served::start(&stage);
    let mut bank = served.client(Some(&served.bank));
    let one = Ok(Amount::from_minor_units(100));
    let issue = || supply(&stage, Order::Issue, 7, &OFFICERS[..2]);
    let issued = stage.held(Account::Issued);

    let mut operator = served.operator_client(&served.operator);
    operate(&mut operator, issue()).await.expect("two of three approve");
    assert_eq!(present(&mut bank, &cash[0]).await, one);
    let mut hung_up = operator.clone();
    let request = wire::OperateRequest::from(issue());
    let call = tokio::spawn(async move { hung_up.operate(request).await });
    tokio::task::yield_now().await;
    call.abort();
    drop(operator);
    assert_eq!(present(&mut bank, &cash[1]).await, one, "with no operator there");

    let mut operator = served.operator_client(&served.operator);
    operate(&mut operator, issue()).await.expect("two of three approve");
    assert_eq!(present(&mut bank, &cash[2]).await, one);
    drop((operator, bank));
    served.stop().await;
    let done = (stage.held(Account::Issued) - issued) / 7;
    assert!((2..=3).contains(&done), "each order is carried out once or not at all: {done}");
    let (mut entries, mut actions) = (0, 0);
    stage
        .store
        .scan::<Entries>(|number, _| {
            entries += 1;
            assert_eq!(number.0, entries);
        })
        .expect("the store answers");
    stage
        .store
        .scan::<Actions>(|number, _| {
            actions += 1;
            assert_eq!(number.0, actions);
        })
        .expect("the store answers");
    assert!(entries > 0 && actions > 0);
    stage.assert_clean();
}

/// Whoever hangs up changes nothing about what was decided: once the suspension is in the books,
/// the bank is refused.
#[tokio::test(flavor = "multi_thread")]
async fn ra_18_a_suspension_holds_though_the_operator_hung_up() {
    let stage = Stage::new();
    let served = Served::start(&stage);
    let mut operator = served.operator_client(&served.operator);
    certify(&mut operator, &stage.bank, fingerprint(&served.bank)).await;
    let mut bank = served.client(Some(&served.bank));
    let suspended = || {
        let mut found = false;
        let scan = stage.store.scan::<Intermediaries>(|id, row| {
            found |= id == stage.bank.id() && row.standing != Membership::Admitted;
        });
        scan.expect("the store answers");
        found
    };
    let mut pause = std::time::Duration::from_millis(2);
    while !suspended() {
        let suspend = Operation::Amend(stage.bank.id(), Amendment::Suspend);
        let mut client = operator.clone();
        let request = wire::OperateRequest::from(suspend);
        let call = tokio::spawn(async move { client.operate(request).await });
        tokio::time::sleep(pause).await;
        call.abort();
        // However busy the machine is, some call comes as far as the books before it is given up.
        pause = pause.saturating_mul(2);
    }
    // What is asked now is decided after the suspension and its consequences.
    let again = Operation::Amend(stage.bank.id(), Amendment::Suspend);
    assert_eq!(operate(&mut operator, again).await, Err(Refusal::Already));
    assert_eq!(code(&mut bank).await, Code::PermissionDenied);
    drop((operator, bank));
    served.stop().await;
    stage.assert_clean();
}

/// The program's server, until its standard input is closed.
pub struct Server {
    child: Child,
    address: String,
}

impl Server {
    pub fn start(folder: &Path) -> Self {
        Self::start_with(folder, &[])
    }

    pub fn start_with(folder: &Path, args: &[&str]) -> Self {
        let mut serve = program(folder);
        serve.args(["serve", "--until-stdin-closes"]).args(args);
        serve.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = serve.spawn().expect("the program runs");
        let mut said = String::new();
        BufReader::new(child.stdout.take().expect("standard output is a pipe"))
            .read_line(&mut said)
            .expect("standard output is a pipe");
        let said: Value = serde_json::from_str(&said).expect("it says one JSON object");
        let address = said["listening"].as_str().expect("it is text").to_owned();
        Self { child, address }
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    /// The number of the server's process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// The system's limits of the server's process.
    fn limits(&self) -> String {
        std::fs::read_to_string(format!("/proc/{}/limits", self.process())).expect("Linux tells")
    }

    pub fn stop(mut self) {
        drop(self.child.stdin.take());
        self.ended();
    }

    /// Waits until the server has ended as it was told.
    pub fn ended(mut self) {
        assert_eq!(self.child.wait().expect("it is our child").code(), Some(0));
    }
}

/// Every command that needs no stopped server, given while one serves.
#[test]
fn ra_02_the_operators_commands_work_while_the_issuer_serves() {
    let home = founded();
    let folder = home.path();
    let server = Server::start(folder);
    apply(folder, "Nordhaven", 1);
    assert_eq!(admit(folder, "first.toml").0, 0);
    assert_eq!(admit(folder, "again.toml").0, 1, "it is admitted already");
    let text = std::fs::read_to_string(folder.join("first.toml")).expect("the folder is ours");
    let admission: Admission = toml::from_str(&text).expect("it is an admission");
    let runtime = tokio::runtime::Runtime::new().expect("the system has threads");
    let mut bank = runtime.block_on(async {
        let channel = channel(&server.address, &admission.authority, Some(&admission.credential));
        IssuerClient::new(channel.expect("the address is one"))
    });
    assert_eq!(runtime.block_on(code(&mut bank)), Code::Ok, "at once");

    let issue = ["treasury", "issue", "--amount", "20", "--out", "issue.instruction"];
    assert_eq!(run(folder, &issue).0, 0);
    let mut submit = vec!["treasury", "submit", "--instruction", "issue.instruction"];
    for (key, out) in [("officer-101.key", "1.approval"), ("officer-102.key", "2.approval")] {
        let (exit, said) = run(folder, &submit);
        assert_eq!((exit, &said["error"]["code"]), (1, &json!("E_AUTH")), "too few approve");
        let approve = ["approve", "--instruction", "issue.instruction", "--key", key, "--out", out];
        assert_eq!(run(folder, &[&["treasury"], &approve[..]].concat()).0, 0);
        submit.extend(["--approval", out]);
    }
    assert_eq!(run(folder, &submit).1["treasury"], json!(2000));
    assert_eq!(run(folder, &submit).1["already"], json!(true), "a replay");
    assert_eq!(run(folder, &["supply"]).1["issued"], json!(2000));
    let (_, said) = run(folder, &["treasury", "statement"]);
    assert_eq!(said["postings"][0]["amount"], json!(2000));

    let named = |verb| run(folder, &["intermediary", verb, "--name", "Nordhaven"]);
    assert_eq!(named("suspend").0, 0);
    assert_eq!(runtime.block_on(code(&mut bank)), Code::PermissionDenied);
    assert_eq!(named("suspend").1["already"], json!(true));
    let (_, said) = run(folder, &["intermediary", "list"]);
    assert_eq!(said["intermediaries"][0]["standing"], json!("suspended"));
    assert_eq!(named("resume").0, 0);
    assert_eq!(runtime.block_on(code(&mut bank)), Code::Ok);
    let freeze = ["wallet", "freeze", "--identity", &"11".repeat(32)];
    assert_eq!(run(folder, &freeze).1["error"]["code"], json!("UNKNOWN_WALLET"));
    assert_eq!(run(folder, &["incident", "list"]).1, json!({ "incidents": [] }));

    let (exit, trusted) = run(folder, &["trust"]);
    assert_eq!(exit, 0);
    let (exit, audited) = run(folder, &["audit"]);
    assert_eq!((exit, &audited["treasury"]), (0, &json!(2000)));
    for left in ["home/audited", "home/audited.unfinished"] {
        assert!(!folder.join(left).exists(), "the copy is gone");
    }
    let backup = ["backup", "--out", "copy"];
    assert_eq!(run(folder, &backup).0, 0);
    assert_eq!(run(folder, &backup).0, 2, "nothing is overwritten");
    drop(bank);
    server.stop();

    assert_eq!(run(folder, &["trust"]).1, trusted, "the same without a server");
    assert_eq!(run(folder, &["audit"]).1["log"], audited["log"]);
    lose(&folder.join("home"));
    assert_eq!(run(folder, &["restore", "--from", "copy"]).0, 0, "the copy is whole");
    assert_eq!(run(folder, &["supply"]).1["issued"], json!(2000));
}

/// The real server, which holds every key, would leave none of them in a file when it crashes.
#[test]
fn g3_a_server_that_crashes_leaves_no_core_dump() {
    let home = founded();
    let server = Server::start(home.path());
    let limits = server.limits();
    let core = limits.lines().find_map(|line| line.strip_prefix("Max core file size"));
    let words: Vec<_> = core.expect("Linux tells").split_whitespace().take(2).collect();
    assert_eq!(words, ["0", "0"], "{limits}");
    server.stop();
}
