//! Rush: the same tokens through three intermediaries at once.

mod cash;
mod present;

/// Every token is credited once, whoever presents it when and how often.
#[test]
fn b10_64_tasks_present_10_000_tokens_through_three_intermediaries_and_each_is_credited_once() {
    let tally = present::run(1, 10_000);
    assert!(tally.presented > present::BANKS * 10_000, "some were presented again: {tally:?}");
    assert!(!tally.credited.contains(&0), "they were among the same tokens at once: {tally:?}");
}
