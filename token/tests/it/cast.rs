//! The cast of a story: its wallets, their slots, and the chains that pass between them.

use crate::conformance::file::{Entry, File};
use crypto_bigint::{BoxedUint, NonZero};
use tender_token::chain::Chain;
use tender_token::encode::Reader;
use tender_token::endorse::State;
use tender_token::identity::{Identity, Master};
use tender_token::provision::{Plan, Receipt, Session};
use tender_token::signature::SecretKey;
use tender_token::slot::{Slot, SlotId, SlotSecret};
use tender_token::token::Token;

/// A wallet of the story.
pub struct Wallet {
    pub master: Master,
    pub identity: Identity,
    pub device: SecretKey,
}

/// A certified slot of the story, with what only its owner has.
pub struct OwnSlot {
    pub wallet: Wallet,
    pub secret: SlotSecret,
    pub slot: Slot,
}

impl Wallet {
    pub fn new(entry: &Entry<'_>) -> Self {
        let master = Master::new(entry.get("master").read());
        let identity =
            master.identity(entry.get("wallet_epoch").number()).expect("as the file is written");
        let device = SecretKey::from_seed(&entry.get("device_seed").read());
        Self { master, identity, device }
    }
}

impl File {
    pub fn ed25519_key(&self, name: &str) -> SecretKey {
        SecretKey::from_seed(&self.root().get("keys").get(name).read())
    }

    /// The wallet that an entry names.
    pub fn wallet_entry(&self, name: &Entry<'_>) -> Entry<'_> {
        let mut wallets = self.root().get("wallets").members().into_iter();
        let found = wallets.find(|wallet| wallet.get("name").text() == name.text());
        found.expect("the wallet is in the story")
    }

    pub fn wallet(&self, name: &Entry<'_>) -> Wallet {
        Wallet::new(&self.wallet_entry(name))
    }

    /// The slot of this name, wherever it was provisioned.
    pub fn own_slot(&self, id: SlotId) -> OwnSlot {
        for provision in self.root().get("provisions").members() {
            for (t, entry) in (0..).zip(provision.get("slots").members()) {
                if entry.get("slot_id").read::<SlotId>() == id {
                    let wallet = self.wallet(&provision.get("wallet"));
                    let plan: Plan = provision.get("plan").read();
                    let session = Session::new(&wallet.master, provision.get("sid").read(), plan);
                    let receipt: Receipt = provision.get("receipt").read();
                    let secret = session
                        .secret(t, &receipt, &self.manifest)
                        .expect("as the file is written");
                    let slot = Slot::from_bytes(&entry.get("slot").bytes(), &self.manifest);
                    return OwnSlot { wallet, secret, slot: slot.expect("as the file is written") };
                }
            }
        }
        panic!("{id:?} is not in the story");
    }

    /// Every withdrawal, with a push payment and with an exchange too.
    pub fn withdrawals(&self) -> Vec<Entry<'_>> {
        let root = self.root();
        let within = |name| root.get(name).get("withdrawal");
        vec![root.get("withdrawal"), within("payment_push"), within("exchange")]
    }

    /// The ordinary payments: to a key, and from hop to hop.
    pub fn payments(&self) -> Vec<Entry<'_>> {
        let mut payments = self.root().get("payment_hops").members();
        payments.push(self.root().get("payment_key"));
        payments
    }

    /// The chain that has come to this state: a fresh token, or one that a payment passed on.
    pub fn chain_at(&self, state: State) -> Chain {
        let token = |entry: &Entry<'_>| {
            let bytes = entry.get("token").bytes();
            Chain::new(
                Token::decode(&mut Reader::new(&bytes), &self.manifest)
                    .expect("as the file is written"),
            )
        };
        let fresh = self.withdrawals().into_iter().flat_map(|entry| entry.get("outputs").members());
        let fresh = fresh.map(|entry| token(&entry));
        let passed = self.payments().into_iter().map(|payment| self.chain(&payment.get("chain")));
        let mut chains = fresh.chain(passed);
        chains.find(|chain| chain.final_state() == state).expect("the chain is in the story")
    }

    pub fn chain(&self, entry: &Entry<'_>) -> Chain {
        Chain::from_bytes(&entry.bytes(), &self.manifest).expect("as the file is written")
    }
}

/// Multiplication modulo N: the one formula of blinding that the crate keeps to itself.
pub fn product(a: &Entry<'_>, b: &Entry<'_>, modulus: &[u8]) -> Vec<u8> {
    let [a, b] = [a, b].map(|factor| BoxedUint::from_be_slice_vartime(&factor.bytes()));
    let modulus =
        NonZero::new(BoxedUint::from_be_slice_vartime(modulus)).expect("as the file is written");
    a.mul_mod(&b, &modulus).to_be_bytes().into()
}
