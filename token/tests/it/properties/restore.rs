//! Restoring: whatever a wallet provisioned and withdrew, in whatever turn, it finds all of it
//! again from its master secret, and nothing of anybody else's.

use super::{config, flip};
use crate::mint::{MINT, NOW, SLOTS, WALLETS};
use proptest::prelude::*;
use proptest::sample::Index;
use std::sync::LazyLock;
use tender_token::amount::Amount;
use tender_token::cash::AccountRef;
use tender_token::encode::Encode;
use tender_token::error::Error;
use tender_token::provision::{Plan, Receipt, Session, SessionId, SignedOpen, Want};
use tender_token::restore::{
    OwnSlot, OwnSlots, PushedOutput, Resolution, RestoredProvision, StoredProvision,
    StoredWithdrawal,
};
use tender_token::series::DenominationId;
use tender_token::slot::{Slot, SlotId};
use tender_token::token::token_id;
use tender_token::withdraw::{self, Reply, SignedRequest};

/// How many slots the provision sessions have; the fourth was abandoned.
const COUNTS: [u16; 5] = [2, 1, 3, 1, 2];
const ABANDONED: usize = 3;

/// The sessions of the first wallet, with the slots that it got from them at the time.
static SESSIONS: LazyLock<Vec<(StoredProvision, Vec<Slot>)>> = LazyLock::new(|| {
    let provision = |(number, count): (usize, u16)| {
        let sid = SessionId([u8::try_from(number).expect("five sessions") + 40; 32]);
        let (session, stored) = session(sid, count);
        if number == ABANDONED {
            return (StoredProvision { resolution: Resolution::Abandoned, ..stored }, Vec::new());
        }
        let challenge = stored.receipt.proof.challenge();
        let opened = session.opened(&challenge, &MINT.manifest).expect("sound").into_iter();
        let sign = |kept: Vec<u8>| MINT.slot_keys[0].sign(&kept).expect("in range");
        let answers: Vec<_> = opened.map(|opened| sign(opened.kept)).collect();
        let slot = |(t, answer): (u16, &Vec<u8>)| {
            session.finish(t, &stored.receipt, answer, &MINT.manifest).expect("well signed")
        };
        let slots = (0..).zip(&answers).map(slot).collect();
        (StoredProvision { resolution: Resolution::Signed(answers), ..stored }, slots)
    };
    COUNTS.into_iter().enumerate().map(provision).collect()
});

/// What restoring makes of each session.
static RESTORED: LazyLock<Vec<Vec<OwnSlot>>> = LazyLock::new(|| {
    let restore = |(stored, slots): &(StoredProvision, Vec<Slot>)| match restore(stored, 0) {
        Ok(RestoredProvision::Abandoned) => Vec::new(),
        Ok(RestoredProvision::Slots(own)) => {
            let certified = own.iter().map(|slot| slot.certified.as_ref());
            assert!(certified.eq(slots.iter().map(Some)));
            own
        }
        other => panic!("{other:?}"),
    };
    SESSIONS.iter().map(restore).collect()
});

/// A session of the first wallet that is unresolved.
fn session(sid: SessionId, count: u16) -> (Session, StoredProvision) {
    let wallet = &WALLETS[0];
    let (manifest, identity) = (MINT.manifest.hash(), *wallet.identity.point());
    let plan = Plan { manifest, identity, series: MINT.series[0], count };
    let session = Session::new(&wallet.master, sid, plan);
    let slot = |t| session.candidates_hash(t, &MINT.manifest).expect("sound");
    let h = session.commitment(&(0..count).map(slot).collect::<Vec<_>>());
    let request = session.open(h, &wallet.device);
    let receipt = Receipt::issue(&request, &MINT.vrf, &MINT.issuer).expect("sound");
    (session, StoredProvision { request, receipt, resolution: Resolution::Unresolved })
}

fn restore(stored: &StoredProvision, wallet: usize) -> Result<RestoredProvision, Error> {
    stored.restore(&WALLETS[wallet].master, &WALLETS[0].device, &MINT.manifest)
}

