//! Invitations: the code is drawn and written here, and the books get its digest. Nobody has the
//! code but the file.

use super::super::Output;
use super::super::commands::joined;
use super::super::desk::Desk;
use super::super::problem::Problem;
use super::file::nothing_at;
use crate::desk::Asked;
use crate::desk::customer::{self, Code, Decided, Newcomer};
use crate::home::{self, Config, Home};
use crate::rows::CodeDigest;
use rand_core::CryptoRng;
use serde_json::json;
use std::path::Path;
use tender_proto::invitation::Invitation;
use tender_token::encode::Encode as _;

/// Opens an account. The invitation is written first: its code works once the books know it.
pub fn add<R: CryptoRng + Clone + Send + 'static>(
    desk: &Desk<R>,
    out: &Path,
    newcomer: impl FnOnce(Code) -> Newcomer,
) -> Result<Output, Problem> {
    let opened = invited(desk, out, |code| customer::Asked::Add(newcomer(code)))?;
    let out = out.display();
    Ok(opened.unless_already(|opened| format!("{opened} {out} invites a wallet once.")))
}

/// Invites another wallet of a customer.
pub fn invite<R: CryptoRng + Clone + Send + 'static>(
    desk: &Desk<R>,
    decided: Decided,
    grant: Option<String>,
    out: &Path,
) -> Result<Output, Problem> {
    let customer = decided.customer;
    let invited = invited(desk, out, |code| customer::Asked::Invite(decided, code, grant))?;
    let out = out.display();
    Ok(invited
        .unless_already(|_| format!("{out} invites another wallet of customer {customer} once.")))
}

/// Asks for something that makes an invitation good. The invitation is gone again if that is not
/// done. It stays where nobody knows, for the decision may have been made: the same command then
/// asks again with the code in it, which is decided once.
fn invited<R: CryptoRng + Clone + Send + 'static>(
    desk: &Desk<R>,
    out: &Path,
    asked: impl FnOnce(Code) -> customer::Asked,
) -> Result<Output, Problem> {
    let written = written(desk.home(), out)?;
    let is_new = written.is_none();
    let code = match written {
        Some(code) => code,
        None => write(desk.home(), out, &mut desk.rng())?,
    };
    let done = desk.ask(Asked::Customer(asked(Code(hex::encode(code.to_bytes())))));
    let Output { sentence, mut object } = done.inspect_err(|problem| {
        if is_new && problem.is_void() {
            // If it cannot be removed, the next attempt says that it is there.
            let _stays = std::fs::remove_file(out);
        }
    })?;
    if let Some(fields) = object.as_object_mut() {
        fields.insert("out".to_owned(), json!(out.display().to_string()));
    }
    Ok(Output { sentence, object })
}

/// The digest of the code in an invitation of ours that is there already, or `None` if nothing is.
/// Errors: something else is there, or nothing can be.
fn written(home: &Home, out: &Path) -> Result<Option<CodeDigest>, Problem> {
    let Err(taken) = nothing_at(out) else { return Ok(None) };
    let text = home::read_text(out).unwrap_or_default();
    let ours = toml::from_str(&text).ok().filter(|invitation: &Invitation| {
        home.registrar().is_ok_and(|registrar| invitation.registrar == hex::encode(registrar.0))
    });
    ours.map(|invitation| Some(CodeDigest::of(&invitation.code))).ok_or(taken)
}

/// Writes an invitation and gives the digest of its code. Errors: [`Problem`].
fn write(home: &Home, out: &Path, rng: &mut impl CryptoRng) -> Result<CodeDigest, Problem> {
    let (joined, registrar) = (joined(home)?, home.registrar()?);
    let mut code = [0; 16];
    rng.fill_bytes(&mut code);
    let code = hex::encode(code);
    let digest = CodeDigest::of(&code);
    let Config { name: intermediary, listen, .. } = home.config()?;
    let invitation = Invitation {
        intermediary,
        registrar: hex::encode(registrar.0),
        address: listen,
        authority: home.authority()?,
        root: joined.root,
        currency: joined.currency,
        decimals: joined.decimals,
        code,
    };
    home::write_private(out, &home::to_toml(&invitation))?;
    Ok(digest)
}
