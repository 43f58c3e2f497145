//! What shows in the store that a request was carried out.

use std::collections::BTreeSet;
use tender_issuer::rows::SessionKey;
use tender_issuer::store::Store;
use tender_issuer::view::View;
use tender_token::identity::IdentityKey;
use tender_token::provision::SessionId;
use tender_token::token::TokenId;

/// The row of a request.
pub enum Effect {
    Wallet(IdentityKey),
    Withdrawal(SessionKey),
    Exchange(SessionId),
    Cashed(TokenId),
}

/// Which requests the store knows, found by their rows and not by asking.
pub fn present(store: &Store, effects: &[Effect]) -> BTreeSet<usize> {
    let mut view = View::default();
    for effect in effects {
        match effect {
            Effect::Wallet(key) => view.wallets.want(*key),
            Effect::Withdrawal(key) => view.withdrawals.want(*key),
            Effect::Exchange(sid) => view.exchanges.want(*sid),
            Effect::Cashed(token) => view.cashed.want(*token),
        }
    }
    store.load(&mut view).expect("the disk is sound");
    let is_there = |effect: &Effect| match effect {
        Effect::Wallet(key) => view.wallets.get(key).is_some(),
        Effect::Withdrawal(key) => view.withdrawals.get(key).is_some(),
        Effect::Exchange(sid) => view.exchanges.get(sid).is_some(),
        Effect::Cashed(token) => view.cashed.get(token).is_some(),
    };
    let numbered = effects.iter().enumerate();
    numbered.filter(|(_, effect)| is_there(effect)).map(|(one, _)| one).collect()
}
