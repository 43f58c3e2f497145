//! Commands at random: whatever is asked, in whatever order, the invariants hold.

use crate::crash::chance::Chance;
use crate::crash::disk::Disk;
use crate::stage::{Bank, DECIMALS, OFFICERS, Stage, TODAY, currency, office, random};
use crate::wallet::{CREDIT, Wallet};
use std::collections::BTreeMap;
use std::slice::from_ref;
use tempfile::TempDir;
use tender_issuer::request::{Reply, Request};
use tender_issuer::rows::CashedTokens;
use tender_issuer::store;
use tender_proto::operator::{Operation, Refusal};
use tender_proto::transfer::Transfer;
use tender_token::amount::Amount;
use tender_token::cash::AccountRef;
use tender_token::treasury::Order;

const COMMANDS: usize = 20_000;
const BATCH: usize = 100;

/// What may be asked, and what it was answered when it was granted.
struct Asked {
    request: Request,
    by_other: bool,
    granted: Option<Reply>,
}

impl Asked {
    fn new(request: Request, by_other: bool) -> Self {
        Self { request, by_other, granted: None }
    }
}

fn is_granted(reply: &Reply) -> bool {
    match reply {
        Reply::Deposit(outcomes) => outcomes.iter().all(Result::is_ok),
        Reply::Withdraw(reply) => reply.is_ok(),
        Reply::Transfer(reply) => reply.is_ok(),
        other => panic!("another verb's reply: {other:?}"),
    }
}

/// Everything that costs a signature to make, made once: withdrawals, deposits of tokens, the same
/// tokens once more, and counterfeits of them.
fn prepared(stage: &Stage) -> Vec<Asked> {
    let mut all = Vec::new();
    for _ in 0..3 {
        let wallet = Wallet::enrolled(stage);
        let session = wallet.opened(stage, 6);
        let places = wallet.slots(stage, &session);
        for (n, place) in places.iter().enumerate() {
            let value = [100, 200, 500][n % 3];
            let withdrawal = wallet.withdrawal(stage, &[(place, value)]);
            if n % 2 == 0 {
                let request = Request::withdraw(&withdrawal.bytes, &stage.office);
                all.push(Asked::new(request, false));
                continue;
            }
            let reply = stage.withdraw(&stage.bank, &withdrawal.bytes).expect("it is covered");
            let chain = withdrawal.finish(&reply, &[place], stage.manifest()).remove(0);
            for _ in 0..2 {
                let item = wallet.cash(&chain, place, CREDIT, stage.manifest()).item;
                let mut counterfeit = item.clone();
                counterfeit[32 + 320] ^= 1;
                for item in [item, counterfeit] {
                    let request = Request::deposit(from_ref(&item), &stage.office);
                    all.extend([false, true].map(|other| Asked::new(request.clone(), other)));
                }
            }
        }
    }
    all
}

fn transfer(payer: &Bank, payee: &Bank, minor_units: u64) -> Request {
    let transfer = Transfer {
        id: random(),
        payer: payer.id(),
        payee: payee.id(),
        currency: currency(),
        amount: Amount::from_minor_units(minor_units),
        payer_account: AccountRef([1; 32]),
        payee_account: AccountRef([2; 32]),
    };
    Request::Transfer(Box::new(transfer.sign(&payer.key)))
}

/// An order of the officers, too few of them at times, or a wallet frozen and let go.
fn operate(stage: &Stage, chance: &mut Chance) -> Result<(), Refusal> {
    let bank = [&stage.bank, &stage.other_bank][chance.below(2)].id();
    let orders = [
        Order::Issue,
        Order::Destroy,
        Order::Distribute(bank),
        Order::Redeem(bank),
        Order::CreditReserves(bank),
        Order::DebitReserves(bank),
        Order::Pledge(bank),
        Order::Release(bank),
    ];
    let amount = u64::try_from(chance.below(20_000)).expect("it is small");
    let instruction = stage.instruction(orders[chance.below(orders.len())], amount);
    let officers = &OFFICERS[..=chance.below(3)];
    stage.submit(instruction, officers).map(|_| ())
}

/// Asks a batch, and holds every reply to what the same request was granted before.
fn ask(stage: &Stage, pool: &mut [Asked], chosen: &[usize]) {
    let calls = chosen.iter().map(|n| {
        let bank = if pool[*n].by_other { &stage.other_bank } else { &stage.bank };
        (bank, pool[*n].request.clone())
    });
    for (n, reply) in chosen.iter().zip(stage.ask_all(calls.collect())) {
        match &pool[*n].granted {
            Some(granted) => assert_eq!(reply, *granted, "one-answer"),
            None if is_granted(&reply) => pool[*n].granted = Some(reply),
            None => {}
        }
    }
}

/// Twenty thousand commands in no order: withdrawals, deposits, second deposits, counterfeits,
/// transfers, repetitions of all of them, and officers' orders between. Conservation is asserted by
/// every commit and added up again by every audit, no token is cashed twice, and what was granted
/// once is answered the same for ever.
#[test]
fn ra14_random_commands_break_no_invariant() {
    let folder = TempDir::new().expect("the system has room for a folder");
    let disk = Disk::new(14);
    let store = store::create(&disk, &office().trust, DECIMALS, TODAY).expect("the disk has room");
    let stage = Stage::over(folder, office(), store);
    let mut chance = Chance::new(14);
    let mut pool = prepared(&stage);
    let (mut orders, mut transfers) = (BTreeMap::new(), 0);
    for batch in 0..COMMANDS / BATCH {
        let mut chosen = Vec::new();
        for _ in 0..BATCH {
            if chance.below(10) < 2 {
                let banks = [&stage.bank, &stage.other_bank];
                let payer = chance.below(2);
                let amount = u64::try_from(chance.below(8_000)).expect("it is small");
                let request = transfer(banks[payer], banks[1 - payer], amount);
                pool.push(Asked::new(request, payer == 1));
                transfers += 1;
                chosen.push(pool.len() - 1);
            } else {
                chosen.push(chance.below(pool.len()));
            }
        }
        ask(&stage, &mut pool, &chosen);
        let done = operate(&stage, &mut chance).is_ok();
        *orders.entry(done).or_insert(0) += 1;
        if batch % 50 == 49 {
            stage.assert_clean();
        }
    }
    let paid = pool.iter().filter(|asked| {
        let is_deposit = matches!(asked.granted, Some(Reply::Deposit(_)));
        is_deposit
    });
    assert!(paid.count() >= stage.count::<CashedTokens>() && stage.count::<CashedTokens>() == 9);
    assert!(transfers > 1_000 && orders.len() == 2, "{transfers} {orders:?}");
    stage.assert_clean();
    let frozen = Operation::Freeze(tender_token::identity::IdentityKey([3; 32]), true);
    assert_eq!(stage.operate(frozen), Err(Refusal::UnknownWallet));
}
