//! What officers are asked to sign names things by ids: each is found whole where it is listed.

use crate::command_line::{KEYS, admit, apply, founded, run, told};
use serde_json::{Value, json};
use std::path::Path;
use tender_proto::purchase::Purchase;
use tender_token::amount::{Amount, Currency};
use tender_token::date::Timestamp;
use tender_token::encode::Encode as _;
use tender_token::identity::RegistrarId;
use tender_token::signature::SecretKey;

fn done(folder: &Path, args: &[&str]) -> Value {
    let (code, said) = run(folder, args);
    assert_eq!(code, 0, "{args:?}: {said}");
    said
}

fn printed(folder: &Path, args: &[&str]) -> String {
    let (code, said) = told(folder, args);
    assert_eq!(code, 0, "{args:?}: {said}");
    said
}

/// The ids of the first series and of its denominations, as programs list them.
fn listed(folder: &Path) -> (String, Vec<String>) {
    let said = done(folder, &["series", "list"]);
    let series = &said["series"][0];
    let text = |value: &Value| value["id"].as_str().expect("it is text").to_owned();
    let values = series["denominations"].as_array().expect("a list");
    (text(series), values.iter().map(text).collect())
}

/// Officers read an id, whoever writes the instruction reads whose it is, and both compare it with
/// the list.
#[test]
fn an_officer_finds_the_intermediary_of_an_instruction_in_the_list() {
    let home = founded();
    let folder = home.path();
    apply(folder, "Nordhaven", 1);
    assert_eq!(admit(folder, "admission.toml").0, 0);
    let id = hex::encode(SecretKey::from_seed(&[1; 32]).public().0);
    let list = printed(folder, &["intermediary", "list"]);
    assert!(list.contains("\nNordhaven ") && list.contains(&format!(" {id} admitted")), "{list}");
    for order in ["distribute", "redeem"] {
        let out = format!("{order}.out");
        let propose = ["treasury", order, "--intermediary", "Nordhaven", "--amount", "5", "--out"];
        let said = printed(folder, &[&propose[..], &[&out]].concat());
        assert!(said.contains(&format!("\nintermediary {id} is Nordhaven\n")), "{said}");
        let key = ["--key", "officer-101.key", "--out", &format!("{order}.approval")];
        let approve = ["treasury", "approve", "--instruction", &out];
        let said = printed(folder, &[&approve[..], &key].concat());
        assert!(said.contains(&id) && said.contains("`intermediary list`"), "{said}");
    }
    let issue = ["treasury", "issue", "--amount", "5", "--out", "issue"];
    assert!(!printed(folder, &issue).contains("intermediary"));
    let propose = ["treasury", "redeem", "--intermediary", "Nordhaven", "--amount", "5"];
    assert_eq!(done(folder, &[&propose[..], &["--out", "r"]].concat())["name"], "Nordhaven");
}

/// What shall be revoked has its number and its denominations where it is written down, and its
/// ids are those of the list.
#[test]
fn an_officer_finds_what_is_to_be_revoked_in_the_list() {
    let home = founded();
    let folder = home.path();
    let (series, values) = listed(folder);
    let list = printed(folder, &["series", "list"]);
    assert!(list.contains(&format!("   1  {series}  issue    from ")), "{list}");
    let propose = |what: &[&str], out: &str| {
        let new = ["revocation", "new", "--out", out];
        printed(folder, &[&new[..], what].concat())
    };
    let approve = |proposal: &str| {
        let out = format!("{proposal}.approval");
        let approve = ["revocation", "approve", "--key", "officer-101.key", "--out", &out];
        printed(folder, &[&approve[..], &["--proposal", proposal]].concat())
    };
    let of_series = propose(&["--series", "1"], "series");
    assert!(of_series.contains(&format!("\nseries 1, {series}\n")), "{of_series}");
    assert!(of_series.contains(&format!("1.00  {}\n", values[0])), "{of_series}");
    let of_value = propose(&["--denomination", &values[0]], "value");
    let named = [format!("\nseries 1, {series}\n"), format!("1.00  {}\n", values[0])];
    assert!(named.iter().all(|line| of_value.contains(line)), "{of_value}");
    for (proposal, id) in [("series", &series), ("value", &values[0])] {
        let said = approve(proposal);
        assert!(said.contains(id) && said.contains("`series list`"), "{said}");
    }
    propose(&["--everything"], "all");
    assert!(!approve("all").contains("`series list`"));

    done(folder, &["ceremony", "new", "--config", "issuer.toml", "--out", "next"]);
    let approve = ["ceremony", "approve", "--proposal", "next", "--key", "officer-101.key"];
    let said = printed(folder, &[&approve[..], &["--out", "next.approval"]].concat());
    assert!(said.contains(&format!("  id {series}\n")), "{said}");
}

