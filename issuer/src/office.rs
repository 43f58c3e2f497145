//! The office: under which manifest, policy and keys the issuer answers, and whom.

use crate::operation::Terms;
use crate::recent::{RECENT_MAX, Recent, Signing};
use crate::rows::{Epoch, Manifests, Revocations, Standing, Wallet};
use crate::signer::{Signed, Signer};
use crate::store::{Fault, Store};
use crate::view::View;
use tender_proto::trust::{self, Notices, Reply, Trust};
use tender_token::date::Timestamp;
use tender_token::deny_list::DenyList;
use tender_token::error::{Error, Result};
use tender_token::identity::{IdentityKey, RegistrarId};
use tender_token::manifest::{Manifest, ManifestHash};
use tender_token::revocation::{Revocation, SignedRevocation, Subject, VerifiedRevocation};
use tender_token::series::{DenominationId, SeriesId};
use tender_token::signature::PublicKey;

/// Everything that the root has published, the oldest first.
#[derive(Clone, Debug, Default)]
pub struct Published {
    /// Every manifest with its policy.
    pub manifests: Vec<(Epoch, Trust)>,
    /// Every revocation.
    pub revocations: Vec<SignedRevocation>,
}

impl Published {
    /// Reads everything from the store. Errors: [`Fault`].
    pub fn read(store: &Store) -> core::result::Result<Self, Fault> {
        let mut all = Self::default();
        store.scan::<Manifests>(|epoch, trust| all.manifests.push((epoch, trust)))?;
        store.scan::<Revocations>(|_, revocation| all.revocations.push(revocation))?;
        Ok(all)
    }

    /// The newest manifest, verified under the root's key. Errors: `E_MANIFEST`, `E_ENCODING`.
    pub fn verify(&self, root: &PublicKey) -> Result<(Trust, Manifest)> {
        let (_, trust) = self.manifests.last().ok_or(Error::Manifest)?;
        Ok((trust.clone(), trust.verify(root)?))
    }

    /// The revocation of this subject, or of everything, if the root signed one.
    #[must_use]
    pub fn revocation(&self, subject: Subject, root: &PublicKey) -> Option<Revocation> {
        let verified = self.revocations.iter().filter_map(|signed| signed.verify(root).ok());
        let mut known = verified.map(|known| *known.revocation());
        known.find(|known| known.subject == subject || known.subject == Subject::Everything)
    }

    /// All series that there ever were in one manifest, which nobody signed: what old rows are read
    /// with. Errors: `E_MANIFEST`, `E_ENCODING`.
    pub fn archive(&self) -> Result<Manifest> {
        trust::archive(self.manifests.iter().map(|(_, trust)| trust))
    }
}

/// What does not change while the issuer serves.
#[derive(Debug)]
pub struct Office {
    /// What wallets and intermediaries are given to trust.
    pub trust: Trust,
    /// The manifest in force. It has every series that is not over.
    pub manifest: Manifest,
    /// Every series that there ever was: what was answered is read with it again, also when its
    /// series is over.
    pub archive: Manifest,
    /// Who signs.
    pub signer: Box<dyn Signer>,
    /// Provision sessions per wallet and day.
    pub sessions_per_day: u32,
    recent: Recent,
    published: Published,
    revoked: Vec<VerifiedRevocation>,
}

impl Office {
    /// The office under everything that was published. The signer must have been made for the
    /// newest manifest. Errors: `E_MANIFEST`, `E_ENCODING`; `E_AUTH` for a revocation that the root
    /// did not sign.
    pub fn new(
        published: Published,
        root: &PublicKey,
        signer: Box<dyn Signer>,
        sessions_per_day: u32,
    ) -> Result<Self> {
        let (trust, manifest) = published.verify(root)?;
        let alone = published.manifests.len() == 1;
        let archive = if alone { manifest.clone() } else { published.archive()? };
        let revoked = published.revocations.iter().map(|revocation| revocation.verify(root));
        let revoked = revoked.collect::<Result<_>>()?;
        let recent = Recent::new(RECENT_MAX);
        Ok(Self { trust, manifest, archive, signer, sessions_per_day, recent, published, revoked })
    }

    /// Signs a token that is owed, unless that was done lately. Errors: as for [`Signer::mint`].
    pub fn mint(&self, denomination: DenominationId, blinded: &[u8]) -> Signed<Vec<u8>> {
        let signing = Signing::token(denomination, blinded);
        self.recent.or_sign(signing, || self.signer.mint(denomination, blinded))
    }

    /// Certifies a slot that is owed, unless that was done lately.
    /// Errors: as for [`Signer::certify`].
    pub fn certify(&self, series: SeriesId, blinded: &[u8]) -> Signed<Vec<u8>> {
        let signing = Signing::certificate(series, blinded);
        self.recent.or_sign(signing, || self.signer.certify(series, blinded))
    }

    /// Under what operations are carried out.
    #[must_use]
    pub fn terms(&self) -> Terms<'_> {
        Terms { issuer: self.manifest.record().issuer, policy: &self.trust.policy }
    }

    /// The manifests that requests may name: the current one and the one before (`[PR3]`, `[W4]`).
    #[must_use]
    pub fn accepted(&self) -> [ManifestHash; 2] {
        [self.manifest.hash(), self.manifest.record().previous]
    }

    /// What a caller is told that holds the manifest of this epoch; 0 for none.
    #[must_use]
    pub fn tell(&self, held: u32, denied: DenyList) -> Reply {
        let Published { manifests, revocations } = &self.published;
        let manifests = manifests.iter().map(|(Epoch(epoch), trust)| (*epoch, trust));
        Reply::to(held, manifests, Notices { revocations: revocations.clone(), denied })
    }

    /// Whether nothing is signed onto slots of a series, or under its keys, any more (`[X1]`).
    #[must_use]
    pub fn is_series_revoked(&self, series: SeriesId) -> bool {
        self.revoked.iter().any(|revocation| revocation.ends_series(series))
    }

    /// Whether no more tokens of a denomination are signed (`[X1]`).
    #[must_use]
    pub fn is_revoked(&self, denomination: DenominationId) -> bool {
        let series = self.manifest.value_key(denomination).map(|key| key.denomination.series);
        let ends = |series| {
            self.revoked.iter().any(|revocation| revocation.ends_denomination(denomination, series))
        };
        series.is_ok_and(ends)
    }

    /// Whether the value key of a denomination is revoked itself: its tokens prove nothing any more
    /// and are paid against openings (`[X2]`). A revoked slot key puts no value at risk (`[X3]`).
    #[must_use]
    pub fn is_compromised(&self, denomination: DenominationId) -> bool {
        self.revoked.iter().any(|revocation| match revocation.revocation().subject {
            Subject::Denomination(revoked) => revoked == denomination,
            Subject::Series(_) => false,
            Subject::Everything => true,
        })
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
