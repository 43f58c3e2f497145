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

/// A thousand duplicates of one token, side by side at three intermediaries: one of them is
/// credited once, and the others hear that it is cashed.
#[test]
fn lc09_of_a_thousand_duplicates_at_three_intermediaries_one_is_credited() {
    let tally = present::run_one(334);
    assert_eq!(tally.presented, 3 * 334);
    assert_eq!(tally.credited.iter().sum::<usize>(), 1);
}
