//! Configuration: the example is one, and each mistake is named.

use tender_issuer::clock::Tolerance;
use tender_issuer::config::{Config, Unusable};
use tender_issuer::keeping::KEPT_MAX;
use tender_issuer::store::Cache;
use tender_store::envelope::Cost;
use tender_token::amount::Amount;
use tender_token::date::Day;

const EXAMPLE: &str = include_str!("../../issuer.example.toml");

#[test]
fn the_example_is_a_configuration() {
    let config = Config::parse(EXAMPLE).expect("this text is a configuration");
    assert_eq!((config.listen.as_str(), config.currency.code()), ("127.0.0.1:7101", "FLN"));
    assert_eq!(config.denominations.first(), Some(&Amount::from_minor_units(50)));
    assert_eq!((config.disk_free_percent, config.signatures_max), (5, Some(10_000_000)));
    assert_eq!(config.refusals_max, KEPT_MAX, "what the example says holds without it too");
    assert_eq!(config.store_cache, Cache::DEFAULT, "what the example says holds without it too");
    assert_eq!(config.cost, Cost::USUAL, "officers' keys cost what the example's keys do");
    assert_eq!(config.clock, Tolerance::DEFAULT, "what the example says holds without it too");
    let dates = config.series.dates(Day(100)).expect("within range");
    assert_eq!((dates.issue_from, dates.claim_until), (Day(100), Day(212)));
    assert!(dates.are_ordered());
}

#[test]
fn each_mistake_is_named() {
    for (right, wrong, named) in [
        ("\"FLN\"", "\"fln\"", "currency.code"),
        ("disk_free_percent = 5", "disk_free_percent = 101", "disk_free_percent"),
        ("signatures_max = 10000000", "signatures_max = 0", "signatures_max"),
        ("backups = \"backups\"", "backups = \"\"", "backups"),
        ("refusals_max = 1000000", "refusals_max = 0", "refusals_max"),
        ("store_cache = \"4 GiB\"", "store_cache = \"1 GB\"", "store_cache"),
        ("store_cache = \"4 GiB\"", "store_cache = \"15 MiB\"", "store_cache"),
        ("store_cache = \"4 GiB\"", "store_cache = \"\"", "store_cache"),
        ("decimals = 2", "decimals = 7", "currency.decimals"),
        ("\"1.00\", \"2.00\"", "\"2.00\", \"1.00\"", "currency.denominations"),
        ("\"0.50\"", "\"0.005\"", "currency.denominations"),
        ("\"0.50\"", "\"0.00\"", "currency.denominations"),
        ("depth = 8", "depth = 5", "series.depth"),
        ("max_hops = 5", "max_hops = 33", "series.max_hops"),
        ("issue_days = 28", "issue_days = 0", "series.issue_days"),
        ("spend_days = 56", "spend_days = 27", "series.spend_days"),
        ("deposit_days = 84", "deposit_days = 56", "series.deposit_days"),
        ("claim_days = 112", "claim_days = 84", "series.claim_days"),
        ("jump_seconds = 10", "jump_seconds = 1", "clock.jump_seconds"),
        ("gap_days = 7", "gap_days = 0", "clock.gap_days"),
        ("gap_days = 7", "gap_days = 367", "clock.gap_days"),
        ("memory_kib = 65536", "memory_kib = 8191", "keys"),
        ("passes = 3", "passes = 17", "keys"),
        ("payment = \"200.00\"", "payment = \"-1\"", "limits.payment"),
        ("k = 2", "k = 0", "officers.k"),
        ("k = 2", "k = 4", "officers.k"),
        ("\"8a88", "\"8a8", "officers.keys"),
        (
            "\"8139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b394\"",
            "\"8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c\"",
            "officers.keys",
        ),
    ] {
        let text = EXAMPLE.replacen(right, wrong, 1);
        assert_ne!(text, EXAMPLE, "{right}");
        match Config::parse(&text) {
            Err(Unusable::Field { field, .. }) => assert_eq!(field, named, "{wrong}"),
            other => panic!("{wrong}: {other:?}"),
        }
    }
}

/// Whoever writes the file knows text, numbers, lists and tables, and none of the parser's types.
#[test]
fn a_value_of_another_kind_is_told_in_words_of_whoever_writes_the_file() {
    for (right, wrong, told) in [
        ("code = \"FLN\"", "code = 3", "text in quotes is wanted, and a number is there"),
        ("code = \"FLN\"", "code = {}", "text in quotes is wanted, and a table is there"),
        ("code = \"FLN\"", "code = []", "text in quotes is wanted, and a list in brackets is"),
        (
            "depth = 8",
            "depth = \"8\"",
            "a whole number from 0 to 255 is wanted, and text in quotes",
        ),
        ("depth = 8", "depth = 300", "a whole number from 0 to 255 is wanted, and this is none"),
        ("payments = 50", "payments = -1", "a whole number from 0 to 65535 is wanted"),
        ("# reflection = true", "reflection = 1", "true or false is wanted, and a number is there"),
    ] {
        let text = EXAMPLE.replacen(right, wrong, 1);
        assert_ne!(text, EXAMPLE, "{right}");
        let said = Config::parse(&text).expect_err(wrong).to_string();
        assert!(said.contains(told), "{wrong}: {said}");
        for parsers in ["invalid", "expected", "map", "sequence", "u8", "struct"] {
            assert!(!said.contains(parsers), "{wrong}: {said}");
        }
    }
}

#[test]
fn the_cache_is_the_operators_choice_and_the_default_without_one() {
    let with = |line: &str| {
        let text =
            EXAMPLE.lines().map(|old| if old.starts_with("store_cache") { line } else { old });
        Config::parse(&text.collect::<Vec<_>>().join("\n")).expect("a configuration").store_cache
    };
    assert_eq!(with(""), Cache::DEFAULT);
    assert_eq!(with("store_cache = \"48 MiB\"").bytes(), 48 << 20);
}

#[test]
fn an_unknown_field_is_no_configuration() {
    let text = EXAMPLE.replacen("[limits]", "[limits]\ninterest = 3", 1);
    assert!(matches!(Config::parse(&text), Err(Unusable::Unreadable(_))));
}
