//! One answer says nothing about who gave it; two say everything (section 14, 1 and 3).

use super::{config, key_terms, scalar};
use crate::mint::{SLOTS, fresh};
use proptest::prelude::*;
use tender_token::group::{Equation, Point, Scalar};
use tender_token::slot::Commitments;

/// The secrets behind a slot. The properties also choose `h = log_G H`, which nobody knows, so that
/// every commitment has a logarithm and all of the algebra can be written down.
#[derive(Clone, Debug)]
struct Secrets {
    u: Scalar,
    delta: Scalar,
    k: Scalar,
    rho: Scalar,
}

fn secrets() -> impl Strategy<Value = Secrets> {
    let scalars = prop::array::uniform4(scalar());
    scalars.prop_map(|[u, delta, k, rho]| Secrets { u, delta, k, rho })
}

impl Secrets {
    /// `z` and `w` for a challenge.
    fn answer(&self, c: &Scalar) -> (Scalar, Scalar) {
        (self.u.plus(&c.times(&self.k)), self.delta.plus(&c.times(&self.rho)))
    }

    /// The logarithms of `C0` and `C1`, for `h = log_G H`.
    fn logarithms(&self, h: &Scalar) -> (Scalar, Scalar) {
        (self.u.plus(&self.delta.times(h)), self.k.plus(&self.rho.times(h)))
    }

    /// The secrets of a slot of another identity that explain the very same view.
    fn explained_by(&self, other: &Scalar, c: &Scalar, h: &Scalar) -> Self {
        let (z, _) = self.answer(c);
        let (c0, c1) = self.logarithms(h);
        let divide = |a: Scalar, b: &Scalar| a.times(&b.inverse().expect("not zero"));
        let k = divide(z.minus(other), c);
        let delta = divide(c0.minus(other), h);
        Self { u: *other, delta, k, rho: divide(c1.minus(&k), h) }
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_identity_explains_one_answer(
        secrets in secrets(),
        other in scalar(),
        c in scalar(),
        h in scalar(),
    ) {
        let explained = secrets.explained_by(&other, &c, &h);
        prop_assert_eq!(explained.u, other);
        prop_assert_eq!(explained.logarithms(&h), secrets.logarithms(&h), "the same slot");
        prop_assert_eq!(explained.answer(&c), secrets.answer(&c), "the same answer");
    }

    #[test]
    fn every_other_identity_is_consistent_with_a_certified_slot_and_its_one_answer(
        slot in 0..SLOTS.len(),
        terms in key_terms(),
        other in scalar(),
        error in scalar(),
    ) {
        // The view is C0, C1, c, z and w. If u' is behind it, then k' = (z - u')/c, and what is
        // left of C0 and C1 is D = delta'H and E = rho'H, for every element is a multiple of H.
        // The view asks one more thing of them, w = delta' + c rho', which is D + cE = wH.
        let place = fresh(slot, 0).next_place().expect("on a slot");
        let (endorsement, answer) = SLOTS[slot].answer(&place, terms);
        let c = place.digest(&endorsement).challenge();
        let Commitments { c0, c1 } = SLOTS[slot].slot.body.commitments;
        let one = Scalar::from_weight(1_u128.to_le_bytes());
        let zero = one.minus(&one);
        let k = answer.z.minus(&other).times(&c.inverse().expect("not zero"));
        let without = |point: &Point, multiple: &Scalar| {
            Point::base_minus(&zero.minus(multiple), &zero.minus(&one), point)
                .expect("no identity element")
        };
        let (d, e) = (without(&c0, &other), without(&c1, &k));
        let left = Point::difference(&one, &d, &zero.minus(&c), &e);
        prop_assert_eq!(left, Point::commitment(&zero, &answer.w), "any identity explains it");
        prop_assert!(left != Point::commitment(&zero, &answer.w.plus(&error)), "this answer only");
    }

    #[test]
    fn exactly_one_set_of_secrets_explains_it(
        secrets in secrets(),
        other in scalar(),
        c in scalar(),
        h in scalar(),
        error in scalar(),
    ) {
        let right = secrets.explained_by(&other, &c, &h);
        let view = |secrets: &Secrets| (secrets.logarithms(&h), secrets.answer(&c));
        let expected = view(&right);
        for wrong in [
            Secrets { k: right.k.plus(&error), ..right.clone() },
            Secrets { delta: right.delta.plus(&error), ..right.clone() },
            Secrets { rho: right.rho.plus(&error), ..right.clone() },
        ] {
            prop_assert!(view(&wrong) != expected);
        }
        let back = right.explained_by(&secrets.u, &c, &h);
        prop_assert_eq!(view(&back), view(&secrets));
        prop_assert_eq!((back.k, back.delta, back.rho), (secrets.k, secrets.delta, secrets.rho));
    }

    #[test]
    fn an_explanation_of_one_answer_fails_for_a_second(
        secrets in secrets(),
        other in scalar(),
        c in scalar(),
        second in scalar(),
        h in scalar(),
    ) {
        prop_assume!(other != secrets.u && c != second);
        let explained = secrets.explained_by(&other, &c, &h);
        prop_assert!(explained.answer(&second) != secrets.answer(&second));
    }

    #[test]
    fn two_answers_give_all_secrets(secrets in secrets(), c in scalar(), second in scalar()) {
        prop_assume!(c != second);
        let ((z, w), (other_z, other_w)) = (secrets.answer(&c), secrets.answer(&second));
        let inverse = c.minus(&second).inverse().expect("different challenges");
        let (k, rho) = (z.minus(&other_z).times(&inverse), w.minus(&other_w).times(&inverse));
        prop_assert_eq!((k, rho), (secrets.k, secrets.rho));
        prop_assert_eq!(z.minus(&c.times(&k)), secrets.u);
        prop_assert_eq!(w.minus(&c.times(&rho)), secrets.delta);
    }

    #[test]
    fn a_slot_with_an_answer_can_be_made_backwards_for_any_identity(
        u in scalar(),
        delta in scalar(),
        c in scalar(),
        z in scalar(),
        w in scalar(),
    ) {
        // Choose the answer first and the slot after it: what the proof that nobody can be framed
        // does with an identity whose secret it does not know.
        let identity = Point::base(&u).expect("not zero");
        let c0 = identity.plus_blinding(&delta).expect("no identity element");
        let (inverse, answer) = (c.inverse().expect("not zero"), Point::commitment(&z, &w));
        let scaled = answer.and_then(|answer| answer.times(&inverse)).expect("no identity element");
        let one = Scalar::from_weight(1_u128.to_le_bytes());
        let c1 = Point::difference(&one, &scaled, &inverse, &c0).expect("no identity element");
        let equation = Equation { z: &z, w: &w, c0: &c0, c, c1: &c1 };
        prop_assert!(equation.holds());
    }
}
