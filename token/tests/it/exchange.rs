//! Exchanges without a name `[W9]`: a token of the story becomes a fresh one, and N33.

use crate::cast::OwnSlot;
use crate::conformance::file::File;
use crate::order::endorsed_to;
use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use tender_token::amount::Amount;
use tender_token::cash::{AccountRef, CashItem, Instruction, Outcome};
use tender_token::date::Timestamp;
use tender_token::double_spend::Evidence;
use tender_token::encode::{Encode, Reader};
use tender_token::error::{Error, Result};
use tender_token::exchange::{Authority, Plan, Request, VerifiedRequest};
use tender_token::opening::ValueOpening;
use tender_token::policy::{Limits, LossRule, Policy};
use tender_token::provision::SessionId;
use tender_token::series::DenominationId;
use tender_token::signature::SecretKey;
use tender_token::transcript::{Label, h32};
use tender_token::withdraw::{Reply, Session};

/// A holder with a token of the story and a free slot.
struct Holder {
    file: File,
    own: OwnSlot,
    session: Session,
    denomination: DenominationId,
    value: Amount,
}

fn holders() -> Vec<Holder> {
    let holder = |file: File| {
        let entry = file.root().get("exchange").get("withdrawal").get("outputs").members();
        let own = file.own_slot(entry[0].get("slot_id").read());
        let (denomination, value) =
            (entry[0].get("denomination_id").read(), entry[0].get("value").amount());
        let session = Session::new(&own.wallet.master, SessionId([7; 32]));
        Holder { file, own, session, denomination, value }
    };
    File::all().into_iter().map(holder).collect()
}

impl Holder {
    fn now(&self) -> Timestamp {
        Timestamp(self.file.root().get("now").number())
    }

    fn plan(&self) -> Plan {
        let manifest = &self.file.manifest;
        let output = self.session.output(0, self.denomination, &self.own.slot, manifest);
        Plan {
            manifest: manifest.hash(),
            sid: self.session.sid(),
            expires: self.now(),
            outputs: vec![output.expect("the slot is of the denomination's series")],
        }
    }

    /// The token of the story, passed on to the key of this seed and cashed as instructed.
    fn item(&self, instruction: Instruction, seed: u8) -> Vec<u8> {
        let key = SecretKey::from_seed(&[seed; 32]);
        let entry = self.file.root().get("exchange").get("endorsement");
        let chain = endorsed_to(&self.file, &entry, &key);
        CashItem::sign(chain, instruction, &key).expect("it ends with this key").to_bytes()
    }

    fn request(&self, plan: Plan) -> Request {
        let items = vec![self.item(Instruction::Fund(plan.hash()), 1)];
        Request { plan, items }
    }

    fn policy(&self, exchange: Amount) -> Policy {
        let series = self.file.manifest.series_of(self.denomination).expect("it is known");
        let limits = Limits {
            currency: series.series.currency,
            payment: Amount::ZERO,
            holding: Amount::ZERO,
            received: Amount::ZERO,
            payments: 0,
            reconcile_days: 0,
            exchange,
            guarantee_cap: Amount::ZERO,
        };
        Policy {
            slot_quota: 0,
            loss_rule: LossRule::PayeeBears,
            limits: vec![limits],
            officers_k: 0,
            officers: Vec::new(),
            witnesses_k: 0,
            witnesses: Vec::new(),
        }
    }

    fn verify(&self, request: Request, policy: &Policy, now: Timestamp) -> Result<VerifiedRequest> {
        let accepted = [self.file.manifest.hash()];
        let manifest = &self.file.manifest;
        let authority = Authority { manifest, accepted: &accepted, policy, now };
        authority.verify(request, &mut UnwrapErr(SysRng))
    }

    fn refusal(&self, request: Request) -> Option<Error> {
        self.verify(request, &self.policy(self.value), self.now()).err()
    }

    /// What the registry says at first sight of every item.
    fn decide(&self, request: Request) -> Outcome {
        let policy = self.policy(Amount::from_minor_units(u64::MAX));
        let verified = self.verify(request, &policy, self.now()).expect("only items are wrong");
        verified.decide(|item| item.decide(self.now().day(), None, &[]))
    }
}

#[test]
fn a_token_becomes_a_fresh_one_of_the_same_value() {
    for holder in holders() {
        let (plan, manifest) = (holder.plan(), &holder.file.manifest);
        assert_eq!(plan.to_bytes()[0], 2);
        assert_eq!(plan.hash(), h32(Label::ExchangePlan, &[&plan.to_bytes()]));
        let bytes = holder.request(plan.clone()).to_bytes();
        assert_eq!(bytes.len(), plan.to_bytes().len() + 2 + 4 + 855);
        let request = Request::from_bytes(&bytes, manifest).expect("as it was written");
        assert_eq!(request.to_bytes(), bytes);
        assert_eq!(holder.decide(request.clone()), Outcome::Pay);
        assert_eq!(holder.refusal(request), None, "exactly at the limit");

        let key = &manifest.value_key(holder.denomination).expect("it is known").key;
        let signature = holder.file.rsa_key(key.modulus()).sign(&plan.outputs[0].blinded);
        let signatures = vec![signature.expect("it is in range")];
        let reply = Reply { sid: plan.sid, plan_hash: plan.hash(), signatures };
        assert_eq!(plan.read_reply(&reply.to_bytes(), manifest).as_ref(), Ok(&reply));
        let other = Plan { expires: Timestamp(0), ..plan.clone() };
        assert_eq!(other.read_reply(&reply.to_bytes(), manifest), Err(Error::Receipt));
        let answer = &reply.signatures[0];
        let slot = &holder.own.slot;
        let token = holder.session.finish(0, holder.denomination, slot, answer, manifest);
        let token = token.expect("the issuer's answer is right");
        assert_eq!(token.value(), holder.value);

        let opening = ValueOpening::new(&holder.session, 0, holder.denomination, slot.id());
        let opened = opening.verify(&plan.sid, &plan.outputs, manifest);
        assert_eq!(opened, Ok(token.id()), "who knows b opens the output");
    }
}

