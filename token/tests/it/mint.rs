//! A small mint for rules and properties: two series under the keys of the known answers, four
//! wallets, and slots and tokens that are certified once and used by every test.

use crate::conformance::file::File;
use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use rand_core::CryptoRng;
use std::sync::LazyLock;
use tender_token::amount::{Amount, Currency};
use tender_token::chain::Chain;
use tender_token::date::{Day, Timestamp};
use tender_token::encode::{Encode, Reader};
use tender_token::endorse::{Answer, Endorsement, Place, Terms};
use tender_token::identity::{Identity, Master, Pseudonym, Record, RegistrarId};
use tender_token::manifest::{Manifest, ManifestHash, ManifestRecord, Strictness};
use tender_token::policy::{LossRule, Policy};
use tender_token::rsa::{self, encode_message};
use tender_token::series::{Dates, Denomination, DenominationId, Series, SeriesId};
use tender_token::signature::SecretKey;
use tender_token::slot::{Slot, SlotBody, SlotId, SlotSecret};
use tender_token::token::{Token, message};
use tender_token::transcript::{Label, h32};
use tender_token::tree::Node;
use tender_token::vrf;

pub const TODAY: Day = Day(20_000);
pub const NOW: Timestamp = Timestamp(20_000 * 86_400);
pub const DATES: Dates = Dates {
    issue_from: Day(19_990),
    issue_until: Day(20_010),
    spend_until: Day(20_020),
    deposit_until: Day(20_040),
    claim_until: Day(20_080),
};
pub const DEPTH: u8 = 3;
pub const MAX_HOPS: u8 = 4;
pub const MIN_LEAD: u8 = 2;
/// What tokens of the three denominations are worth; the last one is of the second series.
pub const VALUES: [u64; 3] = [100, 250, 100];
/// How many slots of the first series are certified, in turn for each wallet.
pub const SLOT_COUNT: usize = 24;

pub static MINT: LazyLock<Mint> = LazyLock::new(Mint::new);
pub static WALLETS: LazyLock<Vec<Wallet>> = LazyLock::new(|| (0..4).map(Wallet::new).collect());
/// Slots of the first series; slot `i` belongs to wallet `i % 4`.
pub static SLOTS: LazyLock<Vec<OwnSlot>> = LazyLock::new(|| {
    let owners = (0..SLOT_COUNT).map(|number| number % WALLETS.len());
    let leaf = |number: u8| h32(Label::TreeNode, &[b"a slot of the tests", &[number]]);
    owners.zip(0..).map(|(owner, number)| OwnSlot::certified(owner, leaf(number), 0)).collect()
});
/// For every slot, one token of each denomination of the first series.
pub static TOKENS: LazyLock<Vec<[Token; 2]>> = LazyLock::new(|| {
    SLOTS.iter().map(|slot| [0, 1].map(|denomination| MINT.token(denomination, slot))).collect()
});

/// The issuer with everything it signs with.
pub struct Mint {
    pub slot_keys: [rsa::SecretKey; 2],
    pub value_keys: [rsa::SecretKey; 3],
    pub root: SecretKey,
    pub issuer: SecretKey,
    pub intermediary: SecretKey,
    pub vrf: vrf::SecretKey,
    pub policy: Policy,
    pub manifest: Manifest,
    pub series: [SeriesId; 2],
    pub denominations: [DenominationId; 3],
}

impl Mint {
    fn new() -> Self {
        let files = File::all();
        let file = files.iter().find(|file| file.name == "public.json").expect("the first file");
        let key = |name| file.rsa_key(&file.root().get("keys").get(name).get("n").bytes());
        let slot_keys = ["slot_key_A", "slot_key_B"].map(key);
        let value_keys = ["value_key_A1", "value_key_A2", "value_key_B1"].map(key);
        let ed25519 = |name| file.ed25519_key(name);
        let (root, issuer) = (ed25519("root_seed"), ed25519("issuer_seed"));
        let intermediary = ed25519("intermediary_seed");
        let x = file.root().get("keys").get("vrf_x").read();
        let vrf = vrf::SecretKey::from_bytes(&x).expect("as the file is written");
        let policy = policy();
        let series = [("FLN", 0), ("DUK", 1)].map(|(code, key): (_, usize)| Series {
            number: 1,
            currency: Currency::new(code).expect("three capital letters"),
            dates: DATES,
            depth: DEPTH,
            max_hops: MAX_HOPS,
            modulus: slot_keys[key].public().modulus().to_vec(),
        });
        let denominations = [0, 1, 2].map(|number: usize| Denomination {
            series: series[number / 2].id(),
            value: Amount::from_minor_units(VALUES[number]),
            modulus: value_keys[number].public().modulus().to_vec(),
        });
        let record = ManifestRecord {
            epoch: 1,
            previous: ManifestHash([0; 32]),
            issuer: issuer.public(),
            vrf: vrf.public().bytes(),
            min_lead: MIN_LEAD,
            policy_hash: policy.hash(),
            series: series.to_vec(),
            denominations: denominations.to_vec(),
        };
        let manifest = Manifest::check(record, Strictness::Test).expect("a sound manifest");
        let series = series.map(|series| series.id());
        let denominations = denominations.map(|denomination| denomination.id());
        Self {
            slot_keys,
            value_keys,
            root,
            issuer,
            intermediary,
            vrf,
            policy,
            manifest,
            series,
            denominations,
        }
    }

