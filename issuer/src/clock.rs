//! The clock: the time that decisions go by, which nobody has to trust blindly.
//!
//! Claims are paid when their last day is over, series go through their phases, requests expire,
//! and the log tells days: all of that by *ledger time*. It comes from the machine's clock, with
//! two promises that the machine's clock does not keep:
//!
//! - **It never runs behind the books.** The newest time that anything was decided at is durable,
//!   in the commit that it was decided in, so ledger time goes on from there after a restart. While
//!   the machine's clock says less, ledger time waits for it.
//! - **It never runs far ahead unasked.** While a server runs, a jump against the monotonic clock,
//!   which nobody sets, is not followed: time goes on by the monotonic clock until the machine's
//!   clock comes back, or until an operator starts the server anew. At a start there is no
//!   monotonic clock to compare with; there a gap between the books and the machine's clock is
//!   refused until an operator states the date.
//!
//! A slow change passes, as time synchronisation makes it: one part in ten.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tender_token::date::{Day, Timestamp};

/// By how many seconds the machine's clock may step back without an alarm.
pub const BEHIND_S: u64 = 5;
/// The machine's clock may gain or lose one second in so many. The fastest that chrony slews is one
/// in twelve.
const SLEW_SHARE: i128 = 10;
/// Nanoseconds in a second.
const NANOS: i128 = 1_000_000_000;
const SECONDS_PER_DAY: u64 = 86_400;
/// A gap between books and clock from which a start is told, in seconds.
pub const GAP_TOLD_S: u64 = SECONDS_PER_DAY;

/// The machine's clocks. Whoever decides by them asks a [`LedgerClock`].
#[derive(Clone, Copy, Debug)]
pub struct Clocks {
    wall: fn() -> Timestamp,
    monotonic: fn() -> Duration,
}

impl Clocks {
    /// A clock that people and networks set, and one that runs since some moment and is never set.
    #[must_use]
    pub const fn new(wall: fn() -> Timestamp, monotonic: fn() -> Duration) -> Self {
        Self { wall, monotonic }
    }

    /// What the machine's clock says, for what is decided where there are no books, or by whoever
    /// has them.
    #[must_use]
    pub fn machine_time(&self) -> Timestamp {
        (self.wall)()
    }

    /// How long the monotonic clock runs.
    #[must_use]
    pub fn running(&self) -> Duration {
        (self.monotonic)()
    }
}

/// How far the machine's clock may be off before somebody must say so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tolerance {
    /// Against the monotonic clock, while a server runs, in seconds.
    pub jump_s: u32,
    /// Against the newest time in the books, at a start, in days.
    pub gap_days: u32,
}

impl Tolerance {
    /// What passes unless the configuration says otherwise: what synchronisation corrects at once,
    /// and an outage over some holidays.
    pub const DEFAULT: Self = Self { jump_s: 10, gap_days: 7 };
}

/// Why nothing is decided by the machine's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// It is too far from the newest time in the books, and nobody stated the date.
    #[error("the clock is too far from the newest time in the books")]
    Gap {
        /// What the machine's clock says.
        clock: Timestamp,
        /// The newest time in the books.
        books: Timestamp,
    },
    /// The date that was stated is not the clock's.
    #[error("the clock has another date than the one that was stated")]
    OtherDay {
        /// The date that was stated.
        stated: Day,
        /// What the machine's clock says.
        clock: Timestamp,
    },
}

/// What a look at the clock tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// Ledger time.
    pub time: Timestamp,
    /// Seconds by which the machine's clock is behind it.
    pub behind_s: u64,
    /// Seconds by which the machine's clock is ahead of it, because a jump is not followed.
    pub ahead_s: u64,
}

/// How the machine's clock relates to ledger time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// Ledger time is what it says.
    Followed,
    /// It is behind.
    Behind,
    /// It has jumped ahead, and is not followed.
    Ahead,
}

impl Told {
    fn standing(self) -> Standing {
        if self.ahead_s > 0 {
            Standing::Ahead
        } else if self.behind_s >= BEHIND_S {
            Standing::Behind
        } else {
            Standing::Followed
        }
    }
}

/// The only clock that decisions go by.
#[derive(Debug)]
pub struct LedgerClock {
    clocks: Clocks,
    gap_s: u64,
    /// In nanoseconds.
    jump: i128,
    course: Mutex<Course>,
}

#[derive(Debug)]
struct Course {
    /// What was said last. Nothing earlier is ever said.
    latest: Timestamp,
    /// Unix time at the zero of the monotonic clock, in nanoseconds, as far as it is trusted: it
    /// moves no faster than a slew.
    origin: i128,
    /// The same by what the machine's clock said when it was followed last.
    followed: i128,
    /// Whether it was followed last time.
    is_followed: bool,
    /// What the monotonic clock said last, in nanoseconds.
    running: i128,
    standing: Standing,
}

