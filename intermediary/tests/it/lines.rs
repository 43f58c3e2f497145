//! Lines: the statement of an account tells every movement once, in order, with what is owed then.

use crate::bank::Bank;
use crate::holder::Drawn;
use crate::issuer::TestIssuer;
use crate::mint::{NOW, minor, random};
use tender_proto::lines::Line;
use tender_proto::movement::Movement;
use tender_token::cash::AccountRef;
use tender_token::signature::SecretKey;

/// What a line says, without its day: number, movement, amount, what is owed then, reference.
type Said = (u64, Movement, u64, u64, Option<AccountRef>);

fn said(line: &Line) -> Said {
    assert_eq!(line.day, NOW.day());
    let Line { number, movement, account, .. } = *line;
    (number, movement, line.amount.minor_units(), line.balance.minor_units(), account)
}

fn lines(bank: &Bank, device: &SecretKey) -> Vec<Said> {
    bank.client().lines(0, device).iter().map(said).collect()
}

#[test]
fn io02_lines_are_numbered_and_tell_every_movement_from_a_point_on() {
    let issuer = TestIssuer::up();
    issuer.distribute(10_000);
    let Drawn { mut bank, holder, place, request, reply } = Drawn::at(&issuer);
    let (client, account) = (bank.client(), AccountRef(random()));
    let item = holder.cash(holder.token(&request, &place.slot, &reply), &place, account);
    for _ in 0..2 {
        let paid = client.deposit(holder.deposit(account, vec![item.clone()]));
        assert_eq!(paid.expect("reached"), [Ok(minor(500))]);
    }
    let out = (1, Movement::Withdrawal, 500, 1_500, Some(request.plan.debit_account));
    let back = (2, Movement::Deposit, 500, 2_000, Some(account));
    assert_eq!(lines(&bank, &holder.device), [out, back]);
    let rest: Vec<_> = client.lines(1, &holder.device).iter().map(said).collect();
    assert_eq!(rest, [back]);
    assert!(client.lines(2, &holder.device).is_empty());
    assert!(client.lines(u64::MAX, &holder.device).is_empty());
    bank.crash();
    assert_eq!(bank.audit().violations, [""; 0]);
}

#[test]
fn nobody_reads_the_lines_of_another() {
    let issuer = TestIssuer::up();
    issuer.distribute(10_000);
    let mut drawn = Drawn::at(&issuer);
    let (_, bob) = drawn.neighbour();
    assert!(lines(&drawn.bank, &bob.device).is_empty());
    assert_eq!(lines(&drawn.bank, &drawn.holder.device).len(), 1);
}