/// What happens in the life of a wallet.
#[derive(Clone, Debug)]
enum Step {
    /// The next provision session.
    Provision,
    /// A free slot is offered.
    Offer(Index),
    /// All offers expire.
    Expire,
    /// A withdrawal of these denominations, onto a payee's slot where so said, with its reply.
    Withdraw(Vec<(usize, bool)>, bool),
    /// A request for so many slots that never arrives.
    Lose(usize),
    /// The issuer says that it does not know those requests (`[W8]`).
    Release,
}

fn step() -> impl Strategy<Value = Step> {
    let output = (0_usize..2, proptest::bool::weighted(0.2));
    let outputs = proptest::collection::vec(output, 1..=3);
    prop_oneof![
        3 => Just(Step::Provision),
        2 => any::<Index>().prop_map(Step::Offer),
        1 => Just(Step::Expire),
        4 => (outputs, proptest::bool::weighted(0.1)).prop_map(|(o, r)| Step::Withdraw(o, r)),
        1 => (1_usize..=2).prop_map(Step::Lose),
        1 => Just(Step::Release),
    ]
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Free,
    Offered,
    Lost,
    Holding,
}

/// What a wallet knows of an output: what was signed onto which slot, and whether it was a payee's.
type Known = (DenominationId, SlotId, bool);

/// A wallet that remembers everything, and the issuer's record of it.
#[derive(Default)]
struct Life {
    order: Vec<usize>,
    slots: Vec<(Slot, State)>,
    pushed: Vec<PushedOutput>,
    withdrawals: Vec<(StoredWithdrawal, Vec<Known>)>,
}

impl Life {
    fn step(&mut self, step: &Step, sessions: &[usize]) {
        match step {
            Step::Provision => {
                let Some(number) = sessions.get(self.order.len()) else { return };
                self.order.push(*number);
                let slots = SESSIONS[*number].1.iter();
                self.slots.extend(slots.map(|slot| (slot.clone(), State::Free)));
            }
            Step::Offer(which) => {
                let free = self.free();
                if !free.is_empty() {
                    self.slots[free[which.index(free.len())]].1 = State::Offered;
                }
            }
            Step::Expire => self.all(State::Offered, State::Free),
            Step::Withdraw(outputs, replied) => self.withdraw(outputs, *replied),
            Step::Lose(count) => {
                for number in self.free().into_iter().take(*count) {
                    self.slots[number].1 = State::Lost;
                }
            }
            Step::Release => self.all(State::Lost, State::Free),
        }
    }

    fn free(&self) -> Vec<usize> {
        let numbers = 0..self.slots.len();
        numbers.filter(|number| self.slots[*number].1 == State::Free).collect()
    }

    fn all(&mut self, from: State, to: State) {
        for (_, state) in self.slots.iter_mut().filter(|(_, state)| *state == from) {
            *state = to;
        }
    }