impl LedgerClock {
    /// A clock that goes on from the newest time in the books. `stated` is today's date, if an
    /// operator states it. Errors: [`Doubt`]; nothing may be decided then.
    pub fn start(
        clocks: Clocks,
        books: Timestamp,
        tolerance: Tolerance,
        stated: Option<Day>,
    ) -> Result<Self, Doubt> {
        let clock = clocks.machine_time();
        check_stated(stated, clock)?;
        let gap_s = clock.0.abs_diff(books.0);
        let tolerated_s = u64::from(tolerance.gap_days).saturating_mul(SECONDS_PER_DAY);
        if stated.is_none() && gap_s > tolerated_s {
            return Err(Doubt::Gap { clock, books });
        }
        let running = nanos(clocks.running());
        let origin = i128::from(clock.0).saturating_mul(NANOS).saturating_sub(running);
        let course = Course {
            latest: books.max(clock),
            origin,
            followed: origin,
            is_followed: true,
            running,
            standing: Standing::Followed,
        };
        let jump = i128::from(tolerance.jump_s).saturating_mul(NANOS);
        Ok(Self { clocks, gap_s, jump, course: Mutex::new(course) })
    }

    /// The clocks that it looks at.
    #[must_use]
    pub fn clocks(&self) -> Clocks {
        self.clocks
    }

    /// By how many seconds the machine's clock was before or behind the books when this one was
    /// started. An issuer that serves makes its time durable every hour, so a gap of days means
    /// that it stood still, or that the clock is wrong; nothing here can tell which.
    #[must_use]
    pub fn gap_s(&self) -> u64 {
        self.gap_s
    }

    /// Ledger time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.look().time
    }

    /// Looks at the machine's clocks, and logs when one of them goes astray or comes back.
    pub fn look(&self) -> Told {
        // Whoever panicked while holding it has changed one number at a time, each of them sound.
        let mut course = self.course.lock().unwrap_or_else(PoisonError::into_inner);
        let (wall, running) = (self.clocks.machine_time(), nanos(self.clocks.running()));
        let told = course.advance(wall, running, self.jump);
        let before = core::mem::replace(&mut course.standing, told.standing());
        drop(course);
        if before != told.standing() {
            told.tell();
        }
        told
    }
}

impl Course {
    fn advance(&mut self, wall: Timestamp, running: i128, jump: i128) -> Told {
        let elapsed = running.saturating_sub(self.running).max(0);
        self.running = self.running.max(running);
        let slewed = elapsed.checked_div(SLEW_SHARE).unwrap_or_default();
        let by_wall = i128::from(wall.0).saturating_mul(NANOS).saturating_sub(self.running);
        let off = by_wall.saturating_sub(self.origin);
        // A clock that was left alone has to come back all the way, however long that takes.
        let slack = if self.is_followed { slewed } else { 0 };
        self.is_followed = off.abs() <= jump.saturating_add(slack);
        let time = if self.is_followed {
            // Many small jumps are one large one, so what is trusted moves as slowly as a slew.
            self.origin = self.origin.saturating_add(off.clamp(-slewed, slewed));
            self.followed = by_wall;
            wall
        } else {
            let alone = self.followed.saturating_add(self.running).checked_div(NANOS);
            Timestamp(alone.and_then(|seconds| u64::try_from(seconds).ok()).unwrap_or_default())
        };
        self.latest = self.latest.max(time);
        let time = self.latest;
        let behind_s = time.0.saturating_sub(wall.0);
        Told { time, behind_s, ahead_s: wall.0.saturating_sub(time.0) }
    }
}

impl Told {
    fn tell(self) {
        let Self { behind_s, ahead_s, .. } = self;
        match self.standing() {
            Standing::Followed => tracing::warn!("the machine's clock is followed again"),
            Standing::Behind => {
                tracing::error!(behind_s, "CLOCK: the machine's clock is behind the books");
            }
            Standing::Ahead => {
                tracing::error!(
                    ahead_s,
                    "CLOCK: the machine's clock jumped ahead, and is not followed; mend it, or \
                     start the server anew if it is right"
                );
            }
        }
    }
}

/// Holds the date that an operator states to the clock's. Errors: [`Doubt::OtherDay`].
pub fn check_stated(stated: Option<Day>, clock: Timestamp) -> Result<(), Doubt> {
    match stated {
        Some(stated) if stated != clock.day() => Err(Doubt::OtherDay { stated, clock }),
        Some(_) | None => Ok(()),
    }
}

fn nanos(duration: Duration) -> i128 {
    i128::try_from(duration.as_nanos()).unwrap_or(i128::MAX)
}
