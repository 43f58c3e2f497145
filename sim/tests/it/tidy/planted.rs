//! Planted violations: each rule finds what it is there to find, and nothing beside it.

use super::source::Source;
use super::{RULES, broken, needless, rule_named};

/// Rule, path, text, and the lines in which the rule finds something.
type Row = (&'static str, &'static str, &'static str, &'static [usize]);

const ROWS: &[Row] = &[
    ("arrows", "token/Cargo.toml", "[package]\nname = \"tender-token\"\n", &[]),
    (
        "arrows",
        "proto/Cargo.toml",
        "[package]\nname = \"tender-proto\"\n[dependencies]\ntender-token.workspace = true\n",
        &[],
    ),
    (
        "arrows",
        "token/Cargo.toml",
        "[package]\nname = \"tender-token\"\n[dependencies]\ntender-proto.workspace = true\n",
        &[4],
    ),
    (
        "arrows",
        "wallet/Cargo.toml",
        "[package]\nname = \"tender-wallet\"\n[dev-dependencies]\n\
         bank = { package = \"tender-issuer\", path = \"../issuer\" }\n",
        &[4],
    ),
    (
        "arrows",
        "sim/Cargo.toml",
        "[package]\nname = \"tender-sim\"\n[target.'cfg(unix)'.dependencies]\n\
         tender-benches = { path = \"../benches\" }\n",
        &[4],
    ),
    ("arrows", "shop/Cargo.toml", "[package]\nname = \"tender-shop\"\n", &[2]),
    ("names", "wallet/src/utils.rs", "", &[1]),
    ("names", "wallet/src/helpers/coin.rs", "", &[1]),
    ("names", "wallet/src/coin.rs", "use a::b;\nmod manager { }\nmod coin;\n", &[2]),
    ("names", "wallet/src/based.rs", "// mod util\nmod utility;\n", &[]),
    ("database", "issuer/src/withdraw.rs", "//! No redb.\nfn f() { redb::open(\"redb\") }", &[2]),
    ("database", "issuer/src/store.rs", "use redb::Database;", &[]),
    ("database", "issuer/src/store/tables.rs", "use redb::Database;", &[]),
    ("database", "issuer/tests/it/crash.rs", "use redb::Database;", &[]),
    ("wire", "issuer/src/run.rs", "use tonic::{\n    Status,\n    transport::Server,\n};", &[1]),
    ("wire", "issuer/src/run.rs", "use tonic::Status;\nfn f() { tonic::transport::x() }", &[2]),
    ("wire", "intermediary/src/upstream.rs", "use tonic::transport::Channel;", &[]),
    ("wire", "proto/src/transport.rs", "use tonic::transport::Channel;", &[]),
    ("wire", "wallet/src/transport.rs", "use tonic::transport::Channel;", &[1]),
    ("surroundings", "wallet/src/pay.rs", "use std::{env, fs};\nuse std::time::Instant;\n", &[1]),
    ("surroundings", "wallet/src/pay.rs", "let now = std::time::Instant::now();", &[1]),
    ("surroundings", "wallet/src/pay.rs", "use std::time::{self, SystemTime as Clock};", &[1]),
    ("surroundings", "wallet/src/pay.rs", "#[cfg(test)]\nmod t {\n use std::env;\n}\n", &[]),
    ("surroundings", "wallet/src/pay.rs", "#[cfg(test)]\nuse a::{b};\nuse std::env;\n", &[3]),
    ("surroundings", "wallet/src/main.rs", "use getrandom::SysRng;", &[]),
    ("surroundings", "sim/src/demo/clock.rs", "use std::time::SystemTime;", &[]),
    ("surroundings", "sim/src/world.rs", "use std::time::SystemTime;", &[1]),
    ("async", "issuer/src/withdraw.rs", "fn a() {}\npub async fn f() {}\n", &[2]),
    ("async", "issuer/src/withdraw.rs", "fn asynchronous() {}", &[]),
    ("async", "issuer/src/pipeline.rs", "async fn f() {}", &[]),
    ("async", "issuer/src/pipeline/gather.rs", "async fn f() {}", &[]),
    ("async", "sim/src/world.rs", "async fn f() {}", &[]),
    ("secret-keys", "issuer/src/withdraw.rs", "use rsa::{PublicKey, SecretKey};", &[1]),
    ("secret-keys", "intermediary/src/run.rs", "fn f(key: &SigningKey) {}", &[1]),
    ("secret-keys", "intermediary/src/signer.rs", "fn f(key: &SigningKey) {}", &[]),
    ("secret-keys", "wallet/src/pay.rs", "fn f(key: &SigningKey) {}", &[]),
    ("vocabulary", "issuer/src/withdraw.rs", "//! For the\n//! Customers.\n", &[2]),
    ("vocabulary", "intermediary/src/relay.rs", "fn f(unblinding: u8) {}\n// Master.", &[1, 2]),
    ("vocabulary", "token/src/log.rs", "use std::fs;\n// tokio, not monotonic\n", &[2, 1]),
    ("vocabulary", "wallet/src/pay.rs", "struct CustomerName;", &[1]),
    ("vocabulary", "intermediary/src/enrol.rs", "struct CustomerName;", &[]),
    ("shortcuts", "wallet/src/pay.rs", "fn f() {\n    todo!()\n}\n", &[2]),
    ("shortcuts", "wallet/src/pay.rs", "fn f() { unimplemented!() }", &[1]),
    ("shortcuts", "wallet/src/pay.rs", "fn f() { dbg!(1); }", &[1]),
    ("shortcuts", "wallet/tests/it/pay.rs", "fn f() { g()\n;todo!() }", &[2]),
    ("shortcuts", "wallet/tests/it/pay.rs", "#[test]\n#[ignore = \"slow\"]\nfn f() {}", &[2]),
    ("shortcuts", "wallet/tests/it/pay.rs", "fn f() { std::thread::sleep(d); }", &[1]),
    ("shortcuts", "wallet/src/pay.rs", "/* todo!() */ fn f() { g(\"todo!\", 'x', '\"'); }", &[]),
    ("shortcuts", "wallet/src/pay.rs", "fn f<'a>() { g(r#\"todo!() \" \"#) } // dbg!()", &[]),
    ("shortcuts", "wallet/src/pay.rs", "fn f() { g('\\'', \"\\\"\"); dbg!(h()) }", &[1]),
    ("machine", "docs/storage.md", concat!("See\n", "..", "/shared/x.md.\n"), &[2]),
    ("machine", ".github/workflows/ci.yml", concat!("run: /", "work/main\n"), &[1]),
    ("machine", "docs/storage.md", "See network/work and shared/x.\n", &[]),
    ("module-docs", "wallet/src/pay.rs", "use a::b;\n", &[1]),
    ("module-docs", "wallet/src/pay.rs", "//! Pays.\nuse a::b;\n", &[]),
    ("module-docs", "wallet/tests/it/pay.rs", "use a::b;\n", &[]),
    (
        "invariants",
        "ARCHITECTURE.md",
        "conservation single-spend one-answer durable append-only limits-hold no-framing",
        &[1],
    ),
    ("invariants", "README.md", "", &[]),
];

