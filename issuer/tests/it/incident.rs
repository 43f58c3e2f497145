//! An exported proof, in the hands of somebody who has the exported log, the root's public key, and
//! no issuer: it names one wallet, and whatever is changed is refused by name.

use crate::claim::desk::staged;
use crate::claim::scene::slots;
use crate::clock::system_day;
use crate::command_line::{founded, run, told};
use crate::fields::{printed, written};
use crate::operator::Server;
use crate::stage::{Stage, TODAY};
use crate::wallet::{CREDIT, Place, Wallet};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs::{copy, read, write};
use std::ops::Range;
use std::path::Path;
use std::process::Command;
use std::slice::from_ref;
use std::sync::LazyLock;
use tempfile::TempDir;
use tender_issuer::{anchor, overview};
use tender_token::chain::Chain;
use tender_token::date::calendar::iso;
use tender_token::double_spend::{DoubleSpendProof, Exhibit};
use tender_token::encode::Encode;
use tender_token::identity::Record;
use tender_token::log::checkpoint::Checkpoint;
use tender_token::log::export::{export, origin};
use tender_token::manifest::Manifest;
use tender_token::signature::{PublicKey, SecretKey};

/// An issuer at whose bank one wallet spent a token twice, and another used a slot twice.
struct Town {
    /// The issuer's folder.
    home: TempDir,
    /// Only what is public: `spent` and `reused`, which are the proofs, `root.pub`, the log as
    /// `log`, and as it was before anybody cheated as `early`.
    court: TempDir,
    bank: String,
    /// The token that was spent twice.
    token: String,
    /// Spent twice.
    cheat: Wallet,
    /// Used a slot twice.
    careless: Wallet,
    /// Did nothing.
    honest: Wallet,
    manifest: Manifest,
}

