//! What an order of the supply is refused for says which account is short, and by how much.

use crate::command_line::{KEYS, apply, founded, run, told};
use serde_json::json;

/// An order that is refused: its words, and what is told to people and to programs.
type Row = (&'static [&'static str], &'static str, &'static str, [(&'static str, u64); 3]);

const BANK: &[&str] = &["--intermediary", "Nordhaven", "--amount"];

/// With 20.00 in the treasury, 5.00 of reserves, 4.00 in the vault, a quota of 6.00 and nothing of
/// a guarantee.
const SHORT: [Row; 7] = [
    (
        &["destroy", "--amount", "20.01"],
        "20.01 FLN must come out of the treasury, where 20.00 FLN are: 0.01 FLN are missing",
        "treasury",
        [("held", 2000), ("needed", 2001), ("missing", 1)],
    ),
    (
        &["distribute", "21"],
        "21.00 FLN must come out of the treasury, where 20.00 FLN are: 1.00 FLN are missing",
        "treasury",
        [("held", 2000), ("needed", 2100), ("missing", 100)],
    ),
    (
        &["distribute", "5.01"],
        "5.01 FLN must come out of the reserves of Nordhaven, where 5.00 FLN are: 0.01 FLN are \
         missing",
        "reserves",
        [("held", 500), ("needed", 501), ("missing", 1)],
    ),
    (
        &["distribute", "2.01"],
        "2.01 FLN would come into the vault of Nordhaven, where 4.00 FLN are and 6.00 FLN may be \
         by its quota",
        "vault",
        [("held", 400), ("needed", 201), ("quota", 600)],
    ),
    (
        &["redeem", "4.01"],
        "4.01 FLN must come out of the vault of Nordhaven, where 4.00 FLN are: 0.01 FLN are \
         missing",
        "vault",
        [("held", 400), ("needed", 401), ("missing", 1)],
    ),
    (
        &["debit-reserves", "9"],
        "9.00 FLN must come out of the reserves of Nordhaven, where 5.00 FLN are: 4.00 FLN are \
         missing",
        "reserves",
        [("held", 500), ("needed", 900), ("missing", 400)],
    ),
    (
        &["release", "1"],
        "1.00 FLN must come out of the guarantee of Nordhaven, where 0.00 FLN are: 1.00 FLN are \
         missing",
        "guarantee",
        [("held", 0), ("needed", 100), ("missing", 100)],
    ),
];

/// "The account that pays does not cover this" made an operator read four lists to find out which.
#[test]
fn lc_03_an_order_that_is_not_covered_names_the_account_and_what_is_missing() {
    let home = founded();
    let folder = home.path();
    apply(folder, "Nordhaven", 1);
    let admit = ["intermediary", "admit", "--application", "application.toml", "--quota", "6"];
    assert_eq!(run(folder, &[&admit[..], &["--out", "admission.toml"]].concat()).0, 0);
    let line = |words: &[&'static str]| match words {
        [order, amount] => [&["treasury", order], BANK, &[amount], &KEYS].concat(),
        words => [&["treasury"], words, &KEYS[..]].concat(),
    };
    for words in [&["issue", "--amount", "24"][..], &["credit-reserves", "9"], &["distribute", "4"]]
    {
        assert_eq!(run(folder, &line(words)).0, 0, "{words:?}");
    }
    for (words, sentence, account, facts) in SHORT {
        let (code, said) = run(folder, &line(words));
        let error = &said["error"];
        assert_eq!((code, &error["account"]), (1, &json!(account)), "{words:?}: {said}");
        let is_quota = facts[2].0 == "quota";
        let name = if is_quota { "E_LIMIT" } else { "E_FUNDS" };
        assert_eq!(error["code"], json!(name), "{words:?}");
        for (field, value) in facts {
            assert_eq!(error[field], json!(value), "{words:?}: {field}");
        }
        let (_, printed) = told(folder, &line(words));
        let expected = format!("tender-issuer: {sentence}; nothing was changed\n");
        assert_eq!(printed, expected, "{words:?}");
    }
}
