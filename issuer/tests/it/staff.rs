//! Staff: operators, auditors and supervisors, appointed and dismissed while the server serves.

use crate::command_line::{founded, run, told};
use crate::operator::{Server, operate};
use crate::served::{Served, fingerprint};
use crate::stage::Stage;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use tender_issuer::rows::{Actions, Staff};
use tender_proto::operator::{Amendment, Duty, Operation, Refusal};
use tender_proto::wire;
use tender_proto::wire::operator_client::OperatorClient;
use tender_token::amount::Amount;
use tender_token::identity::RegistrarId;
use tonic::Code;
use tonic::transport::Channel;

fn appoint(name: &str, duty: Duty, fingerprint: [u8; 32]) -> Operation {
    Operation::Appoint { name: name.to_owned(), duty, fingerprint }
}

async fn overview(client: &mut OperatorClient<Channel>) -> Code {
    let answer = client.overview(wire::OverviewRequest {}).await;
    answer.map_or_else(|status| status.code(), |_| Code::Ok)
}

async fn order(client: &mut OperatorClient<Channel>) -> Code {
    let request = wire::OperateRequest::from(Operation::Dismiss("nobody".to_owned()));
    client.operate(request).await.map_or_else(|status| status.code(), |_| Code::Ok)
}

/// Whoever is appointed may call over a connection that was open before, whoever is dismissed may
/// not any more, and neither takes more than the next request.
#[tokio::test(flavor = "multi_thread")]
async fn c6_a_dismissed_operator_or_auditor_is_refused_over_an_open_connection() {
    let stage = Stage::new();
    let served = Served::start(&stage);
    let mut operator = served.operator_client(&served.operator);
    let make = |name| {
        tender_proto::certificate::issue(
            &served.authority,
            name,
            tender_proto::certificate::Role::Client,
        )
        .expect("certificates can be made")
    };
    let actions = stage.count::<Actions>();
    for (name, duty, may_order) in [
        ("Olga", Duty::Operator, Code::Ok),
        ("Anton", Duty::Auditor, Code::PermissionDenied),
        ("Sven", Duty::Supervisor, Code::PermissionDenied),
    ] {
        let own = make(name);
        let mut client = served.operator_client(&own);
        assert_eq!(overview(&mut client).await, Code::Unauthenticated, "{name} before");
        let order_of = appoint(name, duty, fingerprint(&own));
        operate(&mut operator, order_of.clone()).await.expect("name and certificate are new");
        assert_eq!(overview(&mut client).await, Code::Ok, "{name} over the same connection");
        assert_eq!(order(&mut client).await, may_order, "{name}");
        assert_eq!(operate(&mut operator, order_of.clone()).await, Err(Refusal::Already));
        let twin = appoint("Other", duty, fingerprint(&own));
        assert_eq!(operate(&mut operator, twin).await, Err(Refusal::Taken), "one holder");

        operate(&mut operator, Operation::Dismiss(name.to_owned())).await.expect("appointed");
        assert_eq!(overview(&mut client).await, Code::Unauthenticated, "{name} over the same one");
        assert_eq!(order(&mut client).await, Code::Unauthenticated);
        let again = operate(&mut operator, Operation::Dismiss(name.to_owned())).await;
        assert_eq!(again, Err(Refusal::Already), "nobody else is named so");
        let again = operate(&mut operator, order_of).await;
        assert_eq!(again, Err(Refusal::Taken), "what ended is not good for anything again");
        let own = make(name);
        let renewed = appoint(name, duty, fingerprint(&own));
        operate(&mut operator, renewed).await.expect("the name is free again");
    }
    assert_eq!(stage.count::<Staff>(), 6);
    assert_eq!(stage.count::<Actions>(), actions + 9, "every change and no refusal is recorded");
    drop(operator);
    served.stop().await;
    stage.assert_clean();
}

