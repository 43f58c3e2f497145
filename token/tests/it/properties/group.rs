//! Points, scalars and the equations that batches are made of.

use super::{canonical, config, damage, scalar};
use crate::negative::{ORDER, plus_order};
use proptest::prelude::*;
use tender_token::encode::{Decode, Encode};
use tender_token::error::Error;
use tender_token::group::{Equation, Point, Scalar};

fn point(scalar: &Scalar) -> Point {
    Point::base(scalar).expect("not zero")
}

fn one() -> Scalar {
    Scalar::from_weight(1_u128.to_le_bytes())
}

/// A true statement `zG + wH = C0 + cC1` from its secrets.
struct Statement {
    z: Scalar,
    w: Scalar,
    c: Scalar,
    c0: Point,
    c1: Point,
}

impl Statement {
    fn new(secrets: &[Scalar; 5]) -> Self {
        let [u, delta, k, rho, c] = secrets;
        let commitment = |a, b| Point::commitment(a, b).expect("probability 2^-252");
        let (z, w) = (u.plus(&c.times(k)), delta.plus(&c.times(rho)));
        Self { z, w, c: *c, c0: commitment(u, delta), c1: commitment(k, rho) }
    }

    fn equation(&self) -> Equation<'_> {
        Equation { z: &self.z, w: &self.w, c0: &self.c0, c: self.c, c1: &self.c1 }
    }
}

fn statements() -> impl Strategy<Value = Vec<Statement>> {
    let secrets = prop::array::uniform5(scalar());
    prop::collection::vec(secrets.prop_map(|secrets| Statement::new(&secrets)), 1..5)
}

impl core::fmt::Debug for Statement {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{:?}", self.equation())
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn scalars_and_points_are_canonical(scalar in scalar(), damage in damage()) {
        canonical(&scalar, &damage, Scalar::from_bytes)?;
        canonical(&point(&scalar), &damage, Point::from_bytes)?;
    }

    #[test]
    fn a_scalar_has_one_encoding(scalar in scalar()) {
        let other = plus_order(&scalar.bytes());
        prop_assert_eq!(Scalar::from_bytes(&other), Err(Error::Encoding));
        prop_assert_eq!(Scalar::from_bytes(&ORDER), Err(Error::Encoding));
    }

    #[test]
    fn any_32_bytes_are_refused_or_the_encoding_of_what_they_mean(bytes in any::<[u8; 32]>()) {
        let read = Point::from_bytes(&bytes);
        prop_assert!(read.is_err() || read.map(|point| point.to_bytes()) == Ok(bytes.to_vec()));
        let read = Scalar::from_bytes(&bytes);
        prop_assert!(read.is_err() || read.map(|scalar| scalar.to_bytes()) == Ok(bytes.to_vec()));
    }

    #[test]
    fn scalars_are_a_field(a in scalar(), b in scalar(), c in scalar()) {
        prop_assert_eq!(a.plus(&b).minus(&b), a);
        prop_assert_eq!(a.plus(&b), b.plus(&a));
        prop_assert_eq!(a.times(&b), b.times(&a));
        prop_assert_eq!(a.times(&b.plus(&c)), a.times(&b).plus(&a.times(&c)));
        prop_assert_eq!(a.times(&a.inverse().expect("not zero")), one());
        prop_assert!(a.minus(&a).is_zero() && a.minus(&a).inverse().is_none());
    }

    #[test]
    fn a_weight_is_the_number_it_says(weight in any::<u128>()) {
        let mut bytes = [0; 32];
        bytes[..16].copy_from_slice(&weight.to_le_bytes());
        prop_assert_eq!(Scalar::from_weight(weight.to_le_bytes()).bytes(), bytes);
    }

    #[test]
    fn points_follow_their_logarithms(a in scalar(), b in scalar(), x in scalar()) {
        let difference = a.minus(&b.times(&x));
        prop_assert_eq!(Point::base_minus(&a, &b, &point(&x)), Point::base(&difference));
        let (p, q) = (point(&one()), point(&x));
        prop_assert_eq!(Point::difference(&a, &p, &b, &q), Point::base(&difference));
        prop_assert_eq!(point(&a).times(&b), point(&b).times(&a));
        prop_assert_eq!(point(&a).plus_blinding(&b), Point::commitment(&a, &b));
    }

    #[test]
    fn what_would_be_the_identity_element_is_refused(a in scalar()) {
        let zero = a.minus(&a);
        prop_assert_eq!(Point::base(&zero).err(), Some(Error::Encoding));
        prop_assert_eq!(point(&a).times(&zero).err(), Some(Error::Encoding));
        let same = Point::difference(&a, &point(&one()), &one(), &point(&a));
        prop_assert_eq!(same.err(), Some(Error::Encoding));
    }

    #[test]
    fn commitments_bind(secrets in prop::array::uniform4(scalar())) {
        let [a, b, c, d] = secrets;
        let same = Point::commitment(&a, &b) == Point::commitment(&c, &d);
        prop_assert_eq!(same, (a, b) == (c, d));
    }

    #[test]
    fn a_batch_holds_exactly_if_each_statement_does(
        statements in statements(),
        wrong in prop::option::of((any::<prop::sample::Index>(), 0_usize..3)),
        weights in prop::array::uniform5(any::<[u8; 16]>()),
    ) {
        let mut statements = statements;
        if let Some((which, part)) = wrong {
            let which = which.index(statements.len());
            let statement = &mut statements[which];
            let part = [&mut statement.z, &mut statement.w, &mut statement.c].into_iter().nth(part);
            let part = part.expect("one of three");
            *part = part.plus(&one());
        }
        let single = statements.iter().all(|statement| statement.equation().holds());
        let weights = weights.map(Scalar::from_weight);
        let weighted: Vec<_> = statements.iter().map(Statement::equation).zip(weights).collect();
        prop_assert_eq!(Equation::all_hold(&weighted), single);
        prop_assert_eq!(single, wrong.is_none());
    }

    #[test]
    fn errors_that_cancel_pass_with_equal_weights_only(
        statements in prop::array::uniform2(prop::array::uniform5(scalar())),
        error in scalar(),
        weights in any::<[[u8; 16]; 2]>(),
    ) {
        let [mut first, mut second] = statements.map(|secrets| Statement::new(&secrets));
        first.z = first.z.plus(&error);
        second.z = second.z.minus(&error);
        let holds = |weights: [[u8; 16]; 2]| {
            let [a, b] = weights.map(Scalar::from_weight);
            Equation::all_hold(&[(first.equation(), a), (second.equation(), b)])
        };
        prop_assert!(holds([weights[0]; 2]), "this is why weights are random");
        prop_assert_eq!(holds(weights), weights[0] == weights[1]);
    }
}
