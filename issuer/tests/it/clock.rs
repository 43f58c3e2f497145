//! The clock: ledger time never runs behind the books, and never far ahead unasked.

use crate::command_line::{KEYS, founded, run as run_program, told};
use crate::crash::chance::Chance;
use crate::stage::{NOW, Stage, TODAY, clock};
use getrandom::SysRng;
use rand_core::UnwrapErr;
use serde_json::json;
use std::cell::Cell;
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tender_issuer::batch::Call;
use tender_issuer::cli;
use tender_issuer::clock::{BEHIND_S, Clocks, Doubt, LedgerClock, Told, Tolerance};
use tender_issuer::overview;
use tender_issuer::pipeline::Pipeline;
use tender_issuer::request::Request;
use tender_issuer::store::{Directory, Store};
use tender_token::date::calendar::iso;
use tender_token::date::{Day, Timestamp};
use tender_token::encode::Decode;
use tender_token::log::leaf::Leaf;
use tender_token::treasury::Order;

const DAY_S: u64 = 86_400;
const YEAR_S: u64 = 365 * DAY_S;

thread_local! {
    static WALL_MS: Cell<u64> = const { Cell::new(0) };
    static RUNNING_MS: Cell<u64> = const { Cell::new(0) };
}

/// The clocks of one test, which are numbers.
pub const CLOCKS: Clocks =
    Clocks::new(|| Timestamp(WALL_MS.get() / 1_000), || Duration::from_millis(RUNNING_MS.get()));

pub fn set(wall: Timestamp) {
    WALL_MS.set(wall.0 * 1_000);
}

fn jump(seconds: i64) {
    WALL_MS.set(WALL_MS.get().checked_add_signed(seconds * 1_000).expect("in range"));
}

fn pass(seconds: u64) {
    WALL_MS.set(WALL_MS.get() + seconds * 1_000);
    RUNNING_MS.set(RUNNING_MS.get() + seconds * 1_000);
}

fn started(books: Timestamp) -> LedgerClock {
    LedgerClock::start(CLOCKS, books, Tolerance::DEFAULT, None).expect("the gap is tolerated")
}

fn at(seconds: u64) -> Timestamp {
    Timestamp(NOW.0 + seconds)
}

/// A gap that is tolerated is followed, so that it must be told: how far the clock was from the
/// books stays to be read for as long as the server runs.
#[test]
fn a15_a_gap_that_a_start_tolerates_is_told() {
    for (wall, gap_s) in [(at(0), 0), (at(3 * DAY_S), 3 * DAY_S), (at(7 * DAY_S), 7 * DAY_S)] {
        set(wall);
        let clock = started(NOW);
        assert_eq!((clock.now(), clock.gap_s()), (wall, gap_s));
        pass(3_600);
        assert_eq!(clock.gap_s(), gap_s);
    }
    set(at(YEAR_S));
    let stated = Some(at(YEAR_S).day());
    let clock = LedgerClock::start(CLOCKS, NOW, Tolerance::DEFAULT, stated).expect("stated");
    assert_eq!(clock.gap_s(), YEAR_S);
    set(at(0));
    assert_eq!(started(at(2 * DAY_S)).gap_s(), 2 * DAY_S, "the books are ahead");
}

/// Time as it was a moment ago is said again until the clock is there; what synchronisation
/// corrects needs no alarm, and what it does not is told.
#[test]
fn a15_a_clock_that_steps_back_is_waited_for_and_never_followed_back() {
    set(NOW);
    let clock = started(NOW);
    pass(100);
    assert_eq!(clock.look(), Told { time: at(100), behind_s: 0, ahead_s: 0 });
    jump(-8);
    for waited in 0..8 {
        assert_eq!(clock.look(), Told { time: at(100), behind_s: 8 - waited, ahead_s: 0 });
        pass(1);
    }
    assert_eq!(clock.look(), Told { time: at(100), behind_s: 0, ahead_s: 0 });
    pass(1);
    assert_eq!(clock.now(), at(101));

    // Further back than a clock may jump: time goes on without it, as if it had not.
    pass(8);
    let before = clock.now();
    jump(-3_600);
    for passed in [1, 60, 3_600] {
        pass(passed);
        let Told { time, behind_s, ahead_s } = clock.look();
        assert!((3_590..=3_610).contains(&behind_s) && ahead_s == 0, "{behind_s}");
        assert!(time > before);
    }
    jump(3_600);
    assert_eq!(clock.look().behind_s, 0, "it came back");
}

