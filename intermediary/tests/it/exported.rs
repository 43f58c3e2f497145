//! The export of everything that is known of a person: each table has rows of two customers, and
//! each is told its own.

use crate::bank::{Bank, clerk};
use crate::issuer::TestIssuer;
use crate::mint::{NOW, minor};
use crate::transfer::Branch;
use serde_json::{Value, json};
use tender_intermediary::desk::customer::{Asked as Wanted, Reading};
use tender_intermediary::desk::{Asked, Order, Shown};
use tender_intermediary::rows::{CodeDigest, CustomerId};
use tender_token::provision::SessionId;

fn export(bank: &Bank, customer: u64) -> Value {
    let reading = Reading { by: "Clerk".to_owned(), purpose: "subject".to_owned() };
    let shown = Shown { name: "bank".to_owned(), currency: "FLN".to_owned(), decimals: 2 };
    let asked = Asked::Customer(Wanted::Export(customer, reading));
    let answer = bank.order(&Order { asked, shown });
    answer.object.get("everything").unwrap_or_else(|| panic!("{answer:?}")).clone()
}

/// The rows of a part, each by one of its fields.
fn part(exported: &Value, name: &str, field: &str) -> Vec<Value> {
    let rows = exported[name].as_array().unwrap_or_else(|| panic!("{name}: {exported}"));
    rows.iter().map(|row| row[field].clone()).collect()
}

/// What the customers were told, what the staff did about them, their invitations, references,
/// sessions and grants were missing.
#[test]
fn pd05_an_export_has_the_customers_rows_of_every_table_and_no_others() {
    let issuer = TestIssuer::up();
    issuer.distribute(10_000);
    let mut town = Branch::new(&issuer);
    let account = town.reference();
    let order = town.order(town.bank.registrar(), account, 700).sign(&town.alice.device);
    town.client.transfer(&order).expect("reached").expect("granted");
    let place = town.alice.provision(&town.client, 1).remove(0);
    let request = town.alice.request(SessionId([3; 32]), &place.slot, 500);
    town.client.withdraw(&request).expect("reached").expect("granted");
    town.rest();
    let office = town.bank.office();
    let wallets = [1, 2].map(|id| office.wallets(CustomerId(id)).expect("books").remove(0).0);
    let (code, grant) = (CodeDigest::of("another"), Some(minor(300)));
    office.invite(CustomerId(1), code, grant, &clerk(), NOW).expect("she may have another");
    office.grant(CustomerId(2), wallets[1], grant, &clerk(), NOW).expect("his");
    office.block(CustomerId(1), wallets[0], true, &clerk(), NOW).expect("hers");
    drop(office);
    let [alice, bob] = [1, 2].map(|customer| export(&town.bank, customer));

    assert_eq!(part(&alice, "actions", "action"), ["invite", "block"]);
    assert_eq!(part(&bob, "actions", "action"), ["grant"]);
    assert_eq!(part(&alice, "notices", "movement"), ["withdrawal"]);
    assert_eq!(part(&bob, "notices", "movement"), ["transfer in"]);
    assert_eq!(part(&alice, "invitations", "grant").len(), 2);
    assert!(part(&alice, "invitations", "grant").contains(&json!(300)));
    assert_eq!(part(&bob, "invitations", "grant"), [Value::Null]);
    let [hers, his] = [&alice, &bob].map(|exported| part(exported, "references", "reference"));
    assert!(his.contains(&json!(hex::encode(account.0))) && !hers.is_empty(), "{his:?} {hers:?}");
    assert!(hers.iter().all(|reference| !his.contains(reference)), "{his:?} {hers:?}");
    assert_eq!(part(&alice, "sessions", "slots"), [1]);
    assert_eq!(part(&bob, "sessions", "slots"), [0; 0]);
    assert_eq!(part(&alice, "wallets", "blocked"), [true]);
    assert_eq!(part(&bob, "wallets", "grant"), [300]);
    assert_eq!((&alice["kept_until"], &alice["accused"]), (&Value::Null, &json!([])));
}
