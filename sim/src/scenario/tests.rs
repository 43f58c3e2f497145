//! What a scenario is refused for: each row changes the example below in one place.

use tender_token::amount::Amount;

use super::{
    Action, Cheat, IntermediaryIndex, Mode, Payment, Scenario, Server, Step, WalletIndex,
    WalletKind,
};

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

/// Checks rows that are written like a change of the example: `-` what stands in one place of it,
/// `+` what to write there instead, `!` the refusal, or `fine`.
fn check(rows: &str) {
    let mut change = (String::new(), String::new(), String::new());
    let mut lines = rows.lines().map(str::trim).filter(|line| !line.is_empty()).peekable();
    while let Some(line) = lines.next() {
        let (sign, text) = line.split_at(1);
        match sign {
            "-" => add_line(&mut change.0, text.trim(), '\n'),
            "+" => add_line(&mut change.1, text.trim(), '\n'),
            "!" => add_line(&mut change.2, text.trim(), ' '),
            _ => panic!("a line of a row begins with -, + or !: {line}"),
        }
        let row_ends = sign == "!" && lines.peek().is_none_or(|next| !next.starts_with('!'));
        if row_ends {
            let (written, instead, message) = std::mem::take(&mut change);
            check_change(&written, &instead, &message);
        }
    }
}

fn add_line(text: &mut String, line: &str, between: char) {
    if !text.is_empty() {
        text.push(between);
    }
    text.push_str(line);
}

fn check_change(written: &str, instead: &str, message: &str) {
    assert_eq!(EXAMPLE.matches(written).count(), 1, "the example has one {written}");
    let text = EXAMPLE.replace(written, instead);
    let found = Scenario::parse(&text).map_or_else(|error| error.to_string(), |_| "fine".into());
    assert_eq!(found, message, "{written} -> {instead}");
}

#[test]
fn a_scenario_needs_wallets() {
    let wallets = EXAMPLE.find("[[wallet]]").expect("the example has wallets");
    let steps = EXAMPLE.find("[[step]]").expect("the example has steps");
    let message = "line 1: there is no wallet; write a [[wallet]] for each person and shop";
    check_change(&EXAMPLE[wallets..steps], "", message);
}

#[test]
fn the_example_reads_as_written() {
    let scenario = Scenario::parse(EXAMPLE).expect("the example is a scenario");
    let amount = Amount::from_minor_units;
    assert_eq!(scenario.title, "Example");
    assert_eq!(scenario.currency.code.code(), "FLN");
    assert_eq!(scenario.currency.denominations, [amount(50), amount(100), amount(800)]);
    assert_eq!(scenario.currency.issue, amount(100_000));
    assert_eq!(scenario.limits.payments, 3);
    let bakery = scenario.wallet(WalletIndex(2));
    assert_eq!((bakery.name.as_str(), bakery.kind), ("Bakery", WalletKind::Shop));
    assert_eq!(scenario.intermediary(bakery.intermediary).name, "South Bank");
    assert_eq!((bakery.slots, bakery.withdraw), (8, None));
    let north_bank = Server::Intermediary(IntermediaryIndex(0));
    assert_eq!(scenario.server_name(Server::Issuer), "issuer");
    assert_eq!(scenario.server_name(north_bank), "North Bank");
    let (alice, bob, bakery) = (WalletIndex(0), WalletIndex(1), WalletIndex(2));
    let steps = [
        (38, Action::Offline(vec![Server::Issuer, north_bank])),
        (40, Action::Pay(Payment { from: alice, to: bob, amount: amount(1250), mode: Mode::Slot })),
        (43, Action::Pay(Payment { from: bob, to: bakery, amount: amount(450), mode: Mode::Key })),
        (
            45,
            Action::Cheat(Cheat {
                who: alice,
                first: bakery,
                then: bob,
                amount: amount(800),
                mode: Mode::Slot,
            }),
        ),
        (47, Action::Online(vec![Server::Issuer, north_bank])),
        (49, Action::Withdraw { who: bob, amount: amount(2000) }),
        (51, Action::Deposit { who: bakery }),
        (53, Action::Reconcile(vec![alice, bob, bakery])),
    ];
    let found: Vec<(usize, Action)> =
        scenario.steps.iter().map(|step| (step.line, step.action.clone())).collect();
    assert_eq!(found, steps);
    assert_eq!(scenario.steps[1].say.as_deref(), Some("Alice pays."));
}