#[test]
fn a15_a_clock_that_jumps_ahead_is_not_followed_until_it_comes_back() {
    for seconds in [11, 3_600, DAY_S, YEAR_S] {
        set(NOW);
        let clock = started(NOW);
        pass(1_000);
        assert_eq!(clock.now(), at(1_000));
        jump(i64::try_from(seconds).expect("in range"));
        assert_eq!(clock.look(), Told { time: at(1_000), behind_s: 0, ahead_s: seconds });
        pass(500);
        assert_eq!(clock.look(), Told { time: at(1_500), behind_s: 0, ahead_s: seconds });
        jump(-i64::try_from(seconds).expect("in range"));
        pass(1);
        assert_eq!(clock.look(), Told { time: at(1_501), behind_s: 0, ahead_s: 0 });
    }
    set(NOW);
    let clock = started(NOW);
    jump(10);
    assert_eq!(
        clock.look(),
        Told { time: at(10), behind_s: 0, ahead_s: 0 },
        "it may be so far off"
    );
}

/// A clock that is slewed by a twelfth, the fastest that chrony does, is followed all the way; one
/// that makes a jump out of many small ones is not.
#[test]
fn a15_a_slow_change_passes_and_many_small_jumps_do_not() {
    for percent in [-8, -1, 1, 8] {
        set(NOW);
        let clock = started(NOW);
        let mut latest = NOW;
        for _ in 0..3_600 {
            pass(1);
            WALL_MS.set(WALL_MS.get().checked_add_signed(percent * 10).expect("in range"));
            latest = latest.max(Timestamp(WALL_MS.get() / 1_000));
            assert_eq!(clock.look().time, latest, "{percent} % in an hour");
        }
    }
    set(NOW);
    let clock = started(NOW);
    for seconds in 1..=600 {
        pass(1);
        jump(9);
        let ahead = clock.now().0 - NOW.0;
        assert!(ahead <= seconds + seconds / 10 + 11, "{ahead} s after {seconds}");
    }
    assert!(clock.look().ahead_s > 4_000, "and it is told");
}

/// Whatever the two clocks do: time never steps back, and never gains more in a time than a slew
/// and one jump.
#[test]
fn a15_no_movement_of_the_clocks_moves_time_back_or_far_ahead() {
    for seed in 0..64 {
        let mut chance = Chance::new(seed);
        set(NOW);
        let clock = started(NOW);
        let (mut before, mut passed) = (NOW, 0);
        for _ in 0..500 {
            match chance.below(8) {
                0 => jump(i64::try_from(chance.below(20_000_000)).expect("small") - 10_000_000),
                1 => jump(i64::try_from(chance.below(40)).expect("small") - 20),
                2 => WALL_MS.set(u64::try_from(chance.below(1 << 50)).expect("it fits")),
                3 => set(Timestamp(NOW.0 + passed)),
                _ => {}
            }
            // Jumps may leave no room to go back further.
            WALL_MS.set(WALL_MS.get().max(20_000_000_000));
            let seconds = u64::try_from(chance.below(100)).expect("small");
            pass(seconds);
            passed += seconds;
            let now = clock.now();
            assert!(now >= before, "seed {seed}: back from {before:?} to {now:?}");
            let most = NOW.0 + passed + passed / 10 + 12;
            assert!(now.0 <= most, "seed {seed}: {now:?} after {passed} s");
            before = now;
        }
        assert!(before.0 + 12 + passed / 10 >= NOW.0 + passed, "seed {seed}: it goes on");
    }
}

