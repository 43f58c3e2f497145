//! A customer's wallets: another one is invited, and the device of one that is lost is blocked.

use super::super::Output;
use super::super::commands::{admission, signer};
use super::super::problem::Problem;
use super::account::{nothing_at, withdraw_file};
use crate::home::{self, Config, Home};
use crate::office::Office;
use crate::rows::{CodeDigest, CustomerId, Wallet};
use rand_core::CryptoRng;
use serde_json::json;
use std::path::Path;
use tender_proto::admission::Admission;
use tender_proto::invitation::Invitation;
use tender_token::identity::{IdentityKey, RegistrarId};

/// Letters of an identity that tell a customer's wallets apart, at least.
const SHORTEST: usize = 8;

/// Writes an invitation and gives the digest of its code, which works once the books know it.
/// Errors: [`Problem`].
pub(super) fn write_invitation(
    home: &Home,
    admission: &Admission,
    registrar: RegistrarId,
    out: &Path,
    rng: &mut impl CryptoRng,
) -> Result<CodeDigest, Problem> {
    let mut code = [0; 16];
    rng.fill_bytes(&mut code);
    let code = hex::encode(code);
    let digest = CodeDigest::of(&code);
    let Config { name: intermediary, listen, .. } = home.config()?;
    let invitation = Invitation {
        intermediary,
        registrar: hex::encode(registrar.0),
        address: listen,
        authority: home.authority()?.certificate,
        root: admission.root.clone(),
        currency: admission.currency.clone(),
        decimals: admission.decimals,
        code,
    };
    home::write_private(out, &home::to_toml(&invitation))?;
    Ok(digest)
}

/// Invites another wallet of a customer.
pub fn invite(
    home: &Home,
    office: &Office,
    customer: u64,
    out: &Path,
    rng: &mut impl CryptoRng,
) -> Result<Output, Problem> {
    nothing_at(out)?;
    let registrar = signer(home)?.registrar();
    let code = write_invitation(home, &admission(home)?, registrar, out, rng)?;
    let invited = office.invite(CustomerId(customer), code);
    invited.inspect_err(|problem| withdraw_file(out, problem))?;
    let out = out.display().to_string();
    let sentence = format!("{out} invites another wallet of customer {customer} once.");
    Ok(Output { sentence, object: json!({ "customer": customer, "invitation": out }) })
}

/// Lists a customer's wallets.
pub fn list(office: &Office, customer: u64) -> Result<Output, Problem> {
    let wallets = office.wallets(CustomerId(customer))?;
    let state = |wallet: &Wallet| if wallet.blocked { "blocked" } else { "heard" };
    let lines = wallets.iter().map(|(IdentityKey(identity), wallet)| {
        format!("{}  {}", hex::encode(identity), state(wallet))
    });
    let lines: Vec<_> = lines.collect();
    let sentence = if lines.is_empty() {
        format!("Customer {customer} has no wallet yet.")
    } else {
        lines.join("\n")
    };
    let objects = wallets.iter().map(|(IdentityKey(identity), wallet)| {
        json!({
            "identity": hex::encode(identity),
            "device": hex::encode(wallet.registration.record.device.0),
            "blocked": wallet.blocked,
        })
    });
    let objects: Vec<_> = objects.collect();
    Ok(Output { sentence, object: json!({ "customer": customer, "wallets": objects }) })
}

/// Blocks the device of a wallet, or lets it be heard again.
pub fn block(
    office: &Office,
    customer: u64,
    wallet: &str,
    blocked: bool,
) -> Result<Output, Problem> {
    let identity = named(office, customer, wallet)?;
    office.block(CustomerId(customer), identity, blocked)?;
    let identity = hex::encode(identity.0);
    let sentence = if blocked {
        "is blocked: nothing is heard from its device; what is open is still finished"
    } else {
        "is heard again"
    };
    let sentence = format!("Wallet {identity} {sentence}.");
    let object = json!({ "customer": customer, "identity": identity, "blocked": blocked });
    Ok(Output { sentence, object })
}

/// The one wallet of a customer whose identity begins so. Errors: [`Problem`].
fn named(office: &Office, customer: u64, beginning: &str) -> Result<IdentityKey, Problem> {
    let beginning = beginning.to_ascii_lowercase();
    if beginning.len() < SHORTEST {
        return Err(Problem::usage(format!("name a wallet by {SHORTEST} letters at least.")));
    }
    let wallets = office.wallets(CustomerId(customer))?.into_iter().map(|(identity, _)| identity);
    let mut fitting = wallets.filter(|identity| hex::encode(identity.0).starts_with(&beginning));
    match (fitting.next(), fitting.next()) {
        (Some(identity), None) => Ok(identity),
        (None, _) => Err(Problem::usage(format!(
            "customer {customer} has no wallet {beginning}…; `customer wallets` lists them."
        ))),
        (Some(_), Some(_)) => {
            Err(Problem::usage(format!("{beginning}… is more than one wallet; write more of it.")))
        }
    }
}
