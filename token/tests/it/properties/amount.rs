//! Amounts, currencies, days and times.

use super::{canonical, config, damage};
use proptest::prelude::*;
use tender_token::amount::{Amount, Currency};
use tender_token::date::{Day, Timestamp};
use tender_token::encode::Decode;
use tender_token::series::Dates;

fn amount(minor_units: u64) -> Amount {
    Amount::from_minor_units(minor_units)
}

/// Amounts of all magnitudes.
fn any_amount() -> impl Strategy<Value = u64> {
    (any::<u64>(), 0_u32..64).prop_map(|(bits, shift)| bits >> shift)
}

fn narrow(wide: u128) -> Option<Amount> {
    u64::try_from(wide).ok().map(amount)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_sum_is_the_integers_sum_or_nothing(a in any_amount(), b in any_amount()) {
        let expected = narrow(u128::from(a) + u128::from(b));
        prop_assert_eq!(amount(a).checked_add(amount(b)), expected);
        prop_assert_eq!(amount(b).checked_add(amount(a)), expected);
    }

    #[test]
    fn a_difference_undoes_a_sum_and_never_goes_below_zero(a in any_amount(), b in any_amount()) {
        prop_assert_eq!(amount(a).checked_sub(amount(b)).is_some(), a >= b);
        if let Some(sum) = amount(a).checked_add(amount(b)) {
            prop_assert_eq!(sum.checked_sub(amount(b)), Some(amount(a)));
        }
    }

    #[test]
    fn a_product_is_the_integers_product_or_nothing(a in any_amount(), count in any_amount()) {
        prop_assert_eq!(amount(a).checked_mul(count), narrow(u128::from(a) * u128::from(count)));
    }

    #[test]
    fn the_sum_of_many_does_not_depend_on_their_order(
        mut amounts in prop::collection::vec(any_amount(), 0..20),
    ) {
        let sum = |amounts: &[u64]| Amount::checked_sum(amounts.iter().copied().map(amount));
        let expected = narrow(amounts.iter().copied().map(u128::from).sum());
        prop_assert_eq!(sum(&amounts), expected);
        amounts.reverse();
        prop_assert_eq!(sum(&amounts), expected);
    }

    #[test]
    fn amounts_are_ordered_as_their_units(a in any_amount(), b in any_amount()) {
        prop_assert_eq!(amount(a).cmp(&amount(b)), a.cmp(&b));
        prop_assert_eq!(amount(a).is_zero(), a == 0);
    }

    #[test]
    fn decimals_read_back_as_written(a in any_amount(), decimals in 0_u8..=19) {
        let text = amount(a).to_decimal(decimals);
        prop_assert_eq!(Amount::parse_decimal(&text, decimals), Some(amount(a)), "{}", text);
    }

    #[test]
    fn any_text_is_refused_or_a_plain_decimal(text in "[0-9.,+eE -]{0,24}", decimals in 0_u8..=8) {
        if let Some(parsed) = Amount::parse_decimal(&text, decimals) {
            prop_assert!(text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'));
            let written = parsed.to_decimal(decimals);
            let value = |text: &str| {
                let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
                let whole = whole.trim_start_matches('0').to_owned();
                (whole, fraction.trim_end_matches('0').to_owned())
            };
            prop_assert_eq!(value(&written), value(&text));
        }
    }

    #[test]
    fn no_text_at_all_makes_reading_fail(text in any::<String>(), decimals in any::<u8>()) {
        let _ = Amount::parse_decimal(&text, decimals);
    }

    #[test]
    fn a_currency_is_three_capital_letters(code in "[A-Za-z0-9é]{2,4}") {
        let capital = code.len() == 3 && code.bytes().all(|letter| letter.is_ascii_uppercase());
        let currency = Currency::new(&code);
        prop_assert_eq!(currency.is_some(), capital);
        prop_assert!(currency.is_none_or(|currency| currency.code() == code));
    }

    #[test]
    fn any_currency_bytes_can_be_read_and_none_reach_a_screen_unchecked(
        bytes in any::<[u8; 3]>(),
        damage in damage(),
    ) {
        let currency = Currency::from_bytes(&bytes).expect("any three bytes");
        canonical(&currency, &damage, Currency::from_bytes)?;
        let shown = currency.code();
        prop_assert!(shown == "???" || shown.as_bytes() == bytes);
    }

    #[test]
    fn amounts_days_and_times_are_canonical(units in any::<u64>(), damage in damage()) {
        canonical(&amount(units), &damage, Amount::from_bytes)?;
        canonical(&Timestamp(units), &damage, Timestamp::from_bytes)?;
        let day = Day(u32::try_from(units >> 32).expect("32 bits"));
        canonical(&day, &damage, Day::from_bytes)?;
    }

    #[test]
    fn a_moment_lies_in_its_day(day in 0..u32::MAX, second in 0_u64..86_400) {
        let moment = Timestamp(u64::from(day) * 86_400 + second);
        prop_assert_eq!(moment.day(), Day(day));
        prop_assert_eq!(Timestamp(moment.0 + 86_400).day(), Day(day + 1));
    }

    #[test]
    fn days_and_times_move_forward_or_not_at_all(time in any::<u64>(), more in any::<u64>()) {
        let later = Timestamp(time).checked_add(more);
        prop_assert_eq!(later, time.checked_add(more).map(Timestamp));
        prop_assert!(later.is_none_or(|later| later >= Timestamp(time)));
        prop_assert!(later.is_none_or(|later| later.day() >= Timestamp(time).day()));
        let (day, days) = ((time >> 32) as u32, (more >> 32) as u32);
        prop_assert_eq!(Day(day).checked_add(days), day.checked_add(days).map(Day));
    }

    #[test]
    fn what_may_be_done_on_a_day_follows_the_phases(
        days in prop::array::uniform5(0_u32..12),
        today in 0_u32..14,
    ) {
        let [issue_from, issue_until, spend_until, deposit_until, claim_until] = days.map(Day);
        let dates = Dates { issue_from, issue_until, spend_until, deposit_until, claim_until };
        let rises = days[..3].is_sorted() && days[2] < days[3] && days[3] < days[4];
        prop_assert_eq!(dates.are_ordered(), rises);
        let today = Day(today);
        if rises {
            prop_assert!(!dates.may_withdraw(today) || dates.may_spend(today));
            prop_assert!(!dates.may_spend(today) || dates.may_cash(today));
        }
        prop_assert_eq!(dates.may_withdraw(today), issue_from <= today && today <= issue_until);
        prop_assert_eq!(dates.may_spend(today), issue_from <= today && today <= spend_until);
        prop_assert_eq!(dates.may_cash(today), today <= deposit_until);
    }
}
