//! HTTP/2 against itself: streams, resets and frames that cost the sender nothing, and what a
//! server makes of them. Every tier's tests attack their own server with these.

use rustls_pki_types::ServerName;
use std::net::SocketAddr;
use tender_proto::certificate::Credential;
use tender_proto::transport::{SERVER_NAME, tls};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpSocket;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const ACK: u8 = 1;

/// Abuse that has not ended the connection by then is not noticed at all.
const EVENTS_MAX: u32 = 256;
const STEP: u32 = 32;

/// POST https / with nothing else, from the static table (RFC 7541, appendix A).
const BLOCK: [u8; 3] = [0x83, 0x87, 0x84];

/// What an attacker sends as its n-th event.
pub type Abuse = fn(u32) -> Vec<u8>;

/// Every kind of abuse, with its name.
pub const ABUSES: [(&str, Abuse); 8] = [
    ("rapid reset", rapid_reset),
    ("made you reset", made_you_reset),
    ("continuation", continuation),
    ("trickle", trickle),
    ("empty body", empty_body),
    ("pings", pings),
    ("settings", settings),
    ("unknown", unknown),
];

fn rapid_reset(n: u32) -> Vec<u8> {
    let stream = 2 * n + 1;
    let mut bytes = frame(HEADERS, END_HEADERS, stream, &BLOCK);
    bytes.extend(frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes()));
    bytes
}

/// Makes the server reset each stream, by a window that overflows.
fn made_you_reset(n: u32) -> Vec<u8> {
    let stream = 2 * n + 1;
    let mut bytes = frame(HEADERS, END_HEADERS, stream, &BLOCK);
    bytes.extend(frame(WINDOW_UPDATE, 0, stream, &0x7fff_ffff_u32.to_be_bytes()));
    bytes
}

/// Headers without an end.
fn continuation(n: u32) -> Vec<u8> {
    let kind = if n == 0 { HEADERS } else { CONTINUATION };
    // A header of which nothing is remembered: literal, never indexed, `a: b`.
    frame(kind, 0, 1, &[0x10, 1, b'a', 1, b'b'].repeat(200))
}

/// Headers without an end, each in a frame of its own.
fn trickle(n: u32) -> Vec<u8> {
    match n {
        0 => frame(HEADERS, 0, 1, &BLOCK),
        _ => frame(CONTINUATION, 0, 1, &[0x10, 1, b'a', 1, b'b']),
    }
}

/// A body that never has a byte, and never an end.
fn empty_body(n: u32) -> Vec<u8> {
    match n {
        0 => frame(HEADERS, END_HEADERS, 1, &BLOCK),
        _ => frame(DATA, 0, 1, &[]),
    }
}

/// Questions whether anybody is there; each is answered.
fn pings(_: u32) -> Vec<u8> {
    frame(PING, 0, 0, &[1; 8])
}

/// Settings that set nothing; each is acknowledged.
fn settings(_: u32) -> Vec<u8> {
    frame(SETTINGS, 0, 0, &[])
}

/// A kind of frame that nobody knows, which is to be passed over (RFC 9113, section 5.5).
fn unknown(_: u32) -> Vec<u8> {
    frame(0xf0, 0, 0, &[0; 8])
}

/// A question and a ping, as from whoever means no harm.
fn question(n: u32) -> Vec<u8> {
    let mut bytes = frame(HEADERS, END_HEADERS | END_STREAM, 2 * n + 1, &BLOCK);
    bytes.extend(pings(n));
    bytes
}

/// What the server made of an attacker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It still answers.
    Served,
    /// It said why it ends the connection (RFC 9113, section 7).
    Dismissed(u32),
    /// It ended the connection, and what it said got lost with it.
    Dropped,
}

/// "The peer may be generating excessive load."
const ENHANCE_YOUR_CALM: u32 = 11;

impl Verdict {
    /// Whether the connection ended for the abuse, not for a mere mistake.
    pub fn is_cut_off(self) -> bool {
        matches!(self, Self::Dropped | Self::Dismissed(ENHANCE_YOUR_CALM))
    }
}

/// Opens a connection from this address to a server of this authority, which is shown `own` if it
/// asks.
pub async fn connect(
    (from, server): (&str, SocketAddr),
    authority: &str,
    own: Option<&Credential>,
) -> impl AsyncRead + AsyncWrite + Unpin + Send + use<> {
    let socket = TcpSocket::new_v4().expect("a descriptor");
    socket.bind(SocketAddr::new(from.parse().expect("an address"), 0)).expect("of loopback");
    let stream = socket.connect(server).await.expect("the server listens");
    let connector = tls::connector(authority, own).expect("usable certificates");
    let name = ServerName::try_from(SERVER_NAME).expect("a name");
    connector.connect(name, stream).await.expect("the server lets us in")
}

/// What the server makes of at most [`EVENTS_MAX`] events of this abuse.
pub async fn attack(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), abuse: Abuse) -> Verdict {
    send(stream, abuse, 0).await
}

/// What the server makes of [`EVENTS_MAX`] questions of somebody who waits for the answers to
/// [`STEP`] of them before asking more, as whoever heeds the bound on streams does.
pub async fn ask(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> Verdict {
    send(stream, question, STEP).await
}

/// Sends events step by step, each of which the server answers so often before the next.
async fn send(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    event: fn(u32) -> Vec<u8>,
    answers: u32,
) -> Verdict {
    let mut opening = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    opening.extend(frame(SETTINGS, 0, 0, &[]));
    stream.write_all(&opening).await.expect("the server reads");
    for step in 0..EVENTS_MAX / STEP {
        let events = step * STEP..(step + 1) * STEP;
        let mut bytes: Vec<u8> = events.flat_map(event).collect();
        bytes.extend(frame(PING, 0, 0, &[0; 8]));
        // Whoever has ended the connection reads no more, but may have said why.
        let _ended = stream.write_all(&bytes).await;
        let _ended = stream.flush().await;
        let verdict = listen(stream, answers).await;
        if verdict != Verdict::Served {
            return verdict;
        }
    }
    Verdict::Served
}

/// Reads until a ping and so many questions are answered, or until the end.
async fn listen(stream: &mut (impl AsyncRead + Unpin), mut answers: u32) -> Verdict {
    let mut ping_is_answered = false;
    while !ping_is_answered || answers > 0 {
        let mut head = [0; 9];
        if stream.read_exact(&mut head).await.is_err() {
            return Verdict::Dropped;
        }
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; usize::try_from(length).expect("frames are short")];
        if stream.read_exact(&mut payload).await.is_err() {
            return Verdict::Dropped;
        }
        match (head[3], head[4]) {
            (GOAWAY, _) => {
                let code = payload[4..8].try_into().expect("four bytes");
                return Verdict::Dismissed(u32::from_be_bytes(code));
            }
            (PING, ACK) if payload == [0; 8] => ping_is_answered = true,
            (HEADERS | DATA, flags) if flags & END_STREAM != 0 => {
                answers = answers.saturating_sub(1);
            }
            _ => {}
        }
    }
    Verdict::Served
}

/// An HTTP/2 frame (RFC 9113, section 4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("frames are short").to_be_bytes();
    let mut bytes = length[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}