/// Nobody is staff and an intermediary by one certificate, in whatever order it is tried, and what
/// was a dismissed member's is good for nothing again.
#[test]
fn ra17_a_staff_member_s_certificate_is_no_intermediary_s() {
    let stage = Stage::new();
    let (held, dismissed, free) = ([71; 32], [72; 32], [73; 32]);
    for (name, own) in [("Anton", held), ("Sven", dismissed)] {
        stage.operate(appoint(name, Duty::Auditor, own)).expect("both are new");
    }
    stage.operate(Operation::Dismiss("Sven".to_owned())).expect("he is appointed");
    let admit = |fingerprint| Operation::Admit {
        id: RegistrarId([74; 32]),
        name: "Westhaven".to_owned(),
        fingerprint,
        quota: Amount::from_minor_units(1_000),
    };
    let rotate = |own| Operation::Amend(stage.bank.id(), Amendment::Rotate(own));
    let actions = stage.count::<Actions>();
    for own in [held, dismissed] {
        assert_eq!(stage.operate(admit(own)), Err(Refusal::Taken));
        assert_eq!(stage.operate(rotate(own)), Err(Refusal::Taken));
    }
    assert_eq!(stage.count::<Actions>(), actions, "nothing is changed");
    stage.operate(rotate(free)).expect("it is nobody's");
    let reverse = stage.operate(appoint("Olga", Duty::Operator, free));
    assert_eq!(reverse, Err(Refusal::Taken), "it is the bank's");
    stage.operate(admit([75; 32])).expect("name and certificate are new");
    stage.assert_clean();
}

/// A bank's certificate that was replaced, which whoever stole it may still have, becomes nobody's
/// again: no operator's, not another bank's and not its own.
#[test]
fn c6_a_certificate_that_was_replaced_is_good_for_nothing_again() {
    let stage = Stage::new();
    let (old, new) = ([81; 32], [82; 32]);
    let rotate = |id, own| Operation::Amend(id, Amendment::Rotate(own));
    let (bank, other_bank) = (stage.bank.id(), stage.other_bank.id());
    stage.operate(rotate(bank, old)).expect("it is nobody's");
    stage.operate(rotate(bank, new)).expect("it is nobody's");
    let admit = Operation::Admit {
        id: RegistrarId([74; 32]),
        name: "Westhaven".to_owned(),
        fingerprint: old,
        quota: Amount::from_minor_units(1_000),
    };
    let actions = stage.count::<Actions>();
    for operation in [
        appoint("Mallory", Duty::Operator, old),
        rotate(other_bank, old),
        rotate(other_bank, new),
        rotate(bank, old),
        admit,
    ] {
        assert_eq!(stage.operate(operation.clone()), Err(Refusal::Taken), "{operation:?}");
    }
    assert_eq!(stage.operate(rotate(bank, new)), Err(Refusal::Already));
    assert_eq!(stage.count::<Actions>(), actions, "nothing is changed");
    stage.operate(Operation::Amend(bank, Amendment::Suspend)).expect("with the one it has");
    stage.operate(rotate(bank, [83; 32])).expect("it is nobody's");
    stage.assert_clean();
}

/// Writes the server's address into an access: the configuration lets the system choose the port,
/// so the file cannot know it.
pub fn reach(folder: &Path, access: &str, server: &Server) {
    let path = folder.join(access);
    let text = std::fs::read_to_string(&path).expect("it was written");
    let text = text.replace("127.0.0.1:0", server.address());
    std::fs::write(path, text).expect("the folder is ours");
}

/// Runs one command with somebody's access and no home.
pub fn by_access(folder: &Path, access: &str, args: &[&str]) -> (i32, Value) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tender-issuer"));
    command.current_dir(folder).args(["--json", "--access", access]);
    let output = command.args(args).output().expect("the program runs");
    let said = String::from_utf8(output.stdout).expect("it says text");
    let code = output.status.code().expect("it was not killed");
    (code, serde_json::from_str(&said).expect("one JSON object"))
}

