//! CASH items: a deposit, and the funds of an exchange.

use super::payment::endorsed;
use crate::conformance::file::File;
use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use tender_token::cash::{AccountRef, CashItem, Instruction, Outcome, Purpose};
use tender_token::date::Day;
use tender_token::encode::Encode;
use tender_token::signature::SecretKey;
use tender_token::transcript::{Label, h32, x};

#[test]
fn deposit() {
    for file in File::all() {
        let entry = file.root().get("cash");
        let chain = file.chain_at(entry.get("chain_final_state").read());
        let target = chain.last().expect("as the file is written").endorsement.target;
        let payments = file.payments();
        let seeds = payments.iter().map(|payment| payment.get("payee_seed").read());
        let mut keys = seeds.map(|seed| SecretKey::from_seed(&seed));
        let key = keys.find(|key| key.public().0 == target).expect("the payee is in the story");

        let kind = entry.get("instr_kind").number::<u8>();
        let instruction = match kind {
            1 => Instruction::Credit(AccountRef(entry.get("instr").read())),
            _ => Instruction::Fund(entry.get("instr").read()),
        };
        let hash = h32(Label::Instr, &[&[kind], &entry.get("instr").bytes()]);
        entry.get("instr_hash").is(hash);
        entry.get("cash_digest").is(x(Label::Cash, &[&chain.final_state().0, &hash]));
        let item = CashItem::sign(chain, instruction, &key).expect("as the file is written");
        entry.get("item").is(item.to_bytes());
        assert_eq!(item.chain().value(), entry.get("paid").amount());

        let today = Day(file.root().get("today").number());
        let verified = item.verify(Purpose::Deposit, &file.manifest, &mut UnwrapErr(SysRng));
        assert_eq!(
            verified.expect("as the file is written").decide(today, None, &[]),
            Outcome::Pay
        );
    }
}

#[test]
fn funds_of_an_exchange() {
    for file in File::all() {
        let entry = file.root().get("exchange");
        let chain = endorsed(&file, &[entry.get("endorsement")]);
        let key = SecretKey::from_seed(&entry.get("key_seed").read());
        let plan_hash = entry.get("withdrawal").get("wplan_hash").read();
        let item = CashItem::sign(chain, Instruction::Fund(plan_hash), &key)
            .expect("as the file is written");
        let items = entry.get("withdrawal").get("cash_items").members();
        assert_eq!(items.len(), 1);
        items[0].is(item.to_bytes());
    }
}
