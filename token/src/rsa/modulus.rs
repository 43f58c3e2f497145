//! What makes a modulus unacceptable beyond its form: a factor that is found at once (`[S4]`), or a
//! shape that makes the secret exponent easier to find than the length promises, and with it slots
//! or money.

use crate::bounds::SMALL_FACTOR_BOUND;
use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, Limb, NonZero, Word};

/// Another number than a power passes for one with a probability of two to the minus this.
const POWER_ERROR_BITS: u32 = 64;

/// Trial division by every odd number below the bound; composites only repeat their primes' work.
pub(super) fn has_small_factor(n: &BoxedUint) -> bool {
    (3..SMALL_FACTOR_BOUND).step_by(2).any(|divisor| remainder(n, divisor) == 0)
}

/// Whether the modulus is a prime: Fermat's test to the base 2. Every odd prime passes it, the
/// product of two random primes with negligible probability.
pub(super) fn is_prime(modulus: &BoxedMontyParams) -> bool {
    let two = BoxedMontyForm::one(modulus).double();
    two.pow(modulus.modulus()).retrieve() == two.retrieve()
}

/// Whether a number without small factors is a power of another number.
pub(super) fn is_power(n: &BoxedUint) -> bool {
    // What has no factor below 2^16 is at most the (bits / 16)-th power of something.
    let greatest = n.bits_vartime().checked_div(SMALL_FACTOR_BOUND.ilog2()).unwrap_or_default();
    (2..=greatest).any(|exponent| is_small_prime(exponent) && looks_like_power(n, exponent))
}

/// Whether a number is a k-th power modulo the first primes `q = jk + 1`. A k-th power is one
/// modulo all of them; any other number fails for all but one in k.
fn looks_like_power(n: &BoxedUint, exponent: u32) -> bool {
    let primes = (1_u32..).filter_map(|j| {
        let q = exponent.checked_mul(j)?.checked_add(1)?;
        is_small_prime(q).then_some((j, q))
    });
    let enough = usize::try_from(POWER_ERROR_BITS.div_ceil(exponent.ilog2()));
    primes.take(enough.expect("at most 64")).all(|(j, q)| is_residue(remainder(n, q), j, q))
}

/// Whether `rest^j` is 1 modulo the prime `q = jk + 1`, which makes `rest` a k-th power, or 0.
fn is_residue(rest: Word, j: u32, q: u32) -> bool {
    let times = |power: Word, factor: Word| {
        power.wrapping_mul(factor).checked_rem(Word::from(q)).unwrap_or_default()
    };
    (0..j).fold(1, |power, _| times(power, rest)) <= 1
}

fn is_small_prime(number: u32) -> bool {
    number > 1 && (2..=number.isqrt()).all(|divisor| !number.is_multiple_of(divisor))
}

fn remainder(n: &BoxedUint, divisor: u32) -> Word {
    n.rem_limb(NonZero::new(Limb::from(divisor)).expect("divisors are at least 2")).0
}

#[cfg(test)]
mod tests {
    use super::{is_power, is_prime};
    use crypto_bigint::modular::BoxedMontyParams;
    use crypto_bigint::{BoxedUint, Odd, Resize};

    const PRECISION: u32 = 3072;

    fn power(base: u32, exponent: u32) -> BoxedUint {
        let base = BoxedUint::from(base).resize_unchecked(PRECISION);
        base.checked_pow_vartime(BoxedUint::from(exponent)).expect("it fits")
    }

    #[test]
    fn every_power_is_recognised() {
        for base in [65_537, 70_001, 0xffff_fffb] {
            for exponent in 2..=96 {
                assert!(is_power(&power(base, exponent)), "{base}^{exponent}");
            }
        }
        assert!(is_power(&power(65_537, 191)), "the greatest prime exponent of 3072 bits");
    }

    #[test]
    fn what_is_no_power_is_not_taken_for_one() {
        for base in [65_537, 70_001, 0xffff_fffb] {
            for exponent in 1..=90 {
                let number = power(base, exponent).wrapping_mul(BoxedUint::from(65_539_u32));
                assert!(!is_power(&number), "{base}^{exponent} * 65539");
            }
        }
    }

    #[test]
    fn primes_are_told_from_products() {
        let prime = |number: u64| {
            let odd = Odd::new(BoxedUint::from(number)).expect("odd");
            is_prime(&BoxedMontyParams::new(odd))
        };
        assert!(prime(65_537) && prime(0xffff_fffb) && prime(u64::MAX - 58));
        assert!(!prime(65_537 * 65_539) && !prime(65_537 * 65_537) && !prime(u64::MAX));
    }
}
