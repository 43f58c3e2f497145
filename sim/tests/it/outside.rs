//! What a bank holds ready outside, as a wallet reaches it: three programs, nothing between them.

use crate::town::{SMALL_DAY, Town};

const BANK: (&str, &str) = ("intermediary", "intermediary-0");
const ALICE: (&str, &str) = ("wallet", "wallet-0");

/// The wallet compared what it was to withdraw with the balance, so that the cover could not be
/// reached by it.
#[test]
fn wt04_a_wallet_withdraws_what_its_bank_holds_ready_outside() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let town = Town::play(folder.path(), SMALL_DAY);
    let issuer = town.serve("issuer", "issuer", "issuer.log");
    let bank = town.serve("intermediary", "intermediary-0", "bank.log");
    let staff = |arguments: &[&str]| {
        town.done(BANK, &[&["customer"], arguments, &["--by", "Clerk"]].concat(), "staff.log")
    };
    let wallet = |arguments: &[&str]| town.done(ALICE, arguments, "alice.log");
    let account = || {
        let told = wallet(&["balance", "--online"]);
        ["account", "account_ready"].map(|name| told[name].as_u64().expect("minor units"))
    };
    staff(&["verify", "1", "--attribute", "account", "--value", "CH93"]);
    wallet(&["provision", "--slots", "16"]);
    let [balance, none] = account();
    assert_eq!(none, 0);
    let (wanted, cover) = (balance + 1_000, 1_100);
    let amount = format!("{}.{:02}", wanted / 100, wanted % 100);
    let short = town.run(ALICE, &["withdraw", "--amount", &amount], "alice.log");
    assert_eq!((short.0, &short.1["error"]["code"]), (Some(1), &"E_FUNDS".into()), "{}", short.1);
    staff(&["cover", "1", "--amount", "11.00"]);
    assert_eq!(account(), [balance, cover]);
    let drawn = wallet(&["withdraw", "--amount", &amount]);
    assert_eq!(drawn["withdrawn"], wanted);
    assert_eq!(account(), [0, 100]);
    let open = town.done(BANK, &["customer", "outside", "--open"], "staff.log");
    assert_eq!(
        (&open["outside"][0]["do"], &open["outside"][0]["amount"]),
        (&"collect".into(), &1_000.into())
    );
    drop((bank, issuer));
    let audit = town.done(BANK, &["audit"], "staff.log");
    assert_eq!(audit["violations"], serde_json::json!([]));
}
