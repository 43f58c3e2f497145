//! Every setting of the home's issuer.toml either has effect at the next start, or is refused there
//! by its name once it is changed: none is without effect and says nothing.

use crate::clock::{CLOCKS, command, newest, set};
use crate::command_line::{admit, apply, founded, run};
use crate::operator::Server;
use crate::stage::Bank;
use crate::wallet::Wallet;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;
use tender_proto::admission::Admission;
use tender_proto::transport::channel;
use tender_proto::wire::issuer_client::IssuerClient;
use tender_proto::{provision, trust, wire};
use tender_token::date::Timestamp;
use tender_token::encode::Encode;
use tender_token::manifest::Manifest;
use tender_token::provision::{Open, Want};
use tender_token::signature::{PublicKey, SecretKey};
use toml::{Table, Value as Setting};
use tonic::transport::Channel;
use tonic::{Code, Status};

const EXAMPLE: &str = include_str!("../../issuer.example.toml");

/// What a changed setting does.
enum Then {
    /// The issuer was founded with it: every command says so by its name.
    Refused,
    /// It has effect: the probe finds this without the change, and that with it.
    Works(fn(&Path) -> String, &'static str, &'static str),
    /// It has effect in a server's depths, which tests of those show; what it cannot be is told by
    /// its name at the next start.
    Read(&'static str),
}

/// Every setting by its name, another value that it can have, and what that does.
fn changes() -> Vec<(&'static str, &'static str, Then)> {
    use Then::{Read, Refused, Works};
    vec![
        ("listen", "'127.0.0.2:0'", Works(host, "127.0.0.1", "127.0.0.2")),
        ("disk_free_percent", "100", Works(order, "UNKNOWN_STAFF", "FAULT")),
        ("signatures_max", "1", Works(slots, "certified", "withheld")),
        ("refusals_max", "7", Read("0")),
        ("backups", "'copies'", Read("''")),
        ("store_cache", "'16 MiB'", Read("'1 GB'")),
        ("sessions_per_day", "1", Works(second_session, "certified", "E_RATE")),
        ("clock.gap_days", "1", Works(three_days_later, "decided", "doubted")),
        ("clock.jump_seconds", "20", Read("1")),
        ("keys.memory_kib", "9000", Works(cost, "8192 KiB, 1 passes", "9000 KiB, 1 passes")),
        ("keys.passes", "2", Works(cost, "8192 KiB, 1 passes", "8192 KiB, 2 passes")),
        ("slot_quota", "9", Refused),
        ("min_lead_days", "2", Refused),
        ("loss_rule", "'payer_intermediary_guarantees'", Refused),
        ("currency.code", "'ZZZ'", Refused),
        ("currency.decimals", "3", Refused),
        ("currency.denominations", "['1.00', '2.00']", Refused),
        ("series.depth", "9", Refused),
        ("series.max_hops", "6", Refused),
        ("series.issue_days", "29", Refused),
        ("series.spend_days", "57", Refused),
        ("series.deposit_days", "85", Refused),
        ("series.claim_days", "113", Refused),
        ("limits.payment", "'1.00'", Refused),
        ("limits.holding", "'1.00'", Refused),
        ("limits.received", "'1.00'", Refused),
        ("limits.payments", "51", Refused),
        ("limits.reconcile_days", "15", Refused),
        ("limits.exchange", "'1.00'", Refused),
        ("limits.guarantee_cap", "'1.00'", Refused),
        ("officers.k", "1", Refused),
        (
            "officers.keys",
            "['8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c',
              '8139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b394']",
            Refused,
        ),
    ]
}

/// The names of all settings of a table.
fn names(table: &Table, above: &str) -> BTreeSet<String> {
    let name = |(name, value): (&String, &Setting)| match value {
        Setting::Table(inner) => names(inner, &format!("{above}{name}.")),
        _ => BTreeSet::from([format!("{above}{name}")]),
    };
    table.iter().flat_map(name).collect()
}

/// Writes the home's configuration with one setting changed.
fn edit(folder: &Path, held: &Table, name: &str, value: &str) {
    let parsed: Table = format!("value = {value}").parse().expect("it is TOML");
    let (mut table, mut changed) = (held.clone(), parsed["value"].clone());
    match name.split_once('.') {
        None => std::mem::swap(&mut table[name], &mut changed),
        Some((section, name)) => {
            let section = table[section].as_table_mut().expect("it is a section");
            std::mem::swap(&mut section[name], &mut changed);
        }
    }
    assert_ne!(&table, held, "{name}");
    write(folder, &table);
}