    /// Signs a token onto a slot. Signatures are unique, so blinding would change nothing.
    pub fn token(&self, denomination: usize, slot: &OwnSlot) -> Token {
        let id = self.denominations[denomination];
        let sigma = sign(&self.value_keys[denomination], &message(id, slot.id()));
        Token::new(id, slot.slot.body.clone(), sigma, &self.manifest).expect("well signed")
    }

    /// A token made of these parts, whatever they are worth.
    pub fn unchecked_token(&self, denomination: usize, slot: &SlotBody, sigma: &[u8]) -> Token {
        let id = self.denominations[denomination].0;
        let bytes = [&id[..], &slot.to_bytes(), sigma].concat();
        Token::decode(&mut Reader::new(&bytes), &self.manifest).expect("the right lengths")
    }
}

/// The signature of a message without any blinding.
pub fn sign(key: &rsa::SecretKey, message: &[u8]) -> Vec<u8> {
    key.sign(&encode_message(message, key.public().length())).expect("an encoded message")
}

/// A policy with an officer and a witness.
pub fn policy() -> Policy {
    let key = |seed| SecretKey::from_seed(&[seed; 32]).public();
    Policy {
        slot_quota: 100,
        loss_rule: LossRule::PayeeBears,
        limits: Vec::new(),
        officers_k: 1,
        officers: vec![key(1)],
        witnesses_k: 1,
        witnesses: vec![key(2)],
    }
}

/// A wallet.
pub struct Wallet {
    pub master: Master,
    pub identity: Identity,
    pub device: SecretKey,
    pub record: Record,
}

impl Wallet {
    pub fn new(number: u8) -> Self {
        let master = Master::new([number; 32]);
        let identity = master.identity(0).expect("zero has probability 2^-252");
        let device = SecretKey::from_seed(&[number; 32]);
        let (registrar, pseudonym) = (RegistrarId([8; 32]), Pseudonym([number; 32]));
        let record =
            identity.register(&master, registrar, pseudonym, &device, &[number; 32]).record;
        Self { master, identity, device, record }
    }
}

/// A certified slot with what only its owner has, and may use as often as it likes to cheat.
pub struct OwnSlot {
    pub owner: usize,
    pub leaf: [u8; 32],
    pub slot: Slot,
}

impl OwnSlot {
    /// Certifies the slot of a leaf for a wallet, in the first or the second series.
    pub fn certified(owner: usize, leaf: [u8; 32], series: usize) -> Self {
        let secret = SlotSecret::from_leaf(&Node::new(leaf));
        let identity = WALLETS[owner].identity.point();
        let commitments = secret.commitments(identity).expect("probability 2^-252");
        let (id, key) = (MINT.series[series], &MINT.slot_keys[series]);
        let certificate = sign(key, &commitments.message(id));
        Self { owner, leaf, slot: Slot { series: id, body: SlotBody { commitments, certificate } } }
    }

    pub fn wallet(&self) -> &'static Wallet {
        &WALLETS[self.owner]
    }

    pub fn id(&self) -> SlotId {
        self.slot.id()
    }

    pub fn secret(&self) -> SlotSecret {
        SlotSecret::from_leaf(&Node::new(self.leaf))
    }

    /// Answers, however often it has answered before.
    pub fn answer(&self, place: &Place, terms: Terms) -> (Endorsement, Answer) {
        let pledge = self.secret().pledge(place, terms);
        let digest = pledge.digest();
        pledge.answer(&digest, &self.wallet().identity).expect("its own digest")
    }

    /// The chain after this slot has passed it on.
    pub fn pass(&self, chain: &Chain, terms: Terms, next: Option<&Self>) -> Chain {
        let place = chain.next_place().expect("a slot holds the chain");
        let (endorsement, answer) = self.answer(&place, terms);
        let next = next.map(|next| next.slot.body.clone());
        chain.clone().endorsed(endorsement, answer, next).expect("kind and slot fit")
    }
}

/// The chain of a fresh token on one of the slots.
pub fn fresh(slot: usize, denomination: usize) -> Chain {
    Chain::new(TOKENS[slot][denomination].clone())
}

/// A token of the first denomination that went along these slots.
pub fn passed_along(route: &[usize]) -> Chain {
    let nonce = |hop: usize| h32(Label::Nonce, &[&hop.to_be_bytes()]);
    route.windows(2).enumerate().fold(fresh(route[0], 0), |chain, (hop, pair)| {
        let next = &SLOTS[pair[1]];
        SLOTS[pair[0]].pass(&chain, Terms::to_slot(next.id(), nonce(hop)), Some(next))
    })
}

/// Passes a chain on to a key.
pub fn to_key(slot: usize, chain: &Chain, key: &SecretKey, nonce: [u8; 32]) -> Chain {
    SLOTS[slot].pass(chain, Terms::to_key(key.public(), nonce), None)
}

/// Randomness for batch weights.
pub fn rng() -> impl CryptoRng {
    UnwrapErr(SysRng)
}