/// Officers are not asked to approve once more what was carried out.
#[test]
fn an_order_that_was_fulfilled_makes_no_instruction_any_more() {
    let home = founded();
    let folder = home.path();
    apply(folder, "Nordhaven", 1);
    assert_eq!(admit(folder, "admission.toml").0, 0);
    done(folder, &[&["treasury", "issue", "--amount", "20"], &KEYS[..]].concat());
    let bank = ["--intermediary", "Nordhaven", "--amount", "20"];
    done(folder, &[&["treasury", "credit-reserves"], &bank[..], &KEYS].concat());
    let key = SecretKey::from_seed(&[1; 32]);
    let purchase = Purchase {
        registrar: RegistrarId(key.public().0),
        number: 1,
        currency: Currency::new("FLN").expect("three capital letters"),
        amount: Amount::from_minor_units(500),
        time: Timestamp(1),
    };
    let signed = hex::encode(purchase.sign(&key).to_bytes());
    std::fs::write(folder.join("purchase"), signed).expect("the folder is ours");
    let fulfil = ["treasury", "fulfil", "--purchase", "purchase"];
    assert_eq!(done(folder, &[&fulfil[..], &["--out", "one"]].concat())["name"], "Nordhaven");
    done(folder, &[&fulfil[..], &KEYS].concat());
    let (code, said) = run(folder, &[&fulfil[..], &["--out", "two"]].concat());
    let told = (&said["already"], &said["name"], &said["minor_units"]);
    assert_eq!((code, told), (0, (&json!(true), &json!("Nordhaven"), &json!(500))), "{said}");
    assert!(!folder.join("two").exists());
}

/// A denomination of the audit is that of the list, also beside another series' of the same value.
#[test]
fn an_audit_names_the_series_and_the_denomination_of_every_count() {
    let home = founded();
    let folder = home.path();
    done(folder, &["ceremony", "new", "--config", "issuer.toml", "--out", "next"]);
    let mut rotate = vec!["series", "rotate", "--proposal", "next"];
    rotate.extend(["--root-passphrase-file", "root-passphrase"]);
    for (key, out) in [("officer-101.key", "one"), ("officer-102.key", "two")] {
        let files = ["--proposal", "next", "--key", key, "--out", out];
        done(folder, &[&["ceremony", "approve"], &files[..]].concat());
        rotate.extend(["--approval", out]);
    }
    done(folder, &rotate);
    let listed = done(folder, &["series", "list"]);
    let series = listed["series"].as_array().expect("a list");
    let expected: Vec<_> = series
        .iter()
        .flat_map(|series| {
            let values = series["denominations"].as_array().expect("a list");
            values.iter().map(|value| [&series["number"], &series["id"], &value["id"]])
        })
        .collect();
    let audited = done(folder, &["audit"]);
    let lines = audited["denominations"].as_array().expect("a list");
    let found: Vec<_> =
        lines.iter().map(|line| [&line["series"], &line["series_id"], &line["id"]]).collect();
    assert_eq!((series.len(), found), (2, expected));
}
