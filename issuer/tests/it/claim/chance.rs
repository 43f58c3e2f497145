//! Claims and deposits in any order: no token is paid twice, and nothing is lost or made.

use super::scene::{CLAIM, DEPOSIT, Scene, day, on};
use crate::crash::chance::Chance;
use crate::stage::VAULT;
use crate::wallet::CREDIT;
use std::collections::BTreeSet;
use std::slice::from_ref;
use tender_issuer::rows::{Account, CashedTokens};
use tender_proto::claim::{Granted, Request};

/// Something that somebody asks for a token.
enum Ask {
    Claim(Request),
    Deposit(Vec<u8>),
}

#[test]
fn b10_whatever_is_claimed_and_deposited_in_whatever_order_is_paid_at_most_once() {
    for seed in 0..6 {
        let mut chance = Chance::new(seed);
        let mut scene = Scene::new();
        let manifest = scene.stage.office.manifest.clone();
        let Scene { stage, payer, payee, from, to } = &scene;
        let mut asks = Vec::new();
        for at in 0..3 {
            let (drawn, chain) = payer.drawn(stage, &from[at], 100);
            let passed = payer.pay(&chain, &from[at], &to[2 * at], &manifest);
            let fork = payer.pay(&chain, &from[at], &to[2 * at + 1], &manifest);
            let cash = payee.cash(&passed, &to[2 * at], CREDIT, &manifest);
            let lapsed = payee.cash_until(&fork, &to[2 * at + 1], CREDIT, day(3), &manifest);
            asks.extend([
                Ask::Claim(scene.withdrawer(&drawn, &from[at])),
                Ask::Claim(scene.holder(payer, &chain, &from[at])),
                Ask::Claim(scene.holder(payee, &passed, &to[2 * at])),
                Ask::Claim(scene.holder(payee, &fork, &to[2 * at + 1])),
                Ask::Claim(scene.payee(&cash)),
                Ask::Claim(scene.payer(payee, &lapsed, &to[2 * at + 1])),
                Ask::Deposit(cash.item),
                Ask::Deposit(lapsed.item),
            ]);
        }
        let mut granted = BTreeSet::new();
        for today in [2, 5, DEPOSIT, DEPOSIT + 1, CLAIM, CLAIM + 1] {
            scene.stage.now = on(today);
            chance.shuffle(&mut asks);
            let Scene { stage, .. } = &scene;
            for ask in &asks[..8] {
                let bank = [&stage.bank, &stage.other_bank][chance.below(2)];
                match ask {
                    Ask::Claim(asked) => {
                        if let Ok(Granted::Paid(_)) = stage.claim(bank, asked) {
                            granted.insert(asked.claim.clone());
                        }
                    }
                    Ask::Deposit(item) => {
                        if stage.deposit(bank, from_ref(item))[0].is_ok() {
                            granted.insert(item.clone());
                        }
                    }
                }
            }
            stage.pay_due();
            stage.assert_clean();
        }
        let stage = &scene.stage;
        assert_eq!(stage.pay_due(), (0, 0));
        let paid = stage.count::<CashedTokens>();
        assert!(granted.len() <= paid && paid <= 3, "{paid} of 3 tokens");
        let held: u64 = [&stage.bank, &stage.other_bank]
            .map(|bank| stage.held(Account::Vault(bank.id())))
            .iter()
            .sum();
        let paid = u64::try_from(paid).expect("it is small");
        assert_eq!(held, 2 * VAULT.minor_units() - 300 + 100 * paid);
    }
}