#[test]
fn a15_a_start_far_from_the_books_needs_the_date_of_the_clock() {
    let tolerance = Tolerance::DEFAULT;
    let gap = u64::from(tolerance.gap_days) * DAY_S;
    let year = Timestamp(NOW.0 + YEAR_S);
    for (books, wall, stated, expected) in [
        (NOW, NOW, None, Ok(NOW)),
        (NOW, at(3 * DAY_S), None, Ok(at(3 * DAY_S))),
        (NOW, at(gap), None, Ok(at(gap))),
        (NOW, at(gap + 1), None, Err(Doubt::Gap { clock: at(gap + 1), books: NOW })),
        (NOW, year, None, Err(Doubt::Gap { clock: year, books: NOW })),
        (NOW, year, Some(year.day()), Ok(year)),
        (NOW, year, Some(TODAY), Err(Doubt::OtherDay { stated: TODAY, clock: year })),
        (NOW, NOW, Some(Day(1)), Err(Doubt::OtherDay { stated: Day(1), clock: NOW })),
        (at(60), NOW, None, Ok(at(60))),
        (at(gap), NOW, None, Ok(at(gap))),
        (year, NOW, None, Err(Doubt::Gap { clock: NOW, books: year })),
        (year, NOW, Some(TODAY), Ok(year)),
    ] {
        set(wall);
        let told = LedgerClock::start(CLOCKS, books, tolerance, stated).map(|clock| clock.now());
        assert_eq!(told, expected, "{books:?} {wall:?} {stated:?}");
    }
}

/// What was decided at a time is durable with that time, and a restart under a clock that stepped
/// back goes on from there, and waits for it.
#[test]
fn a15_the_newest_time_is_in_the_books_and_outlives_a_restart() {
    let mut stage = Stage::new();
    assert_eq!(stage.store.newest_time(), NOW);
    stage.now = at(3_600);
    stage.supply(Order::Issue, 1).expect("the currency is new");
    let stage = stage.restarted();
    assert_eq!(stage.store.newest_time(), at(3_600));
    set(at(10));
    let time = clock(&stage.store, CLOCKS);
    assert_eq!(time.look(), Told { time: at(3_600), behind_s: 3_590, ahead_s: 0 });
    pass(3_590 - BEHIND_S);
    assert_eq!(time.now(), at(3_600));
    pass(BEHIND_S + 1);
    assert_eq!(time.look(), Told { time: at(3_601), behind_s: 0, ahead_s: 0 });
    // An earlier time than the books' is not written over it.
    stage.store.keep_time(NOW).expect("the store answers");
    assert_eq!(stage.store.newest_time(), at(3_600));
}

/// The days of the log never step back, by whatever time something is decided.
#[test]
fn a15_no_leaf_has_a_day_before_that_of_the_leaf_before() {
    let mut stage = Stage::new();
    for days in [0, 3, 1, 0, 5, 2] {
        stage.now = at(days * DAY_S);
        stage.supply(Order::Issue, 1).expect("the currency is new");
    }
    let leaves = overview::leaves(&stage.store, 0, usize::MAX).expect("the store answers");
    let days = leaves.iter().map(|leaf| Leaf::from_bytes(leaf).expect("it is one").day.0);
    let days: Vec<_> = days.collect();
    assert!(days.is_sorted(), "{days:?}");
    assert_eq!(days[days.len() - 6..], [0, 3, 3, 3, 5, 5].map(|days| TODAY.0 + days));
    stage.assert_clean();
}

/// The clock of the next test's issuer.
static TIME: AtomicU64 = AtomicU64::new(NOW.0);

/// Ticks cost no commit, but for one in an hour, which keeps the books from growing old.
#[tokio::test]
async fn an_idle_issuer_makes_its_time_durable_once_an_hour() {
    let stage = Stage::new();
    let clocks = Clocks::new(
        || Timestamp(TIME.load(Ordering::SeqCst)),
        || Duration::from_secs(TIME.load(Ordering::SeqCst)),
    );
    let time = clock(&stage.store, clocks);
    let (pipeline, running) = Pipeline::start(stage.writer(), time).expect("threads");
    let before = stage.store.commits().expect("the store answers");
    for minute in 1..=150 {
        TIME.store(NOW.0 + minute * 60, Ordering::SeqCst);
        pipeline.tick();
        // What the writer has done with the tick is done when a later piece of work is answered.
        let nothing = Request::deposit(&[], &stage.office);
        let caller = stage.bank.id();
        let call = Call { caller, request: nothing };
        pipeline.ask(call).await.expect("the pipeline runs");
    }
    drop(pipeline);
    running.stop().expect("the threads end well");
    assert_eq!(stage.store.commits().expect("the store answers") - before, 2);
    assert_eq!(stage.store.newest_time(), at(120 * 60));
    stage.assert_clean();
}