/// The operator appoints an auditor and a supervisor while the server runs; both read from where
/// they are, change nothing, and are gone at once when they are dismissed.
#[test]
fn ra17_auditors_and_supervisors_read_from_elsewhere_and_change_nothing() {
    let home = founded();
    let folder = home.path();
    let server = Server::start(folder);
    for (name, role) in [("Anton", "auditor"), ("Sven", "supervisor"), ("Olga", "operator")] {
        let out = format!("{role}.toml");
        let args = ["staff", "appoint", "--name", name, "--role", role, "--out", &out];
        assert_eq!(run(folder, &args).1["role"], json!(role));
        reach(folder, &out, &server);
        let (code, said) = run(folder, &args);
        assert_eq!((code, &said["already"]), (0, &json!(true)), "the file is this one's: {said}");
        let other = ["staff", "appoint", "--name", name, "--role", role, "--out", "other.toml"];
        assert_eq!(run(folder, &other).1["error"]["code"], json!("TAKEN"));
    }
    let reading: [(&[&str], bool); 9] = [
        (&["supply"], true),
        (&["intermediary", "list"], true),
        (&["incident", "list"], true),
        (&["series", "list"], true),
        (&["staff", "list"], true),
        (&["treasury", "statement"], false),
        (&["claim", "list"], false),
        (&["log", "export", "--out", "leaves"], false),
        (&["metrics"], false),
    ];
    for (args, supervisor_may) in reading {
        let (code, said) = by_access(folder, "auditor.toml", args);
        assert_eq!(code, 0, "{args:?} {said}");
        let _absent = std::fs::remove_file(folder.join("leaves"));
        assert_eq!(run(folder, args).0, 0, "the operator reads {args:?}");
        let _absent = std::fs::remove_file(folder.join("leaves"));
        let (code, said) = by_access(folder, "supervisor.toml", args);
        assert_eq!(code, i32::from(!supervisor_may), "{args:?} {said}");
        let who = "is a supervisor; nothing was changed";
        let message = said["error"]["message"].as_str().unwrap_or_default();
        assert!(supervisor_may || message.contains(who), "{args:?} {said}");
        assert!(supervisor_may || message.starts_with("this is for operators"), "{args:?} {said}");
        assert!(supervisor_may || said["error"]["code"] == json!("ROLE"), "{args:?} {said}");
    }
    for access in ["auditor.toml", "supervisor.toml"] {
        let dismiss = ["staff", "dismiss", "--name", "Olga"];
        let (code, said) = by_access(folder, access, &dismiss);
        assert_eq!((code, &said["error"]["code"]), (1, &json!("ROLE")), "{said}");
    }
    let (_, said) = run(folder, &["log", "export", "--out", "leaves"]);
    let (_, audited) = run(folder, &["audit"]);
    assert_eq!((&said["root"], &said["size"]), (&audited["log"]["root"], &audited["log"]["size"]));
    assert_eq!(run(folder, &["staff", "dismiss", "--name", "Anton"]).0, 0);
    let (code, said) = by_access(folder, "auditor.toml", &["supply"]);
    assert_eq!((code, &said["error"]["code"]), (1, &json!("UNKNOWN_CERTIFICATE")), "{said}");
    let message = said["error"]["message"].as_str().expect("it is text");
    assert!(message.starts_with("the holder of this certificate was dismissed"), "{message}");
    let (_, said) = run(folder, &["staff", "list"]);
    let standings = said["staff"].as_array().expect("a list").iter();
    let standings: Vec<_> = standings.map(|row| [&row["name"], &row["standing"]]).collect();
    assert_eq!(standings.len(), 4, "with the one who founded: {said}");
    assert!(standings.contains(&[&json!("Anton"), &json!("dismissed")]), "{said}");
    server.stop();
    assert_eq!(run(folder, &["audit"]).1["violations"], json!([]));
}

