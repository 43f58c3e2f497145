//! A customer's wallets: another one is invited, what each may take out of the account is granted,
//! and the device of one that is lost is blocked.

use super::super::{Answer, Clerk, Shown};
use super::Code;
use crate::office::Staff;
use crate::rows::{CodeDigest, CustomerId, Grant, Wallet};
use serde_json::{Value, json};
use tender_token::amount::Amount;
use tender_token::date::Timestamp;
use tender_token::date::calendar::iso;
use tender_token::encode::Decode as _;
use tender_token::identity::IdentityKey;

/// Letters of an identity that tell a customer's wallets apart, at least.
const SHORTEST: usize = 8;

/// The digest of an invitation's code. Errors: the answer that it is none.
pub fn digest(Code(code): &Code) -> Result<CodeDigest, Answer> {
    let bytes = hex::decode(code).ok();
    let digest = bytes.and_then(|bytes| CodeDigest::from_bytes(&bytes).ok());
    digest.ok_or_else(|| Answer::wrong("the invitation has no digest of a code"))
}

/// Invites another wallet of a customer.
pub fn invite(
    clerk: &Clerk,
    (id, by): (CustomerId, Staff),
    code: &Code,
    grant: Option<&str>,
    shown: &Shown,
) -> Result<Answer, Answer> {
    let grant = grant.map(|amount| shown.read(amount)).transpose()?;
    let ordered = clerk.office().invite(id, digest(code)?, grant, &by, clerk.now())?;
    let customer = id.0;
    Ok(Answer::ordered(
        ordered,
        format!("Another wallet of customer {customer} is invited."),
        &format!("Another wallet of customer {customer} is invited by this code already"),
        json!({ "customer": customer, "grant": grant.map(Amount::minor_units) }),
    ))
}

/// Grants a wallet what it may take out of the account altogether, or all that the tier allows.
pub fn grant(
    clerk: &Clerk,
    (id, by): (CustomerId, Staff),
    name: &str,
    amount: Option<&str>,
    shown: &Shown,
) -> Result<Answer, Answer> {
    let amount = amount.map(|amount| shown.read(amount)).transpose()?;
    let identity = named(clerk, id, name)?;
    let ordered = clerk.office().grant(id, identity, amount, &by, clerk.now())?;
    let identity = hex::encode(identity.0);
    let what = amount.map_or_else(|| "what the tier allows".to_owned(), |some| shown.amount(some));
    let so = format!("Wallet {identity} may take {what} out of the account altogether");
    let amount = amount.map(Amount::minor_units);
    Ok(Answer::ordered(
        ordered,
        format!("{so}."),
        &format!("{so} already"),
        json!({ "customer": id.0, "identity": identity, "grant": amount }),
    ))
}

/// Lists a customer's wallets.
pub fn list(clerk: &Clerk, id: CustomerId, shown: &Shown) -> Result<Answer, Answer> {
    let (customer, wallets) = (id.0, clerk.office().wallets(id)?);
    let closed = clerk.office().closed()?;
    let state = |wallet: &Wallet| if wallet.blocked { "blocked" } else { "heard" };
    let closed_then = |identity| closed.get(identity).map(|since: &Timestamp| iso(since.day()));
    let granted = |grant: &Grant| {
        let Grant { amount, used } = *grant;
        format!("  took {} of {}", shown.amount(used), shown.amount(amount))
    };
    let lines = wallets.iter().map(|(identity, wallet)| {
        let grant = wallet.grant.as_ref().map(granted).unwrap_or_default();
        let ended = closed_then(identity).map(|day| {
            format!("  closed by the issuer since {day}, for a double spend that it proved")
        });
        let (name, ended) = (hex::encode(identity.0), ended.unwrap_or_default());
        format!("{name}  {}{grant}{ended}", state(wallet))
    });
    let lines: Vec<_> = lines.collect();
    let sentence = if lines.is_empty() {
        format!("Customer {customer} has no wallet yet.")
    } else {
        lines.join("\n")
    };
    let objects: Vec<_> = wallets
        .iter()
        .map(|(key, wallet)| {
            let mut told = object(key, wallet);
            if let Some(fields) = told.as_object_mut() {
                let since = closed.get(key).map(|since| since.0);
                fields.insert("closed_since".to_owned(), json!(since));
            }
            told
        })
        .collect();
    Ok(Answer::done(sentence, json!({ "customer": customer, "wallets": objects })))
}

/// A wallet, for programs.
pub fn object(IdentityKey(identity): &IdentityKey, wallet: &Wallet) -> Value {
    json!({
        "identity": hex::encode(identity),
        "device": hex::encode(wallet.registration.record.device.0),
        "blocked": wallet.blocked,
        "grant": wallet.grant.map(|grant| grant.amount.minor_units()),
        "taken": wallet.grant.map(|grant| grant.used.minor_units()),
    })
}

/// Blocks the device of a wallet, or lets it be heard again.
pub fn block(
    clerk: &Clerk,
    (id, by): (CustomerId, Staff),
    name: &str,
    blocked: bool,
) -> Result<Answer, Answer> {
    let identity = named(clerk, id, name)?;
    let ordered = clerk.office().block(id, identity, blocked, &by, clerk.now())?;
    let identity = hex::encode(identity.0);
    let (now, before) = if blocked {
        let now = "is blocked: nothing is heard from its device; what is open is still finished";
        (now, "is blocked already")
    } else {
        ("is heard again", "is not blocked")
    };
    Ok(Answer::ordered(
        ordered,
        format!("Wallet {identity} {now}."),
        &format!("Wallet {identity} {before}"),
        json!({ "customer": id.0, "identity": identity, "blocked": blocked }),
    ))
}

/// The one wallet of a customer whose identity begins so. Errors: the answer that there is none.
fn named(clerk: &Clerk, id: CustomerId, beginning: &str) -> Result<IdentityKey, Answer> {
    let beginning = beginning.to_ascii_lowercase();
    if beginning.len() < SHORTEST {
        return Err(Answer::wrong(format!("name a wallet by {SHORTEST} letters at least")));
    }
    let wallets = clerk.office().wallets(id)?.into_iter().map(|(identity, _)| identity);
    let mut fitting = wallets.filter(|identity| hex::encode(identity.0).starts_with(&beginning));
    match (fitting.next(), fitting.next()) {
        (Some(identity), None) => Ok(identity),
        (None, _) => Err(Answer::refused(
            "UNKNOWN_WALLET",
            format_args!(
                "customer {} has no wallet {beginning}…; `customer wallets` lists them",
                id.0
            ),
        )),
        (Some(_), Some(_)) => {
            Err(Answer::wrong(format!("{beginning}… is more than one wallet; write more of it")))
        }
    }
}
