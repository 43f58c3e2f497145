//! The office: under which manifest, policy and keys the issuer answers, and whom.

use crate::rows::{Standing, Wallet};
use crate::signer::Signer;
use crate::view::View;
use tender_proto::trust::Trust;
use tender_token::date::Timestamp;
use tender_token::error::{Error, Result};
use tender_token::identity::{IdentityKey, RegistrarId};
use tender_token::manifest::{Manifest, ManifestHash};
use tender_token::signature::PublicKey;

/// What does not change while the issuer serves.
#[derive(Debug)]
pub struct Office {
    /// What wallets and intermediaries are given to trust.
    pub trust: Trust,
    /// The manifest.
    pub manifest: Manifest,
    /// The keys.
    pub signer: Signer,
    /// Provision sessions per wallet and day.
    pub sessions_per_day: u32,
}

impl Office {
    /// The manifests that requests may name: the current one, as there is no other yet.
    #[must_use]
    pub fn accepted(&self) -> [ManifestHash; 1] {
        [self.manifest.hash()]
    }
}

/// One request's circumstances: who asks, whom, and when.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// Who answers.
    pub office: &'a Office,
    /// The intermediary that the verified client certificate names.
    pub caller: RegistrarId,
    /// The issuer's time.
    pub now: Timestamp,
}

impl Case<'_> {
    /// The key that the caller authorises requests with.
    #[must_use]
    pub fn caller_key(&self) -> PublicKey {
        PublicKey(self.caller.0)
    }

    /// The wallet of an identity, if it may still ask for anything.
    /// Errors: `E_WALLET` unless it is registered and open.
    pub fn open_wallet<'v>(&self, view: &'v View, identity: &IdentityKey) -> Result<&'v Wallet> {
        let wallet = view.wallets.get(identity);
        wallet.filter(|wallet| wallet.standing == Standing::Open).ok_or(Error::Wallet)
    }

    /// Whether the caller is the one that registered a wallet; others have no say in its affairs.
    /// Errors: `E_AUTH`.
    pub fn check_registrar(&self, wallet: &Wallet) -> Result<()> {
        if wallet.record().registrar == self.caller { Ok(()) } else { Err(Error::Auth) }
    }
}