/// A name is written as its holder writes it; one that does not read as what it is makes no
/// certificate, and whoever gave it is told what a name is.
#[test]
fn a_name_in_any_script_is_appointed_and_one_that_cannot_be_read_is_not() {
    let home = founded();
    let folder = home.path();
    let appoint = |name: &str| {
        let args = ["staff", "appoint", "--name", name, "--role", "auditor", "--out", "access"];
        let done = run(folder, &args);
        let made = std::fs::remove_file(folder.join("access")).is_ok();
        assert_eq!(made, done.0 == 0, "{name:?}");
        done
    };
    for name in ["Jürgen", "Ангела", "日本 銀行"] {
        let (code, said) = appoint(name);
        assert_eq!((code, &said["name"]), (0, &json!(name)), "{said}");
    }
    for name in ["", " Olga", "Olga ", "Ol\u{200b}ga", "\u{202e}aglO", "Ol\nga"] {
        let (code, said) = appoint(name);
        assert_eq!((code, &said["error"]["code"]), (2, &json!("USAGE")), "{said}");
        let message = said["error"]["message"].as_str().expect("it is text");
        assert!(message.contains("only letters that are seen"), "{message}");
    }
    let (_, said) = run(folder, &["staff", "list"]);
    assert_eq!(said["staff"].as_array().map(Vec::len), Some(4), "{said}");
}

/// The certificate that a home calls its own server with ends only while no server needs it, and
/// the home is of use after that, with the server stopped.
#[test]
fn a_home_is_not_locked_out_of_its_own_running_server() {
    let home = founded();
    let folder = home.path();
    let server = Server::start(folder);
    let dismiss = ["staff", "dismiss", "--name", "operator"];
    let (code, said) = run(folder, &dismiss);
    assert_eq!((code, &said["error"]["code"]), (1, &json!("OWN_CERTIFICATE")), "{said}");
    let message = said["error"]["message"].as_str().expect("it is text");
    assert!(message.contains("give `certificate renew`"), "{message}");
    assert_eq!(run(folder, &["supply"]).0, 0, "it may still call");
    let (code, said) = run(folder, &["backup", "--out", "missing/copy"]);
    assert_eq!((code, &said["error"]["code"]), (2, &json!("USAGE")), "{said}");
    server.stop();
    assert_eq!(run(folder, &["backup", "--out", "missing/copy"]).0, 2);
    assert_eq!(run(folder, &dismiss).0, 0, "a certificate that was stolen can be ended");
    let server = Server::start(folder);
    let (code, said) = run(folder, &["supply"]);
    assert_eq!((code, &said["error"]["code"]), (1, &json!("UNKNOWN_CERTIFICATE")), "{said}");
    let message = said["error"]["message"].as_str().expect("it is text");
    assert!(message.contains("stop the server and give `certificate renew`"), "{message}");
    server.stop();
    assert_eq!(run(folder, &["supply"]).0, 0, "whoever has the home needs no certificate");
    assert_eq!(run(folder, &["certificate", "renew"]).0, 0, "what every sentence says to do");
    let server = Server::start(folder);
    assert_eq!(run(folder, &["supply"]).0, 0, "it calls with another one");
    server.stop();
}

/// Whoever dismissed the last operator, or the home's own certificate, heard "may call no more" and
/// found out by the next refusal.
#[test]
fn whoever_dismisses_the_last_operator_or_the_home_is_told_what_to_do_then() {
    let home = founded();
    let folder = home.path();
    for (name, role) in [("Olga", "operator"), ("Anton", "auditor")] {
        let args = ["staff", "appoint", "--name", name, "--role", role, "--out", name];
        assert_eq!(run(folder, &args).0, 0);
    }
    let dismiss = |name| run(folder, &["staff", "dismiss", "--name", name]);
    let own = dismiss("operator").1["warning"].take();
    assert!(own.as_str().is_some_and(|said| said.starts_with("This home may not call")), "{own}");
    assert_eq!(dismiss("Anton").1["warning"], json!(null), "Olga is left");
    let (code, said) = told(folder, &["staff", "dismiss", "--name", "Olga"]);
    let expected = "Olga may call no more.\nNo operator is left who may call. At the home, stop \
                    the server and give `certificate renew`, which appoints one.\n";
    assert_eq!((code, said.as_str()), (0, expected));
    assert_eq!(run(folder, &["certificate", "renew"]).0, 0);
    let server = Server::start(folder);
    assert_eq!(run(folder, &["supply"]).0, 0);
    server.stop();
}
