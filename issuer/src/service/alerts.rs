//! Alerts: what somebody must look at, decided from a few facts and from nothing else.
//!
//! Each alert has a gauge `tender_issuer_alert{alert="…"}` that is 1 while it stands, so whoever
//! scrapes the page needs no arithmetic. What to do about each is in the operator's manual.

use crate::clock::BEHIND_S;

/// What alerts are decided from, at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Admitted intermediaries that have not called for [`SILENCE_S`] or longer.
    pub silent_callers: u64,
    /// Seconds for which the oldest request has waited for its commit; 0 if none waits.
    pub oldest_request_s: u64,
    /// Requests that wait.
    pub queued: u64,
    /// Counterfeits presented within [`BURST_WINDOW_S`].
    pub counterfeits: u64,
    /// Double spends and reuses that are proved.
    pub incidents: u64,
    /// Seconds since the last double spend was proved, if there ever was one.
    pub since_incident_s: Option<u64>,
    /// Slots that answered twice and belong to nobody.
    pub untraced: u64,
    /// Denominations of which more came in than was signed.
    pub frozen_keys: u64,
    /// Slot and value keys that have made all the signatures that they may.
    pub capped_keys: u64,
    /// Intermediaries of which no more refusals are kept.
    pub full_callers: u64,
    /// Seconds by which the machine's clock is behind ledger time.
    pub clock_behind_s: u64,
    /// Seconds by which the machine's clock is ahead of ledger time, because a jump of it is not
    /// followed.
    pub clock_ahead_s: u64,
    /// Seconds between the machine's clock and the books when the server started.
    pub clock_gap_s: u64,
    /// Seconds since the anchor last held all that the store had.
    pub anchor_age_s: u64,
    /// Whether the disk has so little room left that nothing new is decided.
    pub disk_is_short: bool,
    /// For how many days the home's certificates are valid, the one that ends first.
    pub certificate_days_left: Option<u32>,
}

/// An intermediary asks for its statement every few seconds.
pub const SILENCE_S: u64 = 30;
/// How long a request may wait for its commit.
pub const LAG_S: u64 = 5;
/// How many requests may wait: half of what the queue holds.
pub const QUEUED_MAX: u64 = 512;
/// In how many seconds counterfeits count as one burst.
pub const BURST_WINDOW_S: u64 = 60;
/// How many counterfeits are no burst yet: one may come by mistake, or by one wallet's bug.
pub const BURST_MAX: u64 = 9;
/// How long a proved double spend stays an alert; its incident stays for ever.
pub const INCIDENT_S: u64 = 3_600;
/// How old the anchor may be: it follows the store every second.
pub const ANCHOR_AGE_S: u64 = 60;

/// For how many days every certificate of the home should be valid.
pub const CERTIFICATE_DAYS: u32 = 30;

/// What somebody must look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alert {
    /// An admitted intermediary does not call any more.
    BankDown,
    /// Requests wait too long, or too many of them do.
    Lag,
    /// Many counterfeits are presented.
    CounterfeitBurst,
    /// A double spend was proved.
    DoubleSpend,
    /// A slot answered twice and belongs to nobody (`[D2]`).
    Untraced,
    /// A value key is in other hands.
    KeyFrozen,
    /// A slot or value key has reached its cap and signs no more.
    SignerCapped,
    /// Of an intermediary no more refusals are kept.
    RefusalsFull,
    /// The clock stepped back.
    ClockSkew,
    /// The clock jumped ahead, and is not followed.
    ClockJump,
    /// The anchor does not follow the store.
    AnchorOld,
    /// The disk is nearly full, and nothing new is decided.
    DiskFull,
    /// A certificate of the home ends soon, or has ended.
    CertificateEnds,
}

impl Alert {
    /// Every alert.
    pub const ALL: [Self; 13] = [
        Self::BankDown,
        Self::Lag,
        Self::CounterfeitBurst,
        Self::DoubleSpend,
        Self::Untraced,
        Self::KeyFrozen,
        Self::SignerCapped,
        Self::RefusalsFull,
        Self::ClockSkew,
        Self::ClockJump,
        Self::AnchorOld,
        Self::DiskFull,
        Self::CertificateEnds,
    ];

    /// The alert's name, as the gauge's label says it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::BankDown => "bank_down",
            Self::Lag => "lag",
            Self::CounterfeitBurst => "counterfeit_burst",
            Self::DoubleSpend => "double_spend",
            Self::Untraced => "untraced",
            Self::KeyFrozen => "key_frozen",
            Self::SignerCapped => "signer_capped",
            Self::RefusalsFull => "refusals_full",
            Self::ClockSkew => "clock_skew",
            Self::ClockJump => "clock_jump",
            Self::AnchorOld => "anchor_old",
            Self::DiskFull => "disk_full",
            Self::CertificateEnds => "certificate_ends",
        }
    }

    /// Whether it stands.
    #[must_use]
    pub fn stands(self, facts: &Facts) -> bool {
        match self {
            Self::BankDown => facts.silent_callers > 0,
            Self::Lag => facts.oldest_request_s >= LAG_S || facts.queued >= QUEUED_MAX,
            Self::CounterfeitBurst => facts.counterfeits > BURST_MAX,
            Self::DoubleSpend => facts.since_incident_s.is_some_and(|since| since < INCIDENT_S),
            Self::Untraced => facts.untraced > 0,
            Self::KeyFrozen => facts.frozen_keys > 0,
            Self::SignerCapped => facts.capped_keys > 0,
            Self::RefusalsFull => facts.full_callers > 0,
            Self::ClockSkew => facts.clock_behind_s >= BEHIND_S,
            Self::ClockJump => facts.clock_ahead_s > 0,
            Self::AnchorOld => facts.anchor_age_s >= ANCHOR_AGE_S,
            Self::DiskFull => facts.disk_is_short,
            Self::CertificateEnds => {
                facts.certificate_days_left.is_some_and(|days| days < CERTIFICATE_DAYS)
            }
        }
    }
}
