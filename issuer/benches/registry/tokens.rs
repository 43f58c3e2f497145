//! Tokens that are numbered from 1; the same number gives the same token.

use crate::chance::Chance;
use tender_issuer::view::View;
use tender_token::slot::SlotId;
use tender_token::token::TokenId;

/// A token of one hop.
pub struct Token {
    pub number: u64,
    pub id: [u8; 32],
    pub slots: [[u8; 32]; 2],
}

impl Token {
    /// Its ids are spread like hashes.
    pub fn new(number: u64) -> Self {
        let mut chance = Chance::new(number.wrapping_mul(0x2545_f491_4f6c_dd1d));
        let mut id = || {
            let mut bytes = [0; 32];
            bytes.chunks_mut(8).for_each(|part| part.copy_from_slice(&chance.next().to_be_bytes()));
            bytes
        };
        Self { number, id: id(), slots: [id(), id()] }
    }
}

/// What a deposit asks of tokens: of each its own row and those of its two slots.
pub fn asking(tokens: &[Token]) -> View {
    let mut view = View::default();
    for token in tokens {
        view.cashed.want(TokenId(token.id));
        token.slots.iter().for_each(|slot| view.answers.want(SlotId(*slot)));
    }
    view
}
