//! How large the crowd is in which a payment hides from whoever sees every withdrawal and every
//! deposit: the wallets that could have paid it, by the tokens that they drew before.
//!
//! Such an observer knows who drew how many tokens of each value and when, which tokens came in
//! together and when, and how long wallets wait at most. Signatures tell nothing more, so whoever
//! could have paid is the crowd, and each as likely as the others.

use super::split;
use crate::sums::{Count, Sums};
use tender_token::amount::Amount;

/// The values of the example configuration of an issuer.
const VALUES: [u64; 7] = [50, 100, 200, 500, 1_000, 2_000, 5_000];
const WALLETS: usize = 400;
/// Free slots of each: as many as one withdrawal takes at most.
const SLOTS: usize = 64;
/// What people draw when they draw standard amounts.
const STANDARD: [u64; 3] = [2_000, 5_000, 10_000];

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % bound
    }
}

/// How many tokens of each value.
type Tokens = Vec<usize>;

/// A wallet that draws once and pays once: what the observer sees.
struct Seen {
    drawn: Tokens,
    paid: Tokens,
    /// How many withdrawals of the day came before the payment.
    before: usize,
}

/// A day on which wallets draw one after the other. Each pays all or some of it after others have
/// drawn too, any number up to `waits`.
fn day(dice: &mut Dice, draw: impl Fn(&mut Dice) -> u64, all: bool, waits: u64) -> Vec<Seen> {
    let mut seen = Vec::new();
    for place in 0..WALLETS {
        let amount = draw(dice);
        let drawn =
            split(Amount::from_minor_units(amount), &VALUES, SLOTS).expect("it can be drawn");
        let pays = if all { amount } else { (1 + dice.below(amount / 50)) * 50 };
        let available: Vec<_> = VALUES.into_iter().zip(drawn.iter().copied()).collect();
        let paid = Sums::new(&available, pays).exact(pays, Count::Fewest);
        let paid = paid.expect("a wallet draws so that every amount can be paid");
        let waited = usize::try_from(dice.below(waits + 1)).expect("small");
        seen.push(Seen { drawn, paid, before: place + 1 + waited });
    }
    seen
}

/// Of each payment how many wallets could have made it. Those of the last `waits` wallets are left
/// out, after whose payments the day is over.
fn crowds(seen: &[Seen], waits: u64) -> Vec<usize> {
    let waits = usize::try_from(waits).expect("small");
    let could = |one: &Seen, other: &Seen| {
        other.drawn.iter().zip(&one.paid).all(|(drawn, paid)| drawn >= paid)
    };
    let crowd = |one: &Seen| {
        let first = one.before.saturating_sub(waits + 1);
        let drawn = seen.iter().take(one.before).skip(first);
        drawn.filter(|other| could(one, other)).count()
    };
    let within = seen.iter().filter(|one| one.before <= seen.len() && one.before > waits);
    let mut crowds: Vec<_> = within.map(crowd).collect();
    crowds.sort_unstable();
    crowds
}

fn standard(dice: &mut Dice) -> u64 {
    STANDARD[usize::try_from(dice.below(3)).expect("below 3")]
}

/// Up to a hundred others draw between drawing and paying.
#[test]
fn c4_a_payment_out_of_a_standard_amount_drawn_long_before_hides_in_a_crowd() {
    let waits = 100;
    let crowds = crowds(&day(&mut Dice(7), standard, false, waits), waits);
    let (least, middle) = (crowds[0], crowds[crowds.len() / 2]);
    println!("of {} payments: least {least}, middle {middle}", crowds.len());
    assert!(crowds.len() >= WALLETS / 2, "enough are measured");
    assert!(least >= 20 && middle >= 50, "least {least}, middle {middle}");
}

/// The measure sees what the protocol does not hide (`[V2]` g): the same people, but each draws
/// exactly what it pays, and pays at once.
#[test]
fn c4_who_draws_exactly_what_it_pays_at_once_hides_from_nobody() {
    let draw = |dice: &mut Dice| (1 + dice.below(200)) * 50;
    let crowds = crowds(&day(&mut Dice(7), draw, true, 0), 0);
    assert_eq!((crowds.len(), crowds.last()), (WALLETS, Some(&1)), "everybody is alone");
}
