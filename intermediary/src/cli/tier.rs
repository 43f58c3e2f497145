//! `tier`: what customers may do, and whether `tiers.toml` can be used.

use super::Output;
use super::commands::joined;
use super::desk::Desk;
use super::problem::Problem;
use crate::desk::Asked;
use crate::home::Home;
use rand_core::CryptoRng;
use serde_json::json;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List the tiers in force, since when which version held, and whether tiers.toml is in force.
    List,
    /// Put tiers.toml in force, also in a running server.
    Adopt,
    /// Read tiers.toml, and change nothing.
    Check,
}

pub fn run<R: CryptoRng + Clone + Send + 'static>(
    desk: &Desk<R>,
    command: &Command,
) -> Result<Output, Problem> {
    match command {
        Command::List => desk.ask(Asked::Tiers),
        Command::Adopt => desk.ask(Asked::Adopt),
        Command::Check => check(desk.home()),
    }
}

fn check(home: &Home) -> Result<Output, Problem> {
    let tiers = home.tiers(joined(home)?.decimals)?;
    let names: Vec<_> = tiers.tiers.keys().map(|name| name.0.clone()).collect();
    Ok(Output {
        sentence: format!("tiers.toml can be used; its tiers are {}.", names.join(", ")),
        object: json!({ "tiers": names, "retention_years": tiers.retention_years }),
    })
}
