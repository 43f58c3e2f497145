//! Accounts, entries and postings: what moved in each vault is what requests tell of.

use super::cases::{
    Case, End, Kind, added, appended, case, changed, deleted, edit, last_deleted, play, rows,
    unseen,
};
use crate::stage::Stage;
use tender_issuer::rows::{
    Account, AccountKey, Accounts, Asked, Bytes, ContentDigest, Count, Entries, IncidentCosts,
    Instructions, PostingKey, PostingRow, Postings, Redresses, Refusals, Refused, RefusedKey,
    Total, TransferKey, Transfers, Withdrawals,
};
use tender_proto::statement::Cause;
use tender_token::amount::Amount;
use tender_token::cash::AccountRef;
use tender_token::date::Timestamp;
use tender_token::error::Error;
use tender_token::identity::RegistrarId;
use tender_token::treasury::InstructionId;

const OTHER: AccountRef = AccountRef([8; 32]);

fn more(amount: Amount) -> Amount {
    amount.checked_add(Amount::from_minor_units(100)).expect("far from the end")
}

/// The first posting of a vault that has such a cause.
fn posting(stage: &Stage, of: fn(Cause) -> bool) -> (PostingKey, PostingRow) {
    let mut all = rows::<Postings>(stage).into_iter();
    let vault = |key: &PostingKey| matches!(key.account.account, Account::Vault(_));
    all.find(|(key, row)| vault(key) && of(row.posting.cause)).expect("there is one")
}

/// Such a posting names another account.
fn renamed(of: fn(Cause) -> bool, to: Cause, end: &'static str) -> Case {
    let change = edit(
        |view| &mut view.postings,
        move |stage| {
            let (key, mut row) = posting(stage, of);
            row.posting.cause = to;
            (key, Some(row))
        },
    );
    case::<Postings>(Kind::Changed, vec![change], End::Named(end))
}

pub fn cases() -> Vec<Case> {
    let mut cases = deposits_and_withdrawals();
    cases.extend(of_transfers());
    cases.extend(of_refusals());
    cases.extend(of_accounts());
    cases.extend(of_guarantees());
    cases
}

fn of_accounts() -> Vec<Case> {
    let later = edit(
        |view| &mut view.entries,
        |stage| {
            let (number, mut entry) = rows::<Entries>(stage).pop().expect("there are entries");
            assert_eq!(entry.instruction, None);
            entry.time = Timestamp(entry.time.0 + 1);
            (number, Some(entry))
        },
    );
    vec![
        deleted::<Accounts>(|view| &mut view.accounts, "is not the sum of its entries"),
        changed::<Accounts>(
            |view| &mut view.accounts,
            |_, row| row.amount = more(row.amount),
            "is not the sum of its entries",
        ),
        added::<Accounts>(
            |view| &mut view.accounts,
            |stage, (key, row)| {
                let account = Account::Guarantee(stage.other_bank.id());
                (AccountKey { account, ..key }, row)
            },
            "is not the sum of its entries",
        ),
        last_deleted::<Entries>(|view| &mut view.entries, Total::Entries, "belong to no entry"),
        case::<Entries>(
            Kind::Changed,
            vec![later],
            End::Blind("the time of an entry stands nowhere else, but that of an instruction"),
        ),
        changed::<Entries>(
            |view| &mut view.entries,
            |_, row| row.time = Timestamp(row.time.0 + 1),
            "is not what officers approved",
        ),
        appended::<Entries>(
            |view| &mut view.entries,
            Total::Entries,
            |_, _| {},
            "moves what no request tells of",
        ),
        deleted::<Instructions>(|view| &mut view.instructions, "has no instruction"),
        changed::<Instructions>(
            |view| &mut view.instructions,
            |_, row| row.time = Timestamp(row.time.0 + 1),
            "is not what officers approved",
        ),
        added::<Instructions>(
            |view| &mut view.instructions,
            |_, (_, row)| (InstructionId([5; 32]), row),
            "is not what officers approved",
        ),
    ]
}

/// What guarantees made good, and what that cost.
fn of_guarantees() -> Vec<Case> {
    vec![
        deleted::<Redresses>(|view| &mut view.redresses, "moves what no request tells of"),
        changed::<Redresses>(
            |view| &mut view.redresses,
            |_, row| {
                let mut one = row.entries()[0];
                one.incident = Count(9);
                *row = tender_issuer::rows::RedressList::default().and(one).expect("one fits");
            },
            "was not lost",
        ),
        added::<Redresses>(
            |view| &mut view.redresses,
            |_, (_, row)| (tender_token::token::TokenId([5; 32]), row),
            "was not lost",
        ),
        deleted::<IncidentCosts>(|view| &mut view.incident_costs, "cost guarantees something else"),
        changed::<IncidentCosts>(
            |view| &mut view.incident_costs,
            |_, row| *row = more(*row),
            "cost guarantees something else",
        ),
        added::<IncidentCosts>(
            |view| &mut view.incident_costs,
            |_, (_, row)| (Count(9), row),
            "cost guarantees something else",
        ),
    ]
}

