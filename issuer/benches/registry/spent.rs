//! What filling a layout costs, as the system counts it.

use crate::tokens::Token;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Tokens in a commit.
pub const BATCH: u64 = 256;

/// What filling has cost so far.
#[derive(Default)]
pub struct Spent {
    /// Tokens that are in the layout.
    pub tokens: u64,
    /// Those that were there when the program started.
    before: u64,
    processor_ms: u64,
    written: u64,
}

impl Spent {
    /// Nothing yet, beside what is there.
    pub fn beside(tokens: u64) -> Self {
        Self { tokens, before: tokens, ..Self::default() }
    }

    /// Cashes more tokens, until there are so many.
    pub fn fill(&mut self, count: u64, mut cash: impl FnMut(&[Token])) {
        let before = (processor_ms(), written());
        while self.tokens < count {
            let numbers = self.tokens + 1..=self.tokens + BATCH;
            cash(&numbers.map(Token::new).collect::<Vec<_>>());
            self.tokens += BATCH;
        }
        self.processor_ms += processor_ms() - before.0;
        self.written += written() - before.1;
    }

    /// Bytes of files per token, as the system counts what they hold on the disk.
    pub fn bytes(&self, folder: &Path, names: &[&str]) -> u64 {
        let held = names
            .iter()
            .map(|name| std::fs::metadata(folder.join(name)).expect("it is there").blocks() * 512);
        held.sum::<u64>() / self.tokens.max(1)
    }

    /// Microseconds of the processor per token.
    pub fn processor_us(&self) -> u64 {
        self.processor_ms * 1000 / self.filled()
    }

    /// Says it all of a layout.
    pub fn describe(&self, folder: &Path, names: &[&str]) {
        let files = names.iter().map(|name| format!("{} in {name}", self.bytes(folder, &[name])));
        println!(
            "{} tokens: {} bytes ({}) per token",
            self.tokens,
            self.bytes(folder, names),
            files.collect::<Vec<_>>().join(", "),
        );
        if self.tokens > self.before {
            println!(
                "  {} were filled in: {} bytes written and {} us of processor per token",
                self.filled(),
                self.written / self.filled(),
                self.processor_us()
            );
        }
    }

    fn filled(&self) -> u64 {
        (self.tokens - self.before).max(1)
    }
}

/// Kibibytes that this process holds in memory.
pub fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("on Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("on Linux");
    let digits: String = line.chars().filter(char::is_ascii_digit).collect();
    digits.parse().expect("a number of kB")
}

/// Milliseconds of processor that this process has spent, user and system.
fn processor_ms() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("on Linux");
    let fields = stat.rsplit(") ").next().expect("the name ends with a bracket").split(' ');
    let ticks: u64 = fields.skip(11).take(2).map(|field| field.parse::<u64>().unwrap_or(0)).sum();
    ticks * 10
}

/// Bytes that this process has given the disk to write, in whole pages.
fn written() -> u64 {
    bytes("write_bytes: ")
}

/// Bytes that the disk had to read for this process, which the system did not hold in memory.
pub fn read_from_disk() -> u64 {
    bytes("read_bytes: ")
}

fn bytes(name: &str) -> u64 {
    let io = std::fs::read_to_string("/proc/self/io").expect("on Linux");
    let line = io.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|bytes| bytes.parse().ok()).expect("a number of bytes")
}
