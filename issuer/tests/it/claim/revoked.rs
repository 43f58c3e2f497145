//! A denomination that officers and root have revoked (`[X2]`): its holders claim and are paid.

use super::scene::{CLAIM, DEPOSIT, Scene, leads, on, paid, slots};
use crate::frozen::forge;
use crate::operator::operate;
use crate::series::{another_office, another_office_whose_denomination_is_revoked};
use crate::served::Served;
use crate::staff::by_access;
use crate::stage::{Stage, VAULT, currency, refused};
use crate::wallet::{CREDIT, Wallet};
use serde_json::json;
use std::slice::from_ref;
use std::time::Duration;
use tempfile::TempDir;
use tender_issuer::clock::Clocks;
use tender_issuer::rows::Account;
use tender_proto::admission::Admission;
use tender_proto::operator::{Operation, Refusal};
use tender_proto::transport::Bounds;
use tender_proto::wire;
use tender_token::error::Error;

/// Three tokens were signed when the key is revoked. From then on nothing is signed or cashed under
/// it; whoever opens a token is paid, and of the two that nobody opened, beside two counterfeits,
/// the operator says by the served issuer which is true. The claims are listed from elsewhere.
#[tokio::test(flavor = "multi_thread")]
async fn a8_holders_of_a_revoked_denomination_claim_and_are_paid() {
    let mut scene = Scene::on(Stage::of(another_office()));
    let thief = Wallet::enrolled(&scene.stage);
    let dens = slots(&thief, &scene.stage);
    let loot: Vec<_> = dens[..2].iter().map(|den| forge(&scene.stage, &thief, den)).collect();
    let forged = [0, 1].map(|at| scene.holder(&thief, &loot[at], &dens[at]));
    let Scene { stage, payer, from, .. } = &scene;
    let drawn: Vec<_> = from[..3].iter().map(|place| payer.drawn(stage, place, 100)).collect();
    let wanted = payer.withdrawal(stage, &[(&from[3], 100)]);
    let cash = payer.cash(&drawn[0].1, &from[0], CREDIT, stage.manifest());

    scene.stage.office = another_office_whose_denomination_is_revoked();
    let Scene { stage, payer, from, .. } = &scene;
    let deposited = stage.deposit(&stage.bank, from_ref(&cash.item)).remove(0);
    assert_eq!(refused(deposited), Error::KeySuspect);
    let signed = refused(stage.withdraw(&stage.bank, &wanted.bytes));
    assert!(matches!(signed, Error::KeySuspect | Error::Plan), "{signed}");
    let opened = scene.withdrawer(&drawn[0].0, &from[0]);
    let unopened = [1, 2].map(|at| scene.holder(payer, &drawn[at].1, &from[at]));

    scene.stage.now = on(DEPOSIT + 1);
    for claim in [&opened].into_iter().chain(&unopened).chain(&forged) {
        assert_eq!(scene.ask(claim), leads());
    }
    scene.stage.now = on(CLAIM + 1);
    assert_eq!(scene.stage.pay_due(), (1, 4), "two of four can be true");
    assert_eq!(scene.ask(&opened), paid(100));

    let clocks = Clocks::new(|| on(CLAIM + 1), || Duration::ZERO);
    let served = Served::start_by(&scene.stage, Bounds::TIERS, clocks);
    let mut operator = served.operator_client(&served.operator);
    let all = wire::ClaimsRequest { after: Vec::new() };
    let listed = operator.claims(all).await.expect("the issuer answers").into_inner();
    assert_eq!(listed.claims.len(), 4);
    let folder = access(&served);
    let (code, said) = by_access(folder.path(), "access.toml", &["claim", "list"]);
    let waiting = said["claims"].as_array().expect("it is a list");
    assert_eq!((code, waiting.len()), (0, 4), "{said}");
    for (_, chain) in &drawn[1..] {
        let token = chain.token_id();
        let shown = json!(hex::encode(token.0));
        let row = waiting.iter().find(|row| row["token"] == shown).expect("it waits");
        assert_eq!((&row["value"], &row["opened"]), (&json!(100), &json!(false)));
        operate(&mut operator, Operation::PayClaim(token)).await.expect("the bound allows it");
        let again = operate(&mut operator, Operation::PayClaim(token)).await;
        assert_eq!(again, Err(Refusal::Already), "it is paid");
    }
    let beyond = operate(&mut operator, Operation::PayClaim(loot[0].token_id())).await;
    assert_eq!(beyond, Err(Refusal::Protocol(Error::Opening)));
    let (_, said) = by_access(folder.path(), "access.toml", &["claim", "list"]);
    assert_eq!(said["claims"].as_array().map(Vec::len), Some(2), "the counterfeits");
    drop(operator);
    served.stop().await;
    for claim in &unopened {
        assert_eq!(scene.ask(claim), paid(100));
    }
    let Scene { stage, .. } = &scene;
    assert_eq!((stage.balance(&stage.bank), stage.held(Account::Forged)), (VAULT, 0));
    stage.assert_clean();
}

/// The operator's access to a server, as `staff appoint` writes it.
fn access(served: &Served) -> TempDir {
    let admission = Admission {
        issuer_address: served.address.to_string(),
        root: hex::encode([0; 32]),
        currency: currency().to_string(),
        decimals: 2,
        authority: served.authority.certificate.clone(),
        credential: served.operator.clone(),
    };
    let folder = TempDir::new().expect("the system has room for a folder");
    let text = toml::to_string(&admission).expect("it is plain text");
    std::fs::write(folder.path().join("access.toml"), text).expect("the folder is ours");
    folder
}
