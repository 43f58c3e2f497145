//! The style of ARCHITECTURE.md as tests, over every file of the repository.
//!
//! A rule is a pure function from one file to its findings. It cannot see the other files, and the
//! tests of [`planted`] show that each rule finds what it is there to find.

#![allow(
    clippy::indexing_slicing,
    reason = "a test that panics has failed, which is what it is for"
)]

mod arrows;
mod effects;
mod names;
mod planted;
mod sizes;
mod source;
mod tree;
mod words;

use source::Source;

/// Where a rule does not hold, and why that is right: path, rule, reason. An exception that is not
/// needed any more has to go.
const EXCEPTIONS: &[Exception] = &[(
    "benches/src/lib.rs",
    "surroundings",
    "a bench is its own program: its workloads are made here, with the system's randomness",
)];

type Exception = (&'static str, &'static str, &'static str);

/// Something that breaks a rule.
struct Finding {
    line: usize,
    /// What to do about it.
    advice: String,
}

/// A rule: its name, and what breaks it in a file.
type Rule = (&'static str, fn(&Source) -> Vec<Finding>);

const RULES: &[Rule] = &[
    ("arrows", arrows::arrows),
    ("names", names::names),
    ("file-length", sizes::file_length),
    ("function-length", sizes::function_length),
    ("line-length", sizes::line_length),
    ("database", effects::database),
    ("wire", effects::wire),
    ("surroundings", effects::surroundings),
    ("async", effects::asynchrony),
    ("secret-keys", effects::secret_keys),
    ("vocabulary", words::vocabulary),
    ("shortcuts", words::shortcuts),
    ("machine", words::machine),
    ("module-docs", words::module_docs),
    ("invariants", words::invariants),
];

#[test]
fn crates_depend_on_each_other_only_along_the_arrows() {
    prove("arrows");
}

#[test]
fn every_file_folder_and_module_has_a_telling_name() {
    prove("names");
}

#[test]
fn files_are_short() {
    prove("file-length");
}

#[test]
fn functions_are_short() {
    prove("function-length");
}

#[test]
fn lines_are_short() {
    prove("line-length");
}

#[test]
fn only_the_store_knows_the_database() {
    prove("database");
}

#[test]
fn only_services_and_clients_know_the_wire() {
    prove("wire");
}

#[test]
fn only_main_reads_the_clock_the_environment_and_randomness() {
    prove("surroundings");
}

#[test]
fn only_the_edges_are_async() {
    prove("async");
}

#[test]
fn only_signers_hold_secret_keys() {
    prove("secret-keys");
}

#[test]
fn no_crate_says_a_word_that_it_must_not_know() {
    prove("vocabulary");
}

#[test]
fn nothing_is_left_unfinished_or_waiting() {
    prove("shortcuts");
}

#[test]
fn nothing_refers_to_the_machine_it_was_written_on() {
    prove("machine");
}

#[test]
fn every_source_file_begins_with_what_it_is_for() {
    prove("module-docs");
}

#[test]
fn the_architecture_names_every_invariant() {
    prove("invariants");
}

#[test]
fn every_exception_is_needed_and_has_a_reason() {
    let needless = needless(EXCEPTIONS, &tree::sources());
    assert!(needless.is_empty(), "{}", needless.join("\n"));
}

/// Fails with every finding of a rule that is not excepted.
fn prove(rule: &str) {
    let broken = broken(rule, EXCEPTIONS, &tree::sources());
    assert!(broken.is_empty(), "the rule `{rule}` is broken:\n{}", broken.join("\n"));
}

fn broken(rule: &str, exceptions: &[Exception], sources: &[Source]) -> Vec<String> {
    let find = rule_named(rule);
    let mut broken = Vec::new();
    for source in sources {
        if exceptions.iter().any(|(path, excepted, _)| *path == source.path && *excepted == rule) {
            continue;
        }
        let found = find(source).into_iter();
        broken.extend(
            found.map(|Finding { line, advice }| format!("{}:{line}: {advice}", source.path)),
        );
    }
    broken
}

fn needless(exceptions: &[Exception], sources: &[Source]) -> Vec<String> {
    let mut needless = Vec::new();
    for (path, rule, reason) in exceptions {
        let find = rule_named(rule);
        let source = sources.iter().find(|source| source.path == *path);
        if reason.is_empty() {
            needless.push(format!("{path}: write the reason of the exception from `{rule}`"));
        }
        if source.is_none_or(|source| find(source).is_empty()) {
            needless.push(format!("{path}: remove the exception from `{rule}`, nothing needs it"));
        }
    }
    needless
}

fn rule_named(wanted: &str) -> fn(&Source) -> Vec<Finding> {
    let rule = RULES.iter().find(|(name, _)| *name == wanted);
    rule.unwrap_or_else(|| panic!("there is no rule `{wanted}`")).1
}
