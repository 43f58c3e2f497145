//! Cashed tokens by series, as they are published when the series' deposit days are over (`[C4]`).

use tender_store::record;
use tender_token::cashed_list::Prefix;
use tender_token::series::SeriesId;
use tender_token::token::TokenId;

record! {
    /// A token that was cashed, among those of its series.
    #[derive(Copy, PartialOrd, Ord)]
    ListedKey {
        /// The token's series.
        series: SeriesId,
        /// The token.
        token: TokenId,
    }
}

impl ListedKey {
    /// Behind which the tokens with this prefix are found. No token is there: its hash would be all
    /// zeros or, behind the prefix before, all ones.
    #[must_use]
    pub fn before(series: SeriesId, prefix: Prefix) -> Self {
        let before = prefix.number().checked_sub(1).and_then(Prefix::new);
        let token = before.map_or(TokenId([0; 32]), Prefix::greatest);
        Self { series, token }
    }
}
