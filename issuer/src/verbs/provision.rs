//! Provision (section 5): OPEN locks in a wallet's candidates, REVEAL earns the certificates.

pub mod open;
pub mod reveal;

use crate::office::Office;
use crate::rows::SessionKey;
use crate::signer::Signed;
use rayon::prelude::*;
use tender_proto::provision::Granted;
use tender_token::error::{Error, Result};
use tender_token::identity::IdentityKey;
use tender_token::manifest::Manifest;
use tender_token::provision::{Reveal, SessionId, SignedOpen, Want};
use tender_token::series::SeriesId;

/// What the issuer owes for a step that is durably decided: a function of the keys and these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owed {
    /// The receipt for an opening (`[PR4]`).
    Receipt(Box<SignedOpen>),
    /// The certificates for a resolved session; none if it was abandoned (`[PR8]`).
    Certificates(Certificates),
}

/// Certificates that are owed for a resolved session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificates {
    /// The series whose slot key signs.
    pub series: SeriesId,
    /// `B` of the kept candidate of each slot; none if the session was abandoned.
    pub blinded: Vec<Vec<u8>>,
}

impl Owed {
    /// Signs what is owed, side by side. Errors: the signer's; asking again may help.
    pub fn keep(&self, office: &Office) -> Signed<Granted> {
        match self {
            Self::Receipt(open) => Ok(Granted::Receipt(office.signer.receipt(open)?)),
            Self::Certificates(owed) => owed.keep(office).map(Granted::Certificates),
        }
    }
}

impl Certificates {
    /// Signs them, side by side. Errors: as for [`Owed::keep`].
    pub fn keep(&self, office: &Office) -> Signed<Vec<Vec<u8>>> {
        let certify = |blinded: &Vec<u8>| office.certify(self.series, blinded);
        self.blinded.par_iter().map(certify).collect()
    }
}

fn session_key(identity: IdentityKey, sid: SessionId) -> SessionKey {
    SessionKey { identity, sid }
}

fn identity_of(open: &SignedOpen) -> IdentityKey {
    IdentityKey(open.plan.identity.bytes())
}

/// Reads a REVEAL that was verified before and stored.
/// Errors: `E_CERT` if the manifest in force has its series no more.
pub(crate) fn stored_reveal(
    open: &SignedOpen,
    bytes: &[u8],
    manifest: &Manifest,
) -> Result<Reveal> {
    let key = manifest.slot_key(open.plan.series)?;
    Reveal::from_bytes(bytes, open.plan.count, key.series.depth, &key.key)
}

/// What a resolved session is owed.
pub(super) fn owed(open: &SignedOpen, reveal: Reveal) -> Certificates {
    Certificates { series: open.plan.series, blinded: kept(reveal) }
}

/// The candidates that stayed closed and are signed; none of an abandoned session.
pub(super) fn kept(reveal: Reveal) -> Vec<Vec<u8>> {
    match reveal.want {
        Want::Sign => reveal.opened.into_iter().map(|slot| slot.kept).collect(),
        Want::Abandon => Vec::new(),
    }
}

/// A known session belongs to its request for ever. Errors: `E_SID_CONFLICT` for other content.
fn check_same(known: &SignedOpen, open: &SignedOpen) -> Result<()> {
    let same = known.plan == open.plan && known.h == open.h;
    if same { Ok(()) } else { Err(Error::SidConflict) }
}
