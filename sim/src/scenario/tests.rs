//! What a scenario is refused for: each row changes the example below in one place.

use tender_token::amount::Amount;

use super::{Action, IntermediaryIndex, Mode, Scenario, Server, WalletIndex, WalletKind};

const EXAMPLE: &str = r#"title = "Example"
[currency]
code = "FLN"
decimals = 2
denominations = ["0.50", "1.00", "8.00"]
issue = "1000.00"
[limits]
payment = "50.00"
holding = "70.00"
received = "60.00"
payments = 3
reconcile_days = 14
[[intermediary]]
name = "North Bank"
vault = "600.00"
[[intermediary]]
name = "South Bank"
vault = "400.00"
[[wallet]]
name = "Alice"
kind = "person"
intermediary = "North Bank"
account = "100.00"
slots = 24
withdraw = "60.00"
[[wallet]]
name = "Bob"
kind = "person"
intermediary = "South Bank"
account = "50.00"
slots = 24
[[wallet]]
name = "Bakery"
kind = "shop"
intermediary = "South Bank"
account = "200.00"
slots = 8
[[step]]
offline = ["issuer", "North Bank"]
[[step]]
say = "Alice pays."
pay = { from = "Alice", to = "Bob", amount = "12.50", mode = "slot" }
[[step]]
pay = { from = "Bob", to = "Bakery", amount = "4.50 FLN", mode = "key" }
[[step]]
cheat = { who = "Alice", first = "Bakery", then = "Bob", amount = "8.00", mode = "slot" }
[[step]]
online = ["issuer", "North Bank"]
[[step]]
withdraw = { who = "Bob", amount = "20.00" }
[[step]]
deposit = { who = "Bakery" }
[[step]]
reconcile = ["everyone"]
"#;

/// Replaces one place of the example and compares the refusal, or its absence, with the message.
fn check(rows: &[(&str, &str, &str)]) {
    for (written, instead, message) in rows {
        assert_eq!(EXAMPLE.matches(written).count(), 1, "the example has one {written}");
        let text = EXAMPLE.replace(written, instead);
        let found = Scenario::parse(&text).map_or_else(|error| error.to_string(), |_| "fine".into());
        assert_eq!(found, *message, "{written} -> {instead}");
    }
}

