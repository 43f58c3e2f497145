//! `wallet`: which wallets there are, and who may not provision and withdraw for a while.

use super::desk::Desk;
use super::outcome::{Failure, Outcome};
use super::place::Place;
use super::standing::standing;
use crate::overview::Registered;
use crate::rows::Standing;
use clap::{Args, Subcommand};
use serde_json::json;
use tender_proto::operator::Operation;
use tender_token::identity::{IdentityKey, Pseudonym};

/// What can be done with a wallet.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Let a wallet neither provision nor withdraw. What it holds stays good.
    Freeze(Which),
    /// Let a frozen wallet provision and withdraw again.
    Unfreeze(Which),
    /// List the wallets that an intermediary registered: identity, pseudonym, how each stands.
    List(Asked),
}

/// Which wallets.
#[derive(Debug, Args)]
pub struct Asked {
    /// Name of the intermediary.
    #[arg(long, value_name = "NAME")]
    intermediary: String,
    /// Only the wallet that the intermediary registered under this pseudonym, 64 hex digits.
    #[arg(long, value_name = "HEX", value_parser = key)]
    pseudonym: Option<Key>,
}

/// A wallet.
#[derive(Debug, Args)]
pub struct Which {
    /// Its identity key, 64 hex digits; see `wallet list` and `incident list`.
    #[arg(long, value_name = "HEX", value_parser = key)]
    identity: Key,
}

/// 32 bytes, given in hex.
#[derive(Clone, Copy, Debug)]
struct Key([u8; 32]);

fn key(text: &str) -> Result<Key, String> {
    let mut key = [0; 32];
    let read = hex::decode_to_slice(text, &mut key);
    read.map(|()| Key(key)).map_err(|_| "a key is 64 hex digits".to_owned())
}

/// Carries a `wallet` command out.
pub fn run(place: &Place, command: &Command) -> Result<Outcome, Failure> {
    let desk = place.desk()?;
    let (Which { identity: Key(identity) }, freeze) = match command {
        Command::List(asked) => return list(&desk, asked),
        Command::Freeze(which) => (which, true),
        Command::Unfreeze(which) => (which, false),
    };
    let ordered = desk.order(Operation::Freeze(IdentityKey(*identity), freeze))?;
    let (word, identity) = (if freeze { "frozen" } else { "open" }, hex::encode(identity));
    let told = format!("wallet {identity} is {word}");
    let object = json!({ "identity": identity, "standing": word });
    Ok(ordered.told(format!("{told}."), &format!("{told} already"), object))
}

/// Prints what the issuer knows of an intermediary's wallets, which names nobody.
fn list(desk: &Desk, asked: &Asked) -> Result<Outcome, Failure> {
    let (id, _) = desk.intermediary(&asked.intermediary)?;
    let mut wallets = desk.wallets(id)?;
    let wanted = asked.pseudonym.map(|Key(key)| Pseudonym(key));
    wallets.retain(|wallet| wanted.is_none_or(|wanted| wallet.pseudonym == wanted));
    let line = |wallet: &Registered| {
        let (identity, known_as) = (hex::encode(wallet.identity.0), wallet.pseudonym.0);
        format!("{identity} {:6} known as {}", standing(wallet.standing), hex::encode(known_as))
    };
    let object = |wallet: &Registered| {
        json!({
            "identity": hex::encode(wallet.identity.0),
            "pseudonym": hex::encode(wallet.pseudonym.0),
            "standing": standing(wallet.standing),
            "since": match wallet.standing {
                Standing::Open => None,
                Standing::Closed(since) | Standing::Frozen(since) => Some(since.0),
            },
        })
    };
    let lines: Vec<_> = wallets.iter().map(line).collect();
    let objects: Vec<_> = wallets.iter().map(object).collect();
    let heading = format!("{:64} {:6} {}", "identity", "is", "pseudonym");
    Ok(Outcome::listed(&heading, &lines, json!({ "wallets": objects })))
}