    /// Withdraws onto free slots in their order, if there are enough.
    fn withdraw(&mut self, wanted: &[(usize, bool)], replied: bool) {
        let mut free = self.free().into_iter();
        if wanted.iter().filter(|(_, pushed)| !pushed).count() > free.len() {
            return;
        }
        let sid = SessionId([u8::try_from(self.withdrawals.len()).expect("few") + 80; 32]);
        let session = withdraw::Session::new(&WALLETS[0].master, sid);
        let (mut outputs, mut known, mut signatures) = (Vec::new(), Vec::new(), Vec::new());
        for (t, (number, pushed)) in (0_u16..).zip(wanted) {
            let slot = if *pushed {
                let slot = &SLOTS[1 + self.pushed.len() % 20].slot;
                self.pushed.push(PushedOutput { sid, output: t, slot: slot.id() });
                slot
            } else {
                let (slot, state) = &mut self.slots[free.next().expect("counted")];
                *state = State::Holding;
                slot
            };
            let denomination = MINT.denominations[*number];
            let output = session.output(t, denomination, slot, &MINT.manifest).expect("sound");
            if replied {
                let key = &MINT.value_keys[*number];
                signatures.push(key.sign(&output.blinded).expect("in range"));
            }
            known.push((denomination, slot.id(), *pushed));
            outputs.push(output);
        }
        let plan = withdraw::Plan {
            manifest: MINT.manifest.hash(),
            identity: *WALLETS[0].identity.point(),
            sid,
            expires: NOW,
            debit: Amount::ZERO,
            debit_account: AccountRef([1; 32]),
            credit: Amount::ZERO,
            credit_account: AccountRef([2; 32]),
            outputs,
        };
        let reply = Reply { sid, plan_hash: plan.hash(), signatures };
        let request = SignedRequest::sign(plan, Vec::new(), &WALLETS[0].device);
        let stored = StoredWithdrawal { request, reply: replied.then_some(reply) };
        self.withdrawals.push((stored, known));
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_sequence_of_sessions_is_recovered_exactly(
        sessions in Just((0..COUNTS.len()).collect::<Vec<_>>()).prop_shuffle(),
        steps in proptest::collection::vec(step(), 0..16),
    ) {
        let mut life = Life::default();
        for step in &steps {
            life.step(step, &sessions);
        }

        let mut own = OwnSlots::new(life.order.iter().map(|number| RESTORED[*number].clone()));
        let ids = own.all().iter().map(OwnSlot::id);
        prop_assert!(ids.eq(life.slots.iter().map(|(slot, _)| slot.id())));
        let (master, device) = (&WALLETS[0].master, WALLETS[0].device.public());
        for (stored, known) in &life.withdrawals {
            let restored =
                stored.restore(master, &device, &mut own, &life.pushed, &MINT.manifest);
            let restored = restored.expect("its own");
            prop_assert_eq!(restored.len(), known.len());
            for (restored, (denomination, slot, pushed)) in restored.iter().zip(known) {
                let restored = restored.as_ref().expect("it is found");
                prop_assert_eq!(restored.denomination, *denomination);
                prop_assert_eq!(restored.opening.slot, *slot);
                let plan = &stored.request.plan;
                let token = token_id(*denomination, *slot);
                let opened = restored.opening.verify(&plan.sid, &plan.outputs, &MINT.manifest);
                prop_assert_eq!(opened, Ok(token));
                prop_assert_eq!(restored.own.is_none(), *pushed);
                let here = restored.token.as_ref().map(tender_token::token::Token::id);
                let expected = stored.reply.is_some() && !pushed;
                prop_assert_eq!(here, expected.then_some(token));
            }
        }
        let untaken: Vec<_> = own.untaken().map(OwnSlot::id).collect();
        let others = life.slots.iter().filter(|(_, state)| *state != State::Holding);
        prop_assert_eq!(untaken, others.map(|(slot, _)| slot.id()).collect::<Vec<_>>());
    }

    #[test]
    fn an_unresolved_session_is_abandoned_and_nobody_elses_is_touched(
        sid in any::<[u8; 32]>(),
        bit in any::<Index>(),
        other in 1_usize..4,
    ) {
        let (session, stored) = session(SessionId(sid), 1);
        let sign = session.reveal(&stored.receipt, Want::Sign, &WALLETS[0].device, &MINT.manifest);
        match restore(&stored, 0) {
            Ok(RestoredProvision::Abandon(reveal)) => {
                prop_assert_eq!(reveal.want, Want::Abandon);
                prop_assert_eq!(reveal.opened, sign.expect("sound").opened);
            }
            outcome => prop_assert!(false, "{:?}", outcome),
        }
        prop_assert_eq!(restore(&stored, other), Err(Error::Restore));
        let h = flip(&stored.request.h, bit).try_into().expect("32 bytes");
        let request =
            SignedOpen::sign(stored.request.plan.clone(), SessionId(sid), h, &WALLETS[0].device);
        prop_assert!(request.to_bytes() != stored.request.to_bytes());
        let made_up = StoredProvision { request, ..stored };
        prop_assert_eq!(restore(&made_up, 0), Err(Error::Restore));
    }
}