static TOWN: LazyLock<Town> = LazyLock::new(|| {
    let (home, stage) = staged(r#"["1.00", "2.00"]"#);
    let court = TempDir::new().expect("the system has room for a folder");
    let folder = home.path();
    copy(folder.join("home/keys/root.pub"), court.path().join("root.pub")).expect("ours");
    let root = std::fs::read_to_string(court.path().join("root.pub")).expect("it is text");
    let mut key = [0; 32];
    hex::decode_to_slice(root.trim(), &mut key).expect("it is hex");
    write(court.path().join("early"), exported(&stage, &PublicKey(key))).expect("ours");

    let [cheat, careless, honest] = [0; 3].map(|_| Wallet::enrolled(&stage));
    let [spent, reused, to] = [&cheat, &careless, &honest].map(|wallet| slots(wallet, &stage));
    let token = cheat.token(&stage, &spent[0], 100);
    present(&stage, (&cheat, &token, &spent[0]), (&honest, &to[0]));
    present(&stage, (&cheat, &token, &spent[0]), (&honest, &to[1]));
    let twice = hex::encode(token.token_id().0);
    for (value, place) in [100, 200].into_iter().zip(&to[2..4]) {
        let token = careless.token(&stage, &reused[0], value);
        present(&stage, (&careless, &token, &reused[0]), (&honest, place));
    }
    let (bank, manifest) = (hex::encode(stage.bank.id().0), stage.manifest().clone());
    drop(stage);

    for (number, out) in [("1", "spent"), ("2", "reused")] {
        let (code, said) = run(folder, &["incident", "export", "--number", number, "--out", out]);
        assert_eq!(code, 0, "{said}");
        copy(folder.join(out), court.path().join(out)).expect("ours");
    }
    let (code, said) = run(folder, &["log", "export", "--out", "log"]);
    assert_eq!(code, 0, "{said}");
    copy(folder.join("log"), court.path().join("log")).expect("ours");
    Town { home, court, bank, token: twice, cheat, careless, honest, manifest }
});

/// Pays a token to somebody who deposits it.
fn present(
    stage: &Stage,
    (payer, token, from): (&Wallet, &tender_token::chain::Chain, &Place<'_>),
    (payee, to): (&Wallet, &Place<'_>),
) {
    let paid = payer.pay(token, from, to, stage.manifest());
    let cash = payee.cash(&paid, to, CREDIT, stage.manifest());
    let _refused_or_paid = stage.deposit(&stage.bank, from_ref(&cash.item));
}

/// The log as it is now, signed.
fn exported(stage: &Stage, root: &PublicKey) -> Vec<u8> {
    let leaves = overview::leaves(&stage.store, 0, usize::MAX).expect("the store answers");
    let head = anchor::head(&stage.store).expect("the store answers");
    export(&leaves, &stage.office.signer.checkpoint(Checkpoint { origin: origin(root), head }))
}

/// What the program says in a folder where no issuer is.
fn verified(folder: &Path, files: [&str; 3]) -> (i32, Value) {
    let [proof, log, root] = files;
    let mut command = Command::new(env!("CARGO_BIN_EXE_tender-issuer"));
    command.current_dir(folder).args(["--json", "incident", "verify"]);
    command.args(["--proof", proof, "--log", log, "--root", root]);
    let output = command.output().expect("the program runs");
    let said = serde_json::from_slice(&output.stdout).expect("one JSON object");
    (output.status.code().expect("it was not killed"), said)
}

/// The code by which a changed file is refused.
fn refused(folder: &Path, files: [&str; 3]) -> (i32, String) {
    let (exit, said) = verified(folder, files);
    (exit, said["error"]["code"].as_str().unwrap_or_default().to_owned())
}

/// Who answers for the wallet, and what it answered for, is in the list; the proof says neither.
#[test]
fn of05_the_list_of_incidents_names_the_bank_and_the_tokens_of_each_from_elsewhere_too() {
    let folder = TOWN.home.path();
    let tokens = |said: &Value| {
        let tokens = said["tokens"].as_array().expect("a list").iter();
        tokens.map(|token| token["value"].as_u64().expect("a number")).collect::<Vec<_>>()
    };
    let check = |(exit, said): (i32, Value)| {
        assert_eq!(exit, 0, "{said}");
        let rows = said["incidents"].as_array().expect("a list").clone();
        assert_eq!(rows.len(), 2, "{said}");
        for (row, wallet) in rows.iter().zip([&TOWN.cheat, &TOWN.careless]) {
            assert_eq!(row["identity"], json!(hex::encode(wallet.identity.key().0)), "{row}");
            assert_eq!(
                (&row["name"], &row["intermediary"]),
                (&json!("Nordhaven"), &json!(TOWN.bank))
            );
        }
        assert_eq!((tokens(&rows[0]), tokens(&rows[1])), (vec![100], vec![100, 200]));
        assert_eq!(rows[0]["tokens"][0]["token"], json!(TOWN.token));
        let mut fields = BTreeSet::new();
        printed(&said, &mut fields);
        assert_eq!(fields, written("incident list"), "the manual has every field");
        said
    };
    let alone = check(run(folder, &["incident", "list"]));
    let server = Server::start_with(folder, &["--today", &iso(system_day())]);
    assert_eq!(check(run(folder, &["incident", "list"])), alone, "by the server, the same");
    server.stop();
    let (_, text) = told(folder, &["incident", "list"]);
    assert!(text.contains("of Nordhaven: double spend of 1.00 FLN on "), "{text}");
    assert!(text.contains("of Nordhaven: slot reuse of 1.00 FLN and 2.00 FLN on "), "{text}");
}

/// The court has three files. It learns which wallet did what, by which series, and finds the
/// proof's leaf in the log; what the wallet's owner is called is in none of them.
#[test]
fn of05_an_exported_proof_names_its_wallet_to_whoever_has_the_log_and_the_root_s_key() {
    let court = TOWN.court.path();
    let series = TOWN.manifest.slot_keys().next().map(|(id, _)| hex::encode(id.0));
    let mut leaves = Vec::new();
    for (file, offence, wallet) in
        [("spent", "double spend", &TOWN.cheat), ("reused", "slot reuse", &TOWN.careless)]
    {
        let (exit, said) = verified(court, [file, "log", "root.pub"]);
        assert_eq!(exit, 0, "{said}");
        let record = &wallet.registration.record;
        for (field, expected) in [
            ("offence", json!(offence)),
            ("identity", json!(hex::encode(wallet.identity.key().0))),
            ("pseudonym", json!(hex::encode(record.pseudonym.0))),
            ("intermediary", json!(TOWN.bank)),
            ("series", json!(1)),
            ("series_id", json!(series)),
            ("tokens", tokens(file)),
            ("day", json!(iso(TODAY))),
        ] {
            assert_eq!(said[field], expected, "{field}: {said}");
        }
        let leaf = said["leaf"].as_u64().expect("the log has it");
        assert!(leaf < said["size"].as_u64().expect("a number"), "{said}");
        leaves.push(leaf);
        let mut fields = BTreeSet::new();
        printed(&said, &mut fields);
        assert_eq!(fields, written("incident verify"), "the manual has every field");
    }
    assert!(leaves[0] < leaves[1], "each has its own");

    let (exit, said) = verified(court, ["spent", "early", "root.pub"]);
    assert_eq!((exit, &said["leaf"], &said["day"]), (0, &Value::Null, &Value::Null), "{said}");
}

/// What the list of incidents says of the tokens of an exported proof.
fn tokens(file: &str) -> Value {
    let (exit, said) = run(TOWN.home.path(), &["incident", "list"]);
    assert_eq!(exit, 0, "{said}");
    said["incidents"][usize::from(file == "reused")]["tokens"].clone()
}

/// The chains that lead to the states are attached, and show the amount; a proof alone holds as
/// well and shows none. A chain of another token, one that goes on behind the state, and one that
/// is there twice lead nowhere that the proof is about.
#[test]
fn of05_the_chains_of_a_proof_show_the_amount_and_lead_to_its_states_or_are_refused() {
    let folder = TempDir::new().expect("the system has room for a folder");
    let here = folder.path();
    for file in ["spent", "reused", "log", "root.pub"] {
        copy(TOWN.court.path().join(file), here.join(file)).expect("ours");
    }
    let exhibit = |file: &str| {
        let bytes = read(here.join(file)).expect("it was written");
        Exhibit::from_bytes(&bytes, &TOWN.manifest).expect("it is one")
    };
    let (spent, reused) = (exhibit("spent"), exhibit("reused"));
    assert_eq!((spent.chains.len(), reused.chains.len()), (1, 2), "one for each state");
    let told = |proof: &DoubleSpendProof, chains: &[&Chain]| {
        let chains = chains.iter().copied().cloned().collect();
        let changed = Exhibit { proof: proof.clone(), chains };
        write(here.join("changed"), changed.to_bytes()).expect("ours");
        verified(here, ["changed", "log", "root.pub"])
    };
    let (exit, said) = told(&spent.proof, &[]);
    assert_eq!((exit, &said["tokens"]), (0, &json!([])), "{said}");
    let (exit, said) = told(&reused.proof, &[&reused.chains[1]]);
    assert_eq!((exit, &said["tokens"][0]["value"]), (0, &json!(200)), "{said}");
    let [first, second] = [&reused.chains[0], &reused.chains[1]];
    assert_eq!(told(&reused.proof, &[second, first]).0, 0, "in any order");
    let own = &spent.chains[0];
    for (proof, chains) in [
        (&spent.proof, &[first][..]),
        (&spent.proof, &[own, own]),
        (&spent.proof, &[own, first]),
        (&reused.proof, &[first, first]),
        (&reused.proof, &[own]),
    ] {
        let (exit, said) = told(proof, chains);
        assert_eq!((exit, &said["error"]["code"]), (1, &json!("E_TARGET")), "{said}");
    }
}

/// Where each part of a proof is, and by which errors a change there is refused.
fn regions(exhibit: &Exhibit) -> Vec<(&'static str, usize, &'static [&'static str])> {
    const ANSWER: &[&str] = &["E_RESPONSE", "E_ENCODING"];
    let Exhibit { proof, .. } = exhibit;
    let (slot, endorsement) = (proof.slot.to_bytes().len(), proof.first.endorsement.to_bytes());
    let mut parts: Vec<(_, _, &[_])> = vec![
        ("type", 1, &["E_ENCODING"]),
        ("series", 32, &["E_CERT"]),
        ("commitments", 64, &["E_CERT", "E_ENCODING"]),
        ("certificate", slot - 96, &["E_CERT"]),
    ];
    for _ in 0..2 {
        parts.extend([("state", 32, &["E_GUILT"][..]), ("place", 1, &["E_GUILT"])]);
        parts.push(("endorsement", endorsement.len(), ANSWER));
        parts.extend([("z", 32, ANSWER), ("w", 32, ANSWER)]);
    }
    parts.extend([
        ("identity", 32, &["E_GUILT", "E_ENCODING"][..]),
        ("registrar", 32, &["E_POP"]),
        ("pseudonym", 32, &["E_POP"]),
        ("device", 32, &["E_POP"]),
        ("epoch", 4, &["E_POP"]),
        ("possession", 64, &["E_POP", "E_ENCODING"]),
        ("signature", 64, &["E_AUTH"]),
        // The chain, of a token that nobody has endorsed yet.
        ("chains", 1, &["E_ENCODING"]),
        ("denomination", 32, &["E_DENOMINATION"]),
        ("token's commitments", 64, &["E_TARGET", "E_ENCODING"]),
        ("token's certificate", slot - 96, &["E_CERT"]),
        ("value", slot - 96, &["E_VALUE"]),
        ("endorsements", 1, &["E_ENCODING"]),
    ]);
    parts
}

/// First, last and a byte in between of every part, through the program; every byte of it is
/// `a_flipped_bit_anywhere_in_a_proof_is_refused` of the crate `token`.
#[test]
fn of05_a_byte_that_is_flipped_anywhere_in_a_proof_file_is_refused_by_the_rule_it_breaks() {
    let folder = TempDir::new().expect("the system has room for a folder");
    let here = folder.path();
    for file in ["spent", "log", "root.pub"] {
        copy(TOWN.court.path().join(file), here.join(file)).expect("ours");
    }
    let bytes = read(here.join("spent")).expect("it was written");
    let exhibit = Exhibit::from_bytes(&bytes, &TOWN.manifest).expect("it is one");
    let told = |changed: &[u8]| {
        write(here.join("spent"), changed).expect("ours");
        refused(here, ["spent", "log", "root.pub"])
    };
    let mut start = 0;
    for (part, length, expected) in regions(&exhibit) {
        let Range { start: first, end } = start..start + length;
        for at in [first, first + length / 2, end - 1] {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << (at % 8);
            let (exit, code) = told(&flipped);
            assert!(exit == 1 && expected.contains(&code.as_str()), "{part} {at}: {exit} {code}");
        }
        start = end;
    }
    assert_eq!(start, bytes.len(), "every part is looked at");
    let encoding = || (1, "E_ENCODING".to_owned());
    assert_eq!(told(&bytes[..bytes.len() - 1]), encoding());
    assert_eq!(told(&[&bytes[..], &[0]].concat()), encoding());
    assert_eq!(told(&[]), encoding());
    // What is said to be the other offence is none.
    let mut other = bytes.clone();
    other[0] = 2;
    assert_eq!(told(&other), (1, "E_GUILT".to_owned()));
    write(here.join("spent"), &bytes).expect("ours");
    assert_eq!(verified(here, ["spent", "log", "root.pub"]).0, 0, "as it was it holds");
}

/// A bank that puts the record of a customer who did nothing in the place of the cheat's.
#[test]
fn h4_of05_a_proof_with_another_wallets_record_accuses_nobody() {
    let folder = TOWN.court.path();
    let bytes = read(folder.join("spent")).expect("it was written");
    let proof = Exhibit::from_bytes(&bytes, &TOWN.manifest).expect("it is one").proof;
    let honest = &TOWN.honest.registration;
    let [record, cheats] = [&honest.record, &TOWN.cheat.registration.record].map(Record::clone);
    let forged = [
        ("record", DoubleSpendProof { record: record.clone(), ..proof.clone() }, "E_POP"),
        (
            "wallet",
            DoubleSpendProof { identity: honest.identity, record, ..proof.clone() },
            "E_GUILT",
        ),
        (
            "registrar",
            DoubleSpendProof {
                record: Record {
                    registrar: honest.record.registrar,
                    pseudonym: honest.record.pseudonym,
                    ..cheats
                },
                ..proof
            },
            "E_POP",
        ),
    ];
    for (what, forged, code) in forged {
        write(folder.join(what), forged.to_bytes()).expect("ours");
        assert_eq!(refused(folder, [what, "log", "root.pub"]), (1, code.to_owned()), "{what}");
    }
}

/// The log and the root are the court's own copies; what does not fit them proves nothing.
#[test]
fn of05_a_proof_is_refused_with_another_issuers_root_or_log_and_with_a_log_that_is_not_whole() {
    let court = TOWN.court.path();
    let other = founded();
    assert_eq!(run(other.path(), &["log", "export", "--out", "log"]).0, 0);
    copy(other.path().join("log"), court.join("other-log")).expect("ours");
    copy(other.path().join("home/keys/root.pub"), court.join("other.pub")).expect("ours");
    let log = read(court.join("log")).expect("it was written");
    let mut flipped = log.clone();
    flipped[log.len() / 2] ^= 1;
    write(court.join("flipped-log"), flipped).expect("ours");
    write(court.join("cut-log"), &log[..log.len() - 200]).expect("ours");
    let nobody = SecretKey::from_seed(&[77; 32]).public();
    write(court.join("nobody.pub"), hex::encode(nobody.0)).expect("ours");
    write(court.join("no.pub"), "of the root").expect("ours");
    for (log, root, exit, code) in [
        ("log", "other.pub", 1, "UNSOUND_LOG"),
        ("log", "nobody.pub", 1, "UNSOUND_LOG"),
        ("other-log", "root.pub", 1, "UNSOUND_LOG"),
        ("flipped-log", "root.pub", 1, "UNSOUND_LOG"),
        ("cut-log", "root.pub", 1, "UNSOUND_LOG"),
        // Sound, and without the series' manifest.
        ("other-log", "other.pub", 1, "E_CERT"),
        ("spent", "root.pub", 2, "USAGE"),
        ("log", "no.pub", 2, "USAGE"),
        ("nowhere", "root.pub", 2, "USAGE"),
    ] {
        assert_eq!(refused(court, ["spent", log, root]), (exit, code.to_owned()), "{log} {root}");
    }
    let (_, said) = verified(court, ["spent", "other-log", "other.pub"]);
    let message = said["error"]["message"].as_str().expect("it is text");
    assert!(message.contains("no manifest in other-log has"), "{message}");
    let folder = TOWN.home.path();
    let files = ["--proof", "spent", "--log", "log", "--root", "home/keys/root.pub"];
    let verify = [&["--access", "none.toml", "incident", "verify"], &files[..]].concat();
    assert_eq!(run(folder, &verify).1["error"]["code"], json!("USAGE"), "no issuer is asked");
}
