//! Many tasks that present the same tokens, and what they hear.

use super::cash;
use crate::crash::chance::Chance;
use crate::stage::{Bank, STILL, Stage, clock};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tender_issuer::batch::Call;
use tender_issuer::office::Office;
use tender_issuer::pipeline::Pipeline;
use tender_issuer::request::{Reply, Request};
use tender_issuer::rows::{Account, CashedTokens, Incidents, Untraced};
use tender_proto::deposit::Outcome;
use tender_token::error::Error;
use tender_token::identity::RegistrarId;
use tokio::runtime::Runtime;
use tokio::sync::Barrier;

/// Tasks that present tokens side by side.
const TASKS: usize = 64;
/// Intermediaries that they do it through.
pub const BANKS: usize = 3;
/// Tokens that an intermediary presents in an order of its own before it goes on to the next ones,
/// so that all three are among the same tokens at the same time.
const BLOCK: usize = 2048;
/// Items in one request at most.
const ITEMS_MAX: usize = 64;

/// What happened.
#[derive(Debug, Default)]
pub struct Tally {
    /// Items that were presented, repeated ones too.
    pub presented: usize,
    /// Tokens that each intermediary was credited for.
    pub credited: [usize; BANKS],
}

/// What one intermediary presents: requests, each a list of the tokens' numbers.
struct Round {
    requests: Vec<Vec<usize>>,
    next: AtomicUsize,
}

impl Round {
    /// All tokens once, in an order and in requests of its own; one request in eight is sent twice.
    fn new(count: usize, chance: &mut Chance) -> Self {
        let mut tokens: Vec<usize> = (0..count).collect();
        tokens.chunks_mut(BLOCK).for_each(|block| chance.shuffle(block));
        let (mut requests, mut rest) = (Vec::new(), &tokens[..]);
        while !rest.is_empty() {
            let (request, later) = rest.split_at(rest.len().min(1 + chance.below(ITEMS_MAX)));
            let times = if chance.below(8) == 0 { 2 } else { 1 };
            requests.extend(std::iter::repeat_n(request.to_vec(), times));
            rest = later;
        }
        Self { requests, next: AtomicUsize::new(0) }
    }

    /// The first token alone, so many times.
    fn of_one(times: usize) -> Self {
        Self { requests: vec![vec![0]; times], next: AtomicUsize::new(0) }
    }

    /// The next request that no task has taken.
    fn take(&self) -> Option<&[usize]> {
        self.requests.get(self.next.fetch_add(1, Ordering::Relaxed)).map(Vec::as_slice)
    }
}

/// Presents so many tokens through all intermediaries, and finds one credit for each.
pub fn run(seed: u64, count: usize) -> Tally {
    let stage = Stage::new();
    let banks = cash::banks(&stage, count);
    let mut chance = Chance::new(seed);
    let rounds = banks.each_ref().map(|_| Round::new(count, &mut chance));
    credited_once(&stage, &banks, rounds, count)
}

/// Presents one token so many times through each intermediary, and finds one credit.
pub fn run_one(times: usize) -> Tally {
    let stage = Stage::new();
    let banks = cash::banks(&stage, 1);
    let rounds = banks.each_ref().map(|_| Round::of_one(times));
    credited_once(&stage, &banks, rounds, 1)
}

/// Presents so many tokens, and finds one credit for each.
fn credited_once(
    stage: &Stage,
    banks: &[Bank; BANKS],
    rounds: [Round; BANKS],
    count: usize,
) -> Tally {
    let items = cash::items(stage, &banks[0], count);
    let before = banks.each_ref().map(|bank| stage.balance(bank).minor_units());
    let mut tally = Tally::default();
    for round in &rounds {
        tally.presented += round.requests.iter().map(Vec::len).sum::<usize>();
    }
    for outcomes in present(stage, banks, rounds, items) {
        let winners: Vec<_> = (0..BANKS).filter(|bank| outcomes[*bank].is_ok()).collect();
        assert_eq!(winners.len(), 1, "single-spend: one credit for each token: {outcomes:?}");
        for outcome in outcomes {
            let right = [Ok(cash::VALUE), Err(Error::Cashed.into())].contains(&outcome);
            assert!(right, "an honest token is credited or cashed already: {outcome:?}");
        }
        tally.credited[winners[0]] += 1;
    }
    let credits = tally.credited.map(cash::worth);
    for ((bank, before), credit) in banks.iter().zip(before).zip(credits) {
        assert_eq!(stage.balance(bank).minor_units(), before + credit);
    }
    let circulation = Account::Circulation(cash::denomination(stage));
    assert_eq!((stage.held(circulation), stage.count::<CashedTokens>()), (0, count));
    assert_eq!((stage.count::<Incidents>(), stage.count::<Untraced>()), (0, 0));
    stage.assert_clean();
    tally
}

/// Lets all tasks begin at the same moment. Returns what each intermediary heard of each token,
/// which is one answer, however often it asked.
fn present(
    stage: &Stage,
    banks: &[Bank; BANKS],
    rounds: [Round; BANKS],
    items: Vec<Vec<u8>>,
) -> Vec<[Outcome; BANKS]> {
    let (pipeline, running) =
        Pipeline::start(stage.writer(), clock(&stage.store, STILL)).expect("threads");
    let count = items.len();
    let (items, barrier) = (Arc::new(items), Arc::new(Barrier::new(TASKS)));
    let rounds = rounds.map(Arc::new);
    let heard = Runtime::new().expect("the system has threads").block_on(async {
        let task = |number: usize| {
            let bank = number % BANKS;
            let task = Task {
                caller: banks[bank].id(),
                office: Arc::clone(&stage.office),
                pipeline: pipeline.clone(),
                round: Arc::clone(&rounds[bank]),
                items: Arc::clone(&items),
            };
            let barrier = Arc::clone(&barrier);
            (
                bank,
                tokio::spawn(async move {
                    barrier.wait().await;
                    task.run().await
                }),
            )
        };
        let tasks: Vec<_> = (0..TASKS).map(task).collect();
        let mut heard = vec![[const { None }; BANKS]; count];
        for (bank, task) in tasks {
            for (token, outcome) in task.await.expect("no task panics") {
                let known: &mut Option<Outcome> = &mut heard[token][bank];
                assert_eq!(known.get_or_insert_with(|| outcome.clone()), &outcome, "one-answer");
            }
        }
        heard
    });
    running.stop().expect("the writer did not fail");
    let all = |heard: [Option<Outcome>; BANKS]| heard.map(|one| one.expect("all were presented"));
    heard.into_iter().map(all).collect()
}

/// One of many that present an intermediary's requests.
struct Task {
    caller: RegistrarId,
    office: Arc<Office>,
    pipeline: Pipeline,
    round: Arc<Round>,
    items: Arc<Vec<Vec<u8>>>,
}

impl Task {
    /// Presents requests until none is left: the token and the outcome of each item.
    async fn run(self) -> Vec<(usize, Outcome)> {
        let mut heard = Vec::new();
        while let Some(tokens) = self.round.take() {
            let items: Vec<_> = tokens.iter().map(|token| self.items[*token].clone()).collect();
            let request = Request::deposit(&items, &self.office);
            let reply = self.pipeline.ask(Call { caller: self.caller, request }).await;
            let Ok(Reply::Deposit(outcomes)) = reply else { panic!("no answer: {reply:?}") };
            assert_eq!(outcomes.len(), tokens.len());
            heard.extend(tokens.iter().copied().zip(outcomes));
        }
        heard
    }
}
