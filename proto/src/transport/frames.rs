//! A caller's HTTP/2 frames, read along: who sends many that carry nothing is cut off.
//!
//! The library below bounds what streams cost: resets, headers, bodies. It answers every `PING` and
//! `SETTINGS`, reads over kinds that nobody knows, and adds up any number of `WINDOW_UPDATE`. Here
//! they cost an allowance, which every request renews; requests have a rate of their own.

/// What may be spent between two requests. A client that reads the largest reply in the smallest
/// pieces stays below it.
const ALLOWANCE: u32 = 4096;
/// Of the frames that cost most, 256 use it up.
const IDLE_COST: u32 = 16;
const PREFACE_BYTES: usize = 24;
/// Length, kind, flags and stream (RFC 9113, section 4.1).
const HEAD_BYTES: usize = 9;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;

/// How far a caller's frames were read, and what it may still spend.
#[derive(Debug)]
pub(super) struct Frames {
    /// Bytes until the next head.
    behind: usize,
    head: [u8; HEAD_BYTES],
    /// Bytes of the head that were read.
    at: usize,
    left: u32,
}

impl Frames {
    /// A connection's, before its first byte.
    pub(super) fn new() -> Self {
        Self { behind: PREFACE_BYTES, head: [0; HEAD_BYTES], at: 0, left: ALLOWANCE }
    }

    /// Takes in the next bytes. Says whether the caller may go on.
    pub(super) fn allow(&mut self, mut bytes: &[u8]) -> bool {
        loop {
            let passed = self.behind.min(bytes.len());
            self.behind = self.behind.saturating_sub(passed);
            bytes = bytes.get(passed..).unwrap_or_default();
            let Some((byte, rest)) = bytes.split_first() else { return true };
            bytes = rest;
            if let Some(place) = self.head.get_mut(self.at) {
                *place = *byte;
            }
            self.at = self.at.saturating_add(1);
            if self.at == HEAD_BYTES && !self.charge() {
                return false;
            }
        }
    }

    /// Charges for the frame whose head is complete.
    fn charge(&mut self) -> bool {
        let [high, middle, low, kind, ..] = self.head;
        let length = u32::from_be_bytes([0, high, middle, low]);
        self.behind = usize::try_from(length).unwrap_or(usize::MAX);
        self.at = 0;
        let cost = match kind {
            HEADERS => {
                self.left = ALLOWANCE;
                0
            }
            // What these cost is bounded by the streams that they belong to, or they end it all.
            DATA | CONTINUATION | GOAWAY => 0,
            WINDOW_UPDATE => 1,
            // PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, and kinds that nobody knows.
            _ => IDLE_COST,
        };
        let left = self.left.checked_sub(cost);
        self.left = left.unwrap_or(0);
        left.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::{DATA, Frames, GOAWAY, HEADERS, PREFACE_BYTES, WINDOW_UPDATE};

    const PING: u8 = 6;
    const UNKNOWN: u8 = 0xf0;

    fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
        let length = u32::try_from(payload.len()).expect("it is short").to_be_bytes();
        [&length[1..], &[kind, 0, 0, 0, 0, 1], payload].concat()
    }

    /// How many of these frames are taken, of at most ten thousand, in pieces of so many bytes.
    fn taken(frame: &[u8], piece: usize) -> usize {
        let mut frames = Frames::new();
        assert!(frames.allow(&[0; PREFACE_BYTES]));
        let goes_on = |_: &usize| frame.chunks(piece).all(|bytes| frames.allow(bytes));
        (0..10_000).take_while(goes_on).count()
    }

    #[test]
    fn e1_frames_that_carry_nothing_use_up_an_allowance_however_they_are_cut() {
        for piece in [1, 4, 9, 1000] {
            assert_eq!(taken(&frame(PING, &[0; 8]), piece), 256);
            assert_eq!(taken(&frame(UNKNOWN, &[0; 300]), piece), 256);
            assert_eq!(taken(&frame(WINDOW_UPDATE, &[0, 0, 0, 1]), piece), 4096);
            assert_eq!(taken(&frame(DATA, &[1; 20]), piece), 10_000);
            assert_eq!(taken(&frame(GOAWAY, &[1; 20]), piece), 10_000);
        }
    }

    #[test]
    fn a_request_renews_the_allowance() {
        let request = [frame(HEADERS, &[0x83; 40]), frame(PING, &[0; 8]).repeat(200)].concat();
        assert_eq!(taken(&request, 100), 10_000);
    }
}
