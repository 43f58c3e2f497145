//! Becoming known to an intermediary, and following it when it moves.

use crate::bank::{Bank, now, wide};
use crate::cli::{json, run, tell};
use crate::loopback::serve;
use crate::people::{Person, World, invitation, world};
use std::net::SocketAddr;
use std::path::Path;
use tender_proto::certificate::{self, Credential, Role};
use tender_proto::invitation::Invitation;
use tender_proto::transport;
use tender_token::error::Error as Rule;
use tender_wallet::error::Error;
use tender_wallet::online;

/// An authority and a server's certificate under it.
pub fn credentials(name: &str) -> (Credential, Credential) {
    let authority = certificate::authority(name).expect("made");
    let own = certificate::issue(&authority, transport::SERVER_NAME, Role::Server);
    (authority, own.expect("made"))
}

/// Writes an invitation to this address and authority, and gives its path.
pub fn invite(folder: &Path, address: SocketAddr, authority: &Credential) -> String {
    let authority = authority.certificate.clone();
    let moved = Invitation { address: address.to_string(), authority, ..invitation() };
    let path = folder.join(format!("invitation-{}.toml", address.port()));
    let text = toml::to_string(&moved).expect("text and numbers only");
    std::fs::write(&path, text).expect("written");
    path.display().to_string()
}

fn moved() -> Invitation {
    Invitation {
        address: "127.0.0.1:2".to_owned(),
        authority: "another".to_owned(),
        code: "another".to_owned(),
        intermediary: "Another Name".to_owned(),
        ..invitation()
    }
}

#[test]
fn an_enrolled_wallet_adopts_a_new_address_and_authority_and_nothing_else() {
    let World { mut alice, .. } = world();
    assert!(!alice.wallet().begin_enrol(invitation(), now()).unwrap(), "nothing is new");
    assert!(alice.wallet().begin_enrol(moved(), now()).unwrap());
    alice.restart();
    let held = alice.wallet().invitation().clone();
    assert_eq!((held.address, held.authority), (moved().address, moved().authority));
    assert_eq!((held.code, held.intermediary), (invitation().code, invitation().intermediary));
    assert!(alice.wallet().is_enrolled());
    assert!(!alice.wallet().begin_enrol(moved(), now()).unwrap(), "it knows by now");
}

#[test]
fn a_wallet_that_is_not_enrolled_adopts_a_new_code_too_and_keeps_its_registration() {
    let mut dora = Person::create();
    let request = dora.wallet().enrol_request().unwrap().unwrap();
    let same_code = Invitation { code: invitation().code, ..moved() };
    assert!(!dora.wallet().begin_enrol(same_code, now()).unwrap());
    assert_eq!(dora.wallet().invitation().address, moved().address);
    assert!(!dora.wallet().begin_enrol(moved(), now()).unwrap());
    dora.restart();
    let held = dora.wallet().invitation();
    assert_eq!((&held.address, &held.code), (&moved().address, &moved().code));
    let again = dora.wallet().enrol_request().unwrap().unwrap();
    assert_eq!(again.registration, request.registration);
    assert_eq!(again.invitation, moved().code);
}

#[test]
fn an_invitation_of_another_intermediary_or_root_is_refused_and_changes_nothing() {
    let mut bank = Bank::new(wide());
    let mut dora = Person::create();
    let other_key = hex::encode(tender_token::signature::SecretKey::from_seed(&[9; 32]).public().0);
    let strangers = [
        Invitation { registrar: other_key.clone(), ..moved() },
        Invitation { root: other_key, ..moved() },
    ];
    for enrolled in [false, true] {
        for stranger in &strangers {
            let outcome = dora.wallet().begin_enrol(stranger.clone(), now());
            assert!(matches!(outcome, Err(Error::AnotherIntermediary)));
            assert_eq!(dora.wallet().invitation().address, invitation().address);
        }
        assert_eq!(online::enrol(dora.wallet(), &mut bank, now()).unwrap(), !enrolled);
    }
    let garbled = Invitation { root: "00".to_owned(), ..moved() };
    let outcome = dora.wallet().begin_enrol(garbled, now());
    assert!(matches!(outcome, Err(Error::Invitation)));
}

#[test]
fn a_refused_code_leaves_room_for_the_next_invitation() {
    let mut bank = Bank::new(wide());
    let mut dora = Person::create();
    dora.wallet().begin_enrol(moved(), now()).unwrap();
    let refused = online::enrol(dora.wallet(), &mut bank, now()).expect_err("no such code");
    assert_eq!(refused.rule(), Some(Rule::Auth));
    assert_eq!(
        refused.tell(dora.wallet().money().unwrap()),
        "The invitation was used already, or is none of this intermediary's (E_AUTH). No money \
         has moved. An invitation enrols one wallet once: ask the intermediary for a new one."
    );
    dora.wallet().begin_enrol(invitation(), now()).unwrap();
    assert!(online::enrol(dora.wallet(), &mut bank, now()).unwrap());
}

#[test]
fn a_wallet_follows_its_intermediary_to_another_address_and_certificate() {
    let World { bank, mut alice, .. } = world();
    alice.close();
    let folder = tempfile::TempDir::new().unwrap();
    let (first, own) = credentials("Harbour Bank");
    let (here, _stop) = serve(bank.clone(), &own);
    let here = invite(folder.path(), here, &first);
    let (code, out, _) = tell(&alice.home(), &["enrol", "--invitation", &here]);
    assert_eq!(code, 0);
    assert!(out.starts_with("Harbour Bank has moved; the wallet now asks it at 127.0.0.1:"));
    let (_, out, _) = run(&alice.home(), &["balance", "--online"]);
    assert_eq!((&json(&out)["account"], &json(&out)["account_ready"]), (&8300.into(), &0.into()));

    let (second, own) = credentials("Harbour Bank");
    let (there, _stop) = serve(bank, &own);
    let there = invite(folder.path(), there, &second);
    let (code, out, _) = run(&alice.home(), &["enrol", "--invitation", &there]);
    assert_eq!((code, &json(&out)["moved"]), (0, &serde_json::json!(true)));
    let (code, out, _) = run(&alice.home(), &["enrol", "--invitation", &there]);
    assert_eq!((code, &json(&out)["moved"]), (0, &serde_json::json!(false)));
    let (_, out, _) = run(&alice.home(), &["balance", "--online"]);
    assert_eq!(json(&out)["account"], 8300);
}