#[test]
fn probe() {
    for (written, instead) in PROBE {
        assert_eq!(EXAMPLE.matches(written).count(), 1, "the example has one {written}");
        let text = EXAMPLE.replace(written, instead);
        let found = Scenario::parse(&text).map_or_else(|error| error.to_string(), |_| "fine".into());
        println!("        ({written:?}, {instead:?}, {found:?}),");
    }
}
const PROBE: &[(&str, &str)] = &[
("currency]\ncode = \"FLN\"","currency]\ncode = [\"FLN\""),
("title = \"Example\"","title = Example"),
("title = \"Example\"","title = \"Example"),
("title = \"Example\"\n",""),
("title = \"Example\"","title = 7"),
("title = \"Example\"","title = \"Example\"\ntitle = \"Again\""),
("decimals = 2","decimals = 2\nsymbol = \"F\""),
("[limits]","[limit]"),
("payments = 3\n",""),
("slots = 8","slot = 8"),
("slots = 8","slots = \"8\""),
("slots = 8","slots = 99999999999999999999"),
("reconcile = [\"everyone\"]","reconcile = \"everyone\""),
("kind = \"shop\"","kind = \"merchant\""),
("mode = \"key\"","mode = \"token\""),
("deposit = {","cash = {"),
("deposit = { who = \"Bakery\" }","deposit = \"Bakery\""),
("deposit = { who = \"Bakery\" }","deposit = { }"),
("[[step]]\noffline","[step]\noffline"),
("[[intermediary]]\nname = \"North Bank\"\nvault = \"600.00\"\n[[intermediary]]\nname","[intermediary]\nname"),
("decimals = 2","decimals = 5"),
("decimals = 2","decimals = -1"),
("slots = 8","slots = 0"),
("slots = 8","slots = 513"),
("slots = 8","slots = 512"),
("payments = 3","payments = 0"),
("reconcile_days = 14","reconcile_days = 65536"),
("[[intermediary]]\nname = \"North Bank\"\nvault = \"600.00\"\n[[intermediary]]\nname = \"South Bank\"\nvault = \"400.00\"\n",""),
("name = \"Bob\"","name = \"Alice\""),
("name = \"Bob\"","name = \"alice\""),
("name = \"South Bank\"","name = \"North Bank\""),
("name = \"Bob\"","name = \"North Bank\""),
("name = \"Bob\"","name = \"issuer\""),
("name = \"South Bank\"","name = \"Everyone\""),
("name = \"Bob\"","name = \"\""),
("name = \"Bob\"","name = \"../Bob\""),
("name = \"Bob\"","name = \"Bob \""),
("name = \"Bob\"","name = \"Bartholomew of the Upper Northern Market\""),
("kind = \"shop\"\nintermediary = \"South Bank\"","kind = \"shop\"\nintermediary = \"Sout Bank\""),
("from = \"Alice\"","from = \"Alcie\""),
("to = \"Bakery\"","to = \"bakery\""),
("first = \"Bakery\"","first = \"Bkery\""),
("who = \"Bob\"","who = \"Bop\""),
("offline = [\"issuer\", \"North Bank\"]","offline = [\"isuer\", \"North Bank\"]"),
("offline = [\"issuer\", \"North Bank\"]","offline = [\"issuer\", \"Alice\"]"),
("reconcile = [\"everyone\"]","reconcile = [\"Allice\"]"),
("code = \"FLN\"","code = \"fln\""),
("code = \"FLN\"","code = \"FLNX\""),
("issue = \"1000.00\"","issue = \"1000.00 EUR\""),
("issue = \"1000.00\"","issue = \"1000.00 FLN\""),
("issue = \"1000.00\"","issue = \"-1000.00\""),
("issue = \"1000.00\"","issue = \"1,000.00\""),
("issue = \"1000.00\"","issue = \"1e3\""),
("issue = \"1000.00\"","issue = \"\""),
("issue = \"1000.00\"","issue = \"1000.\""),
("issue = \"1000.00\"","issue = \"1000.000\""),
("issue = \"1000.00\"","issue = 1000.00"),
("issue = \"1000.00\"","issue = -1000"),
("issue = \"1000.00\"","issue = \"184467440737095516.16\""),
("decimals = 2","decimals = 1"),
("amount = \"12.50\"","amount = \"12.25\""),
("amount = \"12.50\"","amount = \"12.50 USD\""),
("amount = \"12.50\"","amount = \"0.00\""),
("amount = \"8.00\"","amount = \"0\""),
("amount = \"20.00\"","amount = \"0.00\""),
("withdraw = \"60.00\"","withdraw = \"60.10\""),
("amount = \"12.50\"","amount = \"512.50\""),
("[\"0.50\", \"1.00\", \"8.00\"]","[]"),
("[\"0.50\", \"1.00\", \"8.00\"]","[\"0.00\", \"1.00\"]"),
("[\"0.50\", \"1.00\", \"8.00\"]","[\"0.50\", \"8.00\", \"1.00\"]"),
("[\"0.50\", \"1.00\", \"8.00\"]","[\"0.50\",\n \"1.00\",\n \"1.00\"]"),
("vault = \"400.00\"","vault = \"400.01\""),
("vault = \"400.00\"","vault = \"184467440737095516.15\""),
("account = \"200.00\"","account = \"350.01\""),
("account = \"200.00\"","account = \"350.00\""),
("account = \"100.00\"","account = \"59.50\""),
("amount = \"20.00\"","amount = \"58.50\""),
("amount = \"20.00\"","amount = \"58.00\""),
("amount = \"4.50 FLN\"","amount = \"13.00\""),
("mode = \"slot\" }\n[[step]]\npay","mode = \"key\" }\n[[step]]\npay"),
("amount = \"8.00\"","amount = \"48.00\""),
("amount = \"12.50\"","amount = \"50.50\""),
("amount = \"12.50\"","amount = \"50.00\""),
("amount = \"8.00\"","amount = \"50.50\""),
("withdraw = \"60.00\"","withdraw = \"70.50\""),
("received = \"60.00\"","received = \"20.00\""),
("payments = 3","payments = 1"),
("say = \"Alice pays.\"\npay = { from = \"Alice\", to = \"Bob\", amount = \"12.50\", mode = \"slot\" }","say = \"Alice pays.\""),
("deposit = { who = \"Bakery\" }","deposit = { who = \"Bakery\" }\nreconcile = [\"Bob\"]"),
("from = \"Alice\", to = \"Bob\"","from = \"Alice\", to = \"Alice\""),
("first = \"Bakery\"","first = \"Alice\""),
("then = \"Bob\"","then = \"Bakery\""),
("online = [\"issuer\", \"North Bank\"]\n[[step]]\nwithdraw","online = [\"North Bank\"]\n[[step]]\nwithdraw"),
("online = [\"issuer\", \"North Bank\"]\n[[step]]\nwithdraw","online = [\"issuer\"]\n[[step]]\nwithdraw"),
("reconcile = [\"everyone\"]","offline = [\"South Bank\"]\n[[step]]\ndeposit = { who = \"Bob\" }"),
("online = [\"issuer\", \"North Bank\"]\n[[step]]\nwithdraw","online = [\"issuer\", \"South Bank\"]\n[[step]]\nwithdraw"),
("offline = [\"issuer\", \"North Bank\"]","offline = [\"issuer\", \"issuer\"]"),
("offline = [\"issuer\", \"North Bank\"]","offline = []"),
("reconcile = [\"everyone\"]","reconcile = []"),
("reconcile = [\"everyone\"]","reconcile = [\"Bob\", \"Alice\", \"Bob\"]"),
("reconcile = [\"everyone\"]","reconcile = [\"Bob\", \"everyone\"]"),
("reconcile = [\"everyone\"]","reconcile = [\"Bob\", \"Alice\"]"),
];
