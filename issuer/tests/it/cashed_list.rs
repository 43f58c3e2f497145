//! The cashed list: what was cashed of a series is published once its deposit days are over.

use crate::claim::scene::{CLAIM, DEPOSIT, Scene, day, on, paid};
use crate::crash::disk::{Disk, Failure};
use crate::crash::load::stage_on;
use crate::series::{another_office, another_office_whose_denomination_is_revoked};
use crate::served::{Served, only};
use crate::stage::{Stage, clock, office, refused};
use crate::wallet::{CREDIT, Wallet, exchange_plan};
use getrandom::SysRng;
use rand_core::UnwrapErr;
use std::slice::from_ref;
use std::sync::Arc;
use std::time::Duration;
use tender_issuer::audit::audit;
use tender_issuer::batch::Writer;
use tender_issuer::clock::Clocks;
use tender_issuer::keeping::KEPT_MAX;
use tender_issuer::listing::STEP_TOKENS;
use tender_issuer::pipeline::Pipeline;
use tender_issuer::rows::{CashedLists, Leaves, ListedKey};
use tender_issuer::store::{Fault, Store};
use tender_issuer::verbs::cashed_list;
use tender_issuer::view::View;
use tender_proto::cashed_list::{Request, TOKEN_BYTES, TOKENS_MAX, Tokens, from_wire};
use tender_proto::transport::Bounds;
use tender_proto::wire;
use tender_token::cash::Instruction;
use tender_token::cashed_list::{CashedList, Commitment, Page, Prefix};
use tender_token::date::Day;
use tender_token::encode::{Decode, Encode};
use tender_token::error::Error;
use tender_token::log::leaf::{Effect, Leaf};
use tender_token::series::SeriesId;
use tender_token::token::TokenId;
use tonic::Code;

/// What the log says of lists, and on which days.
fn told(store: &Store) -> Vec<(SeriesId, Commitment, Day)> {
    let mut told = Vec::new();
    let scan = store.scan::<Leaves>(|_, leaf| {
        let Leaf { day, effect } = Leaf::from_bytes(&leaf.0).expect("the issuer wrote it");
        if let Effect::CashedList(series, commitment) = effect {
            told.push((series, commitment, day));
        }
    });
    scan.expect("the store answers");
    told
}

/// The only series of a stage.
fn series(stage: &Stage) -> SeriesId {
    stage.manifest().slot_keys().next().expect("there is one").0
}

/// What is answered to a question about a list; `None` while it is being put together.
fn ask(stage: &Stage, request: Request) -> Option<Result<Tokens, Error>> {
    let mut view = View::default();
    cashed_list::touches(&request, &mut view);
    stage.store.load(&mut view).expect("the store answers");
    let decided = cashed_list::decide(request, &view, &stage.office, stage.now.day())?;
    let read = |list: cashed_list::Published| list.read(&stage.store).expect("the store answers");
    Some(decided.map(read).map_err(|refusal| refusal.error))
}

fn first(series: SeriesId, prefix: u16) -> Request {
    Request { series, prefix: Prefix::new(prefix).expect("below 4096"), after: None }
}

/// The whole list, page by page, as anybody reads it.
fn list(stage: &Stage) -> CashedList {
    let series = series(stage);
    let page = |prefix| {
        let request = first(series, prefix);
        let read = ask(stage, request).expect("it is published").expect("it is open");
        assert!(!read.more);
        Page::from_bytes(request.prefix, &read.ids).expect("its ids ascend")
    };
    let pages: Vec<_> = (0..Prefix::COUNT).map(page).collect();
    CashedList::from_pages(series, &pages).expect("all of them")
}