#[test]
fn the_shipped_scenario_is_one() {
    let text = include_str!("../../scenarios/market-day.toml");
    let scenario = Scenario::parse(text).expect("market-day.toml is a scenario");
    let shops = scenario.wallets.iter().filter(|wallet| wallet.kind == WalletKind::Shop);
    assert!(shops.count() >= 2 && scenario.wallets.len() >= 6);
    assert_eq!(scenario.intermediaries.len(), 2);
    let is_cheat = |step: &&Step| matches!(step.action, Action::Cheat(_));
    assert_eq!(scenario.steps.iter().filter(is_cheat).count(), 1);
}

#[test]
fn text_that_does_not_fit() {
    check(
        r#"
        - currency]
        - code = "FLN"
        + currency]
        + code = ["FLN"
        ! line 4: missing comma between array elements; write `,`
        - title = "Example"
        + title = Example
        ! line 1: string values must be quoted; write text in quotes
        - title = "Example"
        + title = "Example
        ! line 1: invalid basic string; write `"`
        - title = "Example"
        + title = 7
        ! line 1: invalid type: integer `7`; write text in quotes
        - title = "Example"
        + title = "Example"
        + title = "Again"
        ! line 2: duplicate key; write each key once, and tables that repeat in double brackets
        - slots = 8
        + slots = "8"
        ! line 37: invalid type: string "8"; write a whole number
        - slots = 8
        + slots = 99999999999999999999
        ! line 37: invalid type: integer `99999999999999999999` as i128; write a whole number
        - reconcile = ["everyone"]
        + reconcile = "everyone"
        ! line 54: invalid type: string "everyone"; write a list in brackets, or a table that
        ! repeats in double brackets
        - kind = "shop"
        + kind = "merchant"
        ! line 34: unknown variant `merchant`; write `person` or `shop`
        - mode = "key"
        + mode = "token"
        ! line 44: unknown variant `token`; write `slot` or `key`
        - deposit = { who = "Bakery" }
        + deposit = "Bakery"
        ! line 52: invalid type: string "Bakery"; write `{ who = ... }`
        - [[step]]
        - offline
        + [step]
        + offline
        ! line 40: duplicate key; write each key once, and tables that repeat in double brackets
        - [[intermediary]]
        - name = "North Bank"
        - vault = "600.00"
        - [[intermediary]]
        - name
        + [intermediary]
        + name
        ! line 13: invalid type: map; write a list in brackets, or a table that repeats in double
        ! brackets
        "#,
    );
}

