//! `wallet`: a wallet that may not provision and withdraw for a while.

use super::desk::Desk;
use super::outcome::{Failure, Outcome};
use super::today::Today;
use crate::home::Home;
use clap::{Args, Subcommand};
use serde_json::json;
use std::path::Path;
use tender_proto::operator::Operation;
use tender_token::identity::IdentityKey;

/// What can be done with a wallet.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Let a wallet neither provision nor withdraw. What it holds stays good.
    Freeze(Which),
    /// Let a frozen wallet provision and withdraw again.
    Unfreeze(Which),
}

/// A wallet.
#[derive(Debug, Args)]
pub struct Which {
    /// Its identity key, 64 hex digits.
    #[arg(long, value_name = "HEX")]
    identity: String,
}

/// Carries a `wallet` command out.
pub fn run(
    home: &Home,
    command: &Command,
    passphrase: Option<&Path>,
    today: Today,
) -> Result<Outcome, Failure> {
    let (Which { identity }, freeze) = match command {
        Command::Freeze(which) => (which, true),
        Command::Unfreeze(which) => (which, false),
    };
    let mut key = [0; 32];
    hex::decode_to_slice(identity, &mut key)
        .map_err(|_| Failure::usage("--identity is 64 hex digits"))?;
    let desk = Desk::open(home, passphrase, today)?;
    let action = desk.ask(Operation::Freeze(IdentityKey(key), freeze))?;
    let action = action.map_err(Failure::operation)?;
    let word = if freeze { "frozen" } else { "open" };
    let object = json!({ "identity": identity, "standing": word, "action": action });
    Ok(Outcome::done(format!("The wallet is {word}."), object))
}
