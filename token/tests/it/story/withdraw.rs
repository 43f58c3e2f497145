//! Withdrawals: outputs, plan, request, reply, tokens.

use crate::cast::{Wallet, product};
use crate::conformance::file::{Entry, File};
use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use tender_token::cash::Outcome;
use tender_token::date::Timestamp;
use tender_token::encode::Encode;
use tender_token::rsa::encode_message;
use tender_token::series::DenominationId;
use tender_token::slot::SlotId;
use tender_token::token::message;
use tender_token::transcript::{Label, h32};
use tender_token::withdraw::{Authority, Output, Plan, Reply, Request, Session, SignedRequest};

#[test]
fn withdrawals() {
    for file in File::all() {
        for entry in file.withdrawals() {
            withdrawal(&file, &entry);
        }
    }
}

#[test]
fn blinding_seeds_of_outputs() {
    for file in File::all() {
        for entry in file.withdrawals() {
            let master = file.wallet_entry(&entry.get("wallet")).get("master").bytes();
            let ws = h32(Label::WithdrawSeed, &[&master, &entry.get("sid").bytes()]);
            entry.get("ws").is(ws);
            for (t, output) in (0_u16..).zip(entry.get("outputs").members()) {
                let ids = ["denomination_id", "slot_id"].map(|name| output.get(name).bytes());
                let parts = [&ws[..], &t.to_be_bytes(), &ids.concat()];
                let seed = h32(Label::WithdrawBlind, &parts);
                output.get("b").is(seed);
                let denomination = output.get("denomination_id").read();
                let key =
                    &file.manifest.value_key(denomination).expect("as the file is written").key;
                let message = message(denomination, output.get("slot_id").read());
                output.get("M_token").is(&message);
                output.get("EM").is(encode_message(&message, key.length()));
                output.get("B").is(key.blinded(&message, &seed));
            }
        }
    }
}

fn withdrawal(file: &File, entry: &Entry<'_>) {
    let wallet = file.wallet(&entry.get("wallet"));
    let session = Session::new(&wallet.master, entry.get("sid").read());
    let (outputs, signatures) = sign_outputs(file, entry, &session);
    let request = request(file, entry, &wallet, outputs);
    let plan = request.signed.plan.clone();
    check_as_issuer(file, &wallet, request);

    let reply = Reply { sid: plan.sid, plan_hash: plan.hash(), signatures };
    entry.get("reply").is(reply.to_bytes());
    assert_eq!(Reply::from_bytes(&reply.to_bytes(), &plan, &file.manifest), Ok(reply));
}

/// Blinds, signs and unblinds every output.
fn sign_outputs(file: &File, entry: &Entry<'_>, session: &Session) -> (Vec<Output>, Vec<Vec<u8>>) {
    let manifest = &file.manifest;
    let sign = |(t, output): (u16, Entry<'_>)| {
        let denomination: DenominationId = output.get("denomination_id").read();
        let slot = file.own_slot(output.get("slot_id").read::<SlotId>()).slot;
        let blinded =
            session.output(t, denomination, &slot, manifest).expect("as the file is written");
        output.get("B").is(&blinded.blinded);
        let key = &manifest.value_key(denomination).expect("as the file is written").key;
        let signature =
            file.rsa_key(key.modulus()).sign(&blinded.blinded).expect("as the file is written");
        output.get("s").is(&signature);
        let token = session
            .finish(t, denomination, &slot, &signature, manifest)
            .expect("as the file is written");
        let bytes = token.to_bytes();
        output.get("sigma_v").is(&bytes[bytes.len() - key.length()..]);
        output.get("s").is(product(&output.get("sigma_v"), &output.get("r"), key.modulus()));
        output.get("token_id").is(token.id().0);
        output.get("token").is(bytes);
        assert_eq!(token.value(), output.get("value").amount());
        (blinded, signature)
    };
    (0..).zip(entry.get("outputs").members()).map(sign).unzip()
}

/// The request as wallet and intermediary make it. The accounts are no secrets of the story: they
/// are read from its request.
fn request(file: &File, entry: &Entry<'_>, wallet: &Wallet, outputs: Vec<Output>) -> Request {
    let read = Request::from_bytes(&entry.get("request").bytes(), &file.manifest)
        .expect("as the file is written");
    let plan = Plan {
        manifest: file.manifest.hash(),
        identity: *wallet.identity.point(),
        sid: entry.get("sid").read(),
        expires: Timestamp(entry.get("expires").number()),
        debit: entry.get("debit").amount(),
        credit: entry.get("credit").amount(),
        outputs,
        ..read.signed.plan
    };
    entry.get("wplan").is(plan.to_bytes());
    entry.get("wplan_hash").is(plan.hash());
    let items = entry.get("cash_items").members().iter().map(Entry::bytes).collect();
    let signed = SignedRequest::sign(plan, items, &wallet.device);
    let request = signed.authorise(&file.ed25519_key("intermediary_seed"));
    entry.get("request").is(request.to_bytes());
    request
}

/// The issuer accepts the request, and every funding token is one to pay.
fn check_as_issuer(file: &File, wallet: &Wallet, request: Request) {
    let now = Timestamp(file.root().get("now").number());
    let authority = Authority {
        manifest: &file.manifest,
        accepted: &[file.manifest.hash()],
        device: Some(&wallet.device.public()),
        intermediary: &file.ed25519_key("intermediary_seed").public(),
        now,
    };
    let verified =
        authority.verify(request, &mut UnwrapErr(SysRng)).expect("as the file is written");
    assert_eq!(verified.decide(|item| item.decide(now.day(), None, &[])), Outcome::Pay);
}
