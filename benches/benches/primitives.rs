//! The protocol's primitives, one by one, and at the end the sizes and the ratios of this run.
//!
//! `cargo bench -p tender-benches`; how to read it stands in `benches/README.md`.

use criterion::Criterion;
use std::hint::black_box;
use std::path::Path;
use tender_benches::holder::Holder;
use tender_benches::mint::Mint;
use tender_benches::payment::{Handover, double_spend};
use tender_benches::report::Report;
use tender_benches::{random, rng};
use tender_token::chain::Chain;
use tender_token::encode::Encode;
use tender_token::slot::SlotSecret;
use tender_token::tree::Node;

/// Depths of the tree whose candidates a provision opens: kappa = 16, 64, 256.
const DEPTHS: [u8; 3] = [4, 6, 8];

/// How many endorsements one equation checks.
const BATCHES: [u16; 3] = [1, 8, 64];

/// How many slots the tokens of a payment went through behind the first.
const HOPS: [usize; 3] = [0, 1, 5];

/// How many tokens a payment has.
const TOKENS: u16 = 7;

/// One run of the benches.
struct Run {
    criterion: Criterion,
    report: Report,
}

impl Run {
    /// Measures one step.
    fn measure<T>(&mut self, group: &str, name: &str, mut step: impl FnMut() -> T) {
        let announced = self.report.announce(format!("{group}/{name}"));
        announced.expect("the folder of measurements can be written");
        let mut group = self.criterion.benchmark_group(group);
        group.bench_function(name, |bencher| bencher.iter(|| black_box(step())));
        group.finish();
    }
}

fn main() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("criterion");
    let criterion = Criterion::default().output_directory(&folder).configure_from_args();
    let mut run = Run { criterion, report: Report::new(&folder) };
    let (mint, holder) = (Mint::new(4), Holder::new());
    rsa(&mut run, &mint);
    provision(&mut run, &holder);
    token(&mut run, &mint, &holder);
    endorsement(&mut run, &mint, &holder);
    let payments = HOPS.map(|hops| Handover::new(&mint, &holder, TOKENS, hops));
    payment(&mut run, &mint, &payments);
    let conflict = double_spend(&mint, &holder);
    run.measure("double spend", "extract", || conflict.culprit().expect("a double spend"));
    run.criterion.final_summary();
    println!("{}", run.report.table());
    println!("{}", sizes(&payments));
}

/// The two measures of everything else: what the issuer does per token, and what anyone does who
/// checks a signature.
fn rsa(run: &mut Run, mint: &Mint) {
    let key = mint.value_key.public();
    let message = b"any message";
    let blinding = key.blind(message, &random()).expect("a sound key");
    let sign = || mint.value_key.sign(blinding.blinded()).expect("in range");
    let sigma = key.unblind(&sign(), &blinding, message).expect("well signed");
    run.measure("rsa", "sign", sign);
    run.measure("rsa", "verify", || assert!(key.verify(message, &sigma)));
}

/// What the wallet and the issuer do to certify one slot.
fn provision(run: &mut Run, holder: &Holder) {
    for depth in DEPTHS {
        let mint = Mint::new(depth);
        let kappa = 1_u32 << depth;
        if kappa == 16 {
            candidate(run, &mint, holder);
        }
        let (session, receipt, commitment) = mint.open(holder);
        run.measure("provision", &format!("commit, kappa {kappa}"), || {
            session.candidates_hash(0, &mint.manifest).expect("sound keys")
        });
        let challenge = receipt.proof.challenge();
        let opened = session.opened(&challenge, &mint.manifest).expect("a sound session");
        run.measure("provision", &format!("check, kappa {kappa}"), || {
            commitment.verify_opened(&opened, &challenge, mint.slots()).expect("an honest holder")
        });
    }
}

/// One candidate from its leaf to the blinded message.
fn candidate(run: &mut Run, mint: &Mint, holder: &Holder) {
    let (leaf, identity) = (Node::new(random()), holder.identity.point());
    run.measure("candidate", "derive and blind", || {
        let secret = SlotSecret::from_leaf(&leaf);
        secret.blinded(identity, mint.slots(), mint.series).expect("sound keys")
    });
}

/// One token in the hands of its withdrawer; the issuer's part of it is one RSA signature.
fn token(run: &mut Run, mint: &Mint, holder: &Holder) {
    let slot = mint.provision(holder).slot;
    let session = mint.withdrawal(holder);
    let output =
        || session.output(0, mint.denomination, &slot, &mint.manifest).expect("a sound key");
    let answer = mint.value_key.sign(&output().blinded).expect("in range");
    let finish = || {
        let token = session.finish(0, mint.denomination, &slot, &answer, &mint.manifest);
        token.expect("well signed")
    };
    let chain = Chain::new(finish());
    run.measure("token", "blind", output);
    run.measure("token", "finalize", finish);
    run.measure("token", "verify", || chain.check_signatures(&mint.manifest).expect("well signed"));
}

/// The answers of slots: singly, and several in one weighted equation.
fn endorsement(run: &mut Run, mint: &Mint, holder: &Holder) {
    let most = BATCHES.into_iter().max().unwrap_or_default();
    let chains = Handover::new(mint, holder, most, 0).chains;
    let chain = chains.first().expect("at least one");
    let link = chain.last().expect("an endorsement to a key");
    let slot = &chain.token().slot().commitments;
    run.measure("endorsement", "verify", || {
        link.answer.verify(&link.digest, slot).expect("a good answer");
    });
    for size in BATCHES {
        let batch = chains.get(..usize::from(size)).expect("no batch is larger than the largest");
        run.measure("endorsement", &format!("verify, batch of {size}"), || {
            Chain::check_answers(batch, &mut rng()).expect("good answers");
        });
    }
}

/// Everything the payee does before the receipt.
fn payment(run: &mut Run, mint: &Mint, payments: &[Handover]) {
    for (hops, handover) in HOPS.iter().zip(payments) {
        run.measure("payment", &format!("verify {TOKENS} tokens, hops {hops}"), || {
            handover.accept(mint)
        });
    }
}

/// Bytes of a token with its endorsements, what each hop adds to it, and of a whole payment.
fn sizes(payments: &[Handover]) -> String {
    let token = |handover: &Handover| handover.chains.first().map_or(0, |c| c.to_bytes().len());
    let direct = payments.first().map_or(0, token);
    let row = |(hops, handover): (&usize, &Handover)| {
        let bytes = token(handover);
        let added = bytes.saturating_sub(direct).checked_div(*hops);
        let added = added.map_or_else(|| "–".to_owned(), |added| added.to_string());
        format!("| {hops} | {bytes} | {added} | {} |\n", handover.bytes.len())
    };
    let head = format!("| hops | bytes of a token | per hop | of {TOKENS} paid |\n");
    head + "| ---: | ---: | ---: | ---: |\n"
        + &HOPS.iter().zip(payments).map(row).collect::<String>()
}
