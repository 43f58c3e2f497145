//! Reconnecting: in whatever order wallets come back, totals and accusations are the same.

use crate::crash::chance::Chance;
use crate::guarantee::{lost, of_other_bank};
use crate::stage::Stage;
use crate::wallet::Wallet;
use std::collections::BTreeSet;
use tender_issuer::rows::{Account, CashedTokens, Incidents, Standing, Wallets};
use tender_token::identity::IdentityKey;

/// What one wallet presents when it is connected again, and whether its bank is the first one.
struct Comeback {
    own: bool,
    items: Vec<Vec<u8>>,
}

/// What the issuer knows when all are back.
#[derive(Debug, PartialEq, Eq)]
struct Known {
    /// What both vaults hold together.
    vaults: u64,
    circulation: u64,
    cashed: usize,
    incidents: usize,
    accused: BTreeSet<IdentityKey>,
}

impl Known {
    fn of(stage: &Stage) -> Self {
        let vault = |bank: &crate::stage::Bank| stage.held(Account::Vault(bank.id()));
        let mut accused = BTreeSet::new();
        let scan = stage.store.scan::<Wallets>(|identity, wallet| {
            if matches!(wallet.standing, Standing::Closed(_)) {
                accused.insert(identity);
            }
        });
        scan.expect("the store answers");
        stage.assert_clean();
        Self {
            vaults: vault(&stage.bank) + vault(&stage.other_bank),
            circulation: stage.audit().circulation,
            cashed: stage.count::<CashedTokens>(),
            incidents: stage.count::<Incidents>(),
            accused,
        }
    }
}

/// Two cheats spend a token twice each, towards payees of two banks, and one fork is passed on
/// before it comes back; honest payments are between. Gives who comes back with what, and the
/// cheats.
fn town(stage: &mut Stage) -> (Vec<Comeback>, BTreeSet<IdentityKey>) {
    let cheats = [Wallet::enrolled(stage), Wallet::enrolled(stage)];
    let payees = [Wallet::enrolled(stage), of_other_bank(stage), Wallet::enrolled(stage)];
    let opened = [0, 1].map(|at| cheats[at].opened(stage, 4));
    let of_payees = [
        payees[0].opened(stage, 5),
        stage.at_other_bank(|stage| payees[1].opened(stage, 5)),
        payees[2].opened(stage, 5),
    ];
    let to = [
        payees[0].slots(stage, &of_payees[0]),
        stage.at_other_bank(|stage| payees[1].slots(stage, &of_payees[1])),
        payees[2].slots(stage, &of_payees[2]),
    ];
    let mut comebacks = [true, false, true].map(|own| Comeback { own, items: Vec::new() });
    for (at, (cheat, opened)) in cheats.iter().zip(&opened).enumerate() {
        let from = cheat.slots(stage, opened);
        for (payee, value) in [(0, 100), (1, 100)] {
            let honest = cheat.token(stage, &from[payee], value);
            let place = &to[payee][at];
            let item = lost(stage, (cheat, &honest, &from[payee]), (&payees[payee], place));
            comebacks[payee].items.push(item);
        }
        let forked = cheat.token(stage, &from[2], 200);
        let item = lost(stage, (cheat, &forked, &from[2]), (&payees[0], &to[0][2 + at]));
        comebacks[0].items.push(item);
        let other = cheat.pay(&forked, &from[2], &to[1][2 + at], stage.manifest());
        let item = lost(stage, (&payees[1], &other, &to[1][2 + at]), (&payees[2], &to[2][at]));
        comebacks[2].items.push(item);
    }
    (comebacks.into(), cheats.iter().map(|cheat| cheat.identity.key()).collect())
}

/// The wallets come back one after the other, in several pieces, and ask again for some.
fn reconnect(stage: &Stage, comebacks: &[Comeback], chance: &mut Chance) {
    let mut pieces = Vec::new();
    for Comeback { own, items } in comebacks {
        let mut items = items.clone();
        chance.shuffle(&mut items);
        let cut = chance.below(items.len() + 1);
        let (before, after) = items.split_at(cut);
        pieces.extend([before, after, before].map(|piece| (*own, piece.to_vec())));
    }
    chance.shuffle(&mut pieces);
    for (own, items) in pieces.into_iter().filter(|(_, items)| !items.is_empty()) {
        let bank = if own { &stage.bank } else { &stage.other_bank };
        let _some_are_refused = stage.deposit(bank, &items);
    }
}

#[test]
fn lc15_a_hundred_orders_of_reconnecting_give_the_same_totals_and_accusations() {
    let mut stage = Stage::new();
    let (comebacks, cheats) = town(&mut stage);
    let orders = (0..100).map(|seed| {
        let stage = stage.copied();
        reconnect(&stage, &comebacks, &mut Chance::new(seed));
        Known::of(&stage)
    });
    let mut known: Vec<_> = orders.collect();
    let first = known.remove(0);
    assert_eq!(first.accused, cheats, "every cheat, and nobody else");
    assert_eq!((first.cashed, first.incidents), (6, 2));
    for (order, known) in (1..).zip(known) {
        assert_eq!(known, first, "order {order}");
    }
}
