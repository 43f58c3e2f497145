//! Transfer: currency moves between vaults on the payer's word, once.

use crate::stage::{Bank, Stage, VAULT, currency, random, refused};
use tender_issuer::rows::{Leaves, Postings, Refusals, Transfers};
use tender_proto::statement::{Cause, Request};
use tender_proto::transfer::Transfer;
use tender_token::amount::{Amount, Currency};
use tender_token::cash::AccountRef;
use tender_token::encode::{Decode, Encode};
use tender_token::error::Error;
use tender_token::identity::RegistrarId;

const OUT: AccountRef = AccountRef([1; 32]);
const IN: AccountRef = AccountRef([2; 32]);

pub fn transfer(payer: &Bank, payee: &Bank, minor_units: u64) -> Transfer {
    Transfer {
        id: random(),
        payer: payer.id(),
        payee: payee.id(),
        currency: currency(),
        amount: Amount::from_minor_units(minor_units),
        payer_account: OUT,
        payee_account: IN,
    }
}

fn minor(units: u64) -> Amount {
    Amount::from_minor_units(units)
}

#[test]
fn a_transfer_moves_both_vaults_by_the_same_and_both_statements_say_so() {
    let stage = Stage::new();
    let signed = transfer(&stage.bank, &stage.other_bank, 700).sign(&stage.bank.key);
    stage.transfer(&stage.bank, &signed).expect("the vault covers it");
    assert_eq!(stage.balance(&stage.bank), VAULT.checked_sub(minor(700)).expect("covered"));
    assert_eq!(stage.balance(&stage.other_bank), VAULT.checked_add(minor(700)).expect("in range"));
    let all = Request { after_posting: 1, after_incident: 0, after_reserve_posting: 0 };
    let came = Cause::TransferIn(IN, stage.bank.id());
    for (bank, cause) in [(&stage.bank, Cause::TransferOut(OUT)), (&stage.other_bank, came)] {
        let [posting] = stage.statement(bank, all).postings[..] else { panic!("one posting") };
        assert_eq!((posting.cause, posting.amount), (cause, minor(700)));
    }
    stage.assert_clean();
}

#[test]
fn the_same_transfer_again_moves_nothing_and_other_content_is_a_conflict() {
    let stage = Stage::new();
    let once = transfer(&stage.bank, &stage.other_bank, 700);
    let signed = once.sign(&stage.bank.key);
    let before = (stage.count::<Postings>(), stage.count::<Leaves>());
    for _ in 0..3 {
        stage.transfer(&stage.bank, &signed).expect("the vault covers it once");
    }
    assert_eq!((stage.count::<Postings>(), stage.count::<Leaves>()), (before.0 + 2, before.1 + 1));
    let more = Transfer { amount: minor(701), ..once }.sign(&stage.bank.key);
    assert_eq!(refused(stage.transfer(&stage.bank, &more)), Error::SidConflict);
    // The other bank's ids are its own.
    let back = Transfer { payer: once.payee, payee: once.payer, ..once };
    stage.transfer(&stage.other_bank, &back.sign(&stage.other_bank.key)).expect("covered");
    assert_eq!((stage.balance(&stage.bank), stage.count::<Transfers>()), (VAULT, 2));
    stage.assert_clean();
}

#[test]
fn a_transfer_is_refused_by_name_and_leaves_nothing() {
    let stage = Stage::new();
    let (bank, other) = (&stage.bank, &stage.other_bank);
    let good = transfer(bank, other, 700);
    let foreign = Currency::new("XXX").expect("three capital letters");
    let above = VAULT.checked_add(minor(1)).expect("in range");
    let rows = [
        ("another's signature", good.sign(&other.key), Error::Auth),
        ("another's vault", transfer(other, bank, 1).sign(&other.key), Error::Auth),
        ("nothing", transfer(bank, other, 0).sign(&bank.key), Error::Amount),
        (
            "more than the vault holds",
            transfer(bank, other, above.minor_units()).sign(&bank.key),
            Error::Funds,
        ),
        ("to itself", transfer(bank, bank, 1).sign(&bank.key), Error::Plan),
        (
            "another currency",
            Transfer { id: random(), currency: foreign, ..good }.sign(&bank.key),
            Error::Plan,
        ),
        (
            "to nobody",
            Transfer { id: random(), payee: RegistrarId([9; 32]), ..good }.sign(&bank.key),
            Error::Wallet,
        ),
    ];
    let before = stage.count::<Postings>();
    for (what, signed, error) in rows {
        assert_eq!(refused(stage.transfer(bank, &signed)), error, "{what}");
    }
    assert_eq!((stage.count::<Postings>(), stage.count::<Transfers>()), (before, 0));
    stage.assert_clean();
}

#[test]
fn every_flipped_bit_of_a_signed_transfer_is_refused() {
    let stage = Stage::new();
    let bytes = transfer(&stage.bank, &stage.other_bank, 700).sign(&stage.bank.key).to_bytes();
    assert_eq!(bytes.len(), 235);
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        if let Ok(signed) = tender_proto::transfer::SignedTransfer::from_bytes(&changed) {
            assert_eq!(signed.verify(), Err(Error::Auth), "byte {at}");
        }
    }
}

/// The payer's bank gave the money back when it heard the refusal. An attempt of before that was
/// still on its way must not be carried out when the vault is full again.
#[test]
fn ra27_a_refused_transfer_stays_refused_whatever_arrives_later() {
    let stage = Stage::new();
    let (bank, other) = (&stage.bank, &stage.other_bank);
    let whole = transfer(other, bank, VAULT.minor_units()).sign(&other.key);
    let above = transfer(bank, other, VAULT.minor_units() + 1);
    let signed = above.sign(&bank.key);
    assert_eq!(refused(stage.transfer(bank, &signed)), Error::Funds);
    stage.transfer(other, &whole).expect("the vault covers it");
    assert_eq!(refused(stage.transfer(bank, &signed)), Error::Funds, "the same answer");
    let less = Transfer { amount: minor(1), ..above }.sign(&bank.key);
    assert_eq!(refused(stage.transfer(bank, &less)), Error::SidConflict);
    assert_eq!(stage.count::<Transfers>(), 1);
    let anew = Transfer { id: random(), ..above }.sign(&bank.key);
    stage.transfer(bank, &anew).expect("asked for anew, it is covered");
    stage.assert_clean();
}

#[test]
fn nobody_spoils_the_id_of_another_banks_transfer() {
    let stage = Stage::new();
    let (bank, other) = (&stage.bank, &stage.other_bank);
    let own = transfer(bank, other, 700);
    let strange = Transfer { payer: other.id(), payee: RegistrarId([9; 32]), ..own };
    assert_eq!(refused(stage.transfer(other, &strange.sign(&other.key))), Error::Wallet);
    stage.transfer(bank, &own.sign(&bank.key)).expect("the vault covers it");
    stage.assert_clean();
}

#[test]
fn what_the_bytes_alone_refuse_leaves_no_row() {
    let stage = Stage::new();
    let (bank, other) = (&stage.bank, &stage.other_bank);
    let nothing = transfer(bank, other, 0).sign(&bank.key);
    for _ in 0..2 {
        assert_eq!(refused(stage.transfer(bank, &nothing)), Error::Amount);
    }
    assert_eq!(stage.count::<Refusals>(), 0);
}