#[test]
fn keys() {
    check(
        r#"
        - title = "Example"
        ! line 1: the key `title` is missing; write it as in market-day.toml
        - decimals = 2
        + decimals = 2
        + symbol = "F"
        ! line 5: unknown key `symbol`; write one of `code`, `decimals`, `denominations`, `issue`
        - [limits]
        + [limit]
        ! line 7: unknown key `limit`; write one of `title`, `currency`, `limits`, `intermediary`,
        ! `wallet`, `step`
        - payments = 3
        ! line 7: the key `payments` is missing; write it as in market-day.toml
        - slots = 8
        + slot = 8
        ! line 37: unknown key `slot`; write one of `name`, `kind`, `intermediary`, `account`,
        ! `slots`, `withdraw`
        - deposit = {
        + cash = {
        ! line 52: unknown key `cash`; write one of `say`, `offline`, `online`, `pay`, `cheat`,
        ! `withdraw`, `deposit`, `reconcile`
        - deposit = { who = "Bakery" }
        + deposit = { }
        ! line 52: the key `who` is missing; write it as in market-day.toml
        "#,
    );
}

#[test]
fn numbers_out_of_range() {
    check(
        r"
        - decimals = 2
        + decimals = 5
        ! line 4: decimals = 5 is out of range; write a whole number from 0 to 4
        - decimals = 2
        + decimals = -1
        ! line 4: decimals = -1 is out of range; write a whole number from 0 to 4
        - slots = 8
        + slots = 0
        ! line 37: slots = 0 is out of range; write a whole number from 1 to 512
        - slots = 8
        + slots = 513
        ! line 37: slots = 513 is out of range; write a whole number from 1 to 512
        - slots = 8
        + slots = 512
        ! fine
        - payments = 3
        + payments = 0
        ! line 11: payments = 0 is out of range; write a whole number from 1 to 65535
        - reconcile_days = 14
        + reconcile_days = 65536
        ! line 12: reconcile_days = 65536 is out of range; write a whole number from 1 to 65535
        ",
    );
}

#[test]
fn a_scenario_needs_intermediaries() {
    check(
        r#"
        - [[intermediary]]
        - name = "North Bank"
        - vault = "600.00"
        - [[intermediary]]
        - name = "South Bank"
        - vault = "400.00"
        ! line 1: there is no intermediary; write an [[intermediary]] with a name and a vault
        "#,
    );
}

#[test]
fn names() {
    check(
        r#"
        - name = "Bob"
        + name = "Alice"
        ! line 27: the name `Alice` is used in line 20 already; write another name
        - name = "Bob"
        + name = "alice"
        ! line 27: the name `alice` is used in line 20 already; write another name
        - name = "South Bank"
        + name = "North Bank"
        ! line 17: the name `North Bank` is used in line 14 already; write another name
        - name = "Bob"
        + name = "North Bank"
        ! line 27: the name `North Bank` is used in line 14 already; write another name
        - name = "Bob"
        + name = "issuer"
        ! line 27: the name `issuer` is reserved; write another name
        - name = "South Bank"
        + name = "Everyone"
        ! line 17: the name `Everyone` is reserved; write another name
        - name = "Bob"
        + name = ""
        ! line 27: `` is not a name; write 1 to 32 letters, digits, single spaces or
        ! hyphens, a hyphen never first
        - name = "Bob"
        + name = "--help"
        ! line 27: `--help` is not a name; write 1 to 32 letters, digits, single spaces or
        ! hyphens, a hyphen never first
        - name = "Bob"
        + name = "../Bob"
        ! line 27: `../Bob` is not a name; write 1 to 32 letters, digits, single spaces or
        ! hyphens, a hyphen never first
        - name = "Bob"
        + name = "Bob "
        ! line 27: `Bob ` is not a name; write 1 to 32 letters, digits, single spaces or
        ! hyphens, a hyphen never first
        - name = "Bob"
        + name = "Bartholomew of the Upper Northern Market"
        ! line 27: `Bartholomew of the Upper Northern Market` is not a name; write 1 to 32
        ! letters, digits, single spaces or hyphens, a hyphen never first
        - kind = "shop"
        - intermediary = "South Bank"
        + kind = "shop"
        + intermediary = "Sout Bank"
        ! line 35: unknown name `Sout Bank`; write `South Bank`
        - from = "Alice"
        + from = "Alcie"
        ! line 42: unknown name `Alcie`; write `Alice`
        - to = "Bakery"
        + to = "bakery"
        ! line 44: unknown name `bakery`; write `Bakery`
        - first = "Bakery"
        + first = "Bkery"
        ! line 46: unknown name `Bkery`; write `Bakery`
        - who = "Bob"
        + who = "Bop"
        ! line 50: unknown name `Bop`; write `Bob`
        - offline = ["issuer", "North Bank"]
        + offline = ["isuer", "North Bank"]
        ! line 39: unknown name `isuer`; write `issuer`
        - offline = ["issuer", "North Bank"]
        + offline = ["issuer", "Alice"]
        ! line 39: unknown name `Alice`; write `issuer`
        - reconcile = ["everyone"]
        + reconcile = ["Allice"]
        ! line 54: unknown name `Allice`; write `Alice`
        "#,
    );
}

#[test]
fn amounts() {
    check(
        r#"
        - code = "FLN"
        + code = "fln"
        ! line 3: `fln` is not a currency code; write three capital letters, such as FLN
        - code = "FLN"
        + code = "FLNX"
        ! line 3: `FLNX` is not a currency code; write three capital letters, such as FLN
        - issue = "1000.00"
        + issue = "1000.00 EUR"
        ! line 6: `EUR` is not the currency of this scenario; write the amount in FLN
        - issue = "1000.00"
        + issue = "1000.00 FLN"
        ! fine
        - issue = "1000.00"
        + issue = "-1000.00"
        ! line 6: `-1000.00` is negative; write an amount without a sign
        - issue = "1000.00"
        + issue = "1,000.00"
        ! line 6: `1,000.00` is not a decimal number; write digits such as 12.50
        - issue = "1000.00"
        + issue = "1e3"
        ! line 6: `1e3` is not a decimal number; write digits such as 12.50
        - issue = "1000.00"
        + issue = ""
        ! line 6: `` is not a decimal number; write digits such as 12.50
        - issue = "1000.00"
        + issue = "1000."
        ! line 6: `1000.` is not a decimal number; write digits such as 12.50
        - issue = "1000.00"
        + issue = "1000.000"
        ! line 6: `1000.000` has too many decimals; write at most 2 after the point
        - issue = "1000.00"
        + issue = 1000.00
        ! line 6: invalid type: floating point `1000.0`; write the amount in quotes, such as
        ! "12.50"
        - issue = "1000.00"
        + issue = -1000
        ! line 6: invalid type: integer `-1000`; write the amount in quotes, such as "12.50"
        - issue = "1000.00"
        + issue = "184467440737095516.16"
        ! line 6: `184467440737095516.16` is too large; write at most 184467440737095516.15
        - decimals = 2
        + decimals = 1
        ! line 5: `0.50` has too many decimals; write at most 1 after the point
        - amount = "12.50"
        + amount = "12.50 USD"
        ! line 42: `USD` is not the currency of this scenario; write the amount in FLN
        "#,
    );
}

#[test]
fn amounts_that_tokens_cannot_make_up() {
    check(
        r#"
        - amount = "12.50"
        + amount = "12.25"
        ! line 42: 12.25 cannot be paid with the denominations; write a multiple of 0.50
        - amount = "12.50"
        + amount = "0.00"
        ! line 42: an amount of zero is nothing; write at least 0.50
        - amount = "8.00"
        + amount = "0"
        ! line 46: an amount of zero is nothing; write at least 0.50
        - amount = "20.00"
        + amount = "0.00"
        ! line 50: an amount of zero is nothing; write at least 0.50
        - withdraw = "60.00"
        + withdraw = "60.10"
        ! line 25: 60.10 cannot be paid with the denominations; write a multiple of 0.50
        - amount = "12.50"
        + amount = "512.50"
        ! line 42: 512.50 takes more than 64 tokens; write at most 512.00
        - ["0.50", "1.00", "8.00"]
        + []
        ! line 5: there is no denomination; write at least one, such as ["1.00"]
        - ["0.50", "1.00", "8.00"]
        + ["0.00", "1.00"]
        ! line 5: an amount of zero is nothing; write at least 0.01
        - ["0.50", "1.00", "8.00"]
        + ["0.50", "8.00", "1.00"]
        ! line 5: the denomination 1.00 is not above the one before it; write them rising
        - ["0.50", "1.00", "8.00"]
        + ["0.50",
        +  "1.00",
        +  "1.00"]
        ! line 7: the denomination 1.00 is not above the one before it; write them rising
        "#,
    );
}

#[test]
fn money_that_cannot_be_there() {
    check(
        r#"
        - vault = "400.00"
        + vault = "400.01"
        ! line 18: the vaults come to 1000.01; write vaults of at most the issue, 1000.00,
        ! together
        - vault = "400.00"
        + vault = "184467440737095516.15"
        ! line 18: the vaults come to 184467440737095516.15; write vaults of at most the issue,
        ! 1000.00, together
        - account = "200.00"
        + account = "350.01"
        ! line 36: the accounts at `South Bank` come to 400.01; write accounts of at most its
        ! vault, 400.00, together
        - account = "200.00"
        + account = "350.00"
        ! fine
        - account = "100.00"
        + account = "59.50"
        ! line 25: `Alice` withdraws more than the account holds; write at most 59.50
        - amount = "20.00"
        + amount = "58.50"
        ! line 50: `Bob` withdraws more than the account holds; write at most 50.00
        - amount = "20.00"
        + amount = "58.00"
        ! line 50: `Bob` withdraws more than the account holds; write at most 50.00
        - deposit = { who = "Bakery" }
        + deposit = { who = "Bob" }
        + [[step]]
        + withdraw = { who = "Bob", amount = "50.50" }
        ! fine
        - deposit = { who = "Bakery" }
        + deposit = { who = "Bob" }
        + [[step]]
        + withdraw = { who = "Bob", amount = "51.00" }
        ! line 54: `Bob` withdraws more than the account holds; write at most 50.50
        - amount = "4.50 FLN"
        + amount = "13.00"
        ! line 44: `Bob` has at most 12.50 to pass on; write at most that, or let it withdraw or
        ! be paid on slots first
        - mode = "slot" }
        - [[step]]
        - pay
        + mode = "key" }
        + [[step]]
        + pay
        ! line 44: `Bob` has at most 0.00 to pass on; write at most that, or let it withdraw or be
        ! paid on slots first
        - amount = "8.00"
        + amount = "48.00"
        ! line 46: `Alice` has at most 47.50 to pass on; write at most that, or let it withdraw or
        ! be paid on slots first
        "#,
    );
}

