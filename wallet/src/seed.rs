//! The seed: 32 random bytes that 24 words write down, and everything a wallet derives from.
//!
//! The bytes are the entropy of a mnemonic (BIP-39). HKDF with SHA-512 (RFC 5869) derives from them
//! the master secret of the protocol, the holder's name towards the issuer, and a device's key for
//! each epoch. So a wallet that is restored keeps master secret and name (`[ID3]`), and still signs
//! as the device that is lost, for which the issuer keeps what it stored (`[R5]`).

use bip39::{Language, Mnemonic};
use hkdf::Hkdf;
use sha2::Sha512;
use tender_token::identity::{Master, Pseudonym};
use tender_token::signature::SecretKey;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// How many words write a seed down.
pub const WORDS: usize = 24;

/// Everything a wallet derives from. Wiped on drop.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Seed([u8; 32]);

/// Why words are no seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WordsError {
    /// There are more or fewer than [`WORDS`].
    #[error("there are {0} words, not 24")]
    Count(usize),
    /// This one, counted from 1, is not in the list.
    #[error("word {0} is not one of the list")]
    Unknown(usize),
    /// Each is in the list, but the last does not fit the others.
    #[error("the words do not fit together: one of them is another, or in another place")]
    Checksum,
}

impl Seed {
    /// Takes charge of 32 random bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads 24 words, whatever is between them and whether or not they are in capitals. Numbers
    /// are passed over: people number the words.
    /// Errors: [`WordsError`].
    pub fn from_words(text: &str) -> Result<Self, WordsError> {
        let text = Zeroizing::new(text.to_lowercase());
        let is_word = |part: &&str| part.trim_end_matches('.').parse::<u8>().is_err();
        let words: Vec<_> = text.split_whitespace().filter(is_word).collect();
        let (count, words) = (words.len(), Zeroizing::new(words.join(" ")));
        if count != WORDS {
            return Err(WordsError::Count(count));
        }
        let mnemonic = Mnemonic::parse_in_normalized(Language::English, &words);
        let mnemonic = mnemonic.map_err(|error| match error {
            bip39::Error::UnknownWord(place) => WordsError::Unknown(place.saturating_add(1)),
            bip39::Error::BadWordCount(count) => WordsError::Count(count),
            bip39::Error::BadEntropyBitCount(_)
            | bip39::Error::InvalidChecksum
            | bip39::Error::AmbiguousLanguages(_) => WordsError::Checksum,
        })?;
        let (entropy, _) = mnemonic.to_entropy_array();
        let entropy = Zeroizing::new(entropy);
        let bytes = entropy.first_chunk().expect("24 words have 32 bytes");
        Ok(Self(*bytes))
    }

    /// The 24 words that write it down.
    #[must_use]
    pub fn words(&self) -> Vec<&'static str> {
        let mnemonic = Mnemonic::from_entropy_in(Language::English, &self.0);
        mnemonic.expect("32 bytes have 24 words").words().collect()
    }

    /// The bytes, for the store.
    pub(crate) fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// The master secret.
    #[must_use]
    pub fn master(&self) -> Master {
        Master::new(*self.derived(b"master"))
    }

    /// The holder's name towards the issuer.
    #[must_use]
    pub fn pseudonym(&self) -> Pseudonym {
        Pseudonym(*self.derived(b"pseudonym"))
    }

    /// The key of the device of an epoch.
    #[must_use]
    pub fn device(&self, epoch: u32) -> SecretKey {
        let info = [b"device/".as_slice(), &epoch.to_be_bytes()].concat();
        SecretKey::from_seed(&self.derived(&info))
    }

    fn derived(&self, what: &[u8]) -> Zeroizing<[u8; 32]> {
        let mut bytes = Zeroizing::new([0; 32]);
        let info = [b"tender-wallet/".as_slice(), what].concat();
        let derived = Hkdf::<Sha512>::new(None, &self.0).expand(&info, &mut *bytes);
        derived.expect("32 bytes are less than HKDF gives");
        bytes
    }
}

impl core::fmt::Debug for Seed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Seed(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::{Seed, WordsError};

    /// The fourth and last 32-byte cases of the word list's own known answers (Trezor's vectors).
    const KNOWN: [([u8; 32], &str); 2] = [
        (
            [0x7f; 32],
            "legal winner thank year wave sausage worth useful legal winner thank year wave \
             sausage worth useful legal winner thank year wave sausage worth title",
        ),
        (
            [0xff; 32],
            "zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo \
             zoo zoo vote",
        ),
    ];

    #[test]
    fn the_words_are_those_of_bip_39() {
        for (bytes, words) in KNOWN {
            assert_eq!(Seed::new(bytes).words().join(" "), words);
            assert_eq!(Seed::from_words(words).expect("words").expose(), &bytes);
        }
    }

    #[test]
    fn words_are_read_however_they_are_laid_out_and_mistakes_are_told() {
        let (_, words) = KNOWN[0];
        let laid_out = words.to_uppercase().replace(' ', "\n  ");
        assert!(Seed::from_words(&laid_out).is_ok());
        let numbered = (1..).zip(words.split(' ')).map(|(n, word)| format!("{n}. {word}\n"));
        assert!(Seed::from_words(&numbered.collect::<String>()).is_ok());
        let wrong = |text: &str| Seed::from_words(text).expect_err("no seed");
        assert_eq!(wrong("legal winner"), WordsError::Count(2));
        assert_eq!(wrong(&words.replacen("thank", "thnak", 1)), WordsError::Unknown(3));
        assert_eq!(wrong(&words.replace("title", "useful")), WordsError::Checksum);
    }

    #[test]
    fn every_epoch_has_a_device_of_its_own_and_all_have_one_name() {
        let seed = Seed::new([7; 32]);
        assert_ne!(seed.device(0).public(), seed.device(1).public());
        assert_eq!(seed.device(1).public(), Seed::new([7; 32]).device(1).public());
        assert_eq!(seed.pseudonym(), Seed::new([7; 32]).pseudonym());
        assert_ne!(seed.pseudonym(), Seed::new([8; 32]).pseudonym());
    }
}