#[test]
fn n33_exchanges_keep_to_the_limit() {
    for holder in holders() {
        let request = holder.request(holder.plan());
        let less = holder.value.minor_units() - 1;
        for limit in [0, less] {
            let policy = holder.policy(Amount::from_minor_units(limit));
            let refused = holder.verify(request.clone(), &policy, holder.now());
            assert_eq!(refused.err(), Some(Error::Limit));
        }
        let silent = Policy { limits: Vec::new(), ..holder.policy(holder.value) };
        let refused = holder.verify(request, &silent, holder.now());
        assert_eq!(refused.err(), Some(Error::Limit));
    }
}

#[test]
fn n33_an_exchange_without_items_or_of_a_withdrawals_version_is_no_encoding() {
    for holder in holders() {
        let read = |bytes: &[u8]| Request::from_bytes(bytes, &holder.file.manifest).err();
        let plan = holder.plan();
        let empty = Request { plan: plan.clone(), items: Vec::new() }.to_bytes();
        assert_eq!(read(&empty), Some(Error::Encoding));
        let many = Request { plan: plan.clone(), items: vec![Vec::new(); 65] }.to_bytes();
        assert_eq!(read(&many), Some(Error::Encoding));
        let none = Plan { outputs: Vec::new(), ..plan.clone() };
        assert_eq!(read(&holder.request(none).to_bytes()), Some(Error::Encoding));

        let bytes = holder.request(plan).to_bytes();
        assert_eq!(read(&[&bytes[..], &[0]].concat()), Some(Error::Encoding));
        assert_eq!(read(&[&[1], &bytes[1..]].concat()), Some(Error::Encoding));
        for end in 0..bytes.len() {
            assert_eq!(read(&bytes[..end]), Some(Error::Encoding), "{end} bytes");
        }
    }
}

#[test]
fn n33_items_for_another_plan_or_purpose_are_refused() {
    for holder in holders() {
        let plan = holder.plan();
        for instruction in [Instruction::Fund([1; 32]), Instruction::Credit(AccountRef([1; 32]))] {
            let items = vec![holder.item(instruction, 1)];
            let outcome = holder.decide(Request { plan: plan.clone(), items });
            assert_eq!(outcome, Outcome::Refused(Error::Instr, Vec::new()));
        }
    }
}

#[test]
fn the_checks_come_in_the_order_of_a_withdrawal() {
    for holder in holders() {
        let [zero, now] = [Timestamp(0), holder.now()];
        let good = holder.plan();
        let lifetime = 86_400;
        let latest = now.checked_add(lifetime).expect("not the end of time");
        let later = now.checked_add(lifetime + 1).expect("not the end of time");

        let stranger = Plan { manifest: tender_token::manifest::ManifestHash([0; 32]), ..good };
        let stranger = holder.request(Plan { expires: zero, ..stranger });
        assert_eq!(holder.refusal(stranger), Some(Error::Manifest));
        for (expires, expected) in [
            (zero, Some(Error::RequestExpired)),
            (Timestamp(now.0 - 1), Some(Error::RequestExpired)),
            (latest, None),
            (later, Some(Error::RequestExpired)),
        ] {
            let plan = Plan { expires, ..holder.plan() };
            assert_eq!(holder.refusal(holder.request(plan)), expected);
        }
        // Twice the output for one item: the sums fail before the limit does.
        let twice = [holder.plan().outputs, holder.plan().outputs].concat();
        let twice = holder.request(Plan { outputs: twice, ..holder.plan() });
        assert_eq!(holder.refusal(twice), Some(Error::Amount));
        let broken = Request { plan: holder.plan(), items: vec![vec![0; 40]] };
        assert_eq!(holder.refusal(broken), Some(Error::Denomination));

        let policy = holder.policy(holder.value);
        let past = Timestamp(u64::from(u32::MAX) * 86_400);
        let plan = Plan { expires: past, ..holder.plan() };
        let refused = holder.verify(holder.request(plan), &policy, past);
        assert_eq!(refused.err(), Some(Error::Plan), "nothing is issued any more");
    }
}

#[test]
fn one_token_cannot_pay_twice_within_an_exchange() {
    for holder in holders() {
        let outputs = [holder.plan().outputs, holder.plan().outputs].concat();
        let plan = Plan { outputs, ..holder.plan() };
        let items = [1, 2].map(|seed| holder.item(Instruction::Fund(plan.hash()), seed));
        let request = Request { plan, items: items.to_vec() };
        let policy = holder.policy(Amount::from_minor_units(u64::MAX));
        let verified = holder.verify(request, &policy, holder.now()).expect("the items are for it");
        let mut table: Vec<Evidence> = Vec::new();
        let outcome = verified.decide(|item| {
            table.extend(item.evidence());
            item.decide(holder.now().day(), None, &table)
        });
        assert_eq!(outcome, Outcome::Refused(Error::DupToken, Vec::new()));
        assert!(verified.items().count() == 2 && table.len() >= 2, "the evidence stays");
    }
}

#[test]
fn a_withdrawals_request_is_no_exchange() {
    for holder in holders() {
        let entry = holder.file.root().get("exchange").get("withdrawal").get("request").bytes();
        assert_eq!(Reader::new(&entry).u8(), Ok(1));
        let read = Request::from_bytes(&entry, &holder.file.manifest);
        assert_eq!(read.err(), Some(Error::Encoding));
    }
}
