//! What each command's `--help` ends with: one line that works.

use super::place::without_what_it_ignores;
use clap::Command;

/// Every command by its words, and one way of giving it.
const EXAMPLES: &[(&str, &str)] = &[
    (
        "init",
        "--home town/issuer --passphrase-file town/passphrase init --config town/issuer.toml \
         --root-passphrase-file town/root.passphrase",
    ),
    ("officer new", "--passphrase-file officer-1.passphrase officer new --out officer-1.key"),
    ("treasury issue", "--home town/issuer treasury issue --amount 1000000.00 --out issue"),
    (
        "treasury distribute",
        "--home town/issuer treasury distribute --intermediary Nordhaven --amount 50000.00 \
         --out distribute",
    ),
    (
        "treasury fulfil",
        "--home town/issuer treasury fulfil --purchase purchase.hex --out distribute",
    ),
    (
        "treasury redeem",
        "--home town/issuer treasury redeem --intermediary Nordhaven --amount 100.00 --out redeem",
    ),
    ("treasury destroy", "--home town/issuer treasury destroy --amount 100.00 --out destroy"),
    (
        "treasury credit-reserves",
        "--home town/issuer treasury credit-reserves --intermediary Nordhaven --amount 50000.00 \
         --out credit",
    ),
    (
        "treasury debit-reserves",
        "--home town/issuer treasury debit-reserves --intermediary Nordhaven --amount 100.00 \
         --out debit",
    ),
    (
        "treasury pledge",
        "--home town/issuer treasury pledge --intermediary Nordhaven --amount 1000.00 \
         --valid-hours 48 --out pledge",
    ),
    (
        "treasury release",
        "--home town/issuer treasury release --intermediary Nordhaven --amount 1000.00 \
         --out release",
    ),
    (
        "treasury approve",
        "treasury approve --instruction issue --key officer-1.key --out approval-1",
    ),
    (
        "treasury submit",
        "--home town/issuer treasury submit --instruction issue --approval approval-1 \
         --approval approval-2",
    ),
    (
        "treasury statement",
        "--access access.toml treasury statement --since 2026-11-01 --until 2026-11-30",
    ),
    (
        "intermediary admit",
        "--home town/issuer --passphrase-file town/passphrase intermediary admit \
         --application application.toml --out admission.toml --quota 1000000.00",
    ),
    ("claim list", "--home town/issuer --json claim list"),
    (
        "claim pay",
        "--home town/issuer claim pay --token \
         0101010101010101010101010101010101010101010101010101010101010101",
    ),
    ("intermediary list", "--home town/issuer --json intermediary list"),
    ("intermediary suspend", "--access access.toml intermediary suspend --name Nordhaven"),
    ("intermediary resume", "--home town/issuer intermediary resume --name Nordhaven"),
    (
        "intermediary rotate",
        "--home town/issuer --passphrase-file town/passphrase intermediary rotate \
         --name Nordhaven --out admission.toml",
    ),
    (
        "intermediary quota",
        "--home town/issuer intermediary quota --name Nordhaven --amount 2000000.00",
    ),
    ("certificate list", "--home town/issuer certificate list"),
    ("certificate renew", "--home town/issuer certificate renew --days 365"),
    (
        "staff appoint",
        "--home town/issuer --passphrase-file town/passphrase staff appoint --name Anton \
         --role auditor --out access.toml",
    ),
    ("staff list", "--home town/issuer staff list"),
    ("staff dismiss", "--access access.toml staff dismiss --name Anton"),
    (
        "wallet freeze",
        "--home town/issuer wallet freeze --identity \
         8a3f0c5e2d7b9614f1e8c3a5d2b7096e4f1c8a3d5e2b7f90614c8e3a5d2b7f96",
    ),
    (
        "wallet unfreeze",
        "--home town/issuer wallet unfreeze --identity \
         8a3f0c5e2d7b9614f1e8c3a5d2b7096e4f1c8a3d5e2b7f90614c8e3a5d2b7f96",
    ),
    (
        "wallet list",
        "--home town/issuer wallet list --intermediary Nordhaven --pseudonym \
         3b1f0c5e2d7b9614f1e8c3a5d2b7096e4f1c8a3d5e2b7f90614c8e3a5d2b7f01",
    ),
    ("action list", "--access access.toml action list --since 2026-11-01 --by Olga"),
    ("incident list", "--access access.toml --json incident list --after 3"),
    ("incident export", "--home town/issuer incident export --number 4 --out incident-4.proof"),
    (
        "incident verify",
        "incident verify --proof incident-4.proof --log issuer.log --root root.pub",
    ),
    ("log export", "--access access.toml log export --out issuer.log"),
    ("metrics", "--access access.toml metrics"),
    ("supply", "--home town/issuer supply"),
    (
        "serve",
        "--home town/issuer --passphrase-file town/passphrase serve --listen 127.0.0.1:47101",
    ),
    (
        "ceremony new",
        "--home town/issuer ceremony new --config town/issuer.toml --out proposal.tender",
    ),
    (
        "ceremony approve",
        "ceremony approve --proposal proposal.tender --key officer-1.key --out approval-1",
    ),
    ("series list", "--home town/issuer series list"),
    (
        "series rotate",
        "--home town/issuer series rotate --proposal proposal.tender --approval approval-1 \
         --approval approval-2",
    ),
    (
        "series revoke",
        "--home town/issuer series revoke --proposal end.tender --approval approval-1 \
         --approval approval-2",
    ),
    ("revocation new", "--home town/issuer revocation new --series 3 --out end.tender"),
    (
        "revocation approve",
        "revocation approve --proposal end.tender --key officer-1.key --out approval-1",
    ),
    ("trust", "--home town/issuer --json trust"),
    ("backup", "--home town/issuer backup --out /backups/monday"),
    (
        "restore",
        "--home town/issuer restore --from /backups/monday --proposal back.tender \
         --approval approval-1 --approval approval-2",
    ),
    ("rollback new", "--home town/issuer rollback new --from /backups/monday --out back.tender"),
    (
        "rollback approve",
        "rollback approve --proposal back.tender --key officer-1.key --out approval-1",
    ),
    ("audit", "--home town/issuer audit"),
];