/// Deposited, funding, exchanged: all of it is on the list; what a claim was paid for is not, nor
/// what nobody cashed. The log's commitment is that to all pages, and neither a claim nor a recall
/// nor time changes a page.
#[test]
fn the_list_of_a_series_has_what_was_cashed_and_the_log_commits_to_it() {
    let mut scene = Scene::on(Stage::of(another_office()));
    let manifest = scene.stage.office.manifest.clone();
    let Scene { stage, payer, from, to, .. } = &scene;
    let series = series(stage);
    let deposited = payer.token(stage, &from[0], 100);
    let exchanged = payer.token(stage, &from[1], 100);
    let kept = payer.token(stage, &from[2], 100);
    let lapsed = payer.token(stage, &from[3], 100);
    let lapsed = payer.cash_until(&lapsed, &from[3], CREDIT, day(5), &manifest);
    let item = payer.cash(&deposited, &from[0], CREDIT, &manifest).item;
    assert!(stage.deposit(&stage.bank, from_ref(&item))[0].is_ok());
    let plan = exchange_plan(stage, &[(&to[0], 100)]);
    let fund = Instruction::Fund(plan.hash());
    let items = vec![payer.cash(&exchanged, &from[1], fund, &manifest).item];
    let request = tender_token::exchange::Request { plan, items }.to_bytes();
    stage.exchange(&stage.bank, &request).expect("the sums agree");
    let back = scene.payer(payer, &lapsed, &from[3]);
    scene.stage.now = on(6);
    assert_eq!(scene.ask(&back), paid(100));

    scene.stage.now = on(DEPOSIT);
    scene.stage.list();
    let asked = first(series, 0);
    assert_eq!(ask(&scene.stage, asked), Some(Err(Error::Window)), "the last day is not over");
    scene.stage.now = on(DEPOSIT + 1);
    assert_eq!(ask(&scene.stage, asked), None, "it is being put together");
    let unheard = first(SeriesId([5; 32]), 0);
    assert_eq!(ask(&scene.stage, unheard), Some(Err(Error::Cert)));
    scene.stage.list();
    let cashed = [deposited.token_id(), exchanged.token_id()];
    let expected = CashedList::new(series, cashed);
    assert_eq!(list(&scene.stage), expected);
    let commitment = Commitment { tokens: 2, hash: expected.commitment() };
    assert_eq!(told(&scene.stage.store), [(series, commitment, day(DEPOSIT + 1))]);
    scene.stage.assert_clean();

    scene.stage.office = another_office_whose_denomination_is_revoked();
    let chain = scene.holder(&scene.payer, &kept, &scene.from[2]);
    scene.ask(&chain).expect("nobody cashed it");
    scene.stage.now = on(CLAIM + 1);
    assert_eq!(scene.stage.pay_due(), (1, 0));
    let stage = scene.stage.restarted();
    stage.list();
    assert_eq!(list(&stage), expected, "nothing changes it");
    assert_eq!(told(&stage.store).len(), 1, "nor is it told again");
    stage.assert_clean();
}

/// Cashed tokens that nobody had to sign: the first bytes of each are its number.
fn cashed(stage: &Stage, prefix: u8, count: usize) -> Vec<TokenId> {
    let tokens = (0..u32::try_from(count).expect("few")).map(|number| {
        let mut id = [0x5a; 32];
        id[0] = prefix;
        id[1] = 0;
        id[2..6].copy_from_slice(&number.to_be_bytes());
        TokenId(id)
    });
    let (tokens, series): (Vec<_>, _) = (tokens.collect(), series(stage));
    for some in tokens.chunks(4000) {
        stage.change(
            |_| {},
            |view| {
                for token in some {
                    view.listed.mark(ListedKey { series, token: *token });
                }
            },
        );
    }
    tokens
}

/// A long list is hashed in steps, each of which is short. A writer that stops between two of them
/// begins anew, and the log has one leaf.
#[test]
fn a_list_is_put_together_in_steps_and_from_its_beginning_after_a_stop() {
    for (count, steps) in [
        (0, 1),
        (STEP_TOKENS - 1, 1),
        (STEP_TOKENS, 2),
        (STEP_TOKENS + 1, 2),
        (2 * STEP_TOKENS + 7, 3),
    ] {
        let mut stage = Stage::new();
        let tokens = cashed(&stage, 7, count);
        let other = ListedKey { series: SeriesId([0xff; 32]), token: TokenId([1; 32]) };
        stage.change(|_| {}, |view| view.listed.mark(other));
        stage.now = on(DEPOSIT + 1);
        let stopped = stage.writer();
        for _ in 1..steps {
            assert!(stopped.list(stage.now).expect("the store answers"));
            assert!(told(&stage.store).is_empty(), "it is not whole");
        }
        drop(stopped);
        let writer = stage.writer();
        let mut done = 0;
        while writer.list(stage.now).expect("the store answers") {
            done += 1;
        }
        assert_eq!(done, steps, "{count} tokens");
        let expected = CashedList::new(series(&stage), tokens).commitment();
        let [(_, commitment, _)] = told(&stage.store)[..] else { panic!("one list") };
        assert_eq!(commitment.hash, expected, "{count} tokens");
        assert_eq!(commitment.tokens, u64::try_from(count).expect("few"));
    }
}

/// A page is cut where it would be too long, and goes on behind any token.
#[test]
fn a_long_page_comes_in_parts_that_leave_nothing_out() {
    let mut stage = Stage::new();
    let mut tokens = cashed(&stage, 7, TOKENS_MAX + 700);
    cashed(&stage, 6, 1);
    cashed(&stage, 8, 1);
    stage.now = on(DEPOSIT + 1);
    stage.list();
    let request = first(series(&stage), 0x070);
    let whole = ask(&stage, request).expect("it is published").expect("it is open");
    assert!(whole.more);
    assert_eq!(whole.ids.len(), TOKENS_MAX * TOKEN_BYTES);
    let rest = Request { after: Some(tokens[TOKENS_MAX - 1]), ..request };
    let rest = ask(&stage, rest).expect("it is published").expect("it is open");
    assert!(!rest.more);
    assert_eq!(
        [whole.ids, rest.ids].concat(),
        tokens.iter().flat_map(|id| id.0).collect::<Vec<_>>()
    );
    let end = Request { after: tokens.pop(), ..request };
    let end = ask(&stage, end).expect("it is published");
    assert_eq!(end, Ok(Tokens::default()), "nothing is behind the last one");
    let astray = Request { after: Some(TokenId([0xff; 32])), ..request };
    let astray = ask(&stage, astray).expect("it is published").expect("it is open");
    assert_eq!(astray.ids[..32], tokens[0].0, "another page's token");
}