#[test]
fn amounts_beyond_the_limits() {
    check(
        r#"
        - amount = "12.50"
        + amount = "50.50"
        ! line 42: 50.50 is beyond the payment limit; write at most 50.00
        - amount = "12.50"
        + amount = "50.00"
        ! fine
        - amount = "8.00"
        + amount = "50.50"
        ! line 46: 50.50 is beyond the payment limit; write at most 50.00
        - withdraw = "60.00"
        + withdraw = "70.50"
        ! line 25: 70.50 is beyond the holding limit; write at most 70.00
        - received = "60.00"
        + received = "20.00"
        ! line 46: `Bob` would receive 20.50 before it reconciles; write payments of at most 20.00
        ! together
        - payments = 3
        + payments = 1
        ! line 46: `Alice` makes more than 1 payments before it reconciles; write a reconcile step
        ! before this one
        - payments = 3
        + payments = 2
        ! fine
        "#,
    );
}

#[test]
fn steps_that_cannot_happen() {
    check(
        r#"
        - deposit = { who = "Bakery" }
        + say = "Nothing happens."
        ! line 51: the step does nothing; write one of offline, online, pay, cheat, withdraw,
        ! deposit, reconcile
        - deposit = { who = "Bakery" }
        + deposit = { who = "Bakery" }
        + reconcile = ["Bob"]
        ! line 51: the step has deposit and reconcile; write one action and a [[step]] for each
        ! other
        - from = "Alice", to = "Bob"
        + from = "Alice", to = "Alice"
        ! line 42: `Alice` pays itself; write another payee
        - first = "Bakery"
        + first = "Alice"
        ! line 46: `Alice` pays itself; write another payee
        - then = "Bob"
        + then = "Bakery"
        ! line 46: `Bakery` is paid the same tokens twice; write another payee for `then`
        - reconcile = ["everyone"]
        + reconcile = []
        ! line 54: `reconcile` names nobody; write at least one name
        - reconcile = ["everyone"]
        + reconcile = ["Bob", "Alice", "Bob"]
        ! line 54: `Bob` is named twice; write it once
        - reconcile = ["everyone"]
        + reconcile = ["Bob", "everyone"]
        ! line 54: `everyone` stands beside other names; write ["everyone"] alone
        - reconcile = ["everyone"]
        + reconcile = ["Bob", "Alice"]
        ! fine
        "#,
    );
}

