//! Seals: eight bytes behind every row, by which a row that changed on the disk is noticed.
//!
//! The database checks its pages when it is told to, and not when it reads them. So every row says
//! itself whether it is what was written, in this table and under this key. A seal is no secret: it
//! finds what disks and memory do to a row, and the log finds what people do.

use crate::Fault;
use sha2::{Digest, Sha256};

/// Length of a seal.
pub const SEAL_BYTES: usize = 8;
const PREFIX: &[u8] = b"tender/row/1";

/// The row with its seal, as it is stored.
pub fn seal(table: &'static str, key: &[u8], mut row: Vec<u8>) -> Vec<u8> {
    let seal = digest(table, key, &row);
    row.extend(seal);
    row
}

/// The row of what is stored. Errors: [`Fault::Damaged`], unless it is what was written here.
pub fn unseal<'a>(table: &'static str, key: &[u8], stored: &'a [u8]) -> Result<&'a [u8], Fault> {
    stored
        .split_last_chunk::<SEAL_BYTES>()
        .filter(|(row, seal)| digest(table, key, row) == **seal)
        .map(|(row, _)| row)
        .ok_or_else(|| Fault::Damaged { table, key: key.to_vec() })
}

/// The first bytes of SHA-256 over prefix, table, key and row. Lengths keep the parts apart.
pub fn digest(table: &str, key: &[u8], row: &[u8]) -> [u8; SEAL_BYTES] {
    let mut hash = Sha256::new();
    for part in [PREFIX, table.as_bytes(), key] {
        hash.update(u64::try_from(part.len()).expect("a length fits").to_be_bytes());
        hash.update(part);
    }
    let hash: [u8; 32] = hash.chain_update(row).finalize().into();
    *hash.first_chunk().expect("8 of 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_holds_for_its_row_under_its_key_in_its_table_only() {
        let stored = seal("cashed", b"token", vec![0, 0, 0, 7]);
        assert_eq!(unseal("cashed", b"token", &stored).expect("it is whole"), [0, 0, 0, 7]);
        for (table, key) in [("answers", b"token"), ("cashed", b"Token")] {
            assert!(unseal(table, key, &stored).is_err());
        }
        for at in 0..stored.len() * 8 {
            let mut flipped = stored.clone();
            flipped[at / 8] ^= 1 << (at % 8);
            match unseal("cashed", b"token", &flipped) {
                Err(Fault::Damaged { table, key }) => {
                    assert_eq!((table, &key[..]), ("cashed", &b"token"[..]));
                }
                other => panic!("a flip of bit {at}: {other:?}"),
            }
        }
        for short in 0..stored.len() {
            assert!(unseal("cashed", b"token", &stored[..short]).is_err());
        }
    }
}
