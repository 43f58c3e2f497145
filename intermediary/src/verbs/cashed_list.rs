//! The cashed list (`[C4]`): whoever asks is told what the issuer published. We hand the question
//! on and keep what never changes, for as long as there is room for it.

use std::collections::BTreeMap;
use tender_proto::cashed_list::{Request, Tokens};
use tender_token::error::Error;
use tender_token::manifest::Manifest;

/// Bytes of published lists that are kept at most.
pub const KEPT_BYTES: usize = 16 << 20;
/// What keeping one answer takes beside its tokens, about.
const ANSWER_BYTES: usize = 256;

/// Whether the series is one of which there may be a list. Errors: `E_CERT`.
pub fn admit(request: &Request, manifest: &Manifest) -> Result<(), Error> {
    manifest.slot_key(request.series).map(|_| ())
}

/// Answers that the issuer gave, which are the same for ever.
#[derive(Debug, Default)]
pub struct Kept {
    answers: BTreeMap<Request, Tokens>,
    bytes: usize,
}

impl Kept {
    /// What was answered to a question.
    #[must_use]
    pub fn get(&self, request: &Request) -> Option<&Tokens> {
        self.answers.get(request)
    }

    /// Keeps an answer from a list's beginning; of the others there are too many. When there is no
    /// more room, all that was kept goes: the issuer is asked again.
    pub fn keep(&mut self, request: Request, tokens: &Tokens) {
        if request.after.is_some() || self.answers.contains_key(&request) {
            return;
        }
        let bytes = tokens.ids.len().saturating_add(ANSWER_BYTES);
        if self.bytes.saturating_add(bytes) > KEPT_BYTES {
            *self = Self::default();
        }
        self.bytes = self.bytes.saturating_add(bytes);
        self.answers.insert(request, tokens.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tender_token::cashed_list::Prefix;
    use tender_token::series::SeriesId;
    use tender_token::token::TokenId;

    #[test]
    fn what_is_kept_of_lists_is_bounded_and_found_again() {
        let mut kept = Kept::default();
        let tokens = Tokens { ids: vec![7; 64 << 10], more: true };
        let question = |number, after| Request {
            series: SeriesId([1; 32]),
            prefix: Prefix::new(number).expect("below 4096"),
            after,
        };
        let behind = question(0, Some(TokenId([1; 32])));
        kept.keep(behind, &tokens);
        assert_eq!(kept.get(&behind), None);
        for number in 0..1000 {
            for _ in 0..2 {
                kept.keep(question(number, None), &tokens);
                assert_eq!(kept.get(&question(number, None)), Some(&tokens));
                assert!(kept.bytes <= KEPT_BYTES);
            }
        }
        let bytes: usize = kept.answers.values().map(|tokens| tokens.ids.len()).sum();
        assert!(bytes <= kept.bytes && kept.answers.len() > 100);
    }
}