fn write(folder: &Path, table: &Table) {
    let text = toml::to_string(table).expect("it is TOML");
    std::fs::write(folder.join("home/issuer.toml"), text).expect("the folder is ours");
}

fn refused(folder: &Path, args: &[&str], name: &str) {
    let (code, said) = run(folder, args);
    let message = said["error"]["message"].as_str().expect("it failed");
    assert_eq!(code, 2, "{name}: {message}");
    assert!(message.contains(name), "{name}: {message}");
}

#[test]
fn every_setting_of_the_example_has_effect_or_is_refused_by_its_name_once_it_is_changed() {
    let home = founded();
    let folder = home.path();
    apply(folder, "Nordhaven", 1);
    assert_eq!(admit(folder, "admission.toml").0, 0);
    let held = std::fs::read_to_string(folder.join("home/issuer.toml")).expect("init wrote it");
    let held: Table = held.parse().expect("it is TOML");
    let known: BTreeSet<_> = changes().iter().map(|(name, ..)| (*name).to_owned()).collect();
    assert_eq!(names(&EXAMPLE.parse().expect("it is TOML"), ""), known);
    for (name, value, then) in changes() {
        match then {
            Then::Refused => {
                edit(folder, &held, name, value);
                for args in [&["serve"][..], &["supply"], &["audit"], &["backup", "--out", "no"]] {
                    refused(folder, args, &format!("{name} = "));
                }
            }
            Then::Works(probe, without, with) => {
                assert_eq!(probe(folder), without, "{name} as it was");
                edit(folder, &held, name, value);
                assert_eq!(probe(folder), with, "{name} = {value}");
            }
            Then::Read(wrong) => {
                edit(folder, &held, name, value);
                Server::start(folder).stop();
                edit(folder, &held, name, wrong);
                refused(folder, &["serve"], name);
            }
        }
        write(folder, &held);
    }
    assert_eq!(run(folder, &["audit"]).1["violations"], serde_json::json!([]));
}

/// A point in another place would make ten of one, while the server knows of no edit.
#[test]
fn ra_17_a_setting_that_was_edited_while_the_server_runs_is_refused_too() {
    let home = founded();
    let folder = home.path();
    let held = std::fs::read_to_string(folder.join("home/issuer.toml")).expect("init wrote it");
    let held: Table = held.parse().expect("it is TOML");
    let server = Server::start(folder);
    edit(folder, &held, "currency.decimals", "3");
    let issue = ["treasury", "issue", "--amount", "20.00", "--out", "issue"];
    refused(folder, &issue, "currency.decimals = 3, and this issuer was founded with 2");
    assert!(!folder.join("issue").exists());
    write(folder, &held);
    assert_eq!(run(folder, &issue).1["minor_units"], serde_json::json!(2_000));
    server.stop();
}

/// With the point moved in every amount and the decimals changed with it, nothing that is signed
/// differs, and every amount once read ten times what it is.
#[test]
fn ra_17_decimals_that_were_edited_with_every_amount_are_refused_by_name_wherever_it_is_opened() {
    let home = founded();
    let folder = home.path();
    let held = std::fs::read_to_string(folder.join("home/issuer.toml")).expect("init wrote it");
    let held: Table = held.parse().expect("it is TOML");
    let mut moved = Setting::Table(held.clone());
    move_point(&mut moved);
    moved["currency"]["decimals"] = Setting::Integer(1);
    let moved = moved.as_table().expect("it is the whole file").clone();
    let says = "currency.decimals = 1, and this issuer was founded with 2";
    assert_eq!(run(folder, &["backup", "--out", "copy"]).0, 0);
    write(folder, &moved);
    let issue = ["treasury", "issue", "--amount", "20.0", "--out", "issue"];
    for args in [&["serve"][..], &["supply"], &["audit"], &["backup", "--out", "no"], &issue] {
        refused(folder, args, says);
    }
    let files = || {
        let files = ["store.redb", "store.annex"].into_iter();
        files.map(|name| (folder.join("home").join(name), folder.join(name)))
    };
    files().for_each(|(here, away)| std::fs::rename(here, away).expect("the folder is ours"));
    refused(folder, &["restore", "--from", "copy"], says);
    files().for_each(|(here, away)| std::fs::rename(away, here).expect("the folder is ours"));
    write(folder, &held);
    let server = Server::start(folder);
    write(folder, &moved);
    for args in [&["supply"][..], &["audit"], &issue] {
        refused(folder, args, says);
    }
    write(folder, &held);
    assert_eq!(run(folder, &issue).1["minor_units"], serde_json::json!(2_000));
    server.stop();
}