#[test]
fn servers_that_are_not_there() {
    check(
        r#"
        - online = ["issuer", "North Bank"]
        - [[step]]
        - withdraw
        + online = ["North Bank"]
        + [[step]]
        + withdraw
        ! line 50: `Bob` needs `issuer`, which is offline; write a step online = ["issuer"] before
        ! this one
        - online = ["issuer", "North Bank"]
        - [[step]]
        - withdraw
        + online = ["issuer"]
        + [[step]]
        + withdraw
        ! line 54: `Alice` needs `North Bank`, which is offline; write a step online = ["North
        ! Bank"] before this one
        - reconcile = ["everyone"]
        + offline = ["South Bank"]
        + [[step]]
        + deposit = { who = "Bob" }
        ! line 56: `Bob` needs `South Bank`, which is offline; write a step online = ["South
        ! Bank"] before this one
        - online = ["issuer", "North Bank"]
        - [[step]]
        - withdraw
        + online = ["issuer", "South Bank"]
        + [[step]]
        + withdraw
        ! line 48: `South Bank` is online already; write only servers that are offline
        - offline = ["issuer", "North Bank"]
        + offline = ["issuer", "issuer"]
        ! line 39: `issuer` is offline already; write only servers that are online
        - offline = ["issuer", "North Bank"]
        + offline = []
        ! line 39: `offline` names nobody; write at least one name
        "#,
    );
}
