//! The power fails at every operation of the disk between a claim and its payment.

use super::scene::{CLAIM, DEPOSIT, Scene, day, on};
use crate::crash::disk::{Disk, Failure};
use crate::crash::load::{said, stage_on};
use crate::stage::office;
use crate::wallet::CREDIT;
use getrandom::SysRng;
use rand_core::UnwrapErr;
use std::sync::Arc;
use tender_issuer::audit::audit;
use tender_issuer::batch::{Call, Writer};
use tender_issuer::keeping::KEPT_MAX;
use tender_issuer::request::{Reply, Request};
use tender_issuer::store::{Fault, Store};

/// Asks for everything, pays everything, and says what the store says then.
fn live(disk: &Disk, calls: &[Call]) -> Result<String, Fault> {
    let store = Arc::new(Store::open(disk)?);
    let writer = Writer::new(office(), Arc::clone(&store), UnwrapErr(SysRng), KEPT_MAX)?;
    for call in calls {
        let answers = writer.answer(vec![call.clone()], on(DEPOSIT + 1))?;
        for answer in answers {
            let Ok(Reply::Claim(reply)) = answer else { panic!("another verb's reply") };
            reply.expect("it leads, or it is paid");
        }
    }
    while writer.pay_due(on(CLAIM + 1))?.claims > 0 {}
    let report = audit(&store, &office().manifest)?;
    assert!(report.is_clean(), "{:?}", report.violations);
    Ok(said(&report))
}

#[test]
fn b1_a_power_loss_at_any_operation_loses_no_claim_and_pays_none_twice() {
    let disk = Disk::new(0);
    let scene = Scene::on(stage_on(&disk));
    let manifest = scene.stage.office.manifest.clone();
    let Scene { stage, payer, payee, from, to } = &scene;
    let (drawn, _) = payer.drawn(stage, &from[0], 100);
    let chain = payer.token(stage, &from[1], 200);
    let chain = payer.pay(&chain, &from[1], &to[0], &manifest);
    let late = payer.token(stage, &from[2], 500);
    let late = payer.cash(&late, &from[2], CREDIT, &manifest);
    let lapsed = payer.token(stage, &from[3], 100);
    let lapsed = payer.cash_until(&lapsed, &from[3], CREDIT, day(5), &manifest);
    let asked = [
        scene.withdrawer(&drawn, &from[0]),
        scene.holder(payee, &chain, &to[0]),
        scene.payee(&late),
        scene.payer(payer, &lapsed, &from[3]),
    ];
    let (caller, office) = (stage.bank.id(), Arc::clone(&stage.office));
    let call = |asked| Call { caller, request: Request::claim(asked, &office) };
    let calls: Vec<_> = asked.into_iter().map(call).collect();
    drop(scene);
    let image = disk.image();
    let end = live(&Disk::with(0, &image), &calls).expect("the disk is sound");
    let mut nth = 1;
    loop {
        let disk = Disk::with(nth, &image);
        disk.arm(nth, Failure::PowerLoss);
        let first = live(&disk, &calls);
        if disk.is_armed() {
            assert_eq!(first.expect("nothing failed"), end);
            break;
        }
        disk.restart();
        assert_eq!(live(&disk, &calls).expect("the disk is sound"), end, "operation {nth}");
        nth += 3;
    }
    assert!(nth > 30, "only {nth} operations");
}