/// Moves the point of every amount one digit to the right.
fn move_point(setting: &mut Setting) {
    match setting {
        Setting::Table(table) => table.iter_mut().for_each(|(_, inner)| move_point(inner)),
        Setting::Array(all) => all.iter_mut().for_each(move_point),
        Setting::String(text) => {
            if let Some((whole, [tenth, hundredth])) = text
                .split_once('.')
                .and_then(|(whole, part)| Some((whole, <[u8; 2]>::try_from(part.as_bytes()).ok()?)))
            {
                *text = format!("{whole}{}.{}", char::from(tenth), char::from(hundredth));
            }
        }
        _ => {}
    }
}

/// What a ceremony takes from its file are rules; a setting of how the issuer is run has effect in
/// the home's own file only, and is not passed over as if it had been taken.
#[test]
fn ra_17_a_ceremony_names_the_settings_of_its_file_that_it_does_not_take() {
    let home = founded();
    let folder = home.path();
    let held = std::fs::read_to_string(folder.join("home/issuer.toml")).expect("init wrote it");
    let mut table: Table = held.parse().expect("it is TOML");
    table.insert("metrics".to_owned(), Setting::String("127.0.0.1:9".to_owned()));
    table.insert("reflection".to_owned(), Setting::Boolean(true));
    let mut names = BTreeSet::from(["metrics", "reflection"]);
    for (name, value, then) in changes() {
        if matches!(then, Then::Refused) || name.starts_with("keys.") {
            continue;
        }
        names.insert(name);
        let parsed: Table = format!("value = {value}").parse().expect("it is TOML");
        let place = match name.split_once('.') {
            None => &mut table[name],
            Some((section, name)) => &mut table[section][name],
        };
        *place = parsed["value"].clone();
    }
    std::fs::write(folder.join("next.toml"), toml::to_string(&table).expect("it is TOML"))
        .expect("the folder is ours");
    let said = |config, out| {
        let new = ["ceremony", "new", "--replace", "--config", config, "--out", out];
        let (code, said) = run(folder, &new);
        assert_eq!(code, 0, "{said}");
        said["ignored"].as_array().expect("it is a list").clone()
    };
    let ignored = said("next.toml", "next");
    let ignored: BTreeSet<_> = ignored.iter().map(|name| name.as_str().expect("a name")).collect();
    assert_eq!(ignored, names);
    assert!(said("home/issuer.toml", "same").is_empty());
}

/// An access tells its holder's command how amounts are read, and is a file like others.
#[test]
fn ra_17_an_access_whose_decimals_were_edited_is_refused_by_its_name() {
    let home = founded();
    let folder = home.path();
    let server = Server::start(folder);
    let appoint = ["staff", "appoint", "--name", "Ada", "--role", "operator"];
    assert_eq!(run(folder, &[&appoint[..], &["--out", "access.toml"]].concat()).0, 0);
    let text = std::fs::read_to_string(folder.join("access.toml")).expect("it was written");
    // The configuration leaves the port to the system.
    let text = text.replace("127.0.0.1:0", server.address());
    let edited = text.replace("decimals = 2", "decimals = 3");
    let foreign = text.replace("FLN", "ZZZ");
    for (name, text) in [("access.toml", text), ("edited.toml", edited), ("foreign.toml", foreign)]
    {
        std::fs::write(folder.join(name), text).expect("the folder is ours");
    }
    for (access, code, why) in [
        ("access.toml", 0, "\"issued\""),
        ("edited.toml", 2, "edited.toml says decimals = 3, and this issuer was founded with 2"),
        ("foreign.toml", 2, "foreign.toml says currency = ZZZ, which this issuer was not founded"),
    ] {
        let mut supply = std::process::Command::new(env!("CARGO_BIN_EXE_tender-issuer"));
        supply.current_dir(folder).args(["--json", "--access", access, "supply"]);
        let output = supply.output().expect("the program runs");
        let said = String::from_utf8(output.stdout).expect("it says text");
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains(why), "{said}");
    }
    server.stop();
}

fn host(folder: &Path) -> String {
    let server = Server::start(folder);
    let host = server.address().split(':').next().expect("it has one").to_owned();
    server.stop();
    host
}

