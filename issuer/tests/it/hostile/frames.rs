//! HTTP/2 against itself: streams, resets and frames that cost the sender nothing.

use super::raw::{config, frame, handshake, plain};
use crate::served::Served;
use crate::stage::Stage;
use tender_issuer::service::callers::Rate;
use tender_proto::transport::Bounds;
use tender_proto::wire;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::version::TLS13;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;
const END_HEADERS: u8 = 4;
const ACK: u8 = 1;

/// Abuse that has not ended the connection by then is not noticed at all.
const EVENTS_MAX: u32 = 256;
const STEP: u32 = 32;

/// POST https / with nothing else, from the static table (RFC 7541, appendix A).
const BLOCK: [u8; 3] = [0x83, 0x87, 0x84];

/// What an attacker sends as its n-th event.
type Abuse = fn(u32) -> Vec<u8>;

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

/// What the server made of an attacker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
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
    fn is_cut_off(self) -> bool {
        matches!(self, Self::Dropped | Self::Dismissed(ENHANCE_YOUR_CALM))
    }
}

/// What the server makes of at most [`EVENTS_MAX`] events of this abuse.
async fn attack(stream: &mut TlsStream<TcpStream>, abuse: Abuse) -> Verdict {
    let mut opening = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    opening.extend(frame(SETTINGS, 0, 0, &[]));
    stream.write_all(&opening).await.expect("the server reads");
    for step in 0..EVENTS_MAX / STEP {
        let events = step * STEP..(step + 1) * STEP;
        let mut bytes: Vec<u8> = events.flat_map(abuse).collect();
        bytes.extend(frame(PING, 0, 0, &[0; 8]));
        // Whoever has ended the connection reads no more, but may have said why.
        let _ended = stream.write_all(&bytes).await;
        let _ended = stream.flush().await;
        let verdict = listen(stream).await;
        if verdict != Verdict::Served {
            return verdict;
        }
    }
    Verdict::Served
}

/// Reads until the answer to a ping, or the end.
async fn listen(stream: &mut TlsStream<TcpStream>) -> Verdict {
    loop {
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
            (PING, ACK) if payload == [0; 8] => return Verdict::Served,
            _ => {}
        }
    }
}

/// Memory of this process, in KiB.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("Linux tells");
    let number = line.split_whitespace().nth(1).expect("a number");
    number.parse().expect("a number")
}

/// Streams that are opened and reset at once, streams that the server is made to reset, headers and
/// bodies that never end, and frames that are about nothing: each ends the connection within 256
/// events, and a hundred such attackers leave no memory behind.
#[tokio::test(flavor = "multi_thread")]
async fn e1_streams_and_frames_that_cost_nothing_end_the_connection() {
    let stage = Stage::new();
    let wide = Bounds { connections_per_peer: 256, ..Bounds::TIERS };
    let served = Served::start_with(&stage, wide, Rate::DEFAULT);
    let abuses: [(&str, Abuse); 8] = [
        ("rapid reset", rapid_reset),
        ("made you reset", made_you_reset),
        ("continuation", continuation),
        ("trickle", trickle),
        ("empty body", empty_body),
        ("pings", pings),
        ("settings", settings),
        ("unknown", unknown),
    ];
    let config = config(&served, &served.other_bank, &[&TLS13], &["h2"]);
    let mut client = served.client(Some(&served.bank));
    client.trust(wire::TrustRequest { held: 0 }).await.expect("the issuer answers");
    let before = resident_kib();
    let mut held = Vec::new();
    for n in 0..104 {
        let (name, abuse) = abuses[n % abuses.len()];
        let stream = plain("127.0.0.2", served.address).await.expect("the server listens");
        let mut stream = handshake(stream, &config).await.expect("the certificate is known");
        let verdict = attack(&mut stream, abuse).await;
        assert!(verdict.is_cut_off(), "{name}: {verdict:?}");
        held.push(stream);
    }
    let grown = resident_kib().saturating_sub(before);
    assert!(grown < 50 * 1024, "{grown} KiB for {} attackers", held.len());
    client.trust(wire::TrustRequest { held: 0 }).await.expect("others do not notice");
    drop((client, held));
    served.stop().await;
}