/// The program's commands under a clock of the test's choice.
pub fn command(folder: &Path, clocks: Clocks, args: &[&str]) -> ExitCode {
    // What the program logs is not for whoever reads how the tests went.
    let quiet = tracing::subscriber::NoSubscriber::default();
    let _only_the_first = tracing::subscriber::set_global_default(quiet);
    let home = folder.join("home");
    let passphrase = folder.join("passphrase");
    let line = ["tender-issuer".into(), "--home".into(), home.into_os_string()].into_iter();
    let line = line.chain(["--passphrase-file".into(), passphrase.into_os_string()]);
    let args = line.chain(args.iter().map(OsString::from)).collect::<Vec<_>>();
    cli::run(args.into_iter(), clocks, UnwrapErr(SysRng))
}

pub fn newest(folder: &Path) -> Timestamp {
    let store = Store::open(&Directory::new(&folder.join("home"))).expect("nobody holds it");
    store.newest_time()
}

/// A year ahead: every command that decides is refused, reading goes on, and what was decided under
/// a date that an operator stated is followed by the next one without asking again.
#[test]
fn a15_a_command_under_a_clock_that_is_a_year_ahead_decides_nothing_unasked() {
    let home = founded();
    let folder = home.path();
    let before = newest(folder);
    set(Timestamp(before.0 + YEAR_S));
    let out = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let keys = KEYS.map(|word| if word.starts_with("--") { word.to_owned() } else { out(word) });
    let issue = ["treasury", "issue", "--amount", "20"].into_iter();
    let issue = issue.chain(keys.iter().map(String::as_str)).collect::<Vec<_>>();
    let (access, proposal) = (out("access.toml"), out("next"));
    let config = out("issuer.toml");
    let appoint = ["staff", "appoint", "--name", "A", "--role", "auditor", "--out", &access];
    let serve = ["serve", "--listen", "127.0.0.1:0", "--until-stdin-closes"];
    let ceremony = ["ceremony", "new", "--config", &config, "--out", &proposal];
    for args in [&issue[..], &appoint, &serve, &ceremony, &["series", "list"]] {
        assert_eq!(command(folder, CLOCKS, args), ExitCode::from(3), "{args:?}");
        let wrong = [args, &["--today", "2020-02-29"]].concat();
        assert_eq!(command(folder, CLOCKS, &wrong), ExitCode::from(2), "{args:?}");
    }
    assert!(!folder.join("access.toml").exists() && !folder.join("next").exists());
    for args in [&["supply"][..], &["audit"], &["backup", "--out", &out("copy")]] {
        assert_eq!(command(folder, CLOCKS, args), ExitCode::SUCCESS, "{args:?}");
    }
    assert_eq!(newest(folder), before, "nothing was decided");

    let day = iso(Timestamp(before.0 + YEAR_S).day());
    let stated = [&issue[..], &["--today", &day]].concat();
    assert_eq!(command(folder, CLOCKS, &stated), ExitCode::SUCCESS);
    assert_eq!(newest(folder), Timestamp(before.0 + YEAR_S));
    assert_eq!(command(folder, CLOCKS, &issue), ExitCode::SUCCESS, "it is not asked again");
}

/// Books that are ahead of the clock, because it was a year ahead once: the program says what it
/// found and how it goes on, also for the server.
#[test]
fn a15_books_far_ahead_of_the_clock_are_told_and_served_when_the_date_is_stated() {
    let home = founded();
    let folder = home.path();
    let ahead = Timestamp(newest(folder).0 + YEAR_S);
    let store = Store::open(&Directory::new(&folder.join("home"))).expect("nobody holds it");
    store.keep_time(ahead).expect("the disk is sound");
    drop(store);
    let today = iso(system_day());
    let (code, said) = run_program(folder, &["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!((code, &said["error"]["code"]), (3, &json!("CLOCK")), "{said}");
    let (_, said) = told(folder, &["series", "list"]);
    for part in ["the newest time in the books", "nothing was decided", &format!("--today {today}")]
    {
        assert!(said.contains(part), "{said}");
    }
    let serve = ["serve", "--listen", "127.0.0.1:0", "--until-stdin-closes", "--today", &today];
    let (code, said) = told(folder, &serve);
    assert!(code == 0 && said.contains("listening on"), "{said}");
    assert_eq!(newest(folder), ahead, "time waits for the clock");
}

/// The day of the system's clock.
pub fn system_day() -> Day {
    let elapsed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Timestamp(elapsed.expect("it is after 1970").as_secs()).day()
}