/// What takes several commands, with the commands below which the whole way is shown, in order.
const WAYS: &[(&[&str], &str, &[&str])] = &[
    (
        &["ceremony", "series"],
        "The next series",
        &["ceremony new", "ceremony approve", "series rotate"],
    ),
    (
        &["revocation", "series"],
        "A revocation",
        &["revocation new", "revocation approve", "series revoke"],
    ),
    (&["rollback"], "An older copy", &["rollback new", "rollback approve", "restore"]),
    (&["treasury"], "An instruction", &["treasury issue", "treasury approve", "treasury submit"]),
];

/// The ways that are shown below a command, each command of them with its example.
fn ways(path: &str) -> Option<String> {
    let mut shown = Vec::new();
    for (_, title, steps) in WAYS.iter().filter(|(below, ..)| below.contains(&path)) {
        shown.push(format!("{title}, one officer after the other approving:"));
        for step in *steps {
            let (_, example) = EXAMPLES.iter().find(|(of, _)| of == step)?;
            shown.push(format!("  tender-issuer {example}"));
        }
    }
    (!shown.is_empty()).then(|| shown.join("\n"))
}

/// The program's commands, each with its example and the options that it obeys.
pub fn taught(program: Command) -> Command {
    let whole = program.clone();
    program.mut_subcommands(|command| teach(command, String::new(), &whole))
}

fn teach(command: Command, before: String, program: &Command) -> Command {
    let path = before + command.get_name();
    let example = EXAMPLES.iter().find(|(of, _)| *of == path).map(|(_, example)| *example);
    let command = without_what_it_ignores(command, &path, program);
    let next = format!("{path} ");
    let command = command.mut_subcommands(|inner| teach(inner, next.clone(), program));
    match example {
        Some(example) => command.after_help(format!("Example:\n  tender-issuer {example}")),
        None => match ways(&path) {
            Some(ways) => command.after_help(ways),
            None => command,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Line;
    use clap::CommandFactory;
    use std::collections::BTreeSet;

    /// Every command without others below it, by its words.
    fn leaves(command: &Command, before: &str, found: &mut BTreeSet<String>) {
        for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
            let path = format!("{before}{}", inner.get_name());
            if inner.has_subcommands() {
                leaves(inner, &format!("{path} "), found);
            } else {
                found.insert(path);
            }
        }
    }

    #[test]
    fn every_command_teaches_by_an_example_that_is_one_of_its_own() {
        let mut found = BTreeSet::new();
        leaves(&Line::command(), "", &mut found);
        let known: BTreeSet<_> = EXAMPLES.iter().map(|(path, _)| (*path).to_owned()).collect();
        assert_eq!(found, known);
        for (path, example) in EXAMPLES {
            let words = core::iter::once("tender-issuer").chain(example.split_whitespace());
            let given = taught(Line::command()).try_get_matches_from(words);
            let mut given = given.unwrap_or_else(|error| panic!("{path}: {error}"));
            let mut walked = Vec::new();
            while let Some((name, inner)) = given.remove_subcommand() {
                walked.push(name);
                given = inner;
            }
            assert_eq!(walked.join(" "), *path, "the example is of another command");
            let words = ["tender-issuer"].into_iter().chain(path.split(' ')).chain(["--help"]);
            let help = taught(Line::command()).try_get_matches_from(words).unwrap_err();
            let last = format!("tender-issuer {example}");
            assert!(help.to_string().trim_end().ends_with(&last), "{path}: {help}");
        }
    }

    /// The fields of a command's JSON have one home, the manual's table, with every command.
    #[test]
    fn the_manual_has_the_fields_of_every_command() {
        let manual = include_str!("../../../docs/operations.md");
        let section = manual.split_once("\n### JSON of the issuer\n").expect("the section").1;
        let section = section.split("\n#").next().expect("a text has a beginning");
        let rows = section.lines().filter(|line| line.starts_with("| `"));
        let commands = rows.filter_map(|line| line.split('|').nth(1));
        let written = commands.flat_map(|cell| cell.split('`').skip(1).step_by(2));
        let mut written: Vec<_> = written.collect();
        written.sort_unstable();
        let mut known: Vec<_> = EXAMPLES.iter().map(|(path, _)| *path).collect();
        known.sort_unstable();
        assert_eq!(written, known);
    }

    #[test]
    fn what_takes_several_commands_is_shown_whole_and_in_order_below_each_of_their_groups() {
        for (groups, _, steps) in WAYS {
            for group in *groups {
                let words = ["tender-issuer", group, "--help"];
                let help = taught(Line::command()).try_get_matches_from(words).unwrap_err();
                let help = help.to_string();
                let lines = steps.iter().map(|step| {
                    let (_, example) = EXAMPLES.iter().find(|(of, _)| of == step).expect("known");
                    help.find(&format!("tender-issuer {example}")).expect(step)
                });
                assert!(lines.is_sorted(), "{group}: {help}");
            }
        }
    }
}
