//! Wallets: from the master secret to the registration record.

use crate::cast::Wallet;
use crate::conformance::file::File;
use tender_token::encode::Encode;
use tender_token::group::{Point, Scalar};
use tender_token::transcript::{Label, h32, hs};

#[test]
fn identities_and_registrations() {
    for file in File::all() {
        for entry in file.root().get("wallets").members() {
            let wallet = Wallet::new(&entry);
            entry.get("U").is(wallet.identity.key().0);
            entry.get("device_pk").is(wallet.device.public().0);
            let registration = wallet.identity.register(
                &wallet.master,
                entry.get("registrar_id").read(),
                entry.get("pseudonym").read(),
                &wallet.device,
                &entry.get("pop_fresh").read(),
            );
            entry.get("record").is(registration.record.to_bytes());
            let pop = registration.record.pop.to_bytes();
            entry.get("pop_R").is(&pop[..32]);
            entry.get("pop_y").is(&pop[32..]);
            assert!(registration.verify().is_ok());
        }
    }
}

#[test]
fn secrets_of_identities() {
    for file in File::all() {
        for entry in file.root().get("wallets").members() {
            let bytes = |name| entry.get(name).bytes();
            let epoch = entry.get("wallet_epoch").number::<u32>().to_be_bytes();
            let u = hs(Label::IdentitySecret, &[&bytes("master"), &epoch]);
            entry.get("u").is(u.bytes());
            let parts = [bytes("registrar_id"), bytes("pseudonym"), bytes("device_pk")].concat();
            let context = h32(Label::PopContext, &[&parts, &epoch]);
            entry.get("pop_ctx").is(context);
            let a = hs(Label::PopNonce, &[&bytes("master"), &context, &bytes("pop_fresh")]);
            entry.get("pop_a").is(a.bytes());
            entry.get("pop_R").is(Point::base(&a).expect("as the file is written").bytes());
            let e = hs(Label::Pop, &[&bytes("U"), &bytes("pop_R"), &context]);
            let y: Scalar = a.plus(&e.times(&u));
            entry.get("pop_y").is(y.bytes());
        }
    }
}
