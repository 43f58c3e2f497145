//! Hashes: one label, one world.

use super::config;
use proptest::prelude::*;
use proptest::sample::Index;
use tender_token::group::Scalar;
use tender_token::transcript::{Label, h32, halves, hs, x};

fn label() -> impl Strategy<Value = Label> {
    any::<Index>().prop_map(|index| *index.get(Label::ALL))
}

fn data() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..80)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn different_labels_give_different_hashes(one in label(), other in label(), data in data()) {
        prop_assert_eq!(x(one, &[&data]) == x(other, &[&data]), one == other);
    }

    #[test]
    fn data_that_looks_like_a_label_does_not_change_the_label(
        one in label(),
        other in label(),
        data in data(),
    ) {
        // Whatever follows one label, the hash of another is not reached by moving the border.
        let moved = [other.text().as_bytes(), &data].concat();
        prop_assert!(one == other || x(one, &[&moved]) != x(other, &[&data]));
        prop_assert!(x(one, &[&moved]) != x(one, &[&data]));
    }

    #[test]
    fn parts_are_hashed_as_their_concatenation(
        label in label(),
        data in data(),
        cut in any::<Index>(),
    ) {
        let (left, right) = data.split_at(cut.index(data.len() + 1));
        prop_assert_eq!(x(label, &[left, right]), x(label, &[&data]));
    }

    #[test]
    fn different_data_give_different_hashes(label in label(), one in data(), other in data()) {
        prop_assert_eq!(x(label, &[&one]) == x(label, &[&other]), one == other);
    }

    #[test]
    fn short_and_reduced_hashes_come_from_the_long_one(label in label(), data in data()) {
        let wide = x(label, &[&data]);
        prop_assert_eq!(&h32(label, &[&data])[..], &wide[..32]);
        prop_assert_eq!(hs(label, &[&data]), Scalar::from_wide(&wide));
        let (left, right) = halves(&wide);
        prop_assert_eq!([left, right].concat(), wide);
    }
}
