//! Trust: signed manifests and their policies, revocations, and what nobody accepts offline.

use crate::{Malformed, wire};
use tender_token::deny_list::DenyList;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::Error;
use tender_token::manifest::{Manifest, ManifestRecord, Strictness};
use tender_token::policy::Policy;
use tender_token::revocation::SignedRevocation;
use tender_token::signature::{PublicKey, Signature};

/// Manifests in one reply. Who is further behind asks again.
pub const MANIFESTS_MAX: usize = 16;

/// A manifest with its policy and the root's signature, not yet verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust {
    /// Canonical bytes of the manifest.
    pub manifest: Vec<u8>,
    /// The root's signature.
    pub signature: Signature,
    /// The policy that the manifest names.
    pub policy: Policy,
}

impl Trust {
    /// Verifies everything under the root's key, as production does.
    /// Errors: `E_ENCODING`, `E_MANIFEST`.
    pub fn verify(&self, root: &PublicKey) -> Result<Manifest, Error> {
        let strictness = Strictness::Production;
        Manifest::verify(&self.manifest, &self.signature, root, &self.policy, strictness)
    }
}

impl Encode for Trust {
    fn encode(&self, writer: &mut Writer) {
        writer.sized(&self.manifest);
        writer.put(&self.signature);
        writer.put(&self.policy);
    }
}

impl Decode for Trust {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let manifest = reader.sized()?.to_vec();
        Ok(Self { manifest, signature: reader.get()?, policy: reader.get()? })
    }
}

/// All series that there ever were in one manifest, which nobody signed: what was decided is read
/// with it again, also when its series has left. `manifests` are all that were published, the
/// oldest first. Errors: `E_ENCODING`; `E_MANIFEST`, also if there is none.
pub fn archive<'a>(
    manifests: impl DoubleEndedIterator<Item = &'a Trust>,
) -> Result<Manifest, Error> {
    let mut records = manifests.map(|trust| ManifestRecord::from_bytes(&trust.manifest)).rev();
    let mut all = records.next().ok_or(Error::Manifest)??;
    for record in records {
        let ManifestRecord { series, denominations, .. } = record?;
        for one in series {
            if !all.series.contains(&one) {
                all.series.push(one);
            }
        }
        for one in denominations {
            if !all.denominations.contains(&one) {
                all.denominations.push(one);
            }
        }
    }
    Manifest::check(all, Strictness::Production)
}

/// What is published beside the manifests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notices {
    /// All revocations, not yet verified (`[X1]`).
    pub revocations: Vec<SignedRevocation>,
    /// Tokens and slots that nobody accepts offline (`[D2]`).
    pub denied: DenyList,
}

impl Encode for Notices {
    fn encode(&self, writer: &mut Writer) {
        writer.list(&self.revocations);
        writer.put(&self.denied);
    }
}

impl Decode for Notices {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        Ok(Self { revocations: reader.list(0..=u16::MAX)?, denied: reader.get()? })
    }
}

/// What a caller is told that holds a manifest, or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// From the manifest held on, in the order of their epochs.
    pub manifests: Vec<Trust>,
    /// What is published beside them.
    pub notices: Notices,
}

impl Reply {
    /// Tells a caller what follows the epoch that it holds; 0 if it holds none. `all` are the
    /// manifests with their epochs, the oldest first.
    ///
    /// The one held is told again: whoever holds another one of the same epoch has been shown a
    /// split view, and notices. Whoever holds a newer one is told the newest, for the same reason.
    #[must_use]
    pub fn to<'a>(
        held: u32,
        all: impl Iterator<Item = (u32, &'a Trust)> + Clone,
        notices: Notices,
    ) -> Self {
        let newest = all.clone().last().into_iter();
        let behind = newest.clone().any(|(epoch, _)| (1..=epoch).contains(&held));
        let following = all.skip_while(|(epoch, _)| *epoch < held).take(MANIFESTS_MAX);
        let told: Vec<_> = if behind { following.collect() } else { newest.collect() };
        Self { manifests: told.into_iter().map(|(_, trust)| trust.clone()).collect(), notices }
    }

    /// Whether there may be more to follow: ask again with the newest of these.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.manifests.len() >= MANIFESTS_MAX
    }
}

impl From<Trust> for wire::Published {
    fn from(trust: Trust) -> Self {
        Self {
            manifest: trust.manifest,
            signature: trust.signature.to_bytes(),
            policy: trust.policy.to_bytes(),
        }
    }
}

impl TryFrom<wire::Published> for Trust {
    type Error = Malformed;

    fn try_from(published: wire::Published) -> Result<Self, Malformed> {
        let signature = Signature::from_bytes(&published.signature);
        let policy = Policy::from_bytes(&published.policy);
        Ok(Self {
            manifest: published.manifest,
            signature: signature.map_err(Malformed::field("signature"))?,
            policy: policy.map_err(Malformed::field("policy"))?,
        })
    }
}

impl From<Reply> for wire::TrustReply {
    fn from(reply: Reply) -> Self {
        let Reply { manifests, notices: Notices { revocations, denied } } = reply;
        Self {
            manifests: manifests.into_iter().map(Into::into).collect(),
            revocations: revocations.iter().map(Encode::to_bytes).collect(),
            denied: denied.to_bytes(),
        }
    }
}

impl TryFrom<wire::TrustReply> for Reply {
    type Error = Malformed;

    fn try_from(reply: wire::TrustReply) -> Result<Self, Malformed> {
        let manifests = reply.manifests.into_iter().map(TryInto::try_into);
        let revocations = reply.revocations.iter().map(|bytes| SignedRevocation::from_bytes(bytes));
        let revocations: Result<_, _> = revocations.collect();
        let denied = DenyList::from_bytes(&reply.denied);
        let notices = Notices {
            revocations: revocations.map_err(Malformed::field("revocations"))?,
            denied: denied.map_err(Malformed::field("denied"))?,
        };
        Ok(Self { manifests: manifests.collect::<Result<_, _>>()?, notices })
    }
}
