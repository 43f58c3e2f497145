//! The door: accepts connections, bounds them, and hands on those whose handshake is done.
//!
//! Whatever exceeds a bound is closed at once. The door never waits for a caller, so nobody who is
//! slow keeps others out, and when the system has no descriptors left it waits a little longer each
//! time instead of spinning.

use super::bound::exporter;
use super::connection::{Connection, Line, Peer, Place, caller_address};
use super::frames::Frames;
use super::pauses::{Pauses, is_of_one_connection};
use super::shares::{Share, Shares};
use super::tls::{Unusable, acceptor};
use super::traffic::Traffic;
use crate::certificate::Credential;
use crate::session::Session;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{Sender, channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::TlsAcceptor;
use tokio_stream::wrappers::ReceiverStream;

/// Connections that wait for the server to look at them.
const WAITING_MAX: usize = 16;

/// How much of the server its callers may take up together, and each of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Connections altogether, handshakes included. Well below the process's limit of descriptors.
    pub connections: usize,
    /// Connections of one peer: of one certificate, or of one address where none is asked for.
    pub connections_per_peer: usize,
    /// Handshakes under way altogether.
    pub handshakes: usize,
    /// Handshakes under way from one address.
    pub handshakes_per_address: usize,
    /// How long a handshake may take.
    pub handshake_timeout: Duration,
}

impl Bounds {
    /// Between the tiers: few callers, each with a few connections.
    pub const TIERS: Self = Self {
        connections: 512,
        connections_per_peer: 8,
        handshakes: 256,
        handshakes_per_address: 32,
        handshake_timeout: Duration::from_secs(3),
    };
    /// For wallets: many callers, of which many may share one address.
    pub const WALLETS: Self = Self {
        connections: 2048,
        connections_per_peer: 256,
        handshakes: 256,
        handshakes_per_address: 64,
        handshake_timeout: Duration::from_secs(3),
    };
}

/// Connections whose handshake is done, for tonic to serve.
pub type Incoming = ReceiverStream<io::Result<Connection>>;

/// Whether [`incoming`] could open a door with these. Errors: [`Unusable`].
pub fn usable(own: &Credential, client_authority: &str) -> Result<(), Unusable> {
    acceptor(own, Some(client_authority)).map(|_| ())
}

/// Opens the door of a listener until the result is dropped. `own` is shown to callers; with
/// `client_authority` (PEM) they must show a certificate of it. Call within an async runtime.
/// Errors: [`Unusable`].
pub fn incoming(
    listener: TcpListener,
    own: &Credential,
    client_authority: Option<&str>,
    bounds: Bounds,
    traffic: Arc<Traffic>,
) -> Result<Incoming, Unusable> {
    let (hand, incoming) = channel(WAITING_MAX);
    let door = Arc::new(Door {
        acceptor: acceptor(own, client_authority)?,
        places: Arc::new(Semaphore::new(bounds.connections)),
        handshakes: Arc::new(Semaphore::new(bounds.handshakes)),
        addresses: Shares::new(bounds.handshakes_per_address),
        peers: Shares::new(bounds.connections_per_peer),
        handshake_timeout: bounds.handshake_timeout,
        traffic,
        hand,
    });
    tokio::spawn(door.stand_at(listener));
    Ok(ReceiverStream::new(incoming))
}

struct Door {
    acceptor: TlsAcceptor,
    places: Arc<Semaphore>,
    handshakes: Arc<Semaphore>,
    addresses: Arc<Shares<IpAddr>>,
    peers: Arc<Shares<Peer>>,
    handshake_timeout: Duration,
    traffic: Arc<Traffic>,
    hand: Sender<io::Result<Connection>>,
}

/// What a connection holds until its handshake is done.
struct Threshold {
    place: Place,
    address: IpAddr,
    _handshake: OwnedSemaphorePermit,
    _share: Share<IpAddr>,
}

impl Door {
    async fn stand_at(self: Arc<Self>, listener: TcpListener) {
        let mut pauses = Pauses::default();
        loop {
            let accepted = tokio::select! {
                () = self.hand.closed() => return,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, address)) => {
                    pauses.over();
                    self.admit(stream, address);
                }
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    self.traffic.accepts_failed.add_one();
                    tracing::error!(%error, "no connection can be accepted; trying again soon");
                    pauses.wait().await;
                }
            }
        }
    }

    /// Begins a handshake in a task of its own, if there is room for it.
    fn admit(self: &Arc<Self>, stream: TcpStream, address: SocketAddr) {
        let Some(threshold) = self.step_onto(caller_address(address)) else {
            self.traffic.turned_away.add_one();
            return;
        };
        let door = Arc::clone(self);
        tokio::spawn(async move {
            if let Some(connection) = door.greet(stream, threshold).await {
                // If nobody takes it, the server has stopped.
                let _stopped = door.hand.send(Ok(connection)).await;
            }
        });
    }

    fn step_onto(&self, address: IpAddr) -> Option<Threshold> {
        let share = self.addresses.take(address)?;
        let handshake = Arc::clone(&self.handshakes).try_acquire_owned().ok()?;
        let permit = Arc::clone(&self.places).try_acquire_owned().ok()?;
        let place = Place::new(permit, Arc::clone(&self.traffic));
        Some(Threshold { place, address, _handshake: handshake, _share: share })
    }

    async fn greet(&self, stream: TcpStream, threshold: Threshold) -> Option<Connection> {
        // Replies are small and somebody waits for each.
        let _best_effort = stream.set_nodelay(true);
        let handshake = tokio::time::timeout(self.handshake_timeout, self.acceptor.accept(stream));
        let greeted = handshake.await.map_err(io::Error::from).flatten();
        let bound = greeted.and_then(|stream| Ok((exporter(stream.get_ref().1)?, stream)));
        let Ok((binding, stream)) = bound else {
            self.traffic.handshakes_failed.add_one();
            return None;
        };
        let peer = Peer::of(&stream, threshold.address);
        let Some(share) = self.peers.take(peer) else {
            self.traffic.turned_away.add_one();
            return None;
        };
        let line = Line { peer, session: Arc::new(Session::new(binding)) };
        let frames = Frames::new();
        Some(Connection { stream, frames, line, _place: threshold.place, _share: share })
    }
}