/// What becomes of an order that a server decides.
fn order(folder: &Path) -> String {
    let server = Server::start(folder);
    let (_, said) = run(folder, &["staff", "dismiss", "--name", "nobody"]);
    server.stop();
    code(&said)
}

fn code(said: &Value) -> String {
    said["error"]["code"].as_str().expect("it failed").to_owned()
}

fn three_days_later(folder: &Path) -> String {
    set(Timestamp(newest(folder).0 + 3 * 86_400));
    let dismiss = ["staff", "dismiss", "--name", "nobody"];
    let code = command(folder, CLOCKS, &dismiss);
    (if code == ExitCode::from(3) { "doubted" } else { "decided" }).to_owned()
}

/// What a key that is sealed now costs to guess.
fn cost(folder: &Path) -> String {
    assert_eq!(run(folder, &["certificate", "renew"]).0, 0);
    let key = std::fs::read(folder.join("home/keys/operator.key")).expect("it was renewed");
    let number = |at: usize| u32::from_be_bytes(key[at..at + 4].try_into().expect("four bytes"));
    let begin = "tender/sealed".len() + 1;
    format!("{} KiB, {} passes", number(begin), number(begin + 4))
}

/// A bank's way to a running server, a new wallet of it, and what the server published.
struct Customer {
    bank: Bank,
    wallet: Wallet,
    manifest: Manifest,
    client: IssuerClient<Channel>,
}

impl Customer {
    async fn enrolled(folder: &Path, server: &Server) -> Self {
        let text = std::fs::read_to_string(folder.join("admission.toml")).expect("it was written");
        let admission: Admission = toml::from_str(&text).expect("it is an admission");
        let way = channel(server.address(), &admission.authority, Some(&admission.credential));
        let mut client = IssuerClient::new(way.expect("the address is one"));
        let bank = Bank { key: SecretKey::from_seed(&[1; 32]) };
        let wallet = Wallet::new(&bank);
        let registration = wallet.registration.to_bytes();
        let request = wire::EnrolRequest { registration, invitation: String::new() };
        client.enrol(request).await.expect("the issuer answers");
        let told = client.trust(wire::TrustRequest { held: 0 }).await.expect("the issuer answers");
        let told = trust::Reply::try_from(told.into_inner()).expect("the reply can be read");
        let mut root = [0; 32];
        hex::decode_to_slice(&admission.root, &mut root).expect("it is hex");
        let manifest = told.manifests[0].verify(&PublicKey(root)).expect("the root signed it");
        Self { bank, wallet, manifest, client }
    }

    /// Has slots certified in a session of their own, and says how that went.
    async fn slots(&mut self, count: u16) -> &'static str {
        let (session, open) = self.wallet.open(&self.bank, &self.manifest, count);
        let reply = self.ask(provision::Request::Open(open)).await.expect("the issuer answers");
        let receipt = match reply {
            Ok(provision::Granted::Receipt(receipt)) => receipt,
            Ok(other) => panic!("{other:?}"),
            Err(refusal) => return refusal.error.name(),
        };
        let reveal = session.reveal(&receipt, Want::Sign, &self.wallet.device, &self.manifest);
        let reveal = reveal.expect("the session is of this series").to_bytes();
        let identity = self.wallet.identity.key();
        match self.ask(provision::Request::Reveal { identity, reveal }).await {
            Ok(reply) => reply.map(|_| "certified").expect("nothing was shown that is wrong"),
            Err(status) => {
                assert_eq!(status.code(), Code::Unavailable, "{status}");
                "withheld"
            }
        }
    }

    async fn ask(&mut self, request: provision::Request<Open>) -> Result<provision::Reply, Status> {
        let reply = self.client.provision(wire::ProvisionRequest::from(request)).await?;
        Ok(provision::from_wire(reply.into_inner()).expect("the reply can be read"))
    }
}

/// How the last of these sessions goes, of one wallet on one day.
fn last(folder: &Path, counts: &[u16]) -> String {
    let server = Server::start(folder);
    let told = tokio::runtime::Runtime::new().expect("the system has threads").block_on(async {
        let mut customer = Customer::enrolled(folder, &server).await;
        let mut told = "nothing was asked";
        for count in counts {
            told = customer.slots(*count).await;
        }
        told.to_owned()
    });
    server.stop();
    told
}

fn second_session(folder: &Path) -> String {
    last(folder, &[1, 1])
}

fn slots(folder: &Path) -> String {
    last(folder, &[2])
}
