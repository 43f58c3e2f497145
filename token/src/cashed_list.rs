//! The cashed list (`[C4]`): which tokens of a series were cashed, published after its last deposit
//! day, so that nobody has to ask about a single token.
//!
//! The list comes in 4096 files, one per 12-bit prefix of the ids: the ids alone, in ascending
//! order. A wallet that looks for its own tokens fetches the neighbouring files too (`[R4]`).

use crate::encode::{Decode, Encode, Reader, Writer};
use crate::error::{Error, Result};
use crate::series::SeriesId;
use crate::token::TokenId;
use crate::transcript::{Hashing, Label};
use std::collections::BTreeSet;

/// The first 12 bits of a token id: which file of the list it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prefix(u16);

impl Prefix {
    /// How many prefixes there are.
    pub const COUNT: u16 = 4096;

    /// The prefix of this number, or `None` from 4096 on.
    #[must_use]
    pub fn new(number: u16) -> Option<Self> {
        (number < Self::COUNT).then_some(Self(number))
    }

    /// The prefix of a token id.
    #[must_use]
    pub fn of(token: TokenId) -> Self {
        let [first, second, ..] = token.0;
        Self(u16::from_be_bytes([first, second]) >> 4)
    }

    /// Its number, below 4096.
    #[must_use]
    pub fn number(self) -> u16 {
        self.0
    }

    /// The least id that has this prefix.
    #[must_use]
    pub fn least(self) -> TokenId {
        self.followed_by(0)
    }

    /// The greatest id that has this prefix.
    #[must_use]
    pub fn greatest(self) -> TokenId {
        self.followed_by(0xff)
    }

    /// The id whose bits behind the prefix are those of this byte, over and over.
    fn followed_by(self, rest: u8) -> TokenId {
        let mut id = [rest; 32];
        let bits = self.0.checked_shl(4).unwrap_or_default() | u16::from(rest & 0xf);
        for (byte, bits) in id.iter_mut().zip(bits.to_be_bytes()) {
            *byte = bits;
        }
        TokenId(id)
    }

    /// The files to fetch for a token of this prefix: before, itself, behind. The last is the first
    /// one's neighbour, so that there are always three.
    #[must_use]
    pub fn with_neighbours(self) -> [Self; 3] {
        let last = Self::COUNT.saturating_sub(1);
        let before = self.0.checked_sub(1).unwrap_or(last);
        let behind = if self.0 == last { 0 } else { self.0.saturating_add(1) };
        [Self(before), self, Self(behind)]
    }
}

/// One file of the list: every cashed token with one prefix, in ascending order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    prefix: Prefix,
    tokens: Vec<TokenId>,
}

impl Page {
    /// Reads a file of the list that is all of `bytes`, 32 per token. Errors: `E_ENCODING`, also
    /// unless the ids ascend and have this prefix.
    pub fn from_bytes(prefix: Prefix, bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let mut tokens: Vec<TokenId> = Vec::new();
        while !reader.rest().is_empty() {
            let token = TokenId::decode(&mut reader)?;
            let ascends = tokens.last().is_none_or(|last| *last < token);
            if !ascends || Prefix::of(token) != prefix {
                return Err(Error::Encoding);
            }
            tokens.push(token);
        }
        Ok(Self { prefix, tokens })
    }

    /// Which file it is.
    #[must_use]
    pub fn prefix(&self) -> Prefix {
        self.prefix
    }

    /// The tokens, in ascending order.
    #[must_use]
    pub fn tokens(&self) -> &[TokenId] {
        &self.tokens
    }

    /// Whether a token was cashed, or `None` if it belongs into another file (`[R4]`).
    #[must_use]
    pub fn lists(&self, token: TokenId) -> Option<bool> {
        let here = Prefix::of(token) == self.prefix;
        here.then(|| self.tokens.binary_search(&token).is_ok())
    }
}

impl Encode for Page {
    fn encode(&self, writer: &mut Writer) {
        for token in &self.tokens {
            writer.put(token);
        }
    }
}

/// The whole list of a series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CashedList {
    series: SeriesId,
    tokens: BTreeSet<TokenId>,
}

impl CashedList {
    /// The list of a series of which these tokens were cashed.
    #[must_use]
    pub fn new(series: SeriesId, cashed: impl IntoIterator<Item = TokenId>) -> Self {
        Self { series, tokens: cashed.into_iter().collect() }
    }

    /// The list that these files make together. Errors: `E_ENCODING` unless they are all 4096 in
    /// ascending order.
    pub fn from_pages(series: SeriesId, pages: &[Page]) -> Result<Self> {
        if !pages.iter().map(|page| page.prefix.0).eq(0..Prefix::COUNT) {
            return Err(Error::Encoding);
        }
        let tokens = pages.iter().flat_map(|page| &page.tokens);
        Ok(Self::new(series, tokens.copied()))
    }

    /// The file of a prefix.
    #[must_use]
    pub fn page(&self, prefix: Prefix) -> Page {
        let tokens = self.tokens.range(prefix.least()..);
        let tokens = tokens.take_while(|token| Prefix::of(**token) == prefix);
        Page { prefix, tokens: tokens.copied().collect() }
    }

    /// `X("cashed-list", slot_key_id || sorted ids)`: what the log keeps of the list.
    #[must_use]
    pub fn commitment(&self) -> [u8; 64] {
        let mut committing = Committing::new(self.series);
        for token in &self.tokens {
            committing.take(*token);
        }
        committing.finish().hash
    }
}

/// What the log keeps of a list: how long it is, and its hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commitment {
    /// How many tokens of the series were cashed.
    pub tokens: u64,
    /// `X("cashed-list", slot_key_id || sorted ids)`.
    pub hash: [u8; 64],
}

impl Encode for Commitment {
    fn encode(&self, writer: &mut Writer) {
        writer.u64(self.tokens);
        writer.bytes(&self.hash);
    }
}

impl Decode for Commitment {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self { tokens: reader.u64()?, hash: reader.array()? })
    }
}

/// A commitment in the making, to a list that is too long to be held at once.
#[derive(Clone, Debug)]
pub struct Committing {
    hashing: Hashing,
    last: Option<TokenId>,
    tokens: u64,
}

impl Committing {
    /// To the list of a series, before its first token.
    #[must_use]
    pub fn new(series: SeriesId) -> Self {
        let mut hashing = Hashing::new(Label::CashedList);
        hashing.update(&series.0);
        Self { hashing, last: None, tokens: 0 }
    }

    /// Takes the next token, which comes after all before it.
    pub fn take(&mut self, token: TokenId) {
        assert!(self.last.is_none_or(|last| last < token), "the tokens of a list ascend");
        self.hashing.update(&token.0);
        self.last = Some(token);
        self.tokens = self.tokens.checked_add(1).expect("nobody cashes 2^64 tokens");
    }

    /// The last token so far.
    #[must_use]
    pub fn last(&self) -> Option<TokenId> {
        self.last
    }

    /// The commitment to all tokens that were taken.
    #[must_use]
    pub fn finish(self) -> Commitment {
        Commitment { tokens: self.tokens, hash: self.hashing.finish() }
    }
}