/// Deposits and withdrawals, vault by vault and account by account.
fn deposits_and_withdrawals() -> Vec<Case> {
    vec![
        renamed(
            |cause| matches!(cause, Cause::Deposit(_)),
            Cause::Deposit(OTHER),
            "the deposit of TokenId(",
        ),
        renamed(
            |cause| matches!(cause, Cause::Withdrawal(_)),
            Cause::Withdrawal(OTHER),
            "the withdrawal SessionId(",
        ),
        renamed(
            |cause| matches!(cause, Cause::Redress(_)),
            Cause::Redress(OTHER),
            "what was made good for TokenId(",
        ),
        renamed(
            |cause| matches!(cause, Cause::Claim(_)),
            Cause::Claim(OTHER),
            "the claim of TokenId(",
        ),
        renamed(
            |cause| matches!(cause, Cause::Withdrawal(_)),
            Cause::Redemption,
            "moves what no request tells of",
        ),
        deleted::<Postings>(|view| &mut view.postings, "does not say what entry"),
        added::<Postings>(
            |view| &mut view.postings,
            |stage, _| {
                let (key, row) = posting(stage, |cause| matches!(cause, Cause::Deposit(_)));
                (PostingKey { number: Count(999), ..key }, row)
            },
            "belong to no entry",
        ),
    ]
}

fn of_transfers() -> Vec<Case> {
    vec![
        renamed(
            |cause| matches!(cause, Cause::TransferOut(_)),
            Cause::TransferOut(OTHER),
            "the transfer ",
        ),
        renamed(
            |cause| matches!(cause, Cause::TransferIn(..)),
            Cause::TransferIn(OTHER, RegistrarId([5; 32])),
            "the transfer ",
        ),
        deleted::<Transfers>(|view| &mut view.transfers, "other transfers than the books"),
        changed::<Transfers>(
            |view| &mut view.transfers,
            |_, row| row.0[40] ^= 1,
            "is not signed by its payer",
        ),
        added::<Transfers>(
            |view| &mut view.transfers,
            |_, (key, row)| (TransferKey { id: [5; 32], ..key }, row),
            "is not signed by its payer",
        ),
    ]
}

#[test]
fn g2_deposits_and_withdrawals_agree_with_the_postings_of_each_vault() {
    play(deposits_and_withdrawals());
}

fn of_refusals() -> Vec<Case> {
    vec![
        case::<Refusals>(
            Kind::Deleted,
            vec![edit(
                |view| &mut view.refused,
                |stage| (rows::<Refusals>(stage).remove(0).0, None),
            )],
            End::Blind("who was refused changed nothing else"),
        ),
        unseen::<Refusals>(
            |view| &mut view.refused,
            |_, row| row.refusal = Error::Amount.into(),
            "why somebody was refused stands nowhere else",
        ),
        added::<Refusals>(
            |view| &mut view.refused,
            |stage, (_, row)| {
                let TransferKey { intermediary: caller, id } = rows::<Transfers>(stage).remove(0).0;
                (RefusedKey { until: Timestamp(u64::MAX), caller, asked: Asked::Transfer(id) }, row)
            },
            "was refused and carried out",
        ),
        added::<Refusals>(
            |view| &mut view.refused,
            |stage, (_, row)| {
                let (caller, (session, Bytes(bytes))) =
                    (stage.bank.id(), rows::<Withdrawals>(stage).remove(0));
                // Without the intermediary's signature.
                let content = ContentDigest::of(&bytes[..bytes.len() - 64]);
                let until = Timestamp(u64::MAX);
                let key = RefusedKey { until, caller, asked: Asked::Withdrawal(session) };
                (key, Refused { content, ..row })
            },
            "was refused and carried out",
        ),
    ]
}

#[test]
fn ra27_nothing_that_was_refused_was_carried_out() {
    play(of_refusals());
}

#[test]
fn g2_transfers_agree_with_their_postings() {
    play(of_transfers());
}

#[test]
fn g2_accounts_entries_and_instructions_that_are_changed_with_their_seals_are_named() {
    play(of_accounts());
    play(of_guarantees());
}
