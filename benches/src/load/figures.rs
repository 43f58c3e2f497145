//! What was measured, and its ratios.

use super::own::Own;
use super::processor::cores;
use serde_json::json;
use std::time::Duration;

/// One verb under load.
pub struct Phase {
    /// Tokens that were signed or paid.
    pub tokens: usize,
    /// Calls that they came in.
    pub calls: usize,
    /// From the first call to the last reply.
    pub wall: Duration,
    /// What the server spent meanwhile.
    pub processor: Duration,
    /// Commits that the server made meanwhile.
    pub commits: u64,
    /// Syncs of the files of the server's store meanwhile, all of them.
    pub syncs: u64,
    /// What each call took, the shortest first.
    pub latencies: Vec<Duration>,
}

/// A whole run.
pub struct Figures {
    /// Withdrawals.
    pub withdrawn: Phase,
    /// Deposits.
    pub deposited: Phase,
    /// What it takes by itself.
    pub own: Own,
    /// How busy the machine was.
    pub load: String,
}

/// A fraction with two decimals.
struct Ratio(u128, u128);

impl core::fmt::Display for Ratio {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self(part, whole) = self;
        let hundredths = part.saturating_mul(100).checked_div(*whole).unwrap_or_default();
        write!(f, "{}.{:02}", hundredths / 100, hundredths % 100)
    }
}

/// A row of the table: what it says, of withdrawals and of deposits.
type Row = (&'static str, [String; 2]);

impl Phase {
    fn tokens(&self) -> u128 {
        u128::try_from(self.tokens).unwrap_or(u128::MAX).max(1)
    }

    fn per_second(&self) -> Ratio {
        Ratio(self.tokens() * 1_000_000, self.wall.as_micros().max(1))
    }

    /// How much of what the cores could do with the cryptography alone.
    fn share(&self, own: Duration) -> Ratio {
        let ideal = own.as_nanos() * self.tokens() / u128::from(cores());
        Ratio(ideal, self.wall.as_nanos().max(1))
    }

    /// The server's processor time per token, in ratios of this.
    fn spent(&self, measure: Duration) -> Ratio {
        Ratio(self.processor.as_nanos(), measure.as_nanos().max(1) * self.tokens())
    }

    fn latency(&self, percent: usize) -> Duration {
        let place = self.latencies.len() * percent / 100;
        self.latencies.get(place).copied().unwrap_or_default()
    }

    fn per_sync(&self) -> Ratio {
        Ratio(self.tokens(), u128::from(self.syncs.max(1)))
    }
}

impl Figures {
    fn rows(&self) -> Vec<Row> {
        let Own { sign, verify, cash, sync } = self.own;
        let both = [(&self.withdrawn, sign), (&self.deposited, cash)];
        let each = |said: fn(&Phase, Duration) -> String| both.map(|(phase, own)| said(phase, own));
        let against = |measure: Duration| both.map(|(phase, _)| phase.spent(measure).to_string());
        let waits =
            both.map(|(phase, _)| Ratio(phase.latency(99).as_nanos(), sync.as_nanos()).to_string());
        vec![
            ("tokens", each(|phase, _| phase.tokens.to_string())),
            ("calls", each(|phase, _| phase.calls.to_string())),
            ("tokens per second", each(|phase, _| phase.per_second().to_string())),
            ("… of what all cores could do", each(|phase, own| phase.share(own).to_string())),
            ("server's processor µs per token", against(Duration::from_micros(1))),
            ("… in own cryptography", each(|phase, own| phase.spent(own).to_string())),
            ("… in RSA signatures", against(sign)),
            ("… in RSA verifications", against(verify)),
            ("call p50, ms", each(|phase, _| milliseconds(phase.latency(50)))),
            ("call p99, ms", each(|phase, _| milliseconds(phase.latency(99)))),
            ("… in fdatasyncs", waits),
            ("commits", each(|phase, _| phase.commits.to_string())),
            ("syncs", each(|phase, _| phase.syncs.to_string())),
            ("tokens per sync", each(|phase, _| phase.per_sync().to_string())),
        ]
    }

    /// Two tables for people: what it costs by itself, and under load.
    pub fn to_markdown(&self) -> String {
        let row = |(said, [withdrawn, deposited]): Row| {
            format!("| {said} | {withdrawn} | {deposited} |\n")
        };
        let head = "| | withdrawals | deposits |\n| --- | ---: | ---: |\n";
        let Own { sign, verify, cash, sync } = self.own;
        let own = [("RSA sign", sign), ("RSA verify", verify), ("read and verify an item", cash)];
        let own = own.map(|(said, time)| format!("| {said} | {} |\n", time.as_micros()));
        let sync = format!("| fdatasync of 64 KiB, median | {} |\n", sync.as_micros());
        let own_head = "| by itself | µs |\n| --- | ---: |\n";
        let table: String = self.rows().into_iter().map(row).collect();
        format!("{own_head}{}{sync}\n{head}{table}\n{}", own.concat(), self.load)
    }

    /// The same as one object.
    pub fn to_json(&self) -> String {
        let phase = |phase: &Phase| {
            json!({
                "tokens": phase.tokens,
                "calls": phase.calls,
                "wall_us": micros(phase.wall),
                "server_processor_us": micros(phase.processor),
                "commits": phase.commits,
                "syncs": phase.syncs,
                "call_p50_us": micros(phase.latency(50)),
                "call_p99_us": micros(phase.latency(99)),
            })
        };
        let own = json!({
            "rsa_sign_ns": nanos(self.own.sign),
            "rsa_verify_ns": nanos(self.own.verify),
            "cash_item_ns": nanos(self.own.cash),
            "sync_ns": nanos(self.own.sync),
        });
        let (withdrawn, deposited) = (phase(&self.withdrawn), phase(&self.deposited));
        json!({ "withdrawals": withdrawn, "deposits": deposited, "own": own, "machine": self.load })
            .to_string()
    }
}

fn milliseconds(time: Duration) -> String {
    Ratio(time.as_micros(), 1_000).to_string()
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
