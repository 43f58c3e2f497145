//! What an action changed, told to people and to programs.

use crate::cli::intermediary::UNBOUNDED;
use crate::cli::standing::{standing, word};
use crate::rows::{Change, Intermediary, Member, Membership};
use serde_json::{Value, json};
use tender_token::amount::Amount;
use tender_token::rollback::Reached;

/// The change for people.
pub fn sentence(change: &Change, decimals: u8) -> String {
    match change {
        Change::Intermediary { old, new, .. } => intermediary(old.as_ref(), new, decimals),
        Change::Wallet { identity, old, new } => {
            let (old, new) = (standing(*old), standing(*new));
            format!("wallet {} was {old} and is {new}", hex::encode(identity.0))
        }
        Change::Staff { old: None, new, .. } => {
            format!("appointed {} as {}", new.name.0, word(new.duty.0))
        }
        Change::Staff { new, .. } => format!("dismissed {}", new.name.0),
        Change::Rollback { kept, known } => format!(
            "went on from leaf {} of an older copy, after leaf {}",
            kept.head.size, known.head.size
        ),
        Change::Supply { instruction, entry } => {
            format!("carried instruction {} out, entry {}", hex::encode(instruction.0), entry.0)
        }
        Change::Claim { token, entry } => {
            let token = hex::encode(token.0);
            format!("paid the claim of token {token}, entry {}", entry.0)
        }
    }
}

/// The change for programs.
pub fn object(change: &Change) -> Value {
    match change {
        Change::Intermediary { id, old, new } => json!({
            "of": "intermediary",
            "id": hex::encode(id.0),
            "old": old.as_ref().map(row_of_intermediary),
            "new": row_of_intermediary(new),
        }),
        Change::Wallet { identity, old, new } => json!({
            "of": "wallet",
            "identity": hex::encode(identity.0),
            "old": standing(*old),
            "new": standing(*new),
        }),
        Change::Staff { fingerprint, old, new } => json!({
            "of": "staff",
            "fingerprint": hex::encode(fingerprint),
            "old": old.as_ref().map(row_of_member),
            "new": row_of_member(new),
        }),
        Change::Rollback { kept, known } => {
            json!({ "of": "rollback", "kept": reached(*kept), "known": reached(*known) })
        }
        Change::Supply { instruction, entry } => json!({
            "of": "supply",
            "instruction": hex::encode(instruction.0),
            "entry": entry.0,
        }),
        Change::Claim { token, entry } => {
            json!({ "of": "claim", "token": hex::encode(token.0), "entry": entry.0 })
        }
    }
}

/// An operation changes one thing of an intermediary at a time; what did not change is not told.
fn intermediary(old: Option<&Intermediary>, new: &Intermediary, decimals: u8) -> String {
    let name = &new.name.0;
    let Some(old) = old else { return format!("admitted {name}") };
    let mut told = Vec::new();
    if old.standing != new.standing {
        told.push(match new.standing {
            Membership::Admitted => "resumed".to_owned(),
            Membership::Suspended(_) => "suspended".to_owned(),
        });
    }
    if old.fingerprint != new.fingerprint {
        told.push("gave a new certificate to".to_owned());
    }
    if old.quota != new.quota {
        let shown = |quota: Amount| match quota {
            UNBOUNDED => "none".to_owned(),
            quota => quota.to_decimal(decimals),
        };
        let [old, new] = [old.quota, new.quota].map(shown);
        told.push(format!("changed the quota from {old} to {new} of"));
    }
    format!("{} {name}", told.join(", "))
}

fn row_of_intermediary(row: &Intermediary) -> Value {
    json!({
        "name": row.name.0,
        "fingerprint": hex::encode(row.fingerprint),
        "quota": (row.quota != UNBOUNDED).then_some(row.quota).map(Amount::minor_units),
        "suspended_since": match row.standing {
            Membership::Admitted => None,
            Membership::Suspended(since) => Some(since.0),
        },
    })
}

fn row_of_member(row: &Member) -> Value {
    json!({
        "name": row.name.0,
        "role": word(row.duty.0),
        "dismissed_since": row.dismissed.0.map(|since| since.0),
    })
}

fn reached(reached: Reached) -> Value {
    let Reached { head, commits } = reached;
    json!({ "leaves": head.size, "root": hex::encode(head.root.0), "commits": commits })
}
