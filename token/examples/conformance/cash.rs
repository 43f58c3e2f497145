//! The issuer's checks of a CASH item `[C2]`, without the insertion of the evidence.

use super::case::{Case, rng};
use super::file::Entry;
use super::payment::known_answer;
use tender_token::cash::{CashItem, Cashed, Outcome, Purpose, VerifiedItem};
use tender_token::date::Day;
use tender_token::double_spend::Evidence;
use tender_token::encode::Decode;
use tender_token::endorse::{Answer, Endorsement, Kind};
use tender_token::error::Result;
use tender_token::payment::KnownAnswer;
use tender_token::token::TokenId;

pub fn cash(case: &Case<'_>) -> Result<()> {
    let item = CashItem::from_bytes(&case.input, &case.manifest)?;
    case.is_canonical(&item);
    let item = item.verify(Purpose::Deposit, &case.manifest, &mut rng())?;
    as_result(&decide(&item, case.today(), case))
}

/// What the registry says, if it holds what the context tells.
pub fn decide(item: &VerifiedItem, today: Day, case: &Case<'_>) -> Outcome {
    let token = item.item().chain().token_id();
    let cashed = case.listed("cashed");
    let cashed = cashed.iter().find(|cashed| cashed.get("token_id").read::<TokenId>() == token);
    let cashed = cashed.map(|cashed| Cashed::Item {
        final_state: cashed.get("final_state").read(),
        instruction: cashed.get("instr").read(),
    });
    let known: Vec<_> =
        case.listed("answers").iter().map(|answer| evidence(answer, item)).collect();
    item.decide(today, cashed.as_ref(), &known)
}

pub fn as_result(outcome: &Outcome) -> Result<()> {
    match outcome {
        Outcome::Pay | Outcome::AlreadyPaid => Ok(()),
        Outcome::Refused(error, _) => Err(*error),
    }
}

/// The evidence behind a known answer. A file tells its digest only, so it is the item's own if the
/// digests agree, and any other endorsement in the same place if they do not.
fn evidence(entry: &Entry<'_>, item: &VerifiedItem) -> Evidence {
    let KnownAnswer { token, place, digest } = known_answer(entry);
    let own = item.evidence().find(|own| own.digest() == digest);
    own.unwrap_or_else(|| {
        let (target, nonce, salt) = ([0; 32], [0; 32], [0; 16]);
        let endorsement = Endorsement { kind: Kind::Key, target, day: Day(0), nonce, salt };
        let answer = Answer::from_bytes(&[0; 64]).expect("zeros are scalars");
        Evidence { token, place, endorsement, answer }
    })
}
