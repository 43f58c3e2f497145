//! A bad network: a proxy between two parties that delays, cuts and stalls what goes through it, by
//! real sockets and by a chance that follows from a seed.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::time::Instant;

/// How bad it is.
#[derive(Clone, Copy, Debug)]
pub struct Weather {
    /// Longest delay of what is read at once; the shortest is none.
    pub delay_ms_max: u64,
    /// Of a hundred pieces of what goes to the server, and of what comes back, so many are cut at a
    /// random byte, and the connection with them.
    pub cuts_percent: [u64; 2],
    /// Every so many pieces one direction stands still for all connections. 0 for never.
    pub stall_every: u64,
    /// Longest such standstill; the shortest is a quarter of it.
    pub stall_ms_max: u64,
}

impl Weather {
    /// Delays of up to 200 ms, one of twenty pieces lost, and standstills in one direction.
    pub const STORM: Self =
        Self { delay_ms_max: 200, cuts_percent: [5, 5], stall_every: 60, stall_ms_max: 2_000 };
}

/// What happened so far.
#[derive(Debug, Default)]
pub struct Harm {
    /// Connections that were cut.
    pub cuts: AtomicUsize,
    /// Standstills.
    pub stalls: AtomicUsize,
}

/// A way to a server through a bad network. It is good until it [`worsens`](Self::worsen).
pub struct Way {
    sky: Arc<Sky>,
    address: SocketAddr,
    _running: Runtime,
}

struct Sky {
    weather: Weather,
    is_bad: AtomicBool,
    chance: Mutex<Chance>,
    /// Until when each direction stands still.
    still_until: Mutex<[Option<Instant>; 2]>,
    harm: Harm,
}

/// A stream of numbers that follows from a seed (splitmix64), and how many pieces it has decided.
struct Chance {
    state: u64,
    pieces: u64,
}

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    fn place(&mut self, bound: usize) -> usize {
        usize::try_from(self.below(bound as u64)).expect("it is below one")
    }
}

/// What becomes of a piece.
struct Fate {
    delay: Duration,
    /// After how many of its bytes the connection is cut, if it is.
    cut: Option<usize>,
}

/// A connection ends for both ends.
struct Ended;

impl Way {
    /// The way to this server, in weather that follows from a seed.
    pub fn to(server: SocketAddr, weather: Weather, seed: u64) -> Self {
        let running = Runtime::new().expect("threads");
        let listener = running.block_on(TcpListener::bind("127.0.0.1:0")).expect("a free port");
        let address = listener.local_addr().expect("bound");
        let sky = Arc::new(Sky {
            weather,
            is_bad: AtomicBool::new(false),
            chance: Mutex::new(Chance { state: seed, pieces: 0 }),
            still_until: Mutex::default(),
            harm: Harm::default(),
        });
        running.spawn(Arc::clone(&sky).pass(listener, server));
        Self { sky, address, _running: running }
    }

    /// Where it begins.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn worsen(&self) {
        self.sky.is_bad.store(true, Ordering::SeqCst);
    }

    /// From now on nothing is lost, and nothing stands still.
    pub fn heal(&self) {
        self.sky.is_bad.store(false, Ordering::SeqCst);
        *self.sky.still_until.lock().expect("no holder panics") = [None; 2];
    }

    pub fn harm(&self) -> &Harm {
        &self.sky.harm
    }
}

impl Sky {
    async fn pass(self: Arc<Self>, listener: TcpListener, server: SocketAddr) {
        loop {
            let (near, _) = listener.accept().await.expect("there are descriptors");
            let sky = Arc::clone(&self);
            tokio::spawn(async move {
                // A server that is not there ends the connection.
                let Ok(far) = TcpStream::connect(server).await else { return };
                for stream in [&near, &far] {
                    stream.set_nodelay(true).expect("it is open");
                }
                let (near, far) = (near.into_split(), far.into_split());
                // When one direction is cut, both ends of both streams are dropped.
                let _ended =
                    tokio::try_join!(sky.carry(0, near.0, far.1), sky.carry(1, far.0, near.1));
            });
        }
    }

    async fn carry(
        &self,
        direction: usize,
        mut from: OwnedReadHalf,
        mut to: OwnedWriteHalf,
    ) -> Result<(), Ended> {
        let mut piece = vec![0; 16 * 1024];
        loop {
            let length = from.read(&mut piece).await.map_err(|_| Ended)?;
            if length == 0 {
                return to.shutdown().await.map_err(|_| Ended);
            }
            let Fate { delay, cut } = self.decide(direction, length);
            tokio::time::sleep(delay).await;
            self.wait_out(direction).await;
            to.write_all(&piece[..cut.unwrap_or(length)]).await.map_err(|_| Ended)?;
            if cut.is_some() {
                return Err(Ended);
            }
        }
    }

    fn decide(&self, direction: usize, length: usize) -> Fate {
        let Weather { delay_ms_max, cuts_percent, stall_every, stall_ms_max } = self.weather;
        if !self.is_bad.load(Ordering::SeqCst) {
            return Fate { delay: Duration::ZERO, cut: None };
        }
        let mut chance = self.chance.lock().expect("no holder panics");
        chance.pieces += 1;
        if stall_every > 0 && chance.pieces.is_multiple_of(stall_every) {
            let (still, shortest) = (chance.place(2), stall_ms_max / 4);
            let stalled_ms = shortest + chance.below(stall_ms_max - shortest);
            let until = Instant::now() + Duration::from_millis(stalled_ms);
            self.still_until.lock().expect("no holder panics")[still] = Some(until);
            self.harm.stalls.fetch_add(1, Ordering::SeqCst);
        }
        let delay = Duration::from_millis(chance.below(delay_ms_max + 1));
        let cut = chance.below(100) < cuts_percent[direction];
        let cut = cut.then(|| chance.place(length));
        self.harm.cuts.fetch_add(usize::from(cut.is_some()), Ordering::SeqCst);
        Fate { delay, cut }
    }

    /// Waits until a direction moves again.
    async fn wait_out(&self, direction: usize) {
        loop {
            let until = self.still_until.lock().expect("no holder panics")[direction];
            match until.filter(|until| *until > Instant::now()) {
                // It may heal earlier.
                Some(_) => tokio::time::sleep(Duration::from_millis(20)).await,
                None => return,
            }
        }
    }
}
