//! The protocol's primitives, one by one, with bytes per token and per hop beside them.
//!
//! `cargo bench -p tender-benches` prints times of this machine; compare them as ratios of one run.

#![allow(missing_docs)] // The criterion macros generate undocumented items.

use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use tender_benches::{Holder, Mint, random, rng};
use tender_token::chain::Chain;
use tender_token::encode::Encode;

/// What the issuer and the wallet do to certify one slot at kappa = 16, 64 and 256.
fn provision(c: &mut Criterion) {
    let mut group = c.benchmark_group("provision");
    group.sample_size(10);
    for depth in [4, 6, 8] {
        let (mint, holder) = (Mint::new(depth), Holder::new());
        let (session, receipt, commitment) = mint.open(&holder);
        let candidates = 1_u32 << depth;
        group.bench_function(format!("wallet commits, kappa {candidates}"), |b| {
            b.iter(|| black_box(session.candidates_hash(0, &mint.manifest)));
        });
        let challenge = receipt.proof.challenge();
        let opened = session.opened(&challenge, &mint.manifest).expect("a sound session");
        let key = mint.manifest.slot_key(mint.series).expect("the series is known");
        group.bench_function(format!("issuer checks, kappa {candidates}"), |b| {
            b.iter(|| black_box(commitment.verify_opened(&opened, &challenge, key)));
        });
    }
    group.finish();
}

/// RSA: one signature, one verification.
fn rsa(c: &mut Criterion) {
    let (mint, holder) = (Mint::new(4), Holder::new());
    let key = mint.value_key.public();
    let blinding = key.blind(b"a message", &random()).expect("sound keys");
    let answer = mint.value_key.sign(blinding.blinded()).expect("in range");
    c.bench_function("blind", |b| b.iter(|| black_box(key.blind(b"a message", &random()))));
    c.bench_function("sign", |b| b.iter(|| black_box(mint.value_key.sign(blinding.blinded()))));
    c.bench_function("unblind and verify", |b| {
        b.iter(|| black_box(key.unblind(&answer, &blinding, b"a message")));
    });
    let (slot, _) = mint.provision(&holder);
    let token = mint.withdraw(&holder, &slot);
    c.bench_function("verify a token's value", |b| {
        b.iter(|| black_box(token.verify_value(&mint.manifest)));
    });
}

/// Answers: singly and as one batch, and the sizes of what is handed over.
fn answers(c: &mut Criterion) {
    let (mint, holder) = (Mint::new(4), Holder::new());
    for hops in [0, 1, 5] {
        let chains: Vec<Chain> = (0..7).map(|_| mint.chain(&holder, hops)).collect();
        let bytes = chains.first().map_or(0, |chain| chain.to_bytes().len());
        println!("a chain of {hops} hops and a key takes {bytes} bytes");
        c.bench_function(&format!("answers of 7 tokens, {hops} hops"), |b| {
            b.iter(|| black_box(Chain::check_answers(&chains, &mut rng())));
        });
        c.bench_function(&format!("signatures of 7 tokens, {hops} hops"), |b| {
            b.iter(|| chains.iter().all(|chain| chain.check_signatures(&mint.manifest).is_ok()));
        });
    }
}

criterion_group!(benches, provision, rsa, answers);
criterion_main!(benches);
