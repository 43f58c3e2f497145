//! `statement`: the issuer's postings of the vault, as they were taken up.

use super::{Answer, Shown};
use crate::rows::{Posted, PostingNumber, Postings};
use crate::store::{Fault, Store};
use crate::view::View;
use serde_json::{Value, json};
use tender_proto::statement::Cause;

/// Postings in one answer.
const PAGE: usize = 10_000;

/// Lists the postings after a number.
pub fn statement(books: &Store, after: u64, shown: &Shown) -> Result<Answer, Fault> {
    let mut view = View::default();
    view.books.want(tender_store::plain::Sole);
    books.load(&mut view)?;
    let book = view.book();
    let postings = books.after::<Postings>(Some(&PostingNumber(after)), PAGE)?;
    let heading = format!(
        "{:>8}  {:<12} {:>14} {:>14} {}",
        "posting", "cause", "amount", "balance", "reference"
    );
    let heading = Some(heading).filter(|_| !postings.is_empty());
    let mut lines: Vec<_> = heading.into_iter().collect();
    lines.extend(postings.iter().map(|(number, posted)| line(*number, posted, shown)));
    lines.push(format!(
        "The vault holds {} by posting {}; our mirror has {}.",
        shown.amount(book.vault.stated),
        book.vault.posting,
        shown.signed(book.vault.mirror())
    ));
    let all: Vec<_> = postings.iter().map(|(number, posted)| object(*number, posted)).collect();
    let object = json!({
        "vault_stated": book.vault.stated.minor_units(),
        "vault_mirror": i64::try_from(book.vault.mirror()).unwrap_or(i64::MAX),
        "posting": book.vault.posting,
        "reserves_stated": book.reserves.stated.minor_units(),
        "postings": all,
    });
    Ok(Answer::done(lines.join("\n"), object))
}

/// One line about a posting.
pub fn line(number: PostingNumber, posted: &Posted, shown: &Shown) -> String {
    let [amount, balance] =
        [posted.amount, posted.balance].map(|amount| amount.to_decimal(shown.decimals));
    let cause = cause(posted.cause);
    let under = posted.cause.account().map(|account| hex::encode(account.0)).unwrap_or_default();
    format!("{:>8}  {cause:<12} {amount:>14} {balance:>14} {under}", number.0)
}

/// A posting for programs.
pub fn object(number: PostingNumber, posted: &Posted) -> Value {
    json!({
        "posting": number.0,
        "cause": cause(posted.cause),
        "amount": posted.amount.minor_units(),
        "balance": posted.balance.minor_units(),
        "reference": posted.cause.account().map(|account| hex::encode(account.0)),
    })
}

fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Distribution => "distribution",
        Cause::Withdrawal(_) => "withdrawal",
        Cause::Deposit(_) => "deposit",
        Cause::Redemption => "redemption",
        Cause::Issuance => "issuance",
        Cause::Destruction => "destruction",
        Cause::ReservesIn => "reserves in",
        Cause::ReservesOut => "reserves out",
        Cause::Pledge => "pledge",
        Cause::Release => "release",
        Cause::TransferOut(_) => "transfer out",
        Cause::TransferIn(..) => "transfer in",
        Cause::Claim(_) => "claim",
        Cause::Forged => "forged",
        Cause::Redress(_) => "redress",
        Cause::GuaranteePaid => "guarantee",
    }
}