/// Publishes what is due, after a failure too, and says what the books say then.
fn live(disk: &Disk) -> Result<Vec<(SeriesId, Commitment, Day)>, Fault> {
    let store = Arc::new(Store::open(disk)?);
    let writer = Writer::new(office(), Arc::clone(&store), UnwrapErr(SysRng), KEPT_MAX)?;
    while writer.list(on(DEPOSIT + 1))? {}
    let report = audit(&store, &office().manifest)?;
    assert!(report.is_clean(), "{:?}", report.violations);
    Ok(told(&store))
}

#[test]
fn b1_a_power_loss_at_any_operation_publishes_a_list_once() {
    let disk = Disk::new(0);
    let scene = Scene::on(stage_on(&disk));
    let Scene { stage, payer, from, .. } = &scene;
    let chain = payer.token(stage, &from[0], 100);
    let item = payer.cash(&chain, &from[0], CREDIT, stage.manifest()).item;
    assert!(stage.deposit(&stage.bank, from_ref(&item))[0].is_ok());
    drop(scene);
    let image = disk.image();
    let end = live(&Disk::with(0, &image)).expect("the disk is sound");
    assert_eq!(end.len(), 1);
    let mut nth = 1;
    loop {
        let disk = Disk::with(nth, &image);
        disk.arm(nth, Failure::PowerLoss);
        let first = live(&disk);
        if disk.is_armed() {
            assert_eq!(first.expect("nothing failed"), end);
            break;
        }
        disk.restart();
        assert_eq!(live(&disk).expect("the disk is sound"), end, "operation {nth}");
        nth += 1;
    }
    assert!(nth > 5, "only {nth} operations");
}

/// An issuer that nobody asks for anything publishes at a tick.
#[tokio::test]
async fn a_running_issuer_publishes_a_list_when_the_last_deposit_day_is_over() {
    const AFTER: Clocks = Clocks::new(|| on(DEPOSIT + 1), || Duration::ZERO);
    let stage = Stage::new();
    let (pipeline, running) =
        Pipeline::start(stage.writer(), clock(&stage.store, AFTER)).expect("threads");
    pipeline.tick();
    let published = async {
        while stage.count::<CashedLists>() == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), published).await.expect("it is published");
    drop(pipeline);
    running.stop().expect("the disk is sound");
    stage.assert_clean();
}

/// Over the wire: everybody who is known may read, in the window, and is charged for what it reads.
#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_served_to_everybody_who_is_known_and_charged() {
    let mut stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    let opened = wallet.opened(&stage, 1);
    let place = wallet.slots(&stage, &opened).remove(0);
    let chain = wallet.token(&stage, &place, 100);
    let item = wallet.cash(&chain, &place, CREDIT, stage.manifest()).item;
    assert!(stage.deposit(&stage.bank, from_ref(&item))[0].is_ok());
    let token = chain.token_id();
    let request = Request { series: series(&stage), prefix: Prefix::of(token), after: None };
    let early = Served::start(&stage);
    let mut client = early.client(Some(&early.bank));
    let reply = client.cashed_list(wire::CashedListRequest::from(request)).await;
    let reply = from_wire(reply.expect("the issuer answers").into_inner());
    assert_eq!(refused(reply.expect("it is one")), Error::Window);
    drop(client);
    early.stop().await;

    stage.now = on(DEPOSIT + 1);
    // Of eight million cashed tokens a page has some two thousand: 64 KiB.
    let many = Commitment { tokens: 1 << 23, hash: [7; 64] };
    stage.change(
        |view| view.cashed_lists.want(request.series),
        |view| {
            view.cashed_lists.append(request.series, many);
        },
    );
    let served = Served::start_with(&stage, Bounds::TIERS, only(66));
    for own in [&served.bank, &served.operator, &served.auditor, &served.supervisor] {
        let mut client = served.client(Some(own));
        let reply = client.cashed_list(wire::CashedListRequest::from(request)).await;
        let reply = from_wire(reply.expect("the issuer answers").into_inner());
        let read = reply.expect("it is one").expect("it is published");
        assert_eq!(read.ids, token.0);
        let again = client.cashed_list(wire::CashedListRequest::from(request)).await;
        assert_eq!(again.unwrap_err().code(), Code::ResourceExhausted, "it is charged");
    }
    for malformed in [
        wire::CashedListRequest { prefix: 4096, ..request.into() },
        wire::CashedListRequest { series: vec![1; 31], ..request.into() },
        wire::CashedListRequest { after: vec![1; 33], ..request.into() },
    ] {
        let other = served.client(Some(&served.other_bank)).cashed_list(malformed).await;
        assert_eq!(other.unwrap_err().code(), Code::InvalidArgument);
    }
    served.stop().await;
}
