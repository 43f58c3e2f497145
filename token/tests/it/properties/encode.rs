//! The canonical bytes that everything else is made of.

use super::{canonical, config, damage, flip};
use proptest::prelude::*;
use proptest::sample::Index;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::{Error, Result};

/// One of each primitive.
#[derive(Debug, PartialEq)]
struct Mixture(u8, u16, u32, u64, [u8; 32], Vec<[u8; 4]>, Vec<u8>);

impl Encode for Mixture {
    fn encode(&self, writer: &mut Writer) {
        writer.u8(self.0);
        writer.u16(self.1);
        writer.u32(self.2);
        writer.u64(self.3);
        writer.put(&self.4);
        writer.list(&self.5);
        writer.sized(&self.6);
    }
}

impl Decode for Mixture {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        let numbers = (reader.u8()?, reader.u16()?, reader.u32()?, reader.u64()?);
        let (u8, u16, u32, u64) = numbers;
        let (array, list) = (reader.get()?, reader.list(0..=8)?);
        Ok(Self(u8, u16, u32, u64, array, list, reader.sized()?.to_vec()))
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn whatever_is_written_reads_back(
        numbers in any::<(u8, u16, u32, u64)>(),
        array in any::<[u8; 32]>(),
        list in prop::collection::vec(any::<[u8; 4]>(), 0..=8),
        bytes in prop::collection::vec(any::<u8>(), 0..40),
        damage in damage(),
    ) {
        let (u8, u16, u32, u64) = numbers;
        canonical(&Mixture(u8, u16, u32, u64, array, list, bytes), &damage, Mixture::from_bytes)?;
    }

    #[test]
    fn integers_are_big_endian(number in any::<u64>()) {
        let mut writer = Writer::default();
        writer.u64(number);
        let bytes = writer.finish();
        let value = bytes.iter().fold(0_u64, |value, byte| (value << 8) | u64::from(*byte));
        prop_assert_eq!((bytes.len(), value), (8, number));
    }

    #[test]
    fn a_count_outside_its_range_is_no_encoding(
        count in any::<u16>(),
        least in any::<u16>(),
        most in any::<u16>(),
    ) {
        let read = Reader::new(&count.to_be_bytes()).count(least..=most);
        let within = least <= count && count <= most;
        prop_assert_eq!(read, if within { Ok(count) } else { Err(Error::Encoding) });
    }

    #[test]
    fn a_length_beyond_the_end_takes_nothing(length in any::<u32>(), rest in 0_usize..64) {
        let bytes = [length.to_be_bytes().to_vec(), vec![7; rest]].concat();
        let mut reader = Reader::new(&bytes);
        let fits = usize::try_from(length).is_ok_and(|length| length <= rest);
        prop_assert_eq!(reader.sized().is_ok(), fits);
    }

    #[test]
    fn reading_ends_exactly_at_the_end(
        bytes in prop::collection::vec(any::<u8>(), 0..64),
        taken in any::<Index>(),
    ) {
        let taken = taken.index(bytes.len() + 1);
        let mut reader = Reader::new(&bytes);
        prop_assert_eq!(reader.bytes(taken), Ok(&bytes[..taken]));
        prop_assert_eq!(reader.rest(), &bytes[taken..]);
        prop_assert_eq!(reader.clone().bytes(bytes.len() - taken + 1), Err(Error::Encoding));
        let ended = if taken == bytes.len() { Ok(()) } else { Err(Error::Encoding) };
        prop_assert_eq!(reader.finish(), ended);
    }

    #[test]
    fn a_flipped_bit_is_another_string_of_bytes(bytes in any::<[u8; 32]>(), bit in any::<Index>()) {
        let flipped = flip(&bytes, bit);
        let differing = bytes.iter().zip(&flipped).map(|(a, b)| (a ^ b).count_ones());
        prop_assert_eq!(differing.sum::<u32>(), 1);
    }
}
