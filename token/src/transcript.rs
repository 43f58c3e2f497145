//! Every hash of the protocol: one generator, a closed list of labels (`[F3]`, `[F4]`).

use crate::group::Scalar;
use sha2::{Digest, Sha512};
use zeroize::Zeroizing;

const PREFIX: &[u8] = b"tender/v1/";

macro_rules! labels {
    ($($variant:ident = $text:literal,)*) => {
        /// What a hash is for. The list is closed: nothing else is hashed with this prefix
        /// (`[F4]`).
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Label { $(#[doc = concat!("`", $text, "`")] $variant,)* }

        impl Label {
            /// Every label.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The label as it enters the hash, without the prefix.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    };
}

labels! {
    GeneratorH = "generator-H",
    Manifest = "manifest",
    ManifestSignature = "manifest-sig",
    SlotKey = "slot-key",
    Denomination = "denomination",
    SlotId = "slot-id",
    TokenId = "token-id",
    IdentitySecret = "u",
    Pop = "pop",
    PopContext = "pop-ctx",
    PopNonce = "pop-nonce",
    Register = "register",
    ProvisionPlan = "provision-plan",
    Session = "session",
    TreeRoot = "ggm-root",
    TreeNode = "ggm",
    Delta = "delta",
    K = "k",
    Rho = "rho",
    SlotBlind = "slot-blind",
    EndorseSalt = "endorse-salt",
    Blind = "blind",
    Candidate = "cand",
    Candidates = "cands",
    Commit = "commit",
    VrfPoint = "vrf-point",
    VrfNonce = "vrf-nonce",
    VrfChallenge = "vrf-chal",
    Gamma = "gamma",
    Open = "open",
    OpenReceipt = "open-receipt",
    Reveal = "reveal",
    WithdrawSeed = "withdraw-seed",
    WithdrawBlind = "withdraw-blind",
    WithdrawPlan = "withdraw-plan",
    Withdraw = "withdraw",
    ExchangePlan = "exchange-plan",
    Policy = "policy",
    Authorise = "authorise",
    Endorse = "endorse",
    State = "state",
    Offer = "offer",
    OfferSignature = "offer-sig",
    Nonce = "nonce",
    Receipt = "receipt",
    Instr = "instr",
    Cash = "cash",
    Claim = "claim",
    Guilt = "guilt",
    Revocation = "revocation",
    CashedList = "cashed-list",
}

/// `X(label, data)`: SHA-512 over the length-prefixed, prefixed label and the parts in order.
#[must_use]
pub fn x(label: Label, data: &[&[u8]]) -> [u8; 64] {
    let mut hash = Hashing::new(label);
    for part in data {
        hash.update(part);
    }
    hash.finish()
}

/// `X(label, data)` over data that is too long to be held at once.
#[derive(Clone)]
pub struct Hashing(Sha512);

impl Hashing {
    /// Nothing but the label so far.
    #[must_use]
    pub fn new(label: Label) -> Self {
        let text = label.text();
        let length = PREFIX.len().saturating_add(text.len());
        let mut hash = Sha512::new();
        hash.update([u8::try_from(length).expect("labels are short")]);
        hash.update(PREFIX);
        hash.update(text);
        Self(hash)
    }

    /// The next part of the data.
    pub fn update(&mut self, part: &[u8]) {
        self.0.update(part);
    }

    /// The hash of all parts.
    #[must_use]
    pub fn finish(self) -> [u8; 64] {
        self.0.finalize().into()
    }
}

/// The data may be secret.
impl core::fmt::Debug for Hashing {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Hashing(redacted)")
    }
}

/// `H32(label, data)`: the first 32 bytes of `X`. The rest is wiped, since data may be secret.
#[must_use]
pub fn h32(label: Label, data: &[&[u8]]) -> [u8; 32] {
    *Zeroizing::new(x(label, data)).first_chunk().expect("32 of 64 bytes")
}

/// `HS(label, data)`: `X` as a little-endian integer modulo the group order. The integer is wiped,
/// since data may be secret.
#[must_use]
pub fn hs(label: Label, data: &[&[u8]]) -> Scalar {
    Scalar::from_wide(&Zeroizing::new(x(label, data)))
}

/// The two 32-byte halves of a 64-byte hash.
#[must_use]
pub fn halves(bytes: &[u8; 64]) -> ([u8; 32], [u8; 32]) {
    let (left, right) = bytes.split_at(32);
    let half = |part: &[u8]| part.try_into().expect("half of 64 bytes");
    (half(left), half(right))
}

#[cfg(test)]
mod tests {
    use super::Label;

    #[test]
    fn n29_the_label_list_is_closed_and_without_repetition() {
        let mut texts: Vec<_> = Label::ALL.iter().map(|label| label.text()).collect();
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), Label::ALL.len());
        assert_eq!(texts.len(), 51, "[F4] lists 51 labels");
    }
}
