//! A connection after its handshake: who is at the other end, and the places it takes up.

use super::frames::Frames;
use super::shares::Share;
use super::traffic::Traffic;
use crate::certificate::fingerprint;
use crate::session::Session;
use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio_rustls::server::TlsStream;
use tonic::transport::server::Connected;

/// What every request over a connection tells of it.
#[derive(Clone, Debug)]
pub struct Line {
    /// Whose it is.
    pub peer: Peer,
    /// Which device is present at the other end, where devices are asked.
    pub session: Arc<Session>,
}

/// Whose connection it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Peer {
    /// SHA-256 of the verified certificate that it showed.
    Certificate([u8; 32]),
    /// Where it calls from, if no certificate is asked for.
    Address(IpAddr),
}

impl Peer {
    /// Who is at the other end of this stream.
    pub(super) fn of(stream: &TlsStream<TcpStream>, address: IpAddr) -> Self {
        let (_, session) = stream.get_ref();
        let leaf = session.peer_certificates().and_then(<[_]>::first);
        leaf.map_or(Self::Address(address), |leaf| Self::Certificate(fingerprint(leaf)))
    }
}

/// An address as far as it tells callers apart: of IPv6, whoever has one has the whole /64.
pub(super) fn caller_address(address: SocketAddr) -> IpAddr {
    match address.ip().to_canonical() {
        v4 @ IpAddr::V4(_) => v4,
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
    }
}

/// One of the server's places for connections, taken from the first byte to the last.
#[derive(Debug)]
pub(super) struct Place {
    traffic: Arc<Traffic>,
    _permit: OwnedSemaphorePermit,
}

impl Place {
    pub(super) fn new(permit: OwnedSemaphorePermit, traffic: Arc<Traffic>) -> Self {
        traffic.opened.add_one();
        Self { traffic, _permit: permit }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.traffic.closed.add_one();
    }
}

/// A connection whose handshake is done.
#[derive(Debug)]
pub struct Connection {
    pub(super) stream: TlsStream<TcpStream>,
    pub(super) frames: Frames,
    pub(super) line: Line,
    pub(super) _place: Place,
    pub(super) _share: Share<Peer>,
}

impl Connected for Connection {
    type ConnectInfo = Line;

    fn connect_info(&self) -> Line {
        self.line.clone()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        let bytes = buffer.filled().get(before..).unwrap_or_default();
        if self.frames.allow(bytes) {
            return read;
        }
        tracing::warn!(peer = ?self.line.peer, "cut off: it sends frames that carry nothing");
        Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()))
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