#[test]
fn every_rule_finds_what_is_planted() {
    for (rule, path, text, lines) in ROWS {
        check(rule, path, text, lines);
    }
    for (rule, _) in RULES {
        let planted = ROWS.iter().any(|(row, _, _, lines)| row == rule && !lines.is_empty());
        let is_size = rule.ends_with("-length");
        assert!(planted || is_size, "plant something that `{rule}` finds");
    }
}

#[test]
fn sizes_are_found_above_their_bounds_only() {
    let long_line = |columns: usize| format!("//!\n{}\n", "é".repeat(columns));
    check("line-length", "wallet/src/pay.rs", &long_line(100), &[]);
    check("line-length", "wallet/src/pay.rs", &long_line(101), &[2]);
    check("line-length", "proto/schema/issuer.proto", &long_line(101), &[2]);
    check("line-length", "docs/protocol.md", &long_line(101), &[]);

    let function = |lines: usize| {
        let body = "    if a { b('{') } // }\n".repeat(lines - 2);
        format!("type F = fn(u8);\npub fn pay(amounts: [u8; 3]) -> u8 {{\n{body}}}\nfn g();\n")
    };
    check("function-length", "wallet/src/pay.rs", &function(70), &[]);
    check("function-length", "wallet/src/pay.rs", &function(71), &[2]);
    check("function-length", "wallet/tests/it/pay.rs", &function(71), &[2]);

    let file = |lines: usize, test_lines: usize| {
        let live = "const A: u8 = 1;\n".repeat(lines);
        let tests = "    const B: u8 = 1;\n".repeat(test_lines - 3);
        format!("{live}#[cfg(test)]\nmod tests {{\n{tests}}}\n")
    };
    check("file-length", "wallet/src/pay.rs", &file(400, 100), &[]);
    check("file-length", "wallet/src/pay.rs", &file(401, 100), &[400]);
    check("file-length", "wallet/src/pay/tests.rs", &file(900, 100), &[]);
    check("file-length", "wallet/tests/it/pay.rs", &file(900, 100), &[]);
}

#[test]
fn exceptions_hold_for_one_rule_in_one_file_and_have_to_be_needed() {
    let sources = [
        Source::new("wallet/src/pay.rs", "//!\nfn f() { dbg!(1) }\n"),
        Source::new("wallet/src/coin.rs", "//!\nfn f() { todo!() }\n"),
    ];
    let needed = ("wallet/src/pay.rs", "shortcuts", "it is planted");
    let left = ["wallet/src/coin.rs:2: `todo!`: finish it"];
    assert_eq!(broken("shortcuts", &[], &sources).len(), 2);
    assert_eq!(broken("shortcuts", &[needed], &sources), left);
    assert!(needless(&[needed], &sources).is_empty());
    for unneeded in [
        ("wallet/src/pay.rs", "async", "another rule"),
        ("wallet/src/gone.rs", "shortcuts", "no such file"),
        ("wallet/src/pay.rs", "shortcuts", ""),
    ] {
        assert_eq!(needless(&[unneeded], &sources).len(), 1, "{unneeded:?}");
    }
}

fn check(rule: &str, path: &str, text: &str, lines: &[usize]) {
    let found = rule_named(rule)(&Source::new(path, text));
    let found: Vec<usize> = found.iter().map(|finding| finding.line).collect();
    assert_eq!(found, lines, "{rule} in {path}:\n{text}");
}
