//! Amounts as people write them: `12.50` or `12.50 FLN`, read with integer arithmetic only.

use tender_token::amount::{Amount, Currency};
use tender_token::bounds::PAYMENT_ITEMS_MAX;

use super::CurrencyTerms;
use super::problem::Problem;

/// How amounts are written in one scenario.
#[derive(Clone, Copy)]
pub(super) struct Notation {
    pub currency: Currency,
    pub decimals: u8,
}

impl Notation {
    /// Reads an amount.
    pub(super) fn read(self, written: &str) -> Result<Amount, Problem> {
        let (number, code) = match written.split_once(' ') {
            Some((number, code)) => (number, Some(code)),
            None => (written, None),
        };
        if let Some(found) = code.filter(|code| *code != self.currency.code()) {
            let code = self.currency.code().to_owned();
            return Err(Problem::OtherCurrency { found: found.to_owned(), code });
        }
        Amount::parse_decimal(number, self.decimals).ok_or_else(|| self.diagnose(number))
    }

    /// Says why a number that could not be read is wrong.
    fn diagnose(self, number: &str) -> Problem {
        let amount = number.to_owned();
        if number.strip_prefix('-').is_some_and(is_decimal) {
            return Problem::NegativeAmount { amount };
        }
        if !is_decimal(number) {
            let example = self.show(Amount::from_minor_units(1250));
            return Problem::NotANumber { amount, example };
        }
        let fraction = number.split_once('.').map_or("", |(_, fraction)| fraction);
        if fraction.len() > usize::from(self.decimals) {
            return Problem::TooManyDecimals { amount, decimals: self.decimals };
        }
        let most = self.show(Amount::from_minor_units(u64::MAX));
        Problem::AmountTooLarge { amount, most }
    }

    /// Writes an amount without the currency.
    pub(super) fn show(self, amount: Amount) -> String {
        amount.to_decimal(self.decimals)
    }
}

/// Whether the text is digits, or digits, a point and digits.
fn is_decimal(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole) && digits(fraction)
}

impl CurrencyTerms {
    pub(super) fn notation(&self) -> Notation {
        Notation { currency: self.code, decimals: self.decimals }
    }

    /// Reads an amount that tokens have to make up: payable, and not nothing.
    pub(super) fn read_payable(&self, written: &str) -> Result<Amount, Problem> {
        let notation = self.notation();
        let amount = notation.read(written)?;
        let smallest = self.denominations.first().expect("a currency has a denomination");
        let largest = self.denominations.last().expect("a currency has a denomination");
        if amount.is_zero() {
            return Err(Problem::ZeroAmount { least: notation.show(*smallest) });
        }
        if !amount.minor_units().is_multiple_of(smallest.minor_units()) {
            let (amount, smallest) = (notation.show(amount), notation.show(*smallest));
            return Err(Problem::NotPayable { amount, smallest });
        }
        match largest.checked_mul(u64::from(PAYMENT_ITEMS_MAX)) {
            Some(most) if amount > most => Err(Problem::TooManyTokens {
                amount: notation.show(amount),
                tokens: PAYMENT_ITEMS_MAX,
                most: notation.show(most),
            }),
            _ => Ok(amount),
        }
    }
}
